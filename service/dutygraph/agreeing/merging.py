"""All descriptions read as one: one structure that describes every authority, on one day.

Owns: what each side leaves to the whole, so that nothing is sure there that a side contradicts and
nothing settles an outcome of an authority that its own side did not say. Must not assess.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

from dutygraph.agreeing.sides import Side
from dutygraph.agreeing.speaking import JOINT, said_for_others
from dutygraph.dates import Certainty, Span, expand, together, words
from dutygraph.description import Accounts, Description
from dutygraph.terms import DG, RDF
from dutygraph.triples import Graph, Literal, NamedNode, Term, Triple

__all__ = ["JOINT", "merged"]

_NAMED = 5
_DATES = (DG["from"], DG.to, DG.on, DG.knownBy)


def merged(
    sides: Sequence[Side],
    day: date,
    disputed: Iterable[Triple],
    slots: Collection[tuple[NamedNode, NamedNode]],
) -> Description:
    """Put descriptions together.

    Args:
        sides: each with its description and its state on the day.
        day: the day of the whole.
        disputed: what some of them say and others contradict.
        slots: the classes that speak for somebody, each with the property that names whom.

    Returns:
        One description, with the structures of the sides as things that it speaks of. Where sides
        date one thing differently it has every day that they allow, and where these contradict each
        other, every day from the first to the last; what is disputed holds possibly. What stands
        without dates keeps the period and the day of its own side. What a side says for councils that
        it does not describe is left out, as the notes say, and what it says of a shared thing closes
        lists for its own councils alone.
    """
    left_out = [said_for_others(side, sides, slots) for side in sides]
    graph = Graph(
        t for side, out in zip(sides, left_out, strict=True) for t in side.graph if t not in out
    )
    authorities = tuple(sorted({a for s in sides for a in s.authorities}, key=str))
    graph.add(Triple(JOINT, RDF.type, DG.Structure))
    graph.update(Triple(JOINT, DG.describes, a) for a in authorities)
    graph.update(t for side in sides for t in _claims_of_its_own(side))
    told: dict[Term, list[Side]] = {}
    for side in sides:
        for node, record in side.assessment.state.nodes.items():
            if record.dated and any(True for _ in side.graph.match(node)):
                told.setdefault(node, []).append(side)
    dates: dict[tuple[Term, NamedNode], Span] = {}
    speaks_for: dict[Term, date] = {}
    for node, by in told.items():
        speaks_for[node] = max(s.description.day or day for s in by)
        dates |= {(node, p): span for p, span in _dates_of(node, by, day).items()}
        graph.update(_end_of_period(node, by))
    said_by: dict[Term, frozenset[Term]] = {}
    for side in sides:
        for node in {n for cls, _ in slots for n in side.graph.instances(cls)}:
            said_by[node] = said_by.get(node, frozenset()) | side.authorities
    statuses = {s.description.status for s in sides}
    return Description(
        graph=graph,
        structure=JOINT,
        authorities=authorities,
        day=day,
        period=(None, None),
        status=statuses.pop() if len(statuses) == 1 else None,
        notes=tuple(sorted(_note(s, out) for s, out in zip(sides, left_out, strict=True) if out)),
        accounts=Accounts(
            dates=dates,
            speaks_for=speaks_for,
            disputed=frozenset(disputed),
            said_by=said_by,
            structures={
                a: frozenset(s.description.structure for s in sides if a in s.authorities)
                for a in authorities
            },
        ),
    )


def _note(side: Side, left_out: Collection[Triple]) -> str:
    nodes = sorted({str(t.subject.value) for t in left_out})
    more = f" and {len(nodes) - _NAMED} more" if len(nodes) > _NAMED else ""
    return (
        f"{side.name} speaks for others, whom it does not describe, in {', '.join(nodes[:_NAMED])}{more}; "
        "where all are read together this does not count."
    )


def _claims_of_its_own(side: Side) -> Iterable[Triple]:
    """A claim that names no authority speaks for those of its own side."""
    for claim in side.graph.instances(DG.Claim):
        if not side.graph.objects(claim, DG.claimedFor):
            yield from (Triple(claim, DG.claimedFor, a) for a in side.description.authorities)


def _dates_of(node: Term, by: Sequence[Side], day: date) -> dict[NamedNode, Span]:
    """The dates of a node, as far as no single side gives all that there is to one of them."""
    found = {p: [s for side in by for s in _spans(side.graph, node, p)] for p in _DATES}
    dates = {p: together(spans) for p, spans in found.items() if len(set(spans)) > 1}
    if not any(found.values()) and _is_relation(node, by) and not _end_status(node, by):
        for position, p in enumerate((DG["from"], DG.to)):
            periods = [s for side in by if (s := side.description.period[position])]
            if periods:
                dates[p] = together(periods)
    start = dates.get(DG["from"]) or next(iter(found[DG["from"]]), None)
    end = dates.get(DG.to) or next(iter(found[DG.to]), None)
    if start and end and end.latest < start.earliest:
        # One side's end lies before the other's beginning.
        said = f"{words(start)} or earlier"
        dates[DG["from"]] = Span(end.earliest, start.latest, start.printed, said)
    held = {side.certainty(node) for side in by}
    if Certainty.NO in held and Certainty.CERTAIN in held:
        dates |= _reaching(day, dates | {p: s[0] for p, s in found.items() if s and p not in dates})
    return dates


def _reaching(day: date, dates: Mapping[NamedNode, Span]) -> dict[NamedNode, Span]:
    """Those of some dates that shut out a day on which another side says that it holds, so wide that
    it may."""
    reaching = {}
    for p in (DG["from"], DG.on):
        if p in dates and day < (start := dates[p]).earliest:
            reaching[p] = Span(day, start.latest, start.printed, f"{words(start)} or earlier")
    if DG.to in dates and day >= (end := dates[DG.to]).latest:
        later = day + timedelta(days=1)
        reaching[DG.to] = Span(end.earliest, later, end.printed, f"{words(end)} or later")
    return reaching


def _spans(graph: Graph, node: Term, predicate: Term) -> list[Span]:
    return [expand(v) for v in graph.objects(node, predicate) if isinstance(v, Literal)]


def _is_relation(node: Term, by: Sequence[Side]) -> bool:
    return any(side.assessment.state.nodes[node].kind == "relation" for side in by)


def _end_status(node: Term, by: Sequence[Side]) -> bool:
    return any(side.graph.objects(node, DG.endStatus) for side in by)


def _end_of_period(node: Term, by: Sequence[Side]) -> Iterable[Triple]:
    """What stands without dates ends as the structure of its side does."""
    dated = any(side.graph.objects(node, p) for side in by for p in _DATES)
    if dated or not _is_relation(node, by) or _end_status(node, by):
        return
    for side in by:
        description = side.description
        for status in side.graph.objects(description.structure, DG.endStatus):
            yield Triple(node, DG.endStatus, status)
