"""One entry of the rulebook explained, as values.

Owns: everything that a rule's page and `explain` say. Must not: know any rule, or how it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from dutygraph.dates import day_in_words
from dutygraph.entries import Ask, Clause, Entry, Part, SettlingList
from dutygraph.explaining.demonstrations import one_per_outcome
from dutygraph.explaining.in_force import in_force_line, period
from dutygraph.rooms import room
from dutygraph.rulebook import Rulebook, day_of, days_of
from dutygraph.terms import CODE, DCT, DG, SKOS
from dutygraph.triples import NamedNode, local_name

# What stands in the places of a message when it speaks of no council in particular.
_ANYONE = {
    "authority": "the council",
    "subject": "the one in question",
    "value": "what is found",
}
_SLOT = re.compile(r"\{(\w+)\}")
_BLOCK = re.MULTILINE | re.DOTALL


def explain(rulebook: Rulebook, entry: Entry) -> dict[str, Any]:
    """One entry as JSON values: the contract's members first, then everything that explains it.

    Args:
        rulebook: labels, dates of area switches, parameters.
        entry: the rule, inference, check of the data or duty left to people.
    """
    words = _Words(entry.condition.subject_noun if entry.condition else "")
    return rulebook.as_json(entry) | {
        "duty": entry.duty,
        "clauseVersions": [v for c in entry.clauses for v in _versions(rulebook, c)],
        "forceMeaning": rulebook.graph.text(CODE[entry.force.code], SKOS.definition),
        "inForce": in_force_line(rulebook, entry),
        "changeNote": entry.change_note or None,
        "replaces": sorted(e.id for e in rulebook.entries if entry.id in e.replaced_by),
        "replacedBy": list(entry.replaced_by),
        "appliesTo": [rulebook.label(cls) for cls in entry.applies_to],
        "binds": [line for cls in entry.applies_to for line in _binds(rulebook, cls)],
        "condition": _condition(rulebook, entry, words),
        "parts": [_part(rulebook, part, entry.source_file, words) for part in entry.parts],
        "passNeeds": [words.ask(n.ask) | _lists(rulebook, n.settled_by) for n in entry.needs],
        "judgement": words.ask(entry.judgement) if entry.judgement else None,
        "uses": [rulebook.title(parameter) for parameter in entry.uses],
        "values": [value for p in entry.uses for value in _values(rulebook, p)],
        "passMessage": words.anyone(entry.pass_message) or None,
        "infers": rulebook.label(entry.infers) if entry.infers else None,
        "keptBy": [shape.value for shape in entry.kept_by],
        "untestedBecause": entry.untested_because or None,
        "decidedInstead": entry.decided_instead or None,
        "examplePerOutcome": one_per_outcome(entry.id),
        "verification": {
            "status": entry.confidence,
            "meaning": entry.confidence_label,
            "checkedAgainst": entry.checked_against or None,
        },
        "howToDispute": rulebook.how_to_dispute,
        "file": f"shapes/{entry.source_file}" if entry.source_file else None,
        "iri": entry.iri.value,
    }


def _versions(rulebook: Rulebook, clause: Clause) -> Iterator[dict[str, str]]:
    """A clause as it stood from each day on which its text, or a value that it gives, changed."""
    graph, cited = rulebook.graph, NamedNode(clause.iri)
    days = set(days_of(graph, cited, DG.changedOn))
    for value in graph.subjects(DCT.source, cited):
        # The first value came with the clause; a value with one before it says that the clause changed.
        parameter = next(iter(graph.subjects(DG.datedValue, value)), None)
        day = day_of(graph, value, DG.inForceFrom)
        if parameter and day and rulebook.values_on(parameter, day - timedelta(days=1)):
            days.add(day)
    for day in sorted(days):
        yield {
            "title": clause.title,
            "from": day.isoformat(),
            "url": rulebook.point_in_time(clause, day),
        }


def _binds(rulebook: Rulebook, cls: NamedNode) -> Iterator[str]:
    """Which authorities a class takes in, by date, one sentence each."""
    graph = rulebook.graph
    for membership in graph.subjects(DG.memberClass, cls):
        when = period(
            day_of(graph, membership, DG.inForceFrom), day_of(graph, membership, DG.inForceTo)
        )
        kinds = [rulebook.label(k) for k in graph.objects(membership, DG.kindIncluded)]
        kinds += [
            f"whoever operates {rulebook.label(f)}"
            for f in graph.objects(membership, DG.formIncluded)
        ]
        if graph.text(membership, DG.everyKind) == "true":
            kinds = ["every authority"]
        yield f"{when}: {', '.join(kinds)}" if when else ", ".join(kinds)


def _values(rulebook: Rulebook, parameter: NamedNode) -> Iterator[dict[str, Any]]:
    """What a dated parameter was from when to when."""
    graph = rulebook.graph
    found = []
    for value in graph.objects(parameter, DG.datedValue):
        start, end = day_of(graph, value, DG.inForceFrom), day_of(graph, value, DG.inForceTo)
        members = [rulebook.label(m) for m in graph.objects(value, DG.valueMember)]
        members += [str(v.value) for v in graph.objects(value, DG.value)]
        found.append((start.isoformat() if start else "", end, members))
    for start_iso, end, members in sorted(found, key=lambda f: (f[0], f[2])):
        yield {
            "title": rulebook.title(parameter),
            "from": start_iso or None,
            "to": end.isoformat() if end else None,
            "until": f"until the day before {day_in_words(end)}" if end else None,
            "value": members,
        }


def _condition(rulebook: Rulebook, entry: Entry, words: _Words) -> dict[str, Any] | None:
    condition = entry.condition
    if condition is None:
        return None
    return {
        "statement": words.anyone(condition.statement),
        "whenSilent": condition.silent_outcome,
        **words.ask(condition.ask),
        **_lists(rulebook, condition.settled_by),
    }


def _part(rulebook: Rulebook, part: Part, source_file: str, words: _Words) -> dict[str, Any]:
    return {
        "shape": part.iri.value,
        "turtle": _written(part.iri, source_file),
        "polarity": "presence" if part.presence else "absence",
        "severity": part.severity,
        "failMessage": words.anyone(part.fail_message),
        "remedy": words.anyone(part.remedy),
        "caveat": words.anyone(part.caveat) or None,
        **words.ask(part.ask),
        **_lists(rulebook, part.settled_by),
    }


def _written(iri: NamedNode, source_file: str) -> str | None:
    """A shape as it is written in its file: from its name to the full stop that ends it."""
    if not source_file:
        return None
    text = (room("shapes") / source_file).read_text(encoding="utf-8")
    found = re.search(rf"^rule:{re.escape(local_name(iri))} a .*?\.$(?=\n\n|\n*\Z)", text, _BLOCK)
    return found[0] if found else None


class _Words:
    """Messages that speak of no council in particular.

    Args:
        subject_noun: what the subject of the rule is called, or empty.
    """

    def __init__(self, subject_noun: str) -> None:
        self._names = _ANYONE | ({"subject": subject_noun} if subject_noun else {})

    def anyone(self, template: str) -> str:
        """A message with nouns in its places."""
        return _SLOT.sub(lambda m: self._names.get(m[1], m[0]), template)

    def ask(self, ask: Ask) -> dict[str, Any]:
        """A question with nouns in its places."""
        return {
            "fact": self.anyone(ask.fact),
            "askWhom": self.anyone(ask.ask_whom),
            "howToSay": ask.how_to_say,
        }


def _lists(rulebook: Rulebook, lists: Iterable[SettlingList]) -> dict[str, Any]:
    return {
        "settledBy": [
            {
                "list": rulebook.label(settling.listed),
                "property": settling.listed.value,
                "orDeniedBy": [rulebook.label(code) for code in settling.deniable],
            }
            for settling in lists
        ]
    }
