"""The look that the page opens with: that of a link, or one line why not, or the one that the browser has kept."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable
from typing import Any

import gradio as gr

from stylize.errors import StylizeError
from stylize.options import parse_style, shares
from stylize.styles import StyleRegistry
from stylize.web.app_context import AppContext
from stylize.web.locale import catalog
from stylize.web.share import ControlValues, control_values, from_kept, from_query

# The address no longer asks for what the page does not show.
_CLEAR_ADDRESS = 'if (props.value) history.replaceState(history.state, "", location.pathname);'


def build() -> gr.HTML:
    """The line, which is seen only when a link cannot be followed."""
    return gr.HTML(
        "",
        html_template='<p class="link-note" role="status">${value}</p>',
        js_on_load=_CLEAR_ADDRESS,
        apply_default_css=False,
        visible=False,
        elem_id="link-note",
    )


def open_handler(app: AppContext) -> Callable[..., tuple[Any, ...]]:
    """The handler that answers what the controls are when the page opens: kept, or in a link; or the line."""
    shown = StyleRegistry(app.styles)

    def restore(kept: str, request: gr.Request) -> tuple[Any, Any]:
        if values := from_kept(kept, shown, app.default_style):
            return list(values), gr.skip()
        try:
            options = from_query(request.query_params, shown)
        except StylizeError:
            return None, gr.HTML(reason(request.query_params["style"], app, shown, request), visible=True)
        return None if options is None else list(control_values(options)), gr.skip()

    return restore


def follow_script(app: AppContext) -> str:
    """A script of the link's values and the controls' own: what a visitor has moved meanwhile stays as it is."""
    start = json.dumps(ControlValues(app.default_style))
    return f"(look, ...now) => window.stylize.followLink({start}, look, now)"


def reason(style: str, app: AppContext, shown: StyleRegistry, request: gr.Request) -> str:
    """Why a link's style, or several, cannot be opened, as HTML: those not on show, by title where there is one."""
    try:
        names = [str(name) for name, _ in shares(parse_style(style))]
    except StylizeError:
        return catalog.translate("link_unread", request)
    return catalog.translate("link_style", request, name=html.escape(missing_styles(names, app, shown, request)))


def missing_styles(names: Iterable[str], app: AppContext, shown: StyleRegistry, request: gr.Request) -> str:
    """Those of a link's styles that are not on show, by title where there is one; empty if all are."""
    known = app.painter.styles
    missing = [name for name in names if name not in shown]
    return ", ".join(catalog.style_title(known[name], request) if name in known else name[:60] for name in missing)
