"""Pieces of ink are those that OpenCV's full account finds, at less cost."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr import blobs


def picture(seed: int) -> blobs.Ink:
    """Grains, strokes, and rings with grains in them: a piece within another is one too."""
    random = np.random.default_rng(seed)
    ink = (random.random((120, 160)) < 0.08).astype(np.uint8)
    for x, y, r in random.integers(10, 100, (6, 3)):
        cv2.circle(ink, (int(x), int(y)), int(r) // 3, 1, 1)
    return ink


def wanted(ink: blobs.Ink, connectivity: int = 8) -> list[list[int]]:
    return sorted(cv2.connectedComponentsWithStats(ink, connectivity=connectivity)[2][1:, :4].tolist())


@pytest.mark.parametrize("seed", range(5))
def test_boxes_and_outlines_are_those_of_the_pieces(seed: int) -> None:
    ink = picture(seed)
    assert sorted(blobs.boxes(ink).tolist()) == wanted(ink)
    assert sorted(list(cv2.boundingRect(outline)) for outline in blobs.outlines(ink)) == wanted(ink)


@pytest.mark.parametrize("connectivity", [4, 8])
def test_labels_have_their_boxes(connectivity: int) -> None:
    ink = picture(7)
    labels, boxes = blobs.labelled(ink, connectivity)
    assert sorted(boxes[1:].tolist()) == wanted(ink, connectivity)
    for number, (x, y, width, height) in enumerate(boxes[1:].tolist(), start=1):
        rows, columns = np.nonzero(labels == number)
        assert (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1) == (x, y, width, height)
    assert ((labels > 0) == (ink > 0)).all()


def test_paper_has_no_pieces() -> None:
    paper = np.zeros((9, 7), np.uint8)
    assert blobs.boxes(paper).shape == (0, 4)
    assert blobs.outlines(paper) == []
    assert blobs.labelled(paper)[1].tolist() == [[0, 0, 7, 9]]
