"""GET /keys/… and …/proof: what everybody needs to see that a council said what it says here.

Owns: the forms of keys and proofs. Must not: touch a private key.
"""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.errors import Problem
from dutygraph.negotiation import choose
from dutygraph.publishing.names import GraphName
from dutygraph.renderings.as_html import environment
from dutygraph.signing.keyring import Keyring
from dutygraph.signing.keys import keys_document, moment_text
from dutygraph.signing.versions import version_proof_in
from dutygraph.store.writing import as_statements
from dutygraph.triples import parse_triples
from dutygraph.web.graphs import (
    HTML,
    OFFERS,
    PARAMETERS,
    as_rdf,
    named_for_reading,
    path_of,
    require_there,
)
from dutygraph.web.graphs import unknown as unknown_graph
from dutygraph.web.parameters import read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

blueprint = APIBlueprint("signatures", __name__, tag="Publishing")


@blueprint.get("/keys/<authority>")
def keys(authority: str) -> Response:
    """Give the public keys of a council that signs here, current and past, as Multikey."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    keyring = _keyring()
    found = keyring.keys(named_for_reading(authority, "x").authority)
    if not found:
        raise Problem(
            "unknown-graph",
            f"No keys of {authority[:64]} are published here: it signs nothing here.",
        )
    endorsements = keyring.endorsements(authority)
    if offer == HTML:
        endorsed = {e.key: e.proof.method.rpartition("#")[2] for e in endorsements}
        rows = [
            {
                "multibase": key.multibase,
                "created": moment_text(key.created),
                "expires": moment_text(key.expires) if key.expires else None,
                "revoked": moment_text(key.revoked) if key.revoked else None,
                "endorsed": endorsed.get(key.iri),
            }
            for key in reversed(found)
        ]
        page = environment().get_template("keys.html")
        body = page.render(
            authority=authority, iri=keys_document(authority), keys=rows, at=request.path
        ).encode()
    else:
        statements = [t for key in found for t in key.triples()]
        statements += [t for endorsement in endorsements for t in endorsement.triples()]
        body = as_rdf(as_statements(statements), offer)
    return _responded(body, content_type(offer))


@blueprint.get("/graphs/<authority>/<name>/proof")
def proof(authority: str, name: str) -> Response:
    """Give the proof of the published version, by W3C Data Integrity with eddsa-rdfc-2022."""
    named = named_for_reading(authority, name)
    state = service().publisher().state(named, own=False)
    if state is None or state.withdrawn:
        raise unknown_graph(named.published)
    require_there(named, state)
    return _proof(named, state.number)


@blueprint.get("/graphs/<authority>/<name>/versions/<int:number>/proof")
def proof_of_version(authority: str, name: str, number: int) -> Response:
    """Give the proof of a version; see /graphs/{authority}/{name}/proof."""
    return _proof(named_for_reading(authority, name), number)


def _proof(named: GraphName, number: int) -> Response:
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    statements = service().publisher().proof(named, number)
    if statements is None:
        raise Problem(
            "unknown-graph",
            f"Version {number} of {named.published} is not signed: its council has no key here, or "
            "had none when it was published.",
        )
    if offer == HTML:
        triples = parse_triples(statements)
        found = version_proof_in(triples)
        body = (
            environment()
            .get_template("proof.html")
            .render(
                named=named,
                found=found,
                created=moment_text(found.proof.created),
                key=found.proof.method.rpartition("#")[2],
                version=path_of(named.version(number)),
                keys=path_of(keys_document(named.authority)),
                at=request.path,
            )
            .encode()
        )
    else:
        body = as_rdf(statements, offer)
    response = _responded(body, content_type(offer))
    links = [(named.version(number), "describes"), (keys_document(named.authority), "related")]
    response.headers["Link"] = ", ".join(f'<{path_of(g)}>; rel="{r}"' for g, r in links)
    return response


def _responded(body: bytes, kind: str) -> Response:
    response = Response(body, content_type=kind)
    # A revocation is to be seen at once.
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    return response


def _keyring() -> Keyring:
    return service().publisher().keyring
