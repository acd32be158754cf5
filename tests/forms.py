"""Draws synthetic «Anexo 2: Informe de gestión» reports with known truth, for tests, calibration and samples.

    python tests/forms.py --out DIR --seeds 1-12 --conditions digital,clean300,fax200,text

writes NAME.pdf (or NAME.txt for `text`) and truth/NAME.json. The same seed gives the same report on the same machine;
fonts that are not installed are replaced by their nearest kin, down to those that every PDF reader has.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFError, TTFont  # type: ignore[import-untyped]

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from tests import damage
from tests.form_content import PUBLICATIONS, ROMANS, Truth, compose
from tests.form_layout import DrawnCell, Head, Paper, Ruling, Slot, Table, Type

PAPERS = {"letter": (612.0, 792.0), "legal": (612.0, 936.0), "a4": (595.3, 841.9)}
DATE_FORMS = ("slash", "dash", "short", "long", "abbreviated")
CENTIMETRE = 72 / 2.54
FONT_HOME = Path("/usr/share/fonts/truetype")
FONTS = {  # name → (file stem of the regular cut, of the bold one, kin to use in its place)
    "Carlito": ("crosextra/Carlito-Regular", "crosextra/Carlito-Bold", "Liberation Sans"),
    "Caladea": ("crosextra/Caladea-Regular", "crosextra/Caladea-Bold", "Liberation Serif"),
    "Liberation Sans": ("liberation/LiberationSans-Regular", "liberation/LiberationSans-Bold", "Helvetica"),
    "Liberation Serif": ("liberation/LiberationSerif-Regular", "liberation/LiberationSerif-Bold", "Times"),
    "Liberation Sans Narrow": (
        "liberation/LiberationSansNarrow-Regular", "liberation/LiberationSansNarrow-Bold", "Liberation Sans",
    ),
    "DejaVu Sans Condensed": ("dejavu/DejaVuSansCondensed", "dejavu/DejaVuSansCondensed-Bold", "Helvetica"),
    "DejaVu Serif Condensed": ("dejavu/DejaVuSerifCondensed", "dejavu/DejaVuSerifCondensed-Bold", "Times"),
}  # fmt: skip
BUILT_IN = {"Helvetica": ("Helvetica", "Helvetica-Bold"), "Times": ("Times-Roman", "Times-Bold")}
PUBLICATION_FORMS = (
    ("Si_x_ No___", "Si___ No_x_"),
    ("Sí_X_ No___", "Sí___ No_X_"),
    ("Si _x_  No ___", "Si ___  No _x_"),
)
ADDRESS = "Calle Inventada No. 0 - 00  Código Postal: 110000  Tel. 0000000"
DISCLAIMER = "Documento sintético: datos de prueba, sin valor oficial"


@dataclass(frozen=True, slots=True)
class Style:
    """How a report looks. Sizes in points, `margin` in cm, `rule` in eighths of a point, greys 0 (black) to 1."""

    font: str = "Liberation Serif"
    size: float = 10
    table_size: float = 9
    date_size: float = 7
    vocab: str = "SI"  # SI | Sí | Si | X: how attendance is printed
    empty: str = "-"  # in the columns of no session; may be ""
    date_form: str = "slash"
    paper: str = "letter"
    landscape: bool = False
    margin: float = 2.0
    two_sessions: float = 0.1  # chance of a second session in a quarter
    whole_rows: bool = False  # rows are not cut by page breaks
    info_grid: bool = True  # the block of name, regulation and norms is ruled
    numbered: bool = True  # sectors
    merge_sector: bool = True
    rule: float = 4
    rule_grey: float = 0.0
    shade: float | None = None  # of header cells
    pad: float = 1.0
    justify: bool = True
    slash_breaks: bool = False
    heads: tuple[str, str, str, str] = ("Sector", "Entidad u Organismo", "Cargo", "Rol")
    total_below: bool = True  # «Sesiones en las que participaron» runs over the total's column
    roman_period: bool = False
    year_in_period: bool = False
    publication: int = 0  # which of PUBLICATION_FORMS

    @staticmethod
    def random(rng: random.Random) -> Style:
        size = rng.choice((8.5, 9, 10, 10, 11, 11))
        entity = rng.choice(("Entidad u Organismo", "Entidad u Organismo", "Entidad"))
        return Style(
            font=rng.choice(list(FONTS)),
            size=size,
            table_size=max(8, size - rng.choice((0, 1, 1, 2))),
            date_size=rng.choice((7, 7, 8, 9)),
            vocab=rng.choices(("SI", "Sí", "Si", "X"), (4, 1, 1, 2))[0],
            empty=rng.choices(("-", "N/A", "", "–"), (6, 3, 1, 1))[0],
            date_form=rng.choices(DATE_FORMS, (8, 2, 1, 1, 1))[0],
            paper=rng.choice(list(PAPERS)),
            landscape=rng.random() < 0.2,
            margin=rng.choice((1.6, 2.0, 2.4)),
            two_sessions=rng.choice((0.1, 0.1, 0.5)),
            whole_rows=rng.random() < 0.3,
            info_grid=rng.random() < 0.6,
            numbered=rng.random() < 0.7,
            merge_sector=rng.random() < 0.7,
            rule=rng.choice((3, 4, 6, 8)),
            rule_grey=rng.choice((0.0, 0.0, 0.0, 0.35, 0.55)),
            shade=rng.choice((None, None, 0.75, 0.85)),
            pad=rng.choice((0.5, 1.0, 3.0)),
            justify=rng.random() < 0.7,
            slash_breaks=rng.random() < 0.3,
            heads=("Sector", entity, "Cargo", rng.choice(("Rol", "Rol", "ROL"))),
            total_below=rng.random() < 0.7,
            roman_period=rng.random() < 0.2,
            year_in_period=rng.random() < 0.4,
            publication=rng.randrange(len(PUBLICATION_FORMS)),
        )


@dataclass(frozen=True, slots=True)
class DrawnReport:
    """A report on paper. `cells`: where its marks, roles, totals and dates were printed."""

    seed: int
    style: Style
    truth: Truth
    pdf: bytes
    cells: tuple[DrawnCell, ...]


def draw(seed: int, style: Style | None = None, mistakes: tuple[str, ...] | None = None) -> DrawnReport:
    """The report of that seed; `mistakes` limits the planted finding codes to those given (none: ())."""
    rng = random.Random(seed)
    style = style or Style.random(rng)
    truth = {"seed": seed, **compose(rng, style, mistakes), "style": asdict(style), "tier": "digital"}
    return Printer(style, truth, rng).print()


@cache
def fonts(name: str) -> tuple[str, str]:
    """Regular and bold cut of a font, registered, or of its nearest kin that is installed."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    regular, bold, kin = FONTS[name]
    try:
        for cut, stem in ((name, regular), (f"{name} Bold", bold)):
            pdfmetrics.registerFont(TTFont(cut, str(FONT_HOME / f"{stem}.ttf")))
    except TTFError:
        return fonts(kin)
    return name, f"{name} Bold"


