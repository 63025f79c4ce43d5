"""Endorsements: a new key that is signed with one that is trusted already.

Owns: the proof over what is said of a key when it is made, and the chain from keys that are trusted
to those that can be. Must not: keep what is trusted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from dutygraph.errors import Problem
from dutygraph.signing.integrity import IntegrityProof, check, made, proof_in
from dutygraph.signing.keys import PublicKey, moment, moment_text
from dutygraph.terms import DG, SEC
from dutygraph.triples import Graph, NamedNode, Triple, canonical

__all__ = ["Endorsement", "endorse", "endorsements_in", "trusted_among"]


@dataclass(frozen=True)
class Endorsement:
    """The proof by which a key is endorsed.

    Args:
        key: the IRI of the key that is endorsed.
        proof: the proof, made with another key of the same council.
    """

    key: str
    proof: IntegrityProof

    def triples(self) -> Iterator[Triple]:
        """The endorsement in RDF."""
        yield Triple(NamedNode(self.key), SEC.proof, NamedNode(self.proof.iri))
        yield from self.proof.triples()

    def as_json(self) -> dict[str, str]:
        """What cannot be told from the key."""
        proof = self.proof
        created = moment_text(proof.created)
        return {"method": proof.method, "created": created, "proofValue": proof.value}

    @classmethod
    def from_json(cls, key: PublicKey, said: dict[str, str]) -> Endorsement:
        """The endorsement of a key, from `as_json`."""
        proof = IntegrityProof(
            _iri(key),
            said["method"],
            moment(said["created"]),
            {DG.endorsedKey: NamedNode(key.iri)},
            said["proofValue"],
        )
        return cls(key.iri, proof)


def endorse(key: PublicKey, by: PublicKey, private_key: bytes, now: datetime) -> Endorsement:
    """Endorse a new key.

    Args:
        key: the new one.
        by, private_key: one that is right now.
        now: when.

    Raises:
        Problem: `bad-key`, where it is not right.
    """
    bindings = {DG.endorsedKey: NamedNode(key.iri)}
    return Endorsement(key.iri, made(_iri(key), _digest(key), bindings, by, private_key, now))


def endorsements_in(
    triples: Iterable[Triple], keys: Iterable[PublicKey]
) -> tuple[Endorsement, ...]:
    """The endorsements that a document holds of some keys; they are not checked yet.

    Raises:
        Problem: `bad-proof`.
    """
    graph = Graph(triples)
    found = []
    for key in keys:
        for node in graph.objects(NamedNode(key.iri), SEC.proof):
            found.append(Endorsement(key.iri, proof_in(graph.match(node), [DG.endorsedKey])))
    return tuple(found)


def trusted_among(
    keys: Sequence[PublicKey],
    endorsements: Sequence[Endorsement],
    trusted: Collection[str],
    now: datetime,
) -> tuple[PublicKey, ...]:
    """The keys that can be trusted: those that are, and those that a chain from them endorses.

    Args:
        keys: what the council publishes.
        endorsements: of them.
        trusted: the keys that are trusted already, as `publicKeyMultibase`.
        now: an endorsement from later is none.
    """
    found = [key for key in keys if key.multibase in trusted]
    left = [key for key in keys if key.multibase not in trusted]
    grown = True
    while grown:
        reached = [key for key in left if _is_endorsed(key, endorsements, found, now)]
        left = [key for key in left if key not in reached]
        found += reached
        grown = bool(reached)
    return tuple(key for key in keys if key in found)


def _is_endorsed(
    key: PublicKey, endorsements: Sequence[Endorsement], by: Sequence[PublicKey], now: datetime
) -> bool:
    for endorsement in endorsements:
        bound = endorsement.proof.bindings.get(DG.endorsedKey)
        if endorsement.key != key.iri or bound != NamedNode(key.iri):
            continue
        try:
            check(endorsement.proof, _digest(key), by, now)
        except Problem:
            continue
        return True
    return False


def _iri(key: PublicKey) -> str:
    return key.iri + "-endorsed"


def _digest(key: PublicKey) -> bytes:
    return sha256(canonical(key.birth())).digest()
