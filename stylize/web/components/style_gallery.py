"""The gallery: a photo in every style, one captioned tile each, appearing as it is finished."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from stylize.imaging.contact_sheet import TILE, Tile, contact_sheet
from stylize.styles import Style
from stylize.web import theme
from stylize.web.app_context import AppContext, OwnStyles
from stylize.web.components.request_status import request_status
from stylize.web.locale import catalog
from stylize.web.locale.markup import element
from stylize.web.services import results
from stylize.web.services.pace import Pace
from stylize.web.services.requests import Request

# {"request": its number, "state": the key of a message,
#  "tiles": [{id, title, artist, year, translated, own, ready, picture}]}
GalleryValue = dict[str, Any]

KIND = "gallery"  # of request
SCRIPTS = ("style_gallery.js", "gallery_device.js")  # one script in this order

_GALLERY = (
    '<div class="gallery-head">'
    + element("gallery", "h2")
    + '<p class="gallery-status" role="status" aria-live="polite"></p>'
    + request_status(KIND)
    + '</div><p class="gallery-region" role="status" hidden><span></span>'
    + element("gallery_whole", "button", type="button")
    + '</p><ul class="tiles"></ul>'
    '<div class="pin-bar" hidden><span></span><button type="button"></button></div>'
)


def build(app: AppContext) -> gr.HTML:
    """The gallery of finished examples. Its events: `pick` (one style), `pin` (up to four), `compare`."""
    return gr.HTML(
        _value(app, "gallery_example", _thumbnails(app), {}, 0),
        html_template=_GALLERY,
        js_on_load="\n".join(map(theme.static, SCRIPTS)),
        apply_default_css=False,
        elem_id="gallery",
        selected=app.default_style,
    )


@dataclass(frozen=True)
class PaintedTiles:
    """The files of a photo's paintings by style."""

    photo: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    def of(self, photo: str | None, styles: Iterable[Style]) -> dict[str, Path]:
        """Those of this photo in these styles that are still there."""
        if photo is None or photo != self.photo:
            return {}
        found = {style.id: Path(self.files.get(style.id, "")) for style in styles}
        return {name: path for name, path in found.items() if path.is_file()}


@dataclass(frozen=True)
class GalleryRequest:
    """What the gallery depends on, and what is painted already."""

    photo: str | None
    own_styles: OwnStyles
    painted: PaintedTiles


def waiting(app: AppContext, wanted: GalleryRequest, number: int) -> GalleryValue:
    """The gallery of a photo that is in line; without a photo there is nothing to wait for but own styles."""
    if wanted.photo is None and not wanted.own_styles:
        return _value(app, "gallery_example", _thumbnails(app), {}, number)
    return _value(app, "gallery_waiting", {}, wanted.own_styles, number)


def answer_handler(app: AppContext) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that paints the photo that is wanted in every style."""

    def failed(asked: Request, sentence: str) -> tuple[Any, ...]:
        return _value(app, "gallery_kept", {}, asked.content.own_styles, asked.number), gr.skip(), gr.skip()

    def answer(request: gr.Request) -> Iterator[tuple[Any, ...]]:
        """Yields the gallery's outputs after each tile: gallery, painted tiles, contact sheet."""
        yield from app.answers(request, KIND, lambda asked: _paint(app, asked), failed)

    return answer


def _paint(app: AppContext, asked: Request) -> Iterator[tuple[Any, ...]]:
    """Raises StylizeError, also Cancelled if there is a newer request."""
    wanted: GalleryRequest = asked.content
    own, number = wanted.own_styles, asked.number
    done = _thumbnails(app) if wanted.photo is None else wanted.painted.of(wanted.photo, app.styles)
    yield _value(app, "gallery_busy", done, own, number), gr.skip(), gr.DownloadButton(visible=False)
    path, picture = app.read_photo(wanted.photo)
    missing = [style.id for style in app.styles if style.id not in done]
    pace = Pace()
    for style, image in app.paint_tiles(picture, own, missing, asked.cancelled):
        done[style.id] = results.save_image(image, results.file_name(path, [style.id], ".jpg"), path)
        if asked.cancelled():
            return
        if pace.is_due():
            yield _value(app, "gallery_busy", done, own, number), gr.skip(), gr.skip()
    painted = PaintedTiles(wanted.photo, {name: str(file) for name, file in done.items()})
    state = "gallery_done" if wanted.photo else "gallery_example"
    yield _value(app, state, done, own, number), painted, gr.skip()
    if wanted.photo:
        sheet = _contact_sheet(app, done, own)
        file = results.save_image(sheet, f"{results.stem(path)}-wall.png", path)
        if not asked.cancelled():
            yield gr.skip(), gr.skip(), gr.DownloadButton(value=str(file), visible=True)


def _contact_sheet(app: AppContext, done: Mapping[str, Path], own_styles: OwnStyles) -> Image.Image:
    """All tiles on one page, in the gallery's order."""
    tiles = []
    for name in [*own_styles, *(style.id for style in app.styles)]:
        styles = app.weighted_styles(name, own_styles)
        with Image.open(done[name]) as image:
            tiles.append(Tile(image.copy(), app.title(styles), app.artists(styles)))
    return contact_sheet(tiles, width=TILE, heading=app.config.title)


def _value(
    app: AppContext, state: str, pictures: Mapping[str, Path], own_styles: OwnStyles, number: int
) -> GalleryValue:
    """Tiles without a picture keep the one they have, dimmed while the gallery is being painted."""
    busy = state in ("gallery_waiting", "gallery_busy")
    styles = [*own_styles.values(), *app.styles]
    tiles = [_tile(style, pictures.get(style.id), not busy, style.id in own_styles) for style in styles]
    return {"state": state, "tiles": tiles, "request": number}


def _tile(style: Style, path: Path | None, ready: bool, own: bool) -> dict[str, Any]:
    return {
        **style.as_dict(),
        "translated": catalog.is_translated(style),
        "own": own,
        "ready": ready or path is not None,
        "picture": path and results.file_data(path),
    }


def _thumbnails(app: AppContext) -> dict[str, Path]:
    """The picture of every style on show; a style that came without one is painted now."""
    shown: dict[str, Path] = {}
    for style in app.styles:
        path = app.painter.styles.thumbnail(style.id)
        if path is None:
            _, picture = app.read_photo(None)
            for _, image in app.painter.gallery(picture, [style.id], app.config.tile_size):
                path = results.save_image(image, f"{style.id}.jpg")
        if path is not None:
            shown[style.id] = path
    return shown
