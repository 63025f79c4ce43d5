"""Renderings: from the report's JSON values to bytes, one module for each form.

Owns: the one table of forms that the command line, the service and the tests share.
Must not: assess, or read anything but the report that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dutygraph.renderings import as_csv, as_html, as_json, as_rdf, as_text
from dutygraph.report import Json

__all__ = ["RENDERINGS", "Rendering"]


@dataclass(frozen=True)
class Rendering:
    """One form of a report.

    Args:
        name: as `--format` and `?format=` take it.
        media_type: without parameters.
        suffix: of a file, with the dot.
        render: from one or more reports to UTF-8 bytes; equal reports give equal bytes.
    """

    name: str
    media_type: str
    suffix: str
    render: Callable[[list[Json]], bytes]


RENDERINGS: Mapping[str, Rendering] = {
    r.name: r
    for r in (
        Rendering("json", "application/json", ".json", as_json.render),
        Rendering("turtle", "text/turtle", ".ttl", as_rdf.render_turtle),
        Rendering("json-ld", "application/ld+json", ".jsonld", as_rdf.render_json_ld),
        Rendering("ntriples", "application/n-triples", ".nt", as_rdf.render_ntriples),
        Rendering("rdfxml", "application/rdf+xml", ".rdf", as_rdf.render_rdfxml),
        Rendering("html", "text/html", ".html", as_html.render),
        Rendering("text", "text/plain", ".txt", as_text.render),
        Rendering("csv", "text/csv", ".csv", as_csv.render),
    )
}
"""Every form of a report by its name."""
