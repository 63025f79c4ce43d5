"""A thing and what is known of it: what its page and its RDF are both made from.

Owns: which statements belong to the description of a thing, and how many at a time. Must not: word
them, nor write a syntax.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dutygraph.linked.knowledge import LABELS, Fact, Knowledge
from dutygraph.terms import DCT, DG, RDFS
from dutygraph.triples import BlankNode, NamedNode, Term

__all__ = ["PAGE", "Description", "describe", "graphs_of", "nested", "owner"]

PAGE = 100
"""How many facts that point at a thing, and how many things in a graph, stand on one page."""

_DEEPEST = 40  # RDF lists are chains of blank nodes


@dataclass(frozen=True)
class Description:
    """What is said of a thing on one page.

    Args:
        thing: what it is about.
        about: the statements about it, without those of its blank nodes.
        paragraphs: the passages that it is drawn from.
        pointing: the facts that point at it, those of this page.
        pointing_count: how many there are on all pages.
        holds: the things that are described in it, where it is a graph, those of this page.
        holds_count: how many there are on all pages.
        page, pages: this page, from 1, and how many there are.
    """

    thing: NamedNode
    about: tuple[Fact, ...]
    paragraphs: tuple[NamedNode, ...]
    pointing: tuple[Fact, ...]
    pointing_count: int
    holds: tuple[NamedNode, ...]
    holds_count: int
    page: int
    pages: int

    def facts(self, known: Knowledge) -> Iterator[Fact]:
        """Every statement: with its blank nodes, its paragraphs' own, and the names of all things."""
        seen: dict[Fact, None] = {}
        for fact in self.about:
            seen.update(dict.fromkeys((fact, *nested(known, fact.value))))
        for fact in self.pointing:
            seen.update(dict.fromkeys((fact, *_path_to(known, fact.subject))))
        for paragraph in self.paragraphs:
            seen.update(dict.fromkeys(known.about(paragraph)))
        yield from seen
        yield from _names(known, [*seen], self.holds)


def describe(known: Knowledge, thing: NamedNode, page: int = 1) -> Description:
    """Put together what is known of a thing.

    Args:
        known: where it is looked up.
        thing: what is asked for.
        page: which page of the facts that point at it and of the things in it, from 1.

    Returns:
        Its description; with nothing pointing at it where the page is beyond the last.
    """
    about = tuple(known.about(thing))
    # A statement that stands in two graphs points once.
    pointing = list({fact.triple: fact for fact in known.pointing_at(thing)}.values())
    held = {f.subject for f in known.within(thing)} - {thing}
    holds = sorted((h for h in held if isinstance(h, NamedNode)), key=str)
    pages = max(1, -(-max(len(pointing), len(holds)) // PAGE))
    start = (page - 1) * PAGE
    return Description(
        thing,
        about,
        tuple(_paragraphs(known, about)),
        tuple(pointing[start : start + PAGE]),
        len(pointing),
        tuple(holds[start : start + PAGE]),
        len(holds),
        page,
        pages,
    )


def nested(known: Knowledge, value: Term, depth: int = _DEEPEST) -> Iterator[Fact]:
    """The statements about a blank node and about those below it."""
    if not isinstance(value, BlankNode) or not depth:
        return
    for fact in known.about(value):
        yield fact
        yield from nested(known, fact.value, depth - 1)


def owner(known: Knowledge, thing: Term) -> Term:
    """The named thing that a blank node is a part of, or the topmost blank node."""
    path = _path_to(known, thing)
    return path[-1].subject if path else thing


def _path_to(known: Knowledge, thing: Term) -> list[Fact]:
    """The statements that lead to a blank node from the named thing that it is a part of."""
    found: list[Fact] = []
    while isinstance(thing, BlankNode) and len(found) < _DEEPEST:
        above = known.pointing_at(thing)
        if not above:
            break
        found.append(above[0])
        thing = above[0].subject
    return found


def _paragraphs(known: Knowledge, about: Iterable[Fact]) -> list[NamedNode]:
    sources = {f.value for f in about if f.predicate == DCT.source}
    return sorted(
        (s for s in sources if isinstance(s, NamedNode) and DG.Paragraph in known.types(s)), key=str
    )


def _names(known: Knowledge, facts: Sequence[Fact], things: Iterable[NamedNode]) -> Iterator[Fact]:
    """The labels of whatever the facts mention."""
    mentioned: dict[Term, None] = dict.fromkeys(things)
    for fact in facts:
        mentioned.update(dict.fromkeys((fact.subject, fact.predicate, fact.value)))
    for term in mentioned:
        if isinstance(term, NamedNode):
            yield from (f for f in known.about(term) if f.predicate == RDFS.label)


def graphs_of(description: Description) -> list[NamedNode]:
    """The graphs in which something is said of a thing."""
    return sorted({f.graph for f in description.about} - {LABELS}, key=str)
