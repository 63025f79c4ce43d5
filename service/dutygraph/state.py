"""The state on a day: dated nodes made into flat facts, each tied to where it came from.

Owns: which nodes hold on the day, certainly or possibly; the flat relations read off them; windows;
the index from a fact to its nodes. Must not decide anything about a rule. Which classes are dated
and which relations are read off them is said by the ontology, not here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from dutygraph.dates import Certainty, Span, add, event_happened, expand, period_holds
from dutygraph.description import UNNAMED, Description
from dutygraph.errors import Problem
from dutygraph.terms import CODE, DCT, DG, RDF
from dutygraph.triples import Graph, Literal, NamedNode, Term, Triple

# Properties that say when and where, not what: the index keeps them, the engines never see them.
_ABOUT_THE_NODE = frozenset(
    {
        DG["from"],
        DG.to,
        DG.on,
        DG.knownBy,
        DG.endStatus,
        DG.assessmentDay,
        DCT.source,
        DG.note,
        DG.quotation,
    }
)


@dataclass(frozen=True)
class Projection:
    """A flat relation read off dated nodes; without `object_slot` it leads to the node itself."""

    predicate: NamedNode
    node_class: NamedNode
    subject_slot: NamedNode
    object_slot: NamedNode | None


@dataclass(frozen=True)
class Window:
    """A span of time in which an event is looked for, measured from a day or from other nodes."""

    iri: NamedNode
    measures: NamedNode
    relative_to: NamedNode | None
    opens_after: str
    closes_after: str
    inside_as: NamedNode
    closed_as: NamedNode | None


@dataclass(frozen=True)
class Schema:
    """What the state stage needs of the ontology."""

    relations: frozenset[Term]
    events: frozenset[Term]
    superclasses: dict[Term, frozenset[Term]]
    standings: dict[Term, str]
    projections: tuple[Projection, ...]
    windows: tuple[Window, ...]


@dataclass(frozen=True)
class NodeRecord:
    """Where a node of the description comes from and how sure it is.

    Args:
        sources: the paragraphs that state it, sorted.
        certainty: whether it holds on the day.
        start, end: its printed dates, or the day of an event in `start`.
        kind: `relation`, `event` or empty for what has no dates.
        standing: the local name of its standing code.
    """

    sources: tuple[str, ...]
    certainty: Certainty
    start: Span | None
    end: Span | None
    kind: str
    standing: str

    @property
    def dated(self) -> bool:
        """Whether it is a dated node at all."""
        return bool(self.kind)


@dataclass
class State:
    """The facts on one day.

    Args:
        day: the day.
        described: everything that the description says, whatever its dates.
        certain: facts that hold for certain.
        full: those and the facts that hold possibly.
        index: fact to the nodes that it came from.
        nodes: what is known of each node.
    """

    day: date
    described: Graph
    certain: set[Triple] = field(default_factory=set)
    full: set[Triple] = field(default_factory=set)
    index: dict[Triple, frozenset[Term]] = field(default_factory=dict)
    nodes: dict[Term, NodeRecord] = field(default_factory=dict)

    def add(self, triple: Triple, certainty: Certainty, nodes: Iterable[Term]) -> None:
        """Enter a fact with its nodes; entering it again adds nodes and can only make it surer."""
        if certainty == Certainty.NO:
            return
        self.full.add(triple)
        if certainty == Certainty.CERTAIN:
            self.certain.add(triple)
        self.index[triple] = self.index.get(triple, frozenset()) | frozenset(nodes)


def state_on(day: date, description: Description, schema: Schema, register: Graph) -> State:
    """Compute the state on a day.

    Args:
        day: the day of assessment.
        description: what is described.
        schema: dated classes, projections and windows, from the ontology.
        register: what the national register says of the authorities that are mentioned.

    Returns:
        The state before inference.

    Raises:
        Problem: `bad-date`, where a node's dates are not dates or end before they begin.
    """
    state = State(day, description.graph)
    speaks_for = description.day or day
    for subject in {t.subject for t in description.graph}:
        spoken = description.accounts.speaks_for.get(subject, speaks_for)
        _enter_node(state, subject, description, schema, spoken)
    for triple in register:
        state.nodes.setdefault(triple.subject, _register_record(register, triple.subject))
        if triple.predicate not in _ABOUT_THE_NODE:
            state.add(triple, Certainty.CERTAIN, [triple.subject])
            _add_superclasses(state, triple, Certainty.CERTAIN, schema)
    for authority in description.authorities:
        state.add(Triple(authority, RDF.type, DG.Authority), Certainty.CERTAIN, [authority])
    _mark_identified(state)
    nodes = _nodes_of(state)
    for projection in schema.projections:
        _project(state, projection, nodes)
    for window in schema.windows:
        _measure(state, window, nodes)
    return state


def _enter_node(
    state: State, subject: Term, description: Description, schema: Schema, speaks_for: date
) -> None:
    graph = description.graph
    types = set(graph.objects(subject, RDF.type))
    types |= {above for t in types for above in schema.superclasses.get(t, ())}
    sources = tuple(str(s.value) for s in graph.objects(subject, DCT.source))
    standing = "stated" if sources else "unsourced"
    standing = next((schema.standings[t] for t in types if t in schema.standings), standing)
    start, end, kind, certainty = None, None, "", Certainty.CERTAIN
    if types & schema.events:
        kind = "event"
        start = _known_by(
            _span(description, subject, DG.on), _span(description, subject, DG.knownBy)
        )
        certainty = event_happened(state.day, start, speaks_for=speaks_for)
    elif types & schema.relations:
        kind = "relation"
        start, end = _span(description, subject, DG["from"]), _span(description, subject, DG.to)
        start = _known_by(start, _span(description, subject, DG.knownBy))
        if start and end and end.latest < start.earliest:
            raise Problem(
                "bad-date",
                f"{subject.value} ends ({end.printed}) before it begins ({start.printed}).",
            )
        certainty = _relation_certainty(state.day, subject, start, end, description, speaks_for)
    state.nodes[subject] = NodeRecord(sources, certainty, start, end, kind, standing)
    for triple in graph.match(subject):
        if triple.predicate not in _ABOUT_THE_NODE:
            # What somebody contradicts is possible and no more.
            disputed = triple in description.accounts.disputed
            held = min(certainty, Certainty.POSSIBLE) if disputed else certainty
            state.add(triple, held, [subject])
            _add_superclasses(state, triple, held, schema)


def _relation_certainty(
    day: date,
    subject: Term,
    start: Span | None,
    end: Span | None,
    description: Description,
    speaks_for: date,
) -> Certainty:
    status = description.graph.value(subject, DG.endStatus)
    if start is None and end is None and status is None:
        # Facts without dates take the structure's period.
        start, end = description.period
        status = description.graph.value(description.structure, DG.endStatus)
    return period_holds(
        day,
        start,
        end,
        open_end=status == CODE["open-end"],
        unknown_end=status == CODE["unknown-end"],
        speaks_for=speaks_for,
    )


def _known_by(span: Span | None, known: Span | None) -> Span | None:
    """Narrow a printed date by the day of a source that reports the thing as having happened."""
    if span is None or known is None:
        return span
    return Span(span.earliest, max(span.earliest, min(span.latest, known.latest)), span.printed)


def _register_record(register: Graph, subject: Term) -> NodeRecord:
    sources = tuple(str(s.value) for s in register.objects(subject, DCT.source))
    return NodeRecord(sources, Certainty.CERTAIN, None, None, "", "stated")


def _span(description: Description, subject: Term, predicate: NamedNode) -> Span | None:
    told = description.accounts.dates.get((subject, predicate))
    if told is not None:
        return told
    found = description.graph.objects(subject, predicate)
    if not found:
        return None
    if len(found) > 1 or not isinstance(found[0], Literal):
        raise Problem(
            "bad-date",
            f"{subject.value} takes one date in {predicate.value}, and has "
            + ", ".join(str(f.value) for f in found)
            + ".",
        )
    try:
        return expand(found[0])
    except Problem as problem:
        raise Problem("bad-date", f"{subject.value}: {problem.detail}") from problem


def _add_superclasses(state: State, triple: Triple, certainty: Certainty, schema: Schema) -> None:
    if triple.predicate == RDF.type:
        for above in schema.superclasses.get(triple.object, ()):
            state.add(Triple(triple.subject, RDF.type, above), certainty, [triple.subject])


def _mark_identified(state: State) -> None:
    """Mark what has a name of its own: only two of those can be two different things."""
    for triple in list(state.full):
        record = state.nodes.get(triple.subject)
        if record and record.dated and triple.predicate != RDF.type and _has_name(triple.object):
            mark = Triple(triple.object, RDF.type, DG.IdentifiedNode)
            certainty = Certainty.CERTAIN if triple in state.certain else Certainty.POSSIBLE
            state.add(mark, certainty, state.index.get(mark, ()))


def _has_name(term: Term) -> bool:
    return isinstance(term, NamedNode) and not term.value.startswith(UNNAMED)


@dataclass(frozen=True)
class _Nodes:
    """The nodes of a state before anything is read off them: by class, and with their values."""

    by_class: dict[Term, list[Term]]
    values: dict[Term, dict[Term, list[Term]]]


def _nodes_of(state: State) -> _Nodes:
    by_class: dict[Term, list[Term]] = {}
    values: dict[Term, dict[Term, list[Term]]] = {}
    for triple in state.full:
        values.setdefault(triple.subject, {}).setdefault(triple.predicate, []).append(triple.object)
        if triple.predicate == RDF.type:
            by_class.setdefault(triple.object, []).append(triple.subject)
    return _Nodes({cls: sorted(found, key=str) for cls, found in by_class.items()}, values)


def _project(state: State, projection: Projection, nodes: _Nodes) -> None:
    for node in nodes.by_class.get(projection.node_class, []):
        values = nodes.values[node]
        targets = [node]
        if projection.object_slot is not None:
            targets = values.get(projection.object_slot, [])
        for subject in values.get(projection.subject_slot, []):
            for target in targets:
                if not isinstance(subject, Literal):
                    fact = Triple(subject, projection.predicate, target)
                    slots = [Triple(node, projection.subject_slot, subject)]
                    if projection.object_slot is not None:
                        slots.append(Triple(node, projection.object_slot, target))
                    state.add(fact, _least(state, node, slots), [node])


def _least(state: State, node: Term, slots: Iterable[Triple]) -> Certainty:
    """How sure a relation is that is read off statements about a node."""
    certain = all(slot in state.certain for slot in slots)
    return min(state.nodes[node].certainty, Certainty.CERTAIN if certain else Certainty.POSSIBLE)


def _measure(state: State, window: Window, nodes: _Nodes) -> None:
    events = nodes.by_class.get(window.measures, [])
    if window.relative_to is None:
        _measure_from(state, window, window.iri, Span(state.day, state.day, ""), events)
        return
    for node in nodes.by_class.get(window.relative_to, []):
        _measure_from(state, window, node, state.nodes[node].start, events)


def _measure_from(
    state: State, window: Window, reference: Term, span: Span | None, events: list[Term]
) -> None:
    """Enter what falls into a window around one reference; without a date, all is possible."""
    record = state.nodes.get(reference)
    held = record.certainty if record else Certainty.CERTAIN
    nodes = [reference] if record else []
    if window.closed_as:
        closed = min(held, _closed(state.day, span, window))
        state.add(Triple(reference, RDF.type, window.closed_as), closed, nodes)
    for event in events:
        known = state.nodes[event]
        inside = min(held, known.certainty, _inside(known.start, span, window))
        state.add(Triple(event, window.inside_as, reference), inside, [event, *nodes])


def _closed(day: date, reference: Span | None, window: Window) -> Certainty:
    if reference is None:
        return Certainty.POSSIBLE
    if add(reference.latest, window.closes_after) < day:
        return Certainty.CERTAIN
    possible = add(reference.earliest, window.closes_after) < day
    return Certainty.POSSIBLE if possible else Certainty.NO


def _inside(event: Span | None, reference: Span | None, window: Window) -> Certainty:
    if event is None or reference is None:
        return Certainty.POSSIBLE
    first_certain, last_certain = (
        add(reference.latest, window.opens_after),
        add(reference.earliest, window.closes_after),
    )
    if first_certain <= event.earliest and event.latest <= last_certain:
        return Certainty.CERTAIN
    first, last = (
        add(reference.earliest, window.opens_after),
        add(reference.latest, window.closes_after),
    )
    return Certainty.POSSIBLE if first <= event.latest and event.earliest <= last else Certainty.NO
