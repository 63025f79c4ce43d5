"""`query`: what the council reports say, in SPARQL.

Owns: where the query comes from. Must not know a form of an answer.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from dutygraph.cli.files import STDIN, at_file, deliver, unreadable
from dutygraph.cli.group import cli, example
from dutygraph.cli.talking import NOTHING, progress


@cli.command(
    short_help="Ask what the council reports say, in SPARQL.",
    epilog=example("dutygraph query --list"),
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
@click.option(
    "--columns", "columned", is_flag=True, help="Tell what the columns of NAME's answer hold."
)
@click.option("--list", "listed", is_flag=True, help="List the queries that have a NAME.")
def query(source: str | None, text: str | None, form: str, columned: bool, listed: bool) -> int:
    """Ask what is known: the council reports, with the law and the terms that describe them.

    NAME is a query that is kept here, - reads one from stdin. A query without a PREFIX line may
    use the project's prefixes. Each structure stands in a graph of its own, called after it; the
    default graph is the union of all. Queries read and change nothing.
    """
    from dutygraph.dataset import Dataset
    from dutygraph.renderings import answers, query_lists

    if sum((source is not None, text is not None, listed)) != 1:
        raise click.UsageError("Give one of FILE, NAME, -, --text and --list.")
    if columned:
        deliver(_columns(source, form))
        return NOTHING
    if listed:
        from dutygraph.queries import questions

        write = {"csv": query_lists.as_csv, "json": query_lists.as_json}.get(
            form, query_lists.as_text
        )
        deliver(write(questions()))
        return NOTHING
    name, asked = ("--text", text) if text is not None else _query_of(source or STDIN)
    with progress(2) as step:
        step("Reading everything that is known")
        dataset = Dataset.load()
        step("Answering")
        with at_file(name):
            answer = dataset.query(asked or "")
        written = answers.render(answer, form, dataset.prefixes)
    deliver(written)
    return NOTHING


def _columns(name: str | None, form: str) -> bytes:
    """What the columns of a kept query's answer hold; as JSON, the metadata of its CSV.

    Raises:
        UsageError: no name is given, or the form is none for this.
        Problem: unknown-query.
    """
    from dutygraph.queries import question
    from dutygraph.renderings import column_lists

    if name is None or name == STDIN:
        raise click.UsageError("--columns needs the NAME of a query that is kept here.")
    if form == "turtle":
        raise click.UsageError("--columns has the forms table, csv and json.")
    write = {"csv": column_lists.as_csv, "json": column_lists.as_json}.get(
        form, column_lists.as_text
    )
    return write(question(name))


def _query_of(source: str) -> tuple[str, str]:
    """A query's text, with the name to show for it.

    Raises:
        AtFile: the file cannot be read.
        Problem: unknown-query.
    """
    from dutygraph.queries import question

    if source == STDIN:
        return "stdin", sys.stdin.buffer.read().decode("utf-8", "replace")
    # What looks like a file is one; a name has neither a folder nor an ending.
    if not (Path(source).suffix or os.sep in source or Path(source).is_file()):
        return source, question(source).text
    with at_file(source):
        try:
            return source, Path(source).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise unreadable("read", error) from error
