"""The rulebook: the rules, and everything else that the law says by date, read from the rooms.

Owns: turning ontology, shapes and parameters into values that the other stages use, and which
values are in force on a day. Must not hold any rule itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any

from dutygraph.dates import expand
from dutygraph.entries import Ask, Clause, Condition, Entry, Force, Need, Part, SettlingList
from dutygraph.inference import Entailment
from dutygraph.rooms import room, rulebook_files
from dutygraph.state import Projection, Schema, Window
from dutygraph.terms import BASE, CODE, DCT, DG, RDF, RDFS, SH, SKOS
from dutygraph.triples import BlankNode, Graph, Literal, NamedNode, Term, Triple, local_name

_KINDS = {
    DG.Rule: "rule",
    DG.Inference: "inference",
    DG.DataCheck: "dataCheck",
    DG.UntestedDuty: "untestedDuty",
}
_LEGISLATION_ID = "http://www.legislation.gov.uk/id/"


class Rulebook:
    """The whole rulebook, read once.

    Args:
        graph: ontology, codes, shapes, parameters and register, merged.
        files: the file that each rule was read from.
    """

    def __init__(self, graph: Graph, files: dict[str, str] | None = None) -> None:
        self.graph = graph
        self._files = files or {}

    @classmethod
    def load(cls) -> Rulebook:
        """Read every room of this installation."""
        paths = rulebook_files()
        graph = Graph.from_files(str(p) for p in paths)
        files = {}
        for path in sorted(room("shapes").glob("*.ttl")):
            for entry in Graph.from_files([str(path)]).match(None, RDF.type):
                if entry.object in _KINDS:
                    files[local_name(entry.subject)] = path.name
        return cls(graph, files)

    # --- the edition ---------------------------------------------------------------------------

    @cached_property
    def _edition(self) -> Term:
        return self.graph.instances(DG.Rulebook)[0]

    @cached_property
    def version(self) -> str:
        """The number of this edition."""
        return self.graph.text(self._edition, DG.version)

    @cached_property
    def hash(self) -> str:
        """The hash of every file of the rulebook, names and contents: what the version stands for."""
        digest = hashlib.sha256()
        for path in rulebook_files():
            digest.update(f"{path.parent.name}/{path.name}\0".encode() + path.read_bytes() + b"\0")
        return "sha256:" + digest.hexdigest()

    @cached_property
    def law_as_at(self) -> str:
        """The day up to which the law was looked at, as an ISO date."""
        return self.graph.text(self._edition, DG.lawAsAt)

    @cached_property
    def notice(self) -> str:
        """What every report says of its legal weight."""
        return self.graph.text(self._edition, DG.notice)

    @cached_property
    def how_to_dispute(self) -> str:
        """How a reader says that a rule is wrong."""
        return self.graph.text(self._edition, DG.howToDispute)

    @cached_property
    def prefixes(self) -> str:
        """The PREFIX lines of every query in the rulebook."""
        return "".join(f"PREFIX {p}: <{n}>\n" for p, n in sorted(self.prefix_map.items()))

    @cached_property
    def prefix_map(self) -> dict[str, str]:
        """Prefix to namespace, from the one list in the ontology."""
        found = {}
        for node in self.graph.objects(NamedNode(BASE + "def/"), SH.declare):
            found[self.graph.text(node, SH.prefix)] = self.graph.text(node, SH.namespace)
        return found

    # --- entries -------------------------------------------------------------------------------

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry, sorted by id."""
        found = [
            self._entry(iri, kind)
            for cls, kind in _KINDS.items()
            for iri in self.graph.instances(cls)
        ]
        return tuple(sorted(found, key=lambda e: e.id))

    @cached_property
    def rules(self) -> tuple[Entry, ...]:
        """The entries that have outcomes."""
        return tuple(e for e in self.entries if e.kind == "rule")

    def entry(self, rule_id: str) -> Entry | None:
        """The entry with an id, or None."""
        return next((e for e in self.entries if e.id == rule_id), None)

    def _entry(self, iri: Term, kind: str) -> Entry:
        graph = self.graph
        assert isinstance(iri, NamedNode)
        rule_id = local_name(iri)
        verification = graph.value(iri, DG.verification)
        confidence = graph.value(verification, DG.confidence) if verification else None
        judgement = graph.value(iri, DG.judgementNeeded)
        condition = graph.value(iri, DG.condition)
        return Entry(
            id=rule_id,
            iri=iri,
            kind=kind,
            title=graph.text(iri, DCT.title),
            duty=graph.text(iri, DG.duty),
            force=self._force(graph.value(iri, DG.force)),
            clauses=tuple(self._clause(c) for c in graph.objects(iri, DG.clause)),
            applies_to=named(graph.objects(iri, DG.appliesTo)),
            in_force_from=day_of(graph, iri, DG.inForceFrom),
            in_force_from_earliest=day_of(graph, iri, DG.inForceFromEarliest),
            in_force_to=day_of(graph, iri, DG.inForceTo),
            begins_with=_one_named(graph, iri, DG.beginsWith),
            ends_with=_one_named(graph, iri, DG.endsWith),
            replaced_by=tuple(local_name(r) for r in graph.objects(iri, DG.replacedBy)),
            parts=tuple(self._part(p) for p in graph.objects(iri, DG.part)),
            condition=self._condition(condition) if condition else None,
            # Sorted by their words: blank nodes get other names at every start.
            needs=tuple(
                sorted(
                    (self._need(n) for n in graph.objects(iri, DG.passNeeds)),
                    key=lambda n: (n.ask.fact, n.pattern),
                )
            ),
            judgement=self._ask(judgement) if judgement else None,
            uses=named(graph.objects(iri, DG.uses)),
            evidence_query=graph.text(iri, DG.evidenceQuery),
            pass_message=graph.text(iri, DG.passMessage),
            confidence=local_name(confidence) if confidence else "general-knowledge",
            confidence_label=graph.text(confidence, SKOS.prefLabel)
            if confidence
            else "not checked",
            checked_against=graph.text(verification, DG.checkedAgainst) if verification else "",
            change_note=graph.text(iri, DG.changeNote),
            infers=_one_named(graph, iri, DG.infers),
            untested_because=graph.text(
                graph.value(iri, DG.untestedBecause) or iri, SKOS.prefLabel
            ),
            decided_instead=graph.text(iri, DG.decidedInstead),
            kept_by=named(graph.objects(iri, DG.keptBy)),
            source_file=self._files.get(rule_id, ""),
        )

    def _force(self, code: Term | None) -> Force:
        assert code is not None
        severity, kind = self.graph.value(code, DG.severity), self.graph.value(code, DG.breachKind)
        return Force(
            code=local_name(code),
            label=self.graph.text(code, SKOS.prefLabel),
            severity=local_name(severity).lower() if severity else "info",
            breach_kind=local_name(kind) if kind else "",
            admits_departure=self.graph.text(code, DG.admitsDeparture) == "true",
            assesses=self.graph.text(code, DG.assesses) != "false",
        )

    def _clause(self, iri: Term) -> Clause:
        address = str(iri.value)
        # An Act's identifier leads to its text without "/id"; guidance has no address of its own here.
        page = address.replace("/id/", "/", 1) if address.startswith(_LEGISLATION_ID) else address
        return Clause(
            iri=address,
            title=self.graph.text(iri, DCT.title, default=address),
            url=self.graph.text(iri, DCT.isReferencedBy, default=page),
        )

    def _part(self, iri: Term) -> Part:
        assert isinstance(iri, NamedNode)
        graph = self.graph
        severity = graph.value(iri, SH.severity)
        return Part(
            iri=iri,
            presence=graph.value(iri, DG.polarity) == CODE.presence,
            severity=local_name(severity).lower() if severity else "violation",
            fail_message=graph.text(iri, DG.failMessage),
            remedy=graph.text(iri, DG.remedy),
            caveat=graph.text(iri, DG.caveat),
            ask=self._ask(iri),
            settled_by=self._lists(iri),
        )

    def _condition(self, node: Term) -> Condition:
        silent = self.graph.value(node, DG.whenSilent)
        return Condition(
            pattern=self.graph.text(node, DG.pattern),
            statement=self.graph.text(node, DG.statement),
            subject_noun=self.graph.text(node, DG.subjectNoun),
            silent_outcome=local_name(silent) if silent else "inapplicable",
            open_when=self.graph.text(node, DG.openWhen),
            ask=self._ask(node),
            settled_by=self._lists(node),
        )

    def _need(self, node: Term) -> Need:
        return Need(self.graph.text(node, DG.pattern), self._ask(node), self._lists(node))

    def _ask(self, node: Term) -> Ask:
        graph = self.graph
        return Ask(
            graph.text(node, DG.missingFact),
            graph.text(node, DG.askWhom),
            graph.text(node, DG.howToSay),
        )

    def _lists(self, node: Term) -> tuple[SettlingList, ...]:
        found = []
        for item in self.graph.objects(node, DG.settledBy):
            listed = self.graph.value(item, DG.listedProperty)
            assert isinstance(listed, NamedNode)
            deniable = tuple(self.graph.objects(item, DG.deniable))
            found.append(SettlingList(listed, self.graph.text(item, DG.ownerQuery), deniable))
        return tuple(sorted(found, key=lambda s: (s.listed.value, s.owner_query)))

    # --- what the stages need of the ontology ----------------------------------------------------

    @cached_property
    def schema(self) -> Schema:
        """Dated classes, projections and windows, for the state stage."""
        graph = self.graph
        above = _superclasses(graph)
        classes = set(above) | {DG.DatedRelation, DG.DatedEvent}
        return Schema(
            relations=frozenset(c for c in classes if DG.DatedRelation in above.get(c, ())),
            events=frozenset(c for c in classes if DG.DatedEvent in above.get(c, ())),
            superclasses=above,
            standings={
                t.subject: local_name(t.object) for t in graph.match(None, DG.givesStanding)
            },
            projections=tuple(_projections(graph)),
            windows=tuple(_windows(graph)),
        )

    @cached_property
    def entailments(self) -> tuple[Entailment, ...]:
        """The named entailments and presumptions, in their order."""
        graph = self.graph
        nodes = {*graph.instances(DG.Entailment), *graph.instances(DG.Presumption)}
        ordered = sorted(nodes, key=lambda n: (int(graph.text(n, DG.order, "0")), str(n)))
        return tuple(
            Entailment(
                iri=node,
                where=graph.text(node, DG.pattern),
                conclusion=graph.text(node, DG.conclusion),
                premises=tuple(str(p.value) for p in graph.objects(node, DG.premise)),
            )
            for node in ordered
        )

    @cached_property
    def closed_when_stated(self) -> frozenset[Term]:
        """Properties of which one stated value is all there is."""
        return frozenset(t.subject for t in self.graph.match(None, DG.closedWhenStated))

    @cached_property
    def speaks_for(self) -> tuple[tuple[NamedNode, NamedNode], ...]:
        """The classes whose instances speak for somebody, each with the property that names whom."""
        return self._annotated(DG.speaksFor)

    @cached_property
    def names_speaker(self) -> tuple[tuple[NamedNode, NamedNode], ...]:
        """The classes whose instances say who speaks, each with the property that names them."""
        return self._annotated(DG.namesSpeaker)

    def _annotated(self, annotation: NamedNode) -> tuple[tuple[NamedNode, NamedNode], ...]:
        found = (
            (t.subject, t.object)
            for t in self.graph.match(None, annotation)
            if isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode)
        )
        return tuple(sorted(found, key=str))

    @cached_property
    def shapes(self) -> bytes:
        """Every shape of the rulebook, as N-Triples, for the engines."""
        return self.shapes_of(self.rules)

    def shapes_of(self, rules: Iterable[Entry]) -> bytes:
        """The shapes of some rules, as N-Triples, for the engines."""
        shapes = Graph(_described(self.graph, (p.iri for r in rules for p in r.parts)))
        wanted = (SH.declare, SH.prefix, SH.namespace)
        shapes.update(t for p in wanted for t in self.graph.match(None, p))
        return shapes.ntriples()

    def background(self, law_day: date) -> tuple[Triple, ...]:
        """Codes, class hierarchy and the parameters in force, merged into what engines see.

        Args:
            law_day: the day whose law applies.
        """
        return (*self._codes, *self._parameters_on(law_day))

    @cached_property
    def _codes(self) -> tuple[Triple, ...]:
        wanted = {RDF.type, DG.office, RDFS.subClassOf}
        return tuple(
            t
            for t in self.graph
            if t.predicate in wanted
            and (t.subject in CODE or t.subject in DG)
            # Anonymous class expressions belong to the reasoner, not to the engines.
            and isinstance(t.object, NamedNode)
            and (t.predicate != RDF.type or t.object in DG)
        )

    def _parameters_on(self, day: date) -> tuple[Triple, ...]:
        found = []
        for parameter in self.graph.instances(DG.Parameter):
            classes = self.graph.objects(parameter, DG.classifies)
            for value in self.values_on(parameter, day):
                for member in self.graph.objects(value, DG.valueMember):
                    found.append(Triple(parameter, DG.currentMember, member))
                    found += [Triple(member, RDF.type, c) for c in classes]
                for amount in self.graph.objects(value, DG.value):
                    found.append(Triple(parameter, DG.currentValue, amount))
        return tuple(found)

    def values_on(self, parameter: Term, day: date) -> list[Term]:
        """The values of a dated parameter that are in force on a day."""
        return [
            v for v in self.graph.objects(parameter, DG.datedValue) if holds_on(self.graph, v, day)
        ]

    def missing_parameters(self, entry: Entry, law_day: date) -> list[str]:
        """The dated parameters of an entry that have no value on a day."""
        return [local_name(p) for p in entry.uses if not self.values_on(p, law_day)]

    # --- words ---------------------------------------------------------------------------------

    def label(self, term: Term) -> str:
        """The name of a term or code as people write it."""
        graph = self.graph
        return graph.text(term, RDFS.label) or graph.text(term, SKOS.prefLabel) or str(term.value)

    def title(self, term: Term) -> str:
        """The title of a parameter, a switch or a step, or else its label."""
        return self.graph.text(term, DCT.title) or self.label(term)

    def point_in_time(self, clause: Clause, day: date) -> str:
        """The address of a clause as it stood on a day, where legislation.gov.uk has one."""
        if clause.iri.startswith(_LEGISLATION_ID):
            return clause.url + "/" + day.isoformat()
        return clause.url

    def as_json(self, entry: Entry) -> dict[str, Any]:
        """One entry as the public contract gives it."""
        return {
            "id": entry.id,
            "title": entry.title,
            "kind": entry.kind,
            "force": entry.force.code,
            "inForceFrom": entry.in_force_from.isoformat() if entry.in_force_from else None,
            "inForceTo": entry.in_force_to.isoformat() if entry.in_force_to else None,
            "clause": [{"title": c.title, "iri": c.iri, "url": c.url} for c in entry.clauses],
            "status": entry.confidence,
        }


