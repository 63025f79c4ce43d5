"""The public's view of everything that is published, drawn again when something else decides it.

Owns: whether the view in the store is that of the setting and of this installation, and making it so.
Must not: change what a council sees of its own graphs.

The store notes the tier for which its public graphs were made, and a fingerprint of what else decided
them. While it is not what decides now, nothing that is published is shown to anybody: what should be
hidden may still be in them. The service's loader draws them again, graph by graph; interrupted, it
begins again. A version that cannot be drawn is hidden and the others are shown; each start tries again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from datetime import date

from dutygraph.errors import Problem
from dutygraph.pipeline import Pipeline
from dutygraph.publishing.names import GRAPHS, GraphKind, GraphName, kind_of
from dutygraph.publishing.preparing import View, views_of, whose
from dutygraph.publishing.public_view import fingerprint, require_tier
from dutygraph.publishing.publisher import Publisher
from dutygraph.store.client import StoreClient
from dutygraph.store.opening import GraphStore
from dutygraph.store.writing import as_statements
from dutygraph.terms import BASE, CODE, DG, Namespace
from dutygraph.triples import Literal, NamedNode, RdfFormat, Triple, parse_quads, parse_triples

__all__ = ["is_drawn", "redraw"]

_NOTE = BASE + "id/graph/public-tier"
_SCHEMA = Namespace("https://schema.org/")
_LOG = logging.getLogger("dutygraph.publishing")


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
        Problem: bad-parameter for a tier that there is not; busy, store-unavailable and its like.
    """
    publisher = Publisher(store)
    graphs = store.graphs()
    names = {_name(graph) for graph in graphs if kind_of(graph) is GraphKind.HISTORY}
    was_drawn = is_drawn(store.client, tier)
    if was_drawn:
        names &= _with_something_hidden(graphs)
    changed = 0
    if names:
        assessing = pipeline()
        require_tier(assessing.rulebook, tier)
        for name in sorted(names):
            step(f"Drawing {name.published}")
            changed += _redraw(publisher, name, tier, assessing)
    if was_drawn:
        return changed
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
        today = date.fromisoformat(json.loads(now.report)["asAt"])
        notes = (whose(name, pipeline),)
        try:
            drawn = views_of(parse_triples(now.statements), tier, pipeline, now, notes, today)
        except Problem as problem:
            # Its detail may name whom it must not.
            _LOG.error(
                "%s is shown to nobody but its council: what the public sees of it cannot be drawn "
                "(%s). The next start tries again; so does its council by publishing anew.",
                name.version(event.number),
                problem.slug,
            )
            if public is not None:
                publisher.hide(name, event.number, now)
                changed += 1
            continue
        if drawn.public.statements != public:
            publisher.show(name, event.number, drawn)
            changed += 1
    return int(changed > 0)


def _with_something_hidden(graphs: Iterable[str]) -> set[GraphName]:
    """The graphs of which there is a version that its council alone can see."""
    there = set(graphs)
    return {
        _name(graph)
        for graph in there
        if kind_of(graph) is GraphKind.OF_OWN_VERSION
        and graph.replace("/own/versions/", "/versions/") not in there
    }


def _whole(publisher: Publisher, name: GraphName, number: int) -> View:
    """A version as its council sees it, with the report that was made of it."""
    statements = publisher.version(name, number, own=True)
    report = publisher.report(name, number, own=True)
    assert statements is not None and report is not None
    return View(statements, report, json.loads(report)["data"]["hash"])


def _name(graph: str) -> GraphName:
    authority, name, *_ = graph.removeprefix(GRAPHS).split("/")
    return GraphName(authority, name)


def _note(tier: str) -> set[Triple]:
    node = NamedNode(_NOTE)
    return {
        Triple(node, DG.tier, CODE[tier]),
        Triple(node, _SCHEMA.sha256, Literal(fingerprint())),
    }
