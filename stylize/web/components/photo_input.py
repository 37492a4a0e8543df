"""Where a photo comes in: the header, one sentence, the drop zone, and three example photos.

The browser keeps the photos (static/kept_photos.js); the server has copies of those it has opened until it forgets.
"""

from __future__ import annotations

import html
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from stylize import imaging
from stylize.web import theme
from stylize.web.app_context import EXAMPLES, AppContext, example_photo
from stylize.web.components import photo_crop
from stylize.web.hosting import gradio_hooks
from stylize.web.locale import catalog
from stylize.web.locale.markup import element
from stylize.web.services import results

THUMBNAIL_SIDE = 240  # pixels of an example
STRIP_SIDE = 160  # pixels of a photo in the strip
MOST_PHOTOS = 12  # in the strip
ACCEPTED = "image/*,.heic,.heif,.avif,.tif,.tiff"  # browsers know no MIME type for some of what `imaging` reads

_OPENING = threading.BoundedSemaphore(2)  # photos opened at the same time: a large one takes 200 MB meanwhile


def build_header(app: AppContext) -> None:
    """The logo and the host's title."""
    title = html.escape(app.config.title)
    gr.HTML(
        f'<header class="masthead">{theme.static("logo.svg")}<span class="wordmark">{title}</span></header>',
        elem_id="masthead",
        js_on_load=None,
        apply_default_css=False,
    )


def build_headline() -> None:
    """What this is, in one sentence."""
    gr.HTML(
        f'<div class="hero">{element("headline", "h1")}{element("lead", "p")}</div>',
        elem_id="hero",
        js_on_load=None,
        apply_default_css=False,
    )


def build(app: AppContext) -> gr.HTML:
    """The place for the visitor's photo.

    Handlers are given the path of the photo, or None. The browser holds {"photo": file, "preview": file}.
    """
    photo = gr.HTML(
        None,
        html_template=_photo_template(),
        js_on_load=theme.static("photo_input.js"),
        apply_default_css=False,
        elem_id="photo",
        limit=_limits(app),
        server_functions=_open_functions(app),
    )
    gradio_hooks.pass_path_of(photo, "photo")
    return photo


def build_examples() -> None:
    """Example photos to start with."""
    buttons = "".join(f'<button type="button" data-photo="{name}"><img></button>' for name in EXAMPLES)
    gr.HTML(
        {name: _thumbnail(name) for name in EXAMPLES},
        html_template=f'{element("examples", "p")}<div class="thumbnails">{buttons}</div>',
        js_on_load=theme.static("examples.js"),
        apply_default_css=False,
        elem_id="examples",
    )


def describe_photo(app: AppContext, path: str, request: gr.Request | None) -> dict[str, Any]:
    """What the browser is told of a photo, in its language.

    `photo` and `preview` are files, `thumbnail` is a data URL, `note` a sentence; or there is only `error`, a sentence.
    """
    if not gradio_hooks.is_upload(path):
        return {"error": catalog.translate("photo_not_sent", request)}
    with _OPENING, app.report_errors(request) as errors:
        path, picture = app.read_picture(path)
        image = picture.as_image()
        preview = results.save_photo_for_screen(path, image, app.config.screen_size)
        note = " ".join(catalog.translate_note(note, request) for note in picture.notes)
        files = {"photo": results.file_data(Path(path)), "preview": results.file_data(preview)}
        return {**files, "thumbnail": results.data_url(image, STRIP_SIDE), "note": note}
    return {"error": errors[0]}


def crop_photo(app: AppContext, asked: Mapping[str, Any], request: gr.Request | None) -> dict[str, Any]:
    """`describe_photo` of a part of the uploaded photo `path`, by its `turns` and `box` (photo_crop.py)."""
    path = str(asked.get("path"))
    if not gradio_hooks.is_upload(path):
        return {"error": catalog.translate("photo_not_sent", request)}
    with _OPENING, app.report_errors(request) as errors:
        part = photo_crop.Crop.of(asked)(app.read_picture(path)[1])
        file = results.new_path(f"{results.stem(path)}.png", path)
        imaging.write(part.as_image(), file)
    return {"error": errors[0]} if errors else describe_photo(app, str(file), request)


def _open_functions(app: AppContext) -> list[Callable[..., dict[str, Any]]]:
    """What the browser may call: for an uploaded photo, for an example, for a part of either, and to delete them."""

    def open_photo(asked: dict[str, Any], request: gr.Request) -> dict[str, Any]:
        return describe_photo(app, str(asked.get("path")), request)

    def open_example(asked: dict[str, Any], request: gr.Request) -> dict[str, Any]:
        name = str(asked.get("name"))
        photo = example_photo(name if name in EXAMPLES else EXAMPLES[0])
        copy = shutil.copyfile(photo, results.new_path(photo.name))  # into the folder that the page may serve
        return describe_photo(app, str(copy), request)

    def crop(asked: dict[str, Any], request: gr.Request) -> dict[str, Any]:
        return crop_photo(app, asked, request)

    def forget_photos(asked: dict[str, Any], request: gr.Request) -> dict[str, Any]:
        forget(asked.get("paths"), gradio_hooks.served_page(request.scope))
        return {}

    return [open_photo, open_example, crop, forget_photos]


def forget(paths: Any, page: gr.Blocks) -> None:
    """Delete these uploads, and all that was made of them, at once. Whatever else a browser names stays."""
    for path in paths if isinstance(paths, list) else []:
        if isinstance(path, str) and gradio_hooks.is_upload(path) and not gradio_hooks.is_shared(page, path):
            results.forget(path)


def _limits(app: AppContext) -> dict[str, int]:
    size = gradio_hooks.upload_limit(app.config.max_upload)
    return {"bytes": size, "megabytes": size // 1_000_000, "photos": MOST_PHOTOS}


def _photo_template() -> str:
    def button(action: str, key: str) -> str:
        return element(key, "button", type="button", data_action=action)

    return (
        f'<input type="file" accept="{ACCEPTED}" multiple tabindex="-1" hidden><div class="photo-frame">'
        + element("drop", "button", type="button", data_action="choose", class_="photo-drop")
        + '<img></div><ul class="photo-strip" hidden></ul><div class="photo-tools">'
        + f'<span class="photo-filled">{button("choose", "photo_replace")}{button("add", "photo_add")}'
        + f"{button('remove', 'photo_remove')}{button('crop', 'photo_crop')}</span>"
        + button("paste", "photo_paste")
        + button("camera", "photo_camera")
        + element("photo_forget", "button", type="button", data_action="forget", class_="photo-forget")
        + '</div><p class="photo-status" role="status"></p>'
        + '<dialog class="photo-camera"><video muted playsinline></video><div class="photo-tools">'
        + button("take", "photo_take")
        + button("cancel", "cancel")
        + "</div></dialog>"
        + photo_crop.template()
    )


def _thumbnail(name: str) -> dict[str, Any]:
    with Image.open(example_photo(name)) as image:
        return results.file_data(results.save_for_screen(image.convert("RGB"), f"{name}.jpg", THUMBNAIL_SIDE))
