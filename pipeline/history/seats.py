"""The seats of a body's year: the rows of all its reports joined by entity; by role too where an entity has two.

A row whose entity is in doubt is the seat that its siblings settle: that of the entity as read, or of a text much like
its own, if another report is sure of it and no other row of this one holds it. Otherwise it is a seat of its own, for
review. Rows of one entity with one role are told apart by their order alone, and so are for review too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from rapidfuzz import fuzz

from parsers.text import fold
from pipeline.history.facts import Printed, has_role, integer, is_named, number, settled
from pipeline.rows import Row, Value

ALIKE = 95  # of 100, how like two readings of one name are: the two most alike of the dictionary share 94

Key = tuple[Value, ...]


@dataclass(eq=False)
class Seat:
    """A seat. `lines`: its row in each report, by the report's place in the year's list; `sure`: the reports in which
    it is beyond doubt whose row it is; `placed`, of the others, how likely the row is that seat's, 0..1; `alike`: told
    from another seat by its order alone."""

    lines: dict[int, Row] = field(default_factory=dict)
    sure: set[int] = field(default_factory=set)
    placed: dict[int, float] = field(default_factory=dict)
    alike: bool = False

    @property
    def last(self) -> Row:
        """Its row in the last report that is sure of it, or in the last of all."""
        return self.lines[max(self.sure or self.lines)]

    def likely(self, report: int) -> float:
        """How likely that report's row is this seat's."""
        return 1.0 if report in self.sure else self.placed.get(report, 0.0)

    @property
    def role(self) -> Value:
        """As last printed for sure, or as last read."""
        sure = [i for i in sorted(self.lines) if has_role(self.lines[i])]
        return self.lines[sure[-1]]["role"] if sure else self.last["role"]

    @property
    def name(self) -> str | None:
        """Official name, or the text as read."""
        line = self.last
        return str(line["entity"] or " ".join(str(line["entity_raw"] or "").split())) or None


def seats(reports: Sequence[Printed]) -> list[Seat]:
    """All seats, in the order in which the reports bring them."""
    joining = _Joining(reports)
    for i, report in enumerate(reports):
        for line in filter(is_named, report.lines):
            joining.join_named(i, line)
    for i, report in enumerate(reports):
        for line in report.lines:
            if not is_named(line):
                joining.join_doubtful(i, line)
    return joining.found


class _Joining:
    def __init__(self, reports: Sequence[Printed]) -> None:
        self.found: list[Seat] = []
        self._by_key: dict[Key, Seat] = {}
        self._seen: dict[int, Counter[Key]] = defaultdict(Counter)
        self._twice = {e for r in reports for e in _twice(r)}  # entities with two rows in some report
        self._fresh = count()

    def join_named(self, report: int, line: Row) -> None:
        key = self._key(report, line)
        nth = self._seen[report][key]
        self._seen[report][key] += 1
        seat = self._seat((*key, nth))
        self._add(seat, report, line, sure=True)
        if nth:
            for other in range(nth + 1):
                self._by_key[(*key, other)].alike = True

    def _key(self, report: int, line: Row) -> Key:
        entity = line["entity_id"]
        if entity is None:
            text = _text(line)
            known = [k for k, s in self._by_key.items() if k[0] is None and report not in s.lines]
            alike = [k for k in known if fuzz.ratio(str(k[1]), text) >= ALIKE]
            return (None, alike[0][1] if alike else text)
        return (entity, line["role"]) if entity in self._twice else (entity, None)

    def join_doubtful(self, report: int, line: Row) -> None:
        free = [s for s in self.found if report not in s.lines and s.sure and not s.alike]
        found = [s for s in free if line["entity_id"] and s.last["entity_id"] == line["entity_id"]]
        if not found:
            found = [s for s in free if any(fuzz.ratio(_text(x), _text(line)) >= ALIKE for x in s.lines.values())]
        if len(found) > 1:
            found = [s for s in found if s.role == line["role"]]
        seat = found[0] if len(found) == 1 else self._seat(("?", next(self._fresh)))
        if len(found) == 1:
            seat.placed[report] = settled(number(line["entity_confidence"]), 1 + self._in_its_place(seat, report, line))
        self._add(seat, report, line, sure=False)

    def _in_its_place(self, seat: Seat, report: int, line: Row) -> bool:
        """Whether the row stands where another report has that seat: as many known seats of both before it."""
        other = max(seat.sure)
        both = [s for s in self.found if {report, other} <= s.sure]
        places = [sum(integer(s.lines[i]["row"]) < integer(own["row"]) for s in both)
                  for i, own in ((report, line), (other, seat.lines[other]))]  # fmt: skip
        return bool(both) and places[0] == places[1]

    def _seat(self, key: Key) -> Seat:
        if key not in self._by_key:
            self._by_key[key] = Seat()
            self.found.append(self._by_key[key])
        return self._by_key[key]

    def _add(self, seat: Seat, report: int, line: Row, *, sure: bool) -> None:
        seat.lines[report] = line
        if sure:
            seat.sure.add(report)


def _twice(report: Printed) -> list[Value]:
    rows = Counter(line["entity_id"] for line in report.lines if line["entity_id"] and is_named(line))
    return [entity for entity, n in rows.items() if n > 1]


def _text(line: Row) -> str:
    return fold(str(line["entity_raw"] or ""))
