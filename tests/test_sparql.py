"""The SPARQL resource and the saved questions, on a server with a store of its own.

What a stranger may not do is in `test_security`; here is what everybody may.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from functools import cache
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from dutygraph.dataset import Dataset
from dutygraph.errors import Problem
from dutygraph.queries import Question, questions
from dutygraph.renderings import answers
from dutygraph.rulebook import Rulebook
from dutygraph.sparql import Query, read_query
from dutygraph.triples import parse_quads
from tests.http_fixtures import (
    RDF_FORMATS,
    Answer,
    server_with_a_store,
    server_with_defaults,
)
from tests.test_http import conforms_to

FIXTURES = (server_with_a_store, server_with_defaults)
QUESTIONS = questions()
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ROWS = "SELECT ?s ?title { ?s a dg:Structure ; dct:title ?title } ORDER BY ?s LIMIT 3"
STATEMENTS = "CONSTRUCT WHERE { ?s a dg:Structure }"
FORM = "application/x-www-form-urlencoded"
RESULTS = "application/sparql-results+"


@cache
def dataset() -> Dataset:
    """What the command line asks."""
    return Dataset.load()


def rows_of(text: bytes) -> list[list[str]]:
    """The rows of a CSV."""
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


# --- the same answers as the command line -------------------------------------------------------


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda q: q.name)
def test_a_question_finds_the_same_over_http(asked: Question, kept: Any) -> None:
    """Every saved query finds through /sparql the rows that `dutygraph query` finds, as often each.

    Rows that a query's own ORDER BY leaves tied may come in any order.
    """
    data = dataset()
    wanted = rows_of(answers.render(data.query(asked.text), "csv", data.prefixes))
    found = kept.query(asked.text, "format=csv")
    assert found.status == 200, found.body
    head, *rows = rows_of(found.body)
    assert head == wanted[0]
    assert Counter(map(tuple, rows)) == Counter(map(tuple, wanted[1:]))


@pytest.mark.parametrize(
    "text",
    [
        # Triples that stand in several graphs, and unnamed nodes across the union and their graph.
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) { ?s dg:title ?o }",
        "SELECT (COUNT(*) AS ?n) { ?x a ?t FILTER isBlank(?x) GRAPH ?g { ?x ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) { ?x rdfs:label ?l FILTER isBlank(?x) GRAPH ?g { ?x a ?t } }",
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
        "SELECT (COUNT(*) AS ?n) FROM src:004 { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) FROM NAMED src:004 { GRAPH ?g { ?s ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) FROM NAMED src:004 { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) FROM src:004 { GRAPH ?g { ?s ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) FROM src:003 FROM NAMED src:004 { ?s ?p ?o . GRAPH ?g { ?a ?p ?b } }",
    ],
)
def test_graphs_are_counted_as_on_the_command_line(text: str, kept: Any) -> None:
    """The default graph, GRAPH, FROM and FROM NAMED mean the same as for `dutygraph query`."""
    data = dataset()
    wanted = rows_of(answers.render(data.query(text), "csv", data.prefixes))
    assert rows_of(kept.query(text, "format=csv").body) == wanted


# --- the protocol -------------------------------------------------------------------------------


def test_every_way_of_asking_gives_the_same_answer(kept: Any) -> None:
    """GET, POST of a query and POST of a form are one (SPARQL 1.1 Protocol, section 2.1)."""
    encoded = urlencode({"query": ROWS})
    ways = [
        kept.ask("GET", "/sparql?" + encoded),
        kept.query(ROWS),
        kept.query("\ufeff" + ROWS),
        kept.ask("POST", "/sparql", encoded.encode(), {"Content-Type": FORM}),
        kept.ask("POST", "/sparql", encoded.encode(), {"Content-Type": FORM + "; charset=UTF-8"}),
    ]
    assert {way.status for way in ways} == {200}
    assert {way.body for way in ways} == {ways[0].body}
    assert len(ways[0].json["results"]["bindings"]) == 3
    assert "Accept" in ways[0].headers["Vary"]


@pytest.mark.parametrize(
    ("text", "accept", "format", "media_type"),
    [
        (ROWS, None, None, RESULTS + "json"),
        (ROWS, "*/*", None, RESULTS + "json"),
        (ROWS, "application/json", None, RESULTS + "json"),
        (ROWS, RESULTS + "xml", None, RESULTS + "xml"),
        (ROWS, "text/csv", "xml", RESULTS + "xml"),
        (ROWS, "text/csv;q=0.5, text/tab-separated-values", None, "text/tab-separated-values"),
        (ROWS, None, "csv", "text/csv"),
        (ROWS, None, "text/csv", "text/csv"),
        (ROWS, BROWSER, None, "text/html"),
        ("ASK { }", None, "xml", RESULTS + "xml"),
        ("ASK { }", BROWSER, None, "text/html"),
        (STATEMENTS, None, None, "text/turtle"),
        (STATEMENTS, "application/ld+json", None, "application/ld+json"),
        (STATEMENTS, BROWSER, None, "text/html"),
        ("DESCRIBE st:model-3b", None, "rdfxml", "application/rdf+xml"),
        ("DESCRIBE st:model-3b", "text/csv", "ntriples", "application/n-triples"),
    ],
)
def test_negotiation(
    text: str, accept: str | None, format: str | None, media_type: str, kept: Any
) -> None:
    """The form is the asker's choice among those of the query's kind; ?format= wins."""
    headers = {"Accept": accept} if accept else {}
    answer = kept.query(text, f"format={format}" if format else "", **headers)
    assert answer.status == 200, answer.body
    assert answer.media_type.split(";")[0] == media_type


@pytest.mark.parametrize(
    ("text", "format"),
    [(ROWS, "turtle"), (STATEMENTS, "csv"), ("ASK {}", "json-ld"), (ROWS, "pdf")],
)
def test_a_form_of_another_kind_is_refused(text: str, format: str, kept: Any) -> None:
    """Rows are no RDF and statements no table; the problem lists what can be had."""
    answer = kept.query(text, f"format={format}")
    assert answer.slug == "not-acceptable"
    assert answer.json["available"]


def _in_json(answer: Answer) -> list[list[str]]:
    bindings = answer.json["results"]["bindings"]
    return [[row[name]["value"] for name in answer.json["head"]["vars"]] for row in bindings]


def _in_xml(answer: Answer) -> list[list[str]]:
    space = "{http://www.w3.org/2005/sparql-results#}"
    results = ElementTree.fromstring(answer.body).iter(space + "result")  # noqa: S314
    return [["".join(b.itertext()) for b in result.iter(space + "binding")] for result in results]


def _in_tsv(answer: Answer) -> list[list[str]]:
    lines = answer.body.decode().splitlines()[1:]
    return [[re.sub(r'^[<"]|"(@en)?$|>$', "", c) for c in line.split("\t")] for line in lines]


def test_every_form_of_rows_says_the_same(kept: Any) -> None:
    """JSON, XML, CSV and TSV have the same three rows."""
    wanted = rows_of(kept.query(ROWS, "format=csv").body)[1:]
    assert len(wanted) == 3
    assert _in_json(kept.query(ROWS)) == wanted
    assert _in_xml(kept.query(ROWS, "format=xml")) == wanted
    assert _in_tsv(kept.query(ROWS, "format=tsv")) == wanted


def test_every_syntax_of_statements_says_the_same(kept: Any) -> None:
    """The four RDF syntaxes hold the same statements."""
    syntaxes = (
        "text/turtle",
        "application/ld+json",
        "application/n-triples",
        "application/rdf+xml",
    )
    found = []
    for media_type in syntaxes:
        answer = kept.query(STATEMENTS, Accept=media_type)
        found.append({q.triple for q in parse_quads(answer.body, RDF_FORMATS[media_type])})
    assert found[0]
    assert all(one == found[0] for one in found)


def test_a_dataset_of_the_protocol_wins_over_from(kept: Any) -> None:
    """default-graph-uri and named-graph-uri count, and may be given several times."""
    text = "SELECT (COUNT(*) AS ?n) FROM src:003 { ?s ?p ?o }"
    base = "https://w3id.org/dutygraph/id/source/"

    def count(parameters: list[tuple[str, str]]) -> int:
        answer = kept.query(text, urlencode([*parameters, ("format", "csv")]))
        return int(rows_of(answer.body)[1][0])

    third, fourth = (count([("default-graph-uri", base + n)]) for n in ("003", "004"))
    assert count([]) == third != fourth
    assert count([("default-graph-uri", base + n) for n in ("003", "004")]) == third + fourth
    assert count([("named-graph-uri", base + "004")]) == 0


@pytest.mark.parametrize("text", ["ASK { ?s a dg:Structure }", "ASK { ?s a code:Nothing }"])
def test_the_projects_prefixes_are_known(text: str, kept: Any) -> None:
    """A query without a PREFIX line may use them; one with may not."""
    assert kept.query(text).status == 200
    assert kept.query("PREFIX x: <urn:x:>\n" + text).slug == "query-syntax"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("SELECT *\n{ ?s ?p\n", 3, 1),
        ("SELECT * { ?s ?p ?o ", 1, 21),
        ("# a\nSELECT * { ?s dg:title }", 2, 24),
        ("SELECT * WHERE", 1, 15),
        ("", 1, 1),
    ],
)
def test_a_fault_is_shown_at_its_place(text: str, line: int, column: int, kept: Any) -> None:
    """The place is that in the caller's own text, whatever was declared for it."""
    problem = kept.query(text).json
    assert problem["type"].endswith("/query-syntax")
    assert (problem["line"], problem["column"]) == (line, column)


