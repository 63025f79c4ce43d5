"""What a change would do, as text, as a table and as JSON.

Owns: the forms of `what-if`. Must not find anything out.

The table has one row for each outcome that comes, goes or stays open:

| column | what it holds |
| --- | --- |
| about | the council that changes, or a partner's structure |
| effect | introduced, resolved, stillFailing, stillUndecided, or how it changes otherwise |
| id, title, authority | the rule and whom it binds |
| before, after | the outcomes |
| severity | of the failure |
| reason | why it is so after the change; for what is resolved, why it was not met before follows |
| bearing | the statements of the change that bear on it, with - removed and + added |
| clauses | the law or guidance |
| facts, sources | what decides it, and the paragraphs that say so |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dutygraph.renderings import phrases
from dutygraph.renderings.as_csv import table
from dutygraph.renderings.as_json import dumped
from dutygraph.renderings.as_text import bulleted, heading, joined, made_by, wrapped
from dutygraph.renderings.phrases import OUTCOME_NAMES, counted, plain, sentence
from dutygraph.report import Json

COLUMNS = (
    "about",
    "effect",
    "id",
    "title",
    "authority",
    "before",
    "after",
    "severity",
    "reason",
    "bearing",
    "clauses",
    "facts",
    "sources",
)
HEADINGS = {
    "introduced": "Not met after the change, and not so before",
    "resolved": "Not met before the change, and put right by it",
    "stillFailing": "Not met before, and not met after",
    "raises": "Not asked before, and to be shown after",
    "meets": "Not shown before, and met after",
    "opens": "Decided before, and open after",
    "drops": "Asked before, and no longer after",
    "stillUndecided": "Not to be told before, nor after",
}
"""What a change does, in the order in which a reader wants it."""
HOW = {
    "decides": "This decides it: without this part of the change it would be otherwise.",
    "decides-alone": "This alone is enough for it.",
    "together": "Only all of this together decides it.",
    "not-tried": "It rests on this; too much is changed for every part of it to be tried.",
}


def what_if_as_json(found: Json) -> bytes:
    """The answer as JSON."""
    return dumped(found)


def groups_of(effects: Json) -> list[tuple[str, list[Json]]]:
    """The lists of one council or partner that hold anything, in the reader's order."""
    lists = {
        "introduced": effects["introduced"],
        "resolved": effects["resolved"],
        **effects["unchanged"],
        **effects["otherwise"],
    }
    return [(kind, lists[kind]) for kind in HEADINGS if lists[kind]]


def bearing_in_words(item: Json, about: Json) -> list[str]:
    """The changed things that bear on an outcome, in words: what each was, and what it is.

    Args:
        item: of the council or of a partner.
        about: the change of the council, or the partner: what holds the facts of both sides.
    """
    nodes = item["bearing"]["nodes"]
    said = []
    for node in nodes:
        was = [f["statement"] for f in about["factsBefore"] if f["node"] == node]
        now = [f["statement"] for f in about["facts"] if f["node"] == node]
        if was and now and was != now:
            said.append(f"{was[0]}; after the change: {now[0]}")
        elif now:
            said.append(f"{'changed' if was else 'new'}: {now[0]}")
        elif was:
            said.append(f"no longer: {was[0]}")
        else:
            said.append("what is said of the structure itself")
    return list(dict.fromkeys(plain(s) for s in said))


# --- the table ------------------------------------------------------------------------------------


def what_if_as_csv(found: Json) -> bytes:
    """The answer as one table."""
    rows = [_cells(found["after"]["title"], *pair) for pair in _items(found)]
    for partner in found["partners"]:
        rows += [_cells(partner["title"], *pair) for pair in _items(partner)]
    return table(COLUMNS, rows)


def _items(effects: Json) -> Iterator[tuple[str, Json]]:
    for kind, items in groups_of(effects):
        for item in items:
            yield kind, item


def _cells(about: str, kind: str, item: Json) -> Json:
    bearing = item.get("bearing") or {"removed": [], "added": []}
    reasons = [item["reason"], *([item["reasonBefore"]] if kind == "resolved" else [])]
    facts = item["facts"] or item["factsBefore"]
    return {
        "about": about,
        "effect": kind,
        "id": item["id"],
        "title": item["title"],
        "authority": item["authorityName"],
        "before": item["before"],
        "after": item["after"],
        "severity": item["severity"],
        "reason": reasons,
        "bearing": [f"- {s}" for s in bearing["removed"]] + [f"+ {s}" for s in bearing["added"]],
        "clauses": [c["title"] for c in item["clauses"]],
        "facts": [f["statement"] for f in facts],
        "sources": sorted({s for f in facts for s in f["sources"]}),
    }


