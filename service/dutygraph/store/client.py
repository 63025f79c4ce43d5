"""A client of the SPARQL 1.1 Protocol and of the SPARQL 1.1 Graph Store HTTP Protocol.

Owns: requests to the store, and the bounds of their time and size. Must not: know what is kept
there, or who may see it; nor judge a query.

Whoever exceeds a bound is left by closing the connection: nothing that is cut off is handed on,
and the server notices and stops. Where it does not, its keeper ends it (`watching`), and what others
asked meanwhile is asked again.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    IncompleteRead,
)
from threading import Lock
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from dutygraph.errors import Problem
from dutygraph.store.folder import Running, StoreFiles

__all__ = ["CopyOf", "Endpoints", "GraphChange", "Reply", "StoreClient", "Union"]

_Answer = TypeVar("_Answer")

N_TRIPLES = "application/n-triples"
N_QUADS = "application/n-quads"
RESULTS_AS_JSON = "application/sparql-results+json"
_QUERY = "application/sparql-query"
_UPDATE = "application/sparql-update"
_CHUNK = 1 << 16
# A connection that is kept is one that the server keeps a thread for.
_KEPT = 8
_DATASETS = 16
_LINE = 1500
# What is seen of a server that is ended, and how soon its end is known.
_BROKEN = ("store-unavailable", "store-failed")
_KNOWN_SECONDS = 0.5
# How often one question is asked: it may be the one that ends the server.
_TIMES = 3
# What a server may say about an error of ours.
_SAID = 2000
_LOG = logging.getLogger("dutygraph.store")


@dataclass(frozen=True)
class Endpoints:
    """Where a server answers.

    Args:
        query: the address of its SPARQL 1.1 Protocol for queries.
        graphs: the address of its Graph Store Protocol, which takes `?graph=`.
        update: that of its SPARQL 1.1 Protocol for updates, where we may use it: only for a server
            of our own, which nobody else reaches.
    """

    query: str
    graphs: str
    update: str | None = None


@dataclass(frozen=True)
class Reply:
    """A whole answer.

    Args:
        status: of HTTP.
        media_type: the Content-Type, without parameters.
        body: all of it.
    """

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True)
class CopyOf:
    """What another graph of the same change shall hold, unnamed nodes and all.

    Args:
        graph: its IRI.
    """

    graph: str


@dataclass(frozen=True)
class Union:
    """A graph that holds what others hold, and is to be kept so.

    Args:
        graph: its IRI.
        changed: those of the changed graphs that it holds.
        others: all else that it holds.
    """

    graph: str
    changed: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True)
class GraphChange:
    """What several graphs shall hold from one moment on.

    Args:
        graphs: by IRI, N-Triples, or a copy of another of them, or None where it shall go.
        union: what is kept right with them.
    """

    graphs: Mapping[str, bytes | CopyOf | None]
    union: Union | None = None


class StoreClient:
    """One server, from any thread of this process and of those that it forks.

    Args:
        endpoints: gives the server's addresses for each request, since a server of our own changes
            its port when it is started again.
        seconds: how long a request may take where it does not say so itself.
        limit: how many bytes an answer may have where a request does not say so itself.
        files: the folder of a server of our own, whose keeper may end it and start it again.
    """

    def __init__(
        self,
        endpoints: Callable[[], Endpoints],
        seconds: float,
        limit: int,
        files: StoreFiles | None = None,
    ) -> None:
        self._endpoints, self._seconds, self._limit = endpoints, seconds, limit
        self._files = files
        # Encoding some hundred graphs takes as long as answering a small query.
        self._encoded = lru_cache(_DATASETS)(_encoded)
        self._idle: list[tuple[str, HTTPConnection]] = []
        self._lock = Lock()

    def query(
        self,
        text: str,
        accept: str = RESULTS_AS_JSON,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        seconds: float | None = None,
        limit: int | None = None,
    ) -> Reply:
        """Ask a query.

        Args:
            text: SPARQL 1.1; it is handed on as it is.
            accept: the media type that the answer shall have.
            default_graphs, named_graphs: the query's dataset, which overrides FROM and confines
                GRAPH; where both are empty it is the server's own.
            seconds, limit: bounds in place of the client's own.

        Returns:
            The whole answer, with status 200.

        Raises:
            Problem: `query-syntax`, with the server's words; `query-too-long`; `answer-too-large`;
                `store-unavailable`; `store-failed`.
        """
        dataset = self._encoded(tuple(default_graphs), tuple(named_graphs))
        ends = time.monotonic() + (self._seconds if seconds is None else seconds)
        return self._answered(lambda: self._ask(text, accept, dataset, ends, limit), ends)

    def _ask(self, text: str, accept: str, dataset: str, ends: float, limit: int | None) -> Reply:
        """Ask a query once."""
        address = self._endpoints().query
        headers = {"Accept": accept}
        if len(dataset) > _LINE:
            # A dataset of many graphs is longer than the line of a request may be.
            body = f"{urlencode([('query', text)])}&{dataset}".encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        else:
            body = text.encode()
            headers["Content-Type"] = _QUERY
            if dataset:
                address += ("&" if "?" in address else "?") + dataset
        reply = self._whole("POST", address, body, headers, ends - time.monotonic(), limit)
        if reply.status == 400:
            raise Problem("query-syntax", _words(reply))
        return _expect(reply, 200)

    def read_graph(self, graph: str, *, seconds: float | None = None) -> bytes | None:
        """A graph's statements as N-Triples, in no particular order; None where there is no graph.

        Raises:
            Problem: `query-too-long`, `store-unavailable`, `store-failed`.
        """
        ends = time.monotonic() + (self._seconds if seconds is None else seconds)
        return self._answered(lambda: self._read(graph, ends), ends)

    def _read(self, graph: str, ends: float) -> bytes | None:
        """Read a graph once."""
        accept = {"Accept": N_TRIPLES}
        # A graph that was taken may also be given, whatever the bound for strangers' queries is.
        with self._opened("GET", self._of(graph), None, accept, ends - time.monotonic()) as stream:
            if stream.status == 404:
                stream.drain(self._limit)
                return None
            body = b"".join(stream.chunks())
            _expect(Reply(stream.status, stream.media_type, body), 200)
            return body

    def put_graph(self, graph: str, statements: bytes, *, seconds: float | None = None) -> None:
        """Replace a graph.

        On a server of our own this is one transaction: a reader sees the old graph or the new one.

        Args:
            graph: its IRI.
            statements: N-Triples. Their blank nodes get new names.
            seconds: a bound in place of the client's own.

        Raises:
            Problem: `store-unavailable` or `store-failed`: it may have been replaced, or not.
        """
        update = self._endpoints().update
        if update is None:
            self.put_graph_as_it_is(graph, statements, seconds=seconds)
            return
        # Oxigraph says of an update that it is one transaction, and of a PUT nothing.
        body = b"CREATE SILENT GRAPH <%b>;CLEAR GRAPH <%b>;INSERT DATA{GRAPH <%b>{\n%b}}" % (
            *3 * [graph.encode()],
            statements,
        )
        self._update(update, body, seconds)

    def put_graph_as_it_is(
        self, graph: str, statements: bytes, *, seconds: float | None = None
    ) -> None:
        """Replace a graph by the Graph Store Protocol, as `put_graph` does on other servers.

        Oxigraph does not promise that no reader sees an empty graph meanwhile.
        """
        headers = {"Content-Type": N_TRIPLES}
        _expect(self._whole("PUT", self._of(graph), statements, headers, seconds), 200, 201, 204)

    def add_quads(self, quads: bytes, *, seconds: float | None = None) -> None:
        """Add statements to many graphs of a server of our own, all at once.

        An unnamed node is the same in all of them, and has another name than before. The Graph Store
        Protocol knows no such request: Oxigraph takes it where no graph is named.

        Args:
            quads: N-Quads.
            seconds: a bound in place of the client's own.

        Raises:
            Problem: `store-unavailable` or `store-failed`: they may have been added, or not.
        """
        headers = {"Content-Type": N_QUADS}
        _expect(
            self._whole("POST", self._endpoints().graphs, quads, headers, seconds), 200, 201, 204
        )

    def delete_graph(self, graph: str, *, seconds: float | None = None) -> None:
        """Remove a graph; nothing happens where there is none.

        Raises:
            Problem: `store-unavailable` or `store-failed`: it may have been removed, or not.
        """
        _expect(self._whole("DELETE", self._of(graph), None, {}, seconds), 200, 202, 204, 404)

    def unite_graphs(
        self, union: str, graphs: Sequence[str], *, seconds: float | None = None
    ) -> bool:
        """Make a graph of all that others hold, in one transaction.

        Only the server itself can: what is sent to it twice has other blank nodes each time, so that
        no unnamed node of such a union would be found in the graph that it comes from.

        Args:
            union: the IRI of the graph to make.
            graphs: the IRIs of those that it shall hold.
            seconds: a bound in place of the client's own.

        Returns:
            Whether it was done: False where we may not use the server's updates.

        Raises:
            Problem: `store-unavailable` or `store-failed`: it may have been made, or not.
        """
        update = self._endpoints().update
        if update is None:
            return False
        values = " ".join(f"<{graph}>" for graph in graphs)
        body = (
            f"CREATE SILENT GRAPH <{union}>;CLEAR GRAPH <{union}>;"
            f"INSERT{{GRAPH <{union}>{{?s ?p ?o}}}}"
            f"WHERE{{VALUES ?g{{{values}}}GRAPH ?g{{?s ?p ?o}}}}"
        )
        self._update(update, body.encode(), seconds)
        return True

    def change_graphs(self, change: GraphChange, *, seconds: float | None = None) -> bool:
        """Change several graphs, and a union of graphs with them, in one transaction.

        Args:
            change: what each graph shall hold.
            seconds: a bound in place of the client's own.

        Returns:
            Whether it was done: False where we may not use the server's updates.

        Raises:
            Problem: `store-unavailable` or `store-failed`: it may have been done, or not.
        """
        update = self._endpoints().update
        if update is None:
            return False
        self._update(update, b";".join(_steps(change)), seconds)
        return True

    def close(self) -> None:
        """Close the connections that are kept."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    def _update(self, address: str, body: bytes, seconds: float | None) -> None:
        _expect(self._whole("POST", address, body, {"Content-Type": _UPDATE}, seconds), 200, 204)

    def _of(self, graph: str) -> str:
        return f"{self._endpoints().graphs}?{urlencode({'graph': graph})}"

    def _answered(self, ask: Callable[[], _Answer], ends: float) -> _Answer:
        """What the server says, once more where it was ended meanwhile and comes back in time."""
        for left in reversed(range(_TIMES)):
            asked = self._files.running() if self._files else None
            try:
                return ask()
            except Problem as problem:
                if self._files is None:
                    raise
                if problem.slug == "query-too-long":
                    self._files.say_left()
                broken = problem.slug in _BROKEN
                if not (left and broken and _comes_back(self._files, asked, ends)):
                    raise
        raise AssertionError("the last time answers or raises")

    # --- one exchange ---------------------------------------------------------------------------

    def _whole(
        self,
        method: str,
        address: str,
        body: bytes | None,
        headers: Mapping[str, str],
        seconds: float | None = None,
        limit: int | None = None,
    ) -> Reply:
        """One request and its whole answer."""
        with self._opened(method, address, body, headers, seconds) as stream:
            content = stream.drain(self._limit if limit is None else limit)
            return Reply(stream.status, stream.media_type, content)

    @contextlib.contextmanager
    def _opened(
        self,
        method: str,
        address: str,
        body: bytes | None,
        headers: Mapping[str, str],
        seconds: float | None,
    ) -> Iterator[_Stream]:
        """One request and its answer as it comes; what is not read to its end is cut off."""
        ends = time.monotonic() + (self._seconds if seconds is None else seconds)
        parts = urlsplit(address)
        server = f"{parts.scheme}://{parts.netloc}"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection, response = self._sent(server, method, target, body, headers, ends)
        except TimeoutError:
            raise _too_long() from None
        except (OSError, HTTPException) as error:
            raise _unavailable() from error
        stream = _Stream(connection, response, ends)
        try:
            yield stream
        except TimeoutError:
            raise _too_long() from None
        except (OSError, HTTPException) as error:
            connection.close()
            raise Problem(
                "store-failed", "The store broke off its answer. Ask again in a moment."
            ) from error
        finally:
            if response.isclosed() and not response.will_close and connection.sock is not None:
                self._keep(server, connection)
            else:
                # Where the server is to close, the answer holds the socket alone.
                response.close()
                connection.close()

    def _sent(
        self,
        server: str,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
        ends: float,
    ) -> tuple[HTTPConnection, HTTPResponse]:
        """Send a request, on a connection that was kept if there is one."""
        kept = self._take(server)
        for connection in (kept, None) if kept else (None,):
            fresh = connection is None
            connection = connection or _connection(server, _left(ends))
            try:
                if connection.sock is not None:
                    connection.sock.settimeout(_left(ends))
                connection.request(method, target, body, dict(headers))
                assert connection.sock is not None
                connection.sock.settimeout(_left(ends))
                return connection, connection.getresponse()
            except TimeoutError:
                connection.close()
                raise
            except (OSError, HTTPException):
                connection.close()
                # The server may have closed a kept connection meanwhile. All that is sent here may
                # be sent twice.
                if fresh:
                    raise
        raise AssertionError("a fresh connection either answers or raises")

    def _take(self, server: str) -> HTTPConnection | None:
        with self._lock:
            while self._idle:
                address, connection = self._idle.pop()
                if address == server:
                    return connection
                connection.close()
        return None

    def _keep(self, server: str, connection: HTTPConnection) -> None:
        with self._lock:
            if len(self._idle) < _KEPT:
                self._idle.append((server, connection))
                return
        connection.close()


