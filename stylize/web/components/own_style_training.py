"""Training an own style: taught or optimised in a process of its own, with previews every few seconds."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from stylize.callbacks import CancelCheck
from stylize.styles import PHOTO, Style
from stylize.web.components.own_style import DISPLAY, new_view, preview_value, unchanged, view_value
from stylize.web.services import jobs, own_styles, results
from stylize.web.services.own_styles import StyleSource
from stylize.web.state import AppState, OwnStyles, session_id


def teach_handler(app: AppState) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that teaches the painting: previews every few seconds, and at the end the style."""

    def teach(
        photo: str | None, mine: OwnStyles, source: StyleSource | None, cancelled: CancelCheck, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        hidden = yield from _begin(app, request, source, cancelled)
        if hidden is None or source is None:
            return
        before = mine.get(source.id)
        base = before or own_styles.name_after(source, app.painter.styles[PHOTO])
        job = {
            "task": "teach",
            "models": str(app.painter.folder),
            "painting": source.painting,
            "start": before.vector.tolist() if before is not None else [],
            "steps": app.config.teach_steps,
        }
        style: Style | None = None
        with app.report_errors(request):
            for message in jobs.run(job, app.config.max_training_seconds, cancelled):
                style = replace(base, vector=np.array(message["vector"], np.float32))
                values, share = _progress(message)
                view = preview_value(app, photo, style, source, "own_teaching", values, busy=True, share=share)
                yield new_view(None, gr.skip() if hidden() else view)
        if style is not None:
            view = preview_value(app, photo, style, source, "own_taught_done")
            yield new_view(style, gr.skip() if hidden() else view)
        elif not hidden():
            yield new_view(None, view_value("own_stopped", source, keep=True))

    return teach


def optimise_handler(app: AppState) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that optimises the visitor's photo: previews every few seconds, and at the end a picture."""

    def optimise(
        photo: str | None, mine: OwnStyles, source: StyleSource | None, cancelled: CancelCheck, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        hidden = yield from _begin(app, request, source, cancelled)
        if hidden is None or source is None:
            return
        last: Image.Image | None = None
        path = photo or ""
        with app.report_errors(request):
            path, picture = app.read_photo(photo)
            job = _optimise_job(app, picture, source)
            for message in jobs.run(job, app.config.max_training_seconds, cancelled):
                last = Image.open(io.BytesIO(base64.b64decode(message["picture"]))).convert("RGB")
                shown = results.save_image(last, results.file_name(path, [source.id], ".jpg"))
                values, share = _progress(message)
                view = view_value("own_optimising", source, shown, values, True, share)
                yield new_view(None, gr.skip() if hidden() else view)
        if hidden():
            return
        if last is None:
            yield new_view(None, view_value("own_stopped", source, keep=True))
            return
        name = results.file_name(path, [f"{source.id}-optimised"], ".png")
        file = results.save_image(last, name)
        shown = results.save_image(last, name.replace(".png", ".jpg"))
        view = view_value("own_optimised_done", source, shown, {"width": last.width, "height": last.height})
        yield gr.skip(), gr.skip(), view, gr.DownloadButton(value=str(file), visible=True)

    return optimise


def _optimise_job(app: AppState, picture: Image.Image, source: StyleSource) -> jobs.Message:
    """The request for a photo of at most `optimise_size` pixels on the shorter side, twice that on the longer."""
    size = min(app.config.optimise_size, *picture.size)
    picture = picture.convert("RGB")
    longest = round(size * max(picture.size) / min(picture.size))
    picture.thumbnail((min(longest, 2 * size),) * 2, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return {
        "task": "optimise",
        "photo": str(results.save_image(picture, "photo.png")),
        "painting": source.painting,
        "size": min(size, *picture.size),
        "steps": app.config.optimise_steps,
    }


def _progress(message: jobs.Message) -> tuple[dict[str, Any], float]:
    """What fills the status line, and the share that is done."""
    values = {"step": message["step"], "steps": message["steps"], "loss": f"{message['loss']:.2f}"}
    return values, message["step"] / max(1, message["steps"])


def _begin(
    app: AppState, request: gr.Request, source: StyleSource | None, cancelled: CancelCheck
) -> Generator[tuple[Any, ...], None, CancelCheck | None]:
    """Says that training begins; what is returned tells whether the tab shows something else by now.

    None: there is no painting.
    """
    yield unchanged()
    if source is None or not source.has_painting:
        yield new_view(None, view_value("own_gone", source))
        return None
    hidden = app.requests.begin(session_id(request), DISPLAY)
    if not cancelled():
        yield new_view(None, view_value("own_starting", source, busy=True, keep=True))
    return hidden
