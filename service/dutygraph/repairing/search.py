"""The smallest sets of steps that put a rule right for an authority.

Sets of steps are tried from the smallest, each by assessing the changed description again with the
rule alone; what holds a set that cures is not tried, so that no repair contains a smaller one.

Owns: the candidates, their order and the bounds. Must not say what a repair breaks elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product

from dutygraph.description import UNNAMED
from dutygraph.outcomes import Assessment, Row
from dutygraph.repairing.lawful import Limits
from dutygraph.repairing.templates import Failure, Step, Template, steps_of
from dutygraph.rulebook import Rulebook
from dutygraph.triples import Graph, NamedNode, Term, Triple

__all__ = ["Found", "Proposal", "Search", "failures_of"]

_MOST_AT_ONCE = 3
_MOST_TRIES = 48
_MOST_STEPS = 24
_CURED = ("passed", "inapplicable")


@dataclass(frozen=True)
class Proposal:
    """A change that puts a rule right for an authority."""

    removed: frozenset[Triple]
    added: frozenset[Triple]
    words: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many statements it changes."""
        return len(self.removed) + len(self.added)

    def contains(self, other: Proposal) -> bool:
        """Whether another change is a part of this one, or the same."""
        return other.removed <= self.removed and other.added <= self.added


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Args:
        proposals: the smallest changes that cure, in the order in which they were found.
        refused: what the limits said of steps that were not taken.
        all_tried: whether every set within the bounds was tried.
        tries: how many were.
    """

    proposals: tuple[Proposal, ...]
    refused: tuple[str, ...]
    all_tried: bool
    tries: int


@dataclass(frozen=True)
class Search:
    """What every search in one description shares.

    Args:
        assessment: of the description as it is.
        held: what certainly holds on the day, with codes and parameters.
        rulebook, templates, limits: the rulebook and what it says of repairs.
    """

    assessment: Assessment
    held: Graph
    rulebook: Rulebook
    templates: Sequence[Template]
    limits: Limits

    def cures(
        self,
        rows: Sequence[Row],
        outcome_of: Callable[[frozenset[Triple]], str | None],
        most: int,
    ) -> Found:
        """The smallest changes after which a rule passes, or is no longer asked.

        Args:
            rows: the failed rows of one rule for one authority.
            outcome_of: the rule's outcome for the authority in other statements, None where those
                are no description.
            most: how many sets may be tried at most; one rule has a bound of its own besides.
        """
        failures = failures_of(rows)
        candidates = [*self._by_template(failures), *self._by_ending(rows)]
        steps, refused = self._lawful(candidates)
        proposals: list[Proposal] = []
        tries = 0
        described = frozenset(self.assessment.description.graph)
        sets = _sets(steps[:_MOST_STEPS], failures)
        for chosen in sets:
            proposal = _joined(chosen)
            if any(proposal.contains(smaller) for smaller in proposals):
                continue
            if tries == min(most, _MOST_TRIES):
                return Found(tuple(proposals), refused, False, tries)
            tries += 1
            if outcome_of((described - proposal.removed) | proposal.added) in _CURED:
                proposals.append(proposal)
        # A larger set of fewer statements may have been found later.
        minimal = [p for p in proposals if not any(p != o and p.contains(o) for o in proposals)]
        return Found(tuple(minimal), refused, len(steps) <= _MOST_STEPS, tries)

    def _by_template(self, failures: Iterable[Failure]) -> Iterator[Step]:
        for failure in failures:
            for template in self.templates:
                if template.part == failure.part:
                    yield from steps_of(
                        template, failure, self.assessment, self.held, self.rulebook
                    )

    def _by_ending(self, rows: Iterable[Row]) -> Iterator[Step]:
        """Ending one of the things that decide a failure by too much."""
        described, facts = self.assessment.description.graph, self.assessment.facts
        nodes = {
            fact.node
            for row in rows
            if any(p.part.presence for p in row.failed_parts)
            for fact in row.facts
        }
        for name in sorted(nodes):
            node = NamedNode(name)
            removed = frozenset(described.match(node))
            if removed and self.limits.may_be_ended(node, described) and _can_be_named(removed):
                yield Step(removed, frozenset(), f"End this: {facts.of_node(node).statement}.")

    def _lawful(self, steps: Iterable[Step]) -> tuple[list[Step], tuple[str, ...]]:
        described = self.assessment.description.graph
        kept: list[Step] = []
        refused: set[str] = set()
        for step in steps:
            faults = self.limits.faults(step.removed, step.added, described)
            refused.update(faults)
            same = any(s.removed == step.removed and s.added == step.added for s in kept)
            if not faults and not same:
                kept.append(step)
        return kept, tuple(sorted(refused))


def failures_of(rows: Iterable[Row]) -> list[Failure]:
    """Everything that is wrong with a rule for an authority: each part, subject and value."""
    found: dict[Failure, None] = {}
    for row in rows:
        for failed in row.failed_parts:
            values: list[Term | None] = [_term(v) for v in failed.values] or [None]
            for value in values:
                found[Failure(failed.part.iri, row.authority, row.subject, value)] = None
    return list(found)


def _term(value: str) -> Term | None:
    return NamedNode(value[1:-1]) if value.startswith("<") else None


def _can_be_named(triples: Iterable[Triple]) -> bool:
    """Whether a patch can delete all of these: no node among them is unnamed."""
    return not any(
        isinstance(t, NamedNode) and t.value.startswith(UNNAMED)
        for triple in triples
        for t in (triple.subject, triple.object)
    )


def _sets(steps: Sequence[Step], failures: Sequence[Failure]) -> Iterator[tuple[Step, ...]]:
    """Sets of steps from the smallest, then one for every failure where there are more of those."""
    for size in range(1, _MOST_AT_ONCE + 1):
        for chosen in combinations(steps, size):
            meant = [s.failure for s in chosen if s.failure]
            if len(meant) == len(set(meant)):
                yield chosen
    by_failure = [[s for s in steps if s.failure == f] for f in failures]
    if len(failures) > _MOST_AT_ONCE and all(by_failure):
        yield from islice(product(*by_failure), _MOST_TRIES // 4)


def _joined(steps: Iterable[Step]) -> Proposal:
    steps = list(steps)
    return Proposal(
        frozenset(t for s in steps for t in s.removed),
        frozenset(t for s in steps for t in s.added),
        tuple(dict.fromkeys(s.words for s in steps)),
    )
