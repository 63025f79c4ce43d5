"""Who asks: the token of a request (RFC 6750).

Owns: reading the Authorization header, and which answers are for one reader alone. Must not: know
what a graph may hold.
"""

from __future__ import annotations

from flask import Response, request

from dutygraph.errors import Problem
from dutygraph.publishing.tokens import Token
from dutygraph.web.service import service

__all__ = ["mark_as_read_by", "presented", "required"]

_SCHEME = "bearer"


def presented() -> Token | None:
    """The token of the current request, or None where it presents none.

    Raises:
        Problem: bad-token: who shows a token is never taken for somebody without one.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, value = header.partition(" ")
    token = service().tokens().recognise(value.strip()) if scheme.lower() == _SCHEME else None
    if token is None:
        raise Problem(
            "bad-token",
            "The token is not one of this service, or it was revoked. Ask the operator for a new "
            "one, and send it as Authorization: Bearer, then the token.",
        )
    return token


def required(authority: str) -> Token:
    """The token of the current request, which has to be that of a council.

    Args:
        authority: the last part of the council's identifier.

    Raises:
        Problem: no-token, bad-token or not-yours.
    """
    token = presented()
    if token is None:
        raise Problem(
            "no-token",
            f"This is for {authority} alone. Send its token, as Authorization: Bearer and the "
            "token; the operator makes one with `dutygraph token new`.",
        )
    if token.authority != authority:
        raise Problem(
            "not-yours",
            f"The token is that of {token.authority}, and this is for {authority} alone. A council "
            f"writes its own graphs, which begin with /graphs/{token.authority}/.",
        )
    return token


def mark_as_read_by(response: Response) -> None:
    """Keep an answer to somebody with a token from everybody else's cache."""
    response.vary.add("Authorization")
    if "Authorization" in request.headers:
        response.headers["Cache-Control"] = "private, no-cache"
