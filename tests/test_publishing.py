"""Publishing over HTTP: a council's graphs, their versions, reports, history, drafts and undo."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import pytest

from dutygraph.publishing.names import GraphName
from dutygraph.publishing.publisher import Publisher, Wanted
from dutygraph.publishing.tokens import Token
from dutygraph.store import store_of
from dutygraph.terms import AUTHORITY, BASE, DCT, DG, PROV, RDF
from dutygraph.triples import Graph, NamedNode, RdfFormat, Term, parse_quads
from tests.http_fixtures import RDF_FORMATS, Answer, in_syntax, slow_description
from tests.publishing_fixtures import (
    Publishers,
    graph,
    numbered,
    publishers_with_defaults,
    publishing,
)
from tests.store_fixtures import settings_of
from tests.test_http import conforms_to

FIXTURES = (publishers_with_defaults,)
OTHER = "Director of Everything"


@pytest.fixture(scope="module", name="councils")
def councils_that_publish() -> Iterator[Publishers]:
    """A service where everybody's holders are public, so that every council sees what all see."""
    with publishing(PUBLIC_TIER="third-tier", QUERY_DEADLINE="60") as publishers:
        yield publishers


def triples(turtle: bytes) -> set[str]:
    """What a graph says."""
    return {str(q.triple) for q in parse_quads(turtle, RdfFormat.TURTLE)}


def history_of(councils: Publishers, at: str) -> Graph:
    """The history of a graph."""
    answer = councils.ask("GET", at + "/history?format=ntriples")
    assert answer.status == 200, answer.body
    return Graph(q.triple for q in parse_quads(answer.body, RdfFormat.N_TRIPLES))


def only(history: Graph, subject: Term, predicate: Term) -> NamedNode:
    """The one thing that a history names."""
    (found,) = history.objects(subject, predicate)
    assert isinstance(found, NamedNode)
    return found


def etag(councils: Publishers, at: str, council: str = "coventry") -> str:
    """The entity tag of a graph as its council sees it."""
    found = councils.ask("GET", at, council).headers["ETag"]
    assert found
    return str(found)


# --- writing and reading --------------------------------------------------------------------------


def test_what_is_put_is_what_everybody_gets(councils):
    """A council's graph is read by anybody, statement for statement, with its report beside it."""
    said = councils.publish("first", "coventry")
    assert said["graph"] == f"{BASE}graphs/coventry/first"
    assert (said["verdict"], said["breaches"], said["heldBack"]) == ("undecided", 0, 0)
    answer = councils.ask("GET", "/graphs/coventry/first")
    assert (answer.status, answer.media_type) == (200, "text/turtle; charset=utf-8")
    assert triples(answer.body) == triples(graph("coventry"))
    head = councils.ask("HEAD", "/graphs/coventry/first")
    assert (head.status, head.body) == (200, b"")
    for name in ("ETag", "Last-Modified", "Link", "Content-Type"):
        assert head.headers[name] == answer.headers[name]
    listed = councils.ask("GET", "/graphs").json
    assert {"authority": "coventry", "name": "first"}.items() <= listed[0].items()


@pytest.mark.parametrize("media_type", RDF_FORMATS)
def test_every_syntax_is_taken(media_type, councils):
    """Each RDF syntax that /validate reads can be put, and is the same graph afterwards."""
    name = (
        "in-"
        + media_type.rpartition("/")[2].rpartition("+")[0].replace(".", "-")
        + str(len(media_type))
    )
    at = f"/graphs/torbay/{name}"
    answer = councils.put(
        at, "torbay", in_syntax(graph("torbay"), media_type), Content_Type=media_type
    )
    assert answer.status == 201, answer.body
    assert triples(councils.ask("GET", at).body) == triples(graph("torbay"))


def test_a_graph_comes_in_four_syntaxes_and_as_a_page(councils):
    """By Accept or by ?format=, each form with an entity tag of its own."""
    councils.publish("forms", "coventry")
    at, tags = "/graphs/coventry/forms", set()
    for name, media_type in (
        ("turtle", "text/turtle"),
        ("json-ld", "application/ld+json"),
        ("ntriples", "application/n-triples"),
        ("rdfxml", "application/rdf+xml"),
    ):
        by_accept = councils.ask("GET", at, Accept=media_type)
        by_name = councils.ask("GET", f"{at}?format={name}")
        assert by_accept.body == by_name.body
        assert by_accept.media_type.startswith(media_type)
        quads = parse_quads(by_name.body, RDF_FORMATS[media_type])
        assert {str(q.triple) for q in quads} == triples(graph("coventry"))
        tags.add(by_name.headers["ETag"])
    page = councils.ask("GET", at, Accept="text/html")
    assert b"Director of People" in page.body
    assert page.headers["ETag"] not in tags and len(tags) == 4
    assert councils.ask("GET", at, Accept="image/png").slug == "not-acceptable"


