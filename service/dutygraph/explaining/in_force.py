"""From when to when an entry is in force, in words, and whether it may bind somewhere on a day.

Owns: the reading of an entry's dates and area switches for people. Must not decide whom it binds.
"""

from __future__ import annotations

from datetime import date

from dutygraph.dates import day_in_words
from dutygraph.entries import Applies, Entry
from dutygraph.rulebook import Rulebook, day_of
from dutygraph.terms import DG
from dutygraph.triples import NamedNode


def may_bind_on(rulebook: Rulebook, entry: Entry, day: date) -> bool:
    """Whether an entry is, or may be, in force somewhere on a day, area switches counted in."""
    if entry.in_force(day) is Applies.NO:
        return False
    opens = day_of(rulebook.graph, entry.begins_with, DG.opens) if entry.begins_with else None
    closes = day_of(rulebook.graph, entry.ends_with, DG.closes) if entry.ends_with else None
    return not (opens and day < opens) and not (closes and day >= closes)


def in_force_line(rulebook: Rulebook, entry: Entry) -> str:
    """From when to when an entry is in force, and the switch by which areas enter or leave it."""
    said = [_from(entry)] if entry.in_force_from or not entry.begins_with else []
    if entry.in_force_to:
        said.append(f"until the day before {day_in_words(entry.in_force_to)}")
    for switch, verb in ((entry.begins_with, "beginning"), (entry.ends_with, "ending")):
        if switch:
            said.append(f"{verb} area by area with the {_switch(rulebook, switch)}")
    return "in force " + ", ".join(said)


def period(start: date | None, end: date | None) -> str:
    """A half-open period in words, empty where it has neither end."""
    said = [f"from {day_in_words(start)}"] if start else []
    if end:
        said.append(f"until the day before {day_in_words(end)}")
    return " ".join(said)


def _from(entry: Entry) -> str:
    if not entry.in_force_from:
        return "since before the days that this rulebook knows"
    last = day_in_words(entry.in_force_from)
    earliest = entry.in_force_from_earliest
    if earliest and earliest < entry.in_force_from:
        return f"from a day between {day_in_words(earliest)} and {last}"
    return f"from {last}"


def _switch(rulebook: Rulebook, switch: NamedNode) -> str:
    opens, closes = (day_of(rulebook.graph, switch, p) for p in (DG.opens, DG.closes))
    title = rulebook.title(switch)
    if opens and closes:
        return f"{title}, between {day_in_words(opens)} and {day_in_words(closes)}"
    return title
