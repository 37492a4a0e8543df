"""Of a session's streams of answers the newest counts, and the end of an older one takes nothing from it.

`test_a_stream_of_answers_that_hangs_is_opened_again` asks the same of the whole page, in a browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest
from gradio.utils import LRUCache
from starlette.types import Message, Receive, Scope, Send

from stylize.web.hosting import answer_streams
from stylize.web.hosting.answer_streams import AnswerStreamMiddleware
from tests.conftest import awaited


class Page:
    """As much of Gradio as a stream touches: one that is hung up ends its session."""

    def __init__(self) -> None:
        self.cleaned: list[str] = []
        self._queue = SimpleNamespace(
            pending_messages_per_session=LRUCache(9), clean_events=self._clean, push=self._push
        )
        answer_streams.build(cast(gr.Blocks, self))

    @property
    def sessions(self) -> list[str]:
        """Whose messages are kept."""
        return list(self._queue.pending_messages_per_session)

    def join(self, session: str) -> None:
        self._queue.pending_messages_per_session[session] = []

    async def _push(self, body: Any) -> None:
        self.join(body.session_hash)

    async def _clean(self, *, session_hash: str | None = None, event_id: str | None = None) -> None:
        self.cleaned.append(session_hash or event_id or "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"].endswith("/queue/join"):
            await self._queue.push(SimpleNamespace(session_hash="a"))
            return
        try:
            assert (await receive())["type"] == "http.disconnect"
        finally:
            session = scope["query_string"].decode().removeprefix("session_hash=")
            del self._queue.pending_messages_per_session[session]
            await self._queue.clean_events(session_hash=session)
            await self._queue.clean_events(event_id="event")


class Visitor:
    """One connection."""

    def __init__(
        self, app: AnswerStreamMiddleware, session: str, path: str = "/gradio_api/queue/data", more: Scope | None = None
    ) -> None:
        self.sent: list[Message] = []
        self._hung_up = asyncio.Event()
        scope = {"type": "http", "path": path, "query_string": f"session_hash={session}".encode(), **(more or {})}
        self.ended = asyncio.ensure_future(app(scope, self._receive, self._send))

    async def hang_up(self) -> None:
        self._hung_up.set()
        await self.ended

    async def _receive(self) -> Message:
        await self._hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_streams, "GRACE_SECONDS", 0.05)


async def left() -> tuple[Page, AnswerStreamMiddleware]:
    """A page, and what serves it, just after the stream of the session "a" broke off."""
    page = Page()
    app = AnswerStreamMiddleware(cast(Any, page))
    page.join("a")
    stream = Visitor(app, "a")
    await asyncio.sleep(0)
    await stream.hang_up()
    return page, app


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():
            await asyncio.sleep(0.01)


def test_the_second_stream_ends_the_first_and_has_the_session() -> None:
    async def visit() -> None:
        page = Page()
        app = AnswerStreamMiddleware(cast(Any, page))
        for session in ("a", "b"):
            page.join(session)
        first, other = Visitor(app, "a"), Visitor(app, "b")
        await asyncio.sleep(0)
        second = Visitor(app, "a")
        await first.ended
        assert [message["type"] for message in first.sent] == ["http.response.start", "http.response.body"]
        assert (page.sessions, page.cleaned) == (["a", "b"], ["event"])  # an event may be cancelled all the same
        await second.hang_up()
        assert page.sessions == ["a", "b"]
        await until(lambda: page.sessions == ["b"])
        assert page.cleaned == ["event", "event", "a"]
        await other.hang_up()
        await until(lambda: page.sessions == [])

    awaited(visit())


def test_a_stream_that_is_opened_just_after_the_first_broke_off_has_the_session() -> None:
    async def visit() -> None:
        page, app = await left()
        second = Visitor(app, "a")
        await asyncio.sleep(3 * answer_streams.GRACE_SECONDS)
        assert (page.sessions, page.cleaned) == (["a"], ["event"])
        assert not second.ended.done()
        await second.hang_up()
        await until(lambda: page.cleaned == ["event", "event", "a"])
        assert page.sessions == []

    awaited(visit())


def test_a_session_that_asks_for_something_after_its_stream_broke_off_is_about_to_open_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answer_streams, "JOIN_SECONDS", 10 * answer_streams.GRACE_SECONDS)

    async def visit() -> None:
        page, app = await left()
        began = asyncio.get_running_loop().time()
        await Visitor(app, "a", "/gradio_api/queue/join").ended
        await until(lambda: page.sessions == [])
        assert asyncio.get_running_loop().time() - began >= answer_streams.JOIN_SECONDS

    awaited(visit())


def test_a_browser_that_has_lost_its_stream_has_its_session_dropped() -> None:
    async def visit() -> None:
        page = Page()
        app = AnswerStreamMiddleware(cast(Any, page))
        served = SimpleNamespace(get_blocks=lambda: page)
        for session in ("a", "b"):
            page.join(session)
        stream = Visitor(app, "a")
        await asyncio.sleep(0)
        for method, status, sessions in (("GET", 405, ["a", "b"]), ("POST", 204, ["b"])):
            call = Visitor(app, "a", "/gradio_api/queue/drop", {"method": method, "app": served})
            await call.ended
            assert (call.sent[0]["status"], page.sessions) == (status, sessions)
        assert page.cleaned == ["a"]
        stream.ended.cancel()

    awaited(visit())


def test_a_stream_that_is_replaced_before_it_has_begun_is_answered() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    async def visit() -> None:
        app = AnswerStreamMiddleware(silent)
        first = Visitor(app, "a")
        await asyncio.sleep(0)
        second = Visitor(app, "a")
        await first.ended
        assert first.sent[0]["status"] == 204
        await second.hang_up()
        assert second.sent == []

    awaited(visit())


def test_other_requests_pass() -> None:
    async def visit() -> None:
        page = Page()
        page.join("a")
        app = AnswerStreamMiddleware(cast(Any, page))
        calls = [Visitor(app, "a", "/gradio_api/call/stylize/a") for _ in range(2)]
        await asyncio.sleep(0)
        assert not any(call.ended.done() for call in calls)
        await calls[0].hang_up()
        assert (page.sessions, page.cleaned) == ([], ["a", "event"])
        page.join("a")
        await calls[1].hang_up()
        assert page.cleaned == ["a", "event"] * 2

    awaited(visit())
