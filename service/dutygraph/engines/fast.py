"""The fast engine: shifty, compiled once for the shapes. The home of `shifty`."""

from __future__ import annotations

import shifty
from shifty._shifty import PreparedValidator

from dutygraph.engines import EngineFailed
from dutygraph.engines.results import Result, read_report
from dutygraph.triples import Graph, RdfFormat, parse_quads


class FastEngine:
    """shifty with prepared shapes.

    Args:
        shapes: the shapes as N-Triples.

    Raises:
        EngineFailed: shifty has anything to say about the shapes.
    """

    name = "fast"
    version = f"shifty {shifty.version()}"

    def __init__(self, shapes: bytes) -> None:
        # The compiled class itself: its public wrapper turns every report into an rdflib graph, slowly,
        # and makes warnings of the diagnostics that are errors to us.
        try:
            self._validator = PreparedValidator(shapes, shapes_format="turtle")
        except ValueError as error:
            raise EngineFailed(f"shifty: {error}") from error
        self._refuse(self._validator.diagnostics)

    def validate(self, data: bytes) -> frozenset[Result]:
        """Validate N-Triples; see `Engine`."""
        try:
            # "data": with shifty's default it finds targets in the shapes graph, which pySHACL does not.
            answer = self._validator.validate_w3c(
                data,
                data_format="turtle",
                graph_mode="data",
                run_infer=False,
                on_unsupported="error",
            )
            self._refuse(answer.diagnostics)
            quads = parse_quads(answer.report_turtle.encode(), format=RdfFormat.TURTLE)
            return read_report(Graph(q.triple for q in quads))
        except (ValueError, SyntaxError, RuntimeError) as error:
            raise EngineFailed(f"shifty: {error}") from error

    @staticmethod
    def _refuse(diagnostics: list[str]) -> None:
        if diagnostics:
            raise EngineFailed("shifty: " + "; ".join(diagnostics))
