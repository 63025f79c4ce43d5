"""The whole store as one file, and back.

Owns: the form of a backup, and that a restored store is all old or all new. Must not: choose a file
name, or talk to anybody.

A backup is compressed (gzip) N-Quads, which any store can read. Its comments make it whole: the
first says what it is, one before each graph names it, so that empty ones come back, too, and the
last has the number of graphs and statements and a SHA-256 of all that is above it.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dutygraph.errors import Problem
from dutygraph.settings import Settings, StoreFolder
from dutygraph.store.folder import StoreFiles, sync_folder
from dutygraph.store.opening import GraphStore, opened, store_of
from dutygraph.store.writing import Writing

__all__ = ["Backup", "as_quads", "restore", "verified", "write_backup"]

_FIRST = b"# DutyGraph backup 1\n"
_GRAPH = re.compile(rb"# graph <([^<>]*)>\n")
_LAST = b"# end: %d graphs, %d statements, sha256 %s\n"
_IS_LAST = re.compile(rb"# end: (\d+) graphs, (\d+) statements, sha256 ([0-9a-f]{64})\n")
_DAMAGED = "Its content does not match its own checksum: it is damaged. Use another backup."

Step = Callable[[str], None]


@dataclass(frozen=True)
class Backup:
    """A backup that has been read to its end.

    Args:
        path: its file.
        graphs: how many graphs it holds.
        statements: how many statements.
    """

    path: Path
    graphs: int
    statements: int


def as_quads(graph: str, statements: bytes) -> bytes:
    """N-Triples as N-Quads in one graph."""
    end = b" <%b> .\n" % graph.encode()
    return b"".join(
        line.rstrip().removesuffix(b".").rstrip() + end for line in statements.splitlines() if line
    )


def write_backup(store: GraphStore, path: Path, step: Step) -> Backup:
    """Write every graph, as they all are at one moment: nobody writes meanwhile.

    Args:
        store: whose.
        path: the file; it is there as a whole or not at all, and for its owner only: drafts and
            holders whom the public does not see are in it.
        step: called before each graph.

    Raises:
        Problem: `busy`, `store-unavailable` and its like.
        OSError: the file cannot be written.
    """
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    try:
        with store.writer.writing(), open(new, "xb", opener=_for_its_owner) as file:
            with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6) as stream:
                graphs, statements = _write(store, stream, step)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        sync_folder(path.absolute().parent)
    finally:
        new.unlink(missing_ok=True)
    return Backup(path, graphs, statements)


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write(store: GraphStore, stream: gzip.GzipFile, step: Step) -> tuple[int, int]:
    digest = hashlib.sha256()

    def write(text: bytes) -> None:
        digest.update(text)
        stream.write(text)

    write(_FIRST)
    graphs = statements = 0
    for name in store.graphs():
        step(f"Writing {name}")
        kept = store.writer.get(name)
        if kept is not None:
            write(b"# graph <%b>\n" % name.encode())
            write(as_quads(name, kept.statements))
            graphs, statements = graphs + 1, statements + kept.statements.count(b"\n")
    stream.write(_LAST % (graphs, statements, digest.hexdigest().encode()))
    return graphs, statements


def verified(path: Path, step: Step = lambda what: None) -> Backup:
    """Read a backup to its end and say whether it is whole.

    Raises:
        Problem: `not-a-backup`, `unreadable-file`.
    """
    step(f"Reading {path.name}")
    digest = hashlib.sha256()
    graphs = statements = 0
    last = None
    for line in _lines(path):
        if last is not None:
            raise Problem("not-a-backup", _DAMAGED)
        last = _IS_LAST.fullmatch(line)
        if last is None:
            digest.update(line)
            graphs += bool(_GRAPH.fullmatch(line))
            statements += not line.startswith(b"#")
    if last is None:
        raise Problem(
            "not-a-backup", "Its end is missing: it was not written to its end. Use another backup."
        )
    said = (int(last[1]), int(last[2]), last[3].decode())
    if said != (graphs, statements, digest.hexdigest()):
        raise Problem("not-a-backup", _DAMAGED)
    return Backup(path, graphs, statements)


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a backup, from the first."""
    try:
        with gzip.open(path, "rb") as stream:
            first = stream.readline()
            if first != _FIRST:
                raise Problem(
                    "not-a-backup",
                    "It does not begin as a backup of DutyGraph does. `dutygraph backup` writes "
                    "one; `dutygraph load` takes other files.",
                )
            yield first
            yield from stream
    except gzip.BadGzipFile as error:
        raise Problem(
            "not-a-backup",
            "It is no gzip file, or a damaged one. `dutygraph backup` writes a backup.",
        ) from error
    except (EOFError, zlib.error) as error:
        raise Problem("not-a-backup", _DAMAGED) from error
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise Problem("unreadable-file", f"The file cannot be read: {reason}.") from error


