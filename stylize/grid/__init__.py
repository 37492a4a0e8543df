"""Grids of paintings to compare: which photo, style and options stand in each cell, and a grid as one file."""

from stylize.grid.layout import Axis, Grid, GridCell

__all__ = ["Axis", "Grid", "GridCell"]
