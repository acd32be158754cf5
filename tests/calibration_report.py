"""docs/calibration.md: how the fitted numbers were obtained, and what they are worth on reports not used for them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ocr.records import InputKind
from parsers.calibration import NEVER, RISK, SINGLE, Calibration, ValueKind
from tests.calibration_fit import ECE_BINS, Chance, Quality, chance_by, chance_of_others
from tests.rated_values import Rated

SHOWN = 20
RISKS = (1 / 200, 1 / 1000, RISK, 1 / 5000)
EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 1.0)
MEANINGS = {
    ValueKind.MARK: "a cell of the attendance or function matrices",
    ValueKind.ROLE: "a row's role",
    ValueKind.TOTAL: "a row's printed total",
    ValueKind.ADDRESSED: "«se abordó» of a function",
    ValueKind.ENTITY: "a row's entity, linked to the dictionary",
    ValueKind.UNKNOWN_ENTITY: "the claim that the dictionary does not hold the row's entity",
    ValueKind.SECTOR: "a row's sector",
    ValueKind.DATE: "a session column: its date and quarter",
    ValueKind.DIGITS: "sessions held and planned, as declared",
    ValueKind.PUBLICATION: "whether a document was published",
    ValueKind.PERIOD: "the period reported",
    ValueKind.BODY: "the reporting body",
}
INTRODUCTION = """# Calibration and stated risk

Made by `make calibrate` with `parsers/calibration.csv`: change neither by hand.

**What `confidence` means.** The probability that the value equals what is printed: of all values stated at 0.98, 98 in
100 are right. Of a row of several values it is the probability that all of them are, taken to err each for itself
(`attendees`: entity, sector, role, total; `documents`: body, period, session counts); the row's marks have their own.

**What needs review.** A value whose probability is below the threshold, and any that there is another reason to doubt:
an illegible cell, a structure that disagrees with itself, an ambiguous name. The threshold follows from a stated risk:
of the values that nobody is asked to look at, at most that share is expected to be wrong, and none is more than
{SINGLE} times likelier than that to be. By default the risk is 1 in 2,000; `veedor run --risk 0.005` asks for less
review and tolerates more errors.

