"""The report of an assessment, as JSON values: the one form from which every other is rendered.

Owns: the contract's report, the verdict, the exit code. Must not decide an outcome.
"""

from __future__ import annotations

from typing import Any

from dutygraph import __version__
from dutygraph.dates import day_in_words
from dutygraph.description import canonical_hash
from dutygraph.entries import Applies, Ask, Clause
from dutygraph.evidence import Fact
from dutygraph.outcomes import OUTCOMES, WORST_FIRST, Assessment, FailedPart, Row
from dutygraph.rulebook import Rulebook
from dutygraph.terms import CODE, DCT, DG, SKOS
from dutygraph.triples import Graph, NamedNode, Term, local_name

# Severities from the gravest; `--fail-on` names the lightest one that counts.
SEVERITIES = ("violation", "warning", "info", "undecided")

Json = dict[str, Any]


def build_report(assessment: Assessment, rulebook: Rulebook) -> Json:
    """Build the report.

    Args:
        assessment: the rows and what they rest on.
        rulebook: clauses, titles and the notice.

    Returns:
        The report of the public contract, everything in it sorted, so that two runs can be compared.
    """
    rows = sorted(assessment.rows, key=_row_key)
    worst = _worst_by_rule(rows)
    findings = _findings(rows, assessment, rulebook)
    decided = _anything_decided(rows)
    undecided = sum(1 for o in worst.values() if o in ("cantTell", "untested"))
    breaches = sum(1 for f in findings if f["kind"] == "breach")
    verdict = _verdict(rows, undecided)
    description = assessment.description
    return {
        "verdict": verdict,
        "verdictMeaning": _definition(rulebook, verdict),
        "assessed": decided,
        "conforms": not findings and not undecided,
        "breaches": breaches,
        "undecided": undecided,
        "asAt": assessment.day.isoformat(),
        "lawAsAt": assessment.law_day.isoformat(),
        "data": {"hash": canonical_hash(description), "statements": len(description.graph)},
        "structure": str(description.structure.value),
        "status": local_name(description.status) if description.status else None,
        "authorities": [
            {"iri": a.value, "name": assessment.facts.label(a)} for a in description.authorities
        ],
        "assumed": "complete" if assessment.assume_complete else None,
        "rulebook": {
            "version": rulebook.version,
            "hash": rulebook.hash,
            "lawAsAt": rulebook.law_as_at,
            "howToDispute": rulebook.how_to_dispute,
        },
        "engine": assessment.engine,
        "engineFailure": assessment.engine_failure or None,
        "software": f"dutygraph {__version__}",
        "notice": rulebook.notice,
        "notes": _notes(assessment, decided),
        "summary": {o: sum(1 for w in worst.values() if w == o) for o in OUTCOMES},
        "rules": [_row(r, assessment, rulebook) for r in rows],
        "findings": findings,
        "toFindOut": _to_find_out(rows),
        "inferred": [fact_as_json(f) for f in assessment.inferred],
        "sources": _sources(rows, assessment, rulebook),
    }


def exit_code(report: Json, fail_on: str = "violation") -> int:
    """The exit code that a report asks for: 0 nothing at or above a severity, 1 something.

    Args:
        report: from `build_report`.
        fail_on: one of `SEVERITIES`.
    """
    if not report["assessed"]:
        return 1
    counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    if any(f["severity"] in counted and not f.get("departure") for f in report["findings"]):
        return 1
    return int("undecided" in counted and report["undecided"] > 0)


def _row_key(row: Row) -> tuple[str, str, str]:
    return (row.entry.id, row.authority.value, str(row.subject.value) if row.subject else "")


def _worst_by_rule(rows: list[Row]) -> dict[tuple[str, str], str]:
    """Over several subjects the worst outcome counts."""
    worst: dict[tuple[str, str], str] = {}
    for row in rows:
        key = (row.entry.id, row.authority.value)
        worst[key] = min(worst.get(key, "inapplicable"), row.outcome, key=WORST_FIRST.index)
    return worst


