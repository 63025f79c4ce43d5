"""Whether sides agree, as text, as a table and as JSON.

Owns: the forms of `agree`, and the words that its page shares with them. Must not: compare.

The table has one row for each side of each point, rule, suggestion or name:

| column | what it holds |
| --- | --- |
| section | point, rule, suggestion or name |
| matter, arrangement, name | the kind of arrangement, its identifier and its name |
| id, title, about | the aspect or rule, its title, and for whom or of what |
| outcome | of the point; of the rule where all are read together |
| side, council | the letter of the side and the councils that speak |
| value | what the side says; the outcome of the rule in its own closure |
| reason | the point in a sentence; why the rule has its outcome together; how to say that two are one |
| remedy | what to do about a conflict |
| facts, sources | the statements of the side, and the paragraphs that make them |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dutygraph.renderings import phrases
from dutygraph.renderings.as_csv import table
from dutygraph.renderings.as_json import dumped
from dutygraph.renderings.as_text import bulleted, heading, joined, made_by, wrapped
from dutygraph.renderings.phrases import OUTCOME_NAMES, counted, listed, plain, sentence
from dutygraph.report import Json

__all__ = [
    "TAGS",
    "agreement_as_csv",
    "agreement_as_json",
    "agreement_as_text",
    "names",
    "opening",
    "paired_by",
    "title",
]

COLUMNS = (
    "section",
    "matter",
    "arrangement",
    "name",
    "id",
    "title",
    "about",
    "outcome",
    "side",
    "council",
    "value",
    "reason",
    "remedy",
    "facts",
    "sources",
)
TAGS = {
    "contradicts": "failed",
    "perhaps-the-same": "cantTell",
    "one-side-says": "inapplicable",
    "compatible": "passed",
    "matches": "passed",
}
"""Which colour of the page an outcome of a point has."""
_PAIRED_BY = {
    "same-identifier": "The sides use one identifier for it.",
    "one-side-describes-it": "Only one side describes it.",
}


def agreement_as_json(agreed: Json) -> bytes:
    """Whether the sides agree, as JSON."""
    return dumped(agreed)


def names(agreed: Json) -> dict[str, str]:
    """The councils that speak, by the letter of their side."""
    return {side["side"]: side["name"] for side in agreed["sides"]}


def title(agreed: Json) -> str:
    """Whose descriptions these are and on which day."""
    sides = listed(sorted(plain(name) for name in names(agreed).values()))
    return f"Do {sides} agree? {phrases.day(agreed['asAt'])}"


def opening(agreed: Json) -> list[str]:
    """What the sides agree on, and on how much they do not, in sentences."""
    counts = agreed["counts"]
    if not counts["arrangements"]:
        return [f"{agreed['verdictName'].capitalize()}: {_lowered(agreed['verdictMeaning'])}"]
    same, vague = counts["matches"] + counts["compatible"], counts["compatible"]
    exact = f", on {vague} of them with one side more exact" if vague else ""
    said = [
        f"There {'is' if counts['arrangements'] == 1 else 'are'} "
        f"{counted(counts['arrangements'], 'arrangement', 'arrangements')} between the sides; they "
        f"agree on {counted(same, 'point', 'points')}{exact}."
    ]
    rest = [
        (counts["contradicts"], "they conflict on {}"),
        (counts["one-side-says"], "on {} at least one side is silent, which contradicts nobody"),
        (counts["perhaps-the-same"], "on {} they may mean the same, and neither says so"),
    ]
    parts = [words.format(number) for number, words in rest if number]
    if parts:
        said.append(sentence("; ".join(parts)))
    whole = [a["name"] for a in agreed["arrangements"] if a["outcome"] in ("matches", "compatible")]
    if whole:
        said.append(f"In full they agree on: {'; '.join(plain(name) for name in whole)}.")
    breached = agreed["breachedTogether"]
    if breached:
        said.append(
            f"Read together, {counted(breached, 'rule is', 'rules are')} not met in a way that no side's "
            "own description shows."
        )
    return said


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def paired_by(agreed: Json, arrangement: Json) -> str:
    """Why what the sides say is taken to be of one thing."""
    pairing = arrangement["pairedBy"]
    if pairing["how"] == "stated":
        sayers = [names(agreed)[letter] for letter in pairing["saidBy"]]
        say = "says" if len(sayers) == 1 else "say"
        return f"{listed(sayers)} {say} that what the sides describe is one thing."
    return _PAIRED_BY[pairing["how"]]


# --- the table ------------------------------------------------------------------------------------


def agreement_as_csv(agreed: Json) -> bytes:
    """Whether the sides agree, as one table."""
    return table(COLUMNS, list(_table_rows(agreed)))


def _table_rows(agreed: Json) -> Iterator[Json]:
    council = names(agreed)
    empty = dict.fromkeys(COLUMNS, "")

    def row(section: str, side: str, **cells: Any) -> Json:
        return empty | {"section": section, "side": side, "council": council[side]} | cells

    for arrangement in agreed["arrangements"]:
        of = {
            "matter": arrangement["matter"],
            "arrangement": arrangement["iri"],
            "name": arrangement["name"],
        }
        for point in arrangement["points"]:
            for side in point["sides"]:
                facts = [f for a in side["answers"] for f in a["facts"]] + side["against"]
                yield row(
                    "point",
                    side["side"],
                    **of,
                    id=point["aspect"],
                    title=point["title"],
                    about=point["about"] or "",
                    outcome=point["outcome"],
                    value=[a["value"] for a in side["answers"]],
                    reason=point["sentence"],
                    remedy=point["remedy"] or "",
                    facts=[f["statement"] for f in facts],
                    sources=_sources(facts),
                )
    for rule in agreed["rules"]:
        for own in rule["own"]:
            yield row(
                "rule",
                own["side"],
                id=rule["id"],
                title=rule["title"],
                about=rule["authorityName"],
                outcome=rule["together"]["outcome"],
                value=own["outcome"],
                reason=rule["together"]["reason"],
                facts=[f["statement"] for f in rule["facts"]],
                sources=_sources(rule["facts"]),
            )
    for section, found in (("suggestion", agreed["suggestions"]), ("name", agreed["namesakes"])):
        for suggestion in found:
            for side in suggestion["sides"]:
                yield row(
                    section,
                    side["side"],
                    matter=suggestion.get("matter", ""),
                    arrangement=side["iri"] or "",
                    name=side["name"],
                    reason=suggestion["howToSay"],
                    facts=[f["statement"] for f in side["facts"]],
                    sources=_sources(side["facts"]),
                )


def _sources(facts: Iterable[Json]) -> list[str]:
    return sorted({source for fact in facts for source in fact["sources"]})


# --- text ---------------------------------------------------------------------------------------


def agreement_as_text(agreed: Json) -> bytes:
    """Whether the sides agree, as text that can be read aloud."""
    lines = [
        *heading(title(agreed), "="),
        *wrapped(sentence(agreed["verdictName"])),
        "",
        *wrapped(" ".join(opening(agreed))),
        *_conflicts(agreed),
        *_arrangements(agreed),
        *_suggestions(agreed),
        *_rules(agreed),
        *_about(agreed),
    ]
    return joined(lines).encode()


def _conflicts(agreed: Json) -> Iterator[str]:
    if not agreed["conflicts"]:
        return
    yield from heading("Where they conflict, and what to do")
    for number, found in enumerate(agreed["conflicts"], 1):
        of = f" ({plain(found['about'])})" if found["about"] else ""
        said = f"{found['title']}{of}, {plain(found['name'])}: {plain(found['sentence'])}."
        yield from wrapped(said, f"  {number}. ")
        yield from wrapped(found["remedy"], "     ")


def _arrangements(agreed: Json) -> Iterator[str]:
    for arrangement in agreed["arrangements"]:
        yield from heading(f"{arrangement['matter']}: {plain(arrangement['name'])}")
        yield from wrapped(paired_by(agreed, arrangement))
        yield ""
        for point in arrangement["points"]:
            of = f" ({plain(point['about'])})" if point["about"] else ""
            name = f"{point['title']}{of}"
            yield from wrapped(
                f"{name}: {point['outcomeName']}. {sentence(point['sentence'])}", " - "
            )
        yield from _bearing(arrangement)


def _bearing(arrangement: Json) -> Iterator[str]:
    if not arrangement["rules"]:
        return
    yield from ["", "   Rules that need every side:"]
    for row in arrangement["rules"]:
        subject = f", as to {plain(row['subjectName'])}" if row["subjectName"] else ""
        said = f"{row['title']} ({plain(row['authorityName'])}{subject})"
        yield from wrapped(
            f"{said}: {OUTCOME_NAMES[row['outcome']].lower()}. {sentence(row['reason'])}", "   - "
        )


def _suggestions(agreed: Json) -> Iterator[str]:
    council = names(agreed)
    if agreed["suggestions"]:
        yield from heading("What looks alike, and neither says that it is the same")
        for found in agreed["suggestions"]:
            said = " and ".join(
                f"{plain(s['name'])} ({council[s['side']]})" for s in found["sides"]
            )
            yield from wrapped(
                f"{found['matter']}: {said}. If they are one: {found['howToSay']}", " - "
            )
    if agreed["namesakes"]:
        yield from heading("Perhaps the same person; neither says so")
        for found in agreed["namesakes"]:
            sides = listed(council[s["side"]] for s in found["sides"])
            yield from wrapped(
                f"{plain(found['name'])}, in the descriptions of {sides}. If it is one person: "
                f"{found['howToSay']}",
                " - ",
            )


def _rules(agreed: Json) -> Iterator[str]:
    yield from heading("What the rules say otherwise when all are read together")
    if not agreed["rules"]:
        yield "Nothing: every rule comes to the same as in a side's own description."
    council = names(agreed)
    for rule in agreed["rules"]:
        own = "; ".join(
            f"{council[o['side']]} alone: {OUTCOME_NAMES[o['outcome']].lower()}"
            for o in rule["own"]
        )
        together = OUTCOME_NAMES[rule["together"]["outcome"]].lower()
        said = (
            f"{rule['title']} ({plain(rule['authorityName'])}): together {together}; {own}. "
            f"{sentence(rule['together']['reason'])}"
        )
        yield from wrapped(said, " - ")


def _about(agreed: Json) -> Iterator[str]:
    yield from heading("About this report")
    yield from wrapped(agreed["notice"])
    yield from bulleted(
        [
            *(sentence(note) for note in agreed["notes"]),
            *made_by(agreed),
        ]
    )
    for side in agreed["sides"]:
        yield f"   {side['side']}  {plain(side['name'])}: {side['structure']}"
