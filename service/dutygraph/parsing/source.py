"""The text as it arrived.

Owns: how bytes and a media type become text in a known syntax, and where in it a fault stands.
Must not: run a parser, or know what a statement may say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from dutygraph.errors import Problem
from dutygraph.parsing.limits import Limits
from dutygraph.parsing.problems import empty, place_in, problem_at, shown
from dutygraph.parsing.syntaxes import SYNTAXES, Syntax

CHARSETS = ("utf-8", "utf8", "us-ascii")
"""The names of a character set that is UTF-8 or a part of it, in lower case."""

_MAGIC = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip, Word, Excel or OpenDocument file"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"{\\rtf", "a rich text document"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf", "a 7z file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
)
_HTML = re.compile(
    r"(?s)\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
_LOOKS_LIKE = (
    (re.compile(r"\s*(?:<\?xml|<rdf:RDF)"), "RDF/XML", "application/rdf+xml"),
    (re.compile(r'\s*(?:\[\s*\{|\{)\s*"'), "JSON-LD", "application/ld+json"),
    (
        re.compile(r"\s*(?:@?(?:prefix|base)\s|#|<[^>\s]*:[^>\s]*>\s)", re.I),
        "Turtle",
        "text/turtle",
    ),
)
_UNICODE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


@dataclass(frozen=True)
class Source:
    """A decoded text.

    Args:
        text: the text, without a byte order mark.
        syntax: its syntax.
        limits: how much it may hold.
    """

    text: str
    syntax: Syntax
    limits: Limits

    def line_of_text(self, text: str) -> int | None:
        """The first line where a value stands between quotes or tags, else where it stands."""
        start = text[:200]
        whole = (f'"{start}"', f"'{start}'", f">{start}<") if start == text else ()
        for needle in (*whole, start):
            position = self.text.find(needle)
            if position >= 0:
                return place_in(self.text, position)[0]
        return None

    def problem_about(
        self, stated: str, text: str, slug: str = "bad-value", extra: dict[str, Any] | None = None
    ) -> Problem:
        """A problem whose place is where a value stands.

        Args:
            stated: the value, as it is searched for in the text.
            text: what was found and what to do about it, in sentences.
            slug: a key of `errors.PROBLEM_TYPES`.
            extra: further members of the problem document.
        """
        return problem_at(slug, text, self.line_of_text(stated), extra=extra)

    def syntax_problem(self, reason: str, line: int | None, column: int | None) -> Problem:
        """A syntax error with its place, and a guess at what was meant."""
        advice = "Correct it and send the description again."
        if "No scheme found" in reason:
            advice = "Write the IRI in full, starting with https://, or declare a base."
        for pattern, name, media_type in _LOOKS_LIKE:
            if name != self.syntax.name and pattern.match(self.text[:500]):
                advice = f"If this is {name}, send it as {media_type}."
                break
        return problem_at("syntax", f"{shown(reason)} ({self.syntax.name}). {advice}", line, column)


def read_source(data: bytes, media_type: str, limits: Limits) -> Source:
    """Decode one description.

    Args:
        data: the body as it arrived.
        media_type: its media type; parameters other than `charset` are ignored.
        limits: how much it may hold.

    Raises:
        Problem: not-rdf, unsupported-media-type, syntax, empty or too-large.
    """
    if len(data) > limits.bytes:
        raise Problem(
            "too-large",
            f"The description has {len(data):,} bytes and the limit is {limits.bytes:,}. "
            "Send one structure at a time.",
        )
    syntax = _syntax_of(media_type)
    _refuse_other_files(data)
    text = _decode(data)
    if not text.strip():
        raise empty(syntax)
    _refuse_html(text)
    return Source(text, syntax, limits)


def _syntax_of(media_type: str) -> Syntax:
    name, _, parameters = media_type.lower().partition(";")
    syntax = SYNTAXES.get(name.strip())
    known = ", ".join(SYNTAXES)
    if syntax is None:
        raise Problem(
            "unsupported-media-type",
            f"“{shown(name.strip())}” is not read here. Send RDF as one of: {known}.",
            extra={"known": list(SYNTAXES)},
        )
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]*)", parameters)
    if charset and charset[1] not in CHARSETS:
        raise Problem(
            "unsupported-media-type",
            f"The character set “{shown(charset[1])}” is not read here. Save the file as UTF-8.",
        )
    return syntax


def _not_rdf(kind: str) -> Problem:
    return Problem(
        "not-rdf",
        f"This is {kind}, from its first bytes on, and not RDF. Send a description of the "
        "structure in Turtle, TriG, N-Triples, N-Quads, JSON-LD or RDF/XML.",
    )


def _refuse_other_files(data: bytes) -> None:
    for mark, kind in _MAGIC:
        if data.startswith(mark):
            raise _not_rdf(kind)


def _refuse_html(text: str) -> None:
    if _HTML.match(text[:4096]):
        raise _not_rdf("a web page (HTML)")


def _decode(data: bytes) -> str:
    """UTF-8 without its byte order mark; anything else is refused with its place."""
    if data.startswith(_UNICODE_MARKS) or b"\x00" in data[:4]:
        raise problem_at(
            "syntax",
            "The text is UTF-16 or UTF-32. Save the file as UTF-8.",
            1,
            1,
        )
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        raise problem_at(
            "syntax",
            f"The byte {data[error.start]:#04x} is not UTF-8. Save the file as UTF-8.",
            *place_in(before, len(before)),
        ) from error
    if "\x00" in text:
        where = place_in(text, text.index("\x00"))
        raise problem_at("syntax", "There is a NUL character here. Remove it.", *where)
    return text
