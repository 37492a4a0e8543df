"""The numbers beside the cells of a finished grid: asked for by one button, with a sentence for each, and sorted by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from stylize.grid import NUMBERS, Grid, GridCell
from stylize.grid.archive import read_images, write_archive
from stylize.grid.cell_photo import CellPhoto
from stylize.web import theme
from stylize.web.app_context import AppContext, session_id
from stylize.web.components.request_status import request_status
from stylize.web.locale import catalog
from stylize.web.locale.markup import element
from stylize.web.services import results
from stylize.web.services.requests import Request

KIND, GRID = "grid_numbers", "grid"  # of request: for the numbers, and for the grid that they are of

ViewValue = dict[str, Any]  # what static/grid_numbers.js shows


@dataclass(frozen=True)
class PaintedGrid:
    """What is kept of a finished grid: its photos' paths, the seconds of its cells row by row, and its ZIP."""

    grid: Grid
    seconds: tuple[float, ...]
    archive: Path
    names: tuple[str, ...]


@dataclass(frozen=True)
class GridNumbers:
    """The components. `asked` changes when numbers are wanted: the number of a grid's request, and when."""

    view: gr.HTML
    asked: gr.Textbox


def build() -> GridNumbers:
    """The sentences, seen once there are numbers."""
    asked = gr.Textbox(visible="hidden", elem_id="grid-numbers-asked")
    terms = "".join(
        f"<div><dt>{element(f'number_{name}', 'button', type='button', data_number=name, aria_pressed='false')}</dt>"
        f"{element(f'number_{name}_info', 'dd')}</div>"
        for name in NUMBERS
    )
    legend = f'<div class="number-legend">{element("number_sort", "p")}<dl>{terms}</dl></div>'
    view = gr.HTML(
        _view(0, [], complete=True),
        html_template=request_status(KIND) + legend,
        js_on_load=theme.static("grid_numbers.js"),
        apply_default_css=False,
        elem_id="grid-numbers",
    )
    return GridNumbers(view, asked)


def answer_handler(app: AppContext) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that numbers the cells of a finished grid; it yields the view and the ZIP's download."""

    def failed(asked: Request, sentence: str) -> tuple[Any, ...]:
        return _view(asked.number, [], complete=True, error=sentence), gr.skip()

    def answer(request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from app.answers(request, KIND, lambda asked: _measure(app, asked, request), failed)

    return answer


def _measure(app: AppContext, asked: Request, request: gr.Request) -> Iterator[tuple[Any, ...]]:
    """Raises StylizeError."""

    session = session_id(request)
    made: PaintedGrid | None = app.requests.finished(session, GRID, asked.content)
    if made is None or not made.archive.is_file():
        sentence = catalog.translate("number_old", request)
        yield _view(asked.number, [], complete=True, error=sentence), gr.skip()
        return
    photos: dict[int, CellPhoto] = {}
    cells: list[GridCell] = []
    shown: list[Any] = []
    for place, image, seconds in zip(made.grid.places(), read_images(made.archive), made.seconds, strict=True):
        if asked.cancelled() or app.requests.finished(session, GRID, asked.content) is not made:
            return
        if place.photo not in photos:
            _, picture = app.read_picture(str(made.grid.photos[place.photo]))
            photos[place.photo] = CellPhoto(picture, app.config.tile_size, [])
        pixels = np.asarray(image.convert("RGB"))
        photo = photos[place.photo].at_brush(None).pixels
        numbers = app.painter.numbers(pixels, photo, place.options.style, seconds)
        cells.append(GridCell(**vars(place), image=image, seconds=seconds, numbers=numbers))
        shown.append([place.row, place.column, numbers.texts()])
        yield _view(asked.number, shown), gr.skip()
    photo_path = str(made.grid.photos[0])
    archive = write_archive(results.new_path(made.archive.name, photo_path), made.grid, cells, made.names)
    yield _view(asked.number, shown, complete=True), gr.DownloadButton(value=str(archive))


def _view(number: int, numbers: list[Any], complete: bool = False, error: str = "") -> ViewValue:
    """`numbers` are rows, columns, and the texts of `NUMBERS`; an `error` is a sentence."""
    return {"request": number, "numbers": list(numbers), "complete": complete, "error": error}
