"""The copies of partners' graphs: made, renewed and ended.

Owns: what is kept, and that a copy and where it comes from change together or not at all. Must not:
decide what is trusted, or fetch by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dutygraph.canonical_form import canonical_form, hash_of
from dutygraph.errors import Problem
from dutygraph.fetching.fetching import Fetcher
from dutygraph.pipeline import Pipeline
from dutygraph.publishing.history import moment
from dutygraph.publishing.names import GRAPHS, GraphKind, GraphName, kind_of
from dutygraph.publishing.publisher import union_with
from dutygraph.signing.keyring import Keyring
from dutygraph.store.opening import GraphStore
from dutygraph.store.writing import as_statements
from dutygraph.subscribing.differences import Difference, difference
from dutygraph.subscribing.provenance import Provenance, Receipt, provenance_in
from dutygraph.subscribing.receiving import Received, Trust, receive
from dutygraph.subscribing.sources import Source, copy_of, provenance_of, source_of
from dutygraph.triples import parse_triples

__all__ = ["Kept", "Renewed", "Subscriptions"]


@dataclass(frozen=True)
class Kept:
    """A partner's graph as it is kept.

    Args:
        provenance: where it comes from.
        form: its canonical N-Quads, byte for byte what was signed.
    """

    provenance: Provenance
    form: bytes


@dataclass(frozen=True)
class Renewed:
    """What subscribing or refreshing came to.

    Args:
        provenance: as it is now.
        changed: whether anything was received that was not held.
    """

    provenance: Provenance
    changed: bool


class Subscriptions:
    """The partners' graphs in a store.

    Args:
        store: where they are.
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    # --- reading --------------------------------------------------------------------------------

    def all(self) -> list[Provenance]:
        """Every copy's provenance, sorted by council and name."""
        names = [
            GraphName(*graph.rsplit("/", 2)[1:])
            for graph in self._store.graphs()
            if kind_of(graph) is GraphKind.PARTNER
        ]
        found = (self._provenance(name) for name in sorted(names))
        return [provenance for provenance in found if provenance is not None]

    def kept(self, name: GraphName) -> Kept | None:
        """A copy, or None.

        Raises:
            Problem: store-failed, where what is kept is not what was received.
        """
        provenance = self._provenance(name)
        content = self._store.writer.get(copy_of(name))
        if provenance is None or provenance.last is None or content is None:
            return None
        form = canonical_form(parse_triples(content.statements))
        if hash_of(form) != provenance.last.content_hash:
            again = self._provenance(name)
            if again is not None and again.last != provenance.last:
                # It was renewed between the two reads.
                return self.kept(name)
            raise Problem(
                "store-failed",
                f"What is kept of {copy_of(name)} is not what was received. Have it fetched again "
                "with `dutygraph unsubscribe` and `dutygraph subscribe`.",
            )
        return Kept(provenance, form)

    def _provenance(self, name: GraphName) -> Provenance | None:
        kept = self._store.writer.get(provenance_of(name))
        return provenance_in(name, parse_triples(kept.statements)) if kept else None

    # --- changing -------------------------------------------------------------------------------

    def subscribe(
        self,
        address: str,
        authority: str,
        fetcher: Fetcher,
        pipeline: Pipeline,
        *,
        hosted: Iterable[str] = (),
        keys: tuple[str, ...] = (),
        unsigned: bool = False,
        now: datetime | None = None,
    ) -> Renewed:
        """Subscribe to a partner's graph, or give the keys of one anew.

        Args:
            address: of its published version.
            authority: the council that it should be of.
            fetcher: asks the partners.
            pipeline: the door.
            hosted: the councils that this service itself speaks for.
            keys: keys that the operator knows to be the council's, as `publicKeyMultibase`.
            unsigned: whether it may be unsigned.
            now: when; the clock's where None.

        Raises:
            Problem: graph-refused for a council of this service; bad-value; as `receive` says. Then
                nothing has changed.
        """
        source = source_of(address, authority)
        own = {*hosted, *Keyring(self._store.files.keys).authorities()}
        if authority in own or self._publishes(authority):
            raise Problem(
                "graph-refused",
                f"{authority} publishes on this service itself; its graphs are here already, below "
                f"/graphs/{authority}/.",
            )
        known = self._provenance(source.name)
        begun = Provenance(source.name, source.address, keys, bool(keys), unsigned)
        if known is not None:
            # Whoever subscribes again without a key does not trust anew.
            begun = replace(
                begun,
                trusted=keys or known.trusted,
                pinned=bool(keys) or known.pinned,
                receipts=known.receipts,
                evidence=known.evidence,
                revoked=() if keys else known.revoked,
            )
        return self._renewed(known, begun, source, fetcher, pipeline, now)

    def refresh(
        self,
        name: GraphName,
        fetcher: Fetcher,
        pipeline: Pipeline,
        now: datetime | None = None,
    ) -> Renewed:
        """Fetch a copy anew.

        Raises:
            Problem: unknown-graph; as `receive` says. Then nothing has changed.
        """
        known = self._known(name)
        source = source_of(known.address, name.authority)
        return self._renewed(known, known, source, fetcher, pipeline, now)

    def unsubscribe(self, name: GraphName) -> None:
        """Remove a copy and where it comes from.

        Raises:
            Problem: unknown-graph; busy, store-unavailable and its like.
        """
        self._known(name)
        copy = copy_of(name)
        with self._store.writer.writing() as writing:
            gone = {copy: None, provenance_of(name): None}
            writing.change(gone, union_with(self._store, copy))

    def _known(self, name: GraphName) -> Provenance:
        known = self._provenance(name)
        if known is None:
            raise Problem(
                "unknown-graph",
                f"There is no subscription to {name.authority}/{name.name}. `dutygraph subscriptions` "
                "lists them.",
            )
        return known

    def _publishes(self, authority: str) -> bool:
        return any(graph.startswith(f"{GRAPHS}{authority}/") for graph in self._store.graphs())

    def _renewed(
        self,
        known: Provenance | None,
        begun: Provenance,
        source: Source,
        fetcher: Fetcher,
        pipeline: Pipeline,
        now: datetime | None,
    ) -> Renewed:
        trust = Trust(begun.trusted, begun.unsigned, begun.last, begun.revoked)
        received = receive(source, fetcher, pipeline, trust, now or datetime.now(UTC))
        last = begun.last
        same = last is not None and (last.content_hash, last.version) == (
            received.content_hash,
            received.proof.number if received.proof else None,
        )
        if same and begun.trusting(received.trusted, received.revoked) == known:
            return Renewed(known, False)
        changed = None if same else self._changed(begun, received)
        return Renewed(self._keep(known, begun, received, changed, now), not same)

    def _changed(self, begun: Provenance, received: Received) -> Difference:
        before = self._store.writer.get(copy_of(begun.name))
        return difference(parse_triples(before.statements) if before else [], received.triples)

    def _keep(
        self,
        known: Provenance | None,
        begun: Provenance,
        received: Received,
        changed: Difference | None,
        now: datetime | None,
    ) -> Provenance:
        """Write what was received, with a receipt where something changed."""
        name, after = begun.name, begun.trusting(received.trusted, received.revoked)
        copy, provenance = copy_of(name), provenance_of(name)
        with self._store.writer.writing() as writing:
            kept = writing.get(provenance)
            if (provenance_in(name, parse_triples(kept.statements)) if kept else None) != known:
                raise Problem(
                    "busy",
                    f"The subscription to {name.authority}/{name.name} was changed meanwhile. Try "
                    "again.",
                )
            if changed is not None:
                # Not the moment before it was fetched: what others wrote meanwhile stands before it
                # in the feed, and whoever follows that never looks back.
                receipt = _receipt(begun, received, changed, now or datetime.now(UTC))
                after = after.received(receipt, received.evidence)
            graphs = {copy: received.form, provenance: as_statements(after.triples())}
            writing.change(graphs, union_with(self._store, copy))
        return after


def _receipt(begun: Provenance, received: Received, changed: Difference, when: datetime) -> Receipt:
    return Receipt(
        number=begun.last.number + 1 if begun.last else 1,
        moment=moment(when),
        address=received.address,
        content_hash=received.content_hash,
        version=received.proof.number if received.proof else None,
        key=received.key.iri if received.key else None,
        chained=received.chained,
        added=changed.added,
        removed=changed.removed,
    )
