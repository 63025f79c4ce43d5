"""Whether sides agree, as JSON values: the one form from which every other is rendered.

Owns: which arrangements are between the sides, the verdict and the whole report. Must not compare
answers, assess, or know a kind of arrangement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from dutygraph.agreeing.agenda import Agenda, Matter
from dutygraph.agreeing.jointly import bearing_on, changed, newly_breached
from dutygraph.agreeing.likeness import alike, namesakes
from dutygraph.agreeing.merging import merged
from dutygraph.agreeing.pairing import Pairing, paired
from dutygraph.agreeing.saying import parties_in
from dutygraph.agreeing.sides import Side, common_day, sides_of
from dutygraph.agreeing.telling import told
from dutygraph.agreeing.weighing import Point, points_of
from dutygraph.dates import day_in_words
from dutygraph.description import Description
from dutygraph.outcomes import Assessment
from dutygraph.pipeline import Options, Pipeline
from dutygraph.report import Json, build_report
from dutygraph.terms import DCT, DG, RDF
from dutygraph.triples import Graph, Term, Triple, local_name

__all__ = ["agree", "exit_code"]


def agree(
    pipeline: Pipeline,
    descriptions: Sequence[Description],
    options: Options,
    step: Callable[[str], None] = lambda what: None,
) -> Json:
    """Hold what several sides say of the arrangements between them against each other.

    Args:
        pipeline: rules, engines and what is to be compared.
        descriptions: two or more, each the word of the authorities that its structure describes.
        options: the day of all, where they do not share one; the day of the law; the engine. What is
            not stated is never taken not to be so: silence contradicts nobody.
        step: called with what is done next.

    Returns:
        Each arrangement with what every side says of it, what looks alike, and the rules that come to
        something else where all are read together.

    Raises:
        Problem: `bad-parameter`, where there are fewer than two descriptions or too many; `no-day`.
    """
    agenda = Agenda.of(pipeline.rulebook)
    day = common_day(descriptions, options.as_at)
    same = Options(day, options.law_as_at, False, options.engine)
    slots = pipeline.rulebook.speaks_for
    pairing = paired(
        descriptions,
        agenda.correspondences,
        pipeline.vocabulary.protected,
        [cls for cls, _ in slots],
    )
    assessments = []
    for description in pairing.descriptions:
        step(f"Assessing {local_name(str(description.structure.value))}")
        assessments.append(pipeline.assess(description, same))
    reports = [build_report(a, pipeline.rulebook) for a in assessments]
    sides = sides_of(assessments, reports, pairing.own)
    step("Holding them against each other")
    between = _Between(sides, agenda)
    step("Assessing all of them together")
    together = merged(sides, day, between.disputed, slots)
    joint = pipeline.assess(together, same)
    joint_report = build_report(joint, pipeline.rulebook)
    rows = changed(sides, joint, joint_report)
    arrangements = [
        _arrangement(found, sides, pairing, agenda, joint, joint_report)
        for found in between.arrangements
    ]
    points = [point for a in arrangements for point in a["points"]]
    counts = {o: sum(1 for p in points if p["outcome"] == o) for o in agenda.outcomes}
    verdict = _verdict(points)
    return {
        "verdict": verdict,
        "verdictName": agenda.names[verdict][0],
        "verdictMeaning": agenda.names[verdict][1],
        "asAt": joint_report["asAt"],
        "lawAsAt": joint_report["lawAsAt"],
        "sides": [_side(side) for side in sides],
        "outcomes": {o: agenda.names[o][0] for o in agenda.outcomes},
        "counts": {"arrangements": len(arrangements), **counts},
        "conflicts": [
            {"arrangement": a["iri"], "name": a["name"], "matter": a["matter"]}
            | {key: p[key] for key in ("aspect", "title", "about", "sentence", "remedy")}
            for a in arrangements
            for p in a["points"]
            if p["outcome"] == "contradicts"
        ],
        "arrangements": arrangements,
        "suggestions": alike(sides, agenda, between.speakers),
        "namesakes": namesakes(sides),
        "rules": rows,
        "breachedTogether": len(newly_breached(rows)),
        "together": {
            key: joint_report[key] for key in ("verdict", "breaches", "undecided", "summary")
        },
        "rulebook": joint_report["rulebook"],
        "engine": joint_report["engine"],
        "engineFailure": next(
            (r["engineFailure"] for r in (*reports, joint_report) if r["engineFailure"]), None
        ),
        "software": joint_report["software"],
        "notice": joint_report["notice"],
        "notes": [*_notes(sides, day, pairing, between), *together.notes],
    }


def exit_code(agreed: Json) -> int:
    """1 where the sides conflict, where a duty in law fails only when they are read together, or where
    nothing could be compared; else 0.

    Args:
        agreed: from `agree`.
    """
    breached = any(
        r["together"]["severity"] == "violation" for r in newly_breached(agreed["rules"])
    )
    return int(agreed["verdict"] in ("conflicts", "nothing-between-them") or breached)


class _Found:
    """An arrangement between councils of different sides, with its points."""

    def __init__(
        self,
        subject: Term,
        matter: Matter,
        parties: frozenset[Term],
        concerned: Sequence[Side],
        agenda: Agenda,
    ) -> None:
        self.subject, self.matter, self.parties = subject, matter, parties
        self.concerned = concerned
        self.points: list[Point] = points_of(agenda.aspects_of(matter), subject, concerned, agenda)


class _Between:
    """The arrangements between the authorities of different sides that hold on the day."""

    def __init__(self, sides: Sequence[Side], agenda: Agenda) -> None:
        self.speakers = frozenset(a for side in sides for a in side.authorities)
        self.arrangements: list[_Found] = []
        self.of_one_voice = 0
        everything = Graph(t for side in sides for t in side.on_day)
        for matter in agenda.matters:
            found = parties_in(everything, matter, agenda)
            for subject in sorted(found, key=str):
                self._add(subject, found[subject], matter, sides, agenda)

    def _add(
        self,
        subject: Term,
        parties: frozenset[Term],
        matter: Matter,
        sides: Sequence[Side],
        agenda: Agenda,
    ) -> None:
        if len(parties & self.speakers) < 2:
            return
        concerned = [s for s in sides if s.authorities & parties or s.speaks_of(subject)]
        if len(concerned) < 2:
            self.of_one_voice += 1
            return
        found = _Found(subject, matter, parties, concerned, agenda)
        if found.points:
            self.arrangements.append(found)

    @property
    def disputed(self) -> frozenset[Triple]:
        """The statements on which the sides conflict."""
        return frozenset(t for a in self.arrangements for p in a.points for t in p.disputed)


def _verdict(points: Sequence[Json]) -> str:
    outcomes = {p["outcome"] for p in points}
    if not outcomes:
        return "nothing-between-them"
    if "contradicts" in outcomes:
        return "conflicts"
    one_sided = outcomes & {"one-side-says", "perhaps-the-same"}
    return "one-side-is-silent" if one_sided else "agrees"


def _arrangement(
    found: _Found,
    sides: Sequence[Side],
    pairing: Pairing,
    agenda: Agenda,
    joint: Assessment,
    joint_report: Json,
) -> Json:
    subject, matter = found.subject, found.matter
    speaking = [s for s in found.concerned if s.speaks_of(subject)]
    points = [told(p, subject, found.concerned, joint.facts, agenda) for p in found.points]
    return {
        "iri": str(subject.value),
        "name": _name(subject, speaking),
        "matter": matter.title,
        "matterMeaning": matter.description,
        "parties": [
            {"iri": str(p.value), "name": joint.facts.label(p)}
            for p in sorted(found.parties, key=str)
            if Triple(p, RDF.type, DG.Authority) in joint.facts.graph
        ],
        "outcome": agenda.worst([p["outcome"] for p in points]),
        "pairedBy": _paired_by(subject, speaking, sides, pairing.stated),
        "sides": [
            {
                "side": s.letter,
                "speaks": s in speaking,
                "iri": s.own_name(subject) if s in speaking else None,
                "name": s.facts.label(subject) if s in speaking else None,
            }
            for s in found.concerned
        ],
        "points": points,
        "rules": bearing_on(subject, matter, found.parties, joint_report, joint.facts.graph),
    }


def _name(subject: Term, speaking: Sequence[Side]) -> str:
    names = {s.facts.label(subject) for s in speaking if _titled(s, subject)}
    return " / ".join(sorted(names or {s.facts.sentence(subject) for s in speaking}))


def _titled(side: Side, subject: Term) -> bool:
    """Whether a side gives a name, and not only an identifier."""
    return side.facts.label(subject) != local_name(str(subject.value)).replace("-", " ")


def _paired_by(
    subject: Term,
    speaking: Sequence[Side],
    sides: Sequence[Side],
    stated: Mapping[Term, frozenset[int]],
) -> Json:
    """Why what the sides say is taken to be of one thing: one identifier, or somebody says so."""
    said_by = [sides[at].letter for at in sorted(stated.get(subject, ()))]
    if len(speaking) < 2:
        return {"how": "one-side-describes-it", "saidBy": said_by}
    return {"how": "stated" if said_by else "same-identifier", "saidBy": said_by}


def _side(side: Side) -> Json:
    description, report = side.description, side.report
    return {
        "side": side.letter,
        "name": side.name,
        "structure": report["structure"],
        "title": description.graph.text(description.structure, DCT.title)
        or local_name(report["structure"]),
        "status": report["status"],
        "day": description.day.isoformat() if description.day else None,
        "authorities": report["authorities"],
        "verdict": report["verdict"],
        "data": report["data"],
    }


def _notes(sides: Sequence[Side], day: date, pairing: Pairing, between: _Between) -> list[str]:
    notes = list(pairing.notes)
    for side in sides:
        notes += [f"{side.name}: {note}" for note in side.description.notes]
        spoken = side.description.day
        if spoken and spoken != day:
            notes.append(
                f"{side.name} speaks for {day_in_words(spoken)} and is taken on {day_in_words(day)}; "
                "what it does not date may have been otherwise."
            )
    for name in sorted({s["name"] for side in sides for s in side.report["authorities"]}):
        letters = [s for s in sides if name in [a["name"] for a in s.report["authorities"]]]
        if len(letters) > 1:
            notes.append(
                f"{name} is described by {len(letters)} of the sides; each is taken as a word of its own."
            )
    together = [side for side in sides if len(side.authorities) > 1]
    notes += [
        f"{side.name}: one description of several councils is the word of them together."
        for side in together
    ]
    statuses = sorted({str(s.report["status"]) for s in sides})
    if len(statuses) > 1:
        notes.append(
            f"The structures have different standings ({', '.join(statuses)}); read together they are "
            "taken as in force."
        )
    if between.of_one_voice:
        count = between.of_one_voice
        notes.append(
            f"{count} {'arrangement is' if count == 1 else 'arrangements are'} between councils for "
            "which one description alone speaks; nobody is there to agree or conflict."
        )
    return notes
