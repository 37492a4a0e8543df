"""What stands beside the rows and above the columns of a grid, in English."""

from __future__ import annotations

from collections.abc import Sequence

from stylize.grid.layout import Axis, Grid


def labels(grid: Grid, titles: Sequence[str]) -> tuple[list[str], list[str]]:
    """The labels of the columns and of the rows, a line for each axis; what all cells share is left out.

    `titles` are those of the grid's styles, in their order.
    """

    def text(axis: Axis, index: int) -> str:
        value = grid.values(axis)[index]
        if axis is Axis.PHOTO:
            return grid.photo_name(index)
        if axis is Axis.STYLE:
            return titles[index]
        if axis is Axis.KEEP_COLORS:
            return "the photo's colours" if value else "the painting's colours"
        return f"{axis} {'own size' if value is None else f'{value:g}'}"

    across, down = (
        ["\n".join(text(axis, index) for axis, index in at.items()) for at in grid.varied(axes)]
        for axes in (grid.across, grid.down)
    )
    return across, down
