"""What linked data work with, made once in a process and when it is first asked for.

Owns: when it is loaded, and that only one thread loads it. Must not know HTTP.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from threading import Lock

from dutygraph.codebook import Book
from dutygraph.dataset import Dataset
from dutygraph.linked.dumps import Dumps
from dutygraph.linked.knowledge import Knowledge
from dutygraph.linked.snapshots import Snapshots
from dutygraph.linked.vocabulary import Vocabulary
from dutygraph.rooms import room
from dutygraph.terms import BASE
from dutygraph.triples import NamedNode, RdfFormat, Triple, parse_quads

__all__ = ["Library"]

_LOG = logging.getLogger("dutygraph.linked")
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
        snapshots: the folder in which every version is kept that was ever named; None keeps none.
    """

    def __init__(
        self, load: Callable[[], Dataset] = Dataset.load, snapshots: Path | None = None
    ) -> None:
        self._load = load
        self._snapshots = Snapshots(snapshots)
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

    def version(self, name: str) -> Dumps | None:
        """One version of the dataset as files: the present one, or one that was kept."""
        dumps = self.dumps
        return dumps if name == dumps.version else self._snapshots.read(name)

    @property
    def versions(self) -> list[str]:
        """The names of the versions that can be fetched, the present one last."""
        present = self.dumps.version
        return [*(v for v in self._snapshots.versions() if v != present), present]

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        dataset = self._load()
        return Vocabulary(Knowledge.of(dataset, _own_checks()), Book(dataset))

    @cached_property
    def _dumps(self) -> Dumps:
        dumps = Dumps.of(self.known)
        try:
            self._snapshots.keep(dumps)
        except OSError as error:
            # The data can be read all the same; only the operator can mend this.
            _LOG.warning("This version of the dataset could not be kept: %s", error)
        return dumps
