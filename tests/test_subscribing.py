"""Subscribing: what a partner said is kept as it said it, and nothing else ever is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dutygraph.canonical_form import canonical_form, hash_of
from dutygraph.errors import Problem
from dutygraph.feed.changes import Feed
from dutygraph.fetching.fetching import Fetcher
from dutygraph.fetching.partners import Partners
from dutygraph.pipeline import Pipeline
from dutygraph.publishing.names import GraphName
from dutygraph.publishing.publisher import Publisher
from dutygraph.signing.integrity import made
from dutygraph.signing.keyring import Keyring
from dutygraph.signing.versions import prove_version, version_proof_in
from dutygraph.store import GraphStore
from dutygraph.store.loading import UNION
from dutygraph.subscribing.differences import difference
from dutygraph.subscribing.provenance import Provenance, provenance_in
from dutygraph.subscribing.sources import copy_of, provenance_of, source_of
from dutygraph.subscribing.subscriptions import Renewed, Subscriptions
from dutygraph.terms import DG
from dutygraph.triples import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse_quads
from tests.fetching_fixtures import Council, council, written
from tests.publishing_fixtures import graph
from tests.store_fixtures import a_store

__all__ = ["a_store"]

NAME = GraphName("plymouth", "structure")
COMPLETE = ":k a dg:CompletenessStatement ; dg:listOf auth:torbay .\n"


@pytest.fixture(scope="module", name="pipeline")
def a_pipeline() -> Pipeline:
    """The door, as the command line has it."""
    return Pipeline.load()


@pytest.fixture(name="plymouth")
def a_partner(tmp_path: Path, store: GraphStore) -> Iterator[Council]:
    """Plymouth, which publishes; the subscriber's store is as it was afterwards."""
    with council(tmp_path / "plymouth") as found:
        yield found
    for provenance in Subscriptions(store).all():
        Subscriptions(store).unsubscribe(provenance.name)


def fetcher(partner: Council) -> Fetcher:
    """Asks one partner."""
    return Fetcher(Partners.read(partner.site.address))


@pytest.fixture(name="torbay")
def a_subscriber(store: GraphStore, plymouth: Council, pipeline: Pipeline) -> Subscriber:
    """Torbay, which subscribes."""
    return Subscriber(store, plymouth, pipeline)


class Subscriber:
    """Torbay's side."""

    def __init__(self, store: GraphStore, partner: Council, pipeline: Pipeline) -> None:
        self.store, self.partner, self.pipeline = store, partner, pipeline
        self.subscriptions = Subscriptions(store)

    def subscribe(self, *keys: str, unsigned: bool = False) -> Renewed:
        """Subscribe to Plymouth's graph."""
        return self.subscriptions.subscribe(
            self.partner.address,
            "plymouth",
            fetcher(self.partner),
            self.pipeline,
            keys=keys,
            unsigned=unsigned,
            hosted=["torbay"],
        )

    def refresh(self) -> Renewed:
        """Fetch it anew."""
        return self.subscriptions.refresh(NAME, fetcher(self.partner), self.pipeline)

    def held(self) -> tuple[bytes, Provenance] | None:
        """What is kept, or None."""
        kept = self.subscriptions.kept(NAME)
        return (kept.form, kept.provenance) if kept else None

    def refused(self, *keys: str, refresh: bool = False, unsigned: bool = False) -> str:
        """Why it is refused; whatever was held is as it was."""
        before = self.held()
        with pytest.raises(Problem) as refused:
            self.refresh() if refresh else self.subscribe(*keys, unsigned=unsigned)
        assert self.held() == before
        return f"{refused.value.slug}: {refused.value.detail}"


