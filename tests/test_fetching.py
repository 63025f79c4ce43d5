"""Fetching from partners, against real servers: who is asked, and what an answer may be."""

from __future__ import annotations

import datetime
import gzip
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dutygraph.errors import Problem
from dutygraph.fetching.addresses import is_public
from dutygraph.fetching.fetching import Bounds, Fetcher
from dutygraph.fetching.partners import Partner, Partners
from tests.fetching_fixtures import BODY, N_TRIPLES, Handler, Site, plain, serving
from tests.http_fixtures import Listener, somebody_else

__all__ = ["somebody_else"]


@pytest.fixture(name="site")
def a_partner() -> Iterator[Site]:
    """A partner's server."""
    with serving() as site:
        yield site


def fetcher(site: Site, *more: str, **bounds: float) -> Fetcher:
    """A fetcher that may ask a site."""
    partners = Partners.read(" ".join([site.address, *more]))
    return Fetcher(partners, Bounds(**bounds))  # type: ignore[arg-type]


def refusal(fetcher: Fetcher, address: str, slug: str, **asked: bool) -> str:
    """Why something is not fetched."""
    with pytest.raises(Problem) as refused:
        fetcher.fetch(address, [N_TRIPLES], **asked)
    assert refused.value.slug == slug, refused.value.detail
    return refused.value.detail


def test_a_document_is_fetched(site):
    """What a partner gives arrives whole, with its address and media type; who asks says so."""
    found = fetcher(site).fetch(f"{site.address}/graphs/a/b?x=1", [N_TRIPLES, "text/turtle"])
    assert (found.body, found.media_type) == (BODY, N_TRIPLES)
    assert found.address == f"{site.address}/graphs/a/b?x=1"
    assert site.asked == ["/graphs/a/b?x=1"]
    assert site.headers[0]["Accept"] == "application/n-triples;q=1.0, text/turtle;q=0.9"
    assert site.headers[0]["Host"] == site.address.removeprefix("http://")
    assert site.headers[0]["User-Agent"].startswith("DutyGraph/")
    assert "Cookie" not in site.headers[0]


# --- who is asked ---------------------------------------------------------------------------------


def test_only_partners_are_asked(site, listener: Listener):
    """Another port, another scheme, a name for the same place: none is the partner's entry."""
    port = site.address.rsplit(":", 1)[1]
    for address in (
        listener.address,
        f"https://127.0.0.1:{port}/",
        f"http://localhost:{port}/",
        f"http://127.0.0.1.:{int(port) + 1}/",
        f"http://127.1:{port}/",
        f"http://2130706433:{port}/",
        f"http://0x7f.0.0.1:{port}/",
        f"http://[::ffff:127.0.0.1]:{port}/",
    ):
        assert "not among the partners" in refusal(fetcher(site), address, "not-a-partner")
    assert (site.asked, listener.heard) == ([], [])


def test_an_address_that_means_two_things_is_refused(site):
    """A user, a backslash, white space, another scheme or none lead nowhere."""
    host = site.address.removeprefix("http://")
    for address in (
        f"http://{host}@evil.example/",
        f"http://evil.example@{host}/",
        f"http://{host}\\@evil.example/",
        f"http://{host}/a b",
        f"http://{host}/\r\nX: y",
        f"http://{host}/ä",
        f"ftp://{host}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/",
        host,
        "",
    ):
        refusal(fetcher(site), address, "not-a-partner")
    assert site.asked == []


def test_nobody_is_asked_without_the_setting(site):
    """Without an entry there is no partner."""
    refusal(Fetcher(Partners()), site.address, "not-a-partner")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "0.1.2.3",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "fe80::1",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2001:0:53aa:64c:0:0:0:1",
        "64:ff9b::7f00:1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "3fff::1",
        "5f00::1",
    ],
)
def test_addresses_inside_are_not_public(address):
    """Whatever is loopback, private, link-local, shared, reserved, multicast or a disguise of them."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "51.140.0.1", "2a00:1450::1", "64:ff9b::808:808"])
def test_addresses_outside_are_public(address):
    """Addresses of the public internet are."""
    assert is_public(ipaddress.ip_address(address))


def test_a_name_that_leads_inside_is_refused(listener: Listener):
    """A name that the operator allowed is no way to this machine: the system's own resolver says so."""
    entry = listener.address.replace("127.0.0.1", "localhost").rstrip("/")
    detail = refusal(Fetcher(Partners.read(entry)), entry + "/", "not-a-partner")
    assert "no public address" in detail
    assert "127.0.0.1" not in detail
    assert listener.heard == []


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["fe80::1%eth0"], []], ids=str
)
def test_one_address_inside_is_enough_to_refuse(addresses):
    """A name with a public and a private address could lead to either."""
    fetcher = Fetcher(Partners.read("partner.example"), resolve=lambda host, port: addresses)
    refusal(fetcher, "https://partner.example/x", "not-a-partner")


