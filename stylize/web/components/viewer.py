"""The viewer: one style or blend at full size, photo and painting under one slider; and the mask on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from stylize.options import PaintOptions, look_words
from stylize.styles import PHOTO
from stylize.web import theme
from stylize.web.app_context import DEFAULT_PHOTO, AppContext, OwnStyles, example_photo
from stylize.web.components import caption, viewer_history, viewer_picture, viewer_regions
from stylize.web.components.request_status import status_line, status_value
from stylize.web.hosting import gradio_hooks
from stylize.web.locale.catalog import i18n
from stylize.web.services import results
from stylize.web.services.drawn_masks import read_mask
from stylize.web.services.requests import Request
from stylize.web.share import ControlValues

KIND = viewer_picture.KIND  # of request
CAPTION_SCRIPTS = ("address_bar.js", "caption_device.js")  # one script in this order
VIEWS = ("split", "photo", "painting", "mask")


@dataclass(frozen=True)
class Viewer:
    """The components: the picture, the looks before it, its caption, and the state of what was asked for."""

    picture: gr.HTML
    history: gr.HTML
    caption: gr.HTML
    status: gr.HTML
    png: str  # the download of the first painting


def build(app: AppContext) -> Viewer:
    """The viewer, with the default photo painted."""
    content = _default_painting(app)
    status = status_line(KIND, "viewer-status")
    picture = viewer_picture.build(app, content.picture)
    history = viewer_history.build(app)
    with gr.Row(elem_id="viewer-footer"):
        text = gr.HTML(
            content.caption,
            js_on_load="\n".join(map(theme.static, CAPTION_SCRIPTS)),
            apply_default_css=False,
            elem_id="caption",
        )
        mode = gr.Radio(
            [(i18n(f"view_{name}"), name) for name in VIEWS],
            value="split",
            label=i18n("view"),
            show_label=False,
            container=False,
            elem_id="view-mode",
        )
    mode.change(None, mode, None, js="(name) => { document.getElementById('viewer').dataset.view = name; }")
    return Viewer(picture, history, text, status, str(content.png))


@dataclass(frozen=True)
class ViewerRequest:
    """What a painting in the viewer depends on."""

    photo: str | None
    mask: str  # as `read_mask` takes it
    own_styles: OwnStyles
    chosen: ControlValues
    corrections: str = ""  # as `viewer_regions.with_corrections` takes it


@dataclass(frozen=True)
class ViewerContent:
    """What the viewer shows of one painting."""

    picture: dict[str, Any]  # as `viewer_picture.build` takes it
    caption: str
    png: Path | None = None  # the full-size painting; a preview has none

    def as_outputs(self, number: int) -> tuple[Any, ...]:
        """Picture, caption, png, status; the download stays until the full size is there."""
        status = status_value(number, "painted" if self.png else "preview")
        return (self.picture | {"request": number}, self.caption, str(self.png) if self.png else gr.skip(), status)


def answer_handler(app: AppContext) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that paints what is wanted in the viewer."""

    def failed(asked: Request, sentence: str) -> tuple[Any, ...]:
        return (*(gr.skip(),) * 3, status_value(asked.number, "failed", sentence))

    def answer(request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Yields the viewer's outputs: a quick preview, then the full size, or that it failed."""
        yield from app.answers(request, KIND, lambda asked: _paint(app, asked, request), failed)

    return answer


def _paint(app: AppContext, asked: Request, request: gr.Request) -> Iterator[tuple[Any, ...]]:
    """Raises StylizeError, also Cancelled if there is a newer request."""
    wanted: ViewerRequest = asked.content
    options = viewer_regions.with_corrections(wanted.chosen.options(), wanted.corrections)
    options = replace(options, mask=read_mask(wanted.mask))
    began = time.perf_counter()
    path, picture = app.read_photo(wanted.photo)
    reading = time.perf_counter() - began
    small = picture.copy()
    small.thumbnail(_size_by_shorter_side(picture.size, app.config.preview_size), reducing_gap=2.0)
    if 4 * small.width * small.height < picture.width * picture.height:
        preview = app.paint(small, options, wanted.own_styles, asked.cancelled)
        content = _content(app, path, picture, preview, options, wanted.own_styles, request)
        if not asked.cancelled():
            yield content.as_outputs(asked.number)
    began = time.perf_counter()
    painting = app.paint(picture, options, wanted.own_styles, asked.cancelled)
    times = caption.Times(reading, time.perf_counter() - began)
    content = _content(app, path, picture, painting, options, wanted.own_styles, request, times)
    if not asked.cancelled():
        asked.finish(content.png)
        yield content.as_outputs(asked.number)


def _content(
    app: AppContext,
    path: str,
    picture: Image.Image,
    painting: Image.Image,
    options: PaintOptions,
    own_styles: OwnStyles | None,
    request: gr.Request | None,
    times: caption.Times | None = None,
) -> ViewerContent:
    """Write the files that the page needs of a painting; one without `times` is a preview and has no download."""
    began = time.perf_counter()
    seen = viewer_regions.seen_styles(app, options, own_styles)
    words = look_words(replace(options, style=PHOTO) if viewer_regions.is_covered(options) else options)
    longer = app.config.screen_size
    before = results.save_photo_for_screen(path, picture, longer)
    after = results.save_for_screen(painting, results.file_name(path, words, ".jpg"), longer, path)
    png = None
    if times is not None:
        png = results.save_image(painting, results.file_name(path, words, ".png"), path)
        times = replace(times, writing=time.perf_counter() - began)
    shown = {
        "request": 0,
        "photo": results.file_data(before),
        "painting": results.file_data(after),
        "size": picture.size,
        "final": png is not None,
        "whole": {"photo": path, "painting": str(png)} if png and gradio_hooks.is_upload(path) else None,
        "title": app.titles(seen, request),
        "translated": caption.translated_id(seen),
    }
    regions = viewer_regions.describe(app, options, own_styles, request)
    text = caption.caption_html(app, options, seen, regions, painting.size, request, times)
    return ViewerContent(shown, text, png)


def _default_painting(app: AppContext) -> ViewerContent:
    options = PaintOptions({app.default_style: 1.0})
    began = time.perf_counter()
    path, picture = str(example_photo(DEFAULT_PHOTO)), app.read_photo(None)[1]
    reading = time.perf_counter() - began
    painting = app.paint(picture, options, None, None)
    times = caption.Times(reading, time.perf_counter() - began - reading)
    return _content(app, path, picture, painting, options, None, None, times)


def _size_by_shorter_side(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    """The box in which a picture of this size has `shorter` as its shorter side."""
    scale = shorter / min(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
