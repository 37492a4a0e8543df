"""Grids of paintings to compare: which photo, style and options stand in each cell, and a grid as one file."""

from stylize.grid.layout import Axis, Grid, GridCell
from stylize.grid.numbers import NUMBERS, Numbers

__all__ = ["NUMBERS", "Axis", "Grid", "GridCell", "Numbers"]