@pytest.mark.parametrize(
    ("method", "parameters", "body", "media_type", "slug"),
    [
        ("GET", "query=ASK{}&query=ASK{}", b"", "", "bad-parameter"),
        ("GET", "query=ASK{}&timeout=5", b"", "", "bad-parameter"),
        ("GET", "default-graph-uri=urn:a", b"", "", "bad-parameter"),
        ("POST", "", b"x=1", FORM, "bad-parameter"),
        ("POST", "", b"format=csv", FORM, "bad-parameter"),
        ("POST", "", b"ASK{}", "text/plain", "unsupported-media-type"),
        ("POST", "", b"ASK{}", "", "unsupported-media-type"),
        ("POST", "", b"ASK{}", FORM + "; charset=latin1", "unsupported-media-type"),
        ("POST", "", b"ASK{ ?s ?p '\xff' }", "application/sparql-query", "query-syntax"),
        ("POST", "", b"x" * 600_000, "application/sparql-query", "too-large"),
        ("POST", "", b"query=" + b"x" * 600_000, FORM, "too-large"),
        ("PUT", "", b"", "", "method-not-allowed"),
    ],
)
def test_a_request_that_cannot_be_served_is_explained(
    method: str, parameters: str, body: bytes, media_type: str, slug: str, kept: Any
) -> None:
    """Each gets the problem that says what to do."""
    headers = {"Content-Type": media_type} if media_type else {}
    answer = kept.ask(method, f"/sparql?{parameters}", body or None, headers)
    assert answer.slug == slug, answer.body


