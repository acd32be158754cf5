"""Why a document cannot be read.

    DocumentError          one document; the rest of the run goes on
    ├── Empty              no bytes at all
    ├── NotAPdf            named .pdf, but its bytes are something else
    ├── Encrypted          needs a password
    ├── Damaged            truncated, or broken beyond what its reader mends
    ├── NoPages            opens, and holds no page
    ├── PageTooLarge       more pixels than a page of paper has: a mistake, or a bomb
    ├── PageTooSmall       no form fits on it
    ├── PageTimedOut       one page took longer than a page may
    ├── OutOfMemory        its process, or a program that it started, took more memory than one may
    ├── EngineFailed       a reading program crashed or hung on it
    └── EngineMissing      a reading program or its data is not installed: the environment, not the document

`reason` is for machines and never changes; the message is Spanish, for the auditor, and says what to do.
"""

from __future__ import annotations

import re
from typing import ClassVar

# what moves a terminal's cursor, turns the order of letters round, hides, or is no character at all
HARMFUL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
DETAIL_CHARACTERS = 500  # of a foreign program's words, at most: enough to search for them


def printable(text: str) -> str:
    """Foreign text with what could harm a log or a terminal written out, as `\\x1b`."""
    return HARMFUL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


class DocumentError(Exception):
    """A document that cannot be read. `detail`: what exactly was met, appended to the message: printable, and short."""

    reason: ClassVar[str] = "unreadable"
    everywhere: ClassVar[bool] = True  # puts in doubt all that was read; otherwise what it touches is doubted by itself
    message: ClassVar[str] = "No se pudo leer el documento; ábralo en un visor y compruebe que se ve completo."

    def __init__(self, detail: str = "") -> None:
        detail = printable(detail)
        self.detail = detail if len(detail) <= DETAIL_CHARACTERS else detail[:DETAIL_CHARACTERS] + "…"
        super().__init__(self.detail)  # the one argument, so that the error survives the way out of a worker process

    def __str__(self) -> str:
        return f"{self.message} ({self.detail})" if self.detail else self.message


class Empty(DocumentError):
    reason = "empty"
    message = "El archivo está vacío; vuelva a copiarlo o a descargarlo."


class NotAPdf(DocumentError):
    reason = "not_a_pdf"
    message = "El archivo se llama .pdf, pero su contenido no lo es; pida el original."


class Encrypted(DocumentError):
    reason = "encrypted"
    message = "El PDF está cifrado; guárdelo sin contraseña y vuelva a intentarlo."


class Damaged(DocumentError):
    reason = "damaged"
    message = "El archivo está dañado o incompleto; vuelva a copiarlo o pida el original."


class NoPages(DocumentError):
    reason = "no_pages"
    message = "El documento no tiene páginas; pida el original."


class PageTooLarge(DocumentError):
    reason = "page_too_large"
    message = "Una página es mucho mayor que una hoja de papel; escanéela de nuevo a tamaño normal."


class PageTooSmall(DocumentError):
    reason = "page_too_small"
    message = "La imagen es demasiado pequeña para contener un informe; escanéelo de nuevo a 200 dpi o más."


class PageTimedOut(DocumentError):
    reason = "page_timed_out"
    message = "Una página superó el tiempo permitido; súbalo con --page-timeout o escanéela de nuevo."


class OutOfMemory(DocumentError):
    reason = "out_of_memory"
    message = "La lectura superó la memoria permitida; súbala con --memory o divida el documento."


class EngineFailed(DocumentError):
    reason = "engine_failed"
    message = "El programa de lectura falló con este documento; ejecute «veedor doctor» y vuelva a intentarlo."


class EngineMissing(DocumentError):
    reason = "engine_missing"
    message = "Falta un programa de lectura o sus datos; ejecute «veedor doctor», que dice qué instalar."
