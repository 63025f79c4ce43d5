"""What the service counts of itself (SECURITY S29): the home of `prometheus_client`.

Owns: the names of the metrics and where they are counted. Must not: take a label from what a caller
sent, nor show a count to the public; `exposition` shows them to the operator.

Every label comes from a short list of our own: routes, methods, statuses, the catalogue of problems,
verdicts.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import NoReturn

from apiflask import APIFlask
from flask import Response, g, request

from dutygraph.workers import Workers

__all__ = ["FOLDER_VARIABLE", "Metrics"]

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LOOK_SECONDS = 1.0


class Metrics:
    """The counts of one process.

    Args:
        folder: where all processes of a service count together; None counts in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None:
            # `prometheus_client` reads it when it is imported, which is why that is done here.
            os.environ[FOLDER_VARIABLE] = str(folder)
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry = CollectorRegistry()
        self._requests = Counter(
            "dutygraph_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "dutygraph_request_seconds",
            "Seconds from a request to its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._problems = Counter(
            "dutygraph_problems",
            "Requests that were refused or failed, by the problem that they were answered with.",
            ("problem",),
            registry=self.registry,
        )
        self._verdicts = Counter(
            "dutygraph_assessments",
            "Structures that were assessed, by verdict.",
            ("verdict",),
            registry=self.registry,
        )
        self._alive = Gauge(
            "dutygraph_workers_alive",
            "Processes that assess.",
            multiprocess_mode="livesum",
            registry=self.registry,
        )
        self._busy = Gauge(
            "dutygraph_workers_busy",
            "Processes that are at work.",
            multiprocess_mode="livesum",
            registry=self.registry,
        )
        self._waiting = Gauge(
            "dutygraph_queue",
            "Callers that wait for a process.",
            multiprocess_mode="livesum",
            registry=self.registry,
        )

    def install(self, app: APIFlask) -> None:
        """Count the requests of an application."""
        app.before_request(_start)
        app.after_request(self._count)

    def verdict(self, name: str) -> None:
        """Count one assessed structure."""
        self._verdicts.labels(name).inc()

    def watch(self, workers: Workers) -> None:
        """Look at some workers every second for as long as this process lives."""

        def look() -> NoReturn:
            while True:
                seen = workers.seen()
                self._alive.set(seen.alive)
                self._busy.set(seen.busy)
                self._waiting.set(seen.waiting)
                time.sleep(_LOOK_SECONDS)

        threading.Thread(target=look, name="workers-watch", daemon=True).start()

    def _count(self, response: Response) -> Response:
        # The route and not the path, which a caller may fill with anything.
        route = str(request.url_rule or "none")
        method = request.method if request.method in METHODS else "other"
        self._requests.labels(method, route, str(response.status_code)).inc()
        self._seconds.labels(route).observe(time.monotonic() - g.counted_from)
        if "problem" in g:
            self._problems.labels(g.problem).inc()
        return response


def _start() -> None:
    g.counted_from = time.monotonic()
