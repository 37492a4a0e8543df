"""Teaching and optimising an own style: what the tab shows meanwhile. The process is a few lines of Python."""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import pytest

from stylize import Style
from stylize.web.app_context import AppContext
from stylize.web.components import own_style, own_style_training
from stylize.web.components.own_style_training import TrainingRequest
from stylize.web.services.own_styles import StyleSource

from ..visitors import answers, ask

STEP = "print(json.dumps({'step': %d, 'steps': 2, 'loss': 1.0, 'vector': [0.5] * %d}), flush=True)\n"


def teach(app: AppContext, source: StyleSource) -> Iterator[tuple[Any, ...]]:
    wanted = TrainingRequest("teach", None, {}, source)
    return answers(app, own_style.TRAINING, wanted, own_style_training.answer_handler)


def test_a_taught_style_is_previewed_and_kept(app: AppContext, beach: str, worker_code: Callable[[str], None]) -> None:
    size = len(app.painter.styles["udnie"].vector)
    worker_code(STEP % (1, size) + STEP % (2, size))
    steps = list(teach(app, StyleSource("beach", "Beach", beach)))
    states = [(view["state"], view["share"]) for _, _, view, _ in steps]
    assert states == [("own_starting", None), ("own_teaching", 0.5), ("own_teaching", 1), ("own_taught_done", None)]
    style = steps[-1][0]
    assert (style.id, style.title) == ("beach", "Beach")
    assert style.painter == app.painter.styles["udnie"].painter


@pytest.mark.parametrize(("step", "state"), [(0, "own_stopped"), (1, "own_taught_in_part")])
def test_stopping_keeps_what_was_learnt_and_says_how_much_that_is(
    app: AppContext, beach: str, worker_code: Callable[[str], None], step: int, state: str
) -> None:
    worker_code(STEP % (step, len(app.painter.styles["udnie"].vector)) + "time.sleep(600)")
    for shown in teach(app, StyleSource("beach", "Beach", beach)):
        if shown[2]["state"] == "own_teaching":
            app.requests.stop("one", own_style.TRAINING, 10**6)
    assert shown[2]["state"] == state
    assert isinstance(shown[0], Style) == (step > 0)


def test_training_for_a_painting_that_was_replaced_is_not_shown(
    app: AppContext, beach: str, worker_code: Callable[[str], None]
) -> None:
    worker_code(STEP % (1, len(app.painter.styles["udnie"].vector)) + "time.sleep(600)")
    for step in teach(app, StyleSource("beach", "Beach", beach)):
        if step[2].get("state") == "own_teaching":
            ask(app, own_style.TRAINING, None)  # another painting is brought
    assert isinstance(step[0], Style)  # what was learnt is kept
    assert step[2] == gr.skip()


def test_a_failure_is_told_and_can_be_tried_again(
    app: AppContext, beach: str, worker_code: Callable[[str], None]
) -> None:
    worker_code("print(json.dumps({'error': 'The painting is blank.'}), flush=True)")
    *_, (style, _, view, _) = teach(app, StyleSource("beach", "Beach", beach))
    assert style == gr.skip()
    assert (view["state"], view["error"], view["retry"]) == ("own_failed", "The painting is blank.", own_style.TRAINING)
    assert view["keep"]


def test_a_painting_that_was_deleted_is_asked_for_again(app: AppContext) -> None:
    *_, (_, _, view, _) = teach(app, StyleSource("beach", "Beach", "/gone.png"))
    assert view["state"] == "own_gone"
