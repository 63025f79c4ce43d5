"""What linked data work with, made once in a process and when it is first asked for.

Owns: when it is loaded, and that only one thread loads it. Must not know HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from threading import Lock

from dutygraph.codebook import Book
from dutygraph.dataset import Dataset
from dutygraph.linked.dumps import Dumps
from dutygraph.linked.knowledge import Knowledge
from dutygraph.linked.vocabulary import Vocabulary
from dutygraph.rooms import room
from dutygraph.terms import BASE
from dutygraph.triples import NamedNode, RdfFormat, Triple, parse_quads

__all__ = ["Library"]

_CHECKS = ("house-style", "data-quality")


def _own_checks() -> Iterator[tuple[NamedNode, Triple]]:
    """The shapes that this project's own files are checked with: they have identifiers too."""
    for folder in _CHECKS:
        for path in sorted((room("shapes") / folder).glob("*.ttl")):
            graph = NamedNode(f"{BASE}id/graph/{folder}/{path.stem}")
            quads = parse_quads(path.read_bytes(), RdfFormat.TURTLE, rename_blank_nodes=True)
            yield from ((graph, quad.triple) for quad in quads)


class Library:
    """Everything that is known, ready to be described.

    Args:
        load: where the dataset comes from; the packaged files unless another is given.
    """

    def __init__(self, load: Callable[[], Dataset] = Dataset.load) -> None:
        self._load = load
        # Who reads a page does not wait for the files.
        self._reading, self._writing = Lock(), Lock()

    @property
    def known(self) -> Knowledge:
        """What is known of each thing."""
        return self.vocabulary.known

    @property
    def vocabulary(self) -> Vocabulary:
        """The terms with their use."""
        with self._reading:
            return self._vocabulary

    @property
    def dumps(self) -> Dumps:
        """The dataset as files."""
        with self._writing:
            return self._dumps

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        dataset = self._load()
        return Vocabulary(Knowledge.of(dataset, _own_checks()), Book(dataset))

    @cached_property
    def _dumps(self) -> Dumps:
        return Dumps.of(self.known)
