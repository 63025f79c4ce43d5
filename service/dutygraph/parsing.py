"""The door: bytes and a media type become a bounded list of quads, or a problem with its place.

Owns: which syntaxes are read, every limit on size and shape, and what a term may look like.
Must not: open a file, use the network, or know a DutyGraph term (that is `admission`).

Whatever can be refused before the parser runs is refused before it runs, because the parser
expands entities, follows a chain of JSON-LD prefixes until the stack ends, and drops the JSON-LD
keys that it does not know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from typing import Any, NoReturn
from xml.parsers import expat

from dutygraph.errors import Problem
from dutygraph.terms import OWL, XSD
from dutygraph.triples import (
    RDF_TYPE,
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse_quads,
)

__all__ = ["SUFFIXES", "SYNTAXES", "Limits", "Parsed", "Syntax", "parse", "problem_at", "shown"]


@dataclass(frozen=True)
class Limits:
    """How much one description may hold (SECURITY S6, S7).

    Args:
        bytes: size of the body.
        statements: statements, counted while they are parsed, repetitions included.
        literal_characters: characters of one literal.
        iri_characters: characters of one IRI, after its prefix is expanded.
        nesting: depth of brackets, collections, JSON values or XML elements.
        expanded_characters: characters of all terms together. A long prefix makes a small body
            large, and this is what stops it.
    """

    bytes: int = 10 * 1024 * 1024
    statements: int = 200_000
    literal_characters: int = 100_000
    iri_characters: int = 2_048
    nesting: int = 100
    expanded_characters: int = 100_000_000


_DEFAULT_LIMITS = Limits()
# Measured on pyoxigraph 0.5.13. JSON-LD: terms defined through one another cost 2 kB of native
# stack each, and the end of the stack ends the process; every context copies the terms before it;
# a value costs 430 bytes while it is read. RDF/XML: attributes are compared pairwise, and an XML
# literal repeats every namespace in scope (360 kB took 190 s).
_JSON_PARTS_PER_STATEMENT = 5
_TERM_CHAIN = 20
_INLINE_TERMS = 500
_CONTEXTS = 100
_ATTRIBUTES = 100
_NAMESPACES = 200


@dataclass(frozen=True)
class Syntax:
    """One RDF syntax.

    Args:
        name: what people call it.
        family: how it is checked before parsing: "turtle", "json" or "xml".
        format: the parser's name for it.
    """

    name: str
    family: str
    format: RdfFormat


_JSON_LD = Syntax("JSON-LD", "json", RdfFormat.JSON_LD)

SYNTAXES: Mapping[str, Syntax] = {
    "text/turtle": Syntax("Turtle", "turtle", RdfFormat.TURTLE),
    "application/trig": Syntax("TriG", "turtle", RdfFormat.TRIG),
    "application/n-triples": Syntax("N-Triples", "turtle", RdfFormat.N_TRIPLES),
    "application/n-quads": Syntax("N-Quads", "turtle", RdfFormat.N_QUADS),
    "application/ld+json": _JSON_LD,
    "application/json": _JSON_LD,
    "application/rdf+xml": Syntax("RDF/XML", "xml", RdfFormat.RDF_XML),
}
"""The media types that are read, without parameters and in lower case, and their syntax."""

SUFFIXES: Mapping[str, str] = {
    ".ttl": "text/turtle",
    ".trig": "application/trig",
    ".nt": "application/n-triples",
    ".nq": "application/n-quads",
    ".jsonld": "application/ld+json",
    ".json": "application/ld+json",
    ".rdf": "application/rdf+xml",
    ".xml": "application/rdf+xml",
    ".owl": "application/rdf+xml",
}
"""The file name endings that are read, in lower case, and their media type."""


def problem_at(
    slug: str,
    text: str,
    line: int | None = None,
    column: int | None = None,
    extra: dict[str, Any] | None = None,
) -> Problem:
    """A problem whose detail begins with its place.

    Args:
        slug: a key of `errors.PROBLEM_TYPES`.
        text: what was found and what to do about it, in sentences.
        line, column: the place, from 1, where it is known.
        extra: further members of the problem document.
    """
    where = Problem(slug, text, line, column).place
    detail = f"{where.capitalize()}: {text}" if where else text
    return Problem(slug, detail, line, column, extra or {})


def shown(text: str) -> str:
    """Submitted text as it may stand in a message: short, on one line and encodable."""
    whole = text[:200].encode("utf-8", "replace").decode()
    flat = "".join(mark if mark.isprintable() else " " for mark in whole)
    return flat if len(flat) <= 80 else flat[:79] + "…"


def _place(text: str, position: int) -> tuple[int, int]:
    """The line and column, from 1, of a position in a text."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


