"""Your painting: one picture becomes a style, at once, taught, or optimised onto one photo; each says what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from stylize.styles import Style
from stylize.web import theme
from stylize.web.locale import catalog
from stylize.web.locale.catalog import say
from stylize.web.services import jobs, own_styles, results
from stylize.web.services.own_styles import Sitting
from stylize.web.state import Own, Studio, visitor

TURN = "own"  # the kind of request that a newer one of the same visitor ends
SIGHT = "own-sight"  # the same for who may change what is seen
OUTPUTS = 4  # made, sitting, view, picture

View = dict[str, Any]  # what static/own_style.js shows
Ticket = Callable[[], bool]  # answers True when its work is no longer wanted

_TEMPLATE = (
    '<div class="own-pair"><figure class="own-result"><img><figcaption></figcaption></figure>'
    '<figure class="own-painting"><img>' + catalog.word("own_painting", "figcaption") + "</figure></div>"
    '<p class="own-status" role="status" aria-live="polite"></p><progress max="1" hidden></progress>'
)


@dataclass(frozen=True)
class Room:
    """The parts of the room."""

    file: gr.File
    made: gr.State  # a Style on its way among the visitor's own
    learnt: gr.State  # the same from slow work, which may end while another is made
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
        catalog.word("own_head", "h2") + catalog.word("own_lead", "p"),
        js_on_load=None,
        apply_default_css=False,
        elem_classes="room-head",
    )
    with gr.Row(elem_id="own"):
        with gr.Column(elem_id="own-bring"):
            file = gr.File(
                file_types=["image", ".heic", ".heif", ".avif", own_styles.FILE],
                label=say("own_file"),
                show_label=False,
                height=180,
                elem_id="own-file",
            )
        with gr.Column(elem_id="own-look"):
            view = gr.HTML(
                viewed("own_empty"),
                html_template=_TEMPLATE,
                js_on_load=theme.static("own_style.js"),
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
    states = (gr.State(None), gr.State(None), gr.State(None), gr.State(None))
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
    if not jobs.is_open():
        gr.HTML(catalog.word("own_no_torch", "p"), js_on_load=None, apply_default_css=False, elem_classes="speed-card")
    return teach, optimise


def _card(key: str, values: dict[str, str]) -> None:
    given = {f"data_{name}": value for name, value in values.items()}
    gr.HTML(
        catalog.word(key, "h3") + catalog.word(f"{key}_cost", "p", values, **given),
        js_on_load=None,
        apply_default_css=False,
        elem_classes="speed-card",
    )


def bringing(studio: Studio) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler of a new file: a painting, predicted at once, or a style file."""

    def bring(request: gr.Request, file: str | None, photo: str | None, mine: Own) -> Iterator[tuple[Any, ...]]:
        yield unchanged()
        if not file:
            return
        for kind in (TURN, SIGHT):
            studio.turns.begin(visitor(request), kind)
        with studio.excused(request):
            if own_styles.is_style_file(file):
                style = own_styles.open_file(studio, file, mine)
                own_styles.check_room(mine, style.id)
                sitting = Sitting(style.id, style.title)
                yield _brought(style, sitting, painted(studio, photo, style, sitting, "own_opened"))
                return
            sitting, painting = own_styles.sit(studio, file, mine)
            own_styles.check_room(mine, sitting.id)
            yield _brought(None, sitting, viewed("own_looking", sitting, busy=True))
            if not studio.painter.can_predict:
                yield changed(None, viewed("own_no_instant", sitting))
                return
            style = own_styles.made(sitting, studio.painter.predict(painting))
            yield changed(style, painted(studio, photo, style, sitting, "own_instant_done"))
            jobs.expect()
            return
        yield changed(None, viewed("own_failed"))

    return bring


def waiting(studio: Studio) -> Callable[..., tuple[Any, Any]]:
    """The handler that takes a ticket for slow work, and says at once that it is in line."""

    def wait(request: gr.Request, sitting: Sitting | None) -> tuple[Any, Any]:
        return studio.turns.begin(visitor(request), TURN), viewed("own_waiting", sitting, busy=True, keep=True)

    return wait


def stopping(studio: Studio) -> Callable[..., Any]:
    """The handler that gives the ticket back; work that has something to show for itself shows it then."""

    def stop(request: gr.Request, sitting: Sitting | None) -> Any:
        studio.turns.begin(visitor(request), TURN)
        return viewed("own_stopped", sitting, keep=True)

    return stop


def removing(mine: Own, sitting: Sitting | None) -> tuple[Any, ...]:
    """The handler that forgets the style in sight: own, sitting, view, picture, file."""
    rest = {name: style for name, style in mine.items() if sitting is None or name != sitting.id}
    return rest, None, viewed("own_removed"), gr.DownloadButton(visible=False), None


def keeping(mine: Own, style: Style | None) -> tuple[Any, Any]:
    """The handler that puts a new style among a visitor's own, which may have changed while it was made."""
    return {**mine, style.id: style} if style is not None else gr.skip(), None


def settling(mine: Own, sitting: Sitting | None) -> tuple[Any, ...]:
    """The handler of changed own styles: the buttons easel, style and remove for the one in sight."""
    style = mine.get(sitting.id) if sitting is not None else None
    there = style is not None
    file = own_styles.take_home(style) if style is not None else None
    return gr.Button(visible=there), gr.DownloadButton(value=file, visible=there), gr.Button(visible=there)


def unchanged() -> tuple[Any, ...]:
    """The room as it is."""
    return (gr.skip(),) * OUTPUTS


def _brought(style: Style | None, sitting: Sitting, view: View) -> tuple[Any, ...]:
    return (style if style is not None else gr.skip(), sitting, view, gr.DownloadButton(visible=False))


def changed(style: Style | None, view: View) -> tuple[Any, ...]:
    """A new view, and perhaps a style that is done."""
    return (style if style is not None else gr.skip(), gr.skip(), view, gr.skip())


def painted(
    studio: Studio,
    photo: str | None,
    style: Style,
    sitting: Sitting,
    state: str,
    values: dict[str, Any] | None = None,
    busy: bool = False,
    share: float | None = None,
) -> View:
    """`viewed` with a visitor's photo painted in a style."""
    path, image = own_styles.preview(studio, photo, style)
    shown = results.put(image, results.file_name(path, {style.id: 1.0}, ".jpg"))
    return viewed(state, sitting, shown, values, busy, share)


def viewed(
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
        "painting": results.served(Path(sitting.painting)) if sitting and sitting.is_there else None,
        "picture": picture and results.served(picture),
        "busy": busy,
        "share": share,
        "keep": keep,
        "slow": bool(sitting and sitting.is_there and jobs.is_open()),
    }
