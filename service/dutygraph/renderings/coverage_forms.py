"""The coverage map as JSON, a table and text.

Owns: the forms of `coverage`. Must not: decide what is covered.
"""

from __future__ import annotations

from typing import Any

from dutygraph.renderings import phrases
from dutygraph.renderings.as_csv import table
from dutygraph.renderings.as_json import dumped
from dutygraph.renderings.as_text import bulleted, heading, wrapped
from dutygraph.renderings.phrases import sentence


def coverage_as_json(covered: dict[str, Any]) -> bytes:
    """The map as JSON."""
    return dumped(covered)


def coverage_as_csv(covered: dict[str, Any]) -> bytes:
    """The map as a table of entries."""
    columns = (
        "id",
        "title",
        "treatment",
        "force",
        "inForce",
        "clauses",
        "tests",
        "derives",
        "why",
        "decidedInstead",
        "note",
        "status",
    )
    return table(columns, covered["entries"])


def coverage_as_text(covered: dict[str, Any]) -> bytes:
    """The map as text: how many, what is left to people and why, which clauses no rule covers."""
    lines = [*heading("What this rulebook covers", "=")]
    day = phrases.day(covered["lawAsAt"])
    lines += wrapped(f"Rulebook {covered['rulebook']}; the law was looked at up to {day}.")
    counts = covered["summary"]
    lines += bulleted(
        [
            f"{counts['rule']} tested",
            f"{counts['inference']} derived",
            f"{counts['dataCheck']} kept by the check of an installation",
            f"{counts['untestedDuty']} left to people",
        ]
    )
    for kind, name in _SECTIONS.items():
        entries = [e for e in covered["entries"] if e["kind"] == kind]
        if entries:
            lines += heading(name)
        for entry in entries:
            lines += _entry(entry)
    lines += heading("Clauses that no tested rule rests on")
    lines += bulleted(
        f"{clause['title']}; cited by {', '.join(clause['citedBy'])}"
        for clause in covered["clauses"]
    )
    return ("\n".join(lines).strip() + "\n").encode()


_SECTIONS = {
    "untestedDuty": "Left to people",
    "dataCheck": "Kept by the check of an installation",
    "inference": "Derived",
    "rule": "Tested",
}


def _entry(entry: dict[str, Any]) -> list[str]:
    lines = [entry["id"], *wrapped(entry["title"], "    ")]
    if entry["why"]:
        why = f"{entry['why']}; decided instead by: {entry['decidedInstead']}"
        lines += wrapped(sentence(why), "    ")
    if entry["derives"]:
        lines += wrapped(f"Derives: {entry['derives']}.", "    ")
    return [*lines, ""]
