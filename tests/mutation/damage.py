"""The ways to damage a description.

Owns: what each damage does to the statements about one node. Must not know a rule: which rules have to
notice is said by the rules' own evidence, or by the targeted mutations in `targeted.ttl`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dutygraph.description import Description
from dutygraph.terms import BASE, CODE, DCT, DG, RDF, XSD
from dutygraph.triples import Literal, NamedNode, Term, Triple

SOMETHING_ELSE = NamedNode(CODE.base + "something-else")
SOMEBODY_ELSE = NamedNode(BASE + "id/example/somebody-else")
_WHEN = (DG["from"], DG.to, DG.on, DG.knownBy, DG.endStatus)
UNCERTAIN = "in an uncertain year"
# Slots that say where a fact comes from, not what it says.
_ABOUT = {*_WHEN, DCT.source, RDF.type, DG.note, DG.quotation, DG.title, DG.documentedBy}

Triples = frozenset[Triple]


@dataclass(frozen=True)
class Damage:
    """One damage to one node.

    Args:
        kind: what is done, one of `KINDS`.
        node: the damaged node.
        slot: the property whose value is changed, or None where the whole node is.
        complete: whether the damaged description is assumed complete, so that absence fails.
    """

    kind: str
    node: Term
    slot: NamedNode | None = None
    complete: bool = False


def damages(node: Term, said: Iterable[Triple], decides: bool) -> Iterator[Damage]:
    """The damages to a node; one that decides nothing is only left out."""
    yield Damage("left out", node)
    if not decides:
        return
    yield Damage("left out of a complete list", node, complete=True)
    yield Damage("not yet", node)
    yield Damage("over", node)
    yield Damage(UNCERTAIN, node)
    for triple in sorted(said, key=str):
        if triple.predicate in _ABOUT or not isinstance(triple.object, NamedNode):
            continue
        kind = "another code" if triple.object in CODE else "another thing"
        yield Damage(kind, node, triple.predicate)


def damaged(description: Description, damage: Damage, day: date, event: bool) -> Triples:
    """The statements of a description after one damage.

    Args:
        day: the day of assessment.
        event: whether the node is an event, whose date is that of its happening.
    """
    facts = frozenset(description.graph)
    return _DOERS[damage.kind](facts, damage, day, event)


def without(facts: Triples, nodes: Iterable[Term]) -> Triples:
    """The statements that mention none of some nodes."""
    gone = set(nodes)
    return frozenset(t for t in facts if t.subject not in gone and t.object not in gone)


def _left_out(facts: Triples, damage: Damage, day: date, event: bool) -> Triples:
    return without(facts, [damage.node])


def _dated(facts: Triples, node: Term, predicate: NamedNode, value: Literal) -> Triples:
    kept = (t for t in facts if t.subject != node or t.predicate not in _WHEN)
    return frozenset([*kept, Triple(node, predicate, value)])


def _not_yet(facts: Triples, damage: Damage, day: date, event: bool) -> Triples:
    tomorrow = Literal((day + timedelta(days=1)).isoformat(), datatype=XSD.date)
    return _dated(facts, damage.node, DG.on if event else DG["from"], tomorrow)


def _over(facts: Triples, damage: Damage, day: date, event: bool) -> Triples:
    if event:
        # What has happened stays a fact; long ago it falls out of every window.
        long_ago = Literal("1900-01-01", datatype=XSD.date)
        return _dated(facts, damage.node, DG.on, long_ago)
    return _dated(facts, damage.node, DG.to, Literal(day.isoformat(), datatype=XSD.date))


def _uncertain(facts: Triples, damage: Damage, day: date, event: bool) -> Triples:
    year = Literal(str(day.year), datatype=XSD.gYear)
    return _dated(facts, damage.node, DG.on if event else DG["from"], year)


def _another(facts: Triples, damage: Damage, day: date, event: bool) -> Triples:
    value = SOMETHING_ELSE if damage.kind == "another code" else SOMEBODY_ELSE
    kept = (t for t in facts if (t.subject, t.predicate) != (damage.node, damage.slot))
    assert damage.slot
    return frozenset([*kept, Triple(damage.node, damage.slot, value)])


_DOERS: dict[str, Callable[[Triples, Damage, date, bool], Triples]] = {
    "left out": _left_out,
    "left out of a complete list": _left_out,
    "not yet": _not_yet,
    "over": _over,
    UNCERTAIN: _uncertain,
    "another code": _another,
    "another thing": _another,
}
KINDS = tuple(_DOERS)
