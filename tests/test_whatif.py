"""What a change would do: patches, outcomes that come and go, what bears on them, partners.

The invented councils stand in `tests/whatif/` with what is expected of the change as a table.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dutygraph import cli
from dutygraph.description import Description
from dutygraph.errors import Problem
from dutygraph.parsing import Limits
from dutygraph.pipeline import Options, Pipeline
from dutygraph.renderings import as_html, what_if_forms
from dutygraph.triples import Graph, RdfFormat, Triple, local_name, parse_quads
from dutygraph.whatif import (
    HOW,
    OTHERWISE,
    after_patch,
    failures_in,
    read_patch,
    what_if,
    write_patch,
)
from dutygraph.whatif.bearing import Bearing, worst_of
from dutygraph.whatif.changes import between, redescribed
from dutygraph.whatif.effects import effects_of

HERE = Path(__file__).parent / "whatif"
TURTLE = "text/turtle"
X = "https://w3id.org/dutygraph/id/example/"
PREFIXES = (
    "PA dg: <https://w3id.org/dutygraph/def/> .\n"
    f"PA x: <{X}> .\n"
    "PA code: <https://w3id.org/dutygraph/code/> .\n"
)


@cache
def _pipeline() -> Pipeline:
    return Pipeline.load()


def _text(name: str) -> bytes:
    return (HERE / name).read_bytes()


def _read(name: str) -> Description:
    return _pipeline().read_one(_text(name), TURTLE)


def _after(patch: str | bytes, before: str = "north-today.ttl") -> Description:
    data = patch if isinstance(patch, bytes) else (PREFIXES + patch).encode()
    return after_patch(_pipeline(), _read(before), data)


def _asked(after: Description, *partners: str, options: Options | None = None) -> Any:
    others = [_read(p) for p in partners]
    return what_if(_pipeline(), _read("north-today.ttl"), after, options or Options(), others)


@pytest.fixture(scope="module")
def shared() -> Any:
    """Northport shares its director with Southport; Westport is not concerned."""
    return _asked(_after(_text("share.rdfp")), "south-today.ttl", "west-today.ttl")


# --- what the change does -------------------------------------------------------------------------


def _told(about: str, effects: Any) -> Iterator[list[str]]:
    lists = {
        "introduced": effects["introduced"],
        "resolved": effects["resolved"],
        "stillFailing": effects["unchanged"]["stillFailing"],
        **effects["otherwise"],
    }
    for kind, items in lists.items():
        for item in items:
            bearing = item.get("bearing", {"how": "", "nodes": []})
            yield [
                about,
                kind,
                item["id"],
                local_name(item["authority"]),
                item["before"],
                item["after"],
                bearing["how"],
                " ".join(local_name(n) for n in bearing["nodes"]),
                " ".join(sorted({local_name(f["node"]) for f in item["facts"]})),
            ]


def test_every_effect_of_the_change_is_told(shared):
    """Introduced, resolved, left and otherwise changed, with what bears on it and decides it: no more."""
    told = [*_told("Northport", shared)]
    for partner in shared["partners"]:
        told += _told(partner["authorities"][0]["name"], partner)
    with (HERE / "effects.tsv").open(encoding="utf-8", newline="") as file:
        assert told == list(csv.reader(file, delimiter="\t"))


def test_the_effects_are_those_of_the_two_reports(shared):
    """Each list is what the reports of both sides say, rule by rule; none is decided otherwise."""
    after = _after(_text("share.rdfp"))
    reports = [
        {
            (r["id"], r["authority"]): r["outcome"]
            for r in sorted(_report(d)["rules"], key=lambda r: r["outcome"] != "failed")[::-1]
        }
        for d in (_read("north-today.ttl"), after)
    ]
    was, now = reports
    failing = {k for k, v in now.items() if v == "failed"}
    assert {(i["id"], i["authority"]) for i in shared["introduced"]} == {
        k for k in failing if was[k] != "failed"
    }
    unchanged = shared["unchanged"]
    assert {(i["id"], i["authority"]) for i in unchanged["stillFailing"]} == {
        k for k in failing if was[k] == "failed"
    }
    counted = len(shared["introduced"]) + len(shared["resolved"])
    counted += len(unchanged["stillFailing"]) + len(unchanged["stillUndecided"])
    counted += unchanged["stillMet"] + unchanged["stillInapplicable"]
    counted += sum(len(shared["otherwise"][k]) for k in OTHERWISE)
    assert counted == len({e.id for e in _pipeline().rulebook.rules})


def _report(description: Description) -> Any:
    from dutygraph.report import build_report

    pipeline = _pipeline()
    return build_report(pipeline.assess(description, Options()), pipeline.rulebook)


def test_an_item_has_reason_clauses_and_facts_as_in_a_report(shared):
    """What is introduced reads as the report after the change reads, what is resolved as the one before."""
    report = _report(_after(_text("share.rdfp")))
    for item in shared["introduced"]:
        (row,) = [r for r in report["rules"] if r["id"] == item["id"]]
        assert item["reason"] == row["reason"].rstrip(".")
        assert (item["facts"], item["clauses"]) == (row["facts"], row["clauses"])
    (resolved,) = shared["resolved"]
    (row,) = [r for r in _report(_read("north-today.ttl"))["rules"] if r["id"] == resolved["id"]]
    assert (resolved["reasonBefore"], resolved["factsBefore"]) == (
        row["reason"].rstrip("."),
        row["facts"],
    )


def test_two_descriptions_do_what_the_patch_does(shared):
    """The change is the same, whether it is given as a patch or as the description after it."""
    after = _after(_text("share.rdfp"))
    written = after.graph.ntriples().replace(
        b"<https://w3id.org/dutygraph/id/example/north-today>", b"<urn:example:proposal>"
    )
    found = _asked(_pipeline().read_one(written, "application/n-triples"))
    assert found["after"]["structure"] == "urn:example:proposal"
    assert len(found["change"]["removed"]) == len(shared["change"]["removed"]) == 2
    assert len(found["change"]["added"]) == len(shared["change"]["added"]) == 11
    for kind in ("introduced", "resolved"):
        assert [i["id"] for i in found[kind]] == [i["id"] for i in shared[kind]]


def test_nothing_changed_is_said():
    """The same description after as before, unnamed nodes and all, is no change."""
    other = _text("north-today.ttl").replace(b"[] a dg:Appointment", b"_:q a dg:Appointment")
    found = _asked(_pipeline().read_one(other, TURTLE))
    assert (found["change"]["removed"], found["change"]["added"]) == ([], [])
    assert found["introduced"] == found["resolved"] == []
    assert any("Nothing is changed" in n for n in found["notes"])


def test_an_authority_of_one_time_only_is_named():
    """Outcomes of an authority that is not described before, or not after, are not left out in silence."""
    one = _text("north-today.ttl")
    both = one.replace(
        b"dg:describes auth:northport", b"dg:describes auth:northport , auth:southport"
    )
    texts = {"before": (both, one), "after": (one, both)}
    for when, (first, second) in texts.items():
        found = what_if(
            _pipeline(),
            _pipeline().read_one(first, TURTLE),
            _pipeline().read_one(second, TURTLE),
            Options(),
        )
        assert any(f"Southport is described only {when} the change" in n for n in found["notes"])


def test_a_change_that_is_not_yet_in_force_is_noted():
    """What begins after the day changes nothing on it; the answer says so, and another day shows it."""
    patch = (
        "A x:second a dg:Designation .\nA x:second dg:designatedPost x:north-deputy .\n"
        "A x:second dg:office code:director-of-childrens-services .\n"
        "A x:second dg:designatedBy <https://w3id.org/dutygraph/id/authority/northport> .\n"
        'A x:second dg:from "2017-04-01"^^<http://www.w3.org/2001/XMLSchema#date> .\n'
    )
    found = _asked(_after(patch))
    assert found["introduced"] == []
    assert any("do not hold on 30 June 2016" in n for n in found["notes"])
    later = _asked(_after(patch), options=Options(as_at=date(2017, 5, 1)))
    assert not any("do not hold" in n for n in later["notes"])


def test_all_is_assessed_on_the_day_before():
    """Where the description after speaks for another day, that before counts, and it is said."""
    later = _text("north-today.ttl").replace(b'"2016-06-30"', b'"2017-06-30"')
    found = _asked(_pipeline().read_one(later, TURTLE))
    assert found["asAt"] == "2016-06-30"
    assert any("30 June 2017" in n for n in found["notes"])


# --- what bears on an outcome ---------------------------------------------------------------------


def _bearing(patch: str, most: int = 60) -> tuple[dict[str, Any], int]:
    """What bears on the failures that a patch introduces, by rule, and how often was assessed."""
    pipeline = _pipeline()
    before, after = _read("north-today.ttl"), _after(patch)
    asked = 0

    def assess(description: Description) -> Any:
        nonlocal asked
        asked += 1
        return pipeline.assess(description, Options())

    from dutygraph.comparing.side_by_side import Compared

    sides = [Compared(pipeline.assess(d, Options()), _report(d)) for d in (before, after)]
    bearing = Bearing(between(before, after), after, assess, most)
    return {i["id"]: bearing.of(i) for i in effects_of(*sides)["introduced"]}, asked


_SECOND = (
    "A x:second a dg:Designation .\nA x:second dg:designatedPost x:north-deputy .\n"
    "A x:second dg:office code:director-of-childrens-services .\n"
    "A x:second dg:designatedBy <https://w3id.org/dutygraph/id/authority/northport> .\n"
)
_ONE = "ca2004-s18-dcs-exactly-one"


def test_what_decides_is_found_among_much_else():
    """Of several changed things, the one without which the outcome is otherwise; a new title is none."""
    patch = _SECOND + 'D x:north-deputy dg:title "Deputy Chief Executive" .\n'
    patch += 'A x:north-deputy dg:title "Deputy" .\n'
    found, _ = _bearing(patch)
    assert (found[_ONE]["how"], found[_ONE]["nodes"]) == ("decides", [X + "second"])
    assert found[_ONE]["removed"] == [] and len(found[_ONE]["added"]) == 4


def test_either_of_two_is_enough_alone():
    """Where each of two changes brings the failure about, undoing one does not undo it."""
    found, _ = _bearing(_SECOND + _SECOND.replace("x:second", "x:third").replace("deputy", "chief"))
    assert found[_ONE]["how"] == "decides-alone"
    assert found[_ONE]["nodes"] == [X + "second", X + "third"]


def test_the_search_is_bounded():
    """No more is tried than is allowed; what was not tried is said to be so."""
    found, asked = _bearing(_SECOND, most=0)
    assert asked == 0
    assert {b["how"] for b in found.values()} == {"not-tried"}
    assert set(HOW) >= {b["how"] for b in found.values()}


def test_bearing_is_borne_out_by_undoing_it(shared):
    """With the statements that decide an outcome put back, it is not what it is."""
    before, after = _read("north-today.ttl"), _after(_text("share.rdfp"))
    change = between(before, after)
    tried = [*shared["introduced"], *shared["resolved"]]
    assert tried
    for item in tried:
        assert item["bearing"]["how"] == "decides"
        for node in item["bearing"]["nodes"]:
            (subject,) = [s for s in change.by_subject if s.value == node]
            undone = redescribed(change.without([subject]), after)
            found = worst_of(_pipeline().assess(undone, Options()), [item["id"]])
            assert found[item["id"], item["authority"]] != item["after"]


# --- partners -------------------------------------------------------------------------------------


def test_a_partner_that_is_not_concerned_is_left_alone(shared):
    """Westport's outcomes are those of its own report, and nothing changes for it."""
    west = shared["partners"][1]
    assert (west["concerned"], west["subjects"]) == (False, [])
    assert west["introduced"] == west["resolved"] == []
    assert west["summary"] == _report(_read("west-today.ttl"))["summary"]