def test_a_reader_is_not_sent_what_they_have(councils):
    """If-None-Match and If-Modified-Since are answered with 304, until there is another version."""
    councils.publish("conditional", "coventry")
    at = "/graphs/coventry/conditional"
    first = councils.ask("GET", at)
    tag, when = first.headers["ETag"], first.headers["Last-Modified"]
    assert parsedate_to_datetime(when)
    for headers in ({"If_None_Match": tag}, {"If_Modified_Since": when}):
        again = councils.ask("GET", at, **headers)
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    # The tag of a write names the state, and none of its forms.
    changed = councils.put(at, "coventry", graph("coventry", title=OTHER), tag)
    assert changed.status == 200
    for known in (tag, changed.headers["ETag"]):
        assert councils.ask("GET", at, If_None_Match=known).status == 200


def test_a_reader_may_ask_for_the_state_that_they_know(councils):
    """If-Match gives the graph where it is still that one, and else a problem, never both
    (RFC 9110, section 13.1.1).
    """
    councils.publish("known", "coventry")
    at = "/graphs/coventry/known"
    for part in ("", "/versions/1"):
        first = councils.ask("GET", at + part)
        tag = first.headers["ETag"]
        for known in (tag, f'"x", {tag}', "*"):
            assert councils.ask("GET", at + part, If_Match=known).body == first.body, known
        assert councils.ask("GET", at + part, If_Match="*", If_None_Match=tag).status == 304
        for other in ('"x"', f"W/{tag}", '"*"', tag.replace("turtle", "html")):
            answer = councils.ask("GET", at + part, If_Match=other)
            assert (answer.status, answer.slug) == (412, "graph-changed"), other
            assert answer.json["etag"] == tag


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("part", ["", "/draft"])
def test_a_write_says_what_it_rests_on(method, part, councils):
    """Without a condition nothing is written (RFC 6585), whether or not there is a graph."""
    name = f"rests-{method.lower()}{part.replace('/', '-')}"
    at = f"/graphs/coventry/{name}{part}"
    body = graph("coventry") if method == "PUT" else None
    for _ in range(2):
        answer = councils.ask(method, at, "coventry", body)
        assert (answer.status, answer.slug) == (428, "condition-required")
        councils.put(at, "coventry", graph("coventry"))
    assert councils.ask("GET", at, "coventry").status == 200


@pytest.mark.parametrize(
    ("headers", "slug"),
    [
        ({"If_None_Match": '"1-a"'}, "bad-parameter"),
        ({"If_None_Match": "*", "If_Match": "*"}, "bad-parameter"),
        ({"If_Match": '"1-a"'}, "graph-changed"),
        ({"If_Match": 'W/"ETAG"'}, "graph-changed"),
        ({"If_Match": '"*"'}, "graph-changed"),
        ({"If_Match": '"", "x"'}, "graph-changed"),
        ({"If_None_Match": "*"}, "graph-changed"),
    ],
)
def test_a_condition_that_does_not_hold_changes_nothing(headers, slug, councils):
    """A wrong, a weak or a contradictory condition is refused, with the ETag that there is now."""
    at = "/graphs/coventry/conditions"
    councils.put(at, "coventry", graph("coventry"))
    tag = etag(councils, at)
    headers = {k: v.replace("ETAG", tag.strip('"')) for k, v in headers.items()}
    answer = councils.ask("PUT", at, "coventry", graph("coventry", title=OTHER), **headers)
    assert answer.slug == slug
    if slug == "graph-changed":
        assert answer.status == 412
        state = answer.json["etag"].strip('"')
        assert tag.strip('"') == f"{state}.turtle"
        assert answer.headers["ETag"] == answer.json["etag"]
    assert etag(councils, at) == tag


def test_two_writers_do_not_overwrite_each_other(councils):
    """Of two who saw the same state the first one writes; the second is told what there is now."""
    at = "/graphs/coventry/two-writers"
    councils.put(at, "coventry", graph("coventry"))
    seen = etag(councils, at)
    first = councils.put(at, "coventry", graph("coventry", title="First"), seen)
    second = councils.put(at, "coventry", graph("coventry", title="Second"), seen)
    assert (first.status, second.status) == (200, 412)
    assert second.json["etag"] == first.json["etag"]
    assert b"First" in councils.ask("GET", at).body
    # With that tag the second can go on.
    assert councils.put(at, "coventry", graph("coventry"), second.json["etag"]).status == 200


def test_nothing_is_merged(councils):
    """POST to a graph is refused with what to do instead."""
    answer = councils.ask("POST", "/graphs/coventry/merged", "coventry", graph("coventry"))
    assert (answer.status, answer.slug) == (405, "method-not-allowed")
    assert "PUT" in answer.json["detail"] and "PUT" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "path",
    [
        "/graphs/coventry/nothing",
        "/graphs/coventry/nothing/history",
        "/graphs/coventry/nothing/versions/1",
        "/graphs/coventry/nothing/versions/1/report",
        "/graphs/coventry/Not%20A%20Name",
        "/graphs/nobody/at-all",
    ],
)
def test_what_is_not_there_is_not_found(path, councils):
    """An address of no graph is a 404, whoever asks."""
    for council in (None, "coventry"):
        assert councils.ask("GET", path, council).slug == "unknown-graph"


