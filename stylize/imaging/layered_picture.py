"""Pictures laid over each other by shares that sum to 255."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stylize.cpu import in_bands
from stylize.imaging.picture import Pixels

SIDE = 128  # pixels of a square: where one picture has all of it, it is copied


class LayeredPicture:
    """A picture in the making. Squares that several pictures share are summed in 16 bits, and only these."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        """For a picture [H, W, 3]."""
        self._pixels = np.zeros(shape, np.uint8)
        self._sums: dict[tuple[int, int], NDArray[np.uint16]] = {}  # 255 times the picture, by top and left

    def lay(self, part: Pixels, share: Pixels, top: int = 0, left: int = 0) -> None:
        """Add what `share` [H, W] has, 0..255, of `part` [h, w, 3], which lies at `top` and `left`.

        Beside the part no share may be more than 0.
        """
        height, width = share.shape

        def band(rows: slice) -> None:
            for y in range(rows.start, rows.stop, SIDE):
                for x in range(0, width, SIDE):
                    # the square, cut by the part
                    up, down = max(y, top), min(y + SIDE, height, top + part.shape[0])
                    before, after = max(x, left), min(x + SIDE, width, left + part.shape[1])
                    if up < down and before < after:
                        own = part[up - top : down - top, before - left : after - left]
                        self._lay_square(
                            (y, x), own, share[up:down, before:after], slice(up, down), slice(before, after)
                        )

        in_bands(height, band)

    def _lay_square(
        self, square: tuple[int, int], part: Pixels, share: Pixels, rows: slice, columns: slice
    ) -> None:  # fmt: skip
        """Add a part of one square, which lies in these rows and columns of the picture."""
        if not share.any():
            return
        if square not in self._sums and share.min() == 255:
            self._pixels[rows, columns] = part
            return
        y, x = square
        if square not in self._sums:
            self._sums[square] = np.multiply(self._pixels[y : y + SIDE, x : x + SIDE], 255, dtype=np.uint16)
        inside = slice(rows.start - y, rows.stop - y), slice(columns.start - x, columns.stop - x)
        self._sums[square][inside] += part * share[..., None].astype(np.uint16)

    def finished(self) -> Pixels:
        """The picture [H, W, 3]."""
        for (y, x), sums in self._sums.items():
            sums += np.uint16(127)
            sums += np.uint16(1) + (sums >> np.uint16(8))  # divided by 255, without a division
            self._pixels[y : y + SIDE, x : x + SIDE] = sums >> np.uint16(8)
        return self._pixels