def test_without_a_store_there_is_nothing_to_ask(server: Any) -> None:
    """A service that keeps no graphs says so, and shows the questions all the same."""
    assert server.query("ASK { }").slug == "no-store"
    assert server.ask("GET", "/sparql?format=turtle").slug == "no-store"
    assert server.ask("GET", "/queries").status == 200
    page = server.ask("GET", f"/queries/{QUESTIONS[0].name}", headers={"Accept": BROWSER})
    assert page.status == 200 and b"cannot be asked just now" in page.body


# --- the page and the description ---------------------------------------------------------------


def test_the_service_is_described(kept: Any) -> None:
    """In RDF, by negotiation: what it speaks and the graphs that it holds (Service Description)."""
    sd = "http://www.w3.org/ns/sparql-service-description#"
    found = []
    for media_type in ("text/turtle", "application/rdf+xml", "application/n-triples"):
        answer = kept.ask("GET", "/sparql", headers={"Accept": media_type})
        assert answer.media_type.split(";")[0] == media_type
        triples = [q.triple for q in parse_quads(answer.body, RDF_FORMATS[media_type])]
        found.append({t.object.value for t in triples if t.predicate.value == sd + "name"})
        said = {(t.predicate.value, str(t.object.value)) for t in triples}
        assert (sd + "supportedLanguage", sd + "SPARQL11Query") in said
        assert (sd + "endpoint", "https://w3id.org/dutygraph/sparql") in said
    assert found[0] == found[1] == found[2] == set(dataset().graphs.names())


