"""The renderings: each form holds the whole report, and nothing in it can do harm.

Owns: the forms of a report, tested on one made by hand, on every example of the rules and, where
chromium is installed, in a real browser. Must not: test how an outcome comes about.
"""

from __future__ import annotations

import base64
import copy
import csv
import hashlib
import html
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyshacl
import pytest
import rdflib
from rdflib.compare import isomorphic

from dutygraph.columns import table_of
from dutygraph.engines import Engine
from dutygraph.engines.results import read_report
from dutygraph.outcomes import OUTCOMES
from dutygraph.renderings import RENDERINGS, as_csv, as_html, as_rdf, phrases
from dutygraph.report import Json, build_report
from dutygraph.rulebook import Rulebook
from dutygraph.triples import Graph
from tests.examples import all_examples, run

EARL = rdflib.Namespace("http://www.w3.org/ns/earl#")
SH = rdflib.SH
CODE = rdflib.Namespace("https://w3id.org/dutygraph/code/")
RULE = rdflib.Namespace("https://w3id.org/dutygraph/rule/")
DG = rdflib.Namespace("https://w3id.org/dutygraph/def/")

COVENTRY = "https://w3id.org/dutygraph/id/authority/coventry"
POST = "https://w3id.org/dutygraph/id/post/coventry-people"
UNNAMED = "urn:dutygraph:unnamed:3"
PARAGRAPH = "https://w3id.org/dutygraph/id/source/004/a1-3.3.4"
HOSTILE = "<script>alert('x')</script> =HYPERLINK(\"http://evil\") \x1b[31mred\x07"
LAW = "http://www.legislation.gov.uk/ukpga/2004/31/section/18/2017-01-24"


def fact(statement: str, *sources: str, standing: str = "stated", **more: Any) -> Json:
    """A fact as the report has it."""
    source = sources[0] if sources else None
    plain = {"node": "https://w3id.org/dutygraph/id/example/n", "certain": True}
    return {
        "statement": statement,
        "source": source,
        "standing": standing,
        "sources": list(sources),
    } | (plain | more)


def clause(title: str = "Children Act 2004, section 18", url: str = LAW) -> Json:
    """A clause as the report has it."""
    return {"title": title, "iri": url, "url": url, "status": "primary-text"}


def row(rule: str, outcome: str, **more: Any) -> Json:
    """A row as the report has it."""
    return {
        "id": rule,
        "title": f"The title of {rule}",
        "duty": f"What {rule} asks.",
        "force": "must",
        "authority": COVENTRY,
        "authorityName": "Coventry",
        "subject": None,
        "subjectName": None,
        "outcome": outcome,
        "severity": "undecided" if outcome in ("cantTell", "untested") else None,
        "basis": "stated" if outcome in ("passed", "failed") else None,
        "reason": f"the reason of {rule}",
        "caveats": [],
        "mode": "automatic",
        "assumed": False,
        "facts": [],
        "missing": [],
        "departure": None,
        "clauses": [clause()],
        "inForceFrom": "2008-01-01",
        "inForceTo": None,
        "status": "primary-text",
        "statusMeaning": "checked against the primary text",
    } | more


def finding(of: Json, kind: str, severity: str, **more: Any) -> Json:
    """A finding about a row, as the report has it."""
    return {
        "rule": of["id"],
        "title": of["title"],
        "authority": of["authority"],
        "authorityName": of["authorityName"],
        "focus": of["subject"] or of["authority"],
        "clause": of["clauses"][0],
        "kind": kind,
        "severity": severity,
        "shape": f"https://w3id.org/dutygraph/rule/{of['id']}-part",
        "message": f"the message of {of['id']}.",
        "remedy": f"the remedy of {of['id']}.",
        "facts": of["facts"],
        "departure": of["departure"],
    } | more


