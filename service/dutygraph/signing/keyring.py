"""A council's keys, kept beside the store: the public ones in a list, each private one in a file.

Owns: the files, and that only their owner can read them. Must not: sign a graph, or hand a private
key to anything but a signature.

| file | what it holds |
| --- | --- |
| `{authority}.json` | the council's public keys with their days, the oldest first |
| `{authority}/{publicKeyMultibase}` | a private key, as `secretKeyMultibase`; mode 0600 |

A private key is removed when its public key is revoked. A new key is endorsed by one that is right
when it is made, so that whoever trusts that one can trust the new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from dutygraph.errors import Problem
from dutygraph.signing import ed25519
from dutygraph.signing.endorsing import Endorsement, endorse
from dutygraph.signing.keys import PublicKey, moment, moment_text
from dutygraph.signing.multibase import private_key_bytes, private_key_text, public_key_text

__all__ = ["Keyring", "Signer"]

_AUTHORITY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, repr=False)
class Signer:
    """A key that can sign now.

    Args:
        key: the public key.
        private_key: its private key, which is not shown.
    """

    key: PublicKey
    private_key: bytes


class Keyring:
    """The keys of the councils that this service speaks for.

    Args:
        folder: where they are; it is made with the first key.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def authorities(self) -> list[str]:
        """The councils that have keys here, sorted."""
        return sorted(path.stem for path in self._folder.glob("*.json"))

    def keys(self, authority: str) -> tuple[PublicKey, ...]:
        """The public keys of a council, current and past, the oldest first.

        Raises:
            Problem: `bad-key`, where the list cannot be read; `bad-value`, where this is no name.
        """
        return tuple(key for key, _ in self._read(authority))

    def endorsements(self, authority: str) -> tuple[Endorsement, ...]:
        """The proofs by which each newer key of a council was endorsed with an older one."""
        return tuple(e for _, e in self._read(authority) if e is not None)

    def signer(self, authority: str, now: datetime) -> Signer | None:
        """The newest key that is right now and whose private key is here, or None.

        Raises:
            Problem: `bad-key`, where a file cannot be read.
        """
        for key in reversed(self.keys(authority)):
            path = self._private(key)
            if key.is_right_at(now) and path.exists():
                try:
                    private_key = private_key_bytes(path.read_text(encoding="ascii").strip())
                    matches = ed25519.public_key_of(private_key) == key.bytes
                except (OSError, ValueError):
                    matches = False
                if not matches:
                    raise Problem(
                        "bad-key",
                        f"The private key in {path} cannot be read, or is not that of its name. "
                        "Bring the file back, or revoke the key and make a new one.",
                    )
                return Signer(key, private_key)
        return None

    def new(self, authority: str, now: datetime, expires: datetime | None = None) -> PublicKey:
        """Make a key for a council.

        Args:
            authority: the last part of its identifier.
            now: from when the key is right.
            expires: until when.

        Raises:
            Problem: `bad-value`, `bad-key`, or `unreadable-file` where it cannot be kept.
        """
        with self._writing(authority):
            known = self._read(authority)
            endorser = self.signer(authority, now)
            private_key = ed25519.new_private_key()
            multibase = public_key_text(ed25519.public_key_of(private_key))
            key = PublicKey(authority, multibase, now.replace(microsecond=0), expires)
            if expires is not None and expires <= key.created:
                raise Problem("bad-value", "The key would expire before it begins.")
            proof = endorse(key, endorser.key, endorser.private_key, now) if endorser else None
            self._private(key).parent.mkdir(mode=0o700, exist_ok=True)
            _write(self._private(key), private_key_text(private_key).encode() + b"\n")
            self._write(authority, [*known, (key, proof)])
            return key

    def revoke(self, authority: str, multibase: str, now: datetime) -> PublicKey:
        """Say that a key is not right from now on, and remove its private key.

        Raises:
            Problem: `bad-key`, where the council has no such key, or it is revoked already.
        """
        with self._writing(authority):
            known = self._read(authority)
            for place, (key, proof) in enumerate(known):
                if key.multibase == multibase and key.revoked is None:
                    revoked = replace(key, revoked=now.replace(microsecond=0))
                    known[place] = (revoked, proof)
                    self._write(authority, known)
                    self._private(key).unlink(missing_ok=True)
                    return revoked
        raise Problem(
            "bad-key",
            f"{authority} has no key {multibase[:60]} here that could be revoked. `dutygraph key "
            "list` shows its keys.",
        )

    # --- files ----------------------------------------------------------------------------------

    def _private(self, key: PublicKey) -> Path:
        return self._folder / key.authority / key.multibase

    def _read(self, authority: str) -> list[tuple[PublicKey, Endorsement | None]]:
        if not _AUTHORITY.fullmatch(authority):
            raise Problem(
                "bad-value",
                f"“{authority[:60]}” is no name of an authority: give the last part of its "
                "identifier, such as torbay.",
            )
        path = self._folder / f"{authority}.json"
        try:
            return [_from_json(authority, entry) for entry in json.loads(path.read_bytes())["keys"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Problem("bad-key", f"The list of keys {path} cannot be read.") from error

    def _write(self, authority: str, known: list[tuple[PublicKey, Endorsement | None]]) -> None:
        entries = [_as_json(key, proof) for key, proof in known]
        body = json.dumps({"keys": entries}, indent=2) + "\n"
        _write(self._folder / f"{authority}.json", body.encode())

    @contextlib.contextmanager
    def _writing(self, authority: str) -> Iterator[None]:
        """Be the only one who changes the keys."""
        self._read(authority)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            held = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            reason = (error.strerror or "it cannot be written").lower()
            raise Problem(
                "unreadable-file", f"The folder of keys {self._folder} cannot be used: {reason}."
            ) from error
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)


def _write(path: Path, content: bytes) -> None:
    """Write a file as a whole, for its owner only, on the disk before this returns."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _as_json(key: PublicKey, proof: Endorsement | None) -> dict[str, Any]:
    days = {"created": key.created, "expires": key.expires, "revoked": key.revoked}
    entry: dict[str, Any] = {"publicKeyMultibase": key.multibase}
    entry |= {name: moment_text(when) for name, when in days.items() if when is not None}
    if proof is not None:
        entry["endorsedBy"] = proof.as_json()
    return entry


def _from_json(authority: str, entry: dict[str, Any]) -> tuple[PublicKey, Endorsement | None]:
    days = {n: moment(entry[n]) for n in ("created", "expires", "revoked") if n in entry}
    key = PublicKey(authority, entry["publicKeyMultibase"], **days)
    said = entry.get("endorsedBy")
    return key, Endorsement.from_json(key, said) if said else None
