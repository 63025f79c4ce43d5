"""Both engines find the same, every shape over every example and document.

That each rule's own shapes find the same on each of its examples is in test_examples.py.

Long, since the reference engine takes a second where the fast one takes a hundredth: `make test-long`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from dutygraph.assessment import assess
from dutygraph.engines import Engine, make_engine
from dutygraph.rooms import room
from dutygraph.state import State
from dutygraph.triples import Graph, Triple
from tests.examples import NoEngine, all_examples, read, the_rulebook

pytestmark = pytest.mark.long


RULES = sorted({e.rule for e in all_examples()})
DOCUMENTS = [
    path
    for path in sorted((room("data") / "documents").rglob("*.ttl"))
    if " a dg:Structure" in path.read_text(encoding="utf-8")
]


@cache
def _engines() -> tuple[Engine, Engine]:
    shapes = the_rulebook().shapes
    return make_engine("fast", shapes), make_engine("reference", shapes)


def _state(file: Path, as_at: date | None) -> tuple[State, date]:
    description = read(file)
    day = as_at or description.day
    assert day
    found = assess(description, rulebook=the_rulebook(), engine=NoEngine(), as_at=day, rules=())
    return found.state, found.law_day


def _compare(facts: Iterable[Triple], law_day: date) -> None:
    data = Graph([*facts, *the_rulebook().background(law_day)]).ntriples()
    fast, reference = _engines()
    assert fast.validate(data) == reference.validate(data)


@pytest.mark.parametrize("rule", RULES)
def test_the_engines_find_the_same_on_the_examples_of_a_rule_taken_together(rule: str) -> None:
    """Every shape of the rulebook over all that a rule's examples say: more than any of them would."""
    together: dict[date, set[Triple]] = {}
    for example in all_examples():
        if example.rule == rule:
            state, law_day = _state(example.file, example.as_at)
            together.setdefault(date(law_day.year, 12, 31), set()).update(state.full)
    # One law for all: that of the last day on which an example of the rule is assessed.
    _compare(set().union(*together.values()), max(together))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_the_engines_find_the_same_on_a_document(path: Path) -> None:
    """Every shape of the rulebook over a document, on its certain facts and on all of them."""
    state, law_day = _state(path, None)
    _compare(state.certain, law_day)
    _compare(state.full, law_day)