# --- the result ---------------------------------------------------------------------------------

# Every alternative also matches when its end is missing, so that the scan stays linear; the
# parser then reports the missing end. `<<` and `{|` only begin RDF 1.2 triple terms.
_TURTLE_TOKEN = re.compile(
    r'(?P<long>"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?|\'\'\'(?:[^\'\\]++|\\.|\'(?!\'\'))*+(?:\'\'\')?)'
    r'|(?P<short>"(?:[^"\\\n\r]++|\\.)*+"?|\'(?:[^\'\\\n\r]++|\\.)*+\'?)'
    r"|(?P<comment>#[^\n\r]*+)"
    r"|(?P<star><<|\{\|)"
    r"|(?P<iri><[^<>\s]*+>?)"
    r"|\\."
    r"|(?P<open>[\[({])|(?P<close>[\])}])",
    re.DOTALL,
)
_JSON_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_JSON_TOKEN = re.compile(
    rf"(?P<string>{_JSON_STRING})(?P<colon>\s*+:)?|(?P<comma>,)|(?P<open>[\[{{])|(?P<close>[\]}}])",
    re.DOTALL,
)
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
                return _place(self._searchable, found.end())[0]
        return None

    @cached_property
    def _searchable(self) -> str:
        """The text without the places where a term is only talked about."""
        if self.family == "turtle":
            return _TURTLE_TOKEN.sub(_blank_turtle, self.text)
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


def parse(
    data: bytes,
    media_type: str,
    *,
    limits: Limits = _DEFAULT_LIMITS,
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
        raise _empty(syntax)
    _refuse_html(text)
    door = _Door(text, syntax, limits)
    try:
        for quad in _READERS[syntax.family](door, contexts):
            door.admit(quad)
    except SyntaxError as error:
        raise _parser_problem(error, door) from error
    if not door.quads:
        raise _empty(syntax)
    return Parsed(tuple(door.quads), tuple(dict.fromkeys(door.imports)), text, syntax.family)


# --- before the parser --------------------------------------------------------------------------

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
    if charset and charset[1] not in ("utf-8", "utf8", "us-ascii"):
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
            *_place(before, len(before)),
        ) from error
    if "\x00" in text:
        where = _place(text, text.index("\x00"))
        raise problem_at("syntax", "There is a NUL character here. Remove it.", *where)
    return text


def _empty(syntax: Syntax) -> Problem:
    return Problem(
        "empty",
        f"The {syntax.name} holds no statement. Send a description with a structure "
        "and the authority that it describes.",
    )


def _syntax_problem(
    text: str, syntax: Syntax, reason: str, line: int | None, column: int | None
) -> Problem:
    """A syntax error with its place, and a guess at what was meant."""
    advice = "Correct it and send the description again."
    if "No scheme found" in reason:
        advice = "Write the IRI in full, starting with https://, or declare a base."
    for pattern, name, media_type in _LOOKS_LIKE:
        if name != syntax.name and pattern.match(text[:500]):
            advice = f"If this is {name}, send it as {media_type}."
            break
    return problem_at("syntax", f"{shown(reason)} ({syntax.name}). {advice}", line, column)


def _parser_problem(error: SyntaxError, door: _Door) -> Problem:
    """What the RDF parser found."""
    reason = re.sub(r"^Parser error .*?: | ?\(line \d+\)$", "", str(error.msg)).rstrip(".")
    # JSON-LD was written anew for the parser, so that its places are not the sender's.
    known = door.syntax.family == "turtle"
    line, column = (error.lineno, error.offset) if known else (None, None)
    return _syntax_problem(door.text, door.syntax, reason, line, column)


def _too_deep(limits: Limits, line: int, column: int) -> Problem:
    return problem_at(
        "too-deep",
        f"The nesting passes {limits.nesting} levels. Give the inner nodes a name each "
        "and describe them side by side.",
        line,
        column,
    )


