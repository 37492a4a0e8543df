"""What a page forgets, so that it does not grow with every caller."""

import threading
from collections import OrderedDict
from types import SimpleNamespace

import pytest

from stylize.web.hosting import memory


def test_a_caller_is_forgotten_some_time_after_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(memory.time, "monotonic", lambda: clock[0])
    kept = OrderedDict.fromkeys(("one", "two", "visitor"))
    holder = SimpleNamespace(lock=threading.Lock(), session_data=kept, time_last_used={"one": 1, "visitor": 1})
    sessions = memory.ApiSessions(SimpleNamespace(state_holder=holder))
    sessions.served("one")
    assert "one" in kept  # the answer is still to be sent
    clock[0] += memory.KEEP_SECONDS + 1
    sessions.served("two")
    assert list(kept) == ["two", "visitor"]
    assert holder.time_last_used == {"visitor": 1}


def test_a_page_that_was_never_launched_forgets_nobody() -> None:
    sessions = memory.ApiSessions(SimpleNamespace())
    for session in ("one", None):
        sessions.served(session)
