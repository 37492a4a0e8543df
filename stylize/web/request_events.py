"""How every part of the page that paints is asked for and answered: the two listeners of `services/requests.py`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from stylize.web.app_context import PAINT_CONCURRENCY_ID, AppContext, session_id

UNQUEUED: dict[str, Any] = {"queue": False, "api_visibility": "private", "show_progress": "hidden"}
QUEUED = {**UNQUEUED, "queue": True}  # only what is queued can warn, and tell that a state has changed

REVEAL = "() => window.stylize.revealViewer()"  # for `js`, once the studio is on show

_NUMBERED = "window.stylize.ask({}, values)"  # a list: the number comes first

Values = Mapping[Component, Any]  # of the inputs of an event, by component


@dataclass(frozen=True)
class RequestEvents:
    """One kind of request: what it depends on, how it is asked for and answered.

    `fill` is a script's function that completes the inputs in the browser before they are sent; it may take its time.
    """

    app: AppContext
    number: gr.Number
    kind: str
    inputs: Sequence[Component] = ()
    content: Callable[[Values], Any] = lambda values: None  # by default nothing is wanted any more
    fill: str = ""

    def ask(self, triggers: Sequence[Any], show: Callable[[Any, int], Any] | None = None, output: Any = None) -> Any:
        """Ask on these triggers; `show` (of content and number) fills `output` at once. Returns the event."""

        def handle(request: gr.Request, number: float, *values: Any) -> Any:
            content = self.content(dict(zip(self.inputs, values, strict=True)))
            newest = self.app.requests.ask(session_id(request), self.kind, int(number), content)
            if show is None:
                return None
            return show(content, int(number)) if newest else gr.skip()

        inputs = [self.number, *self.inputs]
        asked = gr.on(
            triggers, handle, inputs, output, js=_number(self.kind, self.fill), trigger_mode="multiple", **UNQUEUED
        )
        self._tell_failure(asked)
        return asked

    def answer(self, asked: Any, handler: Any, outputs: Sequence[Component], queue: Mapping[str, Any]) -> Any:
        """Answer after an ask. Returns the event."""

        def handle(request: gr.Request) -> Iterator[Any]:
            yield (gr.skip(),) * len(outputs)  # Gradio empties the outputs of a generator that yields nothing
            yield from handler(request)

        answered = asked.then(handle, None, outputs, trigger_mode="always_last", **queue)
        self._tell_failure(answered)  # the queue was full
        return answered

    def end_after(self, event: Any) -> None:
        """No request is open once `event` has succeeded. For a kind whose view does not tell which one it answers."""
        event.success(None, js=f"() => window.stylize.ended({json.dumps(self.kind)})")

    def stop(self, trigger: Any, show: Callable[..., Any], inputs: Sequence[Component], output: Component) -> None:
        """Stop what runs on this trigger; `show` (of the inputs) fills `output` at once."""

        def handle(request: gr.Request, number: float, *values: Any) -> Any:
            self.app.requests.stop(session_id(request), self.kind, int(number))
            return show(*values)

        trigger(handle, [self.number, *inputs], output, js=_number(), trigger_mode="multiple", **UNQUEUED)

    def _tell_failure(self, event: Any) -> None:
        event.failure(None, js=f"() => window.stylize.failed({json.dumps(self.kind)})")


def _number(kind: str = "", fill: str = "") -> str:
    """A script that numbers a request of this kind: the number is the first input."""
    if fill:
        return f"async (number, ...given) => ((values) => {_NUMBERED.format(json.dumps(kind))})(await {fill}(given))"
    return f"(number, ...values) => {_NUMBERED.format(json.dumps(kind))}"


def paint_queue(app: AppContext) -> dict[str, Any]:
    """How everything that paints is run: one queue for all of it, so many at the same time."""
    return {
        "concurrency_id": PAINT_CONCURRENCY_ID,
        "concurrency_limit": app.config.concurrency_limit,
        "api_visibility": "private",
        "show_progress": "hidden",
    }