class _Stream:
    """An answer that arrives within a time."""

    def __init__(self, connection: HTTPConnection, response: HTTPResponse, ends: float) -> None:
        self._socket, self._response, self._ends = connection.sock, response, ends
        self.status = response.status
        self.media_type = (response.headers.get_content_type() or "").lower()

    def chunks(self) -> Iterator[bytes]:
        """The body, piece by piece.

        Raises:
            HTTPException: it ends before its end.
        """
        while True:
            # The connection forgets its socket where the server is about to close it.
            if self._socket is not None:
                self._socket.settimeout(_left(self._ends))
            chunk = self._response.read1(_CHUNK)
            if not chunk:
                # Of an answer whose length was announced, read1 does not say that the rest is missing.
                if self._response.length:
                    raise IncompleteRead(b"", self._response.length)
                if not self._response.isclosed():
                    self._response.close()
                return
            yield chunk

    def drain(self, limit: int) -> bytes:
        """The whole body.

        Raises:
            Problem: `answer-too-large`.
        """
        found, size = [], 0
        for chunk in self.chunks():
            size += len(chunk)
            if size > limit:
                raise Problem(
                    "answer-too-large",
                    f"The answer has more than {limit:,} bytes. Ask for less, or for a part at a "
                    "time with LIMIT and OFFSET.",
                )
            found.append(chunk)
        return b"".join(found)


