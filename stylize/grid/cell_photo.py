"""A photo as the cells of a grid need it: read once, and no larger than any of them paints it."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from stylize.imaging import Picture, working_size


class CellPhoto:
    """`size` is the longer side of a cell, pixels; where one of `brushes` is finer, more of `picture` is kept."""

    def __init__(self, picture: Picture, size: int, brushes: Sequence[float | None]) -> None:
        ratio = min(1.0, size / max(picture.size))
        self._cell = (max(1, round(picture.size[0] * ratio)), max(1, round(picture.size[1] * ratio)))
        self._working = {float(brush): max(self._cell, working_size(picture.size, brush)) for brush in brushes if brush}
        self.notes = picture.notes
        self._picture = picture.resized(max([self._cell, *self._working.values()]))

    def at_brush(self, brush: float | None) -> Picture:
        """The picture that is painted with this brush: at a cell's size, or larger where the brush is finer."""
        return self._picture.resized(self._cell if brush is None else self._working[float(brush)])

    def at_cell_size(self, painted: Image.Image) -> Image.Image:
        """What was painted, at a cell's size."""
        return painted if painted.size == self._cell else painted.resize(self._cell, Image.Resampling.BICUBIC)
