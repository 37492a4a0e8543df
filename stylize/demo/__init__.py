"""The page: a small studio in the browser, built on `Stylizer`. One module per part.

arrive   the sentence, the drop zone, the examples      settings  what a host may change
wall     the photo in every style                       look      theme, style sheet, fonts
easel    one style at full size, and its tools          words     every word, in two languages
api      /stylize, /compare, /styles                    shelf     files for the browser to fetch
studio   what they all share                            turns     newer requests end older ones
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from stylize import Stylizer
from stylize.demo import api, arrive, easel, link, look, tools, wall
from stylize.demo.settings import Settings
from stylize.demo.studio import PAINTING, Studio, visitor
from stylize.demo.words import TRANSLATIONS

__all__ = ["Settings", "build_demo", "launch_options"]

CLEAN_EVERY = 600  # seconds between looks for old files
KEPT_FOR = 3000  # seconds that uploads and paintings are kept: with the line above, gone within the hour


def build_demo(painter: Stylizer | None = None, settings: Settings | None = None) -> gr.Blocks:
    """The whole page. Start it with `build_demo().launch(**launch_options())`.

    Raises StyleError if the settings name a style that is not there.
    """
    settings = settings or Settings.from_environment()
    studio = Studio(painter or Stylizer(), settings)
    page: gr.Blocks = gr.Blocks(title=settings.title, delete_cache=(CLEAN_EVERY, KEPT_FOR), analytics_enabled=False)
    with page:
        arrive.header(studio)
        with gr.Column(elem_id="studio"):
            with gr.Column(elem_id="arrive"):
                photo = arrive.build()
            with gr.Column(elem_id="easel"):
                board = easel.build(studio)
            with gr.Column(elem_id="tools"):
                kit = tools.build(studio)
        gallery = wall.build(studio)
        _connect(studio, photo, board, kit, gallery, page)
        api.build(studio)
        page.unload(studio.leave)
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


def _connect(
    studio: Studio, photo: gr.Image, board: easel.Easel, kit: tools.Tools, gallery: gr.HTML, page: gr.Blocks
) -> None:
    """Photo -> wall and easel; tile, tools, mask and link -> easel."""
    painting: dict[str, Any] = {
        "concurrency_id": PAINTING,
        "concurrency_limit": studio.settings.at_once,
        "api_visibility": "private",
        "show_progress": "hidden",
    }
    quiet: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
    mask = gr.State(None)
    inputs = [photo, mask, *kit.choice]
    outputs = [board.slider, board.flip, board.plaque, kit.png, kit.jpeg]
    paint = easel.painting(studio)

    def start(request: gr.Request) -> None:
        studio.turns.begin(visitor(request), "wall")
        studio.turns.begin(visitor(request), "easel")

    arrived = photo.change(start, **quiet)
    arrived.then(wall.hanging(studio), photo, gallery, **painting)
    arrived.then(lambda: None, None, mask, **quiet).then(paint, inputs, outputs, **painting)

    stop = studio.stopper("easel")
    gr.on([control.change for control in kit.changing], stop, **quiet).then(paint, inputs, outputs, **painting)
    board.flip.mask(easel.masking, None, mask, **quiet).then(stop, **quiet).then(paint, inputs, outputs, **painting)

    def choose(event: gr.EventData) -> str:
        return studio.painter.styles[str(event.id)].id

    gallery.pick(choose, None, kit.chosen, **quiet).then(stop, **quiet).then(paint, inputs, outputs, **painting)

    linked = page.load(link.opening(studio), None, [*kit.choice, gallery], **quiet)
    linked.then(link.painting(studio), inputs, outputs, **painting)
