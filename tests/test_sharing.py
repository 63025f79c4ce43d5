"""Keys, proofs and the feed over HTTP, on a service that councils publish on."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from dutygraph.canonical_form import canonical_form, hash_of
from dutygraph.feed.entries import Position
from dutygraph.parsing import parse
from dutygraph.signing.endorsing import endorsements_in, trusted_among
from dutygraph.signing.keyring import Keyring
from dutygraph.signing.keys import PublicKey, keys_in
from dutygraph.signing.versions import check_version, version_proof_in
from dutygraph.terms import BASE
from dutygraph.triples import Triple
from tests.http_fixtures import RDF_FORMATS, server_with_defaults
from tests.publishing_fixtures import Publishers, graph, publishing
from tests.test_http import answer_schema, conforms_to

__all__ = ["server_with_defaults"]

GRAPH = "https://w3id.org/dutygraph/graphs/torbay/structure"
ATOM = "{http://www.w3.org/2005/Atom}"
DRAFT = b"A title that only a draft has"


@pytest.fixture(scope="module", name="service")
def a_service() -> Iterator[Publishers]:
    """Torbay signs: two versions with its first key, one with its second; Coventry does not sign."""
    with publishing() as service:
        keyring = Keyring(service.server.store / "keys")
        keyring.new("torbay", datetime.now(UTC) - timedelta(minutes=1))
        etag = service.publish("structure", "torbay")["etag"]
        path = "/graphs/torbay/structure"
        answer = service.put(path, "torbay", graph("torbay", title="Second"), etag)
        keyring.new("torbay", datetime.now(UTC) + timedelta(seconds=-1))
        service.put(path, "torbay", graph("torbay", title="Third"), answer.json["etag"])
        service.publish("structure", "coventry")
        draft = graph("torbay", title=DRAFT.decode())
        service.put(path + "/draft", "torbay", draft)
        yield service


def fetched(service: Publishers, path: str) -> list[Triple]:
    """The statements of a document."""
    answer = service.ask("GET", path, Accept="application/n-triples")
    assert answer.status == 200, answer.body
    parsed = parse(answer.body, answer.media_type.partition(";")[0], contexts={})
    return [quad.triple for quad in parsed.quads]


def verified(service: Publishers, path: str, number: int) -> PublicKey:
    """The key that signed a version, checked as anybody can who reads what the service gives."""
    keys = keys_in(fetched(service, "/keys/torbay"), "torbay")
    proof = version_proof_in(fetched(service, path))
    assert proof.number == number
    content = fetched(service, f"/graphs/torbay/structure/versions/{number}")
    return check_version(proof, graph=GRAPH, keys=keys, now=datetime.now(UTC), triples=content)


def test_what_is_published_is_signed(service):
    """Each version has a proof that holds, and the graph's own is that of the newest."""
    keys = keys_in(fetched(service, "/keys/torbay"), "torbay")
    used = [verified(service, f"/graphs/torbay/structure/versions/{n}/proof", n) for n in (1, 2, 3)]
    assert used == [keys[0], keys[0], keys[1]]
    assert verified(service, "/graphs/torbay/structure/proof", 3) == keys[1]


def test_a_graph_leads_to_its_proof(service):
    """A signed graph says where its proof is, to programs and to people; another does not."""
    link = '<{}>; rel="https://w3id.org/security#proof"'
    for path, proof in (
        ("/graphs/torbay/structure", "/graphs/torbay/structure/versions/3/proof"),
        ("/graphs/torbay/structure/versions/1", "/graphs/torbay/structure/versions/1/proof"),
    ):
        assert link.format(proof) in service.ask("GET", path).headers["Link"]
        assert b"Signed by its council" in service.ask("GET", path, Accept="text/html").body
    assert "security#proof" not in service.ask("GET", "/graphs/coventry/structure").headers["Link"]
    for path, council in (("coventry/structure", None), ("torbay/structure/draft", "torbay")):
        page = service.ask("GET", f"/graphs/{path}", council, Accept="text/html")
        assert page.status == 200
        assert b"Signed by its council" not in page.body


