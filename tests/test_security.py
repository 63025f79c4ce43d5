"""One test for each line of the list of threats, through the service or the command line.

The doors themselves are tested in `test_parsing`, `test_admission` and `test_workers`; here the
whole is, as a stranger meets it.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import http.client
import io
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

import dutygraph
from dutygraph import cli
from dutygraph.agreement import compare_engines
from dutygraph.canonical_form import hash_of
from dutygraph.dataset import Dataset
from dutygraph.engines import Engine, Result
from dutygraph.errors import Problem
from dutygraph.linked.library import Library
from dutygraph.pipeline import Options, Pipeline
from dutygraph.publishing.tokens import TokenFile
from dutygraph.report import build_report
from dutygraph.rulebook import Rulebook
from dutygraph.settings import Settings, StoreFolder
from dutygraph.sparql import read_query
from dutygraph.store import store_of
from dutygraph.store.loading import LOADED
from dutygraph.terms import SH
from dutygraph.triples import Graph, Literal, NamedGraphs, NamedNode, RdfFormat, parse_quads
from dutygraph.web.app import create_app
from dutygraph.web.counts import SharedCounts
from dutygraph.web.kinds import EXPENSIVE_READS, KEEPS_NOTHING
from dutygraph.workers import Workers
from tests.fetching_fixtures import council, plain, written
from tests.http_fixtures import (
    DIRECTOR,
    FIRST_LINE,
    PREFIXES,
    STRUCTURE,
    TURTLE,
    Answer,
    Server,
    description,
    running,
    server_with_a_store,
    server_with_defaults,
    server_with_narrow_bounds,
    slow_description,
    somebody_else,
    start_server,
    strict_server,
    with_a_store,
)
from tests.publishing_fixtures import (
    COUNCILS,
    MANAGER,
    Publishers,
    graph,
    publishers_with_defaults,
    publishing,
)

FIXTURES = (
    publishers_with_defaults,
    server_with_defaults,
    strict_server,
    somebody_else,
    server_with_a_store,
    server_with_narrow_bounds,
)
SECOND_DIRECTOR = """\
:second a org:Post ; org:postIn auth:coventry ; dg:title "Director of Place" .
:d2 a dg:Designation ; dg:office code:director-of-childrens-services ;
    dg:designatedPost :second ; dg:designatedBy auth:coventry ;
    dg:from "2015-04-01"^^xsd:date ; dct:source para:2.3 .
:a2 a dg:Appointment ; dg:appointee :other ; dg:appointedTo :second ;
    dg:from "2015-04-01"^^xsd:date ; dct:source para:2.4 .
"""
PACKAGE = Path(dutygraph.__file__).parent
# What an error may never show: our files, our libraries, our language.
TELLTALES = ("Traceback", ".py", "site-packages", str(PACKAGE), "/etc/", "pyoxigraph", "rdflib")


def command(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command line."""
    return subprocess.run(
        [sys.executable, "-m", "dutygraph", *arguments],
        input=stdin,
        capture_output=True,
        timeout=120,
        env={"PYTHONPATH": str(PACKAGE.parent), "PATH": "/usr/bin:/bin"},
    )


def refused(answer: Answer, slug: str) -> dict[str, Any]:
    """The problem that a request was refused with."""
    assert answer.slug == slug, answer.body
    problem: dict[str, Any] = answer.json
    return problem


@pytest.mark.parametrize(
    "shapes",
    [
        ":s a sh:NodeShape ; sh:target [ a sh:SPARQLTarget ; sh:select 'QUERY' ] .",
        ":s a sh:NodeShape ; sh:rule [ a sh:SPARQLRule ; sh:construct 'QUERY' ] .",
        ":s sh:targetClass dg:Authority ; sh:sparql [ sh:select 'QUERY' ] .",
        ":structure sh:shapesGraph <URL> .",
    ],
)
def test_s1_a_caller_cannot_bring_shapes(shapes, server, listener):
    """Shapes in a submission are refused by name, none is run, and no parameter takes any."""
    query = f"SELECT ?this WHERE {{ SERVICE <{listener.address}> {{ ?this ?p ?o }} }}"
    stated = shapes.replace("QUERY", query).replace("URL", listener.address)
    problem = refused(server.validate(description(stated)), "changes-the-rules")
    assert "shacl#" in json.dumps(problem["statements"])
    address = f"shapes={listener.address}"
    for parameter in (address, address.replace("shapes", "rules"), "shacl=a"):
        refused(server.validate(description(), parameter), "bad-parameter")
    assert listener.heard == []


@pytest.mark.parametrize(
    "media_type", ["text/turtle", "application/ld+json", "application/n-quads"]
)
@pytest.mark.parametrize("address", ["/etc/hostname", "file:///etc/hostname", "URL", "<URL>"])
def test_s2_a_text_is_never_opened_as_a_path_or_an_address(address, media_type, server, listener):
    """A body that looks like a file or an address is a syntax error and nothing more."""
    body = address.replace("URL", listener.address)
    answer = server.validate(body, media_type=media_type)
    assert answer.slug in ("syntax", "not-rdf")
    assert Path("/etc/hostname").read_text(encoding="utf-8").strip() not in answer.body.decode()
    assert listener.heard == []


def test_s2_the_command_line_reads_files_and_no_addresses(listener):
    """An address as an argument is a file that is not there."""
    done = command("validate", listener.address)
    assert (done.returncode, done.stdout) == (2, b"")
    assert listener.heard == []


@pytest.mark.parametrize("where", ["top", "nested", "import"])
def test_s3_parsing_calls_nobody(where, server, listener):
    """A remote JSON-LD context is refused with those that are known, and is not fetched."""
    remote: Any = listener.address + "context.jsonld"
    document = {
        "top": {"@context": remote, "@id": "https://example.org/a"},
        "nested": {"https://example.org/p": {"@context": [remote], "@id": "https://example.org/a"}},
        "import": {"@context": {"@import": remote}, "@id": "https://example.org/a"},
    }[where]
    answer = server.validate(json.dumps(document), media_type="application/ld+json")
    assert answer.slug in ("unknown-context", "bad-value")
    if answer.slug == "unknown-context":
        assert answer.json["known"] == ["https://w3id.org/dutygraph/context.jsonld"]
    assert listener.heard == []


def test_s4_imports_are_left_out_and_the_report_says_so(server, listener):
    """`owl:imports` is not followed, changes nothing, and is named in the notes."""
    imports = f":ontology a owl:Ontology ; owl:imports <{listener.address}ontology> ."
    report = server.validate(description(imports)).json
    (note,) = [note for note in report["notes"] if "owl:imports" in note]
    assert f"{listener.address}ontology" in note
    # What else is said of the ontology stays a statement of the data, and their hash tells.
    rest: dict[str, Any] = {"notes": [], "data": None}
    assert report | rest == dutygraph.assess(description()) | rest
    assert listener.heard == []


BOMB = '<!DOCTYPE x [<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
)


@pytest.mark.parametrize(
    "body",
    [
        (BOMB + "]><x>&a9;</x>").encode(),
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>',
        b'<?xml version="1.0"?>\n\n<!DOCTYPE x SYSTEM "URL"><x/>',
        b'<!-- a --><!DOCTYPE x PUBLIC "-//a//b" "URL"><x/>',
        b'\xef\xbb\xbf<!DOCTYPE x [<!ENTITY % a SYSTEM "URL"> %a;]><x/>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'.encode(
            "utf-16"
        ),
    ],
    ids=["bomb", "file", "system", "public", "parameter", "utf-16"],
)
def test_s5_entities_are_never_expanded(body, server, listener):
    """A document type is refused before parsing, at once, in every disguise; nothing is fetched."""
    sent = body.replace(b"URL", listener.address.encode())
    answer = server.validate(sent, media_type="application/rdf+xml")
    assert answer.slug in ("document-type-declaration", "syntax")
    assert answer.seconds < 2
    assert Path("/etc/hostname").read_text(encoding="utf-8").strip() not in answer.body.decode()
    assert listener.heard == []


@pytest.mark.parametrize(
    ("body", "media_type", "status", "limit"),
    [
        (PREFIXES + ":a :b " + "[ :b " * 5_000 + "1" + " ]" * 5_000 + " .", TURTLE, 422, "100"),
        (PREFIXES + ":a :b " + "( " * 5_000 + ") " * 5_000 + ".", TURTLE, 422, "100"),
        ("[" * 100_000, "application/ld+json", 422, "100"),
        ("<a>" * 5_000, "application/rdf+xml", 422, "100"),
        (PREFIXES + f':a dg:title "{"x" * 100_001}" .', TURTLE, 413, "100,000"),
        (PREFIXES + f":a dg:describes :{'x' * 3_000} .", TURTLE, 413, "2,048"),
        (PREFIXES + ":a :b 1 .\n" * 200_001, TURTLE, 413, "200,000"),
    ],
    ids=["brackets", "lists", "json", "xml", "literal", "iri", "statements"],
)
def test_s6_size_and_shape_are_bounded(body, media_type, status, limit, server):
    """Nesting, literals, IRIs and statements each have a limit, which the refusal names."""
    answer = server.validate(body, media_type=media_type)
    assert answer.status == status
    assert limit in answer.json["detail"]
    assert server.validate(description()).status == 200


def test_s7_a_large_body_is_refused_before_it_is_read(server):
    """Ten terabytes that are only announced are refused at once."""
    with socket.create_connection(("127.0.0.1", server.port), 20) as raw:
        raw.sendall(
            b"POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: text/turtle\r\n"
            b"Content-Length: 10000000000000\r\n\r\n"
        )
        start = time.monotonic()
        assert raw.recv(4096).startswith(b"HTTP/1.1 413 ")
        assert time.monotonic() - start < 2


