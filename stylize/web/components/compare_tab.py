"""Comparing: two to four pinned paintings, side by side at the same crop, or any two under a slider."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from PIL import Image

from stylize.imaging.contact_sheet import TILE, Tile, contact_sheet
from stylize.web import theme
from stylize.web.app_context import AppContext, OwnStyles
from stylize.web.components.request_status import request_status
from stylize.web.locale import catalog
from stylize.web.locale.catalog import i18n
from stylize.web.locale.markup import element
from stylize.web.services import results
from stylize.web.services.requests import Request
from stylize.web.share import ControlValues

KIND = "compare"  # of request
MAX_PINS = 4
PHOTO = "photo"  # the key of the photo among what can lie under the slider
OUTPUTS = 6  # grid, files, left, right, slider, sheet

Files = dict[str, str]  # what can lie under the slider: id -> path

_GRID = (
    element("compare_none", "p", class_="compare-none")
    + '<div class="zoom" role="group"><button type="button" data-zoom="1.5">+</button>'
    + '<button type="button" data-zoom="0.6667">−</button>'
    + element("zoom_whole", "button", type="button", data_zoom="0")
    + "</div>"
    + request_status(KIND)
    + '<div class="panes"></div>'
)


@dataclass(frozen=True)
class Comparison:
    """The components of the tab."""

    pins: gr.JSON
    retry: gr.Textbox  # changes when a visitor wants to try again
    grid: gr.HTML
    files: gr.State
    left: gr.Dropdown
    right: gr.Dropdown
    slider: gr.ImageSlider
    sheet: gr.DownloadButton

    @property
    def outputs(self) -> list[Any]:
        """In the order of what `answer_handler` yields."""
        return [self.grid, self.files, self.left, self.right, self.slider, self.sheet]


def build() -> Comparison:
    """The tab without a painting."""
    pins, retry = gr.JSON([], visible=False), gr.Textbox(visible="hidden", elem_id="compare-retry")
    files = gr.State({})
    gr.HTML(element("compare_head", "h2"), js_on_load=None, apply_default_css=False, elem_classes="tab-head")
    grid = gr.HTML(
        {"request": 0, "pictures": [], "complete": True, "error": ""},
        html_template=_GRID,
        js_on_load=theme.static("compare_tab.js"),
        apply_default_css=False,
        elem_id="comparison",
    )
    with gr.Column(visible="hidden", elem_id="comparison-pair"):
        gr.HTML(element("compare_slider", "h3"), js_on_load=None, apply_default_css=False, elem_classes="tab-head")
        with gr.Row():
            left = gr.Dropdown(
                [], label=i18n("compare_left"), filterable=False, elem_id="left", elem_classes="choice-list"
            )
            right = gr.Dropdown(
                [], label=i18n("compare_right"), filterable=False, elem_id="right", elem_classes="choice-list"
            )
        slider = gr.ImageSlider(
            label=i18n("compare_slider"),
            show_label=False,
            buttons=["fullscreen"],
            max_height=640,
            interactive=False,
            elem_id="comparison-slider",
        )
        sheet = gr.DownloadButton(i18n("compare_sheet"), variant="primary", elem_id="comparison-sheet")
    for side in (left, right):
        side.input(
            _show_pair, [files, left, right], slider, queue=False, api_visibility="private", show_progress="hidden"
        )
    return Comparison(pins, retry, grid, files, left, right, slider, sheet)


@dataclass(frozen=True)
class ComparisonRequest:
    """What the paintings that are compared depend on."""

    photo: str | None
    own_styles: OwnStyles
    pins: Sequence[str]
    chosen: ControlValues


def answer_handler(app: AppContext) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that paints what is pinned."""

    def failed(asked: Request, sentence: str) -> tuple[Any, ...]:
        return _grid(asked.number, [], complete=True, error=sentence)

    def answer(request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Yields the grid after each painting; at the end also what the slider and the sheet need."""
        yield from app.answers(request, KIND, lambda asked: _paint(app, asked, request), failed)

    return answer


def _paint(app: AppContext, asked: Request, request: gr.Request) -> Iterator[tuple[Any, ...]]:
    """Raises StylizeError, also Cancelled if there is a newer request."""
    wanted: ComparisonRequest = asked.content
    pins = [str(name) for name in wanted.pins][:MAX_PINS]
    if len(pins) < 2:
        yield _grid(asked.number, [], complete=True)
        return
    yield _grid(asked.number, [])
    options = wanted.chosen.options()
    path, picture = app.read_photo(wanted.photo)
    size = app.config.compare_size
    picture.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
    files: Files = {PHOTO: str(results.save_photo_for_screen(path, picture, size))}
    pictures: list[dict[str, Any]] = []
    tiles: list[Tile] = []
    for name in pins:
        styles = app.weighted_styles(name, wanted.own_styles)
        image = app.paint(picture, replace(options, style=name), wanted.own_styles, asked.cancelled)
        file = results.save_image(image, results.file_name(path, [name], ".jpg"), path)
        files[name] = str(file)
        title, artist = app.title(styles, request), app.artists(styles, request)
        pictures.append({"id": name, "title": title, "artist": artist, "picture": results.file_data(file)})
        tiles.append(Tile(image, app.title(styles), app.artists(styles)))
        if asked.cancelled():
            return
        yield _grid(asked.number, pictures)
    sheet = contact_sheet(tiles, width=TILE, heading=app.config.title)
    sheet_file = results.save_image(sheet, f"{results.stem(path)}-sheet.png", path)
    choices = [(catalog.translate("view_photo", request), PHOTO), *((one["title"], one["id"]) for one in pictures)]
    grid, *_ = _grid(asked.number, pictures, complete=True)
    left, right = (gr.Dropdown(choices=choices, value=name) for name in pins[:2])
    yield grid, files, left, right, (files[pins[0]], files[pins[1]]), str(sheet_file)


def _grid(number: int, pictures: list[dict[str, Any]], complete: bool = False, error: str = "") -> tuple[Any, ...]:
    """Outputs that change the grid alone; an `error` is the sentence of a comparison that failed."""
    value = {"request": number, "pictures": list(pictures), "complete": complete, "error": error}
    return (value, *(gr.skip(),) * (OUTPUTS - 1))


def _show_pair(files: Files, left: str, right: str) -> Any:
    return (files[left], files[right]) if left in files and right in files else gr.skip()
