"""Files into graphs, and graphs into files: what `dutygraph load` and `dump` do.

Owns: which graph a statement of a file goes to. Must not: write a graph that the installation keeps
up to date itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from dutygraph.errors import Problem
from dutygraph.parsing import Limits, parse
from dutygraph.publishing.names import is_reserved, readable
from dutygraph.rooms import room
from dutygraph.store.backup import as_quads
from dutygraph.store.loading import LOADED, UNION, names_of_the_installation
from dutygraph.store.opening import GraphStore
from dutygraph.terms import CONTEXT_IRI
from dutygraph.triples import NamedNode, Quad, Triple

__all__ = ["LOAD_LIMITS", "dumped", "load", "read_for_graph"]

# An operator's own files: bounded by what a machine can hold, not by what a stranger may send.
LOAD_LIMITS = Limits(
    bytes=1 << 30, statements=20_000_000, literal_characters=1 << 24, expanded_characters=1 << 33
)


def read_for_graph(data: bytes, media_type: str, graph: str | None) -> dict[str, set[Triple]]:
    """What a file says, by the graph that it goes to.

    Args:
        data: the file.
        media_type: its RDF media type.
        graph: where its statements go; None where the file names its graphs itself.

    Raises:
        Problem: as `parsing.parse` says; `bad-value`, where a statement has two graphs, or none.
    """
    found: dict[str, set[Triple]] = {}
    context = json.loads((room("ontology") / "context.jsonld").read_bytes())
    contexts = {CONTEXT_IRI: context}
    for quad in parse(data, media_type, limits=LOAD_LIMITS, contexts=contexts).quads:
        found.setdefault(_graph_of(quad, graph), set()).add(quad.triple)
    return found


def _graph_of(quad: Quad, graph: str | None) -> str:
    own = quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else None
    if own is not None and graph is not None:
        raise Problem(
            "bad-value",
            f"The file names a graph itself, <{own}>. Leave out --graph to keep its graphs.",
        )
    if own is None and graph is None:
        raise Problem(
            "bad-value",
            "A statement of the file is in no graph that has an IRI. Say with --graph IRI where it "
            "goes.",
        )
    return own or graph or ""


def load(
    store: GraphStore, graphs: Sequence[tuple[str, Iterable[Triple]]], step: Callable[[str], None]
) -> dict[str, bool]:
    """Replace graphs.

    Args:
        store: where.
        graphs: the name of each, with all that it shall hold.
        step: called before each.

    Returns:
        For each graph whether it was there before.

    Raises:
        Problem: `graph-refused`, where the installation keeps a graph up to date itself, and then
            nothing is written; as `GraphWriter.put` says.
    """
    own = {UNION, LOADED} | names_of_the_installation(store.client)
    for name, _ in graphs:
        if is_reserved(name):
            raise Problem(
                "graph-refused",
                f"The graph <{name}> is a council's, which writes it with its token, so that its "
                "history says who did. Name another one.",
            )
        if name in own:
            raise Problem(
                "graph-refused",
                f"The graph <{name}> comes from the installation, which keeps it up to date. Name "
                "another one, or change the file that it comes from.",
            )
    before = {}
    for name, triples in graphs:
        step(f"Loading {name}")
        before[name] = store.writer.get(name) is not None
        store.writer.put(name, triples)
    return before


def dumped(
    store: GraphStore,
    graphs: Sequence[str],
    step: Callable[[str], None],
    public: bool = False,
) -> Iterator[bytes]:
    """Graphs as N-Quads, one after the other.

    Args:
        store: whose.
        graphs: their names; where there are none, every graph but the two that only say again what
            others say.
        step: called before each.
        public: leave out what is not for everybody.

    Raises:
        Problem: `unknown-graph`; `store-unavailable` and its like.
    """
    kept_here = [n for n in store.graphs() if n not in (UNION, LOADED)]
    names = list(graphs) or kept_here
    if public:
        for_all = names_of_the_installation(store.client) | readable([*kept_here, *graphs], None)
        for name in graphs:
            if name not in for_all:
                raise Problem(
                    "unknown-graph",
                    f"There is no graph <{name}> that is for everybody. Leave out --public to have "
                    "what is not.",
                )
        names = [name for name in names if name in for_all]
    for name in names:
        step(f"Reading {name}")
        kept = store.writer.get(name)
        if kept is None and graphs:
            raise Problem(
                "unknown-graph",
                f"There is no graph <{name}> in the store. `dutygraph dump` without --graph "
                "writes them all.",
            )
        yield as_quads(name, kept.statements if kept else b"")