def test_s7_an_endless_body_is_cut_off(server):
    """A chunked body is read up to the limit and no further."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 200_000_000:
            sent += 100_000
            yield b"#" * 100_000

    try:
        connection.request(
            "POST", "/validate", endless(), {"Content-Type": TURTLE}, encode_chunked=True
        )
        assert connection.getresponse().status == 413
    except OSError:
        # The other side hung up while we were still sending.
        pass
    finally:
        connection.close()
    assert sent < 60_000_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_s7_compressed_bodies_are_not_inflated(encoding, server):
    """Whatever the compression, the body is refused unread."""
    refused(server.validate(b"\x1f\x8b" * 10, Content_Encoding=encoding), "compressed-body")


def processor_seconds(pid: int) -> float:
    """How long a process has used the processor."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_s11_the_deadline_frees_the_processor(strict):
    """After an assessment is ended, nothing of it goes on."""
    (worker,) = strict.workers()
    refused(strict.validate(slow_description(), "engine=reference"), "out-of-time")
    assert strict.validate(description()).status == 200
    assert worker not in strict.workers()
    before = sum(processor_seconds(pid) for pid in strict.descendants())
    time.sleep(1)
    assert sum(processor_seconds(pid) for pid in strict.descendants()) - before < 0.5


UPDATES = [
    "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
    "DELETE WHERE { ?s ?p ?o }",
    "# SELECT\nPREFIX a: <urn:a:> clear all",
    "LOAD <URL>",
    "DROP ALL",
    "SELECT * { ?s ?p ?o } ; DROP ALL",
    "WITH <urn:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
]


@pytest.mark.parametrize("text", UPDATES)
def test_s8_a_query_reads_and_nothing_else(text, kept, listener):
    """Updates are refused however they are sent, and the data are as before."""
    update = text.replace("URL", listener.address)
    counted = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    before = kept.query(counted).json
    sent: list[tuple[str, str]] = [
        ("application/sparql-query", update),
        ("application/sparql-update", update),
        ("application/x-www-form-urlencoded", urlencode({"query": update})),
        ("application/x-www-form-urlencoded", urlencode({"update": update})),
        ("application/x-www-form-urlencoded", urlencode({"query": counted, "update": update})),
    ]
    for media_type, body in sent:
        answer = kept.ask("POST", "/sparql", body.encode(), {"Content-Type": media_type})
        assert answer.slug in ("query-refused", "query-syntax"), answer.body
    answers = [kept.ask("GET", "/sparql?" + urlencode({n: update})) for n in ("query", "update")]
    assert {answer.status for answer in answers} == {400}
    assert kept.query(counted).json == before
    assert listener.heard == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
        "SELECT * { service\nsilent<URL>{} }",
        "PREFIX e: <URL> ASK { { { OPTIONAL { SERVICE e:a { ?s ?p ?o } } } } }",
        "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
        "SELECT * { { SELECT * { MINUS { SERVICE <URL> { ?s ?p ?o } } } } }",
        "CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?g { <URL> } SERVICE ?g { ?s ?p ?o } }",
        "DESCRIBE ?s { SERVICE#\n<URL> { ?s ?p ?o } }",
        "SELECT * { \\u0053ERVICE <URL> { ?s ?p ?o } }",
        "SELECT * { ?s ?p '\\u0027 } SERVICE <URL> { ?s ?p ?o } #' }",
        "SELECT * { ?s ?p '''it's''' SERVICE <URL> {} }",
    ],
)
def test_s9_no_query_calls_another_server(text, kept, listener):
    """SERVICE is refused however it is spelt or nested, and nobody is called."""
    answer = kept.query(text.replace("URL", listener.address))
    assert answer.slug in ("query-refused", "query-syntax"), answer.body
    assert listener.heard == []


@pytest.mark.parametrize("address", ["URL", "file:///etc/hostname", "urn:not-here", "FILE"])
def test_s10_a_dataset_is_of_graphs_that_are_kept(address, kept, listener):
    """FROM, FROM NAMED and the protocol's parameters name what is kept here, or are refused."""
    place = address.replace("URL", listener.address).replace("FILE", Path(__file__).as_uri())
    for text in (
        "SELECT * FROM <PLACE> { ?s ?p ?o }",
        "SELECT * FROM NAMED <PLACE> { GRAPH ?g { ?s ?p ?o } }",
        "PREFIX a: <PLACE> ASK FROM a: { ?s ?p ?o }",
        "BASE <PLACE> ASK FROM <> { ?s ?p ?o }",
    ):
        assert kept.query(text.replace("PLACE", place)).slug == "unknown-graph"
    for name in ("default-graph-uri", "named-graph-uri"):
        asked = kept.query("SELECT * { ?s ?p ?o }", urlencode({name: place}))
        assert asked.slug == "unknown-graph"
    assert listener.heard == []


ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def test_s11_a_query_that_does_not_end_is_ended(narrow):
    """It is a 503 soon after its time, the store rests soon after, and the next one is answered."""
    answer = narrow.query(ENDLESS)
    assert (answer.status, answer.slug) == (503, "query-too-long")
    assert 1 <= answer.seconds < 10
    end = time.monotonic() + 20
    while time.monotonic() < end:
        before = sum(processor_seconds(pid) for pid in narrow.descendants())
        time.sleep(1)
        if sum(processor_seconds(pid) for pid in narrow.descendants()) - before < 0.5:
            break
    else:
        pytest.fail("the store is still at it")
    # A server that was stuck is just started again, which may take longer than a query may here.
    while (next_one := narrow.query("ASK { ?s ?p ?o }")).status == 503:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert next_one.json["boolean"] is True


DEEP = "str(" * 2_000 + "1" + ")" * 2_000


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { FILTER(" + "str(" * 2_000 + "1" + ")" * 2_000 + ") }",
        "SELECT * " + "{" * 2_000 + "}" * 2_000,
        "SELECT * { ?s ?p " + "[ ?p " * 200 + "1" + "]" * 200 + " }",
        "SELECT * { FILTER(" + "!" * 5_000 + "1) }",
        "SELECT * { FILTER(1" + "||1" * 5_000 + ") }",
        "SELECT * { ?s ?p ?x FILTER(?x<1" + "||?x" * 5_000 + ">1) }",
        "SELECT * { ?s ?p ?x FILTER(?x<?x" + "/?x" * 5_000 + "&&?x>1) }",
        "SELECT * { {}" + " UNION {}" * 5_000 + " }",
        "SELECT * { " + "?s ?p ?o . " * 200 + "}",
        "SELECT * { ?s <urn:p>" + "/<urn:p>" * 500 + " ?o }",
        "SELECT * { ?s ?p ?x " + "FILTER(?x=1)" * 3_000 + " }",
        "SELECT * { ?s ?p 1" + ",1" * 500 + " }",
        "SELECT * { ?s ?p '" + "x" * 70_000 + "' }",
        # What Oxigraph takes for a comparison could be taken for an IRI, or for a string.
        f"SELECT * {{ BIND(1 AS ?a) FILTER(?a<'x>') FILTER({DEEP}) }}",
        f"SELECT * {{ BIND(1 AS ?a) FILTER(?a<?a#>'''\n) FILTER({DEEP}) #'''\n}}",
        f"SELECT * {{ <http://a/\\u00e9#> ?p ?o FILTER({DEEP}) }}",
        f"SELECT * {{ <http://a/\\u00e9'> ?p ?o FILTER({DEEP}) }}",
        f"SELECT * {{ VALUES ?x {{ '''abc' }} FILTER({DEEP}) }}",
        f"SELECT * {{ VALUES ?x {{ <urn:(> }} FILTER({DEEP}) }}",
        "SELECT * { FILTER(" + "COALESCE(<urn:)>," * 2_000 + "1" + ")" * 2_000 + ") }",
        "SELECT * { FILTER(" + ("1<" + "str(" * 18 + "1>(") * 40 + "1" + ")" * 760 + ") }",
        "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING " + "(1)" * 20_000,
        "SELECT ?s { ?s ?p ?o } ORDER BY " + "str(1)" * 10_000,
        "SELECT " + " ".join(f"(1 AS ?v{n})" for n in range(4_500)) + " { }",
        "SELECT * { ?s ?p (" + "1 " * 200 + ") }",
        "SELECT * { ?s ?p (" + "<urn:a> " * 200 + ") }",
        "PREFIX e: <urn:e> SELECT * { " + "?s e:p e:o." * 200 + " }",
        "PREFIX e: <urn:e> SELECT * { " + "e:s e:p 1." * 200 + " }",
        "SELECT * { ?s ?p ?o " + "~ ?r " * 200 + "}",
        "SELECT * { " + "<< " * 200 + "?s ?p ?o" + " >> ?p ?o" * 200 + " }",
        "SELECT * { FILTER(" + "-".join(["true"] * 2_000) + ") }",
        "SELECT * { FILTER(" + "-".join(["'x'@en"] * 2_000) + ") }",
        "'" + '\\"' * 30_000,
        '"' * 60_000,
        "'''" + "\\'''" * 15_000,
        "a." * 30_000,
    ],
    ids=lambda text: text[:30],
)
def test_s11_no_query_overflows_a_stack(text, narrow):
    """What is nested or chained so that it would end a parser's process is refused unread."""
    running = narrow.descendants()
    answer = narrow.query(text)
    assert answer.slug in ("query-refused", "query-syntax"), answer.body
    assert answer.seconds < 5
    assert narrow.descendants() == running


def test_s11_values_are_not_counted():
    """A long list of values is no complex query."""
    date = "'2017-01-24'^^<http://www.w3.org/2001/XMLSchema#date>"
    values = " ".join(f"(<urn:a{n}> 'a.b/c|d' -{n} {date})" for n in range(500))
    listed = ", ".join(f"<urn:a{n}>" for n in range(500))
    text = f"SELECT * {{ VALUES (?a ?b ?c ?d) {{ {values} }} FILTER(?b IN ({listed})) }}"
    assert read_query(text).form == "SELECT"


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_s12_a_long_answer_is_refused_and_not_cut_off(form, narrow):
    """More rows or bytes than there may be are a 413; as many as there may be are all there."""
    rows = "SELECT ?s { ?s ?p ?o } LIMIT "
    asked = [narrow.query(rows + n, f"format={form}") for n in ("51", "50")]
    assert [(a.status, a.slug) for a in asked] == [(413, "answer-too-large"), (200, "")]
    assert narrow.query("SELECT * { ?s ?p ?o }", f"format={form}").slug == "answer-too-large"
    endless = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    answer = narrow.query(endless, f"format={form}")
    assert answer.slug in ("answer-too-large", "query-too-long")
    assert answer.seconds < 10
    statements = narrow.query("CONSTRUCT WHERE { ?s ?p ?o }")
    assert (statements.status, statements.slug) == (413, "answer-too-large")


