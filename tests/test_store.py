"""The store: its client, its server, how it is written and what it is loaded with."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from dutygraph import dataset
from dutygraph.errors import Problem
from dutygraph.settings import Settings, StoreFolder, StoreServer
from dutygraph.store import (
    Condition,
    EmbeddedServer,
    GraphStore,
    GraphWriter,
    Reply,
    Union,
    client_of,
    opened,
    store_of,
)
from dutygraph.store import loading as loading_module
from dutygraph.store.folder import StoreFiles
from dutygraph.store.loading import LOADED, UNION, is_loaded, load_installation
from dutygraph.triples import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse_quads
from tests.http_fixtures import running, somebody_else
from tests.store_fixtures import (
    PACKAGE,
    PREDICATE,
    STATEMENTS,
    SUBJECT,
    a_store,
    numbers,
    settings_of,
    start_server,
    version,
)

FIXTURES = (a_store, somebody_else)
GRAPH = "https://example.org/graph"
OTHER = "https://example.org/other"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
ALL = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"
NAMED = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
# Four tables of a thousand rows, whose product the server counts without reading a statement.
TABLES = [
    f"VALUES ?{name} {{ {' '.join(map(str, range(1000)))} }}" for name in ("a", "b", "c", "d")
]
# Minutes of work for any server, and no row before its end.
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
# Rows without an end.
LONG = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def values(reply: Reply) -> list[str]:
    """The first column of an answer in JSON."""
    found = json.loads(reply.body)
    (name, *_) = found["head"]["vars"]
    return [row[name]["value"] for row in found["results"]["bindings"]]


@contextlib.contextmanager
def raising(slug: str) -> Iterator[list[Problem]]:
    """A block that has to raise a problem of that kind; it is handed on afterwards."""
    found: list[Problem] = []
    with pytest.raises(Problem) as caught:
        yield found
    assert caught.value.slug == slug, caught.value
    found.append(caught.value)


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_for_end(*pids: int, seconds: float = 10) -> bool:
    """Whether processes end within a time."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if not any(map(is_alive, pids)):
            return True
        time.sleep(0.05)
    return False


# --- asking -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module", name="filled")
def two_graphs(store: GraphStore) -> GraphStore:
    """A store with 300 statements in one graph and one in another."""
    store.writer.put(GRAPH, version(1))
    store.writer.put(OTHER, [Triple(SUBJECT, PREDICATE, Literal("other"))])
    return store


def test_a_query_is_answered_in_the_form_that_is_asked_for(filled):
    """The answer has the accepted media type and is whole."""
    for accept in ("application/sparql-results+json", "text/csv", "application/sparql-results+xml"):
        reply = filled.client.query("ASK { }", accept)
        assert (reply.status, reply.media_type) == (200, accept)
        assert b"true" in reply.body
    made = filled.client.query(ALL, "application/n-triples")
    assert made.body.count(b"\n") == STATEMENTS + 1


def test_the_dataset_of_a_query_overrides_from_and_confines_graph(filled):
    """Only the graphs that are handed over are seen, whatever the query names (SECURITY S18)."""
    ask = filled.client.query
    assert values(ask(COUNT, default_graphs=[GRAPH])) == [str(STATEMENTS)]
    hostile = COUNT.replace("{ ?s", f"FROM <{OTHER}> {{ ?s")
    assert values(ask(hostile, default_graphs=[GRAPH])) == [str(STATEMENTS)]
    assert values(ask(NAMED, named_graphs=[OTHER])) == [OTHER]
    hostile = f"SELECT ?o FROM NAMED <{GRAPH}> {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"  # noqa: S608
    assert values(ask(hostile, named_graphs=[OTHER])) == []


def test_many_graphs_are_no_too_long_request(filled):
    """A dataset of a thousand graphs is handed over."""
    many = [f"https://example.org/{'long-' * 20}{n}" for n in range(1000)]
    assert values(filled.client.query(COUNT, default_graphs=[*many, GRAPH])) == [str(STATEMENTS)]


def test_a_query_that_cannot_be_read_says_where(filled):
    """The server's own words reach the caller as `query-syntax`."""
    with raising("query-syntax") as problems:
        filled.client.query("SELECT ?s { ?s ?p }")
    assert "error at 1:" in problems[0].detail


