"""Lines of a flattened attendance table cut into its rows.

Every line belongs to one row, and a row has one line with marks, about in its middle, for forms centre their cells. All
cuts are chosen together, by dynamic programming over the table: each row scores by its marks, by how well a known name
fits its words, by how its mark line is centred, and by whether its text is cut where a text may end. A row whose marks
nobody can read is still a row if a name stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ocr.records import TextLine
from parsers.freetext.align import Alignment, Columns, columns_of
from parsers.freetext.cells import BEFORE
from parsers.freetext.names import Name, Names, Word, names_person, words_in
from parsers.freetext.slots import READABLE, Tail, garbled_end, is_rule
from parsers.names import GLUE
from parsers.text import fold

# Nats, chosen on drawn texts.
UNREAD_ROW = 9.0  # cost of a row without readable marks
ALL_SCRAPS = 12.0  # gain on that of a line that ends in as many scraps as a row has small cells
NAME_ROW = 4.0  # the same, in a table read column by column
UNREAD_SHARE = 0.4  # of the rows without marks, from which on a table was read column by column
OFF_CENTRE = 1.2  # cost of each line that one side of the mark line has more than the other, past the first
CUT_TEXT = 1.5  # cost of a row that ends in "de" or leaves a parenthesis open
LOWER_START = 0.7  # cost of a row that begins in lower case
CUT_BY_PAGE = 2.0  # cost of a row that goes on over the page
SECTOR_BACK = 6.0  # cost of a row whose sector comes before that of the row above: forms list sectors in their order
SURE_NAME = 6.0  # a name that fits this much better than none: a rare word of it was read
RIVALS = 2  # names kept for each piece
BEGINS_OVER = 6.0  # the same, if what stands over the page begins a cell
LONGEST_ROW = 16  # lines
WORD_LENGTH = 4  # letters
SCRAPS = 4  # at a line's end, from which they are no words of a name or a position
MAY_END_IN_MARKS = -5.0  # a line's end that is hardly less like marks than like text
NAMES_APART = 4  # rows running that only name: of 60 texts read by rows none had more than three
FAR_OFF_CENTRE = 3  # lines that one side of unread marks has more: of 1,000 rows none that was one row

_SECTOR_NUMBER = re.compile(r"\W*1?\d\s?[.)-]\s?[A-ZÁÉÍÓÚ]")


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line inside the table: its words, and its end read as the row's small cells. `sheet`: under which header."""

    line: TextLine
    sheet: int
    words: tuple[str, ...]
    tail: Tail

    @property
    def has_marks(self) -> bool:
        return self.tail.score >= READABLE

    @property
    def evidence(self) -> float:
        """How surely the line has marks, readable or not, in nats: marks misread leave as many scraps as they were."""
        share = len(self.scraps) / len(self.tail.texts)
        return max(self.tail.score, -UNREAD_ROW + ALL_SCRAPS * min(1.0, share))

    @property
    def scraps(self) -> tuple[str, ...]:
        """The run of scraps at the line's end that may be misread marks, pieces of rule left out."""
        return garbled_end(self.words)

    @property
    def marks_alone(self) -> bool:
        """Whether marks are all there is: the engine then read them apart from the names."""
        return self.has_marks and self.tail.start == 0

    @property
    def text(self) -> tuple[Word, ...]:
        """The words beside the marks, and without the scraps that marks leave which nobody can read."""
        if self.tail.score > 0:
            return words_in(self.words[: self.tail.start])
        scraps = self.scraps
        return words_in(self.words[: _last(self.words, scraps)] if len(scraps) >= SCRAPS else self.words)


@dataclass(frozen=True, slots=True)
class FlatRow:
    """A row: its lines, the one with its marks (None: unreadable), its words by column, the name that fitted best.

    `anchor`: the line where its marks stand or, unreadable, should stand; `cells`: its words that may be they.
    """

    lines: tuple[TableLine, ...]
    marks: TableLine | None
    anchor: TableLine
    cells: tuple[str, ...]
    columns: Columns
    entity_id: str | None
    sector_id: str | None


@dataclass(frozen=True, slots=True)
class _Piece:
    """Lines [start, end) as one row: the best choice of its mark line and name."""

    start: int
    end: int
    anchor: int
    name: Name | None
    sure: bool
    score: float


