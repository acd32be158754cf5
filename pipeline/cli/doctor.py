"""Whether this machine can run: programs, their data, versions, write access; each with its remedy."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dictionaries.load import DictionaryError, load

SECONDS = 20
PYTHON = (3, 11)
TESSERACT = 4  # first major version with the LSTM engine
PACKAGES = ("numpy", "opencv-python-headless", "pikepdf", "pypdfium2", "pyarrow", "pebble", "typer")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `remedy`: what to do, empty where it is well."""

    name: str
    found: str
    remedy: str = ""

    @property
    def well(self) -> bool:
        return not self.remedy


def checks(out: Path, dictionary: Path | None = None) -> tuple[Check, ...]:
    """All checks, in the order in which to mend them."""
    return (_python(), _tesseract(), _spanish(), *_poppler(), _packages(), _dictionary(dictionary), _writable(out))


def engine_checks() -> Iterable[Check]:
    """Only what reading a scan needs: for a run to refuse at once rather than fail every document."""
    return (_tesseract(), _spanish(), *_poppler())


def _python() -> Check:
    found = platform.python_version()
    return Check("Python", found, "" if sys.version_info >= PYTHON else "Instale Python 3.11 o posterior.")


def _tesseract() -> Check:
    remedy = "Instale Tesseract 4 o posterior: apt-get install tesseract-ocr"
    text = _output("tesseract", "--version")
    version = text.split()[1].removeprefix("v") if len(text.split()) > 1 else ""
    major = version.split(".")[0]
    return Check("Tesseract", version or "falta", "" if major.isdigit() and int(major) >= TESSERACT else remedy)


def _spanish() -> Check:
    there = "spa" in _output("tesseract", "--list-langs").split()
    remedy = "" if there else "Instale sus datos de español: apt-get install tesseract-ocr-spa"
    return Check("Tesseract: español", "spa" if there else "falta", remedy)


def _poppler() -> Iterable[Check]:
    for program in ("pdftoppm", "pdfinfo"):
        words = _output(program, "-v").split()
        there = "version" in words
        found = words[words.index("version") + 1] if there else "falta"
        yield Check(f"Poppler: {program}", found, "" if there else "Instale Poppler: apt-get install poppler-utils")


def _packages() -> Check:
    missing = []
    for package in PACKAGES:
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            missing.append(package)
    remedy = f"Faltan {', '.join(missing)}: ejecute make setup" if missing else ""
    return Check("Paquetes de Python", f"veedor {importlib.metadata.version('veedor')}", remedy)


def _dictionary(extra: Path | None) -> Check:
    try:
        found = load(extra)
    except DictionaryError as error:
        return Check("Diccionario", "con errores", str(error))
    return Check("Diccionario", f"{len(found.entities)} entidades, {len(found.instancias)} instancias")


def _writable(out: Path) -> Check:
    folder = next(p for p in (out.absolute(), *out.absolute().parents) if p.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Check("Carpeta de salida", str(out), f"No se puede escribir en {folder}: {error.strerror}. Elija otra.")
    free = shutil.disk_usage(folder).free / 2**30
    return Check("Carpeta de salida", f"{out}, {free:.0f} GiB libres")


def _output(*command: str) -> str:
    """What the program says, on either channel; nothing if it is not there or hangs."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
            env=os.environ | {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr
