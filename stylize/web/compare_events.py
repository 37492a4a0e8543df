"""Events of the Compare tab: pins, the duel, the grid and its numbers; what they show opens in the viewer."""

from __future__ import annotations

from functools import partial
from typing import Any

import gradio as gr

from stylize.web.app_context import AppContext
from stylize.web.components import compare_tab, comparison_grid, duel, grid_link, grid_numbers, request_status
from stylize.web.components.compare_tab import Comparison, ComparisonRequest
from stylize.web.components.comparison_grid import ComparisonGrid, GridRequest
from stylize.web.components.duel import Duel, DuelRequest
from stylize.web.components.grid_numbers import GridNumbers
from stylize.web.events import ONE_QUEUE, PaintTab
from stylize.web.request_events import QUEUED, REVEAL, UNQUEUED, RequestEvents, Values, paint_queue

OPEN_COMPARE = "() => window.stylize.openTab('compare')"


def connect_comparison(app: AppContext, tab: PaintTab, compared: Comparison, opened: gr.Tab) -> None:
    """Pins -> the tab where they are compared."""
    tab.gallery.pin(None, None, compared.pins, js="() => [window.stylize.pins]")
    tab.gallery.compare(None, None, None, js=OPEN_COMPARE)
    compared.grid.retry(None, None, compared.retry, js="() => String(performance.now())")

    def content(values: Values) -> ComparisonRequest:
        chosen = tab.controls.values(values).without_regions()
        return ComparisonRequest(values[tab.photo], values[tab.own_styles], values[compared.pins] or [], chosen)

    inputs = [tab.photo, tab.own_styles, compared.pins, *tab.controls.components]
    requests = RequestEvents(app, tab.number, compare_tab.KIND, inputs, content)
    asked = requests.ask([opened.select, compared.retry.change])
    requests.answer(asked, compare_tab.answer_handler(app), compared.outputs, paint_queue(app))


def connect_grid(app: AppContext, tab: PaintTab, grid: ComparisonGrid, tabs: gr.Tabs, page: gr.Blocks) -> None:
    """Styles and a setting -> a grid; a cell of it -> the viewer; a link -> its axes."""
    grid.view.retry(None, None, grid.retry, js="() => String(performance.now())")

    def content(values: Values) -> GridRequest:
        chosen = tab.controls.values(values).without_regions()
        more, styles, rows = values[grid.more] or {}, values[grid.styles] or [], values[grid.rows]
        photos, shown = more.get("photos") or [], more.get("shown") or []
        return GridRequest(values[tab.photo], values[tab.own_styles], styles, rows, chosen, photos, shown)

    inputs = [grid.more, tab.photo, tab.own_styles, grid.styles, grid.rows, *tab.controls.components]
    fill = "window.stylize.fillGrid"
    requests = RequestEvents(app, tab.number, comparison_grid.KIND, inputs, content, fill)
    asked = requests.ask([grid.start.click, grid.retry.change])
    requests.answer(asked, comparison_grid.answer_handler(app), grid.outputs, paint_queue(app))
    opened = grid.view.open(None, None, tab.controls.components, js="() => window.stylize.openedCell")
    opened.then(lambda: gr.Tabs(selected="paint"), None, tabs, **UNQUEUED).then(None, js=REVEAL)
    inputs, handler = [tab.own_styles, grid.styles], comparison_grid.update_styles_handler(app)
    tab.own_styles.change(handler, inputs, grid.styles, trigger_mode="always_last", **UNQUEUED)
    linked = gr.JSON(visible=False)  # what a link sets; without one no component is touched, even by a skip
    page.load(grid_link.open_handler(app), None, [linked, tab.link_note], **QUEUED)
    outputs = [tabs, grid.styles, grid.rows, tab.controls.strength, tab.controls.keep_colors]
    linked.change(lambda axes: (gr.Tabs(selected="compare"), *axes), linked, outputs, **UNQUEUED)


def connect_grid_numbers(app: AppContext, tab: PaintTab, grid: ComparisonGrid, numbers: GridNumbers) -> None:
    """A finished grid -> the numbers of its cells, and a ZIP with them."""
    newest = "() => `${window.stylize.newest('grid')} ${performance.now()}`"
    for wanted in (grid.view.numbers, numbers.view.retry):
        wanted(None, None, numbers.asked, js=newest)
    requests = RequestEvents(
        app, tab.number, grid_numbers.KIND, [numbers.asked], lambda values: int(values[numbers.asked].split()[0])
    )
    asked = requests.ask([numbers.asked.change])
    archive = grid.downloads[comparison_grid.DOWNLOADS.index(".zip")]
    requests.answer(asked, grid_numbers.answer_handler(app), [numbers.view, archive], paint_queue(app))


def connect_duel(app: AppContext, tab: PaintTab, dueling: Duel, tabs: gr.Tabs, page: gr.Blocks) -> None:
    """Picks -> the next pair or the favourites; one of these -> the viewer. Another photo ends a duel."""
    state = gr.Textbox(visible="hidden", elem_id="duel-state")  # outside the tab, which is not there until it is opened
    changed: dict[str, Any] = {"trigger_mode": "multiple"}
    dueling.view.ask(None, None, state, js="() => window.stylize.duelState", **changed)
    dueling.status.retry(None, state, state, js="(state) => window.stylize.duelAgain(state)", **changed)
    tab.photo.change(None, state, state, js="(state) => window.stylize.duelOfNewPhoto(state)", **changed)
    linked = gr.Textbox(visible="hidden")  # the state of a link
    page.load(duel.open_handler(app), None, [linked, tab.link_note], **QUEUED)
    linked.change(lambda found: found, linked, state, **UNQUEUED).then(None, js=OPEN_COMPARE)

    def content(values: Values) -> DuelRequest | None:
        if not values[state]:
            return None
        return DuelRequest(values[tab.photo], values[state], tab.controls.values(values).without_regions())

    requests = RequestEvents(app, tab.number, duel.KIND, [tab.photo, state, *tab.controls.components], content)
    asked = requests.ask([state.change], partial(duel.waiting, app), dueling.view)
    requests.answer(asked, duel.answer_handler(app), dueling.outputs, paint_queue(app))
    place = request_status.place_handler(app, duel.KIND, ONE_QUEUE, page)
    dueling.status.place(place, None, dueling.status, trigger_mode="multiple", **UNQUEUED)
    opened = dueling.view.open(None, None, tab.controls.components, js="() => window.stylize.openedFavourite")
    opened.then(lambda: gr.Tabs(selected="paint"), None, tabs, **UNQUEUED).then(None, js=REVEAL)
