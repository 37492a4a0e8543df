"""Live: the camera's pictures painted one after another. The browser sends a frame when the last one has come back,
so only the latest is ever painted, and nothing queues up."""

from __future__ import annotations

import base64
import io
import threading
import time
from typing import Any

import gradio as gr

from stylize.errors import StylizeError
from stylize.web import theme
from stylize.web.locale import catalog
from stylize.web.state import Studio

SIDE = 384  # longer side of a frame, pixels
FRAME_LIMIT = 400_000  # characters of a frame's data address
QUALITY = 80  # of the JPEG that goes back
AT_ONCE = 1  # frames painted at a time, over all visitors: the line for paintings keeps the other core
PATIENCE = 5  # seconds a frame waits for its turn

_PREFIX = "data:image/jpeg;base64,"

_TEMPLATE = (
    catalog.word("live_info", "p")
    + '<div class="live-tools"><label>'
    + catalog.word("live_style")
    + "<select></select></label>"
    + catalog.word("live_start", "button", type="button", class_="live-start")
    + '</div><div class="live-stage"><video playsinline muted></video><canvas></canvas></div>'
    + '<p class="live-rate" role="status"></p>'
)


def build(studio: Studio) -> gr.HTML:
    """The camera and its painting."""
    gr.HTML(catalog.word("live_head", "h2"), js_on_load=None, apply_default_css=False, elem_classes="room-head")
    return gr.HTML(
        {"styles": [style.as_dict() for style in studio.styles], "first": next(iter(studio.first)), "side": SIDE},
        html_template=_TEMPLATE,
        js_on_load=theme.static("camera.js"),
        apply_default_css=False,
        server_functions=[painting(studio)],
        elem_id="live",
    )


def painting(studio: Studio) -> Any:
    """What the browser calls with each frame."""
    turn = threading.Semaphore(AT_ONCE)

    def paint_frame(frame: dict[str, Any]) -> dict[str, Any]:
        """Answers `{"picture": a data address, "seconds": of painting}`, or `{"error": a sentence}`."""
        frame = frame if isinstance(frame, dict) else {}
        data, style = str(frame.get("data", "")), str(frame.get("style", ""))
        if not data.startswith(_PREFIX) or len(data) > FRAME_LIMIT:
            return {"error": "A frame is a small JPEG."}
        if not turn.acquire(timeout=PATIENCE):
            return {"busy": True}
        try:
            started = time.perf_counter()
            known = studio.painter.styles[style].id  # an id and nothing else
            photo = base64.b64decode(data.removeprefix(_PREFIX), validate=True)
            for _, image in studio.painter.gallery(photo, [known], SIDE):
                jpeg = io.BytesIO()
                image.convert("RGB").save(jpeg, "JPEG", quality=QUALITY)
                picture = _PREFIX + base64.b64encode(jpeg.getvalue()).decode()
                return {"picture": picture, "seconds": time.perf_counter() - started}
        except (StylizeError, ValueError) as error:  # ValueError: no base64
            return {"error": str(error)}
        finally:
            turn.release()
        return {"error": "Nothing was painted."}

    return paint_frame
