"""What turns silence into absence: complete lists, denials, properties closed when stated.

Owns: whether the lists that would settle a part, a condition or a need are closed, and the patterns of
the rulebook that find them. Must not decide an outcome.
"""

from __future__ import annotations

from collections.abc import Iterable

from dutygraph.description import Description
from dutygraph.entries import SettlingList
from dutygraph.evidence import Fact, Facts
from dutygraph.outcomes import Draft
from dutygraph.rulebook import Rulebook
from dutygraph.terms import DG
from dutygraph.triples import Graph, NamedNode, Term


class Settling:
    """The lists of one description on one day.

    Args:
        certain, full: what holds for certain, and that with what holds possibly.
        facts: the facts in words.
        rulebook: its prefixes, and the properties that one value closes.
        description: its structures, about which a source may deny something, and whose word each
            statement is.
        assume_complete: whether the caller takes every list as complete.
    """

    def __init__(
        self,
        certain: Graph,
        full: Graph,
        facts: Facts,
        rulebook: Rulebook,
        *,
        description: Description,
        assume_complete: bool,
    ) -> None:
        self._certain, self._full, self._facts = certain, full, facts
        self._rulebook, self._description = rulebook, description
        self._assume_complete = assume_complete

    def match(
        self, graph: Graph, pattern: str, authority: NamedNode, subject: Term | None
    ) -> list[dict[str, Term]]:
        """The solutions of a pattern of the rulebook, with its known variables put in."""
        # The variables are named, since * leaves out one that stands in a filter only.
        query = (
            f"{self._rulebook.prefixes}SELECT DISTINCT $this ?subject ?owner WHERE {{ {pattern} }}"
        )
        return graph.select(query, bindings_of(authority, subject))

    def settled(
        self,
        lists: Iterable[SettlingList],
        authority: NamedNode,
        subject: Term | None,
        draft: Draft,
    ) -> bool:
        """Whether every list that would settle a part is complete; notes the facts that say so."""
        lists = tuple(lists)
        if not lists:
            return False
        found: list[Fact] = []
        for settling in lists:
            for owner in self._owners(settling, authority, subject):
                closers = self._closers(settling, owner, authority)
                if closers is None and not self._assume_complete:
                    return False
                draft.assumed = draft.assumed or closers is None
                found += closers or []
        draft.extra_facts += found
        return True

    def _owners(
        self, settling: SettlingList, authority: NamedNode, subject: Term | None
    ) -> list[Term]:
        if not settling.owner_query:
            return [authority]
        # An owner that is one only if a doubtful date is left out counts too: its list is open.
        rows = self.match(self._full, settling.owner_query, authority, subject)
        rows += self.match(self._certain, settling.owner_query, authority, subject)
        return sorted({row["owner"] for row in rows}, key=str)

    def _closers(
        self, settling: SettlingList, owner: Term, authority: NamedNode
    ) -> list[Fact] | None:
        """The facts that close a list, or None where it is open."""
        nodes = [
            node
            for node in self._certain.instances(DG.CompletenessStatement)
            if owner in self._certain.objects(node, DG.listOf)
            and settling.listed in self._certain.objects(node, DG.listed)
        ]
        # A denial about the authority speaks of its own lists, not of another council's.
        subjects = {owner, *self._description.structures_of(authority)}
        if not settling.owner_query:
            subjects.add(authority)
        nodes += [
            node
            for node in self._certain.instances(DG.StatedNegative)
            if subjects & set(self._certain.objects(node, DG.about))
            and set(settling.deniable) & set(self._certain.objects(node, DG.denies))
        ]
        # Others' word closes no list of this authority's, be it of a thing that they share.
        nodes = [n for n in nodes if self._description.is_word_of(n, {owner, authority})]
        if nodes:
            return [self._facts.of_node(node) for node in nodes]
        if settling.listed in self._rulebook.closed_when_stated:
            stated = list(self._certain.match(owner, settling.listed))
            if stated:
                return self._facts.of_triples(stated)
        return None


def bindings_of(authority: NamedNode, subject: Term | None) -> dict[str, Term]:
    """What a query of the rulebook is run with: `$this` and, where there is one, `?subject`."""
    return {"this": authority} if subject is None else {"this": authority, "subject": subject}
