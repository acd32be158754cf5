"""The task: one document → its rows, whatever happens. Pure: it depends on the file's bytes and the settings alone."""

from __future__ import annotations

import errno
from collections.abc import Callable
from functools import cache

from dictionaries.load import load
from ocr.errors import DocumentError, OutOfMemory
from parsers.calibration import Judge
from pipeline.dataset import failed_rows, report_rows
from pipeline.errors import EnvironmentMissing, NotReadable, Unexpected
from pipeline.rows import Rows
from pipeline.settings import Settings
from pipeline.sources import Source

Task = Callable[[Source, Settings], Rows]
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
load_once = cache(load)  # one dictionary per worker process: it is too large to send with each task


def read_one(source: Source, settings: Settings) -> Rows:
    """One document's rows. Whatever goes wrong with it becomes its `failed` row.

    Raises EnvironmentMissing where the disk is full.
    """
    import cv2  # image libraries take a second to load: who only hands the task on should not pay it

    from pipeline import run

    try:
        if source.sha256 is None:
            raise NotReadable
        dictionary = load_once(settings.dictionary)
        judge = Judge(settings.risk)
        read = run.read_report(source.path, settings.limits, dictionary, judge, settings.effort)
        return report_rows(source, read.report, read.fault)
    except DocumentError as error:
        return failed_rows(source, error)
    except MemoryError as error:
        return failed_rows(source, OutOfMemory(str(error)))
    except OSError as error:
        if error.errno in NO_ROOM:  # the machine's fault: every document would fail by it
            raise EnvironmentMissing(f"No queda espacio o no se puede escribir: {error}") from error
        return failed_rows(source, _unexpected(source, error))
    except Exception as error:  # a fault of ours costs one document too, and says so
        if isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem:
            return failed_rows(source, OutOfMemory(error.err))
        return failed_rows(source, _unexpected(source, error))


def _unexpected(source: Source, error: Exception) -> Unexpected:
    said = str(error).replace(str(source.path), "el archivo")  # a result belongs to bytes, not to names
    return Unexpected(f"{type(error).__name__}: {said}")
