"""Facts that follow from other facts on a day: the few, named entailments of the rulebook.

Owns: running them to a fixed point and tying each conclusion to the nodes of its premises. What the
entailments are is said by the rulebook. There is no domain or range entailment: it would hide faults.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dutygraph.dates import Certainty
from dutygraph.state import NodeRecord, State
from dutygraph.terms import DG, RDF
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
    """

    iri: Term
    where: str
    conclusion: str
    premises: tuple[str, ...]


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
    known = {*facts, *background}
    graph = Graph(known)
    for _ in range(_MAX_ROUNDS):
        before = len(known)
        for step in steps:
            found = _conclusions(graph, step, prefixes)
            new = {t for triples, _ in found for t in triples} - known
            for triples, premises in found:
                nodes = _made(state, triples, certainty, premises) or frozenset(premises)
                for triple in triples:
                    # Every way in which a fact follows adds its premises, so that two runs agree.
                    state.add(triple, certainty, nodes)
            if new:
                graph.update(new)
                known |= new
        if len(known) == before:
            return


def _conclusions(
    graph: Graph, step: Entailment, prefixes: str
) -> list[tuple[list[Triple], list[Term]]]:
    template = f"{prefixes}CONSTRUCT {{ {step.conclusion} }} WHERE {{ {step.where} }}"
    rows = graph.select(f"{prefixes}SELECT DISTINCT * WHERE {{ {step.where} }}")
    return [
        (graph.construct(template, row), [row[n] for n in step.premises if n in row])
        for row in rows
    ]


def _made(
    state: State, triples: list[Triple], certainty: Certainty, premises: list[Term]
) -> frozenset[Term]:
    """The nodes that a step makes, on record as inferred with the paragraphs of its premises.

    A presumption makes a node and types it as dated; what follows from it stands on that node.
    """
    found = set()
    dated = {t.subject for t in triples if t.predicate == RDF.type and t.object == DG.DatedRelation}
    for node in dated:
        known = state.nodes.get(node)
        if known is None:
            sources = {s for p in premises if p in state.nodes for s in state.nodes[p].sources}
            record = NodeRecord(
                tuple(sorted(sources)), certainty, None, None, "relation", "inferred"
            )
            state.nodes[node] = record
            found.add(node)
        elif known.standing == "inferred":
            state.nodes[node] = replace(known, certainty=max(known.certainty, certainty))
            found.add(node)
    return frozenset(found)
