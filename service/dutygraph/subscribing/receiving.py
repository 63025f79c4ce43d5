"""Fetching a partner's graph and checking all that can be checked of it.

Owns: what has to hold before a copy is kept (SECURITY S16, S26, S31, S32). Must not: keep anything;
where something does not hold, nothing has changed.

The proof is fetched first. It names the version, and the version is fetched by its number, so that
nothing that is published meanwhile comes between the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dutygraph.canonical_form import canonical_form, hash_of
from dutygraph.description import describe
from dutygraph.errors import Problem
from dutygraph.fetching.fetching import Fetched, Fetcher
from dutygraph.parsing import Limits, parse
from dutygraph.pipeline import Pipeline
from dutygraph.publishing.ownership import refuse_what_is_anothers
from dutygraph.signing.endorsing import Endorsement, endorsements_in, trusted_among
from dutygraph.signing.keys import PublicKey, key_iri, keys_in
from dutygraph.signing.versions import VersionProof, check_version, version_proof_in
from dutygraph.subscribing.provenance import Receipt
from dutygraph.subscribing.sources import Source
from dutygraph.triples import Triple, parse_triples

__all__ = ["Received", "Trust", "receive"]

_MEDIA_TYPES = ("application/n-triples", "text/turtle")
# Keys and proofs are small; what is larger is none.
_SMALL = Limits(bytes=256 * 1024, statements=2_000)
_MOST_STEPS = 50
_GONE = (404, 410)


@dataclass(frozen=True)
class Trust:
    """What is trusted before anything is fetched.

    Args:
        keys: keys whose signatures count, as `publicKeyMultibase`; where there is none, those that
            the council publishes now are taken (trust on first use).
        unsigned: whether what is not signed may be kept.
        last: what was received last, or None.
        revoked: see `Provenance.revoked`.
    """

    keys: tuple[str, ...] = ()
    unsigned: bool = False
    last: Receipt | None = None
    revoked: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True)
class Received:
    """What was received, and has been checked.

    Args:
        form: its canonical N-Triples.
        content_hash: of them.
        address: where it was found.
        proof: the proof that holds; None where it is not signed.
        key: the key that made it.
        trusted: the keys that can be trusted from now on.
        revoked: those that are trusted and revoked, and since when.
        chained: see `Receipt.chained`.
    """

    form: bytes
    content_hash: str
    address: str
    proof: VersionProof | None
    key: PublicKey | None
    trusted: tuple[str, ...]
    revoked: tuple[tuple[str, datetime], ...]
    chained: bool | None

    @property
    def triples(self) -> list[Triple]:
        """Its statements."""
        return parse_triples(self.form)

    @property
    def evidence(self) -> list[Triple]:
        """The proof and the key, in RDF."""
        found = [*self.proof.triples()] if self.proof else []
        return found + ([*self.key.triples()] if self.key else [])


def receive(
    source: Source, fetcher: Fetcher, pipeline: Pipeline, trust: Trust, now: datetime
) -> Received:
    """Fetch a partner's graph and check it.

    Args:
        source: where it is.
        fetcher: asks the partners.
        pipeline: the rulebook, and what may be sent.
        trust: what is trusted already.
        now: when.

    Raises:
        Problem: not-a-partner, not-fetched, not-verified, bad-proof, bad-key, too-many-unnamed, or
            whatever keeps a submission out, such as not-of-the-council.
    """
    try:
        fetched = _fetched(fetcher, source.proof)
    except Problem as problem:
        if problem.extra.get("remoteStatus") not in _GONE:
            raise
        return _unsigned(source, fetcher, pipeline, trust, problem)
    proof = version_proof_in(_statements(fetched))
    keys, trusted = _keys(source, fetcher, trust, now)
    graph = source.name.published
    _refuse_revoked(proof, source, trust)
    # Before the contents are fetched: a proof that does not hold is not worth it.
    key = check_version(proof, graph=graph, keys=trusted, now=now)
    chained = _followed(proof, source, fetcher, keys, trust.last, now)
    address = source.version(proof.number)
    content = _fetched(fetcher, address)
    form = _admitted(content, source, pipeline)
    if hash_of(form) != proof.content_hash:
        raise Problem(
            "not-verified",
            f"The signature does not hold: what is at {address} is not what was signed, since "
            "their hashes differ.",
        )
    known = tuple(k.multibase for k in trusted)
    revoked = tuple((k.multibase, k.revoked) for k in trusted if k.revoked is not None)
    return Received(form, proof.content_hash, address, proof, key, known, revoked, chained)


def _unsigned(
    source: Source, fetcher: Fetcher, pipeline: Pipeline, trust: Trust, problem: Problem
) -> Received:
    if trust.last is not None and trust.last.key is not None:
        raise Problem(
            "not-verified",
            f"{source.address} was signed when it was last received, and is not any more. It may "
            "have been withdrawn; or somebody else answers in its place. Ask the council.",
        ) from problem
    if not trust.unsigned or trust.keys:
        raise Problem(
            "not-verified",
            f"{source.address} is not signed, or not there: {source.proof} holds no proof. To keep "
            "it all the same, say so with --unsigned; whoever reads it is then told.",
        ) from problem
    fetched = _fetched(fetcher, source.address)
    form = _admitted(fetched, source, pipeline)
    return Received(form, hash_of(form), source.address, None, None, (), (), None)


# --- keys -----------------------------------------------------------------------------------------


def _keys(
    source: Source, fetcher: Fetcher, trust: Trust, now: datetime
) -> tuple[tuple[PublicKey, ...], tuple[PublicKey, ...]]:
    """The council's keys, and those of them that are trusted."""
    document = _statements(_fetched(fetcher, source.keys))
    keys = keys_in(document, source.name.authority)
    seen = dict(trust.revoked)
    # A revocation is not taken back; who says otherwise may be the one against whom it was said.
    keys = tuple(replace(k, revoked=seen.get(k.multibase, k.revoked)) for k in keys)
    endorsements: Sequence[Endorsement] = endorsements_in(document, keys)
    if not trust.keys:
        return keys, keys
    # What such a key vouched for in time was seen together with its revocation.
    vouching = [k for k in trust.keys if k not in seen]
    reached = trusted_among(keys, endorsements, vouching, now)
    trusted = tuple(k for k in keys if k in reached or k.multibase in trust.keys)
    if not trusted:
        shown = ", ".join(key.multibase for key in keys) or "none"
        raise Problem(
            "not-verified",
            f"{source.name.authority} does not publish the key that is trusted, {trust.keys[0]}, any "
            f"more. It publishes: {shown}. Ask the council, another way, which key is its own; then "
            "subscribe again with --key.",
        )
    return keys, trusted


