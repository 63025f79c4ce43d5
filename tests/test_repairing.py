"""Repairs: lawful, minimal, true; and the sentence where only people can put a failure right.

The invented council of `tests/whatif/wrong.ttl` has the commonest failures; what is expected of its
repairs stands beside it. Every rule's failing examples are tried as well.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dutygraph import cli
from dutygraph.description import Description
from dutygraph.errors import Problem
from dutygraph.pipeline import Options, Pipeline
from dutygraph.renderings import as_html, repair_forms
from dutygraph.repairing import Limits, repairs
from dutygraph.repairing.search import Proposal
from dutygraph.repairing.templates import MINTED, templates_in
from dutygraph.terms import DG, FOAF, ORG, RDF, XSD
from dutygraph.triples import Graph, Literal, NamedNode, RdfFormat, Triple, local_name, parse_quads
from dutygraph.whatif import after_patch, read_patch
from dutygraph.whatif.bearing import worst_of
from tests.examples import Example, all_examples

HERE = Path(__file__).parent / "whatif"
TURTLE = "text/turtle"
X = "https://w3id.org/dutygraph/id/example/"
EXAMPLES = [e for e in all_examples() if any(r.outcome == "failed" for r in e.rows)]
CURED = ("passed", "inapplicable")


@cache
def _pipeline() -> Pipeline:
    return Pipeline.load()


@cache
def _wrong() -> Description:
    return _pipeline().read_one((HERE / "wrong.ttl").read_bytes(), TURTLE)


@pytest.fixture(scope="module")
def found() -> Any:
    """Every repair of the council in which the commonest things are wrong."""
    return repairs(_pipeline(), _wrong(), Options())


# --- the expected repairs ---------------------------------------------------------------------------


def _pruned(found: Any) -> Any:
    """What is expected: everything but the facts and clauses, which reports give in the same words."""
    effects = ("resolves", "breaks", "opens")
    return [
        {key: item[key] for key in item if key not in ("facts", "clauses", "force", "title")}
        | {
            "repairs": [
                repair | {kind: [change["id"] for change in repair[kind]] for kind in effects}
                for repair in item["repairs"]
            ]
        }
        for item in found["rules"]
    ]


def test_every_repair_is_the_expected_one(found):
    """Which rules fail, which changes put each right, what that does elsewhere, and what is left over."""
    assert _pruned(found) == json.loads((HERE / "repairs.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("rule", "begins"),
    [
        # Two holders of one office; a line that does not lead to the chief executive; one post in two
        # offices; no seat on the board; somebody else's board.
        ("ca2004-s18-dcs-exactly-one", "End this: Director of Families is designated"),
        ("ca2004-s19-lmcs-designated", "For Northport, designate Cabinet Member for Families as"),
        ("dcsg-dcs-reports-to-chief-executive", "For Northport, let Director of People report"),
        ("lgha-s5-mo-not-cfo", "For Northport, designate Chief Executive as section 151 officer"),
        ("dcsg-dcs-lscb-member", "Make Director of Families a full member of Northport"),
        ("toa-board-of-own-authority", "Let the test of assurance name Northport Safeguarding"),
    ],
)
def test_the_core_failures_have_repairs(rule, begins, found):
    """For each kind of failure that councils have most, the first repair is the one to expect."""
    (item,) = [i for i in found["rules"] if i["id"] == rule]
    assert item["repairs"][0]["words"][0].startswith(begins)


def test_what_is_missing_in_people_is_a_sentence(found):
    """A review that was not made is not made up: told is what only the council can do."""
    (item,) = [i for i in found["rules"] if i["id"] == "toa-regular-review"]
    assert item["repairs"] == [] and not item["noKnownRepair"]
    (said,) = item["onlyTheCouncil"]
    assert (
        said == "Only the council can: carry out a review of the arrangements and fix the next one."
    )


def test_the_rules_without_a_repair_are_counted(found):
    """Each failing rule has a repair, a sentence, or is said to have no known repair."""
    report = worst_of(_pipeline().assess(_wrong(), Options()))
    failing = {key for key, outcome in report.items() if outcome == "failed"}
    assert {(i["id"], i["authority"]) for i in found["rules"]} == failing
    summary = found["summary"]
    assert summary["failing"] == len(failing) == sum(summary.values()) - summary["failing"]
    for item in found["rules"]:
        kinds = [bool(item["repairs"]), bool(item["onlyTheCouncil"]), item["noKnownRepair"]]
        assert kinds.count(True) == 1


def test_what_is_not_looked_at_is_said(found):
    """Nothing is told of partners, which are not there; the answer says so and where it is told."""
    assert any("a partner is not looked at" in note for note in found["notes"])


def test_the_best_repair_comes_first(found):
    """Sorted by what it newly breaks, then by what was met and would be open, then by size."""
    (item,) = [i for i in found["rules"] if i["id"] == "lgha-s5-mo-not-cfo"]
    assert [[b["id"] for b in r["breaks"]] for r in item["repairs"]] == [
        [],
        ["lgha-s5-mo-not-hops"],
    ]
    for each in found["rules"]:
        keys = [
            (len(r["breaks"]), sum(o["before"] == "passed" for o in r["opens"]), r["size"])
            for r in each["repairs"]
        ]
        assert keys == sorted(keys)


_POSTS = """
@prefix auth: <https://w3id.org/dutygraph/id/authority/> .
@prefix code: <https://w3id.org/dutygraph/code/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix dg: <https://w3id.org/dutygraph/def/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix x: <https://w3id.org/dutygraph/id/example/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
x:s a dg:Structure ; dg:describes auth:torbay ; dg:assessmentDay "2018-06-30"^^xsd:date .
x:p0 a org:Post ; org:postIn auth:torbay .
x:monitoring a dg:Designation ; dg:office code:monitoring-officer ; dg:designatedPost x:p0 ;
    dg:designatedBy auth:torbay ; dg:note "as the paper says" ; dg:from "2016-01-01"^^xsd:date .
