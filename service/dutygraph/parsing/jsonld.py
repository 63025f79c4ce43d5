"""JSON-LD, before the parser sees it.

Owns: the JSON value, and the marks that make visible what the lenient parser would drop.
Must not: look into a context (that is `contexts`), or judge an IRI (that is `iris`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NoReturn

from dutygraph.errors import Problem
from dutygraph.parsing.contexts import Contexts
from dutygraph.parsing.nesting import check_nesting
from dutygraph.parsing.problems import place_in, problem_at, shown
from dutygraph.parsing.source import Source
from dutygraph.triples import Quad, parse_quads

# What no context defines and what has no base comes out of the parser under these, instead of
# vanishing, and is refused at the door.
UNDEFINED = "undefined-key:"
RELATIVE = "relative-iri:"

_JSON_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_JSON_TOKEN = re.compile(
    rf"(?P<string>{_JSON_STRING})(?P<colon>\s*+:)?|(?P<comma>,)|(?P<open>[\[{{])|(?P<close>[\]}}])",
    re.DOTALL,
)


def read_json_ld(source: Source, contexts: Mapping[str, object]) -> Iterator[Quad]:
    """The statements of a JSON-LD text, whose unknown keys and IRIs are marked.

    Args:
        source: the text and its limits.
        contexts: the contexts that may be named, by IRI; they are trusted.

    Raises:
        Problem: not-rdf, syntax, too-large, too-deep, unknown-context or bad-value.
        SyntaxError: while the statements are read.
    """
    check_nesting(source, _JSON_TOKEN)
    document = _load_json(source)
    if not _is_json_ld(document):
        raise problem_at(
            "not-rdf", "This is JSON and not JSON-LD: send an object, or a list of objects.", 1, 1
        )
    Contexts(source, contexts).put_into(document)
    document = _with_sentinel(document)
    try:
        data = json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Problem(
            "bad-value", "A string holds half of a surrogate pair. Write the character itself."
        ) from error
    # Lenient, because the strict parser leaves out a malformed IRI or language tag in silence;
    # the door checks them one by one.
    return parse_quads(
        data,
        source.syntax.format,
        base_iri=f"{RELATIVE}//base/",
        lenient=True,
        rename_blank_nodes=True,
    )


def _load_json(source: Source) -> object:
    """The JSON value, without duplicate keys and without numbers that would change."""
    text = source.text

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
        raise source.syntax_problem(error.msg, error.lineno, error.colno) from error


def _bad_number(text: str, token: str, advice: str) -> Problem:
    """A number that JSON cannot hold, or that would lose digits, at its first place."""
    places = re.finditer(f"{_JSON_STRING}|{re.escape(token)}", text, re.DOTALL)
    where = next((m.start() for m in places if m[0] == token), 0)
    return problem_at(
        "syntax", f"{shown(token)} is not read as a number: {advice}.", *place_in(text, where)
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
                    *place_in(text, match.start()),
                )
            keys[-1].add(key)
    raise AssertionError("the JSON parser saw a duplicate key")


def _is_json_ld(document: object) -> bool:
    items = document if isinstance(document, list) else [document]
    return all(isinstance(item, dict) for item in items)


def _with_sentinel(document: object) -> dict[str, object]:
    """The document under a vocabulary that makes an undefined key or type visible."""
    sentinel = {"@vocab": UNDEFINED}
    if isinstance(document, dict):
        stated = document.pop("@context", [])
        return {"@context": [sentinel, *stated], **document}
    return {"@context": sentinel, "@graph": document}