def test_versions_are_a_chain(service):
    """Each proof names the hash of the version before, which is that of what is given."""
    before = None
    for number in (1, 2, 3):
        path = f"/graphs/torbay/structure/versions/{number}"
        proof = version_proof_in(fetched(service, path + "/proof"))
        assert proof.previous_hash == before
        before = proof.content_hash
        assert hash_of(canonical_form(fetched(service, path))) == before


def test_the_new_key_is_vouched_for(service):
    """Whoever trusts the first key finds the way to the second in what is published."""
    document = fetched(service, "/keys/torbay")
    keys = keys_in(document, "torbay")
    found = trusted_among(
        keys, endorsements_in(document, keys), [keys[0].multibase], datetime.now(UTC)
    )
    assert found == keys


@pytest.mark.parametrize("path", ["/keys/torbay", "/graphs/torbay/structure/proof"])
def test_keys_and_proofs_have_every_form(path, service):
    """Turtle where nothing is asked for, every RDF syntax, and a page without a script."""
    assert service.ask("GET", path).media_type.startswith("text/turtle")
    for media_type in RDF_FORMATS:
        if media_type not in ("application/trig", "application/n-quads"):
            answer = service.ask("GET", path, Accept=media_type)
            assert answer.media_type.partition(";")[0] == media_type
    page = service.ask("GET", path, Accept="text/html")
    assert page.status == 200
    assert b"z6Mk" in page.body
    assert b"<script" not in page.body


def test_no_private_key_is_ever_given(service):
    """Neither the keys nor the folder beside the store are to be had."""
    secrets = [
        path.read_bytes().strip() for path in (service.server.store / "keys" / "torbay").iterdir()
    ]
    assert len(secrets) == 2
    for path in ("/keys/torbay", "/keys/torbay?format=json-ld", "/keys/torbay?format=html"):
        body = service.ask("GET", path, "torbay").body
        assert not any(secret in body for secret in secrets)
    for path in ("/keys/torbay.json", "/keys/..%2ftokens", "/keys/torbay/x", "/keys/%2e%2e"):
        assert service.ask("GET", path).status == 404


def test_who_does_not_sign_has_no_proof(service):
    """A council without a key, a graph that is not there and one with an odd name: each is a 404."""
    for path in (
        "/keys/coventry",
        "/keys/Coventry",
        "/graphs/coventry/structure/proof",
        "/graphs/coventry/structure/versions/1/proof",
        "/graphs/torbay/structure/versions/9/proof",
        "/graphs/torbay/nothing/proof",
    ):
        answer = service.ask("GET", path)
        assert (answer.status, answer.slug) == (404, "unknown-graph")


def test_what_partners_would_refuse_is_not_signed():
    """A graph whose canonical form may take for ever is published at once, without hash or proof."""
    with publishing() as service:
        Keyring(service.server.store / "keys").new("torbay", datetime.now(UTC))
        poison = "".join(
            f"_:r{root} dct:relation [ dct:relation [] ] .\n" for root in range(2) for _ in range(9)
        )
        said = service.publish("poison", "torbay", graph("torbay", poison))
        assert said["contentHash"] is None
        report = service.ask("GET", said["report"] + "?format=json").json
        assert report["data"]["hash"] is None
        assert service.ask("GET", "/graphs/torbay/poison/proof").status == 404
        (note,) = said["notes"]
        assert "is not signed" in note and "Give its nodes IRIs" in note
        # The next one could not name the hash of the one before; then they are a chain again.
        path = "/graphs/torbay/poison"
        said = service.put(path, "torbay", graph("torbay", title="Second"), said["etag"]).json
        assert ["The version before it" in note for note in said["notes"]] == [True]
        said = service.put(path, "torbay", graph("torbay", title="Third"), said["etag"]).json
        assert said["notes"] == []
        assert service.ask("GET", path + "/proof").status == 200


