"""POST /validate: a description in, its report out. Keeps nothing.

Owns: what the resource takes and gives. Must not assess: that is done in a worker.

It needs no token against cross-site requests (SECURITY S22): it changes nothing and knows nobody, so
that a page of somebody else could only make a visitor's browser ask what it can ask itself.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.negotiation import Offer
from dutygraph.pipeline import Options
from dutygraph.renderings import RENDERINGS, as_html
from dutygraph.web.asked import check_address, read_asked
from dutygraph.web.described import describe_table
from dutygraph.web.parameters import (
    AS_AT,
    ASSUME,
    ENGINE,
    LAW_AS_AT,
    format_of,
)
from dutygraph.web.service import service
from dutygraph.web.submission import read_submission
from dutygraph.workers import Render

OFFERS = tuple(Offer(r.name, r.media_type) for r in RENDERINGS.values())
PARAMETERS = (AS_AT, LAW_AS_AT, ASSUME, ENGINE, format_of([o.name for o in OFFERS]))

blueprint = APIBlueprint("validate", __name__, tag="Assessment")


@blueprint.post("/validate")
def validate() -> Response:
    """Assess a description.

    A description that breaks the law is no error: the answer is 200 and the report says so.
    Nothing that is sent is kept.
    """
    check_address(PARAMETERS, OFFERS)
    submission = read_submission(request, service().settings.body_limit)
    given, offer = read_asked(PARAMETERS, OFFERS, [submission.data], submission.fields)
    options = options_in(given)
    report = service().workers.render(
        submission.data, submission.media_type, options, _rendering(offer.name)
    )
    response = Response(report, content_type=content_type(offer))
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    if offer.name == "csv":
        describe_table(response, "report")
    return response


def options_in(given: dict[str, Any]) -> Options:
    """How to assess, from the parameters of a request."""
    return Options(
        as_at=given.get("as-at"),
        law_as_at=given.get("law-as-at"),
        assume_complete=given.get("assume") == "complete",
        engine=given.get("engine", "fast"),
    )


def content_type(offer: Offer) -> str:
    """The Content-Type of a form; text says its character set, RDF and JSON have but one."""
    return offer.media_type + ("; charset=utf-8" if offer.media_type.startswith("text/") else "")


def _rendering(name: str) -> Render:
    if name == "html":
        # The service has the style sheet and the rules' pages at addresses of its own.
        return partial(as_html.render, stylesheet="/static/style.css", rules_at="/rules/")
    return RENDERINGS[name].render
