"""What a request may do and what it costs: a cheap read, work that keeps nothing, or a write.

Owns: the one table that the rate limit (SECURITY S15) and the rules for other sites (S22) go by.
Must not: act on it.

An address that is missing from the table is taken for the more dangerous kind: whatever does not
merely read is a write, which needs a token.
"""

from __future__ import annotations

from enum import Enum

__all__ = ["EXPENSIVE_READS", "KEEPS_NOTHING", "Kind", "kind_of"]

KEEPS_NOTHING = frozenset(
    {
        "validate.validate",
        "agree.agree",
        "compare.compare",
        "what_if.what_if",
        "repair.repair",
        "sparql.sparql_post",
    }
)
"""The endpoints that take a POST and change nothing, nor know who asks: safe for any page."""

EXPENSIVE_READS = frozenset({"sparql.sparql_get", "queries.saved_query", "agree.agree_in_store"})
"""The endpoints whose GET makes the store or a worker work."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Kind(Enum):
    """The kinds of requests."""

    READ = "reads"
    WORK = "work"
    WRITE = "writes"


def kind_of(method: str, endpoint: str | None) -> Kind:
    """The kind of a request.

    Args:
        method: its method.
        endpoint: the view that would answer it; None where there is none.
    """
    if method in _SAFE_METHODS:
        expensive = endpoint in EXPENSIVE_READS and method != "OPTIONS"
        return Kind.WORK if expensive else Kind.READ
    return Kind.WORK if endpoint in KEEPS_NOTHING else Kind.WRITE
