"""The store: named graphs that are kept, on a server that speaks SPARQL.

| module | what it does |
| --- | --- |
| `client` | speaks both protocols of a server, within bounds |
| `folder` | says what stands where in the folder of a store of our own |
| `embedded`, `keeper` | start such a store's server and keep it running |
| `writing` | writes whole graphs, one writer at a time, through a journal |
| `opening` | makes a store of a setting |
| `loading` | brings in what the installation knows |
| `exchange`, `backup` | take files in and write them out |
"""

from __future__ import annotations

from dutygraph.store.client import CopyOf, Endpoints, GraphChange, Reply, StoreClient, Union
from dutygraph.store.embedded import EmbeddedServer
from dutygraph.store.opening import GraphStore, StoreProcesses, client_of, opened, store_of
from dutygraph.store.writing import Condition, GraphWriter, KeptGraph

__all__ = [
    "Condition",
    "CopyOf",
    "EmbeddedServer",
    "Endpoints",
    "GraphChange",
    "GraphStore",
    "GraphWriter",
    "KeptGraph",
    "Reply",
    "StoreClient",
    "StoreProcesses",
    "Union",
    "client_of",
    "opened",
    "store_of",
]
