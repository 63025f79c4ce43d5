"""The one shape of every error that a user can cause, and the catalogue of its types.

Owns: the problem types (slug, title, HTTP status) and the exception that carries one.
Must not: render, log, or know about HTTP beyond the status number.

A problem follows RFC 9457; the command line prints the same fields as a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PROBLEM_BASE = "https://w3id.org/dutygraph/problem/"


@dataclass(frozen=True)
class ProblemType:
    """A kind of problem: its permanent slug, its title and the HTTP status that it answers with."""

    slug: str
    title: str
    status: int

    @property
    def uri(self) -> str:
        """The permanent identifier of this kind of problem (RFC 9457, `type`)."""
        return PROBLEM_BASE + self.slug


_CATALOGUE = [
    ProblemType("not-rdf", "This is not RDF", 415),
    ProblemType("unsupported-media-type", "This media type is not read here", 415),
    ProblemType("not-acceptable", "None of the answers that you accept can be given", 406),
    ProblemType("compressed-body", "Compressed bodies are not read", 415),
    ProblemType("syntax", "The description has a syntax error", 400),
    ProblemType("empty", "The description is empty", 422),
    ProblemType("no-known-terms", "The description uses none of DutyGraph's terms", 422),
    ProblemType("unknown-term", "A term in DutyGraph's namespace does not exist", 422),
    ProblemType("no-structure", "The description holds no structure", 422),
    ProblemType("several-structures", "The description holds more than one structure", 422),
    ProblemType("no-authority", "The structure describes no authority", 422),
    ProblemType("no-day", "There is no day to assess on", 422),
    ProblemType("bad-date", "A date is not a date", 422),
    ProblemType("bad-value", "A value cannot be used here", 422),
    ProblemType("too-large", "The description is too large", 413),
    ProblemType("too-deep", "The description is nested too deeply", 422),
    ProblemType("document-type-declaration", "A document type declaration is refused", 422),
    ProblemType("unknown-context", "This JSON-LD context is not known here", 422),
    ProblemType("changes-the-rules", "A statement would change the rules", 422),
    ProblemType("bad-parameter", "A parameter is not understood", 400),
    ProblemType("unknown-rule", "There is no such rule", 404),
    ProblemType("query-syntax", "The query has a syntax error", 400),
    ProblemType("query-refused", "This query is not run here", 400),
    ProblemType("unknown-query", "There is no such query", 404),
    ProblemType("unknown-identifier", "There is no such identifier", 404),
    ProblemType("unknown-version", "This version is not kept here", 404),
    ProblemType("not-found", "There is nothing at this address", 404),
    ProblemType("method-not-allowed", "This address does not take that method", 405),
    ProblemType("no-token", "A token is needed", 401),
    ProblemType("bad-token", "This token is not known here", 401),
    ProblemType("cross-site", "Pages of other sites may not do this", 403),
    ProblemType("too-many-requests", "You have made too many requests", 429),
    ProblemType("bad-report", "The report cannot be used", 422),
    ProblemType("unreadable-file", "The file cannot be read", 422),
    ProblemType("unknown-graph", "There is no such graph", 404),
    ProblemType("graph-refused", "This graph is not written here", 403),
    ProblemType("graph-changed", "The graph is not as you last saw it", 412),
    ProblemType("not-yours", "This is for another council", 403),
    ProblemType("unknown-token", "There is no such token", 404),
    ProblemType("not-of-the-council", "A graph speaks for its own council alone", 422),
    ProblemType("condition-required", "A write says what it rests on", 428),
    ProblemType("withdrawn", "This graph was withdrawn", 410),
    ProblemType("nothing-to-undo", "There is no earlier version", 409),
    ProblemType("query-too-long", "The query took too long", 503),
    ProblemType("answer-too-large", "The answer is too large", 413),
    ProblemType("store-unavailable", "The store does not answer", 503),
    ProblemType("store-failed", "The store failed", 502),
    ProblemType("no-store", "There is no store", 503),
    ProblemType("store-in-use", "Another process uses the store", 409),
    ProblemType("not-a-backup", "This file is no backup that can be restored", 422),
    ProblemType("busy", "The service is busy", 503),
    ProblemType("out-of-time", "The assessment took too long", 503),
    ProblemType("out-of-memory", "The assessment needed too much memory", 503),
    ProblemType("engine-failed", "The validation engine failed", 500),
    ProblemType("engines-disagree", "The two validation engines disagree", 500),
    ProblemType("internal", "Something went wrong here", 500),
]
PROBLEM_TYPES = {kind.slug: kind for kind in _CATALOGUE}


@dataclass
class Problem(Exception):
    """A problem that a user is told about.

    Args:
        slug: a key of `PROBLEM_TYPES`.
        detail: one or two sentences: what was found, where, and what to do about it.
        line, column: the place in the submitted text, from 1, where it is known.
        extra: further members of the problem document (RFC 9457 section 3.2), JSON values only.
    """

    slug: str
    detail: str
    line: int | None = None
    column: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a slug that is not in the catalogue, so that no error goes out without a type."""
        self.kind = PROBLEM_TYPES[self.slug]
        Exception.__init__(self, self.detail)

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross a process boundary with every field."""
        return (Problem, (self.slug, self.detail, self.line, self.column, self.extra))

    @property
    def place(self) -> str:
        """The place in words ("line 3, column 7"), or an empty string."""
        if self.line is None:
            return ""
        return f"line {self.line}" + (f", column {self.column}" if self.column is not None else "")

    def as_dict(self) -> dict[str, Any]:
        """The problem as RFC 9457 members."""
        body: dict[str, Any] = {
            "type": self.kind.uri,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
        }
        if self.line is not None:
            body["line"] = self.line
        if self.column is not None:
            body["column"] = self.column
        return body | self.extra
