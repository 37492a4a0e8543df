"""Who is still waiting for what: a visitor's newer request stops the older one of the same kind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Turns:
    """Counts requests by visitor and kind. Gradio can stop a running handler only where it yields; a painting asks
    here between tiles whether anyone still wants it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: dict[tuple[str, str], int] = {}

    def begin(self, visitor: str, kind: str) -> Callable[[], bool]:
        """Start a request; what it returns says whether a newer one has begun (or the visitor has left)."""
        key = (visitor, kind)
        with self._lock:
            mine = self._latest[key] = self._latest.get(key, 0) + 1
        return lambda: self._latest.get(key) != mine

    def leave(self, visitor: str) -> None:
        """Stop everything of a visitor who closed the page."""
        with self._lock:
            for key in [key for key in self._latest if key[0] == visitor]:
                del self._latest[key]


def hung_up(page: Any, request: Any) -> Callable[[], bool]:
    """What says whether a caller over HTTP (`request` of Gradio) has closed the connection.

    `page` is the Blocks, whose queue marks the running events of those who did.
    """
    session = request.session_hash

    def gone() -> bool:
        mine = [event for job in page._queue.active_jobs if job for event in job if event.session_hash == session]
        return bool(mine) and not any(event.alive for event in mine)

    return gone
