"""A document's own scores of the options that are compared.

Owns: finding them. Must not score anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dutygraph.terms import DCT, DG, SKOS
from dutygraph.triples import Graph, Term

__all__ = ["Score", "scores_in"]


@dataclass(frozen=True)
class Score:
    """One cell of a scoring matrix.

    Args:
        rank: of the symbol on the appraisal's scale, zero at the benchmark; None where it has none.
        benchmark: the option that is the appraisal's zero, where it says so.
    """

    option: Term
    factor: Term
    factor_title: str
    benchmark: Term | None
    symbol: str
    rank: int | None
    meaning: str
    reason: str
    sources: tuple[str, ...]


def scores_in(graphs: Iterable[Graph], options: Iterable[Term]) -> list[Score]:
    """The scores that graphs give these options, by factor and option."""
    wanted = set(options)
    found: dict[Term, Score] = {}
    for graph in graphs:
        for node in graph.instances(DG.Score):
            option, factor = graph.value(node, DG.about), graph.value(node, DG.scoredFor)
            if option in wanted and option is not None and factor is not None:
                found[node] = _score(graph, node, option, factor)
    return sorted(found.values(), key=lambda s: (str(s.factor), str(s.option)))


def _score(graph: Graph, node: Term, option: Term, factor: Term) -> Score:
    level = graph.value(node, DG.scoreLevel)
    appraisal = graph.value(factor, DG.belongsTo)
    rank = graph.text(level, DG.rank) if level else ""
    short = graph.text(factor, SKOS.altLabel)
    return Score(
        option=option,
        factor=factor,
        factor_title=graph.text(factor, DG.title) or short,
        benchmark=graph.value(appraisal, DG.measuresAgainst) if appraisal else None,
        symbol=graph.text(node, DG.symbol),
        rank=int(rank) if rank else None,
        meaning=graph.text(level, DG.title) if level else "",
        reason=graph.text(node, DG.reason),
        sources=tuple(str(s.value) for s in graph.objects(node, DCT.source)),
    )
