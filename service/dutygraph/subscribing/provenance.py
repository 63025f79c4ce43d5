"""Where a partner's copy comes from and what was checked, in PROV-O.

Owns: the statements of the graph `partners/{authority}/{name}/provenance`, written and read. Must not:
fetch, check or keep anything.

A copy is a `prov:Entity`; each time that it was received is a `prov:Activity`. The proof and the key
of the newest one stand beside it, so that anybody can check them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from dutygraph.publishing.history import moment
from dutygraph.publishing.names import GraphName
from dutygraph.signing.keys import key_iri, moment_text
from dutygraph.subscribing.sources import copy_of, provenance_of
from dutygraph.terms import DCT, DG, PROV, RDF, SEC, XSD
from dutygraph.triples import Graph, Literal, NamedNode, Term, Triple

__all__ = ["Provenance", "Receipt", "provenance_in"]


@dataclass(frozen=True)
class Receipt:
    """One time that a graph was received.

    Args:
        number: its place, from 1.
        moment: when, as xsd:dateTime in UTC.
        address: where it was found.
        content_hash: of what was received.
        version: the partner's number of it; None where it was not signed.
        key: the IRI of the key with which it was verified; None where it was not signed.
        chained: whether all versions since the last receipt were seen to follow from each other;
            None where there was nothing to follow.
        added, removed: how many statements changed.
    """

    number: int
    moment: str
    address: str
    content_hash: str
    version: int | None
    key: str | None
    chained: bool | None
    added: int
    removed: int


@dataclass(frozen=True)
class Provenance:
    """Where a copy comes from.

    Args:
        name: the council and its name for the graph.
        address: where it was subscribed to.
        trusted: the keys whose signatures count, as `publicKeyMultibase`, sorted.
        revoked: those of them that the council was seen to have revoked, sorted, and since when.
        pinned: whether the operator gave the first of them.
        unsigned: whether the operator said that it may be unsigned.
        receipts: each time that it was received, the first first.
        evidence: the proof and the key of the last receipt, sorted.
    """

    name: GraphName
    address: str
    trusted: tuple[str, ...]
    pinned: bool
    unsigned: bool
    receipts: tuple[Receipt, ...] = ()
    evidence: tuple[Triple, ...] = field(default=(), repr=False)
    revoked: tuple[tuple[str, datetime], ...] = ()

    @property
    def last(self) -> Receipt | None:
        """The newest receipt."""
        return self.receipts[-1] if self.receipts else None

    def received(self, receipt: Receipt, evidence: Iterable[Triple]) -> Provenance:
        """The same after another receipt."""
        kept = (t for t in evidence if t.predicate != SEC.revoked)
        return replace(
            self, receipts=(*self.receipts, receipt), evidence=tuple(sorted(kept, key=str))
        )

    def trusting(
        self, keys: Iterable[str], revoked: Iterable[tuple[str, datetime]] = ()
    ) -> Provenance:
        """The same, where these keys are trusted, too, and these are seen to be revoked."""
        return replace(
            self,
            trusted=tuple(sorted({*self.trusted, *keys})),
            revoked=tuple(sorted((dict(self.revoked) | dict(revoked)).items())),
        )

    def triples(self) -> Iterator[Triple]:
        """All of it in RDF."""
        copy = NamedNode(copy_of(self.name))
        for kind in (PROV.Entity, DG.PartnerCopy):
            yield Triple(copy, RDF.type, kind)
        yield Triple(copy, DCT.source, NamedNode(self.address))
        yield Triple(copy, PROV.wasDerivedFrom, NamedNode(self.name.published))
        yield Triple(copy, PROV.wasAttributedTo, self.name.council)
        yield Triple(copy, DG.isTrustPinned, _said(self.pinned))
        yield Triple(copy, DG.mayBeUnsigned, _said(self.unsigned))
        for key in self.trusted:
            yield Triple(copy, DG.trustedKey, Literal(key))
        for key, when in self.revoked:
            since = Literal(moment_text(when), datatype=XSD.dateTime)
            yield Triple(NamedNode(key_iri(self.name.authority, key)), SEC.revoked, since)
        for receipt in self.receipts:
            yield from self._receipt(copy, receipt)
        yield from self.evidence

    def _receipt(self, copy: NamedNode, receipt: Receipt) -> Iterator[Triple]:
        node = NamedNode(f"{provenance_of(self.name)}#{receipt.number}")
        for kind in (PROV.Activity, DG.Receipt):
            yield Triple(node, RDF.type, kind)
        yield Triple(node, DG.receivedCopy, copy)
        yield Triple(node, DG.receiptNumber, _said(receipt.number))
        yield Triple(node, PROV.endedAtTime, Literal(receipt.moment, datatype=XSD.dateTime))
        yield Triple(node, PROV.used, NamedNode(receipt.address))
        yield Triple(node, DG.contentHash, Literal(receipt.content_hash))
        yield Triple(node, DG.statementsAdded, _said(receipt.added))
        yield Triple(node, DG.statementsRemoved, _said(receipt.removed))
        if receipt.version is not None:
            yield Triple(node, DG.versionNumber, _said(receipt.version))
        if receipt.key is not None:
            yield Triple(node, DG.verifiedWith, NamedNode(receipt.key))
        if receipt.chained is not None:
            yield Triple(node, DG.isChainComplete, _said(receipt.chained))


def provenance_in(name: GraphName, triples: Iterable[Triple]) -> Provenance:
    """The provenance that `Provenance.triples` wrote."""
    graph, copy = Graph(triples), NamedNode(copy_of(name))
    nodes = graph.subjects(DG.receivedCopy, copy)
    receipts = sorted((_read(graph, node) for node in nodes), key=lambda r: r.number)
    ours = {copy, *nodes}
    return Provenance(
        name,
        graph.text(copy, DCT.source),
        tuple(str(o.value) for o in graph.objects(copy, DG.trustedKey)),
        _flag(graph.value(copy, DG.isTrustPinned)) is True,
        _flag(graph.value(copy, DG.mayBeUnsigned)) is True,
        tuple(receipts),
        tuple(
            sorted(
                (t for t in graph if t.subject not in ours and t.predicate != SEC.revoked), key=str
            )
        ),
        tuple(
            sorted(
                (str(t.subject.value).rpartition("#")[2], datetime.fromisoformat(t.object.value))
                for t in graph.match(None, SEC.revoked)
            )
        ),
    )


def _read(graph: Graph, node: Term) -> Receipt:
    version = graph.value(node, DG.versionNumber)
    key = graph.value(node, DG.verifiedWith)
    return Receipt(
        number=int(graph.text(node, DG.receiptNumber)),
        # A store may leave out the zeros at the end.
        moment=moment(datetime.fromisoformat(graph.text(node, PROV.endedAtTime))),
        address=graph.text(node, PROV.used),
        content_hash=graph.text(node, DG.contentHash),
        version=None if version is None else int(version.value),
        key=None if key is None else str(key.value),
        chained=_flag(graph.value(node, DG.isChainComplete)),
        added=int(graph.text(node, DG.statementsAdded, "0")),
        removed=int(graph.text(node, DG.statementsRemoved, "0")),
    )


def _said(value: Any) -> Literal:
    kind = XSD.boolean if isinstance(value, bool) else XSD.integer
    return Literal(str(value).lower(), datatype=kind)


def _flag(term: Term | None) -> bool | None:
    return None if term is None else term.value == "true"