def test_an_update_is_no_query(filled):
    """What would change data is a syntax error on the way of queries (SECURITY S8)."""
    with raising("query-syntax"):
        filled.client.query(f"CLEAR GRAPH <{GRAPH}>")
    assert filled.writer.get(GRAPH) is not None


def test_too_large_an_answer_is_refused_as_a_whole(filled):
    """An answer beyond the limit is a problem, at the limit it is given (SECURITY S12)."""
    whole = filled.client.query(ALL, "application/n-triples").body
    assert filled.client.query(ALL, "application/n-triples", limit=len(whole)).body == whole
    with raising("answer-too-large") as problems:
        filled.client.query(ALL, "application/n-triples", limit=len(whole) - 1)
    assert f"{len(whole) - 1:,} bytes" in problems[0].detail


def _load_of(pid: int) -> float:
    """The share of a processor that a process uses, over half a second; 0 when it has ended."""

    def used() -> float:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = used()
    time.sleep(0.5)
    return (used() - before) / 0.5


@pytest.mark.parametrize("text", [ENDLESS, LONG], ids=["no row", "rows without end"])
def test_a_query_without_end_is_left_and_frees_the_processor(text, tmp_path):
    """After its time the caller has an answer, and soon the server is idle (SECURITY S11, S12)."""
    with opened(settings_of(tmp_path, query_deadline=1.0)) as store:
        store.writer.put(GRAPH, version(1))
        started = time.monotonic()
        with raising("query-too-long"):
            store.client.query(text, "text/csv", default_graphs=[GRAPH], limit=1 << 40)
        assert time.monotonic() - started < 2
        server = store.files.running()
        assert server is not None
        # Where no row shows it that nobody listens, it looks at its own time, a little later; on a
        # busy machine its keeper may be quicker.
        ends = time.monotonic() + 20
        while _load_of(server.pid) > 0.1:
            assert time.monotonic() < ends, "the server is still at it"
        assert values(store.client.query(COUNT, default_graphs=[GRAPH])) == [str(STATEMENTS)]


def test_a_server_that_is_stuck_is_ended_and_others_are_answered(tmp_path):
    """A product in memory hears nobody: its server is ended, and what is asked meanwhile answered.

    Oxigraph looks at its time where it reads statements, which this query has done soon.
    """
    product = "SELECT (COUNT(*) AS ?n) { " + " ".join(f"{{ {each} }}" for each in TABLES) + " }"
    with opened(settings_of(tmp_path, query_deadline=2.0)) as store:
        store.writer.put(GRAPH, version(1))
        before = store.files.running()
        with raising("query-too-long"):
            store.client.query(product)
        ends = time.monotonic() + 20
        while store.files.running() in (None, before):
            assert time.monotonic() < ends, "the server is still at it"
            counted = values(store.client.query(COUNT, default_graphs=[GRAPH]))
            assert counted == [str(STATEMENTS)]


def test_a_store_that_is_not_there_is_unavailable(tmp_path):
    """Neither a folder that nobody serves nor an address without a server is waited for."""
    nowhere = StoreServer("http://127.0.0.1:9/query", "http://127.0.0.1:9/store")
    for place in (StoreFolder(tmp_path), nowhere):
        client = client_of(Settings(store=place))
        assert client is not None
        with raising("store-unavailable"):
            client.query("ASK { }")
        with raising("store-unavailable"):
            client.read_graph(GRAPH)


def test_what_is_no_store_is_said(listener):
    """An address where something else answers is `store-failed`, without its words."""
    place = StoreServer(listener.address + "query", listener.address + "graphs")
    client = client_of(Settings(store=place))
    assert client is not None
    with raising("store-failed") as problems:
        client.query("ASK { }")
    assert "404" in problems[0].detail
    client.close()


