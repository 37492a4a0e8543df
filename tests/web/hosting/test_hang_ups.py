"""A caller who hangs up in the middle of an upload is no failure; any other is told as before."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message

from stylize.web.hosting.hang_ups import HangUpMiddleware
from tests.conftest import awaited


async def upload(request: Request) -> Response:
    if b"bad" in await request.body():
        raise ValueError("bad")
    return Response()


def call(parts: Sequence[Message], middleware: Sequence[Middleware]) -> list[Message]:
    """What is answered to an upload that comes in these parts."""
    coming, sent = list(parts), list[Message]()

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    app = Starlette(routes=[Route("/upload", upload, methods=["POST"])], middleware=middleware)
    scope = {"type": "http", "method": "POST", "path": "/upload", "query_string": b"", "headers": []}
    awaited(app(scope, receive, send))
    return sent


CUT = [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]
OURS = [Middleware(HangUpMiddleware)]


def test_an_upload_that_is_cut_is_no_failure() -> None:
    with pytest.raises(ClientDisconnect):
        call(CUT, [])
    assert call(CUT, OURS) == []


def test_what_fails_otherwise_still_does() -> None:
    assert call([{"type": "http.request", "body": b"good"}], OURS)[0]["status"] == 200
    with pytest.raises(ValueError, match="bad"):
        call([{"type": "http.request", "body": b"bad"}], OURS)
