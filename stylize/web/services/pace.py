"""How often an answer that grows is sent: Gradio looks anew at every file of each answer, also at those it has sent."""

from __future__ import annotations

import math
import time

SECONDS = 0.25  # between two answers of a gallery: faster than an eye follows sixteen tiles


class Pace:
    """Says when the next part of an answer is due: the first at once, the others at most once in `seconds`."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._last = -math.inf

    def is_due(self) -> bool:
        """Whether it is; then the next one is due `seconds` later."""
        now = time.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True
