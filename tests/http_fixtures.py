"""Real servers on loopback ports for the tests of the HTTP service, and a client for them."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import dutygraph
from dutygraph.triples import RdfFormat, parse_quads, serialize

START_SECONDS = 60
PREFIXES = """\
@prefix dg:   <https://w3id.org/dutygraph/def/> .
@prefix code: <https://w3id.org/dutygraph/code/> .
@prefix auth: <https://w3id.org/dutygraph/id/authority/> .
@prefix para: <https://w3id.org/dutygraph/id/source/900/> .
@prefix org:  <http://www.w3.org/ns/org#> .
@prefix dct:  <http://purl.org/dc/terms/> .
@prefix owl:  <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh:   <http://www.w3.org/ns/shacl#> .
@prefix xsd:  <http://www.w3.org/2001/XMLSchema#> .
@prefix :     <https://example.org/> .
"""
FIRST_LINE = PREFIXES.count("\n") + 1
STRUCTURE = (
    ":structure a dg:Structure ; dg:status code:existing ; dg:describes auth:coventry ;"
    ' dg:assessmentDay "2016-06-30"^^xsd:date .\n'
)
DIRECTOR = """\
:director a org:Post ; org:postIn auth:coventry ; dg:title "Director of People" .
:designation a dg:Designation ; dg:office code:director-of-childrens-services ;
    dg:designatedPost :director ; dg:designatedBy auth:coventry ;
    dg:from "2015-04"^^xsd:gYearMonth ; dct:source para:2.1 .
:appointment a dg:Appointment ; dg:appointee :officer ; dg:appointedTo :director ;
    dg:from "2015-09-01"^^xsd:date ; dct:source para:2.2 .
"""
TURTLE = "text/turtle"
RDF_FORMATS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/trig": RdfFormat.TRIG,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/rdf+xml": RdfFormat.RDF_XML,
}


def description(more: str = "") -> bytes:
    """A small description that is in order, with more statements after it."""
    return (PREFIXES + STRUCTURE + DIRECTOR + more).encode()


def in_syntax(turtle: bytes, media_type: str) -> bytes:
    """The same statements in another syntax."""
    triples = [q.triple for q in parse_quads(turtle, RdfFormat.TURTLE)]
    return serialize(triples, RDF_FORMATS[media_type], {})


def slow_description() -> bytes:
    """An honest description of three thousand appointments: minutes for the reference engine."""
    return description(
        "".join(
            f":a{n} a dg:Appointment ; dg:appointee :p{n} ; dg:appointedTo :director ;"
            f' dg:from "2015-09-01"^^xsd:date ; dct:source para:3.{n} .\n'
            for n in range(3_000)
        )
    )


def large_description() -> bytes:
    """An honest description with long titles, 54 MB: hundreds of MiB once it is read."""
    return description(
        "".join(
            f':p{n} a org:Post ; org:postIn auth:coventry ; dg:title "{"Director " * 10_000}{n}" .\n'
            for n in range(600)
        )
    )


@dataclass
class Answer:
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def media_type(self) -> str:
        """The Content-Type."""
        return self.headers["Content-Type"]

    @property
    def slug(self) -> str:
        """The problem that it is, or empty."""
        if self.media_type != "application/problem+json":
            return ""
        return str(self.json["type"]).rsplit("/", 1)[-1]


@dataclass
class Server:
    """A server in a process of its own, with its log."""

    process: subprocess.Popen[bytes]
    log_file: Path
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    store: Path = Path()

    @property
    def log(self) -> str:
        """What it has written to stdout and stderr."""
        return self.log_file.read_text(encoding="utf-8")

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 90,
    ) -> Answer:
        """Send one request over a connection of its own."""
        start = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            content = response.read()
            seconds = time.monotonic() - start
            return Answer(response.status, response.headers, content, seconds)
        finally:
            connection.close()

    def validate(
        self, body: bytes | str, query: str = "", media_type: str = TURTLE, **headers: str
    ) -> Answer:
        """POST a description."""
        data = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        path = "/validate" + ("?" + query if query else "")
        return self.ask("POST", path, data, {"Content-Type": media_type} | named)

    def query(self, text: str, parameters: str = "", **headers: str) -> Answer:
        """POST a query."""
        path = "/sparql" + ("?" + parameters if parameters else "")
        sent = {"Content-Type": "application/sparql-query"} | headers
        return self.ask("POST", path, text.encode(), sent)

    def descendants(self) -> dict[int, str]:
        """Its living processes below the first, with their command lines.

        One that is ending has given its memory back, and its command line with it, before it is
        marked as ended.
        """
        parents = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError):
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if state[0] != "Z" and command:
                    parents[int(entry.name)] = (int(state[1]), command)
        found: dict[int, str] = {}
        todo = [self.process.pid]
        while todo:
            parent = todo.pop()
            children = {pid: c for pid, (above, c) in parents.items() if above == parent}
            found |= children
            todo += children
        return found

    def workers(self) -> set[int]:
        """The processes that assess."""
        return {pid for pid, command in self.descendants().items() if "spawn_main" in command}

    def is_loading(self) -> bool:
        """Whether the process that loads its store, which others may ask before, is at it."""
        return any("dutygraph.store.loading" in c for c in self.descendants().values())

    def stop(self) -> int:
        """Stop it as an operator would and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def start_server(workers: int | None, **settings: str) -> Server:
    """Start a server on a free loopback port and wait for its address, not for its workers."""
    code = f"from dutygraph.web.server import serve; serve('127.0.0.1', 0, {workers})"
    package = str(Path(dutygraph.__file__).parents[1])
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DUTYGRAPH_")}
    # Most tests watch one process at work; those of several ask for them. They ask more in a minute
    # than a caller may, from one address.
    quiet = {"METRICS_PORT": "none", "READ_RATE": "0", "WORK_RATE": "0"}
    settings = {"PROCESSES": "1", "STORE": "none"} | quiet | settings
    environment |= {"PYTHONPATH": package} | {f"DUTYGRAPH_{k}": v for k, v in settings.items()}
    handle, name = tempfile.mkstemp(prefix="dutygraph-test-", suffix=".log")
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=handle, stderr=handle, env=environment
    )
    os.close(handle)
    server = Server(process, Path(name))
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"answers at http://127\.0\.0\.1:(\d+)/", server.log)
        if found:
            server.port = int(found[1])
            return server
        time.sleep(0.02)
    process.kill()
    raise AssertionError(f"the server did not start: {server.log}")


