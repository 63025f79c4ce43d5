"""Finding what changed in the store.

Owns: which graphs the feed is made from: the histories of what is published, and the provenance of
partners' copies. Must not: look at a draft, or at what only a council sees.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from dutygraph.feed.entries import Entry, Failure, Kind, Page, Position
from dutygraph.publishing.names import GraphKind, GraphName, kind_of
from dutygraph.publishing.publisher import Publisher
from dutygraph.store.client import RESULTS_AS_JSON, StoreClient
from dutygraph.subscribing.differences import Difference, difference
from dutygraph.subscribing.sources import copy_of
from dutygraph.terms import BASE, DG, PROV, XSD
from dutygraph.triples import parse_triples

__all__ = ["Feed"]

_SOURCES = (GraphKind.HISTORY, GraphKind.RECEIPTS)
_FAILED = "failed"
_REMEMBERED = 512
# What is asked for stands in graphs that only this service writes.
_EVENTS = f"""PREFIX dg: <{DG.base}> PREFIX prov: <{PROV.base}>
SELECT ?activity ?kind ?moment ?number ?thing ?before ?version ?key ?added ?removed {{
  GRAPH ?graph {{
    {{ ?thing a dg:GraphVersion ; prov:wasGeneratedBy ?activity ; dg:versionNumber ?number .
       ?activity prov:endedAtTime ?moment .
       OPTIONAL {{ ?thing prov:wasRevisionOf ?before }} BIND("published" AS ?kind) }}
    UNION
    {{ ?activity a dg:Withdrawal ; dg:versionNumber ?number ; prov:endedAtTime ?moment .
       ?thing prov:wasInvalidatedBy ?activity BIND("withdrawn" AS ?kind) }}
    UNION
    {{ ?activity a dg:Receipt ; dg:receiptNumber ?number ; prov:endedAtTime ?moment ;
         dg:receivedCopy ?thing ; dg:statementsAdded ?added ; dg:statementsRemoved ?removed .
       OPTIONAL {{ ?activity dg:versionNumber ?version }}
       OPTIONAL {{ ?activity dg:verifiedWith ?key }} BIND("received" AS ?kind) }}
  }}
  FILTER(%s)
}} ORDER BY ?moment STR(?activity) LIMIT %d"""


class Feed:
    """The feed of a service.

    Args:
        publisher: what is published.
        client: asks the store.
    """

    def __init__(self, publisher: Publisher, client: StoreClient) -> None:
        self._publisher, self._client = publisher, client
        # A version never changes, nor does what it changed.
        self._changed = lru_cache(_REMEMBERED)(self._uncached_change)

    def page(self, since: Position | None, length: int) -> Page:
        """A part of the feed.

        Args:
            since: where it begins.
            length: the most entries that it may have.

        Raises:
            Problem: store-unavailable and its like.
        """
        rows = self._rows(_EVENTS % (_after(since), length + 1))
        entries = tuple(self._entry({k: v["value"] for k, v in r.items()}) for r in rows[:length])
        following = entries[-1].position if len(rows) > length else None
        return Page(since, entries, following)

    def _rows(self, query: str) -> list[dict[str, Any]]:
        graphs = self._sources()
        while graphs:
            reply = self._client.query(
                query, RESULTS_AS_JSON, default_graphs=graphs, named_graphs=graphs
            )
            asked, graphs = graphs, self._sources()
            if asked == graphs:
                rows: list[dict[str, Any]] = json.loads(reply.body)["results"]["bindings"]
                return rows
            # What began meanwhile may stand before what was found, and who follows never looks back.
        # No dataset at all would be all that the store has.
        return []

    def _sources(self) -> list[str]:
        return [g for g in self._publisher.graphs() if kind_of(g) in _SOURCES]

    def _entry(self, row: dict[str, Any]) -> Entry:
        activity = str(row["activity"])
        words = activity.removeprefix(BASE).split("/")
        name = GraphName(words[1], words[2])
        position = Position(Position.read(row["moment"]).moment, activity.removeprefix(BASE))
        number = int(row["number"])
        if row["kind"] == "received":
            return Entry(
                Kind.RECEIVED,
                position,
                name,
                number,
                copy_of(name),
                partner=int(row["version"]) if "version" in row else None,
                verified="key" in row,
                added=int(row["added"]),
                removed=int(row["removed"]),
            )
        if row["kind"] == "withdrawn":
            return Entry(Kind.WITHDRAWN, position, name, number, row["thing"])
        before = row.get("before")
        kind = Kind.CHANGED if before else Kind.PUBLISHED
        entry = Entry(kind, position, name, number, row["thing"], before)
        return self._changed(entry)

    def _uncached_change(self, entry: Entry) -> Entry:
        """A version with what it changed."""
        before = int(entry.previous.rsplit("/", 1)[1]) if entry.previous else None
        counts = self._difference(entry.name, before, entry.number)
        now = self._failures(entry.name, entry.number)
        then = self._failures(entry.name, before) if before is not None else frozenset()
        if counts is not None:
            entry = replace(entry, added=counts.added, removed=counts.removed)
        if now is None or then is None:
            return entry
        return replace(
            entry, introduced=tuple(sorted(now - then)), resolved=tuple(sorted(then - now))
        )

    def _difference(self, name: GraphName, before: int | None, after: int) -> Difference | None:
        new = self._publisher.version(name, after, own=False)
        old = b"" if before is None else self._publisher.version(name, before, own=False)
        if new is None or old is None:
            return None
        return difference(parse_triples(old), parse_triples(new))

    def _failures(self, name: GraphName, number: int) -> frozenset[Failure] | None:
        report = self._publisher.report(name, number, own=False)
        if report is None:
            return None
        return frozenset(
            Failure(row["id"], row["authority"], row.get("subjectName") or "")
            for row in json.loads(report)["rules"]
            if row["outcome"] == _FAILED
        )


def _after(since: Position | None) -> str:
    """A condition on what comes after a position; both its parts hold no quotes (`Position.read`)."""
    if since is None:
        return "true"
    # As times and not as texts, since a store writes a time in its own way.
    moment = f'"{since.moment}"^^<{XSD.dateTime.value}>'
    return f'?moment > {moment} || (?moment = {moment} && STR(?activity) > "{BASE}{since.path}")'
