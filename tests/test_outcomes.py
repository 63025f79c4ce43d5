"""DESIGN's table of outcomes, line by line, from a description to its report."""

from __future__ import annotations

from typing import Any

import pytest

from dutygraph.engines import EngineFailed, Result
from dutygraph.pipeline import Options, Pipeline
from dutygraph.report import exit_code
from dutygraph.rulebook import Rulebook
from dutygraph.terms import DG
from dutygraph.triples import Graph

PREFIXES = """
@prefix auth: <https://w3id.org/dutygraph/id/authority/> .
@prefix code: <https://w3id.org/dutygraph/code/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dg: <https://w3id.org/dutygraph/def/> .
@prefix earl: <http://www.w3.org/ns/earl#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix para: <https://w3id.org/dutygraph/id/source/900/> .
@prefix rule: <https://w3id.org/dutygraph/rule/> .
@prefix x: <https://w3id.org/dutygraph/id/example/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
STRUCTURE = """
x:structure a dg:Structure ; dg:status code:existing ; dg:describes auth:coventry ;
    dg:assessmentDay "2016-06-30"^^xsd:date .
"""
APPOINTED = "ca2004-s18-dcs-appointed"
DIRECT_LINE = "dcsg-dcs-reports-to-chief-executive"
FIRST_TIER = "dcsg-first-tier-officer"
CAPACITY = "toa-element-3-seniority-and-breadth"
SIZE = "lga2000-s9c-executive-size"
DIRECTOR = """
x:director a org:Post ; org:postIn auth:coventry ; dg:title "Director of People" .
x:designation a dg:Designation ; dg:office code:director-of-childrens-services ;
    dg:designatedPost x:director ; dg:designatedBy auth:coventry ; dct:source para:1 .
"""
INDIRECT = (
    DIRECTOR
    + """
x:chief a org:Post ; org:postIn auth:coventry ; dg:title "Chief Executive" .
x:deputy a org:Post ; org:postIn auth:coventry ; dg:title "Deputy Chief Executive" .
x:line a dg:ReportingLine ; dg:subordinate x:director ; dg:superior x:deputy ; dct:source para:2 .
"""
)
DEPARTURE = """
x:departure a dg:Departure ; dg:departsFrom rule:{rule} ; dg:departingAuthority auth:coventry ;
    dg:reason "The deputy leads all services for people." ; {approval} dct:source para:3 {dates} .
"""


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """The whole flow with the rulebook of this checkout."""
    return Pipeline.load()


def report(pipeline: Pipeline, facts: str, **options: Any) -> dict[str, Any]:
    """The report of a description made of Coventry's structure and some facts."""
    text = PREFIXES + STRUCTURE + facts
    return pipeline.report(text.encode(), "text/turtle", Options(**options))


def row(found: dict[str, Any], rule: str) -> dict[str, Any]:
    """The one row of a rule."""
    rows = [r for r in found["rules"] if r["id"] == rule]
    assert len(rows) == 1
    return dict(rows[0])


def claim(rule: str, says: str) -> str:
    """A claim that a rule is as its author says."""
    return (
        f"x:claim a dg:Claim ; dg:claims rule:{rule} ; dg:asserts code:{says} ; "
        "dct:source para:5 .\n"
    )


def test_every_rule_has_a_row_for_every_authority_described(pipeline: Pipeline) -> None:
    """Rules are enumerated, so that none drops out in silence, even where nothing is said."""
    found = report(pipeline, "")
    assert {r["id"] for r in found["rules"]} == {e.id for e in pipeline.rulebook.rules}


def test_nothing_assessed_is_undecided_and_not_a_success(pipeline: Pipeline) -> None:
    """Where no rule passed or failed, the exit code is 1 at every severity and the report says so."""
    text = PREFIXES + STRUCTURE.replace("auth:coventry", "auth:northport")
    found = pipeline.report(text.encode(), "text/turtle", Options())
    assert found["verdict"] == "undecided"
    assert not found["assessed"]
    assert not found["conforms"]
    assert exit_code(found) == 1
    assert "Nothing could be assessed" in " ".join(found["notes"])


def test_a_must_that_failed_is_a_breach(pipeline: Pipeline) -> None:
    """A failed duty in law makes the verdict, the finding and the exit code."""
    found = report(
        pipeline,
        "x:none a dg:StatedNegative ; dg:denies code:director-of-childrens-services ; "
        "dg:about auth:coventry ; dct:source para:1 .",
    )
    assert found["verdict"] == "breaches"
    assert found["breaches"] == 1
    finding = next(f for f in found["findings"] if f["rule"] == APPOINTED)
    assert finding["severity"] == "violation"
    assert finding["facts"][0]["source"] == "https://w3id.org/dutygraph/id/source/900/1"
    assert finding["clause"]["url"] == (
        "http://www.legislation.gov.uk/ukpga/2004/31/section/18/2016-06-30"
    )
    assert exit_code(found) == 1


