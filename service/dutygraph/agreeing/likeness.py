"""What looks alike in two descriptions and of which neither says that it is the same.

Owns: suggestions. Must not assume one: no arrangement is paired and nobody is joined because of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

from dutygraph.agreeing.agenda import Agenda, Matter
from dutygraph.agreeing.saying import likenesses_of, parties_in
from dutygraph.agreeing.sides import Side
from dutygraph.description import UNNAMED
from dutygraph.report import Json, fact_as_json
from dutygraph.terms import DG, FOAF
from dutygraph.triples import Graph, NamedNode, Term

__all__ = ["alike", "namesakes"]


def alike(sides: Sequence[Side], agenda: Agenda, speakers: Collection[Term]) -> list[Json]:
    """Arrangements of one kind between the same councils that only one side each describes."""
    return [
        suggestion
        for matter in agenda.matters
        for suggestion in sorted(
            (
                found
                for one, other in combinations(sides, 2)
                for found in _between(one, other, matter, agenda, speakers)
            ),
            key=lambda found: str(found["howToSay"]),
        )
    ]


def _between(
    one: Side, other: Side, matter: Matter, agenda: Agenda, speakers: Collection[Term]
) -> Iterator[Json]:
    first, second = (
        _of_one_side(s, t, matter, agenda, speakers) for s, t in ((one, other), (other, one))
    )
    for left, parties in first.items():
        for right, same in second.items():
            if parties == same and _may_be_one(one, left, other, right, matter, agenda):
                yield {
                    "matter": matter.title,
                    "parties": sorted(one.facts.label(p) for p in parties),
                    "sides": [_candidate(one, left), _candidate(other, right)],
                    "howToSay": _how_to_say(one, left, other, right),
                }


def _of_one_side(
    side: Side, other: Side, matter: Matter, agenda: Agenda, speakers: Collection[Term]
) -> dict[Term, frozenset[Term]]:
    """The arrangements between several who speak that one side describes and the other does not."""
    found: Mapping[Term, frozenset[Term]] = parties_in(side.on_day, matter, agenda)
    return {
        subject: parties
        for subject, parties in sorted(found.items(), key=lambda item: str(item[0]))
        if len(parties & set(speakers)) > 1 and not other.speaks_of(subject)
    }


def _may_be_one(
    one: Side, left: Term, other: Side, right: Term, matter: Matter, agenda: Agenda
) -> bool:
    first = likenesses_of(one, matter, left, agenda)
    second = likenesses_of(other, matter, right, agenda)
    return not first or not second or bool(first & second)


def _candidate(side: Side, subject: Term) -> Json:
    return {
        "side": side.letter,
        "iri": side.own_name(subject),
        "name": side.facts.label(subject),
        "facts": [fact_as_json(side.facts.of_anything(subject))],
    }


def namesakes(sides: Sequence[Side]) -> list[Json]:
    """People of one name whom two sides have under different identifiers, of whom neither side says
    that they are one."""
    people = {side.letter: _people(side.graph) for side in sides}
    found = []
    for one, other in combinations(sides, 2):
        for left, name in people[one.letter].items():
            for right, same in people[other.letter].items():
                told_apart = one.speaks_of(right) or other.speaks_of(left)
                if name == same and left != right and not told_apart:
                    found.append(
                        {
                            "name": min(_shown(one, left), _shown(other, right)),
                            "sides": [_person(one, left), _person(other, right)],
                            "howToSay": _how_to_say(one, left, other, right),
                        }
                    )
    return sorted(found, key=lambda f: (f["name"], f["howToSay"]))


def _people(graph: Graph) -> dict[Term, str]:
    names = sorted(graph.match(None, FOAF.name), key=str)
    return {
        t.subject: " ".join(str(t.object.value).casefold().split())
        for t in names
        if isinstance(t.subject, NamedNode) and not t.subject.value.startswith(UNNAMED)
    }


def _shown(side: Side, person: Term) -> str:
    return " ".join(side.graph.text(person, FOAF.name).split())


def _person(side: Side, person: Term) -> Json:
    nodes = side.graph.subjects(DG.appointee, person)
    nodes += side.graph.subjects(DG.electedPerson, person)
    facts = sorted({side.facts.of_node(node) for node in nodes})
    return {
        "side": side.letter,
        "iri": side.own_name(person),
        "name": side.graph.text(person, FOAF.name),
        "facts": [fact_as_json(f) for f in facts],
    }


def _how_to_say(one: Side, left: Term, other: Side, right: Term) -> str:
    names = (one.own_name(left), other.own_name(right))
    first, second = sorted(name or "urn:example:an-identifier-of-its-own" for name in names)
    return f"<{first}> dg:correspondsTo <{second}> ."
