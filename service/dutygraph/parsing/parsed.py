"""The result of the door.

Owns: what later stages get, and how they find a term in its text again.
Must not: refuse anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from dutygraph.parsing.problems import place_in
from dutygraph.parsing.turtle import TURTLE_TOKEN
from dutygraph.triples import Quad

_XML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PREFIXES = {
    "turtle": re.compile(r"@?\bprefix\s+([\w.-]*):\s*<([^<>\s]*)>", re.IGNORECASE),
    "json": re.compile(r'"([\w.-]+)"\s*:\s*"([^"\s]*)"'),
    "xml": re.compile(r"xmlns:([\w.-]+)\s*=\s*[\"']([^\"']*)"),
}
_NAME_START = r"(?<![\w.:/#%-])"
_NAME_END = r"(?![\w:#%-]|[./][\w:])"
_BARE_NAME = {"turtle": r"(?!)", "json": '(?<=")%s(?=")', "xml": r"(?<=<)%s(?=[\s/>])"}
_SUBJECT_PLACE = {"turtle": r"(?m:^[ \t]*+)<?", "json": '"@?id"\\s*:\\s*"', "xml": "about=[\"']"}


def _blank(match: re.Match[str]) -> str:
    """The match as white space with the same lines."""
    return "\n" * match[0].count("\n")


def _blank_turtle(match: re.Match[str]) -> str:
    return _blank(match) if match.lastgroup in ("long", "short", "comment") else match[0]


@dataclass(frozen=True)
class Parsed:
    """What came through the door.

    Args:
        quads: the statements, in the order of the document; blank nodes are renamed, so that two
            descriptions never share one.
        ignored_imports: the IRIs of `owl:imports` statements, which are left out (SECURITY S4).
        text: the decoded source.
        family: the family of the source's syntax (see `Syntax`).
    """

    quads: tuple[Quad, ...]
    ignored_imports: tuple[str, ...]
    text: str
    family: str = "turtle"

    def line_of(self, iri: str, local_name: str, *, as_subject: bool = False) -> int | None:
        """The first line where a term stands as a whole token; comments and strings do not count.

        Args:
            iri: the term in full.
            local_name: the end of the IRI that a prefixed name would show.
            as_subject: prefer a place where a statement about the term begins.

        Returns:
            The line from 1, or None: an escaped or a relative spelling is not found.
        """
        names = self._prefixed(iri)
        if not names and local_name not in self._searchable:
            return None
        exact = self._exactly(iri, names)
        subject = [_SUBJECT_PLACE[self.family] + exact] if as_subject else []
        for pattern in [*subject, exact, self._loosely(local_name)]:
            found = re.search(pattern, self._searchable)
            if found:
                # A match may begin with the white space of an earlier line.
                return place_in(self._searchable, found.end())[0]
        return None

    @cached_property
    def _searchable(self) -> str:
        """The text without the places where a term is only talked about."""
        if self.family == "turtle":
            return TURTLE_TOKEN.sub(_blank_turtle, self.text)
        return _XML_COMMENT.sub(_blank, self.text) if self.family == "xml" else self.text

    @cached_property
    def _prefixes(self) -> list[tuple[str, str]]:
        """The prefixes that the text declares, with their namespaces."""
        return list(dict.fromkeys(_PREFIXES[self.family].findall(self._searchable)))

    def _prefixed(self, iri: str) -> list[str]:
        """The IRI under the declared prefixes; a hostile text declares thousands for one."""
        names = (
            f"{prefix}:{iri.removeprefix(space)}"
            for prefix, space in self._prefixes
            if space and iri.startswith(space)
        )
        return list(islice(names, 20))

    def _exactly(self, iri: str, names: list[str]) -> str:
        """A pattern for the IRI in full, or under a declared prefix."""
        short = "|".join(re.escape(name) for name in names) or "(?!)"
        return rf"(?:(?<=[<\"']){re.escape(iri)}(?=[>\"'])|{_NAME_START}(?:{short}){_NAME_END})"

    def _loosely(self, local_name: str) -> str:
        """A pattern for the name under a prefix that is declared elsewhere, or alone."""
        name = re.escape(local_name)
        declared = "|".join(re.escape(prefix) for prefix, _ in self._prefixes[:50]) or "(?!)"
        bare = _BARE_NAME[self.family].replace("%s", name)
        return rf"(?:{_NAME_START}(?!(?:{declared}):)[\w.-]*:{name}{_NAME_END}|{bare})"
