"""Proofs of integrity over a graph: W3C Data Integrity with eddsa-rdfc-2022, and nothing else.

Owns: the two hashes that are signed (Data Integrity EdDSA Cryptosuites 1.0, sections 3.2.1 to 3.2.6)
and how a proof is said in RDF. Must not: know what a version or a council is, or choose an algorithm
by what a proof says of itself.

A proof may be bound to more than the graph: every binding is a statement about the proof, and is
signed with its other options.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dutygraph.errors import Problem
from dutygraph.signing import ed25519
from dutygraph.signing.keys import PublicKey, moment, moment_text
from dutygraph.signing.multibase import decoded, encoded
from dutygraph.terms import DCT, RDF, SEC, XSD
from dutygraph.triples import Graph, Literal, NamedNode, Term, Triple, canonical

__all__ = ["SUITE", "IntegrityProof", "check", "hash_data", "made", "proof_in"]

SUITE = "eddsa-rdfc-2022"
# How far two honest clocks may be apart.
_SKEW = timedelta(minutes=5)
_SUITE = Literal(SUITE, datatype=SEC.cryptosuiteString)
_OPTIONS = (
    RDF.type,
    SEC.cryptosuite,
    SEC.proofPurpose,
    SEC.verificationMethod,
    SEC.proofValue,
    DCT.created,
)


@dataclass(frozen=True)
class IntegrityProof:
    """A proof.

    Args:
        iri: its identifier.
        method: the IRI of the key that it is made with.
        created: when it was made.
        bindings: what else it is bound to, each property once.
        value: the signature, in Multibase.
    """

    iri: str
    method: str
    created: datetime
    bindings: Mapping[NamedNode, Term]
    value: str

    def options(self) -> Iterator[Triple]:
        """What is signed beside the graph (section 3.2.5, proof configuration)."""
        proof = NamedNode(self.iri)
        yield Triple(proof, RDF.type, SEC.DataIntegrityProof)
        yield Triple(proof, SEC.cryptosuite, _SUITE)
        yield Triple(proof, SEC.proofPurpose, SEC.assertionMethod)
        yield Triple(proof, SEC.verificationMethod, NamedNode(self.method))
        created = Literal(moment_text(self.created), datatype=XSD.dateTime)
        yield Triple(proof, DCT.created, created)
        for property_, value in self.bindings.items():
            yield Triple(proof, property_, value)

    def triples(self) -> Iterator[Triple]:
        """The proof in RDF."""
        yield from self.options()
        value = Literal(self.value, datatype=SEC.multibase)
        yield Triple(NamedNode(self.iri), SEC.proofValue, value)


def hash_data(options: Iterable[Triple], document_hash: bytes) -> bytes:
    """The 64 bytes that are signed: the hash of the options, and that of the graph (section 3.2.4).

    Args:
        options: the proof without its value.
        document_hash: the SHA-256 of the graph's canonical form.
    """
    return hashlib.sha256(canonical(options)).digest() + document_hash


def made(
    iri: str,
    document_hash: bytes,
    bindings: Mapping[NamedNode, Term],
    key: PublicKey,
    private_key: bytes,
    now: datetime,
) -> IntegrityProof:
    """Make a proof.

    Args:
        iri: how it is called.
        document_hash: the SHA-256 of the graph's canonical form.
        bindings: what else it is bound to.
        key: the public key.
        private_key: its private key.
        now: when it is made.

    Raises:
        Problem: `bad-key`, where the key is not right now.
    """
    if not key.is_right_at(now):
        raise Problem("bad-key", f"The key {key.multibase} is not right at {moment_text(now)}.")
    options = IntegrityProof(iri, key.iri, now.replace(microsecond=0), bindings, "")
    signature = ed25519.sign(private_key, hash_data(options.options(), document_hash))
    return IntegrityProof(iri, key.iri, options.created, bindings, encoded(signature))


def proof_in(
    triples: Iterable[Triple], bindings: Sequence[NamedNode], optional: Sequence[NamedNode] = ()
) -> IntegrityProof:
    """The one proof of a document.

    Args:
        triples: the document.
        bindings: the properties that it has to be bound by, and by no others.
        optional: properties by which it may be bound.

    Raises:
        Problem: `bad-proof`, which says what is missing, there twice, or unknown.
    """
    graph = Graph(triples)
    found = graph.instances(SEC.DataIntegrityProof)
    if len(found) != 1 or not isinstance(found[0], NamedNode):
        raise _bad(f"it holds {len(found)} proofs with an IRI, and one is needed")
    node = found[0]
    values: dict[NamedNode, Term] = {}
    for triple in graph.match(node):
        if triple.predicate in values:
            raise _bad(f"it says {triple.predicate.value} twice")
        values[triple.predicate] = triple.object
    for property_ in (*_OPTIONS, *bindings):
        if property_ not in values:
            raise _bad(f"it does not say {property_.value}")
    unknown = values.keys() - {*_OPTIONS, *bindings, *optional}
    if unknown:
        # It would be signed, and nobody here knows what it means.
        raise _bad(f"{min(p.value for p in unknown)[:200]} is not known of a proof")
    if values[SEC.cryptosuite] != _SUITE:
        raise _bad(f"its cryptosuite is {values[SEC.cryptosuite]}, and only {SUITE} is taken")
    if values[SEC.proofPurpose] != SEC.assertionMethod:
        raise _bad(f"its purpose is {values[SEC.proofPurpose]}, and not to assert")
    try:
        created = moment(str(values[DCT.created].value))
    except ValueError as error:
        raise _bad(str(error)) from error
    bound = {p: v for p, v in values.items() if p not in _OPTIONS}
    method, value = (str(values[p].value) for p in (SEC.verificationMethod, SEC.proofValue))
    return IntegrityProof(node.value, method, created, bound, value)


def check(
    proof: IntegrityProof, document_hash: bytes, keys: Iterable[PublicKey], now: datetime
) -> PublicKey:
    """Check a proof (section 3.2.2).

    Args:
        proof: the proof.
        document_hash: the SHA-256 of the canonical form of the graph that it should be over.
        keys: those that may have made it.
        now: a proof from later is none.

    Returns:
        The key that made it; it was right when the proof was made.

    Raises:
        Problem: `not-verified`, with the reason.
    """
    key = next((k for k in keys if k.iri == proof.method), None)
    if key is None:
        raise _fails(f"the key {proof.method[:200]}, with which it is made, is none of those known")
    try:
        signature = decoded(proof.value)
    except ValueError as error:
        raise _fails(f"the signature cannot be read: {error}") from error
    if not ed25519.verifies(key.bytes, signature, hash_data(proof.options(), document_hash)):
        raise _fails("the signature is not that of what was sent: one of them was changed")
    if not key.may_have_made(proof.created):
        until = moment_text(key.ends) if key.ends else "now"
        raise _fails(
            f"it was made at {moment_text(proof.created)}, and its key is right from "
            f"{moment_text(key.created)} until {until}"
        )
    if proof.created > now + _SKEW:
        raise _fails(f"it says that it was made at {moment_text(proof.created)}, which is to come")
    return key


def _bad(why: str) -> Problem:
    return Problem("bad-proof", f"The proof cannot be used: {why}.")


def _fails(why: str) -> Problem:
    return Problem("not-verified", f"The proof does not hold: {why}.")