@dataclass(frozen=True, slots=True)
class _Chain:
    """The best rows up to a line, of those whose last known sector has a given number."""

    score: float
    piece: _Piece | None
    before: _Chain | None


def cut_rows(lines: Sequence[TableLine], names: Names) -> tuple[FlatRow, ...]:
    """The table's rows, top to bottom.

    Where most marks turn out to stand apart from the names (the engine read column by column), names alone make rows.
    """
    rows = _cut(lines, names, UNREAD_ROW)
    return rows if reads_by_rows(rows) else _cut([x for x in lines if not x.marks_alone], names, NAME_ROW)


def reads_by_rows(rows: Sequence[FlatRow]) -> bool:
    """Whether the lines follow the table's rows, so that names and marks belong together."""
    return sum(row.marks is None or row.marks.marks_alone for row in rows) <= UNREAD_SHARE * len(rows)


def has_part_by_columns(rows: Sequence[FlatRow]) -> bool:
    """Whether part of the table was read column by column: names run on without marks, which then stand below them."""
    runs = groupby(rows, key=lambda row: row.marks is None)
    return any(unmarked and len(list(some)) >= NAMES_APART for unmarked, some in runs)


def holds_another(row: FlatRow) -> bool:
    """Whether a row may have swallowed its neighbour: another of its lines may end in marks and another sector's number
    stands in it, or its own marks are unread and far from its middle."""
    at = row.lines.index(row.anchor)
    marked = any(x.tail.score > MAY_END_IN_MARKS for x in row.lines if x is not row.anchor)
    numbered = sum(_SECTOR_NUMBER.match(x.line.text) is not None for x in row.lines)
    lean = abs(len(row.lines) - 1 - 2 * at)
    return (marked and numbered > 1) or (row.marks is None and lean > FAR_OFF_CENTRE)


def has_marks_of(row: FlatRow, below: FlatRow) -> bool:
    """Whether a row's marks may be those of the row below it, whose own are unread: a second person's office begins on
    the line of the marks."""
    if row.marks is None or below.marks is not None:
        return False
    before = row.lines[: row.lines.index(row.marks)]
    return _names_person(row.marks) and any(map(_names_person, before))


def _names_person(line: TableLine) -> bool:
    return any(map(names_person, line.text))


def _cut(lines: Sequence[TableLine], names: Names, unread: float) -> tuple[FlatRow, ...]:
    best: list[dict[int, _Chain]] = [{0: _Chain(0.0, None, None)}] + [{} for _ in lines]
    for start in range(len(lines)):
        for piece in _pieces(lines, start, names, unread):
            for reached, chain in best[start].items():
                _extend(best[piece.end], chain, reached, piece)
    if not best[-1]:
        return ()
    last: _Chain | None = max(best[-1].values(), key=lambda chain: chain.score)
    pieces: list[_Piece] = []
    while last is not None and last.piece is not None:
        pieces.append(last.piece)
        last = last.before
    return tuple(_row(lines, p, names) for p in reversed(pieces))


def _extend(best: dict[int, _Chain], chain: _Chain, reached: int, piece: _Piece) -> None:
    number = (piece.name.sector_number if piece.name else None) or reached
    score = chain.score + piece.score - (SECTOR_BACK if number < reached else 0.0)
    at = number if piece.sure else reached
    if at not in best or score > best[at].score:
        best[at] = _Chain(score, piece, chain)


def _pieces(lines: Sequence[TableLine], start: int, names: Names, unread: float) -> Iterator[_Piece]:
    """All rows that may begin at `start`."""
    end = _last_end(lines, start)
    window = [line.text for line in lines[start:end]]
    tried = [(name, Alignment(names, name)) for name in (*names.likely(window[: _likely_end(lines, start)]), None)]
    for stop in range(start + 1, end + 1):
        for _, alignment in tried:
            alignment.read(window[stop - start - 1])
        anchor, marks = _anchor(lines, start, stop, unread)
        over_page = _page_cut(lines[start:stop], names)
        score = marks - over_page - _ragged(window[: stop - start])
        fits = sorted(((alignment.score, i) for i, (_, alignment) in enumerate(tried)), reverse=True)
        nameless = next(f for f in fits if tried[f[1]][0] is None)
        for fit, i in dict.fromkeys((*fits[:RIVALS], nameless)):
            yield _Piece(start, stop, anchor, tried[i][0], fit - nameless[0] > SURE_NAME, score + fit)


