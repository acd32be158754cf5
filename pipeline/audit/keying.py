"""The blind keying sheet of a sample: the paper around each value, a question, and nothing of what was read.

One HTML file that needs nothing else, and the same to fill by hand: `hoja.csv` beside the pictures. What would tell the
value is not on the sheet in any form: items are numbered by lot within their kind, files are named by that number, and
the lists to choose from are the dictionary's, whole, the same for every item.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ocr.errors import DocumentError
from pipeline import warehouse
from pipeline.audit import accepted, surroundings
from pipeline.audit.accepted import Answer
from pipeline.audit.strata import Item, Sample
from pipeline.audit.surroundings import Sheet
from pipeline.errors import UsageError
from pipeline.pages.web import asset, render
from pipeline.papers import Gone, Papers

HTML, CSV, PICTURES = "hoja.html", "hoja.csv", "recortes"
HEADER = ("muestra", "semilla", "tamano", "numero", "pregunta", "respuesta")
QUALITY = 60  # of WebP, in the HTML file: print as in the PNG to the eye, a third of the bytes
ILLEGIBLE, BLANK, UNLISTED, NO_DATE = "no legible", "en blanco", "no está en la lista", "sin fecha"

Choice = dict[str, str]
_BLANK_OR_NOT = ((BLANK, "En blanco"), (ILLEGIBLE, "No legible"))
_YES_NO = (("SI", "SI, Sí, X o ✓"), ("NO", "NO"))
CHOICES: Mapping[Answer, tuple[tuple[str, str], ...]] = {
    Answer.MARK: (*_YES_NO, ("-", "Guion o N/A"), *_BLANK_OR_NOT),
    Answer.YES_NO: (*_YES_NO, *_BLANK_OR_NOT),
    Answer.ROLE: (*((role, role) for role in ("P", "S", "I", "IP", "O")), *_BLANK_OR_NOT),
    Answer.QUARTER: (("1", "I"), ("2", "II"), ("3", "III"), ("4", "IV"), *_BLANK_OR_NOT),
    Answer.PERIOD: (
        *(("1", "Trimestre I"), ("2", "Trimestre II"), ("3", "Trimestre III"), ("4", "Trimestre IV")),
        *(("semester", "Semestre"), ("year", "Año"), *_BLANK_OR_NOT),
    ),
    Answer.NUMBER: _BLANK_OR_NOT,
    Answer.DATE: ((NO_DATE, "Sin fecha (guion, N/A o en blanco)"), (ILLEGIBLE, "No legible")),
    Answer.TEXT: _BLANK_OR_NOT,
    Answer.ENTITY: ((UNLISTED, "No está en la lista"), (ILLEGIBLE, "No legible")),
    Answer.SECTOR: ((UNLISTED, "No está en la lista"), (ILLEGIBLE, "No legible")),
    Answer.BODY: ((UNLISTED, "No está en la lista"), (ILLEGIBLE, "No legible")),
}
HINTS = {  # open answers, with what stands in the empty field
    Answer.NUMBER: "número",
    Answer.DATE: "dd/mm/aaaa",
    Answer.TEXT: "como está impreso",
    Answer.ENTITY: "escriba y elija de la lista",
    Answer.SECTOR: "escriba y elija de la lista",
    Answer.BODY: "escriba y elija de la lista",
}
LISTS = {Answer.ENTITY: "entities", Answer.SECTOR: "sectors", Answer.BODY: "instancias"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person sees of one item: a picture, as a data URI, or lines of a text."""

    uri: str = ""
    text: str = ""


def write(out: Path, sample: Sample, papers: Papers, to: Path) -> Path:
    """Writes the sheet of a sample of the dataset in `out` to the folder `to`, and gives the HTML file.

    Raises UsageError where a paper is gone or does not open: a sample without the values of some papers is none.
    """
    paths = {item.document_id: _path(item, papers) for item in sample.items}
    sheets = surroundings.sheets(out, paths)
    (to / PICTURES).mkdir(parents=True, exist_ok=True)
    shown = [_show(item, paths[item.document_id], sheets[item.document_id], to) for item in sample.items]
    _write_csv(to / CSV, sample)
    (to / HTML).write_text(_page(out, sample, shown), encoding="utf-8")
    return to / HTML


def _path(item: Item, papers: Papers) -> Path:
    try:
        return papers.path({"sha256": item.sha256, "source": item.source})
    except Gone as error:
        raise UsageError(f"{error} Sin todos los papeles no hay muestra.") from error


def _show(item: Item, path: Path, sheet: Sheet, to: Path) -> Shown:
    """What there is to see, written beside the sheet too."""
    file = to / PICTURES / f"{item.number:04}"
    try:
        if item.input_kind == "ocr_text":
            text = surroundings.text_around(path, item)
            file.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")
            return Shown(text=text)
        picture = surroundings.picture_around(path, item, accepted.kind_of(item.kind, item.item).table, sheet)
    except DocumentError as error:
        raise UsageError(f"{item.source}: {error} Sin todos los papeles no hay muestra.") from error
    picture.save(file.with_suffix(".png"))
    return Shown(_uri(picture))


def question(item: Item) -> str:
    kind = accepted.kind_of(item.kind, item.item)
    if item.kind == "publication":  # which of the four it is, the form prints; the value is yes or no
        return f"{kind.question} ({item.where['item'].replace('_', ' ')})"
    if item.box is None and kind.table not in surroundings.WHOLE_PAGE:
        column = f" (columna de sesión {item.where['column']}, desde la izquierda)" if "column" in item.where else ""
        return kind.question.replace("recuadrada", "marcada").replace("recuadrado", "la línea marcada") + column
    return kind.question


def _write_csv(path: Path, sample: Sample) -> None:
    """With a byte order mark, for spreadsheets take a CSV without one for another encoding."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADER)
        for item in sample.items:
            writer.writerow((sample.identity, sample.seed, sample.size, item.number, question(item), ""))


def _page(out: Path, sample: Sample, shown: list[Shown]) -> str:
    items = [_item(item, view) for item, view in zip(sample.items, shown, strict=True)]
    told = {"sample": sample.identity, "seed": sample.seed, "size": sample.size, "header": HEADER}
    return render(
        "keying.html",
        styles=[asset("page.css"), asset("keying.css")],
        scripts=[asset("keying.js")],
        data=told | {"items": [{"number": i["number"], "question": i["question"]} for i in items]},
        items=items,
        names=_names(out),
        sample=sample.identity,
        seed=sample.seed,
    )


def _item(item: Item, view: Shown) -> dict[str, object]:
    kind = accepted.kind_of(item.kind, item.item)
    return {
        "number": item.number,
        "question": question(item),
        "picture": view.uri,
        "text": view.text,
        "open": kind.answer in HINTS,
        "hint": HINTS.get(kind.answer, ""),
        "names": LISTS.get(kind.answer, ""),
        "choices": [{"answer": answer, "label": label} for answer, label in CHOICES[kind.answer]],
    }


def _uri(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def _names(out: Path) -> dict[str, list[str]]:
    """Every name of the dictionary as the run used it, by list, in alphabetical order."""
    with warehouse.opened(main=out, tables=("documents", *LISTS.values())) as connection:
        queries = {table: f"SELECT DISTINCT name FROM {table} ORDER BY name" for table in LISTS.values()}
        return {table: [row["name"] for row in warehouse.rows(connection, query)] for table, query in queries.items()}
