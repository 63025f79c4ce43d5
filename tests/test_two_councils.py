"""Two councils, each with a service of its own, share a director: published, signed, read, refused.

Both services run on this machine. What goes wrong on the way is done by a third server between them.
"""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

import dutygraph
from dutygraph.publishing.tokens import TokenFile
from tests.fetching_fixtures import Handler, Site, plain, serving
from tests.http_fixtures import PREFIXES, Server, with_a_store
from tests.publishing_fixtures import Publishers

PACKAGE = str(Path(dutygraph.__file__).parents[1])
POST = "<https://w3id.org/dutygraph/id/post/joint-director-of-public-health>"

AGREEMENT = "<https://w3id.org/dutygraph/id/agreement/joint-director-of-public-health>"


def arrangement(council: str, partner: str, share: str = "joint") -> bytes:
    """What one side says of the director of public health whom two councils share."""
    return (
        f"{PREFIXES}"
        f":{council} a dg:Structure ; dg:status code:existing ; dg:describes auth:{council} ;"
        ' dg:assessmentDay "2016-06-30"^^xsd:date .\n'
        f'{POST} a org:Post ; org:postIn auth:{council} , auth:{partner} ; dg:title "{share}" .\n'
        f":{council}-d a dg:Designation ; dg:office code:director-of-public-health ;\n"
        f"    dg:designatedPost {POST} ; dg:designatedBy auth:{council} ;\n"
        '    dg:from "2015-04-01"^^xsd:date ; dct:source para:2.1 .\n'
        f":{council}-a a dg:Agreement ; dg:party auth:{council} , auth:{partner} ;\n"
        '    dg:from "2015-04-01"^^xsd:date ; dct:source para:2.2 .\n'
    ).encode()


def agreement(council: str, partner: str, begins: str) -> bytes:
    """The arrangement with the agreement that both sides know by one name, as one side says it."""
    return (
        arrangement(council, partner)
        + (
            f"{AGREEMENT} a dg:Agreement ; dg:party auth:{council} , auth:{partner} ;\n"
            "    dg:legalBasis code:section-113-agreement ;\n"
            f'    dg:from "{begins}"^^xsd:date ; dct:source para:2.3 .\n'
        ).encode()
    )


