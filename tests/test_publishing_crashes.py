"""S28: councils that publish while they, the store's server and its keeper are killed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from dutygraph.errors import Problem
from dutygraph.publishing.history import History
from dutygraph.publishing.names import GraphName
from dutygraph.publishing.publisher import Publisher, Wanted, report_in
from dutygraph.publishing.tokens import Token
from dutygraph.store import GraphStore, store_of
from dutygraph.store.loading import UNION
from tests.crash_fixtures import Acknowledged, Crashes
from tests.publishing_fixtures import COUNCILS, numbered, start_publisher
from tests.store_fixtures import settings_of, start_server

NAMES = [GraphName(council, "today") for council in COUNCILS]
SIZE = 40


def statements(store: GraphStore, graph: str) -> bytes:
    """What a graph holds; nothing where there is none."""
    kept = store.writer.get(graph)
    return kept.statements if kept else b""


def counted(text: bytes) -> set[int]:
    """The numbers that a content names."""
    return {int(n) for n in re.findall(rb'"(\d+)" \.', text)}


def faults(store: GraphStore, name: GraphName) -> list[str]:
    """Whatever of a graph does not agree with the rest of it."""
    found = []
    history = History(name, statements(store, name.history))
    events = history.events()
    if [e.number for e in events] != list(range(1, len(events) + 1)):
        found.append(f"numbers {[e.number for e in events]}")
    for event in events:
        if event.version is None:
            continue
        content = statements(store, name.version(event.number))
        if counted(content) != {event.number} or content.count(b"\n") != SIZE:
            found.append(f"version {event.number} holds {counted(content)}")
        if event.hash != f"sha256:{event.number:064d}":
            found.append(f"version {event.number} has the hash {event.hash}")
        report = json.loads(report_in(statements(store, name.report(event.number))))
        if report != {"number": event.number}:
            found.append(f"version {event.number} has the report {report}")
        own = len(statements(store, name.version(event.number, own=True)).splitlines())
        if own != (0 if event.number % 2 else SIZE + 1):
            found.append(f"version {event.number} of its own has {own} statements")
    last = events[-1] if events else None
    now = last.number if last and last.version else None
    if counted(statements(store, name.published)) != ({now} if now else set()):
        found.append(f"published {counted(statements(store, name.published))}, history {now}")
    held_back = counted(statements(store, name.held_back))
    if held_back != ({now} if now and now % 2 == 0 else set()):
        found.append(f"held back {held_back}, history {now}")
    return found


def not_in_step(store: GraphStore) -> set[bytes]:
    """What the union holds and no published graph does, or the other way round."""
    published = {line for name in NAMES for line in statements(store, name.published).splitlines()}
    return published ^ set(statements(store, UNION).splitlines())


@pytest.mark.parametrize("rounds", [12, pytest.param(150, marks=pytest.mark.long)])
def test_s28_what_one_write_changes_is_changed_as_a_whole(rounds, tmp_path):
    """Three processes publish, draft, withdraw three graphs while they, the server and its keeper are
    killed: each number is acknowledged once at most and none is lost; content, versions, reports,
    history, what is held back and everybody's union agree.
    """
    with closing(Crashes(tmp_path)) as crashes:
        publisher = Publisher(crashes.store)
        for name in NAMES:
            by = Token("0" * 12, name.authority, "", "", "")
            first = numbered(name.authority, 1)
            publisher.publish(name, first, by, Wanted(absent=True), datetime.now(UTC))

        def look() -> Iterator[str]:
            for name in NAMES:
                try:
                    state = publisher.state(name, own=False)
                except Problem:
                    continue
                expected = {state.number} if state and not state.withdrawn else set()
                whole = state is not None and counted(state.statements) == expected
                yield "" if whole else f"{name}: {state}"

        told = crashes.run(rounds, 0.8, start_publisher, look)
        check(crashes.store, told, rounds)


def check(store: GraphStore, told: Acknowledged, rounds: int) -> None:
    """Hold what the store has against what was acknowledged."""
    written = told.written
    assert told.mixed == []
    # A process that is started anew takes its time to load.
    assert written.total() > rounds // 3
    assert [line for line, times in written.items() if times > 1] == [], "an update was lost"
    for name in NAMES:
        assert faults(store, name) == []
        events = History(name, statements(store, name.history)).events()
        last = max((int(w.split()[1]) for w in written if w.startswith(name.authority)), default=0)
        assert len(events) >= last, "an acknowledged write was lost"
    assert not_in_step(store) == set()
    assert not store.files.pending.exists()


def test_the_check_sees_a_mixture(tmp_path):
    """A version that is missing, a history that is behind or a union that is not in step is found."""
    server = start_server(tmp_path)
    store = store_of(settings_of(tmp_path))
    assert store is not None
    by, publisher, name = Token("0" * 12, "coventry", "", "", ""), Publisher(store), NAMES[0]
    try:
        state = None
        for number in (1, 2):
            wanted = Wanted([state.tag]) if state else Wanted(absent=True)
            state = publisher.publish(
                name, numbered("coventry", number), by, wanted, datetime.now(UTC)
            )
        assert faults(store, name) == [] and not_in_step(store) == set()
        for spoilt in (name.version(1), name.version(2, own=True), name.held_back, UNION):
            with store.writer.writing() as writing:
                before = statements(store, spoilt)
                writing.delete(spoilt)
                assert faults(store, name) or not_in_step(store)
                writing.put(spoilt, before)
                assert not faults(store, name) and not not_in_step(store)
    finally:
        store.client.close()
        server.stop()
