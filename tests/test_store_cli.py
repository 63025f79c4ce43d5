"""`load`, `dump`, `backup` and `restore`, as processes on a real store.

Owns: what they do to the store, what they print where, and their exit codes. Must not: test the
store itself (that is `test_store`).
"""

from __future__ import annotations

import gzip
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dutygraph.errors import Problem
from dutygraph.settings import Settings, StoreServer
from dutygraph.store import GraphStore, Union, opened, store_of
from dutygraph.store.backup import restore, verified, write_backup
from dutygraph.store.folder import StoreFiles
from dutygraph.store.loading import LOADED, UNION
from dutygraph.triples import RdfFormat, parse_quads
from tests.store_fixtures import PACKAGE, kept, numbers, settings_of, start_server, version

GRAPH = "https://example.org/council"
OTHER = "https://example.org/other"
TURTLE = '@prefix : <https://example.org/> . :a :b [ :c "d" ] .\n'
LABELS = "https://w3id.org/dutygraph/id/graph/labels"


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: bytes
    err: str


@dataclass
class CommandLine:
    """The command line on one store."""

    folder: Path

    def __call__(self, *arguments: str | Path, store: str = "", stdin: bytes = b"") -> Ran:
        """Run a command."""
        done = subprocess.run(
            [sys.executable, "-m", "dutygraph", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            timeout=120,
            env=os.environ
            | {"PYTHONPATH": PACKAGE, "DUTYGRAPH_STORE": store or str(self.folder / "store")},
        )
        return Ran(done.returncode, done.stdout, done.stderr.decode())

    def file(self, name: str, text: str) -> Path:
        """A file beside the store."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture(scope="module", name="dutygraph")
def a_command_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """The command line on a store that is loaded and that no process keeps running."""
    line = CommandLine(tmp_path_factory.mktemp("cli"))
    assert line("dump", "--graph", LABELS).code == 0
    yield line
    assert not StoreFiles(line.folder / "store").is_owned(), "a command left a server behind"


def test_what_is_loaded_is_dumped(dutygraph):
    """`load` makes a graph of files, `dump` writes it as N-Quads; a second `load` replaces it."""
    first = dutygraph.file("first.ttl", TURTLE)
    more = dutygraph.file("more.nt", "<urn:x> <urn:y> <urn:z> .\n")
    ran = dutygraph("load", first, more, "--graph", GRAPH)
    assert (ran.code, ran.out, ran.err) == (0, b"", f"<{GRAPH}>: 3 statements (new).\n")
    dumped = dutygraph("dump", "--graph", GRAPH)
    assert (dumped.code, dumped.err) == (0, "")
    quads = list(parse_quads(dumped.out, RdfFormat.N_QUADS))
    assert {str(quad.graph_name) for quad in quads} == {f"<{GRAPH}>"}
    assert len({quad.triple for quad in quads}) == 3
    ran = dutygraph(
        "load", "-", "--media-type", "text/turtle", "--graph", GRAPH, stdin=b"<urn:x> a <urn:C> ."
    )
    assert ran.err == f"<{GRAPH}>: 1 statements (replaced).\n"
    assert dutygraph("dump", "--graph", GRAPH).out.count(b"\n") == 1


def test_files_that_name_graphs_keep_them(dutygraph):
    """Without --graph each graph of a dataset is put; a dump of them loads again to the same."""
    data = dutygraph.file(
        "data.trig", f"<{OTHER}/1> {{ <urn:a> <urn:b> 1 , 2 }} <{OTHER}/2> {{ <urn:a> <urn:b> 3 }}"
    )
    ran = dutygraph("load", data)
    assert ran.err == f"<{OTHER}/1>: 2 statements (new).\n<{OTHER}/2>: 1 statements (new).\n"
    file = dutygraph.folder / "dump.nq"
    ran = dutygraph("dump", "--graph", f"{OTHER}/1", "--graph", f"{OTHER}/2", "--output", file)
    assert (ran.code, ran.out) == (0, b"")
    assert dutygraph("load", file).err == (
        f"<{OTHER}/1>: 2 statements (replaced).\n<{OTHER}/2>: 1 statements (replaced).\n"
    )


def test_a_dump_of_everything_has_every_graph_once(dutygraph):
    """Without --graph all graphs are written but the union and the list of what was loaded."""
    quads = list(parse_quads(dutygraph("dump").out, RdfFormat.N_QUADS))
    names = {str(quad.graph_name) for quad in quads}
    assert f"<{LABELS}>" in names and len(names) > 200
    assert not names & {f"<{UNION}>", f"<{LOADED}>"}
    assert len(quads) == len(set(quads))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["load", "first.ttl"], "Say with --graph IRI"),
        (["load", "none.ttl", "--graph", GRAPH], "none.ttl: The file cannot be read"),
        (["load", "bad.ttl", "--graph", GRAPH], "bad.ttl, line 1"),
        (["load", "first.ttl", "--graph", "no iri"], "is no IRI"),
        (["load", "first.ttl", "--graph", LABELS], "comes from the installation"),
        (["load", "first.ttl", "--graph", UNION], "comes from the installation"),
        (["load", "named.trig", "--graph", GRAPH], "Leave out --graph"),
        (["load", "first.unknown", "--graph", GRAPH], "--media-type"),
        (["load"], "Missing argument"),
        (["dump", "--graph", "urn:nowhere"], "There is no graph <urn:nowhere>"),
        (["dump", "--public", "--graph", "urn:nowhere"], "There is no graph <urn:nowhere>"),
        (["dump", "--public", "--graph", GRAPH], "--public to have"),
        (["dump", "--graph", LABELS, "--output", "none/dump.nq"], "The file cannot be written"),
        (["backup", "none/backup.nq.gz"], "The file cannot be written"),
        (["restore", "none.nq.gz"], "The file cannot be read"),
        (["restore", "first.ttl"], "It is no gzip file"),
        (["restore", "other.gz"], "does not begin as a backup"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_explained(arguments, says, dutygraph, monkeypatch):
    """Exit code 2, one sentence of what to do on stderr, nothing on stdout."""
    monkeypatch.chdir(dutygraph.folder)
    dutygraph.file("first.ttl", TURTLE)
    dutygraph.file("first.unknown", TURTLE)
    dutygraph.file("bad.ttl", "this is no Turtle")
    dutygraph.file("named.trig", "<urn:g> { <urn:a> <urn:b> 1 }")
    (dutygraph.folder / "other.gz").write_bytes(gzip.compress(b"<urn:a> <urn:b> <urn:c> .\n"))
    ran = dutygraph(*arguments)
    assert (ran.code, ran.out) == (2, b"")
    assert says in ran.err and "Traceback" not in ran.err


@pytest.mark.parametrize("command", [["dump"], ["backup", "x.gz"], ["load", "first.ttl"]])
def test_without_a_store_that_is_said(command, dutygraph, monkeypatch):
    """Where the setting is none, each command says what to set."""
    monkeypatch.chdir(dutygraph.folder)
    dutygraph.file("first.ttl", TURTLE)
    graph = ["--graph", GRAPH] if command[0] == "load" else []
    ran = dutygraph(*command, *graph, store="none")
    assert ran.code == 2 and "DUTYGRAPH_STORE" in ran.err


def test_a_backup_is_restored_to_the_same(dutygraph):
    """What was there at the backup is there again, empty graphs too, and what came later is gone."""
    backup = dutygraph.folder / "backup.nq.gz"
    with opened(settings_of(dutygraph.folder / "store")) as store:
        store.writer.put(f"{OTHER}/empty", [])
        store.writer.put(f"{OTHER}/full", version(1))
        before = {name: kept(store, name).etag for name in store.graphs()}
    # What is replaced, or left by a backup that was killed, was for everybody.
    for old in (backup, backup.with_name(backup.name + ".new")):
        old.touch(mode=0o644)
    ran = dutygraph("backup", backup)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert (ran.code, ran.out) == (0, b"")
    assert f"{len(before):,} graphs" in ran.err
    with opened(settings_of(dutygraph.folder / "store")) as store:
        store.writer.put(f"{OTHER}/full", version(2))
        store.writer.put(f"{OTHER}/later", version(3))
        store.writer.delete(f"{OTHER}/empty")
    ran = dutygraph("restore", backup)
    assert (ran.code, ran.out) == (0, b""), ran.err
    assert f"{len(before):,} graphs" in ran.err
    with opened(settings_of(dutygraph.folder / "store")) as store:
        assert set(store.graphs()) == set(before)
        # Blank nodes may have other names, and the ETag with them.
        same = [name for name in before if kept(store, name).etag == before[name]]
        assert f"{OTHER}/empty" in same and f"{OTHER}/full" in same
        assert len(same) > 100
    left = {path.name for path in (dutygraph.folder / "store").iterdir()}
    assert not left & {"restoring", "restored", "data.old", "pending"}


def test_an_unnamed_node_of_several_graphs_is_one_after_a_restore(tmp_path):
    """What is published and the union that holds it still share it, so that it is withdrawn whole."""
    settings, union = settings_of(tmp_path / "store"), f"{OTHER}/union"
    change = {GRAPH: b"_:a <urn:p> _:b .\n_:b <urn:p> <urn:o> .\n"}
    with opened(settings) as store:
        with store.writer.writing() as writing:
            writing.change({union: b"", **change})
            writing.change(change, Union(union, (GRAPH,), ()))
        write_backup(store, tmp_path / "backup.gz", lambda what: None)
        assert kept(store, union) == kept(store, GRAPH)
    restore(settings, verified(tmp_path / "backup.gz"), lambda what: None)
    with opened(settings) as store:
        assert kept(store, union) == kept(store, GRAPH)
        assert kept(store, GRAPH).statements.count(b"\n") == 2
        with store.writer.writing() as writing:
            writing.change({GRAPH: None}, Union(union, (GRAPH,), ()))
        assert kept(store, union).statements == b""


def test_a_damaged_backup_is_refused_before_anything_is_touched(dutygraph, tmp_path):
    """A backup that was cut off, altered, or has something after its end is `not-a-backup`."""
    whole = tmp_path / "whole.gz"
    with opened(settings_of(tmp_path / "store")) as store:
        store.writer.put(GRAPH, version(1))
        write_backup(store, whole, lambda what: None)
    assert verified(whole).statements == 300
    text = gzip.decompress(whole.read_bytes())
    damaged = {
        "cut off": whole.read_bytes()[:-20],
        "without its end": gzip.compress(text[: text.rindex(b"# end")]),
        "altered": gzip.compress(text.replace(b'1-7"', b'1-8"')),
        "with more": gzip.compress(text + b"<urn:a> <urn:b> <urn:c> <urn:d> .\n"),
        "no backup": b"text",
    }
    for name, content in damaged.items():
        path = tmp_path / f"{name}.gz"
        path.write_bytes(content)
        with pytest.raises(Problem) as caught:
            verified(path)
        assert caught.value.slug == "not-a-backup", name
        assert dutygraph("restore", path, store=str(tmp_path / "store")).code == 2
    with opened(settings_of(tmp_path / "store")) as store:
        assert numbers(kept(store, GRAPH).statements) == {1}


def test_while_the_service_runs_all_but_restore_work(tmp_path):
    """`load`, `dump` and `backup` use the server that runs; `restore` refuses and says why."""
    line = CommandLine(tmp_path)
    first = line.file("first.ttl", TURTLE)
    server = start_server(tmp_path / "store")
    try:
        running = StoreFiles(tmp_path / "store").running()
        assert line("load", first, "--graph", GRAPH).code == 0
        assert line("dump", "--graph", GRAPH).out.count(b"\n") == 2
        assert line("backup", tmp_path / "backup.gz").code == 0
        assert StoreFiles(tmp_path / "store").running() == running
        ran = line("restore", tmp_path / "backup.gz")
        assert ran.code == 2 and "Another process uses the store" in ran.err
    finally:
        server.stop()
    assert line("restore", tmp_path / "backup.gz").code == 0


def test_a_server_of_somebody_else_is_backed_up_and_restored(tmp_path, monkeypatch):
    """Over the two protocols, graph by graph; what the backup does not hold is removed."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    server = start_server(tmp_path / "theirs")
    there = StoreFiles(tmp_path / "theirs").running()
    assert there is not None
    base = f"http://127.0.0.1:{there.port}"
    settings = Settings(store=StoreServer(f"{base}/query", f"{base}/store"))
    with opened(settings) as store:
        store.writer.put(GRAPH, version(1))
        write_backup(store, tmp_path / "backup.gz", lambda what: None)
        store.writer.put(GRAPH, version(2))
        store.writer.put(OTHER, version(3))
    restore(settings, verified(tmp_path / "backup.gz"), lambda what: None)
    with opened(settings) as store:
        assert store.graphs() == [GRAPH]
        assert numbers(kept(store, GRAPH).statements) == {1}
    server.stop()


@pytest.mark.parametrize("seconds", [0.3, 0.6, 0.9, 1.2, 1.5, 2.0])
def test_s28_a_killed_restore_leaves_the_old_store_or_the_new(seconds, tmp_path):
    """After kill -9 at any moment the store is what it was, or what the backup holds, and it starts."""
    line = CommandLine(tmp_path)
    with opened(settings_of(tmp_path / "store")) as store:
        for number in range(20):
            store.writer.put(f"{GRAPH}/{number}", version(1))
        write_backup(store, tmp_path / "backup.gz", lambda what: None)
        for number in range(20):
            store.writer.put(f"{GRAPH}/{number}", version(2))
    process = subprocess.Popen(
        [sys.executable, "-m", "dutygraph", "restore", str(tmp_path / "backup.gz")],
        env=os.environ | {"PYTHONPATH": PACKAGE, "DUTYGRAPH_STORE": str(line.folder / "store")},
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with opened(settings_of(tmp_path / "store")) as store:
        found = set()
        for number in range(20):
            found |= numbers(kept(store, f"{GRAPH}/{number}").statements)
    assert found in ({1}, {2})


def test_a_restore_that_was_killed_between_two_renames_is_finished(tmp_path):
    """Where the old data are out of the way and the new ones are whole, the next start takes them."""
    with opened(settings_of(tmp_path)) as store:
        store.writer.put(GRAPH, version(1))
    files = StoreFiles(tmp_path)
    files.data.rename(files.restored)
    with opened(settings_of(tmp_path)) as store:
        assert numbers(kept(store, GRAPH).statements) == {1}


def test_the_store_of_the_settings_is_found_by_others(tmp_path):
    """A process that started nothing uses the server of one that did."""
    with opened(settings_of(tmp_path)) as first:
        first.writer.put(GRAPH, version(1))
        second = store_of(settings_of(tmp_path))
        assert isinstance(second, GraphStore)
        assert numbers(kept(second, GRAPH).statements) == {1}
        second.client.close()