def test_s14_queries_leave_room_for_others(narrow):
    """With as many queries at work as may be, another is told to come back, and health is fine."""
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(narrow.query, ENDLESS) for _ in range(4)]
        time.sleep(0.4)
        health = narrow.ask("GET", "/health")
        answers = [future.result() for future in asked]
    assert (health.status, health.seconds < 10) == (200, True)
    slugs = sorted(answer.slug for answer in answers)
    assert slugs == ["busy", "busy", "query-too-long", "query-too-long"]
    busy = [answer for answer in answers if answer.slug == "busy"]
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in busy)


HIDDEN = "https://w3id.org/dutygraph/id/graph/hidden"


@pytest.fixture(name="secret")
def graph_that_nobody_may_see(kept: Server) -> str:
    """A graph that is in the store, and on no list of what is public."""
    store = store_of(Settings(store=StoreFolder(kept.store)))
    assert store is not None
    store.client.put_graph(HIDDEN, b"<urn:secret:s> <urn:secret:p> 'hush' .\n")
    store.client.close()
    return HIDDEN


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { <urn:secret:s> ?p ?o }",
        "SELECT * { GRAPH ?g { <urn:secret:s> ?p ?o } }",
        "SELECT * { GRAPH <SECRET> { ?s ?p ?o } }",
        "SELECT ?g { GRAPH ?g { } FILTER(?g IN (<SECRET>, <LOADED>)) }",
        "SELECT * { GRAPH ?g { ?s ?p ?o FILTER(?o = 'hush') } }",
        "SELECT * FROM <PUBLIC> { GRAPH ?g { ?s ?p 'hush' } }",
        "SELECT * FROM NAMED <PUBLIC> { GRAPH ?g { ?s ?p 'hush' } }",
        "SELECT * { { SELECT * { GRAPH ?g { ?s ?p 'hush' } } } }",
        "SELECT * { ?a <urn:secret:p>+ ?o }",
        "SELECT * FROM <SECRET> { ?s ?p ?o }",
        "SELECT * FROM NAMED <SECRET> { GRAPH ?g { ?s ?p ?o } }",
        "PREFIX s: <https://w3id.org/dutygraph/id/graph/> SELECT * FROM s:hidden { ?s ?p ?o }",
        "SELECT * FROM <LOADED> { ?s ?p ?o }",
        "DESCRIBE <urn:secret:s>",
        "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o FILTER(?o = 'hush') } }",
        "ASK { GRAPH ?g { ?s ?p 'hush' } }",
    ],
)
def test_s18_what_is_not_public_is_not_found(text, secret, kept):
    """No form of a query and no dataset that a caller names finds a graph that is not public."""
    public = "https://w3id.org/dutygraph/id/source/004"
    asked = text.replace("SECRET", secret).replace("LOADED", LOADED).replace("PUBLIC", public)
    answers = [kept.query(asked)]
    for name in ("default-graph-uri", "named-graph-uri"):
        answers += [kept.query(asked, urlencode({name: graph})) for graph in (secret, public)]
    for answer in answers:
        if answer.slug:
            assert answer.slug == "unknown-graph"
            continue
        for word in ("hush", "urn:secret", secret, LOADED, "sha256"):
            assert word not in answer.body.decode()
        assert not (text.startswith("ASK") and answer.json["boolean"])
    assert secret not in kept.ask("GET", "/sparql?format=ntriples").body.decode()
    # It is there, for whoever asks the store itself.
    store = store_of(Settings(store=StoreFolder(kept.store)))
    assert store is not None and store.client.read_graph(secret)
    store.client.close()


# --- councils and their graphs --------------------------------------------------------------------

WRITES = (
    ("PUT", ""),
    ("DELETE", ""),
    ("POST", "/undo"),
    ("PUT", "/draft"),
    ("DELETE", "/draft"),
    ("POST", "/draft/publish"),
)
PAIRS = [(one, other) for one in COUNCILS for other in COUNCILS]


def stored(publishers: Publishers) -> dict[str, bytes]:
    """Every graph of every council, as the store holds it."""
    store = store_of(Settings(store=StoreFolder(publishers.server.store)))
    assert store is not None
    try:
        kept = {name: store.writer.get(name) for name in store.graphs() if "/graphs/" in name}
        return {name: graph.statements for name, graph in kept.items() if graph}
    finally:
        store.client.close()


@pytest.mark.parametrize(("writer", "owner"), PAIRS)
def test_s17_a_council_writes_its_own_graphs_and_no_others(writer, owner, publishers):
    """Of every pair of councils, for every kind of write: its own is written, another's is not."""
    at = f"/graphs/{owner}/s17-by-{writer}"
    for path in (at, at + "/draft"):
        publishers.put(path, owner, graph(owner))
    tag = publishers.ask("GET", at, owner).headers["ETag"]
    changed = graph(owner, title="Changed")
    publishers.put(at, owner, graph(owner, title="Between"), tag)
    before = stored(publishers)
    for method, part in WRITES:
        body = changed if method == "PUT" else None
        for headers in ({"If_Match": "*"}, {"If_None_Match": "*"}, {}):
            answer = publishers.ask(method, at + part, writer, body, **headers)
            if writer != owner:
                assert (answer.status, answer.slug) == (403, "not-yours")
                assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
            else:
                assert answer.slug not in ("not-yours", "no-token", "bad-token")
    after = stored(publishers)
    assert (after == before) == (writer != owner)
    # What one council wrote touched no graph of another.
    others = [name for name in before if f"/graphs/{owner}/" not in name]
    assert all(after[name] == before[name] for name in others)


@pytest.mark.parametrize(("writer", "described"), PAIRS)
def test_s17_a_council_describes_itself_and_no_other(writer, described, publishers):
    """A structure of another council is refused at the address of the writer's own graph."""
    at = f"/graphs/{writer}/s17-of-{described}"
    for path in (at, at + "/draft"):
        answer = publishers.put(path, writer, graph(described))
        assert answer.status == (201 if writer == described else 422)
        assert answer.slug == ("" if writer == described else "not-of-the-council")


@pytest.mark.parametrize(
    "more",
    [
        ":coventry dg:describes auth:torbay .",
        "auth:anew a dg:Authority ; dg:name 'Anew' .",
        "auth:torbay-and-devon dg:kind code:unitary-authority .",
        "<https://w3id.org/dutygraph/graphs/torbay/today/versions/9> dct:created 'x' .",
        "<https://w3id.org/dutygraph/keys/torbay> dct:title 'x' .",
        "<https://w3id.org/dutygraph/partners/torbay/today> dct:title 'x' .",
    ],
)
def test_s17_a_graph_makes_no_statement_about_another_council(more, publishers):
    """Nor about what the service keeps of it: versions, keys, what a partner has said."""
    answer = publishers.put("/graphs/coventry/s17", "coventry", graph("coventry", more))
    assert answer.slug == "not-of-the-council", answer.body
    assert len(answer.json["statements"]) == 1


def test_s17_a_graph_says_its_own_side_of_what_is_shared(publishers):
    """Another council is mentioned as party, as holder of a joint post, as partner on a board."""
    more = (
        ":joint a dg:Designation ; dg:office code:director-of-childrens-services ;"
        " dg:designatedPost :coventry-dcs ; dg:designatedBy auth:torbay ; dct:source para:4 .\n"
        ":s113 a dg:Agreement ; dg:party auth:coventry , auth:torbay ; dct:source para:5 .\n"
    )
    answer = publishers.put("/graphs/coventry/s17-joint", "coventry", graph("coventry", more))
    assert answer.status == 201, answer.body


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "Basic Y292ZW50cnk6eA==",
        "Bearer",
        "Bearer nonsense",
        "Bearer dg1_000000000000_" + "A" * 43,
        "Bearer OWN-SHORTENED",
        "Bearer OWN-ALTERED",
    ],
)
@pytest.mark.parametrize(("method", "part"), WRITES)
def test_s17_without_a_good_token_nothing_is_written(method, part, token, publishers):
    """No token, half a token, a made-up one: 401 with how to present one (RFC 6750, section 3)."""
    own = publishers.tokens["coventry"]
    value = (token or "").replace("OWN-SHORTENED", own[:-1])
    value = value.replace("OWN-ALTERED", own[:-1] + ("A" if own[-1] != "A" else "B"))
    headers = {"If_None_Match": "*"} | ({} if token is None else {"Authorization": value})
    at = "/graphs/coventry/s17-nobody"
    body = graph("coventry") if method == "PUT" else None
    answer = publishers.ask(method, at + part, None, body, **headers)
    assert answer.status == 401
    assert answer.slug == ("no-token" if token is None else "bad-token")
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer realm=")
    assert ("invalid_token" in challenge) == (token is not None)
    assert own[:-1] not in answer.body.decode()
    assert publishers.ask("GET", at, "coventry").status == 404


def test_s17_tokens_are_hashed_at_rest_and_end_at_once(publishers):
    """The file is its owner's alone and holds no secret; a revoked token is refused from then on."""
    file = TokenFile(publishers.server.store / "tokens.json")
    token, secret = file.new("coventry", "for a test")
    assert file.path.stat().st_mode & 0o777 == 0o600
    content = file.path.read_text(encoding="utf-8")
    for presented in (secret, *publishers.tokens.values()):
        assert presented.rpartition("_")[2] not in content and presented not in content
    headers = {"Authorization": f"Bearer {secret}"}
    read = "/graphs/coventry/s17-revoked/draft"
    assert publishers.ask("GET", read, None, None, **headers).status == 404
    file.revoke(token.id)
    assert publishers.ask("GET", read, None, None, **headers).slug == "bad-token"
    assert publishers.ask("GET", "/graphs", "coventry").status == 200


