"""GET /: what this is, and where everything else is.

Owns: the front page and its JSON. Must not: hold what has a page of its own.
"""

from __future__ import annotations

import json

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph import __version__
from dutygraph.negotiation import Offer, choose
from dutygraph.renderings.as_html import environment
from dutygraph.web.forms import TASKS
from dutygraph.web.parameters import format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

OFFERS = (Offer("html", "text/html"), Offer("json", "application/json"))
PARAMETERS = (format_of([o.name for o in OFFERS]),)

blueprint = APIBlueprint("front", __name__, tag="Service")


@blueprint.get("/")
def front() -> Response:
    """Say what there is here."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    body = _page() if offer.name == "html" else _links()
    response = Response(body, content_type=content_type(offer))
    response.vary.add("Accept")
    return response


def _page() -> str:
    page = environment().get_template("front.html")
    return page.render(
        tasks=TASKS,
        rulebook=service().rulebook,
        has_store=service().store is not None,
        log_days=service().settings.log_days,
    )


def _links() -> str:
    base = service().settings.public_address
    links = {
        "software": f"dutygraph {__version__}",
        "validate": base + "validate",
        "compare": base + "compare",
        "what-if": base + "what-if",
        "repair": base + "repair",
        "agree": base + "agree",
        "rules": base + "rules",
        "sparql": base + "sparql",
        "queries": base + "queries",
        "graphs": base + "graphs",
        "partners": base + "partners",
        "feed": base + "feed",
        "dataset": base + "doc/dataset",
        "ontology": base + "def/",
        "openapi": base + "openapi.json",
        "health": base + "health",
    }
    return json.dumps(links, indent=2) + "\n"
