"""Draws archives of series of reports with known truth: what each report prints, and what changes, lacks or repeats.

    python tests/archives.py --archives 5        # measures the history on archives of 40 series each

A series is the reports of one body and year: cumulative, as the form is. Truth is drawn by `form_content`; reports are
read by simulation, with the errors and the stated probabilities that `parsers/calibration.csv` counted on scans, some
reports doubted as a whole as real ones are.
"""

from __future__ import annotations

import argparse
import copy
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from dictionaries.load import load
from dictionaries.records import Dictionary
from ocr.records import InputKind, Place
from parsers.calibration import RISK, Bin, ValueKind, shipped
from parsers.records import Attendee, Certainty, Mark, MatrixKind, Period, Report, Session
from pipeline.dataset import Row, Rows, Source, report_rows
from pipeline.history.facts import is_placed
from pipeline.history.record import Terms, told
from tests.form_content import compose
from tests.form_mistakes import Truth, print_column
from tests.form_style import Style
from tests.sample import report

SERIES = 40
DOUBTED = 0.2  # share of reports doubted as a whole, as of the reports of docs/calibration.md
QUARTERS = (1, 2, 3, 4)
PLANTED = {"mark": 0.5, "role": 0.15, "gone": 0.1, "new": 0.1, "date": 0.15, "gap": 0.3, "twice": 0.15, "year": 0.15}


@dataclass(frozen=True)
class Drawn:
    """One report of a series. `name`: its source; `truth`: what it prints, `rows` with `entity_id`."""

    name: str
    truth: Truth

    @property
    def document_id(self) -> str:
        return self.digest[:16]

    @property
    def digest(self) -> str:
        return f"{int.from_bytes(self.name.encode()) % 16**12:012x}".ljust(64, "0")


# ---------------------------------------------------------------- what the reports print


def archive(seed: int, count: int = SERIES) -> list[list[Drawn]]:
    """`count` series, each of a body and year of its own."""
    rng = random.Random(f"archive {seed}")
    bodies = [(b, year) for b in _dictionary().instancias for year in range(2019, 2026)]
    return [series(rng, *pair) for pair in rng.sample(bodies, count)]


def series(rng: random.Random, body: object, year: int) -> list[Drawn]:
    """The reports of a body's year, with what chance plants."""
    style = Style(two_sessions=0.4)
    whole = _whole_year(rng, year, style)
    whole["instancia"], whole["instancia_id"] = body.name, body.instancia_id  # type: ignore[attr-defined]
    truths = []
    wanted = {kind for kind, chance in PLANTED.items() if rng.random() < chance}
    for quarter in QUARTERS:
        if quarter > 1:
            _change(rng, whole, quarter, wanted, style)
        truths.append(_until(whole, quarter, style))
    if "gap" in wanted:
        del truths[rng.choice((1, 2))]
    if "twice" in wanted:
        truths.append(copy.deepcopy(rng.choice(truths)))
    if "year" in wanted:
        last = max(truths, key=lambda t: int(t["quarter"]))
        truths.append({**copy.deepcopy(last), "quarter": None, "period_kind": "year"})
    stem = f"{whole['instancia_id'][-8:]}{year % 100}"
    return [Drawn(f"{stem}{chr(97 + i)}", truth) for i, truth in enumerate(truths)]


def _whole_year(rng: random.Random, year: int, style: Style) -> Truth:
    while True:
        truth = compose(rng, style, ())
        if truth["period_kind"] == "quarter" and truth["quarter"] == 4:
            break
    truth["year"] = year
    truth["columns"] = [print_column(c["quarter"], _in_year(c["date"], year), style) for c in truth["columns"]]
    names = {e.name: e.entity_id for e in _dictionary().entities}
    for row in truth["rows"]:
        row["entity_id"] = names[row["entity"]] if row["known"] else None
    return truth


def _in_year(day: str | None, year: int) -> date | None:
    """The day in that year; not every year has a leap day."""
    return date.fromisoformat(day.replace("-02-29", "-03-01")).replace(year=year) if day else None


