"""The HTTP service, over real connections to real servers."""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import re
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dutygraph import assess
from dutygraph.agreeing import agree
from dutygraph.comparing import compare
from dutygraph.errors import PROBLEM_BASE, PROBLEM_TYPES
from dutygraph.pipeline import Options, Pipeline
from dutygraph.renderings import RENDERINGS
from dutygraph.repairing import repairs
from dutygraph.rulebook import Rulebook
from dutygraph.triples import RdfFormat, parse_quads
from dutygraph.web import server as server_module
from dutygraph.whatif import after_patch, what_if
from tests.http_fixtures import (
    FIRST_LINE,
    PREFIXES,
    RDF_FORMATS,
    STRUCTURE,
    TURTLE,
    Answer,
    Server,
    description,
    in_syntax,
    large_description,
    running,
    server_with_defaults,
    slow_description,
    start_server,
    strict_server,
)

FIXTURES = (server_with_defaults, strict_server)

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
RULE = "ca2004-s18-dcs-appointed"


# --- POST /validate -----------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", RDF_FORMATS)
def test_every_syntax_gives_the_same_report(media_type, server):
    """Turtle, TriG, N-Triples, N-Quads, JSON-LD and RDF/XML of one description say the same."""
    answer = server.validate(in_syntax(description(), media_type), media_type=media_type)
    assert (answer.status, answer.media_type) == (200, "application/json")
    assert answer.json == assess(description())


@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=lambda r: r.name)
def test_every_form_is_given_by_name_and_by_media_type(rendering, server):
    """`?format=` and Accept give the same bytes, under the form's media type."""
    named = server.validate(description(), f"format={rendering.name}")
    accepted = server.validate(description(), Accept=rendering.media_type)
    assert named.status == accepted.status == 200
    assert named.media_type.partition(";")[0] == rendering.media_type
    assert named.body == accepted.body
    assert named.headers["Cache-Control"] == "no-store"
    assert "Accept" in named.headers["Vary"]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("turtle", RdfFormat.TURTLE),
        ("json-ld", RdfFormat.JSON_LD),
        ("ntriples", RdfFormat.N_TRIPLES),
        ("rdfxml", RdfFormat.RDF_XML),
    ],
)
def test_the_rdf_forms_are_rdf(name, format, server):
    """Each RDF form of a report parses and holds the validation report."""
    body = server.validate(description(), f"format={name}").body
    classes = {str(q.object) for q in parse_quads(body, format)}
    assert "<http://www.w3.org/ns/shacl#ValidationReport>" in classes


def test_the_csv_form_is_a_table(server):
    """The CSV has a heading and a row for every row of the report."""
    rows = list(
        csv.DictReader(io.StringIO(server.validate(description(), "format=csv").body.decode()))
    )
    assert [r["rule"] for r in rows] == [r["id"] for r in assess(description())["rules"]]


@pytest.mark.parametrize(
    ("accept", "format", "media_type"),
    [
        ("*/*", None, "application/json"),
        (BROWSER, None, "text/html"),
        ("text/turtle;q=0.5, application/ld+json", None, "application/ld+json"),
        ("text/turtle, text/csv;q=0.5", None, "text/turtle"),
        ("*/*, application/json;q=0", None, "text/turtle"),
        (BROWSER, "turtle", "text/turtle"),
        (BROWSER, "text/csv", "text/csv"),
        ("application/pdf", "text", "text/plain"),
        ("application/pdf", None, None),
        ("*/*", "pdf", None),
    ],
)
def test_negotiation_over_http(accept, format, media_type, server):
    """What `negotiation` decides is what comes back."""
    query = f"format={format}" if format else ""
    answer = server.validate(description(), query, Accept=accept)
    if media_type is None:
        assert (answer.status, answer.slug) == (406, "not-acceptable")
        assert {f["format"] for f in answer.json["available"]} == set(RENDERINGS)
    else:
        assert (answer.status, answer.media_type.partition(";")[0]) == (200, media_type)


def test_a_description_that_breaks_the_law_is_no_error(server):
    """Two directors of children's services are a breach, and the status is 200."""
    second = (
        ":second a org:Post ; org:postIn auth:coventry . :d2 a dg:Designation ;"
        " dg:office code:director-of-childrens-services ; dg:designatedPost :second ;"
        ' dg:designatedBy auth:coventry ; dg:from "2015-04-01"^^xsd:date .'
        " :a2 a dg:Appointment ; dg:appointee :other ; dg:appointedTo :second ;"
        ' dg:from "2015-04-01"^^xsd:date .'
    )
    answer = server.validate(description(second))
    assert (answer.status, answer.json["verdict"]) == (200, "breaches")


def test_the_parameters_reach_the_assessment(server):
    """Day, law, assumption and engine are in the report as they were asked for."""
    query = "as-at=2016-05-01&law-as-at=2016-04-01&assume=complete&engine=reference"
    report = server.validate(description(), query).json
    assert (report["asAt"], report["lawAsAt"]) == ("2016-05-01", "2016-04-01")
    assert report["assumed"] == "complete"
    assert report["engine"].startswith("pySHACL")


def test_both_engines_can_be_asked(server):
    """`engine=both` gives the report and names the two engines that agree on it."""
    report = server.validate(description(), "engine=both").json
    assert report | {"engine": ""} == assess(description()) | {"engine": ""}
    assert "pySHACL" in report["engine"] and "shifty" in report["engine"]


def test_a_dataset_with_a_structure_in_each_graph_gives_a_report_for_each(server):
    """In TriG, two named graphs with a structure each are two reports."""
    body = PREFIXES + "".join(
        f":g{n} {{ :s{n} a dg:Structure ; dg:describes auth:coventry ;"
        f' dg:assessmentDay "201{n}-06-30"^^xsd:date . }}\n'
        for n in (6, 7)
    )
    answer = server.validate(body, media_type="application/trig")
    assert answer.status == 200
    assert [report["asAt"] for report in answer.json] == ["2016-06-30", "2017-06-30"]


def test_a_character_set_and_a_byte_order_mark_change_nothing(server):
    """UTF-8 may be said, and may be marked."""
    said = server.validate(description(), media_type='text/turtle; charset="UTF-8"')
    marked = server.validate(b"\xef\xbb\xbf" + description())
    assert said.json == marked.json == assess(description())


