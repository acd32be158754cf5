"""Single things that happen to a page's picture: turned a little, softened, specked. Grey arrays as in `damage`."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.float32]
Rng = np.random.Generator


def skewed(page: Grey, degrees: float) -> Grey:
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=255), np.float32)


def softened(page: Grey, sigma: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(page, (0, 0), sigma), np.float32)


def noisy(page: Grey, rng: Rng, sigma: float) -> Grey:
    return page + rng.normal(0, sigma, page.shape).astype(np.float32)


def dusted(page: Grey, rng: Rng, count: int, radius: float) -> Grey:
    out = page.copy()
    height, width = page.shape
    for x, y, r in zip(rng.integers(0, width, count), rng.integers(0, height, count), rng.random(count), strict=True):
        cv2.circle(out, (int(x), int(y)), max(0, round(r * radius)), float(rng.uniform(0, 90)), -1)
    return out


def cloud(shape: tuple[int, ...], rng: Rng, cell: int) -> Grey:
    """Smooth noise with mean 0 and deviation 1, whose patches are about `cell` pixels wide."""
    height, width = shape
    coarse = rng.normal(0, 1, (height // cell + 2, width // cell + 2)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