def _steps(change: GraphChange) -> Iterator[bytes]:
    """The operations of an update (SPARQL 1.1 Update, section 3), each of which may be repeated."""
    union = change.union
    if union is not None:
        others = ",".join(f"<{g}>" for g in union.others)
        elsewhere = f"FILTER NOT EXISTS{{GRAPH ?m{{?s ?p ?o}}FILTER(?m IN({others}))}}"
        for graph in union.changed:
            yield (
                f"DELETE{{GRAPH <{union.graph}>{{?s ?p ?o}}}}"
                f"WHERE{{GRAPH <{graph}>{{?s ?p ?o}}{elsewhere if others else ''}}}"
            ).encode()
    stated, copied = [], []
    for graph, content in change.graphs.items():
        name = graph.encode()
        if content is None:
            yield b"DROP SILENT GRAPH <%b>" % name
            continue
        yield b"CREATE SILENT GRAPH <%b>;CLEAR GRAPH <%b>" % (name, name)
        if isinstance(content, bytes):
            stated.append(b"GRAPH <%b>{\n%b}" % (name, content))
        else:
            copied.append((content.graph, graph))
    # One operation, so that an unnamed node is the same in all of them.
    yield b"INSERT DATA{%b}" % b"".join(stated)
    if union is not None:
        copied += [(g, union.graph) for g in union.changed if change.graphs[g] is not None]
    for one, other in copied:
        yield f"INSERT{{GRAPH <{other}>{{?s ?p ?o}}}}WHERE{{GRAPH <{one}>{{?s ?p ?o}}}}".encode()


