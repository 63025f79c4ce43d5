"""Identifiers and the documents about them: /id/, /def/, /code/, /rule/ ... and /doc/.

Owns: how an identifier leads to its document and which form that takes. Must not look anything up in
another way than through `linked.knowledge`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.errors import Problem
from dutygraph.linked.addresses import KINDS, SINGLES, document_of, identifier_of, path_of
from dutygraph.linked.as_rdf import RDF_OFFERS, as_rdf
from dutygraph.linked.describing import Description, describe
from dutygraph.linked.page import page
from dutygraph.negotiation import Offer, choose
from dutygraph.rooms import room
from dutygraph.terms import BASE, CONTEXT_IRI, DG
from dutygraph.triples import NamedNode
from dutygraph.web import rules
from dutygraph.web.parameters import PAGE, format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

OFFERS = (Offer("html", "text/html"), *RDF_OFFERS)
PARAMETERS = (format_of([o.name for o in OFFERS]), PAGE)
# A rule has a page of its own, in forms of its own.
RULE_OFFERS = (Offer("html", "text/html"), *RDF_OFFERS, *rules.RULE_OFFERS)
ALL_FORMS = (format_of(sorted({o.name for o in RULE_OFFERS})),)
SEE_OTHER = 303
_GSS = "gss/"
_EXAMPLES = BASE + "id/example/"
# Where whole folders are listed.
FOLDERS = {
    "id": "/doc/dataset",
    "doc": "/doc/dataset",
    "dumps": "/doc/dataset",
    "code": document_of(DG.base),
    "rule": "/rules",
}

blueprint = APIBlueprint("linked", __name__, tag="Linked data")


@blueprint.get(f"/<any({','.join(f'{k!r}' for k in ('id', *KINDS))}):kind>/<path:name>")
def identifier(kind: str, name: str) -> Response:
    """Lead from an identifier to the document about it.

    The name of an identifier may hold slashes. The code of an area leads to its authority, a rule
    to its explanation or, where RDF is preferred, to its document.
    """
    given = read_parameters(request.args.items(multi=True), ALL_FORMS)
    iri = f"{BASE}{kind}/{name}"
    known = service().linked.known
    thing = _thing(iri)
    if thing is None or not known.knows(thing):
        raise _unknown(iri)
    if kind == "id" and name.startswith(_GSS):
        owners = {f.subject for f in known.pointing_at(thing) if f.predicate == DG.gssCode}
        owner = str(owners.pop().value) if len(owners) == 1 else ""
        if owner.startswith(BASE + "id/"):
            return lead_to(path_of(owner), given)
    if kind == "rule" and service().rulebook.entry(name) is not None:
        chosen = choose(request.headers.get("Accept"), given.get("format"), RULE_OFFERS)
        at = document_of(iri) if chosen in RDF_OFFERS else f"/rules/{name}"
        return lead_to(at, given)
    return lead_to(document_of(iri), given)


@blueprint.get(f"/<any({','.join(FOLDERS)}):folder>/")
def folder(folder: str) -> Response:
    """Lead on who cuts an address short."""
    given = read_parameters(request.args.items(multi=True), ())
    return lead_to(FOLDERS[folder], given)


@blueprint.get("/def/")
def ontology() -> Response:
    """Lead to the page of all terms."""
    given = read_parameters(request.args.items(multi=True), ALL_FORMS)
    return lead_to(document_of(DG.base), given)


@blueprint.get(f"/<any({','.join(f'{s!r}' for s in SINGLES)}):single>")
def single(single: str) -> Response:
    """Lead to the document about the edition of the rulebook, or about a set of checks."""
    given = read_parameters(request.args.items(multi=True), ALL_FORMS)
    return lead_to(document_of(BASE + single), given)


@blueprint.get("/context.jsonld")
def context() -> Response:
    """Give the JSON-LD context of the terms."""
    read_parameters(request.args.items(multi=True), ())
    body = (room("ontology") / CONTEXT_IRI.removeprefix(BASE)).read_bytes()
    return Response(body, content_type="application/ld+json")


@blueprint.get("/doc/<path:name>")
def document(name: str) -> Response:
    """Tell what is known of a thing, what points at it and where it comes from."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    if name == "def":
        return lead_to(document_of(DG.base), given)
    iri = identifier_of(name)
    linked = service().linked
    thing = _thing(iri)
    if thing is None or not linked.known.knows(thing):
        raise _unknown(iri)
    description = describe(linked.known, thing, given.get("page", 1))
    if description.page > description.pages:
        raise Problem(
            "bad-parameter",
            f"There are {description.pages} pages of it. Ask for one of them.",
            extra={"parameter": "page"},
        )
    if offer.name == "html":
        is_rule = iri.startswith(BASE + "rule/") and service().rulebook.entry(name[5:])
        body = page(linked.vocabulary, description, f"/rules/{name[5:]}" if is_rule else None)
    else:
        body = as_rdf(linked.known, description, offer)
    response = Response(body, content_type=content_type(offer))
    response.vary.add("Accept")
    response.headers["Link"] = _links(description, offer)
    return response


def _links(description: Description, offer: Offer) -> str:
    """The other forms and the pages beside this one (RFC 8288)."""
    at = document_of(description.thing.value)
    found = [
        f'<{at}?format={o.name}>; rel="alternate"; type="{o.media_type}"'
        for o in OFFERS
        if o != offer
    ]
    for relation, number in (("prev", description.page - 1), ("next", description.page + 1)):
        if 1 <= number <= description.pages:
            query = urlencode({"page": number} | ({"format": offer.name}))
            found.append(f'<{at}?{query}>; rel="{relation}"')
    return ", ".join(found)


def lead_to(path: str, given: dict[str, Any], status: int = SEE_OTHER) -> Response:
    """Lead to another path, with the form that was asked for.

    Args:
        path: escaped, without a query.
        given: the parameters that were read.
        status: 303 from a thing to its document.
    """
    query = "?" + urlencode({"format": given["format"]}) if "format" in given else ""
    response = Response(status=status, headers={"Location": path + query})
    response.vary.add("Accept")
    return response


def _thing(iri: str) -> NamedNode | None:
    """What a path names, or None where it makes no IRI."""
    try:
        return NamedNode(iri)
    except ValueError:
        return None


def _unknown(iri: str) -> Problem:
    if iri.startswith(_EXAMPLES):
        return Problem(
            "unknown-identifier",
            "Names below id/example/ are invented, each for the one example in which it stands; "
            "the page of a rule shows its examples. /rules lists the rules.",
            extra={"nearest": []},
        )
    near = service().linked.known.nearest(iri)
    hint = (
        f"The nearest: {', '.join(n.removeprefix(BASE) for n in near)}."
        if near
        else "/doc/dataset leads to all that there are."
    )
    return Problem(
        "unknown-identifier",
        f"Nothing is known here of “{iri.removeprefix(BASE)[:100]}”. {hint}",
        extra={"nearest": near},
    )