def test_chunked_bodies_are_read(server):
    """A body without a Content-Length is read to its end."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    body = description()
    parts = (body[n : n + 100] for n in range(0, len(body), 100))
    connection.request("POST", "/validate", parts, {"Content-Type": TURTLE}, encode_chunked=True)
    response = connection.getresponse()
    report = json.loads(response.read())
    connection.close()
    assert (response.status, report) == (200, assess(description()))


def test_one_connection_serves_several_requests(server):
    """A kept-alive connection answers a refusal and then a report."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    statuses = []
    for media_type in ("application/pdf", TURTLE, TURTLE):
        connection.request("POST", "/validate", description(), {"Content-Type": media_type})
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()
    assert statuses == [415, 200, 200]


# --- what a form sends -------------------------------------------------------------------------------


def form(*fields: tuple[str, str | tuple[str, str, bytes]]) -> tuple[bytes, str]:
    """A multipart body: texts, and files as (name, media type, bytes)."""
    parts = []
    for name, value in fields:
        if isinstance(value, str):
            head, data = f'name="{name}"', value.encode()
        else:
            head = f'name="{name}"; filename="{value[0]}"\r\nContent-Type: {value[1]}'
            data = value[2]
        parts.append(f"--limit\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data)
    return b"\r\n".join(parts) + b"\r\n--limit--\r\n", "multipart/form-data; boundary=limit"


def post_form(server: Server, *fields: tuple[str, Any], **headers: str) -> Answer:
    """Send a form to /validate."""
    body, media_type = form(*fields)
    return server.validate(body, media_type=media_type, **headers)


@pytest.mark.parametrize(
    "fields",
    [
        [("text", description().decode())],
        [("text", description().decode()), ("file", ("", "application/octet-stream", b""))],
        [("file", ("a.ttl", "application/octet-stream", description())), ("text", " ")],
        [("file", ("a.bin", "text/turtle", description())), ("as-at", "")],
        [
            ("file", ("a.TTL", "", description())),
            ("media-type", ""),
        ],
        [
            ("text", in_syntax(description(), "application/ld+json").decode()),
            ("media-type", "application/ld+json"),
        ],
        [
            ("file", ("a.rdf", "text/xml", in_syntax(description(), "application/rdf+xml"))),
        ],
    ],
)
def test_a_form_gives_the_same_report(fields, server):
    """A pasted text or a file, by its field, its type or its name, says what its bytes say."""
    answer = post_form(server, *fields)
    assert (answer.status, answer.json) == (200, assess(description()))


def test_a_browser_gets_a_page(server):
    """What a form sends is answered with the report as a page that names the service's own."""
    answer = post_form(
        server,
        ("text", description().decode()),
        ("as-at", "2016-06-30"),
        ("assume", "complete"),
        ("format", "html"),
        Accept=BROWSER,
    )
    assert (answer.status, answer.media_type) == (200, "text/html; charset=utf-8")
    page = answer.body.decode()
    assert '<link rel="stylesheet" href="/static/style.css">' in page
    assert f'href="/rules/{RULE}"' in page


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ([("as-at", "2016-06-30")], "empty"),
        ([("text", "a"), ("file", ("a.ttl", "", b"b"))], "bad-parameter"),
        ([("text", "a"), ("text", "b")], "bad-parameter"),
        ([("text", "a"), ("shapes", "b")], "bad-parameter"),
        ([("text", "a"), ("as-at", "today")], "bad-parameter"),
        ([("graph", ("a.ttl", "", b"b"))], "bad-parameter"),
        ([("file", ("a.docx", "application/msword", b"PK"))], "unsupported-media-type"),
        ([("text", "a")] * 30, "too-large"),
    ],
)
def test_a_form_that_cannot_be_used_is_explained(fields, slug, server):
    """Nothing to read, two things to read, an unknown field and a foreign type are refused."""
    assert post_form(server, *fields).slug == slug


def test_a_browser_gets_its_problems_as_a_page(server):
    """Where HTML is preferred, a problem is a page with the same fields."""
    answer = post_form(server, ("text", PREFIXES + ":a :b"), Accept=BROWSER)
    page = answer.body.decode()
    assert (answer.status, answer.media_type) == (400, "text/html; charset=utf-8")
    assert f"line {FIRST_LINE}" in page
    assert PROBLEM_BASE + "syntax" in page


# --- POST /compare ------------------------------------------------------------------------------

COMPARED = Path(__file__).parent / "comparison"
OPTIONS = [(COMPARED / f"{name}.ttl").read_bytes() for name in ("today", "shared")]


def compare_form(
    server: Server, *fields: tuple[str, Any], query: str = "", **headers: str
) -> Answer:
    """Send a form to /compare."""
    body, media_type = form(*fields)
    target = "/compare" + ("?" + query if query else "")
    return server.ask("POST", target, body, {"Content-Type": media_type, **headers})


def option_files() -> list[tuple[str, Any]]:
    """The two options as the form sends them."""
    return [("file", (f"{n}.ttl", "", text)) for n, text in enumerate(OPTIONS)]


def test_two_files_are_compared(server, spec):
    """A form with a file for each option is answered as the command line answers, and as described."""
    answer = compare_form(server, *option_files())
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    pipeline = Pipeline.load()
    described = [d for text in OPTIONS for d in pipeline.read(text, TURTLE)]
    assert answer.json == compare(pipeline, described, Options())
    assert conforms_to(answer.json, answer_schema(spec, "post", "/compare"), spec) == []


def test_a_dataset_is_compared(server):
    """TriG with a structure in each named graph is answered as the files are."""
    parts = []
    for text in OPTIONS:
        prefixes, _, rest = text.decode().partition("\n\n")
        parts.append((prefixes, rest))
    trig = parts[0][0] + "".join(
        f"\nx:graph-{n} {{ {rest} }}\n" for n, (_, rest) in enumerate(parts)
    )
    answer = server.ask("POST", "/compare", trig.encode(), {"Content-Type": "application/trig"})
    assert answer.status == 200
    assert answer.json["changes"] == compare_form(server, *option_files()).json["changes"]


@pytest.mark.parametrize(
    ("name", "start"), [("html", b"<!doctype html>"), ("text", b"Options"), ("csv", b'"section"')]
)
def test_a_comparison_has_each_form(name, start, server):
    """A page, a text and a table; the page links the service's own style and rules."""
    answer = compare_form(server, *option_files(), ("format", name))
    assert answer.status == 200 and answer.body.lstrip().startswith(start)
    if name == "html":
        assert b'href="/static/style.css"' in answer.body and b'href="/rules/' in answer.body


