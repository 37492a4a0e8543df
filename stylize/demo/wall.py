"""The wall: a photo in every style, one captioned tile each, appearing as it is finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from stylize.demo import look, shelf, words
from stylize.demo.sheet import Captioned, contact_sheet
from stylize.demo.studio import Studio, visitor

Wall = dict[str, Any]  # {"state": a key of words, "tiles": [{id, title, artist, year, ready, picture}]}

_TEMPLATE = (
    '<div class="wall-head">'
    + words.word("wall", "h2")
    + '<p class="wall-status" role="status" aria-live="polite"></p></div><ul class="tiles"></ul>'
    '<div class="pin-bar" hidden><span></span><button type="button"></button></div>'
)


def build(studio: Studio) -> gr.HTML:
    """The wall with the finished examples on it. Its events: `pick` (one style), `pin` (up to four), `compare`."""
    return gr.HTML(
        _examples(studio),
        html_template=_TEMPLATE,
        js_on_load=look.static("wall.js"),
        apply_default_css=False,
        elem_id="wall",
        chosen=next(iter(studio.first)),
        pins=[],
    )


def hanging(studio: Studio) -> Callable[[str | None, gr.Request], Iterator[Wall]]:
    """The handler of a new photo."""

    def hang(photo: str | None, request: gr.Request) -> Iterator[Wall]:
        """Paint a photo in every style; yields the wall after each. A newer photo of the same visitor ends it."""
        yield gr.skip()  # whatever happens, the wall keeps what hangs on it
        if not photo:
            return
        cancelled = studio.turns.begin(visitor(request), "wall")
        with studio.excused(request, aloud=False):  # the easel opens the same photo, and tells
            _, picture = studio.open(photo)
            done: dict[str, dict[str, Any]] = {}
            yield _wall(studio, "wall_busy", done)
            ids, size = [style.id for style in studio.styles], studio.settings.wall_size
            for style, image in studio.painter.wall(picture, ids, size, cancelled=cancelled):
                done[style.id] = shelf.served(shelf.put(image, shelf.file_name(photo, {style.id: 1.0}, ".jpg")))
                yield _wall(studio, "wall_busy" if len(done) < len(ids) else "wall_done", done)

    return hang


def sheeting(studio: Studio) -> Callable[..., Any]:
    """The handler that makes a contact sheet of a finished wall."""

    def make(photo: str | None, wall: Wall | None, request: gr.Request) -> Any:
        if not photo or not wall or wall["state"] != "wall_done":
            return gr.skip()
        with studio.excused(request):
            captioned = []
            for tile in wall["tiles"]:
                with Image.open(tile["picture"]["path"]) as image:
                    recipe = {tile["id"]: 1.0}
                    captioned.append(Captioned(image.copy(), studio.title(recipe), studio.author(recipe)))
            page = contact_sheet(captioned, studio.settings.title)
            return gr.DownloadButton(value=str(shelf.put(page, f"{shelf.stem(photo)}-wall.png")), visible=True)
        return gr.skip()

    return make


def _wall(studio: Studio, state: str, pictures: dict[str, dict[str, Any]]) -> Wall:
    """Tiles without a picture yet keep the one they have, dimmed."""
    tiles = []
    for style in studio.styles:
        picture = pictures.get(style.id)
        tiles.append({**style.as_dict(), "ready": picture is not None, "picture": picture})
    return {"state": state, "tiles": tiles}


def _examples(studio: Studio) -> Wall:
    shown: dict[str, dict[str, Any]] = {}
    for style in studio.styles:
        thumbnail: Path | None = studio.painter.styles.thumbnail(style.id)
        if thumbnail is not None:
            shown[style.id] = shelf.served(thumbnail)
    return _wall(studio, "wall_example", shown)
