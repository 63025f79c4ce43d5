"""The processes that we start beside our own.

Owns: a port for one, and its end. Must not: start one, or know what it does.
"""

from __future__ import annotations

import socket
import subprocess

__all__ = ["end", "free_port"]


def free_port(host: str) -> int:
    """A port that nobody listens at now; somebody may before it is used.

    Args:
        host: the address of this machine at which it is free.
    """
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def end(process: subprocess.Popen[bytes], seconds: float) -> None:
    """End a process, by force where it takes too long, and wait until it has ended.

    Args:
        process: one that we started; it may have ended already.
        seconds: how long it has to end by itself.
    """
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
