"""Counts that all processes of a service share: a storage for `limits`, in a file of SQLite's.

Owns: one table of keys, counts and the time at which each starts again. Must not: know what is
counted.

The storages that `limits` brings need a server of their own or are each process's alone. The file
lies in the service's own temporary folder, is never synced, and goes with the service.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from threading import Lock

from limits.storage import Storage

__all__ = ["SharedCounts"]

# How long one process waits for another's statement, which takes microseconds.
_WAIT_SECONDS = 1.0
_SWEEP_SECONDS = 30.0
_TABLE = (
    "CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY, n INTEGER, ends REAL) WITHOUT ROWID"
)
_ADD = """
INSERT INTO counts (key, n, ends) VALUES (:key, :n, :ends)
ON CONFLICT (key) DO UPDATE SET
    n = CASE WHEN ends <= :now THEN excluded.n ELSE n + excluded.n END,
    ends = CASE WHEN ends <= :now THEN excluded.ends ELSE ends END
RETURNING n
"""


class SharedCounts(Storage):
    """The counts.

    Args:
        path: the file; None keeps them in memory, for this process alone.
    """

    STORAGE_SCHEME = None

    def __init__(self, path: Path | None = None) -> None:
        super().__init__()
        self._lock = Lock()
        self._swept = 0.0
        # Statements of several threads take turns, by the lock above.
        self._connection = sqlite3.connect(
            path or ":memory:", _WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = OFF", _TABLE):
            self._connection.execute(statement).fetchall()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a failing storage raises."""
        return sqlite3.Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a count, which starts again after `expiry` seconds; the count then."""
        now = time.time()
        values = {"key": key, "n": amount, "ends": now + expiry, "now": now}
        with self._lock:
            self._sweep(now)
            ((count,),) = self._connection.execute(_ADD, values).fetchall()
        return int(count)

    def get(self, key: str) -> int:
        """A count; 0 where nothing was counted lately."""
        return int(self._row(key)[0])

    def get_expiry(self, key: str) -> float:
        """When a count starts again, in seconds since 1970; now where there is none."""
        return float(self._row(key)[1])

    def check(self) -> bool:
        """Whether the file can be read."""
        try:
            self._row("")
        except sqlite3.Error:
            return False
        return True

    def reset(self) -> int:
        """Forget every count; how many there were."""
        with self._lock:
            return self._connection.execute("DELETE FROM counts").rowcount

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._lock:
            self._connection.execute("DELETE FROM counts WHERE key = ?", [key])

    def _row(self, key: str) -> tuple[int, float]:
        now = time.time()
        question = "SELECT n, ends FROM counts WHERE key = ? AND ends > ?"
        with self._lock:
            row = self._connection.execute(question, [key, now]).fetchone()
        return row or (0, now)

    def _sweep(self, now: float) -> None:
        """Forget what has ended: callers come and go, and the table is not to grow with them."""
        if now - self._swept > _SWEEP_SECONDS:
            self._swept = now
            self._connection.execute("DELETE FROM counts WHERE ends <= ?", [now])
