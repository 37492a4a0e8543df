"""A button that copies a link to what is on show, or shows the link where the browser does not let it copy."""

from __future__ import annotations

import gradio as gr

from stylize.web import theme
from stylize.web.locale.markup import element


def build(source: str, message: str, elem_id: str) -> gr.HTML:
    """The button with this message; `source` selects the element whose `data-query` is the link's query."""
    return gr.HTML(
        html_template=element(message, "button", type="button")
        + '<p class="link-status" role="status"></p><input type="text" readonly hidden>',
        js_on_load=theme.static("copy_link.js"),
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes="copy-link",
        source=source,
        message=message,
    )