def test_a_comparison_takes_a_baseline_and_days(server):
    """The parameters mean what they mean on the command line, in the address or in the form."""
    turned = compare_form(server, *option_files(), ("baseline", "shared")).json
    assert turned["baseline"].endswith("/shared")
    dated = compare_form(
        server, *option_files(), query="as-at=2018-01-01&law-as-at=2017-01-01"
    ).json
    assert (dated["asAt"], dated["lawAsAt"]) == ("2018-01-01", "2017-01-01")


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        (option_files()[:1], "bad-parameter"),
        (option_files()[:1] * 2, "several-structures"),
        ([*option_files(), ("baseline", "tomorrow")], "bad-parameter"),
        ([*option_files(), ("engine", "both")], "bad-parameter"),
        ([*option_files(), ("text", "a b c .")], "syntax"),
        ([("baseline", "today")], "empty"),
    ],
)
def test_what_cannot_be_compared_is_explained(fields, slug, server):
    """Too few, the same twice, an unknown baseline and unreadable text are refused."""
    assert compare_form(server, *fields).slug == slug


# --- POST /what-if and POST /repair ---------------------------------------------------------------

CHANGED = Path(__file__).parent / "whatif"


def change_form(server: Server, target: str, *fields: tuple[str, Any], **headers: str) -> Answer:
    """Send a form to an address."""
    body, media_type = form(*fields)
    return server.ask("POST", target, body, {"Content-Type": media_type, **headers})


def changed_file(field: str, name: str) -> tuple[str, Any]:
    """A file of the invented councils in a field, as the form sends it."""
    return (field, (name, "", (CHANGED / name).read_bytes()))


PATCHED = [changed_file("before", "north-today.ttl"), changed_file("patch", "share.rdfp")]


def test_a_change_is_answered_as_the_library_does(server, spec):
    """A patch and a partner in a form give the answer of `what_if`, as the description says."""
    answer = change_form(server, "/what-if", *PATCHED, changed_file("partner", "south-today.ttl"))
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    pipeline = Pipeline.load()
    before, partner = (
        pipeline.read_one((CHANGED / n).read_bytes(), TURTLE)
        for n in ("north-today.ttl", "south-today.ttl")
    )
    after = after_patch(pipeline, before, (CHANGED / "share.rdfp").read_bytes())
    assert answer.json == what_if(pipeline, before, after, Options(), [partner])
    assert conforms_to(answer.json, answer_schema(spec, "post", "/what-if"), spec) == []


def test_a_change_may_be_a_description_or_a_pasted_patch(server):
    """The description after it does, and a patch as a text, which is what the form has."""
    same = changed_file("before", "north-today.ttl")[1]
    answer = change_form(server, "/what-if", PATCHED[0], ("after", same), ("format", "text"))
    assert answer.status == 200 and b"Nothing is changed" in answer.body
    text = (CHANGED / "share.rdfp").read_text(encoding="utf-8")
    answer = change_form(server, "/what-if", PATCHED[0], ("patch", text), ("after", ""))
    assert answer.status == 200 and len(answer.json["introduced"]) == 2


@pytest.mark.parametrize(
    ("name", "start"), [("html", b"<!doctype html>"), ("text", b"What"), ("csv", b'"')]
)
@pytest.mark.parametrize("target", ["/what-if", "/repair"])
def test_changes_and_repairs_have_each_form(name, start, target, server):
    """A page, a text and a table; the page links the service's own style and rules."""
    fields = PATCHED if target == "/what-if" else [changed_file("file", "wrong.ttl")]
    rule = [("rule", "ca2004-s18-dcs-exactly-one")] if target == "/repair" else []
    answer = change_form(server, target, *fields, *rule, ("format", name))
    assert answer.status == 200 and answer.body.lstrip().startswith(start)
    if name == "html":
        assert b'href="/static/style.css"' in answer.body and b'href="/rules/' in answer.body


def test_repairs_are_answered_as_the_library_does(server, spec):
    """A description, sent as it is, gives the answer of `repairs`, as the description says."""
    data = (CHANGED / "wrong.ttl").read_bytes()
    rule = "lgha-s5-mo-not-cfo"
    answer = server.ask("POST", f"/repair?rule={rule}", data, {"Content-Type": TURTLE})
    pipeline = Pipeline.load()
    assert answer.json == repairs(pipeline, pipeline.read_one(data, TURTLE), Options(), rule)
    assert conforms_to(answer.json, answer_schema(spec, "post", "/repair"), spec) == []


@pytest.mark.parametrize(
    ("target", "fields", "slug"),
    [
        ("/what-if", PATCHED[:1], "bad-parameter"),
        ("/what-if", PATCHED[1:], "bad-parameter"),
        ("/what-if", [*PATCHED, changed_file("after", "north-today.ttl")], "bad-parameter"),
        ("/what-if", [*PATCHED, changed_file("file", "north-today.ttl")], "bad-parameter"),
        ("/what-if", [*PATCHED, ("baseline", "x")], "bad-parameter"),
        ("/what-if", [PATCHED[0], ("patch", "A <a> .")], "bad-patch"),
        (
            "/what-if",
            [PATCHED[0], ("patch", "D <urn:a> <urn:b> <urn:c> .")],
            "patch-does-not-apply",
        ),
        ("/what-if", [PATCHED[1], ("before", "a b c .")], "syntax"),
        ("/repair", [changed_file("file", "wrong.ttl"), ("rule", "none")], "unknown-rule"),
        ("/repair", [changed_file("file", "wrong.ttl"), ("engine", "both")], "bad-parameter"),
        ("/repair", [("rule", "none")], "empty"),
    ],
)
def test_what_cannot_be_changed_or_repaired_is_explained(target, fields, slug, server):
    """Too little, too much, a patch that does not fit and an unknown rule are refused."""
    assert change_form(server, target, *fields).slug == slug


def test_a_change_has_to_be_a_form(server):
    """A body that is no form is refused, and told what the form holds."""
    answer = server.ask("POST", "/what-if", b"a b c .", {"Content-Type": TURTLE})
    assert (answer.status, answer.slug) == (415, "unsupported-media-type")
    assert "before" in answer.json["detail"]