def test_a_partner_keeps_its_own_words(shared):
    """What Southport says before the change is only its own; its director is not Northport's to end."""
    south = shared["partners"][0]
    assert south["concerned"]
    assert {local_name(s) for s in south["subjects"]} == {
        "director",
        "north-line",
        "seat",
        "south-office",
        "urn:dutygraph:unnamed:patch-1",
    }
    (item,) = south["introduced"]
    assert {local_name(f["node"]) for f in item["facts"]} == {"south-own-office", "south-office"}


def test_a_partner_follows_what_it_describes_itself():
    """A partner that has the arrangement in its own description gets the change as its own."""
    from dutygraph.whatif.partners import reached_by

    share = _text("share.rdfp").decode()
    shared_now = _after(share.encode())
    own = _text("south-today.ttl") + (
        b'x:south-office a dg:Designation ; dg:note "as Southport says it" ;'
        b" dg:office code:director-of-childrens-services ; dg:designatedPost x:director ;"
        b' dg:designatedBy auth:southport ; dg:from "2016-01-01"^^xsd:date .\n'
    )
    partner = _pipeline().read_one(own, TURTLE)
    ending = redescribed(
        [t for t in shared_now.graph if local_name(t.subject) != "south-office"], shared_now
    )
    ended = reached_by(between(shared_now, ending), partner)
    assert _said_of("south-office", ended.before) == _said_of("south-office", partner)
    assert _said_of("south-office", ended.after) == set()

    moved = redescribed([_moved(t) for t in shared_now.graph], shared_now)
    followed = reached_by(between(shared_now, moved), partner).after
    said = _said_of("south-office", followed)
    assert {t for t in said if "designatedPost" in t} == {
        f"{X}south-office designatedPost {X}other"
    }
    # What the change does not touch stays as the partner said it.
    assert f"{X}south-office note as Southport says it" in said
    assert f"{X}south-office from 2016-01-01" in said


