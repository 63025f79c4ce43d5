"""RDF terms, graphs in memory and SPARQL over them.

Owns pyoxigraph: no other module imports it. Must not know any DutyGraph term.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pyoxigraph as ox
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat

__all__ = [
    "Answer",
    "BlankNode",
    "Graph",
    "Literal",
    "NamedGraphs",
    "NamedNode",
    "Quad",
    "RdfFormat",
    "Row",
    "Term",
    "Triple",
    "canonical",
    "canonical_quads",
    "local_name",
    "parse_quads",
    "parse_triples",
    "serialize",
    "serialize_quads",
]

Term = NamedNode | BlankNode | Literal

if TYPE_CHECKING:
    # pyoxigraph's own types allow the triple terms of RDF 1.2 everywhere; here they are refused at
    # the door, so that no later stage meets one.

    class Triple:
        """A statement."""

        def __init__(self, subject: Term, predicate: NamedNode, object: Term) -> None: ...

        subject: Term
        predicate: NamedNode
        object: Term

    class Quad:
        """A statement in a graph."""

        def __init__(
            self, subject: Term, predicate: NamedNode, object: Term, graph_name: Any = None
        ) -> None: ...

        subject: Term
        predicate: NamedNode
        object: Term
        graph_name: NamedNode | BlankNode | ox.DefaultGraph
        triple: Triple
else:
    from pyoxigraph import Quad, Triple

Row = Mapping[str, Term]


def parse_quads(
    data: bytes,
    format: RdfFormat,
    *,
    base_iri: str | None = None,
    lenient: bool = False,
    rename_blank_nodes: bool = False,
) -> Iterator[Quad]:
    """Parse in a stream.

    Raises:
        SyntaxError: while the stream is read, with `lineno` and `offset` where the syntax has them.
    """
    quads = ox.parse(
        data,
        format=format,
        base_iri=base_iri,
        lenient=lenient,
        rename_blank_nodes=rename_blank_nodes,
    )
    return cast(Iterator[Quad], quads)


def parse_triples(data: bytes) -> list[Triple]:
    """The statements of N-Triples, as the store and the canonical form give them; names are kept."""
    return [quad.triple for quad in parse_quads(data, RdfFormat.N_TRIPLES)]


def local_name(term: Term | str) -> str:
    """The part of an IRI after its last slash or hash."""
    text = term if isinstance(term, str) else str(term.value)
    return text.rstrip("/#").rsplit("#", 1)[-1].rsplit("/", 1)[-1]


class Graph:
    """A set of triples that answers SPARQL, held in memory by Oxigraph.

    Args:
        triples: the triples to start with; quads lose their graph name.
    """

    def __init__(self, triples: Iterable[Triple] = ()) -> None:
        self._store = ox.Store()
        self.update(triples)

    @classmethod
    def from_files(cls, paths: Iterable[str]) -> Graph:
        """Read Turtle files that we wrote ourselves; a syntax error names the file."""
        graph = cls()
        for path in paths:
            try:
                graph._store.bulk_load(path=path, format=RdfFormat.TURTLE)
            except SyntaxError as error:
                raise SyntaxError(f"{path}: {error}") from error
        return graph

    def update(self, triples: Iterable[Triple]) -> None:
        """Add triples."""
        quads = (ox.Quad(t.subject, t.predicate, t.object) for t in cast(Any, triples))
        self._store.bulk_extend(quads)

    def add(self, triple: Triple) -> None:
        """Add one triple."""
        self._store.add(cast(Any, Quad(triple.subject, triple.predicate, triple.object)))

    def __iter__(self) -> Iterator[Triple]:
        """Every triple, in no particular order."""
        return (cast(Triple, quad.triple) for quad in self._store)

    def __len__(self) -> int:
        """How many triples there are."""
        return len(self._store)

    def __contains__(self, triple: Triple) -> bool:
        """Whether the triple is there."""
        return cast(Any, Quad(triple.subject, triple.predicate, triple.object)) in self._store

    def match(
        self, subject: Term | None = None, predicate: Term | None = None, obj: Term | None = None
    ) -> Iterator[Triple]:
        """The triples that match; None matches anything."""
        found = cast(Any, self._store).quads_for_pattern(subject, predicate, obj, None)
        return (quad.triple for quad in found)

    def objects(self, subject: Term, predicate: Term) -> list[Term]:
        """The objects of a subject and predicate, sorted so that runs can be compared."""
        return sorted((t.object for t in self.match(subject, predicate)), key=str)

    def value(self, subject: Term, predicate: Term) -> Term | None:
        """The first object of a subject and predicate in sorted order, or None."""
        found = self.objects(subject, predicate)
        return found[0] if found else None

    def text(self, subject: Term, predicate: Term, default: str = "") -> str:
        """The lexical value of the first object, or the default."""
        found = self.value(subject, predicate)
        return default if found is None else str(found.value)

    def subjects(self, predicate: Term, obj: Term) -> list[Term]:
        """The subjects of a predicate and object, sorted."""
        return sorted((t.subject for t in self.match(None, predicate, obj)), key=str)

    def instances(self, cls: Term) -> list[Term]:
        """The nodes with that `rdf:type`, sorted."""
        return self.subjects(RDF_TYPE, cls)

    def select(
        self, query: str, bindings: Mapping[str, Term] | None = None
    ) -> list[dict[str, Term]]:
        """Run a SELECT; `bindings` replaces variables (`this` for `$this`) before it runs."""
        solutions = self._query(query, bindings)
        names = [v.value for v in solutions.variables]
        found = []
        for solution in solutions:
            row = {name: solution[name] for name in names if solution[name] is not None}
            found.append(row)
        return found

    def construct(self, query: str, bindings: Mapping[str, Term] | None = None) -> list[Triple]:
        """Run a CONSTRUCT and return its triples without repetition, sorted."""
        found: set[Triple] = set(self._query(query, bindings))
        return sorted(found, key=str)

    def ask(self, query: str, bindings: Mapping[str, Term] | None = None) -> bool:
        """Run an ASK."""
        return bool(self._query(query, bindings))

    def _query(self, query: str, bindings: Mapping[str, Term] | None) -> Any:
        substitutions = {ox.Variable(k): v for k, v in bindings.items()} if bindings else None
        return self._store.query(query, substitutions=cast(Any, substitutions))

    def ntriples(self) -> bytes:
        """The graph as N-Triples, sorted."""
        return "".join(sorted(f"{t} .\n" for t in self)).encode()


@dataclass(frozen=True)
class Answer:
    """What a query found; one of the three is there.

    Args:
        variables: the names that a SELECT asked for, in their order.
        rows: a term, or None where there is none, for each of them; in the query's order.
        triples: what a CONSTRUCT or DESCRIBE made, without repetition, sorted.
        truth: what an ASK found.
    """

    variables: tuple[str, ...] = ()
    rows: tuple[tuple[Term | None, ...], ...] = ()
    triples: tuple[Triple, ...] | None = None
    truth: bool | None = None


class NamedGraphs:
    """Named graphs that answer SPARQL, held in memory by Oxigraph.

    The default graph of a query is the union of them all. It is kept beside them: where Oxigraph
    makes the union itself, a triple that stands in two graphs is counted twice.
    """

    def __init__(self) -> None:
        self._store = ox.Store()

    def add(self, name: NamedNode, triples: Collection[Triple]) -> None:
        """Add triples to a graph."""
        named = cast(Any, name)
        for graph in (named, ox.DefaultGraph()):
            quads = (ox.Quad(t.subject, t.predicate, t.object, graph) for t in cast(Any, triples))
            self._store.bulk_extend(quads)

    def names(self) -> list[str]:
        """The names of the graphs, sorted."""
        return sorted(str(name.value) for name in self._store.named_graphs())

    def query(self, text: str, prefixes: Mapping[str, str] | None = None) -> Answer:
        """Run a query; an update is a syntax error.

        Args:
            text: SPARQL 1.1. A SERVICE clause would call out: it is the caller's to refuse.
            prefixes: what is declared beside the query's own PREFIX lines.

        Raises:
            SyntaxError: with `lineno` and `offset`, from 1, where they are known.
            RuntimeError: something in it cannot be evaluated.
        """
        declared = dict(prefixes) if prefixes else None
        try:
            found: Any = self._store.query(text, prefixes=declared)
        except SyntaxError as error:
            raise _placed(error) from None
        if isinstance(found, ox.QueryBoolean):
            return Answer(truth=bool(found))
        if isinstance(found, ox.QueryTriples):
            return Answer(triples=tuple(sorted(set(cast(Any, found)), key=str)))
        names = tuple(v.value for v in found.variables)
        return Answer(names, tuple(tuple(row[name] for name in names) for row in found))


_PLACE = re.compile(r"error at (\d+):(\d+): ")


def _placed(error: SyntaxError) -> SyntaxError:
    """The error, with the place that Oxigraph only writes into its message."""
    message = str(error)
    place = _PLACE.match(message)
    if not place:
        return error
    placed = SyntaxError(message[place.end() :])
    placed.lineno, placed.offset = int(place[1]), int(place[2])
    return placed


def serialize(triples: Iterable[Triple], format: RdfFormat, prefixes: Mapping[str, str]) -> bytes:
    """Write triples in one RDF syntax."""
    return cast(bytes, ox.serialize(cast(Any, triples), format=format, prefixes=dict(prefixes)))


def serialize_quads(quads: Iterable[Quad], format: RdfFormat, prefixes: Mapping[str, str]) -> bytes:
    """Write statements with their graphs in one syntax for datasets."""
    declared = dict(prefixes) if format.supports_datasets and format != RdfFormat.N_QUADS else None
    return cast(bytes, ox.serialize(cast(Any, quads), format=format, prefixes=declared))


def canonical_quads(quads: Iterable[Quad]) -> list[Quad]:
    """The same statements with the blank nodes' names of RDFC-1.0, without repetition, sorted.

    Two runs over the same files give the same bytes, whatever the blank nodes were called.
    """
    dataset = ox.Dataset(cast(Any, quads))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(cast("Iterable[Quad]", dataset), key=str)


def canonical(triples: Iterable[Triple]) -> bytes:
    """Triples as canonical N-Triples: equal for equal graphs, whatever their blank nodes are called.

    RDF Dataset Canonicalization 1.0 with SHA-256 (https://www.w3.org/TR/rdf-canon/).
    """
    quads = [ox.Quad(t.subject, t.predicate, t.object) for t in cast(Any, triples)]
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return "".join(sorted(f"{quad} .\n" for quad in dataset)).encode()


RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
