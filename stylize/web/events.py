"""Events: what leads from one part of the page to another. The components bring their handlers.

A handler that needs many values is given them by component (Gradio passes a dict for a set of inputs).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from stylize.web.components import (
    comparison,
    controls,
    own_style,
    own_style_training,
    photo_input,
    share_link,
    style_gallery,
    video_tab,
    viewer,
)
from stylize.web.components.controls import Controls, Downloads
from stylize.web.components.viewer import Viewer
from stylize.web.locale.catalog import i18n
from stylize.web.services import jobs
from stylize.web.state import PAINT_CONCURRENCY_ID, AppState, OwnStyles, session_id

UNQUEUED: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
QUEUED = {**UNQUEUED, "queue": True}  # only what is queued can warn, and tell that a state has changed

Values = Mapping[Component, Any]  # of the inputs of an event


@dataclass(frozen=True)
class PaintTab:
    """The components of the first tab, and what a visitor carries from tab to tab."""

    photo: gr.Image
    mask: gr.State
    own_styles: gr.State
    viewer: Viewer
    controls: Controls
    downloads: Downloads
    gallery: gr.HTML
    files: gr.State  # the pictures of a finished gallery, by style
    sheet: gr.DownloadButton

    @property
    def viewer_inputs(self) -> set[Component]:
        """What a painting in the viewer depends on."""
        return {self.photo, self.mask, self.own_styles, *self.controls.components}

    @property
    def viewer_outputs(self) -> list[Component]:
        """What the viewer's handler yields, in its order."""
        shown = self.viewer
        return [shown.slider, shown.single_view, shown.caption, self.downloads.png, self.downloads.jpeg]


def build_paint_tab(app: AppState) -> PaintTab:
    """The first tab."""
    photo_input.build_headline(app)
    with gr.Column(elem_id="paint"):
        with gr.Column(elem_id="photo-column"):
            photo = photo_input.build()
        with gr.Column(elem_id="viewer"):
            shown = viewer.build(app)
        with gr.Column(elem_id="controls"):
            tools, downloads = controls.build(app, shown.downloads)
    gallery = style_gallery.build(app)
    sheet = gr.DownloadButton(i18n("gallery_sheet"), visible=False, elem_id="gallery-sheet")
    return PaintTab(photo, gr.State(None), gr.State({}), shown, tools, downloads, gallery, gr.State({}), sheet)


def connect_paint(app: AppState, tab: PaintTab, page: gr.Blocks) -> None:
    """Photo -> gallery and viewer; tile, controls, mask and link -> viewer."""
    photo, own_styles, gallery = tab.photo, tab.own_styles, tab.gallery
    paint, cancel = _viewer_event(app, tab), _cancel_handler(app, "viewer")

    def start(path: str | None, mine: OwnStyles, request: gr.Request) -> Any:
        for kind in ("gallery", "viewer"):
            app.requests.begin(session_id(request), kind)
        return style_gallery.waiting(app, mine) if path else gr.skip()

    arrived = photo.change(start, [photo, own_styles], gallery, **UNQUEUED)
    painted = arrived.then(
        style_gallery.paint_handler(app), [photo, own_styles], [gallery, tab.files], **_paint_queue(app)
    )
    painted.then(style_gallery.contact_sheet_handler(app), [photo, own_styles, tab.files], tab.sheet, **UNQUEUED)
    arrived.then(lambda: None, None, tab.mask, **UNQUEUED).then(**paint)

    gr.on([control.change for control in tab.controls.visible], cancel, **UNQUEUED).then(**paint)
    tab.viewer.single_view.mask(viewer.read_mask, None, tab.mask, **UNQUEUED).then(cancel, **UNQUEUED).then(**paint)

    def choose(mine: OwnStyles, event: gr.EventData) -> str:
        return app.registry(mine)[str(event.id)].id

    picked = gallery.pick(choose, own_styles, tab.controls.style, **UNQUEUED)
    picked.then(cancel, **UNQUEUED).then(**paint)

    query = gr.State("")  # changes only when a link asked for something
    page.load(share_link.open_handler(app), None, [*tab.controls.components, gallery, query], **QUEUED)
    query.change(**paint)


def connect_comparison(
    app: AppState, tab: PaintTab, compared: comparison.Comparison, tabs: gr.Tabs, compare_tab: gr.Tab
) -> None:
    """Pins -> the tab where they are compared."""
    tab.gallery.pin(comparison.read_pins, None, compared.pins, **UNQUEUED)
    tab.gallery.compare(lambda: gr.Tabs(selected="compare"), None, tabs, **UNQUEUED)
    paint = comparison.paint_handler(app)

    def handle(values: Values, request: gr.Request) -> Iterator[Any]:
        chosen = tab.controls.values(values)
        yield from paint(values[tab.photo], values[tab.own_styles], values[compared.pins], chosen, request)

    inputs = {tab.photo, tab.own_styles, compared.pins, *tab.controls.components}
    selected = compare_tab.select(_cancel_handler(app, "compare"), **UNQUEUED)
    selected.then(handle, inputs, compared.outputs, **_paint_queue(app))


