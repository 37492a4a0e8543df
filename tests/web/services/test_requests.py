"""The newest request is always answered, an older one never."""

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stylize.web.services.requests import RequestRegistry


@pytest.fixture
def requests() -> RequestRegistry:
    return RequestRegistry()


def answered(requests: RequestRegistry, session: str = "one", kind: str = "viewer") -> list[object]:
    return [request.content for request in requests.answer(session, kind)]


def test_a_request_is_answered_once(requests: RequestRegistry) -> None:
    assert requests.ask("one", "viewer", 1, "a")
    assert answered(requests) == ["a"]
    assert answered(requests) == []


def test_what_has_arrived(requests: RequestRegistry) -> None:
    assert requests.has("one", "viewer", 1)  # a session that was ended
    requests.ask("one", "viewer", 2, "a")
    assert [requests.has("one", "viewer", number) for number in (1, 2, 3)] == [True, True, False]


def test_only_the_newest_is_answered(requests: RequestRegistry) -> None:
    for number, content in enumerate("abc", 1):
        requests.ask("one", "viewer", number, content)
    assert answered(requests) == ["c"]


def test_a_late_older_request_changes_nothing(requests: RequestRegistry) -> None:
    requests.ask("one", "viewer", 2, "new")
    assert not requests.ask("one", "viewer", 1, "old")
    assert not requests.ask("one", "viewer", 2, "twice")
    assert answered(requests) == ["new"]


def test_a_newer_request_cancels_the_running_one_and_is_next(requests: RequestRegistry) -> None:
    requests.ask("one", "viewer", 1, "a")
    answers = requests.answer("one", "viewer")
    first = next(answers)
    assert not first.cancelled()
    requests.ask("one", "viewer", 2, "b")
    assert first.cancelled()
    assert first.replaced()
    second = next(answers)
    assert (second.number, second.content) == (2, "b")
    assert not second.cancelled()
    assert list(answers) == []


def test_other_kinds_and_other_visitors_are_left_alone(requests: RequestRegistry) -> None:
    requests.ask("one", "viewer", 1, "a")
    first = next(requests.answer("one", "viewer"))
    requests.ask("one", "gallery", 2, "b")
    requests.ask("two", "viewer", 3, "c")
    assert not first.cancelled()


def test_to_want_nothing_cancels_what_runs(requests: RequestRegistry) -> None:
    requests.ask("one", "viewer", 1, "a")
    answers = requests.answer("one", "viewer")
    first = next(answers)
    requests.ask("one", "viewer", 2, None)
    assert first.cancelled()
    assert list(answers) == []


def test_a_stopped_request_may_show_what_it_has(requests: RequestRegistry) -> None:
    requests.ask("one", "training", 1, "a")
    first = next(requests.answer("one", "training"))
    requests.stop("one", "training", 2)
    assert first.cancelled()
    assert not first.replaced()


def test_a_stop_that_comes_late_ends_no_newer_request(requests: RequestRegistry) -> None:
    requests.ask("one", "training", 1, "a")
    requests.ask("one", "training", 3, "b")
    requests.stop("one", "training", 2)
    (request,) = requests.answer("one", "training")
    assert not request.cancelled()


def test_an_answer_that_was_broken_off_is_given_by_the_next(requests: RequestRegistry) -> None:
    requests.ask("one", "viewer", 1, "a")
    answers = requests.answer("one", "viewer")
    next(answers)
    answers.close()
    assert answered(requests) == ["a"]


def test_a_request_that_replaced_a_broken_one_is_kept(requests: RequestRegistry) -> None:
    requests.ask("one", "viewer", 1, "a")
    answers = requests.answer("one", "viewer")
    next(answers)
    requests.ask("one", "viewer", 2, "b")
    answers.close()
    assert answered(requests) == ["b"]


def test_who_leaves_cancels_everything_of_theirs(requests: RequestRegistry) -> None:
    requests.ask("one", "viewer", 1, "a")
    requests.ask("two", "viewer", 1, "b")
    left, other = (next(requests.answer(session, "viewer")) for session in ("one", "two"))
    requests.end_session("one")
    assert left.cancelled()
    assert not other.cancelled()


@given(order=some.permutations(range(1, 8)), seed=some.integers(0, 1000))
def test_whatever_the_order_the_newest_is_answered_last(order: list[int], seed: int) -> None:
    """Asks arrive in any order, and answers run between them: the last answer is to the highest number."""
    requests, chance, seen = RequestRegistry(), random.Random(seed), []
    for number in order:
        requests.ask("one", "viewer", number, number)
        if chance.random() < 0.5:
            seen += answered(requests)
    seen += answered(requests)
    assert seen[-1] == 7
    assert seen == sorted(seen)


def test_threads_that_ask_and_answer_at_once_lose_nothing(requests: RequestRegistry) -> None:
    seen: list[int] = []

    def ask(numbers: range) -> None:
        for number in numbers:
            requests.ask("one", "viewer", number, number)
            seen.extend(answered(requests))  # type: ignore[arg-type]

    threads = [threading.Thread(target=ask, args=(range(first, 2000, 4),)) for first in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(seen) == 1999
    assert len(seen) == len(set(seen))


def test_what_a_request_was_finished_with_is_had_until_a_newer_one_comes(requests: RequestRegistry) -> None:
    requests.ask("one", "viewer", 1, "a")
    for request in requests.answer("one", "viewer"):
        assert requests.finished("one", "viewer", 1) is None
        request.finish("painted a")
    assert requests.finished("one", "viewer", 1) == "painted a"
    assert requests.finished("one", "viewer", 2) is requests.finished("another", "viewer", 1) is None
    requests.ask("one", "viewer", 2, "b")
    request.finish("too late")
    assert requests.finished("one", "viewer", 1) is requests.finished("one", "viewer", 2) is None


def test_the_place_in_line_is_kept_and_counts_visitors_who_wait(requests: RequestRegistry) -> None:
    kinds = ("viewer", "gallery")
    for session, kind in (("one", "viewer"), ("one", "gallery"), ("two", "film"), ("three", "viewer")):
        requests.ask(session, kind, 1, "wanted")
    requests.ask("two", "viewer", 2, "wanted")
    requests.ask("three", "viewer", 3, "something else")  # has the place that it had
    requests.ask("four", "viewer", 1, None)
    assert [requests.ahead(name, "viewer", kinds) for name in ("one", "two", "three", "four")] == [0, 2, 1, None]
    answered(requests, "one")
    answered(requests, "one", "gallery")
    assert [requests.ahead(name, "viewer", kinds) for name in ("one", "two", "three")] == [None, 1, 0]
