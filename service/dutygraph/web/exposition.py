"""`python -m dutygraph.web.exposition`: /metrics, on loopback, in a process of its own.

Owns: the second listener (SECURITY S29) and its life. Must not: count, or answer anything else.

It reads the files in which the processes of the service count, as the documentation of
`prometheus_client` says for several processes. It is started once, before they are, so that the
process that forks them has no thread; and it ends with its parent. `prometheus_client` is imported
in functions, since the process that starts it decides only later where it counts.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import dutygraph
from dutygraph.errors import Problem
from dutygraph.private_log import start_log
from dutygraph.settings import PREFIX, Settings
from dutygraph.store import client_of

if TYPE_CHECKING:
    from prometheus_client.core import Metric

__all__ = ["HOST", "MetricsListener", "main"]

HOST = "127.0.0.1"
_STORE_SECONDS = 2.0
_PARENT_SECONDS = 0.5
_REQUEST_SECONDS = 10.0


class MetricsListener:
    """The listener, as the process that starts it knows it.

    Args:
        folder: where the processes of the service count.
        port: the port; 0 takes a free one.

    Raises:
        Problem: bad-parameter, where the port is taken.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        try:
            # Here and not in the process: who cannot listen says so before the service starts.
            self._socket = socket.create_server((HOST, port))
        except OSError as error:
            raise Problem(
                "bad-parameter",
                f"The setting {PREFIX}METRICS_PORT is {port}, and that port cannot be listened at. "
                "Give another, 0 for a free one, or none.",
            ) from error
        self.port: int = self._socket.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()

    def start(self, settings: Settings) -> None:
        """Start the process; it is not waited for."""
        package = str(Path(dutygraph.__file__).parents[1])
        path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        handle = self._socket.fileno()
        store = "none" if settings.store is None else str(settings.store)
        command = [sys.executable, "-m", "dutygraph.web.exposition"]
        self._process = subprocess.Popen(  # noqa: S603  our own command
            [*command, str(self._folder), str(handle), str(os.getpid())],
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path, PREFIX + "STORE": store},
            pass_fds=(handle,),
            # A session of its own: Ctrl-C is not for it.
            start_new_session=True,
        )
        self._socket.close()

    def stop(self) -> None:
        """End the process. What was forked from the one that started it stops nothing."""
        if self._process is not None and os.getpid() == self._owner:
            self._process.terminate()
            self._process.wait()


def main() -> int:
    """Answer until the parent has gone.

    Returns:
        0.
    """
    parser = argparse.ArgumentParser(prog="dutygraph.web.exposition")
    parser.add_argument("folder", type=Path)
    parser.add_argument("handle", type=int)
    parser.add_argument("parent", type=int)
    arguments = parser.parse_args()
    start_log()
    # Said by the parent, which may have gone by now.
    _end_with(arguments.parent)
    with _Server(arguments.folder, arguments.handle) as server:
        server.serve_forever()
    return 0


def _end_with(parent: int) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_PARENT_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


class _Server(ThreadingHTTPServer):
    """An HTTP server over a socket that listens already."""

    def __init__(self, folder: Path, handle: int) -> None:
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        super().__init__((HOST, 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=handle)
        self.registry = CollectorRegistry()
        MultiProcessCollector(self.registry, str(folder))  # type: ignore[no-untyped-call]
        self.registry.register(_Store(Settings.from_environment()))


class _Store:
    """Whether the store answers, asked when somebody wants to know."""

    def __init__(self, settings: Settings) -> None:
        self._client = client_of(settings)

    def collect(self) -> Iterator[Metric]:
        """Ask it."""
        from prometheus_client.core import GaugeMetricFamily

        if self._client is None:
            return
        try:
            self._client.query("ASK { }", seconds=_STORE_SECONDS)
            up = 1
        except Problem:
            up = 0
        yield GaugeMetricFamily("dutygraph_store_up", "Whether the store answers.", value=up)


class _Handler(BaseHTTPRequestHandler):
    """Answers GET /metrics, and leaves no line in the log."""

    timeout = _REQUEST_SECONDS
    server: _Server

    def do_GET(self) -> None:
        """Show the counts, in the form that the asker reads."""
        from prometheus_client.exposition import choose_encoder

        if self.path.partition("?")[0] != "/metrics":
            self.send_error(404, "Only /metrics is here")
            return
        encode, content_type = choose_encoder(self.headers.get("Accept", ""))
        body = encode(self.server.registry)
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    sys.exit(main())
