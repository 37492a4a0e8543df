"""Which requests are still wanted."""

from stylize.web.services.cancellation import LatestRequests


def test_a_newer_request_cancels_the_older_one_of_its_kind_and_session() -> None:
    requests = LatestRequests()
    first, other_kind, other_session = (
        requests.begin(session, kind) for session, kind in (("one", "a"), ("one", "b"), ("two", "a"))
    )
    second = requests.begin("one", "a")
    assert [cancelled() for cancelled in (first, second, other_kind, other_session)] == [True, False, False, False]


def test_who_leaves_cancels_everything_of_theirs() -> None:
    requests = LatestRequests()
    left, other = requests.begin("one", "a"), requests.begin("two", "a")
    requests.end_session("one")
    assert left()
    assert not other()
