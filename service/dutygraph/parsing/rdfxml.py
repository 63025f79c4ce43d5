"""RDF/XML, before the parser sees it.

Owns: one pass over the elements.
Must not: make statements, or let the parser meet a document type.
"""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from dutygraph.parsing.limits import ATTRIBUTES, NAMESPACES
from dutygraph.parsing.problems import empty, problem_at, shown, too_deep
from dutygraph.parsing.source import CHARSETS, Source


def check_rdf_xml(source: Source) -> None:
    """Refuse a text that the parser must not see.

    Raises:
        Problem: syntax, empty, too-large, too-deep or document-type-declaration.
    """
    _XmlCheck(source).run()


class _XmlCheck:
    """One pass of expat: well-formed, no document type, no entity, bounded in every direction."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._elements = 0
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._namespaces = [0]

    def run(self) -> None:
        """Raise the first problem, before the RDF parser sees the text."""
        try:
            self._parser.Parse(self._source.text.encode(), True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            if reason == expat.errors.XML_ERROR_NO_ELEMENTS and not self._elements:
                raise empty(self._source.syntax) from error
            raise self._source.syntax_problem(reason, error.lineno, error.offset + 1) from error

    def _here(self) -> tuple[int, int]:
        return self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1

    def _refuse(self, slug: str, text: str) -> NoReturn:
        raise problem_at(slug, text, *self._here())

    def _doctype(self, *_: object) -> None:
        self._refuse(
            "document-type-declaration",
            "A document type declaration (<!DOCTYPE) is not read here. "
            "Remove it, and write out what its entities stand for.",
        )

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if (encoding or "utf-8").lower() not in CHARSETS:
            self._refuse(
                "syntax",
                f"The XML declaration says “{shown(encoding or '')}”. Save the file as UTF-8.",
            )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._namespaces) > self._source.limits.nesting:
            raise too_deep(self._source.limits, *self._here())
        if len(attributes) > ATTRIBUTES:
            self._refuse(
                "too-large", f"An element has more than {ATTRIBUTES} attributes. Write elements."
            )
        declared = sum(key.startswith("xmlns") for key in attributes)
        self._namespaces.append(self._namespaces[-1] + declared)
        if self._namespaces[-1] > NAMESPACES:
            self._refuse(
                "too-large", f"More than {NAMESPACES} namespaces are in scope. Declare fewer."
            )

    def _end(self, name: str) -> None:
        self._namespaces.pop()
