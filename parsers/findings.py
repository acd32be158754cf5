"""Codes of findings, what they rest on, and how sure the values must be that bear one.

A finding rests on values that are read beyond doubt: where a value it needs asks for review, there is none. Values that
contradict one another doubt one another, and are for review if only their probability is short of what the stated risk
asks for. What matters then is not whether each is as printed but whether the paper contradicts itself: a finding is
told if that is at least FIRM probable.

- Of values weighed together (dates: `parsers.column_dates`, `parsers.quarters`; marks and totals: `parsers.matrix`)
  that probability is summed over all that the paper may print: P(contradiction | read) = Σ P(values | read) over the
  values that contradict one another. Whether a month is 01 or 03 then does not matter where both are of another year
  than the other matrix's. Of 230 told so on drawn scans whose tables were read whole one was false.
- Of others it is at least the probability that all of them are as printed, ∏ P(value | read), each of those that are
  not beyond doubt.

The rules are in `parsers.checks` and `parsers.session_checks`; what only a series of reports shows is found where the
reports meet (`pipeline.history`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ocr.records import Place
from parsers.records import Attendee, Certainty, Finding

SEVERITIES = {
    "TOTAL_MISMATCH": "error",
    "ADDRESSED_MISMATCH": "error",
    "DATE_OUTSIDE_QUARTER": "warning",
    "DATE_CONFLICT": "error",
    "SESSION_COUNT_MISMATCH": "error",
    "MARK_WITHOUT_SESSION": "error",
    "MARK_MISSING": "warning",
    "UNKNOWN_ENTITY": "warning",
    "ENTITY_OUTSIDE_SECTOR": "warning",
    "FORMER_NAME": "info",
    "DUPLICATE_ENTITY": "warning",
    "ROLE_MISSING": "warning",
    "NO_PRESIDENT": "error",
    "MULTIPLE_PRESIDENTS": "error",
    "NO_TECHNICAL_SECRETARY": "error",
    "NOT_PUBLISHED": "warning",
    "HISTORY_CONFLICT": "error",
    "MISSING_REPORT": "warning",
    "DUPLICATE_REPORT": "warning",
}

# the rule of docs/findings.md that a code says is broken, and what that rule rests on: V a norm that was read, S the
# form itself, I inferred from practice, dictionary; codes without a rule are not here
GROUNDS = {
    "TOTAL_MISMATCH": ("C1", "S"),
    "ADDRESSED_MISMATCH": ("C13", "S"),
    "DATE_OUTSIDE_QUARTER": ("C10", "S/V"),
    "DATE_CONFLICT": ("C9", "S"),
    "SESSION_COUNT_MISMATCH": ("C3", "S"),
    "MARK_WITHOUT_SESSION": ("C12", "S"),
    "MARK_MISSING": ("C12", "S"),
    "ENTITY_OUTSIDE_SECTOR": ("C23", "dictionary"),
    "FORMER_NAME": ("C23", "dictionary"),
    "DUPLICATE_ENTITY": ("C24", "S"),
    "ROLE_MISSING": ("C7", "S"),
    "NO_PRESIDENT": ("C5", "S/I"),
    "MULTIPLE_PRESIDENTS": ("C5", "S/I"),
    "NO_TECHNICAL_SECRETARY": ("C5", "S/I"),
    "NOT_PUBLISHED": ("C26", "S"),
    "HISTORY_CONFLICT": ("C19", "S/I"),
    "MISSING_REPORT": ("C28", "V/I"),
}

# a record's review reasons, joined by ";", name the value that they doubt: "entity_ambiguous", "uncertain_total"
_SUBJECTS = {s: s for s in ("entity", "sector", "role", "total", "position", "text", "addressed")} | {"seat": "entity"}

SHORT_OF_SURE = frozenset({  # reasons that say no more than that a probability is too small
    "uncertain_mark", "uncertain_role", "uncertain_total", "uncertain_addressed", "date_uncertain",
    "sessions_declared_unclear", "sessions_declared_contradicted", "publication_unclear",
})  # fmt: skip
FIRM = 0.9  # probability that the paper contradicts itself from which it is told; a report errs in one row of thirty


def finding(code: str, message: str, places: Sequence[Place] = (), **where: str | int | None) -> Finding:
    page = places[0].page if places else None
    return Finding(code, SEVERITIES[code], message, page=page, places=tuple(places), **where)  # type: ignore[arg-type]


def is_firm(*certainties: Certainty) -> bool:
    """Whether values bear a finding together: doubted for their probability alone, and likely enough, all of them."""
    return firmness(*certainties) >= FIRM


def firmness(*certainties: Certainty) -> float:
    """The probability that all values are as printed which are not beyond doubt; 0 where more than that doubts one."""
    if not is_only_short(*certainties):
        return 0.0
    return math.prod(c.confidence or 0.0 for c in certainties if c.needs_review)


def is_told(contradiction: float | None, *certainties: Certainty) -> bool:
    """Whether values that contradict one another bear a finding. `contradiction`: the probability that the paper does,
    None where they were not weighed together."""
    return max(firmness(*certainties), (contradiction or 0.0) * is_only_short(*certainties)) >= FIRM


def is_only_short(*certainties: Certainty) -> bool:
    """Whether nothing doubts values but that their probability is short of what the stated risk asks for."""
    return all(c.review_reason is None or c.review_reason in SHORT_OF_SURE for c in certainties)


def name_of(attendee: Attendee) -> str:
    return attendee.entity or " ".join(attendee.entity_raw.split()) or "sin entidad legible"


def doubts(reason: str | None, *about: str) -> bool:
    """Whether a review reason doubts any of a record's values named in `about`; one that names no value doubts all."""
    named = [{_SUBJECTS[w] for w in re.findall(r"[a-z]+", r) if w in _SUBJECTS} for r in (reason or "").split(";") if r]
    return any(not subjects or subjects & set(about) for subjects in named)


def is_sure(certainty: Certainty, *about: str) -> bool:
    """Whether nothing doubts the record's values named in `about`."""
    return not doubts(certainty.review_reason, *about)


def part(attendee: Attendee, own: Certainty, subject: str) -> Certainty:
    """How sure one of a row's values is; a doubt about the row as a whole is one about each of them."""
    if own.needs_review or is_sure(attendee.certainty, subject):
        return own
    return attendee.certainty


def about(certainty: Certainty, subject: str) -> str | None:
    """The first of a record's review reasons that doubts one of its values."""
    reasons = (certainty.review_reason or "").split(";")
    return next((r for r in reasons if r and (subject in r or not set(_SUBJECTS) & set(r.split("_")))), None)
