"""Events: what leads from one part of the page to another. The components bring their handlers.

Whatever paints is asked for and answered by `RequestEvents`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
from gradio.components import Component

from stylize.web.app_context import AppContext, OwnStyles
from stylize.web.components import (
    compare_tab,
    comparison_grid,
    controls,
    device_switch,
    downloads,
    duel,
    grid_numbers,
    open_link,
    own_style,
    own_style_list,
    own_style_training,
    photo_input,
    request_status,
    style_gallery,
    video_tab,
    viewer,
    viewer_history,
)
from stylize.web.components.controls import Controls
from stylize.web.components.downloads import Downloads
from stylize.web.components.own_style import OwnStyleTab, UploadRequest
from stylize.web.components.own_style_training import TrainingRequest
from stylize.web.components.style_gallery import GalleryRequest, PaintedTiles
from stylize.web.components.video_tab import VideoRequest, VideoTab
from stylize.web.components.viewer import Viewer, ViewerRequest
from stylize.web.locale.catalog import i18n
from stylize.web.request_events import QUEUED, REVEAL, UNQUEUED, RequestEvents, Values, paint_queue
from stylize.web.services import own_styles
from stylize.web.services.training_jobs import TRAINING_CONCURRENCY_ID

ONE_QUEUE = (  # the kinds of requests that wait for the painter in one line
    viewer.KIND,
    style_gallery.KIND,
    compare_tab.KIND,
    duel.KIND,
    comparison_grid.KIND,
    grid_numbers.KIND,
    own_style.UPLOAD,
)


@dataclass(frozen=True)
class PaintTab:
    """The components of the first tab, and what a visitor carries from tab to tab."""

    number: gr.Number  # of the newest request; the browser fills it in
    retry: gr.Textbox  # changes when a visitor wants to try again
    kept_look: gr.Textbox  # what the browser has kept of the last visit
    kept_styles: gr.Textbox  # and of own styles
    photo: gr.HTML
    mask: gr.Textbox
    corrections: gr.Textbox  # of regions' masks
    own_styles: gr.State
    viewer: Viewer
    controls: Controls
    downloads: Downloads
    gallery: gr.HTML
    painted: gr.State  # the tiles of the last finished gallery
    sheet: gr.DownloadButton
    link_note: gr.HTML

    @property
    def viewer_inputs(self) -> list[Component]:
        """What a painting in the viewer depends on; static/viewer_history.js reads it in this order."""
        return [self.photo, self.mask, self.corrections, self.own_styles, *self.controls.components]

    @property
    def viewer_outputs(self) -> list[Component]:
        """What the viewer's handler yields, in its order."""
        shown = self.viewer
        return [
            shown.picture,
            shown.caption,
            self.downloads.png,
            shown.status,
        ]


def build_paint_tab(app: AppContext) -> PaintTab:
    """The first tab."""
    number, retry = gr.Number(0, visible=False), gr.Textbox(visible="hidden", elem_id="retry")
    kept_look, kept_styles = gr.Textbox(visible=False), gr.Textbox(visible=False)
    photo_input.build_headline()
    link_note = open_link.build()
    with gr.Column(elem_id="paint"):
        with gr.Column(elem_id="photo-column"):
            photo = photo_input.build(app)
            device_switch.build()
            photo_input.build_examples()
        with gr.Column(elem_id="viewer"):
            shown = viewer.build(app)
        with gr.Column(elem_id="controls"):
            tools = controls.build(app)
            files = downloads.build(app, shown.png)
    gallery = style_gallery.build(app)
    sheet = gr.DownloadButton(i18n("gallery_sheet"), visible=False, elem_id="gallery-sheet")
    mask, corrections = (gr.Textbox(visible="hidden", elem_id=name) for name in ("mask", "corrections"))
    painted = gr.State(PaintedTiles())
    parts = (photo, mask, corrections, gr.State({}), shown, tools, files, gallery, painted, sheet, link_note)
    return PaintTab(number, retry, kept_look, kept_styles, *parts)


