"""What the columns of our tables hold: read from the headers of queries and from `data/columns.csv`.

Owns: how a description of a column is written and read. Must not: write a form of it, or run a query.

`data/columns.csv` describes every table but the answers of queries, in the order of their columns,
and the names that mean the same in several answers (table `query`), once. The header of a query
describes its other columns, a line each, and says where a common name differs:

    # Column consulted (joined by "; ", empty: not stated): Who was or is to be consulted.
    # Column paragraph (empty: the report does not speak of them)

In the brackets stand, as far as they are not those of a text that is always there: a datatype of
`DATATYPES`, `in` a unit, `joined by` what stands between several values, and `empty:` with what an
empty cell means, which goes to the closing bracket. What a header leaves out is that of the common
name; the words after the colon replace the common ones.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache

from dutygraph.queries import Question
from dutygraph.rooms import room

__all__ = ["DATATYPES", "TABLES", "Column", "columns_of", "common", "described_in", "table_of"]

FILE = "columns.csv"
_ANSWERS = "query"
DATATYPES: Mapping[str, str] = {
    "text": "text",
    "integer": "a whole number",
    "decimal": "a number",
    "boolean": "true or false",
    "date": "a day (2017-01-24)",
    "printedDate": "a day, month or year, as far as it is printed (2017-01-24, 2017-01 or 2017)",
    "gYear": "a year (2017)",
    "gYearMonth": "a month (2017-01)",
    "duration": "a length of time (P2Y is two years, P3M three months, P1D one day)",
    "document": "three digits; the report is https://w3id.org/dutygraph/id/source/ with them",
    "paragraph": "the IRI of a paragraph; it answers, with its words and its place",
    "iri": "an identifier (IRI)",
    "url": "an address of the web",
    "yesNo": "yes or no",
}
"""The datatypes that a column may have, in words."""
TABLES: Mapping[str, str] = {
    "report": "A row for each rule of a report, and for each council and thing that it is about.",
    "comparison": "A row for each option and clause, count, score, difference or commitment.",
    "agreement": "A row for each question or rule and each side, and for what may be the same thing.",
    "effects": "A row for each outcome that a change introduces, resolves, leaves or alters.",
    "repairs": "A row for each repair, and for each failure that has none.",
    "rules": "A row for each entry of the rulebook.",
    "changes": "A row for each change of the law between two days.",
    "coverage": "A row for each entry of the rulebook, with what is done about it.",
    "queries": "A row for each question that is kept.",
    "columns": "A row for each column of a query's answer, as `query NAME --columns` gives them.",
}
"""The tables that are no answers of queries, and what a row is."""

_LINE = re.compile(r"# Column (\w+)(?: \(((?:[^()\"]|\"[^\"]*\")*)\))?(?:: (.+))?")
_FACET = re.compile(
    r"\s*(?:in (?P<unit>[^,]+)|joined by \"(?P<separator>[^\"]+)\"|empty: (?P<empty>.+)"
    rf"|(?P<datatype>{'|'.join(DATATYPES)}))\s*(?:,|$)"
)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        name: as it heads the column.
        description: what a cell holds, in a sentence.
        datatype: of each value, one of `DATATYPES`.
        unit: of each value, in words; empty where there is none.
        separator: what stands between several values of a cell; empty where a cell has one.
        empty: what an empty cell means; empty where no cell is.
    """

    name: str
    description: str = ""
    datatype: str = ""
    unit: str = ""
    separator: str = ""
    empty: str = ""

    @property
    def kind(self) -> str:
        """The datatype and the unit, in words, with how several values are joined."""
        words = DATATYPES[self.datatype or "text"] + (f", in {self.unit}" if self.unit else "")
        return words + (f"; several with “{self.separator}” between" if self.separator else "")


def common() -> dict[str, Column]:
    """The columns that mean the same in several answers, wherever no header says otherwise, by name."""
    return {column.name: column for column in _described()[_ANSWERS]}


def table_of(name: str) -> tuple[Column, ...]:
    """The columns of a table, in their order.

    Args:
        name: one of `TABLES`.
    """
    return _described()[name]


@cache
def _described() -> dict[str, tuple[Column, ...]]:
    found: dict[str, tuple[Column, ...]] = {}
    with (room("data") / FILE).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            table = row.pop("table")
            found[table] = (*found.get(table, ()), Column(**row))
    return found


def described_in(lines: Iterable[str]) -> dict[str, Column]:
    """The columns that lines of a header describe, with what they say and nothing else.

    Args:
        lines: those that do not describe a column are passed over.

    Raises:
        ValueError: a line that means to describe a column cannot be read, or one is described twice.
    """
    found: dict[str, Column] = {}
    for line in lines:
        if not line.startswith("# Column "):
            continue
        read = _LINE.fullmatch(line.rstrip())
        if read is None or read[1] in found:
            raise ValueError(f"not to be read, or said twice: {line}")
        found[read[1]] = Column(read[1], read[3] or "", **_facets(read[2] or "", line))
    return found


def _facets(text: str, line: str) -> dict[str, str]:
    facets: dict[str, str] = {}
    at = 0
    while at < len(text):
        read = _FACET.match(text, at)
        if read is None or not read.end():
            raise ValueError(f"not to be read from “{text[at:]}” on: {line}")
        facets |= {
            k: v.strip(" ") if k != "separator" else v for k, v in read.groupdict().items() if v
        }
        at = read.end()
    return facets


def columns_of(question: Question) -> tuple[Column, ...]:
    """The columns of a query's answer, in their order; one that nothing describes has no description.

    Args:
        question: whose expected answer names the columns.
    """
    own = described_in(_header(question.text))
    with question.expected.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    return tuple(_merged(common().get(name), own.get(name)) or Column(name) for name in names)


def _header(text: str) -> Iterable[str]:
    for line in text.splitlines():
        if not line.startswith("#"):
            return
        yield line


def _merged(shared: Column | None, own: Column | None) -> Column | None:
    if shared is None or own is None:
        return own or shared
    said = {f.name: getattr(own, f.name) for f in fields(own) if getattr(own, f.name)}
    return replace(shared, **said)
