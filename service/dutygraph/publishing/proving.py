"""The proof of a version that is being published, where this service holds its council's key.

Owns: what the proof is made of, and why there is none. Must not: keep it, or know a token.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from dutygraph.publishing.history import History
from dutygraph.signing.keyring import Keyring
from dutygraph.signing.versions import VersionProof, prove_version

__all__ = ["Proved", "prove_newest"]

_LOG = logging.getLogger("dutygraph.publishing")


@dataclass(frozen=True)
class Proved:
    """Whether a version was signed.

    Args:
        proof: of it, or None.
        why_not: what its council is told where there is none although it has keys here; else empty.
    """

    proof: VersionProof | None
    why_not: str = ""


def prove_newest(history: History, keyring: Keyring, now: datetime) -> Proved:
    """Sign the newest version of a graph.

    Args:
        history: of the graph, with that version in it.
        keyring: the keys of the councils.
        now: when.

    Returns:
        The proof. There is none where the council has no key here that is right now, and where this
        version or the one before has no hash, since its canonical form is refused.

    Raises:
        Problem: bad-key, where the council's key cannot be read.
    """
    name = history.name
    signer = keyring.signer(name.authority, now)
    if signer is None and not keyring.keys(name.authority):
        return Proved(None)
    events = {e.number: e for e in history.events() if e.version is not None}
    number = max(events)
    before = history.before(number)
    content_hash = events[number].hash
    previous_hash = None if before is None else events[before].hash
    if signer is None:
        return _unsigned(
            name.version(number),
            f"No key of {name.authority} that this service can sign with is right now. Have a new "
            f"one made (`dutygraph key new {name.authority}`), tell your partners of it, and "
            "publish again.",
        )
    if content_hash is None:
        return _unsigned(
            name.version(number),
            "It cannot be brought into its canonical form safely, since too many of its nodes are "
            "unnamed or it is too large. Give its nodes IRIs, and publish again.",
        )
    if before is not None and previous_hash is None:
        return _unsigned(
            name.version(number),
            "The version before it has no hash that it could name. Publish the graph again.",
        )
    proof = prove_version(
        content_hash,
        graph=name.published,
        number=number,
        previous_hash=previous_hash,
        key=signer.key,
        private_key=signer.private_key,
        now=now,
    )
    return Proved(proof)


def _unsigned(version: str, why: str) -> Proved:
    _LOG.warning("%s is not signed. %s", version, why)
    return Proved(
        None, f"This version is not signed, and partners who check proofs refuse it. {why}"
    )
