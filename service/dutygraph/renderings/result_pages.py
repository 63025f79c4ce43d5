"""The result of a query as the table of a page.

Owns: how a term is shown and what it links to (SECURITY S19). Must not: run a query, or leave out
rows without saying so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dutygraph.renderings.as_html import web_address
from dutygraph.terms import BASE

__all__ = ["Cell", "Table", "table"]

# A page of more rows is slow to show; the other forms have them all.
_SHOWN_ROWS = 1000


@dataclass(frozen=True)
class Cell:
    """A term.

    Args:
        text: as it is shown.
        link: where it leads; None where that is no address of the web.
    """

    text: str
    link: str | None = None


@dataclass(frozen=True)
class Table:
    """A result.

    Args:
        variables: the names of the columns.
        rows: those that are shown.
        count: how many there are.
        truth: the answer of an ASK, else None.
    """

    variables: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    count: int
    truth: bool | None = None


def table(result: bytes, prefixes: Mapping[str, str]) -> Table:
    """A result as a table.

    Args:
        result: SPARQL 1.1 Query Results JSON.
        prefixes: what shortens IRIs.
    """
    said = json.loads(result)
    if "boolean" in said:
        return Table((), (), 0, said["boolean"])
    variables = tuple(said["head"]["vars"])
    found = said["results"]["bindings"]
    rows = tuple(
        tuple(_cell(row.get(name), prefixes) for name in variables) for row in found[:_SHOWN_ROWS]
    )
    return Table(variables, rows, len(found))


def _cell(term: dict[str, Any] | None, prefixes: Mapping[str, str]) -> Cell:
    if term is None:
        return Cell("")
    value = str(term["value"])
    if term["type"] == "bnode":
        return Cell("(unnamed)")
    if term["type"] != "uri":
        return Cell(value)
    # What we mint answers here, under the same path.
    ours = value.startswith(BASE)
    link = "/" + value.removeprefix(BASE) if ours else web_address(value)
    for prefix, space in sorted(prefixes.items(), key=lambda p: -len(p[1])):
        if value.startswith(space) and value != space:
            return Cell(f"{prefix}:{value.removeprefix(space)}", link)
    return Cell(value, link)
