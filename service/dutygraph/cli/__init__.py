"""The command line: what `dutygraph` does for people and for pipelines.

Owns: the way from a process to a command and back. The commands, one module for each job:
`assessing`, `agreeing`, `changing`, `verifying`, `rulebook`, `asking`, `keeping`, `tokens`, `signing`,
`partners`, `installation`.

Exit codes: 0 nothing at or above `--fail-on`, 1 something, 2 wrong use or unreadable input (and
nothing on stdout), 3 the engine failed.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import click

from dutygraph.cli import (
    agreeing,
    asking,
    assessing,
    changing,
    installation,
    keeping,
    partners,
    rulebook,
    signing,
    tokens,
    verifying,
)
from dutygraph.cli.files import AtFile
from dutygraph.cli.group import cli
from dutygraph.cli.talking import FAILED, NOTHING, UNUSABLE, say, say_problem
from dutygraph.engines import EngineFailed
from dutygraph.errors import Problem

# Importing a module adds its commands to the group.
COMMANDS = (
    assessing,
    agreeing,
    changing,
    verifying,
    rulebook,
    asking,
    keeping,
    tokens,
    signing,
    partners,
    installation,
)

__all__ = ["COMMANDS", "cli", "main", "run"]


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line.

    Args:
        arguments: without the program's name.

    Returns:
        The exit code.
    """
    try:
        code = cli.main(list(arguments), prog_name="dutygraph", standalone_mode=False)
        return int(code or NOTHING)
    except click.ClickException as error:
        error.show()
        return UNUSABLE
    except AtFile as error:
        return say_problem(error.problem, error.name)
    except Problem as error:
        return say_problem(error)
    except EngineFailed as error:
        say(f"The engine failed: {error}")
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        say("Stopped.")
        return 130
    except Exception as error:
        return _unexpected(error)


def _unexpected(error: Exception) -> int:
    logging.getLogger("dutygraph").exception("An error that was not foreseen")
    say(f"Something went wrong here ({type(error).__name__}); it is not your input's fault.")
    return FAILED
