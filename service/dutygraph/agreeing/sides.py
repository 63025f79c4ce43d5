"""The sides: whose word each description is, and the day on which they are held against each other.

Owns: letters, names and the common day. Must not compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from string import ascii_uppercase

from dutygraph.dates import Certainty, day_in_words
from dutygraph.description import UNNAMED, Description
from dutygraph.errors import Problem
from dutygraph.evidence import Facts
from dutygraph.outcomes import Assessment
from dutygraph.report import Json
from dutygraph.terms import DCT
from dutygraph.triples import Graph, NamedNode, Term, local_name

__all__ = ["Side", "common_day", "sides_of"]

FEWEST = 2
_MOST = len(ascii_uppercase)


@dataclass(frozen=True)
class Side:
    """One description as somebody's word: that of the authorities that its structure describes.

    Args:
        letter: A, B and so on, in the order given.
        name: the councils that speak.
        assessment: of its own closure, on the common day.
        report: of that assessment.
        own: the shared identifier of a thing to the one that this side uses.
    """

    letter: str
    name: str
    assessment: Assessment
    report: Json
    own: Mapping[Term, Term]

    @property
    def description(self) -> Description:
        """What it says."""
        return self.assessment.description

    @property
    def graph(self) -> Graph:
        """Its statements, whatever their dates."""
        return self.assessment.description.graph

    @cached_property
    def on_day(self) -> Graph:
        """Its statements that hold on the day, at least possibly."""
        return Graph(t for t in self.graph if self.certainty(t.subject) > Certainty.NO)

    @property
    def facts(self) -> Facts:
        """Its facts in words."""
        return self.assessment.facts

    @property
    def authorities(self) -> frozenset[NamedNode]:
        """The authorities for which it speaks."""
        return frozenset(self.description.authorities)

    def certainty(self, node: Term) -> Certainty:
        """Whether a node of its description holds on the day; what has no dates does."""
        record = self.assessment.state.nodes.get(node)
        return record.certainty if record else Certainty.CERTAIN

    def bound_on_day(self, node: Term) -> str | None:
        """The printed date by which a node of its description does not hold on the day."""
        record, day = self.assessment.state.nodes.get(node), self.assessment.day
        if record is None or record.certainty > Certainty.NO:
            return None
        early = record.start is not None and day < record.start.earliest
        bound = record.start if early else record.end
        return bound.printed if bound else None

    def is_dated(self, node: Term) -> bool:
        """Whether a node is a relation or an event, which has dates."""
        record = self.assessment.state.nodes.get(node)
        return record is not None and record.dated

    def speaks_of(self, subject: Term) -> bool:
        """Whether it says anything of a thing."""
        return any(True for _ in self.graph.match(subject)) or any(
            True for _ in self.graph.match(None, None, subject)
        )

    def own_name(self, subject: Term) -> str | None:
        """The identifier that it uses for a thing, where it has one."""
        name = str(self.own.get(subject, subject).value)
        return None if name.startswith(UNNAMED) else name


def common_day(descriptions: Sequence[Description], asked: date | None) -> date:
    """The day on which all are assessed: the one that is asked for, or the one that they share.

    Raises:
        Problem: `bad-parameter`, where there are too few or too many; `no-day`.
    """
    if not FEWEST <= len(descriptions) <= _MOST:
        raise Problem(
            "bad-parameter",
            f"There are {len(descriptions)} descriptions; between {FEWEST} and {_MOST} can be held "
            "against each other. Give each side's in a file of its own, or all in one TriG file with "
            "a named graph for each.",
        )
    days = sorted({d.day for d in descriptions if d.day})
    if asked:
        return asked
    if len(days) == 1:
        return days[0]
    several = " and ".join(day_in_words(day) for day in days)
    reason = f"speak for different days, {several}" if days else "have no dg:assessmentDay"
    raise Problem(
        "no-day",
        f"The descriptions {reason}, and no day was asked for. Say as-at=YYYY-MM-DD.",
    )


def sides_of(
    assessments: Sequence[Assessment],
    reports: Sequence[Json],
    own: Sequence[Mapping[Term, Term]],
) -> tuple[Side, ...]:
    """The sides of some assessments; two of the same councils are told apart by their titles."""
    councils = [_councils(a) for a in assessments]
    titles = [_title(a) for a in assessments]
    names = []
    for at, name in enumerate(councils):
        if councils.count(name) > 1:
            same = [t for c, t in zip(councils, titles, strict=True) if c == name]
            told_apart = same.count(titles[at]) == 1
            name += f" ({titles[at] if told_apart else ascii_uppercase[at]})"
        names.append(name)
    return tuple(
        Side(letter, name, assessment, report, its_own)
        for letter, name, assessment, report, its_own in zip(
            ascii_uppercase, names, assessments, reports, own, strict=False
        )
    )


def _councils(assessment: Assessment) -> str:
    names = sorted(assessment.facts.label(a) for a in assessment.description.authorities)
    *others, last = names
    return f"{', '.join(others)} and {last} together" if others else last


def _title(assessment: Assessment) -> str:
    description = assessment.description
    found = description.graph.text(description.structure, DCT.title)
    return found or local_name(str(description.structure.value))
