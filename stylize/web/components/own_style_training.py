"""Lessons: the slow ways to a painting's style, taught and optimised, each with previews every few seconds."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from stylize.styles import PHOTO, Style
from stylize.web.components.own_style import SIGHT, Ticket, changed, painted, unchanged, viewed
from stylize.web.services import jobs, own_styles, results
from stylize.web.services.own_styles import Sitting
from stylize.web.state import Own, Studio, visitor


def teaching(studio: Studio) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that teaches the painting: previews every few seconds, and at the end the style."""

    def teach(
        request: gr.Request, photo: str | None, mine: Own, sitting: Sitting | None, cancelled: Ticket
    ) -> Iterator[tuple[Any, ...]]:
        elsewhere = yield from _begun(studio, request, sitting, cancelled)
        if elsewhere is None or sitting is None:
            return
        before = mine.get(sitting.id)
        base = before or own_styles.made(sitting, studio.painter.styles[PHOTO])
        ask = {
            "task": "teach",
            "models": str(studio.painter.folder),
            "painting": sitting.painting,
            "start": before.vector.tolist() if before is not None else [],
            "steps": studio.settings.teach_steps,
        }
        style: Style | None = None
        with studio.excused(request):
            for line in jobs.work(ask, studio.settings.work_seconds, cancelled):
                style = replace(base, vector=np.array(line["vector"], np.float32))
                said = {"step": line["step"], "steps": line["steps"], "loss": f"{line['loss']:.2f}"}
                share = line["step"] / max(1, line["steps"])
                view = painted(studio, photo, style, sitting, "own_teaching", said, busy=True, share=share)
                yield changed(None, gr.skip() if elsewhere() else view)
        if style is not None:
            view = painted(studio, photo, style, sitting, "own_taught_done")
            yield changed(style, gr.skip() if elsewhere() else view)
        elif not elsewhere():
            yield changed(None, viewed("own_stopped", sitting, keep=True))

    return teach


def optimising(studio: Studio) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that optimises the visitor's photo: previews every few seconds, and at the end a picture."""

    def optimise(
        request: gr.Request, photo: str | None, mine: Own, sitting: Sitting | None, cancelled: Ticket
    ) -> Iterator[tuple[Any, ...]]:
        elsewhere = yield from _begun(studio, request, sitting, cancelled)
        if elsewhere is None or sitting is None:
            return
        last: Image.Image | None = None
        path = photo or ""
        with studio.excused(request):
            path, picture = studio.open(photo)
            size = min(studio.settings.work_size, *picture.size)
            picture = picture.convert("RGB")
            longest = round(size * max(picture.size) / min(picture.size))
            picture.thumbnail((min(longest, 2 * size),) * 2, Image.Resampling.LANCZOS, reducing_gap=2.0)
            ask = {
                "task": "optimise",
                "photo": str(results.put(picture, "photo.png")),
                "painting": sitting.painting,
                "size": min(size, *picture.size),
                "steps": studio.settings.optimise_steps,
            }
            for line in jobs.work(ask, studio.settings.work_seconds, cancelled):
                data = base64.b64decode(line["picture"])
                last = Image.open(io.BytesIO(data)).convert("RGB")
                said = {"step": line["step"], "steps": line["steps"], "loss": f"{line['loss']:.2f}"}
                shown = results.put(last, results.file_name(path, {sitting.id: 1.0}, ".jpg"))
                view = viewed("own_optimising", sitting, shown, said, True, line["step"] / max(1, line["steps"]))
                yield changed(None, gr.skip() if elsewhere() else view)
        if elsewhere():
            return
        if last is None:
            yield changed(None, viewed("own_stopped", sitting, keep=True))
            return
        name = results.file_name(path, {f"{sitting.id}-optimised": 1.0}, ".png")
        kept = results.put(last, name)
        shown = results.put(last, name.replace(".png", ".jpg"))
        said = {"width": last.width, "height": last.height}
        view = viewed("own_optimised_done", sitting, shown, said)
        yield gr.skip(), gr.skip(), view, gr.DownloadButton(value=str(kept), visible=True)

    return optimise


def _begun(
    studio: Studio, request: gr.Request, sitting: Sitting | None, cancelled: Ticket
) -> Generator[tuple[Any, ...], None, Ticket | None]:
    """Says that a lesson begins; what is returned tells whether the visitor looks elsewhere. None: no painting."""
    yield unchanged()
    if sitting is None or not sitting.is_there:
        yield changed(None, viewed("own_gone", sitting))
        return None
    elsewhere = studio.turns.begin(visitor(request), SIGHT)
    if not cancelled():
        yield changed(None, viewed("own_starting", sitting, busy=True, keep=True))
    return elsewhere