def test_who_publishes_is_told_that_no_key_is_right():
    """With keys that have all expired a version is published, and the answer, the draft's
    too, says why it is not signed; so does the log. A council without a key is told nothing.
    """
    with publishing() as service:
        keyring = Keyring(service.server.store / "keys")
        now = datetime.now(UTC)
        keyring.new("torbay", now - timedelta(days=2), now - timedelta(days=1))
        said = service.publish("structure", "torbay")
        (note,) = said["notes"]
        assert "is not signed" in note and "`dutygraph key new torbay`" in note
        path = "/graphs/torbay/structure"
        draft = service.put(path + "/draft", "torbay", graph("torbay", title="Second")).json
        published = service.ask("POST", path + "/draft/publish", "torbay", If_Match=draft["etag"])
        assert published.json["notes"] == said["notes"]
        assert service.server.log.count("is not signed. No key of torbay") == 2
        keyring.new("torbay", now)
        answer = service.put(path, "torbay", graph("torbay"), published.json["etag"])
        assert answer.json["notes"] == []
        assert service.ask("GET", path + "/proof").status == 200
        assert service.publish("structure", "coventry")["notes"] == []


def test_a_proof_is_not_written(service):
    """No token puts a proof, keys or a partner's copy in the place of what the service made."""
    for path in (
        "/graphs/torbay/structure/proof",
        "/graphs/torbay/structure/versions/1/proof",
        "/keys/torbay",
        "/partners/plymouth/structure",
        "/feed",
    ):
        for method in ("PUT", "POST", "DELETE", "PATCH"):
            answer = service.ask(method, path, "torbay", b"", If_Match="*")
            assert answer.status in (404, 405), (method, path)


# --- the feed -------------------------------------------------------------------------------------


def page(service: Publishers, since: str | None = None) -> Any:
    """A page of the feed as JSON."""
    path = "/feed" + (f"?since={quote(since)}" if since else "")
    answer = service.ask("GET", path)
    assert answer.status == 200, answer.body
    return answer.json


def test_the_feed_says_what_changed(service):
    """Who published what, when, how many statements changed and which rules fail since or no more."""
    items = page(service)["orderedItems"]
    assert [(i["type"], i["object"].removeprefix(BASE)) for i in items] == [
        ("Create", "graphs/torbay/structure/versions/1"),
        ("Update", "graphs/torbay/structure/versions/2"),
        ("Update", "graphs/torbay/structure/versions/3"),
        ("Create", "graphs/coventry/structure/versions/1"),
    ]
    first, second = items[:2]
    assert first["actor"] == BASE + "id/authority/torbay"
    assert (first["statementsRemoved"], second["statementsAdded"]) == (0, 1)
    assert second["statementsRemoved"] == 1
    assert second["origin"] == first["object"]
    assert second["introduces"] == second["resolves"] == []
    assert [i["published"] for i in items] == sorted(i["published"] for i in items)
    assert "version 2 of the graph “structure”" in second["summary"]


def test_the_feed_begins_where_it_is_asked_to(service):
    """After an entry by its position, and from a moment or a day on."""
    items = page(service)["orderedItems"]
    after = [i["id"] for i in items[1:]]
    assert [i["id"] for i in page(service, items[0]["position"])["orderedItems"]] == after
    assert [i["id"] for i in page(service, items[1]["published"])["orderedItems"]] == after
    assert page(service, items[-1]["position"])["orderedItems"] == []
    today = datetime.now(UTC).date()
    assert len(page(service, str(today - timedelta(days=1)))["orderedItems"]) == 4
    assert page(service, str(today + timedelta(days=2)))["orderedItems"] == []


def test_times_are_compared_as_times():
    """A moment is the same however it is written, and its order is that of time."""
    texts = [
        "2026-05-01T12:00:00.12Z",
        "2026-05-01T12:00:00.120000Z",
        "2026-05-01T13:00:00.12+01:00",
    ]
    assert len({Position.read(text) for text in texts}) == 1
    assert Position.read("2026-05-01T12:00:00Z") < Position.read("2026-05-01T12:00:00.1Z")
    assert str(Position.read(str(Position.read(texts[0] + "~graphs/a/b/history#1")))).endswith("#1")