def test_a_graph_is_kept_as_the_partner_said_it(torbay, plymouth):
    """The bytes that were signed, their hash, where they come from and which key: all are there."""
    plymouth.publish(graph("plymouth", "[] a dg:Designation ; dct:source para:9 .\n"))
    renewed = torbay.subscribe()
    form, provenance = torbay.held()
    assert form == plymouth.documents[plymouth.path]
    assert renewed.changed and renewed.provenance == provenance
    (receipt,) = provenance.receipts
    assert receipt.content_hash == hash_of(form)
    assert receipt.address == plymouth.address + "/versions/1"
    (key,) = plymouth.keyring.keys("plymouth")
    assert (receipt.version, receipt.key, receipt.added) == (1, key.iri, form.count(b"\n"))
    assert (provenance.trusted, provenance.pinned) == ((key.multibase,), False)


def test_what_is_kept_is_for_queries(torbay, plymouth, store):
    """A copy is a part of what everybody's queries see, as long as it is kept."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    post = b"<https://example.org/plymouth-dcs>"
    assert post in store.writer.get(UNION).statements
    torbay.subscriptions.unsubscribe(NAME)
    assert post not in store.writer.get(UNION).statements
    assert torbay.held() is None
    assert torbay.subscriptions.all() == []


def test_nothing_new_changes_nothing(torbay, plymouth):
    """The same version again is no receipt."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    before = torbay.held()
    assert not torbay.refresh().changed
    assert torbay.held() == before


def test_a_new_version_follows(torbay, plymouth):
    """A newer version takes the older one's place, with how much changed and that none is missing."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    for n in range(3):
        plymouth.publish(graph("plymouth", title=f"Director {n}"))
    assert torbay.refresh().changed
    form, provenance = torbay.held()
    assert b"Director 2" in form
    last = provenance.last
    assert (last.number, last.version, last.added, last.removed) == (2, 4, 1, 1)
    assert last.chained is True


def test_the_feed_misses_nothing_that_was_long_on_its_way(torbay, plymouth, store, tmp_path):
    """What was received last stands last, though it was asked for first: who follows sees it."""
    feed = Feed(Publisher(store), store.client)
    plymouth.publish(graph("plymouth"))
    with council(tmp_path / "other", "coventry") as other:
        other.publish(graph("coventry"))
        plain, seen = plymouth.site.answer, []

        def slow(handler):
            if handler.path.endswith("/versions/1"):
                torbay.subscriptions.subscribe(
                    other.address, "coventry", fetcher(other), torbay.pipeline
                )
                seen.append(feed.page(None, 20).entries[-1])
            plain(handler)

        plymouth.site.answer = slow
        torbay.subscribe()
    (before,) = seen
    assert before.name.authority == "coventry"
    assert [e.name for e in feed.page(before.position, 20).entries] == [NAME]


def test_the_feed_misses_no_graph_that_begins_while_it_is_read(torbay, plymouth, store, tmp_path):
    """A new graph between the list of graphs and the question about them is not passed over."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    plymouth.publish(graph("plymouth", title="Another"))
    with council(tmp_path / "other", "coventry") as other:
        other.publish(graph("coventry"))

        class Busy(Publisher):
            """Between two looks at the store, others write."""

            def graphs(self) -> list[str]:
                found = super().graphs()
                if not torbay.subscriptions.kept(GraphName("coventry", "structure")):
                    torbay.subscriptions.subscribe(
                        other.address, "coventry", fetcher(other), torbay.pipeline
                    )
                    torbay.refresh()
                return found

        read = Feed(Busy(store), store.client).page(None, 20).entries
    assert [e.name.authority for e in read] == ["plymouth", "coventry", "plymouth"]


# --- what is refused ------------------------------------------------------------------------------