def full_report() -> Json:
    """A report with every outcome, every kind of finding and hostile text in it."""
    known = fact("Director of People is the director (from April 2015)", PARAGRAPH)
    hostile = fact(HOSTILE, "javascript:alert(1)", "http://example.org/paper#2", certain=False)
    ask = {
        "fact": "who is the director of Coventry?",
        "askWhom": "the monitoring officer",
        "howToSay": "[] a dg:Designation ; dg:designatedBy auth:coventry .",
    }
    departure = fact("Coventry departs from the guidance: it is small", PARAGRAPH)
    rows = [
        row("breach", "failed", severity="violation", facts=[known, hostile]),
        row("departed", "failed", severity="info", force="should", departure=departure),
        row("guidance", "failed", severity="warning", force="should", facts=[known]),
        row("holder", "cantTell", missing=[ask], subject=POST, subjectName="Director of People"),
        row("holder", "passed", subject=UNNAMED, subjectName="someone unnamed", facts=[known]),
        row("later", "inapplicable", reason="it came into force on 2018-06-29"),
        row("met", "passed", facts=[known], caveats=["no second one is stated"], mode="manual"),
        row("odd", "failed", severity="info", force="consistency", title=HOSTILE),
        row("unmeasured", "untested", reason="the rulebook has no value on that day"),
        row("weak", "cantTell", clauses=[clause("A leaflet", "javascript:alert(2)")]),
    ]
    by_id = {r["id"]: r for r in rows}
    return {
        "verdict": "breaches",
        "verdictMeaning": "At least one duty in law is not met.",
        "assessed": True,
        "conforms": False,
        "breaches": 1,
        "undecided": 3,
        "asAt": "2017-01-24",
        "lawAsAt": "2017-01-24",
        "structure": "https://w3id.org/dutygraph/id/example/structure",
        "status": "proposed",
        "authorities": [{"iri": COVENTRY, "name": "Coventry"}],
        "assumed": None,
        "data": {"hash": "sha256:" + 64 * "a", "statements": 12},
        "rulebook": {
            "version": "0.1.0",
            "hash": "sha256:" + 64 * "b",
            "lawAsAt": "2026-11-22",
            "howToDispute": "Say so.",
        },
        "engine": "shifty 0.5.1",
        "software": "dutygraph 0.1.0",
        "notice": "This report is not legal advice.",
        "notes": ["The structure is proposed."],
        "summary": {"passed": 1, "failed": 4, "cantTell": 2, "inapplicable": 1, "untested": 1},
        "rules": rows,
        "findings": [
            finding(by_id["breach"], "breach", "violation"),
            finding(by_id["guidance"], "departure", "warning"),
            finding(by_id["met"], "claim", "warning", shape=None, message="Its author has doubts."),
            finding(by_id["departed"], "departure", "info"),
            finding(by_id["odd"], "other", "info", message=HOSTILE),
        ],
        "toFindOut": [ask | {"rules": ["holder"]}],
        "inferred": [fact("Director of People is a combined post", standing="inferred")],
        "sources": [
            {
                "iri": PARAGRAPH,
                "place": "2.1",
                "quotation": "One officer holds <both> offices.",
                "document": "A report",
                "date": "2017-01-24",
            }
        ],
    }


@pytest.fixture
def report() -> Json:
    """The report made by hand."""
    return full_report()


@pytest.fixture(scope="session")
def real_reports(rulebook: Rulebook, engines: dict[str, Engine]) -> list[Json]:
    """The reports of one example of each rule."""
    examples = {e.rule: e for e in all_examples()}
    return [
        build_report(run(e, rulebook, engines["fast"]), rulebook)
        for _, e in sorted(examples.items())
    ]


# --- the table ------------------------------------------------------------------------------------


def test_the_table_is_the_contract_s() -> None:
    """Every form of the contract is there, with a media type and a suffix of its own."""
    assert {r.name: (r.media_type, r.suffix) for r in RENDERINGS.values()} == {
        "json": ("application/json", ".json"),
        "turtle": ("text/turtle", ".ttl"),
        "json-ld": ("application/ld+json", ".jsonld"),
        "ntriples": ("application/n-triples", ".nt"),
        "rdfxml": ("application/rdf+xml", ".rdf"),
        "html": ("text/html", ".html"),
        "text": ("text/plain", ".txt"),
        "csv": ("text/csv", ".csv"),
    }


