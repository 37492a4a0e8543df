"""Doors: what leads from one part of the page to another. The parts build themselves and bring their handlers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

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
from stylize.web.locale.catalog import say
from stylize.web.services import jobs
from stylize.web.state import PAINTING, Own, Studio, visitor

QUIET: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
SPOKEN = {**QUIET, "queue": True}  # only what is queued can warn, and tell that a state has changed


@dataclass(frozen=True)
class Desk:
    """The parts of the first room, and what a visitor carries from room to room."""

    photo: gr.Image
    mask: gr.State
    own: gr.State  # the visitor's own styles, by id
    board: viewer.Easel
    kit: controls.Tools
    gallery: gr.HTML
    hung: gr.State  # where the tiles of the whole wall lie, by style
    sheet: gr.DownloadButton

    @property
    def easel_inputs(self) -> list[Any]:
        """What the easel paints from, in its handler's order."""
        return [self.photo, self.mask, self.own, *self.kit.choice]

    @property
    def easel_outputs(self) -> list[Any]:
        """What the easel shows, in its handler's order."""
        return [self.board.slider, self.board.flip, self.board.plaque, self.kit.png, self.kit.jpeg]


def build_desk(studio: Studio) -> Desk:
    """The first room."""
    photo_input.headline(studio)
    with gr.Column(elem_id="studio"):
        with gr.Column(elem_id="arrive"):
            photo = photo_input.build()
        with gr.Column(elem_id="easel"):
            board = viewer.build(studio)
        with gr.Column(elem_id="tools"):
            kit = controls.build(studio, board.welcome)
    gallery = style_gallery.build(studio)
    sheet = gr.DownloadButton(say("wall_sheet"), visible=False, elem_id="wall-sheet")
    return Desk(photo, gr.State(None), gr.State({}), board, kit, gallery, gr.State({}), sheet)


def open_studio(studio: Studio, desk: Desk, page: gr.Blocks) -> None:
    """Photo -> wall and easel; tile, tools, mask and link -> easel."""
    photo, mask, own, board, kit, gallery = desk.photo, desk.mask, desk.own, desk.board, desk.kit, desk.gallery
    queued, inline = _queued(studio), _on_easel(studio, desk)
    inputs, outputs = desk.easel_inputs, desk.easel_outputs
    paint = viewer.painting(studio)

    def start(path: str | None, mine: Own, request: gr.Request) -> Any:
        studio.turns.begin(visitor(request), "wall")
        studio.turns.begin(visitor(request), "easel")
        return style_gallery.waiting(studio, mine) if path else gr.skip()

    arrived = photo.change(start, [photo, own], gallery, **QUIET)
    painted = arrived.then(style_gallery.hanging(studio), [photo, own], [gallery, desk.hung], **queued)
    painted.then(style_gallery.sheeting(studio), [photo, own, desk.hung], desk.sheet, **QUIET)
    arrived.then(lambda: None, None, mask, **QUIET).then(paint, inputs, outputs, **inline)

    stop = studio.stopper("easel")
    gr.on([control.change for control in kit.changing], stop, **QUIET).then(paint, inputs, outputs, **inline)
    board.flip.mask(viewer.masking, None, mask, **QUIET).then(stop, **QUIET).then(paint, inputs, outputs, **inline)

    def choose(mine: Own, event: gr.EventData) -> str:
        return studio.book(mine)[str(event.id)].id

    gallery.pick(choose, own, kit.chosen, **QUIET).then(stop, **QUIET).then(paint, inputs, outputs, **inline)

    linked = gr.State("")  # changes only when a link asked for something
    page.load(share_link.opening(studio), None, [*kit.choice, gallery, linked], **SPOKEN)
    linked.change(paint, inputs, outputs, **inline)


def open_compare(studio: Studio, desk: Desk, board: comparison.Board, rooms: gr.Tabs, room: gr.Tab) -> None:
    """Pins -> the room where they are compared."""
    desk.gallery.pin(comparison.pinning, None, board.pins, **QUIET)
    desk.gallery.compare(lambda: gr.Tabs(selected="compare"), None, rooms, **QUIET)
    inputs = [desk.photo, desk.own, board.pins, *desk.kit.choice]
    room.select(studio.stopper("compare"), **QUIET).then(
        comparison.painting(studio), inputs, board.outputs, **_queued(studio)
    )


