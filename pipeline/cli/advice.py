"""What to do next about a run: the command that takes it up, reads what failed again, or shows what awaits a person."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from ocr.errors import EngineFailed, OutOfMemory, PageTimedOut
from pipeline.errors import NotReadable, TimedOut, WorkerDied
from pipeline.settings import Settings
from pipeline.status import Status

MORE = {  # reasons that more of something may mend → the option that gives it
    TimedOut.reason: ("--timeout", "seconds"),
    PageTimedOut.reason: ("--page-timeout", "page_seconds"),
    OutOfMemory.reason: ("--memory", "memory"),
}
AGAIN = (WorkerDied.reason, EngineFailed.reason)  # that may be gone when it is tried once more
FACTOR = 2  # of what was given then


def advice(found: Status) -> Iterator[str]:
    """Sentences for a person, each with its command; one that all is done where nothing is left to do."""
    once_more = shlex.join(["veedor", "run", *found.given, *options(found.settings)])
    out = shlex.quote(str(found.settings.out))
    if found.pending:
        yield f"Pendientes: {found.pending}. Si la ejecución ya no está en marcha, sigue con: {once_more}"
        return
    if not found.written:
        yield f"Todo está leído; los datos los escribe, sin leer nada de nuevo: {once_more}"
        return
    yield from _failed(found, once_more)
    if found.review:
        yield f"Por revisar: {found.review}. Junto al papel, en las páginas que escribe: veedor pages {out}"
    if found.inputs == found.done + found.skipped:
        yield "Nada queda por hacer: todo está leído sin dudas y los datos están escritos."


def _failed(found: Status, once_more: str) -> Iterator[str]:
    """What may be read after all, and how; what may not is told by the tables."""
    out = [str(found.settings.out), *_work(found.settings)]
    given = {"seconds": found.settings.seconds, "memory": found.settings.memory}
    given["page_seconds"] = found.settings.effort.page_seconds
    for reason, count in sorted(found.reasons.items()):
        command = ["veedor", "retry", *out, "--reason", reason]
        if reason in MORE:
            option, name = MORE[reason]
            more = shlex.join([*command, option, f"{given[name] * FACTOR:g}"])
            yield f"Fallidos por {reason}: {count}. Otra vez, con el doble: {more}"
        elif reason in AGAIN:
            yield f"Fallidos por {reason}: {count}. Otra vez: {shlex.join(command)}"
        elif reason == NotReadable.reason:
            yield f"Fallidos por {reason}: {count}. Corrija los permisos y ejecute: {once_more}"
    if set(found.reasons) - {*MORE, *AGAIN, NotReadable.reason}:
        table = shlex.quote(str(found.settings.out / "documents.csv"))
        yield f"De los demás fallidos, qué pasó y qué hacer: {table}, columnas error y error_message"


def options(settings: Settings) -> Iterator[str]:
    """The options of `run` that say what `settings` say, those left out that are so by themselves."""
    usual = Settings(settings.out)
    yield from ("--out", str(settings.out), *_work(settings))
    told = {
        "--workers": (settings.workers, usual.workers),
        "--dictionary": (settings.dictionary, None),
        "--rules": (settings.rules, None),
        "--risk": (settings.risk, usual.risk),
        "--timeout": (settings.seconds, usual.seconds),
        "--page-timeout": (settings.effort.page_seconds, usual.effort.page_seconds),
        "--memory": (settings.memory, usual.memory),
        "--cluster": (settings.cluster, None),
    }
    for option, (value, default) in told.items():
        if value != default:
            yield from (option, f"{value:g}" if isinstance(value, float) else str(value))
    if settings.by_year:
        yield "--by-year"


def _work(settings: Settings) -> tuple[str, ...]:
    beside = Settings(settings.out).store_url
    return () if settings.store_url == beside else ("--work", settings.store_url)
