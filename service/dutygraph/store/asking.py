"""Strangers' queries: asked of the graphs that whoever asks may see, and of no other.

Owns: which graphs those are (SECURITY S10, S18), how many queries run at a time (S14), and how many
rows an answer may have (S12). Must not: change a query's text, or speak HTTP to the asker.

The dataset travels beside the query, as the protocol's own parameters, which override FROM and
confine GRAPH. What no list says to be public is not in it: a graph that somebody has put into the
store, and the lists themselves. A council sees its own graphs besides, whole and with its drafts.
"""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from time import monotonic

from dutygraph.errors import Problem
from dutygraph.publishing.names import HELD_BACK, GraphKind, kind_of, readable
from dutygraph.sparql import Query, declarations, prefixes_for, read_query, syntax_problem
from dutygraph.store.client import Reply, StoreClient
from dutygraph.store.loading import LOADED, UNION

__all__ = ["CSV", "JSON", "TSV", "XML", "PublicAsker"]

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
_LISTED = f"SELECT ?graph {{ GRAPH <{LOADED}> {{ ?graph <https://schema.org/sha256> ?hash }} }}"
# How long a graph may stay unknown that another machine has written.
_LIST_SECONDS = 10.0
_RETRY_SECONDS = 5
_REMEMBERED = 256
_PLACE = re.compile(r"error at (\d+):(\d+): ")
# No row of a result is shorter, in any of its forms.
_SHORTEST_ROW = 2


@dataclass(frozen=True)
class _Visible:
    """What somebody may see, as it was at a moment.

    Args:
        graphs: all that may be asked for by name.
        listed: what GRAPH finds where none is named: what is said now, and not each version of it.
        default: the default graph where none is named.
        held_back: of a graph that is named as default, the part that the public does not see.
        since: when it was looked up.
        mark: of the last write by then.
    """

    graphs: frozenset[str]
    listed: tuple[str, ...]
    default: tuple[str, ...]
    held_back: Mapping[str, str]
    since: float
    mark: int


def _visible(
    installed: Collection[str], kept: Collection[str], reader: str | None, mark: int
) -> _Visible:
    seen = readable(kept, reader)
    kinds = {graph: kind_of(graph) for graph in seen}
    listed = {g for g, kind in kinds.items() if kind in _LISTED_KINDS}
    held_back = {
        g.removesuffix(HELD_BACK): g for g, kind in kinds.items() if kind is GraphKind.HELD_BACK
    }
    return _Visible(
        frozenset(installed) | seen,
        tuple(sorted({*installed, *listed})),
        (UNION, *sorted(held_back.values())),
        held_back,
        monotonic(),
        mark,
    )


_LISTED_KINDS = (
    GraphKind.PUBLISHED,
    GraphKind.PARTNER,
    GraphKind.HISTORY,
    GraphKind.KEYS,
    GraphKind.OWN,
    GraphKind.DRAFT,
)


