"""The dataset as a whole: its description in VoID and DCAT, its snapshot and its files.

Owns: /doc/dataset, /.well-known/void and /dumps/. Must not make a file or a description itself.
"""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.errors import Problem
from dutygraph.linked.addresses import document_of
from dutygraph.linked.as_rdf import RDF_OFFERS, written
from dutygraph.linked.catalogue import (
    DESCRIPTION,
    OGL,
    RIGHTS,
    TITLE,
    citation,
    graph_groups,
    snapshot_of,
    triples,
    version_triples,
)
from dutygraph.linked.dumps import Dumps
from dutygraph.negotiation import Offer, choose
from dutygraph.renderings.as_html import environment
from dutygraph.terms import BASE
from dutygraph.web.conditions import conditional
from dutygraph.web.linked import lead_to
from dutygraph.web.parameters import Parameter, format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

OFFERS = (Offer("html", "text/html"), *RDF_OFFERS)
# A machine asks at the well-known address: without a wish it gets Turtle.
VOID_OFFERS = (*RDF_OFFERS, OFFERS[0])
PARAMETERS = (format_of([o.name for o in OFFERS]),)
NO_PARAMETERS: tuple[Parameter, ...] = ()
_FOUND = 302

blueprint = APIBlueprint("dumps", __name__, tag="Linked data")


@blueprint.get("/id/dataset")
def identifier() -> Response:
    """Lead to the description of the dataset."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    return lead_to("/doc/dataset", given)


@blueprint.get("/id/dataset/<version>")
def identifier_of_snapshot(version: str) -> Response:
    """Lead to the description of one version of the dataset."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    _kept(version)
    return lead_to(f"/doc/dataset/{version}", given)


@blueprint.get("/.well-known/void")
def well_known() -> Response:
    """Lead to the description of the dataset, as VoID asks (section 7.2)."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), VOID_OFFERS)
    return lead_to("/doc/dataset", {"format": offer.name}, _FOUND)


@blueprint.get("/doc/dataset")
def dataset() -> Response:
    """Describe the dataset in VoID and DCAT: contents, licence, version, files with checksums."""
    return _described(None)


@blueprint.get("/doc/dataset/<version>")
def snapshot(version: str) -> Response:
    """Describe one version of the dataset: its name, its files and how to cite it."""
    return _described(_kept(version))


@blueprint.get("/dumps/<path:name>")
def dump(name: str) -> Response:
    """Give a file: the whole as N-Quads or TriG, or one graph as Turtle.

    `SHA256SUMS` has the checksums. Under `/dumps/{version}/` a file keeps its address.
    """
    read_parameters(request.args.items(multi=True), NO_PARAMETERS)
    first, _, rest = name.partition("/")
    dumps = service().linked.version(first) if rest else None
    # Without a version it is the present one; `graphs/` is no version's name.
    dumps, name_in = (dumps, rest) if dumps else (service().linked.dumps, name)
    if name_in == "SHA256SUMS":
        return Response(dumps.checksums(), content_type="text/plain; charset=utf-8")
    file = dumps.file(name_in)
    if file is None:
        raise Problem(
            "unknown-version" if "/dutygraph." in name else "not-found",
            f"There is no file “{name[:100]}”. The present version is {dumps.version}; "
            "/doc/dataset lists its files and the versions that are kept.",
        )
    # Compressed files are files that are compressed, and not an encoding of the transfer.
    media_type = "application/gzip" if file.compressed else f"{file.media_type}; charset=utf-8"
    response = Response(file.body, content_type=media_type)
    response.set_etag(file.checksum)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{file.name.rsplit("/", 1)[-1]}"'
    )
    conditional(response)
    return response


def _kept(version: str) -> Dumps:
    linked = service().linked
    dumps = linked.version(version)
    if dumps is None:
        raise Problem(
            "unknown-version",
            f"The versions that are kept here are {', '.join(linked.versions)}, and “{version[:60]}” "
            "is none of them. A copy of its files can be told by its checksum.",
            extra={"versions": linked.versions},
        )
    return dumps


def _described(kept: Dumps | None) -> Response:
    """The description of one version, or of the dataset, which is its present one."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    linked = service().linked
    if offer.name == "html":
        body = _page(kept)
    else:
        address = service().settings.public_address
        if kept is None or kept.version == linked.dumps.version:
            said = triples(linked.known, linked.dumps, address, _endpoint())
        else:
            said = version_triples(kept, address)
        body = written(said, offer, linked.known)
    response = Response(body, content_type=content_type(offer))
    response.vary.add("Accept")
    return response


def _endpoint() -> str | None:
    """The path of the SPARQL endpoint, where this service has one."""
    return "sparql" if service().asker is not None else None


def _page(kept: Dumps | None) -> bytes:
    linked = service().linked
    is_snapshot = kept is not None
    dumps = kept or linked.dumps
    named = snapshot_of(dumps)
    at = document_of(named.value) if is_snapshot else "/doc/dataset"
    template = environment().get_template("dataset.html")
    return template.render(
        title=f"{TITLE}, version {dumps.version}" if is_snapshot else TITLE,
        is_snapshot=is_snapshot,
        description=DESCRIPTION,
        iri=named.value if is_snapshot else BASE + "id/dataset",
        dumps=dumps,
        folder=f"/dumps/{dumps.version}/" if is_snapshot else "/dumps/",
        citation=citation(dumps),
        snapshot=document_of(named.value),
        earlier=linked.versions[:-1],
        rights=RIGHTS,
        ogl=OGL.value,
        endpoint=_endpoint(),
        forms=[{"name": o.name, "href": f"{at}?format={o.name}"} for o in RDF_OFFERS],
        beside=[
            {"label": linked.known.label(g), "href": document_of(g.value)}
            for g in linked.known.beside()
        ],
        groups=[] if is_snapshot else graph_groups(linked.known, dumps),
    ).encode()
