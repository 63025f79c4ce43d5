"""The councils' tokens: made, listed, revoked and recognised.

Owns: the file of tokens. Must not: decide what a council may write, or know HTTP.

A token is `dg1_{id}_{secret}`. The secret is 256 random bits, shown once; the file holds its
SHA-256. A slow hash such as Argon2 is for passwords, which can be guessed; nobody guesses 256
random bits, and every request would pay for it. Comparison takes the same time wherever two
hashes differ, and for an id that does not exist.

The file is read for each request, so that a revoked token ends at once in every process. It is
written as a whole, synced, and readable by its owner only.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from dutygraph.errors import Problem
from dutygraph.settings import Settings, StoreFolder, data_home
from dutygraph.store.folder import lock, write_synced

__all__ = ["Token", "TokenFile", "token_file"]

_FORM = re.compile(r"dg1_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_SECRET_BYTES = 32
_LOCK_SECONDS = 10.0
_NOBODYS = hashlib.sha256(b"").hexdigest()
_MODE = 0o600


@dataclass(frozen=True)
class Token:
    """What is kept of a token.

    Args:
        id: names it, for lists and in the history.
        authority: the last part of the identifier of the council that writes with it.
        note: the operator's own words.
        sha256: the hash of its secret, in hexadecimal digits.
        created: when it was made, in UTC.
        revoked: when it was revoked, or None.
    """

    id: str
    authority: str
    note: str
    sha256: str
    created: str
    revoked: str | None = None


class TokenFile:
    """The tokens of an installation.

    Args:
        path: the file; it need not be there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> list[Token]:
        """Every token, the oldest first.

        Raises:
            Problem: unreadable-file.
        """
        try:
            content = self.path.read_bytes()
            return [Token(**said) for said in json.loads(content)["tokens"]]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unreadable((error.strerror or "it cannot be opened").lower()) from error
        except (ValueError, TypeError, KeyError) as error:
            raise self._unreadable("it is not a file of tokens") from error

    def new(self, authority: str, note: str = "") -> tuple[Token, str]:
        """Make a token.

        Args:
            authority: the last part of the council's identifier.
            note: for the operator's own list.

        Returns:
            What is kept of it, and the token itself, which is nowhere else.

        Raises:
            Problem: unreadable-file.
        """
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        token = Token(secrets.token_hex(6), authority, note, _hash(secret), _now())
        with self._alone():
            self._write([*self.all(), token])
        return token, f"dg1_{token.id}_{secret}"

    def revoke(self, id: str) -> Token:
        """End a token; it stays in the list.

        Raises:
            Problem: unknown-token, unreadable-file.
        """
        with self._alone():
            tokens = self.all()
            found = next((t for t in tokens if t.id == id), None)
            if found is None:
                raise Problem(
                    "unknown-token",
                    f"There is no token “{id[:60]}”. `dutygraph token list` shows them all.",
                )
            ended = found if found.revoked else replace(found, revoked=_now())
            self._write([ended if t.id == id else t for t in tokens])
        return ended

    def recognise(self, presented: str) -> Token | None:
        """The token that somebody presents, or None where it is none of ours or was revoked."""
        parts = _FORM.fullmatch(presented)
        id, secret = (parts[1], parts[2]) if parts else ("", "")
        found = next((t for t in self.all() if t.id == id), None)
        same = hmac.compare_digest(_hash(secret), found.sha256 if found else _NOBODYS)
        return found if found and same and found.revoked is None else None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise self._unreadable((error.strerror or "it cannot be made").lower()) from error
        beside = self.path.with_name(self.path.name + ".lock")
        try:
            held = lock(beside, _LOCK_SECONDS)
        except Problem as problem:
            if problem.slug == "store-in-use":
                raise self._unreadable("another process is writing it; try again") from problem
            raise self._unreadable(f"{beside.name} beside it cannot be opened") from problem
        try:
            yield
        finally:
            os.close(held)

    def _write(self, tokens: list[Token]) -> None:
        content = json.dumps({"tokens": [asdict(t) for t in tokens]}, indent=2) + "\n"
        try:
            write_synced(self.path, content.encode(), mode=_MODE)
        except OSError as error:
            raise self._unreadable((error.strerror or "it cannot be written").lower()) from error

    def _unreadable(self, reason: str) -> Problem:
        return Problem(
            "unreadable-file", f"The file of tokens {self.path} cannot be used: {reason}."
        )


def token_file(settings: Settings) -> TokenFile:
    """The tokens of the settings: in the file that they name, else beside the store."""
    if settings.tokens is not None:
        return TokenFile(settings.tokens)
    beside = settings.store.path if isinstance(settings.store, StoreFolder) else data_home()
    return TokenFile(beside / "tokens.json")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
