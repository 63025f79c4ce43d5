"""What the columns of a query's answer hold, as text, a table and the metadata of its CSV.

Owns: the forms of `query NAME --columns`. Must not: describe a column, or run a query.
"""

from __future__ import annotations

from dataclasses import asdict, fields

from dutygraph.columns import Column, columns_of
from dutygraph.queries import Question
from dutygraph.renderings import csvw
from dutygraph.renderings.as_csv import table
from dutygraph.renderings.as_text import wrapped


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