def test_a_name_is_resolved_once(listener: Listener):
    """A name that changes its address between the look-up and the connection gains nothing."""
    looked_up: list[str] = []
    port = int(listener.address.rsplit(":", 1)[1].rstrip("/"))

    def rebinding(host: str, port: int) -> list[str]:
        looked_up.append(host)
        # Public, and nobody's.
        return ["2a00:ffff:ffff::1"] if len(looked_up) == 1 else ["127.0.0.1"]

    entry = f"http://localhost:{port}"
    fetcher = Fetcher(Partners.read(entry), Bounds(seconds=1), resolve=rebinding)
    # The connection goes to what was judged, which here nobody answers at, and never to localhost.
    refusal(fetcher, entry, "not-fetched")
    assert (looked_up, listener.heard) == (["localhost"], [])


def test_a_name_that_nobody_knows():
    """A name without an address is said to be unknown, and nothing of the inside is told."""
    detail = refusal(
        Fetcher(Partners.read("no-such-host.invalid")),
        "https://no-such-host.invalid/",
        "not-fetched",
    )
    assert "name is not known" in detail


# --- redirects ------------------------------------------------------------------------------------


def test_a_redirect_goes_through_the_same_door(site, listener: Listener):
    """A redirect to what is no partner is refused, and nobody is asked."""
    for target in (listener.address, "http://169.254.169.254/latest/", "file:///etc/passwd"):
        site.answer = plain(status=302, Location=target)
        refusal(fetcher(site), site.address, "not-a-partner")
    assert listener.heard == []


def test_a_redirect_to_a_partner_is_followed(site):
    """Relative, or to another partner; the address is the last one, unless it has to stay."""
    with serving() as other:
        site.answer = plain(status=307, Location=f"{other.address}/there#part")
        both = fetcher(site, other.address)
        assert both.fetch(site.address, [N_TRIPLES]).address == f"{other.address}/there"
        assert "only its own answer" in refusal(both, site.address, "not-a-partner", stay=True)
        assert other.asked == ["/there"]


def test_redirects_are_few(site):
    """What leads in a circle is left after three."""
    site.answer = plain(status=302, Location="/again")
    assert "more than 3 times" in refusal(fetcher(site), site.address, "not-fetched")
    assert len(site.asked) == 4


# --- what an answer may be ------------------------------------------------------------------------


def test_other_answers_are_said(site):
    """A status, a media type or an encoding that is not expected is named."""
    site.answer = plain(status=404)
    with pytest.raises(Problem) as refused:
        fetcher(site).fetch(site.address, [N_TRIPLES])
    assert refused.value.extra == {"remoteStatus": 404}
    site.answer = plain(media_type="text/html")
    assert "text/html" in refusal(fetcher(site), site.address, "not-fetched")
    site.answer = plain(Content_Encoding="br")
    assert "compressed" in refusal(fetcher(site), site.address, "not-fetched")


def test_an_answer_has_a_size(site):
    """A body at the bound is taken, one byte more is not, whatever length it says that it has."""
    at_bound = fetcher(site, bytes=len(BODY))
    assert at_bound.fetch(site.address, [N_TRIPLES]).body == BODY
    site.answer = plain(BODY + b"\n")
    assert "more than" in refusal(at_bound, site.address, "not-fetched")

    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", N_TRIPLES)
        handler.end_headers()
        while True:
            handler.wfile.write(BODY * 1000)

    site.answer = endless
    start = time.monotonic()
    assert "more than" in refusal(fetcher(site, bytes=1_000_000), site.address, "not-fetched")
    assert time.monotonic() - start < 5


def test_a_compressed_answer_has_a_size(site):
    """What is small and becomes large is refused; an honest one is read."""
    site.answer = plain(gzip.compress(BODY * 100), Content_Encoding="gzip")
    assert fetcher(site).fetch(site.address, [N_TRIPLES]).body == BODY * 100
    bomb = gzip.compress(b"\n" * 50_000_000)
    assert len(bomb) < 100_000
    site.answer = plain(bomb, Content_Encoding="gzip")
    assert "more than" in refusal(fetcher(site, bytes=1_000_000), site.address, "not-fetched")
    for broken in (gzip.compress(BODY)[:-9], gzip.compress(BODY) + b"more", BODY):
        site.answer = plain(broken, Content_Encoding="gzip")
        assert "broken" in refusal(fetcher(site), site.address, "not-fetched")


