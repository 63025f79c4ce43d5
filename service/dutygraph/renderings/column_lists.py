"""What columns hold: those of one query for whoever asks, those of all tables for the codebook.

Owns: the forms of `query NAME --columns`, and the part of the codebook on columns. Must not: describe
a column, or run a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields

from dutygraph.columns import TABLES, Column, columns_of, common, table_of
from dutygraph.queries import Question
from dutygraph.renderings import csvw
from dutygraph.renderings.as_csv import table
from dutygraph.renderings.as_text import wrapped

_ABOUT = """\
## Columns of the CSV files

Every CSV of the service, but for the answer of a query of your own, has a `Link` header.
Its `rel="describedby"` leads to the metadata, as W3C CSV on the Web has them.
An answer of a query is SPARQL's own CSV, and stands as the data have it.
In the other tables a cell that would begin with `=`, `+`, `-`, `@`, a tab or an end of line has an \
apostrophe before it, so that no spreadsheet takes it for a formula."""
_SHARED = """\
### Columns that answers of queries share

A name of this list means the same in every answer, unless the header of the query says otherwise.
The header describes the other columns, too: `dutygraph query NAME --columns` tells of all."""


def as_text(question: Question) -> bytes:
    """A name each, with what its cells hold and what an empty one means."""
    lines: list[str] = []
    for column in columns_of(question):
        lines += [column.name, *wrapped(column.description, "    ")]
        lines += wrapped(f"{column.kind}.", "    ")
        if column.empty:
            lines += wrapped(f"An empty cell: {column.empty}.", "    ")
    return "".join(f"{line}\n" for line in lines).encode()


def as_csv(question: Question) -> bytes:
    """A row for each column."""
    described = (
        asdict(column) | {"datatype": column.datatype or "text"} for column in columns_of(question)
    )
    return table([field.name for field in fields(Column)], described)


def as_json(question: Question) -> bytes:
    """The metadata of the answer's CSV, kept in a file of the query's name beside it."""
    title = question.header.get("Question", "")
    return csvw.metadata(columns_of(question), f"{question.name}.csv", title)


def as_markdown() -> Iterator[str]:
    """The lines of the codebook on columns: each table, and the names that answers share."""
    yield from ["", *_ABOUT.splitlines()]
    for name, row in TABLES.items():
        yield from ["", f"### Table `{name}`", "", row, *_table(table_of(name))]
    yield from ["", *_SHARED.splitlines(), *_table(common().values())]


def _table(columns: Iterable[Column]) -> Iterator[str]:
    yield from ["", "| column | what it holds | as | an empty cell |", "| --- | --- | --- | --- |"]
    for column in columns:
        cells = (f"`{column.name}`", column.description, column.kind, column.empty)
        yield "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"
