"""The command line: `validate`, `compare`, `rules`, `explain`, `coverage`, `query`, `check`, `serve`.

Owns: arguments, files, exit codes, and what goes to stdout (results) and to stderr (talk).
Must not: assess, word a rule, or know a form of the report.

Exit codes: 0 nothing at or above `--fail-on`, 1 something, 2 wrong use or unreadable input (and
nothing on stdout), 3 the engine failed.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from threading import Timer
from typing import Any

import click

from dutygraph import __version__
from dutygraph.dates import parse_day
from dutygraph.engines import ENGINE_NAMES, EngineFailed
from dutygraph.errors import Problem
from dutygraph.report import SEVERITIES, Json

# Everything else is imported by the command that uses it, so that `--help` answers at once.

NOTHING, SOMETHING, UNUSABLE, FAILED = 0, 1, 2, 3
_LARGEST_REPORT = 64 * 1024 * 1024
STDIN = "-"
_FORMATS = ("json", "turtle", "json-ld", "ntriples", "rdfxml", "html", "text", "csv")
# Faults of a description as a whole: where several files make one, no single file has them.
_OF_THE_WHOLE = ("no-structure", "several-structures", "no-authority", "no-day")
# Faults of ours, not of the input.
_OURS = ("engine-failed", "engines-disagree", "internal")

_Step = Callable[[str], None]


@dataclass(frozen=True)
class _Input:
    """One file that was read."""

    name: str
    data: bytes
    media_type: str


class _AtFile(Exception):
    """A problem, with the name of the file that has it."""

    def __init__(self, name: str, problem: Problem) -> None:
        super().__init__(name)
        self.name, self.problem = name, problem


class _Day(click.ParamType[date]):
    """A day such as 2017-01-24."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        return parse_day(value, param.opts[0] if param else "the day")


# --- from the process to a command and back -------------------------------------------------------


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
    except _AtFile as error:
        return _say_problem(error.problem, error.name)
    except Problem as error:
        return _say_problem(error)
    except EngineFailed as error:
        _say(f"The engine failed: {error}")
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        _say("Stopped.")
        return 130
    except Exception as error:
        return _unexpected(error)


def _unexpected(error: Exception) -> int:
    logging.getLogger("dutygraph").exception("An error that was not foreseen")
    _say(f"Something went wrong here ({type(error).__name__}); it is not your input's fault.")
    return FAILED


def _say_problem(problem: Problem, name: str = "") -> int:
    """Print "file, line 3, column 7: what is wrong"."""
    where = ", ".join(part for part in (name, problem.place) if part)
    # A detail from the parser begins with its place, which is said already.
    detail = problem.detail.removeprefix(f"{problem.place.capitalize()}: ")
    _say(f"{where}: {detail}" if where else detail)
    return FAILED if problem.slug in _OURS else UNUSABLE


def _say(text: str) -> None:
    click.echo(text, err=True)


def _print(result: bytes, output: Path | None = None) -> None:
    if output is None:
        _print_to_stdout(result)
        return
    try:
        output.write_bytes(result)
    except OSError as error:
        raise _AtFile(str(output), _unreadable("written", error)) from error


def _print_to_stdout(result: bytes) -> None:
    try:
        sys.stdout.buffer.write(result)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _progress(total: int | None) -> Iterator[_Step]:
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


def _example(command: str) -> str:
    """A line of help that is not wrapped."""
    return f"\b\nExample:\n  {command}"


# --- the commands -------------------------------------------------------------------------------


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_example("dutygraph validate council.ttl"),
)
@click.version_option(__version__, prog_name="dutygraph")
def cli() -> None:
    """Say once, as linked data, who does what in a council's statutory services, and have it
    tested clause by clause.

    Results go to stdout and talk to stderr. Exit codes: 0 nothing to report, 1 something,
    2 wrong use or unreadable input, 3 the engine failed.
    """


