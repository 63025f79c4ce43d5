"""The temporary folder in which the processes of one service count together.

Owns: its making, and its end, also where an earlier service was killed and could not see to it. Must
not: know what is counted in it.

A folder belongs to whoever holds the lock in it. The processes of a service inherit the lock, and the
kernel gives it back when the last of them has ended, however that came about.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["shared_folder"]

_PREFIX = "dutygraph-run-"
_LOCK = "lock"


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A folder of our own for the length of a block; those that killed services left are removed."""
    _remove_left_over()
    path = Path(tempfile.mkdtemp(prefix=_PREFIX))
    handle, owner = _locked(path), os.getpid()
    try:
        yield path
    finally:
        # What was forked from the owner leaves the block as well when it ends, and removes nothing.
        if os.getpid() == owner:
            shutil.rmtree(path, ignore_errors=True)
            if handle is not None:
                os.close(handle)


def _remove_left_over() -> None:
    for path in Path(tempfile.gettempdir()).glob(_PREFIX + "*"):
        with suppress(OSError):
            found = path.lstat()
            # The folder for temporary files is everybody's.
            if path.is_symlink() or found.st_uid != os.getuid() or not (path / _LOCK).exists():
                continue
            handle = _locked(path)
            if handle is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(handle)


def _locked(path: Path) -> int | None:
    """The lock of a folder; None where another service holds it."""
    handle = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle
