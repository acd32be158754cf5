"""What a value's own probability is worth: the shipped numbers, the threshold of a stated risk, and the fit."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ocr.records import InputKind, Place
from parsers import calibration
from parsers.calibration import ANY, NEVER, RISK, UNCALIBRATED, Bin, Calibration, Judge, ValueKind
from parsers.records import Certainty
from pipeline.settings import Settings
from tests import calibrate
from tests.calibration_fit import Quality, chance_by, fitted
from tests.calibration_report import explained
from tests.rated_values import Rated

ROOT = Path(__file__).parents[1]
VEEDOR = Path(sys.executable).with_name("veedor")
EXPLAINED = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
TEXT = ROOT / "data" / "raw" / "sintetico_texto_ocr.txt"
SHIPPED = calibration.shipped()
MARK, SCAN = ValueKind.MARK, InputKind.SCAN
AT = (Place(1),)


def bins(*steps: tuple[float, int, float], doubt: str | None = None) -> tuple[Bin, ...]:
    """Bins of marks of scans: least raw probability, values, probability; as many wrong as that says."""
    return tuple(Bin(MARK, SCAN, doubt, raw, n, round(n * (1 - p)), p) for raw, n, p in steps)


# one wrong in two, in a hundred, in ten thousand
SURE = bins((0.0, 100, 0.5), (0.8, 1000, 0.99), (0.99, 98_900, 0.9999))
STEPS = Calibration((*SURE, *bins((0, 9, 0.4), doubt=ANY)))


def veedor(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [VEEDOR, "run", TEXT, "--out", out, "--workers", "1", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


# ---------------------------------------------------------------- what ships


def test_shipped_probabilities_rise_for_every_kind_of_value_and_input() -> None:
    for kind in ValueKind:
        for input_kind in InputKind:
            for doubt in (None, ANY):
                stated = [SHIPPED.probability(kind, input_kind, i / 1000, doubt=doubt) for i in range(1001)]
                assert all(0 <= a <= b <= 1 for a, b in pairwise(stated)), (kind, input_kind, doubt)


def test_nothing_shipped_is_certain_and_doubt_lowers_every_mark() -> None:
    assert max(b.probability for b in SHIPPED.bins if b.doubt is None) < 1
    for input_kind in InputKind:
        sure, doubted = (SHIPPED.probability(MARK, input_kind, 1.0, doubt=d) for d in (None, ANY))
        assert doubted < sure


def test_every_bin_says_how_it_was_obtained_and_every_kind_is_explained() -> None:
    with (ROOT / "parsers" / "calibration.csv").open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    assert {row["kind"] for row in rows} == set(ValueKind)
    assert {row["input_kind"] for row in rows} == set(InputKind)
    (made,) = {row["provenance"] for row in rows}
    assert made in EXPLAINED
    assert "Tesseract" in made
    for name in (*ValueKind, *InputKind):
        assert name in EXPLAINED


def test_the_threshold_falls_as_the_risk_rises() -> None:
    thresholds = [SHIPPED.threshold(risk) for risk in (1e-7, 1e-4, RISK, 0.002, 0.01, 0.05, 0.2)]
    assert all(a >= b for a, b in pairwise(thresholds))
    assert thresholds[0] == NEVER
    assert thresholds[2] <= 1, "at the default risk some values are accepted"
    assert thresholds[-1] < thresholds[2]


# ---------------------------------------------------------------- threshold and judgement


@pytest.mark.parametrize(
    ("risk", "threshold"),
    [(0.5, 0.5), (0.01, 0.99), (0.0006, 0.99), (0.0004, 0.9999), (0.00015, 0.9999), (0.00005, NEVER)],
)
def test_the_threshold_keeps_the_expected_share_of_errors_within_the_risk(risk: float, threshold: float) -> None:
    assert STEPS.threshold(risk) == threshold


def test_a_kind_that_was_never_counted_is_worth_nothing() -> None:
    assert Judge(0.5, STEPS).stated(ValueKind.ROLE, Certainty(1.0), "uncertain") == Certainty(0.0, "uncertain")


def test_a_value_is_worth_what_such_values_were_and_is_for_review_below_the_threshold() -> None:
    judge = Judge(0.00015, STEPS)
    assert judge.stated(MARK, Certainty(0.9999, None, AT), "uncertain") == Certainty(0.9999, None, AT)
    assert judge.stated(MARK, Certainty(0.95, None, AT), "uncertain") == Certainty(0.99, "uncertain", AT)
    assert Judge(0.0006, STEPS).stated(MARK, Certainty(0.95, None, AT), "uncertain") == Certainty(0.99, None, AT)


def test_a_doubted_value_is_for_review_at_any_risk_and_worth_what_such_values_were() -> None:
    stated = Judge(0.9, STEPS).stated(MARK, Certainty(1.0, "columns_disagree", AT), "uncertain")
    assert stated == Certainty(0.4, "columns_disagree", AT)


def test_a_step_lifts_no_posterior_beyond_what_it_may_mean() -> None:
    one = Calibration((Bin(MARK, InputKind.SCAN, None, 0.0, 5000, 0, 0.9999),))
    assert one.probability(MARK, InputKind.SCAN, 0.5) == pytest.approx(10 / 11)
    assert one.probability(MARK, InputKind.SCAN, 0.99999) == 0.9999
    score = Calibration((Bin(ValueKind.PUBLICATION, InputKind.SCAN, None, 0.0, 5000, 0, 0.9999),))
    assert score.probability(ValueKind.PUBLICATION, InputKind.SCAN, 0.5) == 0.9999


def test_all_of_a_failed_document_is_worth_what_doubted_values_were() -> None:
    stated = Judge(0.00015, STEPS, fault="page_unread").stated(MARK, Certainty(0.9999, None, AT), "uncertain")
    assert stated == Certainty(0.4, None, AT)


def test_without_calibration_a_value_keeps_its_own_account() -> None:
    assert Judge(calibration=UNCALIBRATED).stated(MARK, Certainty(0.3), "uncertain") == Certainty(0.3)


@pytest.mark.parametrize("steps", [((0.0, 1, 0.9), (0.5, 1, 0.8)), ((0.5, 1, 0.8), (0.5, 1, 0.9))])
def test_probabilities_that_do_not_rise_are_refused(steps: tuple[tuple[float, int, float], ...]) -> None:
    with pytest.raises(ValueError, match="rise"):
        Calibration(bins(*steps))


@pytest.mark.parametrize("risk", [0.0, 1.0, -0.1])
def test_no_run_at_an_impossible_risk(risk: float) -> None:
    with pytest.raises(ValueError, match="risk"):
        Settings(Path("out"), risk=risk)
    with pytest.raises(ValueError, match="risk"):
        Judge(risk)


# ---------------------------------------------------------------- the program


def flagged(out: Path) -> set[tuple[int, int]]:
    rows = pq.read_table(out / "attendance.parquet").to_pylist()
    return {(r["row"], r["column"]) for r in rows if r["needs_review"]}


def test_more_risk_means_less_review_and_the_same_values(tmp_path: Path) -> None:
    for risk in ("0.00001", "0.1"):
        assert veedor(tmp_path / risk, "--risk", risk).returncode == 1
    cautious, bold = flagged(tmp_path / "0.00001"), flagged(tmp_path / "0.1")
    assert bold < cautious
    columns = ["mark", "mark_raw", "confidence"]
    one, other = (pq.read_table(tmp_path / risk / "attendance.parquet", columns=columns) for risk in ("0.00001", "0.1"))
    assert one.equals(other)


@pytest.mark.parametrize("risk", ["0", "1", "-0.5", "much"])
def test_a_bad_risk_is_a_usage_error(risk: str, tmp_path: Path) -> None:
    done = veedor(tmp_path / "out", "--risk", risk)
    assert done.returncode == 2
    assert not (tmp_path / "out").exists()


def test_a_row_is_as_sure_as_all_its_values_together(tmp_path: Path) -> None:
    veedor(tmp_path)
    parts = ("entity_confidence", "sector_confidence", "role_confidence", "total_confidence")
    rows = pq.read_table(tmp_path / "attendees.parquet").to_pylist()
    assert rows
    for row in rows:
        product = 1.0
        for part in parts:
            product *= row[part]
        assert row["confidence"] == pytest.approx(product, abs=1e-4)


# ---------------------------------------------------------------- the fit


def overconfident(rng: random.Random, documents: int, name: str) -> list[Rated]:
    """A reader that says 0.999 of all but a few: of scans one in twenty is wrong, of texts one in five."""
    values = []
    for i in range(documents):
        kind, wrong = rng.choice((("scan", 0.05), ("ocr_text", 0.2)))
        for _ in range(100):
            doubtful = rng.random() < 0.1
            raw = rng.uniform(0.3, 0.9) if doubtful else rng.uniform(0.99, 1.0)
            right = rng.random() > (0.5 if doubtful else wrong)
            values.append(Rated("mark", kind, "drawn", f"{name}{i}", raw, None, right))
    return values


def test_the_fit_mends_an_overconfident_reader() -> None:
    rng = random.Random(7)
    fit = fitted(overconfident(rng, 60, "fit"))
    unseen = overconfident(rng, 60, "unseen")
    before, after = Quality.of(unseen, lambda v: v.raw), Quality.of(unseen, chance_by(fit))
    assert before.ece > 0.1
    assert after.ece < 0.02
    assert after.brier < before.brier
    stated = {kind: fit.probability(MARK, kind, 0.999) for kind in (InputKind.SCAN, InputKind.OCR_TEXT)}
    assert stated[InputKind.SCAN] == pytest.approx(0.95, abs=0.02)
    assert stated[InputKind.OCR_TEXT] == pytest.approx(0.8, abs=0.04)


def test_a_fit_is_read_back_as_it_was_written_and_explained(tmp_path: Path) -> None:
    rng = random.Random(8)
    values, unseen = overconfident(rng, 20, "fit"), overconfident(rng, 20, "unseen")
    fit = fitted(values)
    calibrate.write(fit, "seeds 1-20", tmp_path / "calibration.csv")
    assert calibration.load(tmp_path / "calibration.csv") == fit
    text = explained(fit, values, unseen, "seeds 1-20")
    assert "seeds 1-20: 20 reports, 2,000 values for the fit; 20 reports, 2,000 values unseen" in text
    wrong = sum(not v.right for v in unseen)
    assert f"| mark | a cell of the attendance or function matrices | 2000 | {wrong} |" in text


def test_a_doubted_value_is_fitted_apart() -> None:
    sure = [Rated("mark", "scan", "drawn", f"a{i}", 0.99, None, True) for i in range(500)]
    doubted = [Rated("mark", "scan", "drawn", f"b{i}", 0.99, "columns_disagree", i % 2 == 0) for i in range(100)]
    fit = fitted([*sure, *doubted])
    assert fit.probability(MARK, SCAN, 0.99) > 0.99
    assert fit.probability(MARK, SCAN, 0.99, doubt="columns_disagree") == pytest.approx(0.5, abs=0.02)


def test_each_reason_for_doubt_is_worth_what_it_was_and_a_rare_one_what_all_were() -> None:
    half = [Rated("mark", "scan", "drawn", f"a{i}", 0.99, "columns_disagree", i % 2 == 0) for i in range(100)]
    none = [Rated("mark", "scan", "drawn", f"b{i}", 0.99, "row_without_name", False) for i in range(100)]
    rare = [Rated("mark", "scan", "drawn", "c", 0.99, "residual_ink", True) for _ in range(100)]  # of one document
    fit = fitted([*half, *none, *rare])
    stated = [fit.probability(MARK, SCAN, 0.99, doubt=d) for d in ("columns_disagree", "row_without_name", ANY)]
    assert stated == pytest.approx([0.5, 0.0, 0.5], abs=0.02)
    assert fit.probability(MARK, SCAN, 0.99, doubt="residual_ink") == stated[2]


@pytest.mark.parametrize("count", [30, 300, 3000])
def test_no_errors_seen_is_no_proof_of_none(count: int) -> None:
    flawless = [Rated("mark", "scan", "drawn", str(i), 0.99 + i * 1e-7, None, True) for i in range(count)]
    fit = fitted(flawless)
    assert 0.1 / count < 1 - fit.probability(MARK, SCAN, 1.0) < 0.6 / count
    assert fit.threshold(0.01 / count) == NEVER


def test_a_kind_with_few_values_borrows_from_all_the_others() -> None:
    flawless = [Rated("mark", "scan", "drawn", str(i % 40), 0.99, None, True) for i in range(8000)]
    few = [Rated("digits", "scan", "drawn", str(i), 0.9, None, True) for i in range(40)]
    with_others = fitted([*flawless, *few]).probability(ValueKind.DIGITS, SCAN, 0.9)
    assert with_others > 1 - RISK > fitted(few).probability(ValueKind.DIGITS, SCAN, 0.9)


def test_errors_that_come_together_are_feared_more() -> None:
    def reader(*wrong: int) -> Calibration:
        """A reader of 40 documents with 20 marks each, and none of the roles wrong; `wrong` marks by document."""
        marks = [(d, i) for d in range(40) for i in range(20)]
        right = [d >= len(wrong) or i >= wrong[d] for d, i in marks]
        values = [Rated("mark", "scan", "drawn", str(d), 0.99, None, r) for (d, _), r in zip(marks, right, strict=True)]
        return fitted([*values, *(Rated("role", "scan", "drawn", str(d), 0.99, None, True) for d in range(40))])

    fits = (reader(*[1] * 10), reader(10))
    spread, clustered = (fit.probability(ValueKind.ROLE, SCAN, 0.99) for fit in fits)
    assert clustered < spread