def test_a_browser_gets_a_form_and_a_table(kept: Any) -> None:
    """The page has a form under labels, without script; its answer is a table with links."""
    page = kept.ask("GET", "/sparql", headers={"Accept": BROWSER}).body.decode()
    assert '<label for="query">' in page and '<label for="format">' in page
    assert not re.search(r"<script| style=| on\w+=", page)
    assert all(f'href="/queries/{q.name}"' in page for q in QUESTIONS)
    fields = urlencode({"query": ROWS, "format": "html"}).encode()
    answer = kept.ask("POST", "/sparql", fields, {"Content-Type": FORM, "Accept": BROWSER})
    shown = answer.body.decode()
    assert "3 rows" in shown and shown.count("<tr>") == 4
    assert 'href="/id/structure/' in shown
    assert "SELECT ?s ?title" in shown


def test_hostile_terms_are_text(kept: Any) -> None:
    """What a query makes up is escaped, and only addresses of the web are links."""
    text = "SELECT * { VALUES (?a ?b) { ('<script>alert(1)</script>' <javascript:alert(1)>) } }"
    shown = kept.query(text, Accept=BROWSER).body.decode()
    assert "<script" not in shown and "&lt;script&gt;" in shown
    assert 'href="javascript' not in shown


def test_a_page_says_what_it_does_not_show(kept: Any) -> None:
    """A table of more than a thousand rows says how many there are."""
    shown = kept.query("SELECT ?s { ?s ?p ?o } LIMIT 1200", Accept=BROWSER).body.decode()
    assert re.search(r"1,?200 rows, of which the first 1000 are shown", shown)


def test_answers_are_what_openapi_says(kept: Any) -> None:
    """Rows, truth, the list of questions and a question have the members that are promised."""
    spec = kept.ask("GET", "/openapi.json").json
    promised = {
        "/sparql": [kept.query(ROWS), kept.query("ASK { }")],
        "/queries": [kept.ask("GET", "/queries")],
        "/queries/{query_name}": [kept.ask("GET", f"/queries/{QUESTIONS[0].name}")],
    }
    for path, given in promised.items():
        content = spec["paths"][path]["get"]["responses"]["200"]["content"]
        for answer in given:
            schema = content[answer.media_type]["schema"]
            assert conforms_to(answer.json, schema, spec) == []
    post = spec["paths"]["/sparql"]["post"]
    assert set(post["requestBody"]["content"]) == {FORM, "application/sparql-query"}
    for status in ("400", "404", "406", "413", "415", "503"):
        assert status in post["responses"]
    example = spec["paths"]["/sparql"]["get"]["parameters"][0]["example"]
    assert kept.query(example).json["results"]["bindings"]


# --- the saved questions ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(q, id=q.name, marks=() if n % 8 == 0 else pytest.mark.long)
        for n, q in enumerate(QUESTIONS)
    ],
)
def test_every_question_has_its_page(asked: Question, kept: Any) -> None:
    """Its answer in words, its sources, its text and its table are there, and links that work."""
    page = kept.ask("GET", f"/queries/{asked.name}", headers={"Accept": BROWSER})
    assert page.status == 200
    shown = page.body.decode()
    assert "What the query finds today" in shown and '<table class="grid">' in shown
    assert not re.search(r"<script| style=| on\w+=", shown)


