"""The command line, as processes: what is printed where, and with which exit code.

Owns: exit codes, messages about input that cannot be used, and the commands' forms.
Must not: test what a rule decides, or how a report is rendered.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import rdflib

from dutygraph import __version__, cli
from dutygraph.cli import talking
from dutygraph.engines import EngineFailed
from dutygraph.pipeline import Pipeline
from dutygraph.rooms import room
from dutygraph.rulebook import Rulebook
from dutygraph.terms import DG

PREFIXES = """\
@prefix auth: <https://w3id.org/dutygraph/id/authority/> .
@prefix code: <https://w3id.org/dutygraph/code/> .
@prefix dg: <https://w3id.org/dutygraph/def/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix rule: <https://w3id.org/dutygraph/rule/> .
@prefix x: <https://w3id.org/dutygraph/id/example/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
STRUCTURE = """\
x:structure a dg:Structure ; dg:status code:existing ; dg:describes auth:{authority} ;
    dg:assessmentDay "{day}"^^xsd:date .
"""
DIRECTOR = """\
x:post a org:Post ; org:postIn auth:coventry ; dg:title "Director of People" .
x:designation a dg:Designation ; dg:office code:director-of-childrens-services ;
    dg:designatedPost x:post ; dg:designatedBy auth:coventry ; dg:from "2015-04-01"^^xsd:date .
x:appointment a dg:Appointment ; dg:appointee x:person ; dg:appointedTo x:post ;
    dg:from "2015-09-01"^^xsd:date .
"""
SECOND_DIRECTOR = """\
x:other a org:Post ; org:postIn auth:coventry ; dg:title "Director of Children" .
x:second a dg:Designation ; dg:office code:director-of-childrens-services ;
    dg:designatedPost x:other ; dg:designatedBy auth:coventry ; dg:from "2015-04-01"^^xsd:date .
"""
CLAIM = """\
x:claim a dg:Claim ; dg:claims rule:ca2004-s18-dcs-appointed ; dg:asserts code:at-risk .
"""
COVENTRY = PREFIXES + STRUCTURE.format(authority="coventry", day="2016-06-30")

# One description for the gravest result that each can have.
DESCRIPTIONS = {
    "violation": COVENTRY + DIRECTOR + SECOND_DIRECTOR,
    "warning": COVENTRY + DIRECTOR + CLAIM,
    # Dorset County Council ended on 1 April 2019; a fault of the data is an Info.
    "info": PREFIXES
    + STRUCTURE.format(authority="dorset-county-council", day="2021-01-01")
    + DIRECTOR.replace("coventry", "dorset-county-council"),
    "undecided": COVENTRY + DIRECTOR,
    "nothing": PREFIXES + STRUCTURE.format(authority="northport", day="2016-06-30"),
}


@dataclass(frozen=True)
class Ran:
    """What a process did."""

    code: int
    out: bytes
    err: str