def _verdict(rows: list[Row], undecided: int) -> str:
    kinds = {r.entry.force.breach_kind for r in rows if r.outcome == "failed"}
    for kind in ("breaches", "departures"):
        if kind in kinds:
            return kind
    return "undecided" if undecided or not _anything_decided(rows) else "conforms"


def _anything_decided(rows: list[Row]) -> bool:
    """Whether any rule of law or guidance passed or failed; checks of the data alone do not count."""
    return any(r.outcome in ("passed", "failed") and r.entry.force.assesses for r in rows)


def _definition(rulebook: Rulebook, verdict: str) -> str:
    return rulebook.graph.text(CODE[verdict], SKOS.definition)


def as_if_in_force(assessment: Assessment) -> list[str]:
    """That something is assessed which is not there."""
    status = assessment.description.status
    if status not in (CODE.proposed, CODE.appraised, CODE.recommended, CODE.rejected):
        return []
    return [
        f"The structure is {local_name(status)}; it is assessed as if it were in force on "
        f"{day_in_words(assessment.day)}."
    ]


def _notes(assessment: Assessment, decided: bool) -> list[str]:
    description, day = assessment.description, assessment.day
    notes = list(description.notes)
    if not decided:
        notes.append("Nothing could be assessed: no rule passed and none failed.")
    notes += as_if_in_force(assessment)
    if description.day and description.day != day:
        notes.append(
            f"The description speaks for {day_in_words(description.day)} and is assessed on "
            f"{day_in_words(day)}; what it does not date may have been otherwise."
        )
    if assessment.law_day != day:
        notes.append(f"The law of {day_in_words(assessment.law_day)} is applied.")
    if assessment.assume_complete:
        notes.append("Everything that is not stated is taken not to be so, as the caller asked.")
    trusted = [
        name
        for cls, name in (
            (DG.CompletenessStatement, "completeness statements"),
            (DG.Judgement, "judgements"),
            (DG.Departure, "departures"),
        )
        if description.graph.instances(cls)
    ]
    if trusted:
        notes.append(f"The {' and '.join(trusted)} are the submitter's own.")
    return notes


def _row(row: Row, assessment: Assessment, rulebook: Rulebook) -> Json:
    entry = row.entry
    return {
        "id": entry.id,
        "title": entry.title,
        "duty": entry.duty,
        "force": entry.force.code,
        "authority": row.authority.value,
        "authorityName": assessment.facts.label(row.authority),
        "subject": str(row.subject.value) if row.subject else None,
        "subjectName": assessment.facts.label(row.subject) if row.subject else None,
        "outcome": row.outcome,
        "severity": row.severity or None,
        "basis": row.basis or None,
        "reason": row.reason,
        "caveats": list(row.caveats),
        "mode": row.mode,
        "assumed": row.assumed,
        "facts": [fact_as_json(f) for f in row.facts],
        "missing": [_ask(m) for m in row.missing],
        "departure": fact_as_json(row.departure) if row.departure else None,
        "clauses": [_clause(c, row, assessment, rulebook) for c in entry.clauses],
        "inForceFrom": entry.in_force_from.isoformat() if entry.in_force_from else None,
        "inForceTo": entry.in_force_to.isoformat() if entry.in_force_to else None,
        "status": entry.confidence,
        "statusMeaning": entry.confidence_label,
    }


def fact_as_json(fact: Fact) -> Json:
    """A fact as every answer shows it."""
    return {
        "statement": fact.statement,
        "source": fact.source or None,
        "standing": fact.standing,
        "sources": list(fact.sources),
        "node": fact.node or None,
        "certain": fact.certainty.name == "CERTAIN",
    }


def _ask(ask: Ask) -> Json:
    return {"fact": ask.fact, "askWhom": ask.ask_whom, "howToSay": ask.how_to_say}


