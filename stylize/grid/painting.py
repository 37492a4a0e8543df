"""The cells of a grid, painted one by one, or several at once on the threads that nothing else needs."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from numbers import Real

import numpy as np

from stylize import imaging
from stylize.callbacks import CancelCheck
from stylize.errors import OptionError, StylizeError
from stylize.grid.cell_photo import CellPhoto
from stylize.grid.layout import Grid, GridCell, Place
from stylize.grid.numbers import Numbers
from stylize.imaging import Pixels
from stylize.inference.engine_protocol import StyleEngine
from stylize.inference.session import Device
from stylize.options import PaintOptions, StyleChoice

Measure = Callable[[Pixels, Pixels, StyleChoice, float], Numbers]  # painted, photo, style, seconds


def paint_cells(
    grid: Grid,
    engine: Callable[[PaintOptions], StyleEngine],
    size: int,
    device: Device,
    cancelled: CancelCheck | None,
    measure: Measure | None,
    first: Collection[int] = (),
) -> Iterator[GridCell]:
    """The cells of `grid`, longer side `size` pixels; each photo is read once. `measure` numbers them.

    Row by row: of the columns `first`, then of the others. Small pictures gain little from several threads: while
    `device` has threads that nothing else uses, the next cells are painted beside the one that is waited for.
    Raises OptionError, PictureError, StyleError, NetworkError or Cancelled.
    """
    places = ordered_places(grid, size, first)
    engines = [engine(place.options) for place in places]
    photos: dict[int, CellPhoto] = {}
    waiting: deque[Future[GridCell]] = deque()
    upcoming = deque(zip(places, engines, strict=True))

    def begin() -> Future[GridCell]:
        place, painter = upcoming.popleft()
        if place.photo not in photos:
            photos[place.photo] = CellPhoto(imaging.read(grid.photos[place.photo]), size, grid.brushes)
        return _begun(pool, device, partial(paint_cell, place, photos[place.photo], painter, cancelled, measure))

    with ThreadPoolExecutor(device.threads, "grid") as pool:
        try:
            while upcoming or waiting:
                while upcoming and (not waiting or (device.has_room and len(waiting) < device.threads)):
                    try:
                        waiting.append(begin())
                    except StylizeError as error:  # told in its turn, after the cells before it
                        waiting.append(_failed(error))
                        upcoming.clear()
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


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
    image = photo.at_cell_size(picture.with_pixels(painted).as_image())
    seconds = time.perf_counter() - started
    numbers = None
    if measure is not None:
        pixels = np.asarray(image.convert("RGB"))
        numbers = measure(pixels, photo.at_brush(None).pixels, place.options.style, seconds)
    return GridCell(**vars(place), image=image, seconds=seconds, notes=photo.notes, numbers=numbers)


def _begun(pool: ThreadPoolExecutor, device: Device, paint: Callable[[], GridCell]) -> Future[GridCell]:
    """`paint`, begun in the pool, and counted among what the device paints from this moment on."""
    shared = device.shared()
    shared.__enter__()
    cell = pool.submit(paint)
    cell.add_done_callback(lambda _: shared.__exit__(None, None, None))
    return cell


def _failed(error: StylizeError) -> Future[GridCell]:
    cell: Future[GridCell] = Future()
    cell.set_exception(error)
    return cell