def test_an_answer_that_is_cut_off_is_no_answer():
    """A server that announces a length and closes the connection before it has failed."""
    with socket.create_server(("127.0.0.1", 0)) as outside:

        def answer() -> None:
            connection, _ = outside.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/n-triples\r\n"
                    b"Content-Length: 100\r\n\r\n<urn:a> <urn:b> <urn:c> .\n"
                )

        address = f"http://127.0.0.1:{outside.getsockname()[1]}"
        client = client_of(Settings(store=StoreServer(address + "/query", address + "/store")))
        assert client is not None
        for ask in (lambda: client.read_graph(GRAPH), lambda: client.query(ALL)):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(answer)
                with raising("store-failed"):
                    ask()


def test_one_client_serves_many_threads(filled):
    """Answers do not get mixed up between threads that share the connections."""

    def ask(number: int) -> list[str]:
        return values(filled.client.query(f"SELECT ({number} AS ?n) {{ }}"))

    with ThreadPoolExecutor(12) as pool:
        assert [n for [n] in pool.map(ask, range(300))] == [str(n) for n in range(300)]


# --- writing ----------------------------------------------------------------------------------------


def test_a_graph_is_put_read_and_removed(store):
    """What is put is what is read; an empty graph is a graph; a removed one is not there."""
    graph = GRAPH + "/life"
    assert store.writer.get(graph) is None
    etag = store.writer.put(graph, version(7))
    kept = store.writer.get(graph)
    assert (kept.etag, numbers(kept.statements)) == (etag, {7})
    assert kept.statements.count(b"\n") == STATEMENTS
    assert store.writer.put(graph, reversed(version(7))) == etag
    assert store.writer.put(graph, version(8)) != etag
    empty = store.writer.put(graph, [])
    assert store.writer.get(graph).statements == b""
    assert store.writer.get(graph).etag == empty
    assert graph in store.graphs()
    assert store.writer.delete(graph) is True
    assert store.writer.get(graph) is None
    assert store.writer.delete(graph) is False


@pytest.mark.parametrize(
    "text",
    [
        "\\u0022 \\ud800 \\\\u0041",
        'quotes " and \' and """',
        "lines\n\r\ttabs \\n",
        "\x01\x07\x08\x0c\x7f\x85\u2028\ufeff",
        "} } ; DROP ALL ; #",
        "𝄞 é e\u0301 \U0010ffff",
    ],
)
def test_hostile_text_comes_back_as_it_is(text, store):
    """No text of a literal ends its statement or is changed on the way in and out."""
    graph = GRAPH + "/hostile"
    triples = [
        Triple(SUBJECT, PREDICATE, Literal(text)),
        Triple(SUBJECT, PREDICATE, Literal(text, language="en-gb")),
        Triple(SUBJECT, PREDICATE, NamedNode("https://example.org/%7D%3E?a='b'&c=é")),
    ]
    before = {g for g in store.graphs() if g != graph}
    store.writer.put(graph, triples)
    read = parse_quads(store.writer.get(graph).statements, RdfFormat.N_TRIPLES)
    assert {quad.triple for quad in read} == set(triples)
    assert {g for g in store.graphs() if g != graph} == before


def test_blank_nodes_stay_one_within_a_graph(store):
    """A blank node that stands in two statements still does, and the ETag does not wander."""
    node, graph = BlankNode(), GRAPH + "/blank"
    etag = store.writer.put(
        graph, [Triple(SUBJECT, PREDICATE, node), Triple(node, PREDICATE, SUBJECT)]
    )
    assert store.writer.get(graph).etag == etag
    ask = f"ASK {{ <{SUBJECT.value}> ?p ?node . ?node ?q <{SUBJECT.value}> }}"
    assert b"true" in store.client.query(ask, default_graphs=[graph]).body


@pytest.mark.parametrize(
    "graph", ["", "graph", "https://example.org/a b", "urn:x> {} } ; DROP ALL"]
)
def test_what_is_no_iri_names_no_graph(graph, store):
    """A name that is no IRI is refused before anything is sent."""
    for act in (store.writer.get, store.writer.delete, lambda g: store.writer.put(g, version(1))):
        with raising("bad-value"):
            act(graph)