def connect_paint(app: AppContext, tab: PaintTab, page: gr.Blocks) -> None:
    """Photo -> gallery and viewer; tile, controls, mask, regions and link -> viewer."""
    tab.photo.change(None, None, [tab.mask, tab.corrections], js="() => window.stylize.newPhoto()")
    viewer_history.connect(tab.viewer.history, [tab.mask, tab.corrections, *tab.controls.components])
    tab.viewer.picture.mask(None, None, tab.mask, js="() => window.stylize.mask")
    by_region, chosen = [tab.controls.regions, tab.corrections], "() => window.stylize.byRegion"
    tab.viewer.picture.region(None, None, by_region, js=chosen, trigger_mode="multiple")
    tab.gallery.pick(None, None, tab.controls.style, js="() => window.stylize.pickedStyle")
    select = "(style) => { window.stylize.style = style; window.stylize.selectStyle?.(style); }"
    tab.controls.style.change(None, tab.controls.style, None, js=select)
    for part in (tab.viewer.status, tab.gallery):
        part.retry(None, None, tab.retry, js="() => String(performance.now())")

    def viewer_content(values: Values) -> ViewerRequest:
        chosen = tab.controls.values(values)
        masks = values[tab.mask] or "", values[tab.corrections] or ""
        return ViewerRequest(values[tab.photo], masks[0], values[tab.own_styles], chosen, masks[1])

    def gallery_content(values: Values) -> GalleryRequest:
        return GalleryRequest(*(values[part] for part in (tab.photo, tab.own_styles, tab.painted)))

    requests = RequestEvents(app, tab.number, viewer.KIND, tab.viewer_inputs, viewer_content)
    wanted = (tab.photo, tab.mask, tab.corrections, *tab.controls.components)
    asked = requests.ask([part.change for part in (tab.retry, *wanted)])
    requests.answer(asked, viewer.answer_handler(app), tab.viewer_outputs, paint_queue(app))
    place = request_status.place_handler(app, viewer.KIND, ONE_QUEUE, page)
    tab.viewer.status.place(place, None, tab.viewer.status, trigger_mode="multiple", **UNQUEUED)

    inputs = [tab.photo, tab.own_styles, tab.painted]
    requests = RequestEvents(app, tab.number, style_gallery.KIND, inputs, gallery_content)
    changes = [part.change for part in (tab.photo, tab.retry, tab.own_styles)]
    asked = requests.ask(changes, partial(style_gallery.waiting, app), tab.gallery)
    outputs = [tab.gallery, tab.painted, tab.sheet]
    requests.answer(asked, style_gallery.answer_handler(app), outputs, paint_queue(app))

    look, kept = gr.JSON(visible=False), "() => [window.stylize.keptLook(), window.stylize.keptStyles()]"
    inputs = [tab.kept_look, tab.kept_styles]
    outputs = [look, tab.link_note, tab.own_styles, tab.controls.second_style, tab.controls.third_style]
    opened = page.load(open_link.open_handler(app), inputs, outputs, js=kept, **QUEUED)
    controls = tab.controls.components
    opened.success(None, [look, *controls], controls, js=open_link.follow_script(app))
    keep = "(...values) => window.stylize.keepLook(...values)"
    gr.on([part.change for part in controls], None, controls, None, js=keep, trigger_mode="multiple")


def connect_own_style(app: AppContext, tab: PaintTab, own: OwnStyleTab, tabs: gr.Tabs, own_tab: gr.Tab) -> None:
    """A visitor's painting -> their own style -> gallery, viewer, blends."""
    own_tab.select(app.training.prepare, **UNQUEUED)
    upload, training = _connect_upload(app, tab, own), _connect_training(app, tab, own)
    for answered, add, style in (
        (upload, own_style_list.add, own.predicted),
        (training, own_style_list.add_taught, own.trained),
    ):
        answered.then(
            add,
            [tab.own_styles, style, *tab.controls.styles],
            [tab.own_styles, style, tab.retry],
            trigger_mode="always_last",
            **QUEUED,
        )
    forgotten = [tab.own_styles, own.source, own.view, own.picture, own.file]
    own.remove.click(own_style_list.remove, [tab.own_styles, own.source], forgotten, **QUEUED)

    keep = "(text) => window.stylize.keepStyles(text)"
    kept = tab.own_styles.change(own_styles.to_keep, tab.own_styles, tab.kept_styles, **UNQUEUED)
    kept.then(None, tab.kept_styles, None, js=keep)
    inputs = [tab.own_styles, own.source, own.sources]
    row = [own.source, own.sources, own.view, own.chosen, own.show, own.style, own.remove]
    updated = tab.own_styles.change(own_style_list.update, inputs, row, **UNQUEUED)
    upload.then(own_style_list.update, inputs, row, **UNQUEUED)  # another one is shown
    inputs, outputs = [tab.own_styles, *tab.controls.styles], tab.controls.styles
    updated.then(controls.update_styles_handler(app), inputs, outputs, trigger_mode="always_last", **UNQUEUED)

    def show(mine: OwnStyles, source: Any) -> tuple[Any, ...]:
        if source is None or source.id not in mine:
            return gr.skip(), gr.skip()
        return source.id, gr.Tabs(selected="paint")

    shown = own.show.click(show, [tab.own_styles, own.source], [tab.controls.style, tabs], **UNQUEUED)
    shown.then(None, js=REVEAL)


