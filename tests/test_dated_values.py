"""Values by date: every change of a value from 2005 to 2024 has its day before and its day.

The examples of the rules are the tests; here it is checked that none of the days is missing.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dutygraph.entries import Applies, Entry
from dutygraph.rulebook import day_of
from dutygraph.terms import DG
from dutygraph.triples import NamedNode, Triple, local_name
from tests.examples import all_examples, read, the_rulebook

FIRST, LAST = date(2005, 1, 1), date(2024, 12, 31)
EVE = timedelta(days=1)
# How far back a rule looks for events grows step by step after a change of the law; its first and last
# steps have examples, and the steps between are the same arithmetic.
STEPS = "-looked-at"


def _days() -> dict[str, set[date]]:
    """The days on which each entry's examples are assessed."""
    found: dict[str, set[date]] = {}
    for example in all_examples():
        day = example.as_at or read(example.file).day
        assert day
        found.setdefault(example.rule, set()).add(day)
    return found


def _changes() -> list[tuple[str, date, tuple[Entry, ...]]]:
    """Parameter, day of a change of its value, and the entries on which the change can tell."""
    rulebook = the_rulebook()
    found = []
    for parameter in rulebook.graph.instances(DG.Parameter):
        values = rulebook.graph.objects(parameter, DG.datedValue)
        days = {
            day_of(rulebook.graph, v, end) for v in values for end in (DG.inForceFrom, DG.inForceTo)
        }
        for day in sorted(d for d in days if d and FIRST <= d <= LAST):
            users = tuple(
                e
                for e in rulebook.entries
                if parameter in e.uses and e.in_force(day - EVE) is not Applies.NO
            )
            if users:
                found.append((local_name(parameter), day, users))
    return found


CHANGES = _changes()
DAYS = _days()


def test_there_are_changes_to_look_at() -> None:
    """The list of changes is not empty, so that the test below can fail."""
    assert len(CHANGES) > 20


@pytest.mark.parametrize(
    ("parameter", "day", "users"),
    [c for c in CHANGES if STEPS not in c[0]],
    ids=[f"{p} {d}" for p, d, _ in CHANGES if STEPS not in p],
)
def test_a_change_of_a_value_has_examples_on_its_day_and_the_day_before(
    parameter: str, day: date, users: tuple[Entry, ...]
) -> None:
    """Some entry that uses the value is tried on the last day of the old one and the first of the new."""
    assert any({day - EVE, day} <= DAYS[e.id] for e in users), [e.id for e in users]


@pytest.mark.parametrize("entry", list(the_rulebook().rules), ids=lambda e: e.id)
def test_a_rule_has_examples_on_its_first_and_last_days(entry: Entry) -> None:
    """A rule is tried on its first day and the day before, and on its last day and the day after."""
    for day in (entry.in_force_from, entry.in_force_to):
        if day and FIRST <= day <= LAST and not entry.in_force_from_earliest:
            assert {day - EVE, day} <= DAYS[entry.id], day


@pytest.mark.parametrize(
    ("parameter", "day", "users"), CHANGES, ids=[f"{p} {d}" for p, d, _ in CHANGES]
)
def test_what_engines_see_changes_on_the_day_and_not_before(
    parameter: str, day: date, users: tuple[Entry, ...]
) -> None:
    """What is merged into the facts is the law of the day, and not that of the day before."""
    rulebook = the_rulebook()
    node = NamedNode("https://w3id.org/dutygraph/parameter/" + parameter)

    def seen(on: date) -> set[Triple]:
        return {t for t in rulebook.background(on) if t.subject == node}

    def said(on: date) -> set[str]:
        values = rulebook.values_on(node, on)
        return {
            str(o)
            for v in values
            for p in (DG.value, DG.valueMember)
            for o in rulebook.graph.objects(v, p)
        }

    for on in (day - EVE, day):
        assert {str(t.object) for t in seen(on)} == said(on)
    assert (seen(day - EVE) != seen(day)) == (said(day - EVE) != said(day))
