"""GET /partners/…: what partners said elsewhere, as they said it, and where it comes from.

Owns: the forms of a copy. Must not: write one; no token gives a right to that.
"""

from __future__ import annotations

import json

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.errors import Problem
from dutygraph.linked.as_rdf import RDF_OFFERS
from dutygraph.negotiation import choose
from dutygraph.publishing.names import GraphKind, kind_of
from dutygraph.renderings.as_html import environment
from dutygraph.store.writing import as_statements
from dutygraph.subscribing.provenance import Provenance, Receipt
from dutygraph.subscribing.sources import copy_of, provenance_of
from dutygraph.subscribing.subscriptions import Kept
from dutygraph.web.conditions import conditional
from dutygraph.web.graphs import (
    HTML,
    LIST_OFFERS,
    LIST_PARAMETERS,
    OFFERS,
    PARAMETERS,
    as_rdf,
    named_for_reading,
    path_of,
)
from dutygraph.web.parameters import read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

_N_TRIPLES = "ntriples"

blueprint = APIBlueprint("partners", __name__, tag="Publishing")


@blueprint.get("/partners")
def partners() -> Response:
    """List the partners' graphs that are kept here, and whether each is verified."""
    given = read_parameters(request.args.items(multi=True), LIST_PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), LIST_OFFERS)
    rows = [
        {
            "graph": copy_of(p.name),
            "authority": p.name.authority,
            "name": p.name.name,
            "address": path_of(copy_of(p.name)),
            "source": p.address,
            "version": last.version,
            "verified": last.key is not None,
            "received": last.moment,
        }
        for p in service().subscriptions().all()
        for last in [p.last]
        if last is not None
    ]
    if offer == HTML:
        body = environment().get_template("partners.html").render(rows=rows).encode()
    else:
        body = (json.dumps(rows, indent=2, ensure_ascii=False) + "\n").encode()
    return _responded(body, content_type(offer))


@blueprint.get("/partners/<authority>/<name>")
def partner(authority: str, name: str) -> Response:
    """Read a partner's graph as the partner said it, with where it comes from.

    N-Triples is the canonical form, byte for byte what was signed.
    """
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    kept = _kept(authority, name)
    last = _last(kept.provenance)
    if offer == HTML:
        body = _page(kept)
    elif offer.name == _N_TRIPLES:
        body = kept.form
    else:
        body = as_rdf(kept.form, offer)
    response = _responded(body, content_type(offer))
    at = provenance_of(kept.provenance.name)
    response.headers["Link"] = ", ".join(
        [
            f'<{path_of(at)}>; rel="http://www.w3.org/ns/prov#has_provenance"',
            f'<{last.address}>; rel="original"',
            *(
                f'<{request.path}?format={o.name}>; rel="alternate"; type="{o.media_type}"'
                for o in OFFERS
                if o != offer
            ),
        ]
    )
    if offer != HTML:
        response.set_etag(f"{last.content_hash.removeprefix('sha256:')[:32]}.{offer.name}")
        conditional(response)
    return response


@blueprint.get("/partners/<authority>/<name>/provenance")
def provenance(authority: str, name: str) -> Response:
    """Read where a copy comes from: from where, when, with which key, verified or not; its proof."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    kept = _kept(authority, name)
    if offer == HTML:
        return _responded(_page(kept), content_type(offer))
    statements = as_statements(kept.provenance.triples())
    return _responded(as_rdf(statements, offer), content_type(offer))


def _kept(authority: str, name: str) -> Kept:
    found = service().subscriptions().kept(named_for_reading(authority, name))
    if found is None:
        raise Problem(
            "unknown-graph",
            f"No graph {authority[:64]}/{name[:64]} of a partner is kept here. /partners lists those "
            "that are.",
        )
    return found


def _last(provenance: Provenance) -> Receipt:
    assert provenance.last is not None
    return provenance.last


def _page(kept: Kept) -> bytes:
    named = kept.provenance.name
    return (
        environment()
        .get_template("partner.html")
        .render(
            named=named,
            iri=copy_of(named),
            kept=kept.provenance,
            last=_last(kept.provenance),
            key=(_last(kept.provenance).key or "").rpartition("#")[2],
            turtle=as_rdf(kept.form, RDF_OFFERS[0]).decode(),
            at=path_of(copy_of(named)),
            ours=[
                path_of(graph)
                for graph in service().publisher().graphs()
                if kind_of(graph) is GraphKind.PUBLISHED
            ],
            forms=RDF_OFFERS,
        )
        .encode()
    )


def _responded(body: bytes, kind: str) -> Response:
    response = Response(body, content_type=kind)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    return response