# --- Turtle, TriG, N-Triples, N-Quads -----------------------------------------------------------


def _read_turtle(door: _Door, contexts: Mapping[str, object]) -> Iterator[Quad]:
    _scan(door, _TURTLE_TOKEN)
    return iter(parse_quads(door.text.encode(), door.syntax.format, rename_blank_nodes=True))


def _scan(door: _Door, tokens: re.Pattern[str]) -> None:
    """Count brackets and find triple terms without recursion, before the parser sees them."""
    depth = parts = 0
    for match in tokens.finditer(door.text):
        kind = match.lastgroup
        parts += kind in ("open", "comma")
        if parts > door.limits.statements * _JSON_PARTS_PER_STATEMENT + _INLINE_TERMS:
            raise door.too_large("more values than its statements can need")
        if kind == "open":
            depth += 1
            if depth > door.limits.nesting:
                raise _too_deep(door.limits, *_place(door.text, match.start()))
        elif kind == "close":
            depth -= 1
        elif kind == "star":
            raise _triple_term(*_place(door.text, match.start()))


def _triple_term(line: int | None = None, column: int | None = None) -> Problem:
    return problem_at(
        "bad-value",
        "RDF 1.2 triple terms are not read here. Describe the statement with a node of its own.",
        line,
        column,
    )


# --- RDF/XML ------------------------------------------------------------------------------------


def _read_xml(door: _Door, contexts: Mapping[str, object]) -> Iterator[Quad]:
    _XmlCheck(door).run()
    return iter(parse_quads(door.text.encode(), door.syntax.format, rename_blank_nodes=True))


class _XmlCheck:
    """One pass of expat: well-formed, no document type, no entity, bounded in every direction."""

    def __init__(self, door: _Door) -> None:
        self._door = door
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
            self._parser.Parse(self._door.text.encode(), True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            if reason == expat.errors.XML_ERROR_NO_ELEMENTS and not self._elements:
                raise _empty(self._door.syntax) from error
            raise _syntax_problem(
                self._door.text, self._door.syntax, reason, error.lineno, error.offset + 1
            ) from error

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
        if (encoding or "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
            self._refuse(
                "syntax",
                f"The XML declaration says “{shown(encoding or '')}”. Save the file as UTF-8.",
            )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._namespaces) > self._door.limits.nesting:
            raise _too_deep(self._door.limits, *self._here())
        if len(attributes) > _ATTRIBUTES:
            self._refuse(
                "too-large", f"An element has more than {_ATTRIBUTES} attributes. Write elements."
            )
        declared = sum(key.startswith("xmlns") for key in attributes)
        self._namespaces.append(self._namespaces[-1] + declared)
        if self._namespaces[-1] > _NAMESPACES:
            self._refuse(
                "too-large", f"More than {_NAMESPACES} namespaces are in scope. Declare fewer."
            )

    def _end(self, name: str) -> None:
        self._namespaces.pop()


# --- JSON-LD ------------------------------------------------------------------------------------

# What no context defines and what has no base comes out of the parser under these, instead of
# vanishing, and is refused at the door.
_UNDEFINED = "undefined-key:"
_RELATIVE = "relative-iri:"
_KEYWORD = re.compile(
    "@(base|container|context|direction|graph|id|import|included|index|json|language|list|nest"
    "|none|prefix|propagate|protected|reverse|set|type|value|version|vocab)"
)


def _read_json(door: _Door, contexts: Mapping[str, object]) -> Iterator[Quad]:
    _scan(door, _JSON_TOKEN)
    document = _load_json(door.text)
    if not _is_json_ld(document):
        raise problem_at(
            "not-rdf", "This is JSON and not JSON-LD: send an object, or a list of objects.", 1, 1
        )
    _Contexts(door, contexts).put_into(document)
    document = _with_sentinel(document)
    try:
        data = json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Problem(
            "bad-value", "A string holds half of a surrogate pair. Write the character itself."
        ) from error
    # Lenient, because the strict parser leaves out a malformed IRI or language tag in silence;
    # the door checks them one by one.
    return iter(
        parse_quads(
            data,
            door.syntax.format,
            base_iri=f"{_RELATIVE}//base/",
            lenient=True,
            rename_blank_nodes=True,
        )
    )


def _load_json(text: str) -> object:
    """The JSON value, without duplicate keys and without numbers that would change."""

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(items)
        if len(found) != len(items):
            raise _duplicate_key(text)
        return found

    def whole(token: str) -> int:
        if len(token) > 19:
            raise _bad_number(text, token, "write it as a string with a datatype")
        return int(token)

    def fraction(token: str) -> float:
        value = float(token)
        if value in (float("inf"), float("-inf")):
            raise _bad_number(text, token, "write a smaller number")
        return value

    def constant(token: str) -> NoReturn:
        raise _bad_number(text, token, "leave the key out where there is no value")

    try:
        return json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=whole,
            parse_float=fraction,
            parse_constant=constant,
        )
    except json.JSONDecodeError as error:
        raise _syntax_problem(text, _JSON_LD, error.msg, error.lineno, error.colno) from error


