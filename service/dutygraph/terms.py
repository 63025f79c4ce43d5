"""The names that the Python needs to know, as terms.

Owns: namespaces. Must not hold a rule, a clause, a date or a list of members: those are data.
"""

from __future__ import annotations

from dutygraph.triples import NamedNode


class Namespace:
    """An IRI prefix whose attributes and items are terms: `DG.Rule`, `RULE["some-id"]`."""

    def __init__(self, base: str) -> None:
        self.base = base

    def __getattr__(self, name: str) -> NamedNode:
        """The term with that local name."""
        if name.startswith("__"):
            raise AttributeError(name)
        term = NamedNode(self.base + name)
        # Kept as an attribute, so that the next look-up does not come here.
        self.__dict__[name] = term
        return term

    def __getitem__(self, name: str) -> NamedNode:
        """The term with that local name, for names that are no Python identifiers."""
        return NamedNode(self.base + name)

    def __contains__(self, term: object) -> bool:
        """Whether a term lies in this namespace."""
        return isinstance(term, NamedNode) and term.value.startswith(self.base)


BASE = "https://w3id.org/dutygraph/"
DG = Namespace(BASE + "def/")
CODE = Namespace(BASE + "code/")
RULE = Namespace(BASE + "rule/")
PARAM = Namespace(BASE + "parameter/")
CONDITION = Namespace(BASE + "condition/")
NEED = Namespace(BASE + "need/")
AUTHORITY = Namespace(BASE + "id/authority/")
CONTEXT_IRI = BASE + "context.jsonld"

DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCT = Namespace("http://purl.org/dc/terms/")
EARL = Namespace("http://www.w3.org/ns/earl#")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
ORG = Namespace("http://www.w3.org/ns/org#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
PROV = Namespace("http://www.w3.org/ns/prov#")
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SEC = Namespace("https://w3id.org/security#")
SH = Namespace("http://www.w3.org/ns/shacl#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VOID = Namespace("http://rdfs.org/ns/void#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
