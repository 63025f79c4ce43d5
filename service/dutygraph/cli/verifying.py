"""`verify`: whether a report still holds.

Owns: its arguments and exit codes. Must not compare.
"""

from __future__ import annotations

import json
from typing import Any

import click

from dutygraph.cli.files import AtFile, at_file, deliver, read
from dutygraph.cli.group import cli, example, form_option
from dutygraph.cli.talking import NOTHING, SOMETHING, progress
from dutygraph.errors import Problem

_LARGEST_REPORT = 64 * 1024 * 1024


@cli.command(
    short_help="Say whether a report still holds.",
    epilog=example("dutygraph verify report.json structure.ttl"),
)
@click.argument("report", metavar="REPORT")
@click.argument("data", metavar="DATA")
@click.option("--media-type", help="Of DATA, where its ending does not say it.")
@form_option("the answer", "text", "json")
def verify(report: str, data: str, media_type: str | None, form: str) -> int:
    """Assess the DATA of a REPORT again, on the same day and under the same law, and compare.

    REPORT is what `validate --format json` gave. Told are the outcomes that are otherwise now, and
    which of the four has changed: the data, the rulebook, the day up to which the law was looked
    at, the engine. Exit code 0: it holds; 1: it does not.
    """
    from dutygraph.parsing import Limits
    from dutygraph.renderings import verification_forms

    said = read(report, "application/json", _LARGEST_REPORT)
    described = read(data, media_type, Limits().bytes)
    with progress(None) as step:
        step("Reading the rulebook")
        from dutygraph.pipeline import Pipeline
        from dutygraph.verifying import verify as verified

        pipeline = Pipeline.load()
        step("Assessing again")
        with at_file(report):
            value = _report_in(said.data)
        try:
            found = verified(pipeline, value, described.data, described.media_type)
        except Problem as problem:
            raise AtFile(report if problem.slug == "bad-report" else data, problem) from problem
    write = {
        "text": verification_forms.verification_as_text,
        "json": verification_forms.verification_as_json,
    }[form]
    deliver(write(found))
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
