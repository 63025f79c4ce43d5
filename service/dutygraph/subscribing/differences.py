"""What changed between two states of a graph, in counts.

Owns: when two statements are the same. Must not: read or keep a graph.

An unnamed node is known by all that is said of it: whatever changes of it, all its statements count as
other ones.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from dutygraph.triples import BlankNode, Term, Triple

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
    said: dict[BlankNode, list[str]] = defaultdict(list)
    for triple in found:
        for node in {triple.subject, triple.object}:
            if isinstance(node, BlankNode):
                said[node].append(" ".join(_seen_from(node, t) for t in _terms(triple)))
    names = {
        node: hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
        for node, lines in said.items()
    }

    def written(term: Term) -> str:
        return names[term] if isinstance(term, BlankNode) else str(term)

    return Counter(" ".join(written(t) for t in _terms(triple)) for triple in found)


def _terms(triple: Triple) -> tuple[Term, Term, Term]:
    return triple.subject, triple.predicate, triple.object


def _seen_from(node: BlankNode, term: Term) -> str:
    if not isinstance(term, BlankNode):
        return str(term)
    return "_:this" if term == node else "_:other"
