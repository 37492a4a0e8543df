"""Lines that tell how far something is: open, busy, done, or failed, with a button to try again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import gradio as gr

from stylize.web import theme
from stylize.web.app_context import AppContext, session_id
from stylize.web.hosting import gradio_sessions
from stylize.web.locale.markup import element


def request_status(kind: str) -> str:
    """HTML of the line for a kind of request; static/requests.js fills it in. A component's script has the button."""
    retry = element("try_again", "button", type="button", hidden="")
    return f'<p class="request-status" data-kind="{kind}" role="status"><span></span>{retry}</p>'


def status_line(kind: str, elem_id: str) -> gr.HTML:
    """The line as a component, with events `retry` and `place` (the visitor wants to know their place in line)."""
    return gr.HTML(
        status_value(0, "painted"),
        html_template=request_status(kind),
        js_on_load=theme.static("request_status.js"),
        apply_default_css=False,
        elem_id=elem_id,
        kind=kind,
    )


def status_value(number: int, state: str, error: str = "") -> dict[str, Any]:
    """What `status_line` tells of a request: `state` is waiting, painting, preview, painted or failed."""
    return {"request": number, "state": state, "error": error}


def place_handler(app: AppContext, kind: str, kinds: Collection[str], page: gr.Blocks) -> Callable[..., dict[str, Any]]:
    """The handler that tells a visitor's place in line among requests of these kinds, which share a queue.

    It also tells which of the requests that are open in the browser are lost: the server has done with them, and their
    answers have not come. Right after a request was asked for it may seem so, before it is in the queue. The browser's
    time of the question comes back: each answer is another value, though it may say the same.
    """

    def place(event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        session = session_id(request)
        ahead = app.requests.ahead(session, kind, kinds)
        state = "painting" if ahead is None else "waiting"
        lost = []
        if not gradio_sessions.has_events(page, session):
            lost = [[kind, number] for kind, number in event.open.items() if app.requests.has(session, kind, number)]
        return status_value(int(event.request), state) | {"ahead": ahead, "lost": lost, "time": event.time}

    return place


def work_status(name: str) -> str:
    """HTML of the line and bar for work that takes a while; `showProgress` of static/i18n.js fills them in."""
    line = f'<p class="work-status {name}-status" role="status" aria-live="polite"></p>'
    retry = element("try_again", "button", type="button", class_="work-retry", hidden="")
    return f'{line}{retry}<progress max="1" hidden></progress>'