def _graphs(backup: Backup) -> Iterator[tuple[str, bytes]]:
    """Every graph of a backup with its statements as N-Triples."""
    name, end, found = "", b"", list[bytes]()
    for line in _lines(backup.path):
        header = _GRAPH.fullmatch(line)
        if header:
            if name:
                yield name, b"".join(found)
            name, end, found = header[1].decode(), b" <%b> .\n" % header[1], []
        elif not line.startswith(b"#"):
            found.append(line.removesuffix(end) + b" .\n")
    if name:
        yield name, b"".join(found)


def restore(settings: Settings, backup: Backup, step: Step) -> None:
    """Make the store what a backup says, and nothing else.

    A store of our own is replaced as a whole, by a new one that is built beside it. On somebody
    else's server one graph is replaced after the other, while nobody of us writes; if that is
    interrupted it has to be done again.

    Args:
        settings: which store.
        backup: what `verified` has returned.
        step: called before each graph.

    Raises:
        Problem: `store-in-use`, where a process owns the folder; `no-store`; `store-unavailable`.
    """
    store = store_of(settings)
    if store is None or not store.is_ours:
        with opened(settings) as other, other.writer.writing() as writing:
            kept = _put_all(writing, backup, step)
            for name in set(other.graphs()) - kept:
                step(f"Removing {name}")
                writing.delete_unsafely(name)
        return
    owned = store.files.own(0)
    try:
        _replace(settings, store.files, backup, step)
    finally:
        os.close(owned)


def _replace(settings: Settings, files: StoreFiles, backup: Backup, step: Step) -> None:
    building = files.path / "restoring"
    shutil.rmtree(building, ignore_errors=True)
    shutil.rmtree(files.restored, ignore_errors=True)
    beside = replace(settings, store=StoreFolder(building))
    with opened(beside) as new, new.writer.writing() as writing:
        _put_at_once(writing, backup, step)
        writing.sync()
    step("Putting the restored data in their place")
    (building / "data").rename(files.restored)
    shutil.rmtree(building)
    sync_folder(files.path)
    # From here on, whoever starts the server finds either the old data or the new.
    files.pending.unlink(missing_ok=True)
    old = files.path / "data.old"
    shutil.rmtree(old, ignore_errors=True)
    if files.data.exists():
        files.data.rename(old)
    files.finish_restoring()
    shutil.rmtree(old, ignore_errors=True)


def _put_at_once(writing: Writing, backup: Backup, step: Step) -> None:
    """All graphs in one request: what is published, its versions and the union share unnamed nodes."""
    quads = []
    for name, statements in _graphs(backup):
        step(f"Reading {name}")
        quads.append(as_quads(name, statements))
        if not statements:
            writing.put_unsafely(name, b"")
    step("Restoring them all")
    writing.add_unsafely(b"".join(quads))


def _put_all(writing: Writing, backup: Backup, step: Step) -> set[str]:
    names = set()
    for name, statements in _graphs(backup):
        step(f"Restoring {name}")
        writing.put_unsafely(name, statements)
        names.add(name)
    return names
