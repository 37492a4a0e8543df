"""The memory of a page that many visitors share."""

from __future__ import annotations

import ctypes
import threading
import time
from collections import OrderedDict
from typing import Any

from stylize.web.hosting import gradio_sessions

MAX_SESSIONS = 500  # open pages whose state is kept; each takes half a megabyte, and the one idle longest goes first
KEEP_SECONDS = 10.0  # that a served caller's session is kept, for its answer is still to be sent
TRIM_SECONDS = 15.0  # from one trim of the heap to the next

_M_ARENA_MAX = -8  # of glibc's malloc.h
ARENAS = 2  # of the allocator, for all threads


def limit_heap() -> bool:
    """Have the C library give back what visitors no longer need; call it before other threads start.

    glibc makes up to eight arenas a core, each of which keeps the largest pictures that its threads ever held: a page
    that serves fifty visitors grew to several times what it held. False where the C library is another.
    """
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):  # a system without a C library of its own
        return False
    if not hasattr(library, "mallopt") or not hasattr(library, "malloc_trim"):
        return False
    done, trim = bool(library.mallopt(_M_ARENA_MAX, ARENAS)), library.malloc_trim

    def trim_forever() -> None:
        while True:
            time.sleep(TRIM_SECONDS)
            trim(0)

    threading.Thread(target=trim_forever, daemon=True).start()
    return done


class ApiSessions:
    """Forgets the sessions of callers over HTTP who were served and ask for nothing more."""

    def __init__(self, page: Any) -> None:
        self._page, self._served = page, OrderedDict[str, float]()  # when each was served last, the oldest first

    def served(self, session: str | None) -> None:
        """This caller has an answer, which is still to be sent. Call it on the page's event loop."""
        now = time.monotonic()
        self._served[session or ""] = now
        self._served.move_to_end(session or "")
        while (oldest := next(iter(self._served.items())))[1] < now - KEEP_SECONDS:
            del self._served[oldest[0]]
            if not gradio_sessions.has_events(self._page, oldest[0]):  # else it is served again
                gradio_sessions.forget_session(self._page, oldest[0])
