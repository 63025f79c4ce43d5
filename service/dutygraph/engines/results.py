"""What an engine answers, read from its SHACL report into values that can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from dutygraph.terms import RDF, SH
from dutygraph.triples import BlankNode, Graph, Literal, NamedNode, Term


@dataclass(frozen=True, order=True)
class Result:
    """One validation result.

    Args:
        focus, value: terms in N-Triples form; value is empty where there is none.
        path: the path in SPARQL notation, empty where there is none.
        severity, shape: IRIs.
    """

    focus: str
    path: str
    value: str
    severity: str
    shape: str


def read_report(graph: Graph) -> frozenset[Result]:
    """The results of a SHACL validation report, following `sh:result` only.

    Raises:
        ValueError: the graph is not one report, or a result lacks what SHACL requires.
    """
    reports = graph.instances(SH.ValidationReport)
    if len(reports) != 1 or not graph.objects(reports[0], SH.conforms):
        raise ValueError("the engine did not answer with one validation report")
    found = set()
    for node in graph.objects(reports[0], SH.result):
        shape, severity = graph.value(node, SH.sourceShape), graph.value(node, SH.resultSeverity)
        focus = graph.value(node, SH.focusNode)
        if not (isinstance(shape, NamedNode) and isinstance(severity, NamedNode) and focus):
            raise ValueError(f"a result without a named shape, a severity or a focus: {shape}")
        path, value = graph.value(node, SH.resultPath), graph.value(node, SH.value)
        found.add(
            Result(
                focus=str(focus),
                path=_path(graph, path) if path else "",
                value=_comparable(value) if value else "",
                severity=severity.value,
                shape=shape.value,
            )
        )
    return frozenset(found)


def _comparable(term: Term) -> str:
    """Engines write integers with different datatypes and spellings; compare what they mean."""
    if isinstance(term, Literal) and term.datatype.value.endswith(("#integer", "#int", "#long")):
        return str(int(term.value))
    return str(term)


def _path(graph: Graph, node: Term) -> str:
    if not isinstance(node, BlankNode):
        return str(node)
    if graph.value(node, RDF.first):
        return "/".join(_path(graph, item) for item in _list(graph, node))
    for predicate, before, after in (
        (SH.inversePath, "^", ""),
        (SH.zeroOrMorePath, "", "*"),
        (SH.oneOrMorePath, "", "+"),
        (SH.zeroOrOnePath, "", "?"),
    ):
        inner = graph.value(node, predicate)
        if inner:
            return f"{before}({_path(graph, inner)}){after}"
    alternatives = graph.value(node, SH.alternativePath)
    if alternatives:
        return "(" + "|".join(_path(graph, item) for item in _list(graph, alternatives)) + ")"
    raise ValueError(f"not a property path: {node}")


def _list(graph: Graph, head: Term) -> list[Term]:
    items: list[Term] = []
    node: Term | None = head
    while node is not None and node != RDF.nil:
        first = graph.value(node, RDF.first)
        if first is None:
            raise ValueError("a broken list in a path")
        items.append(first)
        node = graph.value(node, RDF.rest)
    return items
