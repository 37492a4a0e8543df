"""Undo, redo, and the last looks of this photo, each to return to by one tap."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr
from gradio.components import Component

from stylize.web import theme
from stylize.web.app_context import AppContext
from stylize.web.locale.markup import element
from stylize.web.share import ControlValues

_HISTORY = (
    '<div class="history-tools">'
    + element("undo", "button", type="button", class_="history-undo", disabled="")
    + element("redo", "button", type="button", class_="history-redo", disabled="")
    + '</div><ol class="history-looks"></ol>'
)


def build(app: AppContext) -> gr.HTML:
    """The history, which the browser keeps. Its event: `restore` (a look)."""
    return gr.HTML(
        html_template=_HISTORY,
        js_on_load=theme.static("viewer_history.js"),
        apply_default_css=False,
        elem_id="viewer-history",
        first=list(ControlValues(app.default_style)),
    )


def connect(history: gr.HTML, look: Sequence[Component]) -> None:
    """Have the event set what makes a look: the mask and the controls. What follows from that is as if by hand."""
    history.restore(None, None, look, js="() => window.stylize.restoredLook", trigger_mode="multiple")
