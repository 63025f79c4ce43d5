"""Turtle, TriG, N-Triples and N-Quads, before the parser sees them.

Owns: their tokens.
Must not: parse; a token is all that it knows.
"""

from __future__ import annotations

import re

from dutygraph.parsing.nesting import check_nesting
from dutygraph.parsing.source import Source

# Every alternative also matches when its end is missing, so that the scan stays linear; the
# parser then reports the missing end. `<<` and `{|` only begin RDF 1.2 triple terms.
TURTLE_TOKEN = re.compile(
    r'(?P<long>"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?|\'\'\'(?:[^\'\\]++|\\.|\'(?!\'\'))*+(?:\'\'\')?)'
    r'|(?P<short>"(?:[^"\\\n\r]++|\\.)*+"?|\'(?:[^\'\\\n\r]++|\\.)*+\'?)'
    r"|(?P<comment>#[^\n\r]*+)"
    r"|(?P<star><<|\{\|)"
    r"|(?P<iri><[^<>\s]*+>?)"
    r"|\\."
    r"|(?P<open>[\[({])|(?P<close>[\])}])",
    re.DOTALL,
)


def check_turtle(source: Source) -> None:
    """Refuse a text that the parser must not see.

    Raises:
        Problem: too-large, too-deep or bad-value.
    """
    check_nesting(source, TURTLE_TOKEN)
