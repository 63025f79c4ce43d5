"""POST /compare: options side by side. Keeps nothing.

Owns: what the resource takes and gives. Must not compare: that is done in a worker.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.renderings import as_html, comparison_forms
from dutygraph.report import Json
from dutygraph.web.asked import check_address, read_asked
from dutygraph.web.parameters import (
    AS_AT,
    ASSUME,
    BASELINE,
    LAW_AS_AT,
    ONE_ENGINE,
    format_of,
)
from dutygraph.web.service import service
from dutygraph.web.submission import read_submissions
from dutygraph.web.validate import options_in
from dutygraph.web.worked import OFFERS, answered

PARAMETERS = (
    AS_AT,
    LAW_AS_AT,
    ASSUME,
    ONE_ENGINE,
    BASELINE,
    format_of([o.name for o in OFFERS]),
)

blueprint = APIBlueprint("compare", __name__, tag="Assessment")


@blueprint.post("/compare")
def compare() -> Response:
    """Compare options.

    The body is a dataset with a structure in each named graph, or a form with several files or
    texts. Nothing that is sent is kept.
    """
    check_address(PARAMETERS, OFFERS)
    submissions = read_submissions(request, service().settings.body_limit)
    given, offer = read_asked(
        PARAMETERS, OFFERS, (s.data for s in submissions), submissions[0].fields
    )
    options = options_in(given)
    answer = service().workers.compare(
        [(s.data, s.media_type) for s in submissions],
        options,
        given.get("baseline"),
        _FORMS[offer.name],
    )
    return answered(answer, offer, "comparison")


_FORMS: dict[str, Callable[[Json], bytes]] = {
    "json": comparison_forms.comparison_as_json,
    "text": comparison_forms.comparison_as_text,
    "csv": comparison_forms.comparison_as_csv,
    # The service has the style sheet and the rules' pages at addresses of its own.
    "html": partial(as_html.comparison_page, stylesheet="/static/style.css", rules_at="/rules/"),
}