def test_a_changed_statement_is_refused(torbay, plymouth):
    """Whoever changes, adds or leaves out a statement on the way is found out."""
    plymouth.publish(graph("plymouth"))
    path = plymouth.path + "/versions/1"
    honest = plymouth.documents[path]
    for tampered in (
        honest.replace(b"Director of People", b"Director of Nobody"),
        honest + honest.splitlines(keepends=True)[0].replace(b"plymouth-a", b"plymouth-b"),
        b"".join(honest.splitlines(keepends=True)[1:]),
    ):
        assert tampered != honest
        plymouth.documents[path] = tampered
        assert "not-verified" in torbay.refused()
    plymouth.documents[path] = honest
    assert torbay.subscribe().changed
    plymouth.publish(graph("plymouth", title="Another"))
    plymouth.documents[plymouth.path + "/versions/2"] += b"<urn:a> <urn:b> <urn:c> .\n"
    assert "their hashes differ" in torbay.refused(refresh=True)


def test_an_older_version_is_refused(torbay, plymouth):
    """A replay: what was right once does not come back."""
    plymouth.publish(graph("plymouth"))
    old = plymouth.documents[plymouth.path + "/proof"]
    plymouth.publish(graph("plymouth", title="Another"))
    torbay.subscribe()
    plymouth.documents[plymouth.path + "/proof"] = old
    assert "older version" in torbay.refused(refresh=True)
    assert "older version" in torbay.refused()


def test_two_versions_with_one_number_are_refused(torbay, plymouth):
    """A council that signs two different first versions is asked which one is right."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    plymouth.publish(graph("plymouth", title="Another"), number=1)
    assert "signed two" in torbay.refused(refresh=True)


def test_a_rewritten_history_is_refused(torbay, plymouth):
    """A newer version has to follow from the one that is held."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    plymouth.hashes = {1: "sha256:" + "0" * 64}
    plymouth.publish(graph("plymouth", title="Another"))
    assert "does not follow" in torbay.refused(refresh=True)
    plymouth.publish(graph("plymouth", title="A third"))
    assert "does not follow" in torbay.refused(refresh=True)


def test_a_proof_of_another_graph_is_refused(torbay, plymouth):
    """A graph of the same council under another name proves nothing."""
    plymouth.publish(graph("plymouth"))
    plymouth.name, plymouth.hashes = GraphName("plymouth", "other"), {}
    plymouth.publish(graph("plymouth"))
    for path in ("/proof", "/versions/1", "/versions/1/proof"):
        plymouth.documents[f"/graphs/plymouth/structure{path}"] = plymouth.documents[
            f"/graphs/plymouth/other{path}"
        ]
    plymouth.name = NAME
    assert "about the graph" in torbay.refused()


def test_what_speaks_for_another_council_is_refused(torbay, plymouth):
    """A signature gives no right to speak for somebody else, or to change the rules (S31, S32)."""
    for turtle, slug in (
        (graph("torbay"), "not-of-the-council"),
        (graph("plymouth", 'auth:torbay dg:name "T" .\n'), "changes-the-rules"),
        (
            graph("plymouth", ":X <http://www.w3.org/2002/07/owl#sameAs> :Y .\n"),
            "changes-the-rules",
        ),
        (
            graph("plymouth", ":k a dg:CompletenessStatement ; dg:listOf auth:torbay .\n"),
            "not-of-the-council",
        ),
        (graph("plymouth", ":k a dg:Agrement .\n"), "unknown-term"),
        (b"<https://example.org/s> <https://example.org/p> 1 .", "no-known-terms"),
    ):
        plymouth.publish(turtle)
        assert torbay.refused().startswith(slug)


def test_a_council_of_this_service_is_no_partner(torbay, plymouth, store):
    """Whom this service speaks for, by token, key or graph, it does not listen to elsewhere."""
    plymouth.publish(graph("plymouth"))
    for hosted in (["plymouth"], []):
        if not hosted:
            Keyring(store.files.keys).new("plymouth", datetime.now(UTC))
        with pytest.raises(Problem) as refused:
            torbay.subscriptions.subscribe(
                plymouth.address, "plymouth", fetcher(plymouth), torbay.pipeline, hosted=hosted
            )
        assert refused.value.slug == "graph-refused"
    (store.files.keys / "plymouth.json").unlink()
    store.writer.put("https://w3id.org/dutygraph/graphs/plymouth/x", [])
    assert torbay.refused().startswith("graph-refused")
    store.writer.delete("https://w3id.org/dutygraph/graphs/plymouth/x")


