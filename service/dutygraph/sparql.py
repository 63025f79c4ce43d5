"""What a query is, before it is run: its form, the graphs that it names, and whether it only reads.

Owns: the refusal of updates and of calls to other servers (SECURITY S8, S9), decided by the parser,
and what FROM says. Must not: run a query, or change its text.

The parser is Oxigraph's. It shows no algebra, so that it is asked questions that it can only answer
by reading a text to its end: nothing of a stranger's query is evaluated here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from dutygraph.errors import Problem
from dutygraph.triples import NamedGraphs

__all__ = ["FORMS", "Query", "declarations", "prefixes_for", "read_query", "syntax_problem"]

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
"""The forms of a query (SPARQL 1.1 Query, section 16)."""

_UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
)
_SERVICE = re.compile("service", re.IGNORECASE)
_PREFIX = re.compile(r"\bprefix\s+[\w.-]*:\s*<", re.IGNORECASE)
# SPARQL decodes these before it looks for words and quotes, Oxigraph within strings and IRIs only:
# what is a letter in a string to one of them could be the end of the string to the other.
_ESCAPED_ASCII = re.compile(r"\\u00[0-7][0-9a-fA-F]|\\U000000[0-7][0-9a-fA-F]")
# Oxigraph's parser and optimiser work recursively, on a stack that some 400 nested calls of a
# function overflow, which ends the process; a join of 100 patterns keeps its optimiser busy for two
# seconds that no time-out ends, one of 200 for twenty.
_LONGEST = 64 * 1024
_DEEPEST = 50
_MOST_LINKS = 150
_LINKS = frozenset("({.;/|&+-*!^[<~")
_LINKING = frozenset(("FILTER", "BIND", "UNION", "OPTIONAL", "MINUS", "EXISTS"))
# Side by side between parentheses these are items of a collection, each of which is two patterns.
_TERMS = frozenset(("iri", "string", "variable", "number", "name", "tag"))
# What begins so is an address wherever it stands; anything else between a < and a > could be a
# comparison to Oxigraph, which tells the two apart by what stands before.
_ADDRESS = re.compile(r"<[a-zA-Z][a-zA-Z0-9+.-]*://")
# What Oxigraph's grammar calls white space, and its classes of characters.
_CLASS = re.compile(r"(?:'.'|\[[^]]*\])(?:, )?|\.\.=")
# The declarations and comments before the first word of a query, and that word.
_VERB = re.compile(r"(?:\s|#.*|prefix\s+[^\s<]*\s*<[^>]*>|base\s*<[^>]*>)*+(\w*)", re.IGNORECASE)
_TOKEN = re.compile(
    r"""
      (?P<comment>\#[^\r\n]*)
    | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})*+>)
    | (?P<string>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*+\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*+'{3}
        | (?!\"{3})"(?:[^"\\\r\n]|\\.)*+"? | (?!'{3})'(?:[^'\\\r\n]|\\.)*+'?)
    | (?P<open>\"{3}.*+ | '{3}.*+)
    | (?P<variable>[?$]\w+)
    | (?P<number>[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)
    | (?P<name>(?:[^\W0-9][\w.-]*+)?:(?:\.*+(?:[\w:-]|%[0-9a-fA-F]{2}|\\.))*+)
    | (?P<tag>@[a-zA-Z]++(?:-[a-zA-Z0-9]++)*+)
    | (?P<word>\w[\w.-]*+)
    | \s++
    | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Query:
    """A query that reads.

    Args:
        text: as it was given.
        form: one of `FORMS`.
        default_graphs: the graphs that FROM names.
        named_graphs: the graphs that FROM NAMED names.
        names_graphs: whether it could ask in which graph something stands.
    """

    text: str
    form: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    names_graphs: bool


def prefixes_for(text: str, prefixes: Mapping[str, str]) -> Mapping[str, str] | None:
    """The project's prefixes for a query that declares none of its own, None for one that does."""
    return None if _PREFIX.search(text) else prefixes


def declarations(prefixes: Mapping[str, str] | None) -> str:
    """Prefixes as declarations on one line, to stand before a query without moving its lines."""
    return "".join(f"PREFIX {name}: <{space}> " for name, space in (prefixes or {}).items())


def read_query(text: str, prefixes: Mapping[str, str] | None = None) -> Query:
    """Read a query to its end. Whether it may end there, only running it says.

    Args:
        text: SPARQL 1.1.
        prefixes: what is declared beside the query's own PREFIX lines.

    Raises:
        Problem: query-syntax, with the place where it is known, or query-refused: it would change
            data or call another server.
    """
    _refuse_unbounded(text)
    if _ESCAPED_ASCII.search(text):
        raise Problem(
            "query-refused",
            "An escape such as \\u0041 stands for an ASCII character, which two servers may read "
            "differently. Write the character itself.",
        )
    fault = _fault(text, prefixes)
    if fault is not None:
        raise syntax_problem(text, fault)
    # Whether the word is a keyword or stands in a string, a name or a comment is the parser's to
    # say: where it is a keyword, the query cannot be read with another word in its place.
    if _SERVICE.search(text) and _fault(
        _SERVICE.sub("sxrvice", text),
        {_SERVICE.sub("sxrvice", p): s for p, s in (prefixes or {}).items()},
    ):
        raise Problem(
            "query-refused",
            "A SERVICE clause would call another server, which is not done here. Ask that "
            "server yourself and join the answers.",
        )
    tokens = [t for t in _tokens(text) if t[0] != "mark"]
    form = next((t.upper() for kind, t in tokens if kind == "word" and t.upper() in FORMS), "")
    if not form:
        raise _no_query(text, prefixes)
    default, named = _dataset(tokens, prefixes or {})
    return Query(text, form, default, named, "graph" in text.lower())


def _refuse_unbounded(text: str) -> None:
    """Refuse what could keep a parser or an optimiser busy, or overflow its stack (SECURITY S11).

    Raises:
        Problem: query-refused.
    """
    if len(text.encode()) > _LONGEST:
        raise _too_complex(f"has more than {_LONGEST:,} bytes")
    open_marks: list[str] = []
    links, before, lists_values = 0, "", False
    for kind, value in _tokens(text):
        if kind == "open":
            raise Problem("query-syntax", f"A string that begins with {value[:3]} has no end.")
        listed = "values" in open_marks
        within = open_marks[-1:] == ["("]
        if not listed:
            links += _links(kind, value, within)
            links += 2 * (within and kind in _TERMS and before in _TERMS)
        if kind == "iri" and not _ADDRESS.match(value):
            _refuse_two_readings(value)
            links += sum(_links(*inner, within=True) for inner in _tokens(value[1:]) if not listed)
        elif value in ("(", "[", "{"):
            open_marks.append("values" if value == "{" and lists_values else value)
            lists_values = lists_values and value != "{"
        elif value in (")", "]", "}"):
            del open_marks[-1:]
        lists_values = lists_values or (kind == "word" and value.upper() == "VALUES")
        before = kind
        if len(open_marks) > _DEEPEST:
            raise _too_complex(f"is nested more than {_DEEPEST} levels deep")
    if links > _MOST_LINKS:
        raise _too_complex(f"has {links} patterns and operators; the most is {_MOST_LINKS}")


def _links(kind: str, value: str, within: bool) -> int:
    """How many patterns or operators a token is."""
    if kind in ("word", "name"):
        # Where no prefix has such a name, these are the ends of statements, and minus.
        joined = value.partition(":")[0]
        return joined.count(".") + joined.count("-") + (value.upper() in _LINKING)
    # Between parentheses a comma lists values, which cost nothing.
    return value in _LINKS or (value == "," and not within)


def _refuse_two_readings(iri: str) -> None:
    """Refuse what could be an IRI and a comparison, where the two readings would not meet again.

    Raises:
        Problem: query-refused.
    """
    if "'" in iri or "#" in iri:
        raise Problem(
            "query-refused",
            f"{iri[:100]} could be an IRI and a comparison. Write a space after <, or in an IRI a "
            "prefix and \\# for #, and %27 for an apostrophe.",
        )


def _too_complex(why: str) -> Problem:
    return Problem(
        "query-refused",
        f"The query {why}. Ask it in parts, and list values with VALUES or IN.",
    )


def _fault(text: str, prefixes: Mapping[str, str] | None) -> SyntaxError | None:
    """What keeps a query from being read, or None; nothing is evaluated.

    A parenthesis after the end is the first fault of a query that has no other.
    """
    try:
        NamedGraphs().query(f"{text}\n)", prefixes)
    except SyntaxError as error:
        if error.lineno == text.count("\n") + 2:
            return None
        return error
    raise AssertionError("a query with a parenthesis after it was read")


def _no_query(text: str, prefixes: Mapping[str, str] | None) -> Problem:
    """What is wrong with a text that has no form of a query, which the parser is sure to refuse."""
    try:
        NamedGraphs().query(text, prefixes)
    except SyntaxError as error:
        return syntax_problem(text, error)
    return Problem("query-syntax", f"The query is none of {', '.join(FORMS)}.")


def syntax_problem(text: str, error: SyntaxError) -> Problem:
    """A fault in words, with its place, and an update as what it is."""
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


# --- what FROM says -------------------------------------------------------------------------------


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """The tokens of a text, without white space and comments."""
    for found in _TOKEN.finditer(text):
        if found.lastgroup and found.lastgroup != "comment":
            yield found.lastgroup, found[0]


def _dataset(
    tokens: list[tuple[str, str]], prefixes: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The graphs of the dataset clauses; no other part of a query has the word FROM."""
    spaces, base = dict(prefixes), ""
    default: list[str] = []
    named: list[str] = []
    for before, (kind, value), after in zip(
        [("", ""), *tokens], tokens, [*tokens[1:], ("", "")], strict=False
    ):
        word = value.upper() if kind == "word" else ""
        if kind == "name" and before[1].upper() == "PREFIX" and after[0] == "iri":
            spaces[value.removesuffix(":")] = urljoin(base, after[1][1:-1])
        elif word == "BASE" and after[0] == "iri":
            base = urljoin(base, after[1][1:-1])
        elif word in ("FROM", "NAMED") and after[0] in ("iri", "name"):
            found = default if word == "FROM" else named
            found.append(_iri(*after, spaces, base))
    return tuple(dict.fromkeys(default)), tuple(dict.fromkeys(named))


def _iri(kind: str, value: str, spaces: Mapping[str, str], base: str) -> str:
    if kind == "iri":
        return urljoin(base, value[1:-1]) if base else value[1:-1]
    prefix, _, local = value.partition(":")
    return spaces.get(prefix, prefix + ":") + re.sub(r"\\(.)", r"\1", local)