@cli.command(
    epilog=_example(
        "dutygraph validate proposal.ttl --as-at 2017-04-01 --format html > report.html"
    )
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--as-at", type=_Day(), help="Assess on this day; else on the description's own.")
@click.option("--law-as-at", type=_Day(), help="Apply the law of this day; else that of --as-at.")
@click.option(
    "--assume",
    type=click.Choice(["complete"]),
    help="complete: take what is not stated not to be so.",
)
@click.option("--together", is_flag=True, help="Merge the files into one description.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="The form of the report.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINE_NAMES),
    default="fast",
    show_default=True,
    help="The SHACL engine; the reference is slower and checks the fast one.",
)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="violation",
    show_default=True,
    help="Exit with 1 for this severity and graver ones.",
)
@click.option("--media-type", help="Of stdin, and of files whose ending does not say it.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report to this file.",
)
def validate(
    files: tuple[str, ...],
    as_at: date | None,
    law_as_at: date | None,
    assume: str | None,
    together: bool,
    form: str,
    engine: str,
    fail_on: str,
    media_type: str | None,
    output: Path | None,
) -> int:
    """Test descriptions against the law of their day.

    Each FILE holds one structure and gives one report; - reads stdin. With several files the exit
    code is the worst, and nothing is assessed before all have been read.
    """
    from dutygraph.pipeline import Options
    from dutygraph.renderings import RENDERINGS

    options = Options(as_at, law_as_at, assume == "complete", engine)
    reports, failed = _assessed(files, media_type, together, options)
    _print(RENDERINGS[form].render(reports), output)
    if failed:
        _say(f"The engine failed: {failed}")
        return FAILED
    from dutygraph.report import exit_code

    return max(exit_code(report, fail_on) for report in reports)


@cli.command(
    short_help="Hold options side by side.",
    epilog=_example(
        "dutygraph compare today.ttl option-1.ttl option-2.ttl --format html > options.html"
    ),
)
@click.argument("files", metavar="FILE FILE...", nargs=-1, required=True)
@click.option(
    "--baseline",
    metavar="STRUCTURE",
    help="The structure against which changes are told, its IRI or the last part; else the first.",
)
@click.option("--as-at", type=_Day(), help="Assess all on this day; else on the baseline's own.")
@click.option("--law-as-at", type=_Day(), help="Apply the law of this day; else that of --as-at.")
@click.option(
    "--assume",
    type=click.Choice(["complete"]),
    help="complete: take what is not stated not to be so.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "html"]),
    default="text",
    show_default=True,
    help="The form of the comparison.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINE_NAMES),
    default="fast",
    show_default=True,
    help="The SHACL engine.",
)
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES[:-1]),
    default="violation",
    show_default=True,
    help="Exit with 1 where an option introduces a failure of this severity or a graver one.",
)
@click.option("--media-type", help="Of stdin, and of files whose ending does not say it.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the comparison to this file.",
)
def compare(
    files: tuple[str, ...],
    baseline: str | None,
    as_at: date | None,
    law_as_at: date | None,
    assume: str | None,
    form: str,
    engine: str,
    fail_on: str,
    media_type: str | None,
    output: Path | None,
) -> int:
    """Hold options side by side, under the same rules on the same day.

    Each FILE holds one structure, or is a dataset with one in each named graph. Told are: each
    clause with its outcome and reason in every option; what an option introduces, resolves and
    leaves against the baseline; what can be counted, such as the chief executives to whom a
    director answers, beside the scores that a known document gives; and commitments kept or broken.
    """
    from dutygraph.comparing import exit_code
    from dutygraph.pipeline import Options
    from dutygraph.renderings import as_html, comparison_forms

    options = Options(as_at, law_as_at, assume == "complete", engine)
    compared = _compared(files, media_type, options, baseline)
    write = {
        "text": comparison_forms.comparison_as_text,
        "json": comparison_forms.comparison_as_json,
        "csv": comparison_forms.comparison_as_csv,
        "html": as_html.comparison_page,
    }[form]
    _print(write(compared), output)
    failed = [o["engineFailure"] for o in compared["options"] if o["engineFailure"]]
    if failed:
        _say(f"The engine failed: {failed[0]}")
        return FAILED
    return exit_code(compared, fail_on)


