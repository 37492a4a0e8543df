"""The switch "Paint on my device", and what stands in its place where something is made on the server only."""

from __future__ import annotations

import gradio as gr

from stylize.web import theme
from stylize.web.locale.markup import element

_SWITCH = (
    '<label><input type="checkbox" role="switch">'
    + element("device_switch")
    + '</label><p class="device-state" role="status"></p><div class="device-answers" hidden></div>'
    + element("device_not_there", "p", class_="device-not-there", hidden="")
)


def build() -> gr.HTML:
    """The switch. static/on_device.js keeps what is chosen; the server knows nothing of it."""
    return gr.HTML(
        html_template=_SWITCH,
        js_on_load=theme.static("device_switch.js"),
        apply_default_css=False,
        elem_id="device-switch",
    )


def build_note(key: str = "device_closed") -> None:
    """A message for a tab, in place of all on it but the camera, for as long as the switch is on."""
    gr.HTML(element(key, "p"), js_on_load=None, apply_default_css=False, elem_classes="device-note")
