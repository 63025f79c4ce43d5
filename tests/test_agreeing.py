"""Do we agree: what each side says of the arrangements between councils, held against each other.

The cases stand in `tests/agreement/`: a description of each of two councils, and what is expected of them.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dutygraph import cli
from dutygraph.agreeing import agree, exit_code
from dutygraph.agreeing.agenda import Agenda
from dutygraph.agreeing.jointly import newly_breached
from dutygraph.agreeing.merging import JOINT, merged
from dutygraph.agreeing.sides import sides_of
from dutygraph.dates import expand, together
from dutygraph.engines import EngineFailed
from dutygraph.errors import Problem
from dutygraph.pipeline import Options, Pipeline
from dutygraph.renderings import agreement_forms, as_html
from dutygraph.report import build_report
from dutygraph.rooms import room
from dutygraph.terms import CODE, RULE, SKOS, XSD
from dutygraph.triples import Literal, local_name

HERE = Path(__file__).parent / "agreement"
CASES = sorted(p.name for p in HERE.iterdir())
SIDES = ("torbay", "plymouth")
TURTLE = "text/turtle"


@cache
def _pipeline() -> Pipeline:
    return Pipeline.load()


def _agreed(*texts: bytes, as_at: date | None = None) -> Any:
    described = [d for text in texts for d in _pipeline().read(text, TURTLE)]
    return agree(_pipeline(), described, Options(as_at))


def _text(case: str, side: str) -> bytes:
    return (HERE / case / f"{side}.ttl").read_bytes()


@cache
def _of(case: str) -> Any:
    return _agreed(*(_text(case, side) for side in SIDES))


def _document(path: str) -> bytes:
    return (room("data") / "documents" / path).read_bytes()


def _summary(agreed: Any) -> Any:
    """What a case is expected to come to: everything but what matches, which is counted."""
    names = {s["side"]: s["name"] for s in agreed["sides"]}
    return {
        "verdict": agreed["verdict"],
        "exitCode": exit_code(agreed),
        "arrangements": [f"{a['matter']}: {a['name']}" for a in agreed["arrangements"]],
        "matches": agreed["counts"]["matches"],
        "points": [
            " | ".join((p["aspect"], p["about"] or "", p["outcome"], p["sentence"]))
            for a in agreed["arrangements"]
            for p in a["points"]
            if p["outcome"] != "matches"
        ],
        "suggestions": [
            [local_name(s["iri"]) for s in found["sides"]] for found in agreed["suggestions"]
        ],
        "namesakes": [found["name"] for found in agreed["namesakes"]],
        "rules": [
            f"{r['id']} | {r['authorityName']} | "
            + ", ".join(f"{names[o['side']]} {o['outcome']}" for o in r["own"])
            + f" | together {r['together']['outcome']}"
            for r in agreed["rules"]
        ],
    }


# --- the cases --------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_a_case_comes_to_what_is_expected(case):
    """Every point that does not match, every suggestion and every changed rule: no more."""
    expected = json.loads((HERE / case / "expected.json").read_text(encoding="utf-8"))
    assert _summary(_of(case)) == expected


def test_every_aspect_can_conflict():
    """No aspect of the data is there that two sides cannot contradict each other on."""
    agenda = Agenda.of(_pipeline().rulebook)
    every = {local_name(str(a.iri.value)) for a in agenda.aspects}
    found = {
        p["aspect"]
        for case in CASES
        for a in _of(case)["arrangements"]
        for p in a["points"]
        if p["outcome"] == "contradicts"
    }
    assert found == every


def test_every_kind_of_arrangement_is_found():
    """No kind of arrangement of the data is there that no case has."""
    agenda = Agenda.of(_pipeline().rulebook)
    found = {a["matter"] for case in CASES for a in _of(case)["arrangements"]}
    assert found == {m.title for m in agenda.matters}


@pytest.mark.parametrize("case", CASES)
def test_a_conflict_says_what_to_do_and_who_says_what(case):
    """A conflict has a remedy in words without places, and each side's facts with their paragraphs."""
    agreed = _of(case)
    points = [p for a in agreed["arrangements"] for p in a["points"]]
    assert len(agreed["conflicts"]) == sum(p["outcome"] == "contradicts" for p in points)
    for point in points:
        assert bool(point["remedy"]) == (point["outcome"] == "contradicts")
        assert "{" not in (point["remedy"] or "")
        for side in point["sides"]:
            speaks = bool(side["answers"] or side["against"])
            assert speaks != (side["side"] in point["silent"])
            facts = [f for a in side["answers"] for f in a["facts"]] + side["against"]
            assert bool(facts) == speaks
            assert all(f["standing"] for f in facts)
            assert all(f["sources"] for f in facts if f["standing"] == "stated")
            assert point["outcome"] == "contradicts" or not side["against"]


