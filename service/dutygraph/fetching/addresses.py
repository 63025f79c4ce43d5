"""Which network addresses may be connected to.

Owns: the judgement of an address (SECURITY S16). Must not: connect.
"""

from __future__ import annotations

import ipaddress

__all__ = ["is_public"]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Networks that carry an IPv4 address inside: it is the inner one that is reached.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Not all of these are “not global” in every version of Python that we run on.
_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fec0::/10",
    )
)


def is_public(address: _Address) -> bool:
    """Whether an address is one of the public internet, and of nothing else.

    Args:
        address: where a name leads.
    """
    inner = _inner(address)
    if inner is not None:
        return is_public(inner)
    if any(address.version == n.version and address in n for n in _NEVER):
        return False
    return address.is_global and not (
        address.is_multicast
        or address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_reserved
        or address.is_unspecified
    )


def _inner(address: _Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