def test_conditions_are_checked_as_http_says(store):
    """If-Match and If-None-Match, with tags and with “*”, on graphs that are there and not."""
    put, graph = store.writer.put, GRAPH + "/conditions"
    with raising("graph-changed") as problems:
        put(graph, version(1), Condition(if_match=["*"]))
    assert problems[0].extra == {"etag": None}
    first = put(graph, version(1), Condition(if_none_match=["*"]))
    with raising("graph-changed") as problems:
        put(graph, version(2), Condition(if_none_match=["*"]))
    assert problems[0].extra == {"etag": first}
    second = put(graph, version(2), Condition(if_match=['"other"', first]))
    for condition in (Condition(if_match=[first]), Condition(if_none_match=[second])):
        with raising("graph-changed"):
            put(graph, version(3), condition)
        with raising("graph-changed"):
            store.writer.delete(graph, condition)
    assert numbers(store.writer.get(graph).statements) == {2}
    put(graph, version(3), Condition(if_match=["*"], if_none_match=[first]))
    assert store.writer.delete(graph, Condition(if_match=["*"])) is True


def test_of_many_writers_with_one_etag_one_wins(store):
    """Twelve writers start from the same ETag: one is acknowledged, and its graph is there whole."""
    graph = GRAPH + "/race"
    etag = store.writer.put(graph, version(0))

    def put(number: int) -> int | None:
        with contextlib.suppress(Problem):
            store.writer.put(graph, version(number), Condition(if_match=[etag]))
            return number
        return None

    with ThreadPoolExecutor(12) as pool:
        won = [n for n in pool.map(put, range(1, 13)) if n is not None]
    assert len(won) == 1
    assert numbers(store.writer.get(graph).statements) == set(won)


def test_a_write_that_was_left_undone_is_done_first(store):
    """A journal that a killed writer has left is carried out by the next one, and then gone."""
    graph, gone = GRAPH + "/left", GRAPH + "/gone"
    store.writer.put(gone, version(1))
    statements = "".join(f"{t} .\n" for t in version(5)).encode()
    head = json.dumps({"graph": graph, "delete": False}).encode() + b"\n"
    store.files.pending.write_bytes(head + statements)
    store.writer.put(OTHER, version(2))
    assert numbers(store.writer.get(graph).statements) == {5}
    store.files.pending.write_bytes(json.dumps({"graph": gone, "delete": True}).encode() + b"\n")
    assert store.writer.delete(gone) is False
    assert not store.files.pending.exists()


def test_a_write_that_the_server_refuses_holds_up_no_other(store):
    """What the server will never take is dropped from the journal."""
    head = json.dumps({"graph": GRAPH + "/bad", "delete": False}).encode() + b"\n"
    store.files.pending.write_bytes(head + b"this is no statement\n")
    store.writer.put(OTHER, version(3))
    assert not store.files.pending.exists()
    assert store.writer.get(GRAPH + "/bad") is None


def test_a_change_of_what_is_no_graph_holds_up_no_other(store):
    """A name that is no IRI is refused before the journal has it."""
    for graphs, union in (
        ({"no iri": b""}, None),
        ({GRAPH: b""}, Union("no iri", (GRAPH,), ())),
        ({GRAPH: b""}, Union(OTHER, (GRAPH,), ("no iri",))),
    ):
        with raising("bad-value"), store.writer.writing() as writing:
            writing.change(graphs, union)
        assert not store.files.pending.exists()
    store.writer.put(OTHER, version(3))


# --- the server of our own --------------------------------------------------------------------------


def test_a_killed_server_comes_back_with_its_data(tmp_path):
    """The keeper starts it again, nothing is lost, and who reads meanwhile waits for it."""
    with opened(settings_of(tmp_path)) as store:
        store.writer.put(GRAPH, version(4))
        before = store.files.running()
        assert before is not None
        os.kill(before.pid, signal.SIGKILL)
        kept = store.writer.get(GRAPH)
        assert kept is not None and numbers(kept.statements) == {4}
        after = store.files.running()
        assert after is not None and after.pid != before.pid


