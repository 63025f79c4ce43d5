"""Polarity, mechanically: over random subsets of its rule's examples no part breaks its monotony.

A presence part that fails on some facts fails on all facts that hold them: same part, authority, value.
An absence part that fails on some facts fails on every subset, as long as the subset still asks the
question: the classes and kinds of authorities, codes and parameters are kept, and where the rule has a
condition only those authorities and subjects count that meet it in the subset. A value of an absence
part that is no subject is a code or a parameter's member (what is missing), which are kept.

The facts are those of the full graph after inference. What is left out is one node or several, as in a
shorter description, or single triples, which is stricter.

Long, since every chain is many validations: `make test-long`, and `make test-rules` while a rule is written.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import pytest

from dutygraph.assessment import assess
from dutygraph.engines import Engine, make_engine
from dutygraph.entries import Entry, Part
from dutygraph.rulebook import Rulebook
from dutygraph.terms import DG, RDF
from dutygraph.triples import Graph, NamedNode, RdfFormat, Term, Triple, parse_quads
from tests.examples import Example, NoEngine, all_examples, read, the_rulebook, wanted

pytestmark = pytest.mark.long

SEED = "polarity"
# How much of the facts a step of a chain keeps; most faults need few to be missing.
KEPT = (0.95, 0.8, 0.5)
# How many nodes are left out one after the other.
NODES = 8
Facts = frozenset[Triple]
FLAT = {p.predicate for p in the_rulebook().schema.projections}


@dataclass(frozen=True)
class Case:
    """What a chain of subsets starts from.

    Args:
        facts: those that may be left out.
        kept: those that may not.
        together: whether they are the facts of several examples.
    """

    name: str
    facts: Facts
    kept: Facts
    together: bool = False


@dataclass(frozen=True)
class Step:
    """Facts, and which (authority, value) each part complains of on them."""

    case: Case
    graph: Graph
    failures: dict[str, frozenset[tuple[str, str]]]


def _cases(rulebook: Rulebook, rule: str) -> list[Case]:
    """One for every example of a rule on its day, without repetition, and one for all of them together."""
    found: dict[tuple[Facts, Facts], Case] = {}
    for example in EXAMPLES[rule]:
        description = read(example.file)
        day = example.as_at or description.day
        assert day
        state = assess(description, rulebook=rulebook, engine=NoEngine(), as_at=day, rules=())
        background = rulebook.background(state.law_day)
        case = _case(f"{example.name} on {day}", state.state.full, background, rulebook)
        found.setdefault((case.facts, case.kept), case)
    facts = frozenset().union(*(c.facts for c in found.values()))
    kept = frozenset().union(*(c.kept for c in found.values()))
    found[(facts, kept)] = Case(f"all examples of {rule}", facts, kept, together=True)
    return list(found.values())


def _case(
    name: str, facts: Iterable[Triple], background: Iterable[Triple], rulebook: Rulebook
) -> Case:
    graph = rulebook.graph
    classes = {
        c for m in graph.instances(DG.ClassMembership) for c in graph.objects(m, DG.memberClass)
    }
    facts = frozenset(facts)
    kept = frozenset(
        t
        for t in facts
        if t.predicate == DG.kind
        or (t.predicate == RDF.type and t.object in {DG.Authority, *classes})
    )
    return Case(name, facts - kept, kept | frozenset(background))


def _step(case: Case, engine: Engine) -> Step:
    graph = Graph(case.facts | case.kept)
    failures: dict[str, set[tuple[str, str]]] = {}
    for result in engine.validate(graph.ntriples()):
        failures.setdefault(result.shape, set()).add((result.focus, result.value))
    return Step(case, graph, {shape: frozenset(found) for shape, found in failures.items()})


def _by_triple(facts: Facts, chance: random.Random) -> Iterator[Facts]:
    """Ever fewer of the facts, single triples left out."""
    for share in KEPT:
        facts = frozenset(t for t in sorted(facts, key=str) if chance.random() < share)
        yield facts


def _by_node(facts: Facts, chance: random.Random) -> Iterator[Facts]:
    """Ever fewer of the facts, whole nodes left out with all that leads to them."""
    nodes = sorted({t.subject for t in facts}, key=str)
    for node in chance.sample(nodes, min(NODES, len(nodes))):
        facts = _without(facts, node)
        yield facts


def _without(facts: Facts, node: Term) -> Facts:
    return frozenset(t for t in facts if node not in (t.subject, t.object))


def _pairs(cases: Iterable[Case], engine: Engine) -> Iterator[tuple[Step, Step]]:
    """Pairs of a smaller and a larger set of facts: in chains, and one thing left out of each example."""
    for case in cases:
        chance = random.Random(SEED + case.name)  # noqa: S311 - reproducible, not secret
        whole = _step(case, engine)
        for subsets in (_by_triple, _by_node) * 2 if case.together else (_by_triple,):
            larger = whole
            for facts in subsets(case.facts, chance):
                smaller = _step(replace(case, facts=facts), engine)
                yield smaller, larger
                larger = smaller
        if not case.together:
            for node in sorted({t.subject for t in case.facts}, key=str):
                yield _step(replace(case, facts=_without(case.facts, node)), engine), whole
            # A flat relation hangs on what it relates and not on the node that it was read off.
            for fact in sorted((t for t in case.facts if t.predicate in FLAT), key=str):
                yield _step(replace(case, facts=case.facts - {fact}), engine), whole


def _meets_condition(rulebook: Rulebook, entry: Entry, step: Step, focus: str, value: str) -> bool:
    """Whether the facts still ask the rule's question about an authority and, if it has any, a subject."""
    if entry.condition is None:
        return True
    query = f"{rulebook.prefixes}SELECT DISTINCT * WHERE {{ {entry.condition.pattern} }}"
    rows = step.graph.select(query, {"this": NamedNode(focus[1:-1])})
    return any(not entry.condition.has_subjects or str(row.get("subject")) == value for row in rows)


