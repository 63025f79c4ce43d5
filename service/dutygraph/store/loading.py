"""`python -m dutygraph.store.loading`: what the installation knows, brought into the store.

Owns: which graphs come from the installation and whether they are up to date. Must not: touch a
graph that somebody else has put there.

Beside the graphs of `dutygraph.dataset`, the store gets two more:

| graph | what it holds |
| --- | --- |
| `id/graph/union` | every statement of them all and of what councils publish, once: a query's default graph |
| `id/graph/loaded` | which they are, with the SHA-256 of each |

While they change, `is_loaded` is not true, and a reader may see a graph that is empty for a moment.
The union is made by the server, of the graphs as it holds them, so that an unnamed node is the same
in both; somebody else's server gets it as a graph like the others.
A server that makes the union itself for each query counts a statement twice that stands in two
graphs, and takes some fifty times as long.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator

from dutygraph import __version__
from dutygraph.dataset import data_files, named_contents
from dutygraph.errors import Problem
from dutygraph.private_log import start_log
from dutygraph.publishing.names import in_union
from dutygraph.settings import Settings
from dutygraph.store.client import StoreClient
from dutygraph.store.opening import GraphStore, store_of
from dutygraph.store.writing import KeptGraph, Writing, as_statements
from dutygraph.terms import BASE, Namespace
from dutygraph.triples import (
    BlankNode,
    Graph,
    Literal,
    NamedNode,
    RdfFormat,
    Term,
    Triple,
    parse_quads,
)

__all__ = ["LOADED", "UNION", "is_loaded", "load_installation", "main", "names_of_the_installation"]

UNION = BASE + "id/graph/union"
LOADED = BASE + "id/graph/loaded"
_SCHEMA = Namespace("https://schema.org/")
_WAIT_SECONDS = 120.0
_PAUSE_SECONDS = 2.0
_PASSING = ("busy", "query-too-long", "store-failed", "store-unavailable")
_LOG = logging.getLogger("dutygraph.store")


def main() -> int:
    """Load the store of the settings, when it answers, and again where it stops to in between.

    It gives up when the service that started it has gone.

    Returns:
        0; 1 where it could not be loaded, after saying why.
    """
    # What is published is drawn by what assesses, which nobody else here needs.
    from dutygraph.pipeline import Pipeline
    from dutygraph.publishing.redrawing import redraw

    start_log()
    _LOG.setLevel(logging.INFO)
    parent = os.getppid()
    while True:
        try:
            settings = Settings.from_environment()
            store = store_of(settings)
            if store is None:
                return 0
            store.wait(_WAIT_SECONDS)
            changed = load_installation(store)
            if changed:
                _LOG.info("The store has been loaded: %s graphs were new or had changed.", changed)
            drawn = redraw(store, settings.public_tier, Pipeline.load)
            if drawn:
                _LOG.info("What the public sees was drawn anew: %s graphs are others now.", drawn)
            return 0
        except Problem as problem:
            _LOG.error("The store could not be loaded. %s", problem.detail)
            if problem.slug not in _PASSING:
                return 1
        # A server that was ended is started again, and nobody else loads it then.
        time.sleep(_PAUSE_SECONDS)
        if os.getppid() != parent:
            return 1


def is_loaded(client: StoreClient) -> bool:
    """Whether the store holds what this installation knows, as it is now.

    Raises:
        Problem: `store-unavailable` and its like.
    """
    return _fingerprint() == _noted(client).get(LOADED)


def names_of_the_installation(client: StoreClient) -> set[str]:
    """The graphs that are kept up to date here.

    Raises:
        Problem: `store-unavailable` and its like.
    """
    return set(_noted(client))


def load_installation(store: GraphStore, step: Callable[[str], None] = lambda what: None) -> int:
    """Bring every graph of the installation up to date, and remove those that it has no more.

    It may be interrupted at any moment and is then done again.

    Args:
        store: where to.
        step: called before each graph with what is done.

    Returns:
        How many graphs were new or had changed.

    Raises:
        Problem: `busy`, `store-unavailable` and its like.
    """
    with store.writer.writing() as writing:
        noted = _noted(store.client)
        now = _fingerprint()
        if noted.get(LOADED) == now:
            return 0
        step("Reading what the installation knows")
        graphs = _graphs()
        hashes = {name: hashlib.sha256(text).hexdigest() for name, text in graphs.items()}
        changed = [n for n in graphs if n != UNION and noted.get(n) != hashes[n]]
        if changed or noted.get(UNION) != hashes[UNION]:
            # Always with them: a graph that is sent again has other unnamed nodes.
            changed.append(UNION)
        # Whoever comes after an interruption, with whatever files, finds no note of what is no more.
        _note(writing, {n: h if hashes.get(n) == h else "" for n, h in noted.items()})
        published = [name for name in store.graphs() if in_union(name)]
        parts = [*(name for name in graphs if name != UNION), *published]
        for name in changed:
            step(f"Loading {name}")
            # The union is made of what the store holds by then.
            if name != UNION:
                writing.put_unsafely(name, graphs[name])
            elif not writing.unite_unsafely(UNION, parts):
                kept = (writing.get(name) for name in published)
                writing.put_unsafely(UNION, b"".join((graphs[UNION], *_all(kept))))
        for name in noted.keys() - hashes.keys() - {LOADED}:
            step(f"Removing {name}")
            writing.delete_unsafely(name)
        _note(writing, hashes | {LOADED: now})
        return len(changed)


def _all(kept: Iterable[KeptGraph | None]) -> Iterator[bytes]:
    return (graph.statements for graph in kept if graph)


def _graphs() -> dict[str, bytes]:
    """The statements of each graph, and of their union."""
    found: dict[str, set[Triple]] = {}
    for name, triples in named_contents():
        graph = found.setdefault(name.value, set())
        graph.update(_with_names(triples, f"{name.value} {len(graph)}"))
    union = {triple for triples in found.values() for triple in triples}
    return {name: as_statements(triples) for name, triples in (*found.items(), (UNION, union))}


def _with_names(triples: list[Triple], file: str) -> Iterator[Triple]:
    """The triples of one file, whose blank nodes are called by it and by their order in it.

    The parser gives them new names at each reading, and no graph would ever be as it was.
    """
    names: dict[BlankNode, BlankNode] = {}
    prefix = hashlib.sha256(file.encode()).hexdigest()[:16]

    def named(term: Term) -> Term:
        if not isinstance(term, BlankNode):
            return term
        return names.setdefault(term, BlankNode(f"b{prefix}{len(names)}"))

    for triple in triples:
        yield Triple(named(triple.subject), triple.predicate, named(triple.object))


def _fingerprint() -> str:
    """A hash of all files that are loaded, and of the version that names their graphs."""
    digest = hashlib.sha256(__version__.encode())
    for path in data_files():
        content = path.read_bytes()
        digest.update(f"\0{path.parent.name}/{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _noted(client: StoreClient) -> dict[str, str]:
    """The hash of each graph that was loaded, and of all files under the name of `LOADED`."""
    body = client.read_graph(LOADED)
    quads = parse_quads(body or b"", RdfFormat.N_TRIPLES)
    return {
        str(t.subject.value): str(t.object.value)
        for t in Graph(q.triple for q in quads).match(None, _SCHEMA.sha256)
    }


def _note(writing: Writing, hashes: dict[str, str]) -> None:
    # The graphs themselves have to be on the disk before it is said that they are.
    writing.sync()
    triples = (Triple(NamedNode(n), _SCHEMA.sha256, Literal(h)) for n, h in hashes.items())
    writing.put_unsafely(LOADED, as_statements(triples))
    writing.sync()


if __name__ == "__main__":
    sys.exit(main())
