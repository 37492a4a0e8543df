"""Bring a painting to the photo's size and keep it crisp: coarse to fine.

A painting is made at the working size, because strokes have a fixed size in pixels. Enlarged, its edges are blurred;
painted once more at full size, they are edges of strokes again. What the second painting changes at the scale of the
first is taken back, so the large picture, made smaller, is the small one: a preview does not lie.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from stylize.painter import PainterNetwork
from stylize.pictures import Pixels, resize
from stylize.styles import Vector
from stylize.tiles import Progress, Question, paint_tiled

BAND = 256  # rows corrected at a time


def enlarge(
    network: PainterNetwork,
    painted: Pixels,
    size: tuple[int, int],
    vector: Vector,
    progress: Progress | None = None,
    cancelled: Question | None = None,
) -> Pixels:
    """`painted` [h, w, 3] at `size` (width, height), painted again there with the style `vector`."""
    large = resize(painted, size)
    folded = network.fold(vector, network.sample(large, vector))
    fine = paint_tiled(network, large, folded, progress, cancelled)
    del large
    height, width = painted.shape[:2]
    change = painted.astype(np.float32) - resize(fine, (width, height))
    _add_enlarged(fine, change)
    return fine


def _add_enlarged(fine: Pixels, change: np.ndarray) -> None:
    """Add `change` [h, w, 3] float32, enlarged, to `fine` [H, W, 3] in place, a band at a time."""
    height, width = fine.shape[:2]
    channels = [Image.fromarray(np.ascontiguousarray(change[..., i])) for i in range(3)]
    ratio = change.shape[0] / height
    for top in range(0, height, BAND):
        band = fine[top : top + BAND]
        box = (0, top * ratio, change.shape[1], (top + len(band)) * ratio)
        for i, channel in enumerate(channels):
            enlarged = np.asarray(channel.resize((width, len(band)), Image.Resampling.BICUBIC, box))
            band[..., i] = np.clip(band[..., i] + enlarged + 0.5, 0, 255)