@cli.command(
    short_help="Say whether a report still holds.",
    epilog=_example("dutygraph verify report.json structure.ttl"),
)
@click.argument("report", metavar="REPORT")
@click.argument("data", metavar="DATA")
@click.option("--media-type", help="Of DATA, where its ending does not say it.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The form of the answer.",
)
def verify(report: str, data: str, media_type: str | None, form: str) -> int:
    """Assess the DATA of a REPORT again, on the same day and under the same law, and compare.

    REPORT is what `validate --format json` gave. Told are the outcomes that are otherwise now, and
    which of the four has changed: the data, the rulebook, the day up to which the law was looked
    at, the engine. Exit code 0: it holds; 1: it does not.
    """
    from dutygraph.parsing import Limits
    from dutygraph.renderings import verification_forms

    said = _read(report, "application/json", _LARGEST_REPORT)
    described = _read(data, media_type, Limits().bytes)
    with _progress(None) as step:
        step("Reading the rulebook")
        from dutygraph.pipeline import Pipeline
        from dutygraph.verifying import verify as verified

        pipeline = Pipeline.load()
        step("Assessing again")
        with _at_file(report):
            value = _report_in(said.data)
        try:
            found = verified(pipeline, value, described.data, described.media_type)
        except Problem as problem:
            raise _AtFile(report if problem.slug == "bad-report" else data, problem) from problem
    write = {
        "text": verification_forms.verification_as_text,
        "json": verification_forms.verification_as_json,
    }[form]
    _print(write(found))
    return NOTHING if found["holds"] else SOMETHING


