"""The proof of one version of a council's graph.

Owns: what such a proof is bound to (SECURITY S26): the graph's IRI, the number of the version, the
hash of what it holds and that of the version before. Must not: fetch or keep anything.

The hash of the contents is bound beside the contents themselves, so that a chain of versions can be
checked by their proofs alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from dutygraph.canonical_form import canonical_form, hash_of
from dutygraph.errors import Problem
from dutygraph.signing.integrity import IntegrityProof, check, made, proof_in
from dutygraph.signing.keys import PublicKey
from dutygraph.terms import DG, XSD
from dutygraph.triples import Literal, NamedNode, Term, Triple

__all__ = ["VersionProof", "check_version", "prove_version", "version_proof_in"]

_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_BINDINGS = (DG.signedGraph, DG.versionNumber, DG.contentHash)


@dataclass(frozen=True)
class VersionProof:
    """A proof of a version, with what it is bound to.

    Args:
        proof: the proof itself.
        graph: the IRI of the council's graph.
        number: the version's number, from 1.
        content_hash: the hash of its canonical form.
        previous_hash: that of the version before; None for the first.
    """

    proof: IntegrityProof
    graph: str
    number: int
    content_hash: str
    previous_hash: str | None

    def triples(self) -> Iterator[Triple]:
        """The proof in RDF."""
        return self.proof.triples()


def prove_version(
    content_hash: str,
    *,
    graph: str,
    number: int,
    previous_hash: str | None,
    key: PublicKey,
    private_key: bytes,
    now: datetime,
) -> VersionProof:
    """Sign one version of a graph.

    Args:
        content_hash: the hash of the canonical form of what the version holds.
        graph: the IRI of the council's graph, such as BASE graphs/torbay/structure.
        number: the version's number.
        previous_hash: the hash of the version before; None for the first.
        key, private_key: the council's.
        now: when.

    Raises:
        Problem: `bad-key`, where the key is not right now.
    """
    bindings = _bindings(graph, number, content_hash, previous_hash)
    proof = made(_iri(graph, number), _digest(content_hash), bindings, key, private_key, now)
    return VersionProof(proof, graph, number, content_hash, previous_hash)


def version_proof_in(triples: Iterable[Triple]) -> VersionProof:
    """The proof of a version that a document holds; it is not checked yet.

    Raises:
        Problem: `bad-proof`.
    """
    proof = proof_in(triples, _BINDINGS, (DG.previousContentHash,))
    said = {p: str(v.value) for p, v in proof.bindings.items()}
    previous = said.get(DG.previousContentHash)
    hashes = [said[DG.contentHash], *([previous] if previous else [])]
    number = said[DG.versionNumber]
    if not all(_HASH.fullmatch(h) for h in hashes) or not _NUMBER.fullmatch(number):
        raise Problem(
            "bad-proof", "The proof cannot be used: a hash or the number of its version is none."
        )
    if (previous is None) != (number == "1"):
        raise Problem(
            "bad-proof",
            "The proof cannot be used: every version but the first names the hash of the one before.",
        )
    graph = said[DG.signedGraph]
    if proof.bindings != _bindings(graph, int(number), hashes[0], previous):
        raise Problem(
            "bad-proof", "The proof cannot be used: it is bound to values of other types."
        )
    if proof.iri != _iri(graph, int(number)):
        # Whoever keeps the proof would keep statements about whatever else it names.
        raise Problem(
            "bad-proof",
            f"The proof cannot be used: {proof.iri[:200]} is not its name, which is "
            f"{_iri(graph, int(number))[:200]}.",
        )
    return VersionProof(proof, graph, int(number), hashes[0], previous)


def check_version(
    version: VersionProof,
    *,
    graph: str,
    keys: Iterable[PublicKey],
    now: datetime,
    triples: Iterable[Triple] | None = None,
) -> PublicKey:
    """Check the proof of a version.

    Args:
        version: the proof.
        graph: the graph that it has to be about.
        keys: those of the council.
        now: a proof from later is none.
        triples: what the version holds; without it only its place in the chain is checked.

    Returns:
        The key that made it.

    Raises:
        Problem: `not-verified`, with the reason; `too-many-unnamed` or `too-large`.
    """
    if version.graph != graph:
        raise Problem(
            "not-verified",
            f"The proof does not hold: it is about the graph {version.graph[:200]}, and not about "
            f"{graph}.",
        )
    if triples is not None and hash_of(canonical_form(triples)) != version.content_hash:
        raise Problem(
            "not-verified",
            "The proof does not hold: what was sent is not what was signed, since their hashes "
            "differ.",
        )
    return check(version.proof, _digest(version.content_hash), keys, now)


def _bindings(
    graph: str, number: int, content_hash: str, previous_hash: str | None
) -> dict[NamedNode, Term]:
    try:
        bindings: dict[NamedNode, Term] = {DG.signedGraph: NamedNode(graph)}
    except ValueError as error:
        raise Problem("bad-proof", "The proof cannot be used: its graph has no IRI.") from error
    bindings[DG.versionNumber] = Literal(str(number), datatype=XSD.integer)
    bindings[DG.contentHash] = Literal(content_hash)
    if previous_hash is not None:
        bindings[DG.previousContentHash] = Literal(previous_hash)
    return bindings


def _iri(graph: str, number: int) -> str:
    return f"{graph}/versions/{number}/proof"


def _digest(content_hash: str) -> bytes:
    return bytes.fromhex(content_hash.removeprefix("sha256:"))
