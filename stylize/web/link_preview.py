"""What other sites show of a link to the page: the host's title and sentence, paintings, and the address itself.

Gradio's page has two sets of such tags, about Gradio, and sites read the first. A middleware replaces them. Protocol:
https://ogp.me, and X's cards (`twitter:`).
"""

from __future__ import annotations

import html
import io
import re
from functools import cached_property
from threading import Lock
from weakref import WeakKeyDictionary

import gradio as gr
from PIL import Image, ImageOps
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stylize.errors import StylizeError
from stylize.styles import StyleRegistry
from stylize.web import share
from stylize.web.app_context import AppContext
from stylize.web.hosting import gradio_hooks
from stylize.web.locale.catalog import CATALOGS

PICTURE_PATH = "/link-preview.jpg"
PICTURE_SIZE = (1200, 630)  # pixels; what sites show uncropped (1.91 : 1)
PICTURE_SECONDS = 3600  # that others may keep the picture

_GRIDS = ((6, (3, 2)), (4, (2, 2)), (2, (2, 1)), (1, (1, 1)))  # least number of styles: columns and rows
_TAG = re.compile(r'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>\s*')
_SCRIPT = "<script>window.gradio_config"  # what follows is data that only look like tags


class LinkPreview:
    """The preview of one page."""

    def __init__(self, app: AppContext) -> None:
        self._app, self._lock = app, Lock()

    def tags(self, root: str, query: dict[str, str]) -> str:
        """The tags for the page at the address `root`, which has no slash at its end; a look in `query` is kept."""
        title, description = self._app.config.title, self._description
        picture = root + PICTURE_PATH
        tags = [
            f"<title>{html.escape(title)}</title>",
            _tag("name", "description", description),
            _tag("property", "og:type", "website"),
            _tag("property", "og:title", title),
            _tag("property", "og:description", description),
            _tag("property", "og:url", f"{root}/{self._look(query)}"),
            _tag("property", "og:image", picture),
            _tag("property", "og:image:width", str(PICTURE_SIZE[0])),
            _tag("property", "og:image:height", str(PICTURE_SIZE[1])),
            _tag("name", "twitter:card", "summary_large_image"),
            _tag("name", "twitter:title", title),
            _tag("name", "twitter:description", description),
            _tag("name", "twitter:image", picture),
        ]
        return "\n".join(tags)

    def picture(self) -> bytes:
        """A JPEG of the example photo in some styles, painted once."""
        with self._lock:
            return self._picture

    @cached_property
    def _picture(self) -> bytes:
        styles = self._app.styles
        columns, rows = next(grid for least, grid in _GRIDS if len(styles) >= least)
        tile = PICTURE_SIZE[0] // columns, PICTURE_SIZE[1] // rows
        _, photo = self._app.read_photo(None)
        ids = [style.id for style in self._app.some_styles(columns * rows)]
        sheet = Image.new("RGB", PICTURE_SIZE)
        for place, (_, painted) in enumerate(self._app.painter.gallery(photo, ids, size=PICTURE_SIZE[0])):
            corner = place % columns * tile[0], place // columns * tile[1]
            sheet.paste(ImageOps.fit(painted.convert("RGB"), tile, Image.Resampling.LANCZOS), corner)
        buffer = io.BytesIO()
        sheet.save(buffer, "JPEG", quality=88)
        return buffer.getvalue()

    @property
    def _description(self) -> str:
        config = self._app.config
        return config.description or CATALOGS[config.language].messages["headline"]

    def _look(self, query: dict[str, str]) -> str:
        try:
            options = share.from_query(query, StyleRegistry(self._app.styles))
        except StylizeError:  # the page says so to its visitor
            return ""
        return f"?{share.to_query(options)}" if options else ""


class LinkPreviewMiddleware:
    """Serves the picture, and puts our tags in place of Gradio's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        preview = _PREVIEWS.get(gradio_hooks.served_page(scope)) if scope["type"] == "http" else None
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if preview is None or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
        elif path == PICTURE_PATH:
            picture = await run_in_threadpool(preview.picture)
            kept = {"Cache-Control": f"public, max-age={PICTURE_SECONDS}"}
            await Response(picture, media_type="image/jpeg", headers=kept)(scope, receive, send)
        elif path in ("", "/"):
            request = Request(scope)
            tags = preview.tags(gradio_hooks.public_address(request), dict(request.query_params))
            await self._app(scope, receive, _with_tags(send, tags))
        else:
            await self._app(scope, receive, send)


def build(app: AppContext, page: gr.Blocks) -> None:
    """Give `page` its preview; it is served where the middleware is."""
    _PREVIEWS[page] = LinkPreview(app)


def replace_tags(page: str, tags: str) -> str:
    """The HTML of a page with `tags` in place of all `og:` and `twitter:` tags that it has."""
    top, script, rest = page.partition(_SCRIPT) if _SCRIPT in page else page.partition("</head>")
    return f"{_TAG.sub('', top)}{tags}\n{script}{rest}"


_PREVIEWS: WeakKeyDictionary[gr.Blocks, LinkPreview] = WeakKeyDictionary()


def _tag(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{html.escape(content)}">'


def _with_tags(send: Send, tags: str) -> Send:
    """A `send` that holds a page back until it is whole; everything else passes."""
    start: Message = {}
    body = bytearray()

    async def send_page(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            if MutableHeaders(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                return
            start.clear()
        if not start:
            await send(message)
            return
        body.extend(message.get("body", b""))
        if message.get("more_body"):
            return
        page = replace_tags(body.decode(), tags).encode()
        MutableHeaders(raw=start["headers"])["content-length"] = str(len(page))
        await send(start)
        await send({"type": "http.response.body", "body": page})

    return send_page
