"""Repairs of a description, as JSON values: the one form from which every other is rendered.

Owns: for each failed rule and authority, the repairs with what each resolves, newly breaks and opens,
by assessing the repaired description with every rule; what only people can do; what has no known
repair. Must not search, nor know a repair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dutygraph.assessment import assess
from dutygraph.description import Description
from dutygraph.engines import Engine, make_engine
from dutygraph.entries import Entry
from dutygraph.errors import Problem
from dutygraph.outcomes import Assessment, Row
from dutygraph.pipeline import Options, Pipeline
from dutygraph.repairing.lawful import Limits
from dutygraph.repairing.search import Proposal, Search, failures_of
from dutygraph.repairing.templates import Failure, templates_in
from dutygraph.report import SEVERITIES, Json, as_if_in_force, build_report
from dutygraph.terms import DCT
from dutygraph.triples import Graph, Triple, local_name
from dutygraph.whatif.bearing import worst_of
from dutygraph.whatif.changes import redescribed
from dutygraph.whatif.patches import write_patch

__all__ = ["repairs"]

_MOST_OFFERED = 4
# For all rules together, so that an answer stays within the time that the service allows: a try
# takes some hundredths of a second for a council's whole description, an assessment some tenths.
_MOST_TRIES = 120
_MOST_VALIDATED = 30
_Step = Callable[[str], None]
_Key = tuple[str, str]


def repairs(
    pipeline: Pipeline,
    description: Description,
    options: Options,
    rule: str | None = None,
    step: _Step = lambda what: None,
    limits: Limits | None = None,
    templates: Graph | None = None,
) -> Json:
    """The smallest lawful repairs of what fails in a description.

    Args:
        pipeline: rules and engines.
        description: what is described.
        options: as for an assessment.
        rule: the id of the one rule to repair; every failed rule where None.
        step: called with what is done next.
        limits: what repairs may do; the rulebook's where None.
        templates: where the repairs are defined; the rulebook where None.

    Returns:
        An item for each rule and authority that fails, those with the gravest severity first.

    Raises:
        Problem: `unknown-rule`; as `Pipeline.assess`.
    """
    if rule is not None and rule not in {e.id for e in pipeline.rulebook.rules}:
        raise Problem("unknown-rule", f"There is no rule “{rule[:80]}”; `rules` lists them.")
    step("Assessing")
    run = _Run.of(pipeline, description, options, limits, templates)
    report = build_report(run.assessment, pipeline.rulebook)
    failed = _failed(run.assessment, rule)
    items = []
    # The gravest first, since what may be tried in all is bounded.
    for rows in sorted(failed.values(), key=lambda rows: SEVERITIES.index(rows[0].severity)):
        step(f"Looking for repairs: {rows[0].entry.title}")
        items.append(_item(run, rows, report))
    items.sort(key=lambda i: (SEVERITIES.index(i["severity"]), i["id"], i["authority"]))
    kept = ("asAt", "lawAsAt", "assumed", "structure", "status", "authorities", "verdict")
    more = ("engine", "software", "notice", "rulebook", "engineFailure")
    title = description.graph.text(description.structure, DCT.title)
    return {
        **{key: report[key] for key in kept},
        "title": title or local_name(report["structure"]),
        "rules": items,
        "summary": {
            "failing": len(items),
            "repaired": sum(1 for i in items if i["repairs"]),
            "leftToPeople": sum(1 for i in items if not i["repairs"] and i["onlyTheCouncil"]),
            "noKnownRepair": sum(1 for i in items if i["noKnownRepair"]),
            "notTried": sum(
                1 for i in items if not (i["repairs"] or i["onlyTheCouncil"] or i["noKnownRepair"])
            ),
        },
        **{key: report[key] for key in more},
        "notes": _notes(run, items),
    }


def _failed(assessment: Assessment, rule: str | None) -> dict[_Key, list[Row]]:
    """The failed rows of each rule and authority."""
    found: dict[_Key, list[Row]] = {}
    for row in assessment.rows:
        if row.outcome == "failed" and rule in (None, row.entry.id):
            found.setdefault((row.entry.id, row.authority.value), []).append(row)
    return found


def _breaches(assessment: Assessment) -> dict[_Key, frozenset[Failure]]:
    """What is wrong with each failed rule for each authority."""
    return {key: frozenset(failures_of(rows)) for key, rows in _failed(assessment, None).items()}


@dataclass
class _Run:
    """One description while its repairs are sought."""

    pipeline: Pipeline
    assessment: Assessment
    options: Options
    search: Search
    outcomes: Mapping[_Key, str]
    breaches: Mapping[_Key, frozenset[Failure]]
    validated: int = 0
    tries: int = 0
    _engines: dict[str, Engine] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        pipeline: Pipeline,
        description: Description,
        options: Options,
        limits: Limits | None,
        templates: Graph | None,
    ) -> _Run:
        rulebook = pipeline.rulebook
        assessment = pipeline.assess(description, options)
        background = rulebook.background(assessment.law_day)
        search = Search(
            assessment,
            Graph([*assessment.state.certain, *background]),
            rulebook,
            templates_in(templates or rulebook.graph),
            limits or Limits.of(rulebook),
        )
        # Everything is tried on the same day, whatever a change does to the structure's own.
        same = replace(options, as_at=assessment.day, law_as_at=assessment.law_day)
        outcomes, breaches = worst_of(assessment), _breaches(assessment)
        return cls(pipeline, assessment, same, search, outcomes, breaches)

    def changed(self, proposal: Proposal) -> Description:
        """The description after a proposal."""
        before = self.assessment.description
        return redescribed((set(before.graph) - proposal.removed) | proposal.added, before)

    def outcome_with(self, entry: Entry, authority: str, triples: Iterable[Triple]) -> str | None:
        """The outcome of one rule in other statements; None where those are no description."""
        if entry.id not in self._engines:
            shapes = self.pipeline.rulebook.shapes_of([entry])
            self._engines[entry.id] = make_engine(self.options.engine, shapes)
        try:
            found = assess(
                redescribed(triples, self.assessment.description),
                rulebook=self.pipeline.rulebook,
                engine=self._engines[entry.id],
                as_at=self.assessment.day,
                law_as_at=self.assessment.law_day,
                assume_complete=self.options.assume_complete,
                rules=[entry],
            )
        except Problem:
            return None
        return worst_of(found).get((entry.id, authority))


def _item(run: _Run, rows: Sequence[Row], report: Json) -> Json:
    """One rule for one authority: its repairs, or why there is none."""
    entry, authority = rows[0].entry, rows[0].authority
    found = run.search.cures(
        rows,
        lambda triples: run.outcome_with(entry, authority.value, triples),
        _MOST_TRIES - run.tries,
    )
    run.tries += found.tries
    offered: list[Json] = []
    left = 0
    for proposal in sorted(found.proposals, key=lambda p: p.size):
        if len(offered) == _MOST_OFFERED or run.validated == _MOST_VALIDATED:
            left += 1
            continue
        run.validated += 1
        repair = _validated(run, proposal, (entry.id, authority.value))
        if repair is not None:
            offered.append(repair)
    offered.sort(key=_order)
    sentences = [] if offered else _only_the_council(run, rows)
    shown = [
        r
        for r in report["rules"]
        if r["id"] == entry.id and r["authority"] == authority.value and r["outcome"] == "failed"
    ]
    kept = ("id", "title", "force", "authority", "authorityName", "severity", "clauses")
    return {
        **{key: shown[0][key] for key in kept},
        "reason": "; ".join(dict.fromkeys(r["reason"].rstrip(".") for r in shown)),
        "facts": [f for at, f in enumerate(_all(shown)) if f not in _all(shown)[:at]],
        "remedies": list(dict.fromkeys(p.remedy for row in rows for p in row.failed_parts)),
        "repairs": offered,
        "onlyTheCouncil": sentences,
        "noKnownRepair": not offered and not sentences and found.all_tried,
        "notShown": left,
        "allTried": found.all_tried,
        "refused": list(found.refused),
    }


def _order(repair: Json) -> tuple[int, int, int, list[str]]:
    """The fewest that newly break first; then those that leave the fewest open that were met; then size.

    What is ended may have been what another duty was met by. Nothing then says that this one fails,
    and yet it is no longer met.
    """
    opened = sum(1 for change in repair["opens"] if change["before"] == "passed")
    return (len(repair["breaks"]), opened, repair["size"], repair["words"])


def _all(rows: Iterable[Json]) -> list[Json]:
    return [fact for row in rows for fact in row["facts"]]


def _validated(run: _Run, proposal: Proposal, of: _Key) -> Json | None:
    """A proposal with what it does to every rule; None where all rules together do not bear it out."""
    try:
        assessment = run.pipeline.assess(run.changed(proposal), run.options)
    except Problem:
        return None
    after = worst_of(assessment)
    if after.get(of) not in ("passed", "inapplicable"):
        return None
    reasons: dict[_Key, list[Row]] = {}
    for row in assessment.rows:
        reasons.setdefault((row.entry.id, row.authority.value), []).append(row)
    both = sorted(set(after) & set(run.outcomes))
    nothing: frozenset[Failure] = frozenset()
    breaches = _breaches(assessment)

    def told(keys: Iterable[_Key]) -> list[Json]:
        return [
            _change(reasons[key], run.outcomes.get(key), after[key], assessment) for key in keys
        ]

    return {
        "words": list(proposal.words),
        "patch": write_patch(proposal.removed, proposal.added, run.pipeline.rulebook.prefix_map),
        "size": proposal.size,
        "outcome": after[of],
        "resolves": told(
            k
            for k in both
            if run.outcomes[k] == "failed" and after[k] in ("passed", "inapplicable")
        ),
        # A rule that is broken already may be broken in a further way.
        "breaks": told(k for k in sorted(breaches) if breaches[k] - run.breaches.get(k, nothing)),
        "opens": told(
            k
            for k in both
            if run.outcomes[k] not in ("cantTell", "untested")
            and after[k] in ("cantTell", "untested")
        ),
    }


def _change(rows: Sequence[Row], before: str | None, after: str, assessment: Assessment) -> Json:
    entry, authority = rows[0].entry, rows[0].authority
    worst = [row for row in rows if row.outcome == after]
    return {
        "id": entry.id,
        "title": entry.title,
        "force": entry.force.code,
        "authority": authority.value,
        "authorityName": assessment.facts.label(authority),
        "before": before,
        "after": after,
        "severity": next((row.severity for row in worst if row.severity), None),
        "reason": "; ".join(dict.fromkeys(row.reason.rstrip(".") for row in worst)),
    }


def _only_the_council(run: _Run, rows: Iterable[Row]) -> list[str]:
    """What is left to people: the remedy of each failed part that waits for something of theirs."""
    limits = run.search.limits
    found: dict[str, None] = {}
    for row in rows:
        for failed in row.failed_parts:
            kinds = [k for s in failed.part.settled_by for k in limits.left_to_people(s.listed)]
            if kinds and failed.remedy:
                remedy = failed.remedy[:1].lower() + failed.remedy[1:]
                found[f"Only the council can: {remedy}"] = None
    return list(found)


def _notes(run: _Run, items: Sequence[Json]) -> list[str]:
    notes = [*run.assessment.description.notes, *as_if_in_force(run.assessment)]
    notes.append(
        "A repair is a way in which the description would meet the rule, not advice to take it; who "
        "does it, when and whether is for the council. What it would do to a partner is not looked at; "
        "`what-if` tells that, with the repair's patch and the partner's description."
    )
    if not items:
        notes.append("Nothing fails that could be repaired.")
    if run.validated == _MOST_VALIDATED or run.tries == _MOST_TRIES:
        notes.append(
            "So much fails that not every repair was tried; those of the gravest failures were tried "
            "first. Name one rule to see its own."
        )
    return notes
