"""What a change does to outcomes: introduced, resolved, unchanged and otherwise changed.

Owns: the lists, each item with its reason, clauses and facts as reports have them. Must not assess,
nor say to what an outcome is due.
"""

from __future__ import annotations

from collections.abc import Sequence

from dutygraph.comparing.side_by_side import CHANGES, Compared, kind_of_change, rows_of
from dutygraph.report import SEVERITIES, Json

__all__ = ["OTHERWISE", "effects_of", "failures_in"]

OTHERWISE = tuple(c for c in CHANGES if c not in ("introduces", "resolves", "leaves"))
"""What a change can do to an outcome where nothing fails after it that did not fail before."""

Key = tuple[str, str]
_NOT_DESCRIBED: Json = {
    "outcome": None,
    "severity": None,
    "reason": "the authority is not described",
    "facts": [],
    "missing": [],
}


def effects_of(before: Compared, after: Compared) -> Json:
    """What becomes of each outcome, by rule and authority.

    Args:
        before, after: one structure, assessed on one day under one law.

    Returns:
        `introduced`: not met after and not so before; `resolved`: not met before, and met or no
        longer asked after; `unchanged`: `stillFailing`, `stillUndecided` and how many are `stillMet`
        and `stillInapplicable`; `otherwise`: changed without a failure coming or going, in the words
        of `compare`.
    """
    found: Json = {
        "introduced": [],
        "resolved": [],
        "unchanged": {
            "stillFailing": [],
            "stillUndecided": [],
            "stillMet": 0,
            "stillInapplicable": 0,
        },
        "otherwise": {kind: [] for kind in OTHERWISE},
    }
    # Both have the same structure, by which rows of several would be told apart.
    earlier, later = _by_key(before), _by_key(after)
    for key in sorted(earlier | later):
        row = later.get(key) or earlier[key]
        first = earlier[key]["outcomes"][0] if key in earlier else _NOT_DESCRIBED
        second = later[key]["outcomes"][0] if key in later else _NOT_DESCRIBED
        _put(found, row, first, second)
    return found


def _by_key(compared: Compared) -> dict[Key, Json]:
    return {(row["id"], row["authority"]): row for row in rows_of([compared])}


def _put(found: Json, row: Json, first: Json, second: Json) -> None:
    was, now = first["outcome"], second["outcome"]
    unchanged = found["unchanged"]
    if now == "failed" and was != "failed":
        # An authority that is described only after the change fails anew as well.
        found["introduced"].append(_item(row, first, second))
        return
    if was is None or now is None:
        return
    kind = kind_of_change(was, now)
    if kind == "leaves":
        unchanged["stillFailing"].append(_item(row, first, second))
    elif kind == "resolves":
        found["resolved"].append(_item(row, first, second))
    elif kind:
        found["otherwise"][kind].append(_item(row, first, second))
    elif now in ("cantTell", "untested"):
        unchanged["stillUndecided"].append(_item(row, first, second))
    else:
        unchanged["stillMet" if now == "passed" else "stillInapplicable"] += 1


def _item(row: Json, first: Json, second: Json) -> Json:
    """One rule for one authority, with both outcomes; facts are those after the change, else before."""
    failing = second if second["outcome"] == "failed" else first
    return {
        **{key: row[key] for key in ("id", "title", "force", "authority", "authorityName")},
        "clauses": row["clauses"],
        "before": first["outcome"],
        "after": second["outcome"],
        "severity": failing["severity"],
        "reasonBefore": first["reason"],
        "reason": second["reason"],
        "otherReason": first["outcome"] == second["outcome"]
        and first["reason"] != second["reason"],
        "factsBefore": first["facts"],
        "facts": second["facts"],
        "missing": second["missing"],
    }


def failures_in(items: Sequence[Json], fail_on: str) -> bool:
    """Whether there is a failure at or above a severity among items.

    Args:
        items: as `effects_of` gives them.
        fail_on: one of `SEVERITIES`.
    """
    counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return any(item["severity"] in counted for item in items)
