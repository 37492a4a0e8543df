"""An answer that grows is not sent more often than it needs to be."""

import pytest

from stylize.web.services import pace


def test_the_first_part_is_due_at_once_and_the_next_later(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter((100.0, 100.2, 100.4, 100.5, 100.9, 103.0))
    monkeypatch.setattr(pace.time, "monotonic", lambda: next(times))
    paced = pace.Pace(0.5)
    assert [paced.is_due() for _ in range(6)] == [True, False, False, True, False, True]