# --- what holds of every pair -----------------------------------------------------------------------


def _turned(agreed: Any) -> Any:
    """A report as it would be with the two files the other way round."""

    def of(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: of(v, k) for k, v in value.items()}
        if isinstance(value, list):
            found = [of(v, key) for v in value]
            of_sides = key in ("sides", "own") and found and isinstance(found[0], dict)
            return (
                sorted(found, key=lambda v: v["side"])
                if of_sides
                else sorted(found, key=json.dumps)
                if key in ("silent", "saidBy")
                else found
            )
        if key in ("side", "silent", "saidBy") and value in ("A", "B"):
            return "B" if value == "A" else "A"
        return value

    return of(agreed)


@pytest.mark.parametrize("case", CASES)
def test_swapping_the_files_swaps_the_sides_and_nothing_else(case):
    """The order of the files is the letters of the sides, and decides nothing."""
    swapped = _agreed(*(_text(case, side) for side in reversed(SIDES)))
    turned = _turned(swapped)
    for key in turned:
        assert turned[key] == _of(case)[key], key


@pytest.mark.parametrize(
    ("case", "side"), [(case, SIDES[number % 2]) for number, case in enumerate(CASES)]
)
def test_a_file_never_conflicts_with_itself(case, side):
    """One word said twice contradicts nobody, leaves nobody silent and joins nobody by name."""
    agreed = _agreed(_text(case, side), _text(case, side))
    assert agreed["verdict"] in ("agrees", "nothing-between-them")
    assert not agreed["conflicts"] and not agreed["suggestions"] and not agreed["namesakes"]
    assert agreed["rules"] == []


@pytest.mark.parametrize(
    "path",
    sorted(
        str(p.relative_to(room("data") / "documents"))
        for p in (room("data") / "documents").glob("00[13]/*20*.ttl")
    ),
)
def test_no_real_description_conflicts_with_itself(path):
    """What a council report says agrees with itself, and says no more when it is said twice."""
    agreed = _agreed(_document(path), _document(path))
    assert not agreed["conflicts"]
    assert agreed["counts"]["one-side-says"] == agreed["counts"]["perhaps-the-same"] == 0
    assert agreed["rules"] == []


def test_three_sides_are_the_pairs_and_no_other_conflict():
    """With a third side a conflict stays one, between whom it was."""
    third = _text("conflict-notice", "plymouth").replace(b"p:structure", b"x:third")
    agreed = _agreed(_text("agree", "torbay"), _text("agree", "plymouth"), third)
    assert [c["aspect"] for c in agreed["conflicts"]] == ["notice"]
    (sentence,) = [c["sentence"] for c in agreed["conflicts"]]
    assert sentence.count(";") == 1 and "6 months" in sentence and "Torbay say 1 year" in sentence
    assert any("Plymouth is described by 2" in note for note in agreed["notes"])


# --- silence, dates, denials, pairs --------------------------------------------------------------------


def test_a_list_contradicts_only_where_it_is_said_to_be_complete():
    """Without the statement that all parties are given, the third party is only not spoken of."""
    torbay = _text("conflict-parties", "torbay")
    assert b"dg:CompletenessStatement" in torbay
    opened = torbay[: torbay.index(b"t:all-parties")]
    agreed = _agreed(opened, _text("conflict-parties", "plymouth"))
    assert agreed["verdict"] == "one-side-is-silent" and not agreed["conflicts"]


def test_a_list_that_is_complete_only_on_another_day_contradicts_nobody():
    """A completeness statement that has ended closes nothing."""
    torbay = _text("conflict-parties", "torbay").replace(
        b"dg:listed dg:party", b'dg:listed dg:party ; dg:to "2018-06-30"^^xsd:date'
    )
    assert _agreed(torbay, _text("conflict-parties", "plymouth"))["verdict"] == "one-side-is-silent"


def test_a_denial_of_another_council_does_not_deny():
    """That somebody else has no agreement says nothing of this one."""
    plymouth = _text("denial", "plymouth").replace(
        b"dg:about auth:plymouth", b"dg:about auth:devon"
    )
    assert not _agreed(_text("denial", "torbay"), plymouth)["conflicts"]


def test_an_arrangement_of_another_day_is_not_compared():
    """Before the agreement begins for anybody, there is none between the sides."""
    torbay, plymouth = (_text("agree", side) for side in SIDES)
    before = _agreed(torbay, plymouth, as_at=date(2018, 2, 1))
    assert "Agreement" not in {a["matter"] for a in before["arrangements"]}
    assert any("speaks for 30 June 2018" in note for note in before["notes"])