def test_who_is_no_partner_is_not_asked(torbay, plymouth):
    """The allow-list is asked before anybody is."""
    plymouth.publish(graph("plymouth"))
    with pytest.raises(Problem) as refused:
        torbay.subscriptions.subscribe(
            plymouth.address, "plymouth", Fetcher(Partners()), torbay.pipeline
        )
    assert refused.value.slug == "not-a-partner"
    assert plymouth.site.asked == []


@pytest.mark.parametrize(
    ("address", "authority"),
    [
        ("https://a.uk/graphs/plymouth/structure", "torbay"),
        ("https://a.uk/graphs/plymouth", "plymouth"),
        ("https://a.uk/graphs/plymouth/structure/versions/1", "plymouth"),
        ("https://a.uk/graphs/plymouth/structure?x", "plymouth"),
        ("https://a.uk/graphs/plymouth/..", "plymouth"),
        ("ftp://a.uk/graphs/plymouth/structure", "plymouth"),
        ("https://a.uk/", "plymouth"),
        ("https://a.uk/a<b/graphs/plymouth/structure", "plymouth"),
        ("https://a.uk/a{b/graphs/plymouth/structure", "plymouth"),
        ("https://a.uk/a\nb/graphs/plymouth/structure", "plymouth"),
    ],
)
def test_what_is_no_address_of_a_graph(address, authority):
    """Another council, another place or another kind of address is said at once."""
    with pytest.raises(Problem) as refused:
        source_of(address, authority)
    assert refused.value.slug == "bad-value"


def test_keys_come_from_the_councils_own_host(torbay, plymouth, tmp_path):
    """A redirect to another partner's keys or proof is not followed, though that is a partner, too."""
    plymouth.publish(graph("plymouth"))
    with council(tmp_path / "other") as other:
        other.publish(graph("plymouth"))
        plain = plymouth.site.answer

        def astray(handler):
            if handler.path.startswith("/keys/"):
                handler.send_response(302)
                handler.send_header("Location", other.site.address + handler.path)
                handler.end_headers()
            else:
                plain(handler)

        plymouth.site.answer = astray
        both = Fetcher(Partners.read(f"{plymouth.site.address} {other.site.address}"))
        with pytest.raises(Problem) as refused:
            torbay.subscriptions.subscribe(plymouth.address, "plymouth", both, torbay.pipeline)
        assert refused.value.slug == "not-a-partner"
        assert other.site.asked == []


def test_a_proof_has_its_own_name(torbay, plymouth):
    """A proof that is called as something else says nothing of that, such as of an older receipt."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    number = plymouth.publish(graph("plymouth", title="Another"))
    honest = version_proof_in(
        q.triple
        for q in parse_quads(plymouth.documents[plymouth.path + "/proof"], RdfFormat.N_TRIPLES)
    )
    signer = plymouth.keyring.signer("plymouth", datetime.now(UTC))
    other = made(
        provenance_of(NAME) + "#1",
        bytes.fromhex(honest.content_hash.removeprefix("sha256:")),
        honest.proof.bindings,
        signer.key,
        signer.private_key,
        datetime.now(UTC),
    )
    plymouth.documents[plymouth.path + "/proof"] = written(list(other.triples()))
    assert "not its name" in torbay.refused(refresh=True)
    plymouth.documents[plymouth.path + "/proof"] = written(list(honest.triples()))
    assert torbay.refresh().provenance.last.version == number


# --- trust ----------------------------------------------------------------------------------------


def test_a_pinned_key_is_the_only_one(torbay, plymouth, tmp_path):
    """With a key that the operator knows, no other key counts; nothing is kept for a wrong one."""
    plymouth.publish(graph("plymouth"))
    (key,) = plymouth.keyring.keys("plymouth")
    stranger = Keyring(tmp_path / "other").new("plymouth", datetime.now(UTC))
    assert "does not publish the key" in torbay.refused(stranger.multibase)
    assert torbay.held() is None
    provenance = torbay.subscribe(key.multibase).provenance
    assert (provenance.pinned, provenance.trusted) == (True, (key.multibase,))


def test_a_key_that_is_endorsed_is_trusted(torbay, plymouth):
    """A council changes its key, and its partners follow without doing anything."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    (first,) = plymouth.keyring.keys("plymouth")
    soon = datetime.now(UTC) + timedelta(seconds=1)
    second = plymouth.keyring.new("plymouth", soon)
    plymouth.publish(graph("plymouth", title="Another"), now=soon + timedelta(seconds=1))
    plymouth.keyring.revoke("plymouth", first.multibase, soon + timedelta(seconds=2))
    plymouth.publish_keys()
    provenance = torbay.refresh().provenance
    assert provenance.last.key == second.iri
    assert set(provenance.trusted) == {first.multibase, second.multibase}


