"""What a page forgets, so that it does not grow with every caller."""

import threading
from collections import OrderedDict
from types import SimpleNamespace

from stylize.web.hosting import memory


def test_a_caller_is_forgotten_some_time_after_the_answer(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(memory.time, "monotonic", lambda: clock[0])
    sessions = OrderedDict.fromkeys(("one", "two", "visitor"))
    holder = SimpleNamespace(lock=threading.Lock(), session_data=sessions, time_last_used={"one": 1, "visitor": 1})
    callers = memory.Callers(SimpleNamespace(state_holder=holder))
    callers.served("one")
    assert "one" in sessions  # the answer is still to be sent
    clock[0] += memory.AFTERWARDS + 1
    callers.served("two")
    assert list(sessions) == ["two", "visitor"]
    assert holder.time_last_used == {"visitor": 1}


def test_a_page_that_was_never_launched_forgets_nobody():
    callers = memory.Callers(SimpleNamespace())
    for session in ("one", None):
        callers.served(session)
