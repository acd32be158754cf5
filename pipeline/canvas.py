"""A page to paint on: boxes and small labels over print that has been paled."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from ocr.records import Box
from pipeline.rows import moved_box

Colour = tuple[int, int, int]

LABEL_POINTS = 6.0  # the form's print has 8 to 11 points: labels stay smaller than what they explain
PRINT_SHARE = 0.5  # how dark the print stays
FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Carlito-Regular.ttf", "FreeSans.ttf", "Arial.ttf")
POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font, and whether it has accents: the one that Pillow carries does not."""

    font: ImageFont.FreeTypeFont | ImageFont.ImageFont
    accents: bool

    def spelled(self, text: str) -> str:
        if self.accents:
            return text
        return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()

    def clipped(self, text: str, width: float) -> str:
        """As much of the text as fits, with an ellipsis where it is cut."""
        text = self.spelled(text)
        if self.font.getlength(text) <= width:
            return text
        while text and self.font.getlength(text + "...") > width:
            text = text[:-1]
        return text + "..."

    def broken(self, text: str, width: float) -> list[str]:
        """A machine-readable reason in lines that fit: it breaks after "_" and ";" alone."""
        lines = [""]
        for word in re.split(r"(?<=[_;])", text):
            fits = self.font.getlength(lines[-1] + word) <= width
            lines = [*lines[:-1], lines[-1] + word] if fits or not lines[-1] else [*lines, word]
        return [self.clipped(line, width) for line in lines]


@cache
def typeface(points: float, dpi: float) -> Typeface:
    """The first font of this machine that knows Spanish, at that size."""
    for name in FONTS:
        try:
            return Typeface(ImageFont.truetype(name, points * dpi / POINTS_PER_INCH), accents=True)
        except OSError:
            continue
    return Typeface(ImageFont.load_default(points * dpi / POINTS_PER_INCH), accents=False)


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """An image with the way to it. `move`: homography, row by row, from the frame of the readings to its pixels."""

    image: Image.Image
    dpi: float
    move: tuple[float, ...] = (1, 0, 0, 0, 1, 0, 0, 0, 1)

    @property
    def label_height(self) -> float:
        return LABEL_POINTS * 1.15 * self.dpi / POINTS_PER_INCH

    def frame(self, box: Box, colour: Colour, width: int = 1) -> None:
        moved = moved_box(box, self.move)
        corners = (moved.x0, moved.y0, max(moved.x0, moved.x1 - 1), max(moved.y0, moved.y1 - 1))
        ImageDraw.Draw(self.image).rectangle(corners, outline=colour, width=width)

    def write(self, box: Box, text: str, colour: Colour, *, line: int = 0) -> None:
        """Writes in the box, as much as its width holds. `line`: from its top 0, 1, …, or from its foot -1, -2, …"""
        moved, face = moved_box(box, self.move), typeface(LABEL_POINTS, self.dpi)
        top = (moved.y0 + 1 if line >= 0 else moved.y1 - 2) + line * self.label_height
        label, place = face.clipped(text, self._room(moved)), (moved.x0 + 3, top)
        draw = ImageDraw.Draw(self.image)
        draw.rectangle(draw.textbbox(place, label, font=face.font), fill="white")  # no print shows through
        draw.text(place, label, fill=colour, font=face.font)

    def broken(self, box: Box, text: str) -> list[str]:
        """A reason in lines that the box is wide enough for."""
        return typeface(LABEL_POINTS, self.dpi).broken(text, self._room(moved_box(box, self.move)))

    def _room(self, moved: Box) -> float:
        return max(moved.width - 4, self.label_height)


def paled(image: Image.Image) -> Image.Image:
    """The page with its print paled, so that what is painted on it stands out."""
    rgb = image.convert("RGB")
    return Image.blend(Image.new("RGB", rgb.size, "white"), rgb, PRINT_SHARE)
