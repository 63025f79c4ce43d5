"""The points of an arrangement: each question with what every side answers, and what it comes to.

Owns: grouping answers into points, and the outcome of each. Must not know an aspect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import combinations

from dutygraph.agreeing.agenda import Agenda, Aspect
from dutygraph.agreeing.saying import Answer, answers_of, contradicting
from dutygraph.agreeing.sides import Side
from dutygraph.agreeing.values import weighed
from dutygraph.dates import Certainty
from dutygraph.evidence import Fact
from dutygraph.terms import DG
from dutygraph.triples import Graph, NamedNode, Term, Triple

__all__ = ["Point", "points_of"]


@dataclass(frozen=True)
class Point:
    """One question, for whom and of what it is asked, and what the sides say.

    Args:
        about: for whom and of what; a list has the answer itself here too.
        answers: of every side that gives some, in the order of the sides.
        silent: the sides concerned that give none.
        against: what a side says against the answers of others, by its letter.
        outcome: the local name of the outcome of a point.
        disputed: the statements that are contradicted.
    """

    aspect: Aspect
    about: tuple[Term, ...]
    answers: tuple[Answer, ...]
    silent: tuple[Side, ...]
    against: dict[str, list[Fact]]
    outcome: str
    disputed: frozenset[Triple] = field(default_factory=frozenset)

    def of(self, side: Side) -> list[Answer]:
        """The answers of one side."""
        return [a for a in self.answers if a.side.letter == side.letter]


def points_of(
    aspects: Sequence[Aspect], subject: Term, sides: Sequence[Side], agenda: Agenda
) -> list[Point]:
    """The points of an arrangement that somebody speaks to, in the order of their aspects.

    Args:
        aspects: those of its kind.
        subject: the arrangement.
        sides: those whom it concerns.
    """
    found: dict[Term, list[Point]] = {}
    redated: set[Term] = set()
    # Dates first: where the sides conflict about those of a statement, that is their conflict about it.
    for aspect in sorted(aspects, key=lambda a: a.compared_as != "date-answer"):
        found[aspect.iri] = _points(aspect, subject, sides, agenda, redated)
        if aspect.compared_as == "date-answer":
            conflicts = [p for p in found[aspect.iri] if p.outcome == "contradicts"]
            redated |= {n for p in conflicts for a in p.answers for n in a.nodes}
    return [point for aspect in aspects for point in found[aspect.iri]]


def _points(
    aspect: Aspect,
    subject: Term,
    sides: Sequence[Side],
    agenda: Agenda,
    redated: Set[Term],
) -> list[Point]:
    answers = [a for side in sides for a in answers_of(side, aspect, subject, agenda)]
    weigh = _Weighing(aspect, subject, sides, agenda, redated)
    points = []
    for about in sorted({a.about for a in answers}, key=str):
        those = [a for a in answers if a.about == about]
        groups = _by_value(those, aspect) if aspect.compared_as == "list-of-answers" else [those]
        points += [weigh.point(group) for group in groups if weigh.is_of_the_day(group)]
    return points


def _by_value(answers: Sequence[Answer], aspect: Aspect) -> list[list[Answer]]:
    """The answers of a list, one group for each that is the same; those of one name that may be."""
    groups: dict[Term, list[Answer]] = {}
    for answer in answers:
        groups.setdefault(answer.value, []).append(answer)
    values = sorted(groups, key=str)
    for one, other in combinations(values, 2):
        if one not in groups or other not in groups:
            continue
        first, second = groups[one], groups[other]
        letters = {a.side.letter for a in first} & {a.side.letter for a in second}
        if not letters and weighed(first[0], second[0], aspect.compared_as) == "perhaps-the-same":
            groups[one] = first + groups.pop(other)
    return [groups[value] for value in values if value in groups]


class _Weighing:
    """What the answers to one question about one arrangement come to."""

    def __init__(
        self,
        aspect: Aspect,
        subject: Term,
        sides: Sequence[Side],
        agenda: Agenda,
        redated: Set[Term],
    ) -> None:
        self._aspect, self._subject = aspect, subject
        self._sides, self._agenda = sides, agenda
        self._redated = redated

    def is_of_the_day(self, answers: Sequence[Answer]) -> bool:
        """Whether it holds on the day for anybody, be it that they do not give this date; else it is
        of the past or the future of every side."""
        return any(a.holds for a in answers) or any(
            self._held_by(side, answers) for side in self._sides
        )

    def point(self, answers: Sequence[Answer]) -> Point:
        spoken = [self._counted(side, answers) for side in self._sides]
        kept = tuple(answer for those in spoken for answer in those)
        silent = tuple(s for s, those in zip(self._sides, spoken, strict=True) if not those)
        against = {
            side.letter: facts
            for side, those in zip(self._sides, spoken, strict=True)
            if (facts := self._against(side, those, kept))
        }
        outcomes = [
            self._between(one, other) for one, other in combinations(filter(None, spoken), 2)
        ]
        disputed = {
            t
            for one, other in combinations(filter(None, spoken), 2)
            if self._between(one, other) == "contradicts"
            for t in self._doubted([*one, *other])
        }
        if against:
            outcomes.append("contradicts")
            # Whoever denies an answer is contradicted by those who give it.
            disputed |= {*self._doubted(kept), *self._said_against(against)}
        unanswered = tuple(s for s in silent if s.letter not in against)
        if unanswered:
            outcomes.append("one-side-says")
        about = [t for t in kept[0].about if t is not None]
        if self._aspect.compared_as == "list-of-answers":
            about.append(kept[0].value)
        return Point(
            self._aspect,
            tuple(about),
            kept,
            unanswered,
            against,
            self._agenda.worst(outcomes),
            frozenset(disputed),
        )

    def _counted(self, side: Side, answers: Sequence[Answer]) -> list[Answer]:
        """The answers of a side that count on the day: those that hold, or else those that are like
        one of another side that does and that have dates by which they do not."""
        own = [a for a in answers if a.side.letter == side.letter]
        if self._aspect.compared_as == "date-answer":
            return sorted(own, key=lambda a: str(a.value))
        others = {a.value for a in answers if a.holds}
        kept = [a for a in own if a.holds] or [a for a in own if a.value in others and a.has_dates]
        return sorted(kept, key=lambda a: str(a.value))

    def _between(self, one: Sequence[Answer], other: Sequence[Answer]) -> str:
        """The best that two sides' answers come to: where they share one, they do not conflict; and
        where one of them has a further answer, the other does not say it."""
        ways = [[self._of_two(a, b) for b in other] for a in one]
        best = self._best(way for row in ways for way in row)
        if best in ("matches", "compatible"):
            further = [self._best(row) for row in (*ways, *zip(*ways, strict=True))]
            if self._agenda.worst(further) not in ("matches", "compatible"):
                return "one-side-says"
        return best

    def _best(self, outcomes: Iterable[str]) -> str:
        return max(outcomes, key=self._agenda.outcomes.index)

    def _of_two(self, one: Answer, other: Answer) -> str:
        way = self._aspect.compared_as
        if way == "date-answer" or one.value != other.value or one.holds == other.holds:
            return weighed(one, other, way)
        # One of them does not hold on the day, by its own dates.
        if not self._redated.isdisjoint((*one.nodes, *other.nodes)):
            return "matches"
        certain = Certainty.CERTAIN in (one.certainty, other.certainty)
        return "contradicts" if certain else "compatible"

    def _beside(self, own: Sequence[Answer], answers: Sequence[Answer]) -> list[Answer]:
        """The answers that a side does not give; where a question has several, beside its own."""
        return [a for a in answers if all(self._of_two(a, b) == "contradicts" for b in own)]

    def _against(self, side: Side, own: Sequence[Answer], answers: Sequence[Answer]) -> list[Fact]:
        if self._aspect.compared_as == "date-answer":
            return [] if own else self._held_by(side, answers)
        held = [a for a in self._beside(own, answers) if a.holds]
        found = [contradicting(side, a, self._aspect, self._subject, self._agenda) for a in held]
        return sorted({fact for facts in found for fact in facts})

    def _held_by(self, side: Side, answers: Sequence[Answer]) -> list[Fact]:
        """What a side says for certain of the day, though by a date that another gives it is not so."""
        if self._aspect.compared_as != "date-answer":
            return []
        nodes = {
            node
            for answer in answers
            for node in answer.nodes
            if side.is_dated(node)
            and side.certainty(node) is Certainty.CERTAIN
            and answer.side.bound_on_day(node) == str(answer.value.value)
        }
        return sorted(side.facts.of_node(node) for node in nodes)

    def _doubted(self, answers: Sequence[Answer]) -> Iterable[Triple]:
        """The statements that a conflict makes doubtful in all descriptions read together."""
        if self._aspect.compared_as == "date-answer":
            yield from self._redated_in({node for a in answers for node in a.nodes})
            return
        for answer in answers:
            for node in answer.nodes:
                graph = answer.side.graph
                if self._stands_for_it(node, answer, graph):
                    yield from graph.match(node)
                else:
                    yield from graph.match(node, None, answer.value)

    def _said_against(self, against: Mapping[str, Sequence[Fact]]) -> Iterable[Triple]:
        """What denies an answer, but for a full list of a side's own: of that only the one entry is in
        doubt, and nobody contradicts the rest."""
        for side in self._sides:
            for fact in against.get(side.letter, ()):
                node = NamedNode(fact.node)
                if not side.authorities & set(side.graph.objects(node, DG.listOf)):
                    yield from side.graph.match(node)

    def _redated_in(self, nodes: Set[Term]) -> Iterable[Triple]:
        """The dates themselves are joined; what is in doubt is whether it holds, where the sides differ
        on that."""
        for node in nodes:
            telling = [s for s in self._sides if s.is_dated(node)]
            if len({s.certainty(node) for s in telling}) > 1:
                yield from (t for s in telling for t in s.graph.match(node))

    def _stands_for_it(self, node: Term, answer: Answer, graph: Graph) -> bool:
        """Whether a statement is there for the answer alone, so that it falls with it."""
        if node == answer.value:
            return True
        if not self._aspect.is_statement:
            return False
        said_by = {t.predicate for t in graph.match(node, None, answer.value)}
        return all(graph.objects(node, p) == [answer.value] for p in said_by)
