"""Options side by side: what each changes, what is counted, scored and promised, in every form.

The invented options stand in `tests/comparison/` with what is expected of them as tables.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dutygraph import cli
from dutygraph.comparing import CHANGES, compare, exit_code
from dutygraph.comparing.counting import Measures
from dutygraph.errors import Problem
from dutygraph.pipeline import Options, Pipeline
from dutygraph.renderings import as_html, comparison_forms
from dutygraph.rooms import room
from dutygraph.rulebook import Rulebook
from dutygraph.terms import CODE, DG, SKOS
from dutygraph.triples import local_name

HERE = Path(__file__).parent / "comparison"
INVENTED = ("today", "shared", "shared-carefully")
MODELS = ("0", "1", "2a", "2b", "2c", "3a", "3b", "4")
TURTLE = "text/turtle"


@cache
def _pipeline() -> Pipeline:
    return Pipeline.load()


def _compared(
    texts: list[bytes], baseline: str | None = None, options: Options | None = None
) -> Any:
    described = [d for text in texts for d in _pipeline().read(text, TURTLE)]
    return compare(_pipeline(), described, options or Options(), baseline)


def _text(name: str) -> bytes:
    return (HERE / f"{name}.ttl").read_bytes()


@pytest.fixture(scope="module")
def invented() -> Any:
    """The invented options against the first of them."""
    return _compared([_text(name) for name in INVENTED])


@pytest.fixture(scope="module")
def models() -> Any:
    """The eight models of source 003 against Model 0."""
    folder = room("data") / "documents" / "003"
    return _compared([(folder / f"model-{m}.ttl").read_bytes() for m in MODELS])


def _expected(name: str) -> list[list[str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t"))


# --- what each option changes -----------------------------------------------------------------------


def test_every_change_of_the_invented_options_is_told(invented):
    """Introduced, resolved, left, raised and met, rule by rule and council by council: no more."""
    told = [
        [local_name(change["structure"]), kind, item["id"], local_name(item["authority"])]
        for change in invented["changes"]
        for kind in CHANGES
        for item in change[kind]
    ]
    assert told == _expected("changes.tsv")


def test_the_same_rules_on_the_same_day(invented):
    """A row for each rule and council, an outcome in it for each option, worst over its subjects."""
    keys = [(r["id"], r["authority"]) for r in invented["rows"]]
    assert keys == sorted(set(keys))
    rules = {e.id for e in _pipeline().rulebook.rules}
    assert {k[0] for k in keys} == rules and len(keys) == 2 * len(rules)
    structures = [o["structure"] for o in invented["options"]]
    for row in invented["rows"]:
        assert [c["structure"] for c in row["outcomes"]] == structures
        assert row["differs"] == (len({c["outcome"] for c in row["outcomes"]}) > 1)
    (row,) = [
        r
        for r in invented["rows"]
        if r["id"] == "lgha-s5-mo-not-cfo" and local_name(r["authority"]) == "northport"
    ]
    first = row["outcomes"][0]
    assert first["outcome"] == "failed"
    assert [f["source"].rsplit("/", 1)[-1] for f in first["facts"]] == ["1.2", "1.2"]


def test_options_agree_with_their_own_reports(invented):
    """An option's outcomes are those of its report on the same day; nothing is assessed otherwise."""
    for name, option in zip(INVENTED, invented["options"], strict=True):
        report = _pipeline().report(_text(name), TURTLE, Options())
        assert (option["verdict"], option["summary"]) == (report["verdict"], report["summary"])


def test_another_baseline_turns_the_changes_round():
    """What an option resolves against today, today introduces against the option."""
    turned = _compared([_text("today"), _text("shared-carefully")], "shared-carefully")
    (change,) = turned["changes"]
    assert change["structure"].endswith("/today")
    assert [i["id"] for i in change["introduces"]] == ["ca2004-s18-dcs-exactly-one"]
    assert [i["id"] for i in change["leaves"]] == ["lgha-s5-mo-not-cfo"]
    assert not change["resolves"] and {i["id"] for i in change["drops"]}


def test_all_options_are_assessed_on_the_day_of_the_baseline():
    """Where the options speak for other days, the baseline's counts, and the comparison says so."""
    later = _text("shared").replace(b'"2016-06-30"', b'"2017-06-30"')
    both = _compared([_text("today"), later])
    assert both["asAt"] == "2016-06-30"
    assert any("30 June 2017" in note for note in both["notes"])
    asked = _compared([_text("today"), later], options=Options(as_at=date(2018, 1, 1)))
    assert asked["asAt"] == "2018-01-01"


def test_an_authority_that_an_option_leaves_out_is_not_judged():
    """Its cell is empty, it counts as no change, and a note names it."""
    alone = _text("shared").replace(
        b"dg:describes auth:northport , auth:southport", b"dg:describes auth:northport"
    )
    both = _compared([_text("today"), alone])
    empty = [r for r in both["rows"] if local_name(r["authority"]) == "southport"]
    assert empty and all(r["outcomes"][1]["outcome"] is None for r in empty)
    assert not any(
        local_name(item["authority"]) == "southport"
        for change in both["changes"]
        for kind in CHANGES
        for item in change[kind]
    )
    assert any("Not every option describes Southport" in note for note in both["notes"])


