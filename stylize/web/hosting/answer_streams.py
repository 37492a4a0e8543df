"""The stream over which Gradio sends a visitor's answers: of several of one session, the newest counts.

A browser that opens its stream again may do so before the server has seen the first one end, or just after. With the
end of the first one, Gradio drops all that the session waits for, and the second ends with "404: Not Found". Here the
first one is ended as soon as there is a second, and a session is dropped once it has had no stream for a moment. A
session that asks for something in this moment is about to open its stream, so it is given more time. A browser that has
lost its stream says so (`POST /queue/drop`), before it asks for anything again.
"""

from __future__ import annotations

import asyncio
from contextvars import Context, ContextVar
from dataclasses import dataclass
from urllib.parse import parse_qs

import gradio as gr
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stylize.web.hosting import gradio_hooks, gradio_sessions

GRACE_SECONDS = 2.0  # that a session whose stream broke off waits for another one
JOIN_SECONDS = 10.0  # that it waits after it has asked for something
_PATH = "/queue/data"
_DROP = "/queue/drop"


@dataclass(eq=False)
class _Stream:
    """One open stream."""

    request: asyncio.Future[None] | None = None
    is_replaced: bool = False
    is_started: bool = False
    left: gr.Blocks | None = None  # the page, once Gradio has dropped the session, or would have
    kept_until: float = 0.0  # on the clock of the event loop, once it is left


_STREAM: ContextVar[_Stream | None] = ContextVar("answer_stream", default=None)  # the one that the code runs for
_STREAMS: ContextVar[dict[str, _Stream] | None] = ContextVar("answer_streams", default=None)  # the newest, by session


class AnswerStreamMiddleware:
    """Ends each stream of answers when its session opens another."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._newest: dict[str, _Stream] = {}
        self._dropping: set[asyncio.Future[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        if scope["type"] != "http" or not scope["path"].endswith((_PATH, _DROP)):
            _STREAMS.set(self._newest)
            await self._app(scope, receive, send)
            return
        session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        if scope["path"].endswith(_DROP):
            if scope["method"] == "POST":
                await gradio_sessions.drop_session(gradio_hooks.served_page(scope), session)
            await Response(status_code=204 if scope["method"] == "POST" else 405)(scope, receive, send)
            return
        older, stream = self._newest.get(session), _Stream()
        self._newest[session] = stream
        if older is not None and older.request is not None:
            older.is_replaced = True
            older.request.cancel()
        _STREAM.set(stream)
        stream.request = asyncio.ensure_future(self._app(scope, receive, _noting_start(send, stream)))
        try:
            await stream.request
        except asyncio.CancelledError:
            if not stream.is_replaced:
                raise
            if not stream.is_started:
                await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if stream.left is not None:
                stream.kept_until = max(stream.kept_until, asyncio.get_running_loop().time() + GRACE_SECONDS)
                self._forget(session, stream)
            elif self._newest.get(session) is stream:
                del self._newest[session]

    def _forget(self, session: str, stream: _Stream) -> None:
        """Drop a session once its time is over, unless it has another stream than this one by then."""
        if stream.left is None or self._newest.get(session) is not stream:
            return
        loop = asyncio.get_running_loop()
        if loop.time() < stream.kept_until:
            loop.call_at(stream.kept_until, self._forget, session, stream, context=Context())  # of no stream
            return
        del self._newest[session]
        self._dropping.add(task := asyncio.ensure_future(gradio_sessions.drop_session(stream.left, session)))
        task.add_done_callback(self._dropping.discard)


def build(page: gr.Blocks) -> None:
    """Have the end of a stream leave its session of `page` as it is. Call it once the page has its queue."""

    def is_left_by_stream() -> bool:
        stream = _STREAM.get()
        if stream is not None:
            stream.left = page
        return stream is not None

    def is_joined(session: str) -> None:
        stream = (_STREAMS.get() or {}).get(session)
        if stream is not None:
            stream.kept_until = asyncio.get_running_loop().time() + JOIN_SECONDS

    gradio_sessions.keep_session_if(page, is_left_by_stream)
    gradio_sessions.on_join(page, is_joined)


def _noting_start(send: Send, stream: _Stream) -> Send:
    async def sent(message: Message) -> None:
        stream.is_started = True
        await send(message)

    return sent
