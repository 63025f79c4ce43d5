"""`subscribe`, `subscriptions`, `refresh` and `unsubscribe`: what partners publish, kept here.

Owns: their arguments, and what they say. Must not fetch or check anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from dutygraph.cli.group import cli, example
from dutygraph.cli.keeping import opened_store
from dutygraph.cli.talking import NOTHING, SOMETHING, progress, say, say_problem, to_stdout
from dutygraph.errors import Problem


@cli.command(
    short_help="Keep a copy of what a partner publishes.",
    epilog=example(
        "dutygraph subscribe https://plymouth.gov.uk/graphs/plymouth/structure --authority plymouth"
    ),
)
@click.argument("address", metavar="URL")
@click.option("--authority", required=True, help="The council that it has to be of.")
@click.option(
    "--key",
    "keys",
    metavar="KEY",
    multiple=True,
    help="A key that you know to be the council's; repeatable. Else its host is believed once.",
)
@click.option("--unsigned", is_flag=True, help="Keep it though nobody has signed it.")
def subscribe(address: str, authority: str, keys: tuple[str, ...], unsigned: bool) -> int:
    """Fetch the graph at a URL, check who signed it, and keep it as the partner said it.

    Its host has to be in the setting DUTYGRAPH_PARTNERS. If something does not hold, nothing is
    kept. Done again with --key, it says which key to trust from now on.
    """
    from dutygraph.publishing.tokens import token_file
    from dutygraph.signing.multibase import public_key_bytes

    for given in keys:
        try:
            public_key_bytes(given)
        except ValueError as error:
            raise click.UsageError(
                f"--key {given[:60]}: {error}. A key begins with z6Mk."
            ) from error
    with _subscriptions() as (settings, subscriptions, fetcher, pipeline):
        hosted = {t.authority for t in token_file(settings).all() if t.revoked is None}
        renewed = subscriptions.subscribe(
            address, authority, fetcher, pipeline, hosted=hosted, keys=keys, unsigned=unsigned
        )
    _say_renewed(renewed)
    if not renewed.provenance.pinned and renewed.provenance.trusted:
        say(
            "Its keys were taken from its own host, for the first time and unchecked. Compare them "
            "with the council, another way: " + ", ".join(renewed.provenance.trusted) + ". Then "
            "subscribe again with --key."
        )
    return NOTHING


@cli.command(
    short_help="List the partners' graphs that are kept.", epilog=example("dutygraph subscriptions")
)
def subscriptions() -> int:
    """List the partners' graphs that are kept, from where, which version, and whether verified."""
    from dutygraph.subscribing.subscriptions import Subscriptions

    with progress(None) as step, opened_store(step) as store:
        found = Subscriptions(store).all()
    lines = []
    for provenance in found:
        last = provenance.last
        assert last is not None
        how = "not signed"
        if last.key is not None:
            how = "verified, key pinned" if provenance.pinned else "verified, key of first use"
        version = f"version {last.version}" if last.version else "no version"
        name = f"{provenance.name.authority}/{provenance.name.name}"
        lines.append(f"{name}  {version}, {how}, {last.moment[:19]}Z  {provenance.address}\n")
    to_stdout("".join(lines).encode())
    if not lines:
        say("There are none yet. `dutygraph subscribe URL` makes one.")
    return NOTHING


@cli.command(
    short_help="Fetch partners' graphs anew.",
    epilog=example("dutygraph refresh plymouth/structure"),
)
@click.argument("names", metavar="[AUTHORITY/NAME]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that are kept.")
def refresh(names: tuple[str, ...], everything: bool) -> int:
    """Fetch partners' graphs anew and check them as the first time.

    What cannot be fetched or does not hold stays as it was; the exit code is then 1.
    """
    if everything == bool(names):
        raise click.UsageError("Name what to refresh, or say --all.")
    failed = False
    with _subscriptions() as (_, subscriptions, fetcher, pipeline):
        wanted = (
            [provenance.name for provenance in subscriptions.all()]
            if everything
            else [_name(name) for name in names]
        )
        for name in wanted:
            try:
                _say_renewed(subscriptions.refresh(name, fetcher, pipeline))
            except Problem as problem:
                failed = True
                say_problem(problem, f"{name.authority}/{name.name}")
    return SOMETHING if failed else NOTHING


@cli.command(
    short_help="Remove the copy of a partner's graph.",
    epilog=example("dutygraph unsubscribe plymouth/structure"),
)
@click.argument("name", metavar="AUTHORITY/NAME")
def unsubscribe(name: str) -> int:
    """Remove the copy of a partner's graph, with where it came from and the keys that it trusts."""
    from dutygraph.subscribing.subscriptions import Subscriptions

    with progress(None) as step, opened_store(step) as store:
        Subscriptions(store).unsubscribe(_name(name))
    say(f"{name} is not kept any more.")
    return NOTHING


def _name(text: str) -> Any:
    from dutygraph.publishing.names import GraphName

    authority, slash, name = text.partition("/")
    if not slash:
        raise click.UsageError(f"“{text}” is no AUTHORITY/NAME, such as plymouth/structure.")
    return GraphName(authority, name)


def _say_renewed(renewed: Any) -> None:
    provenance = renewed.provenance
    last = provenance.last
    name = f"{provenance.name.authority}/{provenance.name.name}"
    if not renewed.changed:
        say(f"{name}: nothing new since {last.moment[:10]}.")
        return
    which = f"version {last.version}" if last.version else "a version without a number"
    how = "NOT SIGNED"
    if last.key is not None:
        how = f"the signature holds, by {last.key.rpartition('#')[2]}"
    say(f"{name}: {which} was received, {last.added} statements new, {last.removed} gone; {how}.")
    if last.chained is False:
        say("Too many versions were published since the last time to follow them all.")


@contextmanager
def _subscriptions() -> Iterator[tuple[Any, Any, Any, Any]]:
    """The settings, the copies, what asks partners, and the door."""
    from dutygraph.fetching.fetching import Bounds, Fetcher
    from dutygraph.parsing import Limits
    from dutygraph.pipeline import Pipeline
    from dutygraph.settings import Settings
    from dutygraph.subscribing.subscriptions import Subscriptions

    settings = Settings.from_environment()
    limits = Limits(bytes=settings.body_limit, statements=settings.statement_limit)
    with progress(None) as step, opened_store(step) as store:
        step("Fetching")
        fetcher = Fetcher(settings.partners, Bounds(bytes=settings.body_limit))
        yield settings, Subscriptions(store), fetcher, Pipeline.load(limits)
