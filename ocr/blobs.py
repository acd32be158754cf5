"""Connected pieces of ink, found by what the work at hand needs of them.

OpenCV counts area and centre of every piece at five times the cost of finding it, and few callers want them. Pieces
touch at sides or corners (8-connected), and come in the order of their uppermost row.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

Ink = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]


def outlines(ink: Ink) -> list[Ints]:
    """The outer border of each piece: N x 1 x 2, the x and y of its pixels."""
    found, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outer = [] if tree is None else [i for i, (_, _, _, parent) in enumerate(tree[0]) if parent < 0]
    return [np.asarray(found[i], np.int32) for i in reversed(outer)]


def boxes(ink: Ink) -> Ints:
    """The box of each piece: x, y, width, height."""
    found, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if tree is None:
        return np.zeros((0, 4), np.int32)
    outer = np.nonzero(tree[0, :, 3] < 0)[0][::-1]
    return np.array([cv2.boundingRect(found[i]) for i in outer], np.int32).reshape(-1, 4)


def labelled(ink: Ink, connectivity: int = 8) -> tuple[Ints, Ints]:
    """The number of each pixel's piece, 0 for paper; and the box of each number: x, y, width, height, that of paper
    being the whole picture."""
    count, labels = cv2.connectedComponents(ink, connectivity=connectivity)
    slices = ndimage.find_objects(labels, max_label=count - 1)
    found = [(x.start, y.start, x.stop - x.start, y.stop - y.start) for y, x in slices]
    return np.asarray(labels, np.int32), np.array([(0, 0, *ink.shape[::-1]), *found], np.int32)
