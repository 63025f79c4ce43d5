"""The feed in its forms: ActivityStreams 2.0 as JSON and in RDF, and Atom.

Owns: which words of which vocabulary say what. Must not: find anything out.

ActivityStreams: https://www.w3.org/TR/activitystreams-core/. Atom: RFC 4287; its pages are those of
RFC 5005, section 3.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dutygraph.feed.entries import Entry, Failure, Page
from dutygraph.terms import BASE, DG, RDF, RULE, XSD, Namespace
from dutygraph.triples import Literal, NamedNode, Triple

__all__ = ["FEED", "Around", "as_activity_streams", "as_atom", "triples"]

FEED = BASE + "feed"
AS = Namespace("https://www.w3.org/ns/activitystreams#")
_ATOM = "http://www.w3.org/2005/Atom"
_COUNTS = ("statementsAdded", "statementsRemoved")
_TITLE = "What councils published here, and what was received from partners"


@dataclass(frozen=True)
class Around:
    """What stands around a page.

    Args:
        address: of the page itself.
        following: of the page after it, or None.
        first: of the first page.
        public: the address of this service, which ends with a slash.
        councils: the name of each council by its IRI.
    """

    address: str
    following: str | None
    first: str
    public: str
    councils: Mapping[str, str]


def as_activity_streams(page: Page, around: Around) -> bytes:
    """A page as an OrderedCollectionPage in JSON."""
    context: list[Any] = ["https://www.w3.org/ns/activitystreams"]
    context.append(
        {name: DG.base + name for name in (*_COUNTS, "isVerified", "introduces", "resolves")}
    )
    found: dict[str, Any] = {
        "@context": context,
        "id": around.address,
        "type": "OrderedCollectionPage",
        "partOf": FEED,
        "summary": _TITLE,
        "orderedItems": [_activity(entry, around) for entry in page.entries],
    }
    if around.following:
        found["next"] = around.following
    return json.dumps(found, indent=2, ensure_ascii=False).encode() + b"\n"


def _activity(entry: Entry, around: Around) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": entry.activity,
        "type": entry.kind.value,
        "published": entry.position.moment,
        "actor": entry.council,
        "object": entry.thing,
        "url": around.public + entry.thing.removeprefix(BASE),
        "summary": entry.title(around.councils),
        "position": str(entry.position),
    }
    if entry.previous:
        found["origin"] = entry.previous
    if entry.added is not None:
        found |= {"statementsAdded": entry.added, "statementsRemoved": entry.removed}
    if entry.verified is not None:
        found["isVerified"] = entry.verified
    if entry.introduced is not None and entry.resolved is not None:
        found["introduces"] = [_failure(f) for f in entry.introduced]
        found["resolves"] = [_failure(f) for f in entry.resolved]
    return found


def _failure(failure: Failure) -> dict[str, str]:
    found = {"id": RULE[failure.rule].value, "name": failure.rule, "authority": failure.authority}
    return found | ({"subject": failure.subject} if failure.subject else {})


def triples(page: Page, around: Around) -> Iterator[Triple]:
    """A page in RDF; an item's place is its `as:published` and then its IRI."""
    this = NamedNode(around.address)
    yield Triple(this, RDF.type, AS.OrderedCollectionPage)
    yield Triple(this, AS.partOf, NamedNode(FEED))
    if around.following:
        yield Triple(this, AS.next, NamedNode(around.following))
    for entry in page.entries:
        node = NamedNode(entry.activity)
        yield Triple(this, AS.items, node)
        yield Triple(node, RDF.type, AS[entry.kind.value])
        moment = Literal(entry.position.moment, datatype=XSD.dateTime)
        yield Triple(node, AS.published, moment)
        yield Triple(node, AS.actor, NamedNode(entry.council))
        yield Triple(node, AS.object, NamedNode(entry.thing))
        yield Triple(node, AS.summary, Literal(entry.title(around.councils)))
        if entry.previous:
            yield Triple(node, AS.origin, NamedNode(entry.previous))
        for name, count in zip(_COUNTS, (entry.added, entry.removed), strict=True):
            if count is not None:
                yield Triple(node, DG[name], Literal(str(count), datatype=XSD.integer))
        if entry.verified is not None:
            flag = Literal(str(entry.verified).lower(), datatype=XSD.boolean)
            yield Triple(node, DG.isVerified, flag)
        for failure in entry.introduced or ():
            yield Triple(node, DG.introduces, RULE[failure.rule])
        for failure in entry.resolved or ():
            yield Triple(node, DG.resolves, RULE[failure.rule])


def as_atom(page: Page, around: Around) -> bytes:
    """A page as an Atom feed."""
    ElementTree.register_namespace("", _ATOM)
    feed = ElementTree.Element(f"{{{_ATOM}}}feed")
    _text(feed, "id", FEED)
    _text(feed, "title", _TITLE)
    _text(feed, "updated", page.entries[-1].position.moment if page.entries else _begun(page))
    _link(feed, "self", around.address)
    _link(feed, "first", around.first)
    if around.following:
        _link(feed, "next", around.following)
    for entry in page.entries:
        node = ElementTree.SubElement(feed, f"{{{_ATOM}}}entry")
        _text(node, "id", entry.activity)
        _text(node, "title", entry.title(around.councils))
        _text(node, "updated", entry.position.moment)
        author = ElementTree.SubElement(node, f"{{{_ATOM}}}author")
        _text(author, "name", around.councils.get(entry.council, entry.name.authority))
        _text(author, "uri", entry.council)
        _link(node, "alternate", around.public + entry.thing.removeprefix(BASE))
        _text(node, "content", _in_words(entry))
    written: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _begun(page: Page) -> str:
    return page.since.moment if page.since else "1970-01-01T00:00:00Z"


def _in_words(entry: Entry) -> str:
    found = []
    if entry.added is not None:
        found.append(f"Statements added: {entry.added}, removed: {entry.removed}.")
    if entry.verified is not None:
        found.append("Its signature holds." if entry.verified else "It is not signed.")
    if entry.introduced:
        found.append(f"Fails now: {', '.join(f.rule for f in entry.introduced)}.")
    if entry.resolved:
        found.append(f"Fails no more: {', '.join(f.rule for f in entry.resolved)}.")
    return " ".join(found)


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _link(parent: ElementTree.Element, relation: str, address: str) -> None:
    ElementTree.SubElement(parent, f"{{{_ATOM}}}link", {"rel": relation, "href": address})