# --- POST /agree --------------------------------------------------------------------------------

AGREED = Path(__file__).parent / "agreement" / "conflict-first-day"


def side_files(case: str = "conflict-first-day") -> list[tuple[str, Any]]:
    """The two sides as the form sends them."""
    folder = AGREED.parent / case
    return [
        ("file", (f"{name}.ttl", "", (folder / f"{name}.ttl").read_bytes()))
        for name in ("torbay", "plymouth")
    ]


def agree_form(server: Server, *fields: tuple[str, Any], query: str = "") -> Answer:
    """Send a form to /agree."""
    body, media_type = form(*fields)
    return server.ask(
        "POST", "/agree" + ("?" + query if query else ""), body, {"Content-Type": media_type}
    )


def test_two_sides_are_held_against_each_other(server, spec):
    """A form with a file for each side is answered as the command line answers, and as described."""
    answer = agree_form(server, *side_files())
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    pipeline = Pipeline.load()
    described = [d for _, file in side_files() for d in pipeline.read(file[2], TURTLE)]
    assert answer.json == agree(pipeline, described, Options())
    assert conforms_to(answer.json, answer_schema(spec, "post", "/agree"), spec) == []
    assert [c["aspect"] for c in answer.json["conflicts"]] == ["begins"]


@pytest.mark.parametrize("case", ["suggestion", "concurrence-on-one-side", "namesakes"])
def test_what_is_suggested_and_decided_jointly_is_as_described(case, server, spec):
    """Suggestions, names and rules that need both sides have the members that OpenAPI says."""
    answer = agree_form(server, *side_files(case)).json
    assert answer["suggestions"] or answer["namesakes"] or answer["rules"]
    assert conforms_to(answer, answer_schema(spec, "post", "/agree"), spec) == []


@pytest.mark.parametrize(
    ("name", "start"), [("html", b"<!doctype html>"), ("text", b"Do "), ("csv", b'"section"')]
)
def test_an_agreement_has_each_form(name, start, server):
    """A page, a text and a table; the page links the service's own style and rules."""
    answer = agree_form(server, *side_files(), ("format", name))
    assert answer.status == 200 and answer.body.lstrip().startswith(start)
    if name == "html":
        assert b'href="/static/style.css"' in answer.body and b'href="/rules/' in answer.body


@pytest.mark.parametrize(
    ("fields", "query", "slug"),
    [
        (side_files()[:1], "", "bad-parameter"),
        ([*side_files(), ("assume", "complete")], "", "bad-parameter"),
        (side_files(), "baseline=torbay", "bad-parameter"),
        ([*side_files(), ("engine", "both")], "", "bad-parameter"),
        ([*side_files(), ("text", "a b c .")], "", "syntax"),
        ([("as-at", "2018-06-30")], "", "empty"),
    ],
)
def test_what_cannot_be_agreed_on_is_explained(fields, query, slug, server):
    """One side, an assumption of completeness, a baseline and unreadable text are refused."""
    assert agree_form(server, *fields, query=query).slug == slug


# --- problems -------------------------------------------------------------------------------------


def refused(
    slug: str,
    body: bytes | str = b"",
    media_type: str = TURTLE,
    *,
    line: int | None = None,
    says: str = "",
    query: str = "",
    method: str = "POST",
    path: str = "/validate",
    headers: dict[str, str] | None = None,
) -> Any:
    """One request that is refused, with the problem, its place and words of its detail."""
    data = body.encode() if isinstance(body, str) else body
    sent = ({"Content-Type": media_type} if media_type else {}) | (headers or {})
    target = path + ("?" + query if query else "")
    return pytest.param(method, target, data, sent, slug, line, says, id=f"{slug}-{says or line}")


def turtle(statements: str) -> str:
    """Statements after the prefixes; they begin on `FIRST_LINE`."""
    return PREFIXES + statements


