"""A session lives as long as the newest of its heartbeats."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any, cast

from starlette.types import Receive, Scope, Send

from stylize.web.hosting import heartbeats
from stylize.web.hosting.heartbeats import HeartbeatMiddleware
from tests.conftest import awaited


class Page:
    """As much of Gradio as a heartbeat touches: its end closes the session and tells the page."""

    def __init__(self) -> None:
        self.state = SimpleNamespace(is_closed=False)
        self.state_holder = SimpleNamespace(lock=threading.Lock(), session_data={"a": self.state})
        self.ended = 0

    def get_blocks(self) -> Page:
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        self.state.is_closed = True
        self.ended += not heartbeats.is_replaced()


def open_heartbeat(app: HeartbeatMiddleware, page: Page) -> tuple[asyncio.Event, asyncio.Future[None]]:
    hung_up = asyncio.Event()

    async def receive() -> dict[str, str]:
        await hung_up.wait()
        return {"type": "http.disconnect"}

    scope = {"type": "http", "path": "/gradio_api/heartbeat/a", "app": page}
    return hung_up, asyncio.ensure_future(app(scope, receive, cast(Any, None)))


def test_the_end_of_an_older_heartbeat_ends_nothing() -> None:
    async def visit() -> None:
        page = Page()
        app = HeartbeatMiddleware(cast(Any, page))
        first, second = open_heartbeat(app, page), open_heartbeat(app, page)
        await asyncio.sleep(0)
        first[0].set()
        await first[1]
        assert (page.ended, page.state.is_closed) == (0, False)
        second[0].set()
        await second[1]
        assert (page.ended, page.state.is_closed) == (1, True)

    awaited(visit())


def test_a_page_that_is_back_opens_its_session_again() -> None:
    async def visit() -> None:
        page = Page()
        app = HeartbeatMiddleware(cast(Any, page))
        first = open_heartbeat(app, page)
        first[0].set()
        await first[1]
        assert (page.ended, page.state.is_closed) == (1, True)
        second = open_heartbeat(app, page)
        await asyncio.sleep(0)
        assert not page.state.is_closed
        second[0].set()
        await second[1]
        assert page.ended == 2

    awaited(visit())
