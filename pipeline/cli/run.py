"""The verbs that read an archive: `run`, and over the work store of a run, `status` and `retry`."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ocr.effort import FULL
from parsers.calibration import RISK
from pipeline import job
from pipeline.cli import doctor
from pipeline.cli.advice import advice
from pipeline.cli.console import SHOWN_PATHS, Dictionary, Out, OwnRules, console, exit_codes
from pipeline.cli.pages import write as write_pages
from pipeline.cli.progress import progress, shown
from pipeline.errors import EnvironmentMissing, ExitCode, UsageError
from pipeline.inputs import Inputs, gather, why_skipped
from pipeline.remote import is_url
from pipeline.settings import MEMORY, PROCESSORS, SECONDS, Settings
from pipeline.status import status
from pipeline.watch import LOOK_SECONDS, Watch

MB = 1_000_000
WHOLE = (1, 1)

Workers = Annotated[int, typer.Option(help="Processes; by default one for each processor.", min=1)]
Timeout = Annotated[float, typer.Option(help="Seconds that a document may take, for every 30 pages begun.", min=1)]
PageTimeout = Annotated[float, typer.Option("--page-timeout", help="Seconds that one page may take.", min=1)]
Memory = Annotated[int, typer.Option(help="MiB that a worker and its programs may take.", min=64)]
Work = Annotated[str | None, typer.Option(help="Work store: a folder or fsspec URL; by default OUT.work.")]


def _between_0_and_1(risk: float) -> float:
    if not 0 < risk < 1:
        raise typer.BadParameter(f"{risk} no es un riesgo: debe estar entre 0 y 1, como 0.0005.")
    return risk


def _share(text: str) -> str:
    found = re.fullmatch(r"(\d+)/(\d+)", text)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise typer.BadParameter(f"{text} no es una parte: escriba, por ejemplo, 3/10 para la tercera de diez.")
    return text


def run(
    inputs: Annotated[
        list[str], typer.Argument(help="Files or folders: .pdf .png .jpg .tif .txt, or s3:// URLs", metavar="INPUT")
    ],
    out: Out,
    workers: Workers = PROCESSORS,
    dictionary: Dictionary = None,
    timeout: Timeout = SECONDS,
    page_timeout: PageTimeout = FULL.page_seconds,
    memory: Memory = MEMORY,
    risk: Annotated[
        float,
        typer.Option(
            help="Share of wrong values tolerated among those that nobody is asked to review, between 0 and 1.",
            callback=_between_0_and_1,
        ),
    ] = RISK,
    work: Work = None,
    by_year: Annotated[bool, typer.Option("--by-year", help="Write Parquet partitioned by year as well.")] = False,
    shard: Annotated[
        str, typer.Option(help="Read only part I/N of the archive, and write no dataset.", callback=_share)
    ] = "1/1",
    pages: Annotated[bool, typer.Option("--pages", help="Write pages to look at as well; see «veedor pages».")] = False,
    own: OwnRules = None,
    cluster: Annotated[
        str | None, typer.Option(help="Read on the machines of a Ray cluster: its address, or auto.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on reading what comes, until interrupted.")] = False,
) -> None:
    """Read reports and write the dataset: what is new or changed; other results are taken from the work store."""
    effort = replace(FULL, page_seconds=page_timeout)
    settings = Settings(out, workers, dictionary, timeout, risk=risk, effort=effort, memory=memory, work=work)
    settings = replace(settings, by_year=by_year, rules=own, cluster=cluster)
    number, of = map(int, shard.split("/"))
    with exit_codes(), _interruptible():
        if watch and of > 1:
            raise UsageError("--watch y --shard no van juntos: una parte no escribe datos. Deje uno de los dos.")
        if watch:
            _follow(inputs, settings)
        found = gather(inputs, settings=settings)
        if of > 1:
            raise typer.Exit(_read_share(found, settings, (number, of)))
        code = _carry_out(found, settings)
        if pages:
            write_pages(out)
    raise typer.Exit(code)


@contextmanager
def _interruptible() -> Iterator[None]:
    """A scheduler's request to end is heeded as a person's is: workers end, the store can be resumed."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _carry_out(found: Inputs, settings: Settings, again: frozenset[str] = frozenset()) -> ExitCode:
    _require_engine(found)
    _say_skipped(found)
    with progress(console) as told:
        summary = job.carry_out(found, settings, told.done, again=again, on_plan=told.plan)
    _close(summary, settings.out)
    return summary.exit_code


def _read_share(found: Inputs, settings: Settings, share: tuple[int, int]) -> ExitCode:
    _require_engine(found)
    with progress(console) as told:
        count = job.read_share(found, settings, share, told.done, on_plan=told.plan)
    console.print(
        f"Parte {share[0]} de {share[1]}: {count['ok']} sin dudas, {count['review']} por revisar, "
        f"{count['failed']} fallidos. El conjunto de datos lo escribe «veedor run» sin --shard."
    )
    return ExitCode.FAILED if count["failed"] else ExitCode.REVIEW if count["review"] else ExitCode.CLEAN


