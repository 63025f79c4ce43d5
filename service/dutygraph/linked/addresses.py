"""Which page tells of which identifier, and back.

Owns: the two halves of linked data: an identifier `id/authority/coventry` and the document about it,
`/doc/authority/coventry`. Must not know what there is.
"""

from __future__ import annotations

from urllib.parse import quote

from dutygraph.terms import BASE

__all__ = ["KINDS", "SINGLES", "document_of", "identifier_of", "is_ours", "path_of"]

KINDS = (
    "code",
    "commitment-test",
    "compared-aspect",
    "condition",
    "data-quality",
    "def",
    "entailment",
    "house-style",
    "joint-matter",
    "measure",
    "need",
    "ontology",
    "parameter",
    "presumption",
    "problem",
    "repair",
    "rule",
)
"""What the paths of identifiers begin with, apart from `id/`; none of them is a kind below `id/`."""

SINGLES = ("data-quality", "house-style", "rulebook")
"""Identifiers whose path is one word."""

_SAFE = "/:@!$&'()*+,;=~"


def is_ours(iri: str) -> bool:
    """Whether an IRI is one that this project mints."""
    return iri.startswith(BASE)


def path_of(iri: str) -> str:
    """The path at which an identifier of ours is asked for, such as `/id/authority/coventry`."""
    return "/" + quote(iri.removeprefix(BASE), safe=_SAFE)


def document_of(iri: str) -> str:
    """The path of the document about an identifier of ours; its fragment is kept.

    Args:
        iri: an IRI for which `is_ours` holds.
    """
    name, mark, fragment = iri.removeprefix(BASE).removeprefix("id/").partition("#")
    return f"/doc/{quote(name, safe=_SAFE)}{mark}{quote(fragment)}"


def identifier_of(name: str) -> str:
    """The identifier that a document is about.

    Args:
        name: the path of the document after `/doc/`, not escaped.
    """
    kind, slash, _ = name.partition("/")
    own = (kind in KINDS and bool(slash)) or name in SINGLES
    return BASE + name if own else f"{BASE}id/{name}"
