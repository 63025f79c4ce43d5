"""The examples of an entry as its page shows them: what each shows, with the description itself.

Owns: reading the manifests for people. Must not run an example: the tests do.
"""

from __future__ import annotations

from typing import Any

from dutygraph.rooms import room
from dutygraph.terms import DCT, DG
from dutygraph.triples import Graph, local_name


def demonstrations_of(rule_id: str) -> list[dict[str, Any]]:
    """The examples of an entry, in the order of their names.

    Args:
        rule_id: the id of an entry that exists.

    Returns:
        For each example its name, what it shows, the outcomes that it has, the day asked for if it
        is not the description's own, whether completeness is assumed, and its file.
    """
    manifest = room("shapes") / "examples" / rule_id / "manifest.ttl"
    if not manifest.is_file():
        return []
    graph = Graph.from_files([str(manifest)])
    return [
        {
            "name": local_name(example),
            "title": graph.text(example, DCT.title),
            "outcomes": sorted(
                local_name(outcome)
                for row in graph.objects(example, DG.expectedRow)
                for outcome in graph.objects(row, DG.outcome)
            ),
            "asAt": graph.text(example, DG.asAt) or None,
            "assumesComplete": graph.text(example, DG.assumesComplete) == "true",
            "file": f"shapes/examples/{rule_id}/{graph.text(example, DG.action)}",
        }
        for example in sorted(graph.instances(DG.Example), key=_number)
    ]


def one_per_outcome(rule_id: str) -> dict[str, dict[str, Any]]:
    """For each outcome the first example that has it and no other, with its description in Turtle.

    Args:
        rule_id: the id of an entry that exists.
    """
    found: dict[str, dict[str, Any]] = {}
    for example in demonstrations_of(rule_id):
        own = set(example["outcomes"]) or {"inferred"}
        outcome = own.pop()
        if not own and outcome not in found:
            path = room("shapes").parent / example["file"]
            found[outcome] = example | {"description": _without_prefixes(path.read_text("utf-8"))}
    return found


def _without_prefixes(turtle: str) -> str:
    lines = [line for line in turtle.splitlines() if not line.startswith("@prefix")]
    return "\n".join(lines).strip()


def _number(example: object) -> tuple[str, int]:
    """Examples are called after their rule with a number: s113-9 comes before s113-10."""
    stem, _, number = local_name(str(getattr(example, "value", ""))).rpartition("-")
    return stem, int(number) if number.isdigit() else 0
