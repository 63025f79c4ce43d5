"""The files of a command: reading them, and naming them in what goes wrong.

Owns: how a file's media type is told, the limit of its size, and whose fault a problem is. Must not
assess.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from dutygraph.cli.talking import Step, progress, to_stdout
from dutygraph.errors import Problem
from dutygraph.report import Json

__all__ = [
    "STDIN",
    "AtFile",
    "Input",
    "at_file",
    "at_work",
    "described",
    "read",
    "read_all",
    "side_by_side",
    "read_as",
    "unreadable",
    "deliver",
]

STDIN = "-"
# Faults of a description as a whole: where several files make one, no single file has them.
_OF_THE_WHOLE = ("no-structure", "several-structures", "no-authority", "no-day")


@dataclass(frozen=True)
class Input:
    """One file that was read."""

    name: str
    data: bytes
    media_type: str


class AtFile(Exception):
    """A problem, with the name of the file that has it."""

    def __init__(self, name: str, problem: Problem) -> None:
        super().__init__(name)
        self.name, self.problem = name, problem


def read_all(files: Sequence[str], media_type: str | None, limit: int) -> list[Input]:
    """Every input, before anything else is done with one of them."""
    if files.count(STDIN) > 1:
        raise click.UsageError("'-' stands for stdin, which can be read once.")
    if STDIN in files and not media_type:
        raise click.UsageError("'-' needs --media-type, such as --media-type text/turtle.")
    return [read(name, media_type, limit) for name in files]


def read(name: str, media_type: str | None, limit: int) -> Input:
    """One input. It is read to one byte beyond the limit; the parser then says that it is too large.

    Raises:
        AtFile: it cannot be read, or nothing says of what media type it is.
    """
    shown = "stdin" if name == STDIN else name
    with at_file(shown):
        data = _data(name, limit)
        known = media_type if name == STDIN else None
        return Input(shown, data, known or _media_type(Path(name), media_type))


def _data(name: str, limit: int) -> bytes:
    try:
        if name == STDIN:
            return sys.stdin.buffer.read(limit + 1)
        with Path(name).open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as error:
        raise unreadable("read", error) from error


def read_as(name: str, media_type: str, limit: int) -> Input:
    """One input whose media type is known, whatever its name ends with.

    Raises:
        AtFile: it cannot be read.
    """
    shown = "stdin" if name == STDIN else name
    with at_file(shown):
        return Input(shown, _data(name, limit), media_type)


def unreadable(done: str, error: OSError) -> Problem:
    """The problem of a file that cannot be read or written, in plain words."""
    reason = (error.strerror or "it cannot be opened").lower()
    return Problem("unreadable-file", f"The file cannot be {done}: {reason}.")


def _media_type(path: Path, given: str | None) -> str:
    from dutygraph.parsing import SUFFIXES

    kind = SUFFIXES.get(path.suffix.lower()) or given
    if kind:
        return kind
    ending = f"The ending {path.suffix}" if path.suffix else "A name without an ending"
    raise Problem(
        "unsupported-media-type",
        f"{ending} does not say how the file is written. Use one of {', '.join(SUFFIXES)}, or give "
        "--media-type, such as --media-type text/turtle.",
    )


@contextmanager
def at_file(name: str) -> Iterator[None]:
    """Name the file in a problem that comes up."""
    try:
        yield
    except Problem as problem:
        raise AtFile(name, _in_our_words(problem)) from problem


def _in_our_words(problem: Problem) -> Problem:
    """A problem whose advice is written for HTTP, with the option of the command line."""
    if problem.slug != "no-day":
        return problem
    words = problem.detail.replace("as-at=", "--as-at ")
    return Problem(problem.slug, words, extra=problem.extra)


@contextmanager
def at_work() -> Iterator[tuple[Any, Step]]:
    """The pipeline and the progress, for work whose number of steps nobody knows.

    A problem that comes up is in our words, and is of no one file.
    """
    with progress(None) as step:
        step("Reading the rulebook")
        from dutygraph.pipeline import Pipeline

        pipeline = Pipeline.load()
        try:
            yield pipeline, step
        except Problem as problem:
            raise _in_our_words(problem) from problem


def side_by_side(
    files: Sequence[str], media_type: str | None, work: Callable[[Any, list[Any], Step], Json]
) -> Json:
    """What comes of all descriptions of some files together.

    Args:
        files: their names.
        media_type: of those whose ending does not say it.
        work: what is done with the pipeline, the descriptions and the progress.

    Raises:
        AtFile: a file cannot be used; then nothing has been assessed.
    """
    from dutygraph.parsing import Limits

    inputs = read_all(files, media_type, Limits().bytes)
    with at_work() as (pipeline, step):
        read = [d for _, d in described(pipeline, inputs, together=False, step=step)]
        return work(pipeline, read, step)


def described(
    pipeline: Any, inputs: Sequence[Input], together: bool, step: Step
) -> list[tuple[str, Any]]:
    """Every description with the name of its file, or of all files where they are merged."""
    if together:
        step("Reading " + ", ".join(i.name for i in inputs))
        return [(" with ".join(i.name for i in inputs), _merged(pipeline, inputs))]
    found = []
    for item in inputs:
        step(f"Reading {item.name}")
        with at_file(item.name):
            found += [(item.name, d) for d in pipeline.read(item.data, item.media_type)]
    return found


def _merged(pipeline: Any, inputs: Sequence[Input]) -> Any:
    try:
        return pipeline.read_together([(i.data, i.media_type) for i in inputs])
    except Problem as problem:
        raise AtFile(_culprit(pipeline, inputs, problem), _in_our_words(problem)) from problem


def _culprit(pipeline: Any, inputs: Sequence[Input], problem: Problem) -> str:
    """The file that has a problem by itself, or all of them."""
    for item in inputs if problem.slug not in _OF_THE_WHOLE else ():
        try:
            pipeline.read_together([(item.data, item.media_type)])
        except Problem as own:
            if (own.slug, own.detail) == (problem.slug, problem.detail):
                return item.name
    return " with ".join(i.name for i in inputs)


def deliver(result: bytes, output: Path | None = None) -> None:
    """Write a result to a file, or to stdout.

    Raises:
        AtFile: the file cannot be written.
    """
    if output is None:
        to_stdout(result)
        return
    try:
        output.write_bytes(result)
    except OSError as error:
        raise AtFile(str(output), unreadable("written", error)) from error