@pytest.mark.parametrize("reader", [None, *COUNCILS])
def test_s18_a_draft_is_for_its_council_alone(reader, publishers):
    """No address and no query shows it, or that it is there, to anybody but its council."""
    at = "/graphs/plymouth/s18"
    publishers.put(at + "/draft", "plymouth", graph("plymouth", title="Undisclosed"))
    own = reader == "plymouth"
    for name, there in (("s18", True), ("s18-no-draft", False)):
        for part in ("/draft", "/draft/report"):
            answer = publishers.ask("GET", f"/graphs/plymouth/{name}{part}", reader)
            if own:
                assert answer.status == (200 if there else 404)
            else:
                assert answer.slug == ("not-yours" if reader else "no-token")
            assert (b"Undisclosed" in answer.body) == (own and there)
    draft = f"https://w3id.org/dutygraph{at}/draft"
    for text in (
        "SELECT ?t { ?s dg:title ?t FILTER(STR(?t) = 'Undisclosed') }",
        "SELECT ?g { GRAPH ?g { ?s dg:title ?t FILTER(STR(?t) = 'Undisclosed') } }",
        "SELECT ?t FROM <DRAFT> { ?s dg:title ?t }",
        "SELECT ?t FROM NAMED <DRAFT> { GRAPH ?g { ?s dg:title ?t } }",
        "SELECT ?t FROM <DRAFT/report> { ?s ?p ?t }",
        "SELECT ?t FROM <DRAFT/about> { ?s ?p ?t }",
    ):
        answer = publishers.ask(
            "POST",
            "/sparql",
            reader,
            text.replace("DRAFT", draft).encode(),
            Content_Type="application/sparql-query",
        )
        if answer.status == 200:
            found = answer.json["results"]["bindings"]
            # A draft is not yet what is: it is in no default graph, not even its council's.
            assert bool(found) == (own and "GRAPH" in text or own and "FROM" in text)
        else:
            assert answer.slug == "unknown-graph" and not own
    assert "s18" not in publishers.ask("GET", "/graphs", reader).body.decode()


@pytest.mark.parametrize("reader", [None, *COUNCILS])
def test_s25_the_public_sees_posts_without_holders_below_a_tier(reader, publishers):
    """Post and designation stay, person and tenure go, everywhere but for the post's own council."""
    at = "/graphs/torbay/s25"
    publishers.put(at, "torbay", graph("torbay", MANAGER.replace("COUNCIL", "torbay")))
    own = reader == "torbay"
    answers = [
        publishers.ask("GET", f"{at}{part}?format={form}", reader)
        for part in ("", "/versions/1")
        for form in ("turtle", "json-ld", "ntriples", "rdfxml", "html")
    ]
    assert all(b"Team Manager" in a.body and b"virtual-school-head" in a.body for a in answers)
    answers += [
        publishers.ask("GET", f"{at}/versions/1/report?format={form}", reader)
        for form in ("json", "html", "turtle", "csv", "text")
    ]
    answers += [publishers.ask("GET", at + "/history", reader)]
    whole = f"https://w3id.org/dutygraph{at}"
    for text in (
        "SELECT ?p { ?tenure dg:appointee ?p }",
        "SELECT * { ?s ?p ?o FILTER(CONTAINS(STR(?o), 'Hushwell')) }",
        "SELECT * { GRAPH ?g { ?s ?p ?o FILTER(CONTAINS(STR(?o), 'Hushwell')) } }",
        "SELECT * FROM <WHOLE> { ?s ?p ?o }",
        "SELECT * FROM NAMED <WHOLE/own> { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * FROM <WHOLE/own/held-back> { ?s ?p ?o }",
        "SELECT * FROM <WHOLE/own/versions/1> { ?s ?p ?o }",
    ):
        body = text.replace("WHOLE", whole).encode()
        answer = publishers.ask(
            "POST", "/sparql", reader, body, Content_Type="application/sparql-query"
        )
        assert answer.status == 200 or (answer.slug == "unknown-graph" and not own)
        named = b"hidden-person" in answer.body or b"Hushwell" in answer.body
        assert named == own, text
    for answer in answers:
        assert answer.status == 200
        if not own:
            for word in (b"Hushwell", b"hidden-person", b"example.org/tenure"):
                assert word not in answer.body
    assert (b"hidden-person" in answers[0].body) == own
    # The director, whose office is a statutory chief one, is seen by all.
    assert b"torbay-okafor" in answers[0].body


def test_s25_what_a_council_sees_counts_once(publishers):
    """The default graph of its queries is everybody's and what is held back of its own, no more."""
    publishers.put(
        "/graphs/torbay/s25", "torbay", graph("torbay", MANAGER.replace("COUNCIL", "torbay"))
    )
    text = "SELECT (COUNT(*) AS ?n) { <https://example.org/SUBJECT> ?p ?o }"
    for subject, public, own in (("tenure", 0, 5), ("manager", 3, 3)):
        for reader, expected in ((None, public), ("plymouth", public), ("torbay", own)):
            answer = publishers.ask(
                "POST",
                "/sparql",
                reader,
                text.replace("SUBJECT", subject).encode(),
                Content_Type="application/sparql-query",
            )
            assert int(answer.json["results"]["bindings"][0]["n"]["value"]) == expected


def test_s25_nobody_overwrites_what_they_did_not_see(publishers):
    """The tag of the public's view is none of the council's: it does not name the whole graph."""
    at = "/graphs/torbay/s25-tags"
    publishers.put(at, "torbay", graph("torbay", MANAGER.replace("COUNCIL", "torbay")))
    public = publishers.ask("GET", at).headers["ETag"]
    own = publishers.ask("GET", at, "torbay").headers["ETag"]
    assert public != own
    assert publishers.put(at, "torbay", graph("torbay"), public).slug == "graph-changed"
    assert publishers.put(at, "torbay", graph("torbay"), own).status == 200
    # Nothing is held back any more, neither now nor in its council's own graphs.
    assert publishers.ask("GET", at).body == publishers.ask("GET", at, "torbay").body


SPEAKING_FOR = (
    ("CompletenessStatement", "dg:listOf OF ; dg:listed dg:agreement"),
    ("StatedNegative", "dg:about OF ; dg:denies code:scrutiny-consideration"),
    (
        "Claim",
        "dg:claims <https://w3id.org/dutygraph/rule/RULE> ; dg:asserts code:met ; dg:claimedFor OF",
    ),
    (
        "Judgement",
        "dg:judges <https://w3id.org/dutygraph/rule/RULE> ; dg:judgedFor OF ; dg:assertedBy :judge ;"
        " dg:finding <http://www.w3.org/ns/earl#passed>",
    ),
    (
        "Departure",
        "dg:departsFrom <https://w3id.org/dutygraph/rule/RULE> ; dg:departingAuthority OF ;"
        " dg:reason 'x' ; dg:approvedBy :cabinet",
    ),
)


@pytest.mark.parametrize(("kind", "said"), SPEAKING_FOR)
@pytest.mark.parametrize(("writer", "spoken_for"), PAIRS)
def test_s32_a_council_speaks_for_itself_alone(
    kind, said, writer, spoken_for, publishers, rulebook
):
    """That a list is complete, a judgement, a departure: its own is published, no other council's."""
    rule = rulebook.rules[0].id
    stated = said.replace("RULE", rule).replace("OF", f"auth:{spoken_for}")
    more = f':x a dg:{kind} ; {stated} ; dg:from "2016-01-01"^^xsd:date ; dct:source para:7 .\n'
    at = f"/graphs/{writer}/s32-{kind.lower()}-{spoken_for}"
    for path in (at, at + "/draft"):
        answer = publishers.put(path, writer, graph(writer, more))
        assert answer.slug == ("" if writer == spoken_for else "not-of-the-council"), answer.body


@pytest.mark.parametrize(("kind", "said"), SPEAKING_FOR[3:])
def test_s32_who_judged_and_who_approved_is_said(kind, said, publishers, rulebook):
    """A judgement or a departure that names nobody who gave it is not published."""
    stated = said.replace("RULE", rulebook.rules[0].id).replace("OF", "auth:coventry")
    stated = re.sub(r" ?;? ?dg:(assertedBy|approvedBy) :\w+", "", stated)
    more = f":x a dg:{kind} ; {stated} ; dct:source para:7 .\n"
    answer = publishers.put("/graphs/coventry/s32-nobody", "coventry", graph("coventry", more))
    assert answer.slug == "not-of-the-council" and "does not say who" in answer.json["detail"]


def test_s32_a_list_of_another_councils_post_is_for_that_council(publishers):
    """Completeness of what belongs to another council alone is refused as that council's."""
    more = (
        ":theirs a org:Post ; org:postIn auth:torbay .\n"
        ":x a dg:CompletenessStatement ; dg:listOf :theirs ; dg:listed dg:designation .\n"
    )
    answer = publishers.put("/graphs/coventry/s32-post", "coventry", graph("coventry", more))
    assert answer.slug == "not-of-the-council"


def test_s32_the_report_and_the_history_say_whose_they_are(publishers):
    """A published report names the council whose statements they are; history names the token."""
    more = ":x a dg:CompletenessStatement ; dg:listOf auth:coventry ; dg:listed dg:agreement .\n"
    publishers.put("/graphs/coventry/s32", "coventry", graph("coventry", more))
    notes = publishers.ask("GET", "/graphs/coventry/s32/versions/1/report").json["notes"]
    assert any("Coventry" in note and "council's own" in note for note in notes)
    history = publishers.ask("GET", "/graphs/coventry/s32/history?format=ntriples").body.decode()
    assert publishers.tokens["coventry"].split("_")[1] in history


def test_s22_no_page_of_somebody_else_can_write(publishers):
    """A write across sites is not announced as allowed, and needs what no form can send."""
    at = "/graphs/coventry/s22"
    for method in ("PUT", "POST", "DELETE"):
        asked = publishers.ask(
            "OPTIONS",
            at,
            Origin="https://elsewhere.example",
            Access_Control_Request_Method=method,
            Access_Control_Request_Headers="authorization",
        )
        for name in ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers"):
            assert name not in asked.headers
    form = publishers.ask(
        "POST",
        at + "/undo",
        None,
        b"a=b",
        Content_Type="application/x-www-form-urlencoded",
        Cookie=f"token={publishers.tokens['coventry']}",
    )
    assert form.slug == "no-token"
    written = publishers.put(at, "coventry", graph("coventry"))
    assert "Access-Control-Allow-Origin" not in written.headers


def test_s13_no_shape_uses_a_regular_expression(rulebook):
    """What the SHACL engines run has no sh:pattern and no query with REGEX or REPLACE."""
    assert SH.pattern.value.encode() not in rulebook.shapes
    words = re.compile(r"\b(REGEX|REPLACE)\s*\(", re.IGNORECASE)
    shapes = Graph(quad.triple for quad in parse_quads(rulebook.shapes, RdfFormat.N_TRIPLES))
    queries = [t.object for p in (SH.select, SH.ask, SH.construct) for t in shapes.match(None, p)]
    for query in queries:
        assert isinstance(query, Literal)
        assert not words.search(query.value)
    assert b"NodeShape" in rulebook.shapes or b"PropertyShape" in rulebook.shapes


