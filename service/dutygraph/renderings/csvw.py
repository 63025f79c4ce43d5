"""What a CSV of ours holds, as W3C CSV on the Web has it: the metadata of a table.

Owns: the JSON of the Metadata Vocabulary for Tabular Data (W3C Recommendation, 17 December 2015) and
the dialect of our files. Must not: describe a column, or write a table.

The document is written here and not by a library: it is one object of a fixed shape, and those that
there are for CSV on the Web read and convert tables, and bring a second RDF library with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dutygraph.columns import Column
from dutygraph.linked.as_rdf import LICENCE
from dutygraph.renderings.as_json import dumped
from dutygraph.terms import BASE

__all__ = ["DIALECT", "MEDIA_TYPE", "metadata"]

MEDIA_TYPE = "application/csvm+json"
CONTEXT = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
# All of it is said, also what is the default: readers differ in what they take for granted.
DIALECT: dict[str, Any] = {
    "encoding": "utf-8",
    "lineTerminators": ["\r\n"],
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "header": True,
    "headerRowCount": 1,
    "skipRows": 0,
    "skipColumns": 0,
    "skipBlankRows": False,
    "skipInitialSpace": False,
    "trim": False,
}
"""How our files are written (RFC 4180); a cell may hold commas, quotation marks and ends of lines."""
_AS_THEY_ARE = (
    "Cells stand as the data have them (SPARQL 1.1 Query Results CSV): one that begins with =, +, - "
    "or @ is not neutralised, and a spreadsheet may take it for a formula."
)
_NEUTRALISED = (
    "A cell that would begin with =, +, -, @, a tab or an end of line has an apostrophe before it, so "
    "that no spreadsheet takes it for a formula; take off the apostrophe to have what was meant. "
    "Every cell is quoted."
)
_PRINTED_DATE = {
    "base": "string",
    "format": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$",
    "dc:title": "xsd:date, xsd:gYearMonth or xsd:gYear",
}
_DATATYPES: dict[str, Any] = {
    "text": "string",
    "printedDate": _PRINTED_DATE,
    "document": {"base": "string", "format": "^[0-9]{3}$"},
    "paragraph": "anyURI",
    "iri": "anyURI",
    "url": "anyURI",
    "yesNo": {"base": "boolean", "format": "yes|no"},
}
"""Those whose name here is not one of the Recommendation's."""
_IDENTIFIES = ("paragraph", "iri", "url")


def metadata(
    columns: Iterable[Column],
    url: str,
    title: str,
    *,
    source: str | None = None,
    ours: bool = True,
    neutralised: bool = False,
) -> bytes:
    """The metadata of one table.

    Args:
        columns: in their order.
        url: of the table, relative to that of the metadata.
        title: of the table, in words.
        source: where what it answers stands, relative to the metadata's address.
        ours: whether its content is ours to license.
        neutralised: whether its writer neutralises formulas (SECURITY S20) and quotes every cell.
    """
    about: dict[str, Any] = {"@context": CONTEXT, "@type": "Table", "url": url, "dc:title": title}
    if ours:
        about["dc:license"] = {"@id": LICENCE.value}
    if source is not None:
        about["dc:source"] = {"@id": source}
    about["rdfs:comment"] = _NEUTRALISED if neutralised else _AS_THEY_ARE
    return dumped(
        about
        | {"dialect": DIALECT, "tableSchema": {"columns": [_column(column) for column in columns]}}
    )


def _column(column: Column) -> dict[str, Any]:
    datatype = column.datatype or "text"
    said: dict[str, Any] = {
        "name": column.name,
        "titles": column.name,
        "dc:description": column.description,
        "datatype": _DATATYPES.get(datatype, datatype),
        "required": not column.empty,
    }
    if column.empty:
        said |= {"null": "", "skos:note": f"An empty cell: {column.empty}."}
    if column.unit:
        said["schema:unitText"] = column.unit
    if column.separator:
        said["separator"] = column.separator
    if datatype in _IDENTIFIES:
        said["valueUrl"] = f"{{+{column.name}}}"
    elif datatype == "document":
        said["valueUrl"] = f"{BASE}id/source/{{{column.name}}}"
    return said
