"""The worked example: a joint post, two rules, eight lines of a table, each cell with both engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from dutygraph.assessment import assess
from dutygraph.engines import ENGINE_NAMES, Engine
from dutygraph.errors import Problem
from dutygraph.outcomes import Assessment, Row
from dutygraph.pipeline import Options, Pipeline
from dutygraph.report import exit_code
from dutygraph.rulebook import Rulebook
from dutygraph.terms import DG, RULE
from dutygraph.triples import NamedNode
from tests.examples import read

FOLDER = Path(__file__).parent / "worked-example"
AGREEMENT, APART = "lga1972-s113-agreement-exists", "lgha-s5-mo-not-cfo"
CLEAR_LINE = "dcsg-clear-line-of-accountability"
SOUTHPORT = "https://w3id.org/dutygraph/id/authority/southport"
X = "https://w3id.org/dutygraph/id/example/"
JOINT = frozenset({"d1", "d2"})
OFFICERS = frozenset({"d3", "d4", "a3", "a4"})
NEITHER_NAMED = (
    "who is the monitoring officer of Northport?",
    "who is the section 151 officer of Northport?",
)


@dataclass(frozen=True)
class Cell:
    """One cell of the table.

    Args:
        nodes: local names of the nodes among the deciding facts.
        missing: what is asked for, in any order.
        reason: words that the reason holds.
    """

    outcome: str
    nodes: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    reason: str = ""
    caveats: int = 0


UNKNOWN_OFFICERS = Cell("cantTell", missing=NEITHER_NAMED)
PASSED = Cell("passed", JOINT | {"g1"}, reason="have an agreement")

Assessed = Callable[[str, date | None, str], Assessment]

# File, day, what comes out of the rule on agreements, what comes out of the rule on the two officers.
TABLE = {
    "nothing but the council": (
        "council-only",
        None,
        Cell("inapplicable", reason="nothing described says that a post of Northport is shared"),
        UNKNOWN_OFFICERS,
    ),
    "a joint post and nothing of agreements": (
        "joint-post",
        None,
        Cell(
            "cantTell",
            JOINT,
            (
                "is there an agreement under section 113 between Northport and Southport "
                "for the officer whom they share?",
            ),
        ),
        UNKNOWN_OFFICERS,
    ),
    "a joint post and a complete list without an agreement": (
        "joint-post-complete",
        None,
        Cell("failed", JOINT | {"k1"}, reason="Northport shares a post with Southport"),
        UNKNOWN_OFFICERS,
    ),
    "an agreement from some day in 2016": (
        "agreement-from-2016",
        None,
        Cell(
            "cantTell",
            JOINT | {"g1"},
            (
                "did it hold on 30 June 2016 that Northport and Southport are parties to an agreement "
                "under section 113 of the Local Government Act 1972 (from 2016)?",
            ),
            "the dates leave open",
        ),
        UNKNOWN_OFFICERS,
    ),
    "an agreement from 1 May 2016": ("agreement-from-may-2016", None, PASSED, UNKNOWN_OFFICERS),
    "the same two years on": (
        "agreement-from-may-2016",
        date(2018, 6, 30),
        Cell(
            "cantTell",
            JOINT | {"g1"},
            (
                "did it hold on 30 June 2018 that Director of People is designated director of children's "
                "services of Northport (from April 2015); Director of People is designated director of "
                "children's services of Southport (from 1 September 2015); Northport and Southport are "
                "parties to an agreement under section 113 of the Local Government Act 1972 "
                "(from 1 May 2016)?",
            ),
            "the dates leave open",
        ),
        UNKNOWN_OFFICERS,
    ),
    "one person in both offices": (
        "one-person-both-officers",
        None,
        PASSED,
        Cell("failed", OFFICERS, reason="is both monitoring officer and section 151 officer"),
    ),
    "two persons": (
        "two-persons",
        None,
        PASSED,
        Cell("passed", OFFICERS, reason="are two people", caveats=1),
    ),
}


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """The whole flow with the rulebook of this checkout."""
    return Pipeline.load()


@pytest.fixture(scope="module")
def assessed(rulebook: Rulebook, engines: dict[str, Engine]) -> Assessed:
    """Assesses a file by name, on a day or its own, with an engine.

    The two rules of a line are two tests of one assessment, and the reference engine takes its time.
    """

    @cache
    def assess_file(name: str, day: date | None, engine: str) -> Assessment:
        description = read(FOLDER / f"{name}.ttl")
        as_at = day or description.day
        assert as_at
        return assess(description, rulebook=rulebook, engine=engines[engine], as_at=as_at)

    return assess_file


def _row(found: Assessment, rule: str) -> Row:
    rows = [r for r in found.rows if r.entry.id == rule]
    assert len(rows) == 1, "one row a rule: there is one council and one neighbour"
    return rows[0]


@pytest.mark.parametrize("engine", ENGINE_NAMES)
@pytest.mark.parametrize("rule", [AGREEMENT, APART])
@pytest.mark.parametrize("line", TABLE)
def test_cell_of_the_table(line: str, rule: str, engine: str, assessed: Assessed) -> None:
    """Outcome, basis, deciding nodes, missing facts, reason and caveats are those of the cell."""
    name, day, agreement, apart = TABLE[line]
    cell = agreement if rule == AGREEMENT else apart
    row = _row(assessed(name, day, engine), rule)
    decided = cell.outcome in ("passed", "failed")
    assert row.outcome == cell.outcome
    assert row.basis == ("stated" if decided else "")
    assert {f.node.removeprefix(X) for f in row.facts} == cell.nodes
    assert all(f.source for f in row.facts), "every fact leads back to its paragraph"
    assert sorted(m.fact for m in row.missing) == sorted(cell.missing)
    assert all(m.ask_whom and m.how_to_say for m in row.missing)
    assert cell.reason in row.reason
    assert len(row.caveats) == cell.caveats
    assert bool(row.failed_parts) == (cell.outcome == "failed")


def test_agreement_is_looked_for_with_each_neighbour(assessed: Assessed) -> None:
    """The row on the agreement names the council that shares the post."""
    found = assessed("joint-post", None, "fast")
    subject = _row(found, AGREEMENT).subject
    assert subject is not None and subject.value == SOUTHPORT


def test_missing_agreement_says_whom_to_ask_and_how_to_say_it(assessed: Assessed) -> None:
    """What is to be found out comes with a line of Turtle in which the councils are filled in."""
    (ask,) = _row(assessed("joint-post", None, "fast"), AGREEMENT).missing
    assert ask.ask_whom == "the monitoring officer"
    assert "dg:party auth:northport , auth:southport" in ask.how_to_say


def test_failed_rule_says_what_would_put_it_right(assessed: Assessed) -> None:
    """A failure carries its remedy, with the neighbour's name."""
    (part,) = _row(assessed("joint-post-complete", None, "fast"), AGREEMENT).failed_parts
    assert "section 113 with Southport" in part.remedy


