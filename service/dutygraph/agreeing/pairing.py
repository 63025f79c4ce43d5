"""Which identifiers of several descriptions are of one thing: those that somebody says are.

Owns: reading correspondences, refusing those that cannot be, giving every side the same identifier for
the same thing, and keeping each side's own word apart. Must not: join anything by its name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from dutygraph.description import UNNAMED, Description
from dutygraph.triples import Graph, NamedNode, Term, Triple

__all__ = ["Pairing", "paired"]


@dataclass(frozen=True)
class Pairing:
    """Descriptions that share their identifiers.

    Args:
        descriptions: in the order given, with one identifier for each thing.
        own: for each of them, the shared identifier and the one that it uses itself, where they differ.
        stated: shared identifiers to the positions of those who say that it is one thing.
        notes: what was said and not believed.
    """

    descriptions: tuple[Description, ...]
    own: tuple[Mapping[Term, Term], ...]
    stated: Mapping[Term, frozenset[int]]
    notes: tuple[str, ...]


def paired(
    descriptions: Sequence[Description],
    properties: Collection[Term],
    protected: Collection[str],
    words: Collection[Term],
) -> Pairing:
    """Give descriptions the same identifier for what one of them says is the same.

    Args:
        descriptions: the sides.
        properties: those that say so.
        protected: the IRIs of authorities, terms and codes, of which nobody may say it.
        words: the classes that speak for somebody: of such a node nobody may say it either, and where
            several sides speak of one, it is for each a node of its own.
    """
    apart = _words_of_several(descriptions, words)
    sides = _with_own_nodes_apart(descriptions, apart)
    barred = {str(t.value) for d in sides for t in (d.structure, *d.authorities)} | set(protected)
    barred |= {str(n.value) for d in sides for n in _instances(d, words)}
    known = [_spoken_of(d, properties) for d in sides]
    groups: dict[Term, frozenset[Term]] = {}
    sayers: dict[Term, set[int]] = {}
    notes = {
        f"Several sides speak of {node.value}; for each it is its own word, to which no other adds."
        for nodes in apart
        for node in nodes
    }
    for position, one, other in _said(sides, properties):
        if {str(one.value), str(other.value)} & barred:
            notes.add(
                f"That {one.value} is the same as {other.value} is not taken up: authorities, "
                "structures, codes and what speaks for somebody are what their identifiers say."
            )
            continue
        merged = groups.get(one, frozenset({one})) | groups.get(other, frozenset({other}))
        groups |= dict.fromkeys(merged, merged)
        for term in (one, other):
            sayers.setdefault(term, set()).add(position)
    kept: set[frozenset[Term]] = set()
    for group in set(groups.values()):
        if any(len(group & names) > 1 for names in known):
            names = ", ".join(sorted(str(t.value) for t in group))
            notes.add(
                f"That these are one thing is not taken up, since one description tells two of them "
                f"apart: {names}."
            )
        else:
            kept.add(group)
    shared = {term: min(group, key=str) for group in kept for term in group}
    stated: dict[Term, frozenset[int]] = {}
    for group in kept:
        positions = frozenset(p for term in group for p in sayers[term])
        stated[min(group, key=str)] = positions
    renamed = [_renamed(d, shared, properties) for d in sides]
    own = [{shared[t]: t for t in names if t in shared and shared[t] != t} for names in known]
    return Pairing(tuple(renamed), tuple(own), stated, tuple(sorted(notes)))


def _said(
    sides: Sequence[Description], properties: Collection[Term]
) -> list[tuple[int, NamedNode, NamedNode]]:
    return sorted(
        {
            (position, triple.subject, triple.object)
            for position, side in enumerate(sides)
            for predicate in properties
            for triple in side.graph.match(None, predicate)
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode)
        },
        key=lambda said: (str(said[1]), str(said[2]), said[0]),
    )


def _spoken_of(side: Description, properties: Collection[Term]) -> set[Term]:
    """What a description speaks of, described or only mentioned, but for saying what it is the same as."""
    said = [t for t in side.graph if t.predicate not in properties]
    return {t.subject for t in said} | {t.object for t in said}


def _renamed(
    side: Description, shared: Mapping[Term, Term], properties: Collection[Term]
) -> Description:
    def of(term: Term) -> Term:
        return shared.get(term, term)

    triples = (Triple(of(t.subject), t.predicate, of(t.object)) for t in side.graph)
    # Something that corresponds to itself says nothing.
    kept = (t for t in triples if t.predicate not in properties or t.subject != t.object)
    return replace(side, graph=Graph(kept))


def _words_of_several(
    descriptions: Sequence[Description], words: Collection[Term]
) -> list[set[Term]]:
    """What each description says for somebody with a node of which another description speaks, too."""
    statements = [frozenset(d.graph) for d in descriptions]
    found = []
    for description, own in zip(descriptions, statements, strict=True):
        elsewhere = {t.subject for others in set(statements) - {own} for t in others}
        nodes = _instances(description, words) & elsewhere
        found.append({n for n in nodes if not _is_unnamed(n)})
    return found


def _with_own_nodes_apart(
    descriptions: Sequence[Description], apart: Sequence[Collection[Term]]
) -> list[Description]:
    """Two descriptions share no unnamed node, and none of those that are to be apart; what they are
    called depends on no order of files."""
    keys = [(str(d.structure.value), sha256(d.graph.ntriples()).hexdigest()) for d in descriptions]
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys)), start=1)}
    return [
        _prefixed(d, f"{ranks[key]}-", own)
        for d, key, own in zip(descriptions, keys, apart, strict=True)
    ]


def _instances(description: Description, classes: Collection[Term]) -> set[Term]:
    return {node for cls in classes for node in description.graph.instances(cls)}


def _is_unnamed(term: Term) -> bool:
    return isinstance(term, NamedNode) and term.value.startswith(UNNAMED)


def _prefixed(side: Description, prefix: str, own: Collection[Term]) -> Description:
    def of(term: Term) -> Term:
        if not _is_unnamed(term) and term not in own:
            return term
        return NamedNode(UNNAMED + prefix + str(term.value).removeprefix(UNNAMED))

    triples = (Triple(of(t.subject), t.predicate, of(t.object)) for t in side.graph)
    return replace(side, graph=Graph(triples), structure=of(side.structure))
