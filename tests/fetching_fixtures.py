"""Partners' servers: real ones on loopback, which answer what a test wants."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dutygraph.canonical_form import canonical_form, hash_of
from dutygraph.publishing.names import GraphName
from dutygraph.signing.keyring import Keyring
from dutygraph.signing.versions import prove_version
from dutygraph.triples import RdfFormat, Triple, parse_quads

N_TRIPLES = "application/n-triples"
BODY = b"<https://e.org/s> <https://e.org/p> <https://e.org/o> .\n"
Handler = http.server.BaseHTTPRequestHandler


@dataclass
class Site:
    """A partner's server; what it answers is set by each test."""

    address: str
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[Handler], None] = lambda handler: None


def plain(
    body: bytes = BODY, status: int = 200, media_type: str = N_TRIPLES, **headers: str
) -> Callable[[Handler], None]:
    """An answer in one piece."""

    def answer(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", media_type)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A server on a loopback port, for the length of a block."""
    site = Site("")

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.headers.append(dict(self.headers))
            with contextlib.suppress(OSError):
                site.answer(self)

        def log_message(self, *args: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Answering) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        site.address = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
        site.answer = plain()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


@dataclass
class Council:
    """A partner council's service as far as a subscriber sees it, with documents to tamper with.

    Args:
        site: where it answers.
        keyring: its keys.
        name: the graph that it publishes.
    """

    site: Site
    keyring: Keyring
    name: GraphName
    documents: dict[str, bytes] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Of the graph."""
        return self.site.address + self.path

    @property
    def path(self) -> str:
        """Of the graph."""
        return f"/graphs/{self.name.authority}/{self.name.name}"

    def publish(self, turtle: bytes, number: int | None = None, now: datetime | None = None) -> int:
        """Publish a version, signed, as `dutygraph.publishing` does."""
        content = canonical_form(q.triple for q in parse_quads(turtle, RdfFormat.TURTLE))
        number = number or max(self.hashes, default=0) + 1
        self.sign(content, hash_of(content), number, now)
        return number

    def sign(
        self, content: bytes, content_hash: str, number: int, now: datetime | None = None
    ) -> None:
        """Show something as a version, with a proof of a hash."""
        when = now or datetime.now(UTC)
        signer = self.keyring.signer(self.name.authority, when)
        assert signer is not None
        earlier = [n for n in self.hashes if n < number]
        proof = prove_version(
            content_hash,
            graph=self.name.published,
            number=number,
            previous_hash=self.hashes[max(earlier)] if earlier else None,
            key=signer.key,
            private_key=signer.private_key,
            now=when,
        )
        self.hashes[number] = content_hash
        self.documents[f"{self.path}/versions/{number}"] = content
        self.documents[self.path] = content
        for at in (f"/versions/{number}/proof", "/proof"):
            self.documents[self.path + at] = written(list(proof.triples()))
        self.publish_keys()

    def publish_keys(self) -> None:
        """Show the keys as they are now."""
        authority = self.name.authority
        shown = [t for key in self.keyring.keys(authority) for t in key.triples()]
        shown += [t for e in self.keyring.endorsements(authority) for t in e.triples()]
        self.documents[f"/keys/{authority}"] = written(shown)


def written(triples: list[Triple]) -> bytes:
    """Triples as N-Triples."""
    return "".join(f"{t} .\n" for t in triples).encode()


@contextlib.contextmanager
def council(
    folder: Path, authority: str = "plymouth", name: str = "structure"
) -> Iterator[Council]:
    """A partner council with a key, for the length of a block."""
    with serving() as site:
        keyring = Keyring(folder)
        keyring.new(authority, datetime.now(UTC))
        found = Council(site, keyring, GraphName(authority, name))

        def answer(handler: Handler) -> None:
            body = found.documents.get(handler.path)
            plain(body if body is not None else b"", 200 if body is not None else 404)(handler)

        site.answer = answer
        yield found