@pytest.mark.parametrize("name", ["Upper", "two--hyphens", "-first", "a.b", "x" * 65, "%C3%A9"])
def test_a_name_is_plain(name, councils):
    """What would not make a tidy address is no name."""
    answer = councils.put(f"/graphs/coventry/{name}", "coventry", graph("coventry"))
    assert answer.slug == "bad-value"


# --- what is refused changes nothing -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "media_type", "slug"),
    [
        (b"@prefix", "text/turtle", "syntax"),
        (b"", "text/turtle", "empty"),
        (graph("coventry", ":x dg:notATerm :y ."), "text/turtle", "unknown-term"),
        (
            graph("coventry", "dg:Designation rdfs:subClassOf :x ."),
            "text/turtle",
            "changes-the-rules",
        ),
        (graph("coventry", ":s a dg:Structure ."), "text/turtle", "several-structures"),
        (graph("torbay"), "text/turtle", "not-of-the-council"),
        (b"%PDF-1.4", "text/turtle", "not-rdf"),
        (
            b"<urn:s> <https://w3id.org/dutygraph/def/status> <urn:o> <urn:g> .\n",
            "application/n-quads",
            "bad-value",
        ),
        (graph("coventry"), "multipart/form-data; boundary=x", "unsupported-media-type"),
    ],
)
def test_what_cannot_be_used_changes_nothing(body, media_type, slug, councils):
    """A refused write leaves content, tag, versions and history as they were."""
    at = "/graphs/coventry/steady"
    councils.put(at, "coventry", graph("coventry"))
    before = [councils.ask("GET", at + part) for part in ("", "/history")]
    tag = etag(councils, at)
    answer = councils.put(at, "coventry", body, tag, Content_Type=media_type)
    assert answer.slug == slug, answer.body
    after = [councils.ask("GET", at + part) for part in ("", "/history")]
    assert [a.body for a in after] == [b.body for b in before]
    assert etag(councils, at) == tag
    assert councils.put(at + "/draft", "coventry", body, Content_Type=media_type).slug == slug
    assert councils.ask("GET", at + "/draft", "coventry").status == 404


def test_a_breach_is_published_with_its_report(councils):
    """What breaks the law is the report's matter: it is kept, and the report says so."""
    second = (
        ":d2 a dg:Designation ; dg:office code:director-of-childrens-services ;"
        " dg:designatedPost :second ; dg:designatedBy auth:coventry ;"
        ' dg:from "2015-04-01"^^xsd:date ; dct:source para:2.3 .\n'
        ':second a org:Post ; org:postIn auth:coventry ; dg:title "Director of Place" .\n'
        ":a2 a dg:Appointment ; dg:appointee :other ; dg:appointedTo :second ;"
        ' dg:from "2015-04-01"^^xsd:date ; dct:source para:2.4 .\n'
    )
    said = councils.publish("breach", "coventry", graph("coventry", second))
    assert said["verdict"] == "breaches" and said["breaches"] > 0
    report = councils.ask("GET", said["report"])
    assert report.json["breaches"] == said["breaches"]
    assert report.json["structure"] == "https://example.org/coventry"
    # The same as /validate says of it.
    validated = councils.server.validate(graph("coventry", second)).json
    assert report.json["rules"] == validated["rules"]
    assert report.json["data"] == validated["data"]


# --- reports ------------------------------------------------------------------------------------------


def test_the_report_is_linked_and_comes_in_every_form(councils):
    """It is found by Link and from the history, as JSON, as a page and in RDF."""
    said = councils.publish("reported", "coventry")
    for at in ("/graphs/coventry/reported", "/graphs/coventry/reported/versions/1"):
        link = councils.ask("GET", at).headers["Link"]
        assert f'<{said["report"]}>; rel="describedby"' in link
    assert councils.ask("GET", said["report"]).json["verdict"] == said["verdict"]
    page = councils.ask("GET", said["report"], Accept="text/html")
    assert page.media_type == "text/html; charset=utf-8" and b"<h1" in page.body
    assert councils.ask("GET", said["report"] + "?format=turtle").body.count(b"earl:") > 5
    history = history_of(councils, "/graphs/coventry/reported")
    assert only(history, NamedNode(said["version"]), DG.assessedIn) == NamedNode(
        BASE + said["report"][1:]
    )


def test_the_report_of_an_old_version_stays(councils):
    """A later version leaves the earlier one's report as it was."""
    councils.publish("two-reports", "coventry")
    at = "/graphs/coventry/two-reports"
    before = councils.ask("GET", at + "/versions/1/report").body
    councils.put(at, "coventry", graph("coventry", title=OTHER), etag(councils, at))
    assert councils.ask("GET", at + "/versions/1/report").body == before
    assert councils.ask("GET", at + "/versions/2/report").body != before


