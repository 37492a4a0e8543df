"""Cancellation: a visitor's newer request of a kind cancels the older one."""

from __future__ import annotations

import threading

from stylize.callbacks import CancelCheck


class LatestRequests:
    """Counts requests by session and kind. Gradio can stop a running handler only where it yields; a painting asks
    here between tiles whether anyone still wants it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: dict[tuple[str, str], int] = {}

    def begin(self, session: str, kind: str) -> CancelCheck:
        """Start a request; what it returns says whether a newer one has begun, or the session has ended."""
        key = (session, kind)
        with self._lock:
            number = self._latest[key] = self._latest.get(key, 0) + 1
        return lambda: self._latest.get(key) != number

    def end_session(self, session: str) -> None:
        """Cancel everything of a visitor who closed the page."""
        with self._lock:
            for key in [key for key in self._latest if key[0] == session]:
                del self._latest[key]
