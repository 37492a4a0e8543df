"""Training an own style: taught or optimised in a process of its own, with previews every few seconds."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from stylize.styles import PHOTO, Style
from stylize.web.app_context import AppContext, OwnStyles, session_id
from stylize.web.components.own_style import TRAINING, ViewValue, new_view, preview_value, stopped, view_value
from stylize.web.services import own_styles, results, training_jobs
from stylize.web.services.own_styles import StyleSource
from stylize.web.services.requests import Request


@dataclass(frozen=True)
class TrainingRequest:
    """A job for the training process: `task` is "teach" or "optimise"."""

    task: str
    photo: str | None
    own_styles: OwnStyles
    source: StyleSource | None


def answer_handler(app: AppContext) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that teaches or optimises what is wanted: previews every few seconds, and then the result."""

    def answer(request: gr.Request) -> Iterator[tuple[Any, ...]]:
        for asked in app.requests.answer(session_id(request), TRAINING):
            source = asked.content.source
            if source is None or not source.has_painting:
                yield new_view(None, view_value("own_gone", source))
                continue
            if not asked.cancelled():
                yield new_view(None, view_value("own_starting", source, busy=True, keep=True))
            train = _teach if asked.content.task == "teach" else _optimise
            yield from train(app, asked, source, request)

    return answer


def _teach(app: AppContext, asked: Request, source: StyleSource, request: gr.Request) -> Iterator[tuple[Any, ...]]:
    """At the end the style, also of a job that was stopped."""
    wanted: TrainingRequest = asked.content
    before = wanted.own_styles.get(source.id)
    base = before or own_styles.name_after(source, app.painter.styles[PHOTO])
    job = {
        "task": "teach",
        "models": str(app.painter.folder),
        "paintings": source.files,
        "start": before.vector.tolist() if before is not None else [],
        "steps": app.config.teach_steps,
    }
    style: Style | None = None
    values, share = _progress({"step": 0, "steps": 1})
    with app.report_errors(request) as errors:
        for message in app.training.run(job, app.config.max_training_seconds, asked.cancelled):
            style = replace(base, vector=np.array(message["vector"], np.float32))
            values, share = _progress(message)
            view = preview_value(app, wanted.photo, style, source, "own_teaching", values, busy=True, share=share)
            yield new_view(None, gr.skip() if asked.replaced() else view)
    if errors:
        yield new_view(style, gr.skip() if asked.replaced() else _failed(source, errors[0]))
    elif style is not None and share > 0:
        state = "own_taught_in_part" if share < 1 and asked.cancelled() else "own_taught_done"
        view = preview_value(app, wanted.photo, style, source, state, values)
        yield new_view(style, gr.skip() if asked.replaced() else view)
    elif not asked.replaced():
        yield new_view(None, stopped(source))


def _optimise(app: AppContext, asked: Request, source: StyleSource, request: gr.Request) -> Iterator[tuple[Any, ...]]:
    """At the end a picture, also of a job that was stopped."""
    last: Image.Image | None = None
    path = asked.content.photo or ""
    with app.report_errors(request) as errors:
        path, picture = app.read_photo(asked.content.photo)
        job = _optimise_job(app, path, picture, source)
        for message in app.training.run(job, app.config.max_training_seconds, asked.cancelled):
            last = Image.open(io.BytesIO(base64.b64decode(message["picture"]))).convert("RGB")
            shown = results.save_image(last, results.file_name(path, [source.id], ".jpg"), path)
            values, share = _progress(message)
            view = view_value("own_optimising", source, shown, values, True, share)
            yield new_view(None, gr.skip() if asked.replaced() else view)
    if asked.replaced():
        return
    if errors or last is None:
        yield new_view(None, _failed(source, errors[0]) if errors else stopped(source))
        return
    name = results.file_name(path, [f"{source.id}-optimised"], ".png")
    with app.report_errors(request):
        file = results.save_image(last, name, path)
        shown = results.save_image(last, name.replace(".png", ".jpg"), path)
        view = view_value("own_optimised_done", source, shown, {"width": last.width, "height": last.height})
        yield gr.skip(), gr.skip(), view, gr.DownloadButton(value=str(file), visible=True)


def _failed(source: StyleSource, error: str) -> ViewValue:
    """The view of training that failed; the picture that was there stays."""
    return view_value("own_failed", source, keep=True, error=error, retry=TRAINING)


def _optimise_job(app: AppContext, path: str, picture: Image.Image, source: StyleSource) -> training_jobs.Message:
    """The request for a photo of at most `optimise_size` pixels on the shorter side, twice that on the longer."""
    size = min(app.config.optimise_size, *picture.size)
    picture = picture.convert("RGB")
    longest = round(size * max(picture.size) / min(picture.size))
    picture.thumbnail((min(longest, 2 * size),) * 2, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return {
        "task": "optimise",
        "photo": str(results.save_image(picture, "photo.png", path)),
        "painting": source.painting,
        "size": min(size, *picture.size),
        "steps": app.config.optimise_steps,
    }


def _progress(message: training_jobs.Message) -> tuple[dict[str, Any], float]:
    """What fills the status line, and the share that is done."""
    share = message["step"] / max(1, message["steps"])
    return {"percent": f"{share:.0%}"}, share