class PublicAsker:
    """Asks a store on behalf of anybody, or of a council.

    Args:
        client: of the store.
        prefixes: what a query without a PREFIX line may use.
        at_once: how many queries may run at a time.
        rows: how many rows an answer may have.
        kept: gives the names of all graphs that the store has.
        mark: gives a number that is another one after each write.
    """

    def __init__(
        self,
        client: StoreClient,
        prefixes: Mapping[str, str],
        *,
        at_once: int,
        rows: int,
        kept: Callable[[], Collection[str]] = tuple,
        mark: Callable[[], int] = int,
    ) -> None:
        self._client, self.prefixes, self._rows = client, prefixes, rows
        self._places = threading.BoundedSemaphore(at_once)
        self._kept, self._mark = kept, mark
        self._known: dict[str | None, _Visible] = {}
        self.read: Callable[[str], Query] = lru_cache(_REMEMBERED)(self._read)

    def _read(self, text: str) -> Query:
        return read_query(text, prefixes_for(text, self.prefixes))

    def ask(
        self,
        query: Query,
        accept: str,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        reader: str | None = None,
    ) -> Reply:
        """Answer a query.

        Args:
            query: from `read`.
            accept: the media type of the answer.
            default_graphs, named_graphs: the dataset that the caller asks for; with either, what
                FROM says does not count (SPARQL 1.1 Protocol, section 2.1.4).
            reader: the last part of the identifier of the council that asks, or None for anybody.

        Returns:
            The whole answer.

        Raises:
            Problem: query-syntax, unknown-graph, busy, query-too-long, answer-too-large,
                store-unavailable or store-failed.
        """
        default, named = self._dataset(query, default_graphs, named_graphs, reader)
        if not self._places.acquire(blocking=False):
            raise Problem(
                "busy",
                "As many queries are being answered as may be at the same time. Try again in "
                f"{_RETRY_SECONDS} seconds.",
                extra={"retryAfter": _RETRY_SECONDS},
            )
        declared = declarations(prefixes_for(query.text, self.prefixes))
        try:
            reply = self._client.query(
                declared + query.text, accept, default_graphs=default, named_graphs=named
            )
        except Problem as problem:
            raise _placed(query.text, declared, problem) from problem
        finally:
            self._places.release()
        if query.form == "SELECT":
            self._refuse_many(reply)
        return reply

    def graphs(self) -> tuple[str, ...]:
        """The names of the graphs that everybody may see, sorted.

        Raises:
            Problem: store-unavailable, while the store is being loaded, too.
        """
        return self._seen(None).listed

    def _seen(self, reader: str | None) -> _Visible:
        """What a reader may see, looked up anew after each write."""
        known = self._known.get(reader)
        # Before the look-up, so that a write during it is seen the next time.
        mark = self._mark()
        if known is None or known.mark != mark or monotonic() > known.since + _LIST_SECONDS:
            reply = self._client.query(
                _LISTED, JSON, default_graphs=[LOADED], named_graphs=[LOADED]
            )
            rows = json.loads(reply.body)["results"]["bindings"]
            found = frozenset(row["graph"]["value"] for row in rows) - {LOADED, UNION}
            if not found:
                raise Problem(
                    "store-unavailable",
                    "The store is being loaded. Try again in a moment.",
                    extra={"retryAfter": _RETRY_SECONDS},
                )
            known = self._known[reader] = _visible(found, self._kept(), reader, mark)
        return known

    def _dataset(
        self, query: Query, default: Sequence[str], named: Sequence[str], reader: str | None
    ) -> tuple[Sequence[str], Sequence[str]]:
        """The graphs that a query is asked of; never none, which would be all that the store has."""
        seen = self._seen(reader)
        if not (default or named):
            default, named = query.default_graphs, query.named_graphs
        if not (default or named):
            return seen.default, seen.listed if query.names_graphs else ()
        for graph in (*default, *named):
            if graph not in seen.graphs and graph != UNION:
                raise _unknown(graph, seen.listed)
        own = [seen.held_back[g] for g in default if g in seen.held_back]
        if UNION in default:
            own = [*seen.default[1:]]
        return [*default, *own], named

    def _refuse_many(self, reply: Reply) -> None:
        if len(reply.body) > self._rows * _SHORTEST_ROW and _rows(reply) > self._rows:
            raise Problem(
                "answer-too-large",
                f"The answer has more than {self._rows:,} rows. Ask for less, or for a part at a "
                "time with LIMIT and OFFSET.",
                extra={"limit": self._rows},
            )


def _rows(reply: Reply) -> int:
    """How many rows a result has."""
    if reply.media_type == JSON:
        return len(json.loads(reply.body)["results"]["bindings"])
    if reply.media_type == XML:
        return reply.body.count(b"<result>")
    if reply.media_type == TSV:
        return reply.body.count(b"\n") - 1
    # Cells of CSV may hold ends of lines.
    return sum(1 for _ in csv.reader(io.StringIO(reply.body.decode(), newline=""))) - 1


def _unknown(graph: str, known: Collection[str]) -> Problem:
    near = get_close_matches(graph[:200], sorted(known), 3)
    hint = f"The nearest are {', '.join(near)}." if near else "None is near it."
    return Problem(
        "unknown-graph",
        f"There is no graph {graph[:200]!r} here, and nothing is fetched from elsewhere. {hint}",
    )


def _placed(text: str, declared: str, problem: Problem) -> Problem:
    """The store's words on a query that it cannot read, at their place in what the caller wrote."""
    place = _PLACE.search(problem.detail)
    if problem.slug != "query-syntax" or place is None:
        return problem
    error = SyntaxError(problem.detail[place.end() :])
    error.lineno, error.offset = int(place[1]), int(place[2])
    if error.lineno == 1:
        error.offset = max(1, error.offset - len(declared))
    return syntax_problem(text, error)
