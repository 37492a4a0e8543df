"""The link to a grid: it carries what the grid compares, and no photo; and what opens by it."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import gradio as gr

from stylize.errors import StylizeError
from stylize.styles import StyleRegistry
from stylize.web.app_context import AppContext
from stylize.web.components import comparison_grid, copy_link
from stylize.web.components.open_link import missing_styles
from stylize.web.locale import catalog
from stylize.web.share import GridAxes


def build() -> None:
    """The button that copies the link of the grid on show."""
    copy_link.build("#grid .grid-tools", "copy_grid_link", "copy-grid-link")


def open_handler(app: AppContext) -> Callable[[gr.Request], tuple[Any, ...]]:
    """The handler of an opened page: a link's styles, rows, strength and keep_colors as a list; and the line."""
    shown = StyleRegistry(app.styles)

    def follow(request: gr.Request) -> tuple[Any, ...]:
        try:
            axes = GridAxes.from_query(request.query_params, shown, list(comparison_grid.ROWS))
        except StylizeError:
            missing = missing_styles(request.query_params["grid"].split(","), app, shown, request)
            key = "link_grid_style" if missing else "link_grid_unread"
            line = catalog.translate(key, request, **({"name": html.escape(missing)} if missing else {}))
            return gr.skip(), gr.HTML(line, visible=True)
        if axes is None:
            return gr.skip(), gr.skip()
        styles = list(axes.styles)[: comparison_grid.MAX_STYLES]
        return [styles, axes.rows, axes.strength, axes.keep_colors], gr.skip()

    return follow