def _moved(triple: Triple) -> Triple:
    from dutygraph.triples import NamedNode

    if (local_name(triple.subject), local_name(triple.predicate)) == (
        "south-office",
        "designatedPost",
    ):
        return Triple(triple.subject, triple.predicate, NamedNode(X + "other"))
    return triple


def _said_of(name: str, description: Description) -> set[str]:
    return {
        f"{t.subject.value} {local_name(t.predicate)} {t.object.value}"
        for t in description.graph
        if local_name(t.subject) == name
    }


def test_too_many_partners_are_refused():
    """There is a bound on how many descriptions are assessed for one question."""
    with pytest.raises(Problem) as caught:
        _asked(_read("north-today.ttl"), *["west-today.ttl"] * 9)
    assert caught.value.slug == "bad-parameter"


# --- patches --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("patch", "slug", "line", "says"),
    [
        ("A x:a dg:title .\n", "bad-patch", 4, ""),
        ('A x:a dg:title "a"\n', "bad-patch", 4, "full stop"),
        ('A x:a dg:title "a" , "b" .\n', "bad-patch", 4, "one statement"),
        ("\n# a comment\nX x:a x:b x:c .\n", "bad-patch", 6, "A, D"),
        ("A y:a x:b x:c .\n", "bad-patch", 4, "y:"),
        ("PA y <urn:y:> .\nPD y .\nA y:a x:b x:c .\n", "bad-patch", 6, "y:"),
        ("PA broken .\n", "bad-patch", 4, "prefix"),
        ("TX .\nA x:a x:b x:c .\n", "bad-patch", 4, "not closed"),
        ("A x:a x:b x:c .\nTC .\n", "bad-patch", 5, "no TX"),
        ("TX .\nTX .\n", "bad-patch", 5, "another"),
        ("", "bad-patch", None, "changes nothing"),
        ("A _:a x:b [ x:c x:d ] .\n", "bad-patch", 4, "one statement"),
        ("D _:a x:b x:c .\n", "patch-does-not-apply", 4, "IRI"),
        ("D <urn:dutygraph:unnamed:1> x:b x:c .\n", "patch-does-not-apply", 4, "IRI"),
        (
            "D x:north-line dg:superior x:nobody .\n",
            "patch-does-not-apply",
            4,
            "not in the description",
        ),
        ("D x:a dg:title 'a' .\nA x:a dg:title 'a' .\n", "patch-does-not-apply", 4, "not in"),
        ("\nA x:a a dg:Designatoin .\n", "unknown-term", 5, "esignation"),
        (
            "A <https://w3id.org/dutygraph/id/authority/coventry> dg:name 'C' .\n",
            "changes-the-rules",
            4,
            "",
        ),
        ("A x:a a dg:Structure .\n", "several-structures", 4, "one structure"),
        (
            'A x:a dg:on "2017-02-30"^^<http://www.w3.org/2001/XMLSchema#date> .\n',
            "bad-date",
            4,
            "",
        ),
    ],
)
def test_a_patch_that_cannot_be_used_says_where(patch, slug, line, says):
    """A fault in a patch is told with its line in the patch and with what to do."""
    with pytest.raises(Problem) as caught:
        _after(patch)
    assert (caught.value.slug, caught.value.line) == (slug, line)
    assert says in caught.value.detail


