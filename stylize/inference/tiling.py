"""Paint a picture of any size in tiles, exactly: every pixel is the one that painting the whole at once gives.

Folded networks are plain convolutions, so a pixel depends only on its receptive field. A tile is painted with a
border of the painter's `halo` pixels of its surroundings; only at the picture's own border is that a reflection.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stylize.callbacks import CancelCheck, ProgressCallback, raise_if_cancelled, report
from stylize.imaging import Pixels
from stylize.inference.painter import FoldedStyle, OnnxPainter
from stylize.inference.reflection import window

# Sides of the largest square tiles, pixels; multiples of 4. Larger ones paint less twice, and bytes need less memory.
SIDES = 1024, 1792  # in float32, in int8


def paint_tiled(
    painter: OnnxPainter,
    pixels: Pixels,
    folded: FoldedStyle,
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
    tile: int | None = None,
) -> Pixels:
    """Paint `pixels` [H, W, 3] with a folded style; memory beside input and output is bounded by the tile.

    `tile` is the side of the largest square tile, by default that of the precision. `progress` is told the share done
    (0..1) after each tile; when `cancelled` answers True before a tile, Cancelled is raised.
    """
    height, width = pixels.shape[:2]
    halo, pad, multiple = painter.halo, painter.pad, painter.multiple
    painted = np.empty_like(pixels)
    boxes = list(tile_boxes(height, width, tile or SIDES[folded.calibration is not None], halo + pad, multiple))
    for done, (top, bottom, left, right) in enumerate(boxes):
        raise_if_cancelled(cancelled)
        # rows and columns of the reflected picture, whose first is `pad` ahead of the picture's
        first_row, first_column = max(0, top - halo), max(0, left - halo)
        last_row = min(bottom + -bottom % multiple + halo, height + -height % multiple) + pad
        last_column = min(right + -right % multiple + halo, width + -width % multiple) + pad
        part = window(pixels, first_row - pad, last_row, first_column - pad, last_column)
        whole = painter.paint_reflected(part, folded, first_row, first_column)
        y, x = top - first_row, left - first_column
        painted[top:bottom, left:right] = whole[y : y + bottom - top, x : x + right - left]
        report(progress, (done + 1) / len(boxes))
    return painted


def tile_boxes(height: int, width: int, tile: int, border: int, multiple: int) -> Iterator[tuple[int, int, int, int]]:
    """(top, bottom, left, right) of tiles that cover a picture; alike in size, starting at multiples of `multiple`.

    None has more pixels than a square of side `tile`; their shape is the one that paints least twice, with `border`
    pixels around each.
    """

    def side(length: int, count: int) -> int:
        length = -(-length // count)
        return length + -length % multiple

    shapes = []
    for count in range(1, -(-height // tile) + 1):
        tall = side(height, count)
        if widest := tile * tile // tall // multiple * multiple:
            across = -(-width // widest)
            wide = side(width, across)
            shapes.append((count * across * (tall + 2 * border) * (wide + 2 * border), tall, wide))
    _, tall, wide = min(shapes)
    for top in range(0, height, tall):
        for left in range(0, width, wide):
            yield top, min(top + tall, height), left, min(left + wide, width)
