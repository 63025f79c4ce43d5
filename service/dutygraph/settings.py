"""The settings of the service: one table, read from the environment once, at the start.

Owns: names, defaults, types and one sentence of help for each. Must not act on any of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from textwrap import wrap
from typing import Any
from urllib.parse import urlsplit

from dutygraph.errors import Problem
from dutygraph.terms import BASE

__all__ = [
    "PREFIX",
    "Settings",
    "StoreFolder",
    "StorePlace",
    "StoreServer",
    "as_text",
    "data_home",
    "unknown_settings",
]

PREFIX = "DUTYGRAPH_"


def _whole(at_least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if value < at_least:
            raise ValueError(f"the least is {at_least}")
        return value

    return read


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 3600:
        raise ValueError("it lies between 0.1 and 3600")
    return value


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("it is an absolute http or https address")
    return text.rstrip("/") + "/"


def _port(text: str) -> int | None:
    if text.lower() == "none":
        return None
    value = int(text)
    if not 0 <= value <= 65535:
        raise ValueError("a port lies between 0 and 65535")
    return value


def _days(text: str) -> int | None:
    return None if text.lower() == "none" else _whole(0)(text)


@dataclass(frozen=True)
class StoreFolder:
    """A store of our own: the folder that holds its data.

    Args:
        path: absolute; it is made when the store is first opened.
    """

    path: Path

    def __str__(self) -> str:
        """As the setting writes it."""
        return str(self.path)


@dataclass(frozen=True)
class StoreServer:
    """Somebody's server.

    Args:
        query: where it answers queries (SPARQL 1.1 Protocol).
        graphs: where it takes graphs, by `?graph=` (SPARQL 1.1 Graph Store HTTP Protocol).
    """

    query: str
    graphs: str

    def __str__(self) -> str:
        """As the setting writes it."""
        return f"{self.query} {self.graphs}"


StorePlace = StoreFolder | StoreServer | None


def _store(text: str) -> StorePlace:
    if text.lower() == "none":
        return None
    words = text.split()
    if not any("://" in word for word in words):
        return StoreFolder(Path(text).expanduser().absolute())
    if len(words) != 2:
        raise ValueError("a server has two addresses, for queries and for graphs, with a space")
    query, graphs = (_address(word).rstrip("/") for word in words)
    return StoreServer(query, graphs)


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def data_home() -> Path:
    """The folder for what this user's programs keep (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(home).expanduser().absolute() / "dutygraph"


def _setting(default: Any, read: Callable[[str], Any], kind: str, help: str) -> Any:
    return field(default=default, metadata={"read": read, "kind": kind, "help": help})


