"""What a reading depends on besides the document's bytes: code, engine, libraries, dictionary, settings; and the key
that all of it together makes.

Two readings of one key say the same, so a stored one is as good as a new one. Whatever may change a cell is in the key;
how a run is carried out (workers, limits of time and memory, names, folders) is not.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import json
import platform
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from ocr import programs
from ocr.errors import DocumentError
from pipeline import validate
from pipeline.settings import Settings
from pipeline.sources import Source
from pipeline.validate import FileKind

HOME = Path(__file__).parents[1]
# what reading loads: all of the lower packages; of this one, what the task imports (`driver`)
CODE = (
    *("ocr/*.py", "ocr/*.npz", "ocr/*.json", "ocr/bounded/*", "parsers/**/*.py", "parsers/*.csv", "parsers/*.json"),
    "dictionaries/*.py",  # its tables have a version of their own; rules judge what was read
)
LIBRARIES = (
    *("numpy", "opencv-python-headless", "pdfminer.six", "pdfplumber", "pillow", "pypdfium2"),
    *("rapidfuzz", "scipy"),
)
SECONDS = 20  # a program that takes longer to say its version is not well
ABSENT = "missing"


@cache
def code() -> str:
    """Digest of the shipped source and data files that make a reading."""
    digest = hashlib.sha256()
    paths = [path for pattern in CODE for path in HOME.glob(pattern)]
    paths += [_file(name) for name in driver()]
    for path in sorted(paths):
        digest.update(path.relative_to(HOME).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def driver() -> frozenset[str]:
    """The modules of this package that the task needs, itself among them: `run`, `tables/reports`."""
    found: set[str] = set()
    waiting = {"task"}
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= _imported(ast.parse(_file(name).read_bytes())) - found
    return frozenset(found)


def _imported(tree: ast.Module) -> set[str]:
    """The modules of this package that a module imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    within = {name.removeprefix("pipeline.").replace(".", "/") for name in names if name.startswith("pipeline.")}
    return {name for name in within if _file(name).is_file()}


def _file(module: str) -> Path:
    return HOME / "pipeline" / f"{module}.py"


@cache
def versions() -> Mapping[str, str]:
    """Versions of the engine, its Spanish data, poppler, Python and the libraries that see a page; `missing` if not
    there."""
    found = {name: _version(name) for name in LIBRARIES}
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, "tesseract": _tesseract(), "spa": _language(), "poppler": _poppler(), **found}


@cache
def engine_code(kind: str) -> str:
    """Digest of code and versions for one kind of file: a text needs neither engine nor image libraries."""
    used = dict(versions()) if kind != FileKind.TEXT else {name: versions()[name] for name in ("python", "rapidfuzz")}
    return _digest({"code": code(), "versions": used})


def kind_of(source: Source, settings: Settings) -> str:
    """The kind that the source's bytes are taken for, or the reason for which they are not read."""
    if source.remote:
        return source.remote.kind
    try:
        return validate.kind_of(source.path, settings.limits)
    except DocumentError as error:
        return error.reason


def reading(settings: Settings, dictionary: str, task: Callable[..., Any]) -> dict[str, Any]:
    """What all readings of a run have in common. `dictionary`: its version."""
    return {
        "dictionary": dictionary,
        "risk": settings.risk,
        "limits": asdict(settings.limits),
        "task": f"{task.__module__}.{task.__qualname__}",
    }


def key_of(sha256: str, kind: str, common: Mapping[str, Any]) -> str:
    """The name of a reading: 64 hex digits. `common`: as `reading` gives it."""
    return _digest({"sha256": sha256, "kind": kind, "code": engine_code(kind), **common})


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ABSENT


def _tesseract() -> str:
    words = _said("tesseract", "--version").split()
    return words[1] if len(words) > 1 else ABSENT


def _language() -> str:
    """Digest of the engine's data: the fast and the accurate ones of one release read differently."""
    folder = _said("tesseract", "--list-langs").partition('"')[2].partition('"')[0]
    path = Path(folder) / f"{programs.LANGUAGE}.traineddata"
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if folder and path.is_file() else ABSENT


def _poppler() -> str:
    words = _said("pdftoppm", "-v").split()
    return words[words.index("version") + 1] if "version" in words[:-1] else ABSENT


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr
