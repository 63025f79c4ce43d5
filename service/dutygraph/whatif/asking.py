"""What a change would do, as JSON values: the one form from which every other is rendered.

Owns: putting together what is found, for the council that changes and for its partners. Must not
compare outcomes, look for what bears on them, or render.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dutygraph.comparing.side_by_side import Compared
from dutygraph.dates import Certainty, day_in_words
from dutygraph.description import Description
from dutygraph.errors import Problem
from dutygraph.outcomes import Assessment
from dutygraph.pipeline import Options, Pipeline
from dutygraph.report import Json, as_if_in_force, build_report, fact_as_json
from dutygraph.terms import DCT
from dutygraph.triples import Term, local_name
from dutygraph.whatif.bearing import Bearing
from dutygraph.whatif.changes import Change, between, patched, redescribed
from dutygraph.whatif.effects import effects_of
from dutygraph.whatif.partners import reached_by
from dutygraph.whatif.patches import read_patch

__all__ = ["after_patch", "what_if"]

# Each is an assessment with every rule: some tenths of a second for a council's whole description.
_MOST_TRIALS = 60
_MOST_PARTNERS = 8
_Step = Callable[[str], None]


def after_patch(pipeline: Pipeline, before: Description, patch: bytes) -> Description:
    """A description after an RDF Patch.

    Raises:
        Problem: `bad-patch`, `patch-does-not-apply`, or what the door refuses of its statements.
    """
    rows = read_patch(patch, pipeline.limits)
    return patched(before, rows, pipeline.vocabulary, pipeline.limits)


def what_if(
    pipeline: Pipeline,
    before: Description,
    after: Description,
    options: Options,
    partners: Sequence[Description] = (),
    step: _Step = lambda what: None,
) -> Json:
    """What a change would do.

    Args:
        pipeline: rules and engines.
        before, after: one structure at two times; after a patch, from `after_patch`.
        options: as for an assessment; without a day, everything is assessed on that of `before`.
        partners: other councils' own descriptions.
        step: called with what is done next.

    Returns:
        The change, what it does to each outcome and which of its statements bear on that, and the
        same of each partner with the changed arrangement in its closure.

    Raises:
        Problem: `no-day`; `bad-parameter`, for too many partners; as `describe`.
    """
    if len(partners) > _MOST_PARTNERS:
        raise Problem(
            "bad-parameter",
            f"There are {len(partners)} partners; at most {_MOST_PARTNERS} are looked at in one go.",
        )
    change = between(before, after)
    same = replace(options, as_at=options.as_at or before.day)
    renamed = redescribed(change.after, after)
    step("Assessing before the change")
    first = _assessed(pipeline, before, same)
    step("Assessing after the change")
    second = _assessed(pipeline, renamed, same)
    report = second.report
    return {
        "asAt": report["asAt"],
        "lawAsAt": report["lawAsAt"],
        "assumed": report["assumed"],
        "before": _side(first, before.structure),
        "after": _side(second, after.structure),
        "change": {
            "removed": sorted(map(str, change.removed)),
            "added": sorted(map(str, change.added)),
            "factsBefore": _facts(change, first.assessment),
            "facts": _facts(change, second.assessment),
        },
        **_effects(pipeline, change, first, second, same, step),
        "partners": [_partner(pipeline, change, p, same, step) for p in partners],
        "rulebook": report["rulebook"],
        "engine": report["engine"],
        "software": report["software"],
        "notice": report["notice"],
        "notes": _notes(change, first, second, options),
    }


def _assessed(pipeline: Pipeline, description: Description, options: Options) -> Compared:
    assessment = pipeline.assess(description, options)
    return Compared(assessment, build_report(assessment, pipeline.rulebook))


def _side(compared: Compared, structure: Term) -> Json:
    description, report = compared.assessment.description, compared.report
    title = description.graph.text(description.structure, DCT.title)
    name = str(structure.value)
    kept = ("status", "verdict", "summary", "breaches", "undecided", "authorities", "data")
    return {
        "structure": name,
        "title": title or local_name(name),
        **{key: report[key] for key in (*kept, "engineFailure")},
    }


def _facts(change: Change, assessment: Assessment) -> list[Json]:
    """The nodes that the change touches, in words, as one side has them."""
    described = {t.subject for t in assessment.description.graph}
    touched = [s for s in change.by_subject if s in described and s != change.structure]
    return [fact_as_json(f) for f in sorted(map(assessment.facts.of_anything, touched))]


def _effects(
    pipeline: Pipeline,
    change: Change,
    first: Compared,
    second: Compared,
    options: Options,
    step: _Step,
) -> Json:
    """What becomes of the outcomes, with what bears on each that comes or goes."""
    found = effects_of(first, second)

    def assess(description: Description) -> Assessment:
        return pipeline.assess(description, options)

    after = second.assessment.description
    bearing = Bearing(change, after, assess, _MOST_TRIALS, step)
    for item in (*found["introduced"], *found["resolved"]):
        item["bearing"] = bearing.of(item)
    return found


def _partner(
    pipeline: Pipeline, change: Change, partner: Description, options: Options, step: _Step
) -> Json:
    """The same of a partner's own description, with the changed arrangement in it."""
    reached = reached_by(change, partner)
    step("Assessing a partner before the change")
    first = _assessed(pipeline, reached.before, options)
    if not reached.subjects:
        nothing: Json = {"concerned": False, "subjects": [], "factsBefore": [], "facts": []}
        return {**_side(first, partner.structure), **nothing, **effects_of(first, first)}
    step("Assessing a partner after the change")
    second = _assessed(pipeline, reached.after, options)
    own = Change(frozenset(reached.before.graph), frozenset(reached.after.graph), partner.structure)
    return {
        **_side(second, partner.structure),
        "concerned": True,
        "subjects": [str(s.value) for s in reached.subjects],
        "factsBefore": _facts(own, first.assessment),
        "facts": _facts(own, second.assessment),
        **_effects(pipeline, own, first, second, options, step),
    }


def _of_one_time(before: Assessment, after: Assessment) -> list[str]:
    """The authorities that are described at one of the two times only, of whom no outcome changes."""
    sides = ((before, after, ""), (after, before, " but what it does not meet then"))
    return [
        f"{one.facts.label(authority)} is described only {when} the change: of its duties nothing is "
        f"told{told}."
        for (one, other, told), when in zip(sides, ("before", "after"), strict=True)
        for authority in one.description.authorities
        if authority not in other.description.authorities
    ]


def _notes(change: Change, first: Compared, second: Compared, options: Options) -> list[str]:
    notes = []
    before, after = first.assessment, second.assessment
    day = day_in_words(after.day)
    if not change.by_subject:
        notes.append("Nothing is changed: both say the same.")
    notes += _of_one_time(before, after)
    own = after.description.day
    if options.as_at is None and own not in (None, after.day):
        notes.append(
            f"Both are assessed on {day}, the day of what is before; what is after speaks for "
            f"{day_in_words(own)}."
        )
    late = [
        s
        for s in change.by_subject
        if (record := after.state.nodes.get(s)) is not None
        and record.dated
        and record.certainty is Certainty.NO
        and change.by_subject[s][1]
    ]
    if late:
        notes.append(
            f"{len(late)} of the things that the change adds or alters do not hold on {day}, by their "
            "own dates, and change nothing then; ask for another day to see what they do."
        )
    notes += dict.fromkeys([*as_if_in_force(before), *as_if_in_force(after)])
    notes += dict.fromkeys(n for n in second.report["notes"] if n not in notes)
    return notes
