"""One rule in plain words, and the list of all of them.

Owns: what `explain` and `rules` show, as JSON values and as text.
Must not: know any rule, or assess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from dutygraph.dates import day_in_words
from dutygraph.entries import Applies, Ask, Entry, Part, SettlingList
from dutygraph.renderings import phrases
from dutygraph.renderings.as_csv import table
from dutygraph.renderings.as_text import bulleted, heading, wrapped
from dutygraph.renderings.phrases import sentence
from dutygraph.rulebook import Rulebook, day_of
from dutygraph.terms import CODE, DCT, DG, RDFS, SKOS
from dutygraph.triples import NamedNode, Term

# What stands in the places of a message when it speaks of no council in particular.
_ANYONE = {
    "authority": "the council",
    "subject": "the one in question",
    "value": "what is found",
}
_SLOT = re.compile(r"\{(\w+)\}")
_SILENCE = {
    "inapplicable": "the rule does not apply: none is described",
    "cantTell": "it cannot be told whether the rule is met",
}
_POLARITY = {
    True: "More facts can only make it fail.",
    False: "More facts can only cure it, so silence is not failure: it fails only where every "
    "list that would settle it is said to be complete.",
}


def explain(rulebook: Rulebook, entry: Entry) -> dict[str, Any]:
    """One rule as JSON values: the contract's members first, then everything that explains it.

    Args:
        rulebook: labels, dates of area switches, parameters.
        entry: the rule or inference.
    """
    return rulebook.as_json(entry) | {
        "duty": entry.duty,
        "forceMeaning": rulebook.graph.text(CODE[entry.force.code], SKOS.definition),
        "inForce": in_force_line(rulebook, entry),
        "changeNote": entry.change_note or None,
        "replacedBy": list(entry.replaced_by),
        "appliesTo": [_label(rulebook, cls) for cls in entry.applies_to],
        "condition": _condition(rulebook, entry),
        "parts": [_part(rulebook, part) for part in entry.parts],
        "passNeeds": [_ask(n.ask) | _lists(rulebook, n.settled_by) for n in entry.needs],
        "judgement": _ask(entry.judgement) if entry.judgement else None,
        "uses": [_title(rulebook, parameter) for parameter in entry.uses],
        "passMessage": _anyone(entry.pass_message) or None,
        "infers": _label(rulebook, entry.infers) if entry.infers else None,
        "verification": {
            "status": entry.confidence,
            "meaning": entry.confidence_label,
            "checkedAgainst": entry.checked_against or None,
        },
        "howToDispute": rulebook.how_to_dispute,
        "file": f"shapes/{entry.source_file}" if entry.source_file else None,
        "iri": entry.iri.value,
    }


def explain_as_json(rulebook: Rulebook, entry: Entry) -> bytes:
    """One rule as JSON."""
    return (json.dumps(explain(rulebook, entry), indent=2, ensure_ascii=False) + "\n").encode()


def explain_as_text(rulebook: Rulebook, entry: Entry) -> bytes:
    """One rule as text."""
    lines = list(_explained(explain(rulebook, entry)))
    return ("\n".join(lines).strip() + "\n").encode()


def rules_as_json(rulebook: Rulebook, entries: Iterable[Entry]) -> bytes:
    """The contract's list of rules."""
    listed = [rulebook.as_json(entry) for entry in entries]
    return (json.dumps(listed, indent=2, ensure_ascii=False) + "\n").encode()


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
        lines.append(entry.id)
        lines += wrapped(entry.title, "    ")
        lines += wrapped(f"{force}, {in_force_line(rulebook, entry)}; {law}", "    ")
        lines.append("")
    return ("\n".join(lines[:-1]) + "\n").encode() if lines else b""


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
    title = _title(rulebook, switch)
    if opens and closes:
        return f"{title}, between {day_in_words(opens)} and {day_in_words(closes)}"
    return title


def _label(rulebook: Rulebook, term: Term) -> str:
    graph = rulebook.graph
    return graph.text(term, RDFS.label) or graph.text(term, SKOS.prefLabel) or str(term.value)


def _title(rulebook: Rulebook, term: Term) -> str:
    return rulebook.graph.text(term, DCT.title) or _label(rulebook, term)


def _anyone(template: str) -> str:
    return _SLOT.sub(lambda m: _ANYONE.get(m[1], m[0]), template)


def _ask(ask: Ask) -> dict[str, Any]:
    return {
        "fact": _anyone(ask.fact),
        "askWhom": _anyone(ask.ask_whom),
        "howToSay": ask.how_to_say,
    }


def _lists(rulebook: Rulebook, lists: Iterable[SettlingList]) -> dict[str, Any]:
    return {
        "settledBy": [
            {
                "list": _label(rulebook, settling.listed),
                "property": settling.listed.value,
                "orDeniedBy": [_label(rulebook, code) for code in settling.deniable],
            }
            for settling in lists
        ]
    }


