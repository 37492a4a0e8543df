"""Paint a picture of any size in tiles, exactly: every pixel is the one that painting the whole at once gives.

Folded networks are plain convolutions, so a pixel depends only on its receptive field. A tile is painted with a
border of the painter's `halo` pixels of its surroundings; only at the picture's own border is that a reflection.

Larger tiles paint less twice and need more memory. For the painter, which reaches 197 pixels:

    pixels of a run, million    1.9   3.0   4.0   5.4   6.9
    12 megapixels are painted  1.78  1.54  1.30  1.30  1.14 times
    48 megapixels are painted  1.93  1.63  1.48  1.40  1.31 times
    MB in float32               135   213   284   383   490
    MB in int8                   55    87   116   157   200

So 12 megapixels are four tiles in float32 and two in int8.

Counted for a reach of 185 and not built: the deep levels, first, in tiles of their own (their reach is what is large),
then the shallow ones with a border of 32. In two passes (pixels to an eighth; pixels and that to the painting) the
first layers are computed twice, and what sets the memory of the first pass is its largest layers again: 1.31 times at
160 MB, 1.25 at 280. In three passes (pixels to an eighth; deep levels there; pixels and these to the painting) it is
1.32 times at 144 MB, 1.22 at 250. One pass has 1.28 at 277 MB, with one network instead of three.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from stylize.callbacks import CancelCheck, ProgressCallback, raise_if_cancelled, report
from stylize.imaging import SQUARE, Pixels, squares
from stylize.inference.painter import FoldedStyle, OnnxPainter
from stylize.inference.reflection import window
from stylize.styles import Vector

# Bytes that one run may take, by precision, of a painter with deep levels and of one without: that one has no halo, so
# that smaller tiles cost little, and they run faster.
RUN_BYTES = {"float32": (290_000_000, 150_000_000), "int8": (200_000_000, 60_000_000)}

CLOSE = 16  # pixels: how close a part of a tile lies around what is seen of it
AROUND = 24  # pixels around what is seen that are painted, too: enlarging looks at neighbours


def paint_normalized(
    painter: OnnxPainter,
    pixels: Pixels,
    vector: Vector,
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
    seen: Pixels | None = None,
    in_place: bool = False,
) -> Pixels:
    """Paint `pixels` [H, W, 3] with a style vector, normalised by what the picture itself has.

    That is exact where measuring the whole costs less than measuring a sample and painting in tiles. The other
    parameters are as in `paint_tiled`; a picture that is painted whole is painted everywhere, and not in place.
    """
    if pixels.shape[0] * pixels.shape[1] > painter.max_whole:
        folded = painter.fold(vector, painter.sample(pixels, vector))
        return paint_tiled(painter, pixels, folded, progress, cancelled, seen=seen, in_place=in_place)
    raise_if_cancelled(cancelled)
    painted, _ = painter.measure(pixels, vector)
    report(progress, 1.0)
    return painted


def paint_tiled(
    painter: OnnxPainter,
    pixels: Pixels,
    folded: FoldedStyle,
    progress: ProgressCallback | None = None,
    cancelled: CancelCheck | None = None,
    limit: int | None = None,
    seen: Pixels | None = None,
    in_place: bool = False,
) -> Pixels:
    """Paint `pixels` [H, W, 3] with a folded style; memory beside input and output is bounded by the tile.

    `limit` is the number of pixels that one run may see, by default what `RUN_BYTES` allows. `progress` is told the
    share done (0..1) after each tile; when `cancelled` answers True before a tile, Cancelled is raised. Where `seen`
    [H, W] is 0 pixels may stay as they are: of each tile only boxes around the others are painted. What is painted
    `in_place` lies in `pixels` itself afterwards, unless `seen` is given, too; cancelled, it is in part.
    """
    height, width = pixels.shape[:2]
    halo, pad, multiple = painter.halo, painter.pad, painter.multiple
    if limit is None:
        deep, shallow = RUN_BYTES["float32" if folded.int8 is None else "int8"]
        limit = (deep if painter.is_deep else shallow) // painter.bytes_per_pixel(folded)
    rows = _Unpainted(pixels, halo + pad, multiple) if in_place and seen is None else None
    painted = pixels if rows is not None else np.empty_like(pixels) if seen is None else pixels.copy()
    boxes = list(tile_boxes(height, width, limit, halo, pad, multiple))
    if seen is not None:
        boxes = [part for box in boxes for part in _seen_parts(box, seen, multiple, 2 * (halo + pad))]
    for done, (top, bottom, left, right) in enumerate(boxes):
        raise_if_cancelled(cancelled)
        # rows and columns of the reflected picture, whose first is `pad` ahead of the picture's
        first_row, first_column = max(0, top - halo), max(0, left - halo)
        last_row = min(bottom + -bottom % multiple + halo, height + -height % multiple) + pad
        last_column = min(right + -right % multiple + halo, width + -width % multiple) + pad
        source, above = (pixels, 0) if rows is None else rows.around(top, bottom)
        part = window(source, first_row - pad - above, last_row - above, first_column - pad, last_column)
        whole = painter.paint_reflected(part, folded, first_row, first_column)
        y, x = top - first_row, left - first_column
        painted[top:bottom, left:right] = whole[y : y + bottom - top, x : x + right - left]
        report(progress, (done + 1) / len(boxes))
    if not boxes:
        report(progress, 1.0)
    return painted


class _Unpainted:
    """The rows around a band of tiles as they were, while a picture is painted in place from top to bottom.

    A tile sees `border` pixels on every side, and goes on to a multiple of `multiple` at the bottom.
    """

    def __init__(self, pixels: Pixels, border: int, multiple: int) -> None:
        self._pixels = pixels
        self._below = border + multiple
        self._above = border + self._below + 1  # a band of a single row reflects so much of those before it
        self._top = -1
        self._rows = pixels[:0]  # of the picture, from `_first` on
        self._first = 0

    def around(self, top: int, bottom: int) -> tuple[Pixels, int]:
        """Rows [N, W, 3] that hold all that tiles between `top` and `bottom` see, and the first one's place."""
        if top != self._top:
            first = max(0, top - self._above)
            above = self._rows[first - self._first : top - self._first]
            self._rows = np.concatenate([above, self._pixels[top : bottom + self._below]])
            self._top, self._first = top, first
        return self._rows, self._first


