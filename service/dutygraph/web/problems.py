"""Errors as people and programs get them: one shape, RFC 9457, whatever went wrong.

Owns: which problem an HTTP error is, and its two forms, JSON and a page. Must not decide what is an
error, nor show the text of an exception (SECURITY S23).
"""

from __future__ import annotations

import json
import logging

from apiflask import APIFlask
from flask import Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from dutygraph.errors import Problem
from dutygraph.negotiation import Offer, choose
from dutygraph.renderings.as_html import environment
from dutygraph.web.service import service
from dutygraph.web.submission import hear_out
from dutygraph.workers import log_privately

__all__ = ["MEDIA_TYPE", "as_response", "install"]

MEDIA_TYPE = "application/problem+json"
_OFFERS = (
    Offer("json", MEDIA_TYPE),
    # A caller who only takes JSON gets what was asked for, under its more exact name.
    Offer("json", "application/json"),
    Offer("html", "text/html"),
)
# RFC 6750, section 3.1: a request without a token is told of no error.
_CHALLENGES = {
    "no-token": "",
    "bad-token": ', error="invalid_token"',
    "not-yours": ', error="insufficient_scope"',
}
# Of files that the operator alone can mend; their texts name paths (SECURITY S23).
_OF_OUR_FILES = ("unreadable-file", "bad-key", "store-in-use")
_LOG = logging.getLogger("dutygraph.web")
_OF_STATUS = {
    404: ("not-found", "There is nothing at this address. The front page, /, says what there is."),
    405: ("method-not-allowed", "This address does not take the method {method}."),
    406: ("not-acceptable", "What you accept cannot be given here."),
    413: ("too-large", "The body is larger than what is read here."),
    415: ("unsupported-media-type", "This media type is not read here."),
}


def install(app: APIFlask) -> None:
    """Answer every error of an application with a problem."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def as_response(problem: Problem) -> Response:
    """A problem as an answer: JSON, or a page where the asker would rather have HTML."""
    # What is refused before its body is read is heard out all the same.
    hear_out(request, service().settings.body_limit)
    fields = problem.as_dict()
    if _wants_html():
        page = environment().get_template("problem.html").render(problem=fields)
        response = Response(page, problem.kind.status, content_type="text/html; charset=utf-8")
    else:
        body = json.dumps(fields, indent=2, ensure_ascii=False) + "\n"
        response = Response(body, problem.kind.status, content_type=MEDIA_TYPE)
    if "retryAfter" in problem.extra:
        response.headers["Retry-After"] = str(problem.extra["retryAfter"])
    slug = problem.kind.slug
    if slug in _CHALLENGES:
        response.headers["WWW-Authenticate"] = f'Bearer realm="DutyGraph"{_CHALLENGES[slug]}'
    if problem.extra.get("etag"):
        response.headers["ETag"] = problem.extra["etag"]
    if "allow" in problem.extra:
        response.headers["Allow"] = ", ".join(problem.extra["allow"])
    # For the counts of the service, which know the catalogue's words and no others.
    g.problem = problem.kind.slug
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


def _problem(problem: Problem) -> Response:
    """A problem for whoever asked; what is wrong with our own files is for the operator."""
    if problem.slug not in _OF_OUR_FILES:
        return as_response(problem)
    return _internal(log_privately(_LOG, problem.detail, problem))


def _wants_html() -> bool:
    wanted = request.args.get("format")
    if wanted is not None:
        return wanted in ("html", "text/html")
    try:
        return choose(request.headers.get("Accept"), None, _OFFERS).name == "html"
    except Problem:
        return False


def _http_error(error: HTTPException) -> Response | HTTPException:
    if isinstance(error, RequestRedirect):
        return error
    if error.code is None or error.code >= 500:
        return _unexpected(error)
    slug, detail = _OF_STATUS.get(
        error.code, ("bad-parameter", "The request cannot be understood.")
    )
    response = as_response(Problem(slug, detail.format(method=request.method)))
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    return _internal(log_privately(_LOG, f"answering {request.url_rule}", error))


def _internal(incident: str) -> Response:
    return as_response(
        Problem(
            "internal",
            "The fault is on this side and is in the log. Nothing was kept. If it happens again, "
            f"report incident {incident}.",
            extra={"instance": f"urn:dutygraph:incident:{incident}"},
        )
    )