# --- history ------------------------------------------------------------------------------------------


def test_history_says_who_when_and_from_what(councils):
    """Each version is an entity of an activity of the token's agent, for its council (PROV-O)."""
    at = "/graphs/coventry/told"
    councils.publish("told", "coventry")
    source = "https://www.example.org/minutes/2016"
    answer = councils.ask(
        "PUT",
        f"{at}?source={quote(source, safe='')}",
        "coventry",
        graph("coventry", title=OTHER),
        If_Match=etag(councils, at),
    )
    assert answer.status == 200, answer.body
    history = history_of(councils, at)
    first, second = (NamedNode(f"{BASE}graphs/coventry/told/versions/{n}") for n in (1, 2))
    assert history.instances(DG.GraphVersion) == [first, second]
    assert history.objects(first, PROV.wasDerivedFrom) == []
    assert {str(o.value) for o in history.objects(second, PROV.wasDerivedFrom)} == {
        first.value,
        source,
    }
    assert only(history, second, PROV.wasRevisionOf) == first
    for version in (first, second):
        activity = only(history, version, PROV.wasGeneratedBy)
        agent = only(history, activity, PROV.wasAssociatedWith)
        assert only(history, agent, PROV.actedOnBehalfOf) == AUTHORITY.coventry
        assert history.text(activity, PROV.startedAtTime) <= history.text(
            activity, PROV.endedAtTime
        )
        assert history.text(version, DCT.created) == history.text(activity, PROV.endedAtTime)
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", history.text(version, DG.contentHash))
    # The agent is known by the token's id; neither the secret nor the operator's note is there.
    token = councils.tokens["coventry"]
    assert token.split("_")[1] in agent.value
    assert token.split("_", 2)[2] not in history.ntriples().decode()
    assert "for coventry" not in history.ntriples().decode()


@pytest.mark.parametrize(
    "source",
    [
        "javascript:alert(1)",
        "not an iri",
        "file:///etc/passwd",
        "https://example.org/a b",
        "https://example.org/\n",
        "https://example.org/\0",
        "https://example.org/50%",
        "https://example.org/#a#b",
        "https://[",
        "urn:example:[1]",
        "https://example.org/> . <urn:a> <urn:b> <urn:c",
    ],
)
def test_a_source_is_an_address(source, councils):
    """What a graph was made from is an IRI that can be followed or cited."""
    at = f"/graphs/coventry/sourced?source={quote(source)}"
    answer = councils.ask("PUT", at, "coventry", graph("coventry"), If_None_Match="*")
    assert answer.slug == "bad-parameter"


def test_the_hash_is_that_of_the_report_and_of_the_graph(councils):
    """What history calls the content's hash is what anybody computes from the graph as it is read."""
    said = councils.publish("hashed", "coventry")
    history = history_of(councils, "/graphs/coventry/hashed")
    stated = history.text(NamedNode(said["version"]), DG.contentHash)
    assert stated == said["contentHash"] == councils.ask("GET", said["report"]).json["data"]["hash"]
    read = councils.ask("GET", "/graphs/coventry/hashed").body
    assert councils.server.validate(read).json["data"]["hash"] == stated


def test_every_version_stays(councils):
    """Three versions, each as it was, each at an address of its own."""
    councils.publish("kept", "coventry")
    at = "/graphs/coventry/kept"
    for title in ("Second", "Third"):
        councils.put(at, "coventry", graph("coventry", title=title), etag(councils, at))
    for number, title in ((1, "Director of People"), (2, "Second"), (3, "Third")):
        answer = councils.ask("GET", f"{at}/versions/{number}")
        assert triples(answer.body) == triples(graph("coventry", title=title))
    assert councils.ask("PUT", f"{at}/versions/1", "coventry", b"", If_Match="*").status == 405
    page = councils.ask("GET", at + "/history", Accept="text/html").body.decode()
    assert page.count("/versions/") >= 3


def test_undo_makes_the_version_before_a_new_version(councils):
    """What was published before is published again; the history keeps both, and says which it was."""
    councils.publish("undone", "coventry")
    at = "/graphs/coventry/undone"
    changed = councils.put(at, "coventry", graph("coventry", title=OTHER), etag(councils, at))
    refused = councils.ask("POST", at + "/undo", "coventry", If_Match='"1-stale"')
    assert refused.slug == "graph-changed"
    assert councils.ask("POST", at + "/undo", "coventry").slug == "condition-required"
    answer = councils.ask("POST", at + "/undo", "coventry", If_Match=changed.headers["ETag"])
    assert answer.status == 200 and answer.json["version"].endswith("/versions/3")
    assert triples(councils.ask("GET", at).body) == triples(graph("coventry"))
    history = history_of(councils, at)
    third = NamedNode(answer.json["version"])
    origins = {str(o.value).rpartition("/")[2] for o in history.objects(third, PROV.wasDerivedFrom)}
    assert origins == {"1"}
    assert str(only(history, third, PROV.wasRevisionOf).value).endswith("/2")
    activity = only(history, third, PROV.wasGeneratedBy)
    assert DG.Undoing in history.objects(activity, RDF.type)


