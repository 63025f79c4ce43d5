"""Mutations that bring in what a rule forbids, each with the rules that have to fail then.

Owns: reading `targeted.ttl` and applying it. Each mutation says, as data, where it applies and which rules it
breaks; all other decided rows have to stay as they were, unless they name what was brought in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from dutygraph.description import Description
from dutygraph.outcomes import Assessment, Row
from dutygraph.terms import BASE, DCT
from dutygraph.triples import Graph, NamedNode, Triple, local_name
from tests.mutation.judge import Court, Key, Mutant, by_key, decided, named

_FILE = Path(__file__).parent / "targeted.ttl"
_M = BASE + "mutation/"
_NEW = BASE + "id/example/brought-in-"


@dataclass(frozen=True)
class Targeted:
    """One mutation: where it applies, what goes and what comes, and which rules it breaks.

    Args:
        where: a SPARQL pattern over a description, with the damaged council as `?authority`.
        delete, insert: SPARQL templates over its variables; new nodes are `new:…`.
        breaks: ids of rules that fail, for `?authority`, where they did not fail before.
    """

    name: str
    title: str
    where: str
    delete: str
    insert: str
    breaks: tuple[str, ...]


@cache
def targeted() -> tuple[Targeted, ...]:
    """Every targeted mutation."""
    graph = Graph.from_files([str(_FILE)])
    return tuple(
        Targeted(
            name=local_name(node),
            title=graph.text(node, DCT.title),
            where=graph.text(node, NamedNode(_M + "where")),
            delete=graph.text(node, NamedNode(_M + "delete")),
            insert=graph.text(node, NamedNode(_M + "insert")),
            breaks=tuple(local_name(r) for r in graph.objects(node, NamedNode(_M + "breaks"))),
        )
        for node in graph.instances(NamedNode(_M + "Mutation"))
    )


def try_targeted(court: Court, name: str, description: Description, day: date) -> Iterator[Mutant]:
    """Apply every targeted mutation wherever it fits, and see whether the rules that it breaks fail."""
    # What is brought in has no dates: it is certain on the description's own day alone.
    if day != description.day:
        return
    before: Assessment | None = None
    prefixes = f"{court.rulebook.prefixes}PREFIX new: <{_NEW}>\n"
    for mutation in targeted():
        query = f"{prefixes}SELECT DISTINCT * WHERE {{ {mutation.where} }}"
        for row in description.graph.select(query):
            if row.get("authority") not in description.authorities:
                continue
            before = before or court.assess(description, day, complete=False)
            facts = set(description.graph)
            for template, change in (
                (mutation.delete, facts.difference_update),
                (mutation.insert, facts.update),
            ):
                if template:
                    made = f"{prefixes}CONSTRUCT {{ {template} }} WHERE {{ {mutation.where} }}"
                    change(description.graph.construct(made, row))
            after = court.assess_facts(facts, day, complete=False)
            touched = _touched(facts ^ set(description.graph))
            yield from _verdicts(
                mutation, name, str(row["authority"].value), before, after, touched
            )


def _touched(changed: set[Triple]) -> frozenset[str]:
    return frozenset(str(t.subject.value) for t in changed)


def _verdicts(
    mutation: Targeted,
    name: str,
    authority: str,
    before: Assessment,
    after: Assessment,
    touched: frozenset[str],
) -> Iterator[Mutant]:
    rows, later = by_key(before), by_key(after)
    for rule in mutation.breaks:
        was, now = (_outcomes(found, rule, authority) for found in (rows, later))
        failed = [r for k, r in later.items() if k[:2] == (rule, authority) and r.failed_parts]
        # Where it failed before or does not bind, and does not fail now, nothing can be learnt of it.
        if not failed and was in ("failed", "inapplicable", ""):
            continue
        parts = tuple(sorted({local_name(p.part.iri) for r in failed for p in r.failed_parts}))
        verdict = "noticed" if failed else "unmoved"
        yield Mutant(rule, name, mutation.title, authority, was, now, verdict, parts)
    for key in sorted(rows):
        old, new = rows[key], later.get(key)
        now = new.outcome if new else "gone"
        if key[0] in mutation.breaks or not decided(old) or now == old.outcome:
            continue
        if not any(named(r) & touched for r in (old, new) if r):
            yield Mutant(key[0], name, mutation.title, authority, old.outcome, now, "unasked")


def _outcomes(rows: dict[Key, Row], rule: str, authority: str) -> str:
    """The outcomes of a rule for an authority, over all its subjects."""
    return "/".join(sorted({row.outcome for k, row in rows.items() if k[:2] == (rule, authority)}))
