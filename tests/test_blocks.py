"""The text outside the tables, as blocks to read."""

from __future__ import annotations

import cv2
import numpy as np

from ocr import blocks, pages
from ocr.records import Box, PageFrame

DPI = 200


def test_the_edge_of_a_photographed_sheet_joins_nothing() -> None:
    grey = np.full((2200, 1700), 255, np.uint8)
    cv2.putText(grey, "SEGUIMIENTO", (300, 400), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 3, cv2.LINE_AA)
    for start in range(1200, 2150, 160):  # in pieces, as shadows leave it
        cv2.line(grey, (50, start), (48, start + 150), 90, 2)
    for start in range(60, 900, 160):
        cv2.line(grey, (start, 2155), (start + 150, 2153), 90, 2)
    (block,) = blocks.text_blocks(pages.Page(PageFrame(1, 1700, 2200, DPI), grey), [Box(200, 1300, 1500, 2000)])
    assert 280 < block.x0 < block.x1 < 700
    assert 350 < block.y0 < block.y1 < 430