@pytest.mark.parametrize("name", sorted({name for name, *_ in TABLE.values()} - {"council-only"}))
def test_claim_of_risk_is_a_warning_whatever_the_outcome(name: str, assessed: Assessed) -> None:
    """That the author calls a rule at risk adds a warning to it and decides nothing."""
    rows = [r for r in assessed(name, None, "fast").rows if r.entry.id == CLEAR_LINE]
    assert rows
    for row in rows:
        assert [f.node for f in row.warnings] == [X + "c1"]
        assert row.basis != "claimed"


@pytest.mark.parametrize("engine", ENGINE_NAMES)
def test_council_alone_decides_nothing(engine: str, assessed: Assessed) -> None:
    """Of a council of which nothing is said no rule passes or fails, and there is a list to find out."""
    rows = assessed("council-only", None, engine).rows
    assert {r.outcome for r in rows} == {"cantTell", "inapplicable"}
    assert all(r.missing for r in rows if r.outcome == "cantTell")


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("council-only", "undecided"),
        ("joint-post", "undecided"),
        ("joint-post-complete", "breaches"),
        ("agreement-from-2016", "undecided"),
        ("agreement-from-may-2016", "undecided"),
        ("one-person-both-officers", "breaches"),
        ("two-persons", "undecided"),
    ],
)
def test_verdict_on_each_description(name: str, verdict: str, pipeline: Pipeline) -> None:
    """Each description passes the door that a submission passes, and has the verdict of its rows."""
    text = (FOLDER / f"{name}.ttl").read_bytes()
    assert pipeline.report(text, "text/turtle", Options())["verdict"] == verdict


def test_whole_description_is_admitted(pipeline: Pipeline) -> None:
    """The worked example with all its nodes, a claim on the clear line among them, is not refused."""
    text = (FOLDER / "joint-post-complete.ttl").read_bytes()
    (description,) = pipeline.read(text, "text/turtle")
    nodes = {t.subject.value for t in description.graph if isinstance(t.subject, NamedNode)}
    assert {n.removeprefix(X) for n in nodes if n.startswith(X)} == JOINT | {
        *("structure", "a1", "r1", "n1", "c1", "k1")
    }
    claimed = description.graph.objects(NamedNode(X + "c1"), DG.claims)
    assert claimed == [RULE[CLEAR_LINE]]


def test_claim_on_a_rule_that_is_not_there_is_refused(pipeline: Pipeline) -> None:
    """The same description is refused where the claim names no rule of the rulebook."""
    text = (FOLDER / "joint-post-complete.ttl").read_bytes()
    with pytest.raises(Problem, match="dcsg-clear-lines"):
        pipeline.read(text.replace(b"dcsg-clear-line-", b"dcsg-clear-lines-"), "text/turtle")


def test_council_alone_exits_with_one(pipeline: Pipeline) -> None:
    """Since nothing was decided on it, the exit code is 1 although nothing failed."""
    text = (FOLDER / "council-only.ttl").read_bytes()
    report = pipeline.report(text, "text/turtle", Options())
    assert report["breaches"] == 0
    assert exit_code(report) == 1


def test_claim_of_risk_is_a_finding_of_the_report(pipeline: Pipeline) -> None:
    """The report lists what the author calls at risk as a warning."""
    text = (FOLDER / "joint-post.ttl").read_bytes()
    found = pipeline.report(text, "text/turtle", Options())["findings"]
    assert [f["severity"] for f in found if f["rule"] == CLEAR_LINE] == ["warning"]
