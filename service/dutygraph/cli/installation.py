"""`check` and `serve`: this installation.

Owns: their arguments and exit codes. Must not check anything itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from dutygraph.cli.files import Input, deliver, read_all
from dutygraph.cli.group import cli, example
from dutygraph.cli.talking import NOTHING, SOMETHING, Step, progress, say


@cli.command(
    short_help="Check this installation, or whether descriptions contradict themselves.",
    epilog=example("dutygraph check council.ttl"),
)
@click.argument("files", metavar="[FILE...]", nargs=-1)
@click.option("--media-type", help="Of files whose ending does not say it.")
def check(files: tuple[str, ...], media_type: str | None) -> int:
    """Check this installation: its ontology, its rules, and that its two engines agree.

    With a FILE, check that description: that both engines say the same of it, and that a
    reasoner finds no statements in it that cannot all be true; if it does, they are named.
    """
    from dutygraph import checking
    from dutygraph.parsing import Limits

    with progress(None) as step:
        if files:
            findings = _checked(read_all(files, media_type, Limits().bytes), step)
        else:
            findings = list(checking.check(step))
    deliver("".join(f"{finding}\n" for finding in findings).encode())
    if not findings:
        say("Nothing is wrong.")
    return SOMETHING if findings else NOTHING


@cli.command(short_help="Start the HTTP service.", epilog=example("dutygraph serve --port 8080"))
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="How many assessments run at the same time; else one for each processor.",
)
@click.option("--settings", "shown", is_flag=True, help="Print every setting, and do not start.")
def serve(port: int, host: str, workers: int | None, shown: bool) -> int:
    """Start the HTTP service and keep it running until it is stopped with Ctrl-C.

    What the options do not say, the environment does: --settings prints its variables.
    """
    if shown:
        from dutygraph.settings import Settings, as_text

        deliver(as_text(Settings.from_environment()))
        return NOTHING
    from dutygraph.web import server

    server.serve(host, port, workers)
    return NOTHING


def _checked(inputs: Sequence[Input], step: Step) -> list[Any]:
    """What is wrong with some descriptions."""
    from dutygraph.checking import Source, description_faults
    from dutygraph.pipeline import Pipeline

    step("Reading the rulebook")
    pipeline = Pipeline.load()
    found: list[Any] = []
    for item in inputs:
        step(f"Reading {item.name}")
        text = item.data.decode("utf-8", "replace")
        source = Source(item.name, text, media_type=item.media_type)
        found += description_faults(pipeline, source, step)
    return found