def _change(rng: random.Random, truth: Truth, quarter: int, wanted: set[str], style: Style) -> None:
    """Changes in the record what this quarter's report and those after it print otherwise than those before."""
    past = [i for i, c in enumerate(truth["columns"]) if c["quarter"] < quarter and c["date"]]
    if "mark" in wanted and past and rng.random() < 0.6:
        row, column = rng.choice(truth["rows"]), rng.choice(past)
        row["marks"][column] = "NO" if row["marks"][column] == "SI" else "SI"
    members = [r for r in truth["rows"] if r["known"] and r["role"] in ("I", "IP")]
    if "role" in wanted and rng.random() < 0.4:
        row = rng.choice(members)
        row["role"] = "IP" if row["role"] == "I" else "I"
    if "gone" in wanted and rng.random() < 0.4:
        truth["rows"].remove(rng.choice(members))
    if "new" in wanted and rng.random() < 0.4:
        taken = {r["entity_id"] for r in truth["rows"]}
        fresh = rng.choice([e for e in _dictionary().entities if e.entity_id not in taken])
        added = {**copy.deepcopy(rng.choice(members)), "entity_id": fresh.entity_id, "entity": fresh.name}
        truth["rows"].insert(rng.randrange(len(truth["rows"])), {**added, "printed": fresh.name})
    if "date" in wanted and past and rng.random() < 0.4:
        _redate(rng, truth, rng.choice(past), style)


