"""The syntaxes that are read.

Owns: their media types, file name endings and names.
Must not: look at a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dutygraph.triples import RdfFormat


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


JSON_LD = Syntax("JSON-LD", "json", RdfFormat.JSON_LD)

SYNTAXES: Mapping[str, Syntax] = {
    "text/turtle": Syntax("Turtle", "turtle", RdfFormat.TURTLE),
    "application/trig": Syntax("TriG", "turtle", RdfFormat.TRIG),
    "application/n-triples": Syntax("N-Triples", "turtle", RdfFormat.N_TRIPLES),
    "application/n-quads": Syntax("N-Quads", "turtle", RdfFormat.N_QUADS),
    "application/ld+json": JSON_LD,
    "application/json": JSON_LD,
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
