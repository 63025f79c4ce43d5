"""`rules`, `coverage` and `explain`: what the rulebook holds.

Owns: their arguments. Must not word a rule.
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches

import click

from dutygraph.cli.files import deliver
from dutygraph.cli.group import Day, cli, example, form_option
from dutygraph.cli.talking import NOTHING
from dutygraph.errors import Problem


@cli.command(short_help="List the rules.", epilog=example("dutygraph rules --as-at 2017-01-24"))
@form_option("the list", "text", "json", "csv")
@click.option("--as-at", type=Day(), help="Only what is, or may be, in force somewhere that day.")
@click.option(
    "--changed-between",
    type=Day(),
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
        deliver(write_changes(changes_between(rulebook, after, until)))
        return NOTHING
    entries = [e for e in rulebook.entries if not as_at or may_bind_on(rulebook, e, as_at)]
    write = {
        "text": rule_lists.rules_as_text,
        "json": rule_lists.rules_as_json,
        "csv": rule_lists.rules_as_csv,
    }[form]
    deliver(write(rulebook, entries))
    return NOTHING


@cli.command(
    short_help="Map what is tested and what is left to people.",
    epilog=example("dutygraph coverage --format html > coverage.html"),
)
@form_option("the map", "text", "json", "csv", "html")
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
    deliver(write(coverage_map(Rulebook.load())))
    return NOTHING


@cli.command(
    short_help="Say what a rule asks, and on which law.",
    epilog=example("dutygraph explain RULE, where RULE is an id that `dutygraph rules` lists"),
)
@click.argument("rule", metavar="RULE")
@form_option("the answer", "text", "json")
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
        deliver(dumped(explained(rulebook, entry)))
    else:
        deliver(explain_as_text(rulebook, entry))
    return NOTHING