def test_a_pair_that_a_side_tells_apart_is_not_taken_up():
    """Within a description two identifiers are two things, whoever says otherwise."""
    torbay = (
        _text("agree", "torbay")
        + b"\nx:agreement dg:correspondsTo t:other . t:other a dg:Agreement ."
    )
    agreed = _agreed(torbay, _text("agree", "plymouth"))
    assert any("is not taken up" in note for note in agreed["notes"])


def test_nobody_makes_one_person_of_two_whom_another_only_mentions():
    """A partner's word joins no two people of a council, though its description does not type them."""
    torbay = _text("nothing-between", "torbay") + (
        b"\nt:solicitor a org:Post ; org:postIn auth:torbay .\n"
        b"t:treasurer a org:Post ; org:postIn auth:torbay .\n"
        b"t:m a dg:Designation ; dg:office code:monitoring-officer ; dg:designatedPost t:solicitor ; "
        b"dg:designatedBy auth:torbay .\n"
        b"t:f a dg:Designation ; dg:office code:section-151-officer ; dg:designatedPost t:treasurer ; "
        b"dg:designatedBy auth:torbay .\n"
        b"t:one a dg:Appointment ; dg:appointee t:ann ; dg:appointedTo t:solicitor .\n"
        b"t:two a dg:Appointment ; dg:appointee t:bob ; dg:appointedTo t:treasurer .\n"
    )
    plymouth = _text("nothing-between", "plymouth")
    plain = _agreed(torbay, plymouth)
    joined = _agreed(torbay, plymouth + b"\np:anybody dg:correspondsTo t:ann , t:bob .")
    assert joined["sides"][0]["verdict"] == plain["sides"][0]["verdict"] != "breaches"
    assert joined["rules"] == plain["rules"]
    assert any("is not taken up" in note for note in joined["notes"])


def test_authorities_and_codes_are_never_paired():
    """Nobody makes one council of two by a correspondence."""
    torbay = _text("agree", "torbay") + b"\nx:a dg:correspondsTo auth:torbay , auth:plymouth ."
    agreed = _agreed(torbay, _text("agree", "plymouth"))
    assert agreed["verdict"] == "agrees"
    assert sum("is not taken up" in note for note in agreed["notes"]) == 2


def test_same_as_is_refused():
    """`owl:sameAs` changes what terms mean and keeps a description out (S31)."""
    torbay = _text("agree", "torbay") + b"\nx:a <http://www.w3.org/2002/07/owl#sameAs> x:b ."
    with pytest.raises(Problem) as caught:
        _agreed(torbay, _text("agree", "plymouth"))
    assert caught.value.slug == "changes-the-rules"


def test_an_unnamed_holder_contradicts_nobody():
    """Somebody unnamed may be whoever the other side names: the other is more exact."""
    plymouth = _text("agree", "plymouth").replace(b"dg:appointee x:okafor", b"dg:appointee []")
    agreed = _agreed(_text("agree", "torbay"), plymouth)
    (holder,) = [p for a in agreed["arrangements"] for p in a["points"] if p["aspect"] == "holder"]
    assert holder["outcome"] == "compatible"


@pytest.mark.parametrize(
    ("texts", "earliest", "latest"),
    [
        (("2018", "2018-04", "2018-04-05"), "2018-04-05", "2018-04-05"),
        (("2018", "2018-04"), "2018-04-01", "2018-04-30"),
        (("2018-04-05", "2018-06-01"), "2018-04-05", "2018-06-01"),
    ],
)
def test_dates_of_several_sides_are_one_span(texts, earliest, latest):
    """Dates that are compatible give the most exact, contradicting ones every day between them."""
    kinds = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}
    spans = [expand(Literal(t, datatype=kinds[len(t)])) for t in texts]
    for some in (spans, spans[::-1]):
        span = together(some)
        assert (span.earliest.isoformat(), span.latest.isoformat()) == (earliest, latest)


_AGREEMENT = 'dg:from "2018-03-01"^^xsd:date ;'
_APPOINTED = "dg:appointee x:okafor ; dg:appointedTo x:director ;"
_LINE = "dg:forAuthority auth:plymouth ;"
_TO_JUNE = ' dg:to "2018-06-01"^^xsd:date ;'
_SECOND = (
    'x:smith a foaf:Person ; foaf:name "B. Smith" . t:second a dg:Appointment ; dg:appointee x:smith ; '
    'dg:appointedTo x:director ; dg:from "2018-05-01"^^xsd:date ; dct:source t:paper .\n'
)
_ALL_HOLDERS = (
    "p:all a dg:CompletenessStatement ; dg:listOf x:director ; dg:listed org:heldBy ; "
    "dct:source p:paper ."
)


