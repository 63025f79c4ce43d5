"""Content negotiation: which of the forms that can be had an answer takes.

Owns: the choice between `?format=`, which wins, and the Accept header (RFC 9110, section 12.5.1).
Must not know which forms there are, nor read a request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from dutygraph.errors import Problem

__all__ = ["Offer", "choose"]


@dataclass(frozen=True)
class Offer:
    """One form that can be had.

    Args:
        name: as `?format=` takes it.
        media_type: in lower case, without parameters.
    """

    name: str
    media_type: str


def choose(accept: str | None, format: str | None, offers: Sequence[Offer]) -> Offer:
    """Choose a form.

    Args:
        accept: the Accept header, or None.
        format: the `format` parameter, a name or a media type, or None. It wins.
        offers: what can be had, the service's favourite first: it breaks every tie.

    Returns:
        The offer that the asker values most.

    Raises:
        Problem: `not-acceptable`, with every offer in `extra["available"]`.
    """
    if format is not None:
        return _named(format, offers)
    if accept is None or not accept.strip():
        return offers[0]
    ranges = [(_essence(r), quality) for r, quality in parse_accept_header(accept, MIMEAccept)]
    best = max(offers, key=lambda offer: _quality(offer, ranges))
    if _quality(best, ranges) <= 0:
        raise _not_acceptable(f"“{accept[:80]}” asks for none of these", offers)
    return best


def _named(format: str, offers: Sequence[Offer]) -> Offer:
    # A plus sign in a query string that was not escaped arrives as a space.
    wanted = _essence(format.strip().replace(" ", "+"))
    for offer in offers:
        if wanted in (offer.name, offer.media_type):
            return offer
    raise _not_acceptable(f"there is no format “{format[:80]}”", offers)


def _essence(media_range: str) -> str:
    """A media range without its parameters: a profile or a character set excludes nothing here."""
    return media_range.partition(";")[0].strip().lower()


def _quality(offer: Offer, ranges: Sequence[tuple[str, float]]) -> float:
    """The quality of the most specific range that matches, whatever wider ones say."""
    family = offer.media_type.partition("/")[0]
    for pattern in (offer.media_type, f"{family}/*", "*/*"):
        found = [quality for name, quality in ranges if name == pattern]
        if found:
            return max(found)
    return 0.0


def _not_acceptable(why: str, offers: Sequence[Offer]) -> Problem:
    listed = ", ".join(f"{o.name} ({o.media_type})" for o in offers)
    return Problem(
        "not-acceptable",
        f"{why[0].upper()}{why[1:]}. Ask, by Accept or by ?format=, for one of: {listed}.",
        extra={"available": [{"format": o.name, "mediaType": o.media_type} for o in offers]},
    )
