"""Commitments held beside a structure: what shows that each is kept or broken.

Owns: running the tests that `data/comparison/commitments.ttl` defines. Must not know a commitment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dutygraph.evidence import Fact
from dutygraph.outcomes import Assessment
from dutygraph.rulebook import Rulebook
from dutygraph.terms import DCT, DG, SKOS
from dutygraph.triples import Graph, NamedNode, Term

__all__ = ["Commitment", "Kept", "commitments_in", "kept_by"]


@dataclass(frozen=True)
class Commitment:
    """What some parties undertake, as a source has it."""

    iri: Term
    kind: NamedNode
    kind_label: str
    gist: str
    parties: tuple[Term, ...]
    duration: Term | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """How a commitment stands in one structure: passed where it is kept, failed where it is broken."""

    outcome: str
    facts: tuple[Fact, ...]
    tests: tuple[str, ...]


def commitments_in(
    graphs: Iterable[Graph], parties: Iterable[Term], rulebook: Rulebook
) -> list[Commitment]:
    """The commitments that graphs hold and that somebody of these parties undertakes.

    Args:
        graphs: the documents of this installation and what was submitted.
        parties: the authorities that are described.
    """
    wanted = set(parties)
    found: dict[Term, Commitment] = {}
    for graph in graphs:
        for node in graph.instances(DG.Commitment):
            those = tuple(graph.objects(node, DG.party))
            kind = graph.value(node, DG.commitmentKind)
            if not wanted & set(those) or not isinstance(kind, NamedNode):
                continue
            found[node] = Commitment(
                iri=node,
                kind=kind,
                kind_label=rulebook.graph.text(kind, SKOS.prefLabel),
                gist=graph.text(node, DG.gist),
                parties=those,
                duration=graph.value(node, DG.duration),
                sources=tuple(str(s.value) for s in graph.objects(node, DCT.source)),
            )
    return sorted(found.values(), key=lambda c: str(c.iri))


def kept_by(commitment: Commitment, assessment: Assessment, rulebook: Rulebook) -> Kept:
    """How a commitment stands in a structure: one broken side counts, and every party has to keep it."""
    parties = [p for p in assessment.description.authorities if p in commitment.parties]
    broken: set[Fact] = set()
    kept: set[Fact] = set()
    tests: list[str] = []
    for test in _tests_of(commitment, rulebook):
        title = rulebook.graph.text(test, DCT.title)
        ways = [
            _facts(test, DG.brokenPattern, commitment, p, assessment, rulebook) for p in parties
        ]
        if any(ways):
            broken |= {f for way in ways for f in way}
            tests.append(title)
        ways = [_facts(test, DG.keptPattern, commitment, p, assessment, rulebook) for p in parties]
        if ways and all(ways):
            kept |= {f for way in ways for f in way}
            tests.append(title)
    outcome = "failed" if broken else "passed" if kept else "cantTell"
    return Kept(outcome, tuple(sorted(broken or kept)), tuple(dict.fromkeys(tests)))


def _tests_of(commitment: Commitment, rulebook: Rulebook) -> list[Term]:
    """The tests for its kind, and those for any kind."""
    graph = rulebook.graph
    return [
        test
        for test in graph.instances(DG.CommitmentTest)
        if commitment.kind in (kinds := graph.objects(test, DG.testsCommitment)) or not kinds
    ]


def _facts(
    test: Term,
    pattern: NamedNode,
    commitment: Commitment,
    party: Term,
    assessment: Assessment,
    rulebook: Rulebook,
) -> set[Fact]:
    asked = rulebook.graph.text(test, pattern)
    if not asked:
        return set()
    bindings = {"party": party, "kind": commitment.kind}
    if commitment.duration is not None:
        bindings["duration"] = commitment.duration
    bound = {name: term for name, term in bindings.items() if f"?{name}" in asked}
    # A variable that is replaced has to be among those that are asked for.
    wanted = " ".join(f"?{name}" for name in ("node", *bound))
    query = f"{rulebook.prefixes} SELECT DISTINCT {wanted} WHERE {{ {asked} }}"
    rows = assessment.facts.graph.select(query, bound)
    return {assessment.facts.of_anything(row["node"]) for row in rows}
