"""GET /: what this is, and a form to try it.

Owns: the front page and its JSON. Must not assess: the form is sent to /validate.
"""

from __future__ import annotations

import json
from pathlib import Path

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph import __version__
from dutygraph.negotiation import Offer, choose
from dutygraph.parsing import SUFFIXES, SYNTAXES
from dutygraph.renderings.as_html import environment
from dutygraph.web.parameters import format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

OFFERS = (Offer("html", "text/html"), Offer("json", "application/json"))
PARAMETERS = (format_of([o.name for o in OFFERS]),)

blueprint = APIBlueprint("front", __name__, tag="Service")


def example() -> str:
    """A description that shows the form, invented; every test of the documentation runs it."""
    return (Path(__file__).parent / "examples" / "description.ttl").read_text(encoding="utf-8")


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
    names: dict[str, str] = {}
    for media_type, syntax in SYNTAXES.items():
        names.setdefault(syntax.name, media_type)
    return (
        environment()
        .get_template("front.html")
        .render(
            example=example(),
            suffixes=",".join(SUFFIXES),
            syntaxes=names,
            rulebook=service().rulebook,
            limit=service().settings.body_limit // (1024 * 1024),
            has_store=service().store is not None,
            log_days=service().settings.log_days,
        )
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
