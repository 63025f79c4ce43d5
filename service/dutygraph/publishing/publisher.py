"""Publishing: a new version of a graph with its report and its history, written as one change.

Owns: what one write changes, and on which state it may rest. Must not: know HTTP, assess, or ask
for a token; who calls says whose token it is, and has had the content prepared.

What a council sees of its own graph differs from what the public sees where holders are held back.
A state has a tag of its own for each of the two, so that nobody can replace what they did not see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from dutygraph.errors import Problem
from dutygraph.publishing.history import History, agent_of, moment
from dutygraph.publishing.names import GraphName, in_union
from dutygraph.publishing.preparing import Prepared, View
from dutygraph.publishing.proving import Proved, prove_newest
from dutygraph.publishing.tokens import Token
from dutygraph.signing.keyring import Keyring
from dutygraph.store.client import CopyOf, Union
from dutygraph.store.loading import LOADED, UNION, names_of_the_installation
from dutygraph.store.opening import GraphStore
from dutygraph.store.writing import KeptGraph, Writing, as_statements
from dutygraph.terms import DCT, DG, PROV, RDF, XSD
from dutygraph.triples import (
    Graph,
    Literal,
    NamedNode,
    RdfFormat,
    Triple,
    parse_quads,
    parse_triples,
)

__all__ = ["Publisher", "State", "Wanted", "digest", "report_in", "union_with"]

_ANY = "*"
_TAG_DIGITS = 20
_RDF_JSON = RDF.JSON


@dataclass(frozen=True)
class Wanted:
    """The state that a write rests on.

    Args:
        tags: of states, one of which it has to have; “*” for any that is there.
        absent: it may not be there.
    """

    tags: Collection[str] = ()
    absent: bool = False

    def check_tag(self, graph: str, state: State | None) -> None:
        """As `check`, for what needs a state to start from, be it a withdrawal.

        Raises:
            Problem: graph-changed.
        """
        self.check(graph, state)
        if state is None:
            raise Problem("graph-changed", f"There is no graph {graph}.", extra={"etag": None})

    def check(self, graph: str, state: State | None) -> None:
        """Refuse a write that rests on another state.

        Raises:
            Problem: graph-changed, with the `etag` that it has now.
        """
        there = state is not None and not state.withdrawn
        tag = state.tag if state else None
        if self.absent and not there:
            return
        if (
            not self.absent
            and tag is not None
            and (tag in self.tags or (there and _ANY in self.tags))
        ):
            return
        etag = f'"{tag}"' if tag else None
        now = f"its ETag is now {etag}" if there else "it is not there"
        if state is not None and state.withdrawn:
            now = f"it was withdrawn, and its ETag is now {etag}"
        raise Problem(
            "graph-changed",
            f"The graph {graph} is not as this request expects it: {now}. Fetch it again, repeat "
            "your change on what it holds now, and send it with its new ETag.",
            extra={"etag": etag},
        )


@dataclass(frozen=True)
class State:
    """A graph as somebody sees it at a moment.

    Args:
        number: of the last version or withdrawal; for a draft, of the one that it was begun from.
        moment: when it was written.
        statements: N-Triples; none where it was withdrawn.
        tag: names the state, without quotes.
        withdrawn: whether it was taken back.
        hidden: whether it is there, and not for whoever asks: see `redrawing`.
        unsigned: to whoever has just written it, why it is not signed although its council has keys.
    """

    number: int
    moment: str
    statements: bytes
    tag: str
    withdrawn: bool = False
    hidden: bool = False
    unsigned: str = ""


class Publisher:
    """The graphs of the councils in a store.

    Args:
        store: where they are.

    `keyring` holds the keys of those councils whose versions are signed here.
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.keyring = Keyring(store.files.keys)

    # --- reading --------------------------------------------------------------------------------

    def read(self, graph: str) -> KeptGraph | None:
        """A graph by its own name; whom it is for is the caller's to know."""
        return self._store.writer.get(graph)

    def graphs(self) -> list[str]:
        """The names of all graphs that the store has, sorted, whomever they are for."""
        return self._store.graphs()

    def state(self, name: GraphName, own: bool) -> State | None:
        """A published graph as its council or as the public sees it; None before it was published.

        Between the reads of its parts somebody may write; then they are read again.
        """
        reader = self._store.writer
        while True:
            history = reader.get(name.history)
            found = _state(reader, name, own, history)
            again = reader.get(name.history)
            if (history and history.statements) == (again and again.statements):
                return found

    def draft(self, name: GraphName) -> State | None:
        """A draft, or None."""
        return _draft(self._store.writer, name)

    def history(self, name: GraphName) -> History | None:
        """The history of a graph, or None before it was published."""
        kept = self.read(name.history)
        return History(name, kept.statements) if kept else None

    def version(self, name: GraphName, number: int, own: bool) -> bytes | None:
        """The statements of a version, or None."""
        for which in (True, False) if own else (False,):
            kept = self.read(name.version(number, which))
            if kept is not None:
                return kept.statements
        return None

    def report(self, name: GraphName, number: int, own: bool) -> bytes | None:
        """The report of a version as JSON, or None."""
        for which in (True, False) if own else (False,):
            kept = self.read(name.report(number, which))
            if kept is not None:
                return report_in(kept.statements)
        return None

    def proof(self, name: GraphName, number: int) -> bytes | None:
        """The proof of a version, as N-Triples, or None where it was not signed."""
        kept = self.read(name.proof(number))
        return kept.statements if kept else None

    # --- writing --------------------------------------------------------------------------------

    def publish(
        self,
        name: GraphName,
        prepared: Prepared,
        by: Token,
        wanted: Wanted,
        started: datetime,
        *,
        sources: Sequence[str] = (),
        again: int | None = None,
    ) -> State:
        """Make something the published version.

        Args:
            name: which graph.
            prepared: what it shall hold.
            by: whose token it is, for the history.
            wanted: the state, as its council sees it, that the write rests on.
            started: when the request was taken up.
            sources: IRIs that it was made from.
            again: the version whose content it is, for undo.

        Returns:
            Its new state, as its council sees it. From then on nothing loses it.

        Raises:
            Problem: graph-changed; busy, store-unavailable and its like, as the store's writer.
        """
        with self._store.writer.writing() as writing:
            history = self._on(writing, name, wanted)
            graphs, number = _new_version(history, prepared, by, started, sources, again)
            return self._write_signed(writing, history, graphs, number)

    def publish_draft(
        self, name: GraphName, prepared: Prepared, by: Token, wanted: Wanted, started: datetime
    ) -> State:
        """Make the draft the published version; it is gone then.

        Args:
            prepared: what the draft holds.
            wanted: the state of the draft.

        Raises:
            Problem: graph-changed, also where another version was published since the draft was
                written; otherwise as `publish`.
        """
        with self._store.writer.writing() as writing:
            draft = _draft(writing, name)
            wanted.check(name.draft, draft)
            assert draft is not None
            history = History(name, _statements(writing.get(name.history)))
            now = history.last.number if history.last else 0
            if now != draft.number:
                raise Problem(
                    "graph-changed",
                    f"The graph {name.published} was changed after this draft of it was written. "
                    "Look at what it holds now, and write the draft again.",
                    extra={"etag": f'"{draft.tag}"'},
                )
            sources = _sources_of_draft(writing, name)
            graphs, number = _new_version(history, prepared, by, started, sources, None)
            gone = dict.fromkeys((name.draft, name.about_draft, name.report_of_draft))
            return self._write_signed(writing, history, graphs | gone, number)

    def write_draft(
        self,
        name: GraphName,
        prepared: Prepared,
        by: Token,
        wanted: Wanted,
        started: datetime,
        sources: Sequence[str] = (),
    ) -> State:
        """Write the draft, which only its council sees; arguments as for `publish`.

        Raises:
            Problem: as `publish`.
        """
        with self._store.writer.writing() as writing:
            wanted.check(name.draft, _draft(writing, name))
            history = History(name, _statements(writing.get(name.history)))
            number = history.last.number if history.last else 0
            writing.change(
                {
                    name.draft: prepared.own.statements,
                    name.report_of_draft: _report_graph(
                        name.report_of_draft, name.draft, prepared.own
                    ),
                    name.about_draft: _about_draft(name, number, by, started, sources),
                }
            )
            state = _draft(writing, name)
            assert state is not None
            return state

    def discard_draft(self, name: GraphName, wanted: Wanted) -> None:
        """Throw the draft away.

        Raises:
            Problem: as `publish`.
        """
        with self._store.writer.writing() as writing:
            wanted.check(name.draft, _draft(writing, name))
            writing.change(dict.fromkeys((name.draft, name.about_draft, name.report_of_draft)))

    def withdraw(self, name: GraphName, by: Token, wanted: Wanted, started: datetime) -> State:
        """Take a published graph back; its versions and its history stay.

        Raises:
            Problem: graph-changed, also where nothing is published; otherwise as `publish`.
        """
        with self._store.writer.writing() as writing:
            history = self._on(writing, name, wanted)
            if history.last is None or history.last.version is None:
                raise Problem(
                    "graph-changed",
                    f"Nothing is published as {name.published}, so that there is nothing to "
                    "withdraw.",
                )
            number = history.withdrawn(by, started, datetime.now(UTC))
            graphs: dict[str, bytes | CopyOf | None] = {name.history: history.statements}
            graphs |= dict.fromkeys((name.published, name.own, name.held_back))
            return self._write(writing, name, graphs, number)

    def show(self, name: GraphName, number: int, prepared: Prepared) -> None:
        """Replace what the public sees of a version; what its council sees stays.

        A proof of what the public saw before goes with it; the newest version is signed anew.

        Raises:
            Problem: busy, store-unavailable and its like.
        """
        with self._store.writer.writing() as writing:
            history = History(name, _statements(writing.get(name.history)))
            history.correct(number, prepared.public.hash)
            is_current = _is_last(history, number)
            graphs = _version_graphs(name, number, prepared, is_current)
            graphs[name.history] = history.statements
            graphs[name.proof(number)] = None
            if is_current:
                graphs |= _as_graph(self._prove(history))
            union = union_with(self._store, name.published) if is_current else None
            writing.change(graphs, union)

    def hide(self, name: GraphName, number: int, own: View) -> None:
        """Show a version to nobody but its council, until `show` replaces what the public sees.

        Args:
            name, number: which.
            own: what its council sees, and goes on to see.

        Raises:
            Problem: busy, store-unavailable and its like.
        """
        with self._store.writer.writing() as writing:
            history = History(name, _statements(writing.get(name.history)))
            history.correct(number, None)
            is_current = _is_last(history, number)
            all_held_back = Prepared(own, own, own.statements)
            graphs = _version_graphs(name, number, all_held_back, is_current)
            graphs[name.history] = history.statements
            graphs |= dict.fromkeys((name.version(number), name.report(number), name.proof(number)))
            if is_current:
                graphs[name.published] = None
            union = union_with(self._store, name.published) if is_current else None
            writing.change(graphs, union)

    def _on(self, writing: Writing, name: GraphName, wanted: Wanted) -> History:
        """The history of a graph that has the state that is wanted."""
        kept = writing.get(name.history)
        wanted.check(name.published, _state(writing, name, True, kept))
        return History(name, _statements(kept))

    def _write(
        self,
        writing: Writing,
        name: GraphName,
        graphs: Mapping[str, bytes | CopyOf | None],
        number: int,
    ) -> State:
        writing.change(graphs, union_with(self._store, name.published))
        state = _state(writing, name, True, writing.get(name.history))
        assert state is not None and state.number == number
        return state

    def _write_signed(
        self,
        writing: Writing,
        history: History,
        graphs: Mapping[str, bytes | CopyOf | None],
        number: int,
    ) -> State:
        proved = self._prove(history)
        state = self._write(writing, history.name, {**graphs, **_as_graph(proved)}, number)
        return replace(state, unsigned=proved.why_not)

    def _prove(self, history: History) -> Proved:
        return prove_newest(history, self.keyring, datetime.now(UTC))


