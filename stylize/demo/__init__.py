"""The page: a small studio in the browser, built on `Stylizer`. One module per part.

arrive   the sentence, the drop zone, the examples      settings  what a host may change
wall     the photo in every style                       look      theme, style sheet, fonts
easel    one style or blend at full size, the mask      words     every word, in two languages
tools    strength, brush, blend, downloads              shelf     files for the browser to fetch
compare  two to four pinned paintings                   sheet     contact sheets
live     the camera, frame by frame                     about     numbers, and the calls as code
link     addresses that carry a choice                  turns     newer requests end older ones
api      /stylize, /compare, /styles                    choice    what a visitor chose
titles   the presets' titles in Chinese                 plaque    title, artist, time, size
studio   what they all share                           closing  what happens when the page is stopped
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from stylize import Stylizer
from stylize.demo import about, api, arrive, compare, easel, link, live, look, shelf, tools, wall, words
from stylize.demo.settings import Settings
from stylize.demo.studio import PAINTING, Studio, visitor
from stylize.demo.words import TRANSLATIONS, say

__all__ = ["Settings", "build_demo", "launch_options"]

CLEAN_EVERY = 600  # seconds between looks for old files
KEPT_FOR = 3000  # seconds that uploads and paintings are kept: with the line above, gone within the hour
QUIET: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}


def build_demo(painter: Stylizer | None = None, settings: Settings | None = None) -> gr.Blocks:
    """The whole page. Start it with `build_demo().launch(**launch_options())`.

    Raises StyleError if the settings name a style that is not there.
    """
    settings = settings or Settings.from_environment()
    studio = Studio((painter or Stylizer()).for_strangers(), settings)
    words.add_titles(studio.painter.styles)
    page: gr.Blocks = gr.Blocks(title=settings.title, delete_cache=(CLEAN_EVERY, KEPT_FOR), analytics_enabled=False)
    with page:
        arrive.sign(studio)
        with gr.Tabs(elem_id="rooms") as rooms:
            with gr.Tab(say("tab_studio"), id="studio"):
                desk = _build_desk(studio)
            if "compare" not in settings.hidden:
                with gr.Tab(say("tab_compare"), id="compare") as room:
                    board = compare.build()
                _connect_compare(studio, desk, board, rooms, room)
            if "live" not in settings.hidden:
                with gr.Tab(say("tab_live"), id="live"):
                    live.build(studio)
            if "about" not in settings.hidden:
                with gr.Tab(say("tab_about"), id="about"):
                    about.build(studio, page)
        _connect(studio, desk, page)
        api.build(studio)
        page.unload(studio.leave)
    page.temp_file_sets.append(shelf.LYING)  # what no component ever showed is deleted as well
    page.queue(max_size=settings.queue)
    return page


def launch_options(settings: Settings | None = None) -> dict[str, Any]:
    """What `launch` needs for this page: its look, and doors closed that Gradio leaves open."""
    settings = settings or Settings.from_environment()
    return {
        "theme": look.theme(),
        "css": look.style_sheet(settings),
        "head": look.head(),
        "i18n": TRANSLATIONS,
        "footer_links": [],
        "favicon_path": look.STATIC / "favicon.png",
        "max_file_size": settings.max_upload,
        "show_error": False,
        "enable_monitoring": False,
        "run_history": False,
        "allowed_paths": [],
        "ssr_mode": False,
    }


@dataclass(frozen=True)
class Desk:
    """The parts of the first room."""

    photo: gr.Image
    mask: gr.State
    board: easel.Easel
    kit: tools.Tools
    gallery: gr.HTML
    sheet: gr.DownloadButton


def _build_desk(studio: Studio) -> Desk:
    arrive.headline(studio)
    with gr.Column(elem_id="studio"):
        with gr.Column(elem_id="arrive"):
            photo = arrive.build()
        with gr.Column(elem_id="easel"):
            board = easel.build(studio)
        with gr.Column(elem_id="tools"):
            kit = tools.build(studio, board.welcome)
    gallery = wall.build(studio)
    sheet = gr.DownloadButton(say("wall_sheet"), visible=False, elem_id="wall-sheet")
    return Desk(photo, gr.State(None), board, kit, gallery, sheet)


def _queued(studio: Studio) -> dict[str, Any]:
    """How everything that paints is run: one line for all of it, so many at once."""
    return {
        "concurrency_id": PAINTING,
        "concurrency_limit": studio.settings.at_once,
        "api_visibility": "private",
        "show_progress": "hidden",
    }


def _connect(studio: Studio, desk: Desk, page: gr.Blocks) -> None:
    """Photo -> wall and easel; tile, tools, mask and link -> easel."""
    photo, mask, board, kit, gallery = desk.photo, desk.mask, desk.board, desk.kit, desk.gallery
    queued = _queued(studio)
    inline = {**queued, "show_progress": "minimal", "show_progress_on": board.slider}  # busy, and the place in line
    inputs = [photo, mask, *kit.choice]
    outputs = [board.slider, board.flip, board.plaque, kit.png, kit.jpeg]
    paint = easel.painting(studio)

    def start(path: str | None, request: gr.Request) -> Any:
        studio.turns.begin(visitor(request), "wall")
        studio.turns.begin(visitor(request), "easel")
        return wall.waiting(studio) if path else gr.skip()

    arrived = photo.change(start, photo, gallery, **QUIET)
    hung = gr.State({})
    painted = arrived.then(wall.hanging(studio), photo, [gallery, hung], **queued)
    painted.then(wall.sheeting(studio), [photo, hung], desk.sheet, **QUIET)
    arrived.then(lambda: None, None, mask, **QUIET).then(paint, inputs, outputs, **inline)

    stop = studio.stopper("easel")
    gr.on([control.change for control in kit.changing], stop, **QUIET).then(paint, inputs, outputs, **inline)
    board.flip.mask(easel.masking, None, mask, **QUIET).then(stop, **QUIET).then(paint, inputs, outputs, **inline)

    def choose(event: gr.EventData) -> str:
        return studio.painter.styles[str(event.id)].id

    gallery.pick(choose, None, kit.chosen, **QUIET).then(stop, **QUIET).then(paint, inputs, outputs, **inline)

    spoken = {**QUIET, "queue": True}  # only what is queued can warn
    linked = gr.State("")  # changes only when a link asked for something
    page.load(link.opening(studio), None, [*kit.choice, gallery, linked], **spoken)
    linked.change(paint, inputs, outputs, **inline)


def _connect_compare(studio: Studio, desk: Desk, board: compare.Board, rooms: gr.Tabs, room: gr.Tab) -> None:
    """Pins -> the room where they are compared."""
    desk.gallery.pin(compare.pinning, None, board.pins, **QUIET)
    desk.gallery.compare(lambda: gr.Tabs(selected="compare"), None, rooms, **QUIET)
    room.select(studio.stopper("compare"), **QUIET).then(
        compare.painting(studio), [desk.photo, board.pins, *desk.kit.choice], board.outputs, **_queued(studio)
    )