@pytest.mark.parametrize("name", RENDERINGS)
def test_equal_reports_give_equal_bytes(report: Json, name: str) -> None:
    """Rendering changes nothing in the report, and gives the same UTF-8 bytes each time."""
    before = copy.deepcopy(report)
    first = RENDERINGS[name].render([report])
    assert report == before
    assert RENDERINGS[name].render([before]) == first
    assert not first.startswith(b"\xef\xbb\xbf")
    assert first.decode()


@pytest.mark.long
@pytest.mark.parametrize("name", RENDERINGS)
def test_the_rules_examples_can_be_rendered(real_reports: list[Json], name: str) -> None:
    """The reports of an example of every rule have every form, and the last one is whole in it."""
    written = RENDERINGS[name].render(real_reports)
    assert len(real_reports) > 10
    assert len(written) > len(RENDERINGS[name].render(real_reports[:-1]))


# --- JSON -------------------------------------------------------------------------------------------


def test_json_is_the_report_itself(report: Json) -> None:
    """One report is an object with the report's own values, several are an array of them."""
    render = RENDERINGS["json"].render
    assert json.loads(render([report])) == report
    assert json.loads(render([report, report])) == [report, report]


# --- RDF --------------------------------------------------------------------------------------------

SYNTAXES = {"turtle": "turtle", "json-ld": "json-ld", "ntriples": "nt", "rdfxml": "xml"}
# What the SHACL recommendation, section 3.6, asks of a report.
REPORT_SHAPES = """\
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
[] a sh:NodeShape ; sh:targetClass sh:ValidationReport ;
    sh:property [ sh:path sh:conforms ; sh:datatype xsd:boolean ; sh:minCount 1 ; sh:maxCount 1 ] ,
        [ sh:path sh:result ; sh:class sh:ValidationResult ; sh:minCount 1 ] .
[] a sh:NodeShape ; sh:targetClass sh:ValidationResult ;
    sh:property [ sh:path sh:focusNode ; sh:minCount 1 ; sh:maxCount 1 ] ,
        [ sh:path sh:value ; sh:maxCount 1 ] ,
        [ sh:path sh:resultSeverity ; sh:nodeKind sh:IRI ; sh:minCount 1 ; sh:maxCount 1 ] ,
        [ sh:path sh:sourceConstraintComponent ; sh:nodeKind sh:IRI ; sh:minCount 1 ; sh:maxCount 1 ] ,
        [ sh:path sh:sourceShape ; sh:nodeKind sh:IRI ; sh:maxCount 1 ] ,
        [ sh:path sh:resultMessage ; sh:minCount 1 ; sh:uniqueLang true ] ,
        [ sh:path [ sh:inversePath sh:result ] ; sh:minCount 1 ; sh:maxCount 1 ] .
"""


def parsed(reports: list[Json], name: str = "turtle") -> rdflib.Graph:
    """The reports, written in one syntax and read back by another library."""
    return rdflib.Graph().parse(data=RENDERINGS[name].render(reports), format=SYNTAXES[name])


# rdflib's own JSON-LD parser uses what rdflib deprecates.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_the_four_rdf_syntaxes_say_the_same(report: Json) -> None:
    """Turtle, JSON-LD, N-Triples and RDF/XML, read back, are isomorphic, hostile text included."""
    turtle = parsed([report])
    assert len(turtle) > 100
    for name in SYNTAXES:
        assert isomorphic(parsed([report], name), turtle), name


def test_the_report_is_a_shacl_report(report: Json) -> None:
    """pySHACL finds in it all that SHACL asks of a report, and our own reader reads every result."""
    conforms, _, text = pyshacl.validate(
        parsed([report]), shacl_graph=rdflib.Graph().parse(data=REPORT_SHAPES)
    )
    assert conforms, text
    results = read_report(Graph(as_rdf.triples_of([report])))
    undecided = [r for r in report["rules"] if r["outcome"] in ("cantTell", "untested")]
    assert len(results) == len(report["findings"]) + len(undecided)


