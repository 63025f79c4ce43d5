"""The whole flow: bytes to report.

Owns: the order of the stages and what they share. Must not know HTTP, the command line, or a rule.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from dutygraph.admission import Vocabulary, admit
from dutygraph.assessment import assess
from dutygraph.description import Description, describe, split
from dutygraph.engines import Engine, make_engine
from dutygraph.errors import Problem
from dutygraph.outcomes import Assessment
from dutygraph.parsing import Limits, Parsed, parse
from dutygraph.report import build_report
from dutygraph.rooms import document_files, room
from dutygraph.rulebook import Rulebook
from dutygraph.terms import BASE, CODE, CONTEXT_IRI, DG, RDF, RULE, SH
from dutygraph.triples import Graph, NamedNode, Quad


@dataclass(frozen=True)
class Options:
    """How to assess.

    Args:
        as_at: the day of the structure; the description's own day where None.
        law_as_at: the day of the law; the day of the structure where None.
        assume_complete: take every list in the description as complete.
        engine: `fast` or `reference`.
    """

    as_at: date | None = None
    law_as_at: date | None = None
    assume_complete: bool = False
    engine: str = "fast"


@dataclass
class Pipeline:
    """The stages with what they share: the rulebook and, made when first used, the engines."""

    rulebook: Rulebook
    limits: Limits = field(default_factory=Limits)
    _engines: dict[str, Engine] = field(default_factory=dict)

    @classmethod
    def load(cls, limits: Limits | None = None) -> Pipeline:
        """Read the rulebook of this installation."""
        return cls(Rulebook.load(), limits or Limits())

    def engine(self, name: str) -> Engine:
        """The engine with that name, prepared once."""
        if name not in self._engines:
            self._engines[name] = make_engine(name, self.rulebook.shapes)
        return self._engines[name]

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What a submission may use and what it may say nothing about."""
        return vocabulary_of(self.rulebook)

    @cached_property
    def contexts(self) -> dict[str, object]:
        """The JSON-LD contexts that a submission may name, by IRI."""
        path = room("ontology") / "context.jsonld"
        return {CONTEXT_IRI: json.loads(path.read_text(encoding="utf-8"))["@context"]}

    @cached_property
    def documents(self) -> Graph:
        """What the documents of this installation say, all together."""
        return Graph.from_files(str(p) for p in document_files())

    def admitted(self, data: bytes, media_type: str) -> Parsed:
        """Parse a submission and admit it.

        Raises:
            Problem: the submission cannot be used.
        """
        parsed = parse(data, media_type, limits=self.limits, contexts=self.contexts)
        admit(parsed, self.vocabulary)
        return parsed

    def read(self, data: bytes, media_type: str) -> list[Description]:
        """Parse and admit a submission: one description, or one for each structure of a dataset.

        Raises:
            Problem: the submission cannot be used.
        """
        parsed = self.admitted(data, media_type)
        return [describe(quads, notes_on(parsed)) for quads in split(parsed.quads)]

    def read_together(self, submissions: Sequence[tuple[bytes, str]]) -> Description:
        """Parse several submissions and merge them into one description.

        Raises:
            Problem: a submission cannot be used, or the whole does not hold one structure.
        """
        quads: list[Quad] = []
        notes: list[str] = []
        for data, media_type in submissions:
            parsed = self.admitted(data, media_type)
            # The parser names the unnamed nodes of each file anew, so that two files share none.
            quads += parsed.quads
            notes += notes_on(parsed)
        return describe(quads, tuple(notes))

    def assess(self, description: Description, options: Options) -> Assessment:
        """Assess a description.

        Raises:
            Problem: `no-day`, where neither the description nor the caller gives a day.
        """
        as_at = options.as_at or description.day
        if as_at is None:
            raise Problem(
                "no-day",
                "The structure has no dg:assessmentDay and no day was asked for. Add one to the "
                "structure, or say as-at=YYYY-MM-DD.",
            )
        return assess(
            description,
            rulebook=self.rulebook,
            engine=self.engine(options.engine),
            as_at=as_at,
            law_as_at=options.law_as_at,
            assume_complete=options.assume_complete,
        )

    def reports(self, data: bytes, media_type: str, options: Options) -> list[dict[str, Any]]:
        """A report for every structure of a submission."""
        return [
            build_report(self.assess(d, options), self.rulebook)
            for d in self.read(data, media_type)
        ]

    def report(self, data: bytes, media_type: str, options: Options) -> dict[str, Any]:
        """The report of a submission with one structure.

        Raises:
            Problem: `several-structures`, where a dataset holds more than one.
        """
        descriptions = self.read(data, media_type)
        if len(descriptions) > 1:
            raise Problem(
                "several-structures",
                f"The dataset holds {len(descriptions)} structures, each in its own graph. Send "
                "them one by one, or use `compare` to see them side by side.",
                extra={"structures": [str(d.structure.value) for d in descriptions]},
            )
        return build_report(self.assess(descriptions[0], options), self.rulebook)


def vocabulary_of(rulebook: Rulebook) -> Vocabulary:
    """What a submission may use and what it may say nothing about."""
    graph = rulebook.graph
    ours = {t.subject.value for t in graph if isinstance(t.subject, NamedNode)}
    shapes = {
        t.subject.value
        for t in graph.match(None, RDF.type)
        if t.object in (SH.NodeShape, SH.PropertyShape) and isinstance(t.subject, NamedNode)
    }
    return Vocabulary(
        terms=frozenset(i for i in ours if i.startswith(DG.base) and i != DG.base),
        codes=frozenset(i for i in ours if i.startswith(CODE.base)),
        rules=frozenset(i for i in ours - shapes if i.startswith(RULE.base)),
        # Paragraphs are anybody's to describe: a description may bring its own source.
        protected=frozenset(i for i in ours if not i.startswith(BASE + "id/source/")),
        rulebook_version=rulebook.version,
    )


def notes_on(parsed: Parsed) -> tuple[str, ...]:
    """What the reader is told about how a submission was read."""
    if not parsed.ignored_imports:
        return ()
    return (
        "owl:imports is not followed; these were left out: " + ", ".join(parsed.ignored_imports),
    )
