"""The reference engine: pySHACL, complete and slow. The home of `pyshacl` and of `rdflib`."""

from __future__ import annotations

import threading

import pyshacl
import rdflib

from dutygraph.engines import EngineFailed
from dutygraph.engines.results import Result, read_report
from dutygraph.triples import Graph, RdfFormat, parse_quads

# rdflib's SPARQL parser is not safe when several threads use it first at the same time.
_ONE_AT_A_TIME = threading.Lock()


class ReferenceEngine:
    """pySHACL over a private copy of the shapes for every run, since it writes into what it is given.

    Args:
        shapes: the shapes as N-Triples.
    """

    name = "reference"
    version = f"pySHACL {pyshacl.__version__}"

    def __init__(self, shapes: bytes) -> None:
        self._shapes = rdflib.Graph().parse(data=shapes, format="nt")

    def validate(self, data: bytes) -> frozenset[Result]:
        """Validate N-Triples; see `Engine`."""
        with _ONE_AT_A_TIME:
            facts = rdflib.Graph().parse(data=data, format="nt")
            shapes = rdflib.Graph()
            shapes += self._shapes
            try:
                _, report, text = pyshacl.validate(
                    facts,
                    shacl_graph=shapes,
                    inference="none",
                    advanced=False,
                    meta_shacl=False,
                    do_owl_imports=False,
                )
            except Exception as error:  # pySHACL raises its own and rdflib's, without a common base
                raise EngineFailed(f"pySHACL: {error}") from error
        if not isinstance(report, rdflib.Graph):
            # An engine failure can arrive as the report itself.
            raise EngineFailed(f"pySHACL: {report or text}")
        try:
            quads = parse_quads(report.serialize(format="nt").encode(), format=RdfFormat.N_TRIPLES)
            return read_report(Graph(q.triple for q in quads))
        except (ValueError, SyntaxError) as error:
            raise EngineFailed(f"pySHACL: {error}") from error
