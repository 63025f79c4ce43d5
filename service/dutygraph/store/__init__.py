"""The store: named graphs that are kept, on a server that speaks SPARQL.

| module | what it does |
| --- | --- |
| `client` | speaks both protocols of a server, within bounds |
| `folder` | says what stands where in the folder of a store of our own |
| `embedded`, `keeper` | start such a store's server and keep it running |
"""

from __future__ import annotations

from dutygraph.settings import Settings, StoreFolder, StoreServer
from dutygraph.store.client import Endpoints, Reply, StoreClient
from dutygraph.store.embedded import EmbeddedServer, endpoints_of
from dutygraph.store.folder import StoreFiles

__all__ = ["EmbeddedServer", "Reply", "StoreClient", "client_of"]


def client_of(settings: Settings) -> StoreClient | None:
    """A client of the store that the settings name, or None where they name none.

    It starts nothing: a store of our own that nobody has started is `store-unavailable`.
    """
    place = settings.store
    seconds, limit = settings.query_deadline, settings.answer_limit
    if isinstance(place, StoreServer):
        endpoints = Endpoints(place.query, place.graphs)
        return StoreClient(lambda: endpoints, seconds, limit)
    if isinstance(place, StoreFolder):
        files = StoreFiles(place.path)
        return StoreClient(lambda: endpoints_of(files), seconds, limit)
    return None
