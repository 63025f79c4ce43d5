"""What a rule is, as values: an entry of the rulebook with its parts, condition, needs and clauses.

Owns: the frozen values between the rulebook and the stages that use it. Must not read a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from dutygraph.triples import NamedNode, Term

KINDS = ("rule", "inference", "dataCheck", "untestedDuty")
"""What an entry can be: tested, derived, kept by the check of an installation, left to people."""


class Applies(Enum):
    """Whether something binds an authority on a day."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Ask:
    """A fact to find out: the question, who would know, and how to write the answer down."""

    fact: str
    ask_whom: str
    how_to_say: str


@dataclass(frozen=True)
class SettlingList:
    """A list whose completeness turns silence into absence (subject and property)."""

    listed: NamedNode
    owner_query: str
    deniable: tuple[Term, ...]


@dataclass(frozen=True)
class Part:
    """One side of a rule: a named shape of one polarity."""

    iri: NamedNode
    presence: bool
    severity: str
    fail_message: str
    remedy: str
    caveat: str
    ask: Ask
    settled_by: tuple[SettlingList, ...]


@dataclass(frozen=True)
class Condition:
    """What has to hold before a rule asks anything.

    Args:
        subject_noun: what its subject is called where none is named.
        open_when: a pattern for what may be the thing looked for, so that silence cannot be told.
    """

    pattern: str
    statement: str
    subject_noun: str
    silent_outcome: str
    open_when: str
    ask: Ask
    settled_by: tuple[SettlingList, ...]

    @property
    def has_subjects(self) -> bool:
        """Whether the rule is decided for each thing that the condition finds."""
        return "?subject" in self.pattern


@dataclass(frozen=True)
class Need:
    """What has to be known before a rule may pass: a matching pattern, or complete lists."""

    pattern: str
    ask: Ask
    settled_by: tuple[SettlingList, ...]


@dataclass(frozen=True)
class Clause:
    """A provision that an entry cites."""

    iri: str
    title: str
    url: str


@dataclass(frozen=True)
class Force:
    """How strongly an entry binds, and what its failure means."""

    code: str
    label: str
    severity: str
    breach_kind: str
    admits_departure: bool
    assesses: bool


@dataclass(frozen=True)
class Entry:
    """An entry of the rulebook, as written in `shapes/`.

    Args:
        id: the permanent local name.
        kind: one of `KINDS`.
        in_force_from, in_force_from_earliest, in_force_to: half-open; the last is
            the first day out.
        untested_because, decided_instead: of a duty that is left to people, why and to whom.
        kept_by: of a check of the data, the shapes of the house style that keep it.
    """

    id: str
    iri: NamedNode
    kind: str
    title: str
    duty: str
    force: Force
    clauses: tuple[Clause, ...]
    applies_to: tuple[NamedNode, ...]
    in_force_from: date | None
    in_force_from_earliest: date | None
    in_force_to: date | None
    begins_with: NamedNode | None
    ends_with: NamedNode | None
    replaced_by: tuple[str, ...]
    parts: tuple[Part, ...]
    condition: Condition | None
    needs: tuple[Need, ...]
    judgement: Ask | None
    uses: tuple[NamedNode, ...]
    evidence_query: str
    pass_message: str
    confidence: str
    confidence_label: str
    checked_against: str
    change_note: str
    infers: NamedNode | None
    untested_because: str
    decided_instead: str
    kept_by: tuple[NamedNode, ...]
    source_file: str

    def in_force(self, day: date) -> Applies:
        """Whether the entry's own dates include a day."""
        if self.in_force_to and day >= self.in_force_to:
            return Applies.NO
        if self.in_force_from is None or day >= self.in_force_from:
            return Applies.YES
        if self.in_force_from_earliest and day >= self.in_force_from_earliest:
            return Applies.UNKNOWN
        return Applies.NO
