"""What a host watches, in Prometheus' text: requests, their seconds, what waits, how many painters run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from stylize.errors import Cancelled, StylizeError

SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)  # upper ends of the histogram's ranges


class Metrics:
    """Counts what painters are asked. `waiting` and `painters` are called when somebody reads the metrics."""

    def __init__(self, waiting: Callable[[], float], painters: Callable[[], float]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "stylize_requests", "Requests to painters", ("task", "outcome"), registry=self._registry
        )
        self._seconds = Histogram(
            "stylize_seconds", "Seconds from request to answer", ("task",), registry=self._registry, buckets=SECONDS
        )
        Gauge("stylize_waiting", "Visitors' requests in line", registry=self._registry).set_function(waiting)
        Gauge("stylize_painters", "Painter replicas that run", registry=self._registry).set_function(painters)

    @contextmanager
    def measured(self, task: str) -> Iterator[None]:
        """Count the block as one request: done, cancelled, refused (a StylizeError) or failed."""
        outcome = "failed"
        with self._seconds.labels(task).time():
            try:
                yield
                outcome = "done"
            except Cancelled:
                outcome = "cancelled"
                raise
            except StylizeError:
                outcome = "refused"
                raise
            finally:
                self._requests.labels(task, outcome).inc()

    def text(self) -> bytes:
        """Everything as Prometheus reads it."""
        told: bytes = generate_latest(self._registry)
        return told