def connect_own_style(app: AppState, tab: PaintTab, own: own_style.OwnStyleTab, tabs: gr.Tabs, own_tab: gr.Tab) -> None:
    """A visitor's painting -> their own style -> gallery, viewer, blends."""
    photo, own_styles, outputs = tab.photo, tab.own_styles, own.outputs
    own_tab.select(jobs.prepare, **UNQUEUED)
    uploaded = own.file.upload(
        own_style.upload_handler(app), [own.file, photo, own_styles], outputs, **_paint_queue(app)
    )
    training = {**_paint_queue(app), "concurrency_id": jobs.TRAINING_CONCURRENCY_ID, "concurrency_limit": 1}
    wait = {
        "fn": own_style.waiting_handler(app),
        "inputs": own.source,
        "outputs": [own.cancelled, own.view],
        **UNQUEUED,
    }
    asked = [photo, own_styles, own.source, own.cancelled]
    shown = [own.trained, *outputs[1:]]
    taught = own.teach.click(**wait).then(own_style_training.teach_handler(app), asked, shown, **training)
    for event, style in ((uploaded, own.predicted), (taught, own.trained)):
        event.then(own_style.add, [own_styles, style], [own_styles, style], **QUEUED)
    uploaded.then(lambda: None, None, own.file, **UNQUEUED)  # ready for the next one
    own.optimise.click(**wait).then(own_style_training.optimise_handler(app), asked, shown, **training)
    own.stop.click(own_style.stop_handler(app), own.source, own.view, **UNQUEUED)
    own.remove.click(own_style.remove, [own_styles, own.source], [own_styles, *outputs[1:], own.file], **QUEUED)
    _connect_own_styles(app, tab, own)

    def show(mine: OwnStyles, source: Any) -> tuple[Any, ...]:
        if source is None or source.id not in mine:
            return (gr.skip(),) * 3
        return source.id, gr.HTML(selected=source.id), gr.Tabs(selected="paint")

    chosen = own.show.click(show, [own_styles, own.source], [tab.controls.style, tab.gallery, tabs], **UNQUEUED)
    chosen.then(_cancel_handler(app, "viewer"), **UNQUEUED).then(**_viewer_event(app, tab))


def _connect_own_styles(app: AppState, tab: PaintTab, own: own_style.OwnStyleTab) -> None:
    """Changed own styles -> buttons, lists of styles, tiles, contact sheet."""
    buttons = [own.show, own.style, own.remove]
    updated = tab.own_styles.change(own_style.update_buttons, [tab.own_styles, own.source], buttons, **UNQUEUED)
    updated.then(
        controls.update_styles_handler(app), [tab.own_styles, *tab.controls.styles], tab.controls.styles, **UNQUEUED
    )
    inputs = [tab.photo, tab.own_styles, tab.files]
    painted = updated.then(
        style_gallery.paint_own_styles_handler(app), inputs, [tab.gallery, tab.files], **_paint_queue(app)
    )
    painted.then(style_gallery.contact_sheet_handler(app), inputs, tab.sheet, **UNQUEUED)


def connect_video(app: AppState, tab: PaintTab, video: video_tab.VideoTab) -> None:
    """The look in the viewer, or a style -> a video."""
    queue = {**_paint_queue(app), "concurrency_id": video_tab.VIDEO, "concurrency_limit": 1}
    paint = video_tab.paint_handler(app)

    def handle(values: Values, request: gr.Request) -> Iterator[Any]:
        asked = values[video.file], values[video.style], values[video.cancelled]
        yield from paint(*asked, values[tab.own_styles], tab.controls.values(values), request)

    waiting = video.start.click(video_tab.waiting_handler(app), video.file, [video.cancelled, video.view], **UNQUEUED)
    inputs = {video.file, video.style, video.cancelled, tab.own_styles, *tab.controls.components}
    waiting.then(handle, inputs, [video.view, video.download], **queue)
    video.stop.click(video_tab.stop_handler(app), None, video.view, **UNQUEUED)
    tab.own_styles.change(video_tab.update_styles_handler(app), [tab.own_styles, video.style], video.style, **UNQUEUED)


def _viewer_event(app: AppState, tab: PaintTab) -> dict[str, Any]:
    """The arguments of an event that paints what the viewer shall show."""
    paint = viewer.paint_handler(app)

    def handle(values: Values, request: gr.Request) -> Iterator[Any]:
        chosen = tab.controls.values(values)
        yield from paint(values[tab.photo], values[tab.mask], values[tab.own_styles], chosen, request)

    queue = {**_paint_queue(app), "show_progress": "minimal", "show_progress_on": tab.viewer.slider}
    return {"fn": handle, "inputs": tab.viewer_inputs, "outputs": tab.viewer_outputs, **queue}


def _cancel_handler(app: AppState, kind: str) -> Any:
    """A handler that cancels a visitor's earlier request of a kind. Run it outside the queue, before the next."""

    def cancel(request: gr.Request) -> None:
        app.requests.begin(session_id(request), kind)

    return cancel


def _paint_queue(app: AppState) -> dict[str, Any]:
    """How everything that paints is run: one queue for all of it, so many at the same time."""
    return {
        "concurrency_id": PAINT_CONCURRENCY_ID,
        "concurrency_limit": app.config.concurrency_limit,
        "api_visibility": "private",
        "show_progress": "hidden",
    }
