"""The coverage map: what becomes of every duty that was looked at, and which clauses no rule covers.

Owns: putting together, from the rulebook and the documents, what is tested, derived, kept by a check
or left to people. Must not know any duty.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from dutygraph.entries import Entry
from dutygraph.explaining.in_force import in_force_line
from dutygraph.rulebook import Rulebook
from dutygraph.terms import DCT
from dutygraph.triples import NamedNode, Term, local_name

_TREATMENTS = {
    "rule": "tested",
    "inference": "derived",
    "dataCheck": "kept by the check of an installation",
    "untestedDuty": "left to people",
}
"""The kinds of entry in words, as the map names them."""


def coverage_map(rulebook: Rulebook) -> dict[str, Any]:
    """The map, as JSON values.

    Returns:
        `rulebook`, `lawAsAt`, `summary` (kind to count), `entries` (every entry, sorted by id, with why it is
        not tested and who decides instead) and `clauses` (provisions that the rulebook or a document cites
        and on which no tested rule rests, each with who cites it).
    """
    entries = rulebook.entries
    counted = Counter(e.kind for e in entries)
    return {
        "rulebook": rulebook.version,
        "lawAsAt": rulebook.law_as_at,
        "summary": {kind: counted[kind] for kind in _TREATMENTS},
        "entries": [_entry(rulebook, e) for e in entries],
        "clauses": _uncovered(rulebook),
    }


def _entry(rulebook: Rulebook, entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "kind": entry.kind,
        "treatment": _TREATMENTS[entry.kind],
        "force": entry.force.code,
        "inForce": in_force_line(rulebook, entry),
        "clauses": [c.title for c in entry.clauses],
        "tests": len(entry.parts),
        "derives": rulebook.label(entry.infers) if entry.infers else None,
        "why": entry.untested_because or None,
        "decidedInstead": entry.decided_instead or None,
        "note": entry.change_note or None,
        "status": entry.confidence,
    }


def _uncovered(rulebook: Rulebook) -> list[dict[str, Any]]:
    """Provisions that something cites and that no tested rule cites, nor one of its sections."""
    tested = {c.iri for e in rulebook.rules for c in e.clauses}
    cited: dict[Term, set[str]] = {}
    graph = rulebook.graph
    for entry in rulebook.entries:
        for clause in entry.clauses:
            cited.setdefault(NamedNode(clause.iri), set()).add(entry.id)
    for predicate in (DCT.source, DCT.references):
        for triple in graph.match(None, predicate):
            if isinstance(triple.object, NamedNode) and _is_law(triple.object):
                cited.setdefault(triple.object, set()).add(_citer(triple.subject))
    return [
        {"iri": clause.value, "title": _title(rulebook, clause), "citedBy": sorted(citers)}
        for clause, citers in sorted(cited.items(), key=lambda c: str(c[0]))
        if not any(t == clause.value or _within(t, str(clause.value)) for t in tested)
    ]


def _within(inner: str, outer: str) -> bool:
    """Whether a provision is a part of another one: section 18 is covered where its Act is cited."""
    return inner.startswith(outer + "/") or outer.startswith(inner + "/")


def _is_law(node: NamedNode) -> bool:
    return "legislation.gov.uk/id/" in node.value or "/id/guidance/" in node.value


def _title(rulebook: Rulebook, clause: Term) -> str:
    title = rulebook.title(clause)
    return title if title != clause.value else str(clause.value).split("/id/", 1)[-1]


def _citer(subject: Term) -> str:
    """Who cites, for people: a paragraph as document and place, anything else by its name."""
    text = str(subject.value)
    return (
        f"source {text.split('/id/source/', 1)[1]}" if "/id/source/" in text else local_name(text)
    )
