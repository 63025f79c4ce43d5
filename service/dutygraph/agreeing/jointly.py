"""Rules that need every side: what they come to where all descriptions are read together.

Owns: the rows whose outcome is another one than in each side's own closure, and the rows that bear on
an arrangement. Must not know a rule, nor assess.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dutygraph.agreeing.agenda import Matter
from dutygraph.agreeing.sides import Side
from dutygraph.outcomes import WORST_FIRST, Assessment
from dutygraph.report import Json
from dutygraph.triples import Graph, NamedNode, Term

__all__ = ["bearing_on", "changed", "newly_breached"]

_OF_A_RULE = ("id", "title", "duty", "force", "authority", "authorityName", "clauses")
_OF_AN_OUTCOME = ("outcome", "severity", "reason")


def changed(sides: Sequence[Side], joint: Assessment, joint_report: Json) -> list[Json]:
    """The rules whose outcome for an authority is none of those in its sides' own closures, or that
    fail for something for which they fail in none of them."""
    broken = [_failures(side.assessment) for side in sides]
    own: dict[tuple[str, str], list[Json]] = {}
    for side in sides:
        for key, rows in _by_rule(side.report).items():
            own.setdefault(key, []).append({"side": side.letter, **_outcome(rows)})
    found = []
    together_broken = _failures(joint)
    for key, rows in sorted(_by_rule(joint_report).items()):
        together = _outcome(rows)
        alone = own.get(key, [])
        known = {failure for of_side in broken for failure in of_side.get(key, ())}
        further = together_broken.get(key, set()) - known
        if together["outcome"] in [o["outcome"] for o in alone] and not further:
            continue
        found.append(
            {name: rows[0][name] for name in _OF_A_RULE}
            | {"own": alone, "together": together}
            | {name: _once(rows, name, together["outcome"]) for name in ("facts", "missing")}
        )
    return found


def newly_breached(rows: Sequence[Json]) -> list[Json]:
    """Those of the changed rows that are not met together in a way that no side alone shows."""
    return [row for row in rows if row["together"]["outcome"] == "failed"]


def bearing_on(
    subject: Term, matter: Matter, parties: Collection[Term], joint: Json, graph: Graph
) -> list[Json]:
    """The rows of the rules of a kind of arrangement that a fact about this one decides.

    Args:
        subject: the arrangement.
        parties: the authorities that it is between.
        joint: the report on all descriptions together.
        graph: what is known in it.
    """
    councils = {str(p.value) for p in parties}
    kept = (*_OF_A_RULE, *_OF_AN_OUTCOME, "subject", "subjectName", "facts", "missing")
    return [
        {name: row[name] for name in kept}
        for row in joint["rules"]
        if row["id"] in matter.rules
        and row["authority"] in councils
        and row["outcome"] != "inapplicable"
        and any(_touches(fact, subject, graph) for fact in row["facts"])
    ]


def _touches(fact: Json, subject: Term, graph: Graph) -> bool:
    if not fact["node"]:
        return False
    node = NamedNode(fact["node"])
    return node == subject or any(True for _ in graph.match(node, None, subject))


def _failures(assessment: Assessment) -> dict[tuple[str, str], set[tuple[Term | None | str, ...]]]:
    """What fails of each rule for each authority: the part, the subject and the value."""
    found: dict[tuple[str, str], set[tuple[Term | None | str, ...]]] = {}
    for row in assessment.rows:
        if row.outcome == "failed":
            found.setdefault((row.entry.id, row.authority.value), set()).update(
                (failed.part.iri, row.subject, value)
                for failed in row.failed_parts
                for value in failed.values or ("",)
            )
    return found


def _by_rule(report: Json) -> dict[tuple[str, str], list[Json]]:
    found: dict[tuple[str, str], list[Json]] = {}
    for row in report["rules"]:
        found.setdefault((row["id"], row["authority"]), []).append(row)
    return found


def _outcome(rows: Sequence[Json]) -> Json:
    """The worst outcome of one rule for one authority, with its reasons."""
    worst = min((r["outcome"] for r in rows), key=WORST_FIRST.index)
    those = [r for r in rows if r["outcome"] == worst]
    reasons = dict.fromkeys(r["reason"].rstrip(".") for r in those)
    severity = next((r["severity"] for r in those if r["severity"]), None)
    return {"outcome": worst, "severity": severity, "reason": "; ".join(reasons)}


def _once(rows: Sequence[Json], name: str, outcome: str) -> list[Json]:
    found: list[Json] = []
    for row in rows:
        if row["outcome"] == outcome:
            found += [item for item in row[name] if item not in found]
    return found