def test_s13_regular_expressions_of_the_rulebook_take_linear_time():
    """What infers and finds evidence is Oxigraph, which the pattern of the list does not keep busy."""
    query = f'ASK {{ FILTER ( REGEX("{"a" * 20_000}!", "^(a+)+$") ) }}'
    start = time.monotonic()
    assert Graph().ask(query) is False
    assert time.monotonic() - start < 1


def test_s13_a_regular_expression_in_a_submission_is_only_text(server):
    """Patterns and the strings that keep them busy are data; neither is ever matched."""
    evil = "^(a+)+$"
    more = f':p a org:Post ; dg:title "{evil}" . :q a org:Post ; dg:title "{"a" * 5_000}!" .'
    answer = server.validate(description(more))
    assert (answer.status, answer.seconds < 5) == (200, True)
    problem = refused(
        server.validate(description(f':s sh:pattern "{evil}" .')), "changes-the-rules"
    )
    assert problem["line"] >= FIRST_LINE


def test_s14_the_service_stays_answerable(strict):
    """Eight callers of heavy work: two are taken on, six are told when to come back, health is fine."""
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(strict.validate, slow_description(), "engine=reference") for _ in range(8)
        ]
        time.sleep(0.7)
        health = strict.ask("GET", "/health")
        answers = [future.result() for future in asked]
    assert (health.status, health.seconds < 1) == (200, True)
    assert {answer.slug for answer in answers} <= {"busy", "out-of-time"}
    busy = [answer for answer in answers if answer.slug == "busy"]
    assert len(busy) >= 6
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in busy)


def test_s14_a_caller_who_lingers_holds_up_nobody(server):
    """Six callers who ask for the last answer of a connection and leave it open delay no other."""
    with contextlib.ExitStack() as lingering:
        for _ in range(6):
            raw = socket.create_connection(("127.0.0.1", server.port), 60)
            lingering.enter_context(raw)
            raw.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert raw.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert server.ask("GET", "/health").seconds < 2
        # Whoever lingers longer is left.
        raw.settimeout(10)
        while raw.recv(4096):
            pass


class _Page(HTMLParser):
    """What a browser would see: the elements, their attributes, and where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def seen_by_a_browser(page: bytes) -> _Page:
    """Read a page."""
    parser = _Page()
    parser.feed(page.decode())
    return parser


HOSTILE = '\\"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_s19_hostile_labels_are_text(server):
    """Markup in a label and an address that runs code are shown and never take effect."""
    director = DIRECTOR.replace("Director of People", HOSTILE)
    more = director.replace("para:2.1", '"javascript:alert(1)"')
    answer = server.validate(PREFIXES + STRUCTURE + more, "format=html")
    assert answer.status == 200
    assert b"&lt;script&gt;" in answer.body
    page = seen_by_a_browser(answer.body)
    assert not {"script", "img", "iframe", "object"} & set(page.tags)
    for name, value in page.attributes:
        assert not name.startswith("on") and name != "style"
        if name in ("href", "src", "action"):
            assert value.startswith(("/", "#", "http://", "https://")), value
    policy = answer.headers["Content-Security-Policy"]
    assert "script" not in policy and "unsafe" not in policy


HOSTILE_DATA = """
@prefix dg:   <https://w3id.org/dutygraph/def/> .
@prefix id:   <https://w3id.org/dutygraph/id/authority/> .
@prefix dct:  <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix owl:  <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh:   <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
id:a a dg:Authority , dg:Evil ; rdfs:label "HOSTILE" ; dct:description "HOSTILE"@en ;
    foaf:page <javascript:alert(1)> , <data:text/html,%3Cscript%3E> , <file:///etc/hostname> ;
    <javascript:alert(2)> "HOSTILE"@x-HOSTILE-LANGUAGE ;
    dg:name [ rdfs:label "HOSTILE" ; dg:name "HOSTILE" ] ;
    dct:source id:paragraph , <javascript:alert(3)> .
id:paragraph a dg:Paragraph ; dg:place "HOSTILE" ; dg:quotation "HOSTILE" .
<javascript:alert(4)> dg:about id:a ; rdfs:label "HOSTILE" .
dg:Evil a owl:Class ; rdfs:label "HOSTILE" ; skos:definition "HOSTILE" ; skos:scopeNote "HOSTILE" ;
    skos:example "HOSTILE" ; rdfs:subClassOf <javascript:alert(5)> .
<https://w3id.org/dutygraph/def/> sh:declare
    [ sh:prefix "rdfs" ; sh:namespace "http://www.w3.org/2000/01/rdf-schema#" ] ,
    [ sh:prefix "skos" ; sh:namespace "http://www.w3.org/2004/02/skos/core#" ] .
"""


@pytest.fixture(scope="module", name="hostile_client")
def client_of_hostile_data() -> Any:
    """The application over a dataset in which every word is markup and every address runs code."""
    text = HOSTILE_DATA.replace("HOSTILE-LANGUAGE", "evil").replace("HOSTILE", HOSTILE)
    graphs = NamedGraphs()
    for name in ("def/evil", "id/structure/evil", "id/graph/labels"):
        quads = parse_quads(text.encode(), RdfFormat.TURTLE)
        graphs.add(NamedNode("https://w3id.org/dutygraph/" + name), [q.triple for q in quads])
    return create_app(Settings(), library=Library(lambda: Dataset(graphs))).test_client()


@pytest.mark.parametrize(
    "path",
    [
        "/doc/authority/a",
        "/doc/authority/paragraph",
        "/doc/def/Evil",
        "/doc/def/evil",
        "/doc/def/",
        "/doc/structure/evil",
        "/doc/dataset",
    ],
)
def test_s19_hostile_linked_data_are_text(path, hostile_client):
    """On no page of linked data does a label or an IRI from the data become markup or run."""
    answer = hostile_client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    page = seen_by_a_browser(answer.data)
    assert not {"script", "img", "iframe", "object"} & set(page.tags)
    for name, value in page.attributes:
        assert not name.startswith("on") and name != "style"
        if name in ("href", "src", "action"):
            assert value.startswith(("/", "#", "http://", "https://")), value
            assert not value.startswith("//")
    policy = answer.headers["Content-Security-Policy"]
    assert "script" not in policy and "unsafe" not in policy


@pytest.mark.parametrize(
    "path", ["/id/%2F%2Fevil.example.org", "/doc//evil.example.org", "/def//e.org/%0d%0aA:b"]
)
def test_s19_an_address_leads_nowhere_else(path, hostile_client):
    """What is put into a path never becomes a redirect to another site, nor a header."""
    answer = hostile_client.get(path)
    assert answer.status_code in (404, 308) and "A" not in answer.headers
    assert answer.headers.get("Location", "/").startswith(("/", "http://localhost/"))
    assert not answer.headers.get("Location", "/").startswith("//")


def test_s19_problems_are_text_too(server):
    """What a problem quotes is escaped on its page."""
    body = PREFIXES + ":s dg:describes <http://e.org/<script>alert(1)</script>> ."
    answer = server.validate(body, "format=html")
    assert answer.status == 400
    assert "script" not in seen_by_a_browser(answer.body).tags


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\\t", "\\r"])
def test_s20_no_cell_is_a_formula(start, server):
    """A label that a spreadsheet would run comes out with an apostrophe before it."""
    label = f"{start}cmd|' /C calc'!A0"
    body = PREFIXES + STRUCTURE + DIRECTOR.replace("Director of People", label)
    answer = server.validate(body + SECOND_DIRECTOR, "format=csv")
    cells = [cell for row in csv.reader(io.StringIO(answer.body.decode())) for cell in row]
    assert any("cmd|" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_s23_an_unforeseen_error_tells_nothing(caplog):
    """An exception becomes a stable problem with an incident; the log has where, not what."""
    secret = "the text of the exception"  # noqa: S105
    settings = Settings(workers=1)
    app = create_app(settings, Workers.of(settings))

    @app.get("/broken")
    def broken() -> str:
        raise ValueError(secret)

    with caplog.at_level(logging.ERROR):
        response = app.test_client().get("/broken")
    problem = json.loads(response.data)
    assert (response.status_code, response.mimetype) == (500, "application/problem+json")
    assert problem["type"].endswith("/internal")
    incident = problem["instance"].rsplit(":", 1)[-1]
    assert incident in caplog.text and "ValueError" in caplog.text and "broken" in caplog.text
    assert secret not in caplog.text
    for telltale in (*TELLTALES, secret, "ValueError"):
        assert telltale not in response.text


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"\xff\xfe", TURTLE),
        (b"<a>", TURTLE),
        (b"{", "application/ld+json"),
        (b"<rdf:RDF", "application/rdf+xml"),
        (b"a", "a/b; charset=\xe9"),
        (b"", "multipart/form-data"),
        (b"--x", "multipart/form-data; boundary=y"),
        (b"\x00" * 100, TURTLE),
    ],
)
def test_s23_errors_tell_no_inner_workings(body, media_type, server):
    """No refusal shows a trace, a path of ours or a library's name."""
    answer = server.validate(body, media_type=media_type)
    assert 400 <= answer.status < 500 and answer.slug
    for telltale in TELLTALES:
        assert telltale not in answer.body.decode()


@pytest.mark.parametrize("name", ["tokens.json", "keys/coventry.json"])
def test_s23_a_file_of_the_operators_is_not_told_of(name):
    """Where one of its files is damaged the fault is the service's: the log says which file and
    why, and the answer no path.
    """
    with publishing() as publishers:
        file = publishers.server.store / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("damaged", encoding="utf-8")
        answers = [
            publishers.put("/graphs/coventry/s23", "coventry", graph("coventry")),
            publishers.ask(
                "GET", "/keys/coventry" if "keys" in name else "/graphs/x/y", "coventry"
            ),
        ]
        log = publishers.server.log
    for answer in answers:
        assert (answer.status, answer.slug) == (500, "internal")
        assert str(file.parent) not in answer.body.decode() and name not in answer.body.decode()
        incident = answer.json["instance"].rsplit(":", 1)[-1]
        (line,) = [line for line in log.splitlines() if incident in line]
        assert str(file) in line


