"""A keying sheet that was filled in, against the accepted values: what agrees, what does not, and what that proves.

Answers are normalised as the contract normalises marks, and values by what they mean: a name by what it names in the
dictionary, a date by its day. «No legible» and no answer are neither right nor wrong. The bound takes both for errors,
for a person who leaves out what is hard to read must not make the data look better.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from dictionaries.records import Dictionary
from parsers.text import fold
from pipeline import textfile
from pipeline.audit import accepted, bounds, keying, strata
from pipeline.audit.accepted import Answer
from pipeline.audit.bounds import Audited
from pipeline.audit.strata import Item, Sample, Stratum
from pipeline.errors import UsageError

DAYS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%d/%m/%y")
YES, NO, NONE = {"SI", "S", "X", "✓", "✔", "√"}, {"NO", "N"}, {"-", "–", "—", "N/A", "NA"}


class Outcome(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    ILLEGIBLE = "illegible"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Checked:
    """One item with the answer as written."""

    item: Item
    answer: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Line:
    """What the audit says of one stratum, or of all (`stratum` None). `bound`: 0..1, holds in 95 of 100 audits;
    `bound_answered`: the same of what was answered alone, if what was not is no worse."""

    stratum: Stratum | None
    accepted: int
    audited: int
    errors: int
    illegible: int
    unanswered: int
    bound: float
    bound_answered: float


def check(out: Path, file: Path, dictionary: Dictionary) -> list[Checked]:
    """Every item of the sheet's sample with what its answer is worth.

    Raises UsageError where the file is no sheet of this dataset, or the tables changed since it was drawn.
    """
    rows = _rows(file)
    samples = {(row["muestra"], row["semilla"], row["tamano"]) for row in rows}
    if len(samples) != 1:
        raise UsageError(f"{file.name} mezcla respuestas de varias muestras; compruebe cada hoja por separado.")
    ((identity, seed, size),) = samples
    sample = strata.draw(out, _whole(size, file), seed)
    if identity != sample.identity:
        raise UsageError("Las tablas no son aquellas de las que se sacó la muestra: saque otra con `veedor sample`.")
    return list(_compared(sample, _answers(rows, sample, file), dictionary))


def lines(counts: Mapping[Stratum, int], checked: Sequence[Checked]) -> list[Line]:
    """One line for each stratum, and one for all of them. `counts`: accepted values of each."""
    by_stratum = {s: [c for c in checked if c.item.stratum == s] for s in counts}
    told = [_line(s, {s: counts[s]}, {s: some}) for s, some in by_stratum.items()]
    return [*told, _line(None, counts, by_stratum)]


def _line(name: Stratum | None, counts: Mapping[Stratum, int], checked: Mapping[Stratum, Sequence[Checked]]) -> Line:
    every = [c.outcome for some in checked.values() for c in some]
    wrong, unread, silent = (every.count(o) for o in (Outcome.WRONG, Outcome.ILLEGIBLE, Outcome.UNANSWERED))
    return Line(
        name,
        accepted=sum(counts.values()),
        audited=len(every),
        errors=wrong,
        illegible=unread,
        unanswered=silent,
        bound=bounds.upper([_audited(counts[s], some) for s, some in checked.items()]),
        bound_answered=bounds.upper([_answered(counts[s], some) for s, some in checked.items()]),
    )


def _audited(count: int, checked: Sequence[Checked]) -> Audited:
    return Audited(count, len(checked), sum(c.outcome is not Outcome.RIGHT for c in checked))


def _answered(count: int, checked: Sequence[Checked]) -> Audited:
    return _audited(count, [c for c in checked if c.outcome in (Outcome.RIGHT, Outcome.WRONG)])


# ---------------------------------------------------------------- the file


def _rows(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV as the sheet exports it or a spreadsheet saves it: with commas or semicolons."""
    text = textfile.decode(file.read_bytes()).lstrip("\ufeff")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    if missing := set(keying.HEADER) - set(reader.fieldnames or ()):
        raise UsageError(f"{file.name} no es una hoja de `veedor sample`: le falta {', '.join(sorted(missing))}.")
    rows = [{name: (row[name] or "").strip() for name in keying.HEADER} for row in reader]
    if not rows:
        raise UsageError(f"{file.name} no tiene filas.")
    return rows


