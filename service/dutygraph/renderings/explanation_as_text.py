"""One entry of the rulebook in plain words, for a terminal.

Owns: the order and the layout of what `explain` prints. Must not: know any rule, or assess.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dutygraph.entries import Entry
from dutygraph.explaining import explain
from dutygraph.renderings import phrases
from dutygraph.renderings.as_text import bulleted, heading, wrapped
from dutygraph.renderings.phrases import sentence
from dutygraph.rulebook import Rulebook

_SILENCE = {
    "inapplicable": "the rule does not apply: none is described",
    "cantTell": "it cannot be told whether the rule is met",
}
_POLARITY = {
    True: "More facts can only make it fail.",
    False: "More facts can only cure it, so silence is not failure: it fails only where every "
    "list that would settle it is said to be complete.",
}


def explain_as_text(rulebook: Rulebook, entry: Entry) -> bytes:
    """One entry as text."""
    lines = list(_explained(explain(rulebook, entry)))
    return ("\n".join(lines).strip() + "\n").encode()


def _explained(rule: dict[str, Any]) -> Iterator[str]:
    yield from heading(rule["title"], "=")
    yield from wrapped(rule["duty"])
    yield ""
    force = phrases.FORCE_NAMES.get(rule["force"], rule["force"])
    yield from wrapped(f"Force: {force}. {rule['forceMeaning']}")
    yield from wrapped(f"Dates: {rule['inForce']}.")
    if rule["changeNote"]:
        yield from wrapped(sentence(rule["changeNote"]))
    for name, ids in (("Replaces", rule["replaces"]), ("Replaced by", rule["replacedBy"])):
        if ids:
            yield from wrapped(f"{name}: {', '.join(ids)}.")
    if rule["appliesTo"]:
        yield from wrapped(f"Applies to: {' that is also '.join(rule['appliesTo'])}.")
        yield from bulleted(rule["binds"])
    if rule["infers"]:
        yield from wrapped(f"Derives: {rule['infers']}. It has no outcome of its own.")
    yield from heading("The law")
    for clause in rule["clause"]:
        yield from wrapped(clause["title"], "  * ")
        yield "    " + phrases.plain(clause["url"])
    for version in rule["clauseVersions"]:
        yield from wrapped(
            f"{version['title']} as it stood from {phrases.day(version['from'])}", "  * "
        )
        yield "    " + phrases.plain(version["url"])
    yield from _left_to_people(rule)
    yield from _condition_as_text(rule["condition"])
    yield from _parts_as_text(rule)
    yield from _examples(rule)
    yield from _trust(rule)
    yield from _shapes(rule)


def _left_to_people(rule: dict[str, Any]) -> Iterator[str]:
    if rule["untestedBecause"]:
        yield from heading("Why it is not tested")
        yield from wrapped(sentence(rule["untestedBecause"]))
        yield from wrapped(f"Decided instead by: {sentence(rule['decidedInstead'])}")


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
    if rule["passMessage"]:
        yield from wrapped(f"Passes: {sentence(rule['passMessage'])}")
    needs = [n for n in rule["passNeeds"] if n["fact"]]
    if needs:
        yield "It passes only when these are known:"
        yield from bulleted(sentence(n["fact"]) for n in needs)
    if rule["judgement"]:
        asked = rule["judgement"]
        yield from wrapped(f"Only a person can decide: {sentence(asked['fact'])}")
        yield from wrapped(f"Ask {asked['askWhom']}.")
    if rule["values"]:
        yield "It uses these values, each in its time:"
        yield from bulleted(_value(value) for value in rule["values"])


def _value(value: dict[str, Any]) -> str:
    start = f"from {phrases.day(value['from'])}" if value["from"] else "from the beginning"
    until = f", {value['until']}" if value["until"] else ""
    return f"{value['title']}, {start}{until}: {', '.join(value['value'])}"


def _examples(rule: dict[str, Any]) -> Iterator[str]:
    if rule["examplePerOutcome"]:
        yield from heading("An example of each outcome")
    for outcome, example in rule["examplePerOutcome"].items():
        name = phrases.OUTCOME_NAMES.get(outcome, "Derived")
        yield from wrapped(f"{name}: {sentence(example['title'])}", "  * ")
        yield "    " + example["file"]


def _shapes(rule: dict[str, Any]) -> Iterator[str]:
    written = [part["turtle"] for part in rule["parts"] if part["turtle"]]
    if written:
        yield from heading("The shapes as they are written")
    for turtle in written:
        yield from turtle.splitlines()
        yield ""


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
