"""Reports that can be checked: what they name, whether they hold, and what has changed if not."""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dutygraph import cli
from dutygraph.agreement import compare_engines
from dutygraph.description import canonical_hash
from dutygraph.errors import Problem
from dutygraph.pipeline import Options, Pipeline
from dutygraph.renderings import RENDERINGS
from dutygraph.renderings.verification_forms import verification_as_text
from dutygraph.triples import RdfFormat, parse_quads, serialize
from dutygraph.verifying import verify

TURTLE = "text/turtle"
HERE = Path(__file__).parent
TODAY = (HERE / "comparison" / "today.ttl").read_bytes()
UNNAMED = b"""
x:today dg:note "with somebody unnamed" .
[] a dg:Appointment ; dg:appointee [ dg:title "a person" ] ; dg:appointedTo x:people .
"""


@cache
def _pipeline() -> Pipeline:
    return Pipeline.load()


def _report(data: bytes = TODAY, **options: Any) -> Any:
    return json.loads(json.dumps(_pipeline().report(data, TURTLE, Options(**options))))


def _verified(report: Any, data: bytes = TODAY, media_type: str = TURTLE) -> Any:
    return verify(_pipeline(), report, data, media_type)


def _hash(data: bytes, media_type: str = TURTLE) -> str | None:
    (description,) = _pipeline().read(data, media_type)
    return canonical_hash(description)


# --- what a report names ---------------------------------------------------------------------------


def test_equal_data_have_one_hash() -> None:
    """Another syntax, another order and other names of unnamed nodes give the same hash."""
    data = TODAY + UNNAMED
    triples = [q.triple for q in parse_quads(data, RdfFormat.TURTLE)]
    expected = _hash(data)
    assert expected and expected.startswith("sha256:") and len(expected) == 71
    for order in (triples, triples[::-1]):
        written = serialize(order, RdfFormat.N_TRIPLES, {})
        assert _hash(written, "application/n-triples") == expected
    renamed = serialize(triples, RdfFormat.N_TRIPLES, {}).replace(b"_:", b"_:other")
    assert _hash(renamed, "application/n-triples") == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Director of People", b"Director of Person"),
        (b"para:2.1", b"para:2.2"),
        (b'[ dg:title "a person" ]', b"x:person"),
    ],
)
def test_other_data_have_another_hash(old: bytes, new: bytes) -> None:
    """A word, a paragraph, and a name for somebody unnamed are differences."""
    data = TODAY + UNNAMED
    assert old in data
    assert _hash(data.replace(old, new)) != _hash(data)


def test_too_many_unnamed_nodes_are_not_hashed() -> None:
    """Canonicalisation may take for ever over unnamed nodes: beyond a number there is no hash (S26)."""
    many = TODAY + b"".join(b'[] dg:title "one of many %d" .\n' % n for n in range(600))
    assert _hash(many) is None
    assert _report(many)["data"]["hash"] is None
    assert "data" in _verified(_report(many), many)["unknown"]


def test_unnamed_nodes_that_take_too_long_are_not_hashed() -> None:
    """Few that look alike and hang together may take as long: what partners refuse has no hash (S26)."""
    poison = TODAY + b"".join(
        b"_:r%d dct:relation [ dct:relation [] ] .\n" % root for root in range(2) for _ in range(9)
    )
    start = time.monotonic()
    assert _hash(poison) is None
    assert time.monotonic() - start < 2


def test_every_form_of_a_report_says_what_it_rests_on() -> None:
    """JSON names the four; RDF, text and page carry the hash of the data."""
    report = _report()
    assert report["data"]["hash"] == _hash(TODAY)
    assert report["rulebook"]["hash"].startswith("sha256:") and report["engine"]
    for name in ("turtle", "text", "html", "json"):
        assert report["data"]["hash"].encode() in RENDERINGS[name].render([report]), name


# --- whether it holds ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"assume_complete": True},
        pytest.param({"engine": "reference"}, marks=pytest.mark.long),
    ],
    ids=str,
)
def test_a_report_of_today_holds(options: Any) -> None:
    """What was assessed one way is assessed the same way again."""
    found = _verified(_report(**options))
    assert found["holds"] and not found["changed"] and not found["unknown"]


@pytest.mark.long
def test_a_report_of_both_engines_is_checked_with_both() -> None:
    """It names two engines, and none of them has changed; an older one of the two is told."""
    by_engine = [_report(), _report(engine="reference")]
    both = compare_engines(*by_engine)
    found = _verified(both)
    assert found["holds"] and not found["changed"] and not found["unknown"]
    older = _verified(both | {"engine": both["engine"].replace("pySHACL 0.4", "pySHACL 0.1")})
    assert older["holds"] and [c["what"] for c in older["changed"]] == ["engine"]


def test_the_same_data_in_another_syntax_still_hold() -> None:
    """The report of a Turtle file holds for the same statements in N-Triples, upside down."""
    triples = [q.triple for q in parse_quads(TODAY, RdfFormat.TURTLE)][::-1]
    written = serialize(triples, RdfFormat.N_TRIPLES, {})
    found = _verified(_report(), written, "application/n-triples")
    assert found["holds"] and not found["changed"]


