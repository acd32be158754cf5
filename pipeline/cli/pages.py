"""The verb that makes a dataset something to look at: `pages`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import console, errors, exit_codes
from pipeline.cli.progress import shown
from pipeline.errors import UsageError
from pipeline.papers import Papers
from pipeline.rows import Row

REPORTS = 500  # pages written unasked, at most: some 0.1 to 3 MB each, with the paper in them

Sources = Annotated[
    Path | None,
    typer.Option(
        "--sources", help="Folder with the papers, if they moved since the run.", exists=True, file_okay=False
    ),
]


def pages(
    out: Annotated[Path, typer.Argument(help="Folder that a run wrote.", exists=True, file_okay=False, metavar="OUT")],
    document: Annotated[
        list[str] | None, typer.Option("--document", help="Only the page of this document_id; may be repeated.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help=f"A page of every report, also beyond {REPORTS}.")] = False,
    only_dashboard: Annotated[bool, typer.Option("--dashboard-only", help="No pages of reports.")] = False,
    sources: Sources = None,
) -> None:
    """Write a page for each report, and the dashboard of the archive: HTML that needs no network."""
    with exit_codes():
        write(out, document, every=every, only_dashboard=only_dashboard, sources=sources)


def write(
    out: Path,
    wanted: list[str] | None = None,
    *,
    every: bool = False,
    only_dashboard: bool = False,
    sources: Path | None = None,
) -> None:
    """Writes `out/reports/*.html` and `out/dashboard.html`; raises UsageError, OSError."""
    from pipeline.pages import dashboard, report_page  # charts take a quarter of a second to load: no other verb pays
    from pipeline.pages.reader import Reader

    reader = Reader(out)
    chosen = [] if only_dashboard else _chosen(list(reader.rows("documents")), wanted, every=every)
    written = 0
    for _ in report_page.write_all(out, chosen, reader, Papers(out, sources)):
        written += 1
    if written:
        console.print(f"Páginas de {written} informes en {shown(str(out / report_page.FOLDER))}")
    console.print(f"Tablero en {shown(str(dashboard.write(out, reader)))}")


def _chosen(documents: list[Row], wanted: list[str] | None, *, every: bool) -> list[Row]:
    """The documents to write pages of, by default all of an archive that is no larger than REPORTS."""
    if wanted:
        known = {str(d["document_id"]) for d in documents}
        if missing := [w for w in wanted if w not in known]:
            raise UsageError(f"No hay documento {', '.join(missing)}: vea la columna document_id de documents.csv.")
        return [d for d in documents if d["document_id"] in wanted]
    if len(documents) > REPORTS and not every:
        errors.print(
            f"El archivo tiene {len(documents)} informes: se escribe solo el tablero. "
            "Las páginas de todos se piden con --all; la de uno, con --document.",
            style="yellow",
        )
        return []
    return documents