def _whole(text: str, file: Path) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise UsageError(f"{file.name}: «{text}» no es un número.")
    return int(text)


def _answers(rows: Sequence[Mapping[str, str]], sample: Sample, file: Path) -> dict[int, str]:
    found: dict[int, str] = {}
    for row in rows:
        number = _whole(row["numero"], file)
        if number in found or not 1 <= number <= len(sample.items):
            raise UsageError(f"{file.name}: la pregunta {number} está repetida o no es de esta muestra.")
        found[number] = row["respuesta"]
    return found


# ---------------------------------------------------------------- one answer


Names = Mapping[Answer, Mapping[str, frozenset[str]]]


def _compared(sample: Sample, answers: Mapping[int, str], dictionary: Dictionary) -> Iterator[Checked]:
    named = names_of(dictionary)
    for item in sample.items:
        answer = answers.get(item.number, "")
        yield Checked(item, answer, outcome(item, answer, named))


def names_of(dictionary: Dictionary) -> Names:
    """For each kind of name, the ids that a folded name may stand for."""
    return {
        Answer.ENTITY: _entities(dictionary),
        Answer.SECTOR: _named((s.sector_id, (s.name, *s.aliases, *s.former_names)) for s in dictionary.sectors),
        Answer.BODY: _named((i.instancia_id, (i.name, i.acronym, *i.aliases)) for i in dictionary.instancias),
    }


def outcome(item: Item, answer: str, named: Names) -> Outcome:
    """What an answer is worth. `named`: as `names_of` gives it."""
    if not answer.strip():
        return Outcome.UNANSWERED
    plain = fold(answer)
    if plain in (fold(keying.ILLEGIBLE), "ilegible") or answer.strip() == "?":
        return Outcome.ILLEGIBLE
    kind = accepted.kind_of(item.kind, item.item)
    if kind.answer in named:
        right = _names(named[kind.answer], plain, item.value)
    elif plain in (fold(keying.BLANK), "blanco"):
        right = item.value == item.blank
    else:
        right = _READERS[kind.answer](answer) == _READERS[kind.answer](item.value)
    return Outcome.RIGHT if right else Outcome.WRONG


def _names(named: Mapping[str, frozenset[str]], plain: str, value: str) -> bool:
    """Whether a name stands for `value`; for none of the dictionary where that is empty."""
    ids = named.get(plain, frozenset())
    return value in ids if value else not ids


def _entities(dictionary: Dictionary) -> dict[str, frozenset[str]]:
    return _named(
        (e.entity_id, (e.name, e.acronym, *(a.alias for a in dictionary.aliases_of(e.entity_id))))
        for e in dictionary.entities
    )


def _named(names: Iterator[tuple[str, tuple[str, ...]]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for identity, some in names:
        for name in filter(None, some):
            found.setdefault(fold(name), set()).add(identity)
    return {name: frozenset(ids) for name, ids in found.items()}


def _mark(text: str) -> str:
    said = text.strip().upper().replace("Í", "I")
    return next((mark for mark, spellings in (("SI", YES), ("NO", NO), ("-", NONE)) if said in spellings), said)


def _day(text: str) -> str:
    said = text.strip()
    for pattern in DAYS:
        try:
            return datetime.strptime(said, pattern).date().isoformat()
        except ValueError:
            continue
    return "-" if fold(said) == fold(keying.NO_DATE) or _mark(said) == "-" else said


def _number(text: str) -> str:
    return re.sub(r"\W", "", fold(text)).lstrip("0") or ("0" if text.strip() else "")


_QUARTERS = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_READERS: Mapping[Answer, Callable[[str], str]] = {
    Answer.MARK: _mark,
    Answer.YES_NO: _mark,
    Answer.ROLE: fold,
    Answer.QUARTER: lambda text: _QUARTERS.get(fold(text), fold(text)),
    Answer.PERIOD: lambda text: _QUARTERS.get(fold(text), fold(text)),
    Answer.NUMBER: _number,
    Answer.DATE: _day,
    Answer.TEXT: fold,
}
