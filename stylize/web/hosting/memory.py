"""The memory of a page that many visitors share."""

from __future__ import annotations

import ctypes
import threading
import time
from collections import deque
from typing import Any

VISITORS = 500  # whose open pages are remembered; each takes half a megabyte, and the one idle longest goes first
AFTERWARDS = 10.0  # seconds that a caller is remembered who was served

_M_ARENA_MAX = -8  # of glibc's malloc.h
HEAPS = 2  # of the allocator, for all threads
EVERY = 15.0  # seconds from one tidying up to the next


def stay_small() -> bool:
    """Have the C library give back what visitors no longer need; call it before other threads start.

    glibc makes up to eight heaps a core, each of which keeps the largest pictures that its threads ever held: a page
    that serves fifty visitors grew to several times what it held. False where the C library is another.
    """
    try:
        library = ctypes.CDLL(None)
        done = bool(library.mallopt(_M_ARENA_MAX, HEAPS))
        trim = library.malloc_trim
    except (AttributeError, OSError, TypeError):
        return False

    def tidy() -> None:
        while True:
            time.sleep(EVERY)
            trim(0)

    threading.Thread(target=tidy, daemon=True).start()
    return done


class Callers:
    """Forgets callers over HTTP who were served: Gradio keeps a copy of the page's settings for every single call."""

    def __init__(self, page: Any) -> None:
        self._page, self._served, self._lock = page, deque[tuple[float, str]](), threading.Lock()

    def served(self, session: str | None) -> None:
        """This caller has an answer, which is still to be sent."""
        now = time.monotonic()
        with self._lock:
            self._served.append((now, session or ""))
            while self._served[0][0] < now - AFTERWARDS:
                self._forget(self._served.popleft()[1])

    def _forget(self, session: str) -> None:
        holder = getattr(self._page, "state_holder", None)  # it is there once the page was launched
        if holder is not None:
            with holder.lock:
                holder.session_data.pop(session, None)
                holder.time_last_used.pop(session, None)
