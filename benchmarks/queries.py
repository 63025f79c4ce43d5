"""The competency queries through HTTP, on the bare store and in rdflib, side by side in one run.

Run with `make bench`. Each query is asked by turns: of `/sparql`; of the store's own server, with the
same dataset in the same protocol, so that the difference is what the service adds; and of rdflib, in
memory, its parsing left out. The machine may be noisy:
what counts is the ratio, query by query.
"""

from __future__ import annotations

import contextlib
import http.client
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from rdflib import Dataset as Graphs
from rdflib import Graph
from rdflib.plugins.sparql import prepareQuery

from dutygraph.dataset import Dataset
from dutygraph.queries import Question, questions
from dutygraph.settings import Settings, StoreFolder
from dutygraph.store import store_of
from dutygraph.store.loading import UNION, is_loaded
from dutygraph.triples import NamedGraphs, RdfFormat, serialize

ROUNDS = 5
# rdflib is asked once, in the first round, and for no longer than this.
RDFLIB_SECONDS = 5.0
FAILED = -1.0
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/csv"}
START_SECONDS = 120


@contextlib.contextmanager
def service(folder: str) -> Iterator[tuple[str, str]]:
    """A service with a store of its own, loaded; its address and that of its store's queries."""
    settings = {"STORE": folder, "PROCESSES": "1", "QUERY_DEADLINE": "120"}
    # One caller asks all the questions, faster than one may.
    settings |= {"WORK_RATE": "0", "METRICS_PORT": "none"}
    environment = os.environ | {f"DUTYGRAPH_{name}": value for name, value in settings.items()}
    code = "from dutygraph.web.server import serve; serve('127.0.0.1', 0, 1)"
    process = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-c", code], stderr=subprocess.PIPE, env=environment, text=True
    )
    try:
        assert process.stderr is not None
        found = next(filter(None, (re.search(r"http://[\d.:]+", said) for said in process.stderr)))
        threading.Thread(target=process.stderr.read, daemon=True).start()
        store = store_of(Settings(store=StoreFolder(Path(folder))))
        assert store is not None
        store.wait(START_SECONDS)
        end = time.monotonic() + START_SECONDS
        while not is_loaded(store.client):
            assert time.monotonic() < end, "the store was not loaded in time"
            time.sleep(0.2)
        running = store.files.running()
        assert running is not None
        store.client.close()
        yield found[0], f"http://127.0.0.1:{running.port}"
    finally:
        process.terminate()
        process.wait()


def ask(address: str, fields: list[tuple[str, str]]) -> float:
    """Ask over a connection that is open already; the milliseconds that the whole answer took."""
    parts = urlsplit(address)
    body = urlencode(fields)
    connection = http.client.HTTPConnection(parts.netloc, timeout=300)
    connection.connect()
    try:
        start = time.perf_counter()
        connection.request("POST", parts.path, body, FORM)
        response = connection.getresponse()
        response.read()
        taken = (time.perf_counter() - start) * 1000
        assert response.status == 200, response.status
        return taken
    finally:
        connection.close()


def in_rdflib(graphs: NamedGraphs) -> tuple[Graph, Graphs]:
    """The union alone, and the named graphs with their union as default graph."""
    named = Graphs(default_union=True)
    union = Graph()
    for name in graphs.names():
        found = graphs.query(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}")
        text = serialize(found.triples or (), RdfFormat.N_TRIPLES, {}).decode()
        named.graph(name).parse(data=text, format="nt")
        union.parse(data=text, format="nt")
    return union, named


def main() -> None:
    """Print the median milliseconds of each, and the ratios query by query."""
    asked = questions()
    known = Dataset.load()
    names = known.graphs.names()
    print("Reading the data into rdflib", file=sys.stderr)
    union, named = in_rdflib(known.graphs)
    times: dict[str, dict[str, list[float]]] = {q.name: {} for q in asked}
    given_up: list[str] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder, service(folder) as (front, back):
        for number in range(ROUNDS + 1):
            for query in asked:
                print(f"\rround {number} of {ROUNDS} {query.name:60.60}", end="", file=sys.stderr)
                graphs = [("named-graph-uri", name) for name in names]
                has_graph = "graph" in query.text.lower()
                dataset = [("default-graph-uri", UNION), *(graphs if has_graph else [])]
                taken = times[query.name]
                text = ("query", query.text)
                for what, milliseconds in (
                    ("service", ask(f"{front}/sparql", [text])),
                    ("store", ask(f"{back}/query", [text, *dataset])),
                ):
                    # The first round warms all of them up.
                    taken.setdefault(what, [])
                    if number:
                        taken[what].append(milliseconds)
                if number == 1:
                    spent = _ask_rdflib(query, named if has_graph else union)
                    if spent is None:
                        given_up.append(query.name)
                    elif spent == FAILED:
                        failed.append(query.name)
                    else:
                        taken["rdflib"] = [spent]
    print(file=sys.stderr)
    _report(times, given_up, failed)


def _ask_rdflib(query: Question, graph: Graph) -> float | None:
    """The milliseconds that rdflib takes, parsing left out; None: too long; `FAILED`: an error."""
    prepared = prepareQuery(query.text)
    forked = multiprocessing.get_context("fork")
    ours, theirs = forked.Pipe(duplex=False)

    def run() -> None:
        start = time.perf_counter()
        try:
            list(graph.query(prepared))
        except TypeError:
            # Rows that have no value to order by (seen in rdflib 7.6.0).
            theirs.send(FAILED)
            return
        theirs.send((time.perf_counter() - start) * 1000)

    # A process of its own, since nothing else ends a query of rdflib.
    process = forked.Process(target=run)
    process.start()
    taken: float | None = ours.recv() if ours.poll(RDFLIB_SECONDS) else None
    process.kill()
    process.join()
    return taken


def _report(
    times: dict[str, dict[str, list[float]]], given_up: list[str], failed: list[str]
) -> None:
    middle = {
        what: {name: statistics.median(t[what]) for name, t in times.items() if t.get(what)}
        for what in ("service", "store", "rdflib")
    }
    print(f"{len(times)} queries, {ROUNDS} rounds by turns")
    for what, found in middle.items():
        values = sorted(found.values())
        print(
            f"{what:8} {len(values):4} queries   median {statistics.median(values):8.1f} ms"
            f"   (min {values[0]:.1f}, max {values[-1]:.1f})"
        )
    ratios = [middle["service"][n] / middle["store"][n] for n in times]
    more = [middle["service"][n] - middle["store"][n] for n in times]
    print(
        f"service / store, query by query: median {statistics.median(ratios):.2f}"
        f"   (min {min(ratios):.2f}, max {max(ratios):.2f});"
        f" at the medians {_ratio(middle):.2f}; the service adds {statistics.median(more):.2f} ms"
    )
    slower = [middle["rdflib"][n] / middle["service"][n] for n in middle["rdflib"]]
    print(
        f"rdflib / service, query by query: median {statistics.median(slower):.1f}"
        f"   (min {min(slower):.2f}, max {max(slower):.1f});"
        f" {len(given_up)} queries took rdflib longer than {RDFLIB_SECONDS:g} s, and"
        f" {len(failed)} it could not answer"
    )


def _ratio(middle: dict[str, dict[str, float]]) -> float:
    service, store = (statistics.median(middle[what].values()) for what in ("service", "store"))
    return service / store


if __name__ == "__main__":
    main()
