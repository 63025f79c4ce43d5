"""What changed between two states of a graph, in counts.

Owns: what counts as another statement. Must not: read or keep a graph.

An unnamed node is known by all that is said of it: whatever changes of it, all its statements count as
other ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dutygraph.triples import BlankNode, Term, Triple
from dutygraph.unnamed import signatures

__all__ = ["Difference", "difference"]


@dataclass(frozen=True)
class Difference:
    """How much changed.

    Args:
        added: statements that were not there before.
        removed: statements that are not there any more.
    """

    added: int
    removed: int


def difference(before: Iterable[Triple], after: Iterable[Triple]) -> Difference:
    """Count what changed from one state to the next."""
    old, new = _told(before), _told(after)
    return Difference((new - old).total(), (old - new).total())


def _told(triples: Iterable[Triple]) -> Counter[str]:
    """The statements, each unnamed node written by what is said of it."""
    found = set(triples)
    names = signatures(found, lambda term: isinstance(term, BlankNode), rounds=1)

    def written(term: Term) -> str:
        return names.get(term, str(term))

    return Counter(f"{written(t.subject)} {t.predicate} {written(t.object)}" for t in found)
