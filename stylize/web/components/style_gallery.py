"""The wall: a photo in every style, one captioned tile each, appearing as it is finished."""

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
from stylize.web.services import results
from stylize.web.state import Own, Studio, visitor

Wall = dict[str, Any]  # {"state": a key of words, "tiles": [{id, title, artist, year, own, ready, picture}]}

_TEMPLATE = (
    '<div class="wall-head">'
    + catalog.word("wall", "h2")
    + '<p class="wall-status" role="status" aria-live="polite"></p></div><ul class="tiles"></ul>'
    '<div class="pin-bar" hidden><span></span><button type="button"></button></div>'
)


def build(studio: Studio) -> gr.HTML:
    """The wall with the finished examples on it. Its events: `pick` (one style), `pin` (up to four), `compare`."""
    return gr.HTML(
        _examples(studio),
        html_template=_TEMPLATE,
        js_on_load=theme.static("style_gallery.js"),
        apply_default_css=False,
        elem_id="wall",
        chosen=next(iter(studio.first)),
        pins=[],
    )


def hanging(studio: Studio) -> Callable[..., Iterator[tuple[Any, Any]]]:
    """The handler of a new photo; yields the wall, and at the end where its pictures lie."""

    def hang(photo: str | None, own: Own, request: gr.Request) -> Iterator[tuple[Any, Any]]:
        """Paint a photo in every style; yields the wall after each. A newer photo of the same visitor ends it."""
        yield gr.skip(), gr.skip()
        if not photo:
            return
        cancelled = studio.turns.begin(visitor(request), "wall")
        done: dict[str, Path] = {}
        with studio.excused(request, aloud=False):  # the easel opens the same photo, and tells
            _, picture = studio.open(photo)
            yield _wall(studio, "wall_busy", done, own), gr.skip()
            for style, image in studio.hang(picture, own, cancelled):
                if cancelled():
                    return
                done[style.id] = results.put(image, results.file_name(photo, {style.id: 1.0}, ".jpg"))
                yield _wall(studio, "wall_busy", done, own), gr.skip()
        if cancelled():
            return
        if len(done) == len(studio.styles) + len(own):
            yield _wall(studio, "wall_done", done, own), {name: str(path) for name, path in done.items()}
        else:
            yield _wall(studio, "wall_kept", done, own), gr.skip()

    return hang


def waiting(studio: Studio, own: Own) -> Wall:
    """The wall of a photo that is in line."""
    return _wall(studio, "wall_waiting", {}, own)


def adding(studio: Studio) -> Callable[..., Any]:
    """The handler of a changed set of own styles; answers a wall with their tiles alone: the others stay."""

    def add(photo: str | None, own: Own, hung: dict[str, str], request: gr.Request) -> Any:
        with studio.excused(request):
            path, picture = studio.open(photo)
            done = {}
            for style, image in itertools.islice(studio.hang(picture, own, lambda: False), len(own)):
                done[style.id] = results.put(image, results.file_name(path, {style.id: 1.0}, ".jpg"))
            tiles = [_tile(style, done[style.id], True, True) for style in own.values()]
            there = {name: file for name, file in hung.items() if name in studio.painter.styles}
            files = {name: str(file) for name, file in done.items()}
            return {"state": None, "tiles": tiles}, {**files, **there} if there else gr.skip()
        return gr.skip(), gr.skip()

    return add


def sheeting(studio: Studio) -> Callable[..., Any]:
    """The handler that makes a contact sheet of a finished wall."""

    def make(photo: str | None, own: Own, hung: dict[str, str], request: gr.Request) -> Any:
        if not photo or not hung:
            return gr.skip()
        with studio.excused(request):
            captioned, book = [], studio.book(own)
            for name, path in hung.items():
                parts = [(book[name], 1.0)]
                with Image.open(path) as image:
                    captioned.append(Tile(image.copy(), studio.title(parts), studio.author(parts)))
            page = contact_sheet(captioned, width=TILE, heading=studio.settings.title)
            return gr.DownloadButton(value=str(results.put(page, f"{results.stem(photo)}-wall.png")), visible=True)
        return gr.skip()

    return make


def _wall(studio: Studio, state: str, pictures: Mapping[str, Path], own: Own = MappingProxyType({})) -> Wall:
    """Tiles without a picture keep the one they have, dimmed while the wall is being painted."""
    busy = state in ("wall_waiting", "wall_busy")
    tiles = [
        _tile(style, pictures.get(style.id), not busy, style.id in own) for style in [*own.values(), *studio.styles]
    ]
    return {"state": state, "tiles": tiles}


def _tile(style: Style, path: Path | None, ready: bool, own: bool) -> dict[str, Any]:
    return {
        **style.as_dict(),
        "own": own,
        "ready": ready or path is not None,
        "picture": path and results.served(path),
    }


def _examples(studio: Studio) -> Wall:
    """Every style's thumbnail; a style that came without one is painted now."""
    shown: dict[str, Path] = {}
    for style in studio.styles:
        path = studio.painter.styles.thumbnail(style.id)
        if path is None:
            _, picture = studio.open(None)
            for _, image in studio.painter.gallery(picture, [style.id], studio.settings.wall_size):
                path = results.put(image, f"{style.id}.jpg")
        if path is not None:
            shown[style.id] = path
    return _wall(studio, "wall_example", shown)