def test_there_is_nothing_before_the_first_version(councils):
    """Undo of the only version says so and changes nothing."""
    councils.publish("only", "coventry")
    at = "/graphs/coventry/only"
    answer = councils.ask("POST", at + "/undo", "coventry", If_Match=etag(councils, at))
    assert (answer.status, answer.slug) == (409, "nothing-to-undo")
    missing = councils.ask("POST", "/graphs/coventry/never/undo", "coventry", If_Match="*")
    assert missing.slug == "graph-changed"


def test_a_withdrawn_graph_leaves_its_history(councils):
    """DELETE takes it from readers and queries; versions and history stay; it can come back."""
    said = councils.publish("withdrawn", "coventry")
    at = "/graphs/coventry/withdrawn"
    answer = councils.ask("DELETE", at, "coventry", If_Match=etag(councils, at))
    assert answer.status == 200
    gone = councils.ask("GET", at)
    assert (gone.status, gone.slug) == (410, "withdrawn")
    assert gone.json["history"] == at + "/history"
    assert councils.ask("GET", at + "/versions/1").status == 200
    history = history_of(councils, at)
    activity = only(history, NamedNode(said["version"]), PROV.wasInvalidatedBy)
    assert DG.Withdrawal in history.objects(activity, RDF.type)
    asked = f"ASK {{ GRAPH <{said['graph']}> {{ ?s ?p ?o }} }}"
    assert councils.server.query(asked).json["boolean"] is False
    assert councils.ask("DELETE", at, "coventry", If_Match="*").slug == "graph-changed"
    # Undo of a withdrawal publishes the last version again, under a number of its own.
    back = councils.ask("POST", at + "/undo", "coventry", If_Match=gone.headers["ETag"])
    assert back.status == 200 and back.json["version"].endswith("/versions/3")
    assert triples(councils.ask("GET", at).body) == triples(graph("coventry"))


def test_what_is_not_published_is_not_withdrawn(councils):
    """Neither what never was nor what was withdrawn, whatever the condition; nothing changes."""
    at = "/graphs/coventry/not-withdrawn"
    answer = councils.ask("DELETE", at, "coventry", If_None_Match="*")
    assert (answer.status, answer.slug) == (412, "graph-changed")
    assert councils.ask("GET", at + "/history").status == 404
    councils.publish("not-withdrawn", "coventry")
    gone = councils.ask("DELETE", at, "coventry", If_Match=etag(councils, at))
    for condition in ({"If_None_Match": "*"}, {"If_Match": gone.headers["ETag"]}):
        again = councils.ask("DELETE", at, "coventry", **condition)
        assert (again.status, again.slug) == (412, "graph-changed"), again.body
        assert "nothing to withdraw" in again.json["detail"]
    assert len(history_of(councils, at).instances(PROV.Activity)) == 2


def test_after_a_withdrawal_it_can_be_published_anew(councils):
    """If-None-Match: * holds for what was withdrawn; versions count on."""
    councils.publish("anew", "coventry")
    at = "/graphs/coventry/anew"
    councils.ask("DELETE", at, "coventry", If_Match=etag(councils, at))
    answer = councils.put(at, "coventry", graph("coventry", title=OTHER))
    assert answer.json["version"].endswith("/versions/3")
    # It was not there, so that this has made it (RFC 9110, section 9.3.4).
    assert (answer.status, answer.headers["Location"]) == (201, at)
    assert councils.ask("GET", at + "/versions/2").status == 404
    councils.ask("DELETE", at, "coventry", If_Match=etag(councils, at))
    draft = councils.put(at + "/draft", "coventry", graph("coventry")).headers["ETag"]
    answer = councils.ask("POST", at + "/draft/publish", "coventry", If_Match=draft)
    assert (answer.status, answer.headers["Location"]) == (201, at)
    assert councils.put(at, "coventry", graph("coventry"), etag(councils, at)).status == 200


# --- drafts ---------------------------------------------------------------------------------------------


def test_a_draft_becomes_the_published_version(councils):
    """It is written, assessed and read by its council, and published on the state that was seen."""
    at = "/graphs/coventry/drafted"
    written = councils.put(at + "/draft", "coventry", graph("coventry"))
    assert written.status == 201 and written.json["verdict"] == "undecided"
    seen = councils.ask("GET", at + "/draft", "coventry")
    assert triples(seen.body) == triples(graph("coventry"))
    assert councils.ask("GET", written.json["report"], "coventry").json["undecided"] > 0
    assert councils.ask("GET", at).status == 404
    path = at + "/draft/publish"
    assert councils.ask("POST", path, "coventry").slug == "condition-required"
    assert councils.ask("POST", path, "coventry", If_Match='"draft-x"').slug == "graph-changed"
    done = councils.ask("POST", path, "coventry", If_Match=seen.headers["ETag"])
    assert done.status == 201 and done.json["version"].endswith("/versions/1")
    assert triples(councils.ask("GET", at).body) == triples(graph("coventry"))
    for answer in (
        councils.ask("GET", at + "/draft", "coventry"),
        councils.ask("GET", at + "/draft/report", "coventry"),
        councils.ask("POST", path, "coventry", If_Match="*"),
    ):
        assert answer.status == 404 and "no draft" in answer.json["detail"]


