"""From facts to outcomes: every rule for every authority that a description describes.

Owns: DESIGN's table of outcomes, the only law-like thing in Python, and the joining of facts to them.
Must not know any rule, nor how a report looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from dutygraph.dates import Certainty, day_in_words
from dutygraph.description import Description
from dutygraph.engines import Engine, EngineFailed, Result
from dutygraph.entries import Applies, Ask, Entry, Need, Part
from dutygraph.evidence import Fact, Facts
from dutygraph.inference import infer
from dutygraph.outcomes import Assessment, Draft, FailedPart, Row
from dutygraph.rulebook import Rulebook
from dutygraph.scope import class_facts, register_facts, scope_of
from dutygraph.settling import Settling, bindings_of
from dutygraph.state import State, state_on
from dutygraph.terms import CODE, DG
from dutygraph.triples import Graph, NamedNode, Term, Triple

_RECORD_KEEPER = "whoever keeps the council's records"


def assess(
    description: Description,
    *,
    rulebook: Rulebook,
    engine: Engine,
    as_at: date,
    law_as_at: date | None = None,
    assume_complete: bool = False,
    rules: Sequence[Entry] | None = None,
) -> Assessment:
    """Assess a description on a day.

    Args:
        description: what is described.
        rulebook: the law.
        engine: the SHACL engine that tests the parts.
        as_at: the day of the structure.
        law_as_at: the day of the law; the day of the structure where None.
        assume_complete: take every list as complete.
        rules: those to assess; every rule where None. The engine may have the shapes of these alone.

    Returns:
        One row for every rule and described authority, and for every subject that a rule finds.

    Raises:
        Problem: `bad-date`, where the description's dates cannot be used.
    """
    law_day = law_as_at or as_at
    background = rulebook.background(law_day)
    mentioned = {t.object for t in description.graph} | set(description.authorities)
    register = register_facts(rulebook, mentioned, as_at)
    state = state_on(as_at, description, rulebook.schema, register)
    for fact in class_facts(rulebook, state, law_day):
        state.add(fact, Certainty.CERTAIN, [fact.subject])
    state = infer(state, rulebook.entailments, rulebook.prefixes, background)
    run = _Run(description, rulebook, engine, state, background, as_at, law_day, assume_complete)
    rows = [
        row
        for entry in (rulebook.rules if rules is None else rules)
        for authority in description.authorities
        for row in run.rows(entry, authority)
    ]
    return Assessment(
        description=description,
        day=as_at,
        law_day=law_day,
        engine=engine.version,
        engine_failure=run.engine_failure,
        assume_complete=assume_complete,
        rows=tuple(rows),
        inferred=run.facts.inferred(rulebook),
        state=state,
        facts=run.facts,
    )


class _Run:
    """One assessment in progress: the two graphs, the engine's results on each, and the index."""

    def __init__(
        self,
        description: Description,
        rulebook: Rulebook,
        engine: Engine,
        state: State,
        background: tuple[Triple, ...],
        as_at: date,
        law_day: date,
        assume_complete: bool,
    ) -> None:
        self.rulebook, self.state = rulebook, state
        self.as_at, self.law_day = as_at, law_day
        self.disputed = description.accounts.disputed
        self.certain = Graph([*state.certain, *background])
        same = state.certain == state.full
        self.full = self.certain if same else Graph([*state.full, *background])
        self.engine_failure = ""
        self.results: dict[int, dict[tuple[str, str], list[Result]]] = {}
        try:
            first = _by_part(engine.validate(self.certain.ntriples()))
            second = first if same else _by_part(engine.validate(self.full.ntriples()))
            self.results = {id(self.certain): first} | {id(self.full): second}
        except EngineFailed as error:
            self.engine_failure = str(error)
        self.facts = Facts(state, self.full, rulebook)
        self.settling = Settling(
            self.certain,
            self.full,
            self.facts,
            rulebook,
            description=description,
            assume_complete=assume_complete,
        )

    # --- rows ----------------------------------------------------------------------------------

    def rows(self, entry: Entry, authority: NamedNode) -> list[Row]:
        """The rows of one rule for one authority, at least one."""
        scope = scope_of(self.rulebook, entry, authority, self.state, self.law_day)
        draft = Draft()
        if scope.applies is Applies.NO:
            draft.say("inapplicable", self.facts.fill(scope.reason, authority))
        elif scope.applies is Applies.UNKNOWN:
            ask = self._ask(Ask(scope.reason, scope.ask_whom, scope.how_to_say), authority, None)
            draft.say("cantTell", ask.fact)
            draft.missing.append(ask)
        elif missing := self.rulebook.missing_parameters(entry, self.law_day):
            draft.say("untested", "the rulebook has no value on that day for " + ", ".join(missing))
        elif self.engine_failure:
            draft.say("untested", self.engine_failure)
        if draft.outcomes:
            return [self._row(entry, authority, None, draft, ())]
        if entry.condition is None:
            return [self._decide(entry, authority, None)]
        return self._under_condition(entry, authority)

    def _under_condition(self, entry: Entry, authority: NamedNode) -> list[Row]:
        """DESIGN, Outcomes, step 2."""
        condition = entry.condition
        assert condition
        certain = self._subjects(self.certain, condition.pattern, authority)
        full = self._subjects(self.full, condition.pattern, authority)
        draft = Draft()
        if not full:
            closed = self.settling.settled(condition.settled_by, authority, None, draft)
            outcome = "inapplicable" if closed else condition.silent_outcome
            # Something is described that may be what the condition looks for.
            if not closed and condition.open_when:
                pattern = condition.open_when
                if self.settling.match(self.full, pattern, authority, None):
                    outcome = "cantTell"
                    draft.extra_facts += self._evidence(entry, self.full, authority, None)
            statement = self.facts.fill(condition.statement, authority)
            if closed:
                draft.say(outcome, f"it is stated not to be so that {statement}")
            elif outcome == "inapplicable":
                draft.say(outcome, f"nothing described says that {statement}")
            else:
                draft.say(outcome, f"nothing says whether {statement}")
                draft.missing.append(self._ask(condition.ask, authority, None))
            return [self._row(entry, authority, None, draft, draft.extra_facts)]
        rows = []
        for subject in sorted(full, key=str):
            if subject in certain:
                rows.append(self._decide(entry, authority, subject))
                continue
            draft = Draft()
            facts = self._evidence(entry, self.full, authority, subject)
            self._leave_to_date(entry, authority, subject, draft, condition.ask, facts)
            rows.append(self._row(entry, authority, subject, draft, facts))
        return rows

    def _subjects(self, graph: Graph, pattern: str, authority: NamedNode) -> set[Term | None]:
        return {row.get("subject") for row in self.settling.match(graph, pattern, authority, None)}

    def _decide(self, entry: Entry, authority: NamedNode, subject: Term | None) -> Row:
        """DESIGN, Outcomes, steps 3 to 8."""
        draft = Draft()
        for part in entry.parts:
            self._decide_part(part, entry, authority, subject, draft)
        failed = "failed" in draft.outcomes
        graph = self.full if failed or "cantTell" in draft.outcomes else self.certain
        facts = self._evidence(entry, graph, authority, subject)
        if not failed:
            self._check_needs(entry, authority, subject, draft)
            if entry.judgement:
                facts += self._judge(entry, authority, draft)
            if not (facts or draft.extra_facts or "cantTell" in draft.outcomes):
                facts += self._nothing_decides(entry, authority, subject, draft)
            facts += self._let_claims_decide(entry, authority, draft)
        if draft.worst == "inapplicable":
            draft.say("passed")
        if draft.worst == "passed":
            self._add_caveats(entry, authority, subject, draft)
        return self._row(entry, authority, subject, draft, [*facts, *draft.extra_facts])

    def _decide_part(
        self,
        part: Part,
        entry: Entry,
        authority: NamedNode,
        subject: Term | None,
        draft: Draft,
    ) -> None:
        """DESIGN, Outcomes, steps 3 to 5 for one part."""
        on_certain = self._violations(part, authority, subject, self.certain)
        on_full = self._violations(part, authority, subject, self.full)
        # What holds possibly can cure an absence; it can also bring a new thing to ask about, and
        # that is then open, not failed.
        decisive = on_certain if part.presence else [v for v in on_full if v in on_certain]
        if not decisive:
            if on_certain or on_full:
                facts = self._evidence(entry, self.full, authority, subject)
                self._leave_to_date(entry, authority, subject, draft, part.ask, facts)
            else:
                draft.say("passed")
            return
        values = tuple(v for v in decisive if v and v != str(subject) and v != str(authority))
        if part.presence or self.settling.settled(part.settled_by, authority, subject, draft):
            message = self.facts.fill(part.fail_message, authority, subject, values)
            draft.say("failed", message)
            remedy = self.facts.fill(part.remedy, authority, subject, values)
            draft.failed.append(FailedPart(part, message, remedy, values))
            return
        draft.say("cantTell", "it is not stated, and nothing says that all is stated")
        for value in values or ("",):
            draft.missing.append(self._ask(part.ask, authority, subject, (value,) if value else ()))

    def _violations(
        self, part: Part, authority: NamedNode, subject: Term | None, graph: Graph
    ) -> list[str]:
        """The values of the results of a part for an authority (and, where there is one, a subject)."""
        results = self.results[id(graph)].get((part.iri.value, str(authority)), [])
        if subject is not None:
            results = [r for r in results if r.value == str(subject)]
        return sorted(r.value for r in results)

    def _leave_to_date(
        self,
        entry: Entry,
        authority: NamedNode,
        subject: Term | None,
        draft: Draft,
        ask: Ask,
        facts: Iterable[Fact],
    ) -> None:
        """DESIGN, Outcomes, step 5: the dates leave it open."""
        contradicted = {str(t.subject.value) for t in self.disputed}
        disputed = [f for f in facts if f.node in contradicted]
        undated = [f for f in facts if f.certainty is Certainty.POSSIBLE]
        vague = disputed or undated
        day = day_in_words(self.as_at)
        what = "; ".join(f.statement for f in vague) or f"“{entry.title}”"
        asked = self.facts.fill(ask.ask_whom or _RECORD_KEEPER, authority, subject)
        if disputed or (contradicted and not undated):
            draft.say("cantTell", f"one description says so and another contradicts it: {what}")
            how = "correct the description that is wrong"
            draft.missing.append(Ask(f"which description is right: {what}?", asked, how))
            return
        draft.say("cantTell", f"the dates leave open whether it held on {day}: {what}")
        how = 'give dg:from and dg:to (or dg:on) as full dates, such as "2017-01-24"^^xsd:date'
        draft.missing.append(Ask(f"did it hold on {day} that {what}?", asked, how))

    def _nothing_decides(
        self, entry: Entry, authority: NamedNode, subject: Term | None, draft: Draft
    ) -> list[Fact]:
        """Nothing matched is not a pass: either the dates leave it open, or nothing is said."""
        possible = self._evidence(entry, self.full, authority, subject)
        if possible:
            self._leave_to_date(entry, authority, subject, draft, entry.parts[0].ask, possible)
            return possible
        draft.say("cantTell", "nothing in the description speaks to it")
        draft.missing += [self._ask(p.ask, authority, subject) for p in entry.parts]
        return []

    # --- what has to be known ------------------------------------------------------------------

    def _check_needs(
        self, entry: Entry, authority: NamedNode, subject: Term | None, draft: Draft
    ) -> None:
        """DESIGN, Outcomes, step 6."""
        for need in entry.needs:
            if not self._need_met(need, authority, subject, draft):
                ask = self._ask(need.ask, authority, subject)
                draft.say("cantTell", f"it is not stated: {ask.fact}")
                draft.missing.append(ask)

    def _need_met(
        self, need: Need, authority: NamedNode, subject: Term | None, draft: Draft
    ) -> bool:
        if need.pattern and self.settling.match(self.certain, need.pattern, authority, subject):
            return True
        return self.settling.settled(need.settled_by, authority, subject, draft)

    # --- people's word -----------------------------------------------------------------------------

    def _about(self, cls: NamedNode, slots: Mapping[NamedNode, Term]) -> list[Term]:
        """Nodes of a class, in force for certain, that have a value in each slot."""
        return [
            node
            for node in self.certain.instances(cls)
            if all(value in self.certain.objects(node, slot) for slot, value in slots.items())
        ]

    def _judge(self, entry: Entry, authority: NamedNode, draft: Draft) -> list[Fact]:
        """What only a person can decide: a judgement in force, which its end date makes expire."""
        assert entry.judgement
        nodes = self._about(DG.Judgement, {DG.judges: entry.iri, DG.judgedFor: authority})
        findings = {self.certain.value(node, DG.finding) for node in nodes}
        facts = [self.facts.of_node(node) for node in nodes]
        if not nodes:
            every = self.state.described.subjects(DG.judges, entry.iri)
            lapsed = " (a judgement is recorded, but not for this day)" if every else ""
            draft.say("cantTell", f"only a person can decide it, and nobody has{lapsed}")
            draft.missing.append(self._ask(entry.judgement, authority, None))
            return facts
        draft.modes.add("manual")
        if any(f is not None and f.value.endswith("failed") for f in findings):
            said = "; ".join(f.statement for f in facts)
            draft.say("failed", said)
            self._fail_on_word(entry, authority, said, draft)
        else:
            draft.say("passed")
        return facts

    def _let_claims_decide(self, entry: Entry, authority: NamedNode, draft: Draft) -> list[Fact]:
        """DESIGN, Outcomes, step 7: claims decide only where facts do not."""
        if "cantTell" not in draft.outcomes or "failed" in draft.outcomes:
            return []
        for assertion, outcome in ((CODE["not-met"], "failed"), (CODE.met, "passed")):
            nodes = self._claims(entry, authority, assertion)
            if not nodes:
                continue
            facts = [self.facts.of_node(node) for node in nodes]
            said = "; ".join(f.statement for f in facts)
            draft.outcomes, draft.reasons, draft.missing = [], [], []
            draft.say(outcome, f"its author asserts it: {said}")
            if outcome == "failed":
                self._fail_on_word(entry, authority, draft.reason, draft)
            return facts
        return []

    def _fail_on_word(self, entry: Entry, authority: NamedNode, message: str, draft: Draft) -> None:
        """A failure on somebody's word is reported by the first part, whose remedy holds for it."""
        if entry.parts:
            part = entry.parts[0]
            remedy = self.facts.fill(part.remedy, authority)
            draft.failed.append(FailedPart(part, message, remedy))

    def _claims(self, entry: Entry, authority: NamedNode, assertion: Term) -> list[Term]:
        """Claims on a rule for an authority; one that names no authority speaks for all described."""
        return [
            node
            for node in self._about(DG.Claim, {DG.claims: entry.iri, DG.asserts: assertion})
            if authority in (self.certain.objects(node, DG.claimedFor) or [authority])
        ]

    def _departure(self, entry: Entry, authority: NamedNode, draft: Draft) -> Fact | None:
        """Comply or explain: a departure in force, where the force of the rule admits one."""
        nodes = self._about(
            DG.Departure, {DG.departsFrom: entry.iri, DG.departingAuthority: authority}
        )
        for node in nodes:
            if not entry.force.admits_departure:
                draft.caveats.append(
                    "a departure is recorded and not accepted: this is a duty in law"
                )
            elif not self.certain.text(node, DG.reason) or not self.certain.objects(
                node, DG.approvedBy
            ):
                draft.caveats.append(
                    "a departure is recorded and not accepted: it gives no reason or no approver"
                )
            else:
                return self.facts.of_node(node)
        return None

    # --- putting a row together ----------------------------------------------------------------------

    def _add_caveats(
        self, entry: Entry, authority: NamedNode, subject: Term | None, draft: Draft
    ) -> None:
        for part in entry.parts:
            scratch = Draft()
            if part.caveat and not self.settling.settled(
                part.settled_by, authority, subject, scratch
            ):
                draft.caveats.append(self.facts.fill(part.caveat, authority, subject))

    def _evidence(
        self, entry: Entry, graph: Graph, authority: NamedNode, subject: Term | None
    ) -> list[Fact]:
        if not entry.evidence_query:
            return []
        query = self.rulebook.prefixes + entry.evidence_query
        return self.facts.of_triples(graph.construct(query, bindings_of(authority, subject)))

    def _ask(
        self,
        ask: Ask,
        authority: NamedNode,
        subject: Term | None,
        values: tuple[str, ...] = (),
    ) -> Ask:
        fill = self.facts.fill
        return Ask(
            fill(ask.fact, authority, subject, values),
            fill(ask.ask_whom, authority, subject, values),
            self.facts.fill_code(ask.how_to_say, authority, subject, values),
        )

    def _row(
        self,
        entry: Entry,
        authority: NamedNode,
        subject: Term | None,
        draft: Draft,
        facts: Iterable[Fact],
    ) -> Row:
        outcome = draft.worst
        facts = tuple(dict.fromkeys(sorted(facts)))
        departure = self._departure(entry, authority, draft) if outcome == "failed" else None
        warnings = [
            self.facts.of_node(node)
            for assertion in (CODE["at-risk"], CODE.conditional)
            for node in self._claims(entry, authority, assertion)
        ]
        decided = outcome in ("passed", "failed")
        reason = draft.reason
        if outcome == "passed" and not reason:
            reason = self.facts.fill(entry.pass_message, authority, subject)
        return Row(
            entry=entry,
            authority=authority,
            subject=subject,
            outcome=outcome,
            severity=self._severity(entry, outcome, departure),
            basis=self.facts.weakest(facts) if decided else "",
            reason=reason,
            mode=_mode(draft.modes, entry),
            assumed=draft.assumed,
            caveats=tuple(dict.fromkeys(draft.caveats)),
            facts=facts,
            missing=tuple(dict.fromkeys(draft.missing)) if not decided else (),
            failed_parts=tuple(draft.failed),
            departure=departure,
            warnings=tuple(warnings),
        )

    @staticmethod
    def _severity(entry: Entry, outcome: str, departure: Fact | None) -> str:
        if outcome == "failed":
            return "info" if departure else entry.force.severity
        return "undecided" if outcome in ("cantTell", "untested") else ""


def _mode(modes: set[str], entry: Entry) -> str:
    if "manual" not in modes:
        return "automatic"
    return "semiAuto" if entry.parts else "manual"


def _by_part(results: frozenset[Result]) -> dict[tuple[str, str], list[Result]]:
    found: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        found.setdefault((result.shape, result.focus), []).append(result)
    return found
