"""Where a photo comes in: the header, one sentence, the drop zone, and three example photos."""

from __future__ import annotations

import html
import shutil
from typing import Any

import gradio as gr
from PIL import Image

from stylize.web import theme
from stylize.web.hosting import gradio_hooks
from stylize.web.locale.catalog import i18n
from stylize.web.locale.markup import element
from stylize.web.services import results
from stylize.web.state import EXAMPLES, AppState, example_photo

HEADLINE_STYLES = 16  # the number of styles that the headline names
THUMBNAIL_SIDE = 240  # pixels


def build_header(app: AppState) -> None:
    """The logo and the host's title."""
    title = html.escape(app.config.title)
    gr.HTML(
        f'<header class="masthead">{theme.static("logo.svg")}<span class="wordmark">{title}</span></header>',
        elem_id="masthead",
        js_on_load=None,
        apply_default_css=False,
    )


def headline_key(app: AppState) -> str:
    """The key of the message that says what this is."""
    return "headline" if len(app.styles) == HEADLINE_STYLES else "headline_any"


def build_headline(app: AppState) -> None:
    """What this is, in one sentence."""
    gr.HTML(
        f'<div class="hero">{element(headline_key(app), "h1")}{element("lead", "p")}</div>',
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
        label=i18n("photo"),
        show_label=False,
        placeholder=i18n("drop"),
        height=240,
        buttons=[],
        elem_id="photo",
        alt_text="photo",
    )
    gradio_hooks.pass_paths(photo)
    buttons = "".join(f'<button type="button" data-photo="{name}"><img></button>' for name in EXAMPLES)
    examples = gr.HTML(
        {name: _thumbnail(name) for name in EXAMPLES},
        html_template=f'{element("examples", "p")}<div class="thumbnails">{buttons}</div>',
        js_on_load=theme.static("examples.js"),
        apply_default_css=False,
        elem_id="examples",
    )
    examples.pick(_copy_example, None, photo, queue=False, show_progress="hidden", api_visibility="private")
    return photo


def _copy_example(event: gr.EventData) -> str:
    """A copy of an example in the folder that the page may serve."""
    name = str(event.name)
    photo = example_photo(name if name in EXAMPLES else EXAMPLES[0])
    return shutil.copyfile(photo, results.new_path(photo.name)).as_posix()


def _thumbnail(name: str) -> dict[str, Any]:
    with Image.open(example_photo(name)) as image:
        return results.file_data(results.save_for_screen(image.convert("RGB"), f"{name}.jpg", THUMBNAIL_SIDE))
