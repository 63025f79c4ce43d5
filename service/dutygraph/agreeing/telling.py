"""A point in words: what every side says, with its paragraphs, and what to do about a conflict.

Owns: the JSON of a point. Must not decide its outcome; the questions and remedies are data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dutygraph.agreeing.agenda import Agenda
from dutygraph.agreeing.saying import Answer
from dutygraph.agreeing.sides import Side
from dutygraph.agreeing.values import in_words, named
from dutygraph.agreeing.weighing import Point
from dutygraph.dates import day_in_words
from dutygraph.evidence import Facts
from dutygraph.report import Json, fact_as_json
from dutygraph.terms import DG, RDF
from dutygraph.triples import Literal, NamedNode, Term, local_name

__all__ = ["told"]


def told(
    point: Point, subject: Term, concerned: Sequence[Side], facts: Facts, agenda: Agenda
) -> Json:
    """A point as JSON.

    Args:
        subject: the arrangement.
        concerned: the sides whom the arrangement concerns.
        facts: all descriptions read together, for the names of things.
        agenda: what outcomes are called.
    """
    about = [named(term, facts, facts.graph) for term in point.about if term != subject]
    return {
        "aspect": local_name(str(point.aspect.iri.value)),
        "title": point.aspect.title,
        "about": ", ".join(about) or None,
        "outcome": point.outcome,
        "outcomeName": agenda.names[point.outcome][0],
        "sentence": _sentence(point, concerned),
        "sides": [_of_side(point, side) for side in concerned],
        "silent": [side.letter for side in point.silent],
        "remedy": _remedy(point, concerned, about[:1]) if point.outcome == "contradicts" else None,
    }


def _of_side(point: Point, side: Side) -> Json:
    way = point.aspect.compared_as
    return {
        "side": side.letter,
        "answers": [
            {
                "value": in_words(side, answer.value, way) + _unless(point, answer),
                "iri": _identifier(side, answer.value),
                "holds": answer.holds,
                "facts": [fact_as_json(fact) for fact in answer.facts],
            }
            for answer in point.of(side)
        ],
        "against": [fact_as_json(fact) for fact in point.against.get(side.letter, [])],
    }


def _identifier(side: Side, value: Term) -> str | None:
    return None if isinstance(value, Literal) else side.own_name(value)


def _sentence(point: Point, concerned: Sequence[Side]) -> str:
    """What the sides say, those of one mind together, in the order of their names."""
    by_words: dict[tuple[str, str], list[str]] = {}
    # The answer of a list is what the point is about.
    listed = point.aspect.compared_as == "list-of-answers"
    same = listed and len({a.value for a in point.answers}) == 1
    for side in concerned:
        answers = point.of(side)
        if answers:
            way = point.aspect.compared_as
            said = {
                ("so" if same else in_words(side, a.value, way)) + _unless(point, a)
                for a in answers
            }
            words = _listed(sorted(said))
            if side.letter in point.against:
                words += " and no other"
            by_words.setdefault((f"says {words}", f"say {words}"), []).append(side.name)
        elif side.letter in point.against:
            by_words.setdefault(_contrary(side, point), []).append(side.name)
    parts = sorted(
        f"{_listed(sorted(names))} {one if len(names) == 1 else many}"
        for (one, many), names in by_words.items()
    )
    if point.outcome == "perhaps-the-same":
        parts.append("under identifiers that differ, and neither says that it is the same")
    silent = sorted(side.name for side in point.silent)
    if silent:
        parts.append(f"{_listed(silent)} {'is' if len(silent) == 1 else 'are'} silent")
    return "; ".join(parts)


def _unless(point: Point, answer: Answer) -> str:
    """What is added where an answer conflicts because it does not hold on the day."""
    dates = point.aspect.compared_as == "date-answer"
    if dates or answer.holds or point.outcome != "contradicts":
        return ""
    return f", but not on {day_in_words(answer.side.assessment.day)}"


def _contrary(side: Side, point: Point) -> tuple[str, str]:
    """How one or several sides contradict an answer that they do not give."""
    if point.aspect.compared_as == "date-answer":
        day = day_in_words(side.assessment.day)
        return f"says that it holds on {day}", f"say that it holds on {day}"
    nodes = [NamedNode(fact.node) for fact in point.against[side.letter]]
    denied = any(DG.StatedNegative in side.graph.objects(node, RDF.type) for node in nodes)
    if denied:
        return "says that it is not so", "say that it is not so"
    return "gives a full list without it", "give a full list without it"


def _remedy(point: Point, concerned: Sequence[Side], about: Sequence[str]) -> str:
    silent = {side.letter for side in point.silent}
    named = sorted(side.name for side in concerned if side.letter not in silent)
    places = {"{sides}": _listed(named), "{about}": _listed(about or named)}
    text = point.aspect.remedy
    for place, words in places.items():
        text = text.replace(place, words)
    return text


def _listed(names: Iterable[str]) -> str:
    *others, last = list(names) or [""]
    return f"{', '.join(others)} and {last}" if others else last
