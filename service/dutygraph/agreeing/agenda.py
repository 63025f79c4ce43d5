"""What is compared: the kinds of arrangement between councils, and the aspects of each.

Owns: reading `data/agreement/` as values. Must not know a kind, an aspect or a rule.
"""

from __future__ import annotations

from dataclasses import dataclass

from dutygraph.entries import SettlingList
from dutygraph.rulebook import Rulebook
from dutygraph.terms import CODE, DCT, DG, SKOS
from dutygraph.triples import Graph, NamedNode, Term, local_name

__all__ = ["Agenda", "Aspect", "Matter"]


@dataclass(frozen=True)
class Matter:
    """A kind of arrangement.

    Args:
        pattern: binds ?subject and ?party.
        likeness_pattern: binds ?likeness for ?subject; may be empty.
        rules: the ids of the rules that bear on it and need every side.
    """

    iri: Term
    title: str
    description: str
    rank: int
    pattern: str
    likeness_pattern: str
    rules: frozenset[str]


@dataclass(frozen=True)
class Aspect:
    """A question about arrangements of some kinds.

    Args:
        pattern: binds ?node and ?value for ?subject, and ?key and ?further where they occur in it.
        compared_as: the local name of a way of comparing.
        settled_by: lists whose completeness or denial contradicts an answer.
        denies_value: whether denying the answer itself contradicts it.
        is_statement: whether the statement that gives an answer is there for it alone.
        remedy: what to do about a conflict, with places.
    """

    iri: Term
    title: str
    rank: int
    matters: frozenset[Term]
    pattern: str
    compared_as: str
    settled_by: tuple[SettlingList, ...]
    denies_value: bool
    is_statement: bool
    remedy: str


@dataclass(frozen=True)
class Agenda:
    """Everything that is compared.

    Args:
        matters, aspects: by rank.
        outcomes: those of a point, the gravest first.
        names: what outcomes and states of agreement are called, with their definitions.
        correspondences: the properties by which two identifiers are said to be of one thing.
        prefixes: for the patterns.
    """

    matters: tuple[Matter, ...]
    aspects: tuple[Aspect, ...]
    outcomes: tuple[str, ...]
    names: dict[str, tuple[str, str]]
    correspondences: frozenset[Term]
    prefixes: str

    @classmethod
    def of(cls, rulebook: Rulebook) -> Agenda:
        """What a rulebook says is to be compared."""
        graph = rulebook.graph
        matters = (_matter(graph, iri) for iri in graph.instances(DG.JointMatter))
        aspects = (_aspect(graph, iri) for iri in graph.instances(DG.ComparedAspect))
        schemes = [_scheme(graph, name) for name in ("point-of-agreement", "state-of-agreement")]
        return cls(
            matters=tuple(sorted(matters, key=lambda m: (m.rank, str(m.iri)))),
            aspects=tuple(sorted(aspects, key=lambda a: (a.rank, str(a.iri)))),
            outcomes=tuple(schemes[0]),
            names=schemes[0] | schemes[1],
            correspondences=frozenset(
                t.subject for t in graph.match(None, DG.statesCorrespondence)
            ),
            prefixes=rulebook.prefixes,
        )

    def aspects_of(self, matter: Matter) -> tuple[Aspect, ...]:
        """The aspects of a kind of arrangement, in the order in which they are read."""
        return tuple(a for a in self.aspects if matter.iri in a.matters)

    def worst(self, outcomes: list[str]) -> str:
        """The gravest of some outcomes."""
        return min(outcomes, key=self.outcomes.index)


def _scheme(graph: Graph, name: str) -> dict[str, tuple[str, str]]:
    """The codes of a list by rank, each with its label and definition."""
    codes = graph.subjects(SKOS.inScheme, CODE[name])
    codes.sort(key=lambda code: int(graph.text(code, DG.rank)))
    return {
        local_name(str(c.value)): (
            graph.text(c, SKOS.prefLabel),
            graph.text(c, SKOS.definition),
        )
        for c in codes
    }


def _matter(graph: Graph, iri: Term) -> Matter:
    return Matter(
        iri=iri,
        title=graph.text(iri, DCT.title),
        description=graph.text(iri, DCT.description),
        rank=int(graph.text(iri, DG.rank)),
        pattern=graph.text(iri, DG.pattern),
        likeness_pattern=graph.text(iri, DG.likenessPattern),
        rules=frozenset(local_name(str(r.value)) for r in graph.objects(iri, DG.decidedJointly)),
    )


def _aspect(graph: Graph, iri: Term) -> Aspect:
    way = graph.value(iri, DG.comparedAs)
    assert way is not None
    return Aspect(
        iri=iri,
        title=graph.text(iri, DCT.title),
        rank=int(graph.text(iri, DG.rank)),
        matters=frozenset(graph.objects(iri, DG.aspectOf)),
        pattern=graph.text(iri, DG.pattern),
        compared_as=local_name(str(way.value)),
        settled_by=tuple(_list(graph, node) for node in graph.objects(iri, DG.settledBy)),
        denies_value=graph.text(iri, DG.denialOfValue) == "true",
        is_statement=graph.text(iri, DG.answerIsStatement) == "true",
        remedy=graph.text(iri, DG.conflictRemedy),
    )


def _list(graph: Graph, node: Term) -> SettlingList:
    listed = graph.value(node, DG.listedProperty)
    assert isinstance(listed, NamedNode)
    return SettlingList(
        listed, graph.text(node, DG.ownerQuery), tuple(graph.objects(node, DG.deniable))
    )
