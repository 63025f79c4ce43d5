"""What an unnamed node says, by which it is known: it has nothing else to be known by.

Owns: when two unnamed nodes say the same. Must not: serve the canonical form, whose hashes are those
that RDFC-1.0 defines (`canonical_form`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from dutygraph.triples import Term, Triple

__all__ = ["signatures"]


def signatures(
    triples: Iterable[Triple], is_unnamed: Callable[[Term], bool], rounds: int
) -> dict[Term, str]:
    """What is said of each unnamed node: equal where two nodes say the same.

    Args:
        triples: all that is said, each statement once.
        is_unnamed: whether a term is an unnamed node; a description's have names of ours.
        rounds: how many nodes deep one looks. In the first, all other unnamed nodes are alike.
    """
    about: dict[Term, list[Triple]] = {}
    for triple in triples:
        for term in {triple.subject, triple.object}:
            if is_unnamed(term):
                about.setdefault(term, []).append(triple)
    signs: dict[Term, str] = dict.fromkeys(about, "")
    for _ in range(rounds):
        signs = {
            node: hashlib.sha256(
                "\n".join(sorted(_sign(t, node, signs) for t in about[node])).encode()
            ).hexdigest()
            for node in about
        }
    return signs


def _sign(triple: Triple, of: Term, signs: Mapping[Term, str]) -> str:
    def shown_as(term: Term) -> str:
        return "self" if term == of else signs.get(term, str(term))

    return f"{shown_as(triple.subject)} {triple.predicate} {shown_as(triple.object)}"