def test_rows_are_applied_in_their_order():
    """What a patch adds it may delete again, and what was aborted is not done."""
    patch = (
        "A x:a dg:title 'a' .\nD x:a dg:title 'a' .\n"
        "TX .\nA x:b dg:title 'b' .\nTA .\nTX .\nA x:c dg:title 'c' .\nTC .\n"
    )
    before, after = set(_read("north-today.ttl").graph), set(_after(patch).graph)
    assert before < after
    assert [local_name(t.subject) for t in after - before] == ["c"]


def test_unnamed_nodes_of_a_patch_share_their_label():
    """One label is one node in all of a patch, and none of the description's own."""
    after = _after("A _:b1 dg:subordinate x:director .\nA _:b1 dg:superior x:north-chief .\n")
    new = set(after.graph) - set(_read("north-today.ttl").graph)
    assert len({t.subject for t in new}) == 1
    assert not {t.subject for t in new} & {t.subject for t in _read("north-today.ttl").graph}


def test_a_patch_is_bounded():
    """A patch has no more rows and bytes than a description has statements and bytes."""
    rows = b"A <urn:a:a> <urn:a:b> <urn:a:c> .\n" * 3
    assert len(read_patch(rows)) == 3
    for limits in (replace(Limits(), statements=2), replace(Limits(), bytes=10)):
        with pytest.raises(Problem) as caught:
            read_patch(rows, limits)
        assert caught.value.slug == "too-large"