@dataclass(frozen=True)
class Settings:
    """Every setting of the service; the environment variable is `DUTYGRAPH_` and its name.

    `field.metadata` holds the `help` of each, its `kind` in words and the function that reads it.
    """

    body_limit: int = _setting(
        10 * 1024 * 1024, _whole(1), "a number of bytes", "The largest body that is read, in bytes."
    )
    statement_limit: int = _setting(
        200_000,
        _whole(1),
        "a whole number",
        "The largest number of statements that one description may hold.",
    )
    deadline: float = _setting(
        30.0,
        _seconds,
        "a number of seconds",
        "How long one assessment may take, in seconds; its process is then ended.",
    )
    memory: int = _setting(
        2048,
        _whole(64),
        "a number of MiB",
        "How much memory one worker may address, in MiB; it is then ended.",
    )
    queue: int = _setting(
        16,
        _whole(0),
        "a whole number",
        "How many assessments may wait for a worker before the answer is 503.",
    )
    workers: int = _setting(
        max(1, os.cpu_count() or 1),
        _whole(1),
        "a whole number",
        "How many assessments run at the same time, each in a process of its own.",
    )
    processes: int = _setting(
        2,
        _whole(1),
        "a whole number",
        "How many processes answer HTTP; they share out the workers and the queue.",
    )
    public_address: str = _setting(
        BASE,
        _address,
        "an address such as https://example.org/dutygraph/",
        "The address under which people reach this service, for the links that it gives.",
    )
    store: StorePlace = _setting(
        StoreFolder(data_home() / "store"),
        _store,
        "a folder, the addresses of a server's query and graph-store protocols, or none",
        "Where graphs are kept: in a folder of our own, on a server, or nowhere.",
    )
    tokens: Path | None = _setting(
        None,
        _path,
        "the path of a file",
        "Where the councils' tokens are kept, hashed; without it, in tokens.json beside the store.",
    )
    public_tier: str = _setting(
        "second-tier",
        str,
        "the name of a tier, such as second-tier",
        "The lowest tier of management whose post-holders the public sees.",
    )
    query_deadline: float = _setting(
        10.0,
        _seconds,
        "a number of seconds",
        "How long the store may take for one query, in seconds; the connection is then closed.",
    )
    answer_limit: int = _setting(
        20 * 1024 * 1024,
        _whole(1),
        "a number of bytes",
        "The largest answer to a query, in bytes; a larger one is refused as a whole.",
    )

    row_limit: int = _setting(
        100_000,
        _whole(1),
        "a number of rows",
        "The most rows that the answer to a query may have; a longer one is refused as a whole.",
    )
    queries: int = _setting(
        16,
        _whole(1),
        "a whole number",
        "How many queries each process that answers HTTP asks of the store at the same time.",
    )
    read_rate: int = _setting(
        1200,
        _whole(0),
        "a whole number, or 0 for no limit",
        "How many requests to read one address, and one token, may make in a minute.",
    )
    work_rate: int = _setting(
        300,
        _whole(0),
        "a whole number, or 0 for no limit",
        "How many assessments, comparisons, queries and writes one address, and one token, may ask "
        "for in a minute.",
    )
    proxies: int = _setting(
        0,
        _whole(0),
        "a whole number",
        "How many proxies of the operator's stand in front and each add the address that called "
        "them to X-Forwarded-For, which is not read otherwise.",
    )
    metrics_port: int | None = _setting(
        0,
        _port,
        "a port, 0 for a free one, or none",
        "The port on 127.0.0.1 at which /metrics answers, apart from what the public reaches.",
    )
    log_days: int | None = _setting(
        None,
        _days,
        "a number of days, or none",
        "How many days the operator keeps what the service writes to stderr, as the front page "
        "tells its readers.",
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings; what is not set or empty has its default.

        Raises:
            Problem: `bad-parameter`, which names the variable and says what it takes.
        """
        values = {}
        for setting in fields(cls):
            name = PREFIX + setting.name.upper()
            text = environment.get(name, "").strip()
            if not text:
                continue
            try:
                values[setting.name] = setting.metadata["read"](text)
            except ValueError as error:
                reason = str(error)
                # Python's own words for a text that is no number help nobody.
                why = "" if reason.startswith(("invalid", "could not")) else f": {reason}"
                raise Problem(
                    "bad-parameter",
                    f"The setting {name} is “{text[:80]}”; it takes "
                    f"{setting.metadata['kind']}{why}. {setting.metadata['help']}",
                ) from error
        return cls(**values)


def as_text(settings: Settings) -> bytes:
    """Every setting for people: its variable, its value now, what it takes and what it does."""
    lines = []
    for setting in fields(settings):
        lines.append(f"{PREFIX}{setting.name.upper()}={getattr(settings, setting.name)}")
        about = f"{setting.metadata['help']} It takes {setting.metadata['kind']}."
        lines += wrap(about, 88, initial_indent="    ", subsequent_indent="    ")
    return "".join(f"{line}\n" for line in lines).encode()


def unknown_settings(environment: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """The variables that look like settings and are none, each with the nearest name.

    They are no error: a container platform makes variables such as DUTYGRAPH_SERVICE_HOST.
    """
    known = [PREFIX + setting.name.upper() for setting in fields(Settings)]
    unknown = sorted(n for n in environment if n.startswith(PREFIX) and n not in known)
    return {name: next(iter(get_close_matches(name, known, 1)), None) for name in unknown}
