"""POST /what-if: what a change would do. Keeps nothing.

Owns: what the resource takes and gives. Must not assess: that is done in a worker.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.errors import Problem
from dutygraph.renderings import as_html, what_if_forms
from dutygraph.report import Json
from dutygraph.web.asked import check_address, read_asked
from dutygraph.web.parameters import (
    AS_AT,
    ASSUME,
    LAW_AS_AT,
    ONE_ENGINE,
    format_of,
)
from dutygraph.web.service import service
from dutygraph.web.submission import Fields, Submission, read_fields
from dutygraph.web.validate import options_in
from dutygraph.web.worked import OFFERS, answered

PARAMETERS = (AS_AT, LAW_AS_AT, ASSUME, ONE_ENGINE, format_of([o.name for o in OFFERS]))
FIELDS = {
    "before": "The description before the change.",
    "after": "The description after the change, unless a patch is given.",
    "patch": "The change as an RDF Patch, unless a description after it is given.",
    "partner": "A partner's own description; several may be given.",
}

blueprint = APIBlueprint("what_if", __name__, tag="Assessment")


@blueprint.post("/what-if")
def what_if() -> Response:
    """Say what a change would do.

    The body is a form with the description before the change, the one after it or a patch, and
    any partners' descriptions. Nothing that is sent is kept.
    """
    check_address(PARAMETERS, OFFERS)
    fields = read_fields(request, service().settings.body_limit, list(FIELDS))
    given, offer = read_asked(
        PARAMETERS,
        OFFERS,
        (s.data for parts in fields.parts.values() for s in parts),
        fields.others,
    )
    before, change, partners = _taken(fields)
    answer = service().workers.what_if(
        (before.data, before.media_type), change, partners, options_in(given), _FORMS[offer.name]
    )
    return answered(answer, offer, "effects")


def _taken(
    fields: Fields,
) -> tuple[Submission, tuple[bytes, str] | bytes, list[tuple[bytes, str]]]:
    """The description before, the change and the partners' descriptions."""
    before, after = fields.parts.get("before", []), fields.parts.get("after", [])
    patch = fields.parts.get("patch", [])
    if len(before) != 1 or len(after) + len(patch) != 1:
        raise Problem(
            "bad-parameter",
            "The form takes one description in “before”, and either one in “after” or an RDF Patch in "
            "“patch”.",
            extra={"parameter": "before" if len(before) != 1 else "after"},
        )
    change = patch[0].data if patch else (after[0].data, after[0].media_type)
    partners = [(p.data, p.media_type) for p in fields.parts.get("partner", [])]
    return before[0], change, partners


_FORMS: dict[str, Callable[[Json], bytes]] = {
    "json": what_if_forms.what_if_as_json,
    "text": what_if_forms.what_if_as_text,
    "csv": what_if_forms.what_if_as_csv,
    # The service has the style sheet and the rules' pages at addresses of its own.
    "html": partial(as_html.what_if_page, stylesheet="/static/style.css", rules_at="/rules/"),
}
