"""The cells of a grid, painted one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from numbers import Real

import numpy as np

from stylize import imaging
from stylize.callbacks import CancelCheck
from stylize.errors import OptionError
from stylize.grid.cell_photo import CellPhoto
from stylize.grid.layout import Grid, GridCell, Place
from stylize.grid.numbers import Numbers
from stylize.imaging import Pixels
from stylize.inference.engine_protocol import StyleEngine
from stylize.options import PaintOptions, StyleChoice

Measure = Callable[[Pixels, Pixels, StyleChoice, float], Numbers]  # painted, photo, style, seconds


def paint_cells(
    grid: Grid,
    engine: Callable[[PaintOptions], StyleEngine],
    size: int,
    cancelled: CancelCheck | None,
    measure: Measure | None,
    first: Collection[int] = (),
) -> Iterator[GridCell]:
    """The cells of `grid`, longer side `size` pixels; each photo is read once. `measure` numbers them.

    Row by row: of the columns `first`, then of the others.
    Raises OptionError, PictureError, StyleError, NetworkError or Cancelled.
    """
    places = ordered_places(grid, size, first)
    engines = [engine(place.options) for place in places]
    photos: dict[int, CellPhoto] = {}
    for place, painter in zip(places, engines, strict=True):
        if place.photo not in photos:
            photos[place.photo] = CellPhoto(imaging.read(grid.photos[place.photo]), size, grid.brushes)
        yield paint_cell(place, photos[place.photo], painter, cancelled, measure)


def ordered_places(grid: Grid, size: int, first: Collection[int]) -> list[Place]:
    """The cells in the order of painting: of the columns `first`, then others. Raises OptionError for a bad size."""
    if isinstance(size, bool) or not isinstance(size, Real) or not 1 <= size <= imaging.MAX_SIDE:
        raise OptionError(f"The size is {str(size)[:80]}; it must be from 1 to {imaging.MAX_SIDE} pixels.")
    return sorted(grid.places(), key=lambda place: place.column not in first)


def paint_cell(
    place: Place, photo: CellPhoto, painter: StyleEngine, cancelled: CancelCheck | None, measure: Measure | None
) -> GridCell:
    """One cell, from its photo. Raises NetworkError or Cancelled."""
    picture = photo.at_brush(place.options.brush)
    started = time.perf_counter()
    painted = painter.paint(picture.pixels, cancelled=cancelled)
    if place.options.keep_colors:
        painted = imaging.recolor(painted, picture.pixels)
    image = photo.at_cell_size(picture.with_pixels(painted))
    seconds = time.perf_counter() - started
    numbers = None
    if measure is not None:
        pixels = np.asarray(image.convert("RGB"))
        numbers = measure(pixels, photo.at_brush(None).pixels, place.options.style, seconds)
    return GridCell(**vars(place), image=image, seconds=seconds, notes=photo.notes, numbers=numbers)
