"""Closing time: nothing of a visitor's outlives the process, and a page that is asked to stop ends politely."""

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

FINISHING = 6.0  # seconds for what is being painted and for those in line
FETCHING = 1.0  # seconds to fetch what was painted last
LEAVING = 2.0  # seconds for Gradio to end its connections; with the two above, below the 10 that systems allow

_PREFIX = "stylize-page-"


def keep_files_apart() -> None:
    """Let uploads and paintings lie in a folder that only this user can enter and that goes with this process.

    What a killed process left behind goes as well. A host's own GRADIO_TEMP_DIR is used as it is and never emptied.
    """
    if os.environ.get("GRADIO_TEMP_DIR"):
        return
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        found = re.match(rf"{_PREFIX}(\d+)-", left.name)
        if found and not _lives(int(found[1])):
            shutil.rmtree(left, ignore_errors=True)
    os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
    atexit.register(_empty, os.environ["GRADIO_TEMP_DIR"])


def close_on_request(page: gr.Blocks) -> None:
    """On SIGTERM, finish what is being painted, take nothing new, and end the process. Call it from the main thread."""

    def stop(*_: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        threading.Thread(target=_close, args=(page,)).start()

    signal.signal(signal.SIGTERM, stop)


def _close(page: gr.Blocks) -> None:
    queue = page._queue
    queue.max_size = 0  # newcomers are told that the line is full
    end = time.monotonic() + FINISHING
    while time.monotonic() < end and (len(queue) or any(queue.active_jobs)):
        time.sleep(0.05)
    time.sleep(FETCHING)
    leaving = threading.Thread(target=page.close, kwargs={"verbose": False}, daemon=True)
    leaving.start()
    leaving.join(LEAVING)
    _empty(os.environ.get("GRADIO_TEMP_DIR", ""))
    os._exit(0)  # what still paints is wanted by nobody


def _empty(folder: str) -> None:
    if Path(folder).name.startswith(f"{_PREFIX}{os.getpid()}-"):
        shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    """Whether another process of this number is there."""
    if process == os.getpid():
        return False
    with suppress(PermissionError):  # somebody else's: there
        try:
            os.kill(process, 0)
        except (ProcessLookupError, OverflowError):
            return False
    return True
