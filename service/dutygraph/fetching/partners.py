"""The hosts that may be asked: the setting DUTYGRAPH_PARTNERS.

Owns: what an entry means, and which addresses it allows (SECURITY S16). Must not: use the network.

| entry | allows |
| --- | --- |
| `plymouth.gov.uk` or `https://plymouth.gov.uk` | https on port 443 |
| `https://plymouth.gov.uk:8443` | https on that port |
| `http://plymouth.gov.uk:8080` | http, in clear, on that port: the operator wrote it so |
| `http://127.0.0.1:8081` | that address, which may be one of this machine or network |

A name never leads to an address that is not global; an address that the entry itself spells out may.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

__all__ = ["Partner", "Partners", "origin_of"]

_PORTS = {"https": 443, "http": 80}
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Partner:
    """One origin: what is asked is always at one of these.

    Args:
        scheme: “https” or “http”.
        host: in lower case, in ASCII; an address without brackets.
        port: the port.
    """

    scheme: str
    host: str
    port: int

    @property
    def literal(self) -> _Address | None:
        """The network address, where the host is one."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    def __str__(self) -> str:
        """As the setting writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


@dataclass(frozen=True)
class Partners:
    """The origins that may be asked.

    Args:
        origins: each of them.
    """

    origins: tuple[Partner, ...] = ()

    @classmethod
    def read(cls, text: str) -> Partners:
        """Read the setting.

        Args:
            text: entries with spaces or commas between them.

        Raises:
            ValueError: an entry is none; the message says which and why.
        """
        return cls(tuple(dict.fromkeys(_entry(word) for word in text.replace(",", " ").split())))

    def __contains__(self, origin: Partner) -> bool:
        """Whether an origin may be asked."""
        return origin in self.origins

    def __str__(self) -> str:
        """As the setting writes it."""
        return " ".join(str(origin) for origin in self.origins)

    @classmethod
    def of(cls, origins: Iterable[Partner]) -> Partners:
        """The partners with these origins."""
        return cls(tuple(origins))


def origin_of(parts: SplitResult) -> Partner:
    """The origin of an address (RFC 6454).

    Raises:
        ValueError: it is no absolute http or https address, or it names a user.
    """
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("it is no address that begins with https://")
    if "@" in parts.netloc:
        raise ValueError("it names a user")
    if not parts.netloc.isascii() or "%" in parts.netloc or "\\" in parts.netloc:
        raise ValueError("its host is not plain ASCII; write a name with umlauts as xn--…")
    host = parts.hostname.lower().rstrip(".")
    port = parts.port or _PORTS[parts.scheme]
    return Partner(parts.scheme, str(Partner("http", host, 1).literal or host), port)


def _entry(word: str) -> Partner:
    parts = urlsplit(word if "://" in word else f"https://{word}")
    try:
        origin = origin_of(parts)
    except ValueError as error:
        raise ValueError(f"“{word[:80]}” cannot be used: {error}") from error
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"“{word[:80]}” has a path: an entry is a host, with a port if need be")
    literal = origin.literal
    if origin.scheme == "http" and literal is None and parts.port is None:
        raise ValueError(f"“{word[:80]}” is http without a port: write https, or the port")
    if literal is not None and (
        literal.is_unspecified or literal.is_multicast or literal.is_link_local
    ):
        raise ValueError(f"“{word[:80]}” is no address of a partner")
    return origin
