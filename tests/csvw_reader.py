"""A reader of CSV on the Web for the tests: is a document metadata, and is a table what it says?

Owns: the rules of the Metadata Vocabulary for Tabular Data and of the Model for Tabular Data and
Metadata on the Web (W3C Recommendations, 17 December 2015), as far as our tables use them. Must not:
import what writes them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

NAMESPACE = "http://www.w3.org/ns/csvw"
# Prefixes of the RDFa initial context, which a document may use without declaring them.
PREFIXES = ("dc", "rdfs", "schema", "skos")
TABLE = {"@context", "@type", "@id", "url", "dialect", "tableSchema", "notes", "tableDirection"}
SCHEMA = {"@type", "@id", "columns", "primaryKey", "foreignKeys", "rowTitles"}
INHERITED = {
    *("aboutUrl", "datatype", "default", "lang", "null", "ordered", "propertyUrl", "required"),
    *("separator", "textDirection", "valueUrl"),
}
COLUMN = INHERITED | {"@id", "@type", "name", "titles", "suppressOutput", "virtual"}
DIALECT: dict[str, type | tuple[type, ...]] = {
    "commentPrefix": str,
    "delimiter": str,
    "doubleQuote": bool,
    "encoding": str,
    "header": bool,
    "headerRowCount": int,
    "lineTerminators": (str, list),
    "quoteChar": str,
    "skipBlankRows": bool,
    "skipColumns": int,
    "skipInitialSpace": bool,
    "skipRows": int,
    "trim": (bool, str),
}
DATATYPE = {"@id", "base", "format", "length", "minLength", "maxLength", "minimum", "maximum"}
_DAY = r"-?\d{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
# The lexical spaces of those built-in datatypes that our tables use (XML Schema 1.1 Part 2).
LEXICAL = {
    "string": r"(?s:.*)",
    "integer": r"[+-]?\d+",
    "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)",
    "boolean": r"true|false|1|0",
    "date": _DAY,
    "gYear": r"-?\d{4,}",
    "gYearMonth": r"-?\d{4,}-(0[1-9]|1[0-2])",
    "duration": r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?",
    "anyURI": r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+",
}
Json = dict[str, Any]


def faults_of_metadata(document: Json) -> list[str]:
    """What is wrong with a document as the metadata of one table; none where it is in order."""
    return [*_of_table(document)]


def _of_table(document: Json) -> Iterator[str]:
    context = document.get("@context")
    if context != NAMESPACE and not (
        isinstance(context, list)
        and len(context) == 2
        and context[0] == NAMESPACE
        and set(context[1]) <= {"@base", "@language"}
    ):
        yield f"no context of CSV on the Web: {context}"
    if document.get("@type", "Table") != "Table":
        yield "not a table"
    if not isinstance(document.get("url"), str) or not document["url"]:
        yield "no url"
    yield from _unknown("table", document, TABLE)
    for name, value in document.get("dialect", {}).items():
        if name not in DIALECT or not isinstance(value, DIALECT[name]):
            yield f"dialect: {name} is {value!r}"
    schema = document.get("tableSchema", {})
    yield from _unknown("schema", schema, SCHEMA)
    columns = schema.get("columns", [])
    names = [column.get("name") for column in columns]
    if not names or len(set(names)) < len(names):
        yield f"names of columns: {names}"
    for column in columns:
        yield from (f"{column.get('name')}: {fault}" for fault in _of_column(column, names))


def _of_column(column: Json, names: list[str]) -> Iterator[str]:
    yield from _unknown("column", column, COLUMN)
    # A name is a variable of a URI template (RFC 6570) and does not begin with an underscore.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.]*", column.get("name", "")):
        yield "not a name"
    if not isinstance(column.get("required", False), bool):
        yield "required is no boolean"
    for key in ("separator", "null", "titles"):
        if key in column and not isinstance(column[key], str):
            yield f"{key} is no string"
    for variable in re.findall(r"\{[+#./;?&]?(\w+)\}", column.get("valueUrl", "")):
        if variable not in names and variable not in ("_row", "_sourceRow", "_name"):
            yield f"valueUrl: no column {variable}"
    datatype = column.get("datatype", "string")
    described = {"base": datatype} if isinstance(datatype, str) else datatype
    yield from _unknown("datatype", described, DATATYPE)
    if described.get("base", "string") not in LEXICAL:
        yield f"no datatype that is known here: {datatype}"
    if described.get("base") == "boolean" and len(described.get("format", "a|b").split("|")) != 2:
        yield "the format of a boolean has two words"
    if described.get("base") == "string" and "format" in described:
        re.compile(described["format"])


def _unknown(what: str, given: Json, known: set[str]) -> Iterator[str]:
    for name in set(given) - known:
        if name.partition(":")[0] not in PREFIXES or ":" not in name:
            yield f"{what}: no property {name}"


def faults_of_table(document: Json, table: bytes) -> list[str]:
    """Where a table is not what its metadata say; none where it is."""
    return [*_of_rows(document, table)]


def _of_rows(document: Json, table: bytes) -> Iterator[str]:
    dialect = document["dialect"]
    text = table.decode(dialect["encoding"])
    ending = dialect["lineTerminators"][0]
    if not text.endswith(ending):
        yield f"does not end with {ending!r}"
    head, *rows = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=dialect["delimiter"],
        quotechar=dialect["quoteChar"],
        doublequote=dialect["doubleQuote"],
        strict=True,
    )
    columns = document["tableSchema"]["columns"]
    titles = [column["titles"] for column in columns]
    if head != titles:
        yield f"the heading is {head}, not {titles}"
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            yield f"row {number} has {len(row)} cells"
        if row and row[0].startswith("#"):
            yield f"row {number} would be a comment to some readers"
        for column, cell in zip(columns, row, strict=False):
            yield from (f"row {number}, {column['name']}: {f}" for f in _of_cell(column, cell))


def _of_cell(column: Json, cell: str) -> Iterator[str]:
    if cell == column.get("null", ""):
        if column.get("required"):
            yield "empty, though a value is required"
        return
    values = cell.split(column["separator"]) if "separator" in column else [cell]
    datatype = column.get("datatype", "string")
    described = {"base": datatype} if isinstance(datatype, str) else datatype
    base = described.get("base", "string")
    pattern = described.get("format", LEXICAL[base]) if base == "string" else LEXICAL[base]
    if base == "boolean" and "format" in described:
        pattern = "|".join(map(re.escape, described["format"].split("|")))
    for value in values:
        if not re.fullmatch(pattern, value):
            yield f"{value!r} is no {datatype}"
        if "valueUrl" in column and base == "anyURI" and not urlsplit(value).scheme:
            yield f"{value!r} leads nowhere"
