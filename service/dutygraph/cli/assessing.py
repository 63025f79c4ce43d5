"""`validate` and `compare`: descriptions under the law of a day.

Owns: their arguments and exit codes. Must not assess, or know a form of the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from dutygraph.cli.files import at_file, deliver, described, read_all, side_by_side
from dutygraph.cli.group import (
    Day,
    assume_option,
    cli,
    engine_option,
    example,
    fail_on_option,
    form_option,
    law_as_at_option,
    media_type_option,
    output_option,
)
from dutygraph.cli.talking import FAILED, engine_failed, progress
from dutygraph.report import SEVERITIES, Json

# What the work needs is imported by the command itself, so that `--help` answers at once.

_FORMATS = ("json", "turtle", "json-ld", "ntriples", "rdfxml", "html", "text", "csv")


@cli.command(
    epilog=example("dutygraph validate proposal.ttl --as-at 2017-04-01 --format html > report.html")
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--as-at", type=Day(), help="Assess on this day; else on the description's own.")
@law_as_at_option
@assume_option
@click.option("--together", is_flag=True, help="Merge the files into one description.")
@form_option("the report", *_FORMATS)
@engine_option
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    default="violation",
    show_default=True,
    help="Exit with 1 for this severity and graver ones.",
)
@media_type_option
@output_option("the report")
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
    deliver(RENDERINGS[form].render(reports), output)
    if engine_failed([failed]):
        return FAILED
    from dutygraph.report import exit_code

    return max(exit_code(report, fail_on) for report in reports)


@cli.command(
    short_help="Hold options side by side.",
    epilog=example(
        "dutygraph compare today.ttl option-1.ttl option-2.ttl --format html > options.html"
    ),
)
@click.argument("files", metavar="FILE FILE...", nargs=-1, required=True)
@click.option(
    "--baseline",
    metavar="STRUCTURE",
    help="The structure against which changes are told, its IRI or the last part; else the first.",
)
@click.option("--as-at", type=Day(), help="Assess all on this day; else on the baseline's own.")
@law_as_at_option
@assume_option
@form_option("the comparison", "text", "json", "csv", "html")
@engine_option
@fail_on_option("an option introduces a failure")
@media_type_option
@output_option("the comparison")
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
    from dutygraph.comparing import compare as compared_with
    from dutygraph.comparing import exit_code
    from dutygraph.pipeline import Options
    from dutygraph.renderings import as_html, comparison_forms

    options = Options(as_at, law_as_at, assume == "complete", engine)
    compared = side_by_side(
        files,
        media_type,
        lambda pipeline, read, step: compared_with(pipeline, read, options, baseline, step),
    )
    write = {
        "text": comparison_forms.comparison_as_text,
        "json": comparison_forms.comparison_as_json,
        "csv": comparison_forms.comparison_as_csv,
        "html": as_html.comparison_page,
    }[form]
    deliver(write(compared), output)
    if engine_failed(o["engineFailure"] for o in compared["options"]):
        return FAILED
    return exit_code(compared, fail_on)


def _assessed(
    files: Sequence[str], media_type: str | None, together: bool, options: Any
) -> tuple[list[Json], str]:
    """The reports of some files, and what the engine said where it failed.

    Raises:
        AtFile: a file cannot be used; then none has been assessed.
    """
    from dutygraph.parsing import Limits
    from dutygraph.report import build_report

    inputs = read_all(files, media_type, Limits().bytes)
    with progress(2 * len(inputs) + 1) as step:
        step("Reading the rulebook")
        from dutygraph.pipeline import Pipeline

        pipeline = Pipeline.load()
        descriptions = described(pipeline, inputs, together, step)
        reports, failure = [], ""
        for name, description in descriptions:
            step(f"Assessing {name}")
            with at_file(name):
                assessment = pipeline.assess(description, options)
            reports.append(build_report(assessment, pipeline.rulebook))
            failure = failure or assessment.engine_failure
    return reports, failure