def test_what_follows_a_compressed_answer_is_not_gathered(site):
    """Bytes without end behind the end of the compressed body are refused at once."""
    sent = 0

    def endless(handler: Handler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.send_header("Content-Type", N_TRIPLES)
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        handler.wfile.write(gzip.compress(BODY))
        while sent < 200_000_000:
            sent += handler.wfile.write(b"#" * 1_000_000)

    site.answer = endless
    assert "broken" in refusal(fetcher(site, bytes=1_000_000), site.address, "not-fetched")
    assert sent < 50_000_000


def test_an_answer_that_breaks_off_is_none(site):
    """Half a body is never handed on."""

    def cut(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", N_TRIPLES)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(BODY)

    site.answer = cut
    refusal(fetcher(site), site.address, "not-fetched")


@pytest.mark.parametrize("where", ["nothing", "head", "body", "continue"])
def test_an_answer_has_a_time(site, where):
    """Who sends a byte now and then, in the head or the body, is left at the deadline all the same."""

    def slow(handler: Handler) -> None:
        out = handler.wfile
        if where == "body":
            out.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/n-triples\r\n\r\n")
        if where == "head":
            out.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(100):
            if where != "nothing":
                out.write(b"HTTP/1.1 100 Continue\r\n\r\n" if where == "continue" else b"#")
                out.flush()
            time.sleep(0.05)

    site.answer = slow
    start = time.monotonic()
    assert "within the time" in refusal(fetcher(site, seconds=0.6), site.address, "not-fetched")
    assert 0.5 < time.monotonic() - start < 3


def test_a_look_up_has_a_time():
    """A resolver that hangs is not waited for."""
    released = threading.Event()

    def hanging(host: str, port: int) -> list[str]:
        released.wait(20)
        return []

    fetcher = Fetcher(Partners.read("partner.example"), Bounds(seconds=0.3), resolve=hanging)
    start = time.monotonic()
    assert "within the time" in refusal(fetcher, "https://partner.example/", "not-fetched")
    assert time.monotonic() - start < 3
    released.set()


def test_what_is_no_http_is_said(site):
    """Another protocol, or too many headers, is no answer."""
    site.answer = lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n") and None
    refusal(fetcher(site), site.address, "not-fetched")
    site.answer = plain(media_type=N_TRIPLES + "\r\nX: y" * 200)
    refusal(fetcher(site), site.address, "not-fetched")


# --- https ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module", name="certificate")
def a_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "partner")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


def test_https_is_checked(certificate):
    """A certificate that is trusted will do; one that is not is refused before anything is asked."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with serving(server_side) as site:
        partners = Partners.read(site.address)
        detail = refusal(Fetcher(partners), site.address, "not-fetched")
        assert "certificate" in detail
        assert site.asked == []
        found = Fetcher(partners, tls=trusting).fetch(site.address, [N_TRIPLES])
        assert found.body == BODY
        site.answer = plain(status=302, Location=site.address.replace("https", "http"))
        refusal(Fetcher(partners, tls=trusting), site.address, "not-a-partner")


def test_a_tls_handshake_has_a_time(site):
    """A server that never answers a handshake is left at the deadline."""
    entry = site.address.replace("http", "https")
    start = time.monotonic()
    refusal(Fetcher(Partners.read(entry), Bounds(seconds=0.6)), entry, "not-fetched")
    assert time.monotonic() - start < 3


# --- the setting ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "origin"),
    [
        ("plymouth.gov.uk", Partner("https", "plymouth.gov.uk", 443)),
        ("https://Plymouth.GOV.uk/", Partner("https", "plymouth.gov.uk", 443)),
        ("https://plymouth.gov.uk:8443", Partner("https", "plymouth.gov.uk", 8443)),
        ("http://plymouth.gov.uk:8080", Partner("http", "plymouth.gov.uk", 8080)),
        ("http://127.0.0.1:8081", Partner("http", "127.0.0.1", 8081)),
        ("http://10.1.2.3", Partner("http", "10.1.2.3", 80)),
        ("http://[::1]:8081", Partner("http", "::1", 8081)),
    ],
)
def test_entries(entry, origin):
    """Each kind of entry, and that it is written as it is read."""
    partners = Partners.read(entry)
    assert partners.origins == (origin,)
    assert Partners.read(str(partners)) == partners


@pytest.mark.parametrize(
    "entry",
    [
        "http://plymouth.gov.uk",
        "https://plymouth.gov.uk/graphs",
        "ftp://plymouth.gov.uk",
        "https://a@b.uk",
        "http://169.254.169.254",
        "http://0.0.0.0:80",
        "http://224.0.0.1",
        "https://b.uk?x",
        "https://b.uk:port",
        "https://müller.example",
        "https://",
        "http://[fe80::1]",
        "*",
    ],
)
def test_what_is_no_entry(entry):
    """A path, a user, http by name without a port, and addresses that are nobody's are refused."""
    if entry == "*":
        assert Partner("https", "plymouth.gov.uk", 443) not in Partners.read(entry)
        return
    with pytest.raises(ValueError, match="."):
        Partners.read(entry)
