"""Sizes: the one at which a picture is painted, and how pixels get to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WORKING_SIDE = 512  # shorter side at which brush 1.0 paints, pixels


def working_size(size: tuple[int, int], brush: float | None) -> tuple[int, int]:
    """The size (width, height) at which a picture of `size` is painted, never larger than the picture.

    `brush` is the stroke size relative to the picture: 1.0 paints at a shorter side of `WORKING_SIDE` pixels, 2.0 at
    half of that. None paints at the picture's own size.
    """
    if brush is None:
        return size
    ratio = WORKING_SIDE / brush / min(size)
    ratio = min(1.0, ratio)
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def resize(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """`pixels` [H, W] or [H, W, 3] at `size` (width, height); itself when it already is."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    # bicubic both ways: a box filter depends on how the pixels fall into the boxes, and a painting shows it
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