def _broken(
    rulebook: Rulebook, entry: Entry, part: Part, pairs: Iterable[tuple[Step, Step]]
) -> Iterator[str]:
    """Where a part does not keep its polarity."""
    nothing: frozenset[tuple[str, str]] = frozenset()
    for smaller, larger in pairs:
        few = smaller.failures.get(part.iri.value, nothing)
        many = larger.failures.get(part.iri.value, nothing)
        if part.presence:
            cured = few - many
        else:
            cured = frozenset(
                found for found in many - few if _meets_condition(rulebook, entry, smaller, *found)
            )
        for focus, value in sorted(cured):
            more = "more" if part.presence else "fewer"
            yield f"{part.iri.value}: {more} facts cured {focus} {value} in {smaller.case.name}"


EXAMPLES: dict[str, list[Example]] = {}
for _example in all_examples():
    EXAMPLES.setdefault(_example.rule, []).append(_example)
RULES = [entry for entry in the_rulebook().rules if wanted(entry.id)]


@pytest.fixture(scope="module", params=RULES, ids=lambda e: e.id)
def entry(request: pytest.FixtureRequest) -> Entry:
    """Each rule; what is asked of one is asked one after the other."""
    found: Entry = request.param
    return found


# One at a time: the sets of facts of all rules together take gigabytes.
@lru_cache(maxsize=1)
def _pairs_of(rule: str) -> tuple[tuple[Step, Step], ...]:
    """Every pair of a smaller and a larger set of facts that is tried for a rule."""
    rulebook = the_rulebook()
    entry = rulebook.entry(rule)
    assert entry
    engine = make_engine("fast", rulebook.shapes_of([entry]))
    return tuple(_pairs(_cases(rulebook, rule), engine))


def test_the_parts_of_a_rule_keep_their_polarity(entry: Entry, rulebook: Rulebook) -> None:
    """More facts never cure a presence part, and fewer never cure an absence part.

    Nor do more take a subject from the rule's condition, or one that is certain would drop out.
    """
    for part in entry.parts:
        assert not list(_broken(rulebook, entry, part, _pairs_of(entry.id)))
    assert not _lost(rulebook, entry, _pairs_of(entry.id))


def _lost(rulebook: Rulebook, entry: Entry, pairs: Sequence[tuple[Step, Step]]) -> list[str]:
    """The subjects that a rule's condition has in a smaller set of facts and not in a larger one."""
    if not entry.condition:
        return []
    query = f"{rulebook.prefixes}SELECT DISTINCT * WHERE {{ {entry.condition.pattern} }}"
    lost = []
    for smaller, larger in pairs:
        for authority in smaller.graph.instances(DG.Authority):
            few, many = (
                {row.get("subject") for row in step.graph.select(query, {"this": authority})}
                for step in (smaller, larger)
            )
            if few - many:
                lost.append(f"{few - many} in {smaller.case.name}")
    return lost


def test_a_part_with_the_other_polarity_would_be_caught(entry: Entry, rulebook: Rulebook) -> None:
    """The subsets that are tried tell the polarities of every part apart, so that a wrong one is seen."""
    for part in entry.parts:
        wrong = replace(part, presence=not part.presence)
        assert list(_broken(rulebook, entry, wrong, _pairs_of(entry.id))), part.iri


# --- a part that is wrong on purpose --------------------------------------------------------------

WRONG = """
@prefix dg: <https://w3id.org/dutygraph/def/> .
@prefix rule: <https://w3id.org/dutygraph/rule/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
rule:wrong-two-sides a sh:PropertyShape ; sh:targetClass dg:PrincipalAuthority ;
    sh:path dg:designation ; sh:minCount 1 ; sh:maxCount 1 .
rule:wrong-unless a sh:NodeShape ; sh:targetClass dg:PrincipalAuthority ;
    sh:or ( [ sh:property [ sh:path dg:designation ; sh:maxCount 0 ] ]
        [ sh:property [ sh:path dg:agreement ; sh:minCount 1 ] ] ) .
"""


@pytest.fixture(scope="module")
def wrong_pairs(rulebook: Rulebook) -> list[tuple[Step, Step]]:
    """Pairs of sets of facts with what the wrong parts complain of."""
    quads = parse_quads(WRONG.encode(), format=RdfFormat.TURTLE)
    shapes = Graph(Triple(q.subject, q.predicate, q.object) for q in quads)
    # Rules on shared posts: their examples have councils with and without agreements and designations.
    shared = [r for r in RULES if "113" in r.id or "joint" in r.id]
    some = [c for rule in shared for c in _cases(rulebook, rule.id) if c.together]
    return list(_pairs(some, make_engine("fast", shapes.ntriples())))


@pytest.mark.parametrize("name", ["wrong-two-sides", "wrong-unless"])
@pytest.mark.parametrize("presence", [True, False])
def test_a_part_of_two_polarities_is_caught(
    name: str, presence: bool, rulebook: Rulebook, wrong_pairs: list[tuple[Step, Step]]
) -> None:
    """A least and a greatest count in one part, and a duty that ends with an exception, have no polarity."""
    entry = RULES[0]
    part = entry.parts[0]
    iri = NamedNode("https://w3id.org/dutygraph/rule/" + name)
    wrong = replace(part, iri=iri, presence=presence)
    assert list(_broken(rulebook, replace(entry, condition=None), wrong, wrong_pairs))
