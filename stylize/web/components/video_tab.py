"""Video: painted frame by frame in a chosen style, played and downloaded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from stylize.callbacks import CancelCheck, Note
from stylize.errors import VideoError
from stylize.options import PaintOptions
from stylize.video.formats import READABLE
from stylize.web import theme
from stylize.web.app_context import AppContext, OwnStyles, session_id
from stylize.web.components.controls import style_choices
from stylize.web.components.request_status import work_status
from stylize.web.locale import catalog
from stylize.web.locale.catalog import i18n
from stylize.web.locale.markup import element
from stylize.web.services import results
from stylize.web.services.requests import Request
from stylize.web.share import ControlValues

CURRENT_STYLE = "video_current_style"  # the message of the first choice of style: what the viewer shows
VIDEO = "video"  # the concurrency_id of videos, one at a time; also the kind of request
POLL_SECONDS = 0.5  # between two looks at how far it is
MAX_FRAME_RATE = 120  # frames a second that a video may have, over its whole length
MAX_SLOWDOWN = 20  # seconds of painting that one second of the longest video may take

ViewValue = dict[str, Any]  # what static/video_tab.js shows

_VIEW = work_status("video") + '<video controls playsinline hidden></video><p class="video-note" role="status"></p>'


@dataclass(frozen=True)
class VideoTab:
    """The components of the tab."""

    file: gr.File
    style: gr.Dropdown
    start: gr.Button
    stop: gr.Button
    view: gr.HTML
    download: gr.DownloadButton


def build(app: AppContext) -> VideoTab:
    """The tab without a video; how long one may be stands first."""
    config = app.config
    megabytes = config.max_upload.lower().removesuffix("mb")
    limits = {"seconds": f"{config.max_video_seconds:g}", "megabytes": megabytes}
    gr.HTML(
        element("video_head", "h2") + element("video_info", "p", limits),
        js_on_load=None,
        apply_default_css=False,
        elem_classes="tab-head",
    )
    with gr.Row(elem_id="video"):
        with gr.Column(elem_id="video-input"):
            file = gr.File(
                file_types=["video", ".gif", *READABLE],
                label=i18n("video_file"),
                show_label=False,
                height=160,
                elem_id="video-file",
            )
            style = gr.Dropdown(
                style_choices(app, {}, none_key=CURRENT_STYLE),
                value="",
                label=i18n("video_style"),
                filterable=False,
                elem_id="video-style",
                elem_classes="choice-list",
            )
            start = gr.Button(i18n("video_start"), variant="primary", elem_id="video-start")
            stop = gr.Button(i18n("video_stop"), elem_id="video-stop")
        with gr.Column(elem_id="video-output"):
            view = gr.HTML(
                _view_value("video_empty"),
                html_template=_VIEW,
                js_on_load=theme.static("video_tab.js"),
                apply_default_css=False,
                elem_id="video-view",
            )
            download = gr.DownloadButton(
                i18n("video_download"), variant="primary", visible=False, elem_id="video-download"
            )
    return VideoTab(file, style, start, stop, view, download)


def update_styles_handler(app: AppContext) -> Callable[..., Any]:
    """The handler of changed own styles: what a video can be painted in."""

    def update(own_styles: OwnStyles, style: str, request: gr.Request) -> Any:
        choices = style_choices(app, own_styles, request, CURRENT_STYLE)
        there = not style or style in app.registry(own_styles)
        return gr.Dropdown(choices=choices) if there else gr.Dropdown(choices=choices, value="")

    return update


@dataclass(frozen=True)
class VideoRequest:
    """A video to be painted; without a `style` in the look of the viewer."""

    file: str | None
    style: str | None
    own_styles: OwnStyles
    chosen: ControlValues


def waiting(file: str | None) -> ViewValue:
    """The view of a video that is in line."""
    return _view_value("video_waiting", busy=True) if file else _view_value("video_missing")


def stopped() -> ViewValue:
    """The view of a video that was stopped."""
    return _view_value("video_stopped")


def answer_handler(app: AppContext) -> Callable[..., Iterator[tuple[Any, Any]]]:
    """The handler that paints the video that is wanted."""

    def answer(request: gr.Request) -> Iterator[tuple[Any, Any]]:
        """Yields how far it is, and at the end the video and its download."""
        for asked in app.requests.answer(session_id(request), VIDEO):
            if not asked.content.file:
                continue
            done = False
            with app.report_errors(request) as errors:
                for view, download in _paint(app, asked, request):
                    yield view, download
                    done = view["state"] == "video_done"
            if errors and not asked.replaced():
                yield _view_value("video_failed", error=errors[0]), gr.skip()
            elif not done and not asked.replaced():
                yield stopped(), gr.skip()

    return answer


def _paint(app: AppContext, asked: Request, request: gr.Request) -> Iterator[tuple[ViewValue, Any]]:
    """Raises StylizeError, also Cancelled if it is stopped or there is a newer request."""
    wanted: VideoRequest = asked.content
    options = wanted.chosen.options()
    if wanted.style:
        options = replace(options, style=wanted.style, strength=PaintOptions.strength, regions=None)
    source = Path(wanted.file or "")
    _check_duration(app, source)
    styles = app.weighted_styles(options.style, wanted.own_styles)
    target = results.new_path(results.file_name(source, [one.id for one, _ in styles], ".mp4"))
    job = _VideoJob(app, source, target, app.looked_up(options, wanted.own_styles), asked.cancelled)
    hidden = gr.DownloadButton(visible=False)
    while not job.ended.wait(POLL_SECONDS):
        values = {"percent": f"{job.share:.0%}", "seconds": f"{job.seconds:.0f}"}
        yield _view_value("video_busy", values, busy=True, share=job.share), hidden
    if job.error is not None:
        raise job.error
    view = _view_value("video_done", {"seconds": f"{job.seconds:.0f}"}, video=target)
    view["note"] = " ".join(catalog.translate_note(note, request) for note in job.notes)
    yield view, gr.DownloadButton(value=str(target), visible=True)


class _VideoJob:
    """One video being painted in a thread of its own, so that its progress can be shown."""

    def __init__(
        self,
        app: AppContext,
        source: Path,
        target: Path,
        options: PaintOptions,
        cancelled: CancelCheck,
    ) -> None:
        self.share = 0.0
        self.ended = threading.Event()
        self.error: Exception | None = None
        self.notes: list[Note] = []
        self._began, self._frames = time.monotonic(), 0
        self._app, self._source, self._target = app, source, target
        self._options, self._cancelled = options, cancelled
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    def _run(self) -> None:
        try:
            self._app.painter.video(
                self._source,
                self._target,
                self._options.style,
                strength=self._options.strength,
                keep_colors=self._options.keep_colors,
                brush=self._options.brush,
                regions=self._options.regions,
                progress=self._set_share,
                cancelled=self._check,
                note=self.notes.append,
            )
        except Exception as error:
            self.error = error
        finally:
            self.ended.set()

    def _set_share(self, share: float) -> None:
        self.share = share

    def _check(self) -> bool:
        """Asked at every frame: whether to stop. Raises VideoError if there is more in the file than it said."""
        self._frames += 1
        limit = self._app.config.max_video_seconds
        if self._frames > MAX_FRAME_RATE * limit or self.seconds > MAX_SLOWDOWN * limit:
            raise VideoError(f"{self._source.name} has too many or too large frames to be painted here; cut it first.")
        return self._cancelled()


def _check_duration(app: AppContext, file: Path) -> None:
    from stylize.video.film import length  # PyAV is slow to import, and most never paint a video

    seconds, limit = length(file), app.config.max_video_seconds
    if seconds > limit + 0.5:  # a tail of sound is no fault
        raise VideoError(f"{file.name} is {seconds:.0f} seconds long; at most {limit:g} are painted here.")


def _view_value(
    state: str,
    values: dict[str, Any] | None = None,
    busy: bool = False,
    share: float | None = None,
    video: Path | None = None,
    error: str = "",
) -> ViewValue:
    """`state` is the key of a message that `values` fill; an `error`, a sentence, stands in its place."""
    return {
        "state": state,
        "values": values or {},
        "busy": busy,
        "share": share,
        "video": video and results.file_data(video),
        "error": error,
        "retry": VIDEO if error else "",
    }
