"""The canonical form of a graph, within bounds: the bytes that are hashed and signed.

Owns: what is refused before it is canonicalised (SECURITY S26). Must not: know who signs.

RDFC-1.0 tries the orders of unnamed nodes that look alike, and a graph of some hundred bytes can keep
it busy for ever (RDF Dataset Canonicalization, section 7.1, “dataset poisoning”). Whether nodes look
alike is told by their first-degree hash (section 4.6), which is cheap. From each node that looks like
another, it walks through all that hang together with it and look alike, and at each of them it takes
every order of the neighbours that look alike among each other (section 4.8). So the work for a group of
m nodes that hang together is at the most m walks, of m steps, for each combination of their orders; what
this bounds is the sum of these over all groups.

Measured on pyoxigraph 0.5.13, on two shared cores. Taken: two unnamed nodes with 7 alike ones below each,
0.3 s; with 5 chains of 8 below each, 0.9 s. Refused: with 8 alike ones below each, 3 s; with 9, more than
10 s; a ring of 12 on which ways part and meet again, 3 s, of 20, more than anybody waits; and the clique of
10 of the W3C's test suite for RDFC-1.0 (test074, which has to be refused).
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from dutygraph.errors import Problem
from dutygraph.triples import BlankNode, Term, Triple, canonical

__all__ = ["canonical_form", "hash_of"]

_MOST_STATEMENTS = 200_000
_MOST_UNNAMED = 500
_MOST_ALIKE = 100
_MOST_STEPS = 1_000_000
_UNTOLD_BITS = 64.0


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
    # What is said twice tells no nodes apart: the canonicaliser takes it once.
    found = list(dict.fromkeys(triples))
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
    if _steps(alike, mentions, hashes) > _MOST_STEPS:
        raise _too_many("too many of its unnamed nodes look alike and hang together")


def _steps(
    alike: Iterable[BlankNode],
    mentions: Mapping[BlankNode, Iterable[Triple]],
    hashes: Mapping[BlankNode, bytes],
) -> float:
    """How many steps the canonicaliser may take over nodes that look alike, at the most."""
    found, left = 0.0, set(alike)
    while left:
        group, edge = set(), [left.pop()]
        while edge:
            node = edge.pop()
            group.add(node)
            beside = {n for t in mentions[node] for n in (t.subject, t.object) if n in left}
            edge += (n for n in beside if isinstance(n, BlankNode))
            left.difference_update(edge)
        bits = sum(_orders(node, mentions[node], hashes) for node in group)
        # Beyond that a number has no meaning, and soon no room.
        found += len(group) ** 2 * 2 ** min(bits, _UNTOLD_BITS)
    return found


def _first_degree(node: BlankNode, mentions: Iterable[Triple]) -> bytes:
    """A hash of what is said of a node, where every other unnamed node counts as the same."""

    def written(term: Term) -> str:
        if not isinstance(term, BlankNode):
            return str(term)
        return "_:a" if term == node else "_:z"

    lines = sorted(f"{written(t.subject)} {t.predicate} {written(t.object)}" for t in mentions)
    return hashlib.sha256("\n".join(lines).encode()).digest()


def _orders(
    node: BlankNode, mentions: Iterable[Triple], hashes: Mapping[BlankNode, bytes]
) -> float:
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
