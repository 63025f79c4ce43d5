"""Whom the law binds on a day: the dates of a rule, the area's own date, the kind of authority.

Owns: the first step of DESIGN's outcomes. Must not look at what an authority does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dutygraph.dates import Certainty, day_in_words, words
from dutygraph.entries import Applies, Entry
from dutygraph.rulebook import Rulebook, day_of, holds_on, named
from dutygraph.state import State
from dutygraph.terms import DCT, DG, RDF, RDFS
from dutygraph.triples import Graph, NamedNode, Term, Triple


@dataclass(frozen=True)
class Scope:
    """Whether a rule binds an authority on a day, and why.

    Args:
        applies: the answer.
        reason: why not, or what would have to be known; {authority} stands for its name.
        ask_whom, how_to_say: for an answer that is not known.
    """

    applies: Applies
    reason: str = ""
    ask_whom: str = ""
    how_to_say: str = ""


def register_facts(rulebook: Rulebook, mentioned: Iterable[Term], day: date) -> Graph:
    """What the national register says of the authorities that a description mentions.

    An authority that did not exist on the day is marked as such, since no shape compares dates.
    """
    facts = Graph()
    register = rulebook.graph.instances(DG.Register)
    for authority in {m for m in mentioned if is_registered(rulebook, m)}:
        facts.update(
            t
            for t in rulebook.graph.match(authority)
            if t.predicate in (RDF.type, DG.name, DG.kind, DG.succeededBy)
        )
        facts.update(Triple(authority, DCT.source, r) for r in register)
        mark = (
            DG.ExistingAuthority if _exists(rulebook, authority, day) else DG.NonexistentAuthority
        )
        facts.add(Triple(authority, RDF.type, mark))
    return facts


def is_registered(rulebook: Rulebook, authority: Term) -> bool:
    """Whether an authority is in the national register."""
    return isinstance(authority, NamedNode) and (
        Triple(authority, RDF.type, DG.Authority) in rulebook.graph
    )


def _exists(rulebook: Rulebook, authority: Term, day: date) -> bool:
    start = day_of(rulebook.graph, authority, DG.existsFrom)
    end = day_of(rulebook.graph, authority, DG.existsTo)
    return (start is None or day >= start) and (end is None or day < end)


def class_facts(rulebook: Rulebook, state: State, law_day: date) -> list[Triple]:
    """The classes that the law puts the authorities of a state into, for the targets of shapes."""
    memberships = rulebook.graph.instances(DG.ClassMembership)
    classes = {c for m in memberships for c in rulebook.graph.objects(m, DG.memberClass)}
    found = []
    for authority in {t.subject for t in state.full if t.object == DG.Authority}:
        for cls in named(sorted(classes, key=str)):
            if _in_class(rulebook, authority, cls, state, law_day).applies is Applies.YES:
                found.append(Triple(authority, RDF.type, cls))
    return found


def scope_of(
    rulebook: Rulebook, entry: Entry, authority: Term, state: State, law_day: date
) -> Scope:
    """Whether an entry binds an authority, given a state and the day whose law applies."""
    own = entry.in_force(law_day)
    if own is Applies.NO:
        return Scope(Applies.NO, _not_in_force(entry, law_day))
    if own is Applies.UNKNOWN:
        return Scope(
            Applies.UNKNOWN,
            f"was this in force for {{authority}} on {day_in_words(law_day)}? It came into force on a day "
            f"that is not known, by {_words(entry.in_force_from)}",
            "whoever keeps the rulebook",
            "a commencement date with its source",
        )
    for switch, ends in ((entry.ends_with, True), (entry.begins_with, False)):
        if switch:
            switched = _switched(rulebook, switch, authority, state, law_day)
            if switched.applies is Applies.UNKNOWN:
                return switched
            if (switched.applies is Applies.YES) == ends:
                return Scope(Applies.NO, switched.reason)
    scopes = [_in_class(rulebook, authority, cls, state, law_day) for cls in entry.applies_to]
    for wanted in (Applies.NO, Applies.UNKNOWN):
        for scope in scopes:
            if scope.applies is wanted:
                return scope
    return Scope(Applies.YES)


def _words(day: date | None) -> str:
    return day_in_words(day) if day else "a day that is not known"


def _not_in_force(entry: Entry, day: date) -> str:
    asked = day_in_words(day)
    if entry.in_force_to and day >= entry.in_force_to:
        ended = day_in_words(entry.in_force_to)
        return f"it ended before {ended} and was no longer in force on {asked}"
    return (
        f"it came into force on {_words(entry.in_force_from)} and was not yet in force on {asked}"
    )


def _switched(
    rulebook: Rulebook, switch: NamedNode, authority: Term, state: State, law_day: date
) -> Scope:
    graph = rulebook.graph
    label = graph.text(switch, DCT.title)
    opens, closes = day_of(graph, switch, DG.opens), day_of(graph, switch, DG.closes)
    assert opens and closes
    if law_day < opens:
        return Scope(Applies.NO, f"no area could make the {label} before {day_in_words(opens)}")
    if law_day >= closes:
        return Scope(Applies.YES, f"every area had made the {label} by {day_in_words(closes)}")
    for node in state.described.subjects(DG.switch, switch):
        span = state.nodes[node].start
        if span and authority in state.described.objects(node, DG.area):
            if law_day >= span.latest:
                return Scope(
                    Applies.YES, f"{{authority}} made the {label} in its area on {words(span)}"
                )
            if law_day < span.earliest:
                return Scope(
                    Applies.NO, f"{{authority}} made the {label} in its area only on {words(span)}"
                )
    return Scope(
        Applies.UNKNOWN,
        f"on which day did {{authority}} make the {label} in its area?",
        graph.text(switch, DG.askWhom),
        graph.text(switch, DG.howToSay),
    )


def _in_class(
    rulebook: Rulebook, authority: Term, cls: NamedNode, state: State, law_day: date
) -> Scope:
    graph = rulebook.graph
    label = graph.text(cls, RDFS.label)
    memberships = [m for m in graph.subjects(DG.memberClass, cls) if holds_on(graph, m, law_day)]
    if any(graph.text(m, DG.everyKind) == "true" for m in memberships):
        return Scope(Applies.YES)
    forms = {f for m in memberships for f in graph.objects(m, DG.formIncluded)}
    if forms:
        return _by_form(authority, forms, label, state)
    kinds = {k for m in memberships for k in graph.objects(m, DG.kindIncluded)}
    stated = {*state.described.objects(authority, DG.kind), *graph.objects(authority, DG.kind)}
    if not stated:
        return Scope(
            Applies.UNKNOWN,
            f"is {{authority}} {_a(label)}? It is not in the national register, and its kind is not stated",
            "the monitoring officer",
            "{authority} dg:kind code:unitary-authority .",
        )
    if stated & kinds:
        return Scope(Applies.YES)
    return Scope(Applies.NO, f"{{authority}} is not {_a(label)}")


def _by_form(authority: Term, forms: set[Term], label: str, state: State) -> Scope:
    certain = _forms_in(state, authority, Certainty.CERTAIN)
    if certain & forms:
        return Scope(Applies.YES)
    if certain:
        return Scope(Applies.NO, f"{{authority}} is not {_a(label)}")
    possible = _forms_in(state, authority, Certainty.POSSIBLE)
    doubt = " A form is stated, but not for this day" if possible else ""
    return Scope(
        Applies.UNKNOWN,
        f"is {{authority}} {_a(label)}?{doubt}",
        "the monitoring officer",
        "[] a dg:GovernanceArrangement ; dg:adoptedBy {authority} ; "
        "dg:governanceForm code:leader-and-cabinet-executive .",
    )


def _a(label: str) -> str:
    """A label with its article."""
    return f"{'an' if label[:1].lower() in 'aeiou' else 'a'} {label}"


def _forms_in(state: State, authority: Term, least: Certainty) -> set[Term]:
    """The forms of governance that an authority operates with at least some certainty."""
    nodes = state.described.subjects(DG.adoptedBy, authority)
    held = (n for n in nodes if n in state.nodes and state.nodes[n].certainty >= least)
    return {form for n in held for form in state.described.objects(n, DG.governanceForm)}
