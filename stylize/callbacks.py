"""What a long call tells its caller, and asks it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from stylize.errors import Cancelled

ProgressCallback = Callable[[float], object]  # is told the share done, 0..1; what it returns is ignored
CancelCheck = Callable[[], bool]  # answers True when the caller wants the work to stop


NoteKind = Literal[
    "frames",
    "pages",
    "pictures",
    "levels",
    "picture_tracks",
    "damaged",
    "sounds",
    "subtitles",
    "transparent",
    "unpainted",
]


@dataclass(frozen=True)
class Note:
    """What a user should know of how a file was read or written: a sentence, and its `kind` for translations."""

    kind: NoteKind
    text: str

    def __str__(self) -> str:
        return self.text


NoteCallback = Callable[[Note], object]


def raise_if_cancelled(cancelled: CancelCheck | None) -> None:
    """Raises Cancelled if there is a check and it answers True."""
    if cancelled is not None and cancelled():
        raise Cancelled("Painting was cancelled.")


def report(progress: ProgressCallback | None, done: float) -> None:
    """Tell `progress`, if there is one, the share done."""
    if progress is not None:
        progress(done)


def portion(progress: ProgressCallback | None, start: float, end: float) -> ProgressCallback | None:
    """`progress` for a step that begins and ends at these shares of the whole."""
    if progress is None:
        return None
    return lambda done: progress(start + (end - start) * done)


def portions(progress: ProgressCallback | None, weights: Sequence[float]) -> list[ProgressCallback | None]:
    """`progress` for each of several steps that weigh so much; they may go on at the same time, on any threads."""
    if progress is None:
        return [None] * len(weights)
    done, lock, total = [0.0] * len(weights), threading.Lock(), sum(weights) or 1.0

    def told(step: int) -> ProgressCallback:
        def tell(share: float) -> None:
            with lock:
                done[step] = share * weights[step] / total
                progress(min(1.0, sum(done)))

        return tell

    return [told(step) for step in range(len(weights))]