def _bad_number(text: str, token: str, advice: str) -> Problem:
    """A number that JSON cannot hold, or that would lose digits, at its first place."""
    places = re.finditer(f"{_JSON_STRING}|{re.escape(token)}", text, re.DOTALL)
    where = next((m.start() for m in places if m[0] == token), 0)
    return problem_at(
        "syntax", f"{shown(token)} is not read as a number: {advice}.", *_place(text, where)
    )


def _duplicate_key(text: str) -> Problem:
    """The problem of the first key that stands twice in one object."""
    keys: list[set[str]] = []
    for match in _JSON_TOKEN.finditer(text):
        if match["open"]:
            keys.append(set())
        elif match["close"]:
            keys.pop()
        elif match["colon"]:
            key = json.loads(match["string"])
            if key in keys[-1]:
                return problem_at(
                    "syntax",
                    f"The key “{shown(key)}” stands twice in one object, and only one would count. "
                    "Put the values into one list.",
                    *_place(text, match.start()),
                )
            keys[-1].add(key)
    raise AssertionError("the JSON parser saw a duplicate key")


def _is_json_ld(document: object) -> bool:
    items = document if isinstance(document, list) else [document]
    return all(isinstance(item, dict) for item in items)


def _with_sentinel(document: object) -> dict[str, object]:
    """The document under a vocabulary that makes an undefined key or type visible."""
    sentinel = {"@vocab": _UNDEFINED}
    if isinstance(document, dict):
        stated = document.pop("@context", [])
        return {"@context": [sentinel, *stated], **document}
    return {"@context": sentinel, "@graph": document}