x:finance a dg:Designation ; dg:office code:section-151-officer ; dg:designatedPost x:p0 ;
    dg:designatedBy auth:torbay .
x:a0 a dg:Appointment ; dg:appointee x:h0 ; dg:appointedTo x:p0 .
"""


def _with_posts(count: int, more: str = "") -> Description:
    filled = "".join(
        f"x:p{n} a org:Post ; org:postIn auth:torbay . "
        f"x:a{n} a dg:Appointment ; dg:appointee x:h{n} ; dg:appointedTo x:p{n} .\n"
        for n in range(1, count + 1)
    )
    return _pipeline().read_one((_POSTS + filled + more).encode(), TURTLE)


def test_of_many_repairs_the_smallest_are_offered():
    """Where more cure than are offered, those left out change no fewer statements."""
    found = repairs(_pipeline(), _with_posts(6), Options(), "lgha-s5-mo-not-cfo")
    (item,) = found["rules"]
    assert item["notShown"] > 0
    assert all("section 151 officer" in r["words"][0] for r in item["repairs"])


def test_a_further_breach_of_a_rule_that_fails_already_is_told():
    """A repair that lets somebody else break a rule that somebody breaks already says so."""
    members = "".join(
        f"x:m{n} a dg:ElectedMembership ; dg:electedTo auth:torbay ; dg:electedPerson x:h{n} .\n"
        for n in (0, 1)
    )
    found = repairs(_pipeline(), _with_posts(1, members), Options(), "lgha-s5-mo-not-cfo")
    for repair in found["rules"][0]["repairs"]:
        (told,) = [b for b in repair["breaks"] if b["id"] == "lgha-s1-restricted-not-member"]
        assert told["before"] == "failed"
    _check(_pipeline(), _with_posts(1, members), Options(), found)


def test_one_rule_may_be_asked_for(found):
    """The repairs of one rule are those that it has among all; an unknown rule is refused."""
    alone = repairs(_pipeline(), _wrong(), Options(), "lgha-s5-mo-not-cfo")
    assert alone["rules"] == [i for i in found["rules"] if i["id"] == "lgha-s5-mo-not-cfo"]
    with pytest.raises(Problem) as caught:
        repairs(_pipeline(), _wrong(), Options(), "no-such-rule")
    assert caught.value.slug == "unknown-rule"


# --- what every repair has to be --------------------------------------------------------------------


def _check(pipeline: Pipeline, before: Description, options: Options, found: Any) -> None:
    """A repair does what it says: seen by applying its patch and assessing afresh with every rule."""
    assessed = pipeline.assess(before, options)
    was = worst_of(assessed)
    limits = Limits.of(pipeline.rulebook)
    for item in found["rules"]:
        proposals = []
        for repair in item["repairs"]:
            after = after_patch(pipeline, before, repair["patch"].encode())
            second = pipeline.assess(after, options)
            now = worst_of(second)
            key = (item["id"], item["authority"])
            assert now[key] in CURED and repair["outcome"] == now[key]
            assert {(c["id"], c["authority"]) for c in repair["breaks"]} == {
                k
                for k, wrong in _wrong_in(second).items()
                if wrong - _wrong_in(assessed).get(k, set())
            }
            assert {(c["id"], c["authority"]) for c in repair["resolves"]} == {
                k for k in was if was[k] == "failed" and now.get(k) in CURED
            }
            kept = set(before.graph) & set(after.graph)
            removed, added = frozenset(before.graph) - kept, frozenset(after.graph) - kept
            assert (
                repair["size"]
                == len(removed) + len(added)
                == len(read_patch(repair["patch"].encode()))
            )
            assert limits.faults(removed, added, before.graph) == []
            _invents_nothing(pipeline, added, before)
            proposals.append(Proposal(removed, added, ()))
        for one in proposals:
            assert [p for p in proposals if one.contains(p)] == [one]


def _wrong_in(assessment: Any) -> dict[tuple[str, str], set[Any]]:
    """What the engine reports for each rule and authority that fails: part, subject and thing."""
    found: dict[tuple[str, str], set[Any]] = {}
    for row in assessment.rows:
        if row.outcome == "failed":
            found.setdefault((row.entry.id, row.authority.value), set()).update(
                (part.part.iri, row.subject, value if value.startswith("<") else "")
                for part in row.failed_parts
                for value in part.values or ("",)
            )
    return found


def _invents_nothing(pipeline: Pipeline, added: frozenset[Triple], before: Description) -> None:
    """The check of the check, by other means: no literal, no person, no event, nobody from outside."""
    above = pipeline.rulebook.schema.superclasses
    held = {t for s in before.graph for t in (s.subject, s.object)}
    for triple in added:
        assert not isinstance(triple.object, Literal)
        if triple.predicate == RDF.type:
            kinds = {triple.object, *above.get(triple.object, ())}
            assert not kinds & {DG.DatedEvent, FOAF.Person, ORG.Post, DG.Appointment, DG.Agreement}
        elif not str(triple.object.value).startswith("https://w3id.org/dutygraph/code/"):
            assert triple.object in held
        assert triple.subject in held or str(triple.subject.value).startswith(MINTED)


def test_every_repair_does_what_it_says(found):
    """Applied as a patch, each repair cures its rule, breaks what it says it breaks, and invents nothing."""
    _check(_pipeline(), _wrong(), Options(), found)


def _cases() -> list[Any]:
    """One failing example of every fourth rule at once, the others in the long run."""
    soon = sorted({e.rule for e in EXAMPLES})[::4]
    seen: set[str] = set()
    cases = []
    for example in EXAMPLES:
        marks = () if example.rule in soon and example.rule not in seen else pytest.mark.long
        seen.add(example.rule)
        cases.append(pytest.param(example, id=example.name, marks=marks))
    return cases


@pytest.mark.parametrize("example", _cases())
def test_repairs_of_failing_examples_hold(example: Example):
    """Whatever is offered for a failing example makes its rule pass, and breaks exactly what it says."""
    pipeline = _pipeline()
    description = pipeline.read_one(example.file.read_bytes(), TURTLE)
    options = Options(as_at=example.as_at, assume_complete=example.complete)
    found = repairs(pipeline, description, options, example.rule)
    assert [i["id"] for i in found["rules"]]
    _check(pipeline, description, options, found)


@pytest.mark.long
def test_how_many_rules_get_a_repair():
    """The rules that are listed get a repair in at least one of their failing examples, and no others."""
    pipeline = _pipeline()
    repaired = set()
    for example in EXAMPLES:
        if example.rule in repaired:
            continue
        description = pipeline.read_one(example.file.read_bytes(), TURTLE)
        options = Options(as_at=example.as_at, assume_complete=example.complete)
        found = repairs(pipeline, description, options, example.rule)
        if any(item["repairs"] for item in found["rules"]):
            repaired.add(example.rule)
    listed = (HERE / "repaired-rules.txt").read_text(encoding="utf-8").split()
    assert sorted(repaired) == listed


# --- what a repair may not do -----------------------------------------------------------------------

BAD = """
@prefix code: <https://w3id.org/dutygraph/code/> .
@prefix dg: <https://w3id.org/dutygraph/def/> .
@prefix rule: <https://w3id.org/dutygraph/rule/> .
<urn:bad> a dg:Repair ; dg:pattern "?this a dg:Authority ." ; dg:repairStatement "Do it." ;
    dg:addsStatements "%s" ; %s
    dg:repairCase [ a dg:RepairCase ; dg:repairsPart rule:toa-regular-review-recent ] .
