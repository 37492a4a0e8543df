"""The page: `build_demo` puts its parts together, `launch_options` says how it is served.

config      what a host may change                     app_context what all parts share
components  the visible parts, one module each         events      what leads from one part to another
services    requests, jobs, results, own styles    hosting     shutting down, memory, streams, hooks
locale      the languages                              static      style sheet, scripts, fonts
share       options as controls and as a link          theme       how it looks
api         /stylize, /compare, ...                    link_preview what other sites show of a link
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from stylize import Stylizer
from stylize.paths import STATIC
from stylize.web import api, compare_events, events, link_preview, theme
from stylize.web.app_context import AppContext
from stylize.web.components import (
    about,
    compare_tab,
    comparison_grid,
    device_switch,
    difference_view,
    duel,
    grid_link,
    grid_numbers,
    live_camera,
    own_style,
    photo_input,
    video_tab,
)
from stylize.web.config import WebConfig
from stylize.web.hosting import answer_streams, device_files, gradio_hooks, hang_ups, heartbeats, memory
from stylize.web.locale.catalog import TRANSLATIONS, i18n
from stylize.web.services import results, training_jobs
from stylize.web.services.training_jobs import TrainingJobs

__all__ = ["WebConfig", "build_demo", "launch_options"]

CLEAN_SECONDS = 600  # between two searches for old files
KEEP_SECONDS = 3000  # that uploads and paintings are kept: with the line above, gone within the hour

MIDDLEWARE = [
    Middleware(part)
    for part in (
        link_preview.LinkPreviewMiddleware,
        device_files.DeviceFilesMiddleware,
        answer_streams.AnswerStreamMiddleware,
        heartbeats.HeartbeatMiddleware,
        hang_ups.HangUpMiddleware,
    )
]


def build_demo(
    painter: Stylizer | None = None, config: WebConfig | None = None, training: TrainingJobs = training_jobs
) -> gr.Blocks:
    """The whole page. Start it with `build_demo().launch(**launch_options())`.

    Raises StyleError if the configuration names a style that is not there.
    """
    config = config or WebConfig.from_environment()
    app = AppContext((painter or Stylizer()).for_strangers(), config, training)
    page: gr.Blocks = gr.Blocks(title=config.title, delete_cache=(CLEAN_SECONDS, KEEP_SECONDS), analytics_enabled=False)
    with page:
        photo_input.build_header(app)
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(i18n("tab_paint"), id="paint"):
                paint_tab = events.build_paint_tab(app)
            if "own" not in config.hidden:
                with gr.Tab(i18n("tab_own"), id="own") as tab:
                    device_switch.build_note()
                    own_style_tab = own_style.build(app)
                events.connect_own_style(app, paint_tab, own_style_tab, tabs, tab)
            if "compare" not in config.hidden:
                with gr.Tab(i18n("tab_compare"), id="compare") as tab:
                    device_switch.build_note()
                    compared = compare_tab.build()
                    dueling = duel.build()
                    grid = comparison_grid.build(app)
                    grid_link.build()
                    numbers = grid_numbers.build()
                    difference_view.build()
                compare_events.connect_comparison(app, paint_tab, compared, tab)
            if "live" not in config.hidden:
                with gr.Tab(i18n("tab_live"), id="live"):
                    device_switch.build_note("device_no_films")
                    video = video_tab.build(app)
                    live_camera.build(app)
                events.connect_video(app, paint_tab, video)
            if "about" not in config.hidden:
                with gr.Tab(i18n("tab_about"), id="about"):
                    about.build(app, page)
        if "compare" not in config.hidden:
            compare_events.connect_duel(app, paint_tab, dueling, tabs, page)
            compare_events.connect_grid(app, paint_tab, grid, tabs, page)
            compare_events.connect_grid_numbers(app, paint_tab, grid, numbers)
        events.connect_paint(app, paint_tab, page)
        api.build(app, page)
        link_preview.build(app, page)
        device_files.build(app, page)
        page.unload(app.end_session)
    gradio_hooks.expire(page, results.FILES)
    gradio_hooks.keep_what_is_skipped()
    page.queue(max_size=config.queue_size)
    answer_streams.build(page)
    return page


def launch_options(config: WebConfig | None = None) -> dict[str, Any]:
    """What `launch` needs for this page: its look, and what Gradio leaves open and this page closes."""
    config = config or WebConfig.from_environment()
    return {
        "theme": theme.theme(),
        "css": theme.style_sheet(config),
        "head": theme.head(),
        "i18n": TRANSLATIONS,
        "app_kwargs": {"middleware": MIDDLEWARE},
        "footer_links": [],
        "favicon_path": STATIC / "favicon.png",
        "max_file_size": config.max_upload,
        "show_error": False,
        "enable_monitoring": False,
        "run_history": False,
        "state_session_capacity": memory.MAX_SESSIONS,
        "allowed_paths": [],
        "ssr_mode": False,
        **gradio_hooks.PATIENT_START,
    }
