"""The command line: its verbs, each in the module of its family, and what stands above them all."""

from __future__ import annotations

import importlib.metadata
from typing import Annotated

import typer

from pipeline.cli import audit, export, history, look, pages, run
from pipeline.cli.console import console

EXAMPLES = """
Turn archives of scanned «Anexo 2: Informe de gestión» reports into data that an auditor can sign.

\b
Examples:
  veedor run archive/ --out data/out            every report of a folder
  veedor run a.pdf b.txt --out out --workers 1  two files, one at a time
  veedor status data/out                        how far a run has come
  veedor retry data/out                         its failed documents once more
  veedor look a.pdf --out pictures              what was seen, painted on pages
  veedor sample out --n 300 --seed 7            a blind keying sheet of accepted values
  veedor sample out --check answers.csv         how many of them may be wrong
  veedor diff before after                      what changed between two runs
  veedor evidence out --where "document_id=fe0c3c82c577af38 and table=attendance and row=3"
                                                what proves these values, in a folder
  veedor verify evidencia --sources archive     whether it still does, offline
  veedor run archive/ --out out --risk 0.005    fewer values to review, more of them wrong
  veedor export data/out --format duckdb        a database with views that join the tables
  veedor pages data/out                         pages of reports and a dashboard
  veedor history data/out --rules mine.toml     the archive's history told anew
  veedor doctor                                 what this machine lacks

\b
Exit codes:
    0  all clean
    1  done, something needs review; `diff`: something changed;
       `sample --check`: not every answer agrees
    2  usage
    3  something failed; `verify`: not as it should be
    5  environment
  130  interrupted
"""

app = typer.Typer(help=EXAMPLES, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


def main() -> None:
    """The `veedor` program."""
    app(prog_name="veedor")


def _version(wanted: bool) -> None:
    if wanted:
        console.print(f"veedor {importlib.metadata.version('veedor')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    del version  # its callback has done all


app.command()(run.run)
app.command(name="status")(run.tell)
app.command()(run.retry)
app.command()(look.look)
app.command(name="history")(history.tell)
app.command()(audit.sample)
app.command()(audit.diff)
app.command()(audit.evidence)
app.command()(audit.verify)
app.command(name="export")(export.hand_over)
app.command()(pages.pages)
app.command(name="doctor")(look.examine)