def test_a_result_says_who_what_and_how_bad(report: Json) -> None:
    """Each finding is a result on the authority, with its severity, shape and message."""
    graph = parsed([report])
    by_shape = {graph.value(r, SH.sourceShape): r for r in graph.subjects(SH.focusNode)}
    severities = {"violation": SH.Violation, "warning": SH.Warning, "info": SH.Info}
    for expected in report["findings"]:
        shape = rdflib.URIRef(expected["shape"] or RULE[expected["rule"]])
        found = by_shape[shape]
        assert graph.value(found, SH.focusNode) == rdflib.URIRef(expected["authority"])
        assert graph.value(found, SH.resultSeverity) == severities[expected["severity"]]
        assert str(graph.value(found, SH.resultMessage)) == phrases.plain(expected["message"])
        assert graph.value(found, SH.value) is None


def test_what_is_undecided_is_a_result_of_its_own_severity(report: Json) -> None:
    """Each row that could not be told or tested is a result on its subject, and conforms is false."""
    graph = parsed([report])
    found = list(graph.subjects(SH.resultSeverity, CODE["undecided-result"]))
    assert {graph.value(r, SH.sourceShape) for r in found} == {
        RULE.holder,
        RULE.unmeasured,
        RULE.weak,
    }
    assert {graph.value(r, SH.value) for r in found} == {rdflib.URIRef(POST), None}
    assert set(graph.objects(None, SH.conforms)) == {rdflib.Literal(False)}


def test_conforms_is_shacl_s_own(report: Json) -> None:
    """Without a finding and without anything undecided the report has no result and conforms."""
    report["rules"] = [r for r in report["rules"] if r["outcome"] in ("passed", "inapplicable")]
    report |= {"findings": [], "conforms": True, "verdict": "conforms", "undecided": 0}
    graph = parsed([report])
    assert set(graph.objects(None, SH.conforms)) == {rdflib.Literal(True)}
    assert not list(graph.objects(None, SH.result))


def test_every_row_is_an_earl_assertion(report: Json) -> None:
    """Each row is an assertion with rule, authority, software, mode, outcome and reason."""
    graph = parsed([report])
    assertions = list(graph.subjects(rdflib.RDF.type, EARL.Assertion))
    found = sorted(
        (
            str(graph.value(a, EARL.test)),
            str(graph.value(a, EARL.subject)),
            str(graph.value(a, EARL.mode)),
            str(graph.value(graph.value(a, EARL.result), EARL.outcome)),
            str(graph.value(graph.value(a, EARL.result), rdflib.DCTERMS.description)),
        )
        for a in assertions
    )
    assert found == sorted(
        (
            str(RULE[r["id"]]),
            r["authority"],
            str(EARL[r["mode"]]),
            str(EARL[r["outcome"]]),
            r["reason"],
        )
        for r in report["rules"]
    )
    by = {graph.value(a, EARL.assertedBy) for a in assertions}
    assert {str(graph.value(b, rdflib.DCTERMS.title)) for b in by} == {report["software"]}


def test_the_report_carries_its_circumstances(report: Json) -> None:
    """Verdict, days, structure, notice and edition are properties of the report."""
    graph = parsed([report])
    (node,) = graph.subjects(rdflib.RDF.type, SH.ValidationReport)
    assert graph.value(node, DG.verdict) == CODE.breaches
    assert str(graph.value(node, DG.asAt)) == report["asAt"]
    assert str(graph.value(node, DG.lawDay)) == report["lawAsAt"]
    assert str(graph.value(node, rdflib.PROV.used)) == report["structure"]
    assert str(graph.value(node, DG.notice)) == report["notice"]
    edition = graph.value(node, rdflib.DCTERMS.conformsTo)
    assert str(graph.value(edition, DG.version)) == report["rulebook"]["version"]
    assert str(graph.value(edition, DG.lawAsAt)) == report["rulebook"]["lawAsAt"]