def _changed(side: str, old: str, new: str, more: str = "") -> bytes:
    text = _text("agree", side).decode()
    assert old in text
    return (text.replace(old, new) + more).encode()


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ("dg:endStatus code:open-end", "contradicts"),
        ('dg:to "2030-01-01"^^xsd:date', "contradicts"),
        ('dg:to "2018"^^xsd:gYear', "compatible"),
        ("dg:endStatus code:unknown-end", "matches"),
    ],
)
def test_an_end_that_has_come_is_not_one_to_come(end, outcome):
    """A side that says that it ended, and not when, means a day up to the one for which it speaks."""
    texts = [
        _changed(side, _AGREEMENT, f"{_AGREEMENT} {said} ;")
        for side, said in (("torbay", "dg:endStatus code:unknown-end"), ("plymouth", end))
    ]
    points = [p for a in _agreed(*texts)["arrangements"] for p in a["points"]]
    assert [p["outcome"] for p in points if p["aspect"] == "ends"] == [outcome]


@pytest.mark.parametrize(
    ("torbay", "plymouth", "sentences"),
    [
        pytest.param(
            (_AGREEMENT, _AGREEMENT + _TO_JUNE),
            ("", ""),
            ["Plymouth says that it holds on 30 June 2018; Torbay says 1 June 2018"],
            id="ended-for-one",
        ),
        pytest.param(
            (_AGREEMENT, 'dg:from "2018-09-01"^^xsd:date ;'),
            (_AGREEMENT, ""),
            ["Plymouth says that it holds on 30 June 2018; Torbay says 1 September 2018"],
            id="not-begun-for-one",
        ),
        pytest.param(
            (_APPOINTED, _APPOINTED + _TO_JUNE),
            ("x:appointment a dg:Appointment", "p:appointment a dg:Appointment"),
            ["Plymouth says A. Okafor; Torbay says A. Okafor, but not on 30 June 2018"],
            id="holder-who-left-for-one",
        ),
        pytest.param(
            (_APPOINTED, _APPOINTED + _TO_JUNE, _SECOND),
            ("", ""),
            [
                "Plymouth says A. Okafor; Torbay says B. Smith",
                "Plymouth says that it holds on 30 June 2018; Torbay says 1 June 2018",
            ],
            id="holder-who-was-followed-for-one",
        ),
        pytest.param(
            (_LINE, _LINE + _TO_JUNE),
            (_LINE, _LINE + ' dg:to "2019-06-01"^^xsd:date ;'),
            [
                "Plymouth says Chief Executive of Plymouth; Torbay says Chief Executive of Plymouth, "
                "but not on 30 June 2018"
            ],
            id="line-whose-dates-are-no-question",
        ),
    ],
)
def test_what_holds_on_the_day_for_one_side_only_is_a_conflict(torbay, plymouth, sentences):
    """That one side has ended what the other says of the day is no agreement, whoever gives dates;
    read together, it holds possibly."""
    agreed = _agreed(_changed("torbay", *torbay), _changed("plymouth", *plymouth))
    assert agreed["verdict"] == "conflicts" and exit_code(agreed) == 1
    assert [c["sentence"] for c in agreed["conflicts"]] == sentences
    together = {r["together"]["outcome"] for r in agreed["rules"]}
    assert together == {"cantTell"}
    page = as_html.agreement_page(agreed).decode()
    assert page.count("but not on") == 3 * sum("but not on" in s for s in sentences)


def test_a_side_whose_structure_has_ended_is_silent_on_the_day():
    """What has no dates of its own ends with its structure, and then says nothing of the day."""
    torbay = _changed("torbay", _AGREEMENT, "").replace(
        b"dg:assessmentDay", b'dg:to "2018-06-01"^^xsd:date ; dg:assessmentDay'
    )
    agreed = _agreed(torbay, _changed("plymouth", _AGREEMENT, ""))
    points = [p for a in agreed["arrangements"] for p in a["points"]]
    (exists,) = [p for p in points if p["aspect"] == "agreement-exists"]
    assert exists["outcome"] == "one-side-says" and not agreed["conflicts"]


@pytest.mark.parametrize(
    ("aspect", "torbay", "more", "outcome", "sentence"),
    [
        (
            "holder",
            ("", "", _SECOND),
            "",
            "one-side-says",
            "Plymouth says A. Okafor; Torbay says A. Okafor and B. Smith",
        ),
        (
            "holder",
            ("", "", _SECOND),
            _ALL_HOLDERS,
            "contradicts",
            "Plymouth says A. Okafor and no other; Torbay says A. Okafor and B. Smith",
        ),
        (
            "legal-basis",
            ("code:section-113-agreement", "code:section-113-agreement , code:joint-employment"),
            "",
            "one-side-says",
            "Plymouth says section 113 of the Local Government Act 1972; Torbay says joint employment "
            "and section 113 of the Local Government Act 1972",
        ),
    ],
)
def test_a_further_answer_of_one_side_does_not_match(aspect, torbay, more, outcome, sentence):
    """Two holders and one are not the same answer; where a full list has one only, they conflict."""
    agreed = _agreed(_changed("torbay", *torbay), _changed("plymouth", "", "", more))
    points = [p for a in agreed["arrangements"] for p in a["points"] if p["aspect"] == aspect]
    assert [(p["outcome"], p["sentence"]) for p in points] == [(outcome, sentence)]
    assert agreed["verdict"] == ("conflicts" if more else "one-side-is-silent")