def _connect_upload(app: AppContext, tab: PaintTab, own: OwnStyleTab) -> Any:
    """A file -> a style. Returns the event that has answered."""

    def content(values: Values) -> UploadRequest:
        source = values[own.sources].get(values[own.chosen])
        return UploadRequest(values[own.file], values[tab.photo], values[tab.own_styles], source)

    inputs = [own.file, tab.photo, tab.own_styles, own.chosen, own.sources]
    fill = "window.stylize.fillPaintings"
    requests = RequestEvents(app, tab.number, own_style.UPLOAD, inputs, content, fill)
    outputs = [own.predicted, own.source, own.view, own.picture]
    asked = requests.ask([own.file.upload, own.view.retry, own.chosen.input])
    answered = requests.answer(asked, own_style.upload_handler(app), outputs, paint_queue(app))
    requests.end_after(answered)
    answered.success(lambda: None, None, own.file, **UNQUEUED)  # ready for the next one
    # The training of the last painting is over for whoever brings another.
    training = RequestEvents(app, tab.number, own_style.TRAINING)
    training.end_after(training.ask([own.file.upload]))
    return answered


def _connect_training(app: AppContext, tab: PaintTab, own: OwnStyleTab) -> Any:
    """The buttons for teaching and optimising -> the training process. Returns the event that has taught."""
    inputs = [tab.photo, tab.own_styles, own.source]
    queue = {
        **paint_queue(app),
        "concurrency_id": TRAINING_CONCURRENCY_ID,
        "concurrency_limit": app.config.training_limit,
    }
    handler, outputs = own_style_training.answer_handler(app), [own.trained, own.source, own.view, own.picture]
    answered = {}
    for task, button in (("teach", own.teach), ("optimise", own.optimise)):

        def content(values: Values, task: str = task) -> TrainingRequest:
            return TrainingRequest(task, *(values[part] for part in inputs))

        requests = RequestEvents(app, tab.number, own_style.TRAINING, inputs, content)
        asked = requests.ask([button.click], lambda content, number: own_style.waiting(content.source), own.view)
        answered[task] = requests.answer(asked, handler, outputs, queue)
        requests.end_after(answered[task])
    requests.stop(own.stop.click, own_style.stopped, [own.source], own.view)
    return answered["teach"]


def connect_video(app: AppContext, tab: PaintTab, video: VideoTab) -> None:
    """The look in the viewer, or a style -> a video."""

    def content(values: Values) -> VideoRequest:
        chosen = tab.controls.values(values)
        return VideoRequest(values[video.file], values[video.style], values[tab.own_styles], chosen)

    inputs = [video.file, video.style, tab.own_styles, *tab.controls.components]
    requests = RequestEvents(app, tab.number, video_tab.VIDEO, inputs, content)
    asked = requests.ask([video.start.click], lambda content, number: video_tab.waiting(content.file), video.view)
    queue = {**paint_queue(app), "concurrency_id": video_tab.VIDEO, "concurrency_limit": 1}
    requests.end_after(requests.answer(asked, video_tab.answer_handler(app), [video.view, video.download], queue))
    requests.stop(video.stop.click, video_tab.stopped, [], video.view)
    inputs, handler = [tab.own_styles, video.style], video_tab.update_styles_handler(app)
    tab.own_styles.change(handler, inputs, video.style, trigger_mode="always_last", **UNQUEUED)
