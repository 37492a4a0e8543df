"""The page: a small studio in the browser, built on `Stylizer`. One module per part.

arrive   the sentence, the drop zone, the examples      settings  what a host may change
wall     the photo in every style                       look      theme, style sheet, fonts
easel    one style or blend at full size, the mask      words     every word, in two languages
tools    strength, brush, blend, downloads              shelf     files for the browser to fetch
compare  two to four pinned paintings                   sheet     contact sheets
yours    a visitor's painting becomes a style           own       styles of one visitor
lessons  taught and optimised, with previews            workshop  slow work in a process of its own
film     a film, painted and played
live     the camera, frame by frame                     about     numbers, and the calls as code
link     addresses that carry a choice                  turns     newer requests end older ones
api      /stylize, /compare, /styles                    choice    what a visitor chose
titles   the presets' titles in Chinese                 plaque    title, artist, time, size
english, chinese  the words themselves                  doors     what leads from one part to another
studio   what they all share                           closing  what happens when the page is stopped
memory   one for many visitors
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from stylize import Stylizer
from stylize.web import api, events, theme
from stylize.web.components import about, camera, comparison, own_style, photo_input, video_tab
from stylize.web.config import Settings
from stylize.web.hosting import memory
from stylize.web.locale import catalog
from stylize.web.locale.catalog import TRANSLATIONS, say
from stylize.web.services import results
from stylize.web.state import Studio

__all__ = ["Settings", "build_demo", "launch_options"]

CLEAN_EVERY = 600  # seconds between looks for old files
KEPT_FOR = 3000  # seconds that uploads and paintings are kept: with the line above, gone within the hour


def build_demo(painter: Stylizer | None = None, settings: Settings | None = None) -> gr.Blocks:
    """The whole page. Start it with `build_demo().launch(**launch_options())`.

    Raises StyleError if the settings name a style that is not there.
    """
    settings = settings or Settings.from_environment()
    studio = Studio((painter or Stylizer()).for_strangers(), settings)
    catalog.add_titles(studio.painter.styles)
    page: gr.Blocks = gr.Blocks(title=settings.title, delete_cache=(CLEAN_EVERY, KEPT_FOR), analytics_enabled=False)
    with page:
        photo_input.sign(studio)
        with gr.Tabs(elem_id="rooms") as rooms:
            with gr.Tab(say("tab_studio"), id="studio"):
                desk = events.build_desk(studio)
            if "own" not in settings.hidden:
                with gr.Tab(say("tab_own"), id="own") as tab:
                    room = own_style.build(studio)
                events.open_yours(studio, desk, room, rooms, tab)
            if "compare" not in settings.hidden:
                with gr.Tab(say("tab_compare"), id="compare") as tab:
                    board = comparison.build()
                events.open_compare(studio, desk, board, rooms, tab)
            if "live" not in settings.hidden:
                with gr.Tab(say("tab_live"), id="live"):
                    projector = video_tab.build(studio)
                    camera.build(studio)
                events.open_film(studio, desk, projector)
            if "about" not in settings.hidden:
                with gr.Tab(say("tab_about"), id="about"):
                    about.build(studio, page)
        events.open_studio(studio, desk, page)
        api.build(studio)
        page.unload(studio.leave)
    page.temp_file_sets.append(results.LYING)  # what no component ever showed is deleted as well
    page.queue(max_size=settings.queue)
    return page


def launch_options(settings: Settings | None = None) -> dict[str, Any]:
    """What `launch` needs for this page: its look, and doors closed that Gradio leaves open."""
    settings = settings or Settings.from_environment()
    return {
        "theme": theme.theme(),
        "css": theme.style_sheet(settings),
        "head": theme.head(),
        "i18n": TRANSLATIONS,
        "footer_links": [],
        "favicon_path": theme.STATIC / "favicon.png",
        "max_file_size": settings.max_upload,
        "show_error": False,
        "enable_monitoring": False,
        "run_history": False,
        "state_session_capacity": memory.VISITORS,
        "allowed_paths": [],
        "ssr_mode": False,
    }