**How the numbers were obtained.** Reports are drawn with known truth under every condition of `tests/damage.py`, as
born-digital files and as flattened OCR texts, then read with nothing calibrated. Each value has then a number that says
how sure it is by its own account (a posterior, a score, the engine's confidence) and is as printed or not; a value of a
row that the report does not print is wrong. Values are counted in bins of that number, for each kind of value and of
input, apart for each other reason to doubt them; isotonic regression makes the shares of right values rise from bin
to bin. Few values show little, so no bin claims more than was seen: the values of one kind of input are drawn to what
their kind shows (scans and born-digital pages: what both show without flattened texts), and the surest of a kind to
what the surest of all kinds show. Errors come in clusters: all of a document is either used for the fit or measured,
never both.

**What they do not cover.** Norms, signatories and narrative carry the OCR engine's own confidence. A missing row has no
value and so no confidence. The mix of conditions is that of the drawn reports: an archive of faxes alone holds more
errors among its accepted values, one of clean scans fewer. A kind of input whose values are never sure enough is wholly
for review, which is what its numbers say.
"""


def explained(calibration: Calibration, fit: Sequence[Rated], unseen: Sequence[Rated], made: str) -> str:
    stated = chance_by(calibration)
    parts = [
        INTRODUCTION.replace("{SINGLE}", str(SINGLE)),
        f"Made with {made}: {_documents(fit)} reports, {len(fit):,} values for the fit; "
        f"{_documents(unseen)} reports, {len(unseen):,} values unseen.\n",
        *_by_kind(fit, unseen, stated),
        *_conditions(unseen, stated),
        *_reliability(unseen, stated),
        *_risks(calibration, fit, unseen, stated),
        *_silent(calibration, (*fit, *unseen), stated),
        *_doubted((*fit, *unseen), stated),
    ]
    return "\n".join(parts)


def _documents(values: Iterable[Rated]) -> int:
    return len({v.document for v in values})


def _raw(value: Rated) -> float:
    return value.raw


def _table(*head: str) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"


def _row(*cells: object) -> str:
    return "| " + " | ".join(f"{c:.4f}" if isinstance(c, float) else str(c) for c in cells) + " |"


def _of_kind(values: Iterable[Rated], kind: str) -> list[Rated]:
    return [v for v in values if v.kind == kind]


def _by_kind(fit: Sequence[Rated], unseen: Sequence[Rated], stated: Chance) -> Iterator[str]:
    yield "## Calibration error by kind of value\n"
    yield f"On unseen reports. ECE: over {ECE_BINS} bins of as many values each, the headline; «wide»: over {ECE_BINS}"
    yield "bins as wide as each other; «largest»: the worst of those. «Before»: stated as by its own account."
    yield "«Folds»: ECE of the reports of the fit, each stated by a fit to others.\n"
    yield from _table("kind", "what", "values", "wrong", "ECE before", "ECE", "wide", "largest", "Brier", "folds")
    others = chance_of_others(fit)
    for kind in ValueKind:
        some, own = _of_kind(unseen, kind), _of_kind(fit, kind)
        if some and own:
            q = Quality.of(some, stated)
            before, folds = Quality.of(some, _raw).ece, Quality.of(own, others).ece
            yield _row(kind, MEANINGS[kind], q.values, q.wrong, before, q.ece, q.ece_wide, q.largest, q.brier, folds)
    yield ""


def _conditions(unseen: Sequence[Rated], stated: Chance) -> Iterator[str]:
    yield "## Marks by condition\n"
    yield "The fit knows three kinds of input and no conditions: a hard condition is stated too sure, an easy one not"
    yield "sure enough.\n"
    yield from _table("condition", "marks", "wrong", "ECE before", "ECE")
    by_condition: defaultdict[str, list[Rated]] = defaultdict(list)
    for v in _of_kind(unseen, ValueKind.MARK):
        by_condition[v.condition].append(v)
    for condition, some in sorted(by_condition.items()):
        q = Quality.of(some, stated)
        yield _row(condition, q.values, q.wrong, Quality.of(some, _raw).ece, q.ece)
    yield ""


def _reliability(unseen: Sequence[Rated], stated: Chance) -> Iterator[str]:
    yield "## Reliability\n"
    yield "On unseen reports: of the values stated between the bounds, the mean stated and the share right.\n"
    yield from _table("kind", "from", "up to", "values", "stated", "right")
    for kind in ValueKind:
        some = [(stated(v), v.right) for v in _of_kind(unseen, kind)]
        for low, high in zip(EDGES, (*EDGES[1:-1], 2.0), strict=False):
            inside = [(p, right) for p, right in some if low <= p < high]
            if inside:
                n = len(inside)
                mean, share = sum(p for p, _ in inside) / n, sum(right for _, right in inside) / n
                yield _row(kind, low, min(high, 1.0), n, mean, share)
    yield ""


def _risks(calibration: Calibration, fit: Sequence[Rated], unseen: Sequence[Rated], stated: Chance) -> Iterator[str]:
    yield "## Risk and coverage\n"
    yield "For each stated risk the threshold, the share of values flagged (for whatever reason), and the silent errors"
    yield "among the others: on the reports of the fit and on unseen ones.\n"
    yield from _table("risk", "threshold", "flagged, fit", "silent", "flagged, unseen", "silent")
    for risk in RISKS:
        threshold = calibration.threshold(risk)
        shown = "all for review" if threshold == NEVER else f"{threshold:.5f}"
        cells = [cell for some in (fit, unseen) for cell in _coverage(some, stated, threshold)]
        yield _row(f"1 in {1 / risk:,.0f}", shown, *cells)
    yield f"\nAt the default risk, 1 in {1 / RISK:,.0f}:\n"
    yield from _table("values", "flagged, fit", "silent", "flagged, unseen", "silent")
    threshold = calibration.threshold(RISK)
    names = [*ValueKind, *InputKind, *sorted({v.condition for v in unseen})]
    for name in names:
        parts = [[v for v in some if name in (v.kind, v.input_kind, v.condition)] for some in (fit, unseen)]
        yield _row(name, *(cell for some in parts for cell in _coverage(some, stated, threshold)))
    yield ""


def _silent(calibration: Calibration, values: Sequence[Rated], stated: Chance) -> Iterator[str]:
    yield "## Where the silent errors are\n"
    yield f"At the default risk, over all reports: the {SHOWN} reports and kinds with most of them.\n"
    yield from _table("report", "kind", "silent")
    threshold = calibration.threshold(RISK)
    silent = Counter((v.document, v.kind) for v in values if not v.right and v.doubt is None and stated(v) >= threshold)
    for (document, kind), count in silent.most_common(SHOWN):
        yield _row(document, kind, count)
    yield ""


def _coverage(values: Sequence[Rated], stated: Chance, threshold: float) -> tuple[str, str]:
    accepted = [v for v in values if v.doubt is None and stated(v) >= threshold]
    silent = sum(not v.right for v in accepted)
    flagged = len(values) - len(accepted)
    return f"{100 * flagged / max(len(values), 1):.2f} %", f"{silent} of {len(accepted):,}"


def _doubted(values: Sequence[Rated], stated: Chance) -> Iterator[str]:
    yield "## Values with another reason for doubt\n"
    yield "How often they are right, over all reports, and how sure they are stated to be.\n"
    yield from _table("kind", "reason", "values", "right", "stated")
    groups: defaultdict[tuple[str, str], list[Rated]] = defaultdict(list)
    for v in values:
        if v.doubt:
            groups[v.kind, v.doubt].append(v)
    for (kind, reason), some in sorted(groups.items()):
        n = len(some)
        yield _row(kind, reason, n, sum(v.right for v in some) / n, sum(map(stated, some)) / n)
    yield ""