# --- text -----------------------------------------------------------------------------------------


def what_if_as_text(found: Json) -> bytes:
    """The answer as text that can be read aloud."""
    change = found["change"]
    lines = [
        *heading(f"What the change would do on {phrases.day(found['asAt'])}", "="),
        *_sides(found),
        "",
        *wrapped(found["notice"]),
        *bulleted(sentence(note) for note in found["notes"]),
        *heading("The change"),
        *wrapped(size_of(change)),
        *_change(change),
        *heading("What it does to the council's duties"),
        *_effects(found, change),
        *(line for partner in found["partners"] for line in _partner(partner)),
        *_about(found),
    ]
    return joined(lines).encode()


def size_of(change: Json) -> str:
    """How much is changed, in a sentence."""
    removed = counted(len(change["removed"]), "statement is", "statements are")
    added = counted(len(change["added"]), "is", "are")
    return f"{removed} taken out, and {added} added."


def _sides(found: Json) -> Iterator[str]:
    for name, side in (("Before", found["before"]), ("After", found["after"])):
        summary = side["summary"]
        yield from wrapped(
            f"{name}: {plain(side['title'])}: "
            f"{phrases.VERDICT_NAMES[side['verdict']].lower()}; {summary['failed']} not met, "
            f"{summary['cantTell']} cannot be told, {summary['passed']} met."
        )


def _change(change: Json) -> Iterator[str]:
    """What is said differently, thing by thing."""
    now = {f["node"]: f for f in change["facts"]}
    was = {f["node"]: f for f in change["factsBefore"]}
    for mark, facts, others in ((" - ", was, now), (" + ", now, was)):
        for node, fact in facts.items():
            if others.get(node, {}).get("statement") != fact["statement"]:
                yield from wrapped(sentence(fact["statement"]), mark)


def _effects(effects: Json, about: Json) -> Iterator[str]:
    groups = groups_of(effects)
    for kind, items in groups:
        yield from ["", f"{HEADINGS[kind]}: {len(items)}", ""]
        # There are many of these, and the report of each side asks about each.
        if kind == "stillUndecided":
            continue
        for item in items:
            yield from _item(kind, item, about)
    unchanged = effects["unchanged"]
    yield ""
    yield from wrapped(
        f"{unchanged['stillMet']} met before and after; {unchanged['stillInapplicable']} not asked."
    )
    if not (effects["introduced"] or effects["resolved"]):
        yield from wrapped("The change introduces no failure and resolves none.")


def _item(kind: str, item: Json, about: Json) -> Iterator[str]:
    clauses = "; ".join(c["title"] for c in item["clauses"])
    yield from wrapped(f"{plain(item['title'])} ({plain(item['authorityName'])}; {clauses})", " * ")
    yield from wrapped(sentence(item["reason"]), "   ")
    if kind == "resolved" or item["otherReason"]:
        was = OUTCOME_NAMES[item["before"]].lower() if item["before"] else "not described"
        yield from wrapped(sentence(f"before the change, {was}: {item['reasonBefore']}"), "   ")
    if item.get("bearing"):
        yield from wrapped(HOW[item["bearing"]["how"]], "   ")
        for words in bearing_in_words(item, about):
            yield from wrapped(sentence(words), "     - ")
    for fact in item["facts"] or item["factsBefore"]:
        place = phrases.places(fact["sources"])
        known = "; ".join(k for k in (fact["standing"], place) if k)
        yield from wrapped(f"Because {plain(fact['statement'])} ({known}).", "   ")


def _partner(partner: Json) -> Iterator[str]:
    yield from heading(f"What it does to a partner: {plain(partner['title'])}")
    names = phrases.listed(plain(a["name"]) for a in partner["authorities"])
    if not partner["concerned"]:
        yield from wrapped(
            f"Nothing in the change is about an arrangement or post that {names} is a party to."
        )
        return
    yield from wrapped(
        f"{names} is assessed on its own description, with what the change says of the arrangements "
        "and posts that it shares."
    )
    yield from _effects(partner, partner)


def _about(found: Json) -> Iterator[str]:
    yield from heading("About this answer")
    yield from bulleted(made_by(found))


def page_values(found: Json) -> dict[str, Any]:
    """What the page needs beside the answer."""
    return {
        "found": found,
        "headings": HEADINGS,
        "how": HOW,
        "groups_of": groups_of,
        "bearing_in_words": bearing_in_words,
        "size_of": size_of,
        "listed": _names,
    }


def _names(authorities: Iterable[Json]) -> str:
    return phrases.listed(plain(a["name"]) for a in authorities)