def test_guidance_that_failed_is_a_departure_and_counts_as_a_warning(pipeline: Pipeline) -> None:
    """Failed guidance makes a departure from guidance, which counts from `--fail-on warning` on."""
    found = report(pipeline, INDIRECT)
    assert row(found, DIRECT_LINE)["outcome"] == "failed"
    assert row(found, DIRECT_LINE)["severity"] == "warning"
    assert found["verdict"] == "departures"
    assert exit_code(found) == 0
    assert exit_code(found, "warning") == 1


def test_a_recorded_departure_leaves_the_failure_and_does_not_count(pipeline: Pipeline) -> None:
    """Comply or explain: the outcome stays failed, as Info, with the departure beside it."""
    departure = DEPARTURE.format(
        rule=DIRECT_LINE, approval="dg:approvedBy auth:coventry ;", dates=""
    )
    # A director who does not report to the chief executive is not at the first tier either.
    second = departure.replace(DIRECT_LINE, FIRST_TIER).replace("x:departure", "x:second-departure")
    found = report(pipeline, INDIRECT + departure + second)
    failed = row(found, DIRECT_LINE)
    assert failed["outcome"] == "failed"
    assert failed["severity"] == "info"
    assert "deputy leads all services" in failed["departure"]["statement"]
    assert exit_code(found, "info") == exit_code(report(pipeline, DIRECTOR), "info")


@pytest.mark.parametrize(
    ("approval", "dates", "caveat"),
    [
        ("dg:approvedBy auth:coventry ;", '; dg:to "2016-06-30"^^xsd:date', ""),
        ("", "", "no approver"),
    ],
    ids=["expired on the day", "without an approver"],
)
def test_a_departure_that_does_not_hold_is_not_accepted(
    pipeline: Pipeline, approval: str, dates: str, caveat: str
) -> None:
    """A departure that has expired or lacks its approver leaves the failure a warning."""
    departure = DEPARTURE.format(rule=DIRECT_LINE, approval=approval, dates=dates)
    failed = row(report(pipeline, INDIRECT + departure), DIRECT_LINE)
    assert failed["severity"] == "warning"
    assert failed["departure"] is None
    assert caveat in " ".join(failed["caveats"])


def test_a_departure_from_a_must_is_refused(pipeline: Pipeline) -> None:
    """Nobody departs from a duty in law: the breach stands and the row says why."""
    departure = DEPARTURE.format(rule=APPOINTED, approval="dg:approvedBy auth:coventry ;", dates="")
    denied = (
        "x:none a dg:StatedNegative ; dg:denies code:director-of-childrens-services ; "
        "dg:about auth:coventry ."
    )
    failed = row(report(pipeline, denied + departure), APPOINTED)
    assert failed["severity"] == "violation"
    assert "duty in law" in failed["caveats"][0]


def test_a_claim_of_met_decides_where_facts_do_not(pipeline: Pipeline) -> None:
    """An author's word passes what is silent, and the basis says that it is only claimed."""
    passed = row(report(pipeline, claim(APPOINTED, "met")), APPOINTED)
    assert (passed["outcome"], passed["basis"]) == ("passed", "claimed")
    assert passed["facts"][0]["standing"] == "claimed"


def test_a_claim_of_not_met_fails_what_is_silent(pipeline: Pipeline) -> None:
    """An author's word against the council fails what is silent."""
    failed = row(report(pipeline, claim(APPOINTED, "not-met")), APPOINTED)
    assert (failed["outcome"], failed["basis"]) == ("failed", "claimed")


def test_a_claim_does_not_outweigh_facts(pipeline: Pipeline) -> None:
    """Where facts decide, a claim to the contrary changes nothing."""
    denied = (
        "x:none a dg:StatedNegative ; dg:denies code:director-of-childrens-services ; "
        "dg:about auth:coventry ; dct:source para:1 ."
    )
    failed = row(report(pipeline, denied + claim(APPOINTED, "met")), APPOINTED)
    assert (failed["outcome"], failed["basis"]) == ("failed", "stated")


