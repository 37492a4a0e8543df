"""The easel: one style at full size, photo and painting under one slider, and the tools that change it."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
from PIL import Image

from stylize.demo import look, shelf, words
from stylize.demo.studio import WELCOME, Recipe, Studio, example, visitor
from stylize.demo.words import say

VIEWS = ("split", "photo", "painting")
JPEG_QUALITY = 95  # of the download
OUTPUTS = 5  # slider, flip, plaque, png, jpeg
KEEP = (gr.skip(),) * OUTPUTS  # what a request that fails leaves behind: everything as it was


@dataclass(frozen=True)
class Tools:
    """The controls. The first three are what a painting depends on."""

    strength: gr.Slider
    brush: gr.Slider
    keep: gr.Checkbox
    png: gr.DownloadButton
    jpeg: gr.DownloadButton


@dataclass(frozen=True)
class Easel:
    """The two views of a painting and the plaque under it."""

    slider: gr.ImageSlider
    flip: gr.HTML
    plaque: gr.HTML


def build_easel(studio: Studio) -> Easel:
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
        html_template='<img class="flip-photo"><img class="flip-painting">',
        js_on_load=look.static("flip.js"),
        apply_default_css=False,
        elem_id="flip",
    )
    with gr.Row(elem_id="under"):
        plaque = gr.HTML(shown.plaque, js_on_load=None, apply_default_css=False, elem_id="plaque")
        view = gr.Radio(
            [(say(f"view_{name}"), name) for name in VIEWS],
            value="split",
            label=say("view"),
            show_label=False,
            container=False,
            elem_id="view",
        )
    view.change(None, view, None, js="(name) => { document.getElementById('easel').dataset.view = name; }")
    return Easel(slider, flip, plaque)


def build_tools() -> Tools:
    """Strength, brush, colours and the downloads."""
    strength = gr.Slider(
        0, 1, 1, step=0.05, label=say("strength"), info=say("strength_info"), buttons=[], elem_id="strength"
    )
    brush = gr.Slider(0.5, 3.0, 1.0, step=0.1, label=say("brush"), info=say("brush_info"), buttons=[], elem_id="brush")
    keep = gr.Checkbox(False, label=say("keep"), container=False, elem_id="keep")
    with gr.Row(elem_id="downloads"):
        png = gr.DownloadButton(say("png"), variant="primary", elem_id="png", scale=3)
        jpeg = gr.DownloadButton(say("jpeg"), variant="secondary", elem_id="jpeg", scale=1)
    return Tools(strength, brush, keep, png, jpeg)


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
        photo: str | None, recipe: Recipe, strength: float, brush: float, keep_colors: bool, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Paint a quick preview, then the full size; yields what the easel shows of each.

        A newer request of the same visitor ends it between tiles.
        """
        yield KEEP
        cancelled = studio.turns.begin(visitor(request), "easel")
        with studio.excused(request):
            path, picture = studio.open(photo)
            run = partial(
                studio.painter,
                style=recipe,
                strength=strength,
                keep_colors=keep_colors,
                brush=brush,
                cancelled=cancelled,
            )
            small = picture.copy()
            small.thumbnail(_inside(picture.size, studio.settings.preview_size), reducing_gap=2.0)
            if 4 * small.width * small.height < picture.width * picture.height:
                yield _show(studio, path, picture, run(small), recipe).as_outputs()
            started = time.perf_counter()
            painted = run(picture)
            seconds = time.perf_counter() - started
            yield _show(studio, path, picture, painted, recipe, seconds).as_outputs()

    return paint


def _show(
    studio: Studio, path: str, picture: Image.Image, painting: Image.Image, recipe: Recipe, seconds: float | None = None
) -> Shown:
    """Write what the page needs of a painting; one without `seconds` is a preview and has no downloads."""
    longer = studio.settings.screen_size
    before = shelf.original_on_screen(path, picture, longer)
    after = shelf.on_screen(painting, shelf.file_name(path, recipe, ".jpg"), longer)
    png = jpeg = None
    if seconds is not None:
        png = str(shelf.put(painting, shelf.file_name(path, recipe, ".png")))
        jpeg = str(shelf.put(painting.convert("RGB"), shelf.file_name(path, recipe, ".jpg"), JPEG_QUALITY))
    title = studio.title(recipe)
    flip = {"photo": shelf.served(before), "painting": shelf.served(after), "title": title}
    return Shown((str(before), str(after)), flip, _plaque(studio, recipe, painting.size, seconds), png, jpeg)


def _plaque(studio: Studio, recipe: Recipe, size: tuple[int, int], seconds: float | None) -> str:
    facts = words.word("preview", "p", class_="facts")
    if seconds is not None:
        values = {
            "seconds": f"{seconds:.2f}",
            "device": studio.painter.device,
            "width": str(size[0]),
            "height": str(size[1]),
        }
        data = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in values.items())
        said = html.escape(words.ENGLISH["painted"].format(**values))
        facts = f'<p class="facts" data-word="painted" {data}>{said}</p>'
    title, author = html.escape(studio.title(recipe)), html.escape(studio.author(recipe))
    return f'<h2>{title}</h2><p class="author">{author}</p>{facts}'


def _welcome(studio: Studio) -> Shown:
    path, picture = str(example(WELCOME)), studio.open(None)[1]
    started = time.perf_counter()
    painting = studio.painter(picture, studio.first)
    return _show(studio, path, picture, painting, studio.first, time.perf_counter() - started)


def _inside(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    """The box in which a picture of this size has `shorter` as its shorter side."""
    scale = shorter / min(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
