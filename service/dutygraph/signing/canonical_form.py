"""The canonical form of a graph, within bounds: the bytes that are hashed and signed.

Owns: what is refused before it is canonicalised (SECURITY S26). Must not: know who signs.

RDFC-1.0 tries the orders of unnamed nodes that look alike, and a graph of some hundred bytes can keep
it busy for ever (RDF Dataset Canonicalization, section 7.1, “dataset poisoning”). Whether nodes look
alike is told by their first-degree hash (section 4.6), which is cheap; the orders are those of the
neighbours of a node that look alike among each other (section 4.8). What this bounds is the number
of nodes that look alike, and the number of orders, in bits.

Measured on pyoxigraph 0.5.13, on two shared cores: a clique of 6 unnamed nodes that point at each other
(83 bits) takes 0.05 s, of 7 (133 bits) 0.6 s, of 8 (197 bits) 4.6 s, of 9 (276 bits) 42 s; a chain of 100
unnamed nodes 0.06 s, of 400 8.5 s; every other graph of some 80 bits that was tried (trees, rings, prisms,
grids, regular graphs) less than 0.1 s. The clique of 10 of the W3C's test suite for RDFC-1.0 (test074, which
has to be refused) is refused.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from dutygraph.errors import Problem
from dutygraph.triples import BlankNode, Term, Triple, canonical

__all__ = ["canonical_form", "hash_of"]

_MOST_STATEMENTS = 200_000
_MOST_UNNAMED = 500
_MOST_ALIKE = 100
_MOST_BITS = 90.0


def hash_of(form: bytes) -> str:
    """The hash of a canonical form, as reports and versions name it: “sha256:” and 64 digits."""
    return "sha256:" + hashlib.sha256(form).hexdigest()


def canonical_form(triples: Iterable[Triple]) -> bytes:
    """The canonical N-Quads of a graph (RDFC-1.0 with SHA-256).

    Args:
        triples: the graph; whatever its unnamed nodes are called, the form is the same.

    Raises:
        Problem: `too-many-unnamed` or `too-large`: it might take for ever.
    """
    found = list(triples)
    if len(found) > _MOST_STATEMENTS:
        raise Problem(
            "too-large",
            f"The graph has more than {_MOST_STATEMENTS:,} statements, the most that are signed. "
            "Say it in several graphs.",
            extra={"limit": _MOST_STATEMENTS},
        )
    _refuse_poison(found)
    return canonical(found)


def _refuse_poison(triples: Sequence[Triple]) -> None:
    mentions: dict[BlankNode, list[Triple]] = defaultdict(list)
    for triple in triples:
        for node in {triple.subject, triple.object}:
            if isinstance(node, BlankNode):
                mentions[node].append(triple)
    if len(mentions) > _MOST_UNNAMED:
        raise _too_many(f"it has {len(mentions):,} unnamed nodes, and {_MOST_UNNAMED} are the most")
    hashes = {node: _first_degree(node, found) for node, found in mentions.items()}
    count = Counter(hashes.values())
    alike = [node for node in mentions if count[hashes[node]] > 1]
    if len(alike) > _MOST_ALIKE:
        raise _too_many(
            f"{len(alike)} of its unnamed nodes look alike, and {_MOST_ALIKE} are the most"
        )
    if sum(_orders(node, mentions[node], hashes) for node in alike) > _MOST_BITS:
        raise _too_many("too many of its unnamed nodes look alike and point at each other")


def _first_degree(node: BlankNode, mentions: Iterable[Triple]) -> bytes:
    """A hash of what is said of a node, where every other unnamed node counts as the same."""

    def written(term: Term) -> str:
        if not isinstance(term, BlankNode):
            return str(term)
        return "_:a" if term == node else "_:z"

    lines = sorted(f"{written(t.subject)} {t.predicate} {written(t.object)}" for t in mentions)
    return hashlib.sha256("\n".join(lines).encode()).digest()


def _orders(node: BlankNode, mentions: Iterable[Triple], hashes: dict[BlankNode, bytes]) -> float:
    """In how many orders the neighbours of a node may be taken, in bits."""
    neighbours = {
        (place, triple.predicate, other)
        for triple in mentions
        for place, other in (("s", triple.subject), ("o", triple.object))
        if isinstance(other, BlankNode) and other != node
    }
    groups = Counter((place, relation, hashes[other]) for place, relation, other in neighbours)
    return sum(math.lgamma(size + 1) / math.log(2) for size in groups.values())


def _too_many(why: str) -> Problem:
    return Problem(
        "too-many-unnamed",
        f"The graph cannot be brought into its canonical form safely: {why}. Give its nodes IRIs.",
    )
