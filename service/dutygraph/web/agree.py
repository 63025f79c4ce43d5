"""/agree: whether several sides agree, by what is sent or by what is kept here. Keeps nothing.

Owns: what the resource takes and gives. Must not compare: that is done in a worker; nor show a graph
to somebody whom it is not for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.errors import Problem
from dutygraph.negotiation import Offer, choose
from dutygraph.renderings import agreement_forms, as_html
from dutygraph.report import Json
from dutygraph.store.client import N_TRIPLES
from dutygraph.web.access import mark_as_read_by
from dutygraph.web.asked import check_address, read_asked
from dutygraph.web.kept import said_in
from dutygraph.web.parameters import (
    AS_AT,
    LAW_AS_AT,
    ONE_ENGINE,
    Parameter,
    format_of,
    read_parameters,
)
from dutygraph.web.service import service
from dutygraph.web.submission import read_submissions
from dutygraph.web.validate import options_in
from dutygraph.web.worked import OFFERS, answered

PARAMETERS = (AS_AT, LAW_AS_AT, ONE_ENGINE, format_of([o.name for o in OFFERS]))

GRAPH = Parameter(
    "graph",
    "A graph that is kept here, by its identifier or its path, of a council or of a partner; give one "
    "for each side.",
    "a graph such as /graphs/torbay/structure or /partners/plymouth/structure",
    str,
    {"type": "array", "items": {"type": "string"}, "minItems": 2},
)
# Every side is fetched from the store and read.
_MOST_SIDES = 10

blueprint = APIBlueprint("agree", __name__, tag="Assessment")


@blueprint.post("/agree")
def agree() -> Response:
    """Hold what several sides say of the arrangements between them against each other.

    The body is a form with a file or text for each side, or a dataset with a structure in each named
    graph. Each description is the word of the authorities that its structure describes. Nothing that
    is sent is kept.
    """
    check_address(PARAMETERS, OFFERS)
    submissions = read_submissions(request, service().settings.body_limit)
    given, offer = read_asked(
        PARAMETERS, OFFERS, (s.data for s in submissions), submissions[0].fields
    )
    sides = [(s.data, s.media_type) for s in submissions]
    return _agreed(sides, given, offer)


@blueprint.get("/agree")
def agree_in_store() -> Response:
    """Hold what councils have published here, and what partners' graphs say, against each other.

    With a council's token its own graph is read whole.
    """
    graphs = request.args.getlist("graph")
    # A browser also sends the fields of a form that were left empty.
    others = [(k, v) for k, v in request.args.items(multi=True) if k != "graph" and v]
    given = read_parameters(others, PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    if not 2 <= len(graphs) <= _MOST_SIDES:
        raise Problem(
            "bad-parameter",
            f"Name each side's graph with a parameter graph, two to {_MOST_SIDES} of them, such as "
            "graph=/graphs/torbay/structure&graph=/partners/plymouth/structure. /graphs and "
            "/partners list those that there are.",
            extra={"parameter": "graph"},
        )
    response = _agreed([(said_in(graph), N_TRIPLES) for graph in graphs], given, offer)
    mark_as_read_by(response)
    return response


def _agreed(sides: Sequence[tuple[bytes, str]], given: dict[str, Any], offer: Offer) -> Response:
    answer = service().workers.agree(sides, options_in(given), _FORMS[offer.name])
    return answered(answer, offer, "agreement")


_FORMS: dict[str, Callable[[Json], bytes]] = {
    "json": agreement_forms.agreement_as_json,
    "text": agreement_forms.agreement_as_text,
    "csv": agreement_forms.agreement_as_csv,
    # The service has the style sheet and the rules' pages at addresses of its own.
    "html": partial(as_html.agreement_page, stylesheet="/static/style.css", rules_at="/rules/"),
}
