"""S28: writers, servers and keepers that are killed at random moments, all at the same time."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter

import pytest

from dutygraph.errors import Problem
from dutygraph.store import store_of
from tests.store_fixtures import (
    STATEMENTS,
    eventually,
    numbers,
    settings_of,
    start_server,
    start_writer,
    version,
)

GRAPHS = [f"https://example.org/graph/{n}" for n in range(2)]


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("rounds", [12, pytest.param(150, marks=pytest.mark.long)])
def test_s28_nothing_acknowledged_is_lost_and_nothing_is_mixed(rounds, tmp_path):
    """Three processes count two graphs up with If-Match while they, the server and its keeper are
    killed; each number is acknowledged once at most, the graph never falls behind, and every
    reader sees one whole version.
    """
    seed = int(os.environ.get("SEED") or random.randrange(10**6))  # noqa: S311
    chosen = random.Random(seed)  # noqa: S311
    print(f"SEED={seed}")
    folder, acknowledged = tmp_path / "store", tmp_path / "acknowledged"
    server = start_server(folder)
    store = store_of(settings_of(folder))
    assert store is not None
    for graph in GRAPHS:
        store.writer.put(graph, version(0))
    mixed: list[str] = []
    reads, over = 0, threading.Event()

    def read() -> None:
        nonlocal reads
        while not over.is_set():
            for graph in GRAPHS:
                try:
                    kept = store.writer.get(graph)
                except Problem:
                    continue
                seen = kept.statements if kept else b""
                reads += 1
                found, size = numbers(seen), seen.count(b"\n")
                if len(found) != 1 or size != STATEMENTS:
                    mixed.append(f"{graph}: {found}, {size}")

    reader = threading.Thread(target=read)
    reader.start()
    writers = [start_writer(folder, len(GRAPHS), seed + n, acknowledged) for n in range(3)]
    killed: Counter[str] = Counter()
    try:
        time.sleep(1.5)
        for n in range(rounds):
            time.sleep(chosen.uniform(0.02, 0.6))
            victim = chosen.choice(["writer", "writer", "server", "keeper"])
            killed[victim] += 1
            if victim == "writer":
                which = chosen.randrange(len(writers))
                writers[which].kill()
                writers[which].wait()
                writers[which] = start_writer(folder, len(GRAPHS), seed + 100 + n, acknowledged)
            elif victim == "server":
                running = store.files.running()
                if running is not None:
                    _kill(running.pid)
            else:
                assert server._keeper is not None
                _kill(server._keeper.pid)
                server.stop()
                server = start_server(folder)
        time.sleep(2)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
        over.set()
        reader.join()
    # What was under way is finished by whoever writes next.
    with store.writer.writing():
        pass
    lines = acknowledged.read_text(encoding="utf-8").splitlines()
    written = Counter(line for line in lines if " " in line)
    refused = Counter(line for line in lines if " " not in line)
    print(f"{written.total()} acknowledged, {reads} reads, killed {killed}, refused {refused}")
    assert mixed == []
    assert written.total() > rounds
    assert [line for line, times in written.items() if times > 1] == [], "an update was lost"
    for graph in GRAPHS:
        (number,) = numbers(eventually(store, graph))
        last = max((int(w.split()[1]) for w in written if w.startswith(graph)), default=0)
        assert number >= last, "an acknowledged write was lost"
    assert not store.files.pending.exists()
    store.client.close()
    server.stop()
