"""The dataset's tables from `peer_glue`'s matrices: names looked up with a cutoff, mistakes checked by arithmetic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz, process

from dictionaries.load import load
from tests.peer_glue import ROMANS, Grid, Matrix, Row, mark_of, plain, read_grid

ENTITY_CUTOFF, SECTOR_CUTOFF, BODY_CUTOFF = 82, 80, 80  # of 100: below, a name is taken for none of the dictionary's
ITEMS = {
    "normas_de_creacion": "normas de creacion",
    "reglamento_interno": "reglamento interno",
    "actas_con_sus_anexos": "actas con sus anexos",
    "informe_de_gestion": "informe de gestion",
}


@dataclass(slots=True)
class Tables:
    """Rows of one report by table."""

    document: Row
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, **values: Any) -> None:
        whose = {"document_id": self.document["document_id"], "needs_review": False}
        self.rows.setdefault(table, []).append(whose | values)


def report(document_id: str, source: str, pages: Sequence[tuple[Sequence[Grid], str]]) -> Tables:
    """The tables of a report from its pages, each with its grids and its running text."""
    tables = Tables({"document_id": document_id, "source": source, "needs_review": False})
    matrices = {"attendance": Matrix(), "general": Matrix(), "specific": Matrix()}
    last = ""
    for grids, _ in pages:
        for grid in grids:
            last = read_grid(grid, matrices, last)
    _document(tables, "\n".join(text for _, text in pages), matrices["attendance"])
    _attendance(tables, matrices["attendance"])
    _functions(tables, matrices)
    _findings(tables, matrices)
    return tables


def _attendance(tables: Tables, matrix: Matrix) -> None:
    known = load()
    names = {plain(e.name): e for e in known.entities}
    for entity in known.entities:
        names |= {plain(a.alias): entity for a in known.aliases_of(entity.entity_id) if len(a.alias) > 6}
    sectors = {plain(s.name): s.name for s in known.sectors}
    crosses = any(plain(m) == "x" for row in matrix.rows for m in row["marks"])
    for column, (quarter, day) in enumerate(matrix.columns, 1):
        tables.add("sessions", matrix="attendance", column=column, quarter=quarter, date=day)
    sector = ""
    for number, row in enumerate(matrix.rows, 1):
        sector = row["sector"] or sector
        bare = re.sub(r"\s*[-–—(]\s*[A-ZÁÉÍÓÚÑ]{2,}\)?$", "", row["entity"])
        best = process.extractOne(plain(bare), list(names), scorer=fuzz.token_sort_ratio, score_cutoff=ENTITY_CUTOFF)
        entity = names[best[0]] if best else None
        named = process.extractOne(plain(re.sub(r"^\d+\W*", "", sector)), list(sectors), score_cutoff=SECTOR_CUTOFF)
        tables.add(
            "attendees",
            row=number,
            sector=sectors[named[0]] if named else sector,
            entity_id=entity.entity_id if entity else None,
            entity=entity.name if entity else None,
            entity_raw=row["entity"],
            position=row["position"],
            role=row["role"],
            total_printed=row["total"],
        )
        for column, mark in enumerate(_marks(row["marks"], matrix, crosses), 1):
            raw = "".join(row["marks"][column - 1 : column])
            tables.add("attendance", row=number, column=column, mark=mark, mark_raw=raw)


def _marks(texts: Sequence[str], matrix: Matrix, crosses: bool) -> Iterator[str | None]:
    """Marks of a row; a blank is "-" under a column without a date, and NO where presence is a cross."""
    for i in range(max(len(texts), len(matrix.columns))):  # either may have lost some
        text, day = texts[i] if i < len(texts) else "", matrix.columns[i][1] if i < len(matrix.columns) else None
        blank = "-" if day is None else "NO" if crosses else None
        yield mark_of(text) if text.strip() else blank


def _functions(tables: Tables, matrices: dict[str, Matrix]) -> None:
    number = 0
    for scope in ("general", "specific"):
        matrix = matrices[scope]
        crosses = any(plain(m) == "x" for row in matrix.rows for m in row["marks"])
        for column, (_, day) in enumerate(matrix.columns, 1):
            tables.add("sessions", matrix=f"functions_{scope}", column=column, quarter=None, date=day)
        for row in matrix.rows:
            number += 1
            addressed = row["addressed"] if row["addressed"] in ("SI", "NO") else None
            tables.add("functions", function=number, scope=scope, text=row["text"], addressed_printed=addressed)
            for column, mark in enumerate(_marks(row["marks"], matrix, crosses), 1):
                raw = "".join(row["marks"][column - 1 : column])
                tables.add("function_sessions", function=number, scope=scope, column=column, mark=mark, mark_raw=raw)


def _document(tables: Tables, text: str, attendance: Matrix) -> None:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    words = plain(text)
    dates = [day for _, day in attendance.columns if day]
    year = re.search(r"(?:trimestre|semestre|vigencia|anual)\D{0,12}(20\d\d)", words)
    form = re.search(r"anexo\D{0,6}(\d)", words)
    tables.document |= {
        "status": "ok",
        "form": f"Anexo {form[1]}" if form else None,
        "year": int(year[1]) if year else max((d.year for d in dates), default=None),
        **_period(words),
        "instancia": _body(lines),
        **_counts(words),
    }
    for item, label in ITEMS.items():
        answer = re.search(rf"{label}\s*:?\s*s[i1l][\s_]*(\(?x?\)?)[\s_]*n[o0]", words)
        published = bool(answer[1].strip("()")) if answer else None
        tables.add("publications", item=item, published=published)
    for signs_as, place in (("president", 0), ("technical_secretary", 1)):
        names = re.findall(r"Nombre\s*:\s*([^\n]+?)(?=\s{2,}|\s*Nombre|\n|$)", text)
        tables.add("signatories", signs_as=signs_as, name=names[place] if place < len(names) else None)


def _period(words: str) -> Row:
    ordinals = ("primer", "segundo", "tercer", "cuarto")
    if match := re.search(r"(primer|segundo|tercer|cuarto)\s+trimestre", words):
        return {"period_kind": "quarter", "quarter": ordinals.index(match[1]) + 1}
    title = words[: words.find("sesiones en l")]
    if (match := re.search(r"\b(i{1,3}|iv)\s+trimestre\s+(?:de|-)", title)) and "semestre" not in title:
        return {"period_kind": "quarter", "quarter": ROMANS.index(match[1].upper()) + 1}
    if "semestre" in title:
        return {"period_kind": "semester", "quarter": None}
    return {"period_kind": "year", "quarter": None}


def _body(lines: Sequence[str]) -> str | None:
    """The body of the dictionary that some lines near the top are most like."""
    names = [body.name for body in load().instancias]
    bare = [re.sub(r"(?i)^\W*nombre de la instancia\W*", "", line) for line in lines[:30]]
    tries = (" ".join(" ".join(bare[i : i + n]).split()).strip(" .") for i in range(len(bare)) for n in (1, 2, 3))
    found = [process.extractOne(t, names, scorer=fuzz.ratio, score_cutoff=BODY_CUTOFF) for t in tries if t]
    return max((f for f in found if f), key=lambda f: f[1], default=(None,))[0]


def _counts(words: str) -> Row:
    values: Row = {}
    for kind, at in (("ordinary", 0), ("extraordinary", 1)):
        start = words.find("sesiones ordinarias" if at == 0 else "sesiones extraordinarias")
        near = words[start : start + 300] if start >= 0 else ""
        pair = re.search(r"(?<![\d/])(\d{1,2})\s*(?:/|de)\s*(\d{1,2})(?![\d/])", near)
        held, planned = (int(pair[1]), int(pair[2])) if pair else (None, None)
        values |= {f"{kind}_held": held, f"{kind}_planned": planned}
    return values


# ---------------------------------------------------------------- findings


def _findings(tables: Tables, matrices: dict[str, Matrix]) -> None:
    def found(code: str, **where: Any) -> None:
        tables.add("findings", **({"code": code, "row": None, "column": None, "function": None, "item": None} | where))

    attendees, functions = (tables.rows.get(name, []) for name in ("attendees", "functions"))
    for table, key, rows in (("attendance", "row", attendees), ("function_sessions", "function", functions)):
        for row in rows:
            marks = [c["mark"] for c in tables.rows.get(table, []) if c[key] == row[key]]
            if key == "row" and row["total_printed"] is not None and row["total_printed"] != marks.count("SI"):
                found("TOTAL_MISMATCH", row=row["row"])
            if key == "function" and row["addressed_printed"] and (row["addressed_printed"] == "SI") != ("SI" in marks):
                found("ADDRESSED_MISMATCH", function=row["function"])
    columns = matrices["attendance"].columns
    for i, (quarter, day) in enumerate(columns):
        if day and quarter and (day.month + 2) // 3 != quarter:
            found("DATE_OUTSIDE_QUARTER", column=i + 1)
        others = [m.columns[i][1] for m in (matrices["general"], matrices["specific"]) if i < len(m.columns)]
        if any(other and day and other != day for other in others):
            found("DATE_CONFLICT", column=i + 1)
    held = [tables.document.get(f"{kind}_held") for kind in ("ordinary", "extraordinary")]
    if None not in held and sum(held) != sum(day is not None for _, day in columns):
        found("SESSION_COUNT_MISMATCH")
    for row in tables.rows.get("publications", []):
        if row["published"] is False:
            found("NOT_PUBLISHED", item=row["item"])
    roles = [row["role"] for row in attendees]
    if roles and "P" not in roles:
        found("NO_PRESIDENT")
    if roles.count("P") > 1:
        found("MULTIPLE_PRESIDENTS")
    if roles and "S" not in roles:
        found("NO_TECHNICAL_SECRETARY")