def open_yours(studio: Studio, desk: Desk, room: own_style.Room, rooms: gr.Tabs, tab: gr.Tab) -> None:
    """A visitor's painting -> their own style -> wall, easel, blends."""
    photo, own, kit, outputs = desk.photo, desk.own, desk.kit, room.outputs
    tab.select(jobs.expect, **QUIET)
    brought = room.file.upload(own_style.bringing(studio), [room.file, photo, own], outputs, **_queued(studio))
    heavy = {**_queued(studio), "concurrency_id": jobs.HEAVY, "concurrency_limit": 1}
    wait = {"fn": own_style.waiting(studio), "inputs": room.sitting, "outputs": [room.ticket, room.view], **QUIET}
    asked = [photo, own, room.sitting, room.ticket]
    shown = [room.learnt, *outputs[1:]]
    taught = room.teach.click(**wait).then(own_style_training.teaching(studio), asked, shown, **heavy)
    for event, style in ((brought, room.made), (taught, room.learnt)):
        event.then(own_style.keeping, [own, style], [own, style], **SPOKEN)
    brought.then(lambda: None, None, room.file, **QUIET)  # ready for the next one
    room.optimise.click(**wait).then(own_style_training.optimising(studio), asked, shown, **heavy)
    room.stop.click(own_style.stopping(studio), room.sitting, room.view, **QUIET)
    room.remove.click(own_style.removing, [own, room.sitting], [own, *outputs[1:], room.file], **SPOKEN)

    settled = own.change(own_style.settling, [own, room.sitting], [room.easel, room.style, room.remove], **QUIET)
    settled.then(controls.settling(studio), [own, kit.chosen, kit.second, kit.third], kit.styles, **QUIET)
    added = settled.then(
        style_gallery.adding(studio), [photo, own, desk.hung], [desk.gallery, desk.hung], **_queued(studio)
    )
    added.then(style_gallery.sheeting(studio), [photo, own, desk.hung], desk.sheet, **QUIET)

    def show(mine: Own, sitting: Any) -> tuple[Any, ...]:
        if sitting is None or sitting.id not in mine:
            return (gr.skip(),) * 3
        return sitting.id, gr.HTML(chosen=sitting.id), gr.Tabs(selected="studio")

    chosen = room.easel.click(show, [own, room.sitting], [kit.chosen, desk.gallery, rooms], **QUIET)
    painted = chosen.then(studio.stopper("easel"), **QUIET)
    painted.then(viewer.painting(studio), desk.easel_inputs, desk.easel_outputs, **_on_easel(studio, desk))


def open_film(studio: Studio, desk: Desk, projector: video_tab.Projector) -> None:
    """The look on the easel, or a style -> a film."""
    line = {**_queued(studio), "concurrency_id": video_tab.FILM, "concurrency_limit": 1}
    waits = projector.start.click(
        video_tab.waiting(studio), projector.file, [projector.ticket, projector.view], **QUIET
    )
    inputs = [projector.file, projector.style, projector.ticket, desk.own, *desk.kit.choice]
    waits.then(video_tab.painting(studio), inputs, [projector.view, projector.film], **line)
    projector.stop.click(video_tab.stopping(studio), None, projector.view, **QUIET)
    desk.own.change(video_tab.settling(studio), [desk.own, projector.style], projector.style, **QUIET)


def _queued(studio: Studio) -> dict[str, Any]:
    """How everything that paints is run: one line for all of it, so many at once."""
    return {
        "concurrency_id": PAINTING,
        "concurrency_limit": studio.settings.at_once,
        "api_visibility": "private",
        "show_progress": "hidden",
    }


def _on_easel(studio: Studio, desk: Desk) -> dict[str, Any]:
    """`_queued`, and the easel shows that it is busy, and the place in line."""
    return {**_queued(studio), "show_progress": "minimal", "show_progress_on": desk.board.slider}
