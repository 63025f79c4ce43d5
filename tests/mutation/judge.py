"""Whether the rules notice a damage, and no others do.

Owns: what has to change and what may not, and which survivors explain themselves. A rule's evidence is its
own word on what it rests on: a row that names the damaged node has to change, a row that names it neither
before nor after may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from dutygraph.assessment import assess
from dutygraph.description import Description, describe
from dutygraph.engines import Engine, make_engine
from dutygraph.entries import Entry
from dutygraph.outcomes import Assessment, Row
from dutygraph.rulebook import Rulebook
from dutygraph.terms import DG
from dutygraph.triples import NamedNode, Quad, Term, Triple, local_name
from tests.examples import the_rulebook
from tests.mutation.damage import UNCERTAIN, Damage, damaged, damages, without

Key = tuple[str, str, str]


@dataclass(frozen=True, order=True)
class Mutant:
    """One rule's answer to one damage.

    Args:
        rule: the id of the rule.
        description: the example or document that was damaged.
        damage: what was done, and to which node.
        before, after: the outcomes; `gone` where the row is no longer there.
        verdict: `noticed`, `unmoved` (it rests on what was damaged and did not change), `unasked` (it
            changed and rests on something else), or `redundant` (another fact of the kind also decides).
        parts: the parts that failed after the damage.
    """

    rule: str
    description: str
    damage: str
    node: str
    before: str
    after: str
    verdict: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Court:
    """What a trial needs: the law and an engine."""

    rulebook: Rulebook
    engine: Engine
    rules: tuple[Entry, ...] | None = None

    def among(self, rules: Iterable[Entry]) -> Court:
        """The same for some rules only, with an engine that has their shapes alone."""
        some = tuple(sorted(set(rules), key=lambda r: r.id))
        return Court(self.rulebook, make_engine("fast", self.rulebook.shapes_of(some)), some)

    def assess(self, description: Description, day: date, complete: bool) -> Assessment:
        """Assess on a day."""
        return assess(
            description,
            rulebook=self.rulebook,
            engine=self.engine,
            as_at=day,
            assume_complete=complete,
            rules=self.rules,
        )

    def assess_facts(self, facts: Iterable[Triple], day: date, complete: bool) -> Assessment:
        """Assess statements on a day."""
        quads = (Quad(t.subject, t.predicate, t.object) for t in facts)
        return self.assess(describe(quads), day, complete)


def try_description(court: Court, name: str, description: Description, day: date) -> list[Mutant]:
    """Damage a description in every way and see who notices.

    Args:
        court: the law and an engine.
        name: the name of the example or document.
        description: what is damaged.
        day: the day of assessment.
    """
    plain = court.assess(description, day, complete=False)
    # What is left out may disturb any rule; what is only changed is put to those that decided something.
    few = court.among(r.entry for r in plain.rows if decided(r))
    before = {c: few.assess(description, day, c) for c in (False, True)}
    found: list[Mutant] = []
    for node in _damageable(plain, description):
        decides = any(str(node.value) in named(r) for r in plain.rows if decided(r))
        event = plain.state.nodes[node].kind == "event"
        for damage in damages(node, description.graph.match(node), decides):
            if damage.kind == UNCERTAIN and (day.month, day.day) == (12, 31):
                # On its last day, what began some day in a year has certainly begun.
                continue
            facts = damaged(description, damage, day, event)
            if damage.kind == "left out":
                after = court.assess_facts(facts, day, complete=False)
                found += _verdicts(few, name, description, day, damage, plain, after)
            else:
                after = few.assess_facts(facts, day, damage.complete)
                old = before[damage.complete]
                found += _verdicts(few, name, description, day, damage, old, after)
    return found


def _damageable(assessment: Assessment, description: Description) -> list[Term]:
    """The dated nodes of a description, but not its statements about itself."""
    itself = (DG.CompletenessStatement, DG.Claim, DG.Judgement, DG.Departure)
    apart = {n for cls in itself for n in description.graph.instances(cls)}
    known = assessment.state.nodes
    own = {t.subject for t in description.graph}
    return sorted((n for n in own - apart if n in known and known[n].dated), key=str)


def _verdicts(
    court: Court,
    name: str,
    description: Description,
    day: date,
    damage: Damage,
    before: Assessment,
    after: Assessment,
) -> Iterator[Mutant]:
    rows, later = by_key(before), by_key(after)
    node = str(damage.node.value)
    for key in sorted({*rows, *later}):
        old, new = rows.get(key), later.get(key)
        was, now = (row.outcome if row else "gone" for row in (old, new))
        changed = was != now
        rests = old is not None and old.outcome == "passed" and node in named(old)
        if rests and old and _concerns(old.entry, damage, before.state.nodes[damage.node].kind):
            verdict = "noticed" if changed and _enough(damage, old, now) else "unmoved"
            if verdict == "unmoved" and _redundant(court, description, day, damage, old, key):
                verdict = "redundant"
        elif changed and not any(node in named(r) for r in (old, new) if r) and decided(old):
            if _sets_the_scope(description, damage.node):
                continue
            verdict = "unasked"
        else:
            continue
        parts = tuple(sorted(local_name(p.part.iri) for p in new.failed_parts)) if new else ()
        what = damage.kind + (f" ({local_name(damage.slot)})" if damage.slot else "")
        yield Mutant(key[0], name, what, node, was, now, verdict, parts)


def _enough(damage: Damage, old: Row, now: str) -> bool:
    """Whether a change is the one that is wanted: what is left out of a complete list is a failure."""
    absent = damage.complete and all(not p.presence for p in old.entry.parts)
    return now in ("failed", "gone", "inapplicable") if absent else True


def _redundant(
    court: Court, description: Description, day: date, damage: Damage, row: Row, key: Key
) -> bool:
    """Whether a row changes once every fact of the damaged kind that decides it is left out."""
    kinds = set(description.graph.objects(damage.node, _TYPE))
    alike = [
        NamedNode(n)
        for n in named(row)
        if kinds & set(description.graph.objects(NamedNode(n), _TYPE))
    ]
    if len(alike) < 2:
        return False
    facts = without(frozenset(description.graph), alike)
    new = by_key(court.assess_facts(facts, day, damage.complete)).get(key)
    return new is None or new.outcome != row.outcome


_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


def _concerns(entry: Entry, damage: Damage, kind: str) -> bool:
    """Whether a rule that rests on a node looks at what was damaged about it.

    A changed value concerns the rules whose words mention its property; what happened long ago, those
    that look into a window of time; a node that is gone, every rule that rests on it.
    """
    words = _vocabulary(entry.id)
    if damage.slot is not None:
        return local_name(damage.slot) in words
    if damage.kind == "over" and kind == "event":
        return bool(words & _windows())
    return True


def _sets_the_scope(description: Description, node: Term) -> bool:
    """Whether a node decides whom the law binds, which no rule repeats in its evidence."""
    return bool(_SCOPE & set(description.graph.objects(node, _TYPE)))


_SCOPE = {DG.GovernanceArrangement, DG.AreaSwitchOver}


@cache
def _windows() -> frozenset[str]:
    """The local names by which the state says that something lies in a window of time."""
    windows = the_rulebook().schema.windows
    names = [w.inside_as for w in windows] + [w.closed_as for w in windows if w.closed_as]
    return frozenset(local_name(n) for n in names)


@cache
def _vocabulary(rule_id: str) -> frozenset[str]:
    """The local names in the queries and shapes of a rule, and the slots of the flat relations there."""
    rulebook = the_rulebook()
    entry = rulebook.entry(rule_id)
    assert entry
    text = rulebook.shapes_of([entry]).decode() + entry.evidence_query
    text += entry.condition.pattern if entry.condition else ""
    text += " ".join(n.pattern for n in entry.needs)
    names = set(re.findall(r"[:/#]([A-Za-z][A-Za-z0-9-]*)", text))
    for projection in rulebook.schema.projections:
        if local_name(projection.predicate) in names:
            names.add(local_name(projection.subject_slot))
            if projection.object_slot:
                names.add(local_name(projection.object_slot))
    return frozenset(names)


def by_key(assessment: Assessment) -> dict[Key, Row]:
    """The rows of an assessment by rule, authority and subject."""
    return {
        (r.entry.id, r.authority.value, str(r.subject.value) if r.subject else ""): r
        for r in assessment.rows
    }


def named(row: Row) -> set[str]:
    """The nodes that the facts of a row name."""
    return {f.node for f in row.facts}


def decided(row: Row | None) -> bool:
    """Whether a row passed or failed."""
    return row is not None and row.outcome in ("passed", "failed")
