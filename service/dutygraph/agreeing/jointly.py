"""Rules that need every side: what they come to where all descriptions are read together.

Owns: the rows whose outcome is another one than in each side's own closure, and the rows that bear on
an arrangement. Must not know a rule, nor assess.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dutygraph.agreeing.agenda import Matter
from dutygraph.agreeing.sides import Side
from dutygraph.outcomes import WORST_FIRST
from dutygraph.report import Json
from dutygraph.triples import Graph, NamedNode, Term

__all__ = ["bearing_on", "changed", "newly_breached"]

_OF_A_RULE = ("id", "title", "duty", "force", "authority", "authorityName", "clauses")
_OF_AN_OUTCOME = ("outcome", "severity", "reason")


def changed(sides: Sequence[Side], joint: Json) -> list[Json]:
    """The rules whose outcome for an authority is none of those in its sides' own closures."""
    own: dict[tuple[str, str], list[Json]] = {}
    for side in sides:
        for key, rows in _by_rule(side.report).items():
            own.setdefault(key, []).append({"side": side.letter, **_outcome(rows)})
    found = []
    for key, rows in sorted(_by_rule(joint).items()):
        together = _outcome(rows)
        alone = own.get(key, [])
        if together["outcome"] in [o["outcome"] for o in alone]:
            continue
        found.append(
            {name: rows[0][name] for name in _OF_A_RULE}
            | {"own": alone, "together": together}
            | {name: _once(rows, name, together["outcome"]) for name in ("facts", "missing")}
        )
    return found


def newly_breached(rows: Sequence[Json]) -> list[Json]:
    """Those of the changed rows that are not met together, though no side alone shows it."""
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
