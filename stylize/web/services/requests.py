"""Requests: what a visitor wants now, by number; the newest is always answered, an older one never.

Gradio alone loses the last request: while a listener is pending, another trigger of it is dropped ("once"), or runs
afterwards but only if the listener itself was triggered ("always_last"); and a chain `change -> stop -> paint` can stop
the only job. So every part of the page that paints goes through two listeners and this registry:

1. *ask*, outside the queue and never dropped (`trigger_mode="multiple"`): the browser numbers the request (see
   static/requests.js) and sends it with all that it depends on. Only a higher number than the last one counts, so it
   does not matter in which order requests arrive. A running job of a lower number is cancelled by that alone.
2. *answer*, in the queue, after each ask (`trigger_mode="always_last"`): takes the newest request that nobody has taken
   and paints it, and goes on until there is none. If a newer one comes while it paints, it is next; if one comes just
   when it ends, the listener runs once more. A job that waited in line paints what is wanted when its turn comes.

Each answer carries its number. The browser compares it with what it asked for last, shows no older answer of the
gallery, and closes the downloads until the newest one is there. `stop` has a number too, and ends no newer request.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from stylize.callbacks import CancelCheck


@dataclass(frozen=True)
class Request:
    """One request, taken to be answered."""

    number: int
    content: Any
    cancelled: CancelCheck  # True once it is stopped, replaced by a newer one, or its visitor has left
    replaced: CancelCheck  # True once its answer may not be shown any more; False if it was only stopped
    finish: Callable[[Any], None]  # keeps what was made for `RequestRegistry.finished`


@dataclass
class _Slot:
    """The newest request of one kind of one session."""

    number: int = 0
    content: Any = None
    place: int = 0  # in the order in which visitors began to wait
    taken: int = 0  # the number of the newest one that is being answered or has been
    stopped: int = 0  # requests up to this number are stopped
    result: Any = None  # what the request `number` was finished with

    @property
    def waits(self) -> bool:
        """Whether something is wanted that nobody has taken."""
        return self.taken < self.number and self.content is not None


class RequestRegistry:
    """The newest request of each session and kind. A kind is a part of the page, such as "viewer"."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[tuple[str, str], _Slot] = {}
        self._places = itertools.count()

    def ask(self, session: str, kind: str, number: int, content: Any) -> bool:
        """Want `content` from now on; None wants nothing and cancels what runs.

        Returns False, and changes nothing, if the session has asked under the same or a higher number before.
        """
        with self._lock:
            slot = self._slots.setdefault((session, kind), _Slot())
            if number <= slot.number:
                return False
            if not slot.waits:  # else the newer request has the place of the one before
                slot.place = next(self._places)
            slot.number, slot.content, slot.result = number, content, None
            return True

    def has(self, session: str, kind: str, number: int) -> bool:
        """Whether this request or a newer one has arrived; True also for a session that was ended meanwhile."""
        with self._lock:
            slot = self._slots.get((session, kind))
            return slot is None or slot.number >= number

    def stop(self, session: str, kind: str, number: int) -> None:
        """Cancel requests up to `number`. What one of them has made so far may still be shown."""
        with self._lock:
            slot = self._slots.setdefault((session, kind), _Slot())
            slot.stopped = max(slot.stopped, number)

    def finished(self, session: str, kind: str, number: int) -> Any:
        """What request `number` was finished with; None if it is not finished or a newer one was asked for."""
        with self._lock:
            slot = self._slots.get((session, kind))
            return slot.result if slot is not None and slot.number == number else None

    def ahead(self, session: str, kind: str, kinds: Collection[str]) -> int | None:
        """How many other visitors wait with requests of `kinds` since before this one; None if this one does not."""
        with self._lock:
            own = self._slots.get((session, kind))
            if own is None or not own.waits:
                return None
            waiting = ((name, one) for (name, other), one in self._slots.items() if other in kinds and one.waits)
            return len({name for name, slot in waiting if name != session and slot.place < own.place})

    def answer(self, session: str, kind: str) -> Iterator[Request]:
        """Take the newest request, and again the newest when the caller has answered it, until all are taken.

        A request whose answer was broken off (the iterator is closed) is left for the next caller.
        """
        while (request := self._take(session, kind)) is not None:
            answered = False
            try:
                yield request
                answered = True
            finally:
                if not answered:
                    self._put_back(session, kind, request)

    def end_session(self, session: str) -> None:
        """Forget a visitor who closed the page: nobody waits for what still runs."""
        with self._lock:
            for key in [key for key in self._slots if key[0] == session]:
                del self._slots[key]

    def _take(self, session: str, kind: str) -> Request | None:
        key = (session, kind)
        with self._lock:
            slot = self._slots.get(key)
            if slot is None or slot.taken >= slot.number:
                return None
            slot.taken, number, content = slot.number, slot.number, slot.content
            slot.content = None  # a mask may be large
        if content is None:
            return None

        def replaced() -> bool:
            return self._slots.get(key) is not slot or slot.number != number

        def finish(result: Any) -> None:
            with self._lock:
                if not replaced():
                    slot.result = result

        return Request(number, content, lambda: replaced() or slot.stopped >= number, replaced, finish)

    def _put_back(self, session: str, kind: str, request: Request) -> None:
        with self._lock:
            slot = self._slots.get((session, kind))
            if slot is not None and slot.number == request.number:
                slot.taken, slot.content = 0, request.content
