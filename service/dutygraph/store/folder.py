"""The folder of a store of our own: what stands where in it, and whose it is.

Owns: the names of its files and the lock of its owner. Must not: start a server, or read a graph.

| file | what it is |
| --- | --- |
| `data/` | Oxigraph's own files |
| `owner.lock` | held by the keeper of the server for as long as it lives |
| `server.json` | where the server answers, once it is ready, and its process |
| `write.lock` | held while a graph is written |
| `restored/` | complete data from a backup, until they are `data/` |
| `pending` | the write that is under way, synced before it is sent |
| `snapshots/` | every version of the dataset that was named here (`linked.snapshots`) |
| `left` | a note that a client has left a query unanswered, for the keeper |
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from dutygraph.errors import Problem

__all__ = ["HOST", "Running", "StoreFiles", "lock", "sync_folder", "write_synced"]

HOST = "127.0.0.1"
# The keeper of a killed service notices within half a second, and stops its server.
_OWNER_SECONDS = 10.0


@dataclass(frozen=True)
class Running:
    """A server that answers.

    Args:
        pid: its process.
        port: on the loopback address.
    """

    pid: int
    port: int


@dataclass(frozen=True)
class StoreFiles:
    """The files of one store.

    Args:
        path: the folder.
    """

    path: Path

    @property
    def data(self) -> Path:
        """Oxigraph's own folder."""
        return self.path / "data"

    @property
    def restored(self) -> Path:
        """Data from a backup that are to take the place of Oxigraph's folder."""
        return self.path / "restored"

    def finish_restoring(self) -> None:
        """Put restored data in their place, where the old ones are out of the way already."""
        if self.restored.exists() and not self.data.exists():
            self.restored.rename(self.data)
            sync_folder(self.path)

    @property
    def pending(self) -> Path:
        """The write that is under way."""
        return self.path / "pending"

    @property
    def write_lock(self) -> Path:
        """Held while a graph is written."""
        return self.path / "write.lock"

    @property
    def left(self) -> Path:
        """A note that a client has left a query unanswered."""
        return self.path / "left"

    def say_left(self) -> None:
        """Note that a query was left, so that the keeper looks whether the server goes on with it."""
        with contextlib.suppress(OSError):
            self.left.touch()

    @property
    def server(self) -> Path:
        """Where the server answers."""
        return self.path / "server.json"

    @property
    def owner_lock(self) -> Path:
        """Held by the keeper."""
        return self.path / "owner.lock"

    def make(self) -> None:
        """Make the folder, readable by its owner only.

        Raises:
            Problem: `unreadable-file`.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            reason = (error.strerror or "it cannot be made").lower()
            raise Problem(
                "unreadable-file",
                f"The store's folder {self.path} cannot be made: {reason}. Name another one with "
                "the setting DUTYGRAPH_STORE.",
            ) from error

    def running(self) -> Running | None:
        """The server that is said to answer, or None."""
        try:
            said = json.loads(self.server.read_bytes())
            return Running(int(said["pid"]), int(said["port"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def say_running(self, running: Running | None) -> None:
        """Say where the server answers, or that it does not."""
        if running is None:
            self.server.unlink(missing_ok=True)
            return
        new = self.server.with_suffix(".new")
        new.write_text(json.dumps({"pid": running.pid, "port": running.port}), encoding="utf-8")
        new.replace(self.server)

    def own(self, seconds: float = _OWNER_SECONDS) -> int:
        """Become the owner of the folder.

        The lock is gone when the last process that holds the descriptor has ended, however it ends.

        Args:
            seconds: how long to wait for another owner.

        Returns:
            The descriptor that holds the lock.

        Raises:
            Problem: `store-in-use`, `unreadable-file`.
        """
        self.make()
        return lock(self.owner_lock, seconds)

    def is_owned(self) -> bool:
        """Whether a process is the owner now."""
        try:
            os.close(self.own(0))
        except Problem as problem:
            return problem.slug == "store-in-use"
        return False


def lock(path: Path, seconds: float) -> int:
    """Take a lock across processes.

    Args:
        path: its file, which is made.
        seconds: how long to wait for it.

    Returns:
        The descriptor that holds it until it is closed.

    Raises:
        Problem: `store-in-use`, `unreadable-file`.
    """
    ends = time.monotonic() + seconds
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise Problem(
            "unreadable-file", f"The store's folder {path.parent} cannot be used: {reason}."
        ) from error
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        if time.monotonic() >= ends:
            os.close(descriptor)
            raise Problem(
                "store-in-use",
                f"Another process uses the store in {path.parent}. Stop it, or name another "
                "folder with the setting DUTYGRAPH_STORE.",
            )
        time.sleep(0.01)


def write_synced(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file as a whole, on the disk before this returns.

    Args:
        path: its place.
        content: all of it.
        mode: who may read it, from the first byte on.
    """
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Bring a folder's list of files to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