class _Altered:
    """An engine that leaves one result out."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.version = engine.name, engine.version

    def validate(self, data: bytes) -> frozenset[Result]:
        found = sorted(self._engine.validate(data))
        assert found, "nothing to leave out"
        director = [r for r in found if "dcs-exactly-one" in r.shape]
        return frozenset(found) - frozenset(director)


def reports(engines: dict[str, Engine]) -> list[dict[str, Any]]:
    """What two engines say of a council with two directors of children's services."""
    pipeline = Pipeline.load()
    pipeline._engines = engines
    (read,) = pipeline.read(description(SECOND_DIRECTOR), TURTLE)
    return [
        build_report(pipeline.assess(read, Options(engine=name)), pipeline.rulebook)
        for name in ("fast", "reference")
    ]


def test_s30_engines_that_agree_give_one_report(engines):
    """Where both say the same, the report is the fast one's and names the two."""
    fast, reference = reports(dict(engines))
    agreed = compare_engines(fast, reference)
    assert agreed["breaches"]
    assert agreed | {"engine": ""} == fast | {"engine": ""}
    assert fast["engine"] in agreed["engine"] and reference["engine"] in agreed["engine"]


@pytest.mark.parametrize("altered", ["fast", "reference"])
def test_s30_engines_that_disagree_are_an_incident(altered, engines):
    """One result that one engine leaves out is a 500 that names the rule and both answers."""
    made = dict(engines)
    made[altered] = _Altered(engines[altered])
    with pytest.raises(Problem) as caught:
        compare_engines(*reports(made))
    problem = caught.value
    assert (problem.slug, problem.kind.status) == ("engines-disagree", 500)
    rule = "ca2004-s18-dcs-exactly-one"
    (first, *_) = [d for d in problem.extra["differences"] if rule in d["where"]]
    assert first["where"].startswith("the outcome of rule ")
    other = "reference" if altered == "fast" else "fast"
    assert (first[altered], first[other]) == ("passed", "failed")
    assert rule in problem.detail


def test_s30_both_engines_agree_on_what_is_served(server):
    """The service gives a report of which both engines are sure, on a breach as on a pass."""
    for more in ("", SECOND_DIRECTOR):
        answer = server.validate(description(more), "engine=both")
        assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    "statement",
    [
        ":X rdfs:subClassOf dg:Authority .",
        ":X owl:sameAs auth:coventry .",
        "auth:coventry a dg:ChildrensServicesAuthority .",
        "dg:Authority owl:equivalentClass :X .",
        "<https://w3id.org/dutygraph/rule/ca2004-s18-dcs-appointed> dg:force code:may .",
        "<https://w3id.org/dutygraph/parameter/any> dg:value 3 .",
    ],
)
def test_s31_a_submission_cannot_change_the_rules(statement, server):
    """The statement is refused with its line, and the next caller's report is as it was."""
    body = PREFIXES + statement + "\n" + STRUCTURE + DIRECTOR
    problem = refused(server.validate(body), "changes-the-rules")
    assert problem["line"] == FIRST_LINE
    assert server.validate(description()).json == dutygraph.assess(description())


def test_s31_a_submission_leaves_nothing_behind(server):
    """What one caller states is not there for the next, in either engine."""
    for engine in ("fast", "reference"):
        assert server.validate(description(SECOND_DIRECTOR), f"engine={engine}").json["breaches"]
        assert not server.validate(description(), f"engine={engine}").json["breaches"]


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        (
            ":k a dg:CompletenessStatement ; dg:listOf auth:coventry ; dg:listed dg:designation .",
            "completeness statements",
        ),
        (":j a dg:Judgement .", "judgements"),
        (":x a dg:Departure .", "departures"),
    ],
)
def test_s32_the_report_says_whose_the_statements_are(statement, name, server):
    """Completeness, judgements and departures in a submission are said to be the submitter's own."""
    notes = server.validate(description(statement)).json["notes"]
    assert [note for note in notes if name in note and "submitter's own" in note]
    page = server.validate(description(statement), "format=html").body.decode()
    assert name in page and "submitter" in page
    assert not [n for n in server.validate(description()).json["notes"] if "submitter" in n]


def test_s32_an_assumption_of_the_caller_is_said_to_be_one(server):
    """What `assume=complete` decides is marked in the report and in its rows."""
    report = server.validate(PREFIXES + STRUCTURE, "assume=complete").json
    assert report["assumed"] == "complete"
    assert any("as the caller asked" in note for note in report["notes"])
    assert any(row["assumed"] for row in report["rules"])


@pytest.mark.parametrize(
    ("statement", "slug"),
    [
        (":s :p << :a :b :c >> .", "bad-value"),
        (":s :p <<( :a :b :c )>> .", "bad-value"),
        (':s :p "x"@en--ltr .', "bad-value"),
        (':s dg:from "2017-02-30"^^xsd:date .', "bad-date"),
        (':s dg:from "2017-01-24Z"^^xsd:date .', "bad-date"),
        (':s dg:from "24 January"^^xsd:gYearMonth .', "bad-date"),
        (':s dg:value "many"^^xsd:integer .', "bad-value"),
        (":s :p <javascript:alert(1)> .", "bad-value"),
        (":s :p <JAVASCRIPT:alert(1)> .", "bad-value"),
        (":s :p <file:///etc/hostname> .", "bad-value"),
        (":s :p <data:text/html,x> .", "bad-value"),
        (':s :p "\\uD800" .', "syntax"),
    ],
)
def test_s33_values_that_break_engines_stay_outside(statement, slug, server):
    """Each is refused at the door with the line on which it stands."""
    body = PREFIXES + STRUCTURE + statement
    problem = refused(server.validate(body), slug)
    assert problem["line"] == FIRST_LINE + 1


def test_s33_an_escaped_nul_is_refused(server):
    """A NUL that is written as an escape is refused; its place is not found, for want of a text."""
    refused(server.validate(description(':s :p "a\\u0000b" .')), "bad-value")


def test_s33_a_literal_of_seventeen_mebibytes_is_refused(server):
    """A literal beyond what any parser bears does not reach one."""
    body = description(f':s :p "{"x" * 17 * 1024 * 1024}" .')
    assert server.validate(body).status == 413


def test_s33_a_byte_order_mark_is_left_out(server):
    """A mark at the beginning is no part of the first word."""
    assert server.validate(b"\xef\xbb\xbf" + description()).json == dutygraph.assess(description())


# --- the doors: who asks how much, from where, and what is written down -------------------------


def shared_counts(path: Path, times: int) -> subprocess.Popen[bytes]:
    """A process that counts one key so many times in a file."""
    code = (
        "import sys; from pathlib import Path; from dutygraph.web.counts import SharedCounts\n"
        "counts = SharedCounts(Path(sys.argv[1]))\n"
        "for _ in range(int(sys.argv[2])): counts.incr('key', 60)"
    )
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PATH": "/usr/bin:/bin"}
    return subprocess.Popen([sys.executable, "-c", code, str(path), str(times)], env=environment)


def test_s15_processes_count_together(tmp_path):
    """Three processes that count at the same time lose nothing; a count ends with its time."""
    file = tmp_path / "counts"
    counting = [shared_counts(file, 300) for _ in range(3)]
    assert [process.wait(60) for process in counting] == [0, 0, 0]
    counts = SharedCounts(file)
    assert counts.get("key") == 900
    assert 0 < counts.get_expiry("key") - time.time() <= 60
    assert counts.incr("short", 1) == 1
    assert counts.incr("short", 1) == 2
    time.sleep(1.1)
    assert counts.get("short") == 0
    assert counts.incr("short", 1) == 1


def test_s15_one_caller_cannot_take_all():
    """So much a minute whichever process answers, work apart from reading, and /health for ever."""
    with running(workers=2, PROCESSES="2", READ_RATE="9", WORK_RATE="3") as limited:
        for left in (2, 1, 0):
            answer = limited.validate(description())
            assert answer.status == 200
            assert answer.headers["RateLimit-Policy"] == '"work";q=3;w=60'
            assert answer.headers["RateLimit"].startswith(f'"work";r={left};t=')
        # A large body is heard out, so that its sender sees the answer.
        answer = limited.validate(b"x" * 5_000_000)
        problem = refused(answer, "too-many-requests")
        assert answer.status == 429 and problem["limit"] == 3
        assert answer.headers["Retry-After"] == str(problem["retryAfter"])
        assert 1 <= problem["retryAfter"] <= 60
        assert limited.query("ASK { }").status == 429
        with ThreadPoolExecutor(8) as pool:
            asked = list(pool.map(lambda _: limited.ask("GET", "/coverage").status, range(30)))
        assert sorted(set(asked)) == [200, 429] and asked.count(200) == 9
        assert limited.ask("GET", "/nothing").status == 429
        healthy = [limited.ask("GET", "/health") for _ in range(30)]
        assert {answer.status for answer in healthy} == {200}
        assert healthy[0].headers["RateLimit"] is None


def test_s15_no_caller_becomes_another():
    """An address that the caller writes and a token that it invents do not give it more."""
    with running(workers=1, READ_RATE="5") as limited:
        asked = [
            limited.ask("GET", "/nothing", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status
            for n in range(3)
        ] + [
            limited.ask("GET", "/nothing", headers={"Authorization": f"Bearer invented-{n}"}).status
            for n in range(3)
        ]
        warned = limited.log.count("DUTYGRAPH_PROXIES is 0")
    assert asked == [404] * 5 + [429]
    assert warned == 1


def test_s15_behind_a_proxy_addresses_and_tokens_count():
    """What the operator's proxy says counts and nothing before it; one token counts everywhere."""
    with running(workers=1, READ_RATE="3", PROXIES="1") as behind:

        def ask(forwarded: str, token: str = "") -> int:
            sent = {"X-Forwarded-For": forwarded}
            sent |= {"Authorization": f"Bearer {token}"} if token else {}
            return behind.ask("GET", "/nothing", headers=sent).status

        # The last is the proxy's; whatever the caller wrote stands before it.
        assert [ask(f"192.0.2.{n}, 198.51.100.1") for n in range(4)] == [404] * 3 + [429]
        assert ask("198.51.100.2") == 404
        # A network of IPv6 is one caller, however many addresses it has.
        assert [ask(f"2001:db8:1:1::{n}") for n in range(4)] == [404] * 3 + [429]
        assert ask("2001:db8:1:2::1") == 404
        assert [ask(f"203.0.113.{n}", "one") for n in range(4)] == [404] * 3 + [429]
        assert ask("203.0.113.9", "other") == 404


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/rules", "GET", "GET, HEAD"),
        ("/sparql", "POST", "GET, HEAD, POST"),
        ("/validate", "POST", "POST"),
        ("/compare", "POST", "POST"),
        ("/agree", "POST", "GET, HEAD, POST"),
        ("/id/authority/coventry", "GET", "GET, HEAD"),
        ("/rules", "PUT", None),
        ("/rules", "DELETE", None),
        ("/validate", "PUT", None),
        ("/nothing", "GET", None),
        ("/nothing", "PUT", None),
    ],
)
def test_s22_a_preflight_opens_what_keeps_nothing(path, method, allowed, server):
    """A page of another site may read and have work done, never write, and never with a token."""
    sent = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type, authorization",
    }
    headers = server.ask("OPTIONS", path, headers=sent).headers
    assert headers["Access-Control-Allow-Methods"] == allowed
    assert headers["Access-Control-Allow-Origin"] == (allowed and "*")
    assert "authorization" not in (headers["Access-Control-Allow-Headers"] or "").lower()
    assert headers["Access-Control-Allow-Credentials"] is None


