"""Your painting: one picture becomes a style, at once, taught, or optimised onto one photo; each says what it costs."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from stylize.demo import look, own, shelf, words, workshop
from stylize.demo.own import Sitting
from stylize.demo.studio import Own, Studio, visitor
from stylize.demo.words import say
from stylize.errors import NetworkError
from stylize.styles import Style

TURN = "own"  # the kind of request that a newer one of the same visitor ends
OUTPUTS = 4  # made, sitting, view, picture

View = dict[str, Any]  # what static/yours.js shows
Ticket = Callable[[], bool]  # answers True when its work is no longer wanted

_TEMPLATE = (
    '<div class="own-pair"><figure class="own-result"><img><figcaption></figcaption></figure>'
    '<figure class="own-painting"><img>' + words.word("own_painting", "figcaption") + "</figure></div>"
    '<p class="own-status" role="status" aria-live="polite"></p><progress max="1" hidden></progress>'
)


@dataclass(frozen=True)
class Room:
    """The parts of the room."""

    file: gr.File
    made: gr.State  # the newest Style, on its way among the visitor's own
    sitting: gr.State
    ticket: gr.State  # tells whether the slow work that was asked for last is still wanted
    view: gr.HTML
    picture: gr.DownloadButton
    style: gr.DownloadButton
    teach: gr.Button
    optimise: gr.Button
    stop: gr.Button
    easel: gr.Button
    remove: gr.Button

    @property
    def outputs(self) -> list[Any]:
        """In the order of what the handlers yield."""
        return [self.made, self.sitting, self.view, self.picture]


def build(studio: Studio) -> Room:
    """The room as a visitor finds it."""
    gr.HTML(
        words.word("own_head", "h2") + words.word("own_lead", "p"),
        js_on_load=None,
        apply_default_css=False,
        elem_classes="room-head",
    )
    with gr.Row(elem_id="own"):
        with gr.Column(elem_id="own-bring"):
            file = gr.File(
                file_types=["image", ".heic", ".heif", ".avif", own.FILE],
                label=say("own_file"),
                show_label=False,
                height=180,
                elem_id="own-file",
            )
        with gr.Column(elem_id="own-look"):
            view = gr.HTML(
                _view("own_empty"),
                html_template=_TEMPLATE,
                js_on_load=look.static("yours.js"),
                apply_default_css=False,
                elem_id="own-view",
            )
            stop = gr.Button(say("own_stop"), variant="secondary", elem_id="own-stop")
            with gr.Row(elem_id="own-take"):
                hidden: dict[str, Any] = {"visible": False, "min_width": 120}
                easel = gr.Button(say("own_easel"), variant="primary", elem_id="own-easel", **hidden)
                picture = gr.DownloadButton(say("own_picture"), elem_id="own-picture", **hidden)
                style = gr.DownloadButton(say("own_style"), elem_id="own-style", **hidden)
                remove = gr.Button(say("own_remove"), elem_id="own-remove", **hidden)
        with gr.Column(elem_id="own-speeds"):
            teach, optimise = _speeds(studio)
    states = (gr.State(None), gr.State(None), gr.State(None))
    return Room(file, *states, view, picture, style, teach, optimise, stop, easel, remove)


def _speeds(studio: Studio) -> tuple[gr.Button, gr.Button]:
    """The three ways, each with what it costs; the buttons of the two slow ones."""
    settings = studio.settings
    _card("own_instant", {})
    with gr.Column(elem_classes="speed"):
        _card("own_taught", {"minutes": "1"})
        teach = gr.Button(say("own_teach"), variant="primary", elem_id="own-teach")
    with gr.Column(elem_classes="speed"):
        _card("own_optimised", {"minutes": f"{settings.work_seconds / 60:g}", "size": str(settings.work_size)})
        optimise = gr.Button(say("own_optimise"), variant="secondary", elem_id="own-optimise")
    if not workshop.is_open():
        gr.HTML(words.word("own_no_torch", "p"), js_on_load=None, apply_default_css=False, elem_classes="speed-card")
    return teach, optimise


def _card(key: str, values: dict[str, str]) -> None:
    given = {f"data_{name}": value for name, value in values.items()}
    gr.HTML(
        words.word(key, "h3") + words.word(f"{key}_cost", "p", values, **given),
        js_on_load=None,
        apply_default_css=False,
        elem_classes="speed-card",
    )


def bringing(studio: Studio) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler of a new file: a painting, predicted at once, or a style file."""

    def bring(request: gr.Request, file: str | None, photo: str | None, mine: Own) -> Iterator[tuple[Any, ...]]:
        yield _keep()
        if not file:
            return
        studio.turns.begin(visitor(request), TURN)
        with studio.excused(request):
            if own.is_style_file(file):
                style = own.open_file(studio, file, mine)
                own.check_room(mine, style.id)
                sitting = Sitting(style.id, style.title)
                yield _brought(style, sitting, _painted(studio, photo, style, sitting, "own_opened"))
                return
            sitting, painting = own.sit(studio, file, mine)
            own.check_room(mine, sitting.id)
            yield _brought(None, sitting, _view("own_looking", sitting, busy=True))
            try:
                style = own.made(sitting, studio.painter.predict(painting))
            except NetworkError:  # this host has no encoder
                yield _changed(None, _view("own_no_instant", sitting))
                return
            yield _changed(style, _painted(studio, photo, style, sitting, "own_instant_done"))
            return
        yield _changed(None, _view("own_failed"))

    return bring


