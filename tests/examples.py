"""The rules' examples, read from their manifests.

The environment variable RULES keeps to some rules, by pattern and with spaces between, such as `lgha-*`:
that is what `make test-rules` does while a rule is being written.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from dutygraph.assessment import assess
from dutygraph.description import Description, describe
from dutygraph.engines import Engine, Result
from dutygraph.entries import Entry
from dutygraph.outcomes import Assessment, Row
from dutygraph.rooms import room
from dutygraph.rulebook import Rulebook
from dutygraph.terms import DCT, DG
from dutygraph.triples import Graph, RdfFormat, Term, local_name, parse_quads

ROOT = room("shapes") / "examples"
_WANTED = os.environ.get("RULES", "*").split()


@dataclass(frozen=True, order=True)
class ExpectedRow:
    """One row of a report, as a manifest gives it or as an assessment has it."""

    authority: str
    subject: str
    outcome: str
    basis: str
    nodes: tuple[str, ...]
    missing: int


@dataclass(frozen=True)
class Example:
    """One example of one rule, with all that is expected of it."""

    name: str
    title: str
    rule: str
    file: Path
    as_at: date | None
    complete: bool
    rows: tuple[ExpectedRow, ...]
    severities: frozenset[str]
    also_fails: frozenset[str]
    types: frozenset[str]
    other_types: frozenset[str]


def all_examples() -> list[Example]:
    """Every example of every manifest of the rules that are wanted."""
    found = []
    for manifest in sorted(ROOT.glob("*/manifest.ttl")):
        if not wanted(manifest.parent.name):
            continue
        graph = Graph.from_files([str(manifest)])
        found += [_example(graph, node, manifest.parent) for node in graph.instances(DG.Example)]
    return found


@cache
def the_rulebook() -> Rulebook:
    """The rulebook of this checkout, read once in a process."""
    return Rulebook.load()


class NoEngine:
    """Stands in for an engine where only the state is wanted."""

    name = version = "none"

    def validate(self, data: bytes) -> frozenset[Result]:
        """Find nothing."""
        return frozenset()


def wanted(rule_id: str) -> bool:
    """Whether a rule is among those that are tested now."""
    return any(fnmatchcase(rule_id, pattern) for pattern in _WANTED)


def read(path: Path) -> Description:
    """Read a description that we wrote."""
    return describe(parse_quads(path.read_bytes(), format=RdfFormat.TURTLE))


def run(
    example: Example, rulebook: Rulebook, engine: Engine, rules: Sequence[Entry] | None = None
) -> Assessment:
    """Assess an example, with some rules alone where they are given."""
    description = read(example.file)
    day = example.as_at or description.day
    assert day
    return assess(
        description,
        rulebook=rulebook,
        engine=engine,
        as_at=day,
        assume_complete=example.complete,
        rules=rules,
    )


def as_expected_row(row: Row) -> ExpectedRow:
    """A row of an assessment in the form of a manifest; nodes that were inferred are left out."""
    return ExpectedRow(
        authority=row.authority.value,
        subject=str(row.subject.value) if row.subject else "",
        outcome=row.outcome,
        basis=row.basis,
        nodes=tuple(sorted({f.node for f in row.facts})),
        missing=len(row.missing),
    )


def _example(graph: Graph, node: Term, folder: Path) -> Example:
    as_at = graph.text(node, DG.asAt)
    return Example(
        name=local_name(node),
        title=graph.text(node, DCT.title),
        rule=local_name(graph.objects(node, DG.demonstrates)[0]),
        file=folder / graph.text(node, DG.action),
        as_at=date.fromisoformat(as_at) if as_at else None,
        complete=graph.text(node, DG.assumesComplete) == "true",
        rows=tuple(sorted(_row(graph, r) for r in graph.objects(node, DG.expectedRow))),
        severities=frozenset(
            local_name(s).lower()
            for r in graph.objects(node, DG.expectedRow)
            for s in graph.objects(r, DG.severity)
        ),
        also_fails=frozenset(local_name(r) for r in graph.objects(node, DG.alsoFails)),
        types=frozenset(str(t.value) for t in graph.objects(node, DG.expectedType)),
        other_types=frozenset(str(t.value) for t in graph.objects(node, DG.unexpectedType)),
    )


def _row(graph: Graph, node: Term) -> ExpectedRow:
    basis = graph.value(node, DG.basis)
    outcome = graph.value(node, DG.outcome)
    assert outcome is not None
    return ExpectedRow(
        authority=graph.text(node, DG.authority),
        subject=graph.text(node, DG.subject),
        outcome=local_name(outcome),
        basis=local_name(basis) if basis else "",
        nodes=tuple(sorted(str(n.value) for n in graph.objects(node, DG.decidingNode))),
        missing=int(graph.text(node, DG.missingCount, "0")),
    )