def _report_in(data: bytes) -> Any:
    """The one report of a JSON file."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Problem(
            "bad-report", "The report is no JSON. Give what `validate --format json` gave."
        ) from error
    if isinstance(value, list):
        if len(value) == 1:
            return value[0]
        raise Problem("bad-report", f"The file holds {len(value)} reports. Give one at a time.")
    return value


@cli.command(short_help="List the rules.", epilog=_example("dutygraph rules --as-at 2017-01-24"))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="The form of the list.",
)
@click.option("--as-at", type=_Day(), help="Only what is, or may be, in force somewhere that day.")
@click.option(
    "--changed-between",
    type=_Day(),
    nargs=2,
    metavar="DATE DATE",
    help="What the law changed after the first day, up to and including the second.",
)
def rules(form: str, as_at: date | None, changed_between: tuple[date, date] | None) -> int:
    """List the rules of the rulebook, the inferences that they use and the duties left to people."""
    from dutygraph.explaining import changes_between, may_bind_on
    from dutygraph.renderings import rule_lists
    from dutygraph.rulebook import Rulebook

    if as_at and changed_between:
        raise click.UsageError("Give --as-at or --changed-between, not both.")
    rulebook = Rulebook.load()
    if changed_between:
        after, until = changed_between
        if until < after:
            raise click.UsageError("--changed-between takes the earlier day first.")
        write_changes = {
            "text": rule_lists.changes_as_text,
            "json": rule_lists.changes_as_json,
            "csv": rule_lists.changes_as_csv,
        }[form]
        _print(write_changes(changes_between(rulebook, after, until)))
        return NOTHING
    entries = [e for e in rulebook.entries if not as_at or may_bind_on(rulebook, e, as_at)]
    write = {
        "text": rule_lists.rules_as_text,
        "json": rule_lists.rules_as_json,
        "csv": rule_lists.rules_as_csv,
    }[form]
    _print(write(rulebook, entries))
    return NOTHING


@cli.command(
    short_help="Map what is tested and what is left to people.",
    epilog=_example("dutygraph coverage --format html > coverage.html"),
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv", "html"]),
    default="text",
    show_default=True,
    help="The form of the map.",
)
def coverage(form: str) -> int:
    """Map every duty that was looked at: tested, derived, kept by a check, or left to people and why;
    and the clauses that are cited and on which no tested rule rests.
    """
    from dutygraph.explaining import coverage_map
    from dutygraph.renderings import as_html, coverage_forms
    from dutygraph.rulebook import Rulebook

    write = {
        "text": coverage_forms.coverage_as_text,
        "json": coverage_forms.coverage_as_json,
        "csv": coverage_forms.coverage_as_csv,
        "html": as_html.coverage_page,
    }[form]
    _print(write(coverage_map(Rulebook.load())))
    return NOTHING


@cli.command(
    short_help="Say what a rule asks, and on which law.",
    epilog=_example("dutygraph explain RULE, where RULE is an id that `dutygraph rules` lists"),
)
@click.argument("rule", metavar="RULE")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The form of the answer.",
)
def explain(rule: str, form: str) -> int:
    """Say what a rule asks, of whom, from when, on which law, and how far that has been checked."""
    from dutygraph.explaining import explain as explained
    from dutygraph.renderings.as_json import dumped
    from dutygraph.renderings.explanation_as_text import explain_as_text
    from dutygraph.rulebook import Rulebook

    rulebook = Rulebook.load()
    entry = rulebook.entry(rule)
    if entry is None:
        near = get_close_matches(rule, [e.id for e in rulebook.entries], 3, 0.4)
        hint = f"The nearest are {', '.join(near)}." if near else "None is near it."
        raise Problem(
            "unknown-rule",
            f"There is no rule {rule!r}. {hint} `dutygraph rules` lists them all.",
        )
    if form == "json":
        _print(dumped(explained(rulebook, entry)))
    else:
        _print(explain_as_text(rulebook, entry))
    return NOTHING


@cli.command(
    short_help="Ask what the council reports say, in SPARQL.",
    epilog=_example("dutygraph query --list"),
)
@click.argument("source", metavar="[FILE|NAME|-]", required=False)
@click.option("--text", help="The query itself, in place of a FILE or NAME.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "turtle"]),
    default="table",
    show_default=True,
    help="The form of the answer; what a CONSTRUCT makes is Turtle.",
)
@click.option("--list", "listed", is_flag=True, help="List the queries that have a NAME.")
def query(source: str | None, text: str | None, form: str, listed: bool) -> int:
    """Ask what is known: the council reports, with the law and the terms that describe them.

    NAME is a query that is kept here, - reads one from stdin. A query without a PREFIX line may
    use the project's prefixes. Each structure stands in a graph of its own, called after it; the
    default graph is the union of all. Queries read and change nothing.
    """
    from dutygraph.dataset import Dataset
    from dutygraph.renderings import answers, query_lists

    if sum((source is not None, text is not None, listed)) != 1:
        raise click.UsageError("Give one of FILE, NAME, -, --text and --list.")
    if listed:
        from dutygraph.queries import questions

        write = {"csv": query_lists.as_csv, "json": query_lists.as_json}.get(
            form, query_lists.as_text
        )
        _print(write(questions()))
        return NOTHING
    name, asked = ("--text", text) if text is not None else _query_of(source or STDIN)
    with _progress(2) as step:
        step("Reading everything that is known")
        dataset = Dataset.load()
        step("Answering")
        with _at_file(name):
            answer = dataset.query(asked or "")
        written = answers.render(answer, form, dataset.prefixes)
    _print(written)
    return NOTHING


def _query_of(source: str) -> tuple[str, str]:
    """A query's text, with the name to show for it.

    Raises:
        _AtFile: the file cannot be read.
        Problem: unknown-query.
    """
    from dutygraph.queries import question

    if source == STDIN:
        return "stdin", sys.stdin.buffer.read().decode("utf-8", "replace")
    # What looks like a file is one; a name has neither a folder nor an ending.
    if not (Path(source).suffix or os.sep in source or Path(source).is_file()):
        return source, question(source).text
    with _at_file(source):
        try:
            return source, Path(source).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise _unreadable("read", error) from error


@cli.command(
    short_help="Check this installation, or whether descriptions contradict themselves.",
    epilog=_example("dutygraph check council.ttl"),
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

    with _progress(None) as step:
        if files:
            findings = _checked(_read_all(files, media_type, Limits().bytes), step)
        else:
            findings = list(checking.check(step))
    _print("".join(f"{finding}\n" for finding in findings).encode())
    if not findings:
        _say("Nothing is wrong.")
    return SOMETHING if findings else NOTHING


@cli.command(short_help="Start the HTTP service.", epilog=_example("dutygraph serve --port 8080"))
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="How many assessments run at the same time; else one for each processor.",
)
def serve(port: int, host: str, workers: int | None) -> int:
    """Start the HTTP service and keep it running until it is stopped with Ctrl-C."""
    from dutygraph.web import server

    server.serve(host, port, workers)
    return NOTHING


def _checked(inputs: Sequence[_Input], step: _Step) -> list[Any]:
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


# --- validate, step by step -----------------------------------------------------------------------


def _assessed(
    files: Sequence[str], media_type: str | None, together: bool, options: Any
) -> tuple[list[Json], str]:
    """The reports of some files, and what the engine said where it failed.

    Raises:
        _AtFile: a file cannot be used; then none has been assessed.
    """
    from dutygraph.parsing import Limits
    from dutygraph.report import build_report

    inputs = _read_all(files, media_type, Limits().bytes)
    with _progress(2 * len(inputs) + 1) as step:
        step("Reading the rulebook")
        from dutygraph.pipeline import Pipeline

        pipeline = Pipeline.load()
        descriptions = _described(pipeline, inputs, together, step)
        reports, failure = [], ""
        for name, description in descriptions:
            step(f"Assessing {name}")
            with _at_file(name):
                assessment = pipeline.assess(description, options)
            reports.append(build_report(assessment, pipeline.rulebook))
            failure = failure or assessment.engine_failure
    return reports, failure


def _compared(
    files: Sequence[str], media_type: str | None, options: Any, baseline: str | None
) -> Json:
    """The comparison of what some files hold.

    Raises:
        _AtFile: a file cannot be used; then nothing has been assessed.
    """
    from dutygraph.parsing import Limits

    inputs = _read_all(files, media_type, Limits().bytes)
    with _progress(None) as step:
        step("Reading the rulebook")
        from dutygraph.comparing import compare as side_by_side
        from dutygraph.pipeline import Pipeline

        pipeline = Pipeline.load()
        described = [d for _, d in _described(pipeline, inputs, together=False, step=step)]
        try:
            return side_by_side(pipeline, described, options, baseline, step)
        except Problem as problem:
            raise _in_our_words(problem) from problem


def _read_all(files: Sequence[str], media_type: str | None, limit: int) -> list[_Input]:
    """Every input, before anything else is done with one of them."""
    if files.count(STDIN) > 1:
        raise click.UsageError("'-' stands for stdin, which can be read once.")
    if STDIN in files and not media_type:
        raise click.UsageError("'-' needs --media-type, such as --media-type text/turtle.")
    return [_read(name, media_type, limit) for name in files]


def _read(name: str, media_type: str | None, limit: int) -> _Input:
    """One input. It is read to one byte beyond the limit; the parser then says that it is too large.

    Raises:
        _AtFile: it cannot be read, or nothing says of what media type it is.
    """
    shown = "stdin" if name == STDIN else name
    with _at_file(shown):
        try:
            if name == STDIN:
                data = sys.stdin.buffer.read(limit + 1)
            else:
                with Path(name).open("rb") as stream:
                    data = stream.read(limit + 1)
        except OSError as error:
            raise _unreadable("read", error) from error
        known = media_type if name == STDIN else None
        return _Input(shown, data, known or _media_type(Path(name), media_type))


def _unreadable(done: str, error: OSError) -> Problem:
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
def _at_file(name: str) -> Iterator[None]:
    """Name the file in a problem that comes up."""
    try:
        yield
    except Problem as problem:
        raise _AtFile(name, _in_our_words(problem)) from problem


def _in_our_words(problem: Problem) -> Problem:
    """A problem whose advice is written for HTTP, with the option of the command line."""
    if problem.slug != "no-day":
        return problem
    return Problem(
        "no-day",
        "The structure has no dg:assessmentDay and no day was asked for. Add one to the structure, "
        "or say --as-at YYYY-MM-DD.",
    )


def _described(
    pipeline: Any, inputs: Sequence[_Input], together: bool, step: _Step
) -> list[tuple[str, Any]]:
    """Every description with the name of its file, or of all files where they are merged."""
    if together:
        step("Reading " + ", ".join(i.name for i in inputs))
        return [(" with ".join(i.name for i in inputs), _merged(pipeline, inputs))]
    found = []
    for item in inputs:
        step(f"Reading {item.name}")
        with _at_file(item.name):
            found += [(item.name, d) for d in pipeline.read(item.data, item.media_type)]
    return found


def _merged(pipeline: Any, inputs: Sequence[_Input]) -> Any:
    try:
        return pipeline.read_together([(i.data, i.media_type) for i in inputs])
    except Problem as problem:
        raise _AtFile(_culprit(pipeline, inputs, problem), _in_our_words(problem)) from problem


def _culprit(pipeline: Any, inputs: Sequence[_Input], problem: Problem) -> str:
    """The file that has a problem by itself, or all of them."""
    for item in inputs if problem.slug not in _OF_THE_WHOLE else ():
        try:
            pipeline.read_together([(item.data, item.media_type)])
        except Problem as own:
            if (own.slug, own.detail) == (problem.slug, problem.detail):
                return item.name
    return " with ".join(i.name for i in inputs)
