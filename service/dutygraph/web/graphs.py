"""GET /graphs/…: what councils have published, every version of it, its reports and its history.

Owns: the forms and the headers of what is read (SPARQL 1.1 Graph Store HTTP Protocol, sections 5.2
and 5.7). Must not: write, or show what `publishing.names` says to be for somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.errors import Problem
from dutygraph.linked.as_rdf import RDF_FORMATS, RDF_OFFERS
from dutygraph.negotiation import Offer, choose
from dutygraph.publishing.history import Event
from dutygraph.publishing.names import GraphKind, GraphName, kind_of
from dutygraph.publishing.publisher import State, digest, report_in
from dutygraph.renderings import RENDERINGS, as_html
from dutygraph.renderings.as_html import environment
from dutygraph.report import Json
from dutygraph.terms import BASE, PROV, SEC
from dutygraph.triples import parse_triples, serialize
from dutygraph.web.access import mark_as_read_by, presented, required
from dutygraph.web.conditions import conditional
from dutygraph.web.parameters import format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

HTML = Offer("html", "text/html")
JSON = Offer("json", "application/json")
# Who asks for nothing in particular gets Turtle, as from any graph store.
OFFERS = (*RDF_OFFERS, HTML)
LIST_OFFERS = (JSON, HTML)
REPORT_OFFERS = tuple(Offer(r.name, r.media_type) for r in RENDERINGS.values())
PARAMETERS = (format_of([o.name for o in OFFERS]),)
LIST_PARAMETERS = (format_of([o.name for o in LIST_OFFERS]),)
REPORT_PARAMETERS = (format_of([o.name for o in REPORT_OFFERS]),)

blueprint = APIBlueprint("graphs", __name__, tag="Publishing")


@blueprint.get("/graphs")
def published_graphs() -> Response:
    """List what councils have published."""
    given = read_parameters(request.args.items(multi=True), LIST_PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), LIST_OFFERS)
    rows = [
        {"graph": graph, "authority": parts[0], "name": parts[1], "address": path_of(graph)}
        for graph in published_now()
        for parts in [graph.rsplit("/", 2)[1:]]
    ]
    if offer == HTML:
        return _responded(_page("graphs.html", graphs=rows), offer)
    return _responded((json.dumps(rows, indent=2) + "\n").encode(), offer)


def published_now() -> list[str]:
    """The identifiers of the graphs that councils have published, and have not withdrawn.

    Raises:
        Problem: no-store, or what the store raises.
    """
    return [g for g in service().publisher().graphs() if kind_of(g) is GraphKind.PUBLISHED]


@blueprint.get("/graphs/<authority>/<name>")
def published(authority: str, name: str) -> Response:
    """Read the published version of a council's graph.

    Without the council's token it is without the holders of posts below the public tier.
    """
    named, own = _asked(authority, name)
    offer = _offer()
    state = service().publisher().state(named, own)
    if state is None:
        raise unknown(named.published)
    require_there(named, state)
    report = service().publisher().report(named, state.number, own)
    links = [
        (named.version(state.number), "latest-version"),
        (named.history, "version-history"),
        (named.history, PROV.base + "has_provenance"),
        (named.report(state.number), "describedby"),
        *_proof_of(named, state.number),
    ]
    return _graph(named, state, offer, report, links, f"Version {state.number}")


@blueprint.get("/graphs/<authority>/<name>/draft")
def draft(authority: str, name: str) -> Response:
    """Read the draft of a graph, with its council's token."""
    named, state = draft_of(authority, name)
    offer = _offer()
    kept = service().publisher().read(named.report_of_draft)
    report = report_in(kept.statements) if kept else None
    links = [(named.report_of_draft, "describedby"), (named.published, "original")]
    return _graph(named, state, offer, report, links, "Draft")


@blueprint.get("/graphs/<authority>/<name>/draft/report")
def report_of_draft(authority: str, name: str) -> Response:
    """Read the report on the draft, with its council's token."""
    named, _ = draft_of(authority, name)
    kept = service().publisher().read(named.report_of_draft)
    if kept is None:
        raise _no_draft(named)
    return _report(report_in(kept.statements))


@blueprint.get("/graphs/<authority>/<name>/versions/<int:number>")
def version(authority: str, name: str, number: int) -> Response:
    """Read a version of a graph; it stays as it is for good."""
    named, own = _asked(authority, name)
    offer = _offer()
    event = _event(named, number)
    statements = service().publisher().version(named, number, own)
    if statements is None:
        raise _hidden(named.version(number))
    state = State(number, event.moment, statements, f"{number}-{digest(statements)}")
    report = service().publisher().report(named, number, own)
    links = [
        (named.published, "latest-version"),
        (named.history, "version-history"),
        (named.history, PROV.base + "has_provenance"),
        (named.report(number), "describedby"),
        *_proof_of(named, number),
    ]
    return _graph(named, state, offer, report, links, f"Version {number}")


@blueprint.get("/graphs/<authority>/<name>/versions/<int:number>/report")
def report(authority: str, name: str, number: int) -> Response:
    """Read the report that was made of a version when it was written."""
    named, own = _asked(authority, name)
    _event(named, number)
    found = service().publisher().report(named, number, own)
    if found is None:
        raise _hidden(named.report(number))
    return _report(found)


@blueprint.get("/graphs/<authority>/<name>/history")
def history(authority: str, name: str) -> Response:
    """Read who published what, when and from what, in PROV-O."""
    named, _ = _asked(authority, name)
    offer = _offer()
    kept = service().publisher().history(named)
    if kept is None:
        raise unknown(named.published)
    if offer == HTML:
        events = [
            {"event": e, "address": path_of(e.version) if e.version else None}
            for e in reversed(kept.events())
        ]
        page = _page("history.html", named=named, address=path_of(named.published), events=events)
        return _responded(page, offer)
    return _responded(as_rdf(kept.statements, offer), offer)


