"""Public keys of councils: what one is, when it is right, and how it is said in RDF.

Owns: Multikey (Controlled Identifiers 1.0, section 2.2.2) with its days. Must not: read a file, or
decide whom to trust.

The key itself, as `publicKeyMultibase`, is its own fingerprint: it has 48 characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from dutygraph.errors import Problem
from dutygraph.signing.multibase import public_key_bytes
from dutygraph.terms import AUTHORITY, BASE, DCT, RDF, SEC, XSD
from dutygraph.triples import Graph, Literal, NamedNode, Term, Triple

__all__ = ["PublicKey", "key_iri", "keys_document", "keys_in", "moment", "moment_text"]

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_MOST_KEYS = 100
_OF_A_KEY = (
    RDF.type,
    SEC.controller,
    SEC.publicKeyMultibase,
    DCT.created,
    SEC.expires,
    SEC.revoked,
)


def moment_text(moment: datetime) -> str:
    """A moment as xsd:dateTime in UTC, to the second: the one way in which it is written here."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """The moment of a text that `moment_text` could have made.

    Raises:
        ValueError: it is another text.
    """
    if not _MOMENT.fullmatch(text):
        raise ValueError(f"“{text[:40]}” is no moment such as 2026-05-01T12:00:00Z")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def keys_document(authority: str) -> str:
    """The IRI under which a council's keys are published.

    Args:
        authority: the last part of its identifier, such as “torbay”.
    """
    return f"{BASE}keys/{authority}"


def key_iri(authority: str, multibase: str) -> str:
    """The IRI of one key of a council."""
    return f"{keys_document(authority)}#{multibase}"


@dataclass(frozen=True)
class PublicKey:
    """A council's public key.

    Args:
        authority: the last part of the council's identifier.
        multibase: the key, as `publicKeyMultibase`.
        created: from when it is right.
        expires: from when it is not right any more, as it was said beforehand.
        revoked: from when it is not right any more, as it was said afterwards.
    """

    authority: str
    multibase: str
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None

    @property
    def iri(self) -> str:
        """Its identifier."""
        return key_iri(self.authority, self.multibase)

    @property
    def bytes(self) -> bytes:
        """Its 32 bytes."""
        return public_key_bytes(self.multibase)

    @property
    def ends(self) -> datetime | None:
        """The first moment at which it is not right any more, or None."""
        ends = [end for end in (self.expires, self.revoked) if end is not None]
        return min(ends) if ends else None

    def is_right_at(self, when: datetime) -> bool:
        """Whether something may be signed with it at a moment."""
        return self.created <= when and (self.ends is None or when < self.ends)

    def may_have_made(self, created: datetime) -> bool:
        """Whether a proof with this moment may have been made with it.

        Moments are kept to the second: what was signed in the second in which it ends still holds.
        """
        return self.created <= created and (self.ends is None or created <= self.ends)

    def birth(self) -> Iterator[Triple]:
        """What is said of it when it is made, and never changes."""
        key = NamedNode(self.iri)
        yield Triple(key, RDF.type, SEC.Multikey)
        yield Triple(key, SEC.controller, AUTHORITY[self.authority])
        yield Triple(key, SEC.publicKeyMultibase, Literal(self.multibase, datatype=SEC.multibase))
        yield Triple(key, DCT.created, _said(self.created))

    def triples(self) -> Iterator[Triple]:
        """All that is said of it, and that its council asserts with it."""
        yield from self.birth()
        key = NamedNode(self.iri)
        for property_, when in ((SEC.expires, self.expires), (SEC.revoked, self.revoked)):
            if when is not None:
                yield Triple(key, property_, _said(when))
        yield Triple(AUTHORITY[self.authority], SEC.assertionMethod, key)


def keys_in(triples: Iterable[Triple], authority: str) -> tuple[PublicKey, ...]:
    """The keys that a document says are a council's.

    Args:
        triples: the document.
        authority: the last part of the council's identifier; what the document says of others
            does not count.

    Returns:
        The keys, the oldest first.

    Raises:
        Problem: `bad-key`, where one cannot be read or there are too many.
    """
    graph = Graph(triples)
    council = AUTHORITY[authority]
    nodes = [t for t in graph.objects(council, SEC.assertionMethod) if isinstance(t, NamedNode)]
    if len(nodes) > _MOST_KEYS:
        raise Problem("bad-key", f"There are more than {_MOST_KEYS} keys of {authority}.")
    keys = [_key(graph, node, authority) for node in nodes]
    return tuple(sorted(keys, key=lambda key: (key.created, key.multibase)))


def _key(graph: Graph, node: NamedNode, authority: str) -> PublicKey:
    multibase = graph.text(node, SEC.publicKeyMultibase)
    try:
        public_key_bytes(multibase)
        key = PublicKey(
            authority,
            multibase,
            moment(graph.text(node, DCT.created)),
            *(_when(graph.value(node, end)) for end in (SEC.expires, SEC.revoked)),
        )
    except ValueError as error:
        raise Problem(
            "bad-key", f"The key {node.value[:200]} of {authority} cannot be used: {error}."
        ) from error
    ours = {t for t in key.triples() if t.subject == node}
    said = {t for t in graph.match(node) if t.predicate in _OF_A_KEY}
    if node.value != key.iri or said != ours:
        raise Problem(
            "bad-key",
            f"The key {node.value[:200]} of {authority} cannot be used: its name, its kind, its "
            "controller, its value and its days do not agree.",
        )
    return key


def _when(term: Term | None) -> datetime | None:
    return None if term is None else moment(str(term.value))


def _said(when: datetime) -> Literal:
    return Literal(moment_text(when), datatype=XSD.dateTime)