def test_someone_unnamed_stays_unnamed_in_rdf(report: Json) -> None:
    """The names that the service makes for blank nodes of a description do not leave it."""
    for name in SYNTAXES:
        assert b"urn:dutygraph" not in RENDERINGS[name].render([report])


def test_several_reports_are_several_nodes(report: Json) -> None:
    """Two reports in one graph stay apart, each with its own results."""
    graph = parsed([report, report])
    nodes = list(graph.subjects(rdflib.RDF.type, SH.ValidationReport))
    assert len(nodes) == 2
    counts = [len(list(graph.objects(n, SH.result))) for n in nodes]
    assert counts == [8, 8]


def test_every_term_of_ours_in_the_rdf_is_defined(report: Json, rulebook: Rulebook) -> None:
    """No `def/` or `code/` term of the report is missing from the ontology."""
    graph = parsed([report])
    terms = {str(t) for triple in graph for t in triple if isinstance(t, rdflib.URIRef)}
    ours = {t for t in terms if t.startswith((str(DG), str(CODE)))}
    defined = {str(t.subject.value) for t in rulebook.graph}
    assert ours
    assert ours - defined == set()


# --- text -------------------------------------------------------------------------------------------


def as_text(*reports: Json) -> str:
    """The reports as text."""
    return RENDERINGS["text"].render(list(reports)).decode()


def test_the_text_reads_in_the_order_that_a_councillor_needs(report: Json) -> None:
    """Title, verdict, breaches, guidance, questions, passes, the rest, and the law at the end."""
    lines = as_text(report).splitlines()
    headings = [a for a, b in zip(lines, lines[1:], strict=False) if b and not b.strip("=-")]
    assert headings == [
        "Coventry on 24 January 2017",
        "What the law requires and is not met",
        "Guidance that is not followed",
        "Other things to look at",
        "Doubts that the authors record",
        "What cannot be told, and whom to ask",
        "What could not be tested",
        "What is met",
        "What does not apply",
        "Notes",
        "What follows from what is said",
        "The words that the facts rest on",
        "About this report",
        "How far each rule has been checked",
        "The law and guidance, with addresses",
    ]


def test_the_text_is_words(report: Json) -> None:
    """Before the addresses there is no IRI, no prefixed name and no word of RDF."""
    report["rules"][0]["facts"] = report["rules"][0]["facts"][:1]
    report["findings"][0]["facts"] = report["rules"][0]["facts"]
    report["findings"].pop()
    report["rules"][-3]["title"] = "Plain"
    text, addresses = as_text(report).split("The law and guidance, with addresses")
    assert not re.search(r"://|\bdg:|\bcode:|\bauth:|\burn:|w3id", text)
    assert not re.search(r"\b(RDF|IRI|SHACL|triple|graph|shape|cantTell)\b", text)
    assert LAW in addresses


def test_the_text_keeps_its_width(report: Json, real_reports: list[Json]) -> None:
    """No line is longer than 88 columns, except an address."""
    for each in [report, *real_reports]:
        long = [line for line in as_text(each).splitlines() if len(line) > 88]
        assert all("://" in line and " " not in line.strip() for line in long)


def test_the_text_says_where_a_fact_stands_and_how_it_is_known(report: Json) -> None:
    """A pass shows basis, paragraph and caveat; a finding its remedy, clause and verification."""
    text = " ".join(as_text(report).split())
    assert "(stated; decided by a person; source 004, Appendix 1, 3.3.4)" in text
    assert "But no second one is stated." in text
    assert "What would put it right: The remedy of breach." in text
    assert "section 18; the rule is checked against the primary text." in text
    assert "Ask the monitoring officer: * Who is the director of Coventry?" in text
    assert "It came into force on 29 June 2018." in text
    assert "A departure is recorded: Coventry departs from the guidance" in text


