"""GET and POST /sparql: the SPARQL 1.1 Protocol for queries, and a page to ask them.

Owns: how a request is read and which form its answer has. Must not: judge a query, or say what may
be seen; that is `sparql` and `store.asking`.

The answer is whole or a problem: it is held back until the store has given all of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from apiflask import APIBlueprint
from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from dutygraph.errors import Problem
from dutygraph.negotiation import Offer, choose
from dutygraph.queries import questions
from dutygraph.renderings import result_pages, service_description
from dutygraph.renderings.as_html import environment
from dutygraph.sparql import Query
from dutygraph.store.asking import CSV, JSON, TSV, XML
from dutygraph.web.access import mark_as_read_by, presented
from dutygraph.web.headers import note_body
from dutygraph.web.parameters import Parameter, format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
_UPDATE = "application/sparql-update"
_HTML = Offer("html", "text/html")
# A caller who takes JSON or XML gets them under their more exact names.
ROWS = (
    Offer("json", JSON),
    Offer("xml", XML),
    Offer("csv", CSV),
    Offer("tsv", TSV),
    Offer("json", "application/json"),
    Offer("xml", "application/xml"),
    _HTML,
)
STATEMENTS = (
    Offer("turtle", "text/turtle"),
    Offer("json-ld", "application/ld+json"),
    Offer("ntriples", "application/n-triples"),
    Offer("rdfxml", "application/rdf+xml"),
    _HTML,
)
OFFERS = (*ROWS[:4], *STATEMENTS)
FORMAT = format_of([o.name for o in OFFERS])
QUERY_PARAMETER = Parameter(
    "query",
    "A SPARQL 1.1 SELECT, ASK, CONSTRUCT or DESCRIBE. One without a PREFIX line may use the "
    "project's prefixes.",
    "a query",
    str,
    example="SELECT ?name { ?council a dg:Authority ; rdfs:label ?name } LIMIT 5",
)
GRAPHS = tuple(
    Parameter(
        name,
        f"A graph of the {which}, which may be given several times; what FROM says then does not "
        "count. Only graphs that are kept here.",
        "the IRI of a graph",
        str,
        {"type": "array", "items": {"type": "string", "format": "uri"}},
    )
    for name, which in (
        ("default-graph-uri", "query's default graph"),
        ("named-graph-uri", "query's named graphs"),
    )
)
PARAMETERS = (QUERY_PARAMETER, *GRAPHS, FORMAT)
POST_PARAMETERS = (*GRAPHS, FORMAT)
# A query, and a dataset of some hundred graphs beside it.
_BODY_LIMIT = 512 * 1024

blueprint = APIBlueprint("sparql", __name__, tag="Data")


@blueprint.get("/sparql")
def sparql_get() -> Response:
    """Ask a query, or read what can be asked.

    Without a query the answer describes the service: in RDF (SPARQL 1.1 Service Description), or as
    a page with a form.
    """
    asked = list(request.args.items(multi=True))
    if not any(name == "query" for name, _ in asked):
        _, given = _read(asked, (FORMAT,))
        return _about(choose(request.headers.get("Accept"), given.get("format"), STATEMENTS))
    graphs, given = _read(asked, PARAMETERS)
    note_body(given["query"].encode())
    return _answer(given["query"], graphs, given.get("format"))


@blueprint.post("/sparql")
def sparql_post() -> Response:
    """Ask a query that is in the body, as it is or in a form. Updates are refused."""
    asked = list(request.args.items(multi=True))
    body = _body()
    note_body(body)
    if request.mimetype == QUERY:
        graphs, given = _read(asked, POST_PARAMETERS)
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Problem("query-syntax", "The query is not in UTF-8.") from error
        return _answer(text, graphs, given.get("format"))
    fields = [f for f in request.form.items(multi=True) if f[1] or f[0] == "query"]
    if any(name in ("update", "using-graph-uri", "using-named-graph-uri") for name, _ in fields):
        raise _no_updates()
    graphs, given = _read([*asked, *fields], PARAMETERS)
    if "query" not in given:
        raise Problem("bad-parameter", "The form has no query. Send one in the field “query”.")
    return _answer(given["query"], graphs, given.get("format"))


def _body() -> bytes:
    """The body, within its limit, of a media type that is read here."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise Problem("compressed-body", "The body is compressed. Send it as it is.")
    if request.mimetype == _UPDATE:
        raise _no_updates()
    if request.mimetype not in (FORM, QUERY):
        raise Problem(
            "unsupported-media-type",
            f"Send the query as {QUERY}, or in the field “query” of {FORM}.",
            extra={"known": [QUERY, FORM]},
        )
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "utf8"):
        raise Problem("unsupported-media-type", "A query is in UTF-8 and in nothing else.")
    request.max_content_length = request.max_form_memory_size = _BODY_LIMIT
    try:
        return request.get_data(cache=True, parse_form_data=False)
    except RequestEntityTooLarge as error:
        raise Problem(
            "too-large",
            f"The body is larger than {_BODY_LIMIT:,} bytes, the most that a query may have.",
            extra={"limit": _BODY_LIMIT},
        ) from error


def _no_updates() -> Problem:
    return Problem(
        "query-refused",
        "An update would change the data, which are only read here. Use SELECT, ASK, CONSTRUCT or "
        "DESCRIBE, in the parameter “query”.",
    )


def _read(
    asked: Iterable[tuple[str, str]], known: tuple[Parameter, ...]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The graphs of the dataset, which may be several, and the other parameters."""
    several = {p.name for p in GRAPHS if p in known}
    graphs: dict[str, list[str]] = {p.name: [] for p in GRAPHS}
    others = []
    for name, value in asked:
        if name in several:
            graphs[name].append(value)
        else:
            others.append((name, value))
    return graphs, read_parameters(others, known)


def _answer(text: str, graphs: dict[str, list[str]], format: str | None) -> Response:
    asker = service().public()
    query = asker.read(text)
    offers = ROWS if query.form in ("SELECT", "ASK") else STATEMENTS
    offer = choose(request.headers.get("Accept"), format, offers)
    media_type = next(o.media_type for o in offers if o.name == offer.name)
    if offer == _HTML:
        media_type = offers[0].media_type
    reader = presented()
    reply = asker.ask(
        query,
        media_type,
        graphs["default-graph-uri"],
        graphs["named-graph-uri"],
        reader.authority if reader else None,
    )
    if offer == _HTML:
        return _responded(_page(query, reply.body), _HTML)
    return _responded(reply.body, Offer(offer.name, media_type))


def _page(query: Query, answer: bytes) -> bytes:
    rows = query.form in ("SELECT", "ASK")
    return _rendered(
        query=query.text,
        result=result_pages.table(answer, service().public().prefixes) if rows else None,
        statements=None if rows else answer.decode(),
    )


def _about(offer: Offer) -> Response:
    """What can be asked here."""
    if offer == _HTML:
        return _responded(_rendered(query="", result=None, statements=None), offer)
    described = service_description.describe(
        service().settings.public_address, service().public().graphs()
    )
    return _responded(service_description.RENDER[offer.name](described), offer)


def _rendered(**values: object) -> bytes:
    page = environment().get_template("sparql.html")
    return page.render(
        **values, example=QUERY_PARAMETER.example, questions=questions(), formats=OFFERS
    ).encode()


def _responded(body: bytes, offer: Offer) -> Response:
    response = Response(body, content_type=content_type(offer))
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    mark_as_read_by(response)
    return response
