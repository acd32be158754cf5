"""What small cells may say: exact labels, garbled texts, two evidences together, and nothing at all."""

from __future__ import annotations

import math

import pytest

from ocr.records import Candidate, Reading
from parsers import lexicon
from parsers.lexicon import fold_mark, likelihood, mark_distribution, number_distribution, role_distribution


def reading(*said: tuple[str, float | None, str]) -> Reading:
    return Reading(tuple(Candidate(*c) for c in said))


def flattened(text: str) -> Reading:
    return reading((text, None, "text"))


@pytest.mark.parametrize(
    ("printed", "label"),
    [("SI", "SI"), ("Sí", "SI"), ("si", "SI"), ("No", "NO"), ("X", "X"), ("✓", "X"), ("—", "-"), ("N/A", "-"),
     ("NA", "-"), (" ", ""), ("S1", None), ("2", None)],
)  # fmt: skip
def test_exact_marks_fold_to_their_label(printed: str, label: str | None) -> None:
    assert fold_mark(printed) == label


@pytest.mark.parametrize(
    ("read", "label"),
    [("S|", "SI"), ("S1", "SI"), ("ST", "SI"), ("Bl", "SI"), ("sl", "SI"), ("st", "SI"), ("ss", "SI"), ("si]", "SI"),
     ("N0", "NO"), ("no]", "NO"), ("wa", "-"), ("NAL", "-"), ("NIA", "-"), ("Xx", "X")],
)  # fmt: skip
def test_garbled_marks_keep_their_meaning(read: str, label: str) -> None:
    weights = mark_distribution(flattened(read))
    assert max(weights, key=lambda k: weights[k]) == label


@pytest.mark.parametrize("read", ["|", "l", "!", "1", "I"])
def test_strokes_are_the_plain_member_in_the_role_column(read: str) -> None:
    assert role_distribution(flattened(read))["I"] > 0.8


def test_a_stroke_says_little_in_a_mark_column() -> None:
    assert max(mark_distribution(flattened("|")).values()) < 0.6


def test_numbers_from_texts_and_from_exact_print() -> None:
    garbled = number_distribution(flattened("Z"))
    assert max(garbled, key=lambda k: garbled[k]) == 2
    assert number_distribution(reading(("17", None, "text_layer")))[17] > 0.99
    assert number_distribution(reading(("", 0.98, "marks")))[None] > 0.9


def test_every_distribution_sums_to_one_and_leaves_every_label_possible() -> None:
    for said in (Reading(), flattened("S|"), flattened("¬¬¬"), reading(("SI", 0.7, "marks"), ("S", 0.9, "tesseract"))):
        for spread in (mark_distribution(said), role_distribution(said), number_distribution(said)):
            assert math.isclose(sum(spread.values()), 1)
            assert min(spread.values()) > 0


def test_nothing_read_says_nothing() -> None:
    assert set(mark_distribution(Reading()).values()) == {0.2}


def test_two_evidences_outweigh_one() -> None:
    pixels = ("SI", 0.6, "marks"), ("NO", 0.4, "marks")
    alone, both = mark_distribution(reading(*pixels)), mark_distribution(reading(*pixels, ("SI", 0.9, "tesseract")))
    against = mark_distribution(reading(*pixels, ("NO", 0.9, "tesseract")))
    assert both["SI"] > 0.9 > alone["SI"] > against["SI"]


def test_a_classifier_that_cannot_tell_stays_undecided() -> None:
    unsure = mark_distribution(reading(("?", 0.9, "marks"), ("SI", 0.1, "marks")))
    assert unsure["SI"] < 0.5


def test_labels_of_other_columns_are_conditioned_away() -> None:
    stroke = reading(("1", 0.5, "marks"), ("I", 0.49, "marks"))
    assert role_distribution(stroke)["I"] > 0.9
    assert number_distribution(stroke)[1] > 0.9


def test_unseen_readings_back_off_to_look_alike_glyphs() -> None:
    assert lexicon.edit_cost("S]", "SI") < lexicon.edit_cost("SX", "SI")
    assert likelihood("5]", "SI") > 10 * likelihood("5]", "NO")


def test_learned_channel_is_a_distribution() -> None:
    """No text is likelier than certain, and what was drawn most is read right more often than as anything else."""
    for printed in ("SI", "NO", "N/A"):
        right = likelihood(printed, printed)
        assert 0 < right < 1
        assert all(likelihood(other, printed) < right for other in ("SI", "NO", "N/A") if other != printed)


def test_where_ink_stands_tells_print_from_dirt_and_nothing_else() -> None:
    faint = ("-", 0.5, "marks"), ("", 0.5, "marks")
    seated = mark_distribution(reading(*faint, ("?", 0.95, "seat"), ("", 0.05, "seat")))
    astray = mark_distribution(reading(*faint, ("", 0.95, "seat"), ("?", 0.05, "seat")))
    assert seated["-"] > 0.9 > 0.1 > astray["-"]
    doubtful = ("SI", 0.5, "marks"), ("NO", 0.5, "marks")
    both = mark_distribution(reading(*doubtful, ("?", 0.95, "seat"), ("", 0.05, "seat")))
    assert math.isclose(both["SI"], both["NO"])


def test_look_alikes_settle_a_doubt_but_say_nothing_of_blanks() -> None:
    kin = ("SI", 0.9, "cluster"), ("?", 0.1, "cluster")
    doubtful = mark_distribution(reading(("SI", 0.5, "marks"), ("NO", 0.5, "marks"), *kin))
    assert doubtful["SI"] > 0.95
    faint = ("-", 0.5, "marks"), ("", 0.5, "marks")
    stranger = mark_distribution(reading(*faint, ("?", 1.0, "cluster")))
    assert math.isclose(stranger["-"], stranger[""])
