"""The parameters of the resources: one table for reading them and for describing them in OpenAPI.

Owns: names, meaning and types. Must not read a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from dutygraph.engines import ENGINE_NAMES
from dutygraph.errors import Problem
from dutygraph.feed.entries import Position
from dutygraph.workers import ENGINES

_SHOWN = 80
_MOST_PAGES = 1_000_000


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Args:
        name: as it stands in the address or in a form.
        help: one sentence.
        takes: what a value is, in words, for a refusal.
        read: from text to value; raises ValueError.
        schema: the value's JSON schema.
        example: a value, where one helps.
    """

    name: str
    help: str
    takes: str
    read: Callable[[str], Any]
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    example: str | None = None


def _day(text: str) -> date:
    # Python also reads 20170124 and 2017-W04-2, which nobody means here.
    if len(text) != len("2017-01-24"):
        raise ValueError(text)
    return date.fromisoformat(text)


def _one_of(*names: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return read


_DAY = {"type": "string", "format": "date"}

AS_AT = Parameter(
    "as-at",
    "The day on which the structure is assessed; without it, the structure's own day.",
    "a day as YYYY-MM-DD, such as 2017-01-24",
    _day,
    _DAY,
    "2017-01-24",
)
LAW_AS_AT = Parameter(
    "law-as-at",
    "The day whose law applies; without it, the day on which the structure is assessed.",
    "a day as YYYY-MM-DD, such as 2017-01-24",
    _day,
    _DAY,
)
ASSUME = Parameter(
    "assume",
    "“complete” takes everything that is not stated not to be so; the report says that you asked.",
    "“complete”",
    _one_of("complete"),
    {"type": "string", "enum": ["complete"]},
)
ENGINE = Parameter(
    "engine",
    "The SHACL engine: the fast one, the reference, or both, which must then agree.",
    f"one of {', '.join(ENGINES)}",
    _one_of(*ENGINES),
    {"type": "string", "enum": list(ENGINES), "default": "fast"},
)

ONE_ENGINE = Parameter(
    "engine",
    "The SHACL engine: the fast one, or the reference.",
    f"one of {', '.join(ENGINE_NAMES)}",
    _one_of(*ENGINE_NAMES),
    {"type": "string", "enum": list(ENGINE_NAMES), "default": "fast"},
)
BASELINE = Parameter(
    "baseline",
    "The structure against which changes are told, its IRI or the last part; else the first.",
    "the IRI of a structure, or its last part",
    str,
)

RULE_ID = Parameter(
    "rule",
    "The one rule for which repairs are sought, by its id; without it, every rule that fails.",
    "the id of a rule",
    str,
)


def _two_days(text: str) -> tuple[date, date]:
    first, _, second = text.partition(",")
    days = _day(first), _day(second)
    if days[1] < days[0]:
        raise ValueError(text)
    return days


CHANGED_BETWEEN = Parameter(
    "changed-between",
    "What the law changed after the first day, up to and including the second, instead of the list.",
    "two days, the earlier first, such as 2012-01-01,2013-12-31",
    _two_days,
    {"type": "string"},
    "2012-01-01,2013-12-31",
)
IN_FORCE = Parameter(
    "as-at",
    "Only the rules that are, or may be, in force on this day.",
    "a day as YYYY-MM-DD, such as 2017-01-24",
    _day,
    _DAY,
)


def _page(text: str) -> int:
    number = int(text)
    if not (text.isascii() and text.isdigit()) or not 1 <= number <= _MOST_PAGES:
        raise ValueError(text)
    return number


PAGE = Parameter(
    "page",
    "Which part of long lists, from 1: the facts that point at a thing, the things in a graph.",
    "a whole number from 1",
    _page,
    {"type": "integer", "minimum": 1, "default": 1},
)


SINCE = Parameter(
    "since",
    "From when on: a day or a moment, which then counts itself, or the position of an entry, after "
    "which it begins.",
    "a day as YYYY-MM-DD, a moment such as 2026-05-01T12:00:00Z, or the position of an entry",
    Position.read,
    example="2026-05-01",
)


def format_of(names: Sequence[str]) -> Parameter:
    """The parameter that chooses a form; `negotiation` decides what a value means."""
    return Parameter(
        "format",
        "The form of the answer, as a name or a media type; it wins over the Accept header.",
        f"one of {', '.join(names)}",
        str,
        {"type": "string", "examples": list(names)},
    )


def read_parameters(given: Iterable[tuple[str, str]], known: Sequence[Parameter]) -> dict[str, Any]:
    """Read parameters; what is not given is not in the answer.

    Args:
        given: names and values, as they came.
        known: those that the resource takes.

    Raises:
        Problem: `bad-parameter`, for a name that is unknown or given twice and for a bad value.
    """
    by_name = {parameter.name: parameter for parameter in known}
    found: dict[str, Any] = {}
    for name, text in given:
        if name not in by_name:
            raise _unknown(name, list(by_name))
        if name in found:
            raise Problem("bad-parameter", f"The parameter {name} is given twice. Give it once.")
        try:
            found[name] = by_name[name].read(text)
        except ValueError:
            raise Problem(
                "bad-parameter",
                f"The parameter {name} is “{text[:_SHOWN]}”; it takes {by_name[name].takes}.",
                extra={"parameter": name},
            ) from None
    return found


def _unknown(name: str, known: list[str]) -> Problem:
    near = get_close_matches(name[:_SHOWN], known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    takes = f"It takes {', '.join(known)}." if known else "It takes none."
    return Problem(
        "bad-parameter",
        f"This address takes no parameter “{name[:_SHOWN]}”.{hint} {takes}",
        extra={"parameter": name[:_SHOWN], "known": known},
    )
