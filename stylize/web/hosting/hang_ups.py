"""Callers who hang up while their request is still read, as a page that is left in the middle of an upload does."""

from __future__ import annotations

from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send


class HangUpMiddleware:
    """Ends such a request without a traceback in the log: nothing has failed, and there is nobody to answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        with suppress(ClientDisconnect):
            await self._app(scope, receive, send)
