"""Sets one report's truth on paper: the form's blocks in their order."""

from __future__ import annotations

import random
from collections.abc import Sequence

from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]

from tests.form_content import PUBLICATIONS, ROMANS
from tests.form_layout import DrawnCell, Paper, Ruling, Slot, Type
from tests.form_mistakes import Truth
from tests.form_style import PAPERS, TICKS, Style, fonts
from tests.form_table import Head, Table, print_table

CENTIMETRE = 72 / 2.54
ADDRESS = "Calle Inventada No. 0 - 00  Código Postal: 110000  Tel. 0000000"
DISCLAIMER = "Documento sintético: datos de prueba, sin valor oficial"


class Printer:
    """Lays one truth out on paper, top to bottom; random are the scribbles alone."""

    def __init__(self, style: Style, truth: Truth, rng: random.Random) -> None:
        self.style, self.truth, self.rng = style, truth, rng
        self.regular, self.bold = fonts(style.font)
        self.body = Type(self.regular, style.size, "justify" if style.justify else "left")
        self.plain = Type(self.regular, style.size)
        self.strong = Type(self.bold, style.size)
        self.title = Type(self.bold, style.size, "center")
        self.left = Type(self.regular, style.table_size)
        self.center = Type(self.regular, style.table_size, "center")
        self.head = Type(self.bold, style.table_size, "center", style.head_ink)
        self.dates = Type(self.bold, style.date_size, "center", style.head_ink)
        width, height = PAPERS[style.paper]
        side = style.margin * CENTIMETRE
        self.ruling = Ruling(
            style.rule / 8,
            style.rule_grey,
            style.shade,
            style.pad,
            style.whole_rows,
            style.late_marks,
            style.slash_breaks,
            style.top_aligned,
            style.frame / 8,
            style.stripes,
        )
        self.paper = Paper(
            (height, width) if style.landscape else (width, height), (side, 108, side, 62), self._furniture, self.ruling
        )

    def print(self) -> tuple[bytes, int, tuple[DrawnCell, ...]]:
        """The PDF, its number of pages, and where its cells were printed."""
        self._front()
        self._attendance()
        self._counts()
        for scope, name in (("general", "FUNCIONES GENERALES"), ("specific", "FUNCIONES ESPECÍFICAS")):
            self._functions(scope, name)
        self._narrative()
        self._signatures()
        pdf = self.paper.finish()
        return pdf, self.paper.page, tuple(self.paper.cells)

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
        head = self.style.letterhead
        room = max(160, stringWidth(head, self.regular, self.style.size))
        paper.line(head, self.plain, (width - left - room, width - left, 62))
        foot = Type(self.regular, 7, "center")
        paper.line(ADDRESS, foot, (left, width - left, height - 46))
        paper.line(DISCLAIMER, Type(self.regular, 6, "center"), (left, width - left, height - 36))

    def _gap(self, lines: float = 1.0) -> None:
        self.paper.y += lines * self.body.pitch

    def _block(self, pairs: Sequence[tuple[str, str]], ruled: bool, split: float) -> None:
        """Labels beside their values, in a table that may go without rules."""
        self.paper.ruling = self.ruling if ruled else Ruling(0, 0, None, 2, False)
        rows = [(Slot(label, self.strong), Slot(value, self.body)) for label, value in pairs]
        print_table(self.paper, Table((self.paper.width * split, self.paper.width * (1 - split)), rows))
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
        print_table(
            self.paper,
            Table(
                self._attendance_widths(len(columns)),
                [self._attendee(row) for row in rows],
                self._attendance_head(columns),
                [None if single else g for g, single in zip(groups, alone, strict=True)],
            ),
        )
        self._gap()

    def _attendance_widths(self, count: int) -> list[float]:
        width, size = self.paper.width, self.style.table_size
        role, total = size * 3.2, size * 3.6
        marks = max(size * 3.1, min(size * 6, width * 0.4 / count))
        rest = width - role - total - marks * count
        return [rest * 0.27, rest * 0.38, rest * 0.35, role, *([marks] * count), total]

    def _attendee(self, row: Truth) -> list[Slot]:
        number = self.style.number_form.format(row["sector_number"]) if row["sector_number"] else ""
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
        over = Slot(self.style.attended_head, self.head)
        below = self.style.total_below
        heads.append(Head(0, 4, over, column_span=count + below))
        heads.append(Head(int(below), 4 + count, Slot(self.style.total_head, self.head), row_span=3 - below))
        quarters = [c["quarter"] for c in columns]
        for quarter in dict.fromkeys(quarters):
            name = Slot(self.style.quarter_head.format(ROMANS[quarter - 1]), self.head)
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
            Head(0, 1 + len(dates), Slot(self.style.addressed_head, self.head), row_span=2),
            *(Head(1, 1 + i, Slot(d, self.dates, "date")) for i, d in enumerate(dates)),
        ]
        print_table(self.paper, Table([first, *([marks] * len(dates)), last], rows, heads))
        self._gap()

    def _function(self, function: Truth) -> list[Slot]:
        text = Type(self.regular, self.style.table_size, self.body.align)
        marks = (Slot(mark, self.center, "mark") for mark in function["printed_marks"])
        return [Slot(function["text"], text), *marks, Slot(function["addressed_printed"], self.center, "addressed")]

    # ------------------------------------------------------------ around the matrices

    def _counts(self) -> None:
        yes, no = TICKS[self.style.publication]
        count = self.style.count_form.format
        published = self.truth["publications"]
        lines = [f"{name}: {yes if published[item] else no}" for item, name in PUBLICATIONS.items()]
        intro = "Documentos publicados en la web de la entidad que ejerce la Secretaría Técnica:"
        pairs = [
            ("SESIONES ORDINARIAS REALIZADAS / SESIONES ORDINARIAS PROGRAMADAS:", count(*self.truth["ordinary"])),
            (
                "SESIONES EXTRAORDINARIAS REALIZADAS / SESIONES EXTRAORDINARIAS PROGRAMADAS:",
                count(*self.truth["extraordinary"]),
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
        self.paper.ruling = Ruling(0, 0, None, 0, True)
        print_table(self.paper, Table((half, half), [slots]))

    def _scribble(self, x: float, y: float) -> None:
        canvas, height = self.paper.canvas, self.paper.size[1]
        canvas.setLineWidth(0.9)
        for _ in range(self.rng.randint(4, 8)):
            ys = [height - y + self.rng.uniform(-11, 11) for _ in range(4)]
            step = self.rng.uniform(6, 12)
            canvas.bezier(x, height - y, x + step * 0.3, ys[1], x + step * 1.4, ys[2], x + step, height - y)
            x += step