def _condition(rulebook: Rulebook, entry: Entry) -> dict[str, Any] | None:
    condition = entry.condition
    if condition is None:
        return None
    return {
        "statement": _anyone(condition.statement),
        "whenSilent": condition.silent_outcome,
        **_ask(condition.ask),
        **_lists(rulebook, condition.settled_by),
    }


def _part(rulebook: Rulebook, part: Part) -> dict[str, Any]:
    return {
        "shape": part.iri.value,
        "polarity": "presence" if part.presence else "absence",
        "severity": part.severity,
        "failMessage": _anyone(part.fail_message),
        "remedy": _anyone(part.remedy),
        "caveat": _anyone(part.caveat) or None,
        **_ask(part.ask),
        **_lists(rulebook, part.settled_by),
    }


# --- as text ------------------------------------------------------------------------------------


def _explained(rule: dict[str, Any]) -> Iterator[str]:
    yield from heading(rule["title"], "=")
    yield from wrapped(rule["duty"])
    yield ""
    force = phrases.FORCE_NAMES.get(rule["force"], rule["force"])
    yield from wrapped(f"Force: {force}. {rule['forceMeaning']}")
    yield from wrapped(f"Dates: {rule['inForce']}.")
    if rule["changeNote"]:
        yield from wrapped(sentence(rule["changeNote"]))
    if rule["replacedBy"]:
        yield from wrapped(f"Replaced by: {', '.join(rule['replacedBy'])}.")
    if rule["appliesTo"]:
        yield from wrapped(f"Applies to: {' that is also '.join(rule['appliesTo'])}.")
    if rule["infers"]:
        yield from wrapped(f"Derives: {rule['infers']}. It has no outcome of its own.")
    yield from heading("The law")
    for clause in rule["clause"]:
        yield from wrapped(clause["title"], "  * ")
        yield "    " + phrases.plain(clause["url"])
    yield from _condition_as_text(rule["condition"])
    yield from _parts_as_text(rule)
    yield from _trust(rule)


def _condition_as_text(condition: dict[str, Any] | None) -> Iterator[str]:
    if condition is None:
        return
    yield from heading("When it asks anything")
    yield from wrapped(f"Only where {sentence_part(condition['statement'])}.")
    silent = _SILENCE.get(condition["whenSilent"], condition["whenSilent"])
    yield from wrapped(f"Where nothing is said of that, {silent}.")
    yield from _ask_as_text(condition)


def _parts_as_text(rule: dict[str, Any]) -> Iterator[str]:
    if rule["parts"]:
        yield from heading("How it is tested")
    for number, part in enumerate(rule["parts"], 1):
        mark = f"  {number}. "
        indent = " " * len(mark)
        yield from wrapped(f"Fails: {sentence(part['failMessage'])}", mark)
        yield from wrapped(f"What puts it right: {sentence(part['remedy'])}", indent)
        yield from wrapped(_POLARITY[part["polarity"] == "presence"], indent)
        if part["caveat"]:
            yield from wrapped(f"A pass leaves open: {sentence(part['caveat'])}", indent)
        yield from _ask_as_text(part, indent)
        yield from wrapped(f"Shape: {part['shape']}", indent)
        yield ""
    needs = [n for n in rule["passNeeds"] if n["fact"]]
    if needs:
        yield "It passes only when these are known:"
        yield from bulleted(sentence(n["fact"]) for n in needs)
    if rule["judgement"]:
        asked = rule["judgement"]
        yield from wrapped(f"Only a person can decide: {sentence(asked['fact'])}")
        yield from wrapped(f"Ask {asked['askWhom']}.")
    if rule["uses"]:
        yield from wrapped(f"It uses these dated values: {', '.join(rule['uses'])}.")


def _ask_as_text(asked: dict[str, Any], indent: str = "") -> Iterator[str]:
    if asked["fact"]:
        whom = f" Ask {asked['askWhom']}." if asked["askWhom"] else ""
        yield from wrapped(f"When it is not known: {sentence(asked['fact'])}{whom}", indent)
    for settling in asked["settledBy"]:
        denied = "".join(f", or a statement that there is no {d}" for d in settling["orDeniedBy"])
        yield from wrapped(f"Settled by a complete list of: {settling['list']}{denied}.", indent)


def _trust(rule: dict[str, Any]) -> Iterator[str]:
    yield from heading("How far it has been checked")
    checked = rule["verification"]
    against = f": {checked['checkedAgainst']}" if checked["checkedAgainst"] else ""
    yield from wrapped(sentence(f"{checked['meaning']}{against}"))
    yield from wrapped(f"If you read it differently: {sentence(rule['howToDispute'])}")
    if rule["file"]:
        yield from wrapped(f"It is written in {rule['file']}, as {rule['iri']}.")


def sentence_part(text: str) -> str:
    """Text as it may stand within a sentence: without its last mark."""
    return phrases.plain(text).rstrip(".")