def test_many_prefixes_and_many_rows_are_read_in_time():
    """A row is read with the prefixes that it has, so that a small patch takes no minutes."""
    declared = "".join(f"PA p{n}: <urn:p{n}:> .\n" for n in range(3000))
    rows = "".join(f"A p{n}:a p1:b p2:c .\n" for n in range(3000))
    began = time.process_time()
    read = read_patch((declared + rows).encode())
    assert time.process_time() - began < 5
    assert str(read[2999].triple) == "<urn:p2999:a> <urn:p1:b> <urn:p2:c>"


def test_the_example_in_a_message_is_a_row():
    """What the message shows as a row is read as one, without a prefix being declared first."""
    with pytest.raises(Problem) as caught:
        read_patch(b"PA dg .\n")
    assert ".." not in caught.value.detail
    example = caught.value.detail.split("A row looks like this: ")[1]
    assert [row.adds for row in read_patch(example.encode())] == [True]


def test_a_patch_not_in_utf8_says_where():
    """A byte that is no text is refused with its line."""
    with pytest.raises(Problem) as caught:
        read_patch(b"# ok\nA <urn:a:a> <urn:a:b> '\xff' .\n")
    assert (caught.value.slug, caught.value.line) == ("bad-patch", 2)


def test_what_is_written_is_read_again():
    """A change written as a patch and read is the same change, whatever its literals hold."""
    text = (
        b'@prefix x: <urn:x:> . x:a x:b \'line\\nbreak\' , "quote\\" and \\\\"@en , 1.5 ; x:c x:d-e .'
        b" x:f x:g x:h ."
    )
    triples = [q.triple for q in parse_quads(text, RdfFormat.TURTLE)]
    removed, added = triples[:2], triples[2:]
    rows = read_patch(write_patch(removed, added, {"x": "urn:x:"}).encode())
    assert {r.triple for r in rows if not r.adds} == set(removed)
    assert {r.triple for r in rows if r.adds} == set(added)


def test_applying_the_difference_gives_what_is_after():
    """The change between two descriptions, written as a patch and applied to the first, is the second."""
    before = _read("north-today.ttl")
    after = _pipeline().read_one(
        _text("north-today.ttl").replace(
            b"dg:superior x:north-chief", b"dg:superior x:north-deputy"
        ),
        TURTLE,
    )
    change = between(before, after)
    patch = write_patch(change.removed, change.added, _pipeline().rulebook.prefix_map)
    again = after_patch(_pipeline(), before, patch.encode())
    assert set(again.graph) == set(after.graph)
    assert Graph(again.graph).ntriples() == Graph(after.graph).ntriples()