def test_a_draft_does_not_undo_what_was_published_meanwhile(councils):
    """A draft from before another version is not published over it unseen."""
    councils.publish("overtaken", "coventry")
    at = "/graphs/coventry/overtaken"
    draft = councils.put(at + "/draft", "coventry", graph("coventry", title="Drafted"))
    councils.put(at, "coventry", graph("coventry", title=OTHER), etag(councils, at))
    path, tag = at + "/draft/publish", draft.headers["ETag"]
    assert councils.ask("POST", path, "coventry", If_Match=tag).slug == "graph-changed"
    assert OTHER.encode() in councils.ask("GET", at).body
    again = councils.put(at + "/draft", "coventry", graph("coventry", title="Drafted"), tag)
    assert councils.ask("POST", path, "coventry", If_Match=again.headers["ETag"]).status == 200
    assert b"Drafted" in councils.ask("GET", at).body


@pytest.mark.parametrize("condition", ["*", "ETAG"])
@pytest.mark.parametrize(("part", "written"), [("/draft/publish", "/draft"), ("/undo", "")])
def test_what_changes_while_it_is_assessed_is_not_lost(part, written, condition, councils):
    """A colleague writes while a draft is being published, or a version undone: it is refused, since
    what was assessed is not what is there, and the colleague's work stays.
    """
    name = f"meanwhile{part.replace('/', '-')}-{condition.strip('*').lower() or 'any'}"
    at = f"/graphs/coventry/{name}"
    councils.publish(name, "coventry")
    councils.put(at, "coventry", graph("coventry", title="Second"), etag(councils, at))
    councils.put(at + "/draft", "coventry", graph("coventry", title="Drafted"))
    tag = etag(councils, at + written) if condition == "ETAG" else condition
    answers: list[Answer] = []
    # The only worker has something to do, so that the other waits for it, its draft read.
    slow = threading.Thread(target=lambda: councils.server.validate(slow_description()))
    waiting = threading.Thread(
        target=lambda: answers.append(councils.ask("POST", at + part, "coventry", If_Match=tag))
    )
    slow.start()
    time.sleep(0.5)
    waiting.start()
    time.sleep(0.5)
    colleague = prepared_elsewhere(at + written, councils)
    for thread in (waiting, slow):
        thread.join()
    assert [a.slug for a in answers] == ["graph-changed"], answers[0].body
    assert councils.ask("GET", f"{at}{written}?format=ntriples", "coventry").body == colleague


def prepared_elsewhere(at: str, councils: Publishers) -> bytes:
    """Another process writes a graph or its draft at once; what it holds then."""
    store = store_of(settings_of(councils.server.store))
    assert store is not None
    authority, name, *draft = at.removeprefix("/graphs/").split("/")
    named, publisher, now = GraphName(authority, name), Publisher(store), datetime.now(UTC)
    by, on = Token("0123456789ab", authority, "", "", ""), Wanted(["*"])
    write = publisher.write_draft if draft else publisher.publish
    try:
        return write(named, numbered(authority, 9), by, on, now).statements
    finally:
        store.client.close()


def test_a_draft_is_thrown_away(councils):
    """DELETE of a draft leaves what is published."""
    councils.publish("discarded", "coventry")
    at = "/graphs/coventry/discarded"
    draft = councils.put(at + "/draft", "coventry", graph("coventry", title=OTHER))
    tag = draft.headers["ETag"]
    assert councils.ask("DELETE", at + "/draft", "coventry", If_Match='"x"').status == 412
    assert councils.ask("DELETE", at + "/draft", "coventry", If_Match=tag).status == 204
    assert councils.ask("GET", at + "/draft", "coventry").status == 404
    assert triples(councils.ask("GET", at).body) == triples(graph("coventry"))


# --- queries --------------------------------------------------------------------------------------------


def ask_number(councils: Publishers, text: str, council: str | None = None) -> int:
    """The one number that a query finds."""
    headers = {"Content_Type": "application/sparql-query"}
    answer = councils.ask("POST", "/sparql", council, text.encode(), **headers)
    assert answer.status == 200, answer.body
    (row,) = answer.json["results"]["bindings"]
    return int(row["n"]["value"])


