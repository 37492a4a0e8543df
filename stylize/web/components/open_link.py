"""Share links: an address with options in it opens the page with them, or one line says why not."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import gradio as gr

from stylize.errors import StylizeError
from stylize.options import parse_style, shares
from stylize.styles import StyleRegistry
from stylize.web import theme
from stylize.web.app_context import AppContext
from stylize.web.locale import catalog
from stylize.web.share import ControlValues, control_values, from_query


def build() -> gr.HTML:
    """The line, which is seen only when a link cannot be followed."""
    return gr.HTML(
        "",
        html_template='<p class="link-note" role="status">${value}</p>',
        js_on_load=theme.static("open_link.js"),
        apply_default_css=False,
        visible=False,
        elem_id="link-note",
    )


def open_handler(app: AppContext) -> Callable[..., tuple[Any, ...]]:
    """The handler that sets the controls, and the line, when the page opens."""
    shown = StyleRegistry(app.styles)
    unchanged = (gr.skip(),) * len(ControlValues._fields)

    def restore(request: gr.Request) -> tuple[Any, ...]:
        try:
            options = from_query(request.query_params, shown)
        except StylizeError:
            return *unchanged, gr.HTML(_reason(request.query_params["style"], app, shown, request), visible=True)
        return *(unchanged if options is None else control_values(options)), gr.skip()

    return restore


def _reason(style: str, app: AppContext, shown: StyleRegistry, request: gr.Request) -> str:
    """Why a link's style cannot be opened, as HTML: the styles that are not on show, by title where there is one."""
    try:
        names = [str(name) for name, _ in shares(parse_style(style))]
    except StylizeError:
        return catalog.translate("link_unread", request)
    known = app.painter.styles
    missing = [name for name in names if name not in shown]
    titles = [catalog.style_title(known[name], request) if name in known else name[:60] for name in missing]
    return catalog.translate("link_style", request, name=html.escape(", ".join(titles)))