def _follow(inputs: list[str], settings: Settings) -> None:
    """Reads what comes, until interrupted."""
    if urls := [place for place in inputs if is_url(place)]:
        raise UsageError(f"--watch vigila carpetas, no {', '.join(urls)}. Ejecute «veedor run» cuando haya algo nuevo.")
    watched = Watch([Path(place) for place in inputs])
    console.print(f"A la espera de informes en {shown(', '.join(map(str, inputs)))}; Ctrl-C termina.")
    while True:
        if found := watched.news():
            _carry_out(found, settings)
        time.sleep(LOOK_SECONDS)


def _require_engine(found: Inputs) -> None:
    """Texts need no program; anything else needs them all, and is told so before the first page."""
    if all(source.path.suffix.lower() == ".txt" for source in found.sources):
        return
    if missing := [f"{c.name}: {c.remedy}" for c in doctor.engine_checks() if not c.well]:
        raise EnvironmentMissing("\n".join(missing))


def _say_skipped(found: Inputs) -> None:
    for path in found.skipped[:SHOWN_PATHS]:
        console.print(f"Se omite {shown(str(path))}: {SKIPPED[why_skipped(path)]}", style="dim")
    if len(found.skipped) > SHOWN_PATHS:
        console.print(f"… y {len(found.skipped) - SHOWN_PATHS} archivos más", style="dim")


def _close(summary: job.Summary, out: Path) -> None:
    _print_table(
        ("Informes leídos", summary.reports),
        ("Filas", summary.rows),
        ("Marcas", summary.marks),
        ("Valores por revisar", summary.review),
        ("Hallazgos", summary.findings),
        ("Fallidos", summary.failed),
        ("Reutilizados", summary.reused),
        *((f"  leídos: {WHY[why]}", number) for why, number in summary.read.items()),
    )
    for failure in summary.failures[:SHOWN_PATHS]:
        console.print(f"{shown(failure.source)}: {failure.reason}: {shown(failure.message)}", style="red")
    if summary.failed > SHOWN_PATHS:
        console.print(f"… y {summary.failed - SHOWN_PATHS} más: documents.csv, columna error", style="red")
    if not summary.written:
        console.print("Nada cambió: los datos ya estaban al día", style="dim")
    console.print(f"Datos en {shown(str(out))}: documents.csv y las demás tablas; datapackage.json las describe")


SKIPPED = {
    "unknown_kind": "no es PDF, imagen ni texto",
    "not_readable": "no se puede abrir",
    "link_to_folder": "es un enlace a una carpeta; indíquela aparte",
    "not_a_file": "no es un archivo",
}
WHY = {
    "new": "nuevos",
    "file changed": "el archivo cambió",
    "dictionary changed": "el diccionario cambió",
    "settings changed": "la configuración cambió",
    "program changed": "el programa o el motor cambió",
    "result lost": "faltaba su resultado",
    "damaged": "su resultado estaba dañado",
    "unsettled": "antes faltó tiempo o memoria",
    "retried": "fallidos, otra vez",
}


def _print_table(*lines: tuple[str, object]) -> None:
    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for label, number in lines:
        table.add_row(label, str(number))
    console.print(table)


# ---------------------------------------------------------------- over the work store

Folder = Annotated[Path, typer.Argument(help="Folder that a run writes to.", metavar="OUT", file_okay=False)]


def tell(out: Folder, work: Work = None) -> None:
    """Tell how far a run has come: done, for review, failed and why, pending; and which command comes next."""
    with exit_codes():
        found = status(out, work)
        _print_table(
            ("Entradas", found.inputs),
            ("Leídos sin dudas", found.done),
            ("Leídos, por revisar", found.review),
            ("Fallidos", found.failed),
            *((f"  {reason}", number) for reason, number in sorted(found.reasons.items())),
            ("Pendientes", found.pending),
            ("Omitidos", found.skipped),
            ("Resultados guardados", found.results),
            ("Tamaño del almacén", f"{found.bytes / MB:.1f} MB"),
        )
        console.print(f"Ejecución del {found.started}; almacén en {shown(found.settings.store_url)}")
        for sentence in advice(found):
            console.print(shown(sentence))


def retry(
    out: Folder,
    reason: Annotated[list[str] | None, typer.Option(help="Only those that failed for it; may be repeated.")] = None,
    work: Work = None,
    workers: Annotated[int | None, typer.Option(help="As of `run`; by default as then.", min=1)] = None,
    timeout: Annotated[float | None, typer.Option(help="As of `run`; by default as then.", min=1)] = None,
    page_timeout: Annotated[
        float | None, typer.Option("--page-timeout", help="As of `run`; by default as then.", min=1)
    ] = None,
    memory: Annotated[int | None, typer.Option(help="As of `run`; by default as then.", min=64)] = None,
) -> None:
    """Read the failed documents of a run again, and write its dataset anew."""
    with exit_codes(), _interruptible():
        before = status(out, work)
        then = before.settings
        settings = replace(
            then,
            workers=workers or then.workers,
            seconds=timeout or then.seconds,
            memory=memory or then.memory,
            effort=replace(then.effort, page_seconds=page_timeout or then.effort.page_seconds),
        )
        code = _carry_out(gather(before.given, settings=settings), settings, frozenset(reason or before.reasons))
    raise typer.Exit(code)
