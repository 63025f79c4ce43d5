"""What the public reads of a graph: all but the holders of posts below a tier (SECURITY S25).

Owns: which statements name a holder that is left out. Must not: know which posts are seen, nor
what names a person: the queries in `data/publishing/` say that.

A post and its designations stay; the tenure goes, and so does a person who holds no post that the
public sees and was not elected. With them goes what could name them: texts and identifiers with their
name in any of its forms (`naming`), and what is quoted from the paragraphs that a tenure is drawn from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dutygraph.errors import Problem
from dutygraph.publishing import naming
from dutygraph.publishing.naming import Names
from dutygraph.rooms import room
from dutygraph.rulebook import Rulebook
from dutygraph.terms import AUTHORITY, CODE, DCT, DG, RULE, SKOS
from dutygraph.triples import BlankNode, Graph, Literal, NamedNode, Term, Triple, local_name

__all__ = ["PublicView", "fingerprint", "public_view", "require_tier"]

# Raise it with every change of what is held back: what is published is then drawn anew.
_VERSION = 1
_KEPT_OF_A_PARAGRAPH = (DG.place, DCT.identifier)
# No term, code, rule or council is named after whoever holds a post.
_NAMES_NOBODY = (DG, CODE, RULE, AUTHORITY)


@dataclass(frozen=True)
class PublicView:
    """A graph in its two parts.

    Args:
        seen: what the public reads.
        held_back: what it does not.
        tenures: how many appointments are held back.
    """

    seen: tuple[Triple, ...]
    held_back: tuple[Triple, ...]
    tenures: int


def require_tier(rulebook: Rulebook, tier: str) -> int:
    """The rank of a tier.

    Raises:
        Problem: bad-parameter, with the tiers that there are.
    """
    ranks = _ranks(rulebook)
    if tier not in ranks:
        raise Problem(
            "bad-parameter",
            f"The setting DUTYGRAPH_PUBLIC_TIER is “{tier[:80]}”; it takes one of "
            f"{', '.join(sorted(ranks, key=lambda t: ranks[t]))}.",
        )
    return ranks[tier]


def public_view(triples: Iterable[Triple], rulebook: Rulebook, tier: str) -> PublicView:
    """Split a graph into what the public reads and what it does not.

    Args:
        triples: the graph.
        rulebook: the tiers and the offices.
        tier: the lowest tier whose holders are seen, the last part of its code.
    """
    every = tuple(dict.fromkeys(triples))
    limit = require_tier(rulebook, tier)
    if limit == max(_ranks(rulebook).values()):
        return PublicView(every, (), 0)
    graph = Graph(every)
    known = Graph(every)
    for name, rank in _ranks(rulebook).items():
        if rank <= limit:
            known.update(rulebook.graph.match(CODE[name], DG.rank))
    for predicate in (DG.classifies, DG.datedValue, DG.valueMember):
        known.update(rulebook.graph.match(None, predicate))
    hidden, tenures = _hidden(known)
    names = Names(
        str(row["name"].value) for row in known.select(_query("names")) if row["node"] in hidden
    )
    quoted = {p for node in tenures for p in graph.objects(node, DCT.source)}
    gone = hidden | _named_after(every, names)
    # Without them nothing is described, whatever else they are said to be.
    described = {
        t for s in graph.instances(DG.Structure) for t in (s, *graph.objects(s, DG.describes))
    }
    gone -= described
    quoted -= described
    gone |= _within(graph, gone)
    seen: list[Triple] = []
    held_back: list[Triple] = []
    for triple in every:
        is_hidden = (
            triple.subject in gone or triple.object in gone or _is_told(triple, names, quoted)
        )
        (held_back if is_hidden else seen).append(triple)
    return PublicView(tuple(seen), tuple(held_back), len(tenures))


def _ranks(rulebook: Rulebook) -> dict[str, int]:
    graph = rulebook.graph
    return {
        local_name(tier): int(graph.text(tier, DG.rank))
        for tier in graph.subjects(SKOS.inScheme, CODE.tier)
    }


def fingerprint() -> str:
    """What decides the view of a graph beside the tier: a hash of the queries and of the code's versions."""
    digest = hashlib.sha256(f"{_VERSION} {naming.VERSION}".encode())
    for path in sorted(_queries().iterdir()):
        content = path.read_bytes()
        digest.update(f"\0{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _queries() -> Path:
    return room("data") / "publishing"


def _query(name: str) -> str:
    return (_queries() / f"{name}.rq").read_text(encoding="utf-8")


def _hidden(known: Graph) -> tuple[set[Term], set[Term]]:
    """The nodes that are not seen, people and tenures, and the tenures alone."""
    posts = {row["post"] for row in known.select(_query("posts"))}
    seen: set[Term] = set()
    people: set[Term] = set()
    tenures: set[Term] = set()
    for row in known.select(_query("people")):
        person, tenure, post = row.get("person"), row.get("tenure"), row.get("post")
        holds = post in posts
        if person is not None:
            people.add(person)
            if holds or "elected" in row:
                seen.add(person)
        if tenure is not None and not holds:
            tenures.add(tenure)
    return (people - seen) | tenures, tenures


def _within(graph: Graph, hidden: set[Term]) -> set[Term]:
    """The unnamed nodes that hang on what is hidden and on nothing else."""
    found: set[Term] = set()
    todo = list(hidden)
    while todo:
        for triple in graph.match(todo.pop()):
            node = triple.object
            if not isinstance(node, BlankNode) or node in hidden or node in found:
                continue
            if all(
                t.subject in hidden or t.subject in found for t in graph.match(None, None, node)
            ):
                found.add(node)
                todo.append(node)
    return found


def _named_after(triples: Iterable[Triple], names: Names) -> set[Term]:
    """The things whose identifier has the name of somebody who is not seen."""
    identifiers = {
        term
        for triple in triples
        for term in (triple.subject, triple.object)
        if isinstance(term, NamedNode) and not any(term in space for space in _NAMES_NOBODY)
    }
    return {term for term in identifiers if names.in_identifier(term.value)}


def _is_told(triple: Triple, names: Names, quoted: set[Term]) -> bool:
    """Whether a text could name somebody who is not seen."""
    if triple.subject in quoted and triple.predicate not in _KEPT_OF_A_PARAGRAPH:
        return True
    text = triple.object
    return isinstance(text, Literal) and names.in_text(str(text.value))