class Printer:
    """Lays one truth out on paper, top to bottom."""

    def __init__(self, style: Style, truth: Truth, rng: random.Random) -> None:
        self.style, self.truth, self.rng = style, truth, rng
        self.regular, self.bold = fonts(style.font)
        self.body = Type(self.regular, style.size, "justify" if style.justify else "left")
        self.plain = Type(self.regular, style.size)
        self.strong = Type(self.bold, style.size)
        self.title = Type(self.bold, style.size, "center")
        self.left = Type(self.regular, style.table_size)
        self.center = Type(self.regular, style.table_size, "center")
        self.head = Type(self.bold, style.table_size, "center")
        self.dates = Type(self.bold, style.date_size, "center")
        width, height = PAPERS[style.paper]
        side = style.margin * CENTIMETRE
        self.ruling = Ruling(
            style.rule / 8, style.rule_grey, style.shade, style.pad, style.whole_rows, style.slash_breaks
        )
        self.paper = Paper(
            (height, width) if style.landscape else (width, height), (side, 108, side, 62), self._furniture, self.ruling
        )

    def print(self) -> DrawnReport:
        self._front()
        self._attendance()
        self._counts()
        for scope, name in (("general", "FUNCIONES GENERALES"), ("specific", "FUNCIONES ESPECÍFICAS")):
            self._functions(scope, name)
        self._narrative()
        self._signatures()
        pdf = self.paper.finish()
        self.truth |= {"pages": self.paper.page, "turned": [0] * self.paper.page}
        return DrawnReport(self.truth["seed"], self.style, self.truth, pdf, tuple(self.paper.cells))

    def _furniture(self, paper: Paper) -> None:
        """Shield, running title, address and the note that says it is synthetic."""
        canvas, (width, height), left = paper.canvas, paper.size, paper.margins[0]
        canvas.setLineWidth(1)
        canvas.setStrokeGray(0)
        shield = canvas.beginPath()
        corners = (
            (left + 18, height - 40),
            (left + 40, height - 40),
            (left + 40, height - 64),
            (left + 29, height - 72),
        )
        shield.moveTo(*corners[0])
        for corner in (*corners[1:], (left + 18, height - 64)):
            shield.lineTo(*corner)
        shield.close()
        canvas.drawPath(shield)
        canvas.circle(left + 29, height - 54, 6)
        small = Type(self.regular, 5)
        for i, text in enumerate(("ALCALDÍA MAYOR", "DE BOGOTÁ D.C.")):
            paper.line(text, small, (left + 4, left + 90, 76 + 6 * i))
        paper.line("Anexo 2: Informe de gestión", self.plain, (width - left - 160, width - left, 62))
        foot = Type(self.regular, 7, "center")
        paper.line(ADDRESS, foot, (left, width - left, height - 46))
        paper.line(DISCLAIMER, Type(self.regular, 6, "center"), (left, width - left, height - 36))

    def _gap(self, lines: float = 1.0) -> None:
        self.paper.y += lines * self.body.pitch

    def _block(self, pairs: Sequence[tuple[str, str]], ruled: bool, split: float) -> None:
        """Labels beside their values, in a table that may go without rules."""
        self.paper.ruling = self.ruling if ruled else Ruling(0, 0, None, 2, False, False)
        rows = [(Slot(label, self.strong), Slot(value, self.body)) for label, value in pairs]
        self.paper.table(Table((self.paper.width * split, self.paper.width * (1 - split)), rows))
        self.paper.ruling = self.ruling

    def _front(self) -> None:
        truth = self.truth
        self.paper.paragraph("INFORME DE GESTIÓN", self.title, self.style.size * 0.5)
        self.paper.paragraph(truth["period"], self.title, self.style.size)
        pairs = [
            ("NOMBRE DE LA INSTANCIA:", truth["instancia"] + "."),
            ("NÚMERO Y FECHA DEL REGLAMENTO INTERNO:", truth["regulation"]),
            ("NORMAS:", "\n".join(truth["norms"])),
        ]
        self._block(pairs, self.style.info_grid, 0.32)
        self.paper.y += 4
        self.paper.paragraph("ASISTENTES:", self.strong, 2, keep=60)
        legend = "(Rol: P: Presidente. S: secretaría técnica. I: integrante. IP: invitado permanente. O: otros)"
        self.paper.paragraph(legend, Type(self.regular, self.style.size - 1), 3, keep=60)

    # ------------------------------------------------------------ matrices

    def _attendance(self) -> None:
        columns, rows = self.truth["columns"], self.truth["rows"]
        sector_names = list(dict.fromkeys(r["sector"] for r in rows))
        groups = [sector_names.index(r["sector"]) for r in rows] if self.style.merge_sector else []
        alone = [groups.count(g) == 1 for g in groups]
        self.paper.table(
            Table(
                self._attendance_widths(len(columns)),
                [self._attendee(row) for row in rows],
                self._attendance_head(columns),
                [None if single else g for g, single in zip(groups, alone, strict=True)],
            )
        )
        self._gap()

    def _attendance_widths(self, count: int) -> list[float]:
        width, size = self.paper.width, self.style.table_size
        role, total = size * 3.2, size * 3.6
        marks = max(size * 3.1, min(size * 6, width * 0.4 / count))
        rest = width - role - total - marks * count
        return [rest * 0.27, rest * 0.38, rest * 0.35, role, *([marks] * count), total]

    def _attendee(self, row: Truth) -> list[Slot]:
        number = f"{row['sector_number']}. " if row["sector_number"] else ""
        return [
            Slot(number + row["sector"], self.left, "sector"),
            Slot(row["printed"], self.left, "entity"),
            Slot(row["position"], self.left, "position"),
            Slot(row["role"], self.center, "role"),
            *(Slot(mark, self.center, "mark") for mark in row["printed_marks"]),
            Slot(str(row["total_printed"]), self.center, "total"),
        ]

    def _attendance_head(self, columns: Sequence[Truth]) -> list[Head]:
        count = len(columns)
        heads = [Head(0, i, Slot(text, self.head), row_span=3) for i, text in enumerate(self.style.heads)]
        over = Slot("Sesiones en las que participaron", self.head)
        below = self.style.total_below
        heads.append(Head(0, 4, over, column_span=count + below))
        heads.append(Head(int(below), 4 + count, Slot("Total", self.head), row_span=3 - below))
        quarters = [c["quarter"] for c in columns]
        for quarter in dict.fromkeys(quarters):
            name = Slot(f"{ROMANS[quarter - 1]} Trimestre", self.head)
            heads.append(Head(1, 4 + quarters.index(quarter), name, column_span=quarters.count(quarter)))
        return heads + [Head(2, 4 + i, Slot(c["printed"], self.dates, "date")) for i, c in enumerate(columns)]

    def _functions(self, scope: str, name: str) -> None:
        dates = self.truth["function_columns"][scope]
        rows = [self._function(f) for f in self.truth["functions"] if f["scope"] == scope]
        last = self.style.table_size * 5
        marks = max(self.style.table_size * 3.4, min(self.style.table_size * 6.5, self.paper.width * 0.5 / len(dates)))
        first = self.paper.width - last - marks * len(dates)
        above = Slot("SESIONES EN LAS QUE SE ABORDARON DICHAS FUNCIONES", self.head)
        heads = [
            Head(0, 0, Slot(name, self.head), row_span=2),
            Head(0, 1, above, column_span=len(dates)),
            Head(0, 1 + len(dates), Slot("Se abordó Si/No", self.head), row_span=2),
            *(Head(1, 1 + i, Slot(d, self.dates, "date")) for i, d in enumerate(dates)),
        ]
        self.paper.table(Table([first, *([marks] * len(dates)), last], rows, heads))
        self._gap()

    def _function(self, function: Truth) -> list[Slot]:
        text = Type(self.regular, self.style.table_size, self.body.align)
        marks = (Slot(mark, self.center, "mark") for mark in function["printed_marks"])
        return [Slot(function["text"], text), *marks, Slot(function["addressed_printed"], self.center, "addressed")]

    # ------------------------------------------------------------ around the matrices

    def _counts(self) -> None:
        yes, no = PUBLICATION_FORMS[self.style.publication]
        published = self.truth["publications"]
        lines = [f"{name}: {yes if published[item] else no}" for item, name in PUBLICATIONS.items()]
        intro = "Documentos publicados en la web de la entidad que ejerce la Secretaría Técnica:"
        pairs = [
            ("SESIONES ORDINARIAS REALIZADAS / SESIONES ORDINARIAS PROGRAMADAS:", _of(self.truth["ordinary"])),
            (
                "SESIONES EXTRAORDINARIAS REALIZADAS / SESIONES EXTRAORDINARIAS PROGRAMADAS:",
                _of(self.truth["extraordinary"]),
            ),
            ("PUBLICACIÓN EN PÁGINA WEB:", "\n".join((intro, *lines))),
        ]
        self._block(pairs, self.style.info_grid and self.style.publication == 1, 0.42)
        self._gap()

    def _narrative(self) -> None:
        paragraphs = self.truth["paragraphs"]
        cut = (len(paragraphs) + 1) // 2
        headings = ("SEGUIMIENTO AL PLAN DE ACCIÓN:", "ANÁLISIS DEL FUNCIONAMIENTO DE LA INSTANCIA:")
        for heading, some in zip(headings, (paragraphs[:cut], paragraphs[cut:]), strict=True):
            self.paper.paragraph(heading, self.strong, 4, keep=30)
            for text in some:
                self.paper.paragraph(text, self.body, 6)

    def _signatures(self) -> None:
        half, size = self.paper.width / 2, self.style.size
        headings = ("Firma de quien preside la instancia:", "Firma de quien ejerce la Secretaría Técnica:")
        if self.paper.y + 11 * size > self.paper.bottom:
            self.paper.new_page()
        slots = []
        for i, (heading, person) in enumerate(zip(headings, self.truth["signatories"], strict=True)):
            left = self.paper.margins[0] + i * half
            self.paper.line(heading, self.strong, (left, left + half, self.paper.y))
            self._scribble(left + 20, self.paper.y + 2.6 * size)
            lines = (f"Nombre: {person['name']}", f"Cargo: {person['position']}", f"Entidad: {person['entity']}")
            slots.append(Slot("\n".join(lines), self.plain))
        self.paper.y += 4.2 * size
        self.paper.ruling = Ruling(0, 0, None, 0, True, False)
        self.paper.table(Table((half, half), [slots]))

    def _scribble(self, x: float, y: float) -> None:
        canvas, height = self.paper.canvas, self.paper.size[1]
        canvas.setLineWidth(0.9)
        for _ in range(self.rng.randint(4, 8)):
            ys = [height - y + self.rng.uniform(-11, 11) for _ in range(4)]
            step = self.rng.uniform(6, 12)
            canvas.bezier(x, height - y, x + step * 0.3, ys[1], x + step * 1.4, ys[2], x + step, height - y)
            x += step