def named(terms: Iterable[Term]) -> tuple[NamedNode, ...]:
    """Those of some terms that are IRIs."""
    return tuple(t for t in terms if isinstance(t, NamedNode))


def _one_named(graph: Graph, subject: Term, predicate: NamedNode) -> NamedNode | None:
    found = graph.value(subject, predicate)
    return found if isinstance(found, NamedNode) else None


def day_of(graph: Graph, subject: Term, predicate: NamedNode) -> date | None:
    """The first day that a date in the rulebook means, or None."""
    found = graph.value(subject, predicate)
    return expand(found).earliest if isinstance(found, Literal) else None


def days_of(graph: Graph, subject: Term, predicate: NamedNode) -> list[date]:
    """The first days that several dates in the rulebook mean, in their order."""
    found = graph.objects(subject, predicate)
    return sorted(expand(d).earliest for d in found if isinstance(d, Literal))


def holds_on(graph: Graph, node: Term, day: date) -> bool:
    """Whether a dated value of the rulebook is in force on a day."""
    start, end = day_of(graph, node, DG.inForceFrom), day_of(graph, node, DG.inForceTo)
    return (start is None or day >= start) and (end is None or day < end)


def _described(graph: Graph, roots: Iterable[Term]) -> Iterator[Triple]:
    """What is said of some nodes, and of the nameless nodes that they lead to."""
    todo, seen = list(roots), set[Term]()
    while todo:
        node = todo.pop()
        if node in seen:
            continue
        seen.add(node)
        for triple in graph.match(node):
            yield triple
            if isinstance(triple.object, BlankNode):
                todo.append(triple.object)


