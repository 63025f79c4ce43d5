"""The history of a graph, in PROV-O: who published what, when and from what.

Owns: the statements of the graph `…/history`, written and read. Must not: keep them.

A version is a `prov:Entity`, what made it a `prov:Activity`, and the agent is the token by its id,
acting for its council; no person is named. Versions and withdrawals share one count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dutygraph.publishing.names import GRAPHS, GraphName
from dutygraph.publishing.tokens import Token
from dutygraph.terms import DCT, DG, PROV, RDF, XSD
from dutygraph.triples import Graph, Literal, NamedNode, Triple, parse_triples

__all__ = ["Event", "History", "agent_of", "moment"]


@dataclass(frozen=True)
class Event:
    """A version that was published, or a withdrawal.

    Args:
        number: its place, from 1.
        version: the IRI of the version, or None for a withdrawal.
        moment: when, as xsd:dateTime in UTC.
        agent: who, an IRI.
        undoing: whether it made an earlier version public again.
        sources: the IRIs that it was made from.
        hash: of the content that the public sees, where it has one.
    """

    number: int
    version: str | None
    moment: str
    agent: str
    undoing: bool
    sources: tuple[str, ...]
    hash: str | None


class History:
    """What happened to a graph.

    Args:
        name: which graph.
        statements: its history as N-Triples; none before it was first published.
    """

    def __init__(self, name: GraphName, statements: bytes = b"") -> None:
        self.name = name
        self._graph = Graph(parse_triples(statements))

    @property
    def statements(self) -> bytes:
        """All of it as N-Triples."""
        return self._graph.ntriples()

    def events(self) -> list[Event]:
        """What happened, the earliest first."""
        found = []
        for triple in self._graph.match(None, DG.versionNumber):
            number = int(triple.object.value)
            activity = self._activity(number)
            is_version = triple.subject != activity
            found.append(
                Event(
                    number,
                    str(triple.subject.value) if is_version else None,
                    self._graph.text(activity, PROV.endedAtTime),
                    self._graph.text(activity, PROV.wasAssociatedWith),
                    DG.Undoing in self._graph.objects(activity, RDF.type),
                    tuple(
                        str(o.value)
                        for o in self._graph.objects(triple.subject, PROV.wasDerivedFrom)
                    ),
                    self._graph.text(triple.subject, DG.contentHash) or None,
                )
            )
        return sorted(found, key=lambda e: e.number)

    @property
    def last(self) -> Event | None:
        """What happened last."""
        return next(reversed(self.events()), None)

    def before(self, number: int) -> int | None:
        """The number of the version before an event, or None."""
        return max(
            (e.number for e in self.events() if e.version and e.number < number), default=None
        )

    def published(
        self,
        by: Token,
        started: datetime,
        ended: datetime,
        *,
        hash: str | None,
        sources: Sequence[str] = (),
        again: int | None = None,
    ) -> int:
        """Add a version.

        Args:
            by: the token that it was written with.
            started, ended: when it was taken up and when it was ready to be written.
            hash: of what the public sees of it.
            sources: what the writer says that it was made from.
            again: the version whose content it makes public again.

        Returns:
            Its number.
        """
        last = self.last
        number = last.number + 1 if last else 1
        version = NamedNode(self.name.version(number))
        activity = self._happened(by, number, started, ended)
        self._add(activity, RDF.type, DG.Publishing)
        if again is not None:
            self._add(activity, RDF.type, DG.Undoing)
        for kind in (PROV.Entity, DG.GraphVersion):
            self._add(version, RDF.type, kind)
        self._add(version, DG.versionNumber, _number(number))
        self._add(version, DCT.created, _moment(ended))
        self._add(version, PROV.generatedAtTime, _moment(ended))
        self._add(version, PROV.specializationOf, NamedNode(self.name.published))
        self._add(version, PROV.wasGeneratedBy, activity)
        self._add(version, PROV.wasAttributedTo, self.name.council)
        self._add(version, DG.assessedIn, NamedNode(self.name.report(number)))
        if hash is not None:
            self._add(version, DG.contentHash, Literal(hash))
        before = self.before(number)
        if before is not None:
            self._add(version, PROV.wasRevisionOf, NamedNode(self.name.version(before)))
        origin = before if again is None else again
        used = [self.name.version(origin)] if origin is not None else []
        for source in (*used, *sources):
            self._add(version, PROV.wasDerivedFrom, NamedNode(source))
            self._add(activity, PROV.used, NamedNode(source))
        return number

    def withdrawn(self, by: Token, started: datetime, ended: datetime) -> int:
        """Add a withdrawal of what was published last.

        Returns:
            Its number.
        """
        last = self.last
        assert last is not None and last.version is not None
        number = last.number + 1
        activity = self._happened(by, number, started, ended)
        self._add(activity, RDF.type, DG.Withdrawal)
        self._add(activity, DG.versionNumber, _number(number))
        self._add(NamedNode(last.version), PROV.wasInvalidatedBy, activity)
        self._add(NamedNode(last.version), PROV.invalidatedAtTime, _moment(ended))
        return number

    def correct(self, number: int, hash: str | None) -> None:
        """Say what the public sees of a version by another hash."""
        version = NamedNode(self.name.version(number))
        kept = [t for t in self._graph if (t.subject, t.predicate) != (version, DG.contentHash)]
        self._graph = Graph(kept)
        if hash is not None:
            self._add(version, DG.contentHash, Literal(hash))

    def _happened(self, by: Token, number: int, started: datetime, ended: datetime) -> NamedNode:
        activity, agent = self._activity(number), NamedNode(agent_of(by))
        self._add(activity, RDF.type, PROV.Activity)
        self._add(activity, PROV.startedAtTime, _moment(started))
        self._add(activity, PROV.endedAtTime, _moment(ended))
        self._add(activity, PROV.wasAssociatedWith, agent)
        self._add(agent, RDF.type, PROV.SoftwareAgent)
        self._add(agent, PROV.actedOnBehalfOf, self.name.council)
        return activity

    def _activity(self, number: int) -> NamedNode:
        return NamedNode(f"{self.name.history}#{number}")

    def _add(self, subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal) -> None:
        self._graph.add(Triple(subject, predicate, value))


def agent_of(token: Token) -> str:
    """The IRI that stands for a token in a history."""
    return f"{GRAPHS}{token.authority}#token-{token.id}"


def moment(when: datetime) -> str:
    """A moment as xsd:dateTime, in UTC."""
    return when.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _moment(when: datetime) -> Literal:
    return Literal(moment(when), datatype=XSD.dateTime)


def _number(number: int) -> Literal:
    return Literal(str(number), datatype=XSD.integer)