def _refuse_revoked(proof: VersionProof, source: Source, trust: Trust) -> None:
    """Refuse a newer version by a key that was revoked when the one that is held was the newest."""
    authority, last = source.name.authority, trust.last
    method = proof.proof.method
    if last is None or last.version is None or proof.number <= last.version:
        return
    if method in {key_iri(authority, key) for key, _ in trust.revoked}:
        raise Problem(
            "not-verified",
            f"Version {proof.number} of {source.address} is signed with {method.rpartition('#')[2]}, "
            f"which {authority} had revoked before there was such a version. Ask the council.",
        )


# --- the chain of versions ------------------------------------------------------------------------


def _followed(
    proof: VersionProof,
    source: Source,
    fetcher: Fetcher,
    keys: Sequence[PublicKey],
    last: Receipt | None,
    now: datetime,
) -> bool | None:
    """Whether a version follows from the one that was received last.

    Raises:
        Problem: not-verified, where it is older, or another one with the same number, or where the
            versions between do not follow from each other.
    """
    if last is None or last.version is None:
        return None
    if proof.number < last.version:
        raise Problem(
            "not-verified",
            f"{source.address} gives version {proof.number}, and version {last.version} was received "
            "before. An older version never takes the place of a newer one.",
        )
    if proof.number == last.version:
        if proof.content_hash != last.content_hash:
            raise Problem(
                "not-verified",
                f"{source.address} gives another version {proof.number} than the one that was "
                "received before: the council, or somebody in its name, has signed two. Ask it.",
            )
        return True
    wanted = proof.previous_hash
    if proof.number - last.version > _MOST_STEPS:
        return False
    for number in range(proof.number - 1, last.version, -1):
        try:
            step = version_proof_in(_statements(_fetched(fetcher, source.proof_of(number))))
        except Problem as problem:
            if problem.extra.get("remoteStatus") in _GONE:
                # A withdrawal, or a version that was not signed: if that, the hashes tell below.
                continue
            raise
        check_version(step, graph=source.name.published, keys=keys, now=now)
        if (step.number, step.content_hash) != (number, wanted):
            raise _broken(source, number)
        wanted = step.previous_hash
    if wanted != last.content_hash:
        raise _broken(source, last.version)
    return True


def _broken(source: Source, number: int) -> Problem:
    return Problem(
        "not-verified",
        f"The newest version of {source.address} does not follow from version {number}: its history "
        "was changed, or a version between was not signed. Ask the council; to begin anew, unsubscribe "
        "and subscribe again.",
    )


# --- documents ------------------------------------------------------------------------------------


def _fetched(fetcher: Fetcher, address: str) -> Fetched:
    return fetcher.fetch(address, _MEDIA_TYPES, stay=True)


def _statements(fetched: Fetched) -> list[Triple]:
    """The statements of a key or a proof."""
    parsed = parse(fetched.body, fetched.media_type, limits=_SMALL, contexts={})
    return [quad.triple for quad in parsed.quads]


def _admitted(fetched: Fetched, source: Source, pipeline: Pipeline) -> bytes:
    """The canonical form of a description that came through the same door as any submission."""
    parsed = pipeline.admitted(fetched.body, fetched.media_type)
    form = canonical_form(quad.triple for quad in parsed.quads)
    description = describe(parsed.quads)
    refuse_what_is_anothers(description, source.name.council, pipeline.rulebook)
    return form
