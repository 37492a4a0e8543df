"""The easel: one style or blend at full size, photo and painting under one slider; and the mask on it."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr
from PIL import Image

from stylize.web import theme
from stylize.web.components import caption
from stylize.web.locale import catalog
from stylize.web.locale.catalog import say
from stylize.web.paint_options import Choice
from stylize.web.services import results
from stylize.web.state import WELCOME, Own, Parts, Studio, example, look_of, visitor

VIEWS = ("split", "photo", "painting", "mask")
MASK_SIDE = 1024  # pixels, the longer side of a mask from the page
MASK_LIMIT = 4_000_000  # characters of its data address
JPEG_QUALITY = 95  # of the download
OUTPUTS = 5  # slider, flip, plaque, png, jpeg
KEEP = (gr.skip(),) * OUTPUTS  # what a request that fails leaves behind: everything as it was


_FLIP = (
    '<div class="flip-frame"><img class="flip-photo"><img class="flip-painting">'
    '<canvas tabindex="0" role="application"></canvas><span class="mask-cursor" aria-hidden="true"></span></div>'
    '<div class="mask-tools">'
    + catalog.word("mask_info", "p")
    + "<label>"
    + catalog.word("mask_size")
    + '<input type="range" min="2" max="30" value="9"></label>'
    + catalog.word("mask_invert", "button", type="button", aria_pressed="false", class_="mask-invert")
    + catalog.word("mask_clear", "button", type="button", class_="mask-clear")
    + catalog.word("mask_keys", "p", class_="mask-keys")
    + "</div>"
)


@dataclass(frozen=True)
class Easel:
    """The two views of a painting and the plaque under it."""

    slider: gr.ImageSlider
    flip: gr.HTML
    plaque: gr.HTML
    welcome: tuple[str | None, str | None]  # the downloads of the first painting


def build(studio: Studio) -> Easel:
    """The easel, with the welcoming example painted."""
    shown = _welcome(studio)
    slider = gr.ImageSlider(
        shown.pair,
        label=say("before_after"),
        show_label=False,
        buttons=["fullscreen"],
        max_height=600,
        interactive=False,
        elem_id="slider",
    )
    flip = gr.HTML(
        shown.flip,
        html_template=_FLIP,
        js_on_load=theme.static("viewer.js"),
        apply_default_css=False,
        elem_id="flip",
    )
    with gr.Row(elem_id="under"):
        label = gr.HTML(shown.plaque, js_on_load=theme.static("caption.js"), apply_default_css=False, elem_id="plaque")
        view = gr.Radio(
            [(say(f"view_{name}"), name) for name in VIEWS],
            value="split",
            label=say("view"),
            show_label=False,
            container=False,
            elem_id="view",
        )
    view.change(None, view, None, js="(name) => { document.getElementById('easel').dataset.view = name; }")
    return Easel(slider, flip, label, (shown.png, shown.jpeg))


@dataclass(frozen=True)
class Shown:
    """What the easel shows of one painting."""

    pair: tuple[str, str]
    flip: dict[str, Any]
    plaque: str
    png: str | None = None
    jpeg: str | None = None

    def as_outputs(self) -> tuple[Any, ...]:
        """In the order slider, flip, plaque, png, jpeg; downloads keep what they have until the full size is there."""
        return (self.pair, self.flip, self.plaque, self.png or gr.skip(), self.jpeg or gr.skip())


def painting(studio: Studio) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler of a chosen style or a changed tool."""

    def paint(
        request: gr.Request, photo: str | None, mask: Image.Image | None, own: Own, *controls: Any
    ) -> Iterator[tuple[Any, ...]]:
        """Paint a quick preview, then the full size; yields what the easel shows of each.

        A newer request of the same visitor ends it between tiles.
        """
        yield KEEP
        cancelled = studio.turns.begin(visitor(request), "easel")
        with studio.excused(request):
            choice = Choice.of_controls(*controls)
            parts = studio.parts(choice.recipe, own)
            began = time.perf_counter()
            path, picture = studio.open(photo)
            reading = time.perf_counter() - began
            run = partial(
                studio.painter,
                style=look_of(parts),
                strength=choice.strength,
                keep_colors=choice.keep_colors,
                brush=choice.brush,
                mask=mask,
                cancelled=cancelled,
            )
            small = picture.copy()
            small.thumbnail(_inside(picture.size, studio.settings.preview_size), reducing_gap=2.0)
            if 4 * small.width * small.height < picture.width * picture.height:
                shown = _show(studio, path, picture, run(small), choice, parts, request)
                if cancelled():
                    return
                yield shown.as_outputs()
            started = time.perf_counter()
            painted = run(picture)
            times = caption.Times(reading, time.perf_counter() - started)
            shown = _show(studio, path, picture, painted, choice, parts, request, times)
            if not cancelled():  # a newer painting may be on the easel already
                yield shown.as_outputs()

    return paint


def masking(event: gr.EventData) -> Image.Image | None:
    """The handler of a brushed mask: a PNG as a data address, or none. The painter brings it to the photo's size."""
    data = str(event.data or "")
    if not data.startswith("data:image/png;base64,") or len(data) > MASK_LIMIT:
        return None
    try:
        with Image.open(io.BytesIO(base64.b64decode(data.split(",", 1)[1], validate=True)), formats=["PNG"]) as image:
            return image.convert("L") if max(image.size) <= MASK_SIDE else None
    except Exception:  # Pillow's decoders raise many kinds
        return None


def _show(
    studio: Studio,
    path: str,
    picture: Image.Image,
    painting: Image.Image,
    choice: Choice,
    parts: Parts,
    request: gr.Request | None,
    times: caption.Times | None = None,
) -> Shown:
    """Write what the page needs of a painting; one without `times` is a preview and has no downloads."""
    began = time.perf_counter()
    longer = studio.settings.screen_size
    before = results.original_on_screen(path, picture, longer)
    after = results.on_screen(painting, results.file_name(path, choice.recipe, ".jpg"), longer)
    png = jpeg = None
    if times is not None:
        png = str(results.put(painting, results.file_name(path, choice.recipe, ".png")))
        jpeg = str(results.put(painting.convert("RGB"), results.file_name(path, choice.recipe, ".jpg"), JPEG_QUALITY))
    if times is not None:
        times = replace(times, writing=time.perf_counter() - began)
    flip = {"photo": results.served(before), "painting": results.served(after), "title": studio.title(parts, request)}
    said = caption.written(studio, choice, parts, painting.size, request, times)
    return Shown((str(before), str(after)), flip, said, png, jpeg)


def _welcome(studio: Studio) -> Shown:
    began = time.perf_counter()
    path, picture = str(example(WELCOME)), studio.open(None)[1]
    started = time.perf_counter()
    painting = studio.painter(picture, studio.first)
    times = caption.Times(started - began, time.perf_counter() - started)
    return _show(studio, path, picture, painting, Choice(studio.first), studio.parts(studio.first), None, times)


def _inside(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    """The box in which a picture of this size has `shorter` as its shorter side."""
    scale = shorter / min(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
