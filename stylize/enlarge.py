"""Bring a painting to the photo's size and keep it crisp: coarse to fine.

A painting is made at the working size, because strokes have a fixed size in pixels. Enlarged, its edges are blurred;
painted once more at full size, they are edges of strokes again. What the second painting changes at the scale of the
first is taken back, so the large picture, made smaller, is the small one: a preview does not lie.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylize.cores import available_cores
from stylize.painter import PainterNetwork
from stylize.pictures import Pixels
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
        change = painted[..., i] - _reduced(np.ascontiguousarray(fine[..., i]), (width, height))
        _add_enlarged(fine[..., i], change)
    return fine


Box = tuple[float, float, float, float]  # left, top, right, bottom


def _in_bands(size: tuple[int, int], given: tuple[int, int], make: Callable[[slice, Box], None]) -> None:
    """Make a picture of `size` on all cores: `make` is told some rows and the part that they show of one of `given`."""
    ratio = given[1] / size[1]

    def band(top: int) -> None:
        bottom = min(top + BAND, size[1])
        make(slice(top, bottom), (0, top * ratio, given[0], bottom * ratio))

    with ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(band, range(0, size[1], BAND)))


def _part(image: Image.Image, width: int, rows: slice, box: Box) -> NDArray[Any]:
    """The part `box` of an image as these rows of one of this width, bicubic."""
    return np.asarray(image.resize((width, rows.stop - rows.start), Image.Resampling.BICUBIC, box))


def _enlarged(painted: Pixels, size: tuple[int, int]) -> Pixels:
    """`painted` at `size` (width, height)."""
    image = Image.fromarray(painted)
    large = np.empty((size[1], size[0], 3), np.uint8)

    def make(rows: slice, box: Box) -> None:
        large[rows] = _part(image, size[0], rows, box)

    _in_bands(size, image.size, make)
    return large


def _reduced(channel: Pixels, size: tuple[int, int]) -> NDArray[np.float32]:
    """`channel` [H, W] at `size` (width, height)."""
    image = Image.fromarray(channel)
    small = np.empty((size[1], size[0]), np.float32)

    def make(rows: slice, box: Box) -> None:
        small[rows] = _part(image, size[0], rows, box)

    _in_bands(size, image.size, make)
    return small


def _add_enlarged(fine: Pixels, change: NDArray[np.float32]) -> None:
    """Add `change` [h, w], enlarged, to the channel `fine` [H, W] in place."""
    image = Image.fromarray(change)
    size = fine.shape[1], fine.shape[0]

    def make(rows: slice, box: Box) -> None:
        enlarged = _part(image, size[0], rows, box)
        fine[rows] = np.clip(fine[rows] + enlarged + 0.5, 0, 255)

    _in_bands(size, image.size, make)
