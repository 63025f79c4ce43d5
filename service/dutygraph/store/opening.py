"""The store that the settings name, for whoever needs it.

Owns: how a setting becomes a store, and the process that starts one and stops it. Must not: read or
write a graph.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dutygraph
from dutygraph.errors import Problem
from dutygraph.settings import PREFIX, Settings, StoreFolder, StorePlace, StoreServer, data_home
from dutygraph.store.client import Endpoints, StoreClient
from dutygraph.store.embedded import EmbeddedServer, endpoints_of
from dutygraph.store.folder import StoreFiles
from dutygraph.store.writing import GraphWriter

__all__ = ["GraphStore", "StoreProcesses", "client_of", "opened", "store_of"]


@dataclass(frozen=True)
class GraphStore:
    """A store.

    Args:
        client: asks it.
        writer: writes whole graphs.
        files: its folder; for somebody else's server only the lock and the journal are there.
        place: the setting that it comes from.
    """

    client: StoreClient
    writer: GraphWriter
    files: StoreFiles
    place: StorePlace

    @property
    def is_ours(self) -> bool:
        """Whether its data are in a folder of ours."""
        return isinstance(self.place, StoreFolder)

    def graphs(self) -> list[str]:
        """The names of the graphs, sorted; on somebody else's server, of those that are not empty.

        Raises:
            Problem: `store-unavailable` and its like.
        """
        reply = self.client.query(
            "SELECT DISTINCT ?graph { GRAPH ?graph { } }"
            if self.is_ours
            else "SELECT DISTINCT ?graph { GRAPH ?graph { ?s ?p ?o } }",
            "text/tab-separated-values",
            seconds=120.0,
        )
        rows = reply.body.decode().splitlines()[1:]
        return sorted(row.strip().removeprefix("<").removesuffix(">") for row in rows)

    def mark(self) -> int:
        """A number that is another one after each write that was acknowledged on this machine."""
        try:
            return self.files.path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def wait(self, seconds: float) -> None:
        """Wait until it answers.

        Raises:
            Problem: `store-unavailable`.
        """
        ends = time.monotonic() + seconds
        while True:
            try:
                self.client.query("ASK { }", seconds=10.0)
                return
            except Problem as problem:
                if problem.slug != "store-unavailable" or time.monotonic() > ends:
                    raise
            time.sleep(0.05)


def store_of(settings: Settings) -> GraphStore | None:
    """The store that the settings name, or None where they name none.

    It starts nothing: a store of our own that nobody has started is `store-unavailable`.
    """
    place = settings.store
    seconds, limit = settings.query_deadline, settings.answer_limit
    if isinstance(place, StoreFolder):
        files = StoreFiles(place.path)
        client = StoreClient(lambda: endpoints_of(files), seconds, limit, files)
        return GraphStore(client, GraphWriter(client, files, is_ours=True), files, place)
    if isinstance(place, StoreServer):
        endpoints = Endpoints(place.query, place.graphs)
        client = StoreClient(lambda: endpoints, seconds, limit)
        name = hashlib.sha256(place.graphs.encode()).hexdigest()[:16]
        files = StoreFiles(data_home() / "servers" / name)
        return GraphStore(client, GraphWriter(client, files, is_ours=False), files, place)
    return None


def client_of(settings: Settings) -> StoreClient | None:
    """What asks the store that the settings name, or None where they name none."""
    store = store_of(settings)
    return store.client if store else None


class StoreProcesses:
    """What a service runs for its store: a server of its own, and once a loader.

    Args:
        settings: which store.
    """

    def __init__(self, settings: Settings) -> None:
        self._place, self._tier = settings.store, settings.public_tier
        ours = isinstance(settings.store, StoreFolder)
        self._server = EmbeddedServer(settings) if ours else None
        self._loader: subprocess.Popen[bytes] | None = None
        self._process = 0

    def start(self) -> None:
        """Start them; neither is waited for.

        Raises:
            Problem: see `EmbeddedServer.start`.
        """
        if self._place is None:
            return
        if self._server is not None:
            self._server.start()
        package = str(Path(dutygraph.__file__).parents[1])
        path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        self._loader = subprocess.Popen(
            [sys.executable, "-m", "dutygraph.store.loading"],
            stdin=subprocess.DEVNULL,
            env=os.environ
            | {"PYTHONPATH": path}
            | {PREFIX + "STORE": str(self._place), PREFIX + "PUBLIC_TIER": self._tier},
            start_new_session=True,
        )
        self._process = os.getpid()

    def stop(self) -> None:
        """Stop them. What was forked from the process that started them stops nothing."""
        if os.getpid() != self._process:
            return
        if self._loader is not None:
            self._loader.terminate()
            self._loader.wait()
        if self._server is not None:
            self._server.stop()


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[GraphStore]:
    """The store for the length of a block; one of our own is started if nobody runs it.

    Raises:
        Problem: `no-store`, where the settings name none; `store-unavailable` and its like.
    """
    store = store_of(settings)
    if store is None:
        raise Problem(
            "no-store",
            "There is no store: the setting DUTYGRAPH_STORE is none. Give it a folder, or the "
            "addresses of a server.",
        )
    server = None
    if store.is_ours and not store.files.is_owned():
        server = EmbeddedServer(settings)
        server.start()
    try:
        store.wait(60.0)
        yield store
    finally:
        store.client.close()
        if server is not None:
            server.stop()
