"""Facts in words: what decided an outcome, said so that someone who knows no RDF can follow it.

Owns: turning triples and nodes of a state into sentences with their paragraph and standing, and filling
the places in the rulebook's messages. The wording is the ontology's and the rulebook's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from dutygraph.dates import Certainty, words
from dutygraph.description import UNNAMED
from dutygraph.rulebook import Rulebook
from dutygraph.state import NodeRecord, State
from dutygraph.terms import AUTHORITY, CODE, DCT, DG, FOAF, RDF, RDFS, SKOS
from dutygraph.triples import Graph, Literal, NamedNode, Term, Triple, local_name

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, order=True)
class Fact:
    """One fact that decided something.

    Args:
        statement: a sentence.
        source: the paragraph that states it, an IRI, or empty.
        standing: how it is known, a local name of the standings code list.
        sources: every paragraph.
        node: the node of the description that carries it.
        certainty: whether it held on the day for certain.
    """

    statement: str
    source: str
    standing: str
    sources: tuple[str, ...] = ()
    node: str = ""
    certainty: Certainty = Certainty.CERTAIN


class Facts:
    """The facts of one state, in words.

    Args:
        state: the state on the day, with its index.
        graph: everything that holds certainly or possibly, with codes and parameters.
        rulebook: labels, sentences and standings.
    """

    def __init__(self, state: State, graph: Graph, rulebook: Rulebook) -> None:
        self._state, self.graph, self._rulebook = state, graph, rulebook

    # --- facts -----------------------------------------------------------------------------------

    def of_triples(self, triples: Iterable[Triple]) -> list[Fact]:
        """The nodes that triples came from, each as one fact; what came from none is left out."""
        nodes: dict[Term, None] = {}
        loose: list[Fact] = []
        for triple in triples:
            found = self._state.index.get(triple, frozenset())
            dated = [n for n in sorted(found, key=str) if self._record(n).dated]
            if dated:
                nodes.update(dict.fromkeys(dated))
            elif found:
                loose.append(self._of_loose(triple, found))
        return sorted({*loose, *(self.of_node(node) for node in nodes)})

    def of_node(self, node: Term) -> Fact:
        """A node of the description as one fact."""
        record = self._record(node)
        sources = record.sources
        return Fact(
            statement=self.sentence(node) + _when(record) + _presumed(record),
            source=sources[0] if sources else "",
            standing=record.standing,
            sources=sources,
            node=str(node.value),
            certainty=record.certainty,
        )

    def of_anything(self, node: Term) -> Fact:
        """A node as one fact: a dated one in its sentence, a post or a body by its name."""
        record = self._record(node)
        if record.dated:
            return self.of_node(node)
        return Fact(
            statement=f"{self.label(node)} is described",
            source=record.sources[0] if record.sources else "",
            standing=record.standing,
            sources=record.sources,
            node=str(node.value),
        )

    def inferred(self, rulebook: Rulebook) -> tuple[Fact, ...]:
        """The classes that were inferred for posts, each with the paragraphs of its premises."""
        classes = {e.infers for e in rulebook.entries if e.infers} | {
            cls
            for step in rulebook.entailments
            for cls in rulebook.graph.objects(step.iri, DG.infers)
        }
        found = []
        for triple in self._state.full:
            if triple.predicate == RDF.type and triple.object in classes:
                found.append(self._of_loose(triple, self._state.index[triple], "inferred"))
        return tuple(sorted(found))

    def weakest(self, facts: Iterable[Fact]) -> str:
        """The weakest standing among facts, or empty where there are none."""
        return max((f.standing for f in facts), key=self._rank, default="")

    def _of_loose(
        self, triple: Triple, nodes: frozenset[Term], standing: str | None = None
    ) -> Fact:
        records = [self._record(n) for n in nodes]
        sources = tuple(sorted({s for r in records for s in r.sources}))
        label = self._rulebook.graph.text(
            triple.predicate, RDFS.label, local_name(triple.predicate)
        )
        thing = self.label(triple.object)
        article = "an" if thing[:1].lower() in "aeiou" else "a"
        said = f"is {article}" if triple.predicate == RDF.type else label
        certain = triple in self._state.certain
        return Fact(
            statement=f"{self.label(triple.subject)} {said} {thing}",
            source=sources[0] if sources else "",
            standing=standing or max((r.standing for r in records), key=self._rank),
            sources=sources,
            node=str(triple.subject.value),
            certainty=Certainty.CERTAIN if certain else Certainty.POSSIBLE,
        )

    def _rank(self, standing: str) -> int:
        return int(self._rulebook.graph.text(CODE[standing], DG.rank, "9"))

    def _record(self, node: Term) -> NodeRecord:
        plain = NodeRecord((), Certainty.CERTAIN, None, None, "", "stated")
        return self._state.nodes.get(node, plain)

    # --- words -----------------------------------------------------------------------------------

    def fill(
        self,
        template: str,
        authority: Term,
        subject: Term | None = None,
        values: tuple[str, ...] = (),
    ) -> str:
        """Put names into the places of a message: {authority}, {subject} and {value}."""
        names = {"authority": self.label(authority)}
        if subject is not None:
            names["subject"] = self.label(subject)
        names["value"] = _listed(sorted(self._label_of(v) for v in values)) or "something"
        return _filled(template, names)

    def fill_with(self, template: str, terms: Mapping[str, Term]) -> str:
        """Put the names of things into the places of a sentence, each place named after one."""
        return _filled(template, {name: self.label(term) for name, term in terms.items()})

    def fill_code(
        self,
        template: str,
        authority: Term,
        subject: Term | None = None,
        values: tuple[str, ...] = (),
    ) -> str:
        """Put identifiers into the places of a line of Turtle."""
        names = {
            "authority": self._short(str(authority)),
            "value": self._short(values[0]) if values else "…",
        }
        if subject is not None:
            names["subject"] = self._short(str(subject))
        return _filled(template, names)

    def label(self, term: Term) -> str:
        """The name of a thing as people write it."""
        if isinstance(term, Literal):
            return term.value
        if not isinstance(term, NamedNode) or term.value.startswith(UNNAMED):
            return self._title(self._state.described, term) or "someone unnamed"
        for graph in (self._state.described, self._rulebook.graph):
            found = self._title(graph, term)
            if found:
                return found
        name = local_name(term).replace("-", " ")
        return name.title() if term in AUTHORITY else name

    @staticmethod
    def _title(graph: Graph, term: Term) -> str:
        for predicate in (DG.title, FOAF.name, DG.name, SKOS.prefLabel, DCT.title, RDFS.label):
            found = graph.text(term, predicate)
            if found:
                return found
        return ""

    def _label_of(self, value: str) -> str:
        return self.label(NamedNode(value[1:-1])) if value.startswith("<") else value

    def _short(self, written: str) -> str:
        for prefix, namespace in self._rulebook.prefix_map.items():
            if written.startswith(f"<{namespace}") and re.fullmatch(
                r"[\w-]+", written[len(namespace) + 1 : -1]
            ):
                return f"{prefix}:{written[len(namespace) + 1 : -1]}"
        return written

    def sentence(self, node: Term) -> str:
        """A dated node in the words that the ontology has for its class, without its dates."""
        types = set(self.graph.objects(node, RDF.type))
        for cls, templates in self._sentences.items():
            if cls not in types:
                continue
            for template in templates:
                filled = self._fill_sentence(node, template)
                if filled:
                    return filled
        kind = next((self.label(t) for t in sorted(types, key=str) if t in DG), "fact")
        article = "an" if kind[:1].lower() in "aeiou" else "a"
        return f"{article} {kind} is stated"

    def _fill_sentence(self, node: Term, template: str) -> str | None:
        for slot in _SLOT.findall(template):
            values = {t.object for t in self.graph.match(node) if local_name(t.predicate) == slot}
            if not values:
                return None
            template = template.replace("{" + slot + "}", _listed(sorted(map(self.label, values))))
        return template

    @cached_property
    def _sentences(self) -> dict[Term, list[str]]:
        """Class to its sentences, those with the most places first, the most special class first."""
        found: dict[Term, list[str]] = {}
        for triple in self._rulebook.graph.match(None, DG.sentence):
            found.setdefault(triple.subject, []).append(str(triple.object.value))
        for templates in found.values():
            templates.sort(key=lambda t: (-len(_SLOT.findall(t)), t))
        return found


def _filled(template: str, names: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda m: names.get(m[1], m[0]), template)


def _listed(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]


def _presumed(record: NodeRecord) -> str:
    return ", as is presumed" if record.standing == "inferred" else ""


def _when(record: NodeRecord) -> str:
    if record.kind == "event":
        return f" ({words(record.start)})" if record.start else ""
    if record.start and record.end:
        return f" (from {words(record.start)} to {words(record.end)})"
    if record.start:
        return f" (from {words(record.start)})"
    if record.end:
        return f" (until {words(record.end)})"
    return ""
