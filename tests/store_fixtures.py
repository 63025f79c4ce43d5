"""Real stores in folders of their own, and a writer that is killed."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import dutygraph
from dutygraph.errors import Problem
from dutygraph.settings import Settings, StoreFolder
from dutygraph.store import Condition, EmbeddedServer, GraphStore, KeptGraph, opened, store_of
from dutygraph.triples import Literal, NamedNode, Triple

PACKAGE = str(Path(dutygraph.__file__).parents[1])
ROOT = str(Path(__file__).parents[1])
STATEMENTS = 300
SUBJECT, PREDICATE = NamedNode("https://example.org/s"), NamedNode("https://example.org/p")


def settings_of(folder: Path, **more: object) -> Settings:
    """Settings with a store in a folder."""
    return Settings(store=StoreFolder(folder), **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module", name="store")
def a_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """A store that runs, and is empty at first."""
    with opened(settings_of(tmp_path_factory.mktemp("store"))) as store:
        yield store


def version(number: int) -> list[Triple]:
    """All statements of one version of a graph; every one of them names it."""
    return [Triple(SUBJECT, PREDICATE, Literal(f"{number}-{each}")) for each in range(STATEMENTS)]


def numbers(statements: bytes) -> set[int]:
    """The versions that the statements of a graph come from."""
    return {int(line.split(b'"')[1].split(b"-")[0]) for line in statements.splitlines()}


def kept(store: GraphStore, graph: str) -> KeptGraph:
    """A graph that has to be there."""
    found = store.writer.get(graph)
    assert found is not None, graph
    return found


def eventually(store: GraphStore, graph: str, seconds: float = 30) -> bytes:
    """A graph, from a store that may be starting again."""
    ends = time.monotonic() + seconds
    while True:
        with contextlib.suppress(Problem):
            kept = store.writer.get(graph)
            if kept is not None:
                return kept.statements
        assert time.monotonic() < ends, "the store does not come back"
        time.sleep(0.02)


def start_writer(
    folder: Path, graphs: int, seed: int, acknowledged: Path
) -> subprocess.Popen[bytes]:
    """A process that counts graphs up until it is killed, and writes down what was acknowledged."""
    arguments = [str(folder), str(graphs), str(seed), str(acknowledged)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store_fixtures", *arguments],
        env=os.environ | {"PYTHONPATH": f"{PACKAGE}{os.pathsep}{ROOT}"},
    )


def start_server(folder: Path) -> EmbeddedServer:
    """The server of a folder, which answers."""
    server = EmbeddedServer(settings_of(folder))
    server.start()
    server.wait()
    return server


def _count(folder: Path, graphs: int, seed: int, acknowledged: Path) -> None:
    """Read a graph, add one, and put it on the condition that nobody else did meanwhile."""
    store = store_of(settings_of(folder))
    assert store is not None
    chosen = random.Random(seed)  # noqa: S311  no secret
    with acknowledged.open("ab", buffering=0) as log:
        while True:
            graph = f"https://example.org/graph/{chosen.randrange(graphs)}"
            try:
                kept = store.writer.get(graph)
                assert kept is not None
                (number,) = numbers(kept.statements)
                store.writer.put(graph, version(number + 1), Condition(if_match=[kept.etag]))
                log.write(f"{graph} {number + 1}\n".encode())
            except Problem as problem:
                log.write(f"{problem.slug}\n".encode())
                if problem.slug != "graph-changed":
                    time.sleep(0.05)


if __name__ == "__main__":
    _count(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