def test_the_text_moves_no_terminal(report: Json) -> None:
    """A control character in a description does not reach the reader's terminal."""
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", as_text(report))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (PARAGRAPH, "source 004, Appendix 1, 3.3.4"),
        (
            "https://w3id.org/dutygraph/id/source/003/ac-2.1-p14",
            "source 003, Appendix C, 2.1, page 14",
        ),
        ("https://w3id.org/dutygraph/id/source/000/l120", "source 000, line 120"),
        ("https://w3id.org/dutygraph/id/source/900/2.1", "source 900, 2.1"),
        ("https://w3id.org/dutygraph/id/source/900", "source 900"),
        ("https://w3id.org/dutygraph/id/source/004/other-members", "source 004, other members"),
        ("https://w3id.org/dutygraph/id/register/authorities", "the national register"),
        ("https://example.org/paper", "example.org/paper"),
        ("the minutes of 3 May", "the minutes of 3 May"),
        (None, ""),
    ],
)
def test_a_place_is_put_into_words(source: str | None, words: str) -> None:
    """The address of a paragraph is read as document, part and number."""
    assert phrases.place(source) == words


def test_places_in_one_part_are_put_together() -> None:
    """Paragraphs of one document are named once, in counting order, by part."""
    base = "https://w3id.org/dutygraph/id/source/004"
    ends = ["/a1-3.10", "/a1-3.9", "/1.2.3", "/cover", "/a1", "/1.2.3"]
    words = phrases.places([*(base + e for e in ends), "https://example.org/a"])
    assert words == "source 004, 1.2.3, cover; Appendix 1, 3.9, 3.10; example.org/a"


# --- CSV --------------------------------------------------------------------------------------------


def as_rows(*reports: Json) -> list[dict[str, str]]:
    """The reports as the rows of their table."""
    return list(
        csv.DictReader(io.StringIO(RENDERINGS["csv"].render(list(reports)).decode(), newline=""))
    )


def test_the_table_has_a_row_for_each_rule_row(report: Json) -> None:
    """Rows and columns are those that are described, in the report's order."""
    rows = as_rows(report, report)
    assert [(r["rule"], r["outcome"]) for r in rows] == 2 * [
        (r["id"], r["outcome"]) for r in report["rules"]
    ]
    assert [column.name for column in table_of("report")] == list(as_csv.COLUMNS)
    assert rows[0]["remedy"] == "the remedy of breach."
    assert rows[0]["asAt"] == "2017-01-24"


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_s20_no_cell_is_a_formula(report: Json, mark: str) -> None:
    """S20: a cell that begins as a formula begins with an apostrophe instead, and is whole."""
    hostile = mark + 'cmd|" /C calc"!A0;=1\n+2'
    report["rules"][0] |= {"title": hostile, "reason": hostile, "authorityName": hostile}
    first = as_rows(report)[0]
    assert first["title"] == first["reason"] == first["authorityName"] == "'" + hostile
    for cells in as_rows(report):
        assert not any(c.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for c in cells.values())


def test_s20_every_cell_is_quoted(report: Json) -> None:
    """S20: where a semicolon separates cells, what follows one in a text begins no cell."""
    report["rules"][0]["title"] = "a;=1"
    assert b'"a;=1"' in RENDERINGS["csv"].render([report])


def test_a_cell_may_hold_lines(report: Json) -> None:
    """A line end within a value does not end its row."""
    report["rules"][0]["reason"] = 'one\r\ntwo, "three"'
    rows = as_rows(report)
    assert rows[0]["reason"] == 'one\r\ntwo, "three"'
    assert len(rows) == len(report["rules"])


# --- HTML -------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a test asks of a page: its elements, and the text inside some of them."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.elements.append((tag, {k: v or "" for k, v in attrs}))

    def handle_data(self, data: str) -> None:
        """Keep a piece of text."""
        self.texts.append(data)

    def all(self, *tags: str) -> list[dict[str, str]]:
        """The attributes of every element of some names, in order."""
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def text(self) -> str:
        """All text, its spaces made one."""
        return " ".join(" ".join(self.texts).split())


def page_of(*reports: Json, **options: Any) -> Page:
    """The page of some reports."""
    return Page(as_html.render(list(reports), **options))