@dataclass
class Council:
    """One council with its service."""

    name: str
    service: Publishers
    partners: str = ""

    @property
    def address(self) -> str:
        """Of its graph."""
        return f"http://127.0.0.1:{self.service.server.port}/graphs/{self.name}/structure"

    @property
    def path(self) -> str:
        """Of its graph, at its own service."""
        return f"/graphs/{self.name}/structure"

    def dutygraph(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Its operator's command line, beside the service that runs."""
        own = {k: v for k, v in os.environ.items() if not k.startswith("DUTYGRAPH_")}
        settings = {
            "DUTYGRAPH_STORE": str(self.service.server.store),
            "DUTYGRAPH_PARTNERS": self.partners,
            "PYTHONPATH": PACKAGE,
        }
        return subprocess.run(
            [sys.executable, "-m", "dutygraph", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            env=own | settings,
        )

    def new_key(self) -> str:
        """Make a key."""
        made = self.dutygraph("key", "new", self.name)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def publish(self, body: bytes) -> None:
        """Publish its side, in place of what it said before."""
        before = self.service.ask("GET", self.path, self.name)
        etag = before.headers["ETag"] if before.status == 200 else None
        answer = self.service.put(self.path, self.name, body, etag)
        assert answer.status in (200, 201), answer.body

    def copy_of(self, partner: str) -> bytes | None:
        """What it keeps of what a partner says, in canonical N-Triples."""
        path = f"/partners/{partner}/structure"
        ends = time.monotonic() + 60
        while True:
            answer = self.service.ask("GET", path, Accept="application/n-triples")
            if answer.status != 503 or time.monotonic() > ends:
                break
            time.sleep(0.5)
        assert answer.status in (200, 404), answer.body
        return answer.body if answer.status == 200 else None


@pytest.fixture(scope="module", name="councils")
def two_councils() -> Iterator[tuple[Council, Council]]:
    """Torbay and Plymouth, each with a service, a key and its side of the arrangement."""
    with with_a_store() as first, with_a_store() as second:
        torbay, plymouth = _council("torbay", first), _council("plymouth", second)
        for one, other in ((torbay, plymouth), (plymouth, torbay)):
            one.partners = other.address.partition("/graphs")[0]
            one.new_key()
            one.publish(arrangement(one.name, other.name))
        yield torbay, plymouth


def _council(name: str, server: Server) -> Council:
    """A council alone on its service."""
    _, token = TokenFile(server.store / "tokens.json").new(name)
    return Council(name, Publishers(server, {name: token}))


@contextmanager
def between(council: Council) -> Iterator[Site]:
    """A server that answers what a council's service answers, until a test has it say otherwise."""
    with serving() as site:
        site.answer = forwarding(council)
        yield site


def forwarding(council: Council, change: tuple[bytes, bytes] = (b"", b""), on: str = ""):
    """An answer from a council's service, with some bytes changed on the way."""

    def answer(handler: Handler) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", council.service.server.port)
        try:
            connection.request("GET", handler.path, headers={"Accept": handler.headers["Accept"]})
            response = connection.getresponse()
            body = response.read()
            if on and handler.path.endswith(on):
                assert change[0] in body
                body = body.replace(*change)
            media_type = response.headers["Content-Type"]
            plain(body, response.status, media_type)(handler)
        finally:
            connection.close()

    return answer


@pytest.mark.long
def test_two_councils_share_a_director(councils):
    """Each publishes its side, reads the other's, and has it in every query, signed and unchanged."""
    torbay, plymouth = councils
    for one, other in ((torbay, plymouth), (plymouth, torbay)):
        ran = one.dutygraph("subscribe", other.address, "--authority", other.name)
        assert ran.returncode == 0, ran.stderr
        assert "the signature holds" in ran.stderr
        # Nothing was compared with the council another way, and that is said.
        assert "for the first time and unchecked" in ran.stderr
        said = other.service.ask(
            "GET", other.path + "/versions/1", Accept="application/n-triples"
        ).body
        assert one.copy_of(other.name) is not None
        assert set(one.copy_of(other.name).splitlines()) == set(said.splitlines())
        # Both sides stand in one default graph.
        query = f"SELECT ?d {{ ?d dg:designatedPost {POST} }}"
        found = one.service.server.query(query).json["results"]["bindings"]
        assert len(found) == 2
    listed = torbay.dutygraph("subscriptions")
    assert "plymouth/structure  version 1, verified, key of first use" in listed.stdout
    page = torbay.service.ask("GET", "/partners/plymouth/structure", Accept="text/html").body
    assert b"nobody has compared it yet" in page
    path = "/partners/plymouth/structure"
    where = torbay.service.ask("GET", path + "/provenance", Accept="application/n-triples").body
    assert b"DataIntegrityProof" in where and b"#Multikey" in where
    etag = torbay.service.ask("GET", path).headers["ETag"]
    assert torbay.service.ask("GET", path, If_None_Match=etag).status == 304
    assert [row["verified"] for row in torbay.service.ask("GET", "/partners").json] == [True]
    items = torbay.service.ask("GET", "/feed").json["orderedItems"]
    assert [i["type"] for i in items] == ["Create", "Announce"]
    assert items[1]["isVerified"] is True


@pytest.mark.long
def test_nobody_changes_what_a_partner_says(councils):
    """A post that is renamed on the way, an older version and a foreign key are refused, and said."""
    torbay, plymouth = councils
    with between(plymouth) as site:
        torbay.partners = site.address
        address = f"{site.address}/graphs/plymouth/structure"
        torbay.dutygraph("unsubscribe", "plymouth/structure")
        assert torbay.copy_of("plymouth") is None

        subscribed = partial(torbay.dutygraph, "subscribe", address, "--authority", "plymouth")

        # Tampered with before it was ever received: nothing is kept.
        site.answer = forwarding(plymouth, (b'"joint"', b'"ours alone"'), "/versions/1")
        ran = subscribed()
        assert (ran.returncode, "their hashes differ" in ran.stderr) == (2, True)
        assert torbay.copy_of("plymouth") is None
        site.answer = forwarding(plymouth)
        key = plymouth.dutygraph("key", "list", "plymouth").stdout.split()[1]
        assert subscribed("--key", torbay.new_key()).returncode == 2
        assert subscribed("--key", key).returncode == 0
        held = torbay.copy_of("plymouth")
        assert held is not None

        # An older version in place of a newer one: what is held stays.
        old = plymouth.service.ask(
            "GET", plymouth.path + "/proof", Accept="application/n-triples"
        ).body
        plymouth.publish(arrangement("plymouth", "torbay", "joint, and changed"))
        ran = torbay.dutygraph("refresh", "--all")
        assert ran.returncode == 0, ran.stderr
        newer = torbay.copy_of("plymouth")
        assert newer != held
        forward = forwarding(plymouth)
        site.answer = lambda handler: (
            plain(old)(handler) if handler.path.endswith("structure/proof") else forward(handler)
        )
        ran = torbay.dutygraph("refresh", "plymouth/structure")
        assert (ran.returncode, "older version" in ran.stderr) == (1, True)
        assert torbay.copy_of("plymouth") == newer


@pytest.mark.long
def test_a_council_changes_its_key(councils):
    """A new key that the old one vouches for is followed; after a break, an operator has to say so."""
    torbay, plymouth = councils
    torbay.partners = plymouth.address.partition("/graphs")[0]
    torbay.dutygraph("unsubscribe", "plymouth/structure")
    (first,) = [
        line.split()[1]
        for line in plymouth.dutygraph("key", "list", "plymouth").stdout.splitlines()
    ]
    subscribe = ("subscribe", plymouth.address, "--authority", "plymouth", "--key")
    assert torbay.dutygraph(*subscribe, first).returncode == 0
    # Days are kept to the second.
    time.sleep(1.1)
    second = plymouth.new_key()
    assert plymouth.dutygraph("key", "revoke", "plymouth", first).returncode == 0
    plymouth.publish(arrangement("plymouth", "torbay", "under a new key"))
    ran = torbay.dutygraph("refresh", "--all")
    assert (ran.returncode, second in ran.stderr) == (0, True), ran.stderr

    # All keys are lost, or somebody else makes one in the council's place.
    assert plymouth.dutygraph("key", "revoke", "plymouth", second).returncode == 0
    time.sleep(1.1)
    third = plymouth.new_key()
    plymouth.publish(arrangement("plymouth", "torbay", "under a key of nobody"))
    before = torbay.copy_of("plymouth")
    ran = torbay.dutygraph("refresh", "--all")
    assert (ran.returncode, "none of those known" in ran.stderr) == (1, True), ran.stderr
    assert torbay.copy_of("plymouth") == before
    assert torbay.dutygraph(*subscribe, third).returncode == 0
    assert b"under a key of nobody" in (torbay.copy_of("plymouth") or b"")


@pytest.mark.long
def test_two_councils_disagree_and_then_agree(councils):
    """What the partner says is held against what the council says; once corrected, they agree."""
    torbay, plymouth = councils
    torbay.partners = plymouth.address.partition("/graphs")[0]
    torbay.dutygraph("unsubscribe", "plymouth/structure")
    torbay.publish(agreement("torbay", "plymouth", "2015-04-01"))
    plymouth.publish(agreement("plymouth", "torbay", "2015-05-01"))
    assert (
        torbay.dutygraph("subscribe", plymouth.address, "--authority", "plymouth").returncode == 0
    )
    page = torbay.service.ask("GET", "/partners/plymouth/structure", Accept="text/html").body
    (link,) = re.findall(r'href="(/agree[^"]+)"', page.decode())
    asked = link.replace("&amp;", "&")
    first = torbay.service.ask("GET", asked).json
    assert first["verdict"] == "conflicts"
    (conflict,) = first["conflicts"]
    assert conflict["sentence"] == "Plymouth says 1 May 2015; Torbay says 1 April 2015"
    assert b"1 May 2015" in torbay.service.ask("GET", asked, Accept="text/html").body

    plymouth.publish(agreement("plymouth", "torbay", "2015-04-01"))
    ran = torbay.dutygraph("refresh", "--all")
    assert ran.returncode == 0, ran.stderr
    second = torbay.service.ask("GET", asked).json
    assert second["conflicts"] == []
    assert second["verdict"] != "conflicts"


@pytest.mark.long
def test_nobody_subscribes_to_its_own(councils):
    """A council of the service itself, a host that is no partner, and another's graph are refused."""
    torbay, plymouth = councils
    own = torbay.dutygraph("subscribe", torbay.address, "--authority", "torbay")
    assert (own.returncode, "publishes on this service itself" in own.stderr) == (2, True)
    torbay.partners = ""
    stranger = torbay.dutygraph("subscribe", plymouth.address, "--authority", "exeter")
    assert (stranger.returncode, "and not of exeter" in stranger.stderr) == (2, True)
    other = plymouth.address.replace("plymouth/structure", "exeter/structure")
    ran = torbay.dutygraph("subscribe", other, "--authority", "exeter")
    assert (ran.returncode, "not among the partners" in ran.stderr) == (2, True)
