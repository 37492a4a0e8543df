"""The difference of two paintings: a dialog with a divider, a fade, a blink, and a map of where they differ.

static/difference_view.js shows it for any two pictures on the page; nothing is asked of the server.
"""

from __future__ import annotations

import gradio as gr

from stylize.web import theme
from stylize.web.locale.markup import element

VIEWS = ("split", "fade", "blink", "map")


def build() -> None:
    """The dialog, closed."""
    gr.HTML(
        html_template=_template(),
        js_on_load=theme.static("difference_view.js"),
        apply_default_css=False,
        elem_id="difference",
    )


def _template() -> str:
    views = "".join(
        f'<label><input type="radio" name="difference-view" value="{view}">{element(f"difference_{view}")}</label>'
        for view in VIEWS
    )
    return (
        '<dialog class="difference"><p class="difference-titles"><strong></strong><strong></strong></p>'
        f'<div class="difference-views" role="radiogroup">{views}</div>'
        '<div class="difference-stage"><img><img><canvas role="img"></canvas></div>'
        '<input class="difference-share" type="range" min="0" max="100">'
        + '<button type="button" class="difference-blink"></button>'
        + '<p class="difference-scale"><span>0</span><i></i><span></span></p>'
        + '<p class="difference-said" role="status"></p>'
        + element("gradio_close", "button", type="button", class_="difference-close")
        + "</dialog>"
    )