class _Contexts:
    """Puts the known contexts in place of their IRIs and refuses what would hide a key.

    Args:
        door: for the places in messages.
        known: the contexts by IRI, trusted.
    """

    def __init__(self, door: _Door, known: Mapping[str, object]) -> None:
        self._door = door
        self._known = known
        self._contexts = 0
        self._terms = 0

    def put_into(self, value: object) -> None:
        """Rewrite the `@context` of every node in the value; each becomes a flat list."""
        if isinstance(value, list):
            for item in value:
                self.put_into(item)
        elif isinstance(value, dict):
            self._refuse_keys(value)
            for key, inner in value.items():
                if key == "@context":
                    value[key] = self._context(inner)
                else:
                    self.put_into(inner)

    def _refuse_keys(self, node: dict[str, object]) -> None:
        for key, value in node.items():
            if key.startswith("@") and not _KEYWORD.fullmatch(key):
                raise self._bad(key, "is not a JSON-LD keyword. Correct or remove it")
            if value == "@direction" or (key == "@direction" and value is not None):
                raise self._bad(key, "gives a text direction, which is not read here. Remove it")

    def _context(self, context: object) -> list[object]:
        """A context as a flat list, without a remote or an undefining one."""
        if isinstance(context, list):
            return [part for item in context for part in self._context(item)]
        self._contexts += 1
        if self._contexts > _CONTEXTS:
            raise Problem(
                "too-large",
                f"There are more than {_CONTEXTS} contexts. Put one @context at the top.",
            )
        if isinstance(context, str):
            return self._known_context(context)
        if isinstance(context, dict):
            return [self._inline(context)]
        raise self._bad("@context", "must be an IRI or an object here: null would hide keys")

    def _known_context(self, iri: str) -> list[object]:
        if iri not in self._known:
            known = sorted(self._known)
            raise problem_at(
                "unknown-context",
                f"The context “{shown(iri)}” is not known, and nothing is fetched. "
                f"Use one of: {', '.join(known)}; or write the context into the document.",
                self._door.line_of_text(iri),
                extra={"known": known},
            )
        context = self._known[iri]
        if isinstance(context, dict) and "@context" in context:
            context = context["@context"]
        return list(context) if isinstance(context, list) else [context]

    def _inline(self, context: dict[str, object]) -> dict[str, object]:
        self._refuse_keys(context)
        self._terms += len(context)
        if self._terms > _INLINE_TERMS:
            raise Problem(
                "too-large",
                f"The contexts define more than {_INLINE_TERMS} terms. Define those that you use.",
            )
        self._refuse_chain(context)
        if "@import" in context:
            raise self._bad("@import", "is not read here. Write the context into the document")
        return {key: self._definition(key, value) for key, value in context.items()}

    def _refuse_chain(self, context: dict[str, object]) -> None:
        """Refuse terms that the parser could only define one inside the other, or never."""
        waiting = {key: _depends_on(key, context) for key in context}
        for _ in range(_TERM_CHAIN):
            waiting = {key: needs & waiting.keys() for key, needs in waiting.items() if needs}
        if waiting:
            key = next(iter(waiting))
            raise problem_at(
                "too-deep",
                f"The key “{shown(key)}” is defined through more than {_TERM_CHAIN} others, or "
                "through itself. Write its IRI in full.",
                self._door.line_of_text(key),
            )

    def _definition(self, key: str, value: object) -> object:
        hides = value is None or (isinstance(value, dict) and value.get("@id", key) is None)
        if hides and key not in ("@language", "@direction"):
            raise self._bad(key, "is set to null, which would hide what stands under it. Remove it")
        if not isinstance(value, dict):
            return value
        self._refuse_keys(value)
        # Measured on pyoxigraph 0.5.13: a list in a graph container aborts the process.
        if "@graph" in json.dumps(value.get("@container")):
            raise self._bad(key, "is a container of graphs, which is not read here. Use @graph")
        if "@context" in value:
            return value | {"@context": self._context(value["@context"])}
        return value

    def _bad(self, key: str, complaint: str) -> Problem:
        line = self._door.line_of_text(key)
        return problem_at("bad-value", f"The key “{shown(key)}” {complaint}.", line)


def _depends_on(key: str, context: dict[str, object]) -> set[str]:
    """The keys of a context that the definition of one of them uses, as prefix or as a whole."""
    stated = context[key]
    values = list(stated.values()) if isinstance(stated, dict) else [stated]
    names = [key, *(value for value in values if isinstance(value, str))]
    used = {part for name in names for part in (name, name.partition(":")[0])}
    return {name for name in used & context.keys() if name != key and not name.startswith("@")}


_READERS: dict[str, Callable[[_Door, Mapping[str, object]], Iterator[Quad]]] = {
    "turtle": _read_turtle,
    "json": _read_json,
    "xml": _read_xml,
}


# --- values -------------------------------------------------------------------------------------

_SCHEMES_REFUSED = ("javascript:", "vbscript:", "file:", "data:")
# A JSON-LD key with a prefix that no context declares is a legal IRI; a typo shows in its scheme.
_KEY_SCHEMES = ("http:", "https:", "urn:", "tag:", "info:", "did:")
_ZONE = r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)"
_TIME = rf"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{{1,9}})?{_ZONE}?"
_XSD_NAME = re.compile(
    "string|boolean|decimal|integer|double|float|date|time|dateTime|dateTimeStamp|gYear|gMonth"
    "|gDay|gYearMonth|gMonthDay|duration|yearMonthDuration|dayTimeDuration|byte|short|int|long"
    "|unsignedByte|unsignedShort|unsignedInt|unsignedLong|positiveInteger|nonNegativeInteger"
    "|negativeInteger|nonPositiveInteger|hexBinary|base64Binary|anyURI|language"
    "|normalizedString|token|NMTOKEN|Name|NCName"
)


def _is(pattern: str, lexical: str) -> bool:
    return re.fullmatch(pattern, lexical, re.ASCII) is not None


