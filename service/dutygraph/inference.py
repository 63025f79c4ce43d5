"""Facts that follow from other facts on a day: the few, named entailments of the rulebook.

Owns: running them to a fixed point and tying each conclusion to the nodes of its premises. What the
entailments are is said by the rulebook. There is no domain or range entailment: it would hide faults.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dutygraph.dates import Certainty
from dutygraph.state import NodeRecord, State
from dutygraph.terms import RDF
from dutygraph.triples import Graph, Term, Triple

_MAX_ROUNDS = 10


@dataclass(frozen=True)
class Entailment:
    """One named step.

    Args:
        iri: its permanent identifier.
        where: a SPARQL pattern over the state.
        conclusion: a SPARQL template of the triples that follow.
        premises: variables of the pattern that stand for the nodes on which a conclusion rests.
        presumption: whether a contrary statement defeats it.
    """

    iri: Term
    where: str
    conclusion: str
    premises: tuple[str, ...]
    presumption: bool


def infer(
    state: State, entailments: Iterable[Entailment], prefixes: str, background: Iterable[Triple]
) -> State:
    """Add to a state what follows from it, first from the certain facts, then from the possible ones.

    Args:
        state: the state on a day; it is not changed.
        entailments: in the order in which they run.
        prefixes: the PREFIX lines of the rulebook.
        background: codes and parameters that premises may mention.

    Returns:
        A new state.
    """
    grown = State(
        state.day,
        state.described,
        set(state.certain),
        set(state.full),
        dict(state.index),
        dict(state.nodes),
    )
    steps = tuple(entailments)
    background = tuple(background)
    _close(grown, grown.certain, Certainty.CERTAIN, steps, prefixes, background)
    if grown.full != grown.certain:
        _close(grown, grown.full, Certainty.POSSIBLE, steps, prefixes, background)
    return grown


def _close(
    state: State,
    facts: set[Triple],
    certainty: Certainty,
    steps: tuple[Entailment, ...],
    prefixes: str,
    background: tuple[Triple, ...],
) -> None:
    graph = Graph([*facts, *background])
    for _ in range(_MAX_ROUNDS):
        before = len(graph)
        for step in steps:
            for triple, premises in _conclusions(graph, step, prefixes):
                if triple in graph and triple in state.full:
                    continue
                graph.add(triple)
                nodes = frozenset().union(*(_nodes_of(state, p) for p in premises))
                state.add(triple, certainty, nodes)
                _record(state, triple, step, certainty, nodes)
        if len(graph) == before:
            return


def _conclusions(
    graph: Graph, step: Entailment, prefixes: str
) -> Iterable[tuple[Triple, list[Term]]]:
    for row in graph.select(f"{prefixes}SELECT DISTINCT * WHERE {{ {step.where} }}"):
        premises = [row[name] for name in step.premises if name in row]
        template = f"{prefixes}CONSTRUCT {{ {step.conclusion} }} WHERE {{ {step.where} }}"
        for triple in graph.construct(template, row):
            yield triple, premises


def _nodes_of(state: State, premise: Term) -> frozenset[Term]:
    """A premise that is itself inferred stands for the nodes that it was inferred from."""
    derived = state.index.get(Triple(premise, RDF.type, _INFERRED))
    return derived if derived else frozenset([premise])


def _record(
    state: State, triple: Triple, step: Entailment, certainty: Certainty, nodes: frozenset[Term]
) -> None:
    """Keep, for a node that an entailment makes, where it came from and that it is inferred."""
    if triple.subject in state.nodes:
        known = state.nodes[triple.subject]
        if known.standing == "inferred" and certainty > known.certainty:
            state.nodes[triple.subject] = replace(known, certainty=certainty)
        return
    sources = sorted({s for n in nodes if n in state.nodes for s in state.nodes[n].sources})
    state.nodes[triple.subject] = NodeRecord(
        tuple(sources), certainty, None, None, "relation", "inferred"
    )
    state.index[Triple(triple.subject, RDF.type, _INFERRED)] = nodes


_INFERRED = RDF.nil
"""A marker that no description can use as a class: it ties a node that was made to its premises."""