def test_s22_other_sites_see_what_they_may(server):
    """Answers of what keeps nothing are open, problems too; nothing is ever set or asked of a cookie."""
    sent = {"Origin": "https://elsewhere.example", "Cookie": "session=1"}
    open_answers = [
        server.ask("GET", "/rules", headers=sent),
        server.ask("HEAD", "/rules", headers=sent),
        server.ask("GET", "/rules/nothing", headers=sent),
        server.ask("POST", "/validate", description(), sent | {"Content-Type": TURTLE}),
        server.ask("POST", "/validate", b"", sent | {"Content-Type": TURTLE}),
    ]
    for answer in open_answers:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
        assert exposed >= {"ETag", "Link", "Location", "Retry-After"}
    closed = server.ask("PUT", "/rules", b"", sent)
    assert closed.headers["Access-Control-Allow-Origin"] is None
    for answer in (*open_answers, closed):
        assert answer.headers["Set-Cookie"] is None
        assert answer.headers["Access-Control-Allow-Credentials"] is None


OURS = "https://dutygraph.example"


@pytest.fixture(name="written", scope="module")
def a_service_that_is_written() -> Any:
    """The application with one more address, which writes."""
    settings = Settings(workers=1, store=None, public_address=OURS + "/")
    app = create_app(settings, Workers.of(settings))
    kept: list[str] = []

    @app.route("/made/<name>", methods=["GET", "PUT", "POST", "PATCH", "DELETE"])
    def made(name: str) -> dict[str, str]:
        kept.append(name)
        return {}

    return app.test_client(), kept


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "slug"),
    [
        ({}, "no-token"),
        ({"Authorization": "Basic YTpi"}, "bad-token"),
        ({"Authorization": "Bearer "}, "bad-token"),
        ({"Cookie": "session=1", "Content-Type": "text/plain"}, "no-token"),
        ({"Origin": OURS}, "no-token"),
        ({"Authorization": "Bearer t", "Origin": "https://elsewhere.example"}, "cross-site"),
        ({"Authorization": "Bearer t", "Origin": "null"}, "cross-site"),
        ({"Authorization": "Bearer t", "Sec-Fetch-Site": "cross-site"}, "cross-site"),
        ({"Authorization": "Bearer t", "Sec-Fetch-Site": "same-site"}, "cross-site"),
        ({"Authorization": "Bearer t"}, ""),
        ({"Authorization": "bearer t"}, ""),
        ({"Authorization": "Bearer t", "Origin": OURS, "Sec-Fetch-Site": "same-origin"}, ""),
    ],
)
def test_s22_nobody_makes_a_browser_write(method, headers, slug, written):
    """A write that any page could forge, or that another site's page sent, never reaches its view."""
    client, kept = written
    kept.clear()
    answer = client.open("/made/x", method=method, headers=headers)
    assert answer.headers.get("Access-Control-Allow-Origin") is None
    if not slug:
        assert (answer.status_code, kept) == (200, ["x"])
        return
    assert json.loads(answer.data)["type"].endswith(slug)
    assert (answer.status_code, kept) == (403 if slug == "cross-site" else 401, [])
    challenge = answer.headers.get("WWW-Authenticate", "")
    assert challenge.startswith("Bearer realm=") == (slug != "cross-site")
    assert ("invalid_token" in challenge) == (slug == "bad-token")


def addresses_of(server: Server) -> dict[str, str]:
    """Every address of the description, with one that it stands for."""
    spec = server.ask("GET", "/openapi.json").json
    examples = {}
    for path in spec["paths"]:
        name = "authority/coventry" if path in ("/{kind}/{name}", "/doc/{name}") else "x"
        values = {
            "kind": "id",
            "folder": "dumps",
            "single": "rulebook",
            "number": "1",
            "name": name,
            "table": "report",
        }
        parts = re.split(r"\{(\w+)\}", path)
        parts[1::2] = [values.get(each, "x") for each in parts[1::2]]
        examples[path] = "".join(parts)
    return examples


def test_s22_no_address_is_written_without_a_token(server):
    """Every address refuses what could change something, unless it is one that keeps nothing."""
    spec = server.ask("GET", "/openapi.json").json["paths"]
    asked = []
    for path, example in addresses_of(server).items():
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = server.ask(method, example, b"a=b", {"Content-Type": "text/plain"})
            if f"{method} {path}" in (
                "POST /validate",
                "POST /compare",
                "POST /agree",
                "POST /what-if",
                "POST /repair",
                "POST /sparql",
            ):
                assert answer.status == 415
                continue
            asked.append(answer.status)
            expected = (401,) if method.lower() in spec[path] else (401, 405)
            assert answer.status in expected, f"{method} {example}: {answer.status}"
    assert len(asked) > 50


def test_s22_the_table_of_kinds_names_views():
    """The lists of what keeps nothing and of what costs much name views that there are."""
    settings = Settings(workers=1, store=None)
    views = set(create_app(settings, Workers.of(settings)).view_functions)
    assert views >= KEEPS_NOTHING | EXPENSIVE_READS


def test_s22_every_method_is_answered_as_described(server):
    """OPTIONS names the methods of each address; HEAD is GET without a body; all are secured."""
    spec = server.ask("GET", "/openapi.json").json["paths"]
    statuses = []
    style = "/static/style.css"
    spec[style] = {"get": {}}
    for path, example in {**addresses_of(server), style: style}.items():
        options = server.ask("OPTIONS", example)
        allowed = set(options.headers["Allow"].split(", "))
        assert {m.upper() for m in spec[path]} <= allowed, example
        answers = [options]
        if "get" in spec[path]:
            got, head = server.ask("GET", example), server.ask("HEAD", example)
            assert (head.status, head.body) == (got.status, b""), example
            assert head.headers["Content-Type"] == got.headers["Content-Type"]
            answers += [got, head]
            if got.headers["ETag"]:
                again = server.ask("GET", example, headers={"If-None-Match": got.headers["ETag"]})
                assert again.status == 304, example
                answers.append(again)
        for answer in answers:
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"], example
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        statuses += [answer.status for answer in answers]
    assert {200, 303, 304, 404, 503} <= set(statuses)


def test_s24_nothing_personal_is_written_down(tmp_path, monkeypatch):
    """A name, a token, a query and an address go through every door, and stay nowhere."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    name, token, forwarded = "Zebedee-Quillfeather", "tok-Mxyzptlk-93", "203.0.113.77"
    secrets = ["Zebedee", "Quillfeather", token, forwarded, "127.0.0.1 ", "2016-06-29"]
    with with_a_store(METRICS_PORT="0", PROXIES="1", WORK_RATE="1000", READ_RATE="1000") as server:
        sent = {"Authorization": f"Bearer {token}", "X-Forwarded-For": forwarded}
        sent |= {"User-Agent": name, "Referer": f"https://{name}.example/", "Cookie": f"a={name}"}
        told = description(f':officer rdfs:label "{name}" . :p dg:title "{name}" .')
        seen = []
        for media_type, body in (
            (TURTLE, told),
            (TURTLE, PREFIXES.encode() + f":s dg:{name} 1 .".encode()),
            (TURTLE, f"<{name}> {name}".encode()),
            ("application/sparql-query", f'SELECT * {{ ?s ?p "{name}" }}'.encode()),
            ("application/sparql-query", f"SELECT {name} {{".encode()),
            ("application/sparql-query", f"ASK {{ SERVICE <http://{name}/> {{ }} }}".encode()),
            ("application/sparql-update", f"DROP GRAPH <https://{name}.example/>".encode()),
            ("application/x-www-form-urlencoded", urlencode({"query": f"# {name}"}).encode()),
            (f"text/{name}", told),
        ):
            more = sent | {"Content-Type": media_type}
            for path in [*addresses_of(server).values(), f"/{name}", f"/rules/{name}"]:
                for method in ("POST", "PUT", "PATCH", "DELETE"):
                    target = f"{path}?as-at=2016-06-29"
                    seen.append(server.ask(method, target, body, more).status)
                    assert seen[-1] != 500
        for path in [*addresses_of(server).values(), f"/{name}", f"/rules/{name}", f"/id/{name}"]:
            for parameter in ("query", "format", name):
                seen.append(server.ask("GET", f"{path}?{parameter}={name}", headers=sent).status)
        seen.append(server.ask(name[:7].upper(), "/", headers=sent).status)
        assert {200, 400, 401 if 401 in seen else 405, 404, 415, 422} <= set(seen)
        # What is not HTTP never reaches the application.
        with socket.create_connection(("127.0.0.1", server.port), 10) as raw:
            raw.sendall(f"GET /{name} {name}\r\nX: {token}\r\n\r\n".encode())
            raw.recv(1000)
        kept = b"".join(file.read_bytes() for file in sorted(tmp_path.rglob("*")) if file.is_file())
        assert any(tmp_path.glob("dutygraph-run-*/requests.sqlite"))
        counts = metrics_of(server)
        server.stop()
        log = server.log
    assert "route=/validate status=200" in log and "route=/sparql status=400" in log
    assert "Traceback" not in log
    for secret in (*secrets, hashlib.sha256(token.encode()).hexdigest()):
        for where in (log, counts, kept.decode("latin-1")):
            assert secret.lower() not in where.lower(), secret
    assert not list(tmp_path.glob("dutygraph-run-*"))


def test_s24_libraries_do_not_quote():
    """What an engine's library, a warning or a print says of a submission is not heard."""
    odd = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    with running(workers=1) as server:
        body = description(f':p :q "<Zebedee"^^<{odd}HTML>, "<Zebedee"^^<{odd}XMLLiteral> .')
        assert server.validate(body, "engine=reference").status == 200
        log = server.log
    assert "rdflib.term has logged something that is left out" in log
    assert "Traceback" not in log and "html5" not in log
    code = (
        "import logging, os, sys, warnings\n"
        "from dutygraph.private_log import silence_libraries\n"
        "silence_libraries('%(message)s')\n"
        "logging.getLogger('dutygraph.x').error('ours')\n"
        "logging.getLogger('theirs').error('Zebedee %s', 'Zebedee', exc_info=ValueError('Zebedee'))\n"
        "warnings.warn('Zebedee')\n"
        "print('Zebedee'); print('Zebedee', file=sys.stderr); os.write(2, b'Zebedee')"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={"PYTHONPATH": str(PACKAGE.parent)},
        text=True,
        check=True,
    )
    left_out = "has logged something that is left out"
    assert said.stderr.splitlines() == ["ours", f"theirs {left_out}", f"py.warnings {left_out}"]
    assert said.stdout == ""


