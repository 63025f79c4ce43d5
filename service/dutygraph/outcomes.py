"""What an assessment yields: rows with their outcomes, and the draft in which a row comes about.

Owns: the five outcomes and which of several counts. Must not decide one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from dutygraph.description import Description
from dutygraph.entries import Ask, Entry, Part
from dutygraph.evidence import Fact, Facts
from dutygraph.state import State
from dutygraph.triples import NamedNode, Term

OUTCOMES = ("passed", "failed", "cantTell", "inapplicable", "untested")
WORST_FIRST = ("failed", "untested", "cantTell", "passed", "inapplicable")
"""Over several parts or subjects the worst counts."""


@dataclass(frozen=True)
class Row:
    """One outcome: a rule, an authority and, where the rule has them, a subject.

    Args:
        outcome: one of `OUTCOMES`.
        severity: `violation`, `warning` or `info` for a failure, `undecided` for what could not be told.
        basis: the weakest standing among the deciding facts, or empty.
        reason: the outcome in a sentence.
        mode: `automatic`, `manual` or `semiAuto`, as EARL has them.
        assumed: whether the caller's assumption of completeness decided it.
        failed_parts: the parts that failed, with what was found and what would put it right.
        departure: the recorded departure that a failure is covered by.
        warnings: claims that the rule is at risk or met on conditions.
    """

    entry: Entry
    authority: NamedNode
    subject: Term | None
    outcome: str
    severity: str
    basis: str
    reason: str
    mode: str
    assumed: bool
    caveats: tuple[str, ...]
    facts: tuple[Fact, ...]
    missing: tuple[Ask, ...]
    failed_parts: tuple[FailedPart, ...]
    departure: Fact | None
    warnings: tuple[Fact, ...]


@dataclass(frozen=True)
class FailedPart:
    """A part that failed, in words, and the values with which the engine reported it."""

    part: Part
    message: str
    remedy: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """Everything that a report is made from."""

    description: Description
    day: date
    law_day: date
    engine: str
    engine_failure: str
    assume_complete: bool
    rows: tuple[Row, ...]
    inferred: tuple[Fact, ...]
    state: State
    facts: Facts


@dataclass
class Draft:
    """What is known of one row while its parts are gone through."""

    outcomes: list[str] = field(default_factory=list)
    reasons: list[tuple[str, str]] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    missing: list[Ask] = field(default_factory=list)
    failed: list[FailedPart] = field(default_factory=list)
    extra_facts: list[Fact] = field(default_factory=list)
    modes: set[str] = field(default_factory=set)
    assumed: bool = False

    def say(self, outcome: str, reason: str = "") -> None:
        """Note the outcome of one part with its reason."""
        self.outcomes.append(outcome)
        if reason:
            self.reasons.append((outcome, reason))

    @property
    def reason(self) -> str:
        """Why the outcome that counts is what it is; what another part came to is left out."""
        worst = self.worst
        return "; ".join(dict.fromkeys(why for outcome, why in self.reasons if outcome == worst))

    @property
    def worst(self) -> str:
        """The outcome that counts."""
        return next(o for o in WORST_FIRST if o in [*self.outcomes, "inapplicable"])
