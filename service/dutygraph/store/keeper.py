"""`python -m dutygraph.store.keeper`: the process that keeps the embedded server running.

Owns: starting Oxigraph on a free loopback port, starting it again when it dies or is stuck in a
query that nobody waits for, and its end. Must not: answer anybody, or know what a graph means.

It is a process of its own, between the service and the server, because gunicorn's first process
forks and takes the end of every child for itself. It ends when its parent has gone, and the server
ends with it, both however that came about.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType

from dutygraph.private_log import start_log
from dutygraph.processes import end, free_port
from dutygraph.store.folder import HOST, Running, StoreFiles
from dutygraph.store.watching import LeftQueries

__all__ = ["main"]

_READY_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_STOP_SECONDS = 10.0
_PAUSES = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0)
# What has run for so long starts again at once when it dies.
_SOUND_SECONDS = 30.0
_SET_DEATH_SIGNAL = 1
_LOG = logging.getLogger("dutygraph.store")


def main() -> int:
    """Keep a server until the parent has gone or says so (SIGTERM).

    Returns:
        0.
    """
    parser = argparse.ArgumentParser(prog="dutygraph.store.keeper")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--program", required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    arguments = parser.parse_args()
    start_log()
    _LOG.setLevel(logging.INFO)
    # Ctrl-C reaches every process of a terminal; the service says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    files = StoreFiles(arguments.folder)
    keeper = _Keeper(files, arguments.program, arguments.parent, arguments.seconds)
    signal.signal(signal.SIGTERM, keeper.stop)
    return keeper.run()


class _Keeper:
    """One folder's server.

    Args:
        files: the folder, which this process owns already.
        program: the server's.
        parent: the process that this one is to end with.
        seconds: after which the server gives up a query that nobody has closed.
    """

    def __init__(self, files: StoreFiles, program: str, parent: int, seconds: int) -> None:
        self._files, self._program = files, program
        self._parent, self._seconds = parent, seconds
        self._stopping = False

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Remember to stop."""
        self._stopping = True

    def run(self) -> int:
        """Start the server, and again when it ends."""
        self._files.data.mkdir(exist_ok=True)
        failures = 0
        while not self._is_over():
            started = time.monotonic()
            self._run_once()
            if self._is_over():
                break
            failures = 0 if time.monotonic() - started > _SOUND_SECONDS else failures + 1
            _LOG.warning("The store's server has ended; it is started again.")
            self._pause(_PAUSES[min(failures, len(_PAUSES) - 1)])
        return 0

    def _run_once(self) -> None:
        """One life of the server."""
        port = free_port(HOST)
        command = [self._program, "serve", "--location", str(self._files.data)]
        command += ["--bind", f"{HOST}:{port}", "--timeout-s", str(self._seconds)]
        log = self._files.path / "server.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(  # noqa: S603  our own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                # A session of its own: Ctrl-C is not for it.
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        try:
            if self._wait(process, port):
                self._files.say_running(Running(process.pid, port))
                left = LeftQueries(self._files, process.pid)
                while process.poll() is None and not self._is_over():
                    self._sleep(process)
                    if left.is_stuck():
                        _LOG.warning("The store's server is at a query that nobody waits for.")
                        process.kill()
            elif process.poll() is not None:
                said = log.read_text(encoding="utf-8", errors="replace").strip()[-500:]
                _LOG.error("The store's server did not start: %s", said)
        finally:
            self._files.say_running(None)
            end(process, _STOP_SECONDS)

    def _wait(self, process: subprocess.Popen[bytes], port: int) -> bool:
        """Whether the server answers before the time is up."""
        ends = time.monotonic() + _READY_SECONDS
        while time.monotonic() < ends and process.poll() is None and not self._is_over():
            if _answers(port):
                # Somebody else may have taken the port: then our own server has ended.
                time.sleep(0.02)
                return process.poll() is None
            time.sleep(0.02)
        return False

    def _sleep(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)

    def _pause(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not self._is_over():
            time.sleep(_LOOK_SECONDS)

    def _is_over(self) -> bool:
        return self._stopping or os.getppid() != self._parent


def _answers(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/query?query=ASK%7B%7D", headers={"Accept": "text/csv, */*"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _die_with_parent() -> None:
    """Have the kernel end this process when the keeper dies (Linux; `embedded` serves others)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
