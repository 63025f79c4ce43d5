"""The wording of a refusal.

Owns: how a place and a piece of submitted text are shown, and what several modules refuse alike.
Must not: decide what is refused.
"""

from __future__ import annotations

from typing import Any

from dutygraph.errors import Problem
from dutygraph.parsing.limits import Limits
from dutygraph.parsing.syntaxes import Syntax


def problem_at(
    slug: str,
    text: str,
    line: int | None = None,
    column: int | None = None,
    extra: dict[str, Any] | None = None,
) -> Problem:
    """A problem whose detail begins with its place.

    Args:
        slug: a key of `errors.PROBLEM_TYPES`.
        text: what was found and what to do about it, in sentences.
        line, column: the place, from 1, where it is known.
        extra: further members of the problem document.
    """
    where = Problem(slug, text, line, column).place
    detail = f"{where.capitalize()}: {text}" if where else text
    return Problem(slug, detail, line, column, extra or {})


def shown(text: str) -> str:
    """Submitted text as it may stand in a message: short, on one line and encodable."""
    whole = text[:200].encode("utf-8", "replace").decode()
    flat = "".join(mark if mark.isprintable() else " " for mark in whole)
    return flat if len(flat) <= 80 else flat[:79] + "…"


def place_in(text: str, position: int) -> tuple[int, int]:
    """The line and column, from 1, of a position in a text."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def empty(syntax: Syntax) -> Problem:
    """The problem of a description without a statement."""
    return Problem(
        "empty",
        f"The {syntax.name} holds no statement. Send a description with a structure "
        "and the authority that it describes.",
    )


def too_large(what: str) -> Problem:
    """The problem of a description that holds too much."""
    return Problem("too-large", f"The description has {what}. Send one structure at a time.")


def too_deep(limits: Limits, line: int, column: int) -> Problem:
    """The problem of brackets, values or elements that stand too deep in one another."""
    return problem_at(
        "too-deep",
        f"The nesting passes {limits.nesting} levels. Give the inner nodes a name each "
        "and describe them side by side.",
        line,
        column,
    )


def triple_term(line: int | None = None, column: int | None = None) -> Problem:
    """The problem of a statement about a statement, as RDF 1.2 writes it."""
    return problem_at(
        "bad-value",
        "RDF 1.2 triple terms are not read here. Describe the statement with a node of its own.",
        line,
        column,
    )
