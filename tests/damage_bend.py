"""What a bound volume does to a page on the glass. Pages as in `damage`."""

from __future__ import annotations

import cv2
import numpy as np

from tests.damage_steps import Grey, Rng


def curled(page: Grey, rng: Rng, dpi: int) -> Grey:
    """Lines lift or sink towards the spine, which lies at the left or the right."""
    height, width = page.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    from_spine = x / width if rng.random() < 0.5 else 1 - x / width
    near = np.exp(-from_spine / 0.18)
    lift = float(rng.uniform(0.05, 0.13) * dpi * rng.choice((-1, 1)))
    bent = cv2.remap(page, x, y + lift * near * (y / height - 0.3), cv2.INTER_LINEAR, borderValue=255)
    return np.asarray(bent * (1 - 0.35 * near**2), np.float32)


def bound(page: Grey, rng: Rng, dpi: int) -> Grey:
    """A thick volume: bent by up to a quarter of an inch, over the whole height, and narrowed at the spine."""
    height, width = page.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    left = rng.random() < 0.5
    from_spine = x / width if left else 1 - x / width
    near = np.exp(-from_spine / float(rng.uniform(0.1, 0.2)))
    lift = float(rng.uniform(0.1, 0.25) * dpi * rng.choice((-1, 1)))
    narrowing = float(rng.uniform(0.02, 0.06) * width) * near * (-1 if left else 1)
    fanned = lift * near * (1 + 0.5 * (y / height - 0.5))
    bent = cv2.remap(page, x + narrowing, y + fanned, cv2.INTER_LINEAR, borderValue=240)
    return np.asarray(bent * (1 - float(rng.uniform(0.35, 0.55)) * near**2), np.float32)
