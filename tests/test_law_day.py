"""The day of the law is not the day of the structure."""

from __future__ import annotations

from datetime import date

import pytest

from dutygraph.pipeline import Options, Pipeline

STRUCTURE = b"""
@prefix auth: <https://w3id.org/dutygraph/id/authority/> .
@prefix code: <https://w3id.org/dutygraph/code/> .
@prefix dg:   <https://w3id.org/dutygraph/def/> .
@prefix org:  <http://www.w3.org/ns/org#> .
@prefix x:    <https://w3id.org/dutygraph/id/example/> .
@prefix xsd:  <http://www.w3.org/2001/XMLSchema#> .
x:structure a dg:Structure ; dg:status code:existing ; dg:describes auth:torbay ;
    dg:assessmentDay "2007-06-30"^^xsd:date .
x:one a dg:Designation ; dg:office code:director-of-childrens-services ;
    dg:designatedPost x:a ; dg:designatedBy auth:torbay .
x:two a dg:Designation ; dg:office code:director-of-childrens-services ;
    dg:designatedPost x:b ; dg:designatedBy auth:torbay .
x:a a org:Post ; dg:title "Director A" . x:b a org:Post ; dg:title "Director B" .
"""


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """The whole flow."""
    return Pipeline.load()


def _outcome(
    pipeline: Pipeline, rule: str, as_at: date | None = None, law_as_at: date | None = None
) -> str:
    options = Options(as_at=as_at, law_as_at=law_as_at)
    report = pipeline.report(STRUCTURE, "text/turtle", options)
    (outcome,) = {row["outcome"] for row in report["rules"] if row["id"] == rule}
    return str(outcome)


def test_the_law_of_another_day_is_applied_to_the_facts_of_their_own(pipeline: Pipeline) -> None:
    """Two directors in June 2007 broke no duty of that day; under the law of 2008 they do."""
    rule = "ca2004-s18-dcs-exactly-one"
    assert _outcome(pipeline, rule) == "inapplicable"
    assert _outcome(pipeline, rule, law_as_at=date(2007, 12, 31)) == "inapplicable"
    assert _outcome(pipeline, rule, law_as_at=date(2008, 1, 1)) == "failed"


def test_the_structure_of_another_day_is_tested_under_the_law_asked_for(pipeline: Pipeline) -> None:
    """On a later day the undated facts are only possible, whatever day the law is of."""
    rule = "ca2004-s18-dcs-exactly-one"
    day = date(2009, 1, 1)
    assert _outcome(pipeline, rule, as_at=day) == "cantTell"
    assert _outcome(pipeline, rule, as_at=day, law_as_at=date(2007, 1, 1)) == "inapplicable"


def test_the_report_names_both_days(pipeline: Pipeline) -> None:
    """A reader sees for which day the structure and for which the law was taken."""
    report = pipeline.report(STRUCTURE, "text/turtle", Options(law_as_at=date(2024, 1, 1)))
    assert (report["asAt"], report["lawAsAt"]) == ("2007-06-30", "2024-01-01")
    clause = next(f["clause"] for f in report["findings"] if f["clause"])
    assert clause["url"].endswith("/2024-01-01")
