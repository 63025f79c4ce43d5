"""S28: writers, servers and keepers that are killed at random moments, all at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from dutygraph.errors import Problem
from tests.crash_fixtures import Crashes
from tests.store_fixtures import STATEMENTS, eventually, numbers, start_writer, version

GRAPHS = [f"https://example.org/graph/{n}" for n in range(2)]


@pytest.mark.parametrize("rounds", [12, pytest.param(150, marks=pytest.mark.long)])
def test_s28_nothing_acknowledged_is_lost_and_nothing_is_mixed(rounds, tmp_path):
    """Three processes count two graphs up with If-Match while they, the server and its keeper are
    killed; each number is acknowledged once at most, the graph never falls behind, and every
    reader sees one whole version.
    """
    with closing(Crashes(tmp_path)) as crashes:
        store = crashes.store
        for graph in GRAPHS:
            store.writer.put(graph, version(0))

        def look() -> Iterator[str]:
            for graph in GRAPHS:
                try:
                    kept = store.writer.get(graph)
                except Problem:
                    continue
                seen = kept.statements if kept else b""
                found, size = numbers(seen), seen.count(b"\n")
                whole = len(found) == 1 and size == STATEMENTS
                yield "" if whole else f"{graph}: {found}, {size}"

        told = crashes.run(
            rounds,
            0.6,
            lambda folder, seed, log: start_writer(folder, len(GRAPHS), seed, log),
            look,
        )
        assert told.mixed == []
        # A process that is started anew takes its time to load.
        assert told.written.total() > rounds // 3
        assert [line for line, times in told.written.items() if times > 1] == [], (
            "an update was lost"
        )
        for graph in GRAPHS:
            (number,) = numbers(eventually(store, graph))
            last = max((int(w.split()[1]) for w in told.written if w.startswith(graph)), default=0)
            assert number >= last, "an acknowledged write was lost"
        assert not store.files.pending.exists()
