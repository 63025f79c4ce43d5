"""The bounded loop.

Owns: the order of the checks, with the counts that grow from statement to statement.
Must not: know what a text, an IRI or a literal must be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dutygraph.errors import Problem
from dutygraph.parsing.iris import check_iri, check_key
from dutygraph.parsing.jsonld import read_json_ld
from dutygraph.parsing.limits import DEFAULT_LIMITS, Limits
from dutygraph.parsing.literals import check_datatype, check_language, check_text
from dutygraph.parsing.parsed import Parsed
from dutygraph.parsing.problems import empty, too_large, triple_term
from dutygraph.parsing.rdfxml import check_rdf_xml
from dutygraph.parsing.source import Source, read_source
from dutygraph.parsing.turtle import check_turtle
from dutygraph.terms import OWL
from dutygraph.triples import BlankNode, Literal, NamedNode, Quad, Triple, parse_quads

_CHECKS = {"turtle": check_turtle, "xml": check_rdf_xml}


def parse(
    data: bytes,
    media_type: str,
    *,
    limits: Limits = DEFAULT_LIMITS,
    contexts: Mapping[str, object],
) -> Parsed:
    """Read one description.

    Args:
        data: the body as it arrived.
        media_type: its media type; parameters other than `charset` are ignored.
        limits: how much it may hold.
        contexts: the JSON-LD contexts that may be named, by exact IRI: either the context itself
            or a document that holds it under `@context`. They are trusted.

    Raises:
        Problem: not-rdf, unsupported-media-type, syntax, empty, too-large, too-deep,
            document-type-declaration, unknown-context, bad-value or bad-date.
    """
    source = read_source(data, media_type, limits)
    door = _Door(source)
    try:
        for quad in _quads(source, contexts):
            door.admit(quad)
    except SyntaxError as error:
        raise _parser_problem(error, source) from error
    if not door.quads:
        raise empty(source.syntax)
    imports = tuple(dict.fromkeys(door.imports))
    return Parsed(tuple(door.quads), imports, source.text, source.syntax.family)


def _quads(source: Source, contexts: Mapping[str, object]) -> Iterator[Quad]:
    """The statements as the parser finds them, once it may see the text."""
    if source.syntax.family == "json":
        return read_json_ld(source, contexts)
    _CHECKS[source.syntax.family](source)
    return parse_quads(source.text.encode(), source.syntax.format, rename_blank_nodes=True)


def _parser_problem(error: SyntaxError, source: Source) -> Problem:
    """What the RDF parser found."""
    reason = re.sub(r"^Parser error .*?: | ?\(line \d+\)$", "", str(error.msg)).rstrip(".")
    # JSON-LD was written anew for the parser, so that its places are not the sender's.
    known = source.syntax.family == "turtle"
    line, column = (error.lineno, error.offset) if known else (None, None)
    return source.syntax_problem(reason, line, column)


class _Door:
    """Takes in one quad after the other, checks it against the limits and keeps it.

    Args:
        source: the text, for the places in messages, with its limits.
    """

    def __init__(self, source: Source) -> None:
        self.quads: list[Quad] = []
        self.imports: list[str] = []
        self._source = source
        self._characters = 0
        self._statements = 0
        self._good_iris: set[str] = set()

    def admit(self, quad: Quad) -> None:
        """Check and keep one statement.

        Raises:
            Problem: too-large, bad-value or bad-date.
        """
        limits = self._source.limits
        self._statements += 1
        if self._statements > limits.statements:
            raise too_large(f"more than {limits.statements:,} statements")
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            self._check(term)
        if self._characters > limits.expanded_characters:
            raise too_large(
                f"more than {limits.expanded_characters:,} characters once its prefixes "
                "are written out"
            )
        check_key(self._source, quad)
        if quad.predicate == OWL.imports:
            self.imports.append(str(getattr(quad.object, "value", quad.object)))
        else:
            self.quads.append(quad)

    def _check(self, term: object) -> None:
        if isinstance(term, NamedNode):
            self._admit_iri(term.value)
        elif isinstance(term, Literal):
            self._admit_literal(term)
        elif isinstance(term, BlankNode):
            self._characters += len(term.value)
        elif isinstance(term, Triple):
            raise triple_term()

    def _admit_iri(self, iri: str) -> None:
        self._characters += len(iri)
        if iri not in self._good_iris:
            check_iri(self._source, iri)
            self._good_iris.add(iri)

    def _admit_literal(self, literal: Literal) -> None:
        self._characters += len(literal.value)
        check_text(self._source, literal.value)
        if literal.language is not None:
            check_language(self._source, literal)
        else:
            self._admit_iri(literal.datatype.value)
            check_datatype(self._source, literal.value, literal.datatype.value)
