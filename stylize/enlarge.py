"""Bring a painting to the photo's size and keep it crisp: coarse to fine.

A painting is made at the working size, because strokes have a fixed size in pixels. Enlarged, its edges are blurred;
painted once more at full size, they are edges of strokes again. What the second painting changes at the scale of the
first is taken back, so the large picture, made smaller, is the small one: a preview does not lie.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.painter import PainterNetwork
from stylize.pictures import Pixels, resize
from stylize.styles import Vector
from stylize.tiles import Progress, Question, paint_tiled

BAND = 256  # rows enlarged at a time


def enlarge(
    network: PainterNetwork,
    painted: Pixels,
    size: tuple[int, int],
    vector: Vector,
    progress: Progress | None = None,
    cancelled: Question | None = None,
) -> Pixels:
    """`painted` [h, w, 3] at `size` (width, height), painted again there with the style `vector`."""
    large = _enlarged(painted, size)
    folded = network.fold(vector, network.sample(large, vector))
    fine = paint_tiled(network, large, folded, progress, cancelled)
    del large
    height, width = painted.shape[:2]
    for i in range(3):  # one channel at a time: a copy of the whole large picture would be its size again
        channel = np.ascontiguousarray(fine[..., i])
        change = painted[..., i].astype(np.float32) - resize(channel, (width, height))
        _add_enlarged(fine[..., i], change)
    return fine


def _bands(size: tuple[int, int], small: tuple[int, int]) -> Iterator[tuple[slice, tuple[float, float, float, float]]]:
    """The rows of a picture of `size`, a band at a time, and the part of a smaller one of `small` that they show."""
    ratio = small[1] / size[1]
    for top in range(0, size[1], BAND):
        bottom = min(top + BAND, size[1])
        yield slice(top, bottom), (0, top * ratio, small[0], bottom * ratio)


def _enlarged(painted: Pixels, size: tuple[int, int]) -> Pixels:
    """`painted` at `size` (width, height), bicubic."""
    image = Image.fromarray(painted)
    large = np.empty((size[1], size[0], 3), np.uint8)
    for rows, box in _bands(size, image.size):
        large[rows] = np.asarray(image.resize((size[0], rows.stop - rows.start), Image.Resampling.BICUBIC, box))
    return large


def _add_enlarged(fine: Pixels, change: NDArray[np.float32]) -> None:
    """Add `change` [h, w], enlarged, to the channel `fine` [H, W] in place."""
    image = Image.fromarray(change)
    size = fine.shape[1], fine.shape[0]
    for rows, box in _bands(size, image.size):
        enlarged = np.asarray(image.resize((size[0], rows.stop - rows.start), Image.Resampling.BICUBIC, box))
        fine[rows] = np.clip(fine[rows] + enlarged + 0.5, 0, 255)