def union_with(store: GraphStore, changed: str) -> Union:
    """The default graph of everybody's queries, with what else it holds than a graph that changes."""
    installed = names_of_the_installation(store.client) - {UNION, LOADED}
    published = {g for g in store.graphs() if in_union(g)}
    return Union(UNION, (changed,), tuple(sorted((installed | published) - {changed})))


def report_in(statements: bytes) -> bytes:
    """The report that a graph of one holds, as JSON."""
    (found,) = (
        q.object for q in parse_quads(statements, RdfFormat.N_TRIPLES) if q.predicate == RDF.value
    )
    return str(found.value).encode()


# --- what a change holds --------------------------------------------------------------------------


def _new_version(
    history: History,
    prepared: Prepared,
    by: Token,
    started: datetime,
    sources: Sequence[str],
    again: int | None,
) -> tuple[dict[str, bytes | CopyOf | None], int]:
    """Every graph of a new version, and its number."""
    name = history.name
    number = history.published(
        by, started, datetime.now(UTC), hash=prepared.public.hash, sources=sources, again=again
    )
    graphs = _version_graphs(name, number, prepared, is_current=True)
    return graphs | {name.history: history.statements}, number


def _version_graphs(
    name: GraphName, number: int, prepared: Prepared, is_current: bool
) -> dict[str, bytes | CopyOf | None]:
    """The graphs of a version, and those of what is published where it is the current one.

    An unnamed node is the same in all of them.
    """
    own, public = prepared.own, prepared.public
    version, own_version = name.version(number), name.version(number, own=True)
    report, own_report = name.report(number), name.report(number, own=True)
    graphs: dict[str, bytes | CopyOf | None] = {
        version: public.statements,
        report: _report_graph(report, version, public),
        own_version: None,
        own_report: None,
    }
    if prepared.held_back:
        graphs[own_version] = own.statements
        graphs[own_report] = _report_graph(own_report, own_version, own)
    if is_current:
        graphs |= {name.published: CopyOf(version), name.own: None, name.held_back: None}
        if prepared.held_back:
            graphs |= {name.own: CopyOf(own_version), name.held_back: prepared.held_back}
    return graphs


