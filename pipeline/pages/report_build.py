"""The rows of a report's tables → the values that its page shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipeline.pages import wording
from pipeline.pages.report_values import Found, FunctionRow, Matrix, ReportValue, ReportValues, Seat, day
from pipeline.rows import Row, Rows, Value

MARKS = {"SI": "SI", "NO": "NO", "-": "–", None: "?"}
ROW_PART = {"TOTAL_MISMATCH": "total", "ROLE_MISSING": "role", "MULTIPLE_PRESIDENTS": "role"}  # else the entity
ROW_PARTS = ("sector", "entity", "role", "total")
BESIDE = 45.0  # points that role and total take beside a row's entity and marks, whose boxes alone are known


def values_of(document: Row, rows: Rows) -> ReportValues:
    """The values of the report that `document`, a row of `documents`, and the `rows` of its other tables hold."""
    return _Builder(document, rows).build()


class _Builder:
    def __init__(self, document: Row, rows: Rows) -> None:
        self._document, self._rows = document, rows
        self._values: list[ReportValue] = []
        self._said: dict[tuple[Value, ...], list[str]] = defaultdict(list)
        self._at: dict[tuple[Value, ...], ReportValue] = {}
        for finding in rows["findings"]:
            for key in _places(finding):
                self._said[key].append(f"{wording.finding(finding['code'])}: {finding['message'] or ''}")

    def build(self) -> ReportValues:
        document = self._document
        name = str(document["instancia"] or document["instancia_raw"] or "Instancia sin leer")
        whole = self._add(("documents",), "Datos del informe", name, document, raw=document["instancia_raw"])
        matrices = (self._attendance(), *(self._functions(scope) for scope in ("general", "specific")))
        fields = dict(self._fields())
        findings = tuple(self._finding(row) for row in self._rows["findings"])
        return ReportValues(
            tuple(self._values), whole, tuple(m for m in matrices if m.seats or m.functions), fields, findings
        )

    def _add(
        self,
        key: tuple[Value, ...],
        label: str,
        shown: object,
        row: Row,
        *,
        raw: object = None,
        doubts: Iterable[str] | None = None,
    ) -> ReportValue:
        edges = tuple(row[name] for name in ("x0", "y0", "x1", "y1"))
        own = wording.codes(row["review_reason"]) if doubts is None else tuple(doubts)
        value = ReportValue(
            index=len(self._values),
            label=label,
            shown="?" if shown is None else str(shown),
            raw=None if raw is None else str(raw),
            anchor="-".join(str(part) for part in key),
            confidence=row["confidence"],  # type: ignore[arg-type]
            doubts=own if row["needs_review"] else (),
            found=tuple(self._said.get(key, ())),
            page=row["page"],  # type: ignore[arg-type]
            box=None if None in edges else edges,  # type: ignore[arg-type]
            line=row["line"],  # type: ignore[arg-type]
        )
        self._values.append(value)
        self._at[key] = value
        return value

    # ------------------------------------------------------------ matrices

    def _columns(self, matrix: str) -> tuple[ReportValue | None, ...]:
        held = {s["column"]: s for s in self._rows["sessions"] if s["matrix"] == matrix}
        found = {}
        for column, session in sorted(held.items(), key=lambda item: int(str(item[0]))):
            shown = f"T{session['quarter'] or '?'}\n{day(session['date'])}"
            label = f"{wording.MATRICES[matrix]}, fecha de la columna {column}"
            found[column] = self._add(("sessions", matrix, column), label, shown, session, raw=session["date_raw"])
        return _in_columns(found)

    def _attendance(self) -> Matrix:
        columns = self._columns("attendance")
        marks = _grouped(self._rows["attendance"], "row")
        seats = tuple(self._seat(a, marks.get(a["row"], [])) for a in self._rows["attendees"])
        return Matrix("Asistencia", columns, seats=seats)

    def _seat(self, row: Row, marks: Sequence[Row]) -> Seat:
        name = str(row["entity"] or row["entity_raw"] or "¿?")
        shown = {
            "sector": (row["sector"], row["sector_raw"]),
            "entity": (name, row["entity_raw"]),
            "role": (row["role"] or "–", None),
            "total": ("–" if row["total_printed"] is None else row["total_printed"], None),
        }
        labels = {"sector": "sector", "entity": "entidad", "role": "rol", "total": "total impreso"}
        beside = _beside(row, marks)
        parts = {
            part: self._add(
                ("attendees", row["row"], part),
                f"Fila {row['row']}, {labels[part]}",
                shown[part][0],
                {**(beside if part in ("role", "total") else row), "confidence": row.get(f"{part}_confidence")},
                raw=shown[part][1],
                doubts=[c for c in wording.codes(row["review_reason"]) if (wording.subject(c) or "entity") == part],
            )
            for part in ROW_PARTS
        }
        cells = {
            m["column"]: self._add(
                ("attendance", row["row"], m["column"]),
                f"Fila {row['row']}, {name}: sesión {m['column']}, {day(m['session_date'])}",
                MARKS[m["mark"]],  # type: ignore[index]
                m,
                raw=m["mark_raw"],
            )
            for m in marks
        }
        return Seat(int(str(row["row"])), str(row["position"] or ""), row["total_computed"], parts, _in_columns(cells))  # type: ignore[arg-type]

    def _functions(self, scope: str) -> Matrix:
        columns = self._columns(f"functions_{scope}")
        marks = _grouped(self._rows["function_sessions"], "function")
        of_scope = [f for f in self._rows["functions"] if f["scope"] == scope]
        rows = tuple(self._function(f, marks.get(f["function"], [])) for f in of_scope)
        return Matrix(wording.SCOPES[scope], columns, functions=rows)

    def _function(self, row: Row, marks: Sequence[Row]) -> FunctionRow:
        number = row["function"]
        addressed = self._add(
            ("functions", number),
            f"Función {number}, «se abordó»",
            row["addressed_printed"] or "–",
            row,
            raw=row["text"],
        )
        cells = {
            m["column"]: self._add(
                ("function_sessions", number, m["column"]),
                f"Función {number}: sesión {m['column']}, {day(m['session_date'])}",
                MARKS[m["mark"]],  # type: ignore[index]
                m,
                raw=m["mark_raw"],
            )
            for m in marks
        }
        computed = row["addressed_computed"]
        return FunctionRow(int(str(number)), str(row["text"] or "¿?"), addressed, computed, _in_columns(cells))  # type: ignore[arg-type]

    # ------------------------------------------------------------ the rest of the form

    def _fields(self) -> Iterator[tuple[str, tuple[ReportValue, ...]]]:
        rows = self._rows
        yield (
            "Publicaciones",
            tuple(
                self._add(
                    ("publications", p["item"]),
                    wording.ITEMS.get(str(p["item"]), str(p["item"])),
                    {True: "publicado", False: "no publicado"}.get(p["published"]),  # type: ignore[arg-type]
                    p,
                    raw=p["mark_raw"],
                )
                for p in rows["publications"]
            ),
        )
        yield (
            "Normas",
            tuple(
                self._add(("norms", n["norm"]), f"Norma {n['norm']}", _norm(n), n, raw=n["title"])
                for n in rows["norms"]
            ),
        )
        yield (
            "Firmas",
            tuple(
                self._add(
                    ("signatories", s["signatory"]),
                    wording.SIGNS_AS.get(str(s["signs_as"]), str(s["signs_as"])),
                    " · ".join(str(s[k]) for k in ("name", "position", "entity") if s[k]) or None,
                    s,
                    raw=s["entity_raw"],
                )
                for s in rows["signatories"]
            ),
        )
        yield (
            "Texto narrativo",
            tuple(
                self._add(
                    ("sections", s["order"]), wording.SECTIONS.get(str(s["section"]), str(s["section"])), s["text"], s
                )
                for s in rows["sections"]
            ),
        )
        yield (
            "Restos: tinta y palabras que no son de ningún campo",
            tuple(
                self._add(("residuals", r["residual"]), f"Página {r['page']}", r["text"] or "tinta sin leer", r)
                for r in rows["residuals"]
            ),
        )

    def _finding(self, row: Row) -> Found:
        number = int(str(row["finding"] or 0))
        own = next((self._at[key] for key in _places(row) if key in self._at), None)
        if row["page"] is not None or row["line"] is not None:
            own = self._add(("hallazgo", number), wording.finding(row["code"]), "", {**row, "needs_review": False})
        code, severity, message = str(row["code"]), str(row["severity"]), str(row["message"] or "")
        return Found(number, code, wording.finding(code), severity, message, own, _other(row))


def _places(finding: Row) -> Iterator[tuple[Value, ...]]:
    """The values that a finding speaks of, as keys, the nearest first."""
    row, column, function, table = (finding[name] for name in ("row", "column", "function", "table"))
    if row is not None and column is not None:
        yield "attendance", row, column
    elif row is not None:
        yield "attendees", row, ROW_PART.get(str(finding["code"]), "entity")
    elif function is not None and column is not None:
        yield "function_sessions", function, column
    elif function is not None:
        yield "functions", function
    elif column is not None:
        yield "sessions", table if table in wording.MATRICES else "attendance", column
    elif table == "publications":
        yield "publications", finding["item"]
    else:
        yield ("documents",)


def _other(finding: Row) -> tuple[str, str] | None:
    """The place in another report that a finding sets against this one; datasets of before do not name it."""
    if finding.get("other_document_id") is None:
        return None
    row, column = finding.get("other_row"), finding.get("other_column")
    anchor = "" if row is None else f"attendees-{row}-entity" if column is None else f"attendance-{row}-{column}"
    return str(finding["other_document_id"]), anchor


def _grouped(rows: Iterable[Row], name: str) -> dict[Value, list[Row]]:
    groups: dict[Value, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[name]].append(row)
    return groups


def _in_columns(cells: Mapping[Any, ReportValue]) -> tuple[ReportValue | None, ...]:
    return tuple(cells.get(column) for column in range(1, max(cells, default=0) + 1))


def _beside(row: Row, marks: Sequence[Row]) -> Row:
    """The row, its box drawn out over its marks and what stands beside them: role and total have none of their own."""
    edges = [m["x1"] for m in marks if m["page"] == row["page"] and m["x1"] is not None]
    if row["x1"] is None or not edges:
        return row
    return {**row, "x1": max(float(str(x)) for x in edges) + BESIDE}


def _norm(row: Row) -> str:
    number = f" {row['number']}" if row["number"] else ""
    when = day(row["date"]) if row["date"] else row["year"]
    return f"{row['kind'] or 'Norma'}{number}" + (f" de {when}" if when else "")
