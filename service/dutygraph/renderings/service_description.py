"""The description of the SPARQL service in RDF (SPARQL 1.1 Service Description).

Owns: what is said of it, and its syntaxes. Must not: promise what no table or list holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from dutygraph.terms import RDF, Namespace
from dutygraph.triples import BlankNode, NamedNode, RdfFormat, Triple, serialize

__all__ = ["RENDER", "describe"]

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
_FORMATS = Namespace("http://www.w3.org/ns/formats/")
_PREFIXES = {"sd": SD.base, "formats": _FORMATS.base}
_RESULTS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "JSON-LD",
    "N-Triples",
    "RDF_XML",
)


def describe(address: str, graphs: Sequence[str]) -> list[Triple]:
    """What the service can do and holds.

    Args:
        address: the public address of the whole service, with a slash at its end.
        graphs: the names of the graphs that everybody may ask.
    """
    endpoint = NamedNode(address + "sparql")
    dataset, default = BlankNode("dataset"), BlankNode("default")
    said = [
        Triple(endpoint, RDF.type, SD.Service),
        Triple(endpoint, SD.endpoint, endpoint),
        Triple(endpoint, SD.supportedLanguage, SD.SPARQL11Query),
        Triple(endpoint, SD.feature, SD.UnionDefaultGraph),
        Triple(endpoint, SD.defaultDataset, dataset),
        Triple(dataset, RDF.type, SD.Dataset),
        Triple(dataset, SD.defaultGraph, default),
        Triple(default, RDF.type, SD.Graph),
    ]
    said += [Triple(endpoint, SD.resultFormat, _FORMATS[name]) for name in _RESULTS]
    for number, name in enumerate(graphs):
        node = BlankNode(f"graph{number}")
        said += [
            Triple(dataset, SD.namedGraph, node),
            Triple(node, RDF.type, SD.NamedGraph),
            Triple(node, SD.name, NamedNode(name)),
        ]
    return said


def _render(format: RdfFormat, triples: Sequence[Triple]) -> bytes:
    return serialize(triples, format, _PREFIXES)


RENDER: Mapping[str, Callable[[Sequence[Triple]], bytes]] = {
    "turtle": partial(_render, RdfFormat.TURTLE),
    "json-ld": partial(_render, RdfFormat.JSON_LD),
    "ntriples": partial(_render, RdfFormat.N_TRIPLES),
    "rdfxml": partial(_render, RdfFormat.RDF_XML),
}
"""Each syntax by its name."""
