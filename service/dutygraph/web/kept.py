"""What a graph that is kept here says, for whoever asks: a council's, or a partner's.

Owns: finding it by its identifier or its path, as the reader may see it. Must not: answer a request.
"""

from __future__ import annotations

import re

from dutygraph.errors import Problem
from dutygraph.publishing.names import GraphKind, GraphName
from dutygraph.terms import BASE
from dutygraph.web.access import presented
from dutygraph.web.graphs import require_there, unknown
from dutygraph.web.service import service

__all__ = ["said_in"]

_SHOWN = 300


def said_in(graph: str) -> bytes:
    """The statements of a published graph or of a partner's, as N-Triples.

    Args:
        graph: its identifier, its address here or its path.

    Raises:
        Problem: unknown-graph, withdrawn, or what the store raises.
    """
    path = graph.removeprefix(service().settings.public_address).removeprefix(BASE).lstrip("/")
    if found := re.fullmatch(GraphKind.PUBLISHED.value, BASE + path):
        named = GraphName(found["authority"], found["name"])
        token = presented()
        own = token is not None and token.authority == named.authority
        state = service().publisher().state(named, own)
        if state is None:
            raise unknown(named.published)
        require_there(named, state)
        return state.statements
    if found := re.fullmatch(GraphKind.PARTNER.value, BASE + path):
        kept = service().subscriptions().kept(GraphName(found["authority"], found["name"]))
        if kept is not None:
            return kept.form
    raise Problem(
        "unknown-graph",
        f"No graph “{graph[:_SHOWN]}” is kept here. /graphs lists what councils have published, and "
        "/partners what is kept of partners.",
    )