@pytest.mark.parametrize("victim", ["parent", "keeper"])
def test_nothing_outlives_a_killed_parent_or_keeper(victim, tmp_path):
    """With kill -9 the server ends, too, and the next start on the same folder works at once."""
    code = (
        "import sys, time; from pathlib import Path; from tests.store_fixtures import start_server\n"
        "server = start_server(Path(sys.argv[1])); print(server._keeper.pid, flush=True)\n"
        "time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": f"{PACKAGE}{os.pathsep}{Path(__file__).parents[1]}"},
    )
    assert parent.stdout is not None
    keeper = int(parent.stdout.readline())
    running = StoreFiles(tmp_path).running()
    assert running is not None
    try:
        os.kill(parent.pid if victim == "parent" else keeper, signal.SIGKILL)
        again = start_server(tmp_path)
        store = store_of(settings_of(tmp_path))
        assert store is not None
        assert store.writer.get(GRAPH) is None
        assert wait_for_end(running.pid, keeper)
        store.client.close()
        again.stop()
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()


def test_a_folder_has_one_owner(tmp_path, monkeypatch):
    """A second server on a folder is refused with a sentence that names the way out."""
    first = start_server(tmp_path)
    second = EmbeddedServer(settings_of(tmp_path))
    monkeypatch.setattr("dutygraph.store.folder.StoreFiles.own.__defaults__", (0.2,))
    with raising("store-in-use") as problems:
        second.start()
    assert "DUTYGRAPH_STORE" in problems[0].detail
    first.stop()
    second.start()
    second.wait()
    second.stop()
    assert not StoreFiles(tmp_path).is_owned()


def test_the_server_listens_on_the_loopback_only(filled):
    """No other address of the machine reaches the store, with its updates."""
    server = filled.files.running()
    listening = {
        line.split()[1]
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{server.port:04X}") and line.split()[3] == "0A"
    }
    assert listening == {f"0100007F:{server.port:04X}"}


def test_the_folder_is_its_owner_s_alone(tmp_path):
    """Nobody else on the machine can read what is kept."""
    with opened(settings_of(tmp_path / "new")) as store:
        assert store.files.path.stat().st_mode & 0o077 == 0


# --- somebody else's server -------------------------------------------------------------------------


def test_any_server_of_the_two_protocols_will_do(tmp_path):
    """By its two addresses, without an update, everything works the same."""
    server = start_server(tmp_path / "theirs")
    there = StoreFiles(tmp_path / "theirs").running()
    assert there is not None
    base = f"http://127.0.0.1:{there.port}"
    place = StoreServer(f"{base}/query", f"{base}/store")
    store = store_of(Settings(store=place))
    assert store is not None and not store.is_ours
    files = StoreFiles(tmp_path / "ours")
    writer = type(store.writer)(store.client, files, is_ours=False)
    etag = writer.put(GRAPH, version(1))
    assert writer.put(GRAPH, version(2), Condition(if_match=[etag])) != etag
    assert store.graphs() == [GRAPH]
    kept = writer.get(GRAPH)
    assert kept is not None and numbers(kept.statements) == {2}
    assert writer.delete(GRAPH) is True
    assert store.graphs() == []
    store.client.close()
    server.stop()


def test_a_server_that_is_busy_for_a_moment_loses_no_half_of_a_change(tmp_path):
    """What somebody else's server puts off (429) stays in the journal; the next writer goes on."""
    kept: dict[str, bytes] = {}
    puts_off = {OTHER}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = kept.get(self.graph)
            self.answer(404 if body is None else 200, body or b"")

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.graph in puts_off:
                self.answer(429)
            else:
                kept[self.graph] = body
                self.answer(204)

        @property
        def graph(self) -> str:
            return parse_qs(urlsplit(self.path).query)["graph"][0]

        def answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/n-triples")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    statements = b"<urn:a> <urn:b> <urn:c> .\n"
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as outside,
        ThreadPoolExecutor(1) as pool,
    ):
        pool.submit(outside.serve_forever, 0.05)
        address = f"http://127.0.0.1:{outside.server_port}"
        client = client_of(Settings(store=StoreServer(address + "/query", address + "/store")))
        assert client is not None
        writer = GraphWriter(client, StoreFiles(tmp_path), is_ours=False)
        try:
            with raising("store-failed"), writer.writing() as writing:
                writing.change({GRAPH: statements, OTHER: statements})
            assert set(kept) == {GRAPH}
            puts_off.clear()
            writer.put(GRAPH + "/later", [])
            assert set(kept) == {GRAPH, OTHER, GRAPH + "/later"}
        finally:
            client.close()
            outside.shutdown()