# --- the joint closure ---------------------------------------------------------------------------------


def test_the_joint_closure_of_one_description_is_that_description():
    """What is read together with nothing comes to the same, rule by rule."""
    for path in (
        "003/hartlepool-2013.ttl",
        "001/torbay-plymouth-2018.ttl",
        "004/coventry-2017-01-24.ttl",
    ):
        (description,) = _pipeline().read(_document(path), TURTLE)
        options = Options(description.day)
        assessment = _pipeline().assess(description, options)
        report = build_report(assessment, _pipeline().rulebook)
        (side,) = sides_of([assessment], [report], [{}])
        joint = _pipeline().assess(
            merged([side], side.assessment.day, (), _pipeline().rulebook.speaks_for), options
        )
        alone = {(r.entry.id, r.authority, r.subject): r.outcome for r in assessment.rows}
        assert {(r.entry.id, r.authority, r.subject): r.outcome for r in joint.rows} == alone
        assert joint.description.structure == JOINT


def test_the_rules_that_need_both_sides_are_shown_where_they_bear():
    """Concurrence on one side only, two designations and incompatible offices stand at their arrangement."""
    wanted = {
        "concurrence-on-one-side": ("ca2004-s18-8-joint-dcs-concurrence", "Shared post"),
        "two-designations": ("ca2004-s18-dcs-exactly-one", "Shared post"),
        "incompatible-offices": ("lgha-s1-restricted-not-member", "Shared office-holder"),
    }
    for case, (rule, matter) in wanted.items():
        failed = [
            (row["id"], a["matter"])
            for a in _of(case)["arrangements"]
            for row in a["rules"]
            if row["outcome"] == "failed"
        ]
        assert (rule, matter) in failed, case
        assert any(r["id"] == rule for r in newly_breached(_of(case)["rules"]))


def test_a_breach_that_shows_only_together_is_not_hidden_by_one_that_a_side_has_alone():
    """A council that already breaks a rule by itself is told that it breaks it with the other too."""
    torbay = _text("incompatible-offices", "torbay") + (
        b'\nx:jones a foaf:Person ; foaf:name "D. Jones" .\n'
        b't:treasurer a org:Post ; org:postIn auth:torbay ; dg:title "Treasurer" .\n'
        b"t:finance a dg:Designation ; dg:office code:section-151-officer ; "
        b"dg:designatedPost t:treasurer ; dg:designatedBy auth:torbay .\n"
        b"t:second a dg:Appointment ; dg:appointee x:jones ; dg:appointedTo t:treasurer .\n"
        b"t:seat a dg:ElectedMembership ; dg:electedTo auth:torbay ; dg:electedPerson x:jones .\n"
    )
    agreed = _agreed(torbay, _text("incompatible-offices", "plymouth"))
    (found,) = [
        r
        for r in newly_breached(agreed["rules"])
        if r["id"] == "lgha-s1-restricted-not-member" and r["authorityName"] == "Torbay"
    ]
    assert [o["outcome"] for o in found["own"]] == ["failed"]
    assert "C. Reed" in found["together"]["reason"]


def test_what_is_disputed_passes_no_rule_and_fails_none():
    """Together, a rule that rests on what the sides conflict about cannot be told."""
    for case in ("conflict-basis", "conflict-designation-day", "denial"):
        (told,) = [
            r
            for r in _of(case)["rules"]
            if r["id"] == "lga1972-s113-agreement-exists" and r["authorityName"] == "Torbay"
        ]
        assert told["together"]["outcome"] == "cantTell"
        assert "another contradicts it" in told["together"]["reason"]


_DENIES = "dg:denies code:section-113-agreement-made ."
_LIE = "p:lie a dg:StatedNegative ;"
_CLAIM = (
    "p:lie a dg:Claim ; dg:claims rule:lga1972-s113-agreement-exists ; dg:asserts code:not-met ;"
)
_OWN_POST = (
    't:dcs a org:Post ; org:postIn auth:torbay ; dg:title "Director" . '
    "t:designation a dg:Designation ; dg:office code:director-of-childrens-services ; "
    "dg:designatedPost t:dcs ; dg:designatedBy auth:torbay ."
)
_DIRECTION = (
    "t:direction a dg:Direction ; dg:directedAuthority auth:torbay ; dg:givenBy t:minister ; "
    'dg:legalBasis code:section-15-direction ; dg:from "2016-05-01"^^xsd:date . '
    't:requirement a dg:DirectionRequirement ; dg:requirementOf t:direction ; dg:title "act" .'
)


