"""A report as a person reads it: the paper beside what was decoded, doubts and findings with their reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pipeline.pages import web, wording
from pipeline.pages.reader import Reader
from pipeline.pages.report_build import values_of
from pipeline.pages.report_paper import paper_of
from pipeline.papers import Papers
from pipeline.rows import Row, Rows

FOLDER = "reports"
TABLES = (
    "sessions", "attendees", "attendance", "functions", "function_sessions", "norms", "publications", "signatories",
    "sections", "findings", "residuals", "questions",
)  # fmt: skip
CROPS = 40  # crops under one reason for review; the others are marked in the matrices
AROUND = (40.0, 12.0)  # points of paper beside, and above, a value in its crop: its neighbours tell the row and column


def write_all(out: Path, documents: Sequence[Row], reader: Reader, papers: Papers) -> Iterator[Path]:
    """Writes `out/reports/DOCUMENT_ID.html` for each of `documents`, rows of that table; yields each when written."""
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    first = {str(d["document_id"]): d for d in reversed(documents) if d["document_id"]}
    pages = first.keys() | {path.stem for path in folder.glob("*.html")}
    for document_id, rows in reader.by_document(TABLES, list(reversed(first))):
        target = folder / f"{document_id}.html"
        target.write_text(page_of(first[document_id], rows, papers, pages), encoding="utf-8")
        yield target


def page_of(document: Row, rows: Rows, papers: Papers, pages: Collection[str]) -> str:
    """The HTML of one report: `document` is its row of `documents`, `rows` those of its other tables.

    `pages`: the document_id of each report that has a page to lead to.
    """
    values = values_of(document, rows)
    paper = paper_of(document, papers)
    return web.render(
        "report.html",
        styles=[web.asset("page.css"), web.asset("report.css")],
        scripts=[web.asset("report.js")],
        data={"values": [value.plain for value in values.values], "around": AROUND},
        document=document,
        period=period(document),
        values=values,
        questions=rows.get("questions", ()),
        paper=paper,
        pages=pages,
        wording=wording,
        crops=CROPS,
        around=AROUND,
    )


def period(document: Row) -> str:
    """«segundo trimestre de 2025», as far as it is known."""
    year = document["year"] or "año sin leer"
    if document["period_kind"] == "quarter" and document["quarter"]:
        return f"trimestre {document['quarter']} de {year}"
    return {"semester": f"semestre de {year}", "year": f"año {year}"}.get(str(document["period_kind"]), f"{year}")
