"""The words that the text and the pages share: names of outcomes, days, places, sentences.

Owns: wording about a report as a whole. Must not word a rule, a fact or a remedy: those are data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from dutygraph.dates import MONTHS, day_in_words
from dutygraph.report import Json
from dutygraph.terms import BASE

OUTCOME_NAMES = {
    "failed": "Not met",
    "cantTell": "Cannot be told",
    "untested": "Not tested",
    "passed": "Met",
    "inapplicable": "Does not apply",
}
"""Outcomes in words, in the order in which a reader wants them."""

VERDICT_NAMES = {
    "breaches": "Breaches",
    "departures": "Departures from guidance",
    "undecided": "Undecided",
    "conforms": "Conforms",
}

FORCE_NAMES = {
    "must": "duty in law",
    "must-in-guidance": "requirement of guidance",
    "should": "guidance",
    "may": "power or good practice",
    "consistency": "check of the data",
    "inference": "inference",
}

MODE_NAMES = {"automatic": "", "manual": "decided by a person", "semiAuto": "decided with a person"}

FINDING_HEADINGS = {
    "breach": "What the law requires and is not met",
    "departure": "Guidance that is not followed",
    "other": "Other things to look at",
    "claim": "Doubts that the authors record",
}
"""The kinds of finding, the gravest first, each with its heading."""

_STATUSES = ("primary-text", "secondary-text", "partly", "general-knowledge")
_SOURCE = re.compile(re.escape(BASE) + r"id/source/([^/]+)(?:/(.+))?")
# A day that stands by itself, not one inside an address.
_ISO_DAY = re.compile(r"(?<![^\s(])\d{4}-\d{2}-\d{2}(?=[\s,.;)?]|$)")
_REGISTER = BASE + "id/register"
_PLACE_PARTS = (
    (re.compile(r"a(\w{1,2})"), "Appendix {}"),
    (re.compile(r"l(\d+)"), "line {}"),
    (re.compile(r"p(\d+)"), "page {}"),
    (re.compile(r"t(\d+)"), "table {}"),
)


def day(iso: str) -> str:
    """A day of the report, or a month or year of a source, in words: 24 January 2017."""
    if len(iso) == len("2017-01"):
        year, month = iso.split("-")
        return f"{MONTHS[int(month) - 1]} {year}"
    return iso if len(iso) == len("2017") else day_in_words(date.fromisoformat(iso))


def plain(text: str) -> str:
    """Text from data on one line, without the control characters that would move a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def sentence(text: str) -> str:
    """Text with a capital first letter, its days in words and one mark at its end."""
    text = _ISO_DAY.sub(_in_words, plain(text))
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) or not text else ".")