# --- what the installation knows --------------------------------------------------------------------


@pytest.fixture(scope="module", name="loaded")
def a_loaded_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """A store with all that the installation knows, and a graph of somebody else."""
    with opened(settings_of(tmp_path_factory.mktemp("loaded"))) as store:
        assert not is_loaded(store.client)
        store.writer.put(OTHER, version(9))
        load_installation(store)
        yield store


def test_every_graph_of_the_installation_is_loaded(loaded):
    """The store has the graphs of `dutygraph.dataset` with their statements, and their union once."""
    known = {name.value: set(triples) for name, triples in dataset.named_contents()}
    assert set(loaded.graphs()) == set(known) | {UNION, LOADED, OTHER}
    counted = loaded.client.query(
        "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", "text/csv"
    )
    sizes = dict(line.rsplit(",", 1) for line in counted.body.decode().split()[1:])
    assert {name: int(sizes[name]) for name in known} == {n: len(t) for n, t in known.items()}
    assert int(sizes[UNION]) == len({triple for triples in known.values() for triple in triples})
    assert is_loaded(loaded.client)


def test_nothing_is_loaded_twice(loaded):
    """Where nothing has changed, nothing is written."""
    before = loaded.writer.get(LOADED).etag
    assert load_installation(loaded) == 0
    assert loaded.writer.get(LOADED).etag == before


def test_what_has_changed_is_loaded_and_what_has_gone_is_removed(loaded, monkeypatch):
    """Of a changed installation only the changed graphs are written; other people's stay."""
    contents = [(name, list(triples)) for name, triples in dataset.named_contents()]
    gone, changed, *same = contents
    more = Triple(SUBJECT, PREDICATE, Literal("new"))
    with monkeypatch.context() as patched:
        now = [(changed[0], [*changed[1], more]), *same]
        patched.setattr(loading_module, "named_contents", lambda: iter(now))
        patched.setattr(loading_module, "_fingerprint", lambda: "another")
        assert not is_loaded(loaded.client)
        # The changed graph and the union.
        assert load_installation(loaded) == 2
        assert is_loaded(loaded.client)
    assert loaded.writer.get(gone[0].value) is None
    assert str(more).encode() in loaded.writer.get(changed[0].value).statements
    assert str(more).encode() in loaded.writer.get(UNION).statements
    assert numbers(loaded.writer.get(OTHER).statements) == {9}
    # Back to what it is, for the tests that follow.
    assert load_installation(loaded) == 3
    ask = "ASK { ?s ?p ?b . GRAPH ?g { ?b ?q ?o } FILTER(isBlank(?b)) }"
    names = loaded.graphs()
    found = loaded.client.query(ask, default_graphs=[UNION], named_graphs=names)
    assert b"true" in found.body, "the union does not share its blank nodes with the graphs"


def test_the_union_shares_the_unnamed_nodes_of_a_graph_that_is_sent_again(loaded, monkeypatch):
    """Even where the graph gains only what the union holds already."""
    contents = [(name, list(triples)) for name, triples in dataset.named_contents()]
    (name, triples) = next(
        (n, ts) for n, ts in contents if any(isinstance(t.subject, BlankNode) for t in ts)
    )
    other = next(t for n, ts in contents if n != name for t in ts if str(t).count("_:") == 0)
    apart = (
        f"ASK {{ GRAPH <{name.value}> {{ ?s ?p ?o FILTER(isBlank(?s)) }} "
        f"FILTER NOT EXISTS {{ GRAPH <{UNION}> {{ ?s ?p ?o }} }} }}"
    )
    with monkeypatch.context() as patched:
        now = [(n, [*ts, other] if n == name else ts) for n, ts in contents]
        patched.setattr(loading_module, "named_contents", lambda: iter(now))
        patched.setattr(loading_module, "_fingerprint", lambda: "with one more")
        assert load_installation(loaded) == 2
        assert b"false" in loaded.client.query(apart).body
    load_installation(loaded)
    assert b"false" in loaded.client.query(apart).body


