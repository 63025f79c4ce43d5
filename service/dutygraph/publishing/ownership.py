"""What a council's graph may say of whom (SECURITY S17, S32).

Owns: the refusal of what speaks for somebody else. Must not: know a token, or which statements
speak for an authority: the ontology says that (`dg:speaksFor`).

A graph describes its own council alone. It may mention others, as parties to an agreement, holders
of a joint post or members of a board: what each side says of what they share is what partners come
to compare. It makes no statement about another council itself, and whatever would settle an
outcome for it, such as that a list is complete, is for that council to say.
"""

from __future__ import annotations

from collections.abc import Iterator

from dutygraph.description import Description
from dutygraph.errors import Problem
from dutygraph.publishing.names import is_reserved
from dutygraph.rulebook import Rulebook
from dutygraph.scope import is_registered
from dutygraph.terms import AUTHORITY, DG, ORG, RDF
from dutygraph.triples import Graph, NamedNode, Term, local_name

__all__ = ["refuse_what_is_anothers"]

_REPORTED = 10


def refuse_what_is_anothers(
    description: Description, council: NamedNode, rulebook: Rulebook
) -> None:
    """Refuse a description that speaks for anybody but its council.

    Args:
        description: what is to be published.
        council: whose graph it is.
        rulebook: which statements speak for whom, and who is an authority.

    Raises:
        Problem: not-of-the-council, with `extra["statements"]`, at most ten.
    """
    faults = list(_faults(description, council, rulebook))
    if not faults:
        return
    more = f" There are {len(faults) - 1} more such statements." if len(faults) > 1 else ""
    raise Problem(
        "not-of-the-council",
        f"{faults[0]}{more}",
        extra={"council": council.value, "statements": faults[:_REPORTED]},
    )


def _faults(description: Description, council: NamedNode, rulebook: Rulebook) -> Iterator[str]:
    graph = description.graph
    own = local_name(council)
    described = [str(a.value) for a in graph.objects(description.structure, DG.describes)]
    if described != [council.value]:
        yield (
            f"The structure describes {', '.join(described)}; a graph of {own} describes "
            f"{council.value} alone. What it shares with others it says as its own side of it."
        )
    for subject in {t.subject for t in graph}:
        if not isinstance(subject, NamedNode):
            continue
        if subject != council and _is_authority(subject, graph, rulebook):
            yield (
                f"A statement is about {subject.value}, another council. A graph of {own} may "
                "mention it, and leaves it to that council to say what it is."
            )
        elif is_reserved(subject.value):
            yield (
                f"A statement is about {subject.value}, which this service alone keeps. Leave it "
                "out."
            )
    yield from _spoken_for_others(graph, council, rulebook)
    for cls, slot in rulebook.names_speaker:
        for node in graph.instances(cls):
            if not graph.objects(node, slot):
                yield (
                    f"{_said(node)} is a dg:{local_name(cls)} and does not say who gave it. Add "
                    f"dg:{local_name(slot)}."
                )


def _spoken_for_others(graph: Graph, council: NamedNode, rulebook: Rulebook) -> Iterator[str]:
    for cls, slot in rulebook.speaks_for:
        for node in graph.instances(cls):
            for value in graph.objects(node, slot):
                if _is_anothers(value, council, graph, rulebook):
                    yield (
                        f"{_said(node)} is a dg:{local_name(cls)} that speaks for {_said(value)}. "
                        "Only the council that it speaks for may publish one."
                    )


def _is_anothers(value: Term, council: NamedNode, graph: Graph, rulebook: Rulebook) -> bool:
    """Whether it is another council, or a post or body that is another council's alone."""
    if value == council:
        return False
    if _is_authority(value, graph, rulebook):
        return True
    owners = {*graph.objects(value, ORG.postIn)}
    owners |= {
        owner
        for node in graph.subjects(DG.establishedBody, value)
        for owner in graph.objects(node, DG.establishedBy)
    }
    councils = {o for o in owners if _is_authority(o, graph, rulebook)}
    return bool(councils) and council not in councils


def _is_authority(term: Term, graph: Graph, rulebook: Rulebook) -> bool:
    return (
        term in AUTHORITY
        or is_registered(rulebook, term)
        or (DG.Authority in graph.objects(term, RDF.type))
    )


def _said(term: Term) -> str:
    return str(term.value)
