"""A label for everything: one property to ask for, whatever a thing is.

Owns: which name of a thing becomes its `rdfs:label` where it has none. Must not word a relation: its
sentence is the ontology's.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from dutygraph.evidence import Facts
from dutygraph.rulebook import Rulebook
from dutygraph.state import State
from dutygraph.terms import DCT, DG, FOAF, RDF, RDFS, SKOS
from dutygraph.triples import BlankNode, Graph, Literal, NamedNode, Term, Triple

__all__ = ["labels_of"]

# The properties that name a thing, in the order in which they count.
_NAMES = (DG.title, DCT.title, FOAF.name, DG.name, SKOS.prefLabel)


def labels_of(triples: Collection[Triple], rulebook: Rulebook) -> list[Triple]:
    """The labels that are missing: a name for what has one, a sentence for a relation or an event.

    Args:
        triples: everything that is known.
        rulebook: the sentences of the classes.
    """
    graph = Graph(triples)
    names: dict[Term, dict[NamedNode, list[Term]]] = {}
    types: dict[Term, set[Term]] = {}
    for triple in triples:
        if triple.predicate in (RDFS.label, *_NAMES):
            found = names.setdefault(triple.subject, {})
            found.setdefault(triple.predicate, []).append(triple.object)
        elif triple.predicate == RDF.type:
            types.setdefault(triple.subject, set()).add(triple.object)
    # The state on no day in particular: what is said, whenever it holds.
    facts = Facts(State(date.min, graph), graph, rulebook)
    told = {t.subject for t in rulebook.graph.match(None, DG.sentence)}
    labels = []
    for thing in names.keys() | types.keys():
        label = _label(names.get(thing, {}))
        if label is None and not isinstance(thing, BlankNode) and types.get(thing, set()) & told:
            label = Literal(facts.sentence(thing), language="en")
        if label is None and DG.Conflict in types.get(thing, ()):
            readings = sorted(str(r.value) for r in graph.objects(thing, DG.reading))
            label = Literal(" / ".join(readings), language="en")
        if label is not None and RDFS.label not in names.get(thing, {}):
            labels.append(Triple(thing, RDFS.label, label))
    return labels


def _label(names: dict[NamedNode, list[Term]]) -> Term | None:
    return next((min(names[p], key=str) for p in _NAMES if p in names), None)
