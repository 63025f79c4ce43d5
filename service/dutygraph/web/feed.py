"""GET /feed: what changed since when, for programs and for people.

Owns: the addresses of its pages. Must not: find out what changed.
"""

from __future__ import annotations

from urllib.parse import urlencode

from apiflask import APIBlueprint
from flask import Response, current_app, request

from dutygraph.feed.changes import Feed
from dutygraph.feed.entries import Kind, Position
from dutygraph.feed.forms import Around, as_activity_streams, as_atom, triples
from dutygraph.linked.as_rdf import RDF_OFFERS
from dutygraph.negotiation import Offer, choose
from dutygraph.renderings.as_html import environment
from dutygraph.store.writing import as_statements
from dutygraph.terms import AUTHORITY, BASE, DG
from dutygraph.web.graphs import HTML, as_rdf
from dutygraph.web.parameters import SINCE, format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

JSON = Offer("json", "application/activity+json")
# Who takes any JSON gets the same, under its more exact name.
PLAIN_JSON = Offer("json", "application/json")
ATOM = Offer("atom", "application/atom+xml")
OFFERS = (JSON, PLAIN_JSON, ATOM, HTML, *RDF_OFFERS)
PARAMETERS = (SINCE, format_of(list(dict.fromkeys(o.name for o in OFFERS))))
_LENGTH = 20
_WORDS = {
    Kind.PUBLISHED: "published",
    Kind.CHANGED: "new version",
    Kind.WITHDRAWN: "withdrawn",
    Kind.RECEIVED: "received",
}

blueprint = APIBlueprint("feed", __name__, tag="Publishing")


@blueprint.get("/feed")
def feed() -> Response:
    """Tell what was published here and what was received from partners, the earliest first.

    It never tells of drafts, nor of what only a council sees. Follow `next` until there is none,
    and ask later with the `position` of the last entry that you have seen.
    """
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    since: Position | None = given.get("since")
    page = _changes().page(since, _LENGTH)
    form = {"format": offer.name} if "format" in given else {}
    following = _query({"since": str(page.following)} | form) if page.following else None
    public = service().settings.public_address
    if offer == HTML:
        body = (
            environment()
            .get_template("feed.html")
            .render(
                since=since,
                entries=page.entries,
                words=_WORDS,
                councils=_councils(),
                following=following,
                base=BASE,
                forms=[o for o in OFFERS if o not in (HTML, PLAIN_JSON)],
                here=_query({"since": str(since)} if since else {}),
            )
            .encode()
        )
    else:
        around = Around(
            public + _query(({"since": str(since)} if since else {}) | form).lstrip("/"),
            public + following.lstrip("/") if following else None,
            public + _query(form).lstrip("/"),
            public,
            _councils(),
        )
        if offer.name == "json":
            body = as_activity_streams(page, around)
        elif offer == ATOM:
            body = as_atom(page, around)
        else:
            body = as_rdf(as_statements(triples(page, around)), offer)
    response = Response(body, content_type=content_type(offer))
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _query(parameters: dict[str, str]) -> str:
    return "/feed" + (f"?{urlencode(parameters)}" if parameters else "")


def _councils() -> dict[str, str]:
    """The names of the registered councils."""
    graph = service().rulebook.graph
    return {
        t.subject.value: t.object.value
        for t in graph.match(None, DG.name)
        if t.subject in AUTHORITY
    }


def _changes() -> Feed:
    found = current_app.extensions.get(__name__)
    if found is None:
        publisher = service().publisher()
        store = service().store
        assert store is not None
        found = current_app.extensions[__name__] = Feed(publisher, store)
    assert isinstance(found, Feed)
    return found
