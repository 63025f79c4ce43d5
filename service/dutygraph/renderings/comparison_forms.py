"""The comparison of options as text, as a table and as JSON.

Owns: the forms of `compare`. Must not: compare.

The table has one row for each option and clause, count, score, difference or commitment; what each
column holds is in `data/columns.csv`, under the table `comparison`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from string import ascii_uppercase
from typing import Any

from dutygraph.renderings import phrases
from dutygraph.renderings.as_csv import table
from dutygraph.renderings.as_json import dumped
from dutygraph.renderings.as_text import bulleted, heading, joined, made_by, wrapped
from dutygraph.renderings.phrases import OUTCOME_NAMES, listed, plain, sentence
from dutygraph.report import Json

COLUMNS = (
    "section",
    "id",
    "title",
    "about",
    "structure",
    "option",
    "value",
    "change",
    "reason",
    "sources",
)
CHANGE_HEADINGS = {
    "introduces": "Not met with it, and not so in the baseline",
    "resolves": "Not met in the baseline, and put right",
    "leaves": "Not met in the baseline, and left so",
    "raises": "Not asked in the baseline, and to be shown with it",
    "meets": "Not shown in the baseline, and met with it",
    "opens": "Decided in the baseline, and open with it",
    "drops": "Asked in the baseline, and no longer with it",
}
"""What an option changes, in the order in which a reader wants it."""
COMMITMENT_NAMES = {"passed": "kept", "failed": "broken", "cantTell": "not spoken to"}
_NAME_COLUMNS, _NUMBER_WIDTH = 46, 8


def comparison_as_json(compared: Json) -> bytes:
    """The comparison as JSON."""
    return dumped(compared)


def letters(compared: Json) -> dict[str, str]:
    """A short name for each option: A, B and so on, then A1, B1."""
    names = [option["structure"] for option in compared["options"]]
    many = [f"{letter}{turn or ''}" for turn in range(10) for letter in ascii_uppercase]
    return dict(zip(names, many, strict=False))


# --- the table ------------------------------------------------------------------------------------


def comparison_as_csv(compared: Json) -> bytes:
    """The comparison as one table."""
    return table(COLUMNS, list(_table_rows(compared)))


def _table_rows(compared: Json) -> Iterator[Json]:
    titles = {o["structure"]: o["title"] for o in compared["options"]}
    changes = {
        (change["structure"], item["id"], item["authority"]): kind
        for change in compared["changes"]
        for kind in CHANGE_HEADINGS
        for item in change[kind]
    }

    def row(section: str, of: Json, **cells: Any) -> Json:
        name = of["structure"]
        empty = dict.fromkeys(COLUMNS, "")
        return empty | {"section": section, "structure": name, "option": titles[name]} | cells

    for rule in compared["rows"]:
        for cell in rule["outcomes"]:
            yield row(
                "rule",
                cell,
                id=rule["id"],
                title=rule["title"],
                about=rule["authorityName"],
                value=cell["outcome"] or "",
                change=changes.get((cell["structure"], rule["id"], rule["authority"]), ""),
                reason=cell["reason"],
                sources=_sources(cell["facts"]),
            )
    for measure in compared["measures"]:
        common = {"id": measure["id"], "title": measure["title"]}
        for value in measure["values"]:
            summary = "" if value["summary"] is None else value["summary"]
            yield row("measure", value, **common, value=summary, reason=measure["summedUpAs"])
            for thing in value["things"]:
                yield row(
                    "measure",
                    value,
                    **common,
                    about=thing["name"],
                    value=thing["number"],
                    reason=listed(thing["counted"]),
                    sources=_sources(thing["facts"]),
                )
    for factor in compared["scores"]:
        for value in factor["values"]:
            yield row(
                "score",
                value,
                id=factor["factor"],
                title=factor["title"],
                value=value["symbol"] or "",
                reason="; ".join(filter(None, (value["meaning"], value["reason"]))),
                sources=value["sources"],
            )
    for found in compared["differences"]:
        yield row(
            "difference",
            found,
            id=found["measure"],
            title=found["factorTitle"],
            value="agrees" if found["agrees"] else "differs",
            reason=f"{found['statement']}; {found['why']}",
            sources=found["sources"],
        )
    for promise in compared["commitments"]:
        for value in promise["values"]:
            yield row(
                "commitment",
                value,
                id=promise["commitment"],
                title=promise["gist"] or promise["kind"],
                about=listed(promise["parties"]),
                value=value["outcome"],
                reason="; ".join(value["tests"]),
                sources=promise["sources"] + _sources(value["facts"]),
            )


def _sources(facts: Iterable[Json]) -> list[str]:
    return sorted({source for fact in facts for source in fact["sources"]})


# --- text ---------------------------------------------------------------------------------------


def comparison_as_text(compared: Json) -> bytes:
    """The comparison as text that can be read aloud."""
    lines = [
        *heading(f"Options compared on {phrases.day(compared['asAt'])}", "="),
        *_options(compared),
        *_changes(compared),
        *_clauses(compared),
        *_measures(compared),
        *_scores(compared),
        *_commitments(compared),
        *_about(compared),
    ]
    return joined(lines).encode()


def _options(compared: Json) -> Iterator[str]:
    names = letters(compared)
    for option in compared["options"]:
        base = " (the baseline)" if option["structure"] == compared["baseline"] else ""
        summary = option["summary"]
        counts = (
            f"{phrases.VERDICT_NAMES[option['verdict']].lower()}; {summary['failed']} not met, "
            f"{summary['cantTell']} cannot be told, {summary['passed']} met"
        )
        letter = f"{names[option['structure']]}  "
        yield from wrapped(f"{plain(option['title'])}{base}: {counts}.", letter)
    yield ""
    yield from wrapped(compared["notice"])
    yield from bulleted(sentence(note) for note in compared["notes"])


def _changes(compared: Json) -> Iterator[str]:
    names = letters(compared)
    titles = {o["structure"]: o["title"] for o in compared["options"]}
    yield from heading("What each option changes against the baseline")
    for change in compared["changes"]:
        name = change["structure"]
        yield from ["", *wrapped(plain(titles[name]), f"{names[name]}  ")]
        for kind, title in CHANGE_HEADINGS.items():
            if change[kind]:
                yield from ["", f"   {title}: {len(change[kind])}"]
                for those, reason in same_for_several(change[kind]):
                    councils = listed(plain(i["authorityName"]) for i in those)
                    said = f"{those[0]['title']} ({councils}): {reason}"
                    yield from wrapped(sentence(said), "   - ")
        if not any(change[kind] for kind in CHANGE_HEADINGS):
            yield "   Nothing that a rule asks."


def _clauses(compared: Json) -> Iterator[str]:
    rows = [r for r in compared["rows"] if r["differs"]]
    yield from heading("Clause by clause, where the options differ")
    if not rows:
        yield "Every rule has the same outcome for every option."
    for those in _alike(rows):
        clauses = "; ".join(c["title"] for c in those[0]["clauses"])
        councils = listed(plain(row["authorityName"]) for row in those)
        yield from ["", *wrapped(f"{those[0]['title']} ({councils}; {clauses})")]
        by_outcome: dict[str, list[Json]] = {}
        for cell in those[0]["outcomes"]:
            by_outcome.setdefault(cell["outcome"] or "", []).append(cell)
        for outcome, cells in by_outcome.items():
            which = ", ".join(letters(compared)[c["structure"]] for c in cells)
            reasons = [_of_any(c["reason"], those) for c in cells]
            said = OUTCOME_NAMES.get(outcome, "Not described").lower()
            told = sentence(f"{said}: {'; '.join(dict.fromkeys(reasons))}")
            yield from wrapped(told, f"  {which}  ")


def same_for_several(items: list[Json]) -> list[tuple[list[Json], str]]:
    """Items of one rule that say the same of several councils, with the reason said of any of them."""
    said = [(item["id"], item["reason"]) for item in items]
    groups: dict[tuple[str, str], list[Json]] = {}
    for item in items:
        # A reason that is given for several councils in the same words names whom it should.
        same = said.count((item["id"], item["reason"])) > 1
        reason = plain(item["reason"]) if same else _nameless(item["reason"], item)
        groups.setdefault((item["id"], reason), []).append(item)
    return [
        (those, reason if len(those) > 1 else plain(those[0]["reason"]))
        for (_, reason), those in groups.items()
    ]


def _alike(rows: list[Json]) -> list[list[Json]]:
    """Rows of one rule that say the same of several councils."""
    groups: dict[tuple[str, ...], list[Json]] = {}
    for row in rows:
        said = [f"{c['outcome']}: {_nameless(c['reason'], row)}" for c in row["outcomes"]]
        groups.setdefault((row["id"], *said), []).append(row)
    return list(groups.values())


def _nameless(reason: str, row: Json) -> str:
    return plain(reason).replace(plain(row["authorityName"]), "the council")


def _of_any(reason: str, rows: list[Json]) -> str:
    """A reason that is given for several councils, said of any of them."""
    return _nameless(reason, rows[0]) if len(rows) > 1 else plain(reason)


def _measures(compared: Json) -> Iterator[str]:
    yield from heading("What is counted in the descriptions")
    yield from wrapped(
        "What is not described is not counted, so each number is a least one; a dash says that "
        "nothing is said."
    )
    yield ""
    yield _line("", letters(compared).values())
    for measure in compared["measures"]:
        numbers = ["-" if v["summary"] is None else str(v["summary"]) for v in measure["values"]]
        yield from _row_of(measure["title"], numbers)


def _row_of(name: str, cells: Iterable[str]) -> Iterator[str]:
    """A row of a table, its name on as many lines as it needs."""
    *above, last = textwrap.wrap(plain(name), _NAME_COLUMNS - 2, subsequent_indent="  ") or [""]
    yield from above
    yield _line(last, cells)


def _line(name: str, cells: Iterable[str]) -> str:
    return (name.ljust(_NAME_COLUMNS) + "".join(c.rjust(_NUMBER_WIDTH) for c in cells)).rstrip()


def _scores(compared: Json) -> Iterator[str]:
    if not compared["scores"]:
        return
    yield from heading("The document's own scores")
    yield _line("", letters(compared).values())
    for factor in compared["scores"]:
        yield from _row_of(factor["title"], (v["symbol"] or "" for v in factor["values"]))
    names, found = letters(compared), compared["differences"]
    differing = sum(1 for d in found if not d["agrees"])
    yield from heading("Where the scores and what is counted differ")
    yield from wrapped(
        f"{differing} of {len(found)} counts that bear on a score differ from it, "
        f"{len(found) - differing} agree. Which way a count speaks is this service's reading."
    )
    for those in beside_each_score(compared, agrees=False):
        first = those[0]
        counts = listed(
            f"{d['countInWords']} ({names[d['benchmark']]}: {d['benchmarkCount']}; {d['why']})"
            for d in those
        )
        said = (
            f"{plain(first['factorTitle'])}: scored {first['symbol']}, that is "
            f"“{plain(first['scoreMeaning'])}”; counted: {counts}."
        )
        yield from wrapped(said, f"  {names[first['structure']]}  ")


def beside_each_score(compared: Json, *, agrees: bool) -> list[list[Json]]:
    """The counts that agree with a score, or differ from it, put together by score."""
    groups: dict[tuple[str, str], list[Json]] = {}
    for found in compared["differences"]:
        if found["agrees"] is agrees:
            groups.setdefault((found["factor"], found["structure"]), []).append(found)
    return [groups[key] for key in sorted(groups)]


def _commitments(compared: Json) -> Iterator[str]:
    if not compared["commitments"]:
        return
    yield from heading("Commitments of the councils, held beside each option")
    names = letters(compared)
    silent = []
    for promise in compared["commitments"]:
        said: dict[str, list[str]] = {}
        for value in promise["values"]:
            said.setdefault(value["outcome"], []).append(names[value["structure"]])
        words = plain(promise["gist"] or promise["kind"])
        if set(said) == {"cantTell"}:
            silent.append(words)
            continue
        outcomes = "; ".join(
            f"{COMMITMENT_NAMES[outcome]}: {', '.join(which)}" for outcome, which in said.items()
        )
        yield from wrapped(f"{words}: {outcomes}.", " - ")
    if silent:
        yield from ["", f"Not spoken to by any option: {len(silent)}"]
        for words in silent:
            yield from wrapped(f"{words}.", " - ")


def _about(compared: Json) -> Iterator[str]:
    yield from heading("About this comparison")
    yield from bulleted(made_by(compared))
    for structure, letter in letters(compared).items():
        yield f"   {letter}  {structure}"
