"""`agree`: whether the descriptions of several councils say the same of what is between them.

Owns: its arguments and exit codes. Must not compare, or know a form of the report.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from dutygraph.cli.files import deliver, side_by_side
from dutygraph.cli.group import (
    Day,
    cli,
    engine_option,
    example,
    form_option,
    law_as_at_option,
    media_type_option,
    output_option,
)
from dutygraph.cli.talking import FAILED, engine_failed

# What the work needs is imported by the command itself, so that `--help` answers at once.


@cli.command(
    short_help="Say whether councils agree about what is between them.",
    epilog=example("dutygraph agree torbay.ttl plymouth.ttl --format html > agree.html"),
)
@click.argument("files", metavar="FILE FILE...", nargs=-1, required=True)
@click.option("--as-at", type=Day(), help="Take all on this day; else on the one that they share.")
@law_as_at_option
@form_option("the report", "text", "json", "csv", "html")
@engine_option
@media_type_option
@output_option("the report")
def agree(
    files: tuple[str, ...],
    as_at: date | None,
    law_as_at: date | None,
    form: str,
    engine: str,
    media_type: str | None,
    output: Path | None,
) -> int:
    """Hold what councils say of the arrangements between them against each other.

    Each FILE is the word of the councils that its structure describes. Told are: for every shared
    post, agreement, delegation and joint board what each side says, what matches, conflicts or only
    one side says, and what to do about a conflict; what looks alike; and the rules that come to
    something else where all are read together.

    Silence contradicts nobody. Exit code 1: the sides conflict, a duty in law fails only where all
    are read together, or nothing could be compared.
    """
    from dutygraph.agreeing import agree as agreed_on
    from dutygraph.agreeing import exit_code
    from dutygraph.pipeline import Options
    from dutygraph.renderings import agreement_forms, as_html

    options = Options(as_at, law_as_at, False, engine)
    agreed = side_by_side(
        files, media_type, lambda pipeline, read, step: agreed_on(pipeline, read, options, step)
    )
    write = {
        "text": agreement_forms.agreement_as_text,
        "json": agreement_forms.agreement_as_json,
        "csv": agreement_forms.agreement_as_csv,
        "html": as_html.agreement_page,
    }[form]
    deliver(write(agreed), output)
    if engine_failed([agreed["engineFailure"]]):
        return FAILED
    return exit_code(agreed)