def _superclasses(graph: Graph) -> dict[Term, frozenset[Term]]:
    direct: dict[Term, set[Term]] = {}
    for triple in graph.match(None, RDFS.subClassOf):
        if isinstance(triple.object, NamedNode):
            direct.setdefault(triple.subject, set()).add(triple.object)
    closed: dict[Term, frozenset[Term]] = {}
    for cls in direct:
        found: set[Term] = set()
        todo = [cls]
        while todo:
            for above in direct.get(todo.pop(), ()):
                if above not in found:
                    found.add(above)
                    todo.append(above)
        closed[cls] = frozenset(found)
    return closed


def _projections(graph: Graph) -> list[Projection]:
    found = []
    for triple in sorted(graph.match(None, DG.projects), key=str):
        subject_slot = _one_named(graph, triple.subject, DG.subjectSlot)
        assert isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode)
        assert subject_slot
        object_slot = _one_named(graph, triple.subject, DG.objectSlot)
        found.append(Projection(triple.subject, triple.object, subject_slot, object_slot))
    return found


def _windows(graph: Graph) -> list[Window]:
    found = []
    for node in graph.instances(DG.Window):
        measures, inside_as = (
            _one_named(graph, node, DG.measures),
            _one_named(graph, node, DG.insideAs),
        )
        assert isinstance(node, NamedNode) and measures and inside_as
        found.append(
            Window(
                iri=node,
                measures=measures,
                relative_to=_one_named(graph, node, DG.relativeTo),
                opens_after=graph.text(node, DG.opensAfter),
                closes_after=graph.text(node, DG.closesAfter),
                inside_as=inside_as,
                closed_as=_one_named(graph, node, DG.closedAs),
            )
        )
    return found
