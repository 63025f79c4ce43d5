"""`python -m dutygraph.demo`: a real description through the real HTTP service, and its report.

Owns: starting the service on a free loopback port, asking it once, and stopping it whatever happens.
Must not: import the service or assess: it does what any client could do.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from itertools import cycle
from typing import IO
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from dutygraph.processes import end, free_port
from dutygraph.rooms import room

HOST = "127.0.0.1"
DESCRIPTION = "documents/004/coventry-2017-01-24.ttl"
_START_SECONDS = 60.0
_ANSWER_SECONDS = 120.0
_STOP_SECONDS = 10.0
# A proxy of the environment has no business between us and our own loopback.
_open = build_opener(ProxyHandler({})).open


def main() -> int:
    """Run the demonstration.

    Returns:
        0 if a report was printed, 1 if not.
    """
    try:
        body = (room("data") / DESCRIPTION).read_bytes()
    except OSError:
        _say(f"This installation lacks the description data/{DESCRIPTION}.")
        return 1
    # A stop by the process's manager also has to stop the service.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with tempfile.TemporaryFile() as log:
            return _run(body, log)
    except KeyboardInterrupt:
        _say("Stopped.")
        return 1


def _run(body: bytes, log: IO[bytes]) -> int:
    port = free_port(HOST)
    address = f"http://{HOST}:{port}"
    with _service(port, log) as process:
        if not _wait(process, address):
            log.seek(0)
            _say("The service did not start. It said:\n" + log.read().decode(errors="replace"))
            return 1
        _say(f"Validating Coventry on 24 January 2017 through {address}/validate.")
        report = _report(address, body)
    if report is None:
        return 1
    sys.stdout.buffer.write(report)
    sys.stdout.buffer.flush()
    return 0


@contextmanager
def _service(port: int, log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The service in a process of its own, with a store of its own; both end with the block."""
    command = [sys.executable, "-m", "dutygraph", "serve", "--host", HOST, "--port", str(port)]
    # What the operator keeps is no part of a demonstration. A killed service's store may still be
    # writing there when the folder is to go.
    with tempfile.TemporaryDirectory(prefix="dutygraph-demo-", ignore_cleanup_errors=True) as store:
        process = subprocess.Popen(  # noqa: S603  our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"DUTYGRAPH_STORE": store},
        )
        try:
            yield process
        finally:
            end(process, _STOP_SECONDS)


def _wait(process: subprocess.Popen[bytes], address: str) -> bool:
    """Whether the service answers before the time is up; a spinner turns meanwhile."""
    ends = time.monotonic() + _START_SECONDS
    marks = cycle("|/-\\")
    turning = sys.stderr.isatty()
    if not turning:
        _say("Starting the service.")
    try:
        while time.monotonic() < ends and process.poll() is None:
            if _healthy(address):
                return True
            if turning:
                print(f"\rStarting the service {next(marks)}", end="", file=sys.stderr, flush=True)
            time.sleep(0.1)
        return False
    finally:
        if turning:
            print("\r" + " " * 30 + "\r", end="", file=sys.stderr, flush=True)


def _healthy(address: str) -> bool:
    try:
        with _open(address + "/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, HTTPException):
        return False


def _report(address: str, body: bytes) -> bytes | None:
    """The report, or None after saying why there is none."""
    request = Request(  # noqa: S310  our own loopback address
        address + "/validate",
        data=body,
        method="POST",
        headers={"Content-Type": "text/turtle", "Accept": "text/plain"},
    )
    try:
        with _open(request, timeout=_ANSWER_SECONDS) as answer:
            report: bytes = answer.read()
            return report
    except HTTPError as error:
        detail = error.read().decode(errors="replace")
        _say(f"The service answered {error.code}:\n{detail}")
    except (OSError, HTTPException) as error:
        _say(f"The service did not answer: {error}")
    return None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
