"""The comparison of options, as JSON values: the one form from which every other is rendered.

Owns: what is introduced, resolved and left against the baseline, and where counts and scores differ.
Must not assess, count or score.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from dutygraph.comparing.counting import Bearing, Counted, Measure, Measures
from dutygraph.comparing.keeping import commitments_in, kept_by
from dutygraph.comparing.scoring import Score, scores_in
from dutygraph.comparing.side_by_side import CHANGES, Compared, kind_of_change, rows_of
from dutygraph.dates import day_in_words
from dutygraph.description import Description
from dutygraph.errors import Problem
from dutygraph.pipeline import Options, Pipeline
from dutygraph.report import SEVERITIES, Json, as_if_in_force, build_report, fact_as_json
from dutygraph.terms import DCT
from dutygraph.triples import Graph, Term, local_name

_FEWEST = 2


def compare(
    pipeline: Pipeline,
    descriptions: Sequence[Description],
    options: Options,
    baseline: str | None = None,
    step: Callable[[str], None] = lambda what: None,
) -> Json:
    """Compare options.

    Args:
        pipeline: rules, engines and the documents of this installation.
        descriptions: two or more, each of another structure, in the order in which they are shown.
        options: as for an assessment; without a day, all are assessed on the baseline's.
        baseline: the IRI of a structure or its last part; the first structure where None.
        step: called with what is done next.

    Returns:
        Clause by option, what each option changes, counts, scores, differences and commitments.

    Raises:
        Problem: `bad-parameter`, where fewer than two structures or no such baseline are given;
            `several-structures`, where a structure is given twice; `no-day`.
    """
    at = _index_of_baseline(descriptions, baseline)
    as_at = options.as_at or descriptions[at].day
    same = Options(as_at, options.law_as_at, options.assume_complete, options.engine)
    compared = []
    for description in descriptions:
        step(f"Assessing {local_name(str(description.structure.value))}")
        compared.append(_assessed(pipeline, description, same))
    step("Counting")
    base = compared[at]
    first = base.report
    known = [pipeline.documents, *(c.assessment.description.graph for c in compared)]
    rows = rows_of(compared)
    measures = Measures(pipeline.rulebook)
    counts = [(m, [(c, measures.taken(m, c.assessment)) for c in compared]) for m in measures.all]
    scores = scores_in(known, [c.assessment.description.structure for c in compared])
    return {
        "asAt": first["asAt"],
        "lawAsAt": first["lawAsAt"],
        "assumed": first["assumed"],
        "baseline": base.structure,
        "options": [_option(c) for c in compared],
        "rows": rows,
        "changes": [_changes(rows, c, base) for c in compared if c is not base],
        "measures": [_measure(m, taken) for m, taken in counts],
        "scores": _scores(scores, compared),
        "differences": _differences(counts, scores, compared),
        "commitments": _commitments(known, compared, pipeline),
        "rulebook": first["rulebook"],
        "engine": first["engine"],
        "software": first["software"],
        "notice": first["notice"],
        "notes": _notes(compared, base, options.as_at),
    }


def exit_code(compared: Json, fail_on: str) -> int:
    """1 where an option introduces a failure at or above a severity, else 0.

    Args:
        compared: from `compare`.
        fail_on: `violation`, `warning` or `info`.
    """
    counted = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    introduced = [item for change in compared["changes"] for item in change["introduces"]]
    return int(any(item["severity"] in counted for item in introduced))


def _index_of_baseline(descriptions: Sequence[Description], baseline: str | None) -> int:
    names = [str(d.structure.value) for d in descriptions]
    if len(names) < _FEWEST:
        raise Problem(
            "bad-parameter",
            f"There is {len(names)} structure to compare; two or more are needed. Give each in a "
            "file of its own, or all in one TriG file with a named graph for each.",
        )
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise Problem(
            "several-structures",
            f"The structure {twice[0]} is given twice. Give each option an IRI of its own.",
            extra={"structures": twice},
        )
    if baseline is None:
        return 0
    for position, name in enumerate(names):
        if baseline in (name, local_name(name)):
            return position
    raise Problem(
        "bad-parameter",
        f"The baseline “{baseline[:80]}” is none of the structures. They are {', '.join(names)}.",
        extra={"parameter": "baseline", "known": names},
    )


def _assessed(pipeline: Pipeline, description: Description, options: Options) -> Compared:
    assessment = pipeline.assess(description, options)
    return Compared(assessment, build_report(assessment, pipeline.rulebook))


def _title(compared: Compared) -> str:
    description = compared.assessment.description
    found = description.graph.text(description.structure, DCT.title)
    return found or local_name(compared.structure)


def _option(compared: Compared) -> Json:
    report = compared.report
    kept = ("verdict", "verdictMeaning", "breaches", "undecided", "status", "authorities")
    return {
        "structure": compared.structure,
        "title": _title(compared),
        **{key: report[key] for key in (*kept, "summary", "engineFailure")},
    }


# --- what is changed ---------------------------------------------------------------------------------


def _changes(rows: list[Json], option: Compared, base: Compared) -> Json:
    """What an option does to the outcomes of the baseline, by kind of change."""
    found: dict[str, list[Json]] = {kind: [] for kind in CHANGES}
    for row in rows:
        cells = {o["structure"]: o for o in row["outcomes"]}
        before, after = cells[base.structure], cells[option.structure]
        kind = kind_of_change(before["outcome"], after["outcome"])
        if kind:
            found[kind].append(
                {key: row[key] for key in ("id", "title", "force", "authority", "authorityName")}
                | {"before": before["outcome"], "after": after["outcome"]}
                | {"reason": after["reason"], "severity": after["severity"] or before["severity"]}
            )
    return {"structure": option.structure, **found}


# --- what is counted and what is scored -----------------------------------------------------------

_Taken = list[tuple[Compared, tuple[Counted, ...]]]


def _measure(measure: Measure, taken: _Taken) -> Json:
    return {
        "id": measure.id,
        "title": measure.title,
        "description": measure.description,
        "countedFor": measure.kind_noun,
        "noun": measure.noun,
        "nounPlural": measure.plural,
        "summedUpAs": local_name(measure.summing),
        "values": [
            {
                "structure": option.structure,
                "summary": Measures.summary(measure, found),
                "things": [
                    {
                        "iri": str(c.thing.value),
                        "name": c.name,
                        "number": c.number,
                        "counted": list(c.counted),
                        "facts": [fact_as_json(f) for f in c.facts],
                    }
                    for c in found
                    if c.number
                ],
            }
            for option, found in taken
        ],
    }


def _scores(scores: Sequence[Score], compared: Sequence[Compared]) -> list[Json]:
    factors = dict.fromkeys(s.factor for s in scores)
    return [_factor([s for s in scores if s.factor == factor], compared) for factor in factors]


def _factor(scores: Sequence[Score], compared: Sequence[Compared]) -> Json:
    first, by_option = scores[0], {str(s.option.value): s for s in scores}
    return {
        "factor": str(first.factor.value),
        "title": first.factor_title,
        "benchmark": str(first.benchmark.value) if first.benchmark else None,
        "values": [
            {
                "structure": c.structure,
                "symbol": s.symbol if (s := by_option.get(c.structure)) else None,
                "rank": s.rank if s else None,
                "meaning": s.meaning if s else None,
                "reason": s.reason if s else None,
                "sources": list(s.sources) if s else [],
            }
            for c in compared
        ],
    }


def _differences(
    counts: Sequence[tuple[Measure, _Taken]], scores: Sequence[Score], compared: Sequence[Compared]
) -> list[Json]:
    """Each score beside each count that bears on its factor, both against the benchmark."""
    titles = {c.structure: _title(c) for c in compared}
    found = []
    for measure, taken in counts:
        summaries = {c.structure: Measures.summary(measure, things) for c, things in taken}
        for bearing in measure.bearings:
            for score in scores:
                if score.factor == bearing.factor:
                    found += _beside(measure, bearing, score, summaries, titles)
    return sorted(found, key=lambda d: (d["agrees"], d["factor"], d["structure"], d["measure"]))


def _beside(
    measure: Measure,
    bearing: Bearing,
    score: Score,
    summaries: dict[str, int | None],
    titles: dict[str, str],
) -> list[Json]:
    """One score beside one count; nothing where the benchmark or a number is missing."""
    structure = str(score.option.value)
    benchmark = str(score.benchmark.value) if score.benchmark else ""
    own, base = summaries.get(structure), summaries.get(benchmark)
    if structure == benchmark or own is None or base is None or score.rank is None:
        return []
    by_count = _sign(own - base) * (1 if bearing.better_when_more else -1)
    by_score = _sign(score.rank)
    return [
        {
            "structure": structure,
            "factor": str(score.factor.value),
            "factorTitle": score.factor_title,
            "measure": measure.id,
            "measureTitle": measure.title,
            "symbol": score.symbol,
            "scoreMeaning": score.meaning,
            "count": own,
            "countInWords": measure.words(own),
            "benchmark": benchmark,
            "benchmarkCount": base,
            "agrees": by_count == by_score,
            "statement": (
                f"{titles[structure]}: the document scores it {score.symbol} for "
                f"{score.factor_title} ({score.meaning}); counted, it is {measure.words(own)} "
                f"where {titles[benchmark]} has {base}"
            ),
            "why": bearing.reason,
            "sources": list(score.sources),
        }
    ]


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _commitments(
    known: Sequence[Graph], compared: Sequence[Compared], pipeline: Pipeline
) -> list[Json]:
    authorities: list[Term] = []
    for option in compared:
        authorities += option.assessment.description.authorities
    rulebook = pipeline.rulebook
    labels = compared[0].assessment.facts
    found = []
    for commitment in commitments_in(known, authorities, rulebook):
        kept = [(c, kept_by(commitment, c.assessment, rulebook)) for c in compared]
        found.append(
            {
                "commitment": str(commitment.iri.value),
                "kind": commitment.kind_label,
                "gist": commitment.gist,
                "parties": [labels.label(p) for p in commitment.parties],
                "sources": list(commitment.sources),
                "values": [
                    {
                        "structure": c.structure,
                        "outcome": k.outcome,
                        "tests": list(k.tests),
                        "facts": [fact_as_json(f) for f in k.facts],
                    }
                    for c, k in kept
                ],
            }
        )
    return found


def _notes(compared: Sequence[Compared], base: Compared, asked: date | None) -> list[str]:
    notes = []
    if asked is None:
        day = day_in_words(base.assessment.day)
        others = sorted(
            {
                day_in_words(c.assessment.description.day)
                for c in compared
                if c.assessment.description.day not in (None, base.assessment.day)
            }
        )
        if others:
            notes.append(
                f"All options are assessed on the baseline's day, {day}; some speak for "
                f"{', '.join(others)}."
            )
    hypothetical = {note for c in compared for note in as_if_in_force(c.assessment)}
    if hypothetical:
        day = day_in_words(base.assessment.day)
        notes.append(f"What is not in force is assessed as if it were, on {day}.")
    said = [n for c in compared for n in c.report["notes"] if n not in hypothetical]
    notes += dict.fromkeys(said)
    names = [{a["name"] for a in c.report["authorities"]} for c in compared]
    partly = sorted(set.union(*names) - set.intersection(*names))
    if partly:
        notes.append(f"Not every option describes {', '.join(partly)}.")
    return notes
