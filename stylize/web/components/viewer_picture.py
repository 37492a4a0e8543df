"""The picture in the viewer: photo and painting over each other, divided or alone, zoomed, and the mask on them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from stylize.errors import PictureError
from stylize.web import theme
from stylize.web.app_context import AppContext
from stylize.web.components import viewer_regions
from stylize.web.hosting import gradio_hooks
from stylize.web.locale.markup import element
from stylize.web.services import results
from stylize.web.share import ControlValues

KIND = "viewer"  # of request
# One script in this order; the last one shows the first painting.
SCRIPTS = (
    "viewer.js",
    "viewer_zoom.js",
    "viewer_mask.js",
    "viewer_regions.js",
    "viewer_region_pen.js",
    "viewer_device.js",
    "viewer_start.js",
)

_OPENING = threading.BoundedSemaphore(1)  # pictures written at full size at the same time: each takes 200 MB meanwhile


def build(app: AppContext, value: dict[str, Any]) -> gr.HTML:
    """The picture. Its events: `mask` (drawn anew), `region` (regions have other styles or corrections).

    `value` has `request` (its number), `photo` and `painting` (files for the screen), `size` (width and height at full
    size), `final` (False for a preview), `whole` (what `full_size_function` takes, or None), `title`, and `translated`
    (the id under which the catalogues have the title, or None).
    """
    return gr.HTML(
        value,
        html_template=_template(app),
        js_on_load="\n".join(map(theme.static, SCRIPTS)),
        apply_default_css=False,
        server_functions=[full_size_function(app), viewer_regions.find_function(app)],
        screen=app.config.screen_size,
        first=list(ControlValues(app.default_style)),
        elem_id="slider",
    )


def full_size_function(app: AppContext) -> Callable[..., dict[str, Any]]:
    """What the browser calls when somebody looks closer than the copies for the screen can show."""

    def full_size(asked: dict[str, str], request: gr.Request) -> dict[str, Any]:
        """For the paths of a `photo` and a `painting` answers `{"photo": file, "painting": file}` or `{"error": ...}`.

        Only what this page has made or was sent has such paths, and nobody can guess them.
        """
        with _OPENING, app.report_errors(request) as errors:
            opened = {name: _open(app, str(asked.get(name))) for name in ("photo", "painting")}
            return {name: results.file_data(path) for name, path in opened.items()}
        return {"error": errors[0]}

    return full_size


def _open(app: AppContext, path: str) -> Path:
    """A copy at full size that browsers can show. Raises PictureError."""
    if not gradio_hooks.is_upload(path):
        raise PictureError("This picture is no longer here.")
    path, picture = app.read_photo(path)
    return results.save_photo_for_screen(path, picture, max(picture.size))


def _template(app: AppContext) -> str:
    return (
        '<div class="viewer-stage" tabindex="0" role="group"><div class="viewer-picture">'
        '<img class="viewer-photo" draggable="false"><img class="viewer-painting" draggable="false">'
        '<i class="region-veil" aria-hidden="true"></i>'
        '<canvas tabindex="0" role="application"></canvas><span class="mask-cursor" aria-hidden="true"></span></div>'
        '<div class="viewer-divider" role="slider" tabindex="0" aria-valuemin="0" aria-valuemax="100"><span></span>'
        '</div></div><div class="viewer-tools">'
        + viewer_regions.opener(app)
        + '<p class="viewer-note" role="status"></p><div class="viewer-zoom" role="group">'
        + _zoom_button("out", "−", "zoom_out")
        + element("zoom_fit", "button", type="button", data_zoom="fit")
        + _zoom_button("1", "100%")
        + _zoom_button("2", "200%")
        + _zoom_button("in", "+", "zoom_in")
        + "</div>"
        '<button type="button" class="viewer-fullscreen" data-label="fullscreen"><svg viewBox="0 0 24 24" '
        'aria-hidden="true"><path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/></svg></button></div>'
        '<div class="mask-tools">'
        + element("mask_info", "p")
        + "<label>"
        + element("mask_size")
        + '<input type="range" min="2" max="30" value="9"></label>'
        + element("mask_invert", "button", type="button", aria_pressed="false", class_="mask-invert")
        + element("mask_clear", "button", type="button", class_="mask-clear")
        + element("regions_take_away", "button", type="button", aria_pressed="false", class_="region-take-away")
        + element("regions_done", "button", type="button", class_="region-done")
        + element("mask_keys", "p", class_="mask-keys")
        + "</div>"
        + viewer_regions.template()
    )


def _zoom_button(zoom: str, text: str, label: str = "") -> str:
    """HTML of a button that reads the same in every language; static/viewer.js fills in its label."""
    labelled = f' data-label="{label}"' if label else ""
    return f'<button type="button" data-zoom="{zoom}"{labelled}>{text}</button>'