def test_an_interrupted_load_is_done_again(loaded, monkeypatch):
    """A loader that dies half-way has not said that it is done, and the next one is."""
    loaded.writer.delete(LOADED)
    done = []

    def step(what: str) -> None:
        done.append(what)
        if len(done) > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_installation(loaded, step)
    assert not is_loaded(loaded.client)
    assert load_installation(loaded) > 200
    assert is_loaded(loaded.client)


def test_an_interrupted_load_that_is_taken_back_is_taken_back(loaded, monkeypatch):
    """Where a new version was half loaded and the old one comes back, its graphs come back."""
    (name, triples), *same = ((n, list(t)) for n, t in dataset.named_contents())
    more = Triple(SUBJECT, PREDICATE, Literal("half"))

    def is_half() -> bool:
        return str(more).encode() in loaded.writer.get(name.value).statements

    def step(what: str) -> None:
        if what.endswith(UNION):
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        now = [(name, [*triples, more]), *same]
        patched.setattr(loading_module, "named_contents", lambda: iter(now))
        patched.setattr(loading_module, "_fingerprint", lambda: "newer")
        with pytest.raises(KeyboardInterrupt):
            load_installation(loaded, step)
    assert is_half()
    assert not is_loaded(loaded.client)
    load_installation(loaded)
    assert not is_half()
    assert is_loaded(loaded.client)


def test_a_load_survives_the_end_of_the_server(tmp_path):
    """Where the server is killed while it is loaded, the loader goes on when it is back."""
    server = start_server(tmp_path)
    store = store_of(settings_of(tmp_path))
    assert store is not None
    loader = subprocess.Popen(
        [sys.executable, "-m", "dutygraph.store.loading"],
        env=os.environ | {"PYTHONPATH": PACKAGE, "DUTYGRAPH_STORE": str(tmp_path)},
    )
    try:
        ends = time.monotonic() + 60
        while len(store.graphs()) < 5:
            assert time.monotonic() < ends
            time.sleep(0.01)
        before = store.files.running()
        assert before is not None
        os.kill(before.pid, signal.SIGKILL)
        assert loader.wait(120) == 0
        assert is_loaded(store.client)
    finally:
        loader.kill()
        loader.wait()
        store.client.close()
        server.stop()


# --- with the service -------------------------------------------------------------------------------


def test_the_service_starts_its_store_and_ends_with_it(tmp_path):
    """`serve` answers while the store loads; a second service on the folder says why it cannot start;
    with kill -9 of the first nothing is left, and the second then starts.
    """
    with running(1, STORE=str(tmp_path)) as server:
        assert server.ask("GET", "/health").status == 200
        for path in ("/update", "/store", "/query"):
            assert server.ask("POST", path, b"DROP ALL").status == 404
        second = subprocess.run(
            [sys.executable, "-m", "dutygraph", "serve", "--port", "0"],
            capture_output=True,
            timeout=60,
            env=os.environ | {"PYTHONPATH": PACKAGE, "DUTYGRAPH_STORE": str(tmp_path)},
        )
        assert second.returncode == 2
        assert b"Another process uses the store" in second.stderr
        client = client_of(settings_of(tmp_path))
        assert client is not None
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            with contextlib.suppress(Problem):
                if is_loaded(client):
                    break
            time.sleep(0.1)
        assert is_loaded(client)
        client.close()
        family = server.descendants()
        assert any("oxigraph" in command for command in family.values())
        server.process.kill()
        server.process.wait()
        assert wait_for_end(*family, seconds=20)
    with running(1, STORE=str(tmp_path)) as server:
        store = store_of(settings_of(tmp_path))
        assert store is not None
        store.wait(30)
        assert is_loaded(store.client)
        store.client.close()
        family = server.descendants()
        assert server.stop() == 0
        assert wait_for_end(*family)


def test_no_store_is_started_where_the_operator_wants_none():
    """With `none` the service has no store and no further process."""
    with running(1, STORE="none") as server:
        assert server.ask("GET", "/health").status == 200
        assert not any("oxigraph" in c or "keeper" in c for c in server.descendants().values())
