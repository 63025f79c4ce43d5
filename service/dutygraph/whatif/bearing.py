"""Which statements of a change bear on an outcome, found by leaving them out.

An outcome rests on facts, and facts on nodes. Of those nodes that the change touches, each is put
back alone, and whether the outcome then is another one is seen by assessing again. Where none of them
decides alone, every other node that the change touches is tried in the same way; then each alone is
made on the description as it was.

Owns: that search and its bound. Must not say what an outcome is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from dutygraph.description import Description
from dutygraph.errors import Problem
from dutygraph.outcomes import WORST_FIRST, Assessment
from dutygraph.report import Json
from dutygraph.triples import NamedNode, Term, Triple
from dutygraph.whatif.changes import Change, redescribed

__all__ = ["HOW", "Bearing"]

Key = tuple[str, str]
HOW = ("decides", "decides-alone", "together", "not-tried")
"""How a statement is known to bear on an outcome: put back, the outcome is not what it is; made alone,
it is; only together with others; or too much was changed for every node to be tried."""


@dataclass
class Bearing:
    """The search, with what was found out so far.

    Args:
        change: what is changed.
        after: the description after it.
        assess: from a description to its assessment, on the day of the change.
        most: how many assessments it may take.
        step: called with what is done next.
    """

    change: Change
    after: Description
    assess: Callable[[Description], Assessment]
    most: int
    step: Callable[[str], None] = lambda what: None
    _seen: dict[frozenset[Triple], dict[Key, str]] = field(default_factory=dict)

    def of(self, item: Json) -> Json:
        """The statements of the change that bear on one outcome.

        Args:
            item: from `effects.effects_of`.

        Returns:
            `how`, one of `HOW`; `nodes`, the things whose statements these are; `removed` and
            `added`: N-Triples without the full stop, sorted.
        """
        key = (item["id"], item["authority"])
        touched = list(self.change.by_subject)
        deciding = {f["node"] for f in (*item["facts"], *item["factsBefore"])}
        near = [s for s in touched if _name(s) in deciding]
        far = [s for s in touched if s not in near]
        now, was = item["after"], item["before"]
        for subjects in (near, far):
            found = [s for s in subjects if self._differs(key, self.change.without([s]), now)]
            if found:
                return self._told("decides", found)
        alone = [s for s in (*near, *far) if self._outcome(key, self.change.only([s])) == now]
        if was != now and alone:
            return self._told("decides-alone", alone)
        if self._spent:
            return self._told("not-tried", near or touched)
        whole = not (near and self._differs(key, self.change.without(near), now))
        return self._told("together", touched if whole else near)

    @property
    def _spent(self) -> bool:
        return len(self._seen) >= self.most

    def _differs(self, key: Key, triples: frozenset[Triple], now: str) -> bool:
        """Whether the outcome is known to be another one; of what was not tried nothing is known."""
        return self._outcome(key, triples) not in (None, now)

    def _outcome(self, key: Key, triples: frozenset[Triple]) -> str | None:
        """The outcome in another description; None where that is none, or is not tried any more."""
        if triples not in self._seen:
            if self._spent:
                return None
            self.step("Leaving out what was changed")
            self._seen[triples] = self._outcomes(triples)
        return self._seen[triples].get(key)

    def _outcomes(self, triples: frozenset[Triple]) -> dict[Key, str]:
        try:
            assessment = self.assess(redescribed(triples, self.after))
        except Problem:
            # Half a change may be no description: a node with two dates, a structure without a day.
            return {}
        return worst_of(assessment)

    def _told(self, how: str, subjects: Iterable[Term]) -> Json:
        subjects = list(subjects)
        parts = [self.change.by_subject[s] for s in subjects]
        return {
            "how": how,
            "nodes": [_name(s) for s in subjects],
            "removed": sorted(str(t) for removed, _ in parts for t in removed),
            "added": sorted(str(t) for _, added in parts for t in added),
        }


def worst_of(assessment: Assessment, rules: Sequence[str] | None = None) -> dict[Key, str]:
    """The outcome of each rule for each authority, the worst over several subjects.

    Args:
        assessment: what was assessed.
        rules: ids of those that are wanted; all where None.
    """
    found: dict[Key, str] = {}
    for row in assessment.rows:
        if rules is None or row.entry.id in rules:
            key = (row.entry.id, row.authority.value)
            found[key] = min(found.get(key, "inapplicable"), row.outcome, key=WORST_FIRST.index)
    return found


def _name(term: Term) -> str:
    return term.value if isinstance(term, NamedNode) else str(term)
