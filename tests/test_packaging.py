"""The project as installed and as documented: packages, import rules, dependencies, docs that are true."""

from __future__ import annotations

import ast
import fnmatch
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ocr.errors
import pipeline.errors
from ocr.errors import DocumentError
from parsers.findings import SEVERITIES
from pipeline.tables.every import TABLES

ROOT = Path(__file__).parents[1]
PACKAGES = ("ocr", "parsers", "dictionaries", "pipeline")
FOLDERS = sorted(path.parent for package in PACKAGES for path in (ROOT / package).rglob("__init__.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
IMAGE_LIBRARIES = {"cv2", "PIL", "pypdfium2", "pdfplumber", "pandas"}


def modules(package: str) -> list[str]:
    """The dotted names of a package's modules, those of packages in it among them."""
    paths = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / package).rglob("*.py")]
    return sorted(".".join(path.parts) for path in paths if path.name != "__init__")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_is_imported_from_anywhere(package: str, tmp_path: Path) -> None:
    names = modules(package)
    code = f"import importlib\nfor name in {[package, *names]!r}: importlib.import_module(name)"
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", ["parsers", "dictionaries"])
def test_what_knows_text_never_loads_an_image_library(package: str, tmp_path: Path) -> None:
    names = modules(package)
    code = (
        f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\n"
        f"print(sorted({IMAGE_LIBRARIES!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_package_files_hold_a_docstring_only(folder: Path) -> None:
    (statement,) = ast.parse((folder / "__init__.py").read_text(encoding="utf-8")).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Constant)


def test_import_rules_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("use", "doors"),
    [
        (r"(import|from) pytesseract\b", ["ocr/engine.py"]),
        (r"(import|from) pdf2image\b", ["ocr/pages.py"]),
        (r"(import|from) (subprocess|pty|multiprocessing)\b|os\.(system|popen|exec|spawn)", []),  # without our limits
    ],
)
def test_each_engine_has_one_door(use: str, doors: list[str]) -> None:
    paths = [path for package in ("ocr", "parsers", "dictionaries") for path in (ROOT / package).rglob("*.py")]
    users = [path for path in paths if re.search(rf"^\s*({use})", path.read_text(encoding="utf-8"), re.MULTILINE)]
    assert [path.relative_to(ROOT).as_posix() for path in users] == doors


def test_data_files_are_packaged() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]
    shipped = [".".join(folder.relative_to(ROOT).parts) for folder in FOLDERS]
    assert sorted(PROJECT["tool"]["setuptools"]["packages"]) == sorted(shipped)
    for package, folder in zip(shipped, FOLDERS, strict=True):
        for path in (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            if path.suffix not in {".py", ".pyc"} and max(f for f in FOLDERS if f in path.parents) == folder:
                name = path.relative_to(folder).as_posix()
                assert any(fnmatch.fnmatch(name, pattern) for pattern in patterns.get(package, [])), path


def test_every_dependency_has_its_reason() -> None:
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.match(r"[\w-]+", line)[0] for line in wanted}  # type: ignore[index]
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Why each dependency")[2]
    assert set(re.findall(r"^\| ([a-z][\w-]*) \|", contributing, re.MULTILINE)) == names


def test_readme_names_every_table_and_every_reason_to_fail() -> None:
    assert {t.name for t in TABLES} <= set(re.findall(r"`(\w+)`", README))
    section = README.partition("## When a file cannot be read")[2].partition("\n## ")[0]
    documented = {reason for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for reason in row.split(", ")}
    kinds = [*vars(ocr.errors).values(), *vars(pipeline.errors).values()]
    errors = {kind.reason for kind in kinds if isinstance(kind, type) and issubclass(kind, DocumentError)}
    assert {reason.strip("`") for reason in documented} - {"error"} == errors


def test_every_finding_code_is_explained() -> None:
    text = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    assert set(SEVERITIES) <= set(re.findall(r"[A-Z]+(?:_[A-Z]+)+", text))


def test_links_of_the_documents_lead_somewhere() -> None:
    for document in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("dictionaries/*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_makefile_has_what_the_readme_says() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    texts = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set(re.findall(r"make ([a-z-]+)", texts)) <= targets
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_module_has_its_place_in_the_architecture() -> None:
    named = re.findall(r"`([a-z_*]+)`", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    stems = {name.rpartition(".")[2] for package in PACKAGES for name in modules(package)}
    assert [m for m in sorted(stems) if not any(fnmatch.fnmatch(m, pattern) for pattern in named)] == []
