"""From what a council sent to what is kept: parsed, admitted, its own, assessed and in two views.

Owns: the task that a worker does before anything is written. Must not: write, or know a token.

The public's view is assessed by itself, so that its report says no more than it holds and `verify`
finds the same from what anybody can read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dutygraph.canonical_form import canonical_form
from dutygraph.description import Description, describe
from dutygraph.errors import Problem
from dutygraph.parsing import Parsed
from dutygraph.pipeline import Options, Pipeline, notes_on
from dutygraph.publishing.names import GraphName
from dutygraph.publishing.ownership import refuse_what_is_anothers
from dutygraph.publishing.public_view import PublicView, public_view
from dutygraph.report import build_report
from dutygraph.terms import DG
from dutygraph.triples import BlankNode, NamedNode, Quad, Term, Triple, parse_triples

__all__ = ["Prepared", "Preparing", "View", "views_of", "whose"]


@dataclass(frozen=True)
class View:
    """What somebody reads.

    Args:
        statements: N-Triples.
        report: of it, as JSON.
        hash: "sha256:" and the digest of its canonical form, or None where that is refused.
    """

    statements: bytes
    report: bytes
    hash: str | None


@dataclass(frozen=True)
class Prepared:
    """What is kept of what was sent. An unnamed node has the same name in all of it.

    Args:
        own: as its council sees it.
        public: as the public sees it; `own` itself where nothing is held back.
        held_back: N-Triples of what the public does not see.
    """

    own: View
    public: View
    held_back: bytes


@dataclass(frozen=True)
class Preparing:
    """The task.

    Args:
        data, media_type: what was sent.
        name: the graph that it is for.
        tier: the lowest tier whose holders the public sees.
        today: the day to assess on, where the structure has none.
    """

    data: bytes
    media_type: str
    name: GraphName
    tier: str
    today: date

    def perform(self, pipeline: Pipeline) -> Prepared:
        """Do it.

        Raises:
            Problem: what keeps the description from being used; not-of-the-council; bad-value for
                more than one graph.
        """
        parsed = pipeline.admitted(self.data, self.media_type)
        self._refuse_other_graphs(parsed.quads)
        triples = _steadily_named(parsed)
        notes = (*notes_on(parsed), whose(self.name, pipeline))
        description = _described(triples, notes)
        refuse_what_is_anothers(description, self.name.council, pipeline.rulebook)
        own = _view(pipeline, triples, description, self.today)
        return views_of(triples, self.tier, pipeline, own, notes, self.today)

    def _refuse_other_graphs(self, quads: Iterable[Quad]) -> None:
        named = {q.graph_name for q in quads if isinstance(q.graph_name, NamedNode)}
        others = sorted(g.value for g in named if g.value != self.name.published)
        if others:
            raise Problem(
                "bad-value",
                f"What was sent names a graph itself, {others[0]}. One request writes one graph, "
                "that of its address: send its statements without a graph.",
            )


def views_of(
    triples: Sequence[Triple],
    tier: str,
    pipeline: Pipeline,
    own: View,
    notes: tuple[str, ...],
    today: date,
) -> Prepared:
    """A graph in the two views of it.

    Args:
        triples: all of it.
        tier: the lowest tier whose holders the public sees.
        pipeline: assesses what the public sees, where that is not all.
        own: what its council sees.
        notes: what the reader of the report is told.
        today: the day to assess on, where the structure has none.
    """
    split = public_view(triples, pipeline.rulebook, tier)
    if not split.held_back:
        return Prepared(own, own, b"")
    description = _described(split.seen, (*notes, _left_out(split, tier)))
    public = _view(pipeline, split.seen, description, today)
    return Prepared(own, public, _as_ntriples(split.held_back))


def whose(name: GraphName, pipeline: Pipeline) -> str:
    """By whom what a graph says is said (SECURITY S32)."""
    label = pipeline.rulebook.graph.text(name.council, DG.name) or name.authority
    return (
        f"This is a graph of {label}. Completeness statements, judgements and departures in it are "
        "that council's own."
    )


def _view(
    pipeline: Pipeline, triples: Iterable[Triple], description: Description, today: date
) -> View:
    options = Options(as_at=None if description.day else today)
    report = build_report(pipeline.assess(description, options), pipeline.rulebook)
    text = json.dumps(report, ensure_ascii=False, separators=(",", ":"))
    return View(_as_ntriples(triples), text.encode(), report["data"]["hash"])


def _described(triples: Iterable[Triple], notes: tuple[str, ...]) -> Description:
    return describe([Quad(t.subject, t.predicate, t.object) for t in triples], notes)


def _left_out(split: PublicView, tier: str) -> str:
    many = "one appointment is" if split.tenures == 1 else f"{split.tenures} appointments are"
    return (
        f"This is what the public sees: {many} left out, to posts below the "
        f"{tier.replace('-', ' ')} or to posts whose tier is not known. The posts themselves and "
        "their designations are here."
    )


def _steadily_named(parsed: Parsed) -> list[Triple]:
    """The statements, unnamed nodes named by what is said of them, or else in their order."""
    triples = list(dict.fromkeys(q.triple for q in parsed.quads))
    unnamed: dict[Term, BlankNode] = {}
    for triple in triples:
        for term in (triple.subject, triple.object):
            if isinstance(term, BlankNode):
                unnamed.setdefault(term, BlankNode(f"b{len(unnamed)}"))
    try:
        return parse_triples(canonical_form(triples))
    except Problem:
        return [
            Triple(unnamed.get(t.subject, t.subject), t.predicate, unnamed.get(t.object, t.object))
            for t in triples
        ]


def _as_ntriples(triples: Iterable[Triple]) -> bytes:
    return "".join(sorted({f"{t} .\n" for t in triples})).encode()