def waiting(studio: Studio) -> Callable[..., tuple[Any, Any]]:
    """The handler that takes a ticket for slow work, and says at once that it is in line."""

    def wait(request: gr.Request, sitting: Sitting | None) -> tuple[Any, Any]:
        return studio.turns.begin(visitor(request), TURN), _view("own_waiting", sitting, busy=True, keep=True)

    return wait


def stopping(studio: Studio) -> Callable[..., Any]:
    """The handler that gives the ticket back; work that has something to show for itself shows it then."""

    def stop(request: gr.Request, sitting: Sitting | None) -> Any:
        studio.turns.begin(visitor(request), TURN)
        return _view("own_stopped", sitting, keep=True)

    return stop


def removing(mine: Own, sitting: Sitting | None) -> tuple[Any, ...]:
    """The handler that forgets the style in sight: own, sitting, view, picture, file."""
    rest = {name: style for name, style in mine.items() if sitting is None or name != sitting.id}
    return rest, None, _view("own_removed"), gr.DownloadButton(visible=False), None


def keeping(mine: Own, style: Style | None) -> tuple[Any, Any]:
    """The handler that puts a new style among a visitor's own, which may have changed while it was made."""
    return {**mine, style.id: style} if style is not None else gr.skip(), None


def settling(mine: Own, sitting: Sitting | None) -> tuple[Any, ...]:
    """The handler of changed own styles: the buttons easel, style and remove for the one in sight."""
    style = mine.get(sitting.id) if sitting is not None else None
    there = style is not None
    file = own.take_home(style) if style is not None else None
    return gr.Button(visible=there), gr.DownloadButton(value=file, visible=there), gr.Button(visible=there)


