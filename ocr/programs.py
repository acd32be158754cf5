"""Programs that read for us, Tesseract and poppler: their place, what they lack, what their complaints mean.

pytesseract and pdf2image start them, each from `bounded/`, where a few lines of shell bound a program's memory and
processor time (the kernel holds them; a worker's own limits come on top) and give way to it. What those libraries do
not look at is made to reach them there: a program that runs out of memory may well end as if all were well, its picture
white where print should be.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ocr.errors import EngineMissing

LANGUAGE = "spa"  # that the engine reads
BOUNDED = Path(__file__).with_name("bounded")
STARVING = tuple((BOUNDED / "starving").read_text(encoding="utf-8").splitlines())  # words of too little memory
REMEDIES = {
    "tesseract": "tesseract: apt-get install tesseract-ocr tesseract-ocr-spa",
    "pdftoppm": "poppler: apt-get install poppler-utils",
    "pdfinfo": "poppler: apt-get install poppler-utils",
    "bash": "bash: apt-get install bash",
}


def check_there(*names: str) -> None:
    """Raises EngineMissing for the first of the programs that is not on the PATH, with its remedy."""
    for name in (*names, "bash"):  # the last runs `bounded/`
        if shutil.which(name) is None:
            raise EngineMissing(REMEDIES[name])


def is_starving(said: str) -> bool:
    """Whether a program complains of too little memory."""
    return any(words in said for words in STARVING)


def last_line(said: str) -> str:
    """The last of a program's words: what ended it."""
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else ""