def _in_words(found: re.Match[str]) -> str:
    try:
        return day(found[0])
    except ValueError:
        return found[0]


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: A, B and C."""
    found = list(names)
    return ", ".join(found[:-1]) + " and " + found[-1] if len(found) > 1 else "".join(found)


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many}"


def councils(report: Json) -> str:
    """The names of the authorities that a report is about."""
    return listed(plain(a["name"]) for a in report["authorities"])


def title(report: Json) -> str:
    """The title of a report: whom it is about and on which day."""
    return f"{councils(report)} on {day(report['asAt'])}"


def verdict_sentence(report: Json) -> str:
    """How many duties, how much guidance, and how much that cannot be told."""
    departures = sum(1 for f in report["findings"] if f["kind"] == "departure")
    parts = [
        counted(report["breaches"], "duty in law is not met", "duties in law are not met"),
        counted(
            departures, "piece of guidance is not followed", "pieces of guidance are not followed"
        ),
        counted(report["undecided"], "rule cannot be told", "rules cannot be told"),
    ]
    said = [p for p in parts if not p.startswith("0 ")]
    return sentence(listed(said)) if said else "Nothing is found unmet, and nothing is left open."


def counts_sentence(report: Json) -> str:
    """The counts of the summary in a sentence."""
    summary = report["summary"]
    number = sum(summary.values())
    several = len(report["authorities"]) > 1
    each = f", counting each rule once for each of {len(report['authorities'])} councils"
    return (
        f"Of {counted(number, 'rule', 'rules')}{each if several else ''}, {summary['passed']} "
        f"met, {summary['failed']} not met, {summary['cantTell']} cannot be told, "
        f"{summary['inapplicable']} do not apply, {summary['untested']} not tested."
    )


def place(source: str | None) -> str:
    """Where a fact stands, in words: "source 004, Appendix 1, 3.3.4".

    Args:
        source: an IRI, or whatever else the description gives as the source of a fact.
    """
    return places([source]) if source else ""


def places(sources: Iterable[str]) -> str:
    """Where facts stand: "source 004, 1.2.3, 1.2.4; Appendix 1, 3.3.4; the national register".

    Args:
        sources: as for `place`. Those in one part of one document are put together.
    """
    documents: dict[str, dict[str, list[str]]] = {}
    others = set()
    for source in sources:
        found = _SOURCE.fullmatch(source)
        if not found:
            others.add(_elsewhere(source))
            continue
        parts = documents.setdefault(found[1], {})
        part, number = _split(found[2] or "")
        parts.setdefault(part, []).extend([number] if number else [])
    said = [_within(document, parts) for document, parts in sorted(documents.items())]
    return "; ".join([*said, *sorted(others)])


def documents(report: Json) -> list[tuple[str, list[tuple[str, str]]]]:
    """The documents that a report rests on, each with the places and words that are cited of it."""
    found: dict[str, list[tuple[str, str]]] = {}
    for source in report["sources"]:
        if source["quotation"]:
            when = f", {day(source['date'])}" if source["date"] else ""
            name = (
                f"{places([source['iri']]).split(',')[0]}: {plain(source['document'] or '')}{when}"
            )
            found.setdefault(name, []).append((source["place"] or "", plain(source["quotation"])))
    return sorted(found.items())


def _elsewhere(source: str) -> str:
    if source.startswith(_REGISTER):
        return "the national register"
    if source.startswith(("http://", "https://")):
        return plain(source.split("//", 1)[1])
    return plain(source)


def _split(local: str) -> tuple[str, str]:
    """The part of a document, such as an appendix, and the place in it."""
    if not re.search(r"\d", local):
        return "", local.replace("-", " ")
    words = [_place_part(p) for p in local.split("-") if p]
    if words and words[0].startswith("Appendix"):
        return words[0], ", ".join(words[1:])
    return "", ", ".join(words)


def _within(document: str, parts: dict[str, list[str]]) -> str:
    groups = []
    for part, numbers in sorted(parts.items()):
        ordered = sorted(set(numbers), key=_counting)
        groups.append(", ".join([part] * bool(part) + ordered))
    return ", ".join([f"source {document}", *["; ".join(g for g in groups if g)] * any(groups)])


def _counting(number: str) -> list[tuple[int, str]]:
    """A key that puts 3.10 after 3.9, and words after numbers."""
    found = re.findall(r"\d+|\D+", number)
    return [(int(p), "") if p.isdigit() else (10**9 if p != "." else 0, p) for p in found]


def _place_part(part: str) -> str:
    for pattern, words in _PLACE_PARTS:
        found = pattern.fullmatch(part)
        if found:
            return words.format(found[1].upper())
    return part


def findings_of(report: Json, row: Json) -> list[Json]:
    """The findings that belong to one row."""
    focus = row["subject"] or row["authority"]
    return [
        f
        for f in report["findings"]
        if (f["rule"], f["authority"], f["focus"]) == (row["id"], row["authority"], focus)
    ]


def row_of(report: Json, finding: Json) -> Json:
    """The row that a finding belongs to."""
    row: Json = next(r for r in report["rules"] if finding in findings_of(report, r))
    return row


def whose(report: Json, row: Json) -> str:
    """What tells one row of a rule from another: "Coventry", "Coventry, as to Solihull"."""
    authority = plain(row["authorityName"]) if len(report["authorities"]) > 1 else ""
    subject = plain(row["subjectName"] or "")
    if authority and subject and subject != authority:
        return f"{authority}, as to {subject}"
    return authority or subject


def questions(report: Json) -> list[tuple[str, list[Json]]]:
    """What to find out, by whom to ask; each question with the titles of the rules that wait for it."""
    titles = {row["id"]: row["title"] for row in report["rules"]}
    groups: dict[str, list[Json]] = {}
    for item in report["toFindOut"]:
        waiting = [titles[rule] for rule in item["rules"]]
        whom = plain(item["askWhom"]) or "whoever knows"
        groups.setdefault(whom, []).append(item | {"titles": waiting})
    return sorted(groups.items())


def verification(report: Json) -> list[tuple[str, list[Json]]]:
    """The rules by how far each has been checked, the best checked first, each rule once."""
    order = {status: number for number, status in enumerate(_STATUSES)}
    rules = {row["id"]: row for row in report["rules"]}
    groups: dict[str, list[Json]] = {}
    for row in sorted(rules.values(), key=lambda r: (order.get(r["status"], 9), r["id"])):
        groups.setdefault(row["statusMeaning"], []).append(row)
    return list(groups.items())
