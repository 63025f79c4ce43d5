"""A store of our own, from the side of the process that starts it.

Owns: the life of the keeper. Must not: be used by more than one process of a service; the others
find the server through its folder.
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import dutygraph
from dutygraph.errors import Problem
from dutygraph.processes import end
from dutygraph.settings import Settings, StoreFolder
from dutygraph.store.client import Endpoints
from dutygraph.store.folder import HOST, StoreFiles

__all__ = ["EmbeddedServer", "endpoints_of"]

_STOP_SECONDS = 15.0


class EmbeddedServer:
    """The server of one folder, owned by this process.

    Args:
        settings: where its data are, and how long a query may take.
    """

    def __init__(self, settings: Settings) -> None:
        assert isinstance(settings.store, StoreFolder), "a server of our own has a folder"
        self._files = StoreFiles(settings.store.path)
        # The client closes first; this is for whatever it has left behind.
        self._seconds = math.ceil(settings.query_deadline) + 1
        self._keeper: subprocess.Popen[bytes] | None = None
        self._process = 0

    def start(self) -> None:
        """Start the server; it may take a moment before it answers.

        Raises:
            Problem: `store-in-use`, where another process owns the folder; `unreadable-file`;
                `store-unavailable`, where this installation has no server.
        """
        found = _program()
        if found is None:
            raise Problem(
                "store-unavailable",
                "The program oxigraph is missing from this installation. Install the package "
                "oxigraph, or name a server or none with the setting DUTYGRAPH_STORE.",
            )
        owned = self._files.own()
        try:
            _end_stray(self._files)
            self._files.finish_restoring()
            command = [sys.executable, "-m", "dutygraph.store.keeper", str(self._files.path)]
            command += ["--program", found, "--parent", str(os.getpid())]
            command += ["--seconds", str(self._seconds)]
            place = str(Path(dutygraph.__file__).parents[1])
            path = os.pathsep.join(filter(None, [place, os.environ.get("PYTHONPATH")]))
            self._keeper = subprocess.Popen(  # noqa: S603  our own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(owned,),
                env=os.environ | {"PYTHONPATH": path},
                start_new_session=True,
            )
            self._process = os.getpid()
        finally:
            # The keeper holds the lock from here on, and nobody else.
            os.close(owned)

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until the server answers.

        Raises:
            Problem: `store-unavailable`.
        """
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and self._keeper and self._keeper.poll() is None:
            if self._files.running() is not None:
                return
            time.sleep(0.02)
        raise Problem(
            "store-unavailable",
            f"The store in {self._files.path} did not start. Its file server.log says why.",
        )

    def stop(self) -> None:
        """Stop the server, and wait for its end."""
        keeper, self._keeper = self._keeper, None
        # What gunicorn forks ends through the same lines of code as its first process.
        if keeper is None or os.getpid() != self._process:
            return
        end(keeper, _STOP_SECONDS)


def _program() -> str | None:
    """Where the server's program stands: beside this Python, else on the path."""
    beside = shutil.which("oxigraph", path=str(Path(sys.executable).parent))
    return beside or shutil.which("oxigraph")


def endpoints_of(files: StoreFiles) -> Endpoints:
    """Where the server of a folder answers now.

    Raises:
        Problem: `store-unavailable`.
    """
    running = files.running()
    if running is None:
        raise Problem(
            "store-unavailable",
            "The store does not answer: it is starting, or it is not running. Try again in a "
            "moment.",
        )
    base = f"http://{HOST}:{running.port}"
    return Endpoints(f"{base}/query", f"{base}/store", f"{base}/update")


def _end_stray(files: StoreFiles) -> None:
    """End the server of a keeper that was killed where no death signal is known.

    The folder is ours, so that whatever serves it is a stray; its command says whether it does.
    """
    running = files.running()
    files.say_running(None)
    shown = shutil.which("ps")
    if running is None or shown is None:
        return
    command = subprocess.run(  # noqa: S603  our own command
        [shown, "-o", "command=", "-p", str(running.pid)], capture_output=True, check=False
    ).stdout.decode("utf-8", "replace")
    if str(files.data) in command and "oxigraph" in command:
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGKILL)