def _as_graph(proved: Proved) -> dict[str, bytes | CopyOf | None]:
    """The graph of a version's proof, where there is one."""
    proof = proved.proof
    return {proof.proof.iri: as_statements(proof.triples())} if proof else {}


def _report_graph(report: str, version: str, view: View) -> bytes:
    """A report as a literal, so that whatever carries graphs carries it, too."""
    node = NamedNode(report)
    return as_statements(
        (
            Triple(node, RDF.type, PROV.Entity),
            Triple(node, PROV.wasDerivedFrom, NamedNode(version)),
            Triple(node, RDF.value, Literal(view.report.decode(), datatype=_RDF_JSON)),
        )
    )


def _about_draft(
    name: GraphName, number: int, by: Token, started: datetime, sources: Sequence[str]
) -> bytes:
    draft = NamedNode(name.draft)
    triples = [
        Triple(draft, RDF.type, PROV.Entity),
        Triple(draft, DG.versionNumber, Literal(str(number), datatype=XSD.integer)),
        Triple(draft, DCT.created, Literal(moment(datetime.now(UTC)), datatype=XSD.dateTime)),
        Triple(draft, PROV.wasAttributedTo, NamedNode(agent_of(by))),
    ]
    triples += [Triple(draft, PROV.wasDerivedFrom, NamedNode(source)) for source in sources]
    return as_statements(triples)