@pytest.mark.parametrize(
    ("names", "baseline", "slug", "says"),
    [
        (["today"], None, "bad-parameter", "two or more"),
        (["today", "today"], None, "several-structures", "given twice"),
        (["today", "shared"], "tomorrow", "bad-parameter", "none of the structures"),
    ],
)
def test_what_cannot_be_compared_is_explained(names, baseline, slug, says):
    """One structure, a structure twice and a baseline that is none of them are refused."""
    with pytest.raises(Problem, match=says) as refused:
        _compared([_text(name) for name in names], baseline)
    assert refused.value.slug == slug


@pytest.mark.long
def test_both_engines_compare_alike(invented):
    """The reference engine gives every row, change and count that the fast one does."""
    reference = _compared([_text(name) for name in INVENTED], options=Options(engine="reference"))
    for part in ("rows", "changes", "measures", "commitments"):
        assert reference[part] == invented[part]


# --- what is counted, scored and promised -------------------------------------------------------------


def test_what_is_counted_in_the_invented_options(invented):
    """Each measure, each option, each thing: the number and the names, as the descriptions have them."""
    counted = [
        [m["id"], local_name(v["structure"]), t["name"], str(t["number"]), " | ".join(t["counted"])]
        for m in invented["measures"]
        for v in m["values"]
        for t in v["things"]
    ]
    assert counted == _expected("counts.tsv")


def test_what_is_counted_in_the_models(models):
    """The table of the eight models, as it was read beside the document."""
    header = ["measure", *MODELS]
    table = [
        [m["id"], *("" if v["summary"] is None else str(v["summary"]) for v in m["values"])]
        for m in models["measures"]
    ]
    assert [header, *table] == _expected("models.tsv")


def test_every_count_leads_to_its_paragraphs(models):
    """Whatever is counted names the statements that say so, and each its paragraph."""
    for measure in models["measures"]:
        for value in measure["values"]:
            for thing in value["things"]:
                assert thing["facts"] and all(f["sources"] for f in thing["facts"]), thing


def test_scores_stand_as_printed(models):
    """Seven factors for eight models, each with its symbol; the benchmark is Model 0."""
    assert len(models["scores"]) == 7
    by_title = {s["title"]: [v["symbol"] for v in s["values"]] for s in models["scores"]}
    accountability = by_title["Accountability of statutory Directors to Members and service users"]
    assert accountability == ["-", "-", "○", "○", "○", "○", "-", "○○"]
    assert {local_name(s["benchmark"]) for s in models["scores"]} == {"model-0"}


def test_a_score_that_a_count_does_not_bear_out_is_shown(models):
    """Model 3b is scored like Model 0 for accountability, though each director serves three councils."""
    found = [
        (d["measure"], d["count"], d["benchmarkCount"])
        for d in models["differences"]
        if not d["agrees"]
        and local_name(d["structure"]) == "model-3b"
        and d["factor"].endswith("/accountability")
    ]
    assert found == [("cabinets", 3, 1), ("councils-served", 3, 1), ("members", 3, 1)]


def test_a_count_of_nothing_is_compared_with_nothing(models):
    """No chief executive is told of for Model 0, so nothing is said about more or fewer of them."""
    assert "chief-executives" not in {d["measure"] for d in models["differences"]}


def test_nothing_is_scored_where_no_document_scores(invented):
    """Options that no known document scores have no scores and no differences."""
    assert (invented["scores"], invented["differences"]) == ([], [])


def test_commitments_are_kept_broken_or_not_spoken_to(invented):
    """A year's notice breaks two years, thirty months keep them; one cabinet for both is no own one."""
    told = {
        local_name(c["commitment"]): [v["outcome"] for v in c["values"]]
        for c in invented["commitments"]
    }
    assert told == {
        "names": ["cantTell", "cantTell", "cantTell"],
        "notice": ["cantTell", "failed", "passed"],
        "policy": ["passed", "failed", "passed"],
    }
    (notice,) = [c for c in invented["commitments"] if local_name(c["commitment"]) == "notice"]
    assert [local_name(f["node"]) for f in notice["values"][1]["facts"]] == ["term"]


def test_a_term_that_repeats_or_denies_a_commitment_is_seen():
    """A term of the same kind keeps it, a stated negative breaks it."""
    term = b"x:same a dg:AgreementTerm ; dg:termOf x:agreement ; dg:commitmentKind code:unchanged-names ."
    denial = (
        b"x:denial a dg:StatedNegative ; dg:about x:agreement ; dg:denies code:unchanged-names ."
    )
    both = _compared([_text("today"), _text("shared") + term, _text("shared-carefully") + denial])
    (names,) = [c for c in both["commitments"] if local_name(c["commitment"]) == "names"]
    assert [v["outcome"] for v in names["values"]] == ["cantTell", "passed", "failed"]


