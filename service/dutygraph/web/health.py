"""GET /health: whether the service can do its work, for people and for load balancers.

Owns: what is said of it. Must not make work for a service that is busy.
"""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import request

from dutygraph import __version__
from dutygraph.web.parameters import Parameter, read_parameters
from dutygraph.web.service import service

PARAMETERS: tuple[Parameter, ...] = ()

blueprint = APIBlueprint("health", __name__, tag="Service")


@blueprint.get("/health")
def health() -> dict[str, Any]:
    """Say whether the engines answer, and which versions are here.

    “busy” means that every worker is at work, which is no fault.
    """
    read_parameters(request.args.items(multi=True), PARAMETERS)
    engines = service().engines()
    rulebook = service().rulebook
    return {
        "status": "busy" if engines is None else "ok",
        "software": f"dutygraph {__version__}",
        "rulebook": rulebook.version,
        "lawAsAt": rulebook.law_as_at,
        "rules": len(rulebook.rules),
        "engines": engines,
    }