def _of(count: Sequence[int]) -> str:
    return f"{count[0]}/{count[1]}"


# ---------------------------------------------------------------- command line


def write(report: DrawnReport, condition: str, out: Path, name: str | None = None) -> None:
    """NAME.pdf or NAME.txt in `out`, its truth in `out`/truth. `condition`: of damage.CONDITIONS, digital or text."""
    name = name or f"f{report.seed:02d}_{condition}"
    truth: dict[str, Any] = {**report.truth, "tier": condition, "name": name}
    (out / "truth").mkdir(parents=True, exist_ok=True)
    if condition == "text":
        (out / f"{name}.txt").write_text(damage.flatten(damage.scan(report.pdf, "office200", report.seed)))
    elif condition == "digital":
        (out / f"{name}.pdf").write_bytes(report.pdf)
    else:
        (out / f"{name}.pdf").write_bytes(damage.scan(report.pdf, condition, report.seed))
        truth["turned"] = damage.turns(report.truth["pages"], condition, report.seed)
    (out / "truth" / f"{name}.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", default="1-12", help="as 1-12 or 3,7,9")
    parser.add_argument("--conditions", default="clean300", help="by commas; each seed takes the next; or all")
    given = parser.parse_args()
    ranges = [part.split("-") for part in given.seeds.split(",")]
    seeds = [seed for ends in ranges for seed in range(int(ends[0]), int(ends[-1]) + 1)]
    conditions = ["digital", *damage.CONDITIONS, "text"] if given.conditions == "all" else given.conditions.split(",")
    for i, seed in enumerate(seeds):
        write(draw(seed), conditions[i % len(conditions)], given.out)


if __name__ == "__main__":
    main()
