"""Every place where this page reaches into what Gradio keeps private; a new version of Gradio may change each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.route_utils import get_root_url
from gradio.utils import _parse_file_size, get_upload_folder
from starlette.requests import Request
from starlette.types import Scope


def upload_folder() -> Path:
    """Where uploads lie. Only files in there are served, and Gradio exports no name for it."""
    return Path(get_upload_folder())


def served_page(scope: Scope) -> gr.Blocks:
    """The page that a request to Gradio's application is for; only the application knows it."""
    page: gr.Blocks = scope["app"].get_blocks()
    return page


def public_address(request: Request) -> str:
    """Where visitors find the page, without a slash at the end: Gradio knows proxies by their X-Forwarded-* headers."""
    application = request.scope["app"]
    page = application.get_blocks()
    root_path = application.root_path or request.scope.get("root_path") or page.custom_mount_path
    return get_root_url(request, "/", root_path)


def pass_paths(image: gr.Image) -> None:
    """Hand the uploaded file's path to handlers: Gradio's decoder has neither our limits nor our sentences."""
    setattr(image, "preprocess", lambda payload: payload and payload.path)  # noqa: B010


def pass_path_of(component: gr.HTML, name: str) -> None:
    """Hand handlers the path of the file under `name` in this component's value, or None if it was never uploaded."""

    def path(payload: Any) -> str | None:
        file = payload.get(name) if isinstance(payload, dict) else None
        found = file.get("path") if isinstance(file, dict) else None
        return found if isinstance(found, str) and is_upload(found) else None

    setattr(component, "preprocess", path)  # noqa: B010


def is_upload(path: str) -> bool:
    """Whether this path, which a browser names, lies where uploads do."""
    try:
        return Path(path).resolve().is_relative_to(upload_folder().resolve())
    except (OSError, ValueError):  # a NUL in the path
        return False


def upload_limit(size: str) -> int:
    """Bytes of a size as `launch(max_file_size=...)` takes it."""
    return int(_parse_file_size(size) or 0)


def expire(page: gr.Blocks, files: set[str]) -> None:
    """Have Gradio delete old ones of these files too: it knows only those that some component has shown."""
    page.temp_file_sets.append(files)


def disconnect_check(page: gr.Blocks, request: gr.Request) -> Callable[[], bool]:
    """What says whether a caller over HTTP has hung up: only the queue's running events know."""
    session = request.session_hash

    def disconnected() -> bool:
        jobs = page._queue.active_jobs
        own = [event for job in jobs if job for event in job if event.session_hash == session]
        return bool(own) and not any(event.alive for event in own)

    return disconnected


def forget_session(page: Any, session: str) -> None:
    """Drop a session's state, which Gradio keeps for every single call over HTTP until many others came."""
    holder = getattr(page, "state_holder", None)  # it is there once the page was launched
    if holder is not None:
        with holder.lock:
            holder.session_data.pop(session, None)
            holder.time_last_used.pop(session, None)


def refuse_requests(page: gr.Blocks) -> None:
    """From now on, tell newcomers that the queue is full: Gradio has no other way to close a running page's queue."""
    page._queue.max_size = 0


def is_busy(page: gr.Blocks) -> bool:
    """Whether something is being painted or waits for it; the queue's length is not public."""
    return bool(len(page._queue)) or any(page._queue.active_jobs)