def _seen_parts(
    box: tuple[int, int, int, int], seen: Pixels, multiple: int, border: int
) -> Iterator[tuple[int, int, int, int]]:
    """Parts of a tile that hold what is seen of it; they start at multiples of `multiple`, as tiles do.

    Each is painted with `border` pixels more, of both sides together.
    """
    top, bottom, left, right = box
    shown = squares(seen[top:bottom, left:right], CLOSE)
    each = SQUARE // CLOSE
    for rows, columns in _covered(squares(shown, each), border / SQUARE):
        inside = shown[rows[0] * each : rows[1] * each, columns[0] * each : columns[1] * each]
        (first, last), (start, end) = (np.flatnonzero(inside.any(axis))[[0, -1]].tolist() for axis in (1, 0))
        y, x = rows[0] * each, columns[0] * each
        yield (
            top + max(0, (y + first) * CLOSE - AROUND) // multiple * multiple,
            min(bottom, top + (y + last + 1) * CLOSE + AROUND),
            left + max(0, (x + start) * CLOSE - AROUND) // multiple * multiple,
            min(right, left + (x + end + 1) * CLOSE + AROUND),
        )


_Span = tuple[int, int]  # first, and last + 1


def _covered(shown: NDArray[np.bool_], border: float) -> list[tuple[_Span, _Span]]:
    """Boxes (rows, columns) that cover the cells [H, W] that are shown: what is shown of bands of some height.

    Of all heights it is the one with the least to paint, `border` cells around each box included.
    """
    ways = []
    for tall in range(1, len(shown) + 1):
        boxes = _joined(
            box for top in range(0, len(shown), tall) for box in _runs(shown[top : top + tall], top, border)
        )
        ways.append((sum((rows[1] - rows[0] + border) * (over[1] - over[0] + border) for rows, over in boxes), boxes))
    return min(ways, key=lambda way: way[0])[1]


def _joined(boxes: Iterable[tuple[_Span, _Span]]) -> list[tuple[_Span, _Span]]:
    """Boxes that come in the order of their rows; those that continue another one are one with it."""
    joined: list[tuple[_Span, _Span]] = []
    for rows, columns in boxes:
        above = next((i for i, (r, c) in enumerate(joined) if c == columns and r[1] == rows[0]), None)
        if above is None:
            joined.append((rows, columns))
        else:
            joined[above] = (joined[above][0][0], rows[1]), columns
    return joined


def _runs(band: NDArray[np.bool_], top: int, border: float) -> Iterator[tuple[_Span, _Span]]:
    """What is shown of a band, whose first row is `top`: boxes, between which more is hidden than their border."""
    columns = np.flatnonzero(band.any(0))
    if not len(columns):
        return
    for run in np.split(columns, np.flatnonzero(np.diff(columns) > border + 1) + 1):
        left, right = int(run[0]), int(run[-1]) + 1
        rows = np.flatnonzero(band[:, left:right].any(1))
        yield (top + int(rows[0]), top + int(rows[-1]) + 1), (left, right)


def tile_boxes(
    height: int, width: int, limit: int, halo: int, pad: int, multiple: int
) -> Iterator[tuple[int, int, int, int]]:
    """(top, bottom, left, right) of tiles that cover a picture; alike in size, starting at multiples of `multiple`.

    With `halo` pixels of the picture around it and `pad` more, no tile has more pixels than `limit`, unless that is too
    little for any; the shape of the tiles is the one that paints least twice.
    """
    limit = max(limit, (multiple + 2 * (halo + pad)) ** 2)
    best: tuple[int, int, int] | None = None  # pixels painted, height and width of a tile
    for rows in range(1, -(-height // multiple) + 1):
        tall = _side(height, rows, multiple)
        high = height + 2 * (rows * pad + (rows - 1) * halo)  # of all rows together
        if best is not None and high * (width + 2 * pad) >= best[0]:
            break
        room = limit // (tall + min(rows - 1, 2) * halo + 2 * pad) - 2 * pad
        if columns := _fewest(width, room, halo, multiple):
            across = width + 2 * (columns * pad + (columns - 1) * halo)
            found = (high * across, tall, _side(width, columns, multiple))
            best = found if best is None else min(best, found)
    assert best is not None  # the last count of rows has room for a column of the least width
    for top in range(0, height, best[1]):
        for left in range(0, width, best[2]):
            yield top, min(top + best[1], height), left, min(left + best[2], width)


def _side(length: int, count: int, multiple: int) -> int:
    """The side of each of `count` tiles that cover `length` pixels."""
    side = -(-length // count)
    return side + -side % multiple


def _fewest(length: int, room: int, halo: int, multiple: int) -> int:
    """Into how many tiles at least `length` pixels are cut, where one and its halos have `room` pixels; 0: no number.

    Two tiles have a halo on one side, more of them on both.
    """
    for count in (1, 2):
        if _side(length, count, multiple) + (count - 1) * halo <= room:
            return count
    widest = (room - 2 * halo) // multiple * multiple
    return -(-length // widest) if widest > 0 else 0
