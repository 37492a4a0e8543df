"""The grid of the comparison: chosen styles across, one setting down, every cell a painting of the visitor's photo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from stylize.errors import OptionError, PictureError
from stylize.grid import Axis, Grid, GridCell
from stylize.grid.archive import write_archive
from stylize.grid.cell_photo import CellPhoto
from stylize.grid.labels import labels
from stylize.grid.sheet import Sheet
from stylize.imaging import Picture, Source
from stylize.options import StyleChoice
from stylize.web import theme
from stylize.web.app_context import AppContext, OwnStyles
from stylize.web.components.controls import style_choices
from stylize.web.components.grid_numbers import GRID, PaintedGrid
from stylize.web.components.photo_input import MOST_PHOTOS
from stylize.web.components.request_status import request_status
from stylize.web.hosting import gradio_hooks
from stylize.web.locale import catalog
from stylize.web.locale.catalog import i18n
from stylize.web.locale.markup import element
from stylize.web.services import results
from stylize.web.services.pace import Pace
from stylize.web.services.requests import Request
from stylize.web.share import ControlValues, GridAxes, control_values

KIND = GRID  # of request
MAX_STYLES = 20  # with the longest of `ROWS` that is within the most cells that are painted
FIRST_STYLES = 4  # chosen until a visitor chooses
ROWS: dict[str, tuple[Any, ...]] = {
    Axis.STRENGTH: (0.25, 0.5, 0.75, 1.0),
    Axis.BRUSH: (0.5, 1.0, 2.0, 3.0),
    Axis.KEEP_COLORS: (False, True),
    Axis.PHOTO: (),  # those of the visitor
}
ROW_NAMES = {name: "photos" if name == Axis.PHOTO else name for name in ROWS}  # keys of messages
DOWNLOADS = (".png", ".pdf", ".zip")

ViewValue = dict[str, Any]  # what static/comparison_grid.js shows

_VIEW = (
    request_status(KIND)
    + '<div class="grid-tools" role="group">'
    + element("grid_numbers", "button", type="button", class_="grid-number", disabled="")
    + element("grid_magnify", "button", type="button", class_="grid-magnify", aria_pressed="false")
    + '</div><div class="grid-scroll"><table class="grid-table"><thead></thead><tbody></tbody></table></div>'
)


@dataclass(frozen=True)
class ComparisonGrid:
    """The components."""

    more: gr.JSON  # what the browser knows of a request: paths of all photos, and the styles of the grid on show
    styles: gr.Dropdown
    rows: gr.Dropdown
    start: gr.Button
    retry: gr.Textbox  # changes when a visitor wants to try again
    view: gr.HTML
    downloads: tuple[gr.DownloadButton, ...]

    @property
    def outputs(self) -> list[Any]:
        """In the order of what `answer_handler` yields."""
        return [self.view, *self.downloads]


def build(app: AppContext) -> ComparisonGrid:
    """The choice of styles and rows, and no grid yet."""
    more, retry = gr.JSON({}, visible=False), gr.Textbox(visible="hidden", elem_id="grid-retry")
    gr.HTML(
        element("grid_head", "h3") + element("grid_info", "p"),
        js_on_load=None,
        apply_default_css=False,
        elem_classes="tab-head",
    )
    with gr.Row(elem_id="grid-choice"):
        styles = gr.Dropdown(
            style_choices(app, {})[1:],
            value=[style.id for style in app.some_styles(FIRST_STYLES)],
            multiselect=True,
            max_choices=MAX_STYLES,
            label=i18n("grid_styles"),
            elem_id="grid-styles",
            elem_classes="choice-list",
        )
        rows = gr.Dropdown(
            [(i18n(key), name) for name, key in ROW_NAMES.items()], value=Axis.STRENGTH.value, label=i18n("grid_rows"),
            filterable=False, elem_id="grid-rows", elem_classes="choice-list",
        )  # fmt: skip
        setattr(rows, "preprocess", row_name)  # noqa: B010
        start = gr.Button(i18n("grid_start"), variant="primary", elem_id="grid-start")
    view = gr.HTML(
        _view(0, complete=True),
        html_template=_VIEW,
        js_on_load=theme.static("comparison_grid.js"),
        apply_default_css=False,
        elem_id="grid",
    )
    with gr.Row(elem_id="grid-downloads"):
        downloads = tuple(
            gr.DownloadButton(i18n(f"grid_{ending[1:]}"), visible=False, elem_id=f"grid-{ending[1:]}")
            for ending in DOWNLOADS
        )
    return ComparisonGrid(more, styles, rows, start, retry, view, downloads)


def row_name(value: Any) -> str:
    """The name of what changes from row to row: in a tab that is opened by a button, Gradio sends its label instead."""
    for name, key in ROW_NAMES.items():
        if value in (name, *(one.messages[key] for one in catalog.CATALOGS.values())):
            return str(name)
    return Axis.STRENGTH.value


@dataclass(frozen=True)
class GridRequest:
    """What a grid depends on: `rows` is a key of `ROWS`; what is not varied is as in the viewer's controls.

    `photos` are all photos of the visitor, `shown` the styles of the grid on show: the others are painted first.
    """

    photo: str | None
    own_styles: OwnStyles
    styles: Sequence[str]
    rows: str
    chosen: ControlValues
    photos: Sequence[str] = ()
    shown: Sequence[str] = ()


def update_styles_handler(app: AppContext) -> Callable[..., Any]:
    """The handler of changed own styles: what can be chosen, and what is gone is chosen no more."""

    def update(own_styles: OwnStyles, chosen: Sequence[str], request: gr.Request) -> Any:
        registry = app.registry(own_styles)
        choices = style_choices(app, own_styles, request)[1:]
        return gr.Dropdown(choices=choices, value=[name for name in chosen if name in registry])

    return update


def answer_handler(app: AppContext) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that paints the grid that is wanted."""

    def failed(asked: Request, sentence: str) -> tuple[Any, ...]:
        return _outputs(_view(asked.number, complete=True, error=sentence))

    def answer(request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Yields the view after each cell, and at the end the downloads."""
        yield from app.answers(request, KIND, lambda asked: _paint(app, asked, request), failed)

    return answer


def _paint(app: AppContext, asked: Request, request: gr.Request) -> Iterator[tuple[Any, ...]]:
    """Raises StylizeError, also Cancelled if there is a newer request."""
    wanted: GridRequest = asked.content
    names = list(dict.fromkeys(str(name) for name in wanted.styles))[:MAX_STYLES]
    if not names:
        yield _outputs(_view(asked.number, complete=True, error=catalog.translate("grid_none", request)))
        return
    blends = [app.weighted_styles(name, wanted.own_styles) for name in names]
    paths, pictures = _photos(app, wanted)
    grid = _grid(pictures, [dict(blend) for blend in blends], wanted)
    columns = [app.title(blend, request) for blend in blends]
    rows = [_row_label(wanted.rows, value, request) for value in _row_values(grid, wanted.rows, paths)]
    options = wanted.chosen.options()
    shared = [name for name in names if name not in wanted.own_styles]  # nobody else has those
    query = GridAxes(shared, wanted.rows, options.strength, options.keep_colors).to_query() if shared else ""
    view = partial(_view, asked.number, columns, rows, names, query=query)
    painted: list[GridCell] = []
    shown: list[dict[str, Any]] = []
    yield _outputs(view(shown))
    pace = Pace()
    fresh = [number for number, name in enumerate(names) if name not in wanted.shown]
    for cell in app.painter.grid(grid, app.config.tile_size, first=fresh, cancelled=asked.cancelled):
        painted.append(cell)
        path = paths[cell.photo]
        name = results.file_name(path, [names[cell.column], str(cell.row + 1)], ".jpg")
        file = results.save_image(cell.image, name, path)
        look = list(control_values(replace(cell.options, style=names[cell.column])))  # the controls have it by its id
        place = {"row": cell.row, "column": cell.column, "photo": path}
        shown.append({**place, "look": look, "picture": results.file_data(file)})
        if pace.is_due():
            yield _outputs(view(shown))
    if not asked.cancelled():
        painted.sort(key=lambda cell: (cell.row, cell.column))
        named = replace(grid, photos=paths)
        files = _write(app, named, painted, names, [app.title(blend) for blend in blends])
        seconds = tuple(cell.seconds for cell in painted)
        asked.finish(PaintedGrid(named, seconds, files[".zip"], tuple(names)))
        yield (
            view(shown, complete=True),
            *(gr.DownloadButton(value=str(file), visible=True) for file in files.values()),
        )


def _photos(app: AppContext, wanted: GridRequest) -> tuple[list[str], list[Picture]]:
    """The paths of the photos of a grid, and their pictures: several are made small at once, for one may be large.

    Raises PictureError, also for a path that is no upload.
    """
    if wanted.rows != Axis.PHOTO or not wanted.photos:
        path, picture = app.read_picture(wanted.photo)
        return [path], [picture]
    paths = [str(path) for path in wanted.photos][:MOST_PHOTOS]
    pictures = []
    for path in paths:
        if not gradio_hooks.is_upload(path):
            raise PictureError("The photo is no longer on this server. Bring it again.")
        pictures.append(CellPhoto(app.read_picture(path)[1], app.config.tile_size, []).at_brush(None))
    return paths, pictures


def _grid(pictures: Sequence[Source], styles: Sequence[StyleChoice], wanted: GridRequest) -> Grid:
    """The grid of a request. Raises OptionError for rows that are none of `ROWS`."""
    options = wanted.chosen.options()
    values: dict[str, Sequence[Any]] = {
        Axis.PHOTO: pictures,
        Axis.STRENGTH: (options.strength,),
        Axis.BRUSH: (None,),  # as the gallery: at the cell's own size, and so at once
        Axis.KEEP_COLORS: (options.keep_colors,),
    }
    if wanted.rows not in ROWS:
        raise OptionError(f"There is no setting {str(wanted.rows)[:40]!r} for the rows. Choose {', '.join(ROWS)}.")
    values[wanted.rows] = ROWS[wanted.rows] or values[wanted.rows]
    strengths, brushes, colors = (values[axis] for axis in (Axis.STRENGTH, Axis.BRUSH, Axis.KEEP_COLORS))
    return Grid(values[Axis.PHOTO], styles, strengths, brushes, colors, (Axis.STYLE,))


def _row_values(grid: Grid, axis: str, paths: Sequence[str]) -> Sequence[Any]:
    return [Path(path).name for path in paths] if axis == Axis.PHOTO else grid.values(Axis(axis))


def _row_label(axis: str, value: Any, request: gr.Request) -> str:
    if axis == Axis.KEEP_COLORS:
        return catalog.translate("keep_colors" if value else "grid_painting_colors", request)
    if axis == Axis.PHOTO:
        return str(value)
    return f"{catalog.translate(axis, request)} {value:g}"


def _write(
    app: AppContext, grid: Grid, cells: Sequence[GridCell], names: Sequence[str], titles: Sequence[str]
) -> dict[str, Path]:
    """The downloads of a finished grid; `titles` are the styles' in English, for the fonts have no other scripts."""
    photo = str(grid.photos[0])
    across, down = labels(grid, titles)
    sheet = replace(Sheet.of(grid, cells, across, down), heading=app.config.title)
    found: dict[str, Path] = {}
    for ending in DOWNLOADS:
        path = results.new_path(f"{results.stem(photo)}-grid{ending}", photo)
        if ending == ".zip":
            write_archive(path, grid, cells, names)
        else:
            sheet.write(path)
        found[ending] = path
    return found


def _view(
    number: int,
    columns: Sequence[str] = (),
    rows: Sequence[str] = (),
    names: Sequence[str] = (),
    cells: Sequence[dict[str, Any]] = (),
    complete: bool = False,
    error: str = "",
    query: str = "",
) -> ViewValue:
    """`names` are the styles' ids, `query` is that of a link to the grid; an `error` is a sentence."""
    return {
        "request": number, "columns": list(columns), "rows": list(rows), "names": list(names), "cells": list(cells),
        "complete": complete, "error": error, "query": query,
    }  # fmt: skip


def _outputs(view: ViewValue) -> tuple[Any, ...]:
    """The outputs before a grid is finished: no downloads."""
    return (view, *(gr.DownloadButton(visible=False) for _ in DOWNLOADS))