@pytest.mark.parametrize(
    ("torbay", "plymouth", "note"),
    [
        pytest.param("", f"{_LIE} dg:about t:structure ; {_DENIES}", "for others", id="structure"),
        pytest.param("", f"{_LIE} dg:about auth:torbay ; {_DENIES}", "for others", id="council"),
        pytest.param(
            "",
            f"{_LIE} dg:about <{JOINT.value}> ; {_DENIES}",
            "for others",
            id="joint-structure",
        ),
        pytest.param(
            "",
            "p:lie a dg:CompletenessStatement ; dg:listOf auth:torbay ; dg:listed dg:agreement .",
            "for others",
            id="complete-list",
        ),
        pytest.param("", f"{_CLAIM} dg:claimedFor auth:torbay .", "for others", id="claim"),
        pytest.param(
            "t:none a dg:StatedNegative ; dg:about auth:torbay ; dg:denies code:scrutiny-consideration .",
            f"t:none {_DENIES}",
            "no other adds",
            id="node-of-the-other",
        ),
        pytest.param(
            "t:none a dg:StatedNegative ; dg:about auth:torbay ; dg:denies code:scrutiny-consideration .",
            f"p:none dg:correspondsTo t:none ; {_DENIES}",
            "is not taken up",
            id="node-that-is-said-to-be-the-same",
        ),
        pytest.param(
            _OWN_POST,
            f"{_LIE} dg:about t:dcs ; dg:denies code:functions-of-director-of-childrens-services .",
            "for others",
            id="thing-of-the-other",
        ),
        pytest.param(
            _DIRECTION,
            "p:lie dg:about t:requirement ; dg:denies code:compliance-with-direction .",
            "for others",
            id="denial-without-a-class-of-a-thing-of-a-thing",
        ),
    ],
)
def test_nobody_settles_anything_for_another(torbay, plymouth, note):
    """What a side says for a council that it does not describe changes no outcome, and is told (S32)."""
    texts = _silent(torbay), _silent(plymouth, "plymouth")
    honest = _agreed(texts[0], _silent("", "plymouth"))
    agreed = _agreed(*texts)
    assert agreed["rules"] == honest["rules"]
    assert agreed["together"] == honest["together"]
    assert [note in said for said in agreed["notes"]].count(True) == 1


def test_nobody_says_what_another_council_is():
    """Of a council that is in no register, its kind, by which rules bind it, is its own side's to say."""
    kind = "t:council a dg:Authority ; dg:kind code:unitary-authority ."
    texts = [
        _silent(more, side).replace(b"auth:torbay", b"t:council")
        for more, side in (("", "torbay"), ("", "plymouth"), (kind, "plymouth"))
    ]
    honest, agreed = _agreed(*texts[:2]), _agreed(texts[0], texts[2])
    assert agreed["rules"] == honest["rules"] and agreed["together"] == honest["together"]
    assert any("for others" in note for note in agreed["notes"])


def _silent(more: str, side: str = "torbay") -> bytes:
    """A side of a shared post that says nothing of an agreement on it."""
    text = _text("denial", "plymouth").decode().replace("p:structure", f"{side[0]}:structure")
    text = text.replace("dg:describes auth:plymouth", f"dg:describes auth:{side}")
    rules = "@prefix rule: <https://w3id.org/dutygraph/rule/> .\n"
    return (rules + text[: text.index("p:no-agreement")] + more).encode()


def _outcomes_together(agreed: Any, rule: str) -> dict[str, str]:
    rows = [row for a in agreed["arrangements"] for row in a["rules"] if row["id"] == rule]
    return {row["authorityName"]: row["outcome"] for row in rows}


@pytest.mark.parametrize(
    ("torbay", "plymouth"),
    [
        ("t:none {} dg:about auth:torbay", "p:none {} dg:about p:structure"),
        ("x:none {} dg:about auth:torbay", "x:none {} dg:about auth:plymouth"),
        ("x:none {} dg:about t:structure", "x:none {} dg:about p:structure"),
    ],
)
def test_each_side_denies_for_itself(torbay, plymouth):
    """Two sides' own denials both count, also where they use one identifier for them."""
    texts = [
        _silent(f"{said.format('a dg:StatedNegative ;')} ; {_DENIES}", side)
        for said, side in ((torbay, "torbay"), (plymouth, "plymouth"))
    ]
    agreed = _agreed(*texts)
    found = _outcomes_together(agreed, "lga1972-s113-agreement-exists")
    assert found == {"Torbay": "failed", "Plymouth": "failed"}
    assert agreed["rules"] == [] and not any("for others" in note for note in agreed["notes"])