def test_a_revocation_that_was_seen_stays(torbay, plymouth):
    """Whoever stole a key and takes over the host cannot hide that the key was revoked."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    (first,) = plymouth.keyring.keys("plymouth")
    secret = plymouth.keyring.signer("plymouth", datetime.now(UTC)).private_key
    before = plymouth.documents["/keys/plymouth"]
    soon = datetime.now(UTC) + timedelta(seconds=1)
    plymouth.keyring.new("plymouth", soon)
    plymouth.publish(graph("plymouth", title="Another"), now=soon + timedelta(seconds=1))
    plymouth.keyring.revoke("plymouth", first.multibase, soon + timedelta(seconds=2))
    plymouth.publish_keys()
    torbay.refresh()
    assert torbay.refresh().changed is False
    stolen = canonical_form(
        q.triple for q in parse_quads(graph("plymouth", title="Stolen"), RdfFormat.TURTLE)
    )
    for made_at in (soon + timedelta(seconds=3), soon):
        proof = prove_version(
            hash_of(stolen),
            graph=NAME.published,
            number=3,
            previous_hash=plymouth.hashes[2],
            key=first,
            private_key=secret,
            now=made_at,
        )
        plymouth.documents[plymouth.path + "/versions/3"] = stolen
        for at in ("/proof", "/versions/3/proof"):
            plymouth.documents[plymouth.path + at] = written(list(proof.triples()))
        for keys in (before, plymouth.documents["/keys/plymouth"]):
            plymouth.documents["/keys/plymouth"] = keys
            assert "revoked" in torbay.refused(refresh=True)
            assert "revoked" in torbay.refused()
        plymouth.publish_keys()


def test_what_a_revoked_key_signed_before_still_holds(torbay, plymouth):
    """A key that is revoked, and nothing new: what is held stays, and so does its subscription."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    (first,) = plymouth.keyring.keys("plymouth")
    plymouth.keyring.revoke("plymouth", first.multibase, datetime.now(UTC) + timedelta(seconds=1))
    plymouth.publish_keys()
    for _ in range(2):
        assert torbay.refresh().changed is False
    provenance = torbay.held()[1]
    assert [key for key, _ in provenance.revoked] == [first.multibase]
    assert provenance_in(NAME, provenance.triples()) == provenance


