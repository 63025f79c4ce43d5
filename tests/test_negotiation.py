"""Which form an answer takes, from a table."""

from __future__ import annotations

import pytest

from dutygraph.errors import Problem
from dutygraph.negotiation import Offer, choose

OFFERS = (
    Offer("json", "application/json"),
    Offer("turtle", "text/turtle"),
    Offer("json-ld", "application/ld+json"),
    Offer("html", "text/html"),
    Offer("text", "text/plain"),
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

CHOICES = [
    # Accept, ?format=, the answer
    (None, None, "json"),
    ("", None, "json"),
    ("  ", None, "json"),
    ("*/*", None, "json"),
    ("text/turtle", None, "turtle"),
    ("TEXT/Turtle", None, "turtle"),
    ("text/turtle; charset=utf-8", None, "turtle"),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened"', None, "json-ld"),
    (BROWSER, None, "html"),
    ("text/*", None, "turtle"),
    ("text/*;q=0.5, text/plain", None, "text"),
    ("text/*, text/turtle;q=0.1", None, "html"),
    ("*/*, application/json;q=0", None, "turtle"),
    ("*/*;q=0.1, text/html;q=0.2", None, "html"),
    ("text/html;q=0.5, text/turtle;q=0.9", None, "turtle"),
    ("text/html;q=0.9, text/turtle;q=0.9", None, "turtle"),
    ("application/pdf, text/html;q=0.1", None, "html"),
    ("text/html;q=1.0;level=1", None, "html"),
    ("text/html;q=0, */*", None, "json"),
    ("application/json, text/html", None, "json"),
    (BROWSER, "turtle", "turtle"),
    (BROWSER, "text/turtle", "turtle"),
    (BROWSER, "Text/Turtle", "turtle"),
    (BROWSER, "application/ld+json", "json-ld"),
    (BROWSER, "application/ld json", "json-ld"),
    ("application/pdf", "json", "json"),
]
REFUSALS = [
    ("application/pdf", None),
    ("image/*", None),
    ("*/*;q=0", None),
    ("text/html;q=0", None),
    ("nonsense", None),
    ("*/*", "pdf"),
    ("*/*", ""),
    ("*/*", "text/*"),
    (None, "json,turtle"),
]


@pytest.mark.parametrize(("accept", "format", "name"), CHOICES)
def test_the_form_that_is_wanted_most_is_chosen(accept, format, name):
    """Quality, then the service's own order, decide; the format parameter wins over both."""
    assert choose(accept, format, OFFERS).name == name


@pytest.mark.parametrize(("accept", "format"), REFUSALS)
def test_what_cannot_be_had_is_refused_with_what_can(accept, format):
    """A refusal is a 406 that lists every form by name and media type."""
    with pytest.raises(Problem) as caught:
        choose(accept, format, OFFERS)
    assert caught.value.kind.status == 406
    assert caught.value.extra["available"] == [
        {"format": o.name, "mediaType": o.media_type} for o in OFFERS
    ]
    assert all(o.name in caught.value.detail for o in OFFERS)


def test_a_hostile_header_is_answered_quickly():
    """Ten thousand ranges are chosen from like three."""
    ranges = ", ".join(f"a{n}/b;q=0.{n % 10}" for n in range(10_000))
    assert choose(ranges + ", text/html;q=0.01", None, OFFERS).name == "html"
