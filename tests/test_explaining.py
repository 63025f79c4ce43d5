"""What is said of the rulebook itself: every candidate is an entry, is explained, and changes are found."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from dutygraph.entries import KINDS, Entry
from dutygraph.explaining import changes_between, coverage_map, explain, may_bind_on
from dutygraph.explaining.demonstrations import demonstrations_of, one_per_outcome
from dutygraph.renderings.as_html import coverage_page
from dutygraph.renderings.coverage_forms import coverage_as_text
from dutygraph.rulebook import Rulebook
from dutygraph.terms import BASE, DCT, DG
from dutygraph.triples import Graph, NamedNode, Triple

CANDIDATES = [
    line
    for line in (Path(__file__).parent / "candidates.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
ENTRIES = Rulebook.load().entries
RULES = [e for e in ENTRIES if e.kind == "rule"]


def _id(entry: Entry) -> str:
    return entry.id


# --- every candidate --------------------------------------------------------------------------------


def test_every_candidate_is_an_entry() -> None:
    """Each of the 166 duties looked at became a rule, an inference, a check or a duty left to people."""
    assert len(CANDIDATES) == 166
    assert set(CANDIDATES) <= {e.id for e in ENTRIES}
    assert {e.kind for e in ENTRIES} == set(KINDS)


@pytest.mark.parametrize("entry", ENTRIES, ids=_id)
def test_every_entry_says_what_a_reader_must_know(entry: Entry, rulebook: Rulebook) -> None:
    """An entry has dates, whom it binds, clauses with an address, and how far it is checked."""
    said = explain(rulebook, entry)
    assert said["inForce"].startswith("in force ")
    assert said["binds"] and all(said["binds"])
    assert said["clause"] and all(c["url"].startswith("http") for c in said["clause"])
    assert said["verification"]["checkedAgainst"] and said["howToDispute"]
    for version in said["clauseVersions"]:
        assert re.search(r"/\d{4}-\d\d-\d\d$", version["url"]), version


@pytest.mark.parametrize("entry", RULES, ids=_id)
def test_every_rule_shows_its_shapes_and_an_example_of_each_outcome(
    entry: Entry, rulebook: Rulebook
) -> None:
    """A rule's page has the shape of every part as it is written, and one example for every outcome."""
    said = explain(rulebook, entry)
    for part in said["parts"]:
        assert part["turtle"].startswith(f"rule:{part['shape'].rsplit('/', 1)[1]} a sh:")
        assert part["turtle"].endswith(".")
    shown = {o for e in demonstrations_of(entry.id) for o in e["outcomes"]}
    assert {"passed", "failed", "cantTell"} <= shown
    # An example whose councils fare differently shows no single outcome.
    assert set(one_per_outcome(entry.id)) <= shown | {"inferred"}
    assert one_per_outcome(entry.id)


# --- what the law changed -----------------------------------------------------------------------------


def test_the_changes_of_a_day_are_found_on_that_day_alone(rulebook: Rulebook) -> None:
    """On 1 January 2008 directors became a duty; the day before and the day after know nothing of it."""
    day = date(2008, 1, 1)
    before, on, after = (
        {r for c in changes_between(rulebook, d - timedelta(1), d) for r in c.rules}
        for d in (day - timedelta(1), day, day + timedelta(1))
    )
    assert "ca2004-s18-dcs-appointed" in on
    assert "ca2004-s18-dcs-appointed" not in before | after


def test_every_beginning_and_end_is_a_change(rulebook: Rulebook) -> None:
    """Over all time, each date of an entry, a value and a switch is told once."""
    changes = changes_between(rulebook, date(1200, 1, 1), date(2900, 1, 1))
    told = {(c.kind, c.about, c.day) for c in changes}
    for entry in rulebook.entries:
        for kind, day in (("begins", entry.in_force_from), ("ends", entry.in_force_to)):
            if day:
                assert (kind, entry.iri.value, day.isoformat()) in told
    switches = [c for c in changes if c.kind == "switch"]
    assert len(switches) == 2 * len(rulebook.graph.instances(DG.AreaSwitch))


def test_what_changed_between_two_days_explains_the_difference_of_their_lists(
    rulebook: Rulebook,
) -> None:
    """Rules that bind on one of two days only are among the rules that changed between them."""
    for first, second in (
        (date(2007, 6, 1), date(2009, 6, 1)),
        (date(2012, 1, 1), date(2021, 1, 1)),
    ):
        lists = [
            {e.id for e in rulebook.entries if may_bind_on(rulebook, e, d)} for d in (first, second)
        ]
        told = {r for c in changes_between(rulebook, first, second) for r in c.rules}
        # A rule whose first day is not known may bind from the earliest possible day on.
        doubtful = {e.id for e in rulebook.entries if e.in_force_from_earliest}
        assert (lists[0] ^ lists[1]) - doubtful <= told


# --- the coverage map -----------------------------------------------------------------------------------


def test_the_coverage_map_holds_every_entry_and_why_some_are_not_tested(rulebook: Rulebook) -> None:
    """Every entry is on the map once; whoever is left to people has a reason and someone who decides."""
    covered = coverage_map(rulebook)
    assert [e["id"] for e in covered["entries"]] == [e.id for e in rulebook.entries]
    assert sum(covered["summary"].values()) == len(rulebook.entries)
    for entry in covered["entries"]:
        assert (
            bool(entry["why"]) == (entry["kind"] == "untestedDuty") == bool(entry["decidedInstead"])
        )


def test_the_coverage_map_lists_clauses_that_no_rule_covers(rulebook: Rulebook) -> None:
    """A provision that a document quotes and no tested rule cites is on the map; a tested one is not."""
    uncovered = {c["iri"] for c in coverage_map(rulebook)["clauses"]}
    tested = {c.iri for e in RULES for c in e.clauses}
    assert not uncovered & tested
    extra = Graph(rulebook.graph)
    for line in (
        "http://www.legislation.gov.uk/id/ukpga/1998/37/section/17",
        "http://www.legislation.gov.uk/id/ukpga/2004/31/section/18",
    ):
        extra.add(_citation(line))
    seen = {c["iri"]: c["citedBy"] for c in coverage_map(Rulebook(extra))["clauses"]}
    assert seen["http://www.legislation.gov.uk/id/ukpga/1998/37/section/17"] == ["source 900/1"]
    assert "http://www.legislation.gov.uk/id/ukpga/2004/31/section/18" not in seen


def _citation(clause: str) -> Triple:
    return Triple(NamedNode(BASE + "id/source/900/1"), DCT.references, NamedNode(clause))


def test_the_coverage_map_can_be_read_and_browsed(rulebook: Rulebook) -> None:
    """The text and the page hold every entry, and the page needs no other file."""
    covered = coverage_map(rulebook)
    text, page = coverage_as_text(covered).decode(), coverage_page(covered).decode()
    for entry in covered["entries"]:
        assert entry["id"] in text and entry["id"] in page
    assert "<script" not in page and "default-src 'none'" in page