def _encoded(default_graphs: tuple[str, ...], named_graphs: tuple[str, ...]) -> str:
    """A query's dataset as parameters of a form."""
    dataset = [("default-graph-uri", g) for g in default_graphs]
    dataset += [("named-graph-uri", g) for g in named_graphs]
    return urlencode(dataset)


def _connection(server: str, seconds: float) -> HTTPConnection:
    parts = urlsplit(server)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=seconds)


def _comes_back(files: StoreFiles, asked: Running | None, ends: float) -> bool:
    """Wait until another server answers than the one that was asked; whether one does in time.

    Whether it had ended is known soon; where nobody keeps the folder, nothing is waited for.
    """
    known = time.monotonic() + _KNOWN_SECONDS
    while time.monotonic() < ends:
        now = files.running()
        if now not in (None, asked):
            return True
        if (now is not None and time.monotonic() > known) or not files.is_owned():
            return False
        time.sleep(0.02)
    return False


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _too_long() -> Problem:
    return Problem(
        "query-too-long",
        "The store did not answer within the time that one request has. Ask for less at a time.",
    )


def _unavailable() -> Problem:
    return Problem(
        "store-unavailable",
        "The store does not answer: it is starting, or it is not running. Try again in a moment.",
    )


def _words(reply: Reply) -> str:
    """What a server says of an error, in bounds."""
    return " ".join(reply.body[:_SAID].decode("utf-8", "replace").split())


def _expect(reply: Reply, *statuses: int) -> Reply:
    if reply.status in statuses:
        return reply
    if reply.status == 503:
        raise _unavailable()
    # What it says of our own request is for the operator, not for whoever asked.
    _LOG.warning("The store answered with status %s: %s", reply.status, _words(reply))
    raise Problem(
        "store-failed",
        f"The store answered with status {reply.status}, which was not expected of it. If it "
        "happens again, report it.",
        extra={"storeStatus": reply.status},
    )