"""
REVIEW = "[] a dg:AssuranceReview ; dg:reviewedAuthority ?this"


@pytest.mark.parametrize(
    ("adds", "more", "says"),
    [
        (REVIEW + " .", "", "left to people: assurance review"),
        (REVIEW + " ; dg:on '2016-05-01'^^xsd:date .", "", "it gives a date: 2016-05-01"),
        # A date that the description holds is the date of something else.
        ("[] a dg:Designation ; dg:from '2016-06-30'^^xsd:date .", "", "it gives a date"),
        ("[] a dg:Decision ; dg:decidedBy ?this .", "", "left to people: decision"),
        ("[] a foaf:Person .", "", "left to people: "),
        ("[] a dg:Agreement ; dg:party ?this .", "", "left to people: agreement"),
        ("<urn:nobody> dg:designatedBy ?this .", "", "names urn:nobody"),
        ("[] dg:designatedBy ?this .", "", "without saying what it is"),
        ("[] a dg:Designation ; dg:note 'new' .", "", "a value that the description does not hold"),
        (
            "[] a dg:Designation ; dg:designatedBy ?this .",
            'dg:endsThings "?ended a dg:AssuranceReview ." ;',
            "takes out something that is left to people: assurance review",
        ),
    ],
)
def test_a_bad_way_is_refused(adds, more, says):
    """A way that makes a person, a date, a decision or anything out of nothing is not taken, and is named."""
    text = BAD % (adds, more)
    graph = Graph(q.triple for q in parse_quads(text.encode(), RdfFormat.TURTLE))
    found = repairs(_pipeline(), _wrong(), Options(), "toa-regular-review", templates=graph)
    (item,) = found["rules"]
    assert item["repairs"] == []
    assert any(says in fault for fault in item["refused"]), item["refused"]


def test_only_the_limits_keep_a_bad_way_out():
    """Without them the invented review would be offered as a repair: the check is what refuses it."""
    text = BAD % (REVIEW + " ; dg:reviews ?structure ; dg:on '2016-05-01'^^xsd:date .", "")
    text = text.replace("?this a dg:Authority .", "?structure dg:describes ?this .")
    graph = Graph(q.triple for q in parse_quads(text.encode(), RdfFormat.TURTLE))
    nothing: frozenset[Any] = frozenset()
    lax = _Lax(nothing, nothing, nothing, _pipeline().rulebook)
    rule = "toa-regular-review"
    offered = repairs(_pipeline(), _wrong(), Options(), rule, limits=lax, templates=graph)
    assert offered["rules"][0]["repairs"]
    refused = repairs(_pipeline(), _wrong(), Options(), rule, templates=graph)
    assert not refused["rules"][0]["repairs"] and refused["rules"][0]["refused"]


class _Lax(Limits):
    """Limits that refuse nothing."""

    def faults(self, removed: Any, added: Any, described: Graph) -> list[str]:
        return []


def test_what_has_happened_is_not_ended():
    """Events, assertions and what others ordered are in no repair; designations and lines may be."""
    limits = Limits.of(_pipeline().rulebook)
    graph = _wrong().graph
    ended = {local_name(t.subject) for t in graph if limits.may_be_ended(t.subject, graph)}
    assert {"people-office", "people-line", "police-seat", "law-holder"} <= ended
    assert not ended & {"review", "reviews-complete", "no-lead-member", "chief", "lscb", "wrong"}


def test_no_way_of_ours_is_refused():
    """The limits have nothing against any repair that this rulebook defines."""
    for example in EXAMPLES[::23]:
        description = _pipeline().read_one(example.file.read_bytes(), TURTLE)
        options = Options(as_at=example.as_at, assume_complete=example.complete)
        found = repairs(_pipeline(), description, options, example.rule)
        assert [i["refused"] for i in found["rules"]] == [[] for _ in found["rules"]]


def test_every_way_is_for_a_part_that_exists():
    """Each repair names parts of rules and binds terms and codes that the rulebook has, with words."""
    rulebook = _pipeline().rulebook
    parts = {p.iri for r in rulebook.rules for p in r.parts}
    templates = templates_in(rulebook.graph)
    assert templates and {t.part for t in templates} <= parts
    for template in templates:
        assert template.label and template.statement and template.adds
        assert set(template.chosen) <= set(_names(template.pattern))
        places = set(_names(template.statement.replace("{", "?").replace("}", " ")))
        known = {*_names(template.pattern), *dict(template.bound), "this", "subject", "value"}
        assert places <= known
        for _, term in template.bound:
            assert any(rulebook.graph.match(term)), term


def _names(text: str) -> list[str]:
    import re

    return re.findall(r"[?$](\w+)", text)


def test_unnamed_things_are_not_ended():
    """A statement without an IRI cannot be deleted by a patch, and no repair says to."""
    text = (HERE / "wrong.ttl").read_bytes().replace(b"x:people-office a", b"[] a")
    description = _pipeline().read_one(text, TURTLE)
    found = repairs(_pipeline(), description, Options(), "ca2004-s18-dcs-exactly-one")
    (repair,) = found["rules"][0]["repairs"]
    assert "families-office" in repair["patch"]


def test_nothing_fails_nothing_is_repaired():
    """A description in which nothing fails has no item, and a note says so."""
    text = (HERE / "west-today.ttl").read_bytes()
    found = repairs(_pipeline(), _pipeline().read_one(text, TURTLE), Options())
    assert found["rules"] == []
    assert any("Nothing fails" in n for n in found["notes"])


# --- forms ------------------------------------------------------------------------------------------


def test_each_form_has_every_repair(found):
    """Text, table and page show each repair with its patch, and each sentence; two runs are the same."""
    text = repair_forms.repairs_as_text(found).decode()
    page = as_html.repairs_page(found, stylesheet="/static/style.css", rules_at="/rules/").decode()
    rows = list(csv.DictReader(io.StringIO(repair_forms.repairs_as_csv(found).decode())))
    assert len(rows) == sum(max(1, len(i["repairs"])) for i in found["rules"])
    for item in found["rules"]:
        assert f'href="/rules/{item["id"]}"' in page
        for repair in item["repairs"]:
            for row in repair["patch"].splitlines():
                assert row in text
            assert any(r["patch"] == repair["patch"] for r in rows)
    assert "Only the council can: carry out" in text and "Only the council can: carry out" in page
    assert "It would newly break: nothing." in text and "No repair is known here." in text
    again = repairs(_pipeline(), _wrong(), Options())
    assert repair_forms.repairs_as_json(again) == repair_forms.repairs_as_json(found)


def test_a_hostile_title_is_escaped():
    """A title with markup in it is text on the page and one line in a terminal."""
    hostile = (HERE / "wrong.ttl").read_bytes()
    hostile = hostile.replace(b'"Director of Families"', b'"<script>\\u001B[2J\\nx</script>"')
    description = _pipeline().read_one(hostile, TURTLE)
    found = repairs(_pipeline(), description, Options(), "ca2004-s18-dcs-exactly-one")
    assert "<script>" not in as_html.repairs_page(found).decode()
    assert "\x1b" not in repair_forms.repairs_as_text(found).decode()


# --- the command line -------------------------------------------------------------------------------


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dutygraph", "repair", *map(str, arguments)],
        capture_output=True,
        cwd=Path(cli.__file__).parents[2],
        timeout=120,
    )


def test_the_command_answers_as_the_library_does(found):
    """`repair FILE --format json` gives the same answer, and exits with 1 where something fails."""
    done = _run(HERE / "wrong.ttl", "--format", "json")
    assert (done.returncode, done.stderr) == (1, b"")
    assert json.loads(done.stdout) == json.loads(json.dumps(found))


def test_the_command_takes_a_rule():
    """With --rule, the others are left out; a rule that is not known is wrong use."""
    done = _run(HERE / "wrong.ttl", "--rule", "toa-board-of-own-authority")
    assert done.returncode == 0 and b"name Northport Safeguarding" in done.stdout
    done = _run(HERE / "wrong.ttl", "--rule", "no-such-rule")
    assert (done.returncode, done.stdout) == (2, b"") and b"no-such-rule" in done.stderr


def test_a_patch_of_a_repair_goes_into_what_if(tmp_path, found):
    """The first repair, written to a file, is a patch that `what-if` reads, and resolves what it says."""
    item = found["rules"][0]
    patch = tmp_path / "repair.rdfp"
    patch.write_text(item["repairs"][0]["patch"], encoding="utf-8")
    command: list[str | Path] = [sys.executable, "-m", "dutygraph", "what-if", HERE / "wrong.ttl"]
    done = subprocess.run(
        [*command, "--patch", patch, "--format", "json"],
        capture_output=True,
        cwd=Path(cli.__file__).parents[2],
        timeout=120,
    )
    answer = json.loads(done.stdout)
    assert [i["id"] for i in answer["resolved"]] == [
        c["id"] for c in item["repairs"][0]["resolves"]
    ]


def test_dates_are_never_among_what_is_added(found):
    """No patch of a repair adds a literal of any date type."""
    dates = {XSD.date, XSD.dateTime, XSD.gYear, XSD.gYearMonth}
    for item in found["rules"]:
        for repair in item["repairs"]:
            for row in read_patch(repair["patch"].encode()):
                literal = row.triple.object
                assert not (row.adds and isinstance(literal, Literal) and literal.datatype in dates)
                assert isinstance(row.triple.subject, NamedNode)
