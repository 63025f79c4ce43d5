"""For whom a side may speak where all are read together: for those whom it describes (SECURITY S32).

Owns: telling what a side says for others. Must not: know a class; the ontology says which statements
speak for somebody (`dg:speaksFor`). Nor go by an identifier, which anybody can use.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set

from dutygraph.agreeing.sides import Side
from dutygraph.triples import Graph, Literal, NamedNode, Term, Triple

__all__ = ["JOINT", "said_for_others"]

JOINT = NamedNode("urn:dutygraph:joint-structure")
"""The structure of the whole, which nobody described and for which nobody speaks."""


def said_for_others(
    side: Side, sides: Sequence[Side], slots: Collection[tuple[NamedNode, NamedNode]]
) -> frozenset[Triple]:
    """What a side says that only others may say: of another council or its structure itself, and what
    speaks for one, or for a thing that is others' alone.

    Args:
        side: whose description it is.
        sides: all of them.
        slots: the classes that speak for somebody, each with the property that names whom.
    """
    others = [s for s in sides if not s.authorities <= side.authorities]
    own = {side.description.structure, *side.authorities}
    barred = {t for s in others for t in (s.description.structure, *s.authorities)} | {JOINT}
    barred -= own
    # Rules ask for a denial without asking for its class, so the property counts, whatever has it.
    spoken = {t for _, slot in slots for t in side.graph.match(None, slot) if t.object not in own}
    left_out = {t for t in spoken if t.object in barred or _is_anothers(t.object, side, others)}
    for cls, slot in slots:
        for node in side.graph.instances(cls):
            named = set(side.graph.match(node, slot))
            # What is left without a name might speak for everybody.
            if named and named <= left_out:
                left_out |= set(side.graph.match(node))
    return frozenset(left_out | {t for whom in barred for t in side.graph.match(whom)})


def _is_anothers(thing: Term, side: Side, others: Sequence[Side]) -> bool:
    """Whether a thing is others' alone: by the word of one of them, or by the side's own."""
    councils = {a for s in (side, *others) for a in s.authorities}
    for word in (side, *others):
        of = _councils_of(thing, word.graph, councils)
        if of and of.isdisjoint(side.authorities) and (word is side or of & word.authorities):
            return True
    return False


def _councils_of(thing: Term, graph: Graph, councils: Set[Term]) -> set[Term]:
    """The councils that a described thing names, or else those that what it is stated with names."""
    if isinstance(thing, Literal):
        return set()
    named = {t.object for t in graph.match(thing)}
    if not named or named & councils:
        return named & councils
    near = named | {t.subject for t in graph.match(None, None, thing)}
    return {t.object for n in near if not isinstance(n, Literal) for t in graph.match(n)} & councils