def _is_day(lexical: str) -> bool:
    if not _is(r"\d{4}-\d\d-\d\d", lexical):
        return False
    try:
        date.fromisoformat(lexical)
    except ValueError:
        return False
    return True


def _is_iri_text(lexical: str) -> bool:
    refused = lexical.lower().startswith(_SCHEMES_REFUSED)
    return not refused and _is(r'[^\x00-\x20<>"{}|\\^`]*', lexical)


@dataclass(frozen=True)
class _Datatype:
    """What a literal of one datatype must be, how to say it, and the problem if it is not."""

    accepts: Callable[[str], bool]
    says: str
    slug: str = "bad-value"


# Eighteen digits are what every engine can hold; a whole number beyond is a slip of the pen.
_DATATYPES = {
    XSD.base + "date": _Datatype(_is_day, "a day as YYYY-MM-DD, such as 2017-01-24", "bad-date"),
    XSD.base + "gYearMonth": _Datatype(
        lambda text: _is(r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])", text),
        "a month as YYYY-MM, such as 2017-01",
        "bad-date",
    ),
    XSD.base + "gYear": _Datatype(
        lambda text: _is(r"(?!0000)\d{4}", text), "a year as YYYY, such as 2017", "bad-date"
    ),
    XSD.base + "dateTime": _Datatype(
        lambda text: _is_day(text[:10]) and _is(_TIME, text[10:]),
        "a time as YYYY-MM-DDThh:mm:ss, such as 2017-01-24T18:30:00",
        "bad-date",
    ),
    XSD.base + "integer": _Datatype(
        lambda text: _is(r"[+-]?\d{1,18}", text), "a whole number of at most 18 digits, such as 12"
    ),
    XSD.base + "decimal": _Datatype(
        lambda text: _is(r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})", text),
        "a number of at most 18 digits on either side of its point, such as 12.5 "
        "(in JSON, as a string)",
    ),
    XSD.base + "boolean": _Datatype(
        lambda text: text in ("true", "false", "1", "0"), "true or false"
    ),
    XSD.base + "anyURI": _Datatype(
        _is_iri_text, "an address without spaces, starting with https://"
    ),
}


