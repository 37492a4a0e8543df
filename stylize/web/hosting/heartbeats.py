"""The connection by which Gradio knows that a visitor's page is open: of several of one session, the newest counts.

Gradio ends the session with its connection. One that broke off, as on a phone whose screen was locked, may end minutes
after the page has opened another; then the session goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar

from starlette.types import ASGIApp, Receive, Scope, Send

from stylize.web.hosting import gradio_hooks, gradio_sessions

_PATH = re.compile(r"/heartbeat/(\w+)$")
_IS_REPLACED: ContextVar[Callable[[], bool]] = ContextVar("heartbeat_is_replaced", default=lambda: False)


def is_replaced() -> bool:
    """Whether the heartbeat whose end the code runs for has a newer one beside it: then its visitor is still there."""
    return _IS_REPLACED.get()()


class HeartbeatMiddleware:
    """Keeps a session as long as its newest heartbeat."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._newest: dict[str, object] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        found = _PATH.search(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        session, own, page = found[1], object(), gradio_hooks.served_page(scope)
        self._newest[session] = own
        gradio_sessions.reopen_session(page, session)
        _IS_REPLACED.set(lambda: self._newest.get(session, own) is not own)
        try:
            await self._app(scope, receive, send)
        finally:
            if self._newest.get(session) is own:
                del self._newest[session]
            elif session in self._newest:  # Gradio has just marked it as closed
                gradio_sessions.reopen_session(page, session)