def teaching(studio: Studio) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that teaches the painting: previews every few seconds, and at the end the style."""

    def teach(
        request: gr.Request, photo: str | None, mine: Own, sitting: Sitting | None, cancelled: Ticket
    ) -> Iterator[tuple[Any, ...]]:
        yield _keep()
        if sitting is None or not sitting.is_there:
            yield _changed(None, _view("own_gone", sitting))
            return
        before = mine.get(sitting.id)
        base = before or own.made(sitting, studio.painter.styles["photo"])
        ask = {
            "task": "teach",
            "models": str(studio.painter.folder),
            "painting": sitting.painting,
            "start": before.vector.tolist() if before is not None else [],
            "steps": studio.settings.teach_steps,
        }
        style: Style | None = None
        with studio.excused(request):
            for line in workshop.work(ask, studio.settings.work_seconds, cancelled):
                style = replace(base, vector=np.array(line["vector"], np.float32))
                said = {"step": line["step"], "steps": line["steps"], "loss": f"{line['loss']:.2f}"}
                share = line["step"] / max(1, line["steps"])
                view = _painted(studio, photo, style, sitting, "own_teaching", said, busy=True, share=share)
                yield _changed(None, view)
        if style is None:
            yield _changed(None, _view("own_stopped", sitting, keep=True))
        else:
            yield _changed(style, _painted(studio, photo, style, sitting, "own_taught_done"))

    return teach


def optimising(studio: Studio) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that optimises the visitor's photo: previews every few seconds, and at the end a picture."""

    def optimise(
        request: gr.Request, photo: str | None, mine: Own, sitting: Sitting | None, cancelled: Ticket
    ) -> Iterator[tuple[Any, ...]]:
        yield _keep()
        if sitting is None or not sitting.is_there:
            yield _changed(None, _view("own_gone", sitting))
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
                "photo": str(shelf.put(picture, "photo.png")),
                "painting": sitting.painting,
                "size": min(size, *picture.size),
                "steps": studio.settings.optimise_steps,
            }
            for line in workshop.work(ask, studio.settings.work_seconds, cancelled):
                data = base64.b64decode(line["picture"])
                last = Image.open(io.BytesIO(data)).convert("RGB")
                said = {"step": line["step"], "steps": line["steps"], "loss": f"{line['loss']:.2f}"}
                shown = shelf.put(last, shelf.file_name(path, {sitting.id: 1.0}, ".jpg"))
                view = _view("own_optimising", sitting, shown, said, True, line["step"] / max(1, line["steps"]))
                yield _changed(None, view)
        if last is None:
            yield _changed(None, _view("own_stopped", sitting, keep=True))
            return
        name = shelf.file_name(path, {f"{sitting.id}-optimised": 1.0}, ".png")
        kept = shelf.put(last, name)
        shown = shelf.put(last, name.replace(".png", ".jpg"))
        said = {"width": last.width, "height": last.height}
        view = _view("own_optimised_done", sitting, shown, said)
        yield gr.skip(), gr.skip(), view, gr.DownloadButton(value=str(kept), visible=True)

    return optimise


def _keep() -> tuple[Any, ...]:
    return (gr.skip(),) * OUTPUTS


def _brought(style: Style | None, sitting: Sitting, view: View) -> tuple[Any, ...]:
    return (style if style is not None else gr.skip(), sitting, view, gr.DownloadButton(visible=False))


def _changed(style: Style | None, view: View) -> tuple[Any, ...]:
    return (style if style is not None else gr.skip(), gr.skip(), view, gr.skip())


def _painted(
    studio: Studio,
    photo: str | None,
    style: Style,
    sitting: Sitting,
    state: str,
    values: dict[str, Any] | None = None,
    busy: bool = False,
    share: float | None = None,
) -> View:
    path, image = own.preview(studio, photo, style)
    shown = shelf.put(image, shelf.file_name(path, {style.id: 1.0}, ".jpg"))
    return _view(state, sitting, shown, values, busy, share)


def _view(
    state: str,
    sitting: Sitting | None = None,
    picture: Any = None,
    values: dict[str, Any] | None = None,
    busy: bool = False,
    share: float | None = None,
    keep: bool = False,
) -> View:
    """`state` is a key of words; `keep` leaves the picture in sight when there is no new one."""
    return {
        "state": state,
        "values": values or {},
        "title": sitting.title if sitting else "",
        "painting": shelf.served(Path(sitting.painting)) if sitting and sitting.is_there else None,
        "picture": picture and shelf.served(picture),
        "busy": busy,
        "share": share,
        "keep": keep,
        "slow": bool(sitting and sitting.is_there and workshop.is_open()),
    }
