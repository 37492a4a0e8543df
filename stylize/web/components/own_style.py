"""Own style: a visitor's painting becomes a style, at once, taught, or optimised onto one photo; each says its cost.

Several paintings of one hand become one style: at once their mean, taught from all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from stylize.styles import Style
from stylize.web import theme
from stylize.web.app_context import AppContext, OwnStyles
from stylize.web.components.request_status import work_status
from stylize.web.locale.catalog import i18n
from stylize.web.locale.markup import element
from stylize.web.services import own_styles, results, training_jobs
from stylize.web.services.own_styles import StyleSource
from stylize.web.services.requests import Request

UPLOAD, TRAINING = "upload", "training"  # kinds of request

ViewValue = dict[str, Any]  # what static/own_style.js shows

_VIEW = (
    '<div class="own-pair"><figure class="own-result"><img><figcaption></figcaption></figure>'
    '<figure class="own-painting"><img>'
    + element("own_painting", "figcaption")
    + "</figure></div>"
    + work_status("own")
)


@dataclass(frozen=True)
class OwnStyleTab:
    """The components of the tab."""

    file: gr.File
    predicted: gr.State  # a Style that is to be added to the visitor's own
    trained: gr.State  # the same from teaching, which may end while another style is predicted
    source: gr.State
    view: gr.HTML
    picture: gr.DownloadButton
    style: gr.DownloadButton
    teach: gr.Button
    optimise: gr.Button
    stop: gr.Button
    show: gr.Button
    remove: gr.Button
    chosen: gr.Radio
    sources: gr.State  # how each of the visitor's styles was made, by id

    @property
    def outputs(self) -> list[Any]:
        """In the order of what the handlers yield."""
        return [self.predicted, self.source, self.view, self.picture]


def build(app: AppContext) -> OwnStyleTab:
    """The tab as a visitor finds it."""
    gr.HTML(
        element("own_head", "h2") + element("own_lead", "p"),
        js_on_load=None,
        apply_default_css=False,
        elem_classes="tab-head",
    )
    with gr.Row(elem_id="own-style"):
        with gr.Column(elem_id="own-input"):
            file = gr.File(  # of any kind: Gradio's own notice of a wrong one is lost now and then, ours is not
                file_count="multiple",
                label=i18n("own_file"),
                show_label=False,
                height=180,
                elem_id="own-file",
            )
        with gr.Column(elem_id="own-output"):
            chosen = gr.Radio([], label=i18n("own_list"), visible="hidden", elem_id="own-list")
            setattr(chosen, "preprocess", lambda value: value or "")  # noqa: B010, the visitor's own choices
            view = gr.HTML(
                view_value("own_empty"),
                html_template=_VIEW,
                js_on_load=theme.static("own_style.js"),
                apply_default_css=False,
                elem_id="own-view",
            )
            stop = gr.Button(i18n("own_stop"), variant="secondary", elem_id="own-stop")
            with gr.Row(elem_id="own-actions"):
                hidden: dict[str, Any] = {"visible": False, "min_width": 120}
                show = gr.Button(i18n("own_show"), variant="primary", elem_id="own-show", **hidden)
                picture = gr.DownloadButton(i18n("own_picture"), elem_id="own-picture", **hidden)
                style = gr.DownloadButton(i18n("own_style"), elem_id="own-style-file", **hidden)
                remove = gr.Button(i18n("own_remove"), elem_id="own-remove", **hidden)
        with gr.Column(elem_id="own-methods"):
            teach, optimise = _methods(app)
    states = (gr.State(None), gr.State(None), gr.State(None))
    return OwnStyleTab(file, *states, view, picture, style, teach, optimise, stop, show, remove, chosen, gr.State({}))


def _methods(app: AppContext) -> tuple[gr.Button, gr.Button]:
    """The three ways, each with what it costs; the buttons of the two slow ones."""
    config = app.config
    _method_card("own_instant", {})
    with gr.Column(elem_classes="method"):
        _method_card("own_taught", {"minutes": "1"})
        teach = gr.Button(i18n("own_teach"), variant="primary", elem_id="own-teach")
    with gr.Column(elem_classes="method"):
        minutes = f"{config.max_training_seconds / 60:g}"
        _method_card("own_optimised", {"minutes": minutes, "size": str(config.optimise_size)})
        optimise = gr.Button(i18n("own_optimise"), variant="secondary", elem_id="own-optimise")
    with gr.Column(elem_classes="method"):
        _method_card("own_artist", {})
    if not training_jobs.is_available():
        gr.HTML(element("own_no_torch", "p"), js_on_load=None, apply_default_css=False, elem_classes="method-card")
    return teach, optimise


def _method_card(key: str, values: dict[str, str]) -> None:
    gr.HTML(
        element(key, "h3") + element(f"{key}_cost", "p", values),
        js_on_load=None,
        apply_default_css=False,
        elem_classes="method-card",
    )


@dataclass(frozen=True)
class UploadRequest:
    """The files that a visitor brought together, and what their style is shown on and kept with.

    Without files it is one of their styles that is to be shown, by its `source`.
    """

    files: Sequence[str] | None
    photo: str | None
    own_styles: OwnStyles
    source: StyleSource | None = None


def upload_handler(app: AppContext) -> Callable[..., Iterator[tuple[Any, ...]]]:
    """The handler that answers to new files: paintings, whose style is predicted, or one style file."""

    def failed(asked: Request, sentence: str) -> tuple[Any, ...]:
        return new_view(None, view_value("own_failed", error=sentence, keep=True))

    def answer(request: gr.Request) -> Iterator[tuple[Any, ...]]:
        yield from app.answers(request, UPLOAD, lambda asked: _read_upload(app, asked), failed)

    return answer


def _read_upload(app: AppContext, asked: Request) -> Iterator[tuple[Any, ...]]:
    """Raises StylizeError."""
    wanted: UploadRequest = asked.content
    files, mine = wanted.files, wanted.own_styles
    if not files:
        if wanted.source is not None and wanted.source.id in mine:
            style, source = mine[wanted.source.id], wanted.source
            state, said = _kept_state(source), {"title": source.title}
            yield _new_source(None, source, preview_value(app, wanted.photo, style, source, state, said))
        return
    if len(files) > 1 and any(map(own_styles.is_style_file, files)):
        yield new_view(None, view_value("own_mixed", keep=True))
        return
    if len(files) > own_styles.MAX_PAINTINGS:
        yield new_view(None, view_value("own_many", values={"count": str(own_styles.MAX_PAINTINGS)}, keep=True))
        return
    if own_styles.is_style_file(files[0]):
        style = own_styles.read_style_file(app, files[0], mine)
        if own_styles.is_full(mine, style.id):
            yield new_view(None, _full())
            return
        source = StyleSource(style.id, style.title)
        yield _new_source(style, source, preview_value(app, wanted.photo, style, source, "own_opened"))
        return
    source, paintings = own_styles.read_paintings(app, files, mine)
    if own_styles.is_full(mine, source.id):
        yield new_view(None, _full())
        return
    yield _new_source(None, source, view_value("own_predicting", source, busy=True))
    if not app.painter.can_predict:
        yield new_view(None, view_value("own_no_instant", source))
        return
    style = own_styles.predict(app, source, paintings)
    done = "own_several_done" if source.several else "own_instant_done"
    yield new_view(style, preview_value(app, wanted.photo, style, source, done))
    app.training.prepare()


def _full() -> ViewValue:
    return view_value("own_full", values={"count": str(own_styles.MAX_STYLES)}, keep=True)


def waiting(source: StyleSource | None) -> ViewValue:
    """The view of training that is in line."""
    return view_value("own_waiting", source, busy=True, keep=True)


def _kept_state(source: StyleSource) -> str:
    return "own_kept" if source.has_painting or not training_jobs.is_available() else "own_kept_alone"


def kept_view(source: StyleSource) -> ViewValue:
    """The view of a style that was made before; it asks for its picture once it is seen."""
    return view_value(_kept_state(source), source, values={"title": source.title})


def stopped(source: StyleSource | None) -> ViewValue:
    """The view of training that was stopped; if it has something to show for itself, it shows that then."""
    return view_value("own_stopped", source, keep=True)


def _new_source(style: Style | None, source: StyleSource, view: ViewValue) -> tuple[Any, ...]:
    return (style if style is not None else gr.skip(), source, view, gr.DownloadButton(visible=False))


def new_view(style: Style | None, view: ViewValue) -> tuple[Any, ...]:
    """Outputs with a new view, and perhaps a style that is done."""
    return (style if style is not None else gr.skip(), gr.skip(), view, gr.skip())


def preview_value(
    app: AppContext,
    photo: str | None,
    style: Style,
    source: StyleSource,
    state: str,
    values: dict[str, Any] | None = None,
    busy: bool = False,
    share: float | None = None,
) -> ViewValue:
    """`view_value` with a visitor's photo painted in a style."""
    path, image = own_styles.paint_preview(app, photo, style)
    shown = results.save_image(image, results.file_name(path, [style.id], ".jpg"), path)
    return view_value(state, source, shown, values, busy, share)


def view_value(
    state: str,
    source: StyleSource | None = None,
    picture: Path | None = None,
    values: dict[str, Any] | None = None,
    busy: bool = False,
    share: float | None = None,
    keep: bool = False,
    error: str = "",
    retry: str = "",
) -> ViewValue:
    """`state` is the key of a message that `values` fill; `keep` leaves the picture there when there is no new one.

    An `error` is a sentence that stands in place of the message; `retry` is the kind of request that may be repeated.
    """
    painting = Path(source.painting) if source and source.has_painting else None
    return {
        "state": state,
        "values": values or {},
        "title": source.title if source else "",
        "painting": painting and results.file_data(painting),
        "picture": picture and results.file_data(picture),
        "busy": busy,
        "share": share,
        "keep": keep,
        "error": error,
        "retry": retry,
        "several": len(source.several) if source else 0,
        "trainable": painting is not None and training_jobs.is_available(),
    }
