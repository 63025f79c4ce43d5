"""The Link from a CSV to what says its columns.

Owns: where the metadata of a table stand, and how its CSV points there (Model for Tabular Data,
section 5.2; RFC 8288). Must not: describe a table.
"""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, request

from dutygraph.renderings.csvw import MEDIA_TYPE

__all__ = ["FILE", "describe_answer", "describe_table"]

FILE = "csv-metadata.json"


def describe_answer(response: Response, query_name: str) -> None:
    """Point from the CSV of a kept query to the metadata of that query.

    Args:
        response: has the CSV.
        query_name: of a query that there is.
    """
    _link(response, f"/queries/{quote(query_name)}/{FILE}")
    # The metadata are of this address, whichever way the form was asked for.
    response.headers["Content-Location"] = f"/queries/{quote(query_name)}?format=csv"


def describe_table(response: Response, table: str) -> None:
    """Point from the CSV of a request to the metadata of its table.

    Args:
        response: has the CSV.
        table: one of `dutygraph.columns.TABLES`.
    """
    # What was asked for is handed on, so that the metadata name the very address that gave the table.
    asked = request.query_string.decode("ascii", "replace")
    _link(response, f"/columns/{table}/{FILE}" + (f"?{asked}" if asked else ""))


def _link(response: Response, at: str) -> None:
    response.headers.add("Link", f'<{at}>; rel="describedby"; type="{MEDIA_TYPE}"')
