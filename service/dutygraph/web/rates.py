"""How many requests one caller may make in a minute (SECURITY S15).

Owns: whom a request is counted for, the two limits, the 429 and the header fields that say how much
is left. Must not: judge a token, or keep an address.

Every request counts for its address, and one with a token for the token too: whoever invents tokens
gains nothing, and whoever has one and many addresses does not either.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import secrets
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path

from apiflask import APIFlask
from flask import Request, Response, g, request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from werkzeug.middleware.proxy_fix import ProxyFix

from dutygraph.errors import Problem
from dutygraph.settings import PREFIX, Settings
from dutygraph.web.counts import SharedCounts
from dutygraph.web.kinds import Kind, kind_of

__all__ = ["RateCounting", "install"]

# A load balancer asks all the time, and the answer is the same for everybody.
EXEMPT = frozenset({"health.health"})
# One customer of a network has at least so much of it, and may use every address in it.
_IPV6_PREFIX = 64
_WINDOW = 60
_LOG = logging.getLogger("dutygraph.web")


@dataclass(frozen=True)
class RateCounting:
    """What the processes of a service share to count together.

    Args:
        file: where they count; None counts in this process alone.
        salt: makes an address and a token into a name that nobody can lead back.
    """

    file: Path | None = None
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)


@dataclass(frozen=True)
class _Left:
    """What a caller has left: how many requests, and for how many seconds."""

    name: str
    quota: int
    remaining: int
    seconds: int


def install(app: APIFlask, settings: Settings, counting: RateCounting) -> None:
    """Count the requests of an application, and refuse those that are too many."""
    if settings.proxies:
        # Only what our own proxies have added is believed; the caller writes the rest.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    limits = _Limits(settings, counting)
    app.before_request(limits.count)
    app.after_request(_say_what_is_left)


class _Limits:
    """The limits of one process, over counts that all share."""

    def __init__(self, settings: Settings, counting: RateCounting) -> None:
        self._limiter = FixedWindowRateLimiter(SharedCounts(counting.file))
        self._salt = counting.salt
        self._proxies, self._has_warned = settings.proxies, False
        reads, work = settings.read_rate, settings.work_rate
        self._items = {Kind.READ: _per_minute(reads), Kind.WORK: _per_minute(work)}
        # A write is validated: it costs what an assessment costs.
        self._items[Kind.WRITE] = self._items[Kind.WORK]

    def count(self) -> None:
        """Count the current request.

        Raises:
            Problem: too-many-requests.
        """
        # Where there is no view there is no work either.
        kind = kind_of(request.method, request.endpoint) if request.endpoint else Kind.READ
        item = self._items[kind]
        if item is None or request.endpoint in EXEMPT:
            return
        if not self._proxies:
            self._warn_of_a_proxy()
        name = "reads" if kind is Kind.READ else "work"
        try:
            left = [self._hit(item, name, caller) for caller in _callers(request, self._salt)]
        except sqlite3.Error as error:
            # The limit is for fairness and is no lock: the service goes on without it.
            _LOG.error("requests cannot be counted: %s", type(error).__name__)
            return
        least = min((one for one, _ in left), key=lambda one: (one.remaining, -one.seconds))
        refused = [one for one, within in left if not within]
        g.rate_left = least
        if refused:
            seconds = max(one.seconds for one in refused)
            raise Problem(
                "too-many-requests",
                f"You may make {item.amount:,} requests of this kind ({name}) in a minute, and "
                f"have made more. Nothing was read or kept. Try again in {seconds} seconds.",
                extra={"retryAfter": seconds, "limit": item.amount},
            )

    def _warn_of_a_proxy(self) -> None:
        """Say once what an operator with a proxy would otherwise wonder about."""
        if "X-Forwarded-For" in request.headers and not self._has_warned:
            self._has_warned = True
            _LOG.warning(
                "A request came with X-Forwarded-For, which is not believed: %sPROXIES is 0. "
                "Behind a proxy of yours, all callers count as one.",
                PREFIX,
            )

    def _hit(self, item: RateLimitItem, name: str, caller: str) -> tuple[_Left, bool]:
        within = self._limiter.hit(item, name, caller)
        ends, remaining = self._limiter.get_window_stats(item, name, caller)
        seconds = min(_WINDOW, max(1, math.ceil(ends - time.time())))
        return _Left(name, item.amount, remaining, seconds), within


def _per_minute(number: int) -> RateLimitItem | None:
    return RateLimitItemPerMinute(number) if number else None


def _callers(asked: Request, salt: bytes) -> list[str]:
    """Whom a request counts for; neither an address nor a token can be read from the names."""
    callers = ["address-" + _named(_network(asked.remote_addr or ""), salt)]
    scheme, _, token = asked.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        digest = hashlib.sha256(token.strip().encode()).hexdigest()
        callers.append("token-" + _named(digest, salt))
    return callers


def _network(address: str) -> str:
    """What one caller has: an IPv4 address, or the part of an IPv6 network."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
    return str(parsed)


def _named(text: str, salt: bytes) -> str:
    return hashlib.blake2b(text.encode(), key=salt, digest_size=16).hexdigest()


def _say_what_is_left(response: Response) -> Response:
    """Add the fields of draft-ietf-httpapi-ratelimit-headers (version 10)."""
    left: _Left | None = g.get("rate_left")
    if left is not None:
        response.headers["RateLimit-Policy"] = f'"{left.name}";q={left.quota};w={_WINDOW}'
        response.headers["RateLimit"] = f'"{left.name}";r={left.remaining};t={left.seconds}'
    return response
