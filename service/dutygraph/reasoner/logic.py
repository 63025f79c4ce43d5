"""What a description logic reasoner needs of the ontology: axioms, assertions, and what definitions look at.

Owns: the choice of triples that mean something in OWL 2 DL. Must not run a reasoner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dutygraph.rooms import room
from dutygraph.terms import DG, OWL, RDF, RDFS, SKOS, XSD
from dutygraph.triples import BlankNode, Graph, Literal, NamedNode, Term, Triple

# What a class, a property or an axiom is written with.
_WRITTEN_WITH = frozenset(
    {RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, RDF.first, RDF.rest}
)
# Datatypes of the OWL 2 map; HermiT refuses the dates and durations of XML Schema.
_REASONABLE = frozenset(
    {XSD.string, XSD.boolean, XSD.integer, XSD.nonNegativeInteger, XSD.decimal, XSD.anyURI}
)


def ontology_graph() -> Graph:
    """The ontology and the code lists of this installation."""
    folder = room("ontology")
    return Graph.from_files(
        str(p) for p in sorted([*folder.glob("*.ttl"), *folder.glob("codes/*.ttl")])
    )


@dataclass(frozen=True)
class Logic:
    """What classification needs of the ontology.

    Args:
        axioms: what it says of the classes and properties that definitions and disjointnesses look at; the
            others cannot change an answer, and the reasoner takes longer with each.
        looked_at: the names in definitions and disjointnesses, and the classes below them.
        defined: the classes with a definition.
        decisive: the properties that definitions look at.
        codes: the members of code lists, which all closures share.
    """

    axioms: tuple[Triple, ...]
    looked_at: frozenset[Term]
    defined: frozenset[NamedNode]
    decisive: frozenset[Term]
    codes: frozenset[Term]

    @classmethod
    def of(cls, ontology: Graph) -> Logic:
        """Read it from the ontology with its code lists."""
        defined = (t.subject for t in ontology.match(None, OWL.equivalentClass))
        looked_at = frozenset(_looked_at(ontology))
        return cls(
            axioms=tuple(_axioms_about(looked_at, ontology)),
            looked_at=looked_at,
            defined=frozenset(c for c in defined if isinstance(c, NamedNode)),
            decisive=frozenset(t.object for t in ontology.match(None, OWL.onProperty)),
            codes=frozenset(ontology.instances(SKOS.Concept)),
        )


def _looked_at(ontology: Graph) -> set[Term]:
    """The names in definitions and disjointnesses, and the classes below them."""
    found: set[Term] = set()
    todo: list[Term] = []
    for start in (OWL.equivalentClass, OWL.disjointWith):
        for triple in ontology.match(None, start):
            todo += [triple.subject, triple.object]
    while todo:
        node = todo.pop()
        if node in found:
            continue
        found.add(node)
        if isinstance(node, Literal):
            continue
        todo += ontology.subjects(RDFS.subClassOf, node)
        if isinstance(node, BlankNode) or ontology.objects(node, OWL.equivalentClass):
            todo += [t.object for t in ontology.match(node) if is_logic(t.predicate)]
    return found


def _axioms_about(terms: frozenset[Term], ontology: Graph) -> Iterator[Triple]:
    """The axioms on some terms, and the declarations of all that they name."""
    every = set(axioms_of(ontology))
    kept = {t for t in every if t.subject in terms}
    named = {t.object for t in kept}
    yield from kept | {t for t in every if t.predicate == RDF.type and t.subject in named}


def axioms_of(graph: Graph) -> Iterator[Triple]:
    """What the ontology says of classes and properties, without annotations and imports."""
    for triple in graph:
        if triple.predicate == RDF.type:
            if triple.object in OWL and triple.object not in (OWL.Ontology, OWL.NamedIndividual):
                yield triple
        elif is_logic(triple.predicate):
            yield triple


def is_logic(predicate: NamedNode) -> bool:
    """Whether a property writes a class, a property or an axiom."""
    return predicate in _WRITTEN_WITH or (predicate in OWL and predicate != OWL.imports)


def assertions_of(ontology: Graph) -> Iterator[Triple]:
    """What the code lists say in declared classes and properties, without annotations and dates."""
    classes = set(ontology.instances(OWL.Class))
    objects, data = (
        set(ontology.instances(OWL.ObjectProperty)),
        set(ontology.instances(OWL.DatatypeProperty)),
    )
    for triple in ontology:
        if triple.subject in DG or isinstance(triple.subject, BlankNode):
            continue
        literal = triple.object if isinstance(triple.object, Literal) else None
        if triple.predicate == RDF.type:
            keep = triple.object in classes and isinstance(triple.object, NamedNode)
        elif triple.predicate in objects:
            keep = literal is None and triple.object not in DG
        else:
            keep = (
                triple.predicate in data and literal is not None and literal.datatype in _REASONABLE
            )
        if keep:
            yield triple


def relevant_to(facts: Iterable[Triple], logic: Logic) -> Iterator[Triple]:
    """The facts that a definition or a disjointness can look at; the others cannot change an answer."""
    for triple in facts:
        wanted = triple.object if triple.predicate == RDF.type else triple.predicate
        about_nodes = triple.subject not in DG and not isinstance(triple.object, Literal)
        if wanted in logic.looked_at and about_nodes:
            yield triple
