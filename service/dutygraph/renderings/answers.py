"""The answer of a query as a table to read, SPARQL 1.1 CSV and JSON results, and Turtle.

Owns: these forms. Must not: run a query, or know a DutyGraph term.

The CSV is that of the specification, term for term: what a spreadsheet would take for a formula
stays as it is, so that a program gets back what the data say.
"""

from __future__ import annotations

import csv
import io
import shutil
import textwrap
from collections.abc import Mapping, Sequence

from dutygraph.errors import Problem
from dutygraph.renderings.as_json import dumped
from dutygraph.renderings.phrases import plain
from dutygraph.triples import Answer, BlankNode, Literal, NamedNode, RdfFormat, Term, serialize

__all__ = ["FORMS", "render"]

FORMS = ("table", "csv", "json", "turtle")
_WIDTH = 120
_NARROWEST = 12
_STRING = "http://www.w3.org/2001/XMLSchema#string"


def render(answer: Answer, form: str, prefixes: Mapping[str, str]) -> bytes:
    """An answer as bytes.

    Args:
        answer: of any kind of query; a CONSTRUCT's is Turtle in any form but csv and json.
        form: one of `FORMS`.
        prefixes: what shortens IRIs in the table and in Turtle.

    Raises:
        Problem: not-acceptable: this kind of answer does not have that form.
    """
    if answer.triples is not None:
        if form in ("csv", "json"):
            raise _no_form(form, "triples", "table or turtle")
        return serialize(answer.triples, RdfFormat.TURTLE, prefixes)
    if form == "turtle":
        raise _no_form(form, "rows", "table, csv or json")
    if form == "json":
        return dumped(_json(answer))
    if answer.truth is not None:
        return b"true\n" if answer.truth else b"false\n"
    return _csv(answer) if form == "csv" else _table(answer, prefixes)


def _no_form(form: str, kind: str, others: str) -> Problem:
    return Problem(
        "not-acceptable", f"The answer is {kind}, which {form} does not hold. Ask for {others}."
    )


# --- SPARQL 1.1 Query Results CSV -----------------------------------------------------------------


def _csv(answer: Answer) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(answer.variables)
    names: dict[str, str] = {}
    for row in answer.rows:
        cells = [_cell(term, names) for term in row]
        # A lone empty cell would be an empty line, which readers skip.
        written.write('""\r\n') if cells == [""] else writer.writerow(cells)
    return written.getvalue().encode()


def _cell(term: Term | None, names: dict[str, str]) -> str:
    if term is None:
        return ""
    if isinstance(term, BlankNode):
        return f"_:{names.setdefault(term.value, f'b{len(names)}')}"
    return str(term.value)


# --- SPARQL 1.1 Query Results JSON ----------------------------------------------------------------


def _json(answer: Answer) -> dict[str, object]:
    if answer.truth is not None:
        return {"head": {}, "boolean": answer.truth}
    bindings = [
        {n: _binding(t) for n, t in zip(answer.variables, row, strict=True) if t is not None}
        for row in answer.rows
    ]
    return {"head": {"vars": list(answer.variables)}, "results": {"bindings": bindings}}


def _binding(term: Term) -> dict[str, str]:
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    found = {"type": "literal", "value": term.value}
    if term.language:
        return found | {"xml:lang": term.language}
    datatype = term.datatype.value
    return found if datatype == _STRING else found | {"datatype": datatype}


# --- a table to read ------------------------------------------------------------------------------


def _table(answer: Answer, prefixes: Mapping[str, str]) -> bytes:
    """Columns side by side, long cells on several lines, and how many rows there are."""
    head = [name.replace("_", " ") for name in answer.variables]
    cells = [[_shown(term, prefixes) for term in row] for row in answer.rows]
    width = max(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDTH)
    widths = _widths([head, *cells], width)
    lines = [*_lines(head, widths), "  ".join("-" * w for w in widths)]
    # Where a cell takes several lines, an empty one keeps the rows apart.
    shown = [_lines(row, widths) for row in cells]
    apart = any(len(row) > 1 for row in shown)
    for number, row in enumerate(shown):
        lines += [""] * (apart and number > 0) + row
    count = len(cells)
    lines += ["", f"{count} row{'' if count == 1 else 's'}"]
    return ("\n".join(line.rstrip() for line in lines) + "\n").encode()


def _shown(term: Term | None, prefixes: Mapping[str, str]) -> str:
    if term is None:
        return ""
    if isinstance(term, Literal):
        return plain(term.value)
    if isinstance(term, BlankNode):
        return "(unnamed)"
    for prefix, space in sorted(prefixes.items(), key=lambda p: -len(p[1])):
        if term.value.startswith(space) and term.value != space:
            return f"{prefix}:{term.value.removeprefix(space)}"
    return str(term.value)


def _widths(rows: Sequence[Sequence[str]], total: int) -> list[int]:
    """As wide as their longest cell; where that is too much, the widest give way."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = total - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widest = widths.index(max(widths))
        widths[widest] -= 1
    return widths


def _lines(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    cells = [textwrap.wrap(cell, max(w, 1)) or [""] for cell, w in zip(row, widths, strict=True)]
    height = max(map(len, cells), default=1)
    return [
        "  ".join((c[i] if i < len(c) else "").ljust(w) for c, w in zip(cells, widths, strict=True))
        for i in range(height)
    ]
