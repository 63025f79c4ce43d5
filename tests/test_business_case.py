"""Source document 003, the business case of February 2013: what each structure comes to on its day.

What is expected stands in `business-case/`, read beside the report: `verdicts.tsv` counts the outcomes of
each structure, `outcomes.tsv` has every rule that is met or not met with the paragraphs on which that rests,
and `doubts.tsv` what the authors themselves hold to be at risk or met on conditions. What is in none of them
cannot be told or does not apply.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dutygraph.pipeline import Options, Pipeline
from dutygraph.rooms import room

FOLDER = room("data") / "documents" / "003"
EXPECTED = Path(__file__).parent / "business-case"
OUTCOMES = ("passed", "failed", "cantTell", "inapplicable", "untested")
SOURCES = "https://w3id.org/dutygraph/id/"
Row = tuple[str, ...]


def expected(name: str) -> list[dict[str, str]]:
    """The rows of a table that a person has read."""
    with (EXPECTED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def lines(name: str, structure: str) -> set[Row]:
    """The rows of a table for one structure, without its name."""
    return {tuple(row.values())[1:] for row in expected(name) if row["structure"] == structure}


STRUCTURES = [row["structure"] for row in expected("verdicts.tsv")]
by_structure = pytest.mark.parametrize("structure", STRUCTURES)


@cache
def _pipeline() -> Pipeline:
    return Pipeline.load()


@cache
def report(structure: str) -> dict[str, Any]:
    """The report on one structure, on its own day."""
    path = FOLDER / f"{structure}.ttl"
    return _pipeline().report(path.read_bytes(), "text/turtle", Options())


def _name(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]


def _places(facts: list[dict[str, Any]]) -> str:
    """The paragraphs of the report, or the register, on which facts rest."""
    found = {place.removeprefix(SOURCES) for fact in facts for place in fact["sources"]}
    return " ".join(sorted(place.removeprefix("source/003/") for place in found))


def _together(rows: dict[Row, set[str]], at: int) -> set[Row]:
    """Rows in which councils to which the same happens stand together, in one column."""
    return {(*key[:at], " ".join(sorted(councils)), *key[at:]) for key, councils in rows.items()}


def decided(structure: str) -> set[Row]:
    """Rule, councils, about what, outcome, basis and places of whatever is met or not met."""
    rows: dict[Row, set[str]] = defaultdict(set)
    for row in report(structure)["rules"]:
        if row["outcome"] in ("passed", "failed"):
            about = _name(row["subject"] or "")
            # A subject of each council's own is told apart by its council alone.
            about = about.removeprefix(_name(row["authority"]) + "-")
            key = (row["id"], about, row["outcome"], row["basis"], _places(row["facts"]))
            rows[key].add(_name(row["authority"]))
    return _together(rows, 1)


def doubts(structure: str) -> set[Row]:
    """Rule, councils and places of every claim that a rule is at risk or met on conditions."""
    rows: dict[Row, set[str]] = defaultdict(set)
    for finding in report(structure)["findings"]:
        if finding["severity"] == "warning":
            rows[(finding["rule"], _places(finding["facts"]))].add(_name(finding["authority"]))
    return _together(rows, 1)


def test_every_structure_of_the_report_is_here() -> None:
    """The table of verdicts names each description of the folder once."""
    described = [
        p.stem for p in FOLDER.glob("*.ttl") if " a dg:Structure ;" in p.read_text("utf-8")
    ]
    assert sorted(STRUCTURES) == sorted(described)


@by_structure
def test_the_verdict_and_what_it_counts(structure: str) -> None:
    """No structure breaks a duty, and of none can all be told: the report compares options."""
    (row,) = [r for r in expected("verdicts.tsv") if r["structure"] == structure]
    counts = Counter(r["outcome"] for r in report(structure)["rules"])
    found = [report(structure)["verdict"], *(str(counts[outcome]) for outcome in OUTCOMES)]
    assert found == [row["verdict"], *(row[outcome] for outcome in OUTCOMES)]


@by_structure
def test_what_is_met_and_on_what_it_rests(structure: str) -> None:
    """Every rule that is decided, for each council, with its basis and places; nothing else is."""
    assert decided(structure) == lines("outcomes.tsv", structure)


@by_structure
def test_what_the_authors_doubt(structure: str) -> None:
    """A claim of the authors that something is at risk, or met on conditions, is a warning at its rule."""
    assert doubts(structure) == lines("doubts.tsv", structure)


def test_one_council_is_told_as_the_others_are() -> None:
    """The report speaks of its three councils together: a rule is decided for all of them or for none."""
    for structure in (s for s in STRUCTURES if s.startswith("model-")):
        councils: dict[str, set[str]] = defaultdict(set)
        for rule, names, *_ in decided(structure):
            councils[rule] |= set(names.split())
        assert {len(names) for names in councils.values()} == {3}, structure


def test_a_claim_decides_only_what_its_author_says() -> None:
    """Whatever is met by claim alone rests on Appendix C, where the authors go through the test."""
    claimed = [row for row in expected("outcomes.tsv") if row["basis"] == "claimed"]
    assert claimed
    assert all(any(p.startswith("c-") for p in row["places"].split()) for row in claimed)


@pytest.mark.parametrize(
    ("structure", "council", "other", "outcome"),
    [
        # The agreement names the two directors; nothing says that it covers the Chief Executive.
        ("tri-borough-2013", "hammersmith-and-fulham", "kensington-and-chelsea", "cantTell"),
        ("tri-borough-2013", "kensington-and-chelsea", "hammersmith-and-fulham", "cantTell"),
        ("tri-borough-2013", "westminster", "kensington-and-chelsea", "passed"),
        # Under which power the Joint Director serves both is not said.
        ("richmond-and-kingston-2013", "kingston-upon-thames", "richmond-upon-thames", "cantTell"),
        # The authors say that section 113 allows it, not that an agreement under it is made.
        ("model-3b", "darlington", "hartlepool", "cantTell"),
        ("model-4", "darlington", "redcar-and-cleveland", "cantTell"),
    ],
)
def test_the_agreement_for_a_shared_officer(
    structure: str, council: str, other: str, outcome: str
) -> None:
    """Section 113 is asked for each pair of councils, and for every post that the two share."""
    found = [
        row["outcome"]
        for row in report(structure)["rules"]
        if row["id"] == "lga1972-s113-agreement-exists"
        and (_name(row["authority"]), _name(row["subject"])) == (council, other)
    ]
    assert found == [outcome]


def test_a_director_who_leads_for_a_borough_has_further_functions() -> None:
    """In Model 2 each director also leads for one council, which the guidance asks to weigh."""
    rule = "dcsg-additional-functions-due-consideration"
    for structure in STRUCTURES:
        asked = {r["outcome"] for r in report(structure)["rules"] if r["id"] == rule}
        shared = structure.startswith(("model-3", "tri-", "richmond", "teeswide"))
        assert asked == ({"inapplicable"} if shared else {"cantTell"}), structure