def test_structures_of_one_identifier_are_each_their_own():
    """Whoever calls its structure what another calls its own denies for itself alone."""
    plymouth = _silent(f"{_LIE} dg:about t:structure ; {_DENIES}", "plymouth")
    agreed = _agreed(_silent(""), plymouth.replace(b"p:structure", b"t:structure"))
    found = _outcomes_together(agreed, "lga1972-s113-agreement-exists")
    assert found == {"Torbay": "cantTell", "Plymouth": "failed"}


def test_a_full_list_of_a_shared_thing_is_full_for_the_council_that_says_so():
    """That nothing more is said of a shared post settles what it lacks for the one that says it."""
    plymouth = (
        "p:all a dg:CompletenessStatement ; dg:listOf x:director ; dg:listed dg:carriesFunction ."
    )
    agreed = _agreed(_silent(""), _silent(plymouth, "plymouth"))
    assert [side["verdict"] for side in agreed["sides"]] == ["undecided", "breaches"]
    assert agreed["rules"] == [] and not any("for others" in note for note in agreed["notes"])


def test_the_rules_that_are_decided_jointly_are_rules():
    """The data name no rule that is not there."""
    rules = {e.id for e in _pipeline().rulebook.rules}
    assert {r for m in Agenda.of(_pipeline().rulebook).matters for r in m.rules} <= rules
    assert all(RULE[r] for r in rules)


def test_every_outcome_and_verdict_has_words():
    """What a report comes to is a code with a label and a definition, and has a colour on the page."""
    graph = _pipeline().rulebook.graph
    agenda = Agenda.of(_pipeline().rulebook)
    assert set(agreement_forms.TAGS) == set(agenda.outcomes)
    for name, (label, meaning) in agenda.names.items():
        assert graph.text(CODE[name], SKOS.prefLabel) == label and meaning


# --- real documents ----------------------------------------------------------------------------------


def test_the_three_boroughs_of_source_003():
    """Darlington and Hartlepool share a post and agree on it; each has the agreement as its own."""
    boroughs = ("darlington", "hartlepool", "redcar-and-cleveland")
    agreed = _agreed(*(_document(f"003/{name}-2013.ttl") for name in boroughs))
    assert agreed["verdict"] == "one-side-is-silent" and not agreed["conflicts"]
    by_name = {a["name"]: a for a in agreed["arrangements"]}
    post = by_name["Assistant Director for School Improvement"]
    assert post["outcome"] == "matches"
    assert [p["name"] for p in post["parties"]] == ["Darlington", "Hartlepool"]
    assert {s["side"] for s in post["sides"]} == {"A", "B"}
    assert [f["matter"] for f in agreed["suggestions"]] == ["Agreement"]


def test_torbay_and_plymouth_of_source_001():
    """Two structures of one report: the partnership is Torbay's and Plymouth's, said by one of them."""
    agreed = _agreed(
        _document("001/torbay-2017-07-20.ttl"),
        _document("001/torbay-plymouth-2018.ttl"),
        as_at=date(2018, 4, 30),
    )
    assert not agreed["conflicts"]
    matters = {a["matter"] for a in agreed["arrangements"]}
    assert {"Agreement", "Standing arrangement", "Support for improvement"} <= matters
    assert agreed["sides"][1]["name"] == "Plymouth and Torbay together"
    assert any("word of them together" in note for note in agreed["notes"])


def test_two_models_of_source_003_conflict_where_they_differ():
    """Model 3b gives the shared directors to all three boroughs; 3a describes them otherwise."""
    agreed = _agreed(_document("003/model-3a.ttl"), _document("003/model-3b.ttl"))
    assert agreed["arrangements"]
    assert {a["pairedBy"]["how"] for a in agreed["arrangements"]} <= {
        "same-identifier",
        "one-side-describes-it",
    }


# --- wrong use -----------------------------------------------------------------------------------------


def test_too_few_and_no_common_day_are_explained():
    """One side agrees with nobody; descriptions of different days need one to be named."""
    with pytest.raises(Problem) as few:
        _agreed(_text("agree", "torbay"))
    assert few.value.slug == "bad-parameter"
    later = _text("agree", "plymouth").replace(b"2018-06-30", b"2018-07-31")
    with pytest.raises(Problem) as days:
        _agreed(_text("agree", "torbay"), later)
    assert days.value.slug == "no-day" and "30 June 2018 and 31 July 2018" in days.value.detail
    assert _agreed(_text("agree", "torbay"), later, as_at=date(2018, 6, 30))["verdict"] == "agrees"


class _FailsFor:
    """An engine that fails where one side is assessed by itself, as an engine can."""

    def __init__(self, engine: Any, only: bytes) -> None:
        self._engine, self._only = engine, only
        self.name, self.version = engine.name, engine.version

    def validate(self, data: bytes) -> Any:
        """Fail, unless the other side is in it too."""
        if self._only not in data:
            raise EngineFailed("the engine gave up")
        return self._engine.validate(data)


