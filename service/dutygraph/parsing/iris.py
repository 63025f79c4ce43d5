"""What an IRI must be.

Owns: the schemes that are refused, with the checks that a lenient JSON-LD parser leaves to us.
Must not: remember an IRI, or look at a literal.
"""

from __future__ import annotations

from dutygraph.parsing.jsonld import RELATIVE, UNDEFINED
from dutygraph.parsing.problems import shown
from dutygraph.parsing.source import Source
from dutygraph.parsing.syntaxes import JSON_LD
from dutygraph.triples import RDF_TYPE, NamedNode, Quad

SCHEMES_REFUSED = ("javascript:", "vbscript:", "file:", "data:")
# A JSON-LD key with a prefix that no context declares is a legal IRI; a typo shows in its scheme.
_KEY_SCHEMES = ("http:", "https:", "urn:", "tag:", "info:", "did:")


def check_iri(source: Source, iri: str) -> None:
    """Refuse an IRI that is too long, of a refused scheme or, in JSON-LD, not what it seems.

    Raises:
        Problem: too-large or bad-value.
    """
    if len(iri) > source.limits.iri_characters:
        raise source.problem_about(
            iri,
            f"The IRI “{shown(iri)}” has {len(iri):,} characters and the limit is "
            f"{source.limits.iri_characters:,}. Use a shorter one.",
            "too-large",
        )
    if iri.lower().startswith(SCHEMES_REFUSED):
        raise source.problem_about(
            iri,
            f"The IRI “{shown(iri)}” is refused: javascript:, vbscript:, file: and data: are "
            "not names. Use an https:// or urn: IRI.",
        )
    if source.syntax is JSON_LD:
        _check_json_iri(source, iri)


def _check_json_iri(source: Source, iri: str) -> None:
    """What the lenient parser lets through: undefined, relative and malformed IRIs."""
    if iri.startswith(UNDEFINED):
        key = iri.removeprefix(UNDEFINED)
        raise source.problem_about(
            key,
            f"No context defines “{shown(key)}”, so that it would vanish. Correct it, "
            "define it in @context, or give it an IRI.",
        )
    try:
        relative = iri.startswith(RELATIVE)
        NamedNode(iri)
    except ValueError:
        relative = ":" not in iri
        if not relative:
            raise source.problem_about(
                iri, f"“{shown(iri)}” is not an IRI. Escape spaces and other marks."
            ) from None
    if relative:
        stated = iri.removeprefix(f"{RELATIVE}//base/")
        raise source.problem_about(
            stated,
            f"The IRI “{shown(stated)}” is relative. Write it in full, starting with https://.",
        )


def check_key(source: Source, quad: Quad) -> None:
    """Refuse a key or type of JSON-LD whose undeclared prefix passes as the scheme of an IRI.

    Raises:
        Problem: bad-value.
    """
    if source.syntax is not JSON_LD:
        return
    key = quad.object if quad.predicate == RDF_TYPE else quad.predicate
    if isinstance(key, NamedNode) and not key.value.lower().startswith(_KEY_SCHEMES):
        raise source.problem_about(
            key.value,
            f"No context declares the prefix of “{shown(key.value)}”. Declare it in @context.",
        )