S = STRUCTURE
LONG = "x" * 200_000
NESTED = ":a :b " + "[ :b " * 200 + "1" + " ]" * 200 + " ."
REFUSED = [
    refused("not-rdf", b"%PDF-1.7 ...", says="PDF"),
    refused("not-rdf", "<!doctype html><html><body>", says="HTML"),
    refused("unsupported-media-type", S, "application/pdf", says="application/pdf"),
    refused("unsupported-media-type", S, "", says="Content-Type"),
    refused("unsupported-media-type", S, "application/x-www-form-urlencoded", says="text/turtle"),
    refused("unsupported-media-type", S, "text/turtle; charset=iso-8859-1", says="UTF-8"),
    refused("compressed-body", b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}, says="gzip"),
    refused("not-acceptable", S, headers={"Accept": "application/pdf"}, says="text/turtle"),
    refused("syntax", turtle(":a :b\n:c"), line=FIRST_LINE + 1),
    refused("syntax", '{"@id": "http://e.org/",\n "a" 1}', "application/ld+json", line=2),
    refused("syntax", "<rdf:RDF", "application/rdf+xml", line=1),
    refused("syntax", b"\xff\xfe\x00", says="UTF-8"),
    refused("empty", ""),
    refused("empty", turtle("# nothing\n")),
    refused("no-known-terms", turtle(":a :b :c .")),
    refused("unknown-term", turtle(":s dg:descibes :a ."), line=FIRST_LINE, says="describes"),
    refused("unknown-term", turtle(S + ":p dg:tittle 'x' ."), line=FIRST_LINE + 1, says="rulebook"),
    refused("no-structure", turtle(":p a org:Post ; dg:title 'x' ."), says="dg:Structure"),
    refused("several-structures", turtle(S + S.replace(":structure", ":other")), says="compare"),
    refused("no-authority", turtle(":s a dg:Structure ."), says="dg:describes"),
    refused("no-day", turtle(":s a dg:Structure ; dg:describes auth:coventry ."), says="as-at"),
    refused("bad-date", turtle(':s dg:assessmentDay "2017-02-30"^^xsd:date .'), line=FIRST_LINE),
    refused("bad-value", turtle(":s dg:describes <javascript:alert(1)> ."), line=FIRST_LINE),
    refused("too-large", turtle(f':s dg:title "{LONG}" .'), line=FIRST_LINE, says="100,000"),
    refused("too-deep", turtle(NESTED), line=FIRST_LINE, says="100"),
    refused(
        "document-type-declaration",
        '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "b">]><x/>',
        "application/rdf+xml",
        line=2,
    ),
    refused(
        "unknown-context",
        '{"@context": "https://example.org/c.jsonld", "@id": "http://e.org/"}',
        "application/ld+json",
        line=1,
        says="https://w3id.org/dutygraph/context.jsonld",
    ),
    refused("changes-the-rules", turtle(":X rdfs:subClassOf dg:Authority ."), line=FIRST_LINE),
    refused("bad-parameter", S, query="as_at=2017-01-24", says="as-at"),
    refused("bad-parameter", S, query="as-at=24/1/2017", says="YYYY-MM-DD"),
    refused("bad-parameter", S, query="as-at=20170124", says="YYYY-MM-DD"),
    refused("bad-parameter", S, query="as-at=2017-02-30", says="2017-02-30"),
    refused("bad-parameter", S, query="as-at=", says="as-at"),
    refused("bad-parameter", S, query="assume=all", says="complete"),
    refused("bad-parameter", S, query="engine=best", says="reference"),
    refused("bad-parameter", S, query="engine=fast&engine=both", says="twice"),
    refused("bad-parameter", S, query="shapes=http://e.org/", says="shapes"),
    refused("bad-parameter", method="GET", path="/rules", query="on=2017-01-24", says="as-at"),
    refused("bad-parameter", method="GET", path="/health", query="x=1", says="none"),
    refused("unknown-rule", method="GET", path=f"/rules/{RULE[:-1]}", says=RULE),
    refused("unknown-rule", method="GET", path="/rules/zzzzqqqq", says="GET /rules"),
    refused("unknown-rule", method="GET", path="/rules/..%2e", says="..."),
    refused("unknown-identifier", method="GET", path="/id/post/nobody", says="/doc/dataset"),
    refused("unknown-identifier", method="GET", path="/def/Postt", says="def/"),
    refused("unknown-version", method="GET", path="/doc/dataset/0.0", says="kept here"),
    refused("bad-parameter", method="GET", path="/id/post/a", query="day=1", says="format"),
    refused("bad-parameter", method="GET", path="/doc/dataset", query="page=1", says="format"),
    refused("not-acceptable", method="GET", path="/doc/dataset", query="format=pdf", says="turtle"),
    refused("not-found", method="GET", path="/nothing"),
    refused("not-found", method="GET", path="/rules/a/b"),
    refused("not-found", method="GET", path="/static/../app.py"),
    refused("method-not-allowed", method="GET", says="GET"),
    refused("method-not-allowed", method="DELETE", path="/rules", says="DELETE"),
]