def test_an_engine_that_fails_for_one_side_is_told():
    """Where one side was not tested, what the rules say otherwise together is not to be relied on."""
    pipeline = _pipeline()
    lame = Pipeline(
        pipeline.rulebook,
        _engines={"fast": _FailsFor(pipeline.engine("fast"), b"torbay/structure")},
    )
    described = [d for side in SIDES for d in lame.read(_text("agree", side), TURTLE)]
    agreed = agree(lame, described, Options())
    assert "gave up" in agreed["engineFailure"]


# --- forms -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_every_form_says_every_conflict(case):
    """Text, table and page have each conflict with what to do; JSON is the report itself."""
    agreed = _of(case)
    assert json.loads(agreement_forms.agreement_as_json(agreed)) == agreed
    text = " ".join(agreement_forms.agreement_as_text(agreed).decode().split())
    rows = list(csv.DictReader(io.StringIO(agreement_forms.agreement_as_csv(agreed).decode())))
    page = as_html.agreement_page(agreed).decode()
    assert not re.search(r"<script| on\w+=", page) and "urn:dutygraph" not in page
    for found in agreed["conflicts"]:
        assert found["remedy"] in text
        assert found["remedy"] in {r["remedy"] for r in rows}
        assert found["remedy"].replace("'", "&#39;") in page
    assert len([r for r in rows if r["section"] == "point"]) == sum(
        len(p["sides"]) for a in agreed["arrangements"] for p in a["points"]
    )


def test_the_page_begins_with_what_a_councillor_wants():
    """First what the sides agree on, then the conflicts with what to do, then the rest."""
    page = as_html.agreement_page(_of("conflict-first-day")).decode()
    order = [
        page.index(words)
        for words in (
            "The sides conflict.",
            "they agree on 23 points",
            "Where they conflict, and what to do</h2>",
            "Plymouth says 1 May 2018; Torbay says 1 March 2018.",
            "Ask the monitoring officers of Plymouth and Torbay which first day is right",
            "Arrangement by arrangement</h2>",
        )
    ]
    assert order == sorted(order)


def test_two_who_say_that_it_is_one_thing_say_so():
    """Where both sides state a pair, the sentence is of both."""
    both = _text("stated-pairs", "torbay") + b"\nx:agreement dg:correspondsTo p:agreement ."
    text = agreement_forms.agreement_as_text(_agreed(both, _text("stated-pairs", "plymouth")))
    assert b"Torbay and Plymouth say that what the sides" in text


def test_a_name_from_a_description_is_escaped():
    """A title with markup is text on the page and no formula in the table (S19, S20)."""
    texts = [
        _text("conflict-first-day", side).replace(
            b'"agreement on a shared director"', b'"=<b>agreement</b>"'
        )
        for side in SIDES
    ]
    agreed = _agreed(*texts)
    assert "<b>agreement" not in as_html.agreement_page(agreed).decode()
    assert b"\"'=<b>" in agreement_forms.agreement_as_csv(agreed)


# --- the command line ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("agree", 0),
        ("silence", 0),
        ("conflict-first-day", 1),
        ("incompatible-offices", 1),
        ("nothing-between", 1),
    ],
)
def test_the_command_says_it_by_its_exit_code(case, code, capsysbinary):
    """0 where nothing conflicts, 1 for a conflict, a breach that shows only together, or nothing."""
    files = [str(HERE / case / f"{side}.ttl") for side in SIDES]
    assert cli.run(["agree", *files, "--format", "json"]) == code
    assert json.loads(capsysbinary.readouterr().out)["verdict"] == _of(case)["verdict"]


def test_the_command_names_its_own_option(capsys):
    """Descriptions of different days are told to use --as-at."""
    files = [
        str(room("data") / "documents" / "001" / name)
        for name in ("torbay-2017-07-20.ttl", "torbay-plymouth-2018.ttl")
    ]
    assert cli.run(["agree", *files]) == 2
    out = capsys.readouterr()
    assert not out.out and "--as-at YYYY-MM-DD" in out.err


def test_the_command_writes_every_form(tmp_path):
    """The installed command writes a page, a table and a text."""
    files = [str(HERE / "agree" / f"{side}.ttl") for side in SIDES]
    for form, start in (("html", b"<!doctype html>"), ("csv", b'"section"'), ("text", b"Do ")):
        output = tmp_path / form
        command = [
            sys.executable,
            "-m",
            "dutygraph",
            "agree",
            *files,
            "--format",
            form,
            "--output",
            str(output),
        ]
        assert subprocess.run(command, check=False).returncode == 0
        assert output.read_bytes().lstrip().startswith(start)
