"""A film: brought, painted frame by frame in a chosen look, played and taken home."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from stylize.errors import VideoError
from stylize.video.formats import READABLE
from stylize.web import theme
from stylize.web.components.controls import listed
from stylize.web.locale import catalog
from stylize.web.locale.catalog import say
from stylize.web.paint_options import Choice
from stylize.web.services import results
from stylize.web.state import Own, Studio, look_of, visitor

FIRST = "film_easel"  # what stands first among the styles: the look on the easel
FILM = "film"  # the concurrency_id of films, one at a time; also the kind of request that a newer one ends
GLANCE = 0.5  # seconds between two looks at how far it is
FRAMES = 120  # frames in a second that a film may have, over its whole length
PATIENCE = 20  # seconds of painting that one second of the longest film may take

View = dict[str, Any]  # what static/video_tab.js shows
Ticket = Callable[[], bool]  # answers True when its work is no longer wanted

_TEMPLATE = (
    '<p class="film-status" role="status" aria-live="polite"></p><progress max="1" hidden></progress>'
    "<video controls playsinline hidden></video>"
)


@dataclass(frozen=True)
class Projector:
    """The parts of the room."""

    file: gr.File
    style: gr.Dropdown
    start: gr.Button
    stop: gr.Button
    ticket: gr.State  # tells whether the film that was asked for last is still wanted
    view: gr.HTML
    film: gr.DownloadButton


def build(studio: Studio) -> Projector:
    """An empty projector; how long a film may be stands first."""
    settings = studio.settings
    limits = {"seconds": f"{settings.film_seconds:g}", "megabytes": settings.max_upload.lower().removesuffix("mb")}
    given = {f"data_{name}": value for name, value in limits.items()}
    gr.HTML(
        catalog.word("film_head", "h2") + catalog.word("film_info", "p", limits, **given),
        js_on_load=None,
        apply_default_css=False,
        elem_classes="room-head",
    )
    with gr.Row(elem_id="film"):
        with gr.Column(elem_id="film-bring"):
            file = gr.File(
                file_types=["video", ".gif", *READABLE],
                label=say("film_file"),
                show_label=False,
                height=160,
                elem_id="film-file",
            )
            style = gr.Dropdown(
                listed(studio, {}, first=FIRST),
                value="",
                label=say("film_style"),
                filterable=False,
                elem_id="film-style",
            )
            start = gr.Button(say("film_start"), variant="primary", elem_id="film-start")
            stop = gr.Button(say("film_stop"), elem_id="film-stop")
        with gr.Column(elem_id="film-look"):
            view = gr.HTML(
                _view("film_empty"),
                html_template=_TEMPLATE,
                js_on_load=theme.static("video_tab.js"),
                apply_default_css=False,
                elem_id="film-view",
            )
            film = gr.DownloadButton(say("film_take"), variant="primary", visible=False, elem_id="film-take")
    return Projector(file, style, start, stop, gr.State(None), view, film)


def settling(studio: Studio) -> Callable[..., Any]:
    """The handler of changed own styles: what a film can be painted in."""

    def settle(own: Own, style: str, request: gr.Request) -> Any:
        kept = style if style in studio.book(own) else ""
        return gr.Dropdown(choices=listed(studio, own, request, FIRST), value=kept)

    return settle


def waiting(studio: Studio) -> Callable[..., tuple[Any, Any]]:
    """The handler that takes a ticket for a film, and says at once that it is in line."""

    def wait(request: gr.Request, file: str | None) -> tuple[Any, Any]:
        ticket = studio.turns.begin(visitor(request), FILM)
        return ticket, _view("film_waiting", busy=True) if file else _view("film_none")

    return wait


def stopping(studio: Studio) -> Callable[..., Any]:
    """The handler that gives the ticket back."""

    def stop(request: gr.Request) -> Any:
        studio.turns.begin(visitor(request), FILM)
        return _view("film_stopped")

    return stop


def painting(studio: Studio) -> Callable[..., Iterator[tuple[Any, Any]]]:
    """The handler that paints a film; yields how far it is, and at the end the film and its download."""

    def paint(
        request: gr.Request, file: str | None, style: str | None, unwanted: Ticket, own: Own, *controls: Any
    ) -> Iterator[tuple[Any, Any]]:
        if not file or unwanted():
            yield gr.skip(), gr.skip()
            return
        yield gr.skip(), gr.DownloadButton(visible=False)
        with studio.excused(request):
            choice = Choice.of_controls(*controls)
            if style:
                choice = Choice({style: 1.0}, brush=choice.brush, keep_colors=choice.keep_colors)
            _check_length(studio, file)
            target = results.place(results.file_name(file, choice.recipe, ".mp4"))
            work = _Work(studio, Path(file), target, choice, own, unwanted)
            while not work.ended.wait(GLANCE):
                values = {"percent": f"{work.share:.0%}", "seconds": f"{time.monotonic() - work.began:.0f}"}
                yield _view("film_busy", values, busy=True, share=work.share), gr.skip()
            if work.error is not None:
                raise work.error
            values = {"seconds": f"{time.monotonic() - work.began:.0f}"}
            yield _view("film_done", values, film=target), gr.DownloadButton(value=str(target), visible=True)
            return
        yield _view("film_stopped"), gr.skip()

    return paint


class _Work:
    """One film being painted in a thread of its own, so that its progress can be told."""

    def __init__(
        self,
        studio: Studio,
        source: Path,
        target: Path,
        choice: Choice,
        own: Own,
        unwanted: Callable[[], bool],
    ) -> None:
        self.share, self.began = 0.0, time.monotonic()
        self.ended = threading.Event()
        self.error: Exception | None = None
        self._studio, self._source, self._target, self._choice = studio, source, target, choice
        self._style = look_of(studio.parts(choice.recipe, own))
        self._unwanted, self._frames = unwanted, 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._studio.painter.video(
                self._source,
                self._target,
                self._style,
                strength=self._choice.strength,
                keep_colors=self._choice.keep_colors,
                brush=self._choice.brush,
                progress=self._tell,
                cancelled=self._is_over,
            )
        except Exception as error:
            self.error = error
        finally:
            self.ended.set()

    def _tell(self, share: float) -> None:
        self.share = share

    def _is_over(self) -> bool:
        """Asked at every frame: nobody waits any more, or there is more in the file than it said."""
        self._frames += 1
        limit = self._studio.settings.film_seconds
        if self._frames > FRAMES * limit or time.monotonic() - self.began > PATIENCE * limit:
            raise VideoError(f"{self._source.name} has too many or too large frames to be painted here; cut it first.")
        return self._unwanted()


def _check_length(studio: Studio, file: str) -> None:
    from stylize.video.container import length  # PyAV is slow to import, and most never paint a film

    seconds, limit = length(Path(file)), studio.settings.film_seconds
    if seconds > limit + 0.5:  # a tail of sound is no fault
        raise VideoError(f"{Path(file).name} is {seconds:.0f} seconds long; at most {limit:g} are painted here.")


def _view(
    state: str,
    values: dict[str, Any] | None = None,
    busy: bool = False,
    share: float | None = None,
    film: Path | None = None,
) -> View:
    """`state` is a key of words, `values` what fills it."""
    return {
        "state": state,
        "values": values or {},
        "busy": busy,
        "share": share,
        "film": film and results.served(film),
    }
