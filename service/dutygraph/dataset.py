"""Everything that is known, as one dataset that answers SPARQL.

Owns: which file stands in which named graph, and what a query may do: read, and nothing else.
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

The default graph of a query is the union of all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dutygraph.errors import Problem
from dutygraph.labels import labels_of
from dutygraph.rooms import room, rulebook_files
from dutygraph.rulebook import Rulebook
from dutygraph.terms import BASE, DG, OWL, RDF, SH, SKOS
from dutygraph.triples import (
    Answer,
    Graph,
    NamedGraphs,
    NamedNode,
    RdfFormat,
    Term,
    Triple,
    parse_quads,
)

__all__ = ["Dataset", "query"]

# A file that holds exactly one of these is about it, and its graph is called after it.
_SUBJECTS = (OWL.Ontology, SKOS.ConceptScheme, DG.Register, DG.Rulebook)
_LABELS = NamedNode(BASE + "id/graph/labels")
_SERVICE = re.compile("service", re.IGNORECASE)
_CALL = re.compile(r"service\s*(silent\s*)?[<?$:\w]", re.IGNORECASE)
_PREFIX = re.compile(r"\bprefix\s+[\w.-]*:\s*<", re.IGNORECASE)
# The declarations and comments before the first word of a query, and that word.
_VERB = re.compile(r"(?:\s|#.*|prefix\s+[^\s<]*\s*<[^>]*>|base\s*<[^>]*>)*+(\w*)", re.IGNORECASE)
_UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
)
# What Oxigraph's grammar calls white space, and its classes of characters.
_CLASS = re.compile(r"(?:'.'|\[[^]]*\])(?:, )?|\.\.=")


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
        left_out = tuple(without)
        graphs = NamedGraphs()
        known: list[Triple] = []
        for name, triples in _contents():
            if not (left_out and name.value.startswith(left_out)):
                graphs.add(name, triples)
                known += triples
        graphs.add(_LABELS, labels_of(known, Rulebook.load()))
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
        prefixes = None if _PREFIX.search(text) else self.prefixes
        try:
            _refuse_calls(text, prefixes)
            return self.graphs.query(text, prefixes)
        except SyntaxError as error:
            raise _syntax(text, error) from error
        except RuntimeError as error:
            raise Problem("query-refused", f"This cannot be evaluated: {error}.") from error


def query(text: str) -> Answer:
    """Load everything and answer one query; see `Dataset.query`."""
    return Dataset.load().query(text)


def _refuse_calls(text: str, prefixes: Mapping[str, str] | None) -> None:
    """Refuse a query that would call another server.

    Whether the word is a keyword or stands in a string, a name or a comment is the parser's to say:
    where it is a keyword, the query cannot be read with another word in its place.

    Raises:
        Problem: query-refused.
        SyntaxError: it cannot be read for another reason.
    """
    if not _SERVICE.search(text):
        return
    try:
        NamedGraphs().query(_SERVICE.sub("sxrvice", text), prefixes)
    except SyntaxError:
        if not (_CALL.search(text) and _is_read_to_its_end(text, prefixes)):
            raise
        raise Problem(
            "query-refused",
            "A SERVICE clause would call another server, which is not done here. Ask that "
            "server yourself and join the answers.",
        ) from None


def _is_read_to_its_end(text: str, prefixes: Mapping[str, str] | None) -> bool:
    """Whether the first fault of a query is one that is put after it; nothing is evaluated."""
    try:
        NamedGraphs().query(f"{text}\n)", prefixes)
    except SyntaxError as error:
        return error.lineno == text.count("\n") + 2
    return False


def _syntax(text: str, error: SyntaxError) -> Problem:
    found = _VERB.match(text)
    verb = found[1].upper() if found else ""
    if verb in _UPDATES:
        return Problem(
            "query-refused",
            f"{verb} would change the data, which are only read here. Use SELECT, ASK, "
            "CONSTRUCT or DESCRIBE.",
        )
    place = Problem("query-syntax", "", error.lineno, error.offset).place
    expected = _CLASS.sub("", error.msg.replace("\n", " ")).strip(" ,|")
    detail = f"The query cannot be read from here on: {expected}." if place else error.msg
    if "Prefix not found" in expected:
        detail = "A prefix is used that is not declared."
    elif expected in ("", "expected", "expected OPTIONAL"):
        # Oxigraph names the one token that it tried last.
        detail = (
            "The query ends, or goes on, in a way that is not SPARQL, or uses a prefix that is not "
            "declared."
        )
    return Problem(
        "query-syntax",
        f"{place.capitalize()}: {detail}" if place else detail,
        error.lineno,
        error.offset,
    )


# --- files and their graphs -----------------------------------------------------------------------


def _contents() -> Iterator[tuple[NamedNode, list[Triple]]]:
    """Every file's graph and statements; blank nodes are renamed, so that no two files share one."""
    data = room("data")
    documents = sorted(data.glob("documents/*/*.ttl"))
    for path in dict.fromkeys([*rulebook_files(), *documents]):
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