def _redate(rng: random.Random, truth: Truth, column: int, style: Style) -> None:
    old = date.fromisoformat(truth["columns"][column]["date"])
    others = {c["date"] for c in truth["columns"]}
    near = [old + timedelta(days=n) for n in (-2, -1, 1, 2)]
    free = [d for d in near if d.isoformat() not in others and (d.month - 1) // 3 == (old.month - 1) // 3]
    between = [d for d in free if d.year == old.year and not any(_crosses(d, old, o) for o in others if o)]
    if between:
        truth["columns"][column] = print_column(truth["columns"][column]["quarter"], rng.choice(between), style)


def _crosses(new: date, old: date, other: str) -> bool:
    day = date.fromisoformat(other)
    return min(new, old) < day < max(new, old)


def _until(whole: Truth, quarter: int, style: Style) -> Truth:
    """The report of that quarter: what the year so far was, and one empty column for each quarter to come."""
    truth = copy.deepcopy(whole)
    kept, seen = [], set()
    for i, column in enumerate(truth["columns"]):
        future = column["quarter"] > quarter
        if not (future and column["quarter"] in seen):
            kept.append((i, print_column(column["quarter"], None, style) if future else column))
        seen.add(column["quarter"])
    truth["quarter"], truth["columns"] = quarter, [c for _, c in kept]
    for row in (*truth["rows"], *truth["functions"]):
        row["marks"] = [row["marks"][i] if c["date"] else "-" for i, c in kept]
        row["printed_marks"] = [style.empty if m == "-" else m for m in row["marks"]]
    for n, row in enumerate(truth["rows"], start=1):
        row["row"] = n
        row["total_printed"] = row["total_computed"] = row["marks"].count("SI")
    return truth


# ---------------------------------------------------------------- how they are read


@cache
def _dictionary() -> Dictionary:
    return load()


@cache
def _bins(kind: ValueKind, doubted: bool) -> tuple[tuple[Bin, ...], tuple[int, ...]]:
    scans = [b for b in shipped().bins if (b.kind, b.input_kind) == (kind, InputKind.SCAN) and bool(b.doubt) == doubted]
    return tuple(scans), tuple(b.values for b in scans)


class Reader:
    """Reads reports with the errors and probabilities that scans were seen to have."""

    def __init__(self, rng: random.Random, *, flawless: bool = False) -> None:
        self._rng, self._flawless, self._doubted = rng, flawless, False
        self._least = shipped().threshold(RISK)

    def rows(self, drawn: Drawn) -> Rows:
        self._doubted = not self._flawless and self._rng.random() < DOUBTED
        return report_rows(Source(Path(drawn.name), drawn.name, drawn.digest), self._report(drawn.truth))

    def _certainty(self, kind: ValueKind, reason: str) -> tuple[Certainty, bool]:
        """How sure a value is, and whether it is read right."""
        if self._flawless:
            return Certainty(0.9999, None, (Place(1),)), True
        some, weights = _bins(kind, self._doubted)
        drawn = self._rng.choices(some, weights)[0]
        sure = not self._doubted and drawn.probability >= self._least
        right = self._rng.random() >= drawn.wrong / max(1, drawn.values)
        return Certainty(drawn.probability, None if sure else reason, (Place(1),)), right

    def _report(self, truth: Truth) -> Report:
        base = report()
        period, told = self._certainty(ValueKind.PERIOD, "period_unclear")
        quarter = truth["quarter"] if told else None
        kind = truth["period_kind"]
        fields = replace(base.fields, period=Period(kind, quarter, truth["year"], "", period))
        columns = truth["columns"]
        return replace(
            base, fields=fields, certainty=period, year=truth["year"], findings=(), functions=(),
            instancia_id=truth["instancia_id"], instancia=truth["instancia"],
            sessions=tuple(self._session(i, c) for i, c in enumerate(columns, start=1)),
            attendees=tuple(map(self._attendee, truth["rows"])),
        )  # fmt: skip

    def _session(self, column: int, printed: Truth) -> Session:
        certainty, right = self._certainty(ValueKind.DATE, "date_uncertain")
        day = date.fromisoformat(printed["date"]) if printed["date"] else None
        if not right:
            day = self._rng.choice((None, (day or date(2024, 1, 1)) + timedelta(days=self._rng.choice((1, 7, 60)))))
        return Session(MatrixKind.ATTENDANCE, column, printed["quarter"], day, "", certainty)

    def _attendee(self, printed: Truth) -> Attendee:
        entity, named = self._certainty(ValueKind.ENTITY, "entity_doubtful")
        role, right = self._certainty(ValueKind.ROLE, "uncertain_role")
        reasons = ";".join(c.review_reason for c in (entity, role) if c.review_reason) or None
        entity_id = printed["entity_id"] if named else self._rng.choice(_dictionary().entities).entity_id
        known = _dictionary().entity(entity_id) if entity_id else None
        return Attendee(
            printed["row"], None, None, None, "", entity_id, known.name if known else None, printed["printed"], 0.9,
            None, None, None, "", printed["role"] if right else self._rng.choice(("P", "S", "I", "IP", None)),
            printed["total_printed"], tuple(map(self._mark, printed["marks"])),
            replace(entity, review_reason=reasons), entity, entity, role, entity,
        )  # fmt: skip

    def _mark(self, printed: str) -> Mark:
        certainty, right = self._certainty(ValueKind.MARK, "uncertain_mark")
        wrong = [m for m in ("SI", "NO", None) if m != printed]
        return Mark(printed if right else self._rng.choice(wrong), "", certainty)


# ---------------------------------------------------------------- what they tell


def tell(reports: Sequence[Drawn], reader: Reader) -> tuple[dict[str, Rows], list[Rows]]:
    """The rows of each report by its id, and all that the history tells of them."""
    read = {r.document_id: reader.rows(r) for r in reports}
    documents = [rows["documents"][0] for rows in read.values()]

    def rows_of(document: Row, table: str) -> list[Row]:
        return read[str(document["document_id"])].get(table, [])

    return read, list(told(documents, rows_of, Terms(_dictionary())))


Finding = tuple[str, str, object, object, object]  # code, document_id, row, column, item
CODES = ("HISTORY_CONFLICT", "MISSING_REPORT", "DUPLICATE_REPORT")


def found(parts: Sequence[Rows]) -> set[Finding]:
    rows = [f for part in parts for f in part.get("findings", ()) if f["code"] in CODES]
    return {(str(f["code"]), str(f["document_id"]), f["row"], f["column"], f["item"]) for f in rows}


def expected(reports: Sequence[Drawn]) -> set[Finding]:
    """What is to be found in a series whose every value is beyond doubt: from what is printed alone."""
    order = sorted(reports, key=_rank)
    wanted = {("HISTORY_CONFLICT", *spot) for late in order for spot in _marks(order, late)}
    once = [r for i, r in enumerate(order) if i == 0 or _rank(order[i - 1])[0] != _rank(r)[0]]
    for early, late in pairwise(once):
        wanted |= {("HISTORY_CONFLICT", *spot) for spot in _differences(early, late)}
    for before, after in pairwise(order):
        if _rank(before)[0] == _rank(after)[0]:
            wanted.add(("DUPLICATE_REPORT", after.document_id, None, None, before.name))
    return wanted | set(_gaps(order))


def _rank(drawn: Drawn) -> tuple[tuple[int, bool], str]:
    return (drawn.truth["quarter"] or 4, drawn.truth["quarter"] is None), drawn.document_id


def _said(drawn: Drawn) -> dict[tuple[object, str], tuple[str, int, int]]:
    """Mark, row and column of each entity at each date."""
    return {
        (r["entity_id"] or r["printed"], c["date"]): (r["marks"][i], r["row"], i + 1)
        for r in drawn.truth["rows"]
        for i, c in enumerate(drawn.truth["columns"])
        if c["date"]
    }


def _marks(order: Sequence[Drawn], late: Drawn) -> Iterator[tuple[str, object, object, object]]:
    earlier = [_said(e) for e in order if _rank(e)[0] < _rank(late)[0]]
    for key, (mark, row, column) in _said(late).items():
        if any(key in e and e[key][0] != mark for e in earlier):
            yield late.document_id, row, column, None


def _differences(early: Drawn, late: Drawn) -> Iterator[tuple[str, object, object, object]]:
    """Roles, rows and dates that one report prints otherwise than the one before."""
    before = {r["entity_id"] or r["printed"]: r for r in early.truth["rows"]}
    after = {r["entity_id"] or r["printed"]: r for r in late.truth["rows"]}
    for key, row in after.items():
        if key not in before:
            yield late.document_id, row["row"], None, "row"
        elif before[key]["role"] != row["role"]:
            yield late.document_id, row["row"], None, "role"
    yield from ((late.document_id, None, None, r["entity"]) for key, r in before.items() if key not in after)
    held = [(i, c) for i, c in enumerate(late.truth["columns"], start=1) if c["date"]]
    for (i, new), old in zip(held, (c for c in early.truth["columns"] if c["date"]), strict=False):
        if new["date"] != old["date"]:
            yield late.document_id, None, i, "date"


def _gaps(order: Sequence[Drawn]) -> Iterator[Finding]:
    there: set[int] = {q for r in order for q in ((r.truth["quarter"],) if r.truth["quarter"] else QUARTERS)}
    for quarter in range(min(there, default=0), max(there, default=0)):
        if quarter not in there:
            after = next(r for r in order if (r.truth["quarter"] or 0) > quarter)
            yield "MISSING_REPORT", after.document_id, None, None, f"{after.truth['year']}-T{quarter}"


# ---------------------------------------------------------------- measurement


def measure(seed: int, count: int = SERIES) -> Counter[str]:
    """What an archive's history gets right and wrong, all reports read with simulated uncertainty.

    `planted`: findings that a flawless reading gives; `placed`: reports whose body and period are beyond doubt, among
    which the others are what must be found; `borne`: those of them whose values were all read beyond doubt.
    """
    counts: Counter[str] = Counter()
    reader = Reader(random.Random(f"reading {seed}"))
    for reports in archive(seed, count):
        read, parts = tell(reports, reader)
        seen = [r for r in reports if is_placed(read[r.document_id]["documents"][0])]
        wanted, have = expected(seen), found(parts)
        there = {f"{r.truth['year']}-T{r.truth['quarter']}" for r in reports}
        right = {f for f in have & wanted if f[0] != "MISSING_REPORT" or f[4] not in there}
        held_back = "MISSING_REPORT" if len(seen) < len(reports) else None  # a report in doubt may be the one missing
        borne = {f for f in wanted if f[0] != held_back and _is_borne(f, seen, read)}
        counts.update(planted=len(expected(reports)), borne=len(borne), found=len(have), right=len(right),
                      missed=len(borne - have), documents=len(reports), placed=len(seen))  # fmt: skip
        counts.update(_consensus(reports, read, parts))  # and not by +, which drops a count of nought
    return counts


def _is_borne(finding: Finding, reports: Sequence[Drawn], read: dict[str, Rows]) -> bool:
    """Whether no value of the reports that the finding compares is in doubt."""
    code, document_id, row, column, item = finding
    late = next(r for r in reports if r.document_id == document_id)
    if code != "HISTORY_CONFLICT":
        return True
    if item is None:
        key = next(k for k, (_, r, c) in _said(late).items() if (r, c) == (row, column))
        mark = _said(late)[key][0]
        others = [r for r in reports if _rank(r)[0] < _rank(late)[0] and _said(r).get(key, (mark,))[0] != mark]
        return _is_clear(late, key, read) and any(_is_clear(other, key, read) for other in others)
    before = [r for r in reports if _rank(r)[0] < _rank(late)[0]]
    rows = [row for r in (late, *before) for name in ("attendees", "sessions") for row in read[r.document_id][name]]
    return not any(row["needs_review"] for row in rows)


def _is_clear(drawn: Drawn, key: tuple[object, str], read: dict[str, Rows]) -> bool:
    _, row, column = _said(drawn)[key]
    rows = read[drawn.document_id]
    line = next(r for r in rows["attendees"] if r["row"] == row)
    session = next(s for s in rows["sessions"] if s["column"] == column and s["matrix"] == "attendance")
    cell = next(c for c in rows["attendance"] if (c["row"], c["column"]) == (row, column))
    return not (line["needs_review"] or session["needs_review"] or cell["needs_review"])


def _consensus(reports: Sequence[Drawn], read: dict[str, Rows], parts: Sequence[Rows]) -> Counter[str]:
    """How accepted attendances of the history fare against what is printed last, and against right clear readings."""
    counts: Counter[str] = Counter()
    by_id = {r.document_id: r for r in reports}
    for row in (row for part in parts for row in part.get("history", ())):
        counts["attendances"] += 1
        if row["needs_review"]:
            counts["for review"] += 1
            continue
        printed = []
        for document_id in str(row["documents"]).split(";"):
            said = _said(by_id[document_id])
            key = (row["entity_id"] or row["entity"], row["session_date"].isoformat())  # type: ignore[union-attr]
            if key in said:
                printed.append(said[key][0])
                cell = next(c for c in read[document_id]["attendance"] if (c["row"], c["column"]) == said[key][1:])
                clear = not cell["needs_review"] and cell["mark"] == said[key][0]
                counts["clear and right"] += clear
                counts["turned wrong"] += clear and row["mark"] != cell["mark"]
        settled = "settled" if row["settled_by"] else "stood"
        counts[settled] += 1
        counts[f"{settled}, wrong"] += bool(printed) and row["mark"] != printed[-1]
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archives", type=int, default=5)
    parser.add_argument("--first", type=int, default=1, help="seed of the first")
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    for seed in range(given.first, given.first + given.archives):
        counts.update(measure(seed))
    for name, n in counts.items():
        print(f"{name:18} {n}")
    print(f"precision {counts['right'] / counts['found']:.4f}")
    print(f"recall, of borne  {1 - counts['missed'] / counts['borne']:.4f}")


if __name__ == "__main__":
    main()
