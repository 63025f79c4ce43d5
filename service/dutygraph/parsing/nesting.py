"""The depth of a text in brackets.

Owns: the count, which needs neither recursion nor a parser.
Must not: know a syntax; it is given the tokens of one.
"""

from __future__ import annotations

import re

from dutygraph.parsing.limits import INLINE_TERMS, JSON_PARTS_PER_STATEMENT
from dutygraph.parsing.problems import place_in, too_deep, too_large, triple_term
from dutygraph.parsing.source import Source


def check_nesting(source: Source, tokens: re.Pattern[str]) -> None:
    """Count brackets and find triple terms, before the parser sees them.

    Args:
        source: the text and its limits.
        tokens: a pattern with a group `open` and `close`, and `comma` and `star` where the syntax
            has them; whatever else it matches is passed over.

    Raises:
        Problem: too-large, too-deep or bad-value.
    """
    depth = parts = 0
    for match in tokens.finditer(source.text):
        kind = match.lastgroup
        parts += kind in ("open", "comma")
        if parts > source.limits.statements * JSON_PARTS_PER_STATEMENT + INLINE_TERMS:
            raise too_large("more values than its statements can need")
        if kind == "open":
            depth += 1
            if depth > source.limits.nesting:
                raise too_deep(source.limits, *place_in(source.text, match.start()))
        elif kind == "close":
            depth -= 1
        elif kind == "star":
            raise triple_term(*place_in(source.text, match.start()))
