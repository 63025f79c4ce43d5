"""Answers of work that keeps nothing: comparisons, agreements, changes and repairs.

Owns: the forms that they share, and the headers of such an answer. Must not: do the work.
"""

from __future__ import annotations

from flask import Response

from dutygraph.negotiation import Offer
from dutygraph.web.described import describe_table
from dutygraph.web.validate import content_type

__all__ = ["OFFERS", "answered"]

OFFERS = (
    Offer("json", "application/json"),
    Offer("html", "text/html"),
    Offer("text", "text/plain"),
    Offer("csv", "text/csv"),
)


def answered(body: bytes, offer: Offer, table: str) -> Response:
    """An answer to what was sent, which no cache may keep.

    Args:
        body: in the form of the offer.
        offer: one of `OFFERS`.
        table: what describes the columns of its CSV.
    """
    response = Response(body, content_type=content_type(offer))
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    if offer.name == "csv":
        describe_table(response, table)
    return response
