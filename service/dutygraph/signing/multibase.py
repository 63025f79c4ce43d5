"""Keys and signatures as text: Multibase in base58btc, and Multikey for Ed25519.

Owns: the writing (Controlled Identifiers 1.0, sections 2.2.2 and 2.4; W3C Data Integrity EdDSA 1.0,
section 2.1.1). Must not: know what is signed.
"""

from __future__ import annotations

__all__ = ["decoded", "encoded", "private_key_bytes", "private_key_text", "public_key_bytes"]
__all__ += ["public_key_text"]

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_BASE58BTC = "z"
# The multicodec of an Ed25519 key, as a varint.
_PUBLIC = b"\xed\x01"
_PRIVATE = b"\x80\x26"
_KEY_BYTES = 32
# A signature has 88 characters; decoding takes the square of the length.
_LONGEST = 128


def encoded(data: bytes) -> str:
    """Bytes as Multibase."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    zeros = len(data) - len(data.lstrip(b"\0"))
    return _BASE58BTC + _ALPHABET[0] * zeros + digits


def decoded(text: str) -> bytes:
    """The bytes of a Multibase text; only one text stands for them.

    Raises:
        ValueError: it is no base58btc, or longer than a key or a signature.
    """
    if not text.startswith(_BASE58BTC) or len(text) > _LONGEST:
        raise ValueError("it is no Multibase in base58btc")
    number = 0
    for character in text[1:]:
        if character not in _VALUES:
            raise ValueError(f"it holds {character!r}, which base58btc does not have")
        number = number * len(_ALPHABET) + _VALUES[character]
    zeros = len(text) - 1 - len(text[1:].lstrip(_ALPHABET[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def public_key_text(key: bytes) -> str:
    """A public Ed25519 key as `publicKeyMultibase`."""
    return encoded(_PUBLIC + key)


def private_key_text(key: bytes) -> str:
    """A private Ed25519 key as `secretKeyMultibase`."""
    return encoded(_PRIVATE + key)


def public_key_bytes(text: str) -> bytes:
    """The 32 bytes of a public Ed25519 key.

    Raises:
        ValueError: it is no such key.
    """
    return _key(text, _PUBLIC)


def private_key_bytes(text: str) -> bytes:
    """The 32 bytes of a private Ed25519 key.

    Raises:
        ValueError: it is no such key.
    """
    return _key(text, _PRIVATE)


def _key(text: str, prefix: bytes) -> bytes:
    data = decoded(text)
    if not data.startswith(prefix) or len(data) != len(prefix) + _KEY_BYTES:
        raise ValueError("it is no Ed25519 key")
    return data[len(prefix) :]
