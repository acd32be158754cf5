"""Errors that the driver itself raises, beside those of the reading stages, and what each means for the exit code.

ocr.errors.DocumentError
├── NotReadable        the file system refuses to give its bytes
├── UnknownKind        neither PDF, nor image, nor text
├── InvalidText        bytes that are text in no encoding the archive uses
├── TooBig             more bytes, pages or characters than a report can have
├── NotThisForm        readable, and nothing of «Anexo 2» in it
├── PageUnread         a page of it could not be read; the values of the others are worth what they are
├── AttendanceMissing  no attendance matrix in it; the values around it are worth what they are
├── MatrixUnread       part of a matrix could not be read; what it touches is for review
├── TimedOut           killed at its time limit
├── WorkerDied         its process died: killed by the system, or a fault in native code
├── FileChanged        it became another file while it was read
├── OtherVersion       the machine that should read it has other versions than the one that asked
└── Unexpected         a fault of this program
UsageError             the command line asks for something impossible
EnvironmentMissing     a program or a folder that the run needs is not there
"""

from __future__ import annotations

from enum import IntEnum

from dictionaries.load import DictionaryError
from ocr.errors import DocumentError


class ExitCode(IntEnum):
    """What the command's exit code says; README documents each."""

    CLEAN = 0
    REVIEW = 1
    USAGE = 2
    FAILED = 3
    ENVIRONMENT = 5
    INTERRUPTED = 130


class NotReadable(DocumentError):
    reason = "not_readable"
    message = "El sistema no permite leer el archivo; revise sus permisos."


class UnknownKind(DocumentError):
    reason = "unknown_kind"
    message = "El archivo no es PDF, imagen (PNG, JPEG, TIFF) ni texto; conviértalo a uno de ellos."


class InvalidText(DocumentError):
    reason = "invalid_text"
    message = "El texto no está en UTF-8 ni en Windows-1252; guárdelo como UTF-8."


class TooBig(DocumentError):
    reason = "too_big"
    message = "El archivo es mucho mayor que un informe; divídalo o compruebe que es el correcto."


class NotThisForm(DocumentError):
    reason = "not_this_form"
    message = "No se encontró nada del «Anexo 2: Informe de gestión»; compruebe que es el archivo correcto."


class PageUnread(DocumentError):
    reason = "page_unread"
    everywhere = False
    message = "Una página no se pudo leer y lo leído está incompleto; pida el original o escanéela de nuevo."


class AttendanceMissing(DocumentError):
    reason = "attendance_matrix_missing"
    everywhere = False
    message = "No se encontró la matriz de asistencia; compruebe que el archivo está completo y escanéelo de nuevo."


class MatrixUnread(DocumentError):
    reason = "matrix_unread"
    everywhere = False
    message = "Parte de una matriz no se pudo leer y faltan filas; escanee de nuevo la página o transcríbala a mano."


class TimedOut(DocumentError):
    reason = "timed_out"
    message = "La lectura superó el tiempo permitido; súbalo con --timeout o divida el documento."


class FileChanged(DocumentError):
    reason = "file_changed"
    message = "El archivo cambió mientras se leía; vuelva a ejecutar cuando esté completo."


class OtherVersion(DocumentError):
    reason = "other_version"
    message = "La máquina que debía leerlo tiene otras versiones; instale en todas las mismas («veedor doctor»)."


class WorkerDied(DocumentError):
    reason = "worker_died"
    message = "El proceso que lo leía murió; vuelva a intentarlo con menos --workers."


class Unexpected(DocumentError):
    reason = "unexpected"
    message = "Error interno de veedor; envíe este mensaje a sus autores."


class UsageError(Exception):
    """The command line asks for something impossible; the message says what to write instead."""


class EnvironmentMissing(Exception):
    """The run cannot start: a program, its data or a writable folder is missing; the message says what to do."""


EXIT_CODES: tuple[tuple[type[BaseException], ExitCode], ...] = (
    (UsageError, ExitCode.USAGE),
    (DictionaryError, ExitCode.USAGE),
    (EnvironmentMissing, ExitCode.ENVIRONMENT),
    (OSError, ExitCode.ENVIRONMENT),
    (KeyboardInterrupt, ExitCode.INTERRUPTED),
)
