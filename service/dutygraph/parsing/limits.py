"""How much one description may hold.

Owns: every bound on size and shape, with the measurement behind it.
Must not: look at a description, or say how a bound that is passed is reported (that is `problems`).
"""

from __future__ import annotations

from dataclasses import dataclass


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


DEFAULT_LIMITS = Limits()
# Measured on pyoxigraph 0.5.13. JSON-LD: terms defined through one another cost 2 kB of native
# stack each, and the end of the stack ends the process; every context copies the terms before it;
# a value costs 430 bytes while it is read. RDF/XML: attributes are compared pairwise, and an XML
# literal repeats every namespace in scope (360 kB took 190 s).
JSON_PARTS_PER_STATEMENT = 5
TERM_CHAIN = 20
INLINE_TERMS = 500
CONTEXTS = 100
ATTRIBUTES = 100
NAMESPACES = 200
