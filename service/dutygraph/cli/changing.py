"""`what-if` and `repair`: what a change would do, and what would put a failure right.

Owns: their arguments and exit codes. Must not assess, nor word an answer.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from dutygraph.cli.files import Input, at_file, at_work, deliver, read_all, read_as
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
from dutygraph.cli.talking import FAILED, NOTHING, SOMETHING, engine_failed
from dutygraph.report import Json


@cli.command(
    "what-if",
    short_help="Say what a change would do.",
    epilog=example("dutygraph what-if today.ttl --patch change.rdfp --partner neighbour.ttl"),
)
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="[AFTER]", required=False)
@click.option(
    "--patch", metavar="PATCH", help="The change as an RDF Patch, instead of AFTER; UTF-8."
)
@click.option(
    "--partner",
    "partners",
    metavar="FILE",
    multiple=True,
    help="A partner's own description; may be given several times.",
)
@click.option("--as-at", type=Day(), help="Assess all on this day; else on that of BEFORE.")
@law_as_at_option
@assume_option
@form_option("the answer", "text", "json", "csv", "html")
@engine_option
@fail_on_option("the change introduces a failure, for the council or a partner,")
@media_type_option
@output_option("the answer")
def what_if(
    before: str,
    after: str | None,
    patch: str | None,
    partners: tuple[str, ...],
    as_at: date | None,
    law_as_at: date | None,
    assume: str | None,
    form: str,
    engine: str,
    fail_on: str,
    media_type: str | None,
    output: Path | None,
) -> int:
    """Say what a change would do to each duty of a council, and to its partners' duties.

    BEFORE and AFTER hold one structure each, before and after the change; --patch gives the change
    to BEFORE itself. Told are the outcomes that it introduces, resolves and leaves, each with its
    reason, and which statements of the change bear on what comes or goes.
    """
    if (after is None) == (patch is None):
        raise click.UsageError("Give either AFTER or --patch PATCH.")
    from dutygraph.pipeline import Options
    from dutygraph.renderings import as_html, what_if_forms
    from dutygraph.whatif import failures_in

    options = Options(as_at, law_as_at, assume == "complete", engine)
    found = _changed(before, after, patch, partners, media_type, options)
    write = {
        "text": what_if_forms.what_if_as_text,
        "json": what_if_forms.what_if_as_json,
        "csv": what_if_forms.what_if_as_csv,
        "html": as_html.what_if_page,
    }[form]
    deliver(write(found), output)
    sides = [found["before"], found["after"], *found["partners"]]
    if engine_failed(side["engineFailure"] for side in sides):
        return FAILED
    introduced = [i for of in (found, *found["partners"]) for i in of["introduced"]]
    return SOMETHING if failures_in(introduced, fail_on) else NOTHING


def _changed(
    before: str,
    after: str | None,
    patch: str | None,
    partners: tuple[str, ...],
    media_type: str | None,
    options: Any,
) -> Json:
    """What a change would do.

    Raises:
        AtFile: a file cannot be used; then nothing has been assessed.
    """
    from dutygraph.parsing import Limits
    from dutygraph.whatif import MEDIA_TYPE

    limit = Limits().bytes
    first, *others = read_all([before, *([after] if after else []), *partners], media_type, limit)
    # The ending of a patch does not matter: what it is was said by the option.
    rows = None if patch is None else read_as(patch, MEDIA_TYPE, limit)
    with at_work() as (pipeline, step):
        from dutygraph.whatif import after_patch
        from dutygraph.whatif import what_if as found

        start = _one(pipeline, first)
        if rows is None:
            changed, others = _one(pipeline, others[0]), others[1:]
        else:
            with at_file(rows.name):
                changed = after_patch(pipeline, start, rows.data)
        theirs = [_one(pipeline, item) for item in others]
        return found(pipeline, start, changed, options, theirs, step)


def _one(pipeline: Any, item: Input) -> Any:
    with at_file(item.name):
        return pipeline.read_one(item.data, item.media_type)


@cli.command(
    short_help="Find what would put a failure right.",
    epilog=example("dutygraph repair today.ttl --format html > repairs.html"),
)
@click.argument("file", metavar="FILE")
@click.option("--rule", metavar="RULE", help="The id of one rule; else every rule that fails.")
@click.option("--as-at", type=Day(), help="Assess on this day; else on the description's own.")
@law_as_at_option
@assume_option
@form_option("the answer", "text", "json", "csv", "html")
@engine_option
@fail_on_option("something fails")
@media_type_option
@output_option("the answer")
def repair(
    file: str,
    rule: str | None,
    as_at: date | None,
    law_as_at: date | None,
    assume: str | None,
    form: str,
    engine: str,
    fail_on: str,
    media_type: str | None,
    output: Path | None,
) -> int:
    """Find the smallest lawful changes that put right what fails in a description.

    FILE holds one structure. Each repair connects what the description holds already, or ends
    something, and is given as a patch, with what it resolves and what it would newly break. No
    person, date or decision is invented: where one is missing, told is what only the council can do.
    """
    from dutygraph.pipeline import Options
    from dutygraph.renderings import as_html, repair_forms
    from dutygraph.whatif import failures_in

    options = Options(as_at, law_as_at, assume == "complete", engine)
    found = _repairs(file, rule, media_type, options)
    write = {
        "text": repair_forms.repairs_as_text,
        "json": repair_forms.repairs_as_json,
        "csv": repair_forms.repairs_as_csv,
        "html": as_html.repairs_page,
    }[form]
    deliver(write(found), output)
    if engine_failed([found["engineFailure"]]):
        return FAILED
    return SOMETHING if failures_in(found["rules"], fail_on) else NOTHING


def _repairs(file: str, rule: str | None, media_type: str | None, options: Any) -> Json:
    """The repairs of what fails in a file.

    Raises:
        AtFile: the file cannot be used.
    """
    from dutygraph.parsing import Limits

    item = read_all([file], media_type, Limits().bytes)[0]
    with at_work() as (pipeline, step):
        from dutygraph.repairing import repairs

        return repairs(pipeline, _one(pipeline, item), options, rule, step)
