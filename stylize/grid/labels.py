"""What stands beside the rows and above the columns of a grid, in English."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stylize.grid.layout import Axis, Grid
from stylize.options import StyleChoice


def labels(grid: Grid, title: Callable[[StyleChoice], str]) -> tuple[list[str], list[str]]:
    """The labels of the columns and of the rows, a line for each axis; what all cells share is left out.

    `title` names a style or blend.
    """

    def text(axis: Axis, value: Any) -> str:
        if axis is Axis.PHOTO:
            return Path(value).name if isinstance(value, str | os.PathLike) else f"photo {_number(grid, value)}"
        if axis is Axis.STYLE:
            return title(value)
        if axis is Axis.KEEP_COLORS:
            return "the photo's colours" if value else "the painting's colours"
        return f"{axis} {'own size' if value is None else f'{value:g}'}"

    across, down = (
        ["\n".join(text(axis, value) for axis, value in at.items()) for at in grid.varied(axes)]
        for axes in (grid.across, grid.down)
    )
    return across, down


def _number(grid: Grid, photo: Any) -> int:
    """Which of the photos this one is, counted from 1."""
    return next(number for number, one in enumerate(grid.photos, 1) if one is photo)
