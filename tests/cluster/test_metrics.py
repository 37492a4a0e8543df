"""Metrics tell what became of requests."""

import pytest

from stylize import Cancelled, StyleError
from tests.cluster.conftest import WHY

pytest.importorskip("prometheus_client", reason=WHY)

from stylize.cluster.metrics import Metrics


def test_requests_are_counted_by_what_became_of_them():
    metrics = Metrics(lambda: 3, lambda: 2)
    with metrics.measured("paint"):
        pass
    for error in (Cancelled("no"), StyleError("none"), ValueError("a fault")):
        with pytest.raises(type(error)), metrics.measured("paint"):
            raise error
    told = metrics.text().decode().splitlines()
    for outcome in ("done", "cancelled", "refused", "failed"):
        assert f'stylize_requests_total{{outcome="{outcome}",task="paint"}} 1.0' in told
    assert 'stylize_seconds_count{task="paint"} 4.0' in told
    assert "stylize_waiting 3.0" in told
    assert "stylize_painters 2.0" in told