def test_changed_data_are_named_with_the_outcomes_that_they_change() -> None:
    """One designation less: the data have changed, and so has exactly what rests on it."""
    lines = TODAY.split(b"x:families-designation")
    end = lines[1].index(b" .") + 2
    fewer = lines[0] + lines[1][end:]
    found = _verified(_report(), fewer)
    assert not found["holds"]
    assert [c["what"] for c in found["changed"]] == ["data"]
    changed = {d["rule"]: (d["then"], d["now"]) for d in found["differences"]}
    assert changed["ca2004-s18-dcs-exactly-one"] == ("failed", "passed")


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("rulebook", "version"), "0.0.1", "rulebook"),
        (("rulebook", "hash"), "sha256:" + 64 * "0", "rulebook"),
        (("rulebook", "lawAsAt"), "2025-01-01", "law"),
        (("engine",), "shifty 0.0.1", "engine"),
        (("data", "hash"), "sha256:" + 64 * "0", "data"),
    ],
)
def test_each_of_the_four_is_named_where_it_changed(
    path: tuple[str, ...], value: str, what: str
) -> None:
    """A report that names another one still holds where the outcomes are the same, and says which."""
    report = _report()
    inner = report
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    found = _verified(report)
    assert found["holds"]
    assert [(c["what"], value in c["then"]) for c in found["changed"]] == [(what, True)]


def test_an_altered_report_does_not_hold() -> None:
    """An outcome that somebody changed is found, and nothing else is blamed."""
    report = _report()
    row = next(r for r in report["rules"] if r["outcome"] == "failed")
    row["outcome"] = "passed"
    found = _verified(report)
    assert not found["holds"] and not found["changed"]
    (difference,) = found["differences"]
    assert (difference["rule"], difference["then"], difference["now"]) == (
        row["id"],
        "passed",
        "failed",
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("findings", []),
        ("conforms", True),
        ("breaches", 0),
        ("undecided", 0),
        ("summary", {"passed": 200}),
        ("assessed", False),
    ],
)
def test_what_people_read_first_cannot_be_altered(key: str, value: Any) -> None:
    """A breach that was left out of the findings or the counts is missed, though every row is there."""
    report = _report()
    assert report[key] != value
    found = _verified(report | {key: value})
    assert not found["holds"] and not found["differences"] and found["otherwise"] == [key]
    assert b"not what the report says" in verification_as_text(found).lower()


def test_the_words_and_the_weight_of_a_finding_cannot_be_altered() -> None:
    """Another message, or a breach that has become a departure, is found."""
    for key, value in (("message", "All is well."), ("kind", "departure"), ("severity", "info")):
        report = _report()
        report["findings"][0][key] = value
        assert _verified(report)["otherwise"] == ["findings"]


def test_an_older_report_says_what_it_does_not_name() -> None:
    """A report without hashes is checked, with what cannot be told."""
    report = _report()
    del report["data"], report["rulebook"]["hash"]
    found = _verified(report)
    assert found["holds"] and found["unknown"] == ["data", "rulebook"]


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda r: [],
        lambda r: {k: v for k, v in r.items() if k != "rules"},
        lambda r: r | {"rules": ["passed"]},
        lambda r: r | {"findings": ["none"]},
        lambda r: r | {"verdict": ["breaches"]},
        lambda r: r | {"rules": [r["rules"][0] | {"outcome": {"a": 1}}]},
        lambda r: r | {"asAt": "24/1/2017"},
        lambda r: r | {"structure": "https://example.org/another"},
    ],
)
def test_what_is_no_report_of_these_data_is_refused(spoilt: Any) -> None:
    """Another value, half a report, a bad day and a report of something else are told apart."""
    with pytest.raises(Problem) as refused:
        _verified(spoilt(_report()))
    assert refused.value.slug == "bad-report"


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A report and its data."""
    report, data = tmp_path / "report.json", tmp_path / "today.ttl"
    data.write_bytes(TODAY)
    report.write_text(json.dumps(_report()), encoding="utf-8")
    return report, data


def test_the_command_says_that_it_holds(files: tuple[Path, Path], capfdbinary: Any) -> None:
    """Exit code 0 and a sentence; JSON on request."""
    report, data = map(str, files)
    assert cli.run(["verify", report, data]) == 0
    assert capfdbinary.readouterr().out.startswith(b"The report holds")
    assert cli.run(["verify", report, data, "--format", "json"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["holds"] is True


def test_the_command_says_what_is_otherwise(files: tuple[Path, Path], capfdbinary: Any) -> None:
    """Exit code 1, the verdicts, and each outcome with its reason, in words."""
    report, data = files
    data.write_bytes(TODAY.replace(b"x:families a org:Post", b"x:families-2 a org:Post"))
    report.write_text(report.read_text().replace('"breaches"', '"conforms"', 1))
    assert cli.run(["verify", str(report), str(data)]) == 1
    out = capfdbinary.readouterr().out.decode()
    assert "does not hold any more" in out and "the data: then" in out


@pytest.mark.parametrize("text", ["", "{", "[]", "[1, 2]", "3"])
def test_the_command_refuses_what_is_no_report(
    text: str, files: tuple[Path, Path], capfdbinary: Any
) -> None:
    """Exit code 2, nothing on stdout, and the file's name."""
    report, data = files
    report.write_text(text)
    assert cli.run(["verify", str(report), str(data)]) == 2
    captured = capfdbinary.readouterr()
    assert captured.out == b"" and b"report.json" in captured.err