@pytest.mark.parametrize(("method", "path", "body", "headers", "slug", "line", "says"), REFUSED)
def test_a_request_that_cannot_be_served_is_explained(
    method, path, body, headers, slug, line, says, server
):
    """Each gets the status of its problem, the one shape, the place, and what to do about it."""
    answer = server.ask(method, path, body, headers)
    assert answer.slug == slug, answer.body
    problem = answer.json
    kind = PROBLEM_TYPES[slug]
    assert answer.status == problem["status"] == kind.status
    assert (problem["type"], problem["title"]) == (kind.uri, kind.title)
    assert problem.get("line") == line or line is None
    assert says in problem["detail"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_misspelt_term_is_answered_with_the_nearest(server):
    """An unknown term is a member of the problem, with its line and the term that was meant."""
    problem = server.validate(turtle(":s dg:descibes :a .")).json
    term = "https://w3id.org/dutygraph/def/descibes"
    nearest = "https://w3id.org/dutygraph/def/describes"
    assert problem["terms"] == [{"term": term, "line": FIRST_LINE, "nearest": nearest}]
    assert Rulebook.load().version in problem["detail"]


def test_the_methods_that_an_address_takes_are_said(server):
    """A 405 has an Allow header."""
    assert "POST" in server.ask("GET", "/validate").headers["Allow"]


def test_what_is_not_http_gets_the_same_shape(server):
    """A request that never reaches the application is a problem too."""
    with socket.create_connection(("127.0.0.1", server.port), 20) as raw:
        raw.sendall(b"NONSENSE\r\n\r\n")
        said = b"".join(iter(lambda: raw.recv(4096), b""))
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ") and b"application/problem+json" in head
    assert json.loads(body)["type"] == PROBLEM_BASE + "bad-parameter"


def test_s14_too_many_are_told_to_come_back(strict):
    """With one at work and one waiting, a third is told when to come back, and /health answers."""
    with ThreadPoolExecutor(2) as pool:
        busy = [pool.submit(strict.validate, slow_description(), "engine=reference")]
        time.sleep(0.4)
        busy.append(pool.submit(strict.validate, description()))
        time.sleep(0.4)
        third = strict.validate(description())
        health = strict.ask("GET", "/health")
        answers = [future.result() for future in busy]
    assert (third.status, third.slug) == (503, "busy")
    assert int(third.headers["Retry-After"]) >= 1
    assert third.seconds < 1
    assert (health.status, health.seconds < 1) == (200, True)
    assert answers[0].slug == "out-of-time"
    # The one who waited got its turn, or was told in time that there was none.
    assert answers[1].status == 200 or answers[1].slug == "busy"


def test_s11_an_assessment_that_does_not_end_is_ended(strict):
    """A heavy description is a 503 soon after the deadline, its process is gone, the next is served."""
    before = strict.workers()
    answer = strict.validate(slow_description(), "engine=reference")
    assert (answer.status, answer.slug) == (503, "out-of-time")
    assert 2 <= answer.seconds < 20
    assert not before & strict.workers()
    assert strict.validate(description()).status == 200


def test_s11_memory_is_bounded():
    """A large description is a 503 under a small memory limit, and the next one is served."""
    with running(workers=1, MEMORY="400", BODY_LIMIT="100000000") as small:
        answer = small.validate(large_description())
        assert (answer.status, answer.slug) == (503, "out-of-memory")
        assert small.validate(description()).status == 200


def test_a_worker_that_crashes_is_an_internal_error(strict):
    """A crash at work is a 500 with an incident that the log has as well, and is got over."""
    (worker,) = strict.workers()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(strict.validate, slow_description(), "engine=reference")
        time.sleep(0.5)
        os.kill(worker, signal.SIGSEGV)
        crashed = answer.result()
    assert (crashed.status, crashed.slug) == (500, "internal")
    assert crashed.json["instance"].rsplit(":", 1)[-1] in strict.log
    assert strict.validate(description()).status == 200


def test_workers_that_cannot_start_make_the_service_ill():
    """With less memory than loading takes, health and validation both say that engines fail."""
    with running(workers=1, MEMORY="64") as ill:
        assert ill.ask("GET", "/health").slug == "engine-failed"
        assert ill.validate(description()).slug == "engine-failed"
        assert ill.ask("GET", "/rules").status == 200


RAISED_ELSEWHERE = {
    "busy": test_s14_too_many_are_told_to_come_back,
    "out-of-time": test_s11_an_assessment_that_does_not_end_is_ended,
    "out-of-memory": test_s11_memory_is_bounded,
    "internal": test_a_worker_that_crashes_is_an_internal_error,
    "engine-failed": test_workers_that_cannot_start_make_the_service_ill,
    "bad-patch": test_what_cannot_be_changed_or_repaired_is_explained,
    "patch-does-not-apply": test_what_cannot_be_changed_or_repaired_is_explained,
}
# By tests of other files, on a server with a store.
RAISED_WITH_A_STORE = {
    "query-syntax": "test_sparql",
    "query-refused": "test_security",
    "unknown-graph": "test_security",
    "unknown-query": "test_sparql",
    "answer-too-large": "test_security",
    "query-too-long": "test_security",
    "no-store": "test_sparql",
    "not-yours": "test_security",
    "not-of-the-council": "test_security",
    "condition-required": "test_publishing",
    "nothing-to-undo": "test_publishing",
    "withdrawn": "test_publishing",
}
# By tests of the doors, in test_security.
RAISED_AT_THE_DOORS = ("too-many-requests", "no-token", "bad-token", "cross-site")
NOT_OVER_HTTP = {
    "unreadable-file": "the service opens no file of a caller's; the command line does",
    **dict.fromkeys(
        (
            "too-many-unnamed",
            "bad-key",
            "bad-proof",
            "not-verified",
            "not-a-partner",
            "not-fetched",
        ),
        "partners are asked from the command line; test_signing.py, test_fetching.py and "
        "test_subscribing.py raise it",
    ),
    "unknown-token": "tokens are ended on the command line; test_tokens.py raises it",
    "bad-report": "reports are verified on the command line; test_verifying.py raises it",
    **dict.fromkeys(
        (
            *("graph-changed", "graph-refused", "store-unavailable", "store-failed"),
            *("store-in-use", "not-a-backup"),
        ),
        "no address of the service raises it at will; test_store.py and test_store_cli.py do",
    ),
    "engines-disagree": "no known input makes them; test_security.py alters an engine's results",
}


def test_every_problem_is_raised_by_a_test():
    """The catalogue is what the tests here raise, plus a short list with a reason for each."""
    raised = {param.values[4] for param in REFUSED} | set(RAISED_ELSEWHERE)
    for slug, file in RAISED_WITH_A_STORE.items():
        assert f'"{slug}"' in (Path(__file__).parent / f"{file}.py").read_text("utf-8")
    raised |= set(RAISED_WITH_A_STORE)
    doors = (Path(__file__).parent / "test_security.py").read_text("utf-8")
    assert all(f'"{slug}"' in doors for slug in RAISED_AT_THE_DOORS)
    raised |= set(RAISED_AT_THE_DOORS)
    assert raised == set(PROBLEM_TYPES) - set(NOT_OVER_HTTP)


# --- rules, health, front page --------------------------------------------------------------------


def test_the_list_of_rules_is_the_rulebook(server):
    """GET /rules is the rulebook's own list."""
    book = Rulebook.load()
    answer = server.ask("GET", "/rules")
    assert answer.json == [book.as_json(entry) for entry in book.entries]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_rules_of_a_day_are_fewer(server):
    """With a day, only what is or may be in force then is listed, and ended rules are not."""
    book = Rulebook.load()
    listed = {rule["id"] for rule in server.ask("GET", "/rules?as-at=2017-01-24").json}
    assert listed
    for entry in book.entries:
        begun = entry.in_force_from is None or entry.in_force_from.isoformat() <= "2017-01-24"
        ended = entry.in_force_to is not None and entry.in_force_to.isoformat() <= "2017-01-24"
        if entry.id in listed:
            assert not ended
        elif begun:
            assert ended or entry.begins_with or entry.ends_with
    assert len(server.ask("GET", "/rules?as-at=1900-01-01").json) < len(listed)


@pytest.mark.parametrize("form", ["html", "csv", "text", "json"])
def test_the_rules_come_in_every_form(form, server):
    """Each form of the list names every rule."""
    answer = server.ask("GET", f"/rules?format={form}")
    assert answer.status == 200
    assert all(e.id.encode() in answer.body for e in Rulebook.load().entries)


def test_every_rule_has_a_page_and_an_explanation(server):
    """Each rule's JSON has its duty, parts, verification and examples, and its page its title."""
    for entry in Rulebook.load().entries:
        explained = server.ask("GET", f"/rules/{entry.id}").json
        assert explained["duty"] == entry.duty
        assert explained["howToDispute"]
        assert len(explained["parts"]) == len(entry.parts)
        assert {"status", "meaning", "checkedAgainst"} <= set(explained["verification"])
        page = server.ask("GET", f"/rules/{entry.id}", headers={"Accept": BROWSER})
        assert page.status == 200
        assert "<h1" in page.body.decode()
    shown = server.ask("GET", f"/rules/{RULE}").json["examples"]
    assert {"passed", "failed", "cantTell"} <= {o for example in shown for o in example["outcomes"]}


def test_health_says_what_is_here(server):
    """Health names the software, the rulebook and the engines that answered."""
    health = server.ask("GET", "/health").json
    assert health["status"] == "ok"
    assert set(health["engines"]) == {"fast", "reference"}
    assert health["lawAsAt"] == Rulebook.load().law_as_at


FORMS = {
    "validate": {"file", "text", "media-type", "as-at", "assume", "format"},
    "compare": {"file", "baseline", "as-at", "assume", "format"},
    "what-if": {"before", "after", "patch", "partner", "as-at", "assume", "format"},
    "repair": {"file", "rule", "as-at", "assume", "format"},
    "agree": {"file", "as-at", "format"},
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_asks_for_what_its_address_takes(name, server):
    """Each field is under a label, and is one that the resource of the same name has."""
    page = server.ask("GET", f"/forms/{name}", headers={"Accept": BROWSER}).body.decode()
    assert page.count("<h1") == 1 and not re.search(r"<script| style=| on\w+=", page)
    assert page.count("<form ") == 1
    inside = page.partition("<form ")[2].partition("</form>")[0]
    assert f'action="/{name}" method="post" enctype="multipart/form-data">' in inside
    named = re.findall(r'<(?:input|select|textarea) id="([^"]+)" name="([^"]+)"', inside)
    assert {field for _, field in named} == FORMS[name]
    for identifier, _ in named:
        assert f'<label for="{identifier}">' in inside
    taken = server.ask("GET", "/openapi.json").json["paths"][f"/{name}"]["post"]
    properties = taken["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert FORMS[name] <= set(properties)


def test_a_form_that_there_is_not(server):
    """Is a 404 that names those that there are."""
    answer = server.ask("GET", "/forms/valdiate")
    assert (answer.status, answer.slug) == (404, "not-found")
    assert all(name in answer.json["detail"] for name in FORMS)


def test_the_front_page_leads_on(server):
    """The front page leads to each form, and every link of it works."""
    page = server.ask("GET", "/", headers={"Accept": BROWSER}).body.decode()
    links = re.findall(r'href="(/[^"#]*)"', page)
    assert {f"/forms/{name}" for name in FORMS} <= set(links)
    assert not re.search(r"<script| style=| on\w+=", page)
    for link in links:
        assert server.ask("GET", link, headers={"Accept": BROWSER}).status == 200, link


def test_the_front_page_is_for_programs_too(server):
    """As JSON, the front page gives the addresses."""
    links = server.ask("GET", "/", headers={"Accept": "application/json"}).json
    assert links["openapi"].endswith("/openapi.json")


@pytest.mark.parametrize("path", ["/", "/rules", "/health", "/openapi.json", "/nothing"])
def test_every_answer_has_the_security_headers(path, server):
    """Pages, data and problems all carry them."""
    headers = server.ask("GET", path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


# --- OpenAPI ----------------------------------------------------------------------------------------


def conforms_to(value: Any, schema: Any, spec: Any, place: str = "") -> list[str]:
    """What keeps a value from its JSON schema, for the keywords that the description uses."""
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    if "anyOf" in schema:
        tried = [conforms_to(value, one, spec, place) for one in schema["anyOf"]]
        return [] if [] in tried else [f"{place}: none of {tried}"]
    types = schema.get("type", [])
    kinds = {
        "string": str,
        "integer": int,
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
    allowed = [kinds[t] for t in ([types] if isinstance(types, str) else types)]
    if allowed and not any(isinstance(value, a) for a in allowed):
        return [f"{place}: {value!r} is no {types}"]
    wrong = []
    if "enum" in schema and value not in schema["enum"]:
        wrong.append(f"{place}: {value!r} is not listed")
    if isinstance(value, list) and "items" in schema:
        for n, item in enumerate(value):
            wrong += conforms_to(item, schema["items"], spec, f"{place}[{n}]")
    if isinstance(value, dict):
        wrong += [f"{place}: no {name}" for name in schema.get("required", []) if name not in value]
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                wrong += conforms_to(value[name], inner, spec, f"{place}.{name}")
    return wrong


@pytest.fixture(scope="module")
def spec(server: Server) -> Any:
    """The OpenAPI description as it is served."""
    return server.ask("GET", "/openapi.json").json


def answer_schema(spec: Any, method: str, path: str) -> Any:
    """The schema of a resource's JSON answer."""
    content = spec["paths"][path][method]["responses"]["200"]["content"]
    return content["application/json"]["schema"]


def test_openapi_describes_every_address(spec):
    """Every resource is there, with an OpenAPI version that tools read."""
    assert spec["openapi"].startswith("3.")
    assert set(spec["paths"]) == {
        "/",
        "/validate",
        "/agree",
        "/compare",
        "/what-if",
        "/repair",
        "/forms/{form}",
        "/rules",
        "/rules/{rule_id}",
        "/coverage",
        "/sparql",
        "/queries",
        "/queries/{query_name}",
        "/queries/{query_name}/csv-metadata.json",
        "/columns/{table}/csv-metadata.json",
        "/health",
        "/{kind}/{name}",
        "/def/",
        "/{folder}/",
        "/{single}",
        "/context.jsonld",
        "/doc/{name}",
        "/id/dataset",
        "/id/dataset/{version}",
        "/doc/dataset",
        "/doc/dataset/{version}",
        "/.well-known/void",
        "/dumps/{name}",
        "/keys/{authority}",
        "/graphs/{authority}/{name}/proof",
        "/graphs/{authority}/{name}/versions/{number}/proof",
        "/partners",
        "/partners/{authority}/{name}",
        "/partners/{authority}/{name}/provenance",
        "/feed",
        "/graphs",
        "/graphs/{authority}/{name}",
        "/graphs/{authority}/{name}/undo",
        "/graphs/{authority}/{name}/history",
        "/graphs/{authority}/{name}/draft",
        "/graphs/{authority}/{name}/draft/publish",
        "/graphs/{authority}/{name}/draft/report",
        "/graphs/{authority}/{name}/versions/{number}",
        "/graphs/{authority}/{name}/versions/{number}/report",
    }


def test_openapi_names_the_parameters_bodies_and_forms(spec):
    """The description has every parameter, every request syntax and every form of the answer."""
    operation = spec["paths"]["/validate"]["post"]
    names = {p["name"] for p in operation["parameters"]}
    assert names == {"as-at", "law-as-at", "assume", "engine", "format"}
    assert set(RDF_FORMATS) | {"multipart/form-data"} <= set(operation["requestBody"]["content"])
    forms = set(operation["responses"]["200"]["content"])
    assert forms == {r.media_type for r in RENDERINGS.values()}


def test_the_example_in_openapi_works(spec, server):
    """The example of the description is answered with a report that its schema describes."""
    content = spec["paths"]["/validate"]["post"]["requestBody"]["content"]
    example = content["text/turtle"]["examples"]["invented"]["value"]
    answer = server.validate(example)
    assert answer.status == 200
    assert answer.json["assessed"] and not answer.json["breaches"]
    assert conforms_to(answer.json, answer_schema(spec, "post", "/validate"), spec) == []


@pytest.mark.parametrize("path", ["/rules", "/health", f"/rules/{RULE}"])
def test_answers_are_what_openapi_says(path, spec, server):
    """What is served has the members and types that the description promises."""
    described = "/rules/{rule_id}" if path.count("/") == 2 else path
    answer = server.ask("GET", path).json
    assert conforms_to(answer, answer_schema(spec, "get", described), spec) == []


def test_openapi_lists_the_problems_that_are_raised(spec):
    """Every status that the refusals above are answered with is described for their address."""
    problem = spec["components"]["schemas"]["Problem"]
    for param in REFUSED:
        method, target, _, _, slug, *_ = param.values
        path = target.partition("?")[0]
        described = "/rules/{rule_id}" if path.startswith("/rules/") else path
        if path.startswith(("/id/post/", "/def/")):
            described = "/{kind}/{name}"
        elif path.startswith("/doc/dataset/"):
            described = "/doc/dataset/{version}"
        operation = spec["paths"].get(described, {}).get(method.lower())
        if operation is None or slug in ("not-found", "method-not-allowed"):
            continue
        said = operation["responses"][str(PROBLEM_TYPES[slug].status)]
        assert f"({slug})" in said["description"]
    assert set(problem["properties"]["type"]["enum"]) == {k.uri for k in PROBLEM_TYPES.values()}


# --- starting, stopping, logging ------------------------------------------------------------------


@pytest.mark.long
def test_a_cold_start_under_load_answers_everybody_alike():
    """Forty requests in eight threads, both engines, at a server that has only just begun to listen."""
    # How long they take is not what this proves: loading eight engines may outlast the usual deadline.
    with running(workers=4, PROCESSES="2", QUEUE="40", DEADLINE="300") as cold:

        def ask(number: int) -> Answer:
            engine = ("fast", "reference")[number % 2]
            return cold.validate(description(), f"engine={engine}")

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(40)))
    assert [answer.status for answer in answers] == [200] * 40
    reports = [answer.json | {"engine": ""} for answer in answers]
    assert all(report == reports[0] for report in reports)
    assert len({answer.json["engine"] for answer in answers}) == 2


def test_stopping_waits_for_work_and_leaves_nothing():
    """SIGTERM lets a request finish, ends every process and frees the port."""
    with running(workers=1, QUEUE="0") as stopping:
        assert stopping.validate(description()).status == 200
        below = stopping.descendants()
        with ThreadPoolExecutor(1) as pool:
            last = pool.submit(stopping.validate, description(), "engine=reference")
            time.sleep(0.05)
            assert stopping.stop() == 0
            assert last.result().status == 200
        alive = [pid for pid in below if is_alive(pid)]
        assert not alive
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", stopping.port), 2)


def test_a_killed_server_leaves_no_worker():
    """Even SIGKILL of every process that answers HTTP ends the ones that assess."""
    with running(workers=2) as killed:
        assert killed.validate(description()).status == 200
        below = killed.descendants()
        workers = killed.workers()
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(killed.validate, slow_description(), "engine=reference")
            time.sleep(1)
            for pid in [killed.process.pid, *(p for p in below if p not in workers)]:
                os.kill(pid, signal.SIGKILL)
            killed.process.wait(10)
            with pytest.raises((OSError, http.client.HTTPException)):
                slow.result()
        end = time.monotonic() + 10
        while any(is_alive(pid) for pid in workers) and time.monotonic() < end:
            time.sleep(0.05)
        assert not [pid for pid in workers if is_alive(pid)]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not yet buried does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:  # noqa: PTH123
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_bad_setting_stops_the_start():
    """A setting that cannot be used ends the start with its name and what it takes."""
    with pytest.raises(AssertionError, match="DUTYGRAPH_DEADLINE.*a number of seconds"):
        start_server(workers=None, DEADLINE="soon")


def test_a_slow_caller_does_not_stop_the_others(strict):
    """Connections that begin and never end a request leave the service free for the others."""
    silent = [socket.create_connection(("127.0.0.1", strict.port), 5) for _ in range(20)]
    try:
        for connection in silent:
            connection.sendall(b"POST /validate HTTP/1.1\r\n")
        assert strict.ask("GET", "/health", timeout=20).status == 200
    finally:
        for connection in silent:
            connection.close()


def test_a_trickle_is_cut_off():
    """A caller has a time for the whole request, which single bytes do not renew."""
    ours, theirs = socket.socketpair()
    patient = server_module._PatientSocket(fileno=ours.detach())
    patient.setblocking(True)
    patient.expect(0.5)
    start = time.monotonic()
    with theirs, patient, pytest.raises(ConnectionResetError):
        for _ in range(100):
            theirs.sendall(b"x")
            patient.recv(1)
            time.sleep(0.02)
    assert 0.4 < time.monotonic() - start < 2


def test_s24_the_log_has_no_personal_data(server):
    """The log has method, route, status, time, size and a hash; no name, address or parameter."""
    name = "Zebedee-Quillfeather"
    server.validate(description(f':p dg:title "{name}" .'), "as-at=2016-06-29")
    server.ask("GET", f"/rules/{name}")
    server.validate(turtle(f":s dg:{name} 1 ."))
    end = time.monotonic() + 5
    while "route=/rules/<rule_id> status=404" not in server.log and time.monotonic() < end:
        time.sleep(0.05)
    assert re.search(
        r"method=POST route=/validate status=200 ms=\d+ in=\d+ out=\d+ sha256=[0-9a-f]{12}\n",
        server.log,
    )
    for secret in (name, "127.0.0.1 ", "2016-06-29"):
        assert secret not in server.log


def test_threads_share_nothing_that_breaks(server):
    """Sixty-four requests of every kind at once are all answered as they would be alone."""
    paths = ["/", "/rules", f"/rules/{RULE}", "/health", "/openapi.json", "/nothing"]
    seen: list[tuple[str, int]] = []
    lock = threading.Lock()

    def ask(number: int) -> None:
        path = paths[number % len(paths)]
        answer = server.ask("GET", path)
        with lock:
            seen.append((path, answer.status))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(66)))
    assert set(seen) == {(path, 404 if path == "/nothing" else 200) for path in paths}
