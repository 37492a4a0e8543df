"""The painter for the visitor's own device: its scripts, and the model that they read, made when it is first asked for.

A page's models are ONNX files; a browser reads what `stylize export web` writes. That needs the extra `train`, so it
runs in a process of its own, once for a page; where it cannot run, there is no model, and the server paints.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

import gradio as gr
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stylize.paths import STATIC
from stylize.web.app_context import AppContext
from stylize.web.hosting import gradio_hooks

PREFIX = "/device/"
SCRIPTS = STATIC / "webgpu"
DESCRIPTION = "painter.json"  # of the model; the names of its other files hold a part of their digest
PATIENCE = 120  # seconds that making the model may take
SCRIPT_SECONDS = 600  # that a browser may keep a script
FOR_GOOD = "public, max-age=31536000, immutable"

_log = logging.getLogger(__name__)


class DeviceModel:
    """The model of a page, in a folder of its own."""

    def __init__(self, app: AppContext) -> None:
        self._app, self._lock = app, Lock()
        self._folder: Path | None = None
        self._is_tried = False

    def file(self, name: str) -> Path | None:
        """A file of the model; asking for its description makes it. None if there is no such file."""
        if name == DESCRIPTION:
            with self._lock:
                if not self._is_tried:
                    self._folder, self._is_tried = self._made(), True
        if self._folder is None:
            return None
        return next((path for path in self._folder.iterdir() if path.name == name), None)

    def _made(self) -> Path | None:
        styles = [style.id for style in self._app.styles if style.network is None]
        if not styles:
            return None
        folder = Path(tempfile.mkdtemp(prefix="device-model-"))
        command = [sys.executable, "-m", "stylize", "export", "web", "--models", str(self._app.painter.folder)]
        try:
            done = subprocess.run(
                [*command, "--out", str(folder), "--styles", *styles],
                env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=PATIENCE,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            _log.warning("there is no painter for visitors' devices (%s)", error)
            return None
        if done.returncode:
            _log.warning("there is no painter for visitors' devices (%s)", done.stderr.strip()[-300:])
            return None
        return folder


class DeviceFilesMiddleware:
    """Serves scripts and model of the pages that were built with one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or not path.startswith(PREFIX) or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        model = _MODELS.get(gradio_hooks.served_page(scope))
        answer = await run_in_threadpool(_answer, model, path.removeprefix(PREFIX))
        await answer(scope, receive, send)


def build(app: AppContext, page: gr.Blocks) -> None:
    """Give `page` a painter for visitors' devices; it is served where the middleware is."""
    _MODELS[page] = DeviceModel(app)


_MODELS: WeakKeyDictionary[gr.Blocks, DeviceModel] = WeakKeyDictionary()


def _answer(model: DeviceModel | None, path: str) -> Response:
    kind, _, name = path.partition("/")
    if model is not None and kind == "webgpu":
        script = next((file for file in SCRIPTS.glob("*.js") if file.name == name), None)
        if script is not None:
            kept = {"Cache-Control": f"public, max-age={SCRIPT_SECONDS}"}
            return FileResponse(script, media_type="text/javascript", headers=kept)
    if model is not None and kind == "model" and (file := model.file(name)) is not None:
        kept = {"Cache-Control": "no-cache" if name == DESCRIPTION else FOR_GOOD}
        media = "application/json" if name == DESCRIPTION else "application/octet-stream"
        return FileResponse(file, media_type=media, headers=kept)
    return Response(status_code=404)
