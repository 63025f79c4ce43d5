"""POST /agree: whether several sides agree. Keeps nothing.

Owns: what the resource takes and gives. Must not compare: that is done in a worker.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.negotiation import Offer, choose
from dutygraph.renderings import agreement_forms, as_html
from dutygraph.report import Json
from dutygraph.web.headers import note_body
from dutygraph.web.parameters import AS_AT, LAW_AS_AT, ONE_ENGINE, format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.submission import read_submissions
from dutygraph.web.validate import content_type, options_in

OFFERS = (
    Offer("json", "application/json"),
    Offer("html", "text/html"),
    Offer("text", "text/plain"),
    Offer("csv", "text/csv"),
)
PARAMETERS = (AS_AT, LAW_AS_AT, ONE_ENGINE, format_of([o.name for o in OFFERS]))

blueprint = APIBlueprint("agree", __name__, tag="Assessment")


@blueprint.post("/agree")
def agree() -> Response:
    """Hold what several sides say of the arrangements between them against each other.

    The body is a form with a file or text for each side, or a dataset with a structure in each named
    graph. Each description is the word of the authorities that its structure describes. Nothing that
    is sent is kept.
    """
    asked = list(request.args.items(multi=True))
    # Before the body is read, so that a slip in the address costs nothing.
    choose(request.headers.get("Accept"), read_parameters(asked, PARAMETERS).get("format"), OFFERS)
    submissions = read_submissions(request, service().settings.body_limit)
    note_body(b"".join(s.data for s in submissions))
    given = read_parameters([*asked, *submissions[0].fields], PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    answer = service().workers.agree(
        [(s.data, s.media_type) for s in submissions], options_in(given), _FORMS[offer.name]
    )
    response = Response(answer, content_type=content_type(offer))
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


_FORMS: dict[str, Callable[[Json], bytes]] = {
    "json": agreement_forms.agreement_as_json,
    "text": agreement_forms.agreement_as_text,
    "csv": agreement_forms.agreement_as_csv,
    # The service has the style sheet and the rules' pages at addresses of its own.
    "html": partial(as_html.agreement_page, stylesheet="/static/style.css", rules_at="/rules/"),
}