# --- forms ----------------------------------------------------------------------------------------


def test_the_text_is_the_expected_one(shared):
    """The whole answer as text, but for its last part, which names versions."""
    said = what_if_forms.what_if_as_text(shared).decode().partition("About this answer")[0]
    assert said == (HERE / "share.txt").read_text(encoding="utf-8")


def test_the_table_has_a_row_for_each_effect(shared):
    """Every item of every list of the council and its partners is a row; the bearing is signed."""
    rows = list(csv.DictReader(io.StringIO(what_if_forms.what_if_as_csv(shared).decode())))
    for about, effects in (
        ("Northport today", shared),
        *((p["title"], p) for p in shared["partners"]),
    ):
        counted = sum(len(items) for _, items in what_if_forms.groups_of(effects))
        assert len([r for r in rows if r["about"] == about]) == counted
    (first,) = [r for r in rows if r["effect"] == "introduced" and "first-tier" in r["id"]]
    assert "- <" in first["bearing"] and "+ <" in first["bearing"]


def test_the_page_escapes_and_explains(shared):
    """The page names councils and rules, links rules where it may, and runs nothing of a title's."""
    page = as_html.what_if_page(shared, stylesheet="/static/style.css", rules_at="/rules/").decode()
    assert 'href="/rules/dcsg-first-tier-officer"' in page and "Southport today" in page
    hostile = _text("north-today.ttl").replace(b"Northport today", b"<script>alert(1)</script>")
    found = _asked(_pipeline().read_one(hostile, TURTLE))
    assert "<script>" not in as_html.what_if_page(found).decode()


def test_the_answer_is_the_same_twice(shared):
    """Two runs give the same bytes."""
    again = _asked(_after(_text("share.rdfp")), "south-today.ttl", "west-today.ttl")
    assert what_if_forms.what_if_as_json(again) == what_if_forms.what_if_as_json(shared)


def test_a_failure_is_counted_by_its_severity(shared):
    """What is introduced is a warning here and a violation for the partner."""
    assert not failures_in(shared["introduced"], "violation")
    assert failures_in(shared["introduced"], "warning")
    assert failures_in(shared["partners"][0]["introduced"], "violation")


# --- the command line -----------------------------------------------------------------------------


def _run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "dutygraph", "what-if", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=Path(cli.__file__).parents[2],
        timeout=120,
    )


def test_the_command_takes_a_patch_and_partners(shared):
    """`what-if BEFORE --patch PATCH --partner FILE` gives the answer; the partner's breach is exit code 1."""
    done = _run(
        HERE / "north-today.ttl",
        "--patch",
        HERE / "share.rdfp",
        "--partner",
        HERE / "south-today.ttl",
        "--partner",
        HERE / "west-today.ttl",
        "--format",
        "json",
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert json.loads(done.stdout) == json.loads(json.dumps(shared))


def test_the_command_takes_two_files():
    """`what-if BEFORE AFTER` is 0 where nothing is introduced; a patch on stdin works as well."""
    same = HERE / "north-today.ttl"
    assert _run(same, same).returncode == 0
    done = _run(same, "--patch", "-", stdin=_text("share.rdfp"))
    assert done.returncode == 0 and b"Northport" in done.stdout
    assert _run(same, "--patch", HERE / "share.rdfp", "--fail-on", "warning").returncode == 1


def test_wrong_use_is_told(tmp_path):
    """Neither or both of AFTER and --patch, and a patch that does not fit, are exit code 2."""
    same = HERE / "north-today.ttl"
    for arguments in ((same,), (same, same, "--patch", HERE / "share.rdfp")):
        done = _run(*arguments)
        assert done.returncode == 2 and b"either AFTER or --patch" in done.stderr
    patch = tmp_path / "no-such.rdfp"
    patch.write_text("A <urn:a:a> <urn:a:b> 'c' .\nD <urn:a:x> <urn:a:b> 'c' .\n")
    done = _run(same, "--patch", patch)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"no-such.rdfp, line 2: " in done.stderr
