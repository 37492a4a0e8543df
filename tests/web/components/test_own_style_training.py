"""Teaching and optimising an own style: what the tab shows meanwhile. The process is a few lines of Python."""

from collections.abc import Callable, Iterator
from typing import Any

from stylize import Style
from stylize.web.components import own_style, own_style_training
from stylize.web.services.own_styles import StyleSource
from stylize.web.state import AppState

from ..visitors import visit, wanted

STEP = "print(json.dumps({'step': %d, 'steps': 2, 'loss': 1.0, 'vector': [0.5] * %d}), flush=True)\n"


def teach(app: AppState, source: StyleSource, cancelled: Callable[[], bool] = wanted) -> Iterator[tuple[Any, ...]]:
    """What the handler yields after its first, empty answer."""
    steps = own_style_training.teach_handler(app)(None, {}, source, cancelled, visit())
    next(steps)
    return steps


def test_a_taught_style_is_previewed_and_kept(app: AppState, beach: str, worker_code: Callable[[str], None]) -> None:
    size = len(app.painter.styles["udnie"].vector)
    worker_code(STEP % (1, size) + STEP % (2, size))
    steps = list(teach(app, StyleSource("beach", "Beach", beach)))
    states = [(view["state"], view["share"]) for _, _, view, _ in steps]
    assert states == [("own_starting", None), ("own_teaching", 0.5), ("own_teaching", 1), ("own_taught_done", None)]
    style = steps[-1][0]
    assert (style.id, style.title) == ("beach", "Beach")
    assert style.painter == app.painter.styles["udnie"].painter


def test_stopping_keeps_what_was_learnt(app: AppState, beach: str, worker_code: Callable[[str], None]) -> None:
    worker_code(STEP % (1, len(app.painter.styles["udnie"].vector)) + "time.sleep(600)")
    stopped: list[bool] = []
    for step in teach(app, StyleSource("beach", "Beach", beach), lambda: bool(stopped)):
        if step[2]["state"] == "own_teaching":
            stopped.append(True)
    assert step[2]["state"] == "own_taught_done"
    assert isinstance(step[0], Style)


def test_a_painting_that_was_deleted_is_asked_for_again(app: AppState) -> None:
    *_, (_, _, view, _) = teach(app, StyleSource("beach", "Beach", "/gone.png"))
    assert view["state"] == "own_gone"


def test_a_stopped_job_is_cancelled(app: AppState) -> None:
    cancelled, view = own_style.waiting_handler(app)(StyleSource("beach", "Beach"), visit())
    assert view["state"] == "own_waiting"
    assert not cancelled()
    own_style.stop_handler(app)(None, visit())
    assert cancelled()
