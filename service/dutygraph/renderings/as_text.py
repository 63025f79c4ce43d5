"""The report as plain text that can be read aloud: no RDF words, 88 columns, addresses at the end.

Owns: the order and layout of the text. The words of rules, facts and remedies are the rulebook's.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from dutygraph.renderings import phrases
from dutygraph.renderings.phrases import plain, sentence
from dutygraph.report import Json

WIDTH = 88


def render(reports: list[Json]) -> bytes:
    """The reports, one after the other.

    Args:
        reports: from `build_report`.
    """
    rule = "\n" + "=" * WIDTH + "\n\n"
    return rule.join(joined(_lines(report)) for report in reports).encode()


def joined(lines: Iterable[str]) -> str:
    """The lines, with never more than one empty line between two."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).rstrip() + "\n"


def wrapped(text: str, first: str = "", rest: str | None = None) -> Iterator[str]:
    """Text in lines of at most `WIDTH` columns; a word that is longer stays whole.

    Args:
        text: from data or of ours; its control characters and line ends become spaces.
        first: what the first line begins with.
        rest: what the others begin with; as many spaces as `first` has where None.
    """
    yield from textwrap.wrap(
        plain(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def heading(text: str, mark: str = "-") -> Iterator[str]:
    """A heading with a line under it, and space around both."""
    lines = list(wrapped(text))
    yield from ["", *lines, mark * max(map(len, lines), default=0), ""]


def bulleted(items: Iterable[str]) -> Iterator[str]:
    """A list."""
    for item in items:
        yield from wrapped(item, "  * ")


def made_by(answer: Json) -> list[str]:
    """Under which law and rulebook an answer was found, with what, and how to dispute a rule."""
    book = answer["rulebook"]
    return [
        f"Law of {phrases.day(answer['lawAsAt'])}; rulebook {book['version']}, the law looked at up "
        f"to {phrases.day(book['lawAsAt'])}.",
        f"Made by {answer['software']} with {answer['engine']}.",
        sentence(book["howToDispute"]),
    ]


def _lines(report: Json) -> Iterator[str]:
    yield from heading(phrases.title(report), "=")
    yield from _verdict(report)
    for kind, title in phrases.FINDING_HEADINGS.items():
        found = [f for f in report["findings"] if f["kind"] == kind]
        if found:
            yield from heading(title)
            for number, finding in enumerate(found, 1):
                yield from _finding(report, number, finding)
    yield from _questions(report)
    yield from _untested(report)
    yield from _met(report)
    yield from _not_applicable(report)
    yield from _notes(report)
    yield from _words(report)
    yield from _about(report)
    yield from _verification(report)
    yield from _links(report)


def _verdict(report: Json) -> Iterator[str]:
    name = phrases.VERDICT_NAMES[report["verdict"]]
    yield from wrapped(f"Verdict: {name.lower()}. {sentence(report['verdictMeaning'])}")
    yield from wrapped(phrases.verdict_sentence(report))
    yield from wrapped(phrases.counts_sentence(report))
    if report["status"]:
        yield from wrapped(f"The structure is {report['status']}.")


def _finding(report: Json, number: int, finding: Json) -> Iterator[str]:
    mark = f"{number:>3}. "
    yield from wrapped(sentence(finding["message"]), mark)
    indent = " " * len(mark)
    row = phrases.row_of(report, finding)
    force = phrases.FORCE_NAMES.get(row["force"], row["force"])
    yield from wrapped(f"Rule: {_name(report, row)} ({force}).", indent)
    if finding["remedy"]:
        yield from wrapped(f"What would put it right: {sentence(finding['remedy'])}", indent)
    if finding["departure"]:
        reason = sentence(finding["departure"]["statement"])
        yield from wrapped(f"A departure is recorded: {reason}", indent)
    for fact in finding["facts"]:
        yield from wrapped(f"Because {_fact(fact)}.", indent, indent + "  ")
    if finding["clause"]:
        law = f"{finding['clause']['title']}; the rule is {row['statusMeaning']}."
        yield from wrapped(f"The law: {law}", indent)
    yield ""


def _fact(fact: Json) -> str:
    known = "; ".join(p for p in (fact["standing"], phrases.places(fact["sources"])) if p)
    doubt = "" if fact["certain"] else "; the date leaves it open"
    return f"{plain(fact['statement']).rstrip('.')} ({known}{doubt})"


def _questions(report: Json) -> Iterator[str]:
    groups = phrases.questions(report)
    silent = [r for r in report["rules"] if r["outcome"] == "cantTell" and not r["missing"]]
    if not groups and not silent:
        return
    yield from heading("What cannot be told, and whom to ask")
    for whom, asks in groups:
        yield from wrapped(f"Ask {whom}:")
        for ask in asks:
            yield from wrapped(sentence(ask["fact"]), "  * ")
            yield from wrapped(f"Needed for: {'; '.join(ask['titles'])}.", "    ")
        yield ""
    if silent:
        yield "Left open:"
        yield from bulleted(f"{_name(report, r)}: {sentence(r['reason'])}" for r in silent)


def _untested(report: Json) -> Iterator[str]:
    rows = [r for r in report["rules"] if r["outcome"] == "untested"]
    if rows:
        yield from heading("What could not be tested")
        yield from bulleted(f"{_name(report, r)}: {sentence(r['reason'])}" for r in rows)


def _met(report: Json) -> Iterator[str]:
    rows = [r for r in report["rules"] if r["outcome"] == "passed"]
    if rows:
        yield from heading("What is met")
        yield from bulleted(_pass(report, r) for r in rows)


def _pass(report: Json, row: Json) -> str:
    places = phrases.places(s for f in row["facts"] for s in f["sources"])
    how = [row["basis"], phrases.MODE_NAMES.get(row["mode"], row["mode"]), places]
    how += ["on the assumption that all is stated"] if row["assumed"] else []
    grounds = "; ".join(h for h in how if h)
    caveats = "".join(f" But {plain(c).rstrip('.')}." for c in row["caveats"])
    return f"{_name(report, row)} ({grounds}).{caveats}"


def _not_applicable(report: Json) -> Iterator[str]:
    rows = [r for r in report["rules"] if r["outcome"] == "inapplicable"]
    if rows:
        yield from heading("What does not apply")
        yield from bulleted(f"{_name(report, r)}: {sentence(r['reason'])}" for r in rows)


def _name(report: Json, row: Json) -> str:
    whose = phrases.whose(report, row)
    return f"{plain(row['title'])} [{whose}]" if whose else plain(row["title"])


def _notes(report: Json) -> Iterator[str]:
    if report["notes"]:
        yield from heading("Notes")
        yield from bulleted(map(sentence, report["notes"]))
    if report["inferred"]:
        yield from heading("What follows from what is said")
        yield from bulleted(_fact(f) + "." for f in report["inferred"])


def _words(report: Json) -> Iterator[str]:
    for name, cited in phrases.documents(report):
        yield from heading("The words that the facts rest on")
        yield from wrapped(name)
        yield ""
        yield from bulleted(f'{place}: "{words}"' for place, words in cited)


def _about(report: Json) -> Iterator[str]:
    yield from heading("About this report")
    yield from wrapped(report["notice"])
    rulebook = report["rulebook"]
    yield from wrapped(
        f"The law is that of {phrases.day(report['lawAsAt'])}, from rulebook "
        f"{rulebook['version']}, for which the law was looked at up to "
        f"{phrases.day(rulebook['lawAsAt'])}."
    )
    yield from wrapped(f"Made by {report['software']} with {report['engine']}.")
    if report["data"]["hash"]:
        # As wide as a line holds; the JSON has all of it.
        yield from wrapped(f"Of data with the hash {report['data']['hash']}.")
    yield from wrapped(f"If you read a rule differently: {sentence(rulebook['howToDispute'])}")


def _verification(report: Json) -> Iterator[str]:
    yield from heading("How far each rule has been checked")
    for meaning, rules in phrases.verification(report):
        titles = "; ".join(plain(r["title"]) for r in rules)
        yield from wrapped(f"{sentence(meaning)[:-1]} ({len(rules)}): {titles}.", "  * ")


def _links(report: Json) -> Iterator[str]:
    clauses = {(c["title"], c["url"]) for r in report["rules"] for c in r["clauses"]}
    if clauses:
        yield from heading("The law and guidance, with addresses")
        for title, url in sorted(clauses):
            yield from wrapped(title, "  * ")
            yield "    " + plain(url)