@pytest.mark.parametrize("says", ["at-risk", "conditional"])
def test_doubts_of_the_author_are_a_warning_whatever_the_outcome(
    pipeline: Pipeline, says: str
) -> None:
    """A claim of at risk or conditional changes no outcome and adds a Warning."""
    plain, doubted = report(pipeline, DIRECTOR), report(pipeline, DIRECTOR + claim(APPOINTED, says))
    assert row(plain, APPOINTED)["outcome"] == row(doubted, APPOINTED)["outcome"]
    added = [f for f in doubted["findings"] if f not in plain["findings"]]
    assert [(f["rule"], f["severity"], f["kind"]) for f in added] == [
        (APPOINTED, "warning", "claim")
    ]


def test_a_passed_rule_that_rests_on_a_presumption_says_inferred(pipeline: Pipeline) -> None:
    """The basis is the weakest standing: a presumed head of paid service makes it inferred."""
    direct = INDIRECT.replace("dg:superior x:deputy", "dg:superior x:chief")
    passed = row(report(pipeline, direct), DIRECT_LINE)
    assert (passed["outcome"], passed["basis"]) == ("passed", "inferred")


def test_an_unsourced_fact_is_the_weakest_basis(pipeline: Pipeline) -> None:
    """A fact without a paragraph decides, and the basis says that it is unsourced."""
    facts = DIRECTOR.replace(" ; dct:source para:1", "") + (
        "x:appointment a dg:Appointment ; dg:appointee x:okafor ; dg:appointedTo x:director ."
    )
    passed = row(report(pipeline, facts), APPOINTED)
    assert (passed["outcome"], passed["basis"]) == ("passed", "unsourced")


def test_assumed_completeness_is_said(pipeline: Pipeline) -> None:
    """With `assume=complete` silence fails, and the row and the report say on whose word."""
    found = report(pipeline, DIRECTOR, assume_complete=True)
    failed = row(found, APPOINTED)
    assert failed["outcome"] == "failed"
    assert failed["assumed"]
    assert "as the caller asked" in " ".join(found["notes"])


def test_a_missing_value_leaves_a_rule_untested() -> None:
    """A rule whose dated value is missing from the rulebook is untested, never passed."""
    whole = Rulebook.load()
    entry = whole.entry(SIZE)
    assert entry is not None
    gone = {n for p in entry.uses for n in whole.graph.objects(p, DG.datedValue)}
    assert gone, "the parameters have their values before they are taken away"
    poorer = Rulebook(Graph(t for t in whole.graph if t.object not in gone))
    facts = (
        "x:form a dg:GovernanceArrangement ; dg:adoptedBy auth:coventry ; "
        "dg:governanceForm code:leader-and-cabinet-executive ."
    )
    untested = row(report(Pipeline(poorer), facts), SIZE)
    assert untested["outcome"] == "untested"
    assert "no value" in untested["reason"]


class _BrokenEngine:
    """An engine that fails, as an engine can: it raises what the interface says."""

    name = "broken"
    version = "broken 1"

    def validate(self, data: bytes) -> frozenset[Result]:
        """Fail."""
        raise EngineFailed("the engine gave up")


def test_an_engine_failure_leaves_rules_untested() -> None:
    """When the engine fails, what it would have tested is untested and the report is undecided."""
    pipeline = Pipeline(Rulebook.load(), _engines={"fast": _BrokenEngine()})
    found = report(pipeline, DIRECTOR)
    assert row(found, APPOINTED)["outcome"] == "untested"
    assert "gave up" in row(found, APPOINTED)["reason"]
    assert found["verdict"] == "undecided"


def test_a_proposal_is_assessed_as_if_in_force(pipeline: Pipeline) -> None:
    """The report on a proposal says that it is one."""
    text = (PREFIXES + STRUCTURE + DIRECTOR).replace("code:existing", "code:proposed")
    found = pipeline.report(text.encode(), "text/turtle", Options())
    assert "as if it were in force on 30 June 2016" in " ".join(found["notes"])


def test_two_runs_give_the_same_report(pipeline: Pipeline) -> None:
    """Everything in a report is sorted, so that two runs can be compared."""
    assert report(pipeline, INDIRECT) == report(Pipeline.load(), INDIRECT)


def test_a_report_carries_what_a_reader_must_know(pipeline: Pipeline) -> None:
    """Notice, law-as-at, rulebook version and the standing of every rule are on every report."""
    found = report(pipeline, DIRECTOR)
    assert "not legal advice" in found["notice"]
    assert found["rulebook"]["lawAsAt"] == "2026-11-22"
    assert all(r["status"] and r["clauses"] for r in found["rules"])
