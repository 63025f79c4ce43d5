"""What closes a world that OWL leaves open: different names, and nothing but what is stated.

Owns: the axioms that DESIGN asks to generate from the state of one closure. Must not run a reasoner.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from dutygraph.terms import OWL, RDF
from dutygraph.triples import BlankNode, NamedNode, Term, Triple


def all_different(prefix: str, nodes: Sequence[NamedNode]) -> Iterator[Triple]:
    """Different identifiers are different things; what has no identifier may be any of them."""
    if len(nodes) > 1:
        axiom = BlankNode(_label(f"{prefix}different"))
        yield Triple(axiom, RDF.type, OWL.AllDifferent)
        head, cells = _list(f"{prefix}different", nodes)
        yield Triple(axiom, OWL.distinctMembers, head)
        yield from cells


def closing(prefix: str, facts: Iterable[Triple], decisive: Container[Term]) -> Iterator[Triple]:
    """What is stated of a property that a definition looks at is all there is on that day."""
    values: dict[tuple[Term, Term], list[Term]] = {}
    for fact in facts:
        if fact.predicate in decisive:
            values.setdefault((fact.subject, fact.predicate), []).append(fact.object)
    for number, ((subject, predicate), objects) in enumerate(values.items()):
        place = f"{prefix}closing{number}"
        limit, among = BlankNode(_label(place)), BlankNode(_label(f"{place}among"))
        head, cells = _list(place, objects)
        yield Triple(subject, RDF.type, limit)
        yield Triple(limit, RDF.type, OWL.Restriction)
        yield Triple(limit, OWL.onProperty, predicate)
        yield Triple(limit, OWL.allValuesFrom, among)
        yield Triple(among, RDF.type, OWL.Class)
        yield Triple(among, OWL.oneOf, head)
        yield from cells


def _list(place: str, items: Sequence[Term]) -> tuple[Term, list[Triple]]:
    cells = [BlankNode(_label(f"{place}cell{n}")) for n in range(len(items))]
    found: list[Triple] = []
    rests: list[Term] = [*cells[1:], RDF.nil]
    for cell, rest, item in zip(cells, rests, items, strict=True):
        found += [Triple(cell, RDF.first, item), Triple(cell, RDF.rest, rest)]
    return cells[0], found


def _label(place: str) -> str:
    return place.replace(":", "-").replace("/", "-")
