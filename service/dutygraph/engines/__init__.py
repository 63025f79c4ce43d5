"""Two SHACL engines behind one interface: a fast one, and the reference that checks it.

An engine gets facts as N-Triples that we wrote and answers with a set of results. It never sees a
user's text.
"""

from __future__ import annotations

from typing import Protocol

from dutygraph.engines.results import Result

__all__ = ["ENGINE_NAMES", "Engine", "EngineFailed", "Result", "make_engine"]

ENGINE_NAMES = ("fast", "reference")


class EngineFailed(Exception):
    """An engine could not do its work; its own words are in the message."""


class Engine(Protocol):
    """A SHACL engine that was given the shapes once."""

    name: str
    version: str

    def validate(self, data: bytes) -> frozenset[Result]:
        """Validate one data graph.

        Args:
            data: the facts as N-Triples, codes and parameters included.

        Returns:
            The results that hang on the report by `sh:result`.

        Raises:
            EngineFailed: on any diagnostic, error or malformed report.
        """
        ...


def make_engine(name: str, shapes: bytes) -> Engine:
    """Prepare an engine for one shapes graph.

    Args:
        name: `fast` or `reference`.
        shapes: the shapes as N-Triples.
    """
    # Imported here: each engine takes a while to load and a run needs one of them.
    if name == "fast":
        from dutygraph.engines.fast import FastEngine

        return FastEngine(shapes)
    if name == "reference":
        from dutygraph.engines.reference import ReferenceEngine

        return ReferenceEngine(shapes)
    raise ValueError(f"no engine is called {name}; there are {', '.join(ENGINE_NAMES)}")
