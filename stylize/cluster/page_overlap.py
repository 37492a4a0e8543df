"""Pages that overlap while one takes the place of the other: each hands over what is the other's.

Ray Serve gives every request to any page that runs. Gradio answers a call in several requests: photo, call, stream of
answers, picture. What only the other page has of them is fetched there, so a call may begin at one page and end at the
other. Pages ask each other over HTTP, at a port of their own that only the cluster's machines need to reach.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import httpx
import ray
import uvicorn
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stylize.web.services import results

ASK_SECONDS = 10.0  # that another page may take to say what it has, or to hand a file over
FETCH_SECONDS = 3.0  # that an old page stays after its last answer, whose picture is still to be fetched
CHECK_SECONDS = 0.25  # between two looks whether it is still answering

_HAS = "/has"  # the address at which a page tells the others what it has
_FROM_PAGE, _ROOT_PATH = "from_page", b"x-root-path"  # in the scope and the headers of what another page hands over
_FILE = re.compile(r"/file=(.+)", re.DOTALL)
_CALL = re.compile(r"/call/(?:v2/)?[^/]+/([^/]+)/?")

Has = Callable[[str, str], bool]  # whether a page has the "session", "event" or "file" of this name


class OtherPages:
    """The pages that run beside this one, by address. `has` says what this page itself has; what it has is its own."""

    def __init__(self, has: Has) -> None:
        self.has = has
        self.addresses: list[str] = []
        self.address = ""  # of this page, once it listens
        limits = httpx.Limits(max_connections=None)
        self._client = httpx.AsyncClient(timeout=None, limits=limits)  # many streams of answers, as long as they last

    def add(self, addresses: list[str]) -> None:
        """Know these pages, too."""
        self.addresses += [one for one in addresses if one not in (self.address, *self.addresses)]

    async def owner(self, kind: str, name: str) -> str | None:
        """The page that has this session, event or file; None if that is this one, or none."""
        if not self.addresses or self.has(kind, name):
            return None
        for address in self.addresses.copy():
            try:
                url, asked = f"http://{address}{_HAS}", {"kind": kind, "name": name}
                answer = await self._client.get(url, params=asked, timeout=ASK_SECONDS)
            except httpx.ConnectError:  # it has ended
                self.addresses.remove(address)
            except httpx.TransportError:
                continue
            else:
                if answer.status_code == 200:
                    return address
        return None

    async def fetch(self, path: str, prefix: str) -> str | None:
        """The path of a copy of another page's file, made here; None if no page has it."""
        address = await self.owner("file", path)
        if address is None:
            return None
        url = f"http://{address}{prefix}/file={quote(path)}"
        answer = await self._client.get(url, timeout=ASK_SECONDS)
        if answer.status_code != 200:
            return None
        copy = results.new_path(Path(path).name)
        copy.write_bytes(answer.content)
        return str(copy)

    async def hand_over(self, address: str, scope: Scope, body: bytes, send: Send) -> None:
        """Have another page answer a request."""
        path = quote(scope["path"], safe="/=:@")
        query = scope["query_string"].decode("latin-1")
        headers = [*_passed_on(scope["headers"]), (_ROOT_PATH, scope.get("root_path", "").encode())]
        url = f"http://{address}{path}{'?' if query else ''}{query}"
        async with self._client.stream(scope["method"], url, headers=headers, content=body or None) as answer:
            head = {"status": answer.status_code, "headers": _passed_on(answer.headers.raw)}
            await send({"type": "http.response.start", **head})
            async for part in answer.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


