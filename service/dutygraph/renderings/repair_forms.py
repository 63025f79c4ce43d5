"""Repairs as text, as a table and as JSON.

Owns: the forms of `repair`. Must not look for a repair.

The table has one row for each repair, and one for each failing rule that has none:

| column | what it holds |
| --- | --- |
| id, title, authority, severity | the failing rule and whom it binds |
| reason | why it fails |
| repair | what is done, in words |
| size | how many statements that changes |
| resolves, breaks, opens | the rules that it puts right, newly breaks and leaves open |
| patch | the change as an RDF Patch |
| onlyTheCouncil | what is left to people where there is no repair |
| remedies | what the rulebook says would put it right |
| clauses | the law or guidance |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dutygraph.renderings import phrases
from dutygraph.renderings.as_csv import table
from dutygraph.renderings.as_json import dumped
from dutygraph.renderings.as_text import bulleted, heading, joined, made_by, wrapped
from dutygraph.renderings.phrases import counted, plain, sentence
from dutygraph.report import Json

COLUMNS = (
    "id",
    "title",
    "authority",
    "severity",
    "reason",
    "repair",
    "size",
    "resolves",
    "breaks",
    "opens",
    "patch",
    "onlyTheCouncil",
    "remedies",
    "clauses",
)
EFFECTS = {
    "resolves": "It puts right",
    "breaks": "It would newly break",
    "opens": "It leaves open",
}


def repairs_as_json(found: Json) -> bytes:
    """The answer as JSON."""
    return dumped(found)


def repairs_as_csv(found: Json) -> bytes:
    """The answer as one table."""
    return table(COLUMNS, list(_rows(found)))


def _rows(found: Json) -> Iterator[Json]:
    for item in found["rules"]:
        common = {
            **{key: item[key] for key in ("id", "title", "severity", "reason", "remedies")},
            "authority": item["authorityName"],
            "onlyTheCouncil": item["onlyTheCouncil"],
            "clauses": [c["title"] for c in item["clauses"]],
        }
        none = dict.fromkeys(("repair", "size", "resolves", "breaks", "opens", "patch"))
        for repair in item["repairs"]:
            yield common | {
                "repair": repair["words"],
                "size": repair["size"],
                "patch": repair["patch"],
                **{kind: names_of(repair[kind]) for kind in EFFECTS},
            }
        if not item["repairs"]:
            yield common | none


def names_of(items: Iterable[Json]) -> list[str]:
    """Rules with the councils that they bind, as a reader is told of them."""
    return [f"{plain(i['title'])} ({plain(i['authorityName'])})" for i in items]


# --- text -----------------------------------------------------------------------------------------


def repairs_as_text(found: Json) -> bytes:
    """The answer as text that can be read aloud."""
    names = phrases.listed(plain(a["name"]) for a in found["authorities"])
    lines = [
        *heading(f"What would put right what fails: {names}, {phrases.day(found['asAt'])}", "="),
        *wrapped(summary_of(found)),
        "",
        *wrapped(found["notice"]),
        *bulleted(sentence(note) for note in found["notes"]),
        *(line for item in found["rules"] for line in _item(item)),
        *_about(found),
    ]
    return joined(lines).encode()


def summary_of(found: Json) -> str:
    """How many rules fail, and what is known of each, in a sentence."""
    summary = found["summary"]
    return (
        f"{counted(summary['failing'], 'rule fails', 'rules fail')}: {summary['repaired']} with a repair "
        f"that the description itself allows, {summary['leftToPeople']} that only the council can put "
        f"right, {summary['noKnownRepair']} without a repair that is known here"
        + (
            f", {summary['notTried']} for which not everything was tried."
            if summary["notTried"]
            else "."
        )
    )


def _item(item: Json) -> Iterator[str]:
    yield from heading(f"{plain(item['title'])} ({plain(item['authorityName'])})")
    yield from wrapped(sentence(item["reason"]))
    for number, repair in enumerate(item["repairs"], start=1):
        yield from ["", f"Repair {number}", ""]
        yield from _repair(repair)
    for said in item["onlyTheCouncil"]:
        yield from wrapped(sentence(said))
    if item["noKnownRepair"]:
        yield from wrapped("No repair is known here.")
    if not (item["repairs"] or item["onlyTheCouncil"]):
        for remedy in item["remedies"]:
            yield from wrapped(f"What would put it right: {sentence(remedy)}")
    if item["notShown"]:
        yield from wrapped(
            f"{counted(item['notShown'], 'further repair', 'further repairs')} not shown."
        )
    if not item["allTried"]:
        yield from wrapped("There are too many ways to change it for all to be tried.")


def _repair(repair: Json) -> Iterator[str]:
    yield from bulleted(sentence(words) for words in repair["words"])
    for kind, name in EFFECTS.items():
        if repair[kind] or kind == "breaks":
            yield from wrapped(f"{name}: {'; '.join(names_of(repair[kind])) or 'nothing'}.", "    ")
    changed = counted(repair["size"], "statement", "statements")
    yield from wrapped(f"As a patch that changes {changed}:", "    ")
    # A patch is for a program: its rows stay whole.
    yield from (f"      {plain(row)}" for row in repair["patch"].splitlines())


def _about(found: Json) -> Iterator[str]:
    yield from heading("About this answer")
    yield from bulleted(made_by(found))
