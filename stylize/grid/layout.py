"""Which photo, style and options stand in each cell of a grid."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from PIL import Image

from stylize.callbacks import Note
from stylize.errors import OptionError
from stylize.grid.numbers import Numbers
from stylize.imaging import Source
from stylize.options import PaintOptions, StyleChoice

MAX_CELLS = 100


class Axis(StrEnum):
    """What may differ from cell to cell."""

    PHOTO = "photo"
    STYLE = "style"
    STRENGTH = "strength"
    BRUSH = "brush"
    KEEP_COLORS = "keep_colors"


@dataclass(frozen=True)
class Place:
    """One cell before it is painted: its row and column, and the numbers of its photo and style, all counted from 0."""

    row: int
    column: int
    photo: int
    style: int
    options: PaintOptions


@dataclass(frozen=True)
class GridCell(Place):
    """One painting of a grid, and the seconds that it took. `notes` are those of its photo (`Picture.notes`).

    `numbers` are there if they were asked for.
    """

    image: Image.Image
    seconds: float
    notes: tuple[Note, ...] = ()
    numbers: Numbers | None = None


@dataclass(frozen=True)
class Grid:
    """Photos and options to compare: every combination of the values given here is one cell.

    The axes named by `columns` run across and the others down; without any it is the styles, or the last axis with
    several values. A brush of None paints a cell at its own size, quickly, as the page's gallery does. Raises
    OptionError or StyleError for an option that is none, an axis without values, or more than `most` cells.
    """

    photos: Sequence[Source]
    styles: Sequence[StyleChoice]
    strengths: Sequence[float] = (PaintOptions.strength,)
    brushes: Sequence[float | None] = (None,)
    keep_colors: Sequence[bool] = (PaintOptions.keep_colors,)
    columns: Sequence[Axis | str] = ()
    most: int = MAX_CELLS

    def __post_init__(self) -> None:
        for axis in Axis:
            if isinstance(self.values(axis), str) or not isinstance(self.values(axis), Sequence):
                raise OptionError(f"The {axis} axis of a grid is {self.values(axis)!r:.80}; give a list of values.")
            if not self.values(axis):
                raise OptionError(f"A grid needs at least one value of each axis, and none is given for {axis}.")
        if isinstance(self.columns, str):
            raise OptionError(f"The columns of a grid are {self.columns!r:.80}; give a list of axes.")
        unknown = [str(name) for name in self.columns if name not in list(Axis)]
        if unknown:
            raise OptionError(f"There is no axis {unknown[0]!r}. Choose {', '.join(Axis)}.")
        count = prod(len(self.values(axis)) for axis in Axis)
        if count > self.most:
            raise OptionError(f"A grid of {count} cells is too large: at most {self.most} are painted. Leave some out.")
        list(self.places())  # checks every option

    def values(self, axis: Axis) -> Sequence[Any]:
        """What an axis has."""
        of_axis: dict[Axis, Sequence[Any]] = {
            Axis.PHOTO: self.photos,
            Axis.STYLE: self.styles,
            Axis.STRENGTH: self.strengths,
            Axis.BRUSH: self.brushes,
            Axis.KEEP_COLORS: self.keep_colors,
        }
        return of_axis[axis]

    @property
    def across(self) -> tuple[Axis, ...]:
        """The axes that run across."""
        if self.columns:
            return tuple(axis for axis in Axis if axis in self.columns)
        several = [axis for axis in Axis if len(self.values(axis)) > 1]
        return (Axis.STYLE,) if Axis.STYLE in several or not several else (several[-1],)

    @property
    def down(self) -> tuple[Axis, ...]:
        """The axes that run down."""
        return tuple(axis for axis in Axis if axis not in self.across)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return len(self._combinations(self.across)), len(self._combinations(self.down))

    def places(self) -> Iterator[Place]:
        """All cells, row by row."""
        for row, below in enumerate(self._combinations(self.down)):
            for column, beside in enumerate(self._combinations(self.across)):
                at = {**below, **beside}
                value = {axis: self.values(axis)[index] for axis, index in at.items()}
                options = PaintOptions(
                    value[Axis.STYLE], value[Axis.STRENGTH], value[Axis.KEEP_COLORS], value[Axis.BRUSH]
                )
                yield Place(row, column, at[Axis.PHOTO], at[Axis.STYLE], options)

    def photo_name(self, number: int) -> str:
        """What a photo is called: its file's name, as text, or "photo 1"."""
        photo = self.photos[number]
        if not isinstance(photo, str | os.PathLike):
            return f"photo {number + 1}"
        return os.fsencode(Path(photo).name).decode("utf-8", "replace")  # a file's name need not be text

    def varied(self, axes: Sequence[Axis]) -> list[dict[Axis, int]]:
        """For each row (`down`) or column (`across`), which value it has of those axes that have several."""
        return [
            {axis: index for axis, index in at.items() if len(self.values(axis)) > 1} for at in self._combinations(axes)
        ]

    def _combinations(self, axes: Sequence[Axis]) -> list[dict[Axis, int]]:
        """Every combination of the values of some axes, as their numbers."""
        numbers = (range(len(self.values(axis))) for axis in axes)
        return [dict(zip(axes, chosen, strict=True)) for chosen in product(*numbers)]
