"""The codebook: which classes and properties the documents' data use, and what our tables' columns hold.

Owns: `data/CODEBOOK.md`, which `make codebook` writes anew from the data, the ontology and the
descriptions of the columns.
Must not: know a class, a property or a column; what it says of one is the ontology's, or `columns`'.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dutygraph.dataset import Dataset
from dutygraph.renderings.column_lists import as_markdown
from dutygraph.rooms import room
from dutygraph.terms import BASE, CODE, DG, PROV, RDF
from dutygraph.triples import BlankNode, Literal, NamedNode, Term, local_name

__all__ = ["Book", "codebook", "main"]

FILE = "CODEBOOK.md"
_OF_DOCUMENTS = tuple(BASE + f"id/{kind}/" for kind in ("structure", "material", "source"))
_EXAMPLE_WIDTH = 60
_INTRODUCTION = """\
# Codebook

What the data of the documents are made of: each class with the properties that its instances carry.
At the end stands [what the columns of the CSV files hold](#columns-of-the-csv-files).
`make codebook` writes this file from the data, the ontology and [columns.csv](columns.csv).
[GUIDE](GUIDE.md) says how to ask.

A number is that of the instances in all documents, or of those that have the property.
Every instance with a `dct:source` leads to its paragraphs.
Prefixes are those that `dutygraph query` knows; `code:` values stand in the code lists at the end.
"""


@dataclass
class PropertyUse:
    """How one property is used by the instances of one class."""

    subjects: set[Term] = field(default_factory=set)
    values: set[Term] = field(default_factory=set)


@dataclass
class Use:
    """The instances of one class and their properties."""

    instances: set[Term] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)
    properties: dict[NamedNode, PropertyUse] = field(default_factory=dict)


class Book:
    """What is known of the data, and the words of the ontology for it.

    `types` has the classes of each thing, `uses` the instances and properties of each class.

    Args:
        dataset: everything that is known.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self.types: dict[Term, set[NamedNode]] = {}
        self.uses: dict[NamedNode, Use] = {}
        self.codes_used: set[Term] = set()
        self._read()
        self._words = self._all_words()

    def _read(self) -> None:
        rows = self._rows("SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }")
        rows = [r for r in rows if str(r[0].value).startswith(_OF_DOCUMENTS)]
        for _, subject, predicate, value in rows:
            if predicate == RDF.type and isinstance(value, NamedNode):
                self.types.setdefault(subject, set()).add(value)
        homes = {graph: _document(str(graph.value)) for graph, *_ in rows}
        homes |= {g: local_name(o) for g, s, p, o in rows if p == PROV.wasDerivedFrom and s == g}
        for graph, subject, predicate, value in rows:
            assert isinstance(predicate, NamedNode)
            if value in CODE:
                self.codes_used.add(value)
            for cls in self.types.get(subject, ()):
                use = self.uses.setdefault(cls, Use())
                use.instances.add(subject)
                use.documents.add(homes[graph])
                if predicate != RDF.type:
                    own = use.properties.setdefault(predicate, PropertyUse())
                    own.subjects.add(subject)
                    own.values.add(value)

    def _rows(self, query: str) -> list[tuple[Term, ...]]:
        return [tuple(t for t in row if t is not None) for row in self._dataset.query(query).rows]

    def _all_words(self) -> dict[Term, str]:
        found: dict[Term, str] = {}
        # A term of another vocabulary has the label that we know it by; the last one counts.
        for predicate in ("rdfs:label", "skos:definition"):
            query = f"SELECT ?t (MIN(STR(?d)) AS ?words) {{ ?t {predicate} ?d }} GROUP BY ?t"
            found |= {term: str(words.value) for term, words in self._rows(query)}
        return found

    def definition(self, term: Term) -> str:
        """The ontology's definition of a term, on one line."""
        return " ".join(self._words.get(term, "").split())

    def short(self, term: Term) -> str:
        """A term with its prefix."""
        if isinstance(term, NamedNode):
            for prefix, space in self._dataset.prefixes.items():
                if term.value.startswith(space) and "/" not in term.value[len(space) :]:
                    return f"{prefix}:{term.value[len(space) :]}"
        return str(term.value)

    def kind(self, used: PropertyUse) -> str:
        """What the values are: classes, a code list, or a datatype."""
        kinds: set[str] = set()
        for value in used.values:
            if isinstance(value, Literal):
                kinds.add(self.short(value.datatype) if not value.language else "text")
            elif value in CODE:
                kinds.add("a code")
            else:
                kinds |= {self.short(t) for t in self.types.get(value, ())} or {"an IRI"}
        return ", ".join(sorted(kinds)[:6]) + (", …" if len(kinds) > 6 else "")  # noqa: PLR2004

    def example(self, used: PropertyUse) -> str:
        """One value, the first in order, cut short."""
        named = [v for v in used.values if not isinstance(v, BlankNode)]
        if not named:
            return "[]"
        first = min(named, key=str)
        text = " ".join(self.short(first).split())
        return text if len(text) <= _EXAMPLE_WIDTH else text[: _EXAMPLE_WIDTH - 1] + "…"


def codebook(dataset: Dataset) -> str:
    """The codebook as Markdown.

    Args:
        dataset: everything that is known.
    """
    book = Book(dataset)
    lines = [_INTRODUCTION, "## Classes", ""]
    ordered = sorted(book.uses, key=lambda c: (c not in _ours(book), book.short(c).lower()))
    for cls in ordered:
        use = book.uses[cls]
        lines.append(
            f"- [`{book.short(cls)}`](#{_anchor(book.short(cls))}) {len(use.instances)}: "
            f"{book.definition(cls) or 'see its own vocabulary.'}"
        )
    for cls in ordered:
        lines += _class_section(book, cls, book.uses[cls])
    lines += _code_lists(book)
    lines += as_markdown()
    return "\n".join(lines) + "\n"


def _ours(book: Book) -> set[NamedNode]:
    return {c for c in book.uses if c in DG}


def _class_section(book: Book, cls: NamedNode, use: Use) -> Iterator[str]:
    name = book.short(cls)
    documents = ", ".join(sorted(d for d in use.documents if d))
    yield from ["", f"### `{name}`", "", book.definition(cls) or "See its own vocabulary."]
    yield f"{len(use.instances)} in {documents}." if documents else f"{len(use.instances)}."
    yield from [
        "",
        "| property | of them | values | such as | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for predicate, used in sorted(
        use.properties.items(), key=lambda i: (-len(i[1].subjects), str(i[0]))
    ):
        cells = (
            f"`{book.short(predicate)}`",
            str(len(used.subjects)),
            book.kind(used),
            f"`{book.example(used)}`",
            book.definition(predicate),
        )
        yield "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"


def _code_lists(book: Book) -> Iterator[str]:
    yield from [
        "",
        "## Code lists",
        "",
        "The codes that the data use, by list; `skos:prefLabel` has their names.",
    ]
    rows = book._rows(
        "SELECT ?scheme ?schemeLabel ?code ?label { ?code skos:inScheme ?scheme ; "
        "skos:prefLabel ?label . ?scheme skos:prefLabel ?schemeLabel } ORDER BY ?scheme ?code"
    )
    lists: dict[tuple[Term, Term], list[str]] = {}
    for scheme, title, code, label in rows:
        if code in book.codes_used:
            lists.setdefault((scheme, title), []).append(f"`{local_name(code)}` {label.value}")
    for (scheme, title), codes in lists.items():
        yield from ["", f"### `{book.short(scheme)}` {title.value}", "", "; ".join(codes) + "."]


def _anchor(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum() or c in "-_")


def _document(graph: str) -> str:
    """The document that a graph belongs to, for material and sources; a structure says it itself."""
    parts = graph.removeprefix(BASE).split("/")
    return parts[2] if parts[1] in ("material", "source") else ""


def main() -> None:
    """Write the file into the room of data."""
    (room("data") / FILE).write_text(codebook(Dataset.load()), encoding="utf-8")


if __name__ == "__main__":
    main()