def test_s19_nothing_in_a_page_can_act(report: Json, real_reports: list[Json]) -> None:
    """S19: no script, no handler, no inline style, no form, and only http, https and page links."""
    for page in (page_of(report), page_of(*real_reports[:5]), page_of(report, stylesheet="/s.css")):
        names = {tag for tag, _ in page.elements}
        assert not names & {"script", "iframe", "object", "embed", "form", "img", "base"}
        for _, attributes in page.elements:
            assert not [a for a in attributes if a.startswith("on") or a == "style"]
        for link in page.all("a"):
            assert re.match(r"https?://|#|/", link["href"]), link


def test_s19_a_hostile_label_is_text(report: Json) -> None:
    """S19: markup in a label is shown as it was written, and a `javascript:` address is no link."""
    page = page_of(report)
    assert "<script>alert('x')</script>" in page.text
    assert "javascript:alert(1)" in page.text
    assert "A leaflet" in page.text
    assert not [a for a in page.all("a") if "javascript" in a["href"]]


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        ("https://example.org/a", True),
        ("HTTP://example.org", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("/etc/passwd", False),
        ("https:", False),
        ("http://[::1", False),
        ("", False),
        (None, False),
    ],
)
def test_s19_only_web_addresses_are_linked(address: str | None, linked: bool) -> None:
    """S19: an address is linked only where it is http or https with a host."""
    assert as_html.web_address(address) == (address if linked else None)


def test_the_page_needs_no_other_file(report: Json) -> None:
    """The page from the command line holds its style, and a policy that allows only that."""
    page = page_of(report)
    assert not page.all("link")
    (policy,) = [m["content"] for m in page.all("meta") if "http-equiv" in m]
    text = as_html.render([report]).decode()
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r"@import|url\(", style)


def test_a_served_page_links_its_style_and_its_rules(report: Json) -> None:
    """With an address of the style sheet the page links it, and rule names lead to their pages."""
    page = page_of(report, stylesheet="/static/style.css", rules_at="/rules/")
    assert [link["href"] for link in page.all("link")] == ["/static/style.css"]
    assert not page.all("style")
    assert "/rules/breach" in {a["href"] for a in page.all("a")}


@pytest.mark.parametrize("number", [1, 2])
def test_the_page_has_a_structure_that_can_be_heard(report: Json, number: int) -> None:
    """Language, title, landmarks, unique ids, headings without gaps, captions, names for pictures."""
    page = page_of(*[report] * number)
    assert page.all("html") == [{"lang": "en-GB"}]
    assert [len(page.all(t)) for t in ("title", "header", "main", "footer", "h1")] == [1] * 5
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")} <= set(ids)
    for _, attributes in page.elements:
        assert set(attributes.get("aria-labelledby", "").split()) <= set(ids)
    levels = [int(t[1]) for t, _ in page.elements if re.fullmatch(r"h[1-6]", t)]
    assert all(b - a <= 1 for a, b in zip([0, *levels], levels, strict=False))
    assert len(page.all("table")) == len(page.all("caption"))
    assert all("scope" in th for th in page.all("th"))
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in page.all("svg"))


def test_the_page_says_all_that_the_report_says(report: Json) -> None:
    """Verdict, counts, findings, questions, reasons, facts, clauses, notes and notice are there."""
    page = page_of(report)
    said = html.unescape(page.text)
    for expected in (
        "Breaches",
        report["verdictMeaning"],
        report["notice"],
        report["notes"][0],
        "Ask the monitoring officer",
        "Who is the director of Coventry?",
        "dg:designatedBy auth:coventry",
        "source 004, Appendix 1, 3.3.4",
        "The remedy of breach.",
        "Coventry departs from the guidance: it is small.",
        "No second one is stated.",
        "checked against the primary text",
        *phrases.OUTCOME_NAMES.values(),
    ):
        assert expected in said
    for each in report["rules"]:
        assert phrases.sentence(each["reason"]) in said
    assert LAW in {a["href"] for a in page.all("a")}