def dutygraph(*arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None) -> Ran:
    """Run the command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "dutygraph", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[2]), "NO_COLOR": "1"},
        timeout=120,
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


@pytest.fixture
def file(tmp_path: Path):
    """A function that writes a file and gives its path."""

    def write(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


# --- exit codes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("fail_on", ["violation", "warning", "info", "undecided"])
@pytest.mark.parametrize("gravest", ["violation", "warning", "info", "undecided"])
def test_fail_on_names_the_lightest_severity_that_counts(file, gravest: str, fail_on: str) -> None:
    """The exit code is 1 where the gravest result is at or above --fail-on, and else 0."""
    order = ["violation", "warning", "info", "undecided"]
    ran = dutygraph(
        "validate", file("a.ttl", DESCRIPTIONS[gravest]), "--fail-on", fail_on, "--format", "json"
    )
    report = json.loads(ran.out)
    severities = {f["severity"] for f in report["findings"]}
    severities |= {"undecided"} if report["undecided"] else set()
    assert min(severities, key=order.index) == gravest
    assert ran.code == int(order.index(gravest) <= order.index(fail_on))
    assert ran.err == ""


def test_nothing_assessed_is_not_success(file) -> None:
    """Where no rule passed and none failed the exit code is 1 and the report says so."""
    ran = dutygraph("validate", file("a.ttl", DESCRIPTIONS["nothing"]))
    assert ran.code == 1
    assert b"Nothing could be assessed" in ran.out


def test_several_files_give_the_worst_exit_code(file) -> None:
    """Two files give two reports, in their order, and the worst of their exit codes."""
    good = file("good.ttl", DESCRIPTIONS["undecided"])
    bad = file("bad.ttl", DESCRIPTIONS["violation"])
    ran = dutygraph("validate", bad, good, "--format", "json")
    assert ran.code == 1
    assert [r["breaches"] for r in json.loads(ran.out)] == [1, 0]
    assert dutygraph("validate", good, good).code == 0


@pytest.mark.parametrize("stage", ["make", "run"])
def test_an_engine_that_fails_is_exit_code_3(
    file, stage: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Where the engine fails the exit code is 3 and stderr has its words."""

    class Broken:
        name, version = "fast", "broken 1.0"

        def validate(self, data: bytes) -> frozenset[object]:
            raise EngineFailed("it broke")

    def engine(self: Pipeline, name: str) -> Broken:
        if stage == "make":
            raise EngineFailed("it broke")
        return Broken()

    monkeypatch.setattr(Pipeline, "engine", engine)
    assert cli.run(["validate", str(file("a.ttl", COVENTRY))]) == 3
    out, err = capfdbinary.readouterr()
    assert b"The engine failed: it broke" in err
    assert (b"What could not be tested" in out) == (stage == "run")


