"""The group of all commands, and the options that several of them take.

Owns: `dutygraph --help`. Must not hold a command.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from dutygraph import __version__
from dutygraph.dates import parse_day
from dutygraph.engines import ENGINE_NAMES
from dutygraph.report import SEVERITIES

__all__ = [
    "Day",
    "assume_option",
    "cli",
    "engine_option",
    "example",
    "fail_on_option",
    "form_option",
    "law_as_at_option",
    "media_type_option",
    "output_option",
]


class Day(click.ParamType[date]):
    """A day such as 2017-01-24."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day that a text says; see `parse_day`."""
        if isinstance(value, date):
            return value
        return parse_day(value, param.opts[0] if param else "the day")


def example(command: str) -> str:
    """A line of help that is not wrapped."""
    return f"\b\nExample:\n  {command}"


def form_option(what: str, *names: str) -> Callable[[Any], Any]:
    """The option for the form of what a command gives.

    Args:
        what: what it gives, with its article.
        names: of the forms; “text” is the default, or else the first.
    """
    return click.option(
        "--format",
        "form",
        type=click.Choice(names),
        default="text" if "text" in names else names[0],
        show_default=True,
        help=f"The form of {what}.",
    )


def fail_on_option(when: str) -> Callable[[Any], Any]:
    """The option for the severity from which the exit code is 1.

    Args:
        when: what it is that has a severity, as a clause.
    """
    return click.option(
        "--fail-on",
        type=click.Choice(SEVERITIES[:-1]),
        default="violation",
        show_default=True,
        help=f"Exit with 1 where {when} of this severity or a graver one.",
    )


def output_option(what: str) -> Callable[[Any], Any]:
    """The option for a file that takes what a command gives, `what`, with its article."""
    return click.option(
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        help=f"Write {what} to this file.",
    )


# Options that several commands take.
law_as_at_option = click.option(
    "--law-as-at", type=Day(), help="Apply the law of this day; else that of --as-at."
)
assume_option = click.option(
    "--assume",
    type=click.Choice(["complete"]),
    help="complete: take what is not stated not to be so.",
)
engine_option = click.option(
    "--engine",
    type=click.Choice(ENGINE_NAMES),
    default="fast",
    show_default=True,
    help="The SHACL engine; the reference is slower and checks the fast one.",
)
media_type_option = click.option(
    "--media-type", help="Of stdin, and of files whose ending does not say it."
)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=example("dutygraph validate council.ttl"),
)
@click.version_option(__version__, prog_name="dutygraph")
def cli() -> None:
    """Say once, as linked data, who does what in a council's statutory services, and have it
    tested clause by clause.

    Results go to stdout and talk to stderr. Exit codes: 0 nothing to report, 1 something,
    2 wrong use or unreadable input, 3 the engine failed.
    """
