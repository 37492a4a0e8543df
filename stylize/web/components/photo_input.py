"""Arriving: one sentence, one place for a photo, three photos to try."""

from __future__ import annotations

import html
import shutil
from typing import Any

import gradio as gr
from PIL import Image

from stylize.web import theme
from stylize.web.locale import catalog
from stylize.web.locale.catalog import say
from stylize.web.services import results
from stylize.web.state import EXAMPLES, Studio, example

SIXTEEN = 16  # the number in the headline


def sign(studio: Studio) -> None:
    """The sign over the door."""
    title = html.escape(studio.settings.title)
    gr.HTML(
        f'<header class="masthead">{theme.static("logo.svg")}<span class="wordmark">{title}</span></header>',
        elem_id="masthead",
        js_on_load=None,
        apply_default_css=False,
    )


def headline(studio: Studio) -> None:
    """What this is, in one sentence."""
    key = "headline" if len(studio.styles) == SIXTEEN else "headline_any"
    gr.HTML(
        f'<div class="hero">{catalog.word(key, "h1")}{catalog.word("lead", "p")}</div>',
        elem_id="hero",
        js_on_load=None,
        apply_default_css=False,
    )


def build() -> gr.Image:
    """The drop zone, which holds the path of the visitor's photo or None, and the examples beneath it."""
    photo = gr.Image(
        type="filepath",
        image_mode=None,
        sources=["upload", "clipboard", "webcam"],
        label=say("photo"),
        show_label=False,
        placeholder=say("drop"),
        height=240,
        buttons=[],
        elem_id="photo",
        alt_text="photo",
    )
    # The pipeline has the one decoder, with limits and sentences; Gradio's would run first and fail without either.
    setattr(photo, "preprocess", lambda payload: payload and payload.path)  # noqa: B010
    buttons = "".join(f'<button type="button" data-photo="{name}"><img></button>' for name in EXAMPLES)
    tray = gr.HTML(
        {name: _thumbnail(name) for name in EXAMPLES},
        html_template=f'{catalog.word("examples", "p")}<div class="tray">{buttons}</div>',
        js_on_load=theme.static("examples.js"),
        apply_default_css=False,
        elem_id="examples",
    )
    tray.pick(_take_example, None, photo, queue=False, show_progress="hidden", api_visibility="private")
    return photo


def _take_example(event: gr.EventData) -> str:
    """A copy of an example in the folder that the page may serve."""
    name = str(event.name)
    photo = example(name if name in EXAMPLES else EXAMPLES[0])
    return shutil.copyfile(photo, results.place(photo.name)).as_posix()


def _thumbnail(name: str) -> dict[str, Any]:
    with Image.open(example(name)) as image:
        return results.served(results.on_screen(image.convert("RGB"), f"{name}.jpg", 240))
