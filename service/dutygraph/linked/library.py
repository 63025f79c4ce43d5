"""What linked data work with, made once in a process and when it is first asked for.

Owns: when it is loaded, and that only one thread loads it. Must not know HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from threading import Lock

from dutygraph.codebook import Book
from dutygraph.dataset import Dataset
from dutygraph.linked.dumps import Dumps
from dutygraph.linked.knowledge import Knowledge
from dutygraph.linked.vocabulary import Vocabulary

__all__ = ["Library"]


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
        return Vocabulary(Knowledge.of(dataset), Book(dataset))

    @cached_property
    def _dumps(self) -> Dumps:
        return Dumps.of(self.known)
