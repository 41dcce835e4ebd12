"""What Prometheus reads: requests and their times by route, rows scored, unseen levels, the model's fingerprint."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from triplicate.runtime.scores import Scores

__all__ = ["CONTENT_TYPE", "Measures", "MeasuringApp"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Measures:
    """The counters of one server, in a registry of their own."""

    def __init__(self, model: str, fingerprint: str, engine: str) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        named: dict[str, Any] = {"registry": self._registry}
        self._requests = Counter("triplicate_requests", "Requests answered.", ["route", "status"], **named)
        self._seconds = Histogram(
            "triplicate_request_seconds",
            "Time from a request's head to its answer.",
            ["route"],
            buckets=SECONDS,
            **named,
        )
        self._rows = Counter("triplicate_rows_scored", "Rows scored.", **named)
        self._unseen = Counter("triplicate_unseen_levels", "Cells with a level that training did not see.", **named)
        self._anomalies = Counter("triplicate_anomalies", "Rows above the model's threshold.", **named)
        self._running = Gauge("triplicate_requests_running", "Requests being answered.", **named)
        info = Gauge("triplicate_model_info", "1, labelled.", ["name", "fingerprint", "engine"], **named)
        info.labels(model, fingerprint, engine).set(1)
        self._children: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def begin(self) -> None:
        """Count a request that is being answered."""
        self._running.inc()

    def end(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._running.dec()
        key = (route, status)
        if key not in self._children:
            self._children[key] = (self._requests.labels(route, str(status)), self._seconds.labels(route))
        requests, times = self._children[key]
        requests.inc()
        times.observe(seconds)

    def scored(self, scores: Scores) -> None:
        """Count scored rows, their unseen levels and anomalies."""
        self._rows.inc(len(scores))
        unseen = int(scores.unseen.sum())
        if unseen:
            self._unseen.inc(unseen)
        if scores.model.output_names[:2] == ("score", "is_anomaly"):
            self._anomalies.inc(float(scores.outputs[:, 1].sum()))

    def text(self) -> bytes:
        """Return all counters in Prometheus' text format."""
        return generate_latest(self._registry)


class MeasuringApp:
    """An ASGI application around another one that counts and times its requests, by route and not by path.

    `routes` has the path of each endpoint; what none of them answered is the route "other".
    """

    def __init__(self, app: ASGIApp, measures: Measures, routes: Mapping[Callable[..., Any], str]) -> None:
        self._app, self._measures, self._routes = app, measures, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count it when its answer is complete."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.perf_counter(), 500

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._measures.begin()
        try:
            await self._app(scope, receive, counted)
        finally:
            route = self._routes.get(scope.get("endpoint", self), "other")
            self._measures.end(route, status, time.perf_counter() - start)
