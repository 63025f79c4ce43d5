"""Whether the two engines say the same (SECURITY S30).

Owns: the comparison of two reports of one description, and the refusal of an answer that only one
engine gives. Must not run an engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dutygraph.errors import Problem
from dutygraph.report import Json

__all__ = ["compare_engines", "names_both"]

_SHOWN = 10
# The engine's own name is all that may differ.
_OWN_WORDS = "engine"
_AGREE = ", which agree"
_ROW_KEY = ("id", "authority", "subject")
_FINDING_KEY = ("rule", "authority", "focus", "kind", "shape")


def compare_engines(report_fast: Json, report_reference: Json) -> Json:
    """Compare what two engines say of one description.

    Args:
        report_fast: the report on the fast engine's results, from `report.build_report`.
        report_reference: the same of the reference engine.

    Returns:
        The report of which both are sure; its `engine` names the two.

    Raises:
        Problem: `engines-disagree`; `extra["differences"]` lists at most ten, each with the place
            in the report and what either engine says there.
    """
    differences = list(_differences(report_fast, report_reference))
    if not differences:
        both = f"{report_fast[_OWN_WORDS]} and {report_reference[_OWN_WORDS]}{_AGREE}"
        return report_fast | {_OWN_WORDS: both}
    first = differences[0]
    more = f" There are {len(differences) - 1} more differences." if len(differences) > 1 else ""
    raise Problem(
        "engines-disagree",
        f"On {first['where']} {report_fast[_OWN_WORDS]} says {_said(first['fast'])} and "
        f"{report_reference[_OWN_WORDS]} says {_said(first['reference'])}. One of them is wrong, so "
        f"that no report is given; this is a fault of the service and not of the description.{more}",
        extra={"differences": differences[:_SHOWN]},
    )


def names_both(engine: str) -> bool:
    """Whether a report's `engine` names both, as `compare_engines` writes it."""
    return engine.endswith(_AGREE)


def _differences(fast: Json, reference: Json) -> Iterator[Json]:
    """The rows and findings first, since they explain the figures that follow from them."""
    yield from _in_list("rule", _ROW_KEY, fast["rules"], reference["rules"])
    yield from _in_list("finding", _FINDING_KEY, fast["findings"], reference["findings"])
    for key in sorted((fast.keys() | reference.keys()) - {_OWN_WORDS, "rules", "findings"}):
        if fast.get(key) != reference.get(key):
            yield _difference(key, fast.get(key), reference.get(key))


def _in_list(
    what: str, key: tuple[str, ...], fast: list[Json], reference: list[Json]
) -> Iterator[Json]:
    """One difference for each row or finding: its outcome where that differs, which explains it."""
    ours, theirs = _by_key(key, fast), _by_key(key, reference)
    for name in sorted(ours.keys() | theirs.keys()):
        where = f"{what} {', '.join(part for part in name if part)}"
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None:
            yield _difference(where, _briefly(one), _briefly(other))
            continue
        members = ["outcome", *sorted(one.keys() | other.keys())]
        differing = [m for m in members if one.get(m) != other.get(m)]
        if differing:
            member = differing[0]
            yield _difference(f"the {member} of {where}", one.get(member), other.get(member))


def _by_key(key: tuple[str, ...], items: list[Json]) -> dict[tuple[str, ...], Json]:
    found: dict[tuple[str, ...], Json] = {}
    for item in items:
        name = tuple(str(item.get(part) or "") for part in key)
        # Several findings of one shape are told apart by their order, which is sorted.
        while name in found:
            name = (*name, "again")
        found[name] = item
    return found


def _briefly(item: Json | None) -> Any:
    if item is None:
        return None
    return item.get("outcome") or item.get("message")


def _difference(where: str, fast: Any, reference: Any) -> Json:
    return {"where": where, "fast": fast, "reference": reference}


def _said(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return f"“{text if len(text) <= 80 else text[:79] + '…'}”"
