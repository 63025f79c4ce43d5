"""Whether the ontology makes sense.

Owns: its faults as OWL 2 DL and as a logic. Must not look at a description.
"""

from __future__ import annotations

from collections.abc import Iterator

from dutygraph.reasoner.clashes import clash_in_words
from dutygraph.reasoner.hermit import Inconsistent, reasoned
from dutygraph.reasoner.logic import assertions_of, axioms_of, ontology_graph
from dutygraph.terms import OWL, RDF, RDFS
from dutygraph.triples import Graph, Literal, Term

_PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
_BUILT_IN = (RDF.base, RDFS.base, OWL.base)


def check_ontology(graph: Graph | None = None) -> list[str]:
    """What is wrong with the ontology, one sentence each; nothing where it is sound.

    Args:
        graph: ontology and code lists; those of this installation where None.

    Returns:
        Properties that are declared twice, not at all or used against their kind (OWL 2 DL), classes
        that can have no members, and whether the whole contradicts itself, with the statements that clash.
    """
    graph = ontology_graph() if graph is None else graph
    found = [*_kind_faults(graph), *_use_faults(graph)]
    try:
        world = reasoned([*axioms_of(graph), *assertions_of(graph)])
    except Inconsistent:
        clash = clash_in_words([*axioms_of(graph)], [*assertions_of(graph)], graph)
        return [*found, f"The ontology with its code lists contradicts itself: {clash}"]
    empty = sorted(cls.iri for cls in world.inconsistent_classes() if hasattr(cls, "iri"))
    return [*found, *(f"<{iri}> can have no members." for iri in empty if not _is_nothing(iri))]


def _is_built_in(term: Term) -> bool:
    return str(term.value).startswith(_BUILT_IN)


def _is_nothing(iri: str) -> bool:
    return iri == str(OWL.Nothing.value)


def _kind_faults(graph: Graph) -> Iterator[str]:
    """Properties that are of several kinds, or of none."""
    kinds: dict[Term, set[Term]] = {}
    for kind in _PROPERTY_KINDS:
        for node in graph.instances(kind):
            kinds.setdefault(node, set()).add(kind)
    for node, several in sorted(kinds.items(), key=str):
        if len(several) > 1:
            yield f"{node} is declared as a property of {len(several)} kinds; OWL 2 DL allows one."
    used = {t.predicate for t in graph if not t.predicate.value.startswith(_BUILT_IN)}
    for node in sorted(used - set(kinds), key=str):
        yield f"{node} is used as a property and is declared as none."


def _use_faults(graph: Graph) -> Iterator[str]:
    """Object properties with literals, datatype properties without them, types that are no classes."""
    objects, data = (
        set(graph.instances(OWL.ObjectProperty)),
        set(graph.instances(OWL.DatatypeProperty)),
    )
    classes = set(graph.instances(OWL.Class))
    for triple in sorted(graph, key=str):
        is_literal = isinstance(triple.object, Literal)
        if triple.predicate in objects and is_literal:
            yield f"{triple.subject} has a literal for the object property {triple.predicate}."
        if triple.predicate in data and not is_literal:
            yield f"{triple.subject} has a node for the datatype property {triple.predicate}."
        foreign = triple.object not in classes and not _is_built_in(triple.object)
        if triple.predicate == RDF.type and foreign:
            yield f"{triple.subject} is of the type {triple.object}, which is declared as no class."
