"""Upright page → where a broken-up rule still shows: its remnants, in line with one another across the page's white.

A black-and-white scan leaves of a thin grey rule a row of dots. No stretch of them is dark enough for a rule, but over
inches nothing else is as thin, as level and as even: letters are thick somewhere, dashes stand inches apart, and dust
lies as thick above and below.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.uint8]

DARK = 215  # grey level below which a pixel is ink: the dots that a worn copy leaves of a rule are pale
THIN = 0.018  # inches: what is left of a rule is thinner, and hardly a letter is as thin all over
AWAY = 0.04  # inches from thicker ink at which thin ink is no part of it: the arms of a T reach as far
STRAY = 0.004  # inches by which the remnants of one rule may be off their line
STRETCH = 1.5  # inches looked at together: three columns of marks
BIN = 0.12  # inches, of which nearly each must hold something: of dashes in three columns one in four does
LEAST_EVEN = 0.75  # share of such bins; broken rules reach 0.8, dust and broken letters 0.5
LEAST_DENSE = 0.25  # share of their length that holds ink; broken rules reach 0.4, dust 0.15
LEAST_FREE = 0.3  # share of the stretch that is clear of letters
BESIDE = 0.03  # inches above and below at which a rule has paper; shading made of dots goes on
CLEARER = 2.0  # times as much ink on a rule as there
COARSE = 4  # pixels along the rule that are looked at as one: the bytes of one machine word


def level_remnants(grey: Grey, dpi: float) -> Mask:
    """The pixels, as 1, of the level lines along which remnants of a rule stand; transposed pages give plumb ones.

    `dpi`: pixels per inch.
    """
    ink = (grey < DARK).astype(np.uint8)
    thick = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((max(3, round(dpi * THIN)), 1), np.uint8))
    reach = 2 * round(dpi * AWAY) + 1
    letters = _coarse(cv2.dilate(thick, np.ones((reach, reach), np.uint8)))
    free, unit = 1 - letters, dpi / COARSE
    stray = 2 * max(1, round(dpi * STRAY)) + 1
    thin = _picture(cv2.dilate(_coarse(ink) & free, np.ones((stray, 1), np.uint8)))
    held = _picture(cv2.dilate(thin, np.ones((1, max(3, round(unit * BIN))), np.uint8)))
    white = np.maximum(_share(free, unit), LEAST_FREE / 2)
    dense, even = _share(thin, unit) / white, _share(held & free, unit) / white
    found = (white >= LEAST_FREE) & (even >= LEAST_EVEN) & (dense >= LEAST_DENSE)
    if not found.any():
        return np.zeros_like(grey)
    away = max(1, round(dpi * BESIDE))
    rows, columns = np.nonzero(found)  # few
    beside = np.maximum(dense[rows - away, columns], dense[(rows + away) % len(dense), columns])
    found[rows, columns] = dense[rows, columns] >= CLEARER * beside
    along = cv2.dilate(found.astype(np.uint8), np.ones((1, round(unit * STRETCH)), np.uint8))
    closed = cv2.morphologyEx(thin, cv2.MORPH_CLOSE, np.ones((1, round(unit * BIN)), np.uint8))
    return np.repeat(_picture(cv2.min(along, closed)), COARSE, axis=1)[:, : grey.shape[1]]


def _picture(ink: npt.ArrayLike) -> Mask:
    return np.asarray(ink, dtype=np.uint8)


def _coarse(ink: npt.ArrayLike) -> Mask:
    """Some pixels along the rule as one: 1 where any is."""
    picture = _picture(ink)
    wide = np.pad(picture, ((0, 0), (0, -picture.shape[1] % COARSE)))
    return _picture(wide.view(np.uint32) != 0)


def _share(mask: Mask, unit: float) -> npt.NDArray[np.float32]:
    """The share of the stretch around each pixel that is 1."""
    size = (max(3, round(unit * STRETCH)), 1)
    return np.asarray(cv2.boxFilter(mask, cv2.CV_32F, size), dtype=np.float32)
