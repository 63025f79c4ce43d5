"""The list of the queries that are kept, as text, a table and JSON.

Owns: the forms of `query --list`. Must not: run a query.
"""

from __future__ import annotations

from collections.abc import Iterable

from dutygraph.queries import Question
from dutygraph.renderings.as_csv import table
from dutygraph.renderings.as_json import dumped
from dutygraph.renderings.as_text import wrapped


def as_text(questions: Iterable[Question]) -> bytes:
    """A name and a question each."""
    lines: list[str] = []
    for question in questions:
        lines += [question.name, *wrapped(question.header.get("Question", ""), "    ")]
    return "".join(f"{line}\n" for line in lines).encode()


def as_csv(questions: Iterable[Question]) -> bytes:
    """A row for each, with its answer in words."""
    return table(("name", "question", "answer", "sources"), map(_row, questions))


def as_json(questions: Iterable[Question]) -> bytes:
    """An object for each, with its answer in words."""
    return dumped([_row(question) for question in questions])


def _row(question: Question) -> dict[str, object]:
    said = question.header.get
    return {
        "name": question.name,
        "question": said("Question", ""),
        "answer": said("Answer", ""),
        "sources": said("Sources", ""),
    }
