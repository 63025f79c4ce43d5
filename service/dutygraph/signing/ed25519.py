"""Ed25519 (RFC 8032): signing bytes and verifying them.

Owns: the library for cryptography; no other module imports it. Must not: offer another algorithm,
or know what the bytes are.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["new_private_key", "public_key_of", "sign", "verifies"]


def new_private_key() -> bytes:
    """A new private key, 32 bytes from the system's source of randomness."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_key_of(private_key: bytes) -> bytes:
    """The 32 bytes of the public key that belongs to a private one."""
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def sign(private_key: bytes, data: bytes) -> bytes:
    """The signature of bytes, 64 bytes, the same each time."""
    return Ed25519PrivateKey.from_private_bytes(private_key).sign(data)


def verifies(public_key: bytes, signature: bytes, data: bytes) -> bool:
    """Whether a signature is that of the bytes by the key; False for what is no signature or key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
