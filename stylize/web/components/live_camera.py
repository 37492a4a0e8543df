"""The camera's frames, painted one after another: by the visitor's own device where it can (static/webgpu/), else here.

The browser sends a frame when the last one has come back, so only the latest is ever painted, and nothing queues up.
"""

from __future__ import annotations

import base64
import io
import threading
import time
from collections.abc import Callable
from typing import Any

import gradio as gr

from stylize.errors import StylizeError
from stylize.styles import StyleRegistry
from stylize.web import theme
from stylize.web.app_context import AppContext
from stylize.web.locale import catalog
from stylize.web.locale.markup import element

SIDE = 384  # longer side of a frame, pixels
FRAME_LIMIT = 400_000  # characters of a frame's data address
QUALITY = 80  # of the JPEG that goes back
CONCURRENCY_LIMIT = 1  # frames painted at a time, over all visitors: the queue for paintings keeps the other core
TIMEOUT = 5  # seconds that a frame waits

_PREFIX = "data:image/jpeg;base64,"

_CAMERA = (
    element("camera_info", "p", class_="not-on-device")
    + element("camera_info_here", "p", class_="only-on-device")
    + '<div class="camera-tools"><label>'
    + element("camera_style")
    + "<select></select></label>"
    + element("camera_start", "button", type="button", class_="camera-start")
    + '<span class="camera-more">'
    + "".join(
        element(key, "button", type="button", class_=key.replace("_", "-"))
        for key in ("camera_turn", "camera_take", "camera_record")
    )
    + '</span></div><div class="camera-stage"><video playsinline muted></video><canvas></canvas></div>'
    + '<p class="camera-rate" role="status"></p><p class="camera-place"></p>'
)


def build(app: AppContext) -> gr.HTML:
    """The camera and its painting."""
    gr.HTML(element("camera_head", "h2"), js_on_load=None, apply_default_css=False, elem_classes="tab-head")
    styles = [{**style.as_dict(), "translated": catalog.is_translated(style)} for style in app.styles]
    return gr.HTML(
        {"styles": styles, "selected": app.default_style, "side": SIDE},
        html_template=_CAMERA,
        js_on_load=theme.static("live_camera.js"),
        apply_default_css=False,
        server_functions=[paint_frame_function(app)],
        elem_id="camera",
    )


def paint_frame_function(app: AppContext) -> Callable[..., dict[str, Any]]:
    """What the browser calls with each frame."""
    slots = threading.Semaphore(CONCURRENCY_LIMIT)
    shown = StyleRegistry(app.styles)

    def paint_frame(frame: dict[str, Any], request: gr.Request) -> dict[str, Any]:
        """Answers {"picture": a data address, "seconds": of painting}, {"busy": True} or {"error": a sentence}."""
        frame = frame if isinstance(frame, dict) else {}
        data, style = str(frame.get("data", "")), str(frame.get("style", ""))
        failed = {"error": catalog.translate("camera_failed", request)}
        if not data.startswith(_PREFIX) or len(data) > FRAME_LIMIT:
            return failed
        if not slots.acquire(timeout=TIMEOUT):
            return {"busy": True}
        try:
            began = time.perf_counter()
            known = shown[style].id  # an id and nothing else
            photo = base64.b64decode(data.removeprefix(_PREFIX), validate=True)
            for _, image in app.painter.gallery(photo, [known], SIDE):
                jpeg = io.BytesIO()
                image.convert("RGB").save(jpeg, "JPEG", quality=QUALITY)
                picture = _PREFIX + base64.b64encode(jpeg.getvalue()).decode()
                return {"picture": picture, "seconds": time.perf_counter() - began}
        except StylizeError as error:
            return {"error": catalog.translate_error(error, request)}
        except ValueError:  # no base64
            return failed
        finally:
            slots.release()
        return failed

    return paint_frame
