"""Into which defined classes the nodes of closures fall, as HermiT has it.

Owns: one closure's facts made ready for the reasoner, and many closures in one run. Must not know how the
service infers the same classes, or it could not contradict it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from dutygraph.description import UNNAMED
from dutygraph.reasoner.closing import all_different, closing
from dutygraph.reasoner.hermit import Inconsistent, is_consistent, reasoned
from dutygraph.reasoner.logic import Logic, ontology_graph, relevant_to
from dutygraph.terms import RDF
from dutygraph.triples import NamedNode, Term, Triple


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
    logic = Logic.of(ontology_graph())
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
    closures: Sequence[_Closure], batch: Sequence[int], logic: Logic
) -> dict[_Key, dict[str, frozenset[NamedNode]]]:
    shared = [*logic.axioms, *closures[batch[0]].background]
    facts = [closures[n].placed(f"urn:dutygraph:closure/{n}/", logic) for n in batch]
    try:
        world = reasoned([*shared, *chain(*facts)])
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
        sound = is_consistent([*shared, *(t for n in half for t in closures[n])])
        suspects = suspects[len(half) :] if sound else half
    return suspects[0]


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
    def of(cls, state: Iterable[Triple], background: Iterable[Triple], logic: Logic) -> _Closure:
        """Number the nodes of a state, but not its codes."""
        names: dict[Term, str] = {}

        def numbered(term: Term) -> Term:
            if term in logic.codes:
                return term
            return NamedNode(names.setdefault(term, f"{_NODE}{len(names)}"))

        facts = []
        for t in sorted(relevant_to(state, logic), key=str):
            target = t.object if t.predicate == RDF.type else numbered(t.object)
            facts.append(Triple(numbered(t.subject), t.predicate, target))
        identified = frozenset(n for term, n in names.items() if not _unnamed(term))
        return cls(names, tuple(facts), frozenset(relevant_to(background, logic)), identified)

    @property
    def key(self) -> _Key:
        """Equal for two closures that say the same of nodes with other names."""
        return frozenset(self.facts) | self.background, self.identified

    def placed(self, prefix: str, logic: Logic) -> list[Triple]:
        """The facts with names that no other closure has, and the axioms that they imply."""

        def placed(term: Term) -> Term:
            name = str(term.value)
            return NamedNode(prefix + name[len(_NODE) :]) if name.startswith(_NODE) else term

        facts = [Triple(placed(t.subject), t.predicate, placed(t.object)) for t in self.facts]
        identified = [NamedNode(prefix + n[len(_NODE) :]) for n in sorted(self.identified)]
        return [*facts, *all_different(prefix, identified), *closing(prefix, facts, logic.decisive)]


def _unnamed(term: Term) -> bool:
    return not isinstance(term, NamedNode) or term.value.startswith(UNNAMED)


def _members(world: Any, logic: Logic) -> dict[str, frozenset[NamedNode]]:
    """Individual to the defined classes that it is a member of."""
    found: dict[str, set[NamedNode]] = {}
    for defined in logic.defined:
        for individual in world[defined.value].instances(world=world):
            found.setdefault(individual.iri, set()).add(defined)
    return {iri: frozenset(classes) for iri, classes in found.items()}