def test_what_is_published_is_in_the_default_graph_once(councils):
    """The union holds what is published now: once, changed with it, and gone with it."""
    one = ':shared a org:Post ; org:postIn auth:coventry ; dg:title "Unheard-of" .\n'
    count = "SELECT (COUNT(*) AS ?n) { ?post dg:title ?title FILTER(STR(?title) = '%s') }"
    for name in ("union-one", "union-two"):
        councils.publish(name, "coventry", graph("coventry", one))
    assert ask_number(councils, count % "Unheard-of") == 1
    for name, left in (("union-one", 1), ("union-two", 0)):
        at = f"/graphs/coventry/{name}"
        councils.put(at, "coventry", graph("coventry", one.replace("Un", "Al")), etag(councils, at))
        assert ask_number(councils, count % "Unheard-of") == left
        assert ask_number(councils, count % "Alheard-of") == 1
    for name in ("union-one", "union-two"):
        at = f"/graphs/coventry/{name}"
        councils.ask("DELETE", at, "coventry", If_Match=etag(councils, at))
    assert ask_number(councils, count % "Alheard-of") == 0
    # What the installation knows is all there still.
    assert ask_number(councils, "SELECT (COUNT(*) AS ?n) { ?a a dg:Authority }") >= 161


def test_an_unnamed_node_is_one_in_the_graph_and_in_the_union(councils):
    """A statement with an unnamed node counts once in the default graph, and joins across graphs."""
    more = ':note dct:relation [ dg:title "Nameless" ] .\n'
    said = councils.publish("nameless", "coventry", graph("coventry", more))
    text = (
        "SELECT (COUNT(*) AS ?n) { ?x dg:title 'Nameless' . "
        f"GRAPH <{said['graph']}> {{ ?note <http://purl.org/dc/terms/relation> ?x }} }}"
    )
    assert ask_number(councils, text) == 1
    at = "/graphs/coventry/nameless"
    councils.put(at, "coventry", graph("coventry", more), etag(councils, at))
    assert ask_number(councils, text) == 1
    assert ask_number(councils, "SELECT (COUNT(*) AS ?n) { ?x dg:title 'Nameless' }") == 1


def test_versions_and_histories_can_be_asked_by_name(councils):
    """GRAPH finds what is said now and its history; an old version is there for who names it."""
    said = councils.publish("asked", "coventry")
    at = "/graphs/coventry/asked"
    councils.put(at, "coventry", graph("coventry", title=OTHER), etag(councils, at))
    graphs = councils.server.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }").body.decode()
    assert f'"{said["graph"]}"' in graphs and f'"{said["graph"]}/history"' in graphs
    assert f'"{said["version"]}"' not in graphs
    old = "SELECT (COUNT(*) AS ?n) FROM <VERSION> { ?s ?p ?o }".replace("VERSION", said["version"])
    assert ask_number(councils, old) == len(triples(graph("coventry")))


def test_the_answers_to_a_token_stay_out_of_caches(councils):
    """What a council gets with its token is marked as private."""
    councils.publish("private", "coventry")
    own = councils.ask("GET", "/graphs/coventry/private", "coventry")
    assert "private" in own.headers["Cache-Control"] and "Authorization" in own.headers["Vary"]
    public = councils.ask("GET", "/graphs/coventry/private")
    assert "private" not in public.headers["Cache-Control"]
    assert "Authorization" in public.headers["Vary"]


def test_nothing_of_a_graph_is_in_the_log(councils):
    """The log has sizes and hashes, no statement and no token (S24)."""
    councils.publish("logged", "coventry", graph("coventry", title="Unlogged Title"))
    log = councils.server.log
    assert "Unlogged" not in log and "logged" not in log.replace("Unlogged", "")
    for token in councils.tokens.values():
        assert token not in log and token.split("_", 2)[2] not in log
    assert json.dumps("Traceback") not in log


# --- what OpenAPI says of it ----------------------------------------------------------------------------


@pytest.fixture(scope="module", name="spec")
def the_description_of_the_service(councils: Publishers) -> Any:
    """The OpenAPI description as it is served."""
    return councils.ask("GET", "/openapi.json").json


