"""Two answers to one question: whether they are the same, less exact, of one name, or contradict.

Owns: how values of each kind are held against each other, and how they are said. Must not know an
aspect.
"""

from __future__ import annotations

import re
from datetime import date

from dutygraph.agreeing.saying import Answer
from dutygraph.agreeing.sides import Side
from dutygraph.dates import Span, add, expand, words
from dutygraph.description import UNNAMED
from dutygraph.errors import Problem
from dutygraph.evidence import Facts
from dutygraph.terms import CODE, FOAF, ORG, RDF
from dutygraph.triples import Graph, Literal, NamedNode, Term, local_name

__all__ = ["in_words", "is_unnamed", "named", "same_name", "weighed"]

# Two days from which a length of time is counted: one before a leap day and one after it.
_COUNTED_FROM = (date(2000, 1, 31), date(2001, 3, 1))
_LENGTH = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?")
_UNITS = ("year", "month", "day")


def weighed(one: Answer, other: Answer, compared_as: str) -> str:
    """What two answers of two sides to one question come to.

    Args:
        one, other: the answers.
        compared_as: the local name of a way of comparing.

    Returns:
        The local name of the outcome of a point.
    """
    if one.value == other.value:
        return "matches"
    if compared_as == "date-answer":
        return _dates(one, other)
    if compared_as == "duration-answer":
        return "matches" if _length(one.value) == _length(other.value) else "contradicts"
    if is_unnamed(one.value) or is_unnamed(other.value):
        return "compatible"
    return "perhaps-the-same" if same_name(one, other) else "contradicts"


def _dates(one: Answer, other: Answer) -> str:
    first, second = _days(one), _days(other)
    if first is None or second is None:
        return "contradicts"
    if first.latest < second.earliest or second.latest < first.earliest:
        return "contradicts"
    same = (first.earliest, first.latest) == (second.earliest, second.latest)
    return "matches" if same else "compatible"


def _days(answer: Answer) -> Span | None:
    """The days that an answer allows; None for an end that is not to come."""
    if answer.value == CODE["unknown-end"]:
        # It is only known to have come, by the day for which the side speaks.
        assessed = answer.side.assessment
        return Span(date.min, assessed.description.day or assessed.day, "")
    return _span(answer.value)


def _span(value: Term) -> Span | None:
    try:
        return expand(value) if isinstance(value, Literal) else None
    except Problem:
        return None


def _length(value: Term) -> tuple[object, ...]:
    try:
        return tuple(add(day, str(value.value)) for day in _COUNTED_FROM)
    except (ValueError, OverflowError):
        return (value,)


def is_unnamed(value: Term) -> bool:
    """Whether it stands for somebody or something without a name."""
    return isinstance(value, NamedNode) and value.value.startswith(UNNAMED)


def same_name(one: Answer, other: Answer) -> bool:
    """Whether two things that are told apart have one name, and nothing says that they are two.

    Posts of different councils often have one title; they are two posts.
    """
    if isinstance(one.value, Literal) or isinstance(other.value, Literal):
        return False
    names = [_named(a.side, a.value) for a in (one, other)]
    councils = [set(a.side.graph.objects(a.value, ORG.postIn)) for a in (one, other)]
    apart = all(councils) and not councils[0] & councils[1]
    return bool(names[0]) and names[0] == names[1] and not apart


def _named(side: Side, value: Term) -> str:
    """A name that the description gives; one made of an identifier is none."""
    described = any(True for _ in side.graph.match(value, RDF.type)) or any(
        True for _ in side.graph.match(value, FOAF.name)
    )
    return " ".join(side.facts.label(value).casefold().split()) if described else ""


def in_words(side: Side, value: Term, compared_as: str) -> str:
    """An answer as its side words it."""
    span = _span(value) if compared_as == "date-answer" else None
    if span is not None:
        return words(span)
    if compared_as == "duration-answer":
        return _length_in_words(str(value.value))
    label = side.facts.label(value)
    if side.is_dated(value) and label == local_name(str(value.value)).replace("-", " "):
        # A relation without a title is told by its sentence.
        return side.facts.sentence(value)
    return named(value, side.facts, side.graph)


def named(value: Term, facts: Facts, graph: Graph) -> str:
    """The name of a thing, with its council where it is a post of one: those have one title."""
    councils = [] if isinstance(value, Literal) else graph.objects(value, ORG.postIn)
    label = facts.label(value)
    return f"{label} of {facts.label(councils[0])}" if len(councils) == 1 else label


def _length_in_words(text: str) -> str:
    found = _LENGTH.fullmatch(text)
    parts = [
        f"{int(number)} {unit}{'' if int(number) == 1 else 's'}"
        for number, unit in zip(found.groups() if found else (), _UNITS, strict=False)
        if number
    ]
    return " and ".join(parts) or text
