"""What is known of a thing: the one seam between linked data and where the statements are kept.

Owns: looking statements up, by what they are about and by what they point at, and names for people.
Must not: know a path, a page or a syntax. A store may stand behind it: nothing else here asks for
statements in another way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from dutygraph.dataset import Dataset
from dutygraph.errors import PROBLEM_TYPES
from dutygraph.terms import BASE, CODE, DCT, DG, RDF, RDFS, SH, SKOS
from dutygraph.triples import BlankNode, Literal, NamedNode, Quad, Term, Triple, local_name

__all__ = ["LABELS", "Fact", "Knowledge"]

LABELS = NamedNode(BASE + "id/graph/labels")
_FILES = BASE + "id/graph/"
PROBLEMS = NamedNode(BASE + "id/graph/problems")
# What stands for a label where a thing has none; the first that it has counts.
_WORDS = (SKOS.prefLabel, DCT.title, DG.title, DG.notation, DG.gist, SH.message, DG.missingFact)
_LABEL_WIDTH = 100
_RELATED = 3
_CAMEL = re.compile(r"(?<=[a-z])([A-Z])")
_NEAREST = 5
# Enough to find a slip of the pen among the neighbours, and no more work than that.
_NEAREST_WIDTH = 100
_NEAREST_AMONG = 1000


class Fact(NamedTuple):
    """A statement and the graph that it stands in."""

    subject: Term
    predicate: NamedNode
    value: Term
    graph: NamedNode

    @property
    def triple(self) -> Triple:
        """The statement alone."""
        return Triple(self.subject, self.predicate, self.value)


def _order(fact: Fact) -> tuple[str, str, str, str]:
    return str(fact.predicate), str(fact.subject), str(fact.value), str(fact.graph)


def _problems() -> Iterator[tuple[NamedNode, Triple]]:
    for kind in PROBLEM_TYPES.values():
        thing = NamedNode(kind.uri)
        status = Literal(f"HTTP status {kind.status}.", language="en")
        yield PROBLEMS, Triple(thing, RDFS.label, Literal(kind.title, language="en"))
        yield PROBLEMS, Triple(thing, RDFS.comment, status)


@dataclass(frozen=True)
class Knowledge:
    """Statements by what they are about, by what they point at and by their graph.

    Args:
        prefixes: the project's prefixes.
    """

    prefixes: Mapping[str, str]
    _about: dict[Term, list[Fact]] = field(default_factory=dict)
    _pointing: dict[Term, list[Fact]] = field(default_factory=dict)
    _graphs: dict[NamedNode, list[Fact]] = field(default_factory=dict)
    _beside: set[NamedNode] = field(default_factory=set)

    @classmethod
    def of(cls, dataset: Dataset, beside: Iterable[tuple[NamedNode, Triple]] = ()) -> Knowledge:
        """Everything in a dataset, and the problems that the service answers with.

        Args:
            dataset: what is known.
            beside: further statements with their graphs, which are no part of the dataset.
        """
        known = cls(dict(dataset.prefixes))
        rows = dataset.query("SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }").rows
        for graph, subject, predicate, value in rows:
            assert isinstance(graph, NamedNode) and isinstance(predicate, NamedNode)
            assert subject is not None and value is not None
            known._add(Fact(subject, predicate, value, graph))
        for graph, triple in (*beside, *_problems()):
            known._add(Fact(triple.subject, triple.predicate, triple.object, graph))
            known._beside.add(graph)
        return known

    def _add(self, fact: Fact) -> None:
        self._about.setdefault(fact.subject, []).append(fact)
        self._graphs.setdefault(fact.graph, []).append(fact)
        if not isinstance(fact.value, Literal):
            self._pointing.setdefault(fact.value, []).append(fact)
        # A property is pointed at by nothing but its use, which is counted in the codebook.
        self._pointing.setdefault(fact.predicate, [])

    def about(self, thing: Term) -> list[Fact]:
        """The statements whose subject it is, sorted; a blank node has them too."""
        return sorted(self._about.get(thing, ()), key=_order)

    def pointing_at(self, thing: Term) -> list[Fact]:
        """The statements whose object it is, sorted."""
        return sorted(self._pointing.get(thing, ()), key=_order)

    def within(self, graph: NamedNode) -> list[Fact]:
        """The statements of a graph, sorted; none where it is no graph."""
        return sorted(self._graphs.get(graph, ()), key=_order)

    def graphs(self) -> list[NamedNode]:
        """The graphs of the dataset, sorted, without those beside it."""
        return sorted(self._graphs.keys() - self._beside, key=str)

    def beside(self) -> list[NamedNode]:
        """The graphs that are known and no part of the dataset, sorted."""
        return sorted(self._beside, key=str)

    def has_graph(self, graph: NamedNode) -> bool:
        """Whether it is a graph of the dataset."""
        return graph in self._graphs and graph not in self._beside

    def quads(self) -> Iterable[Quad]:
        """Every statement of the dataset with its graph."""
        return (Quad(*fact) for graph in self.graphs() for fact in self._graphs[graph])

    def knows(self, thing: NamedNode) -> bool:
        """Whether anything is said of it, or it is a graph."""
        return thing in self._about or thing in self._pointing or thing in self._graphs

    def names(self) -> list[str]:
        """Every IRI of ours that is known, sorted."""
        found = {*self._about, *self._pointing, *self._graphs}
        return sorted(
            t.value for t in found if isinstance(t, NamedNode) and t.value.startswith(BASE)
        )

    def nearest(self, iri: str) -> list[str]:
        """The known IRIs that are most like one that is not known.

        They are looked for beside it first, under the same path up to a slash, then further up.
        """
        wanted, names = iri[: len(BASE) + _NEAREST_WIDTH], self.names()
        above = wanted
        while len(above := above.rstrip("/").rpartition("/")[0] + "/") > len(BASE):
            beside = [n for n in names if n.startswith(above)][:_NEAREST_AMONG]
            ends = {n[len(above) :]: n for n in beside}
            found = get_close_matches(wanted[len(above) :], ends, _NEAREST, 0.5)
            if found:
                return [ends[end] for end in found]
        return []

    def types(self, thing: Term) -> list[NamedNode]:
        """Its classes."""
        found = {f.value for f in self._about.get(thing, ()) if f.predicate == RDF.type}
        return sorted((t for t in found if isinstance(t, NamedNode)), key=str)

    def value(self, thing: Term, predicate: NamedNode) -> Term | None:
        """One value of a property, the first in English where there are several, or None."""
        found = [f.value for f in self._about.get(thing, ()) if f.predicate == predicate]
        return min(
            found, key=lambda v: (getattr(v, "language", None) != "en", str(v)), default=None
        )

    def text(self, thing: Term, predicate: NamedNode) -> str:
        """The words of one value of a property, or an empty string."""
        found = self.value(thing, predicate)
        return "" if found is None else str(found.value)

    def label(self, thing: Term) -> str:
        """A name for people: its label, else the best that can be said."""
        if isinstance(thing, Literal):
            return str(thing.value)
        own = self.text(thing, RDFS.label)
        if own:
            return own
        if place := self.text(thing, DG.place):
            source = self.value(thing, DG.partOf)
            number = self.text(source, DCT.identifier) if source else ""
            return f"Source {number}, {place}" if number else place
        for predicate in _WORDS:
            if words := " ".join(self.text(thing, predicate).split()):
                return words if len(words) <= _LABEL_WIDTH else words[: _LABEL_WIDTH - 1] + "…"
        return self._made_label(thing)

    def _made_label(self, thing: NamedNode | BlankNode) -> str:
        """What a thing is and what it relates, or what its IRI says."""
        kinds = [self.text(t, RDFS.label) for t in self.types(thing)]
        kind = next((k for k in kinds if k), "")
        # A code says best which one it is, such as the office of a designation.
        facts = sorted(self.about(thing), key=lambda f: f.value not in CODE)
        related = dict.fromkeys(
            self.text(f.value, RDFS.label)
            for f in facts
            if isinstance(f.value, NamedNode) and f.value.value.startswith(BASE)
            if f.predicate not in (RDF.type, DCT.source)
        )
        words = ", ".join([w for w in related if w][:_RELATED])
        if kind and words:
            return f"{kind}: {words}"
        if isinstance(thing, BlankNode):
            return kind or "something without a name"
        if not thing.value.startswith(BASE):
            short = self.short(thing)
            name = short.partition(":")[2]
            return short if short == thing.value else _CAMEL.sub(r" \1", name).lower()
        name = local_name(thing).replace("-", " ")
        if thing in self._graphs and thing.value.startswith(_FILES):
            kind = local_name(thing.value.rpartition("/")[0])
        return f"{kind}: {name}" if kind else name

    def short(self, term: NamedNode) -> str:
        """A term with its prefix, or the whole IRI."""
        for prefix, space in self.prefixes.items():
            rest = term.value[len(space) :]
            if term.value.startswith(space) and rest and "/" not in rest:
                return f"{prefix}:{rest}"
        return str(term.value)
