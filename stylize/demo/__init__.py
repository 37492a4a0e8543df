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
from stylize.demo import api, arrive, easel, look, wall
from stylize.demo.settings import Settings
from stylize.demo.studio import PAINTING, Recipe, Studio
from stylize.demo.words import say

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
        recipe = gr.State(dict(studio.first))
        arrive.header(studio)
        with gr.Column(elem_id="studio"):
            with gr.Column(elem_id="arrive"):
                arrival = arrive.build()
            with gr.Column(elem_id="easel"):
                board = easel.build_easel(studio)
            with gr.Column(elem_id="tools"):
                tools = easel.build_tools()
        gallery = wall.build(studio)
        _connect(studio, recipe, arrival, board, tools, gallery)
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
        "i18n": say,
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
    studio: Studio, recipe: gr.State, arrival: arrive.Arrival, board: easel.Easel, tools: easel.Tools, gallery: gr.HTML
) -> None:
    """Photo -> wall and easel; tile -> easel; tools -> easel."""
    painting: dict[str, Any] = {
        "concurrency_id": PAINTING,
        "concurrency_limit": studio.settings.at_once,
        "api_visibility": "private",
        "show_progress": "hidden",
    }
    quiet: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
    inputs = [arrival.photo, recipe, tools.strength, tools.brush, tools.keep]
    outputs = [board.slider, board.flip, board.plaque, tools.png, tools.jpeg]
    paint = easel.painting(studio)
    stop_easel = studio.stopper("easel")

    arrived = arrival.photo.change(studio.stopper("wall"), **quiet)
    arrived.then(wall.hanging(studio), arrival.photo, gallery, **painting)
    changed = gr.on(
        [arrival.photo.change, tools.strength.change, tools.brush.change, tools.keep.change], stop_easel, **quiet
    )
    changed.then(paint, inputs, outputs, **painting)

    def choose(event: gr.EventData) -> Recipe:
        return {studio.painter.styles[str(event.id)].id: 1.0}

    gallery.pick(choose, None, recipe, **quiet).then(stop_easel, **quiet).then(paint, inputs, outputs, **painting)