def test_a_key_that_nobody_endorsed_is_refused(torbay, plymouth):
    """Whoever takes over a council's host has no key that its partners trust, until an operator says so."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    (first,) = plymouth.keyring.keys("plymouth")
    plymouth.keyring.revoke("plymouth", first.multibase, datetime.now(UTC))
    second = plymouth.keyring.new("plymouth", datetime.now(UTC))
    plymouth.publish(graph("plymouth", title="Another"))
    assert "none of those known" in torbay.refused(refresh=True)
    assert "none of those known" in torbay.refused()
    provenance = torbay.subscribe(second.multibase).provenance
    assert (provenance.last.version, provenance.pinned) == (2, True)
    assert torbay.refresh().changed is False


def test_what_is_not_signed_is_kept_on_request_only(torbay, plymouth):
    """Unsigned is said, never assumed, and never takes the place of what was signed."""
    plymouth.publish(graph("plymouth"))
    proof = plymouth.documents.pop(plymouth.path + "/proof")
    assert "--unsigned" in torbay.refused()
    provenance = torbay.subscribe(unsigned=True).provenance
    assert (provenance.unsigned, provenance.last.key, provenance.last.version) == (True, None, None)
    plymouth.documents[plymouth.path + "/proof"] = proof
    provenance = torbay.refresh().provenance
    assert provenance.last.version == 1
    del plymouth.documents[plymouth.path + "/proof"]
    assert "was signed when" in torbay.refused(refresh=True)
    assert "was signed when" in torbay.refused(unsigned=True)


def test_a_bad_proof_is_never_taken_for_none(torbay, plymouth):
    """With --unsigned, too, a proof that is there has to hold."""
    plymouth.publish(graph("plymouth"))
    plymouth.documents[plymouth.path + "/proof"] = b""
    assert torbay.refused(unsigned=True).startswith("empty")
    plymouth.documents[plymouth.path + "/proof"] = written(
        [Triple(NamedNode("urn:a"), DG.contentHash, Literal("x"))]
    )
    assert torbay.refused(unsigned=True).startswith("bad-proof")


# --- small parts ----------------------------------------------------------------------------------


def test_provenance_goes_through_rdf(torbay, plymouth):
    """What is written of a copy is read as it was, proof and key included."""
    plymouth.publish(graph("plymouth"))
    provenance = torbay.subscribe().provenance
    again = provenance_in(NAME, provenance.triples())
    assert again.receipts == provenance.receipts
    assert set(again.evidence) == set(provenance.evidence) != set()
    assert copy_of(NAME) == "https://w3id.org/dutygraph/partners/plymouth/structure"


def test_a_moment_that_ends_with_zeros_is_read_as_it_was(torbay, plymouth):
    """A store writes times in its own way; the provenance is the same all the same."""
    plymouth.publish(graph("plymouth"))
    renewed = torbay.subscriptions.subscribe(
        plymouth.address,
        "plymouth",
        fetcher(plymouth),
        torbay.pipeline,
        now=datetime.now(UTC).replace(microsecond=120000),
    )
    assert renewed.provenance == torbay.held()[1]
    assert renewed.provenance.last.moment.endswith(".120000Z")


def test_differences_are_counted():
    """Names of unnamed nodes do not count; a node of which one thing changed is another one."""
    p, q = NamedNode("urn:p"), NamedNode("urn:q")

    def node(name: str, value: str) -> list[Triple]:
        blank = BlankNode(name)
        return [Triple(blank, p, Literal(value)), Triple(p, q, blank)]

    one, two = node("a", "1") + node("b", "2"), node("x", "2") + node("y", "1")
    assert difference(one, two) == difference([], [])
    changed = difference(one, node("x", "2") + node("y", "3"))
    assert (changed.added, changed.removed) == (2, 2)
    twice = difference(node("a", "1"), node("a", "1") + node("b", "1"))
    assert (twice.added, twice.removed) == (2, 0)


def test_a_copy_that_was_changed_in_the_store_is_not_shown(torbay, plymouth, store):
    """What is kept is compared with what was received whenever it is given."""
    plymouth.publish(graph("plymouth"))
    torbay.subscribe()
    kept = store.writer.get(copy_of(NAME))
    triples = [q.triple for q in parse_quads(kept.statements, RdfFormat.N_TRIPLES)]
    store.writer.put(copy_of(NAME), triples[1:])
    with pytest.raises(Problem) as refused:
        torbay.held()
    assert refused.value.slug == "store-failed"
    store.writer.put(copy_of(NAME), triples)
    assert hash_of(canonical_form(triples)) == torbay.held()[1].last.content_hash
