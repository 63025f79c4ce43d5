"""What the pages of other sites may do here (SECURITY S22).

Owns: Cross-Origin Resource Sharing (Fetch Standard, section 3.3), and the two lines in front of every
write. Must not: judge a token; that is whose graph is written.

There are no cookies and no sessions, so that a browser adds nothing of its own to a request, and a
forged one can do no more than its forger: every page may read, and may have work done that keeps
nothing. A write needs a bearer token, which no form can send; and where a browser says that another
site made it, it is refused as well. No form of ours writes: none needs a token against forgery.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from apiflask import APIFlask
from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from dutygraph.errors import Problem
from dutygraph.settings import Settings
from dutygraph.web.kinds import Kind, kind_of

__all__ = ["EXPOSED", "install"]

EXPOSED = "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After"
# No Authorization: a token belongs to a program and not to a page of somebody else.
_REQUEST_HEADERS = "Accept, Content-Type, If-Modified-Since, If-None-Match"
_METHODS = ("GET", "HEAD", "POST")
_PREFLIGHT_SECONDS = 7200
_OWN_SITE = ("same-origin", "none")


def install(app: APIFlask, settings: Settings) -> None:
    """Guard the writes of an application, and let other sites read the rest."""
    own = _origin(settings.public_address)

    def guard() -> None:
        # Without a view there is nothing to write to, and the answer is 404 or 405.
        if request.url_rule is not None and _kind() is Kind.WRITE:
            _refuse_other_sites(own)
            _demand_a_token()

    app.before_request(guard)
    app.after_request(_share)


def _kind() -> Kind:
    return kind_of(request.method, request.endpoint)


def _refuse_other_sites(own: str) -> None:
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if (site is not None and site not in _OWN_SITE) or (origin is not None and origin != own):
        raise Problem(
            "cross-site",
            "A browser sent this from a page of another site, and pages write nothing here. Use "
            "the command line or a program of your own.",
        )


def _demand_a_token() -> None:
    """Let no write through to its view that a page could forge; whose the token is, is said there."""
    given = request.headers.get("Authorization")
    if given is None:
        raise Problem(
            "no-token",
            "Only a council writes here, with its token. Send it as Authorization: Bearer.",
        )
    scheme, _, token = given.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(
            "bad-token",
            "What came as Authorization is no bearer token. Send “Bearer” and the council's token.",
        )


def _share(response: Response) -> Response:
    """Say what a page of another site may see of an answer, or ask for."""
    asked = request.headers.get("Access-Control-Request-Method")
    if request.method == "OPTIONS" and asked is not None:
        _answer_preflight(response, asked)
    elif _kind() is not Kind.WRITE:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
    return response


def _answer_preflight(response: Response, asked: str) -> None:
    response.vary.update(["Access-Control-Request-Method", "Access-Control-Request-Headers"])
    shared = [method for method in _METHODS if _is_shared(method)]
    if asked in shared:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Methods"] = ", ".join(shared)
        response.headers["Access-Control-Allow-Headers"] = _REQUEST_HEADERS
        response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)


def _is_shared(method: str) -> bool:
    """Whether this address takes a method that pages of other sites may use."""
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint = adapter.match(method=method)[0] if adapter else None
    except RequestRedirect:
        return method != "POST"
    except HTTPException:
        return False
    return kind_of(method, endpoint) is not Kind.WRITE


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
