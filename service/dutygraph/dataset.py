"""Everything that is known, as one dataset that answers SPARQL.

Owns: which file stands in which named graph; what a query may do says `sparql`.
Must not: know a form of an answer, or take data from anybody; a submission never comes here.

| file | its graph |
| --- | --- |
| a structure in `data/documents/` | the structure |
| anything else there | `id/material/<document>/<file>` |
| `source.ttl` there | the source document |
| a module of the ontology, the register, the rulebook's edition | what the file says it is |
| a code list | its scheme |
| the rest: clauses, parameters, shapes | `id/graph/<folder>/<file>` |
| an `rdfs:label` for whatever has none: its name, or a sentence | `id/graph/labels` |

The label of a blank node stands in its own graph. The default graph of a query is the union of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dutygraph.errors import Problem
from dutygraph.labels import labels_of
from dutygraph.rooms import document_files, rulebook_files
from dutygraph.rulebook import Rulebook
from dutygraph.sparql import prefixes_for, read_query, syntax_problem
from dutygraph.terms import BASE, DG, OWL, RDF, SH, SKOS
from dutygraph.triples import (
    Answer,
    BlankNode,
    Graph,
    NamedGraphs,
    NamedNode,
    RdfFormat,
    Term,
    Triple,
    parse_quads,
)

__all__ = ["Dataset", "data_files", "named_contents", "query"]

# A file that holds exactly one of these is about it, and its graph is called after it.
_SUBJECTS = (OWL.Ontology, SKOS.ConceptScheme, DG.Register, DG.Rulebook)
_LABELS = NamedNode(BASE + "id/graph/labels")


@dataclass(frozen=True)
class Dataset:
    """Named graphs, open for questions.

    Args:
        graphs: the graphs.
    """

    graphs: NamedGraphs

    @classmethod
    def load(cls, without: Iterable[str] = ()) -> Dataset:
        """Read every file.

        Args:
            without: the beginnings of names of graphs that are left out, such as one source's.
        """
        graphs = NamedGraphs()
        for name, triples in named_contents(without):
            graphs.add(name, triples)
        return cls(graphs)

    @cached_property
    def prefixes(self) -> Mapping[str, str]:
        """The project's prefixes, from the one list in the ontology."""
        rows = self.graphs.query(
            f"SELECT ?prefix ?space {{ <{DG.base}> <{SH.declare.value}> ?node . "
            f"?node <{SH.prefix.value}> ?prefix ; <{SH.namespace.value}> ?space }} ORDER BY ?prefix"
        ).rows
        return {p.value: s.value for p, s in rows if p is not None and s is not None}

    def query(self, text: str) -> Answer:
        """Answer a query.

        Args:
            text: a SPARQL 1.1 SELECT, ASK, CONSTRUCT or DESCRIBE. One without a PREFIX line may use
                the project's prefixes.

        Raises:
            Problem: query-syntax, with the place where it is known, or query-refused: it would
                change data or call out.
        """
        prefixes = prefixes_for(text, self.prefixes)
        try:
            return self.graphs.query(read_query(text, prefixes).text, prefixes)
        except SyntaxError as error:
            raise syntax_problem(text, error) from error
        except RuntimeError as error:
            raise Problem("query-refused", f"This cannot be evaluated: {error}.") from error


def named_contents(without: Iterable[str] = ()) -> Iterator[tuple[NamedNode, list[Triple]]]:
    """Every file's graph and its statements, and at the end the graph of labels.

    Args:
        without: the beginnings of names of graphs that are left out.
    """
    left_out = tuple(without)
    contents = [
        (name, triples)
        for name, triples in _contents()
        if not (left_out and name.value.startswith(left_out))
    ]
    named: list[Triple] = []
    # A blank node is the same in one graph only, once the graphs have been sent somewhere.
    unnamed: dict[Term, Triple] = {}
    for label in labels_of([t for _, triples in contents for t in triples], Rulebook.load()):
        if isinstance(label.subject, BlankNode):
            unnamed[label.subject] = label
        else:
            named.append(label)
    for name, triples in contents:
        blank = {t.subject for t in triples if t.subject in unnamed}
        yield name, [*triples, *(unnamed[subject] for subject in blank)]
    yield _LABELS, named


def query(text: str) -> Answer:
    """Load everything and answer one query; see `Dataset.query`."""
    return Dataset.load().query(text)


# --- files and their graphs -----------------------------------------------------------------------


def data_files() -> list[Path]:
    """Every file that is a graph or a part of one."""
    return list(dict.fromkeys([*rulebook_files(), *document_files()]))


def _contents() -> Iterator[tuple[NamedNode, list[Triple]]]:
    """Every file's graph and statements; blank nodes are renamed, so that no two files share one."""
    for path in data_files():
        quads = parse_quads(path.read_bytes(), RdfFormat.TURTLE, rename_blank_nodes=True)
        try:
            triples = [quad.triple for quad in quads]
        except SyntaxError as error:
            raise SyntaxError(f"{path}: {error}") from error
        yield _name(path, triples), triples


def _name(path: Path, triples: list[Triple]) -> NamedNode:
    if path.parents[1].name == "documents":
        return _name_in_document(path, triples)
    graph = Graph(triples)
    subjects: list[Term] = [s for kind in _SUBJECTS for s in graph.instances(kind)]
    if len(subjects) == 1 and isinstance(subjects[0], NamedNode):
        return subjects[0]
    return NamedNode(f"{BASE}id/graph/{path.parent.name}/{path.stem}")


def _name_in_document(path: Path, triples: list[Triple]) -> NamedNode:
    document = path.parent.name
    if path.stem == "source":
        return NamedNode(f"{BASE}id/source/{document}")
    for triple in triples:
        if triple.predicate == RDF.type and triple.object == DG.Structure:
            assert isinstance(triple.subject, NamedNode)
            return triple.subject
    return NamedNode(f"{BASE}id/material/{document}/{path.stem}")