def test_the_bar_is_as_long_as_the_counts(report: Json) -> None:
    """The segments of the bar follow one another, are in proportion and fill it."""
    segments = as_html.bar(report["summary"])
    assert [s[0] for s in segments] == ["failed", "cantTell", "untested", "passed", "inapplicable"]
    assert sum(width for _, _, width in segments) == pytest.approx(600, abs=0.1)
    assert segments[0][2] == pytest.approx(600 * 4 / 9, abs=0.01)
    assert as_html.bar(dict.fromkeys(OUTCOMES, 0)) == []


def luminance(colour: str) -> float:
    """The relative luminance of a colour such as #17693f (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_pair_of_colours_can_be_read() -> None:
    """Text on its ground has a contrast of 4.5 to 1 or more (WCAG 2.2, 1.4.3)."""
    style = as_html.STYLE.read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", style))
    pairs = [
        (name, colours[name], colours[f"{name}-soft"])
        for name in colours
        if f"{name}-soft" in colours
    ]
    pairs += [(name, colours[name], colours["paper"]) for name in ("ink", "muted", "link")]
    pairs += [("muted on soft", colours["muted"], colours["soft"])]
    assert len(pairs) >= 11
    for name, text, ground in pairs:
        light, dark = sorted((luminance(text), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, name


# --- in a browser -----------------------------------------------------------------------------------

CHROMIUM = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=5000",
]
# A page of our own around the report's: it measures, since the report's page runs no script.
MEASURE = """\
<!doctype html><iframe style="width:{width}px;height:900px;border:0" srcdoc="{page}"></iframe>
<pre id="found"></pre><script>
document.querySelector("iframe").onload = event => {{
  const page = event.target.contentDocument, root = page.documentElement;
  document.getElementById("found").textContent = JSON.stringify({{
    wide: root.scrollWidth,
    verdict: page.defaultView.getComputedStyle(page.querySelector(".verdict")).backgroundColor,
    size: parseFloat(page.defaultView.getComputedStyle(page.body).fontSize),
    bar: page.querySelector(".bar").getBoundingClientRect().width,
  }});
}};
</script>
"""


@pytest.fixture
def chromium(tmp_path: Path):
    """A function that runs chromium with a fresh profile and gives its stdout."""
    if not shutil.which("chromium"):
        pytest.fail("chromium is not installed: `make test-system` needs it")

    def browse(*arguments: str) -> str:
        return subprocess.run(
            [*CHROMIUM, f"--user-data-dir={tmp_path / 'profile'}", *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout

    return browse


@pytest.mark.system
@pytest.mark.parametrize("width", [320, 360, 1200])
def test_the_page_fits_its_window(report: Json, tmp_path: Path, chromium, width: int) -> None:
    """At 320, 360 and 1200 pixels nothing sticks out, and the policy lets the style apply."""
    page = html.escape(as_html.render([report]).decode(), quote=True)
    around = tmp_path / "around.html"
    around.write_text(MEASURE.format(width=width, page=page), encoding="utf-8")
    dom = chromium("--window-size=1400,1000", "--dump-dom", around.as_uri())
    found = json.loads(html.unescape(re.findall(r'<pre id="found">(.*?)</pre>', dom)[0]))
    assert found["wide"] <= width
    assert found["verdict"] == "rgb(251, 233, 231)"
    assert found["size"] >= 16
    assert found["bar"] > 200


@pytest.mark.system
def test_the_page_prints(report: Json, tmp_path: Path, chromium) -> None:
    """Chromium prints the page to a PDF document of more than one page."""
    page, printed = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_bytes(as_html.render([report]))
    chromium(f"--print-to-pdf={printed}", page.as_uri())
    assert printed.read_bytes().startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes())) > 1


@pytest.mark.parametrize(
    ("printed", "said"),
    [("2017-01-24", "24 January 2017"), ("2013-02", "February 2013"), ("2013", "2013")],
)
def test_the_date_of_a_source_is_said_as_it_is_printed(printed: str, said: str) -> None:
    """A report may be dated by a day, a month or a year."""
    assert phrases.day(printed) == said
