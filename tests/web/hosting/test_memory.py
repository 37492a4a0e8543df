"""What a page forgets, so that it does not grow with every caller."""

import threading
from collections import OrderedDict
from types import SimpleNamespace

import pytest

from stylize.web.hosting import memory


class Page:
    """What Gradio keeps of three sessions; `busy` has those with something in the queue."""

    def __init__(self) -> None:
        self.kept = OrderedDict.fromkeys(("one", "two", "visitor"))
        self.busy: list[str] = []
        self.state_holder = SimpleNamespace(lock=threading.Lock(), session_data=self.kept, time_last_used={"one": 1})

    @property
    def _queue(self) -> SimpleNamespace:
        events = [SimpleNamespace(session_hash=session) for session in self.busy]
        return SimpleNamespace(active_jobs=[None, events], event_queue_per_concurrency_id={})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    clock = [100.0]
    monkeypatch.setattr(memory.time, "monotonic", lambda: clock[0])
    return clock


def test_a_caller_is_forgotten_some_time_after_the_answer(clock: list[float]) -> None:
    page = Page()
    sessions = memory.ApiSessions(page)
    sessions.served("one")
    assert "one" in page.kept  # the answer is still to be sent
    clock[0] += memory.KEEP_SECONDS + 1
    sessions.served("two")
    assert list(page.kept) == ["two", "visitor"]
    assert not page.state_holder.time_last_used


def test_a_caller_who_calls_again_and_again_is_kept(clock: list[float]) -> None:
    page = Page()
    sessions = memory.ApiSessions(page)
    for _ in range(5):
        sessions.served("one")
        clock[0] += memory.KEEP_SECONDS * 0.9
        sessions.served("two")
    assert "one" in page.kept
    page.busy = ["one"]
    clock[0] += memory.KEEP_SECONDS + 1
    sessions.served("visitor")  # what the first one asked for meanwhile takes its time
    assert list(page.kept) == ["one", "visitor"]


def test_a_page_that_was_never_launched_forgets_nobody(clock: list[float]) -> None:
    page = Page()
    del page.state_holder
    sessions = memory.ApiSessions(page)
    for session in ("one", None):
        sessions.served(session)
        clock[0] += memory.KEEP_SECONDS + 1
