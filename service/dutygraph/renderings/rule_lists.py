"""The list of rules and what the law changed, as JSON, a table and text.

Owns: the forms of `rules` and `rules --changed-between`. Must not: word a rule, or assess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from dutygraph.entries import Entry
from dutygraph.explaining import Change, in_force_line
from dutygraph.renderings import phrases
from dutygraph.renderings.as_csv import table
from dutygraph.renderings.as_json import dumped
from dutygraph.renderings.as_text import wrapped
from dutygraph.renderings.phrases import sentence
from dutygraph.rulebook import Rulebook


def rules_as_json(rulebook: Rulebook, entries: Iterable[Entry]) -> bytes:
    """The contract's list of rules."""
    return dumped([rulebook.as_json(entry) for entry in entries])


def rules_as_csv(rulebook: Rulebook, entries: Iterable[Entry]) -> bytes:
    """The list of rules as a table, with the clauses' titles and addresses in two columns."""
    columns = (
        "id",
        "title",
        "kind",
        "force",
        "inForceFrom",
        "inForceTo",
        "clauses",
        "clauseUrls",
        "status",
    )
    rows = []
    for entry in entries:
        clauses = {
            "clauses": [c.title for c in entry.clauses],
            "clauseUrls": [c.url for c in entry.clauses],
        }
        rows.append(rulebook.as_json(entry) | clauses)
    return table(columns, rows)


def rules_as_text(rulebook: Rulebook, entries: Iterable[Entry]) -> bytes:
    """The list of rules, three lines each."""
    lines: list[str] = []
    for entry in entries:
        law = "; ".join(c.title for c in entry.clauses)
        force = phrases.FORCE_NAMES.get(entry.force.code, entry.force.code)
        people = " (left to people)" if entry.kind == "untestedDuty" else ""
        lines.append(entry.id)
        lines += wrapped(entry.title + people, "    ")
        lines += wrapped(f"{force}, {in_force_line(rulebook, entry)}; {law}", "    ")
        lines.append("")
    return ("\n".join(lines[:-1]) + "\n").encode() if lines else b""


def changes_as_json(changes: Iterable[Change]) -> bytes:
    """What the law changed, as JSON."""
    return dumped([asdict(change) for change in changes])


def changes_as_csv(changes: Iterable[Change]) -> bytes:
    """What the law changed, as a table."""
    columns = ("day", "kind", "statement", "rules", "about")
    return table(columns, [asdict(c) | {"rules": list(c.rules)} for c in changes])


def changes_as_text(changes: Iterable[Change]) -> bytes:
    """What the law changed, a day and a sentence each."""
    lines: list[str] = []
    for change in changes:
        lines.append(phrases.day(change.day))
        lines += wrapped(sentence(change.statement), "    ")
        if change.rules:
            lines += wrapped("Rules: " + ", ".join(change.rules), "    ")
        lines.append("")
    text = "\n".join(lines[:-1]) if lines else "Nothing that this rulebook knows changed."
    return (text + "\n").encode()
