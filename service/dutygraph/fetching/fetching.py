"""Fetching one document from a partner, safely.

Owns: every connection that this service opens to somebody else's host, and its bounds (SECURITY
S16). Must not: know what is fetched, or what it is for.

A name is resolved once, every address that it has is judged, and the connection goes to one of those
addresses: a name that answers otherwise a moment later leads nowhere else. A redirect is judged as if
somebody had asked for it; each goes through the same door.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urljoin, urlsplit

from dutygraph import __version__
from dutygraph.errors import Problem
from dutygraph.fetching.addresses import is_public
from dutygraph.fetching.partners import Partner, Partners, origin_of

__all__ = ["Bounds", "Fetched", "Fetcher"]

_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK = 1 << 16
_SHOWN = 200
_ENCODINGS = ("", "identity", "gzip")
Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Bounds:
    """What one fetch may take.

    Args:
        seconds: from the first look-up to the last byte, redirects included.
        bytes: of the body, decompressed.
        redirects: how many are followed.
    """

    seconds: float = 20.0
    bytes: int = 10 * 1024 * 1024
    redirects: int = 3


@dataclass(frozen=True)
class Fetched:
    """What was fetched.

    Args:
        address: where it was found, after redirects.
        media_type: in lower case, without parameters.
        body: all of it.
    """

    address: str
    media_type: str
    body: bytes

    @property
    def origin(self) -> Partner:
        """Whose it is."""
        return origin_of(urlsplit(self.address))


def _system_addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Fetcher:
    """Fetches from partners.

    Args:
        partners: who may be asked.
        bounds: of each fetch.
        resolve: from a name and a port to its addresses; the system's where it is left out.
        tls: how https is checked; the system's trust where it is left out.
    """

    def __init__(
        self,
        partners: Partners,
        bounds: Bounds | None = None,
        resolve: Resolve = _system_addresses,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._partners, self._bounds, self._resolve = partners, bounds or Bounds(), resolve
        self._tls = tls

    def fetch(self, address: str, media_types: Collection[str], stay: bool = False) -> Fetched:
        """Fetch a document.

        Args:
            address: absolute.
            media_types: what it may be, the favourite first.
            stay: whether redirects have to stay at the address's own origin.

        Raises:
            Problem: `not-a-partner`, where the address or a redirect is not allowed; `not-fetched`,
                with the reason; it has `extra["remoteStatus"]` where the partner answered.
        """
        ends = time.monotonic() + self._bounds.seconds
        first = self._allowed(address)
        for _ in range(self._bounds.redirects + 1):
            origin = self._allowed(address)
            if stay and origin != first:
                raise Problem(
                    "not-a-partner",
                    f"{first} leads to {origin}, and only its own answer counts here.",
                )
            found = self._once(address, origin, media_types, ends)
            if isinstance(found, Fetched):
                return found
            address = found
        raise _failed(address, f"it leads on more than {self._bounds.redirects} times")

    def _allowed(self, address: str) -> Partner:
        try:
            if any(ord(c) <= ord(" ") or ord(c) > ord("~") for c in address):
                raise ValueError("it holds a character that has to be escaped")
            origin = origin_of(urlsplit(address))
        except ValueError as error:
            raise Problem(
                "not-a-partner", f"“{address[:_SHOWN]}” is not fetched: {error}."
            ) from error
        if origin not in self._partners:
            raise Problem(
                "not-a-partner",
                f"“{address[:_SHOWN]}” is not fetched: {origin} is not among the partners. Whoever "
                "runs this service adds a host to the setting DUTYGRAPH_PARTNERS.",
            )
        return origin

    def _once(
        self, address: str, origin: Partner, media_types: Collection[str], ends: float
    ) -> Fetched | str:
        """One request: what was found, or where a redirect leads."""
        with _as_problems(address), self._connected(origin, ends) as (connection, watch):
            connection.request("GET", _target(address), headers=_headers(origin, media_types))
            with contextlib.closing(connection.getresponse()) as response:
                found = self._answer(address, response, media_types)
            # What was cut off at the deadline looks like a whole answer that is short.
            watch.check()
            return found

    def _answer(
        self, address: str, response: HTTPResponse, media_types: Collection[str]
    ) -> Fetched | str:
        if response.status in _REDIRECTS:
            return urljoin(address, response.headers.get("Location", "")).partition("#")[0]
        if response.status != 200:
            raise _failed(address, f"the answer is {response.status}", response.status)
        media_type = response.headers.get_content_type().lower()
        if media_type not in media_types:
            raise _failed(address, f"it is {media_type[:60]}, and not {' or '.join(media_types)}")
        return Fetched(address, media_type, self._body(address, response))

    @contextlib.contextmanager
    def _connected(self, origin: Partner, ends: float) -> Iterator[tuple[HTTPConnection, _Watch]]:
        where = self._address_of(origin, ends)
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        raw = socket.create_connection((where, origin.port), timeout=left)
        with contextlib.closing(raw), _Watch(raw, ends) as watch:
            connected: socket.socket = raw
            if origin.scheme == "https":
                tls = self._tls or ssl.create_default_context()
                connected = tls.wrap_socket(raw, server_hostname=origin.host)
            connection = HTTPConnection(origin.host, origin.port)
            connection.sock = connected
            try:
                yield connection, watch
            except Exception:
                # Whatever a cut-off answer looks like, it was the time.
                watch.check()
                raise
            finally:
                connection.close()
                connected.close()

    def _address_of(self, origin: Partner, ends: float) -> str:
        """The one address to connect to."""
        if origin.literal is not None:
            # The setting itself spells it out.
            return str(origin.literal)
        found = _within(ends, lambda: self._resolve(origin.host, origin.port))
        bad = [a for a in found if not is_public(ipaddress.ip_address(a.partition("%")[0]))]
        if bad or not found:
            raise Problem(
                "not-a-partner",
                f"{origin} is not fetched: its name leads to no public address, but into a network "
                "of this machine or of its owner.",
            )
        return found[0]

    def _body(self, address: str, response: HTTPResponse) -> bytes:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in _ENCODINGS:
            raise _failed(address, f"it is compressed in a way that is not read, {encoding[:40]}")
        # 31: a gzip wrapper around the largest window.
        inflate = zlib.decompressobj(31) if encoding == "gzip" else None
        limit, found = self._bounds.bytes, bytearray()
        while chunk := response.read1(_CHUNK):
            found += chunk if inflate is None else inflate.decompress(chunk, limit + 1 - len(found))
            if len(found) > limit:
                raise _failed(address, f"it has more than {limit:,} bytes")
            if inflate is not None and inflate.unused_data:
                # It would be gathered without a bound.
                raise _failed(address, "its compressed body is broken")
        if inflate is not None and not inflate.eof:
            raise _failed(address, "its compressed body is broken")
        if response.length:
            raise _failed(address, "it broke off")
        return bytes(found)


class _Watch:
    """Shuts a connection at its deadline, however slowly the other side sends."""

    def __init__(self, connection: socket.socket, ends: float) -> None:
        # TLS takes the socket over; this one stays, and is the same connection.
        self._connection, self._is_over = connection.dup(), False
        self._timer = threading.Timer(max(0.0, ends - time.monotonic()), self._shut)
        self._timer.daemon = True

    def __enter__(self) -> _Watch:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()
        self._connection.close()

    def _shut(self) -> None:
        self._is_over = True
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def check(self) -> None:
        """Say that it was shut.

        Raises:
            TimeoutError: it was.
        """
        if self._is_over:
            raise TimeoutError


def _within(ends: float, work: Callable[[], list[str]]) -> list[str]:
    """Do what cannot be interrupted, and do not wait for it beyond the deadline."""
    found: list[list[str]] = []
    failed: list[OSError | UnicodeError] = []

    def run() -> None:
        try:
            found.append(work())
        except (OSError, UnicodeError) as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(max(0.0, ends - time.monotonic()))
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError
    return found[0]


@contextlib.contextmanager
def _as_problems(address: str) -> Iterator[None]:
    """What goes wrong on the way, in words that tell nothing of what is inside."""
    try:
        yield
    except TimeoutError:
        raise _failed(address, "it did not answer whole within the time that it has") from None
    except ssl.SSLCertVerificationError as error:
        raise _failed(address, "its certificate is not one that is trusted here") from error
    except (socket.gaierror, UnicodeError) as error:
        raise _failed(address, "its name is not known") from error
    except zlib.error as error:
        raise _failed(address, "its compressed body is broken") from error
    except (OSError, HTTPException) as error:
        raise _failed(address, "no answer came, or none that can be read") from error


def _failed(address: str, why: str, status: int | None = None) -> Problem:
    return Problem(
        "not-fetched",
        f"{address[:_SHOWN]} was not fetched: {why}.",
        extra={} if status is None else {"remoteStatus": status},
    )


def _target(address: str) -> str:
    parts = urlsplit(address)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _headers(origin: Partner, media_types: Collection[str]) -> dict[str, str]:
    accept = ", ".join(f"{m};q={1 - i / 10:.1f}" for i, m in enumerate(media_types))
    return {
        "Host": str(origin).partition("://")[2],
        "Accept": accept,
        "Accept-Encoding": "gzip",
        "Connection": "close",
        "User-Agent": f"DutyGraph/{__version__}",
    }
