"""Structural measures: what is counted in the state of each structure.

Owns: running the counts that `data/comparison/measures.ttl` defines. Must not know what is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dutygraph.description import UNNAMED
from dutygraph.evidence import Fact
from dutygraph.outcomes import Assessment
from dutygraph.rulebook import Rulebook
from dutygraph.terms import CODE, DCT, DG, ORG
from dutygraph.triples import Literal, NamedNode, Term, local_name


@dataclass(frozen=True)
class Bearing:
    """What a measure says about a factor that a report scores, and why: our reading."""

    factor: NamedNode
    better_when_more: bool
    reason: str


@dataclass(frozen=True)
class Measure:
    """A count that is taken for each thing of one kind."""

    iri: NamedNode
    title: str
    description: str
    kind_pattern: str
    kind_noun: str
    kind_plural: str
    noun: str
    plural: str
    pattern: str
    summing: Term
    rank: int
    bearings: tuple[Bearing, ...]

    @property
    def id(self) -> str:
        """Its local name."""
        return local_name(self.iri)

    def words(self, number: int) -> str:
        """A summary with what it is of."""
        one, many = self.noun, self.plural
        if self.summing == CODE["how-many-have-any"]:
            one, many = self.kind_noun, self.kind_plural
        return f"{number} {one if number == 1 else many}"


@dataclass(frozen=True)
class Counted:
    """What was counted for one thing: names, sorted, and the statements that say so."""

    thing: Term
    name: str
    counted: tuple[str, ...]
    facts: tuple[Fact, ...]

    @property
    def number(self) -> int:
        """How many; nobody is counted twice, and somebody unnamed only where nobody is named."""
        return len(self.counted)


class Measures:
    """The measures of a rulebook.

    Args:
        rulebook: with the measures in its graph.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook

    @cached_property
    def all(self) -> tuple[Measure, ...]:
        """Every measure, in the order in which they are read."""
        found = map(self._measure, self._rulebook.graph.instances(DG.StructuralMeasure))
        return tuple(sorted(found, key=lambda m: m.rank))

    def _measure(self, iri: Term) -> Measure:
        graph = self._rulebook.graph
        kind = graph.value(iri, DG.countedFor)
        summing = graph.value(iri, DG.summedUpAs)
        assert isinstance(iri, NamedNode) and kind is not None and summing is not None
        return Measure(
            iri=iri,
            title=graph.text(iri, DCT.title),
            description=graph.text(iri, DCT.description),
            kind_pattern=graph.text(kind, DG.pattern),
            kind_noun=graph.text(kind, DG.countNoun),
            kind_plural=graph.text(kind, DG.pluralNoun),
            noun=graph.text(iri, DG.countNoun),
            plural=graph.text(iri, DG.pluralNoun),
            pattern=graph.text(iri, DG.pattern),
            summing=summing,
            rank=int(graph.text(iri, DG.rank)),
            bearings=tuple(
                sorted(
                    (self._bearing(b) for b in graph.objects(iri, DG.bearing)),
                    key=lambda b: b.factor.value,
                )
            ),
        )

    def _bearing(self, node: Term) -> Bearing:
        graph = self._rulebook.graph
        factor = graph.value(node, DG.bearsOn)
        assert isinstance(factor, NamedNode)
        better = graph.value(node, DG.betterWhen) == CODE.more
        return Bearing(factor, better, graph.text(node, DG.reason))

    def taken(self, measure: Measure, assessment: Assessment) -> tuple[Counted, ...]:
        """What a measure counts in one structure, for each thing in the order of their names."""
        graph = assessment.facts.graph
        start = f"{self._rulebook.prefixes} SELECT DISTINCT "
        things = graph.select(f"{start} ?of WHERE {{ {measure.kind_pattern} }}")
        rows = graph.select(
            f"{start} ?of ?counted ?node WHERE {{ {measure.kind_pattern} {measure.pattern} }}"
        )
        found = [
            _of_thing(thing["of"], [r for r in rows if r["of"] == thing["of"]], assessment)
            for thing in things
        ]
        return tuple(sorted(found, key=lambda c: (c.name, str(c.thing))))

    @staticmethod
    def summary(measure: Measure, found: tuple[Counted, ...]) -> int | None:
        """The one number of a structure, or None where the description says nothing to count."""
        numbers = [c.number for c in found if c.number]
        if measure.summing == CODE["how-many-have-any"]:
            return len(numbers)
        if measure.summing == CODE["total-count"]:
            return sum(numbers) if found else None
        return max(numbers, default=None)


def _of_thing(thing: Term, rows: list[dict[str, Term]], assessment: Assessment) -> Counted:
    counted = {r["counted"] for r in rows}
    # Two who are not named may be one, and may be one of those who are.
    kept = {c for c in counted if _is_named(c)} or set(sorted(counted, key=str)[:1])
    nodes = {r["node"] for r in rows if r["counted"] in kept}
    return Counted(
        thing=thing,
        name=_name(thing, assessment),
        counted=tuple(sorted(_name(c, assessment) for c in kept)),
        facts=tuple(sorted({assessment.facts.of_anything(n) for n in nodes})),
    )


def _is_named(term: Term) -> bool:
    return not isinstance(term, NamedNode) or not term.value.startswith(UNNAMED)


def _name(thing: Term, assessment: Assessment) -> str:
    """The name of a thing, with its council where it is of one of several."""
    facts, several = assessment.facts, len(assessment.description.authorities) > 1
    owners = facts.graph.objects(thing, ORG.postIn) if not isinstance(thing, Literal) else []
    for establishment in facts.graph.subjects(DG.establishedBody, thing):
        owners += facts.graph.objects(establishment, DG.establishedBy)
    label = facts.label(thing)
    if not several or len(set(owners)) != 1 or not _is_named(owners[0]):
        return label
    return f"{label} of {facts.label(owners[0])}"
