"""The public's view of everything that is published, drawn again when something else decides it.

Owns: whether the view in the store is that of the setting and of this installation, and making it so.
Must not: change what a council sees of its own graphs.

The store notes the tier for which its public graphs were made, and a fingerprint of what else decided
them. While it is not what decides now, nothing that is published is shown to anybody: what should be
hidden may still be in them. The service's loader draws them again, graph by graph; interrupted, it
begins again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

from dutygraph.pipeline import Pipeline
from dutygraph.publishing.names import GRAPHS, GraphKind, GraphName, kind_of
from dutygraph.publishing.preparing import View, views_of, whose
from dutygraph.publishing.public_view import fingerprint
from dutygraph.publishing.publisher import Publisher
from dutygraph.store.client import StoreClient
from dutygraph.store.opening import GraphStore
from dutygraph.store.writing import as_statements
from dutygraph.terms import BASE, CODE, DG, Namespace
from dutygraph.triples import Literal, NamedNode, RdfFormat, Triple, parse_quads, parse_triples

__all__ = ["is_drawn", "redraw"]

_NOTE = BASE + "id/graph/public-tier"
_SCHEMA = Namespace("https://schema.org/")


def is_drawn(client: StoreClient, tier: str) -> bool:
    """Whether what the public sees was made for a tier, by what decides it in this installation.

    Raises:
        Problem: store-unavailable and its like.
    """
    body = client.read_graph(_NOTE)
    return {q.triple for q in parse_quads(body or b"", RdfFormat.N_TRIPLES)} == _note(tier)


def redraw(
    store: GraphStore,
    tier: str,
    pipeline: Callable[[], Pipeline],
    step: Callable[[str], None] = lambda what: None,
) -> int:
    """Make what the public sees that of a tier.

    Args:
        store: where.
        tier: the last part of its code.
        pipeline: makes what assesses; only called where something has to be assessed.
        step: called before each graph.

    Returns:
        How many graphs have another public view now.

    Raises:
        Problem: busy, store-unavailable and its like.
    """
    if is_drawn(store.client, tier):
        return 0
    names = [_name(graph) for graph in store.graphs() if kind_of(graph) is GraphKind.HISTORY]
    publisher = Publisher(store)
    assessing = pipeline() if names else None
    changed = 0
    for name in names:
        assert assessing is not None
        step(f"Drawing {name.published}")
        changed += _redraw(publisher, name, tier, assessing)
    with store.writer.writing() as writing:
        writing.put(_NOTE, as_statements(_note(tier)))
    return changed


def _redraw(publisher: Publisher, name: GraphName, tier: str, pipeline: Pipeline) -> int:
    history = publisher.history(name)
    assert history is not None
    changed = 0
    for event in history.events():
        if event.version is None:
            continue
        now = _whole(publisher, name, event.number)
        public = publisher.version(name, event.number, own=False)
        drawn = views_of(
            parse_triples(now.statements),
            tier,
            pipeline,
            now,
            (whose(name, pipeline),),
            date.fromisoformat(json.loads(now.report)["asAt"]),
        )
        if drawn.public.statements != public:
            publisher.show(name, event.number, drawn)
            changed += 1
    return int(changed > 0)


def _whole(publisher: Publisher, name: GraphName, number: int) -> View:
    """A version as its council sees it, with the report that was made of it."""
    statements = publisher.version(name, number, own=True)
    report = publisher.report(name, number, own=True)
    assert statements is not None and report is not None
    return View(statements, report, json.loads(report)["data"]["hash"])


def _name(history: str) -> GraphName:
    authority, name, _ = history.removeprefix(GRAPHS).split("/")
    return GraphName(authority, name)


def _note(tier: str) -> set[Triple]:
    node = NamedNode(_NOTE)
    return {
        Triple(node, DG.tier, CODE[tier]),
        Triple(node, _SCHEMA.sha256, Literal(fingerprint())),
    }
