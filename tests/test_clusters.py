"""Small cells among their kin: what the look-alikes of a whole document say of each, and where its marks stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr import clusters, marks, second_look
from ocr.clusters import SmallInk, evidence, with_clusters
from ocr.ink import Grey, is_struck
from ocr.marks import BLANK, LABELS, REJECT, see_marks
from ocr.records import Box, Candidate, Cell, PageFrame, Reading, ReadPage, Table
from parsers.lexicon import mark_distribution
from tests.test_marks import CAPITAL, cell, scanned


def inks(crops: Sequence[Grey]) -> list[SmallInk]:
    """The ink of each crop, all of one table; every crop must hold some."""
    seen = [
        SmallInk.of(sight, (0, i), crop.shape, CAPITAL)
        for i, (sight, crop) in enumerate(zip(see_marks(crops, CAPITAL), crops, strict=True))
    ]
    assert all(ink is not None for ink in seen)
    return [ink for ink in seen if ink is not None]


def written(*texts: str) -> list[Grey]:
    return [scanned(cell(text), seed=i) for i, text in enumerate(texts)]


def struck(crop: Grey) -> Grey:
    """The crop under a stroke of a pen."""
    return np.asarray(cv2.line(crop.copy(), (52, 18), (96, 40), 60, 2, cv2.LINE_AA), np.uint8)


def reading_as(ink: SmallInk, **shares: float) -> SmallInk:
    """The same ink, read as those labels."""
    read = np.zeros(len(LABELS), np.float32)
    for label, share in shares.items():
        read[LABELS.index(label)] = share
    return replace(ink, shares=read)


def of(source: str, candidates: Sequence[Candidate]) -> dict[str, float]:
    return {c.text: c.confidence or 0.0 for c in candidates if c.source == source}


SHEET = ("SI", "NO", "SI", "SI", "NO", "SI", "-", "SI", "NO", "SI", "-", "SI", "NO", "SI", "-", "SI")


def test_a_doubtful_cell_that_looks_like_sure_ones_is_sure() -> None:
    found = inks(written(*SHEET))
    found[0] = reading_as(found[0], **{"SI": 0.4, "NO": 0.35, "?": 0.25})
    told = evidence(found)[0]
    assert sum(p for text, p in of("cluster", told).items() if text.upper() in {"SI", "SÍ"}) > 0.8
    alone = found_reading(found[0])
    assert mark_distribution(alone)["SI"] < 0.8
    assert mark_distribution(replace(alone, again=told))["SI"] > 0.98


def found_reading(ink: SmallInk) -> Reading:
    return Reading(tuple(Candidate(LABELS[i], float(p), "marks") for i, p in enumerate(ink.shares) if p > 0))


def test_what_looks_like_no_other_cell_is_told_nothing() -> None:
    found = inks([*written(*SHEET), struck(cell("SI"))])
    told = of("cluster", evidence(found)[-1])
    assert max(told, key=lambda text: told[text]) == REJECT
    assert told[REJECT] > 0.9


def test_a_cell_has_no_voice_in_its_own_cluster() -> None:
    found = inks(written("SI", "SI"))
    sure = [reading_as(ink, SI=1.0) for ink in found]
    other = [reading_as(found[0], NO=1.0), sure[1]]
    assert of("cluster", evidence(other)[0]) == pytest.approx(of("cluster", evidence(sure)[0]))
    assert of("cluster", evidence(other)[1])["NO"] > of("cluster", evidence(other)[1]).get("SI", 0.0)


def test_a_doubt_that_all_members_share_stays_one() -> None:
    found = [reading_as(ink, SI=0.6, NO=0.4) for ink in inks(written(*["SI"] * 12))]
    told = of("cluster", evidence(found)[0])
    assert 0.3 < told["NO"] / (told["SI"] + told["NO"]) < 0.45


def test_members_that_cannot_tell_lend_no_weight() -> None:
    found = [reading_as(ink, **{REJECT: 1.0}) for ink in inks(written(*["SI"] * 12))]
    assert of("cluster", evidence(found)[0]) == {REJECT: 1.0}


def test_a_faint_dash_where_marks_stand_is_print_and_a_speck_aside_is_dirt() -> None:
    speck = cell("")
    speck[8:11, 20:27] = 60
    dash, aside = inks([*written(*SHEET), scanned(cell("-")), scanned(speck)])[-2:]
    found = [*inks(written(*SHEET)), *(reading_as(ink, **{"-": 0.4, BLANK: 0.6}) for ink in (dash, aside))]
    seats = [of("seat", told) for told in evidence(found)]
    assert seats[-2][BLANK] < 0.1
    assert seats[-1][BLANK] > 0.9
    told = evidence(found)
    of_dash, of_speck = (mark_distribution(Reading((*found_reading(found[i]).candidates, *told[i]))) for i in (-2, -1))
    assert of_dash["-"] > 0.9
    assert of_speck[""] > 0.9


def test_without_sure_marks_no_seat_is_known() -> None:
    found = [reading_as(ink, **{"-": 1.0}) for ink in inks(written(*["-"] * 8))]
    assert of("seat", evidence(found)[0]) == {REJECT: 0.5, BLANK: 0.5}


def test_large_documents_are_compared_in_parts_and_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    found = inks(written(*SHEET))
    whole = evidence(found)
    monkeypatch.setattr(clusters, "ROWS_AT_ONCE", 3)
    for parts, all_at_once in zip(evidence(found), whole, strict=True):
        assert of("cluster", parts) == pytest.approx(of("cluster", all_at_once), abs=1e-5)


def page(number: int, texts: Sequence[str]) -> ReadPage:
    read = [Reading((Candidate(text, 0.9, "marks"),)) for text in texts]
    cells = tuple(Cell(0, i, Box(i, 0, i + 1, 1), reading=r) for i, r in enumerate(read))
    return ReadPage(PageFrame(number, 100, 100, 200), (Table(number, Box(0, 0, len(texts), 1), 1, len(texts), cells),))


def test_cells_of_all_pages_are_compared_and_each_is_told_its_own() -> None:
    first, second = inks(written("SI", "NO")), inks([scanned(cell("NO"), seed=8), scanned(cell("SI"), seed=9)])
    pages = [(page(1, ["SI", "NO", ""]), first), (page(2, ["NO", "SI"]), second)]
    told = with_clusters(pages)
    for read, (before, _) in zip(told, pages, strict=True):
        for after, cell_before in zip(read.tables[0].cells, before.tables[0].cells, strict=True):
            assert after.reading.candidates[:1] == cell_before.reading.candidates
            best = [c.text for c in after.reading.of("cluster") if c.text != REJECT][:1]
            assert best == ([after.reading.text] if after.reading.text else [])
    assert with_clusters([]) == ()


# ---------------------------------------------------------------- what is left without strokes and dirt


def looked_at_again(*crops: Grey) -> list[SmallInk]:
    """The ink of a page of sure cells and then of `crops`, with its parts."""
    every = [*written(*SHEET), *crops]
    return list(second_look.small_inks([see_marks(every, CAPITAL)], [every], CAPITAL))[-len(crops) :]


def evidence_of(*crops: Grey) -> list[tuple[Candidate, ...]]:
    return evidence([*inks(written(*SHEET)), *looked_at_again(*crops)])[-len(crops) :]


def test_a_mark_beside_a_stroke_is_read_without_it() -> None:
    beside = cell("SI")
    cv2.line(beside, (94, 26), (104, 52), 60, 3, cv2.LINE_AA)
    alone = see_marks([scanned(beside)], CAPITAL)[0]
    assert mark_distribution(Reading(alone.candidates()))["SI"] < 0.9
    (told,) = evidence_of(scanned(beside))
    assert max(of("marks:part", told).items(), key=lambda said: said[1])[0].upper() in {"SI", "SÍ"}
    reading = Reading((*alone.candidates(), *told))
    assert mark_distribution(reading)["SI"] > 0.9


def test_a_dash_beside_a_speck_is_a_dash() -> None:
    dirty = cell("-", wide=150)
    cv2.ellipse(dirty, (118, 24), (4, 6), 20, 0, 360, 20, -1)
    (ink,) = looked_at_again(scanned(dirty))
    assert len(ink.parts) >= 1
    (part,) = ink.parts[-1:]
    assert LABELS[int(part.shares.argmax())] == "-"


def test_words_are_not_parted() -> None:
    """The I of IP, the 1 of 12 and the slash of N/A stand where marks stand too."""
    for text in ("IP", "12", "N/A", "NO", "SI"):
        (ink,) = looked_at_again(scanned(cell(text)))
        assert ink.parts == (), text


def test_what_is_read_surely_is_not_looked_at_again() -> None:
    (ink,) = looked_at_again(scanned(cell("IP")))
    part = replace(inks(written("SI"))[0], shares=reading_as(ink, SI=1.0).shares)
    sure = replace(reading_as(ink, IP=0.99), parts=(part,))
    doubtful = replace(reading_as(ink, IP=0.5, P=0.4), parts=(part,))
    assert not of("marks:part", evidence([*inks(written(*SHEET)), sure])[-1])
    assert of("marks:part", evidence([*inks(written(*SHEET)), doubtful])[-1])


def test_a_stroke_larger_than_letters_is_known() -> None:
    crop = cell("NO")
    assert not is_struck(crop, CAPITAL)
    cv2.line(crop, (5, 5), (140, 50), 60, 3, cv2.LINE_AA)
    assert is_struck(crop, CAPITAL)
    assert LABELS[int(marks.strange(crop, CAPITAL).shares.argmax())] == REJECT
