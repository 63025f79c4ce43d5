"""Source document 000, Torbay in September 2015: before and after the proposed combination of two posts."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from dutygraph.pipeline import Options, Pipeline
from dutygraph.rooms import room
from dutygraph.triples import Graph

FOLDER = room("data") / "documents" / "000"
BEFORE, AFTER = (FOLDER / f"{name}.ttl" for name in ("torbay-2015-09-24", "torbay-2015-combined"))


def rows(path: Any, query: str) -> set[tuple[str, ...]]:
    """The answers of a SELECT over one description, each value by its last word or as text."""
    pipeline = _pipeline()
    found = Graph.from_files([str(path)]).select(pipeline.rulebook.prefixes + query)
    return {tuple(str(v.value).rsplit("/", 1)[-1] for v in row.values()) for row in found}


@cache
def _pipeline() -> Pipeline:
    return Pipeline.load()


@cache
def _report(path: Any) -> dict[str, Any]:
    return _pipeline().report(path.read_bytes(), "text/turtle", Options())


def _outcomes(path: Any, rule: str) -> set[tuple[str, str]]:
    return {
        (row["subjectName"] or "", row["outcome"])
        for row in _report(path)["rules"]
        if row["id"] == rule
    }


def test_two_posts_become_one() -> None:
    """Before, two posts carry the two offices; the proposal gives both to one, which nobody holds yet."""
    query = """SELECT ?office ?post WHERE { ?d dg:office ?office ; dg:designatedPost ?post .
        FILTER ( STRSTARTS(STR(?office), STR(code:director-of)) )
        FILTER ( ?office != code:director-of-public-health ) }"""
    assert rows(BEFORE, query) == {
        ("director-of-childrens-services", "torbay-director-of-childrens-services-and-innovation"),
        ("director-of-adult-social-services", "torbay-director-of-adult-services"),
    }
    assert rows(AFTER, query) == {
        ("director-of-childrens-services", "torbay-director-of-joint-commissioning"),
        ("director-of-adult-social-services", "torbay-director-of-joint-commissioning"),
    }
    held = """SELECT ?a WHERE { ?d dg:office code:director-of-childrens-services ; dg:designatedPost ?post .
        ?a dg:appointedTo ?post }"""
    assert rows(AFTER, held) == set()


def test_the_assurance_table() -> None:
    """Each of the six rows has evidence, a rating as printed and a remark; two require improvement."""
    query = """SELECT ?element ?rating
        WHERE { ?c dg:element ?element ; dg:rating ?rating ; dg:evidence ?e ; dg:remark ?r }"""
    assert rows(AFTER, query) == {
        ("assurance-element-1", "good"),
        ("assurance-element-2", "good"),
        ("assurance-element-3", "good"),
        ("assurance-element-4", "requires-improvement"),
        ("assurance-element-5", "good"),
        ("assurance-element-6", "requires-improvement"),
    }
    remark = "SELECT ?r WHERE { ?c dg:element code:assurance-element-4 ; dg:remark ?r }"
    assert rows(AFTER, remark) == {("To be monitored in parallel with Ofsted preparation.",)}


def test_who_is_to_report_to_the_new_post() -> None:
    """Two officers report to it, public health works to it in transition; its own line is not said."""
    query = "SELECT ?below WHERE { ?l dg:subordinate ?below ; dg:superior ?above }"
    assert rows(AFTER, query) == {
        ("torbay-assistant-director-safeguarding",),
        ("torbay-head-of-education-learning-and-skills",),
        ("torbay-director-of-public-health",),
    }
    assert rows(BEFORE, query) == set()


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        # Who would hold the new post is not said.
        ("ca2004-s18-dcs-appointed", "passed", "cantTell"),
        ("ca2004-s18-dcs-exactly-one", "passed", "passed"),
        ("lassa-s6-dass-appointed", "passed", "cantTell"),
        # The test stands in the report that asks for the decision.
        ("dcsg-additional-functions-assurance", "inapplicable", "passed"),
        ("toa-all-six-elements", "cantTell", "passed"),
        ("toa-element-4-involvement-of-children", "cantTell", "passed"),
        # To whom either director reports is not said.
        ("dcsg-dcs-reports-to-chief-executive", "cantTell", "cantTell"),
        ("dcsg-combined-post-impact-on-adults", "inapplicable", "cantTell"),
        # Only a person can judge the capacity.
        ("toa-element-3-seniority-and-breadth", "cantTell", "cantTell"),
        ("careact-s43-sab-established", "passed", "passed"),
        ("wt-lado-designated", "passed", "passed"),
    ],
)
def test_outcomes_before_and_after(rule: str, before: str, after: str) -> None:
    """What the two reports say, read beside the document."""
    assert {outcome for _, outcome in _outcomes(BEFORE, rule)} == {before}
    assert {outcome for _, outcome in _outcomes(AFTER, rule)} == {after}


def test_the_board_of_another_council_is_seen() -> None:
    """The sixth question names Plymouth's board; the evidence speaks of Torbay's own."""
    assert _outcomes(AFTER, "toa-board-of-own-authority") == {
        ("Plymouth Safeguarding Children Board (PSCB)", "failed"),
        ("TSCB", "passed"),
        ("Health and Wellbeing Board", "passed"),
    }


def test_nothing_is_a_breach_and_the_author_s_condition_is_a_warning() -> None:
    """Neither structure breaks a duty; that the yearly review is still to come is told as a doubt."""
    assert (_report(BEFORE)["verdict"], _report(AFTER)["verdict"]) == ("undecided", "undecided")
    assert [f["rule"] for f in _report(AFTER)["findings"] if f["severity"] == "warning"] == [
        "toa-regular-review"
    ]