def test_openapi_describes_every_write(spec):
    """Each write is described with its token, its conditions, its bodies and its problems."""
    writes = {
        (method, path)
        for path, operations in spec["paths"].items()
        for method, operation in operations.items()
        if path.startswith("/graphs") and method in ("put", "post", "delete")
    }
    at = "/graphs/{authority}/{name}"
    assert writes == {
        ("put", at),
        ("delete", at),
        ("post", at + "/undo"),
        ("put", at + "/draft"),
        ("delete", at + "/draft"),
        ("post", at + "/draft/publish"),
    }
    for method, path in writes:
        operation = spec["paths"][path][method]
        assert operation["security"] == [{"token": []}]
        assert {"If-Match", "If-None-Match"} <= {p["name"] for p in operation["parameters"]}
        assert {"401", "403", "412", "428"} <= set(operation["responses"])
        if method == "put":
            assert set(operation["requestBody"]["content"]) >= set(RDF_FORMATS)
    assert spec["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_what_a_write_answers_is_what_openapi_says(spec, councils):
    """The answers of publishing, drafting, undoing and withdrawing have the members promised."""
    at = "/graphs/coventry/described"
    answers = [
        councils.put(at + "/draft", "coventry", graph("coventry")),
        councils.put(at, "coventry", graph("coventry")),
        councils.put(at, "coventry", graph("coventry", title=OTHER), etag(councils, at)),
    ]
    answers += [councils.ask("POST", at + "/undo", "coventry", If_Match=etag(councils, at))]
    answers += [councils.ask("DELETE", at, "coventry", If_Match=etag(councils, at))]
    schema = {"$ref": "#/components/schemas/Written"}
    for answer in answers:
        assert answer.status in (200, 201)
        assert conforms_to(answer.json, schema, spec) == []
    for row in councils.ask("GET", "/graphs").json:
        assert conforms_to(row, {"$ref": "#/components/schemas/PublishedGraph"}, spec) == []


@pytest.mark.parametrize(
    ("method", "part", "status", "slug"),
    [
        ("GET", "", "410", "withdrawn"),
        ("GET", "", "404", "unknown-graph"),
        ("PUT", "", "422", "not-of-the-council"),
        ("PUT", "", "428", "condition-required"),
        ("PUT", "", "412", "graph-changed"),
        ("PUT", "", "403", "not-yours"),
        ("PUT", "", "401", "no-token"),
        ("PUT", "", "401", "bad-token"),
        ("POST", "/undo", "409", "nothing-to-undo"),
        ("POST", "/draft/publish", "404", "unknown-graph"),
        ("GET", "/draft", "401", "no-token"),
    ],
)
def test_openapi_lists_the_problems(method, part, status, slug, spec):
    """Problems that the tests here meet are described for their address."""
    operation = spec["paths"]["/graphs/{authority}/{name}" + part][method.lower()]
    assert f"({slug})" in operation["responses"][status]["description"]


# --- what is kept, held against each other --------------------------------------------------------


def test_published_graphs_are_held_against_each_other(publishers):
    """Each side is what is published; a council that asks sees whom the public does not."""
    post = "<https://w3id.org/dutygraph/id/post/agreed>"
    for council, partner in (("torbay", "plymouth"), ("plymouth", "torbay")):
        body = graph(
            council,
            f"{post} a org:Post ; org:postIn auth:{council} , auth:{partner} ;\n"
            '    dg:title "Team Manager" .\n'
            f":{council}-held a dg:Appointment ; dg:appointee :{council}-holder ;\n"
            f'    dg:appointedTo {post} ; dg:from "2015-09-01"^^xsd:date ; dct:source para:3.2 .\n',
        )
        publishers.put(f"/graphs/{council}/agreed", council, body)
    at = (
        "/agree?graph=/graphs/torbay/agreed&graph=https://w3id.org/dutygraph/graphs/plymouth/agreed"
    )
    public = publishers.ask("GET", at)
    own = publishers.ask("GET", at, "torbay")
    assert (public.status, own.status) == (200, 200)
    assert {len(public.json["sides"]), len(public.json["arrangements"])} == {2, 1}
    assert b"torbay-holder" in own.body and b"torbay-holder" not in public.body
    assert b"plymouth-holder" not in own.body
    assert "private" in own.headers["Cache-Control"] and "Authorization" in own.headers["Vary"]
    form = publishers.ask("GET", "/forms/agree", Accept="text/html").body.decode()
    offered = re.findall(r'name="graph" type="checkbox" value="([^"]+)"', form)
    chosen = [side for side in offered if side.endswith("/agreed")]
    assert len(chosen) == 2
    asked = "&".join(f"graph={side}" for side in chosen)
    assert publishers.ask("GET", f"/agree?{asked}&as-at=&format=html").status == 200


@pytest.mark.parametrize(
    ("sides", "slug"),
    [
        (["/graphs/torbay/agreed"], "bad-parameter"),
        ([], "bad-parameter"),
        (["/graphs/torbay/agreed", "/graphs/torbay/never"], "unknown-graph"),
        (["/graphs/torbay/agreed", "/graphs/torbay/agreed/draft"], "unknown-graph"),
        (["/graphs/torbay/agreed", "/partners/exeter/structure"], "unknown-graph"),
        (["/graphs/torbay/agreed", "http://127.0.0.1:1/graphs/exeter/x"], "unknown-graph"),
        (["/graphs/torbay/agreed", "file:///etc/hostname"], "unknown-graph"),
    ],
)
def test_what_is_not_kept_is_no_side(sides, slug, councils):
    """Nothing is fetched: a side is a graph that is kept here and that the reader may see."""
    councils.put("/graphs/torbay/agreed", "torbay", graph("torbay"))
    answer = councils.ask("GET", "/agree?" + "&".join(f"graph={side}" for side in sides), "torbay")
    assert answer.slug == slug