def test_an_unforeseen_error_is_exit_code_3(
    file, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A fault of ours is exit code 3, with a plain sentence, and never looks like a finding."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Pipeline, "read", fail)
    assert cli.run(["validate", str(file("a.ttl", COVENTRY))]) == 3
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert b"not your input's fault" in err


# --- input that cannot be used --------------------------------------------------------------------

UNUSABLE = [
    # name, content, what stderr begins with, what it says
    ("pdf.ttl", "%PDF-1.7 and so on", r"pdf\.ttl: ", "PDF"),
    ("council.docx", COVENTRY, r"council\.docx: ", "--media-type"),
    ("plain", COVENTRY, r"plain: ", "--media-type"),
    ("syntax.ttl", COVENTRY + "x:a x:b ;;\n  x:c", r"syntax\.ttl, line \d+, column \d+: ", ""),
    ("broken.jsonld", '{\n  "a": ,\n}', r"broken\.jsonld, line 2, column \d+: ", ""),
    ("empty.ttl", "", r"empty\.ttl: ", "no statement"),
    ("foreign.ttl", "<a:b> <a:c> <a:d> .", r"foreign\.ttl: ", "terms"),
    (
        "misspelt.ttl",
        COVENTRY + "x:p dg:reportTo x:q .",
        r"misspelt\.ttl, line 10: ",
        "def/reportsTo",
    ),
    (
        "two.ttl",
        COVENTRY + "x:other a dg:Structure ; dg:describes auth:coventry .",
        r"two\.ttl: ",
        "`compare`",
    ),
    (
        "dayless.ttl",
        PREFIXES + "x:structure a dg:Structure ; dg:describes auth:coventry .",
        r"dayless\.ttl: ",
        "--as-at YYYY-MM-DD",
    ),
    (
        "lawgiver.ttl",
        COVENTRY + 'auth:coventry dg:name "X" .',
        r"lawgiver\.ttl, line 10: ",
        "rules",
    ),
    (
        "structureless.ttl",
        PREFIXES + "x:p a dg:Designation .",
        r"structureless\.ttl: ",
        "Structure",
    ),
]


@pytest.mark.parametrize(
    ("name", "content", "place", "says"), UNUSABLE, ids=[u[0] for u in UNUSABLE]
)
def test_unusable_input_is_exit_code_2(
    file, name: str, content: str, place: str, says: str
) -> None:
    """Input that cannot be used is one message with its place, exit code 2 and nothing on stdout."""
    path = file(name, content)
    ran = dutygraph("validate", name, cwd=path.parent)
    assert (ran.code, ran.out) == (2, b"")
    assert re.match(place, ran.err), ran.err
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert not re.search(r": Line \d", ran.err), "the place is said twice"


def test_a_file_that_cannot_be_read_is_exit_code_2(tmp_path: Path) -> None:
    """A missing file and a folder are named, with the reason and no path of ours."""
    (tmp_path / "folder.ttl").mkdir()
    for name in ("missing.ttl", "folder.ttl"):
        ran = dutygraph("validate", name, cwd=tmp_path)
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.startswith(f"{name}: The file cannot be read: ")
        assert str(tmp_path) not in ran.err


def test_one_bad_file_stops_all(file) -> None:
    """Where one of several files cannot be used, no report is printed and that file is named."""
    good = file("good.ttl", DESCRIPTIONS["undecided"])
    ran = dutygraph("validate", good, file("bad.ttl", "x"), good)
    assert (ran.code, ran.out) == (2, b"")
    assert "bad.ttl, line 1" in ran.err
    assert "good.ttl" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--as-at", "2017-13-01"], "--as-at"),
        (["--as-at", "24 January 2017"], "YYYY-MM-DD"),
        (["--law-as-at", "2017-02-30"], "--law-as-at"),
        (["--format", "pdf"], "json"),
        (["--engine", "slow"], "reference"),
        (["--fail-on", "anything"], "undecided"),
        (["--assume", "nothing"], "complete"),
        (["--no-such-option"], "--no-such-option"),
        (["-"], "--media-type"),
        (["-", "-", "--media-type", "text/turtle"], "once"),
        (["--output", "no-such-folder/report.txt"], "cannot be written"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_exit_code_2(file, arguments: list[str], says: str) -> None:
    """A wrong option is exit code 2, says what it takes and prints nothing on stdout."""
    path = file("a.ttl", DESCRIPTIONS["undecided"])
    ran = dutygraph("validate", path, *arguments, cwd=path.parent)
    assert (ran.code, ran.out) == (2, b"")
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_no_file_is_wrong_use() -> None:
    """`validate` without a file, and the program without a command, show their use."""
    for arguments in (["validate"], []):
        ran = dutygraph(*arguments)
        assert (ran.code, ran.out) == (2, b"")
        assert "Usage: dutygraph" in ran.err


# --- validate ---------------------------------------------------------------------------------------

FORMS = ["json", "turtle", "json-ld", "ntriples", "rdfxml", "html", "text", "csv"]


# rdflib's own JSON-LD parser uses what rdflib deprecates.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_printed(file, form: str) -> None:
    """Each form is what it says, on stdout, with nothing on stderr."""
    ran = dutygraph("validate", file("a.ttl", DESCRIPTIONS["violation"]), "--format", form)
    assert (ran.code, ran.err) == (1, "")
    if form == "json":
        assert json.loads(ran.out)["verdict"] == "breaches"
    elif form == "csv":
        rows = list(csv.DictReader(io.StringIO(ran.out.decode())))
        assert "failed" in {row["outcome"] for row in rows}
    elif form == "html":
        assert ran.out.startswith(b"<!doctype html>")
    elif form == "text":
        assert b"Verdict: breaches" in ran.out
    else:
        names = {"turtle": "turtle", "json-ld": "json-ld", "ntriples": "nt", "rdfxml": "xml"}
        graph = rdflib.Graph().parse(data=ran.out, format=names[form])
        assert (None, rdflib.RDF.type, rdflib.SH.ValidationReport) in graph


def test_text_is_the_default(file) -> None:
    """Without --format the report is text."""
    path = file("a.ttl", DESCRIPTIONS["undecided"])
    assert dutygraph("validate", path).out == dutygraph("validate", path, "--format", "text").out


def test_output_writes_the_report_to_a_file(file, tmp_path: Path) -> None:
    """--output gives the bytes that stdout would have had, and stdout none."""
    path = file("a.ttl", DESCRIPTIONS["violation"])
    written = tmp_path / "report.json"
    ran = dutygraph("validate", path, "--format", "json", "--output", written)
    assert (ran.code, ran.out, ran.err) == (1, b"", "")
    assert written.read_bytes() == dutygraph("validate", path, "--format", "json").out


def test_stdin_is_read_with_a_media_type(file) -> None:
    """'-' reads stdin, gives the report that the file gives, and is named stdin in a problem."""
    text = DESCRIPTIONS["undecided"]
    arguments = ("validate", "-", "--media-type", "text/turtle")
    piped = dutygraph(*arguments, stdin=text.encode())
    assert piped.out == dutygraph("validate", file("a.ttl", text)).out
    bad = dutygraph(*arguments, stdin=b"x")
    assert (bad.code, bad.out) == (2, b"")
    assert bad.err.startswith("stdin, line 1")


def test_a_media_type_serves_a_file_whose_ending_says_nothing(file) -> None:
    """--media-type is used where the ending is not known, and not where it is."""
    arguments = ("--media-type", "text/turtle")
    assert dutygraph("validate", file("a.txt", COVENTRY + DIRECTOR), *arguments).code == 0
    assert dutygraph("validate", file("a.jsonld", COVENTRY + DIRECTOR), *arguments).code == 2


def test_together_merges_a_council_with_its_agreements(file) -> None:
    """--together makes one report of a council's file and a file that holds no structure."""
    council = file("council.ttl", COVENTRY + DIRECTOR)
    agreement = file("agreement.ttl", PREFIXES + SECOND_DIRECTOR)
    merged = json.loads(
        dutygraph("validate", council, agreement, "--together", "--format", "json").out
    )
    assert merged["breaches"] == 1
    assert json.loads(dutygraph("validate", council, "--format", "json").out)["breaches"] == 0
    alone = dutygraph("validate", council, agreement)
    assert (alone.code, alone.out) == (2, b"")
    assert alone.err.startswith(f"{agreement}: ")


def test_together_keeps_the_unnamed_of_each_file_apart(file) -> None:
    """The same blank node label in two files stands for two nodes, in every syntax that has labels."""
    pipeline = Pipeline.load()
    council = (COVENTRY + DIRECTOR + "_:b a dg:Agreement ; dg:party auth:coventry .").encode()
    kind = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    agreement = f"_:b {kind} <https://w3id.org/dutygraph/def/Agreement> .".encode()
    whole = pipeline.read_together(
        [(council, "text/turtle"), (agreement, "text/turtle"), (agreement, "application/n-triples")]
    )
    assert len(whole.graph.instances(DG.Agreement)) == 3


def test_together_names_the_file_at_fault(file) -> None:
    """A fault of one file is told of that file, a fault of the whole of all of them."""
    council = file("council.ttl", COVENTRY)
    broken = file("broken.ttl", "x")
    ran = dutygraph("validate", council, broken, "--together")
    assert ran.code == 2
    assert ran.err.startswith(f"{broken}, line 1")
    other = file("other.ttl", COVENTRY.replace("x:structure", "x:another"))
    ran = dutygraph("validate", council, other, "--together")
    assert ran.code == 2
    assert ran.err.startswith(f"{council} with {other}: ")
    assert "2 structures" in ran.err


def test_days_and_assumptions_reach_the_report(file) -> None:
    """--as-at, --law-as-at, --assume and --engine are all in the report."""
    arguments = "--as-at 2016-07-01 --law-as-at 2018-01-01 --assume complete --engine reference"
    path = file("a.ttl", COVENTRY + DIRECTOR)
    ran = dutygraph("validate", path, "--format", "json", *arguments.split())
    report = json.loads(ran.out)
    assert (report["asAt"], report["lawAsAt"]) == ("2016-07-01", "2018-01-01")
    assert report["assumed"] == "complete"
    assert report["engine"].lower().startswith("pyshacl")


def test_a_reader_that_goes_away_is_no_error(file) -> None:
    """Where the reader of stdout closes it early, nothing is said and the code is 0."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dutygraph", "validate", file("a.ttl", COVENTRY + DIRECTOR)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[2])},
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    with process.stderr as stderr:
        said = stderr.read()
    assert (process.wait(), said) == (0, b"")


# --- rules and explain ------------------------------------------------------------------------------


def test_rules_as_json_is_the_contract(rulebook: Rulebook) -> None:
    """`rules --format json` is the list of the rulebook's own JSON values."""
    ran = dutygraph("rules", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    listed = json.loads(ran.out)
    assert listed == [rulebook.as_json(e) for e in rulebook.entries]
    wanted = {"id", "title", "force", "inForceFrom", "inForceTo", "clause", "status", "kind"}
    assert all(wanted <= rule.keys() for rule in listed)


def test_rules_of_a_day_are_those_in_force(rulebook: Rulebook) -> None:
    """`rules --as-at` leaves out a rule on the day before it came into force and has it on the day."""
    listed = {
        day: {
            r["id"] for r in json.loads(dutygraph("rules", "--format", "json", "--as-at", day).out)
        }
        for day in ("2007-12-31", "2008-01-01")
    }
    assert "ca2004-s18-dcs-appointed" not in listed["2007-12-31"]
    assert "ca2004-s18-dcs-appointed" in listed["2008-01-01"]


def test_rules_as_text_and_csv_list_every_rule(rulebook: Rulebook) -> None:
    """The text and the table hold every id, and the table a row for each."""
    ids = [e.id for e in rulebook.entries]
    text = dutygraph("rules").out.decode()
    assert [line for line in text.splitlines() if line and not line.startswith(" ")] == ids
    rows = list(csv.DictReader(io.StringIO(dutygraph("rules", "--format", "csv").out.decode())))
    assert [row["id"] for row in rows] == ids


def test_explain_says_everything_about_a_rule(rulebook: Rulebook) -> None:
    """`explain` gives duty, law with address, dates, parts, what settles them, and how it is checked."""
    ran = dutygraph("explain", "ca2004-s18-dcs-appointed")
    assert (ran.code, ran.err) == (0, "")
    entry = rulebook.entry("ca2004-s18-dcs-appointed")
    assert entry
    text = " ".join(ran.out.decode().split())
    for said in (
        entry.title,
        entry.duty,
        entry.clauses[0].title,
        entry.clauses[0].url,
        "in force from 1 January 2008",
        "The council has no director of children's services in post",
        entry.parts[0].remedy,
        "Settled by a complete list of: designation",
        entry.confidence_label[1:],
        rulebook.how_to_dispute,
        "shapes/children-act-2004.ttl",
    ):
        assert said in text
    assert "rule:ca2004-s18-dcs-appointed-holder a sh:PropertyShape" in text
    assert "{" not in text.partition("The shapes as they are")[0]


def test_every_rule_can_be_explained(rulebook: Rulebook) -> None:
    """Each entry can be explained in both forms, and no place of a template is left open."""
    from dutygraph.explaining import explain
    from dutygraph.renderings.explanation_as_text import explain_as_text

    for entry in rulebook.entries:
        assert explain(rulebook, entry)["id"] == entry.id
        # The shapes come last, as they are written.
        text = explain_as_text(rulebook, entry).decode().partition("The shapes as they are")[0]
        assert not re.search(r"\{(authority|subject|value)\}", text), entry.id
        long = [line for line in text.splitlines() if len(line) > 88 and "/" not in line]
        assert not long


def test_explain_as_json_has_the_contract_first() -> None:
    """`explain --format json` begins with what `rules` gives and adds parts and verification."""
    values = json.loads(dutygraph("explain", "ca2004-s18-dcs-appointed", "--format", "json").out)
    assert list(values)[:3] == ["id", "title", "kind"]
    assert values["parts"][0]["polarity"] == "absence"
    assert values["verification"]["status"] == "primary-text"


def test_an_unknown_rule_is_exit_code_2_with_the_nearest() -> None:
    """`explain` of a misspelt rule names the nearest ids."""
    ran = dutygraph("explain", "ca2004-s18-dcs-apointed")
    assert (ran.code, ran.out) == (2, b"")
    assert "ca2004-s18-dcs-appointed" in ran.err


# --- query ----------------------------------------------------------------------------------------


def test_a_kept_query_gives_the_csv_that_is_kept_beside_it() -> None:
    """`query NAME --format csv` prints the expected answer of that query, and nothing on stderr."""
    ran = dutygraph("query", "q091", "--format", "csv")
    assert (ran.code, ran.err) == (0, "")
    kept = (room("data") / "queries" / "q091.csv").read_text(encoding="utf-8")
    assert ran.out.decode().splitlines() == kept.splitlines()


def test_a_query_comes_from_a_file_from_stdin_or_from_the_command_line(file) -> None:
    """The same query gives the same table from a FILE, from - and from --text."""
    text = "SELECT ?name { auth:coventry dg:name ?name }"
    by_file = dutygraph("query", file("one.rq", text))
    assert by_file.out == dutygraph("query", "-", stdin=text.encode()).out
    assert by_file.out == dutygraph("query", "--text", text).out
    assert b"Coventry" in by_file.out and b"1 row\n" in by_file.out


def test_every_form_of_an_answer_can_be_read_again() -> None:
    """JSON results, CSV results and Turtle are what their specifications say; ASK answers true."""
    text = "SELECT ?s ?name { BIND(auth:coventry AS ?s) ?s dg:name ?name }"
    found = json.loads(dutygraph("query", "--text", text, "--format", "json").out)
    assert found["head"] == {"vars": ["s", "name"]}
    (row,) = found["results"]["bindings"]
    assert row["s"] == {"type": "uri", "value": "https://w3id.org/dutygraph/id/authority/coventry"}
    assert row["name"] == {"type": "literal", "value": "Coventry", "xml:lang": "en"}
    made = dutygraph("query", "--text", "CONSTRUCT WHERE { auth:coventry dg:name ?name }").out
    assert len(rdflib.Graph().parse(data=made, format="turtle")) == 1
    ask = "ASK { auth:coventry dg:name ?name }"
    assert dutygraph("query", "--text", ask).out == b"true\n"
    assert json.loads(dutygraph("query", "--text", ask, "--format", "json").out)["boolean"] is True


def test_a_fault_in_a_query_is_shown_at_its_place(file) -> None:
    """A syntax error is exit code 2, with the file, the line and the column, and nothing on stdout."""
    ran = dutygraph("query", file("bad.rq", "SELECT *\n{ ?s ?p ?o\n"))
    assert (ran.code, ran.out) == (2, b"")
    assert "bad.rq, line 3, column 1: The query cannot be read" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Give one of"),
        (("q091", "--list"), "Give one of"),
        (("q0911",), "q091"),
        (("no-such-file.rq",), "no-such-file.rq: The file cannot be read"),
        (("--text", "DROP ALL"), "DROP would change the data"),
        (("q091", "--format", "turtle"), "Ask for table, csv or json"),
    ],
)
def test_a_query_that_cannot_be_asked_is_exit_code_2(arguments: tuple[str, ...], said: str) -> None:
    """Wrong use, an unknown name, an update and a form that an answer lacks are told in words."""
    ran = dutygraph("query", *arguments)
    assert (ran.code, ran.out) == (2, b"")
    assert said in ran.err


def test_the_list_of_queries_has_every_name_and_question() -> None:
    """`query --list` prints each name with its question, and in JSON its answer in words too."""
    names = {path.stem for path in (room("data") / "queries").glob("*.rq")}
    listed = dutygraph("query", "--list").out.decode()
    assert {line for line in listed.splitlines() if not line.startswith(" ")} == names
    rows = json.loads(dutygraph("query", "--list", "--format", "json").out)
    assert {row["name"] for row in rows} == names
    assert all(row["question"] and row["answer"] for row in rows)


# --- help, version, check, serve --------------------------------------------------------------------


@pytest.mark.long
def test_check_of_a_file_names_the_statements_that_clash(file) -> None:
    """`check FILE` finds nothing in a sound description, and what clashes in one that contradicts itself."""
    sound = dutygraph("check", file("sound.ttl", COVENTRY + DIRECTOR))
    assert (sound.code, sound.out) == (0, b"")
    clash = "x:typist a org:Post , dg:SupportPost , dg:SubstantivePost ."
    ran = dutygraph("check", file("clash.ttl", COVENTRY + clash))
    assert ran.code == 1
    assert "support post" in ran.out.decode() and "clash.ttl" in ran.out.decode()


def test_version_is_the_package_s() -> None:
    """`--version` prints the version on stdout."""
    ran = dutygraph("--version")
    assert (ran.code, ran.err) == (0, "")
    assert __version__ in ran.out.decode()


@pytest.mark.parametrize(
    "command",
    [
        *("", "validate", "compare", "rules", "explain", "coverage", "query", "check", "serve"),
        *("load", "dump", "backup", "restore", "agree", "what-if", "repair"),
        *("key new", "key list", "key revoke", "sign", "verify-signature"),
        *("subscribe", "subscriptions", "refresh", "unsubscribe"),
        *("token", "token new", "token list", "token revoke"),
    ],
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    """--help of every command ends with an example on a line of its own."""
    ran = dutygraph(*command.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    last = ran.out.decode().rstrip().splitlines()[-1]
    assert last.strip().startswith(f"dutygraph {command}".strip())


def test_there_is_no_command_that_does_nothing() -> None:
    """Every command of the group is one that works today."""
    assert set(cli.cli.commands) == {
        "validate",
        "compare",
        "agree",
        "verify",
        "rules",
        "explain",
        "coverage",
        "query",
        "check",
        "serve",
        "load",
        "dump",
        "backup",
        "restore",
        "what-if",
        "repair",
        "key",
        "sign",
        "verify-signature",
        "subscribe",
        "subscriptions",
        "refresh",
        "unsubscribe",
        "token",
    }


def test_progress_is_shown_on_a_terminal_after_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal, work of more than a second shows its step on stderr; shorter work shows none."""
    import time

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    for seconds, shown in ((0.0, False), (1.4, True)):
        with talking.progress(2) as step:
            step("Assessing a.ttl")
            time.sleep(seconds)
        out, err = capsys.readouterr()
        assert out == ""
        assert ("Assessing a.ttl" in err) == shown


def test_check_prints_every_finding_and_exits_by_them(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`check` is 0 without findings, 1 with any, each on a line, and 3 where the engine failed."""
    from dutygraph import checking

    monkeypatch.setattr(checking, "check", lambda on_step: [])
    assert cli.run(["check"]) == 0
    assert capfd.readouterr().out == ""
    monkeypatch.setattr(checking, "check", lambda on_step: ["first", "second"])
    assert cli.run(["check"]) == 1
    assert capfd.readouterr().out == "first\nsecond\n"

    def fail(on_step: object) -> None:
        raise EngineFailed("it broke")

    monkeypatch.setattr(checking, "check", fail)
    assert cli.run(["check"]) == 3


def test_serve_hands_its_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """`serve` starts the service with the address that it was given."""
    from dutygraph.web import server

    seen: list[object] = []
    monkeypatch.setattr(
        server, "serve", lambda host, port, workers: seen.extend((host, port, workers))
    )
    assert cli.run(["serve", "--port", "8099", "--workers", "2"]) == 0
    assert seen == ["127.0.0.1", 8099, 2]


# --- the demonstration ------------------------------------------------------------------------------


def running(port: str) -> bool:
    """Whether something answers on a port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) == 0


def test_the_demo_prints_the_report_and_stops_the_service() -> None:
    """`python -m dutygraph.demo` prints Coventry's report through HTTP and leaves nothing running."""
    done = subprocess.run(
        [sys.executable, "-m", "dutygraph.demo"],
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[2])},
        timeout=240,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"Coventry on 24 January 2017\n====")
    (port,) = re.findall(rb"http://127\.0\.0\.1:(\d+)/validate", done.stderr)
    assert not running(port.decode())


def test_a_stopped_demo_stops_its_service() -> None:
    """An interrupt while the demonstration runs ends the service too, without a traceback."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dutygraph.demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[2])},
    )
    assert process.stderr
    assert process.stderr.readline() == b"Starting the service.\n"
    said = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, b"")
    assert err == b"Stopped.\n"
    (port,) = re.findall(rb"http://127\.0\.0\.1:(\d+)/validate", said)
    assert not running(port.decode())
