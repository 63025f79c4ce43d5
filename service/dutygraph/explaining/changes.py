"""What the law changed between two days: entries that began or ended, values and texts that changed.

Owns: reading the rulebook's dates as a history. Must not know any rule or value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dutygraph.dates import day_in_words
from dutygraph.entries import Entry
from dutygraph.rulebook import Rulebook, day_of, days_of
from dutygraph.terms import DG
from dutygraph.triples import NamedNode, Term


@dataclass(frozen=True, order=True)
class Change:
    """One change of the law.

    Args:
        day: the first day of the new state, as an ISO date; of a day that is not known the latest possible.
        kind: `begins`, `ends`, `switch`, `value`, `class` or `text`.
        statement: the change in a sentence.
        rules: the ids of the entries that it touches.
        about: the IRI of the entry, parameter, class or clause that changed.
    """

    day: str
    kind: str
    statement: str
    rules: tuple[str, ...]
    about: str


def changes_between(rulebook: Rulebook, after: date, until: date) -> list[Change]:
    """The changes after one day, up to and including another, in their order.

    Args:
        rulebook: the law.
        after, until: days; a change on the first is not counted, one on the second is.
    """
    found = [
        *_entries(rulebook),
        *_switches(rulebook),
        *_values(rulebook),
        *_classes(rulebook),
        *_texts(rulebook),
    ]
    return sorted(
        {c for c in found if after.isoformat() < c.day <= until.isoformat()},
        key=lambda c: (c.day, c.rules, c.statement),
    )


def _entries(rulebook: Rulebook) -> Iterator[Change]:
    for entry in rulebook.entries:
        begins, ends = entry.in_force_from, entry.in_force_to
        if begins:
            doubt = entry.in_force_from_earliest
            when = f", on a day between {day_in_words(doubt)} and then" if doubt else ""
            area = ", area by area" if entry.begins_with else ""
            said = f"“{entry.title}” came into force{when}{area}"
            yield _change(begins, "begins", said, (entry,), entry.iri)
        if ends:
            after = f"; replaced by {', '.join(entry.replaced_by)}" if entry.replaced_by else ""
            said = f"“{entry.title}” was no longer in force{after}"
            yield _change(ends, "ends", said, (entry,), entry.iri)


def _switches(rulebook: Rulebook) -> Iterator[Change]:
    for switch in rulebook.graph.instances(DG.AreaSwitch):
        touched = tuple(e for e in rulebook.entries if switch in (e.begins_with, e.ends_with))
        title = rulebook.title(switch)
        for predicate, said in (
            (DG.opens, f"areas could make the {title} from now on"),
            (DG.closes, f"every area had made the {title}"),
        ):
            day = day_of(rulebook.graph, switch, predicate)
            if day:
                yield _change(day, "switch", said, touched, switch)


def _values(rulebook: Rulebook) -> Iterator[Change]:
    graph = rulebook.graph
    for parameter in graph.instances(DG.Parameter):
        touched = tuple(e for e in rulebook.entries if parameter in e.uses)
        values = graph.objects(parameter, DG.datedValue)
        days = {day_of(graph, v, p) for v in values for p in (DG.inForceFrom, DG.inForceTo)}
        for day in sorted(d for d in days if d):
            before, now = (
                _in_words(rulebook, parameter, d)
                for d in (date.fromordinal(day.toordinal() - 1), day)
            )
            if before != now:
                said = f"“{rulebook.title(parameter)}” became {now}; before, it was {before}"
                yield _change(day, "value", said, touched, parameter)


def _in_words(rulebook: Rulebook, parameter: Term, day: date) -> str:
    graph = rulebook.graph
    found: set[str] = set()
    for value in rulebook.values_on(parameter, day):
        found |= {rulebook.label(m) for m in graph.objects(value, DG.valueMember)}
        found |= {str(v.value) for v in graph.objects(value, DG.value)}
    return ", ".join(sorted(found)) or "nothing"


def _classes(rulebook: Rulebook) -> Iterator[Change]:
    graph = rulebook.graph
    for membership in graph.instances(DG.ClassMembership):
        cls = graph.value(membership, DG.memberClass)
        touched = tuple(e for e in rulebook.entries if cls in e.applies_to)
        for predicate, said in ((DG.inForceFrom, "began"), (DG.inForceTo, "ended")):
            day = day_of(graph, membership, predicate)
            if day and isinstance(cls, NamedNode):
                statement = f"the law's class “{rulebook.label(cls)}” {said}"
                yield _change(day, "class", statement, touched, cls)


def _texts(rulebook: Rulebook) -> Iterator[Change]:
    graph = rulebook.graph
    for clause in graph.instances(DG.Clause):
        touched = tuple(e for e in rulebook.entries if clause.value in {c.iri for c in e.clauses})
        for day in days_of(graph, clause, DG.changedOn):
            yield _change(
                day, "text", f"the text of {rulebook.title(clause)} changed", touched, clause
            )


def _change(
    day: date, kind: str, statement: str, touched: tuple[Entry, ...], about: Term
) -> Change:
    rules = tuple(e.id for e in touched)
    return Change(day.isoformat(), kind, statement, rules, str(about.value))