def _last_end(lines: Sequence[TableLine], start: int) -> int:
    """A row does not reach past the second mark line."""
    marked = [i for i in range(start, min(start + LONGEST_ROW, len(lines))) if lines[i].has_marks]
    return marked[1] if len(marked) > 1 else min(start + LONGEST_ROW, len(lines))


def _likely_end(lines: Sequence[TableLine], start: int) -> int:
    """How many lines to look for names in: the mark line is about the row's middle."""
    above = next((i for i, line in enumerate(lines[start:]) if line.evidence > -UNREAD_ROW / 2), LONGEST_ROW)
    return 2 * above + 4


def _anchor(lines: Sequence[TableLine], start: int, end: int, unread: float) -> tuple[int, float]:
    """The likeliest mark line of a row, and what it adds to the row's score; other lines' marks count against it."""
    scores = [max(line.evidence, -unread) for line in lines[start:end]]
    others = sum(max(s, 0.0) for s in scores)
    centred = [
        (s - max(s, 0.0) - OFF_CENTRE * max(0, _lean(lines, start, start + i, end) - 1), start + i)
        for i, s in enumerate(scores)
    ]
    own = [(c + 2 * max(lines[i].evidence, 0.0), i) for c, i in centred]
    score, at = max(own)
    return at, score - others


def _lean(lines: Sequence[TableLine], start: int, anchor: int, end: int) -> int:
    """How many lines more one side of the mark line has than the other, on its page."""
    sheet = lines[anchor].sheet
    above = sum(line.sheet == sheet for line in lines[start:anchor])
    below = sum(line.sheet == sheet for line in lines[anchor + 1 : end])
    return abs(above - below)


def _page_cut(row: Sequence[TableLine], names: Names) -> float:
    """The cost of a row that goes on over the page, higher if a cell seems to begin there."""
    over = next((line for line in row if line.sheet != row[0].sheet), None)
    if over is None:
        return 0.0
    return CUT_BY_PAGE + (BEGINS_OVER * names.begins_cell(over.text[0]) if over.text else 0.0)


def _ragged(window: Sequence[Sequence[Word]]) -> float:
    """The cost of a text cut where texts do not end."""
    words = [w for line in window for w in line]
    if not words:
        return 0.0
    text = " ".join(w.text for w in words)
    cost = CUT_TEXT * (min(1, abs(text.count("(") - text.count(")"))) + (words[-1].folded in GLUE))
    return cost + (LOWER_START if words[0].text[:1].islower() else 0.0)


def _row(lines: Sequence[TableLine], piece: _Piece, names: Names) -> FlatRow:
    own, anchor = lines[piece.start : piece.end], lines[piece.anchor]
    text, cells = _parted(anchor)
    texts = [text if line is anchor else line.text for line in own]
    alignment = Alignment(names, piece.name)
    for words in texts:
        alignment.read(words)
    columns = columns_of([w for words in texts for w in words], alignment.labels)
    marks = anchor if anchor.tail.score > 0 else None
    if piece.name is None:
        return FlatRow(tuple(own), marks, anchor, cells, columns, None, None)
    return FlatRow(tuple(own), marks, anchor, cells, columns, piece.name.entity_id, piece.name.sector_id)


def _parted(line: TableLine) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """A mark line's text and its cells: unreadable ones leave scraps at its end that are no words."""
    if line.tail.score > 0:
        return line.text, line.words[max(0, line.tail.start - BEFORE) :]
    words, kept = line.words, len(line.words)
    while kept and _is_scrap(words[kept - 1]):
        kept -= 1
    return words_in(words[:kept]), words[kept:]


def _last(words: Sequence[str], run: Sequence[str]) -> int:
    """Where the run of words, pieces of rule left out, begins at the end of `words`."""
    left, at = len(run), len(words)
    while left:
        at -= 1
        left -= not is_rule(words[at])
    return at


def _is_scrap(text: str) -> bool:
    folded = fold(text).replace(" ", "")
    return len(folded) < WORD_LENGTH or not folded.isalpha()
