"""Writing to the store: one writer at a time, and nothing that was acknowledged is lost.

Owns: the lock across processes, the journal, ETags and their conditions (RFC 9110 section 13). Must
not: know who may write what, or read a description.

A write, of one graph or of several that belong together, is first a file that is synced to the disk
(`pending`), then one transaction of the server, then its log is synced, then the file goes. Whoever
takes the lock next and finds the file carries the write out first: it was asked for, even if nobody
was told that it was done. The lock is the kernel's, so that it goes with its holder, however that
ends.

With a server of somebody else, syncing and transactions are its own, and the lock holds between the
processes of one machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import signal
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dutygraph.errors import Problem
from dutygraph.store.client import CopyOf, GraphChange, StoreClient, Union
from dutygraph.store.folder import StoreFiles, lock, sync_folder, write_synced
from dutygraph.triples import NamedNode, Triple

__all__ = ["Condition", "GraphWriter", "KeptGraph", "Writing", "as_statements"]

_LOCK_SECONDS = 60.0
# A graph at the limit of what one description may hold takes some seconds.
_WRITE_SECONDS = 120.0
# Beyond that, what a server writes at the least on a machine that has other things to do.
_BYTES_A_SECOND = 100_000
_BACK_SECONDS = 30.0
_ANY = "*"
# Of what is said to be the client's fault, what has nothing to do with the content that was sent: who
# may write, and when (RFC 9110, section 15.5; RFC 4918, RFC 6585, RFC 8470).
_NOT_YET = frozenset((401, 403, 407, 408, 409, 423, 425, 429))
_TRANSIENT = ("store-unavailable", "store-failed", "query-too-long")


@dataclass(frozen=True)
class KeptGraph:
    """A graph as it is kept.

    Args:
        statements: N-Triples, sorted.
    """

    statements: bytes

    @property
    def etag(self) -> str:
        """Its strong entity tag, with the quotes."""
        return f'"{hashlib.sha256(self.statements).hexdigest()[:32]}"'


@dataclass(frozen=True)
class Condition:
    """What a graph has to be for a write to happen.

    Args:
        if_match: entity tags, one of which it has to have; “*” stands for any graph that is there.
        if_none_match: entity tags of which it may have none; with “*” it may not be there.
    """

    if_match: Collection[str] | None = None
    if_none_match: Collection[str] | None = None

    def check(self, graph: str, etag: str | None) -> None:
        """Refuse a write that rests on another state.

        Raises:
            Problem: `graph-changed`, with the `etag` that the graph has now.
        """
        if self.if_match is not None and not self._is_one_of(etag, self.if_match):
            now = "it is not there" if etag is None else f"its ETag is now {etag}"
            raise Problem(
                "graph-changed",
                f"The graph {graph} was changed meanwhile: {now}. Fetch it again, repeat your "
                "change on what it holds now, and send it with its new ETag.",
                extra={"etag": etag},
            )
        if self.if_none_match is not None and self._is_one_of(etag, self.if_none_match):
            raise Problem(
                "graph-changed",
                f"The graph {graph} is there already, with the ETag {etag}. Leave out "
                "If-None-Match to replace it.",
                extra={"etag": etag},
            )

    @staticmethod
    def _is_one_of(etag: str | None, tags: Collection[str]) -> bool:
        return etag is not None and (_ANY in tags or etag in tags)


ALWAYS = Condition()
_LOG = logging.getLogger("dutygraph.store")


def as_statements(triples: Iterable[Triple]) -> bytes:
    """Triples as N-Triples, sorted and without repetition."""
    return "".join(sorted({f"{t} .\n" for t in triples})).encode()


class GraphWriter:
    """Whole graphs, put and taken away.

    Args:
        client: speaks to the server.
        files: where the lock and the journal are.
        is_ours: whether the server's data are in `files`, too, so that it can be started again.
    """

    def __init__(self, client: StoreClient, files: StoreFiles, is_ours: bool) -> None:
        self._client, self._files, self._is_ours = client, files, is_ours

    def get(self, graph: str) -> KeptGraph | None:
        """A graph, or None where there is none.

        Raises:
            Problem: `bad-value` for what is no IRI; `store-unavailable` and its like.
        """
        return _kept(self._client, graph)

    def put(self, graph: str, triples: Iterable[Triple], condition: Condition = ALWAYS) -> str:
        """Replace a graph, or make it.

        Args:
            graph: its IRI.
            triples: all that it shall hold; without any it becomes an empty graph.
            condition: what it has to be now.

        Returns:
            Its new ETag. From then on nothing loses what was written.

        Raises:
            Problem: `graph-changed`; `bad-value` for what is no IRI; `busy`, when others write for
                too long; `store-unavailable` and its like: it may be written later, or not at all.
        """
        statements = as_statements(triples)
        with self.writing() as writing:
            return writing.put(graph, statements, condition)

    def delete(self, graph: str, condition: Condition = ALWAYS) -> bool:
        """Remove a graph.

        Returns:
            Whether it was there.

        Raises:
            Problem: as `put` says.
        """
        with self.writing() as writing:
            return writing.delete(graph, condition)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Writing]:
        """Be the only writer for the length of a block; what was left undone is done first.

        Raises:
            Problem: `busy`, `store-unavailable` and its like.
        """
        self._files.make()
        try:
            held = lock(self._files.write_lock, _LOCK_SECONDS)
        except Problem as problem:
            if problem.slug != "store-in-use":
                raise
            raise Problem(
                "busy", "Others are writing to the store. Try again in a minute."
            ) from problem
        try:
            writing = Writing(self._client, self._files, self._is_ours)
            writing.finish_what_was_left()
            yield writing
        finally:
            os.close(held)


class Writing:
    """What the one writer may do; see `GraphWriter.writing`."""

    def __init__(self, client: StoreClient, files: StoreFiles, is_ours: bool) -> None:
        self._client, self._files, self._is_ours = client, files, is_ours

    def put(self, graph: str, statements: bytes, condition: Condition = ALWAYS) -> str:
        """Replace a graph by N-Triples; see `GraphWriter.put`."""
        before = _kept(self._client, graph)
        condition.check(graph, before.etag if before else None)
        if before is None or before.statements != statements:
            self._carry_out(GraphChange({graph: statements}))
            before = _kept(self._client, graph)
        if before is None:
            raise Problem("store-failed", "The store lost a graph that was just written.")
        return before.etag

    def delete(self, graph: str, condition: Condition = ALWAYS) -> bool:
        """Remove a graph; see `GraphWriter.delete`."""
        before = _kept(self._client, graph)
        condition.check(graph, before.etag if before else None)
        if before is not None:
            self._carry_out(GraphChange({graph: None}))
        return before is not None

    def get(self, graph: str) -> KeptGraph | None:
        """A graph, or None where there is none; nobody changes it before the block ends."""
        return _kept(self._client, graph)

    def change(
        self, graphs: Mapping[str, bytes | CopyOf | None], union: Union | None = None
    ) -> None:
        """Change several graphs at once: after a crash either all of them are changed or none.

        Args:
            graphs: by IRI, what each shall hold; see `GraphChange`.
            union: a graph that is kept the union of others with them.

        Raises:
            Problem: as `GraphWriter.put` says.
        """
        self._carry_out(GraphChange(graphs, union))

    def put_unsafely(self, graph: str, statements: bytes) -> None:
        """Replace a graph that can be made again: without the journal, until `sync`.

        For a moment a reader may see it empty. Its unnamed nodes are new ones.
        """
        _require_iri(graph)
        self._client.put_graph_as_it_is(graph, statements, seconds=_WRITE_SECONDS)

    def add_unsafely(self, quads: bytes) -> None:
        """Add N-Quads to a store of our own, without the journal, until `sync`.

        An unnamed node that stands in several graphs is one node afterwards.
        """
        self._client.add_quads(quads, seconds=_WRITE_SECONDS + len(quads) / _BYTES_A_SECOND)

    def delete_unsafely(self, graph: str) -> None:
        """Remove a graph, as `put_unsafely` writes one."""
        _require_iri(graph)
        self._client.delete_graph(graph, seconds=_WRITE_SECONDS)

    def unite_unsafely(self, union: str, graphs: Sequence[str]) -> bool:
        """Make a graph of all that others hold; see `StoreClient.unite_graphs`."""
        for graph in (union, *graphs):
            _require_iri(graph)
        return self._client.unite_graphs(union, graphs, seconds=_WRITE_SECONDS)

    def sync(self) -> None:
        """Bring to the disk what the server of a store of our own has written."""
        if not self._is_ours:
            return
        # What has left its log is in files that it syncs itself.
        for pattern in ("*.log", "MANIFEST-*"):
            for path in self._files.data.glob(pattern):
                with contextlib.suppress(FileNotFoundError):
                    sync_folder(path)
        sync_folder(self._files.data)

    def finish_what_was_left(self) -> None:
        """Carry out the write that another left undone."""
        change = _read(self._files)
        if change is None:
            return
        # The server may still be at it, and two at a time would mix.
        self._restart()
        try:
            self._send(change)
        except Problem as problem:
            if not _is_refusal(problem):
                raise
            _LOG.warning("A write that was left undone was refused: %s", problem.detail)

    def _carry_out(self, change: GraphChange) -> None:
        union = change.union
        others = (union.graph, *union.changed, *union.others) if union else ()
        for name in (*change.graphs, *others):
            # Before it is in the journal, where it would hold up every write after it.
            _require_iri(name)
        try:
            _write(change, self._files)
        except OSError as error:
            reason = (error.strerror or "it cannot be written").lower()
            raise Problem("store-failed", f"The store's journal fails: {reason}.") from error
        self._send(change)

    def _send(self, change: GraphChange) -> None:
        """Have the server make a change; once more where it was interrupted."""
        try:
            self._apply(change)
        except Problem as problem:
            if _is_refusal(problem):
                # It would be refused again, and hold up every write after it.
                self._files.pending.unlink(missing_ok=True)
                raise
            if problem.slug not in _TRANSIENT or not self._is_ours:
                raise
            self._restart()
            self._once_more(change)
        self.sync()
        self._files.pending.unlink(missing_ok=True)

    def _once_more(self, change: GraphChange) -> None:
        try:
            self._apply(change)
        except Problem as problem:
            if problem.slug == "query-too-long":
                # It would take too long for whoever comes next, and hold up every write after it.
                # A server that has been ended has done none of it, and nobody was told that it had.
                self._restart()
                self._files.pending.unlink(missing_ok=True)
            raise

    def _apply(self, change: GraphChange) -> None:
        union = change.union
        size = sum(len(c) for c in change.graphs.values() if isinstance(c, bytes))
        if self._client.change_graphs(change, seconds=_WRITE_SECONDS + size / _BYTES_A_SECOND):
            return
        # A server of somebody else gets one graph after the other; who finds the journal goes on.
        for graph, content in change.graphs.items():
            while isinstance(content, CopyOf):
                content = change.graphs[content.graph]
            if content is None:
                self._client.delete_graph(graph, seconds=_WRITE_SECONDS)
            else:
                self._client.put_graph(graph, content, seconds=_WRITE_SECONDS)
        if union is not None:
            parts = (_kept(self._client, g) for g in (*union.others, *union.changed))
            lines = {line for kept in parts if kept for line in kept.statements.splitlines(True)}
            self._client.put_graph(union.graph, b"".join(sorted(lines)), seconds=_WRITE_SECONDS)

    def _server(self) -> int | None:
        running = self._files.running() if self._is_ours else None
        return running.pid if running else None

    def _restart(self) -> None:
        """End a server of our own with all that it is doing, and wait for the next one."""
        if not self._is_ours:
            return
        ends = time.monotonic() + _BACK_SECONDS
        before = self._server()
        if before is not None and self._files.is_owned():
            with contextlib.suppress(ProcessLookupError):
                os.kill(before, signal.SIGKILL)
        while self._server() in (None, before):
            if time.monotonic() > ends:
                raise Problem(
                    "store-unavailable",
                    "The store does not come back. What you sent is kept and will be written when "
                    "it does.",
                )
            time.sleep(0.02)


def _write(change: GraphChange, files: StoreFiles) -> None:
    """Put a change into the journal: a line that says what follows, and the statements."""
    bodies, entries = [], []
    for graph, content in change.graphs.items():
        entry: dict[str, object] = {"graph": graph}
        if isinstance(content, bytes):
            entry["bytes"] = len(content)
            bodies.append(content)
        elif content is not None:
            entry["copyOf"] = content.graph
        entries.append(entry)
    union = change.union
    head = {
        "graphs": entries,
        "union": union and {"graph": union.graph, "changed": union.changed, "others": union.others},
    }
    write_synced(files.pending, b"\n".join((json.dumps(head).encode(), b"".join(bodies))))


def _read(files: StoreFiles) -> GraphChange | None:
    """What the journal holds, or None."""
    try:
        head, _, body = files.pending.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    said = json.loads(head)
    if "graphs" not in said:
        # As an earlier version wrote it: one graph.
        return GraphChange({said["graph"]: None if said["delete"] else body})
    graphs: dict[str, bytes | CopyOf | None] = {}
    for entry in said["graphs"]:
        size = entry.get("bytes", 0)
        graphs[entry["graph"]] = body[:size] if "bytes" in entry else None
        if "copyOf" in entry:
            graphs[entry["graph"]] = CopyOf(entry["copyOf"])
        body = body[size:]
    union = said["union"]
    return GraphChange(
        graphs,
        union and Union(union["graph"], tuple(union["changed"]), tuple(union["others"])),
    )


def _is_refusal(problem: Problem) -> bool:
    """Whether the server will never do what it was asked."""
    status = problem.extra.get("storeStatus", 500)
    return bool(400 <= status < 500 and status not in _NOT_YET)


def _kept(client: StoreClient, graph: str) -> KeptGraph | None:
    _require_iri(graph)
    body = client.read_graph(graph, seconds=_WRITE_SECONDS)
    if body is None:
        return None
    return KeptGraph(b"".join(sorted(set(body.splitlines(keepends=True)))))


def _require_iri(graph: str) -> None:
    """Refuse what is no IRI: it would become a part of an update.

    Raises:
        Problem: `bad-value`.
    """
    try:
        NamedNode(graph)
    except ValueError as error:
        raise Problem(
            "bad-value", f"“{graph[:200]}” is no IRI. A graph is named by one, such as https://…"
        ) from error
