"""What every answer carries, and the one line of log that it leaves.

Owns: the security headers (SECURITY S19) and the log without personal data (S24). Must not: look
into a body.

What is logged of a request: when, its method, its route, the status and the seconds of the answer,
the bytes that came and went, and the first digits of the SHA-256 of what was sent, by which two
equal ones are known. What is not: an address, whole or in part; the path and the parameters; a
header, least of all a token; a query; a graph. The service writes it to stderr and keeps nothing.
"""

from __future__ import annotations

import hashlib
import logging
from time import monotonic

from apiflask import APIFlask
from flask import Response, g, request

from dutygraph.web.metrics import METHODS

__all__ = ["install", "note_body"]

_LOG = logging.getLogger("dutygraph.web")
_SECURITY = {
    # No script at all: the pages have none.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def install(app: APIFlask) -> None:
    """Put the headers on every answer of an application, and log it."""
    app.before_request(_start)
    app.after_request(_finish)


def note_body(body: bytes) -> None:
    """Keep the size and the hash of a body for the log: enough to find it again, and no more."""
    g.body_size = len(body)
    g.body_hash = hashlib.sha256(body).hexdigest()[:12]


def _start() -> None:
    g.started = monotonic()


def _finish(response: Response) -> Response:
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    took = 1000 * (monotonic() - g.get("started", monotonic()))
    # The route and not the path, which a caller may fill with anything, as the method.
    _LOG.info(
        "request method=%s route=%s status=%d ms=%.0f in=%d out=%s sha256=%s",
        request.method if request.method in METHODS else "other",
        request.url_rule or "-",
        response.status_code,
        took,
        g.get("body_size", 0),
        response.calculate_content_length() or 0,
        g.get("body_hash", "-"),
    )
    return response