def test_the_guarantee_is_held_beside_every_model(models):
    """All 27 commitments of source 003 stand there; none is broken by silence."""
    outcomes = [v["outcome"] for c in models["commitments"] for v in c["values"]]
    assert len(models["commitments"]) == 27
    assert set(outcomes) == {"passed", "cantTell"}


def test_every_measure_counts_something(rulebook: Rulebook, invented, models):
    """No pattern is dead: each measure finds something in the invented options or the models."""
    found = {
        m["id"]
        for compared in (invented, models)
        for m in compared["measures"]
        if any(v["things"] for v in m["values"])
    }
    assert found == {m.id for m in Measures(rulebook).all}


def test_every_commitment_that_is_tested_has_a_kind(rulebook: Rulebook):
    """A test is for kinds of the list, and says what shows that it is kept."""
    for test in rulebook.graph.instances(DG.CommitmentTest):
        for kind in rulebook.graph.objects(test, DG.testsCommitment):
            assert CODE["commitment-kind"] in rulebook.graph.objects(kind, SKOS.inScheme)
        assert rulebook.graph.text(test, DG.keptPattern)


# --- forms, command line --------------------------------------------------------------------------


def test_the_table_holds_everything(invented):
    """A spreadsheet has every cell, change, count and commitment, and no cell that it would run."""
    rows = list(csv.DictReader(io.StringIO(comparison_forms.comparison_as_csv(invented).decode())))
    by_section = {s: [r for r in rows if r["section"] == s] for s in {r["section"] for r in rows}}
    assert len(by_section["rule"]) == 3 * len(invented["rows"])
    changes = sum(len(c[kind]) for c in invented["changes"] for kind in CHANGES)
    assert sum(1 for r in by_section["rule"] if r["change"]) == changes
    assert len(by_section["commitment"]) == 9
    assert not any(cell.startswith(("=", "+", "-", "@")) for r in rows for cell in r.values())


def test_the_table_of_the_models_holds_scores_and_differences(models):
    """Scores and their differences are rows with their paragraphs."""
    rows = list(csv.DictReader(io.StringIO(comparison_forms.comparison_as_csv(models).decode())))
    assert sum(1 for r in rows if r["section"] == "score") == 7 * 8
    differing = [r for r in rows if r["section"] == "difference" and r["value"] == "differs"]
    assert differing and all("id/source/003/" in r["sources"] for r in differing)


def test_the_text_can_be_read_aloud(models):
    """No line is too wide, no RDF is spoken, and the three boroughs are said once."""
    text = comparison_forms.comparison_as_text(models).decode()
    spoken = text.split("About this comparison")[0]
    assert max(map(len, spoken.splitlines())) <= 110
    assert "https://" not in spoken and "dg:" not in spoken
    assert "Darlington, Hartlepool and Redcar and Cleveland" in spoken
    assert "Where the scores and what is counted differ" in spoken


def test_the_page_stands_alone_and_links_nothing_unsafe(invented):
    """The page has every option and change, allows itself only its own style, and escapes data."""
    spoilt = json.loads(json.dumps(invented).replace("one director for both", "<script>both"))
    page = as_html.comparison_page(spoilt).decode()
    assert "<script" not in page and "&lt;script&gt;both" in page
    assert "Content-Security-Policy" in page
    assert comparison_forms.CHANGE_HEADINGS["introduces"] in page


def _run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "dutygraph", *arguments], capture_output=True)


FILES = [str(HERE / f"{name}.ttl") for name in INVENTED]


def test_the_command_prints_each_form(capfdbinary):
    """Text by default; JSON, a table and a page on request; the talk is not on stdout."""
    for form, start in (("json", b"{"), ("csv", b'"section"'), ("html", b"<!doctype html>")):
        assert cli.run(["compare", *FILES, "--format", form]) == 0
        assert capfdbinary.readouterr().out.lstrip().startswith(start)
    done = _run("compare", *FILES)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"Options compared on 30 June 2016")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([*FILES], 0),
        ([*FILES, "--fail-on", "warning"], 1),
        ([FILES[0], FILES[2], "--fail-on", "info"], 0),
        ([*FILES, "--baseline", "shared-carefully"], 1),
        ([FILES[0]], 2),
        ([FILES[0], FILES[0]], 2),
        ([*FILES, "--baseline", "nothing"], 2),
        ([FILES[0], "no-such-file.ttl"], 2),
        ([], 2),
    ],
)
def test_the_exit_code_says_whether_something_is_introduced(arguments, code, capfdbinary):
    """1 where an option introduces a failure of the severity asked for, 2 for wrong use."""
    assert cli.run(["compare", *arguments]) == code
    assert bool(capfdbinary.readouterr().out) == (code != 2)


def test_the_exit_code_counts_what_is_introduced(invented):
    """Guidance that is newly not followed is a warning and no violation."""
    assert exit_code(invented, "violation") == 0
    assert exit_code(invented, "warning") == 1
