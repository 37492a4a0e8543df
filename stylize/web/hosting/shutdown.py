"""Shutting down: no file of a visitor's outlives the process, and a page that is asked to stop ends what it began."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import signal
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import gradio as gr

from stylize.web.hosting import gradio_sessions

FINISH_SECONDS = 6.0  # for what is being painted and for those in line
FETCH_SECONDS = 1.0  # to fetch what was painted last
CLOSE_SECONDS = 2.0  # for Gradio to end its connections; with the two above, below the 10 that systems allow

_PREFIX = "stylize-page-"


def isolate_temp_files() -> None:
    """Keep uploads and paintings in a folder that only this user can enter and that goes with this process.

    What a killed process left behind goes as well. A host's own GRADIO_TEMP_DIR is used as it is and never emptied.
    """
    if os.environ.get("GRADIO_TEMP_DIR"):
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        found = re.match(rf"{_PREFIX}(\d+)-", folder.name)
        if found and not _is_alive(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)
    os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
    atexit.register(_remove_temp_files, os.environ["GRADIO_TEMP_DIR"])


def close_on_sigterm(page: gr.Blocks) -> None:
    """On SIGTERM, finish what is being painted, take nothing new, and end the process. Call it from the main thread."""

    def handle(*_: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        threading.Thread(target=_close, args=(page,)).start()

    signal.signal(signal.SIGTERM, handle)


def _close(page: gr.Blocks) -> None:
    gradio_sessions.refuse_requests(page)
    end = time.monotonic() + FINISH_SECONDS
    while time.monotonic() < end and gradio_sessions.is_busy(page):
        time.sleep(0.05)
    time.sleep(FETCH_SECONDS)
    closing = threading.Thread(target=page.close, kwargs={"verbose": False}, daemon=True)
    closing.start()
    closing.join(CLOSE_SECONDS)
    _remove_temp_files(os.environ.get("GRADIO_TEMP_DIR", ""))
    os._exit(0)  # what still paints is wanted by nobody


def _remove_temp_files(folder: str) -> None:
    """Remove this process's own folder, and no other."""
    if Path(folder).name.startswith(f"{_PREFIX}{os.getpid()}-"):
        shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    """Whether another process of this number is there."""
    if process == os.getpid():
        return False
    with suppress(PermissionError):  # somebody else's: there
        try:
            os.kill(process, 0)
        except (ProcessLookupError, OverflowError):
            return False
    return True
