"""A description: one structure, the authorities that it describes and the day for which it speaks.

Owns: finding the structure in parsed quads and giving unnamed nodes a stable name.
Must not judge any fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date

from dutygraph.canonical_form import canonical_form, hash_of
from dutygraph.dates import Span, expand
from dutygraph.errors import Problem
from dutygraph.terms import DG, RDF
from dutygraph.triples import (
    BlankNode,
    Graph,
    Literal,
    NamedNode,
    Quad,
    Term,
    Triple,
)

UNNAMED = "urn:dutygraph:unnamed:"


@dataclass(frozen=True)
class Accounts:
    """What a description that was put together from several leaves to each of them.

    Args:
        dates: the day that several give for one node and property, from the first to the last.
        speaks_for: the day for which a node is spoken of, where that is not the description's.
        disputed: statements that others contradict, so that they hold possibly and not certainly.
        said_by: what speaks for somebody, each node with the authorities whose word it is.
        structures: the structures out of which an authority was described.
    """

    dates: Mapping[tuple[Term, NamedNode], Span] = field(default_factory=dict)
    speaks_for: Mapping[Term, date] = field(default_factory=dict)
    disputed: frozenset[Triple] = frozenset()
    said_by: Mapping[Term, frozenset[Term]] = field(default_factory=dict)
    structures: Mapping[Term, frozenset[Term]] = field(default_factory=dict)


@dataclass(frozen=True)
class Description:
    """One structure and everything that is said with it.

    Args:
        graph: the statements, unnamed nodes given names under `UNNAMED`.
        structure: the node of the structure.
        authorities: the authorities that it describes, sorted.
        day: the day for which it speaks, or None.
        period: the first day and the first day after, for facts without dates, where it has a period.
        status: its status code, or None.
        notes: what the reader is told about how the description was read.
        accounts: where it was put together from several, what each of them says.
    """

    graph: Graph
    structure: Term
    authorities: tuple[NamedNode, ...]
    day: date | None
    period: tuple[Span | None, Span | None]
    status: Term | None
    notes: tuple[str, ...] = ()
    accounts: Accounts = field(default_factory=Accounts)

    def structures_of(self, authority: Term) -> frozenset[Term]:
        """The structures that speak of an authority: this one, and what it was put together from."""
        return self.accounts.structures.get(authority, frozenset()) | {self.structure}

    def is_word_of(self, node: Term, authorities: Set[Term]) -> bool:
        """Whether what a node says is the word of any of some authorities."""
        sayers = self.accounts.said_by.get(node)
        return sayers is None or not sayers.isdisjoint(authorities)


def describe(quads: Iterable[Quad], notes: tuple[str, ...] = ()) -> Description:
    """Find the one structure of a description.

    Raises:
        Problem: `no-structure`, `several-structures`, `no-authority` or `bad-date`.
    """
    graph = Graph(_name_the_unnamed(quads))
    found = graph.instances(DG.Structure)
    if not found:
        raise Problem(
            "no-structure",
            "Nothing in the description is a dg:Structure. Say which structure it sets out, such as: "
            "<urn:example:structure> a dg:Structure ; dg:describes auth:coventry ; dg:assessmentDay "
            '"2017-01-24"^^xsd:date .',
        )
    if len(found) > 1:
        raise Problem(
            "several-structures",
            f"The description holds {len(found)} structures: {', '.join(str(s.value) for s in found)}. "
            "Put each in a file of its own and validate them one by one, or use `compare` to see them "
            "side by side.",
            extra={"structures": [str(s.value) for s in found]},
        )
    structure = found[0]
    authorities = tuple(
        a for a in graph.objects(structure, DG.describes) if isinstance(a, NamedNode)
    )
    if not authorities:
        raise Problem(
            "no-authority",
            f"The structure {structure.value} describes no authority. Add dg:describes with one, such as "
            "auth:coventry.",
        )
    day = _date(graph, structure, DG.assessmentDay)
    if day and day.earliest != day.latest:
        raise Problem(
            "bad-date",
            f'dg:assessmentDay is "{day.printed}"; it is one day, written as an xsd:date.',
        )
    return Description(
        graph=graph,
        structure=structure,
        authorities=authorities,
        day=day.earliest if day else None,
        period=(_date(graph, structure, DG["from"]), _date(graph, structure, DG.to)),
        status=_status(graph, structure),
        notes=notes,
    )


def _status(graph: Graph, structure: Term) -> Term | None:
    found = graph.objects(structure, DG.status)
    if len(found) > 1:
        raise Problem(
            "bad-value",
            f"The structure {structure.value} has {len(found)} values of dg:status: "
            f"{', '.join(str(f.value) for f in found)}. A structure has one.",
        )
    return found[0] if found else None


def split(quads: Iterable[Quad]) -> list[list[Quad]]:
    """Split a dataset into descriptions: each named graph with a structure is one of its own.

    Statements outside those graphs go with each of them.
    """
    quads = list(quads)
    homes = {
        q.graph_name
        for q in quads
        if q.predicate == RDF.type
        and q.object == DG.Structure
        and isinstance(q.graph_name, NamedNode)
    }
    if len(homes) < 2:
        return [quads]
    shared = [q for q in quads if q.graph_name not in homes]
    return [[q for q in quads if q.graph_name == home] + shared for home in sorted(homes, key=str)]


def _date(graph: Graph, subject: Term, predicate: Term) -> Span | None:
    found = graph.objects(subject, predicate)
    if len(found) > 1:
        raise Problem(
            "bad-date",
            f"{subject.value} has {len(found)} values of {predicate.value}; it takes one.",
        )
    if not found:
        return None
    if not isinstance(found[0], Literal):
        raise Problem("bad-date", f"{predicate.value} of {subject.value} is not a date.")
    return expand(found[0])


def canonical_hash(description: Description) -> str | None:
    """The hash of what is described: the same for the same statements in any syntax and order.

    Returns:
        "sha256:" and the digest of the canonical N-Triples (RDFC-1.0), or None where that form is
        refused, since it might take for ever (SECURITY S26).
    """
    blank: dict[Term, BlankNode] = {}

    def unnamed(term: Term) -> Term:
        if not isinstance(term, NamedNode) or not term.value.startswith(UNNAMED):
            return term
        return blank.setdefault(term, BlankNode(f"b{len(blank)}"))

    triples = [
        Triple(unnamed(t.subject), t.predicate, unnamed(t.object)) for t in description.graph
    ]
    try:
        return hash_of(canonical_form(triples))
    except Problem:
        return None


def _name_the_unnamed(quads: Iterable[Quad]) -> Iterable[Triple]:
    """Replace blank nodes by names in order of appearance, so that both engines see the same nodes."""
    names: dict[BlankNode, NamedNode] = {}

    def named(term: Term) -> Term:
        if not isinstance(term, BlankNode):
            return term
        return names.setdefault(term, NamedNode(f"{UNNAMED}{len(names) + 1}"))

    for quad in quads:
        yield Triple(named(quad.subject), quad.predicate, named(quad.object))
