"""What a repair may not do, checked in everything that is offered.

Owns: the check that a change makes no person, date, decision or other thing that is left to people,
names nothing that the description does not hold, and takes out nothing that has happened. The lists of
classes are the rulebook's (`dg:RepairLimit`). Must not: know a repair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dutygraph.repairing.templates import MINTED
from dutygraph.rulebook import Rulebook
from dutygraph.terms import CODE, DG, RDF, XSD
from dutygraph.triples import Graph, Literal, NamedNode, Term, Triple, local_name

__all__ = ["Limits"]

_DATES = frozenset(
    XSD[name] for name in ("date", "dateTime", "dateTimeStamp", "gYear", "gYearMonth", "time")
)


@dataclass(frozen=True)
class Limits:
    """What repairs may make and end.

    Args:
        never_made, never_ended, may_end: classes, those below them included.
        rulebook: for the names of classes and for what is above one.
    """

    never_made: frozenset[Term]
    never_ended: frozenset[Term]
    may_end: frozenset[Term]
    rulebook: Rulebook

    @classmethod
    def of(cls, rulebook: Rulebook) -> Limits:
        """The limits that the rulebook sets."""

        def listed(predicate: NamedNode) -> frozenset[Term]:
            return frozenset(
                c
                for limit in rulebook.graph.instances(DG.RepairLimit)
                for c in rulebook.graph.objects(limit, predicate)
            )

        return cls(listed(DG.neverMakes), listed(DG.neverEnds), listed(DG.mayEnd), rulebook)

    def kinds_of(self, types: Iterable[Term]) -> set[Term]:
        """Some classes with everything above them."""
        above = self.rulebook.schema.superclasses
        return {k for t in types for k in (t, *above.get(t, ()))}

    def may_be_ended(self, node: Term, described: Graph) -> bool:
        """Whether a council may end a thing that is one too many."""
        kinds = self.kinds_of(described.objects(node, RDF.type))
        return bool(kinds & self.may_end) and not kinds & self.never_ended

    def left_to_people(self, listed: NamedNode) -> list[str]:
        """What kinds of thing, left to people, make up a list of the rulebook, in words."""
        made = [
            p.node_class
            for p in self.rulebook.schema.projections
            if p.predicate == listed and self.kinds_of([p.node_class]) & self.never_made
        ]
        return sorted({self.rulebook.label(c) for c in made})

    def faults(
        self, removed: Iterable[Triple], added: Iterable[Triple], described: Graph
    ) -> list[str]:
        """Why a change is no lawful repair, in words; empty where it is one.

        Args:
            removed, added: the change.
            described: the description that it is a change of.
        """
        removed, added = list(removed), list(added)
        held = {term for t in described for term in (t.subject, t.object)}
        faults = [f for t in added for f in self._of_added(t, held)]
        typed = {t.subject for t in added if t.predicate == RDF.type}
        for node in sorted({t.subject for t in added} - held - typed, key=str):
            faults.append(f"it adds {local_name(node)} without saying what it is")
        for t in added:
            if t.predicate == RDF.type:
                faults += self._of_kind(t.object, self.never_made, "makes")
        for t in removed:
            if t.predicate == RDF.type:
                faults += self._of_kind(t.object, self.never_ended, "takes out")
        return sorted(set(faults))

    def _of_added(self, triple: Triple, held: set[Term]) -> list[str]:
        faults = []
        for term in (triple.subject, triple.object):
            if isinstance(term, Literal) and term.datatype in _DATES:
                # Even a date that stands elsewhere is not known to be the date of this.
                faults.append(f"it gives a date: {term.value}")
            elif term in held or self._is_a_word_of_ours(term):
                continue
            elif isinstance(term, Literal):
                faults.append(
                    f"it brings in a value that the description does not hold: {term.value}"
                )
            elif not (isinstance(term, NamedNode) and term.value.startswith(MINTED)):
                faults.append(f"it names {term.value}, which the description does not hold")
        return faults

    def _of_kind(self, kind: Term, refused: frozenset[Term], does: str) -> list[str]:
        if not self.kinds_of([kind]) & refused:
            return []
        return [f"it {does} something that is left to people: {self.rulebook.label(kind)}"]

    def _is_a_word_of_ours(self, term: Term) -> bool:
        """A class or a code, which is no thing in the world."""
        if not isinstance(term, NamedNode):
            return False
        graph = self.rulebook.graph
        return (
            term in CODE
            or (term in DG and any(graph.match(term, RDF.type)))
            or (term in self.rulebook.schema.superclasses)
        )
