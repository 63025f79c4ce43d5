"""Whether the server is still at a query that nobody waits for.

Owns: the one case in which the embedded server is ended: Oxigraph looks at its time, and at who
listens, where it reads statements or writes an answer. A product of patterns that share no variable
does neither for as long as it lasts (seen in 0.5.13), and would keep a processor for ever. Must not
start or end a process.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from dutygraph.errors import Problem
from dutygraph.store.folder import StoreFiles, lock

__all__ = ["LeftQueries"]

# The server's own time-out comes a second or two after the client's.
_GRACE_SECONDS = 2.0
_LOOK_SECONDS = 1.0
# Of one processor. A busy machine may leave it little; what is ended in error is asked again.
_BUSY_SHARE = 0.2


class LeftQueries:
    """What clients have left unanswered, and whether the server goes on with it.

    Args:
        files: the store's; a client notes there that it has left a query.
        pid: the server.
    """

    def __init__(self, files: StoreFiles, pid: int) -> None:
        self._files, self._pid = files, pid
        self._seen: float | None = None
        self._look: tuple[float, float] | None = None
        files.left.unlink(missing_ok=True)

    def is_stuck(self) -> bool:
        """Look; to be called every now and then.

        Returns:
            Whether the server is to be ended. Never while a graph is written, nor where the
            system does not tell what a process uses.
        """
        now = time.monotonic()
        if self._seen is None:
            if self._files.left.exists():
                self._files.left.unlink(missing_ok=True)
                self._seen, self._look = now, None
            return False
        if now - self._seen < _GRACE_SECONDS:
            return False
        used = _processor_seconds(self._pid)
        if self._look is None:
            self._look = (now, used)
            return False
        since, before = self._look
        if now - since < _LOOK_SECONDS:
            return False
        if used - before < _BUSY_SHARE * (now - since):
            self._seen = None
            return False
        self._look = (now, used)
        return not self._is_written()

    def _is_written(self) -> bool:
        try:
            os.close(lock(self._files.write_lock, 0))
        except Problem:
            return True
        return False


def _processor_seconds(pid: int) -> float:
    """What a process has used so far; 0 where the system does not tell."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0
