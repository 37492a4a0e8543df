"""The gallery: a photo in every style, one captioned tile each, appearing as it is finished."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import gradio as gr
from PIL import Image

from stylize.imaging.contact_sheet import TILE, Tile, contact_sheet
from stylize.styles import Style
from stylize.web import theme
from stylize.web.locale import catalog
from stylize.web.locale.markup import element
from stylize.web.services import results
from stylize.web.state import AppState, OwnStyles, session_id

# {"state": the key of a message, "tiles": [{id, title, artist, year, translated, own, ready, picture}]}
GalleryValue = dict[str, Any]

_GALLERY = (
    '<div class="gallery-head">'
    + element("gallery", "h2")
    + '<p class="gallery-status" role="status" aria-live="polite"></p></div><ul class="tiles"></ul>'
    '<div class="pin-bar" hidden><span></span><button type="button"></button></div>'
)


def build(app: AppState) -> gr.HTML:
    """The gallery of finished examples. Its events: `pick` (one style), `pin` (up to four), `compare`."""
    return gr.HTML(
        _examples(app),
        html_template=_GALLERY,
        js_on_load=theme.static("style_gallery.js"),
        apply_default_css=False,
        elem_id="gallery",
        selected=app.default_style,
        pins=[],
    )


def paint_handler(app: AppState) -> Callable[..., Iterator[tuple[Any, Any]]]:
    """The handler of a new photo; yields the gallery, and at the end the files of its pictures by style."""

    def paint(photo: str | None, own_styles: OwnStyles, request: gr.Request) -> Iterator[tuple[Any, Any]]:
        """Paint a photo in every style; yields the gallery after each. A newer photo of the visitor ends it."""
        yield gr.skip(), gr.skip()
        if not photo:
            return
        cancelled = app.requests.begin(session_id(request), "gallery")
        done: dict[str, Path] = {}
        with app.report_errors(request, quiet=True):  # the viewer opens the same photo, and tells
            _, picture = app.read_photo(photo)
            yield _value(app, "gallery_busy", done, own_styles), gr.skip()
            for style, image in app.paint_every_style(picture, own_styles, cancelled):
                if cancelled():
                    return
                done[style.id] = results.save_image(image, results.file_name(photo, [style.id], ".jpg"))
                yield _value(app, "gallery_busy", done, own_styles), gr.skip()
        if cancelled():
            return
        if len(done) == len(app.styles) + len(own_styles):
            files = {name: str(path) for name, path in done.items()}
            yield _value(app, "gallery_done", done, own_styles), files
        else:
            yield _value(app, "gallery_kept", done, own_styles), gr.skip()

    return paint


def waiting(app: AppState, own_styles: OwnStyles) -> GalleryValue:
    """The gallery of a photo that is in line."""
    return _value(app, "gallery_waiting", {}, own_styles)


def paint_own_styles_handler(app: AppState) -> Callable[..., Any]:
    """The handler of changed own styles; answers a gallery with their tiles alone: the others stay."""

    def paint(photo: str | None, own_styles: OwnStyles, files: dict[str, str], request: gr.Request) -> Any:
        with app.report_errors(request):
            path, picture = app.read_photo(photo)
            done = {}
            for style, image in itertools.islice(app.paint_every_style(picture, own_styles, None), len(own_styles)):
                done[style.id] = results.save_image(image, results.file_name(path, [style.id], ".jpg"))
            tiles = [_tile(style, done[style.id], True, True) for style in own_styles.values()]
            shipped = {name: file for name, file in files.items() if name in app.painter.styles}
            own = {name: str(file) for name, file in done.items()}
            return {"state": None, "tiles": tiles}, {**own, **shipped} if shipped else gr.skip()
        return gr.skip(), gr.skip()

    return paint


def contact_sheet_handler(app: AppState) -> Callable[..., Any]:
    """The handler that makes a contact sheet of a finished gallery."""

    def make(photo: str | None, own_styles: OwnStyles, files: dict[str, str], request: gr.Request) -> Any:
        if not photo or not files:
            return gr.skip()
        with app.report_errors(request):
            captioned = []
            for name, path in files.items():
                styles = app.weighted_styles(name, own_styles)
                with Image.open(path) as image:
                    captioned.append(Tile(image.copy(), app.title(styles), app.artists(styles)))
            sheet = contact_sheet(captioned, width=TILE, heading=app.config.title)
            file = results.save_image(sheet, f"{results.stem(photo)}-wall.png")
            return gr.DownloadButton(value=str(file), visible=True)
        return gr.skip()

    return make


def _value(
    app: AppState, state: str, pictures: Mapping[str, Path], own_styles: OwnStyles = MappingProxyType({})
) -> GalleryValue:
    """Tiles without a picture keep the one they have, dimmed while the gallery is being painted."""
    busy = state in ("gallery_waiting", "gallery_busy")
    styles = [*own_styles.values(), *app.styles]
    tiles = [_tile(style, pictures.get(style.id), not busy, style.id in own_styles) for style in styles]
    return {"state": state, "tiles": tiles}


def _tile(style: Style, path: Path | None, ready: bool, own: bool) -> dict[str, Any]:
    return {
        **style.as_dict(),
        "translated": catalog.is_translated(style),
        "own": own,
        "ready": ready or path is not None,
        "picture": path and results.file_data(path),
    }


def _examples(app: AppState) -> GalleryValue:
    """Every style's thumbnail; a style that came without one is painted now."""
    shown: dict[str, Path] = {}
    for style in app.styles:
        path = app.painter.styles.thumbnail(style.id)
        if path is None:
            _, picture = app.read_photo(None)
            for _, image in app.painter.gallery(picture, [style.id], app.config.tile_size):
                path = results.save_image(image, f"{style.id}.jpg")
        if path is not None:
            shown[style.id] = path
    return _value(app, "gallery_example", shown)
