"""What backup, restore, load, dump and somebody else's server do with what councils publish."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dutygraph.errors import Problem
from dutygraph.publishing.names import GraphName
from dutygraph.publishing.publisher import Publisher, Wanted, report_in
from dutygraph.publishing.tokens import Token
from dutygraph.settings import Settings, StoreServer
from dutygraph.store import GraphStore, opened
from dutygraph.store import writing as writing_module
from dutygraph.store.backup import restore, verified, write_backup
from dutygraph.store.exchange import dumped, load
from dutygraph.store.loading import UNION, load_installation
from dutygraph.terms import BASE
from tests.publishing_fixtures import numbered
from tests.store_fixtures import settings_of, start_server
from tests.test_publishing_crashes import faults, not_in_step, statements

NAME = GraphName("coventry", "today")
BY = Token("0123456789ab", "coventry", "", "", "")


def publish(store: GraphStore, versions: int = 4) -> None:
    """Publish some versions, of which every second one holds a holder back, and a draft."""
    publisher = Publisher(store)
    for number in range(1, versions + 1):
        state = publisher.state(NAME, own=True)
        wanted = Wanted([state.tag]) if state else Wanted(absent=True)
        publisher.publish(NAME, numbered("coventry", number), BY, wanted, datetime.now(UTC))
    drafted = numbered("coventry", versions + 2)
    publisher.write_draft(NAME, drafted, BY, Wanted(absent=True), datetime.now(UTC))


def everything(store: GraphStore) -> dict[str, bytes]:
    """All graphs of the councils, and the union, as the store holds them."""
    names = [g for g in store.graphs() if g.startswith(BASE + "graphs/")]
    return {name: statements(store, name) for name in (*names, UNION)}


@pytest.fixture(scope="module", name="published")
def a_store_with_what_was_published(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[GraphStore]:
    """A store in which a council has published four versions and begun a draft."""
    with opened(settings_of(tmp_path_factory.mktemp("published"))) as store:
        publish(store)
        yield store


def test_a_backup_brings_all_of_it_back(published, tmp_path):
    """Versions, reports, history, draft, what is held back and the union are what they were, and
    the council can go on where it was.
    """
    before = everything(published)
    assert len([n for n in before if n.endswith("/report")]) == 4 + 2 + 1
    file = tmp_path / "backup.nq.gz"
    write_backup(published, file, lambda what: None)
    settings = settings_of(tmp_path / "elsewhere")
    restore(settings, verified(file), lambda what: None)
    with opened(settings) as store:
        assert everything(store) == before
        publisher = Publisher(store)
        own = publisher.state(NAME, own=True)
        assert own == Publisher(published).state(NAME, own=True)
        draft = publisher.draft(NAME)
        assert draft is not None and draft == Publisher(published).draft(NAME)
        report = publisher.report(NAME, 3, own=False)
        assert report == report_in(statements(published, NAME.report(3)))
        on = Wanted([draft.tag])
        publisher.publish_draft(NAME, numbered("coventry", 5), BY, on, datetime.now(UTC))
        assert faults(store, NAME) == []


def test_a_dump_carries_all_of_it_or_what_is_public(published):
    """Without more it is everything; for everybody it is without drafts and what is held back."""
    whole = b"".join(dumped(published, [], lambda what: None))
    for graph in (
        NAME.published,
        NAME.history,
        NAME.report(2),
        NAME.draft,
        NAME.held_back,
        NAME.own,
    ):
        assert b" <%b> .\n" % graph.encode() in whole
    public = b"".join(dumped(published, [], lambda what: None, public=True))
    for graph in (NAME.published, NAME.history, NAME.report(2), NAME.version(2)):
        assert b" <%b> .\n" % graph.encode() in public
    for word in (b"/own", b"/draft", b"example.org/holder"):
        assert word in whole and word not in public


@pytest.mark.parametrize("name", ["published", "draft", "history", "own"])
def test_an_operator_loads_no_graph_of_a_council(name, published):
    """A file cannot take the place of what a council wrote with its token."""
    before = everything(published)
    with pytest.raises(Problem) as raised:
        load(published, [(getattr(NAME, name), [])], lambda what: None)
    assert raised.value.kind.slug == "graph-refused"
    assert everything(published) == before


def test_the_installations_own_graphs_leave_what_is_published_in_the_union(tmp_path: Path):
    """Loading after publishing, and publishing after loading, give the same union."""
    with opened(settings_of(tmp_path)) as store:
        publish(store)
        assert not_in_step(store) == set()
        load_installation(store)
        lines = set(statements(store, UNION).splitlines())
        assert set(statements(store, NAME.published).splitlines()) < lines
        size = len(lines)
        state = Publisher(store).state(NAME, own=True)
        assert state is not None
        now = datetime.now(UTC)
        Publisher(store).withdraw(NAME, BY, Wanted([state.tag]), now)
        assert len(statements(store, UNION).splitlines()) == size - 40


def test_what_the_installation_says_too_stays_in_the_union(tmp_path: Path):
    """A statement that a council takes back and another graph holds is still there, once."""
    with opened(settings_of(tmp_path)) as store:
        load_installation(store)
        shared = statements(store, BASE + "id/source/001").splitlines(keepends=True)[:40]
        before = statements(store, UNION)
        publisher, prepared = Publisher(store), numbered("coventry", 1)
        both = type(prepared.own)(b"".join(shared), prepared.own.report, None)
        said = type(prepared)(both, both, b"")
        now = datetime.now(UTC)
        state = publisher.publish(NAME, said, BY, Wanted(absent=True), now)
        assert statements(store, UNION) == before
        publisher.withdraw(NAME, BY, Wanted([state.tag]), now)
        assert statements(store, UNION) == before


def test_somebody_elses_server_keeps_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Over the two protocols alone, without updates, the same graphs come to be, and the union."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    server = start_server(tmp_path / "server")
    running = server._files.running()
    assert running is not None
    base = f"http://127.0.0.1:{running.port}"
    try:
        with opened(Settings(store=StoreServer(f"{base}/query", f"{base}/store"))) as store:
            publish(store)
            assert faults(store, NAME) == [] and not_in_step(store) == set()
            state = Publisher(store).state(NAME, own=True)
            assert state is not None
            now = datetime.now(UTC)
            Publisher(store).withdraw(NAME, BY, Wanted([state.tag]), now)
            assert faults(store, NAME) == [] and not_in_step(store) == set()
    finally:
        server.stop()


def test_a_backup_has_what_was_published_in_it_as_text(published, tmp_path):
    """A backup is N-Quads that any store reads: each graph is named."""
    file = tmp_path / "backup.nq.gz"
    write_backup(published, file, lambda what: None)
    text = gzip.decompress(file.read_bytes())
    for graph in everything(published):
        assert b"# graph <%b>\n" % graph.encode() in text


def test_s28_what_takes_too_long_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A change that the server does not finish in time is refused, is not there, and is not tried
    again by the next writer.
    """
    lines = b"".join(
        b'<https://example.org/%d> <https://example.org/p> "%d" .\n' % (n, n) for n in range(30_000)
    )
    with opened(settings_of(tmp_path)) as store:
        publish(store, versions=1)
        publisher = Publisher(store)
        before = publisher.state(NAME, own=True)
        assert before is not None
        with monkeypatch.context() as hurried:
            hurried.setattr(writing_module, "_WRITE_SECONDS", 0.05)
            hurried.setattr(writing_module, "_BYTES_A_SECOND", 10**12)
            with store.writer.writing() as writing, pytest.raises(Problem) as raised:
                writing.change({"https://example.org/large": lines, NAME.published: lines})
            assert raised.value.kind.slug == "query-too-long"
        assert not store.files.pending.exists()
        store.wait(30)
        assert publisher.state(NAME, own=True) == before
        assert store.writer.get("https://example.org/large") is None
        state = publisher.publish(
            NAME, numbered("coventry", 2), BY, Wanted([before.tag]), datetime.now(UTC)
        )
        assert state.number == 2 and faults(store, NAME) == []
