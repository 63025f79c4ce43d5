"""The proof of a version that is being published, where this service holds its council's key.

Owns: what the proof is made of. Must not: keep it, or know a token.
"""

from __future__ import annotations

import logging
from datetime import datetime

from dutygraph.publishing.history import History
from dutygraph.signing.keyring import Keyring
from dutygraph.signing.versions import VersionProof, prove_version

__all__ = ["prove_newest"]

_LOG = logging.getLogger("dutygraph.publishing")


def prove_newest(history: History, keyring: Keyring, now: datetime) -> VersionProof | None:
    """Sign the newest version of a graph.

    Args:
        history: of the graph, with that version in it.
        keyring: the keys of the councils.
        now: when.

    Returns:
        The proof; None where the council has no key here that is right now, and where this version
        or the one before has no hash, since too many of its nodes are unnamed.

    Raises:
        Problem: bad-key, where the council's key cannot be read.
    """
    name = history.name
    signer = keyring.signer(name.authority, now)
    if signer is None:
        return None
    events = {e.number: e for e in history.events() if e.version is not None}
    number = max(events)
    before = history.before(number)
    content_hash = events[number].hash
    previous_hash = None if before is None else events[before].hash
    if content_hash is None or (before is not None and previous_hash is None):
        _LOG.warning("%s is not signed: too many of its nodes are unnamed.", name.version(number))
        return None
    return prove_version(
        content_hash,
        graph=name.published,
        number=number,
        previous_hash=previous_hash,
        key=signer.key,
        private_key=signer.private_key,
        now=now,
    )