def _sources_of_draft(writing: Writing, name: GraphName) -> list[str]:
    about = _graph(_statements(writing.get(name.about_draft)))
    return [str(o.value) for o in about.objects(NamedNode(name.draft), PROV.wasDerivedFrom)]


# --- states ---------------------------------------------------------------------------------------


class _Reader(Protocol):
    """Whatever gives a graph by its name."""

    def get(self, graph: str) -> KeptGraph | None:
        """The graph, or None."""
        ...


def _state(reader: _Reader, name: GraphName, own: bool, history: KeptGraph | None) -> State | None:
    if history is None:
        return None
    last = History(name, history.statements).last
    assert last is not None
    if last.version is None:
        return State(last.number, last.moment, b"", f"{last.number}-withdrawn", withdrawn=True)
    kept = (reader.get(name.own) if own else None) or reader.get(name.published)
    statements = _statements(kept)
    tag = f"{last.number}-{digest(statements)}"
    return State(last.number, last.moment, statements, tag, hidden=kept is None)


def _is_last(history: History, number: int) -> bool:
    return history.last is not None and history.last.number == number


def _draft(reader: _Reader, name: GraphName) -> State | None:
    kept, about = reader.get(name.draft), reader.get(name.about_draft)
    if kept is None or about is None:
        return None
    said, draft = _graph(about.statements), NamedNode(name.draft)
    return State(
        int(said.text(draft, DG.versionNumber)),
        said.text(draft, DCT.created),
        kept.statements,
        f"draft-{digest(about.statements + kept.statements)}",
    )


def digest(statements: bytes) -> str:
    """What tells one content from another, in the tag of a state."""
    return hashlib.sha256(statements).hexdigest()[:_TAG_DIGITS]


def _statements(kept: KeptGraph | None) -> bytes:
    return kept.statements if kept else b""


def _graph(statements: bytes) -> Graph:
    return Graph(parse_triples(statements))