@contextlib.contextmanager
def running(workers: int | None = None, **settings: str) -> Iterator[Server]:
    """A server for the length of a block."""
    server = start_server(workers, **settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
        server.log_file.unlink()


@pytest.fixture(scope="session", name="server")
def server_with_defaults() -> Iterator[Server]:
    """A server with two workers and the settings that everybody has."""
    with running(workers=2) as started:
        yield started


@pytest.fixture(scope="session", name="strict")
def strict_server() -> Iterator[Server]:
    """A server with one worker, one place in its queue and four seconds for an assessment."""
    with running(workers=1, QUEUE="1", DEADLINE="4") as started:
        # Loading is no part of what the tests measure.
        assert started.validate(description()).status == 200
        yield started


@contextlib.contextmanager
def with_a_store(**settings: str) -> Iterator[Server]:
    """A server with a store of its own that has been loaded, for the length of a block."""
    with (
        tempfile.TemporaryDirectory(prefix="dutygraph-store-") as folder,
        running(workers=1, STORE=folder, **settings) as server,
    ):
        end = time.monotonic() + START_SECONDS
        while server.query("ASK { }").status != 200 or server.is_loading():
            assert time.monotonic() < end, server.log
            time.sleep(0.1)
        server.store = Path(folder)
        yield server


@pytest.fixture(scope="session", name="kept")
def server_with_a_store() -> Iterator[Server]:
    """A server with a store and the settings that everybody has, but more time for a query."""
    with with_a_store(QUERY_DEADLINE="60") as server:
        yield server


@pytest.fixture(scope="session", name="narrow")
def server_with_narrow_bounds() -> Iterator[Server]:
    """A server whose queries may take a second and find 50 rows or 50,000 bytes, two at a time."""
    bounds = {"QUERY_DEADLINE": "1", "ROW_LIMIT": "50", "ANSWER_LIMIT": "50000", "QUERIES": "2"}
    with with_a_store(**bounds) as server:
        yield server


@dataclass
class Listener:
    """A web server of somebody else, which must never hear from us."""

    address: str
    heard: list[str]


@pytest.fixture(name="listener")
def somebody_else() -> Iterator[Listener]:
    """Somebody else's web server on a loopback port."""
    heard: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_error(404)

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as outside:
        thread = threading.Thread(target=outside.serve_forever)
        thread.start()
        yield Listener(f"http://127.0.0.1:{outside.server_port}/", heard)
        outside.shutdown()
        thread.join()
