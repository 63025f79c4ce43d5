"""Every rule does for each of its examples exactly what the manifest says, with both engines.

Most of what the reference engine does is long: `make test-long`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

import pytest

from dutygraph.engines import Engine, make_engine
from dutygraph.entries import Entry
from dutygraph.outcomes import Assessment
from dutygraph.rulebook import Rulebook
from dutygraph.terms import RDF
from tests.examples import Example, all_examples, as_expected_row, run, the_rulebook, wanted

EXAMPLES = all_examples()


def _fast(example: Example) -> Assessment:
    """An example assessed by the fast engine with every rule."""
    return run(example, the_rulebook(), _fast_engine())


@cache
def _fast_engine() -> Engine:
    return make_engine("fast", the_rulebook().shapes)


# One at a time: an engine holds all that it was given, and the examples come rule by rule.
@lru_cache(maxsize=1)
def _reference(rule_id: str) -> tuple[Engine, tuple[Entry, ...]]:
    """The reference engine with the shapes of one rule, and that rule alone."""
    entry = the_rulebook().entry(rule_id)
    assert entry is not None
    rules = (entry,) if entry.kind == "rule" else ()
    return make_engine("reference", the_rulebook().shapes_of([entry])), rules


def _cases() -> Iterator[object]:
    """Every example for the slow engine; at once for one pass and one failure of a rule.

    The others are long: pySHACL parses a rule's queries anew each time.
    """
    shown: set[tuple[str, str]] = set()
    for example in EXAMPLES:
        outcomes = {(example.rule, r.outcome) for r in example.rows} & {
            (example.rule, "passed"),
            (example.rule, "failed"),
        }
        marks = () if outcomes - shown else pytest.mark.long
        shown |= outcomes
        yield pytest.param(example, id=example.name, marks=marks)


def _check_rows(example: Example, found: Assessment) -> None:
    """The rows of the example's rule are the expected ones and no others."""
    rows = tuple(sorted(as_expected_row(r) for r in found.rows if r.entry.id == example.rule))
    assert rows == example.rows, example.title
    if example.severities:
        own = {r.severity for r in found.rows if r.entry.id == example.rule}
        assert own == example.severities, example.title


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_example_has_the_expected_rows_and_fails_no_other_rule(example: Example) -> None:
    """An example fails, of other rules, those alone that its manifest declares."""
    found = _fast(example)
    _check_rows(example, found)
    failed = {r.entry.id for r in found.rows if r.outcome == "failed"} - {example.rule}
    # What is assumed complete fails, rightly, whatever it is silent about.
    assert example.complete or failed == example.also_fails, example.title


@pytest.mark.parametrize("example", [*_cases()])
def test_the_reference_engine_has_the_expected_rows(example: Example) -> None:
    """The rows of the example's rule, with the shapes of that rule alone."""
    # All shapes at once take the reference engine long: `make test-long` compares them.
    _check_rows(example, run(example, the_rulebook(), *_reference(example.rule)))


@pytest.mark.parametrize(
    "example", [e for e in EXAMPLES if e.types or e.other_types], ids=lambda e: e.name
)
def test_example_has_the_expected_inferred_types(example: Example, rulebook: Rulebook) -> None:
    """An example of an inference derives the class for the nodes named and not for the others."""
    entry = rulebook.entry(example.rule)
    assert entry is not None
    found = _fast(example)
    members = {
        str(t.subject.value)
        for t in found.state.certain
        if t.predicate == RDF.type and t.object == entry.infers
    }
    assert example.types <= members
    assert not example.other_types & members


def test_every_rule_has_examples(rulebook: Rulebook) -> None:
    """Every entry of the rulebook is demonstrated."""
    shown = {e.id for e in rulebook.entries if e.kind in ("rule", "inference") and wanted(e.id)}
    assert shown == {e.rule for e in EXAMPLES}


@pytest.mark.parametrize("rule_id", sorted({e.rule for e in EXAMPLES}))
def test_every_rule_shows_each_outcome_that_it_can_have(rule_id: str, rulebook: Rulebook) -> None:
    """A rule has examples of passed, failed, cannot tell and inapplicable."""
    entry = rulebook.entry(rule_id)
    assert entry is not None
    if entry.kind == "inference":
        assert any(e.types for e in EXAMPLES if e.rule == rule_id)
        assert any(e.other_types for e in EXAMPLES if e.rule == rule_id)
        return
    shown = {row.outcome for e in EXAMPLES if e.rule == rule_id for row in e.rows}
    # Only a rule without dates, area dates or a condition can never be inapplicable.
    bounded = entry.in_force_from or entry.condition or entry.ends_with or entry.begins_with
    wanted = {"passed", "failed", "cantTell"} | ({"inapplicable"} if bounded else set())
    assert wanted <= shown