class OverlapMiddleware:
    """Has the page that a request is for answer it, as long as there are others; brings the files that it names."""

    def __init__(self, app: ASGIApp, others: OtherPages) -> None:
        self._app, self._others = app, others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        if scope["type"] != "http" or not self._others.addresses:
            await self._app(scope, receive, send)
            return
        content_type = Headers(scope=scope).get("content-type", "")
        if scope["method"] != "POST" or "json" not in content_type:
            kind, name = _named(scope)
            owner = await self._others.owner(kind, name) if kind and _FROM_PAGE not in scope else None
            if owner is not None:
                await self._others.hand_over(owner, scope, b"", send)
            else:
                await self._app(scope, receive, send)
            return
        body = await _body(receive)
        asked = _parsed(body)
        session = asked.get("session_hash") if isinstance(asked, dict) else None
        if isinstance(session, str) and _FROM_PAGE not in scope:
            # a caller who still waits there reads its answers there, also those to come
            owner = await self._others.owner("session", session)
            if owner is not None:
                await self._others.hand_over(owner, scope, body, send)
                return
        if await self._bring_files(asked, scope):
            body = json.dumps(asked).encode()
        await self._app(*_with_body(scope, body, receive), send)

    async def _bring_files(self, asked: Any, scope: Scope) -> bool:
        """Put copies in place of the other pages' files; returns whether there were any."""
        prefix, changed = scope["path"][: scope["path"].find("/gradio_api") + len("/gradio_api")], False
        for file in _files(asked):
            copy = await self._others.fetch(file["path"], prefix)
            if copy is not None:
                file["path"], changed = copy, True
        return changed


@asynccontextmanager
async def listening(app: FastAPI, others: OtherPages) -> AsyncIterator[None]:
    """Within the block, other pages may ask this one, and `others` know its address."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == _HAS:
            asked = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
            there = others.has(asked.get("kind", ""), asked.get("name", ""))
            await Response(status_code=200 if there else 404)(scope, receive, send)
            return
        root_path = Headers(scope=scope).get(_ROOT_PATH.decode(), "")
        await app({**scope, _FROM_PAGE: True, "root_path": root_path}, receive, send)

    with socket.socket() as port:
        port.bind((ray.util.get_node_ip_address() if ray.is_initialized() else "127.0.0.1", 0))
        others.address = "{}:{}".format(*port.getsockname())
        options: dict[str, Any] = {"lifespan": "off", "log_config": None, "access_log": False, "proxy_headers": False}
        server = uvicorn.Server(uvicorn.Config(answer, **options))
        setattr(server, "capture_signals", nullcontext)  # noqa: B010, signals are the process's own affair
        serving = asyncio.create_task(server.serve(sockets=[port]))
        try:
            yield
        finally:
            server.should_exit = server.force_exit = True
            await asyncio.wait([serving])


async def finished(others: OtherPages, is_busy: Callable[[], bool]) -> None:
    """Wait until this page has answered, and its last pictures may have been fetched, if another page is there."""
    quiet = 0.0
    while others.addresses and quiet < FETCH_SECONDS:
        await asyncio.sleep(CHECK_SECONDS)
        quiet = 0.0 if is_busy() else quiet + CHECK_SECONDS


def _passed_on(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Without what is told of one connection alone."""
    return [pair for pair in headers if pair[0].lower() not in (b"connection", b"transfer-encoding")]


def _named(scope: Scope) -> tuple[str, str]:
    """The kind and the name of what a request asks for; empty if every page has it."""
    path = scope["path"]
    if found := _FILE.search(path):
        return "file", found[1]
    if path.endswith(("/queue/data", "/queue/drop")):
        return "session", parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
    if scope["method"] == "GET" and (found := _CALL.search(path)):
        return "event", found[1]
    return "", ""


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # the page says so
        return None


def _files(value: Any) -> Iterator[dict[str, Any]]:
    """What is a file in the arguments of a call."""
    if isinstance(value, dict):
        if isinstance(value.get("path"), str):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _files(one)


async def _body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _with_body(scope: Scope, body: bytes, receive: Receive) -> tuple[Scope, Receive]:
    """The request with this body, which has been read already."""
    sent = False

    async def received() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
    return {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}, received
