"""The outcomes of one rule for one authority in several descriptions, and what one does to another.

Owns: the row of a rule and authority with the worst outcome in each description, and the name of a
change of outcome. Must not assess, count or say what a change is due to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dutygraph.outcomes import WORST_FIRST, Assessment
from dutygraph.report import Json

__all__ = ["CHANGES", "Compared", "kind_of_change", "rows_of"]

CHANGES = ("introduces", "resolves", "leaves", "raises", "meets", "opens", "drops")
"""What an option can do to an outcome of the baseline."""


@dataclass(frozen=True)
class Compared:
    """One option: its assessment and its report."""

    assessment: Assessment
    report: Json

    @property
    def structure(self) -> str:
        """The IRI of its structure."""
        return str(self.assessment.description.structure.value)


def rows_of(compared: Sequence[Compared]) -> list[Json]:
    """A row for each rule and authority, with the outcome in each option."""
    cells: dict[tuple[str, str], dict[str, list[Json]]] = {}
    for option in compared:
        for row in option.report["rules"]:
            key = (row["id"], row["authority"])
            cells.setdefault(key, {}).setdefault(option.structure, []).append(row)
    return [_row(cells[key], compared) for key in sorted(cells)]


def _row(by_option: dict[str, list[Json]], compared: Sequence[Compared]) -> Json:
    any_row = next(iter(by_option.values()))[0]
    outcomes = [_cell(c, by_option.get(c.structure)) for c in compared]
    decided = {o["outcome"] for o in outcomes if o["outcome"]}
    common = ("id", "title", "duty", "force", "authority", "authorityName", "clauses")
    return {
        **{key: any_row[key] for key in common},
        "differs": len(decided) > 1,
        "outcomes": outcomes,
    }


def _cell(option: Compared, rows: list[Json] | None) -> Json:
    """The worst outcome of one rule for one authority; none where the option does not describe it."""
    if rows is None:
        return {
            "structure": option.structure,
            "outcome": None,
            "severity": None,
            "basis": None,
            "reason": "the authority is not described",
            "caveats": [],
            "facts": [],
            "missing": [],
        }
    worst = min((r["outcome"] for r in rows), key=WORST_FIRST.index)
    those = [r for r in rows if r["outcome"] == worst]
    return {
        "structure": option.structure,
        "outcome": worst,
        "severity": next((r["severity"] for r in those if r["severity"]), None),
        "basis": next((r["basis"] for r in those if r["basis"]), None),
        "reason": "; ".join(dict.fromkeys(r["reason"].rstrip(".") for r in those)),
        "caveats": _once(r["caveats"] for r in those),
        "facts": _once(r["facts"] for r in those),
        "missing": _once(r["missing"] for r in those),
    }


def _once(lists: Any) -> list[Any]:
    found: list[Any] = []
    for items in lists:
        found += [item for item in items if item not in found]
    return found


def kind_of_change(before: str | None, after: str | None) -> str:
    """What becomes of an outcome; nothing is said where one of the two does not describe the authority."""
    if before is None or after is None:
        return ""
    if after == "failed":
        return "leaves" if before == "failed" else "introduces"
    if before == "failed":
        return "resolves" if after in ("passed", "inapplicable") else "opens"
    return _OF_THE_REST.get((_plainly(before), _plainly(after)), "")


def _plainly(outcome: str) -> str:
    return "cantTell" if outcome == "untested" else outcome


# What becomes of an outcome where nothing fails.
_OF_THE_REST = {
    ("inapplicable", "cantTell"): "raises",
    ("inapplicable", "passed"): "meets",
    ("cantTell", "passed"): "meets",
    ("passed", "cantTell"): "opens",
    ("passed", "inapplicable"): "drops",
    ("cantTell", "inapplicable"): "drops",
}
