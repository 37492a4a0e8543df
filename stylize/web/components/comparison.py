"""Comparing: two to four pinned paintings, side by side at the same crop, or any two under a slider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from stylize.imaging.contact_sheet import TILE, Tile, contact_sheet
from stylize.web import theme
from stylize.web.locale import catalog
from stylize.web.locale.catalog import say
from stylize.web.paint_options import Choice
from stylize.web.services import results
from stylize.web.state import Own, Studio, visitor

MOST = 4  # pins
ORIGINAL = "photo"  # the key of the photo among what can lie under the slider
OUTPUTS = 6  # board, shown, left, right, slider, sheet

Shown = dict[str, str]  # what can lie under the slider: id -> path

_TEMPLATE = (
    catalog.word("compare_none", "p", class_="compare-none")
    + '<div class="zoom" role="group"><button type="button" data-zoom="1.5">+</button>'
    + '<button type="button" data-zoom="0.6667">−</button>'
    + catalog.word("zoom_whole", "button", type="button", data_zoom="0")
    + '</div><div class="panes"></div>'
)


@dataclass(frozen=True)
class Board:
    """The parts of the room."""

    pins: gr.State
    board: gr.HTML
    shown: gr.State
    left: gr.Dropdown
    right: gr.Dropdown
    slider: gr.ImageSlider
    sheet: gr.DownloadButton

    @property
    def outputs(self) -> list[Any]:
        """In the order of what `painting` yields."""
        return [self.board, self.shown, self.left, self.right, self.slider, self.sheet]


def build() -> Board:
    """An empty board."""
    pins = gr.State([])
    shown = gr.State({})
    gr.HTML(catalog.word("compare_head", "h2"), js_on_load=None, apply_default_css=False, elem_classes="room-head")
    board = gr.HTML(
        {"pictures": []},
        html_template=_TEMPLATE,
        js_on_load=theme.static("comparison.js"),
        apply_default_css=False,
        elem_id="board",
    )
    with gr.Column(visible="hidden", elem_id="pair"):
        gr.HTML(
            catalog.word("compare_slider", "h3"), js_on_load=None, apply_default_css=False, elem_classes="room-head"
        )
        with gr.Row():
            left = gr.Dropdown([], label=say("left"), filterable=False, elem_id="left")
            right = gr.Dropdown([], label=say("right"), filterable=False, elem_id="right")
        slider = gr.ImageSlider(
            label=say("compare_slider"),
            show_label=False,
            buttons=["fullscreen"],
            max_height=640,
            interactive=False,
            elem_id="pair-slider",
        )
        sheet = gr.DownloadButton(say("sheet"), variant="primary", elem_id="sheet")
    made = Board(pins, board, shown, left, right, slider, sheet)
    for side in (left, right):
        side.input(
            _under_slider, [shown, left, right], slider, queue=False, api_visibility="private", show_progress="hidden"
        )
    return made


def pinning(event: gr.EventData) -> list[str]:
    """The handler of a pin on the wall: all pinned ids, at most four."""
    ids = event.ids
    return [str(name) for name in ids][:MOST] if isinstance(ids, list) else []


def painting(studio: Studio) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that paints what is pinned, when the room is entered."""

    def paint(
        request: gr.Request, photo: str | None, own: Own, pins: list[str], *controls: Any
    ) -> Iterator[tuple[Any, ...]]:
        """Yields the board after each painting; at the end also what the slider and the sheet need."""
        yield (gr.skip(),) * OUTPUTS
        cancelled = studio.turns.begin(visitor(request), "compare")
        with studio.excused(request):
            if len(pins) < 2:
                yield ({"pictures": []}, *(gr.skip(),) * (OUTPUTS - 1))
                return
            choice = Choice.of_controls(*controls)
            path, picture = studio.open(photo)
            size = studio.settings.compare_size
            picture.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
            shown: Shown = {ORIGINAL: str(results.original_on_screen(path, picture, size))}
            pictures: list[dict[str, Any]] = []
            captioned: list[Tile] = []
            book = studio.book(own)
            for name in pins:
                parts = [(book[name], 1.0)]
                image = studio.painter(
                    picture,
                    book[name],
                    strength=choice.strength,
                    keep_colors=choice.keep_colors,
                    brush=choice.brush,
                    cancelled=cancelled,
                )
                file = results.put(image, results.file_name(path, {name: 1.0}, ".jpg"))
                shown[name] = str(file)
                title, author = studio.title(parts, request), studio.author(parts, request)
                pictures.append({"id": name, "title": title, "author": author, "picture": results.served(file)})
                captioned.append(Tile(image, studio.title(parts), studio.author(parts)))
                yield ({"pictures": list(pictures)}, *(gr.skip(),) * (OUTPUTS - 1))
            page = contact_sheet(captioned, width=TILE, heading=studio.settings.title)
            sheet = results.put(page, f"{results.stem(path)}-sheet.png")
            choices = [
                (catalog.told("view_photo", request), ORIGINAL),
                *((one["title"], one["id"]) for one in pictures),
            ]
            yield (
                gr.skip(),
                shown,
                gr.Dropdown(choices=choices, value=pins[0]),
                gr.Dropdown(choices=choices, value=pins[1]),
                (shown[pins[0]], shown[pins[1]]),
                str(sheet),
            )

    return paint


def _under_slider(shown: Shown, left: str, right: str) -> Any:
    return (shown[left], shown[right]) if left in shown and right in shown else gr.skip()
