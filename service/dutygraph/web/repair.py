"""POST /repair: what would put right what fails in a description. Keeps nothing.

Owns: what the resource takes and gives. Must not look for a repair: that is done in a worker.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.renderings import as_html, repair_forms
from dutygraph.report import Json
from dutygraph.web.asked import check_address, read_asked
from dutygraph.web.parameters import (
    AS_AT,
    ASSUME,
    LAW_AS_AT,
    ONE_ENGINE,
    RULE_ID,
    format_of,
)
from dutygraph.web.service import service
from dutygraph.web.submission import read_submission
from dutygraph.web.validate import options_in
from dutygraph.web.worked import OFFERS, answered

PARAMETERS = (AS_AT, LAW_AS_AT, ASSUME, ONE_ENGINE, RULE_ID, format_of([o.name for o in OFFERS]))

blueprint = APIBlueprint("repair", __name__, tag="Assessment")


@blueprint.post("/repair")
def repair() -> Response:
    """Say what would put right what fails in a description.

    The body is a description, or a form with a file or a text. Nothing that is sent is kept.
    """
    check_address(PARAMETERS, OFFERS)
    submission = read_submission(request, service().settings.body_limit)
    given, offer = read_asked(PARAMETERS, OFFERS, [submission.data], submission.fields)
    answer = service().workers.repair(
        submission.data,
        submission.media_type,
        options_in(given),
        given.get("rule"),
        _FORMS[offer.name],
    )
    return answered(answer, offer, "repairs")


_FORMS: dict[str, Callable[[Json], bytes]] = {
    "json": repair_forms.repairs_as_json,
    "text": repair_forms.repairs_as_text,
    "csv": repair_forms.repairs_as_csv,
    # The service has the style sheet and the rules' pages at addresses of its own.
    "html": partial(as_html.repairs_page, stylesheet="/static/style.css", rules_at="/rules/"),
}
