"""What the page opens with: the own styles that the browser has kept, and a look: the kept one, or that of a link.

A link that cannot be followed is one line why not.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gradio as gr

from stylize.errors import StylizeError
from stylize.options import PaintOptions, called_region, parse_regions, parse_style, shares
from stylize.region_engine import ALIASES
from stylize.styles import StyleRegistry
from stylize.web.app_context import AppContext
from stylize.web.components.controls import style_choices
from stylize.web.locale import catalog
from stylize.web.services import own_styles
from stylize.web.share import ControlValues, control_values, from_kept, from_query, region_styles

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
    """The handler that answers what the page opens with, of what the browser has kept: a look, and own styles.

    It answers what the controls are, the line, the own styles, and the two lists that offer them.
    """

    def restore(kept: str, kept_styles: str, request: gr.Request) -> tuple[Any, ...]:
        mine = own_styles.from_kept(app, "" if "own" in app.config.hidden else kept_styles)
        look, line = _look(app, app.registry(mine), kept, request)
        if not mine:
            return look, line, gr.skip(), gr.skip(), gr.skip()
        choices = style_choices(app, mine, request)
        return look, line, mine, gr.Dropdown(choices=choices), gr.Dropdown(choices=choices)

    return restore


def _look(app: AppContext, shown: StyleRegistry, kept: str, request: gr.Request) -> tuple[Any, Any]:
    """What the controls are, and the line."""
    if values := from_kept(kept, shown, app.default_style):
        return list(values), gr.skip()
    query = dict(request.query_params)
    line: Any = gr.skip()
    try:
        options = from_query(query, shown)
    except StylizeError:
        line = gr.HTML(reason(query["style"], app, shown, request, query.get("regions", "")), visible=True)
        options = _without_regions(query, shown)
    if unknown := missing_regions(options, app, request):
        line = gr.HTML(catalog.translate("link_region", request, name=html.escape(unknown)), visible=True)
        options = _without_regions(query, shown)
    return None if options is None else list(control_values(options)), line


def _without_regions(query: Mapping[str, str], shown: StyleRegistry) -> PaintOptions | None:
    """What is left of a link whose regions cannot be opened; None if nothing is."""
    try:
        return from_query({**query, "regions": ""}, shown)
    except StylizeError:
        return None


def follow_script(app: AppContext) -> str:
    """A script of the link's values and the controls' own: what a visitor has moved meanwhile stays as it is."""
    start = json.dumps(ControlValues(app.default_style))
    return f"(look, ...now) => window.stylize.followLink({start}, look, now)"


def reason(style: str, app: AppContext, shown: StyleRegistry, request: gr.Request, regions: str = "") -> str:
    """Why a link's style, or several, cannot be opened, as HTML: those not on show, by title where there is one."""
    try:
        names = [*(str(name) for name, _ in shares(parse_style(style))), *region_styles(parse_regions(regions))]
    except StylizeError:
        return catalog.translate("link_unread", request)
    return catalog.translate("link_style", request, name=html.escape(missing_styles(names, app, shown, request)))


def missing_regions(options: PaintOptions | None, app: AppContext, request: gr.Request) -> str:
    """Those of a link's regions that the models do not know."""
    if options is None or not options.regions:
        return ""
    known = {*app.painter.region_names, *ALIASES} if app.finds_regions else ()
    names = [called_region(name) or "" for name, _ in options.by_region()]
    return catalog.join_names((name[:60] for name in names if name not in known), request)


def missing_styles(names: Iterable[str], app: AppContext, shown: StyleRegistry, request: gr.Request) -> str:
    """Those of a link's styles that are not on show, by title where there is one; empty if all are."""
    known = app.painter.styles
    missing = [name for name in names if name not in shown]
    titles = (catalog.style_title(known[name], request) if name in known else name[:60] for name in missing)
    return catalog.join_names(titles, request)