@pytest.mark.parametrize(
    "since",
    [
        "yesterday",
        "2026-13-01",
        "",
        '2026-01-01T00:00:00Z~a" || true || "',
        "~x",
        "2026",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_place_that_is_none_is_said(since, service):
    """What is no day, moment or position is refused, and never becomes a part of a query."""
    answer = service.ask("GET", f"/feed?since={quote(since)}")
    assert (answer.status, answer.slug) == (400, "bad-parameter")


def test_the_feed_is_the_same_in_every_form(service):
    """JSON, RDF, Atom and a page tell of the same activities."""
    ids = [i["id"] for i in page(service)["orderedItems"]]
    statements = fetched(service, "/feed")
    items = {
        t.object.value
        for t in statements
        if t.predicate.value == "https://www.w3.org/ns/activitystreams#items"
    }
    assert items == set(ids)
    atom = service.ask("GET", "/feed", Accept="application/atom+xml")
    assert atom.media_type.startswith("application/atom+xml")
    feed = ElementTree.fromstring(atom.body)  # noqa: S314  our own
    assert [e.findtext(f"{ATOM}id") for e in feed.iter(f"{ATOM}entry")] == ids
    for element in ("id", "title", "updated"):
        assert feed.findtext(ATOM + element)
        assert all(e.findtext(ATOM + element) for e in feed.iter(f"{ATOM}entry"))
    html = service.ask("GET", "/feed", Accept="text/html").body.decode()
    assert html.count('href="/graphs/torbay/structure/versions/') == 3
    assert service.ask("GET", "/feed", Accept="application/json").json["orderedItems"]


def test_the_feed_is_what_openapi_says(service):
    """What is served has the members and types that the description promises."""
    spec = service.ask("GET", "/openapi.json").json
    assert conforms_to(page(service), answer_schema(spec, "get", "/feed"), spec) == []
    partners = service.ask("GET", "/partners").json
    assert conforms_to(partners, answer_schema(spec, "get", "/partners"), spec) == []


def test_the_feed_has_pages(service):
    """More than twenty entries come in pages that follow each other without a gap or a repetition."""
    etag = service.publish("many", "plymouth")["etag"]
    for number in range(22):
        body = graph("plymouth", title=f"Title {number}")
        etag = service.put("/graphs/plymouth/many", "plymouth", body, etag).json["etag"]
    seen, answer = [], page(service)
    while True:
        assert len(answer["orderedItems"]) <= 20
        seen += [i["id"] for i in answer["orderedItems"]]
        if "next" not in answer:
            break
        parts = urlsplit(answer["next"])
        path = "/" + answer["next"].removeprefix(BASE)
        assert parts.query.startswith("since=")
        answer = service.ask("GET", path).json
    assert len(seen) == len(set(seen)) == 27
    # Reading it again, or from the middle, gives the same.
    middle = page(service)["orderedItems"][9]
    assert [i["id"] for i in page(service, middle["position"])["orderedItems"]] == seen[10:30]


def test_drafts_are_never_told(service):
    """Neither the feed nor anything beside it tells of a draft, not even its council."""
    for council in (None, "torbay"):
        for form in ("json", "atom", "html", "turtle"):
            answer = service.ask("GET", f"/feed?format={form}", council)
            assert answer.status == 200
            assert b"draft" not in answer.body.lower()
            assert DRAFT not in answer.body


def test_a_withdrawal_is_told(service):
    """A graph that was withdrawn is told of, with the version that is no more, and has no proof."""
    service.publish("short", "torbay")
    before = page(service, str(datetime.now(UTC).date()))
    while "next" in before:
        before = service.ask("GET", "/" + before["next"].removeprefix(BASE)).json
    last = before["orderedItems"][-1]["position"]
    answer = service.ask("DELETE", "/graphs/torbay/short", "torbay", If_Match="*")
    assert answer.status == 200, answer.body
    (item,) = page(service, last)["orderedItems"]
    assert (item["type"], item["object"]) == ("Delete", BASE + "graphs/torbay/short/versions/1")
    assert service.ask("GET", "/graphs/torbay/short/proof").status == 404
    assert service.ask("GET", "/graphs/torbay/short/versions/1/proof").status == 200


def test_a_service_without_a_store_says_so(server):
    """Without a store there are no keys, no partners and no feed, and the answer says that."""
    for path in ("/feed", "/partners", "/partners/a/b", "/keys/a", "/graphs/a/b/proof"):
        answer = server.ask("GET", path)
        assert (answer.status, answer.slug) == (503, "no-store")
        assert json.loads(answer.body)["status"] == 503
