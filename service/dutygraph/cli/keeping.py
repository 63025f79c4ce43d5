"""`load`, `dump`, `backup` and `restore`: the store, from the command line.

Owns: their arguments, and what they say. Must not speak to a server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from dutygraph.cli.files import AtFile, at_file, deliver, read_all, unreadable
from dutygraph.cli.group import cli, example
from dutygraph.cli.talking import NOTHING, Step, progress, say


@cli.command(
    short_help="Put RDF files into the store.",
    epilog=example("dutygraph load council.ttl --graph https://example.org/council"),
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--graph", metavar="IRI", help="The graph that the files make; else they name their own."
)
@click.option("--media-type", help="Of stdin, and of files whose ending does not say it.")
def load(files: tuple[str, ...], graph: str | None, media_type: str | None) -> int:
    """Put RDF files into the store, in place of what their graphs held before.

    With --graph all files together make that graph. Without it they are TriG or N-Quads, and each
    graph that they name is replaced. Nothing is written before all have been read.
    """
    from dutygraph.store import exchange

    inputs = read_all(files, media_type, exchange.LOAD_LIMITS.bytes)
    graphs: dict[str, set[Any]] = {}
    with progress(None) as step:
        for item in inputs:
            step(f"Reading {item.name}")
            with at_file(item.name):
                found = exchange.read_for_graph(item.data, item.media_type, graph)
            for name, triples in found.items():
                graphs.setdefault(name, set()).update(triples)
        with _store(step) as store:
            before = exchange.load(store, list(graphs.items()), step)
    for name, triples in graphs.items():
        done = "replaced" if before[name] else "new"
        say(f"<{name}>: {len(triples):,} statements ({done}).")
    return NOTHING


@cli.command(
    short_help="Write what the store holds, as N-Quads.",
    epilog=example("dutygraph dump --output everything.nq"),
)
@click.option(
    "--graph", "graphs", metavar="IRI", multiple=True, help="Only this graph; repeatable."
)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
@click.option(
    "--public", is_flag=True, help="Only what everybody may read: no drafts, nothing held back."
)
def dump(graphs: tuple[str, ...], output: Path | None, public: bool) -> int:
    """Write what the store holds, as N-Quads that any other store can load."""
    from dutygraph.store import exchange

    with progress(None) as step, _store(step) as store:
        found = b"".join(exchange.dumped(store, graphs, step, public=public))
    deliver(found, output)
    return NOTHING


@cli.command(
    short_help="Write the whole store into one file.",
    epilog=example("dutygraph backup store-2026-01-31.nq.gz"),
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> int:
    """Write the whole store into one FILE, as it is at one moment, while the service runs or not."""
    from dutygraph.store.backup import write_backup

    with progress(None) as step, _store(step) as store:
        try:
            done = write_backup(store, file, step)
        except OSError as error:
            raise AtFile(str(file), unreadable("written", error)) from error
    say(f"{file}: {done.graphs:,} graphs, {done.statements:,} statements.")
    return NOTHING


@cli.command(
    short_help="Make the store what a backup holds.",
    epilog=example("dutygraph restore store-2026-01-31.nq.gz"),
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def restore(file: Path) -> int:
    """Make the store what a backup FILE holds, and nothing else. The service has to be stopped."""
    from dutygraph.settings import Settings
    from dutygraph.store import backup as backups

    with progress(None) as step:
        with at_file(str(file)):
            found = backups.verified(file, step)
        backups.restore(Settings.from_environment(), found, step)
    say(f"Restored: {found.graphs:,} graphs, {found.statements:,} statements.")
    return NOTHING


@contextmanager
def _store(step: Step) -> Iterator[Any]:
    """The store of the settings, with what the installation knows in it."""
    from dutygraph.settings import Settings
    from dutygraph.store import opened
    from dutygraph.store.loading import load_installation

    step("Opening the store")
    with opened(Settings.from_environment()) as store:
        load_installation(store, step)
        yield store
