"""The HTTP server: gunicorn, started and stopped from Python.

Owns: processes, threads, sockets and signals. Must not know a resource.

The processes that answer HTTP only wait, in threads; everything that a stranger can make expensive
happens in their workers (`dutygraph.workers`). There are more threads than can wait for a worker,
so that /health and "busy" are always answered.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import math
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.http.errors import ParseException
from gunicorn.util import write_nonblock
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker

from dutygraph.errors import Problem
from dutygraph.private_log import start_log
from dutygraph.settings import Settings, unknown_settings
from dutygraph.store import StoreProcesses
from dutygraph.web.app import create_app
from dutygraph.web.exposition import HOST, MetricsListener
from dutygraph.web.metrics import Metrics
from dutygraph.web.problems import MEDIA_TYPE
from dutygraph.web.rates import RateCounting
from dutygraph.web.shared_folder import shared_folder
from dutygraph.workers import Workers, log_privately

__all__ = ["serve"]

_SPARE_THREADS = 32
_METRICS = "metrics"
# For the whole of a request to arrive, and for the whole of an answer to leave.
_REQUEST_SECONDS = 30.0
_ANSWER_SECONDS = 60.0
# For a caller to close a connection that has had its last answer.
_FAREWELL_SECONDS = 2.0
_LOG = logging.getLogger("dutygraph.web")


def serve(host: str = "127.0.0.1", port: int = 8080, workers: int | None = None) -> None:
    """Run the service until it is told to stop (SIGTERM, SIGINT); does not return.

    Args:
        host: the address to listen on.
        port: the port; 0 takes a free one. The address is printed on stderr.
        workers: how many assessments run at the same time; the setting where None.

    Raises:
        Problem: `bad-parameter`, where a setting cannot be used; `store-in-use` and its like, where
            the store cannot be started.
    """
    start_log()
    _LOG.setLevel(logging.INFO)
    settings = Settings.from_environment()
    if workers is not None:
        settings = replace(settings, workers=workers)
    for name, nearest in unknown_settings().items():
        hint = f" Did you mean {nearest}?" if nearest else ""
        _LOG.warning("%s is no setting of DutyGraph.%s", name, hint)
    store = StoreProcesses(settings)
    with shared_folder() as shared:
        (shared / _METRICS).mkdir()
        port_of_metrics = settings.metrics_port
        listener = None
        if port_of_metrics is not None:
            listener = MetricsListener(shared / _METRICS, port_of_metrics)
        try:
            # Here, in the parent of all that answer HTTP: once, and before there are others.
            store.start()
            if listener:
                listener.start(settings)
            _Server(settings, host, port, shared, listener).run()
        finally:
            if listener:
                listener.stop()
            store.stop()


class _Server(BaseApplication):
    """gunicorn with our settings and none from its own files, arguments or environment."""

    def __init__(
        self,
        settings: Settings,
        host: str,
        port: int,
        shared: Path,
        listener: MetricsListener | None,
    ) -> None:
        self._settings, self._host, self._port = settings, host, port
        self._metrics, self._listener = shared / _METRICS, listener
        self._counting = RateCounting(shared / "requests.sqlite")
        self._workers: Workers | None = None
        super().__init__()

    def load_config(self) -> None:
        """Translate the settings."""
        settings = self._settings
        host = f"[{self._host}]" if ":" in self._host else self._host
        share = math.ceil((settings.workers + settings.queue) / settings.processes)
        for name, value in {
            "bind": f"{host}:{self._port}",
            "workers": settings.processes,
            "worker_class": f"{__name__}._PatientWorker",
            "threads": share + _SPARE_THREADS,
            # No longer than the assessments that are under way may take.
            "graceful_timeout": math.ceil(settings.deadline) + 5,
            "keepalive": 5,
            "loglevel": "warning",
            "control_socket_disable": True,
            "proc_name": "dutygraph",
            # The most that gunicorn reads: queries travel in addresses.
            "limit_request_line": 8190,
            "when_ready": self._say_where,
            "worker_exit": self._stop_workers,
            "child_exit": self._forget,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application, in the process that answers with it."""
        self._workers = Workers.of(self._settings)
        self._workers.start()
        metrics = Metrics(self._metrics)
        metrics.watch(self._workers)
        return create_app(self._settings, self._workers, counting=self._counting, metrics=metrics)

    def _stop_workers(self, arbiter: Arbiter, worker: Worker) -> None:
        if self._workers is not None:
            self._workers.stop()

    def _forget(self, arbiter: Arbiter, worker: Worker) -> None:
        """What a process that has ended said of itself no longer holds; what it counted does."""
        for file in self._metrics.glob(f"gauge_live*_{worker.pid}.db"):
            file.unlink(missing_ok=True)

    def _say_where(self, arbiter: Arbiter) -> None:
        for listener in arbiter.LISTENERS:
            print(f"DutyGraph answers at {listener}/", file=sys.stderr, flush=True)
        if self._listener is not None:
            where = f"http://{HOST}:{self._listener.port}/metrics"
            print(f"Its counts are at {where}", file=sys.stderr, flush=True)


class _PatientSocket(socket.socket):
    """A socket that waits, but not for ever: a slow caller holds a thread (SECURITY S14)."""

    _until = float("inf")

    def expect(self, seconds: float) -> None:
        """Give the caller this long for a whole request, however little comes at a time."""
        self._until = time.monotonic() + seconds

    def setblocking(self, flag: bool) -> None:
        """Wait for a bounded time where gunicorn asks to wait; what is closed waits for nothing."""
        if self.fileno() >= 0:
            self.settimeout(_ANSWER_SECONDS if flag else 0.0)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Read what there is, within what is left of the time."""
        if self.gettimeout() == 0.0:
            return super().recv(size, flags)
        left = self._until - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            self.settimeout(min(left, _REQUEST_SECONDS))
            return super().recv(size, flags)
        except TimeoutError:
            # gunicorn takes this for a caller who has gone, and says nothing of it.
            raise ConnectionResetError(errno.ECONNRESET, "too slow") from None

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send the whole of an answer, within its own time."""
        self.settimeout(_ANSWER_SECONDS)
        super().sendall(data, flags)


class _PatientWorker(ThreadWorker):
    """gunicorn's threads, each of which gives up on a slow caller."""

    def enqueue_req(self, conn: Any) -> None:
        """Bound every wait of a connection before a thread takes it up."""
        if not isinstance(conn.sock, _PatientSocket):
            conn.sock = _PatientSocket(fileno=conn.sock.detach())
        conn.sock.expect(_REQUEST_SECONDS)
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Answer, and close what is to be closed here, in the caller's own thread.

        gunicorn waits for the caller's end in the one loop that takes up all the others.
        """
        goes_on = super().handle(conn)
        if not goes_on:
            conn.sock.expect(_FAREWELL_SECONDS)
            conn.close(graceful=True)
        return goes_on

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what never reaches the application: the same shape, and no address in the log."""
        if isinstance(exc, ParseException):
            detail = "The request is not HTTP as it is read here, or one of its lines is too long."
            problem = Problem("bad-parameter", detail)
        else:
            incident = log_privately(_LOG, "outside of the application", exc)
            problem = Problem("internal", f"If it happens again, report incident {incident}.")
        body = json.dumps(problem.as_dict()).encode()
        head = (
            f"HTTP/1.1 {problem.kind.status} {problem.kind.title}\r\nConnection: close\r\n"
            f"Content-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        # A caller who has gone needs no answer.
        with contextlib.suppress(OSError):
            write_nonblock(client, head.encode() + body)