def test_s24_the_front_page_says_what_is_noted():
    """The page tells its readers what is logged and for how long, or that nobody has said."""
    for days, says in (("none", "has not said how long"), ("30", "kept for 30 days")):
        with running(workers=1, LOG_DAYS=days) as told:
            page = told.ask("GET", "/", headers={"Accept": "text/html"}).body.decode()
        assert "No address of yours" in page and says in page


def metrics_of(server: Server, path: str = "/metrics", status: int = 200) -> str:
    """What the second listener of a server answers."""
    found = re.search(r"counts are at http://127\.0\.0\.1:(\d+)/metrics", server.log)
    assert found, server.log
    answer = replace(server, port=int(found[1])).ask("GET", path)
    assert answer.status == status
    return answer.body.decode()


# The processes that answer HTTP are forked from the one that `start_server` starts.
FRONT = f"{sys.executable} -c from dutygraph.web.server"


def command_of(pid: int) -> str:
    """The command line of a process; empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode()
    except OSError:
        return ""


def sample(text: str, name: str, **labels: str) -> float:
    """The value of one line of the counts; 0 where there is none."""
    for line in text.splitlines():
        found = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
        if found and dict(re.findall(r'(\w+)="([^"]*)"', found[1] or "")) == labels:
            return float(found[2])
    return 0.0


def test_s29_counts_are_for_the_operator_alone():
    """/metrics is on loopback at a port of its own, knows what happened, and no caller's words."""
    with with_a_store(METRICS_PORT="0", PROCESSES="2") as server:
        assert server.ask("GET", "/metrics").status == 404
        verdicts = [server.validate(description()).json["verdict"] for _ in range(3)]
        server.ask("GET", "/rules/Zebedee")
        server.ask("ZEBEDEE", "/rules")
        server.query("DROP ALL")
        refused_query = server.query("ASK { SERVICE <http://localhost/> { } }")
        assert refused_query.slug == "query-refused"
        time.sleep(1.2)
        text = metrics_of(server)
        metrics_of(server, "/", 404)
        # A process that ends takes its gauges with it, and no count; the others go on.
        for how in (signal.SIGTERM, signal.SIGKILL):
            front = next(p for p, c in server.descendants().items() if c.startswith(FRONT))
            os.kill(front, how)
            end = time.monotonic() + 30
            while front in server.descendants() or len(server.workers()) != 2:
                assert time.monotonic() < end, server.log
                time.sleep(0.2)
            time.sleep(2)
            later = metrics_of(server)
            assert sample(later, "dutygraph_workers_alive") == 2
            assert sample(later, "dutygraph_assessments_total", verdict=verdicts[0]) == 3
        # One that has come since counts in the same place.
        for _ in range(8):
            server.validate(description())
        later = metrics_of(server)
        assert sample(later, "dutygraph_assessments_total", verdict=verdicts[0]) == 11
    count = sample(text, "dutygraph_requests_total", method="POST", route="/validate", status="200")
    assert count == 3
    assert sample(text, "dutygraph_request_seconds_count", route="/validate") == 3
    assert sample(text, "dutygraph_assessments_total", verdict=verdicts[0]) == 3
    assert sample(text, "dutygraph_problems_total", problem="query-refused") >= 1
    assert sample(text, "dutygraph_problems_total", problem="unknown-rule") == 1
    assert sample(text, "dutygraph_workers_alive") == 2
    assert sample(text, "dutygraph_workers_busy") == 0
    assert sample(text, "dutygraph_queue") == 0
    assert sample(text, "dutygraph_store_up") == 1
    assert "Zebedee".lower() not in text.lower()
    assert sample(text, "dutygraph_requests_total", method="other", route="none", status="405") == 1


def test_s29_a_port_that_is_taken_stops_the_start():
    """Whoever cannot be told the counts is told so at the start; a service without them runs."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AssertionError, match=f"DUTYGRAPH_METRICS_PORT is {port}"):
            start_server(workers=1, METRICS_PORT=str(port))
    with running(workers=1, METRICS_PORT="none") as silent:
        assert silent.ask("GET", "/health").status == 200
        assert "/metrics" not in silent.log
        assert not [c for c in silent.descendants().values() if "exposition" in c]


def test_s29_a_killed_service_leaves_nothing(tmp_path, monkeypatch):
    """Its listener ends, and the next service removes its folder, but none that is in use."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running(workers=1, METRICS_PORT="0") as killed, running(workers=1) as living:
        below = killed.descendants()
        assert [c for c in below.values() if "exposition" in c]
        killed.process.kill()
        killed.process.wait()
        end = time.monotonic() + 10
        while any(command_of(pid) for pid in below):
            assert time.monotonic() < end
            time.sleep(0.1)
        assert len(list(tmp_path.glob("dutygraph-run-*"))) == 2
        with running(workers=1):
            assert len(list(tmp_path.glob("dutygraph-run-*"))) == 2
        assert len(list(tmp_path.glob("dutygraph-run-*"))) == 1
        assert living.ask("GET", "/rules").status == 200
    assert not list(tmp_path.glob("dutygraph-run-*"))


def test_every_threat_of_this_part_has_a_test():
    """The threats that the service, as it stands, has to answer are each named by a test here."""
    named = {int(n) for n in re.findall(r"\ndef test_s(\d+)_", Path(__file__).read_text("utf-8"))}
    assert named == {*range(1, 21), *range(22, 27), *range(29, 34)}


def test_the_rulebook_of_these_tests_is_the_one_that_is_served(server):
    """The tests compare with the rulebook of this checkout, which is the server's."""
    assert server.ask("GET", "/health").json["rulebook"] == Rulebook.load().version


# --- S16 and S26: what partners publish elsewhere --------------------------------------------------


@pytest.fixture(name="operator")
def an_operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """The command line beside a store of its own: the exit code and what it says on stderr."""

    def run(partners: str, *arguments: str) -> tuple[int, str]:
        monkeypatch.setenv("DUTYGRAPH_STORE", str(tmp_path / "store"))
        monkeypatch.setenv("DUTYGRAPH_PARTNERS", partners)
        capfd.readouterr()
        return cli.run(arguments), capfd.readouterr().err

    return run


def test_s16_fetching_never_reaches_inside(operator, listener, tmp_path):
    """No address that is not listed, no name that leads inside and no redirect makes us ask anybody."""
    inside = listener.address.rstrip("/")
    named = inside.replace("127.0.0.1", "localhost")
    with council(tmp_path / "plymouth") as partner:
        path = partner.path
        for partners, address, says in (
            ("", inside, "not among the partners"),
            (partner.site.address, inside, "not among the partners"),
            (partner.site.address, "http://169.254.169.254", "not among the partners"),
            (named, named, "no public address"),
        ):
            code, said = operator(partners, "subscribe", address + path, "--authority", "plymouth")
            assert (code, says in said) == (2, True), said
        partner.site.answer = plain(status=302, Location=inside + path + "/proof")
        code, said = operator(
            partner.site.address, "subscribe", partner.address, "--authority", "plymouth"
        )
        assert (code, "not among the partners" in said) == (2, True), said
    code, said = operator("http://169.254.169.254", "subscriptions")
    assert (code, "no address of a partner" in said) == (2, True)
    assert listener.heard == []


def test_s26_forged_and_replayed_descriptions_are_refused(operator, tmp_path):
    """A forged, an old and a poisonous description: none is kept, and what is held stays."""
    with council(tmp_path / "plymouth") as partner, council(tmp_path / "forger") as forger:
        subscribe = ("subscribe", partner.address, "--authority", "plymouth")
        partner.publish(graph("plymouth"))
        old = partner.documents[partner.path + "/proof"]
        (key,) = partner.keyring.keys("plymouth")
        partner.publish(graph("plymouth", title="Second"))
        code, said = operator(partner.site.address, *subscribe, "--key", key.multibase)
        assert code == 0, said

        def refused(says: str) -> None:
            code, said = operator(partner.site.address, "refresh", "--all")
            assert (code, says in said) == (1, True), said

        # Old: a version that was right once.
        honest = dict(partner.documents)
        partner.documents[partner.path + "/proof"] = old
        refused("older version")
        # Forged: everything is as it has to be but for whose key it is.
        forger.hashes = dict(partner.hashes)
        forger.publish(graph("plymouth", title="Forged"))
        partner.documents |= forger.documents
        refused("does not publish the key")
        # Poisonous: signed by the council itself, and it would never end.
        partner.documents = dict(honest)
        nodes = [f"_:n{i}" for i in range(12)]
        links = "".join(f"{a} :p {b} .\n" for a in nodes for b in nodes if a != b)
        triples = [q.triple for q in parse_quads(graph("plymouth", links), RdfFormat.TURTLE)]
        partner.sign(written(triples), hash_of(written(triples)), 3)
        start = time.monotonic()
        refused("look alike")
        assert time.monotonic() - start < 60
        partner.documents = honest
        code, said = operator(partner.site.address, "refresh", "--all")
        assert (code, "nothing new" in said) == (0, True), said