def _clause(clause: Clause, row: Row, assessment: Assessment, rulebook: Rulebook) -> Json:
    return {
        "title": clause.title,
        "iri": clause.iri,
        "url": _address(clause, row, assessment, rulebook),
        "status": row.entry.confidence,
    }


def _address(clause: Clause, row: Row, assessment: Assessment, rulebook: Rulebook) -> str:
    """The clause as it stood on the day, or as it stands where it was not in force then."""
    if row.entry.in_force(assessment.law_day) is Applies.NO:
        return clause.url
    return rulebook.point_in_time(clause, assessment.law_day)


def _findings(rows: list[Row], assessment: Assessment, rulebook: Rulebook) -> list[Json]:
    found = []
    for row in rows:
        common = _finding_common(row, assessment, rulebook)
        for failed in row.failed_parts if row.outcome == "failed" else ():
            found.append(common | _failure(row, failed))
        for claim in row.warnings:
            found.append(
                common
                | {
                    "kind": "claim",
                    "severity": "warning",
                    "message": f"{common['authorityName']}, {row.entry.title}: the author of the "
                    f"source has doubts ({claim.statement}).",
                    "remedy": "Find out what has become of it.",
                    "facts": [fact_as_json(claim)],
                    "departure": None,
                }
            )
    return sorted(
        found,
        key=lambda f: (SEVERITIES.index(f["severity"]), f["rule"], f["authority"], f["message"]),
    )


def _finding_common(row: Row, assessment: Assessment, rulebook: Rulebook) -> Json:
    clauses = row.entry.clauses
    return {
        "rule": row.entry.id,
        "title": row.entry.title,
        "authority": row.authority.value,
        "authorityName": assessment.facts.label(row.authority),
        "focus": _iri(row.subject) or row.authority.value,
        "clause": _clause(clauses[0], row, assessment, rulebook) if clauses else None,
    }


def _failure(row: Row, failed: FailedPart) -> Json:
    kind = {"breaches": "breach", "departures": "departure"}.get(
        row.entry.force.breach_kind, "other"
    )
    return {
        "kind": kind,
        "severity": row.severity,
        "shape": failed.part.iri.value,
        "message": failed.message,
        "remedy": failed.remedy,
        "facts": [fact_as_json(f) for f in row.facts],
        "departure": fact_as_json(row.departure) if row.departure else None,
    }


def _sources(rows: list[Row], assessment: Assessment, rulebook: Rulebook) -> list[Json]:
    """Every paragraph that is cited, with the words that it is known by."""
    cited = {s for r in rows for f in (*r.facts, *r.warnings) for s in f.sources}
    cited |= {s for f in assessment.inferred for s in f.sources}
    return [_source(iri, assessment.description.graph, rulebook.graph) for iri in sorted(cited)]


def _source(iri: str, described: Graph, known: Graph) -> Json:
    """A paragraph, from the submission where it describes it, else from the rulebook's documents."""
    node = NamedNode(iri)
    graph = described if any(described.match(node)) else known
    document = graph.value(node, DG.partOf) or node
    return {
        "iri": iri,
        "place": graph.text(node, DG.place) or None,
        "quotation": graph.text(node, DG.quotation) or None,
        "document": graph.text(document, DCT.title) or None,
        "date": graph.text(document, DCT.date) or None,
    }


def _iri(term: Term | None) -> str:
    return str(term.value) if term is not None else ""


def _to_find_out(rows: list[Row]) -> list[Json]:
    """Every missing fact once, with the rules that wait for it."""
    asked: dict[Ask, set[str]] = {}
    for row in rows:
        for ask in row.missing:
            asked.setdefault(ask, set()).add(row.entry.id)
    ordered = sorted(asked, key=lambda a: (a.ask_whom, a.fact))
    return [_ask(a) | {"rules": sorted(asked[a])} for a in ordered]
