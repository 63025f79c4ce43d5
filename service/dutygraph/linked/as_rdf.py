"""The document about a thing in RDF.

Owns: which statements the document makes of itself, and its four syntaxes. Must not look anything
up in another way than through the description.
"""

from __future__ import annotations

from collections.abc import Mapping

from dutygraph.linked.addresses import document_of
from dutygraph.linked.describing import Description
from dutygraph.linked.knowledge import Knowledge
from dutygraph.negotiation import Offer
from dutygraph.terms import BASE, DCAT, DCT, FOAF, RDF, SPDX, VOID
from dutygraph.triples import NamedNode, RdfFormat, Triple, serialize

__all__ = ["LICENCE", "RDF_FORMATS", "RDF_OFFERS", "as_rdf", "triples_of", "written"]

RDF_OFFERS = (
    Offer("turtle", "text/turtle"),
    Offer("json-ld", "application/ld+json"),
    Offer("ntriples", "application/n-triples"),
    Offer("rdfxml", "application/rdf+xml"),
)
LICENCE = NamedNode("https://creativecommons.org/licenses/by/4.0/")
DATASET = NamedNode(BASE + "id/dataset")
RDF_FORMATS: Mapping[str, RdfFormat] = {
    "turtle": RdfFormat.TURTLE,
    "json-ld": RdfFormat.JSON_LD,
    "ntriples": RdfFormat.N_TRIPLES,
    "rdfxml": RdfFormat.RDF_XML,
}
_PREFIXES = {"void": VOID.base, "dcat": DCAT.base, "spdx": SPDX.base}


def triples_of(known: Knowledge, description: Description) -> list[Triple]:
    """What the document says of the thing and of itself, without repetition, in a steady order."""
    thing = description.thing
    document = NamedNode(BASE + document_of(thing.value).removeprefix("/"))
    found = dict.fromkeys(fact.triple for fact in description.facts(known))
    found |= dict.fromkeys(
        (
            Triple(document, RDF.type, FOAF.Document),
            Triple(document, FOAF.primaryTopic, thing),
            Triple(document, DCT.license, LICENCE),
            Triple(document, VOID.inDataset, DATASET),
        )
    )
    if known.within(thing):
        found[Triple(thing, RDF.type, VOID.Dataset)] = None
    if known.has_graph(thing):
        found[Triple(DATASET, VOID.subset, thing)] = None
    return list(found)


def as_rdf(known: Knowledge, description: Description, offer: Offer) -> bytes:
    """The document in one of `RDF_OFFERS`."""
    return written(triples_of(known, description), offer, known)


def written(triples: list[Triple], offer: Offer, known: Knowledge) -> bytes:
    """Statements in one of `RDF_OFFERS`, with the project's prefixes."""
    return serialize(triples, RDF_FORMATS[offer.name], dict(known.prefixes) | _PREFIXES)
