"""The ontology and the code lists, as their pages show them.

Owns: which terms stand on the page of a module and of the whole, and where the data use a term.
Must not know a class or a property of the ontology by name; what it says of one is the ontology's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dutygraph.codebook import Book
from dutygraph.linked.addresses import document_of
from dutygraph.linked.knowledge import Knowledge
from dutygraph.terms import DCT, DG, OWL, RDF, RDFS, SKOS
from dutygraph.triples import NamedNode, Term

__all__ = ["Vocabulary"]

_KINDS = (
    (OWL.Class, "Classes"),
    (OWL.ObjectProperty, "Properties that lead to a thing"),
    (OWL.DatatypeProperty, "Properties that lead to a value"),
    (OWL.AnnotationProperty, "Properties for people and pages"),
)
_ROOT = NamedNode(DG.base)
Json = dict[str, Any]


@dataclass(frozen=True)
class Vocabulary:
    """The terms and codes, with their use.

    Args:
        known: where they are looked up.
        book: where the documents' data use them.
    """

    known: Knowledge
    book: Book

    def sections(self, thing: NamedNode) -> list[Json]:
        """What the page of a module, of the whole ontology or of a code list adds; none for others.

        Returns:
            Sections with a `title` and `entries`, each with `label`, `href`, `definition`, `notes`,
            `examples`, `broader` and `use`.
        """
        if thing == _ROOT:
            return self._whole()
        types = self.known.types(thing)
        if OWL.Ontology in types:
            return self._terms({f.subject for f in self.known.within(thing)})
        if SKOS.ConceptScheme in types:
            codes = {
                f.subject for f in self.known.pointing_at(thing) if f.predicate == SKOS.inScheme
            }
            return [self._section("Codes", codes)]
        return []

    def use(self, thing: NamedNode) -> Json | None:
        """Where the documents' data use a class or a property, or None where it is neither.

        Returns:
            For a class `instances`, `documents` and `rows` of its properties; for a property `rows`
            of the classes whose instances have it. A row has `label`, `href`, `count` and `values`.
        """
        if thing in self.book.uses:
            of_class = self.book.uses[thing]
            rows = [
                self._row(p, len(u.subjects), self.book.kind(u))
                for p, u in of_class.properties.items()
            ]
            return {
                "is_class": True,
                "instances": len(of_class.instances),
                "documents": sorted(d for d in of_class.documents if d),
                "rows": sorted(rows, key=lambda r: (-r["count"], r["label"])),
            }
        if not {kind for kind, _ in _KINDS} & set(self.known.types(thing)):
            return None
        rows = [
            self._row(cls, len(u.properties[thing].subjects), self.book.kind(u.properties[thing]))
            for cls, u in self.book.uses.items()
            if thing in u.properties
        ]
        return {"is_class": False, "rows": sorted(rows, key=lambda r: (-r["count"], r["label"]))}

    def _row(self, term: NamedNode, count: int, values: str) -> Json:
        return {
            "label": self.known.label(term),
            "short": self.known.short(term),
            "href": self._href(term),
            "count": count,
            "values": values,
        }

    def _whole(self) -> list[Json]:
        of_kind = {
            kind: {f.subject for f in self.known.pointing_at(kind) if f.predicate == RDF.type}
            for kind in (OWL.Ontology, SKOS.ConceptScheme)
        }
        terms = {
            fact.subject
            for kind, _ in _KINDS
            for fact in self.known.pointing_at(kind)
            if fact.predicate == RDF.type and fact.subject in DG
        }
        return [
            self._section("Modules", of_kind[OWL.Ontology]),
            *self._terms(terms),
            self._section("Code lists", of_kind[SKOS.ConceptScheme]),
        ]

    def _terms(self, among: set[Term]) -> list[Json]:
        found = []
        for kind, title in _KINDS:
            chosen = {t for t in among if kind in self.known.types(t)}
            if chosen:
                found.append(self._section(title, chosen))
        return found

    def _section(self, title: str, terms: Iterable[Term]) -> Json:
        entries = [self._entry(t) for t in terms if isinstance(t, NamedNode)]
        return {
            "title": title,
            "id": "section-" + title.split()[-1].lower(),
            "entries": sorted(entries, key=lambda e: (e["label"].casefold(), e["short"])),
        }

    def _entry(self, term: NamedNode) -> Json:
        known = self.known
        use = self.use(term)
        return {
            "label": known.label(term),
            "short": known.short(term),
            "href": self._href(term),
            "definition": known.text(term, SKOS.definition) or known.text(term, DCT.description),
            "notes": self._texts(term, SKOS.scopeNote),
            "examples": self._texts(term, SKOS.example),
            "broader": [
                {"label": known.label(f.value), "href": self._href(f.value)}
                for f in known.about(term)
                if f.predicate in (RDFS.subClassOf, RDFS.subPropertyOf, SKOS.broader)
                and isinstance(f.value, NamedNode)
            ],
            "use": use,
        }

    def _texts(self, term: NamedNode, predicate: NamedNode) -> list[str]:
        return [str(f.value.value) for f in self.known.about(term) if f.predicate == predicate]

    def _href(self, term: Term) -> str | None:
        ours = isinstance(term, NamedNode) and term.value.startswith(DG.base.removesuffix("def/"))
        return document_of(str(term.value)) if ours else None