# --- what was asked for ---------------------------------------------------------------------------


def draft_of(authority: str, name: str) -> tuple[GraphName, State]:
    """A draft, for its council.

    Raises:
        Problem: no-token, bad-token, not-yours, or unknown-graph. Whether there is a draft is told
            to nobody else.
    """
    required(authority)
    named = named_for_reading(authority, name)
    state = service().publisher().draft(named)
    if state is None:
        raise _no_draft(named)
    return named, state


def _no_draft(named: GraphName) -> Problem:
    return Problem(
        "unknown-graph",
        f"There is no draft of {named.published}. PUT to {path_of(named.draft)} writes one; it is "
        "gone once it is published.",
    )


def named_for_reading(authority: str, name: str) -> GraphName:
    """The graph of an address; what cannot be a name names nothing."""
    try:
        return GraphName(authority, name)
    except Problem as problem:
        raise Problem("unknown-graph", problem.detail) from problem


def unknown(graph: str) -> Problem:
    """There is no such graph."""
    return Problem(
        "unknown-graph",
        f"Nothing is published as {graph[:300]}. /graphs lists what there is.",
    )


def _event(named: GraphName, number: int) -> Event:
    """The publishing of a version.

    Raises:
        Problem: unknown-graph.
    """
    history = service().publisher().history(named)
    for event in history.events() if history else ():
        if event.number == number and event.version is not None:
            return event
    raise unknown(named.version(number))


def _hidden(graph: str) -> Problem:
    """It is there, and what the public sees of it could not be drawn."""
    return Problem(
        "store-unavailable",
        f"What the public sees of {graph} is not ready: it has to be drawn anew, and could not be. "
        "Its council reads it with its token, and may publish it anew; who runs this service finds "
        "the reason in its log.",
    )


def path_of(graph: str) -> str:
    """The path at which a graph is read; its parts need no escapes."""
    return "/" + graph.removeprefix(BASE)


def as_rdf(statements: bytes, offer: Offer) -> bytes:
    """N-Triples in one of `RDF_OFFERS`, with the project's prefixes."""
    triples = parse_triples(statements)
    known = service().rulebook.prefix_map | {"prov": PROV.base}
    prefixes = {prefix: space for prefix, space in known.items() if space.encode() in statements}
    return serialize(triples, RDF_FORMATS[offer.name], prefixes)


def _proof_of(named: GraphName, number: int) -> list[tuple[str, str]]:
    """Where the proof of a version is, if it was signed."""
    if service().publisher().proof(named, number) is None:
        return []
    return [(named.proof(number), SEC.proof.value)]


def _asked(authority: str, name: str) -> tuple[GraphName, bool]:
    """The graph, and whether its own council asks for it."""
    named = named_for_reading(authority, name)
    token = presented()
    return named, token is not None and token.authority == authority


def _offer() -> Offer:
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    return choose(request.headers.get("Accept"), given.get("format"), OFFERS)


def require_there(named: GraphName, state: State) -> None:
    """Refuse what was withdrawn, and what the public does not see yet.

    Raises:
        Problem: withdrawn, store-unavailable.
    """
    if state.hidden:
        raise _hidden(named.published)
    if state.withdrawn:
        raise Problem(
            "withdrawn",
            f"Its council withdrew this graph on {state.moment[:10]}. Its versions and its history "
            f"are still at {path_of(named.history)}.",
            extra={"history": path_of(named.history), "etag": f'"{state.tag}"'},
        )


# --- answers --------------------------------------------------------------------------------------


def _graph(
    named: GraphName,
    state: State,
    offer: Offer,
    report: bytes | None,
    links: Sequence[tuple[str, str]],
    what: str,
) -> Response:
    if offer == HTML:
        turtle = as_rdf(state.statements, RDF_OFFERS[0])
        assessed = json.loads(report) if report else None
        body = _page(
            "graph.html",
            named=named,
            what=what,
            state=state,
            report=assessed,
            turtle=turtle.decode(),
            links={relation: path_of(graph) for graph, relation in links},
            at=request.path,
            forms=RDF_OFFERS,
        )
    else:
        body = as_rdf(state.statements, offer)
    response = _responded(body, offer)
    # A tag for each form: those of one state are different texts (RFC 9110, section 8.8.3.3).
    response.set_etag(f"{state.tag}.{offer.name}")
    # To the second, as HTTP has it.
    response.last_modified = datetime.fromisoformat(state.moment)
    others = [o for o in OFFERS if o != offer]
    response.headers["Link"] = ", ".join(
        [f'<{path_of(graph)}>; rel="{relation}"' for graph, relation in links]
        + [
            f'<{request.path}?format={o.name}>; rel="alternate"; type="{o.media_type}"'
            for o in others
        ]
    )
    mark_as_read_by(response)
    return conditional(response)


def _report(found: bytes) -> Response:
    given = read_parameters(request.args.items(multi=True), REPORT_PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), REPORT_OFFERS)
    render: Callable[[list[Json]], bytes] = RENDERINGS[offer.name].render
    if offer == HTML:
        render = partial(as_html.render, stylesheet="/static/style.css", rules_at="/rules/")
    response = _responded(render([json.loads(found)]), offer)
    mark_as_read_by(response)
    return response


def _responded(body: bytes, offer: Offer) -> Response:
    response = Response(body, content_type=content_type(offer))
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    return response


def _page(template: str, **values: Any) -> bytes:
    return environment().get_template(template).render(**values).encode()
