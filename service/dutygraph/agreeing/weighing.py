"""The points of an arrangement: each question with what every side answers, and what it comes to.

Owns: grouping answers into points, and the outcome of each. Must not know an aspect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from dutygraph.agreeing.agenda import Agenda, Aspect
from dutygraph.agreeing.saying import Answer, answers_of, contradicting
from dutygraph.agreeing.sides import Side
from dutygraph.agreeing.values import weighed
from dutygraph.evidence import Fact
from dutygraph.triples import Graph, Term, Triple

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


def points_of(aspect: Aspect, subject: Term, sides: Sequence[Side], agenda: Agenda) -> list[Point]:
    """The points of one aspect of an arrangement that somebody speaks to.

    Args:
        subject: the arrangement.
        sides: those whom it concerns.
    """
    answers = [a for side in sides for a in answers_of(side, aspect, subject, agenda)]
    weigh = _Weighing(aspect, subject, sides, agenda)
    points = []
    for about in sorted({a.about for a in answers}, key=str):
        those = [a for a in answers if a.about == about]
        groups = _by_value(those, aspect) if aspect.compared_as == "list-of-answers" else [those]
        # What holds for nobody on the day is of the past or the future of every side.
        points += [weigh.point(group) for group in groups if any(a.holds for a in group)]
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
        self, aspect: Aspect, subject: Term, sides: Sequence[Side], agenda: Agenda
    ) -> None:
        self._aspect, self._subject = aspect, subject
        self._sides, self._agenda = sides, agenda

    def point(self, answers: Sequence[Answer]) -> Point:
        spoken = [self._counted(side, answers) for side in self._sides]
        kept = tuple(answer for those in spoken for answer in those)
        silent = tuple(s for s, those in zip(self._sides, spoken, strict=True) if not those)
        against = {side.letter: facts for side in silent if (facts := self._against(side, kept))}
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
            disputed |= set(self._doubted(kept))
        if len(silent) > len(against):
            outcomes.append("one-side-says")
        about = [t for t in kept[0].about if t is not None]
        if self._aspect.compared_as == "list-of-answers":
            about.append(kept[0].value)
        return Point(
            self._aspect,
            tuple(about),
            kept,
            tuple(s for s in silent if s.letter not in against),
            against,
            self._agenda.worst(outcomes),
            frozenset(disputed),
        )

    def _counted(self, side: Side, answers: Sequence[Answer]) -> list[Answer]:
        """The answers of a side that count on the day: those that hold, and those that are like one
        of another side that does, whose dates are a point of their own."""
        own = [a for a in answers if a.side.letter == side.letter]
        if self._aspect.compared_as == "date-answer":
            return sorted(own, key=lambda a: str(a.value))
        others = {a.value for a in answers if a.holds}
        kept = [a for a in own if a.holds or a.value in others]
        return sorted(kept, key=lambda a: str(a.value))

    def _between(self, one: Iterable[Answer], other: Iterable[Answer]) -> str:
        """The best that two sides' answers come to: where they share one, they do not conflict."""
        ways = [weighed(a, b, self._aspect.compared_as) for a in one for b in other]
        return max(ways, key=self._agenda.outcomes.index)

    def _against(self, side: Side, answers: Sequence[Answer]) -> list[Fact]:
        held = [a for a in answers if a.holds]
        if self._aspect.compared_as == "date-answer":
            return []
        found = [contradicting(side, a, self._aspect, self._subject, self._agenda) for a in held]
        return sorted({fact for facts in found for fact in facts})

    def _doubted(self, answers: Sequence[Answer]) -> Iterable[Triple]:
        """The statements that a conflict makes doubtful in all descriptions read together."""
        dates = self._aspect.compared_as == "date-answer"
        # The dates themselves are joined; what is in doubt is whether it holds, where they differ on it.
        if dates and len({a.side.certainty(n) for a in answers for n in a.nodes}) < 2:
            return
        for answer in answers:
            for node in answer.nodes:
                graph = answer.side.graph
                if dates or self._stands_for_it(node, answer, graph):
                    yield from graph.match(node)
                else:
                    yield from graph.match(node, None, answer.value)

    def _stands_for_it(self, node: Term, answer: Answer, graph: Graph) -> bool:
        """Whether a statement is there for the answer alone, so that it falls with it."""
        if node == answer.value:
            return True
        if not self._aspect.is_statement:
            return False
        said_by = {t.predicate for t in graph.match(node, None, answer.value)}
        return all(graph.objects(node, p) == [answer.value] for p in said_by)