class _Door:
    """Takes in one quad after the other, checks it against the limits and keeps it.

    Args:
        text: the decoded source, for the places in messages.
        syntax: its syntax.
        limits: how much it may hold.
    """

    def __init__(self, text: str, syntax: Syntax, limits: Limits) -> None:
        self.text = text
        self.syntax = syntax
        self.limits = limits
        self.quads: list[Quad] = []
        self.imports: list[str] = []
        self._characters = 0
        self._statements = 0
        self._good_iris: set[str] = set()

    def line_of_text(self, text: str) -> int | None:
        """The first line where a value stands between quotes or tags, else where it stands."""
        start = text[:200]
        whole = (f'"{start}"', f"'{start}'", f">{start}<") if start == text else ()
        for needle in (*whole, start):
            position = self.text.find(needle)
            if position >= 0:
                return _place(self.text, position)[0]
        return None

    def admit(self, quad: Quad) -> None:
        """Check and keep one statement.

        Raises:
            Problem: too-large, bad-value or bad-date.
        """
        self._statements += 1
        if self._statements > self.limits.statements:
            raise self.too_large(f"more than {self.limits.statements:,} statements")
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            self._check(term)
        if self._characters > self.limits.expanded_characters:
            raise self.too_large(
                f"more than {self.limits.expanded_characters:,} characters once its prefixes "
                "are written out"
            )
        if self.syntax is _JSON_LD:
            self._check_key(quad)
        if quad.predicate == OWL.imports:
            self.imports.append(str(getattr(quad.object, "value", quad.object)))
        else:
            self.quads.append(quad)

    def too_large(self, what: str) -> Problem:
        """The problem of a description that holds too much."""
        return Problem("too-large", f"The description has {what}. Send one structure at a time.")

    def _check(self, term: object) -> None:
        if isinstance(term, NamedNode):
            self._check_iri(term.value)
        elif isinstance(term, Literal):
            self._check_literal(term)
        elif isinstance(term, BlankNode):
            self._characters += len(term.value)
        elif isinstance(term, Triple):
            raise _triple_term()

    def _bad(self, text: str, value: str, slug: str = "bad-value") -> Problem:
        return problem_at(slug, text, self.line_of_text(value))

    def _check_iri(self, iri: str) -> None:
        self._characters += len(iri)
        if iri in self._good_iris:
            return
        if len(iri) > self.limits.iri_characters:
            raise self._bad(
                f"The IRI “{shown(iri)}” has {len(iri):,} characters and the limit is "
                f"{self.limits.iri_characters:,}. Use a shorter one.",
                iri,
                "too-large",
            )
        if iri.lower().startswith(_SCHEMES_REFUSED):
            raise self._bad(
                f"The IRI “{shown(iri)}” is refused: javascript:, vbscript:, file: and data: are "
                "not names. Use an https:// or urn: IRI.",
                iri,
            )
        if self.syntax is _JSON_LD:
            self._check_json_iri(iri)
        self._good_iris.add(iri)

    def _check_json_iri(self, iri: str) -> None:
        """What the lenient parser lets through: undefined, relative and malformed IRIs."""
        if iri.startswith(_UNDEFINED):
            key = iri.removeprefix(_UNDEFINED)
            raise self._bad(
                f"No context defines “{shown(key)}”, so that it would vanish. Correct it, "
                "define it in @context, or give it an IRI.",
                key,
            )
        try:
            relative = iri.startswith(_RELATIVE)
            NamedNode(iri)
        except ValueError:
            relative = ":" not in iri
            if not relative:
                raise self._bad(
                    f"“{shown(iri)}” is not an IRI. Escape spaces and other marks.", iri
                ) from None
        if relative:
            stated = iri.removeprefix(f"{_RELATIVE}//base/")
            raise self._bad(
                f"The IRI “{shown(stated)}” is relative. Write it in full, starting with https://.",
                stated,
            )

    def _check_key(self, quad: Quad) -> None:
        """In JSON-LD, a key or type with an undeclared prefix passes as an IRI of its own."""
        key = quad.object if quad.predicate == RDF_TYPE else quad.predicate
        if isinstance(key, NamedNode) and not key.value.lower().startswith(_KEY_SCHEMES):
            raise self._bad(
                f"No context declares the prefix of “{shown(key.value)}”. Declare it in @context.",
                key.value,
            )

    def _check_literal(self, literal: Literal) -> None:
        value = literal.value
        self._characters += len(value)
        if len(value) > self.limits.literal_characters:
            raise self._bad(
                f"The text “{shown(value)}” has {len(value):,} characters and the limit is "
                f"{self.limits.literal_characters:,}. Quote briefly and link to the document.",
                value,
                "too-large",
            )
        if "\x00" in value:
            raise self._bad(f"The text “{shown(value)}” holds a NUL character. Remove it.", value)
        if literal.language is not None:
            self._check_language(literal)
        else:
            self._check_datatype(value, literal.datatype.value)

    def _check_language(self, literal: Literal) -> None:
        tag = literal.language or ""
        if literal.direction is not None:
            raise self._bad(
                f"The text “{shown(literal.value)}” has a direction (--ltr or --rtl), which is "
                "not read here. Keep the language only.",
                literal.value,
            )
        if not _is(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*", tag):
            raise self._bad(
                f"“{shown(tag)}” is not a language tag. Write one such as en or en-GB.",
                literal.value,
            )

    def _check_datatype(self, value: str, datatype: str) -> None:
        self._check_iri(datatype)
        name = datatype.removeprefix(XSD.base)
        expected = _DATATYPES.get(datatype)
        if datatype.startswith(XSD.base) and not _XSD_NAME.fullmatch(name):
            near = get_close_matches(name[:100], _XSD_NAME.pattern.split("|"), 1)
            hint = f" Did you mean xsd:{near[0]}?" if near else " Use one of XML Schema's."
            raise self._bad(f"There is no datatype xsd:{shown(name)}.{hint}", value)
        if expected is None or expected.accepts(value):
            return
        zone = (
            ""
            if name == "dateTime" or not re.search(f"[\\d]{_ZONE}$", value)
            else (" A legal day has no time zone: leave Z or +01:00 away.")
        )
        raise self._bad(
            f"“{shown(value)}” is not an xsd:{name}. Write {expected.says}.{zone}",
            value,
            expected.slug,
        )