def test_a_question_comes_in_every_form(kept: Any) -> None:
    """JSON holds the whole, CSV the result, SPARQL the text; the list has its forms."""
    asked = QUESTIONS[0]
    path = f"/queries/{asked.name}"
    told = kept.ask("GET", path).json
    assert told["query"] == asked.text and told["answer"] == asked.header["Answer"]
    table = kept.ask("GET", path + "?format=csv")
    assert table.body == kept.query(asked.text, "format=csv").body
    assert told["result"]["head"]["vars"] == rows_of(table.body)[0]
    text = kept.ask("GET", path, headers={"Accept": "application/sparql-query"})
    assert (text.body.decode(), text.media_type) == (asked.text, "application/sparql-query")
    listed = kept.ask("GET", "/queries").json
    assert [one["name"] for one in listed] == [q.name for q in QUESTIONS]
    for form in ("html", "csv", "text"):
        assert asked.name in kept.ask("GET", f"/queries?format={form}").body.decode()


def test_an_unknown_question_is_told_the_nearest(kept: Any) -> None:
    """A misspelt name is a 404 with the names that are near."""
    problem = kept.ask("GET", f"/queries/{QUESTIONS[0].name}x")
    assert (problem.status, problem.slug) == (404, "unknown-query")
    assert QUESTIONS[0].name in problem.json["detail"]
    assert "GET /queries" in problem.json["detail"]


# --- reading a query ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "form", "default", "named"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT", (), ()),
        ("# ASK\nprefix ask: <urn:a:> construct where { ?s ask:from ?o }", "CONSTRUCT", (), ()),
        ("SELECT * FROM <urn:a> FROM NAMED <urn:b> {}", "SELECT", ("urn:a",), ("urn:b",)),
        ("BASE <http://a.b/c/> ASK FROM <d> {}", "ASK", ("http://a.b/c/d",), ()),
        ("PREFIX x: <urn:x:> ASK from x:y#z\nfrom NAMED x:z {}", "ASK", ("urn:x:y",), ("urn:x:z",)),
        ("PREFIX x: <urn:x:> ASK FROM x:a\\-b {}", "ASK", ("urn:x:a-b",), ()),
        ('ASK { ?from ?named \'FROM <urn:a>\' . <urn:FROM> ?p """FROM <urn:b>""" }', "ASK", (), ()),
        ("SELECT (1 < 2 AS ?a) FROM <urn:a> {}", "SELECT", ("urn:a",), ()),
        ("DESCRIBE <urn:a> FROM <urn:b>", "DESCRIBE", ("urn:b",), ()),
    ],
)
def test_what_a_query_says_of_itself(
    text: str, form: str, default: tuple[str, ...], named: tuple[str, ...]
) -> None:
    """Its form and the graphs of FROM are read as the parser reads them."""
    read = read_query(text)
    assert isinstance(read, Query)
    assert (read.form, read.default_graphs, read.named_graphs) == (form, default, named)


def test_reading_evaluates_nothing() -> None:
    """A query that would take for ever over no data at all is read at once."""
    values = " ".join(f"VALUES ?v{n} {{ {' '.join(map(str, range(100)))} }}" for n in range(6))
    assert read_query(f"ASK {{ {values} FILTER(?v0 > 1000) }}").form == "ASK"


def test_an_escape_of_ascii_is_refused() -> None:
    """Two servers may read it as two things; other escapes stay."""
    with pytest.raises(Problem, match="ASCII"):
        read_query("ASK { ?s ?p '\\u0027' }")
    assert read_query("ASK { ?s ?p '\\u00e9' }").form == "ASK"


def test_the_prefixes_are_those_of_the_command_line() -> None:
    """The service and `dutygraph query` know the same prefixes."""
    assert Rulebook.load().prefix_map == dataset().prefixes
