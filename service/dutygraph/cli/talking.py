"""What the command line says: results on stdout, talk and progress on stderr.

Owns: the exit codes, and where words go. Must not know a command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Timer

import click

from dutygraph.errors import Problem

__all__ = [
    "FAILED",
    "NOTHING",
    "SOMETHING",
    "UNUSABLE",
    "Step",
    "engine_failed",
    "progress",
    "say",
    "say_problem",
    "to_stdout",
]

NOTHING, SOMETHING, UNUSABLE, FAILED = 0, 1, 2, 3
# Faults of ours, not of the input.
_OURS = ("engine-failed", "engines-disagree", "internal")

Step = Callable[[str], None]


def say_problem(problem: Problem, name: str = "") -> int:
    """Print "file, line 3, column 7: what is wrong"."""
    where = ", ".join(part for part in (name, problem.place) if part)
    # A detail from the parser begins with its place, which is said already.
    detail = problem.detail.removeprefix(f"{problem.place.capitalize()}: ")
    say(f"{where}: {detail}" if where else detail)
    return FAILED if problem.slug in _OURS else UNUSABLE


def say(text: str) -> None:
    """Say something to people, on stderr."""
    click.echo(text, err=True)


def engine_failed(said: Iterable[str | None]) -> bool:
    """Whether the engine failed; then the first thing that it said is told.

    Args:
        said: what it said of each description, or nothing where it did not fail.
    """
    failures = [words for words in said if words]
    if failures:
        say(f"The engine failed: {failures[0]}")
    return bool(failures)


def to_stdout(result: bytes) -> None:
    """Write a result to stdout; a reader who has gone is no error."""
    try:
        sys.stdout.buffer.write(result)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def progress(total: int | None) -> Iterator[Step]:
    """A bar on a terminal's stderr for work that takes longer than a second.

    Args:
        total: the number of steps, None where it is not known.

    Yields:
        A function to call before each step with what it does.
    """
    if not sys.stderr.isatty():
        yield lambda what: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("Starting", total=total)
    started = 0
    timer = Timer(1.0, bar.start)
    timer.daemon = True
    timer.start()

    def step(what: str) -> None:
        nonlocal started
        bar.update(task, description=what, completed=started)
        started += 1

    try:
        yield step
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
