"""What Prometheus is told: requests, how long they took, how many are in flight, and what was refused before any work."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of one process. No label tells of a person, a dossier or a key."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._of: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._requests = Counter(
            "flowiso_http_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "flowiso_http_request_seconds", "How long they took", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self._problems = Counter(
            "flowiso_http_problems", "Problems answered, by their code", ("code",), registry=self._registry
        )
        self._in_flight = Gauge(
            "flowiso_http_in_flight", "Requests that are worked on, or wait", registry=self._registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is the template of its path."""
        key = method, route, status
        if key not in self._of:  # looking a child up takes longer than counting
            self._of[key] = self._requests.labels(method, route, str(status)), self._seconds.labels(route)
        count, took = self._of[key]
        count.inc()
        took.observe(seconds)

    def refused(self, code: str) -> None:
        """A problem was answered."""
        self._problems.labels(code).inc()

    def in_flight(self, count: Callable[[], float]) -> None:
        """How many requests are in flight is to be asked here, whenever it is wanted."""
        self._in_flight.set_function(count)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self._registry)
