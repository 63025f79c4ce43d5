"""GET /rules, /rules/{id} and /coverage: what is tested, clause by clause, and what is not.

Owns: what the three resources take and give. Must not word a rule.
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.entries import Entry
from dutygraph.errors import Problem
from dutygraph.explaining import (
    changes_between,
    coverage_map,
    demonstrations_of,
    explain,
    in_force_line,
    may_bind_on,
)
from dutygraph.negotiation import Offer, choose
from dutygraph.renderings import coverage_forms, rule_lists
from dutygraph.renderings.as_html import coverage_page, environment
from dutygraph.renderings.as_json import dumped
from dutygraph.renderings.explanation_as_text import explain_as_text
from dutygraph.rulebook import Rulebook
from dutygraph.web.described import describe_table
from dutygraph.web.parameters import CHANGED_BETWEEN, IN_FORCE, format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

OFFERS = (
    Offer("json", "application/json"),
    Offer("html", "text/html"),
    Offer("csv", "text/csv"),
    Offer("text", "text/plain"),
)
RULE_OFFERS = tuple(o for o in OFFERS if o.name != "csv")
PARAMETERS = (IN_FORCE, CHANGED_BETWEEN, format_of([o.name for o in OFFERS]))
RULE_PARAMETERS = (format_of([o.name for o in RULE_OFFERS]),)
COVERAGE_PARAMETERS = (format_of([o.name for o in OFFERS]),)
_NEAREST = 3

blueprint = APIBlueprint("rules", __name__, tag="Rules")


@blueprint.get("/rules")
def rules() -> Response:
    """List the rules."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    rulebook, day = service().rulebook, given.get("as-at")
    if "changed-between" in given:
        return _changed(rulebook, given["changed-between"], offer)
    entries = [e for e in rulebook.entries if day is None or may_bind_on(rulebook, e, day)]
    if offer.name == "html":
        body = (
            environment()
            .get_template("rules.html")
            .render(
                rules=[_listed(rulebook, entry) for entry in entries],
                day=day.isoformat() if day else None,
                rulebook=rulebook,
            )
            .encode()
        )
    elif offer.name == "csv":
        body = rule_lists.rules_as_csv(rulebook, entries)
    elif offer.name == "text":
        body = rule_lists.rules_as_text(rulebook, entries)
    else:
        body = rule_lists.rules_as_json(rulebook, entries)
    return _answer(body, offer, "rules")


@blueprint.get("/rules/<rule_id>")
def rule(rule_id: str) -> Response:
    """Explain one rule.

    Its duty, clauses, dates, condition and parts, what it asks where something is missing, how far
    it has been checked, how to dispute it, and the examples that show each outcome.
    """
    given = read_parameters(request.args.items(multi=True), RULE_PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), RULE_OFFERS)
    rulebook = service().rulebook
    entry = rulebook.entry(rule_id)
    if entry is None:
        raise _unknown_rule(rulebook, rule_id)
    if offer.name == "text":
        return _answer(explain_as_text(rulebook, entry), offer)
    explained = explain(rulebook, entry) | {"examples": demonstrations_of(rule_id)}
    if offer.name == "html":
        page = environment().get_template("rule.html").render(rule=explained)
        return _answer(page.encode(), offer)
    return _answer(dumped(explained), offer)


@blueprint.get("/coverage")
def coverage() -> Response:
    """Map what is tested, derived, kept by a check or left to people, and which clauses no rule covers."""
    given = read_parameters(request.args.items(multi=True), COVERAGE_PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    write = {
        "json": coverage_forms.coverage_as_json,
        "html": _coverage_page,
        "csv": coverage_forms.coverage_as_csv,
        "text": coverage_forms.coverage_as_text,
    }[offer.name]
    return _answer(write(coverage_map(service().rulebook)), offer, "coverage")


def _coverage_page(covered: dict[str, Any]) -> bytes:
    return coverage_page(covered, stylesheet="/static/style.css", rules_at="/rules/")


def _changed(rulebook: Rulebook, days: tuple[date, date], offer: Offer) -> Response:
    """What the law changed between two days."""
    after, until = days
    changes = changes_between(rulebook, after, until)
    if offer.name == "html":
        page = environment().get_template("changes.html")
        body = page.render(
            changes=changes, after=after.isoformat(), until=until.isoformat(), rulebook=rulebook
        ).encode()
        return _answer(body, offer)
    write = {
        "json": rule_lists.changes_as_json,
        "csv": rule_lists.changes_as_csv,
        "text": rule_lists.changes_as_text,
    }[offer.name]
    return _answer(write(changes), offer, "changes")


def _listed(rulebook: Rulebook, entry: Entry) -> dict[str, Any]:
    dates = in_force_line(rulebook, entry)
    return rulebook.as_json(entry) | {"inForce": dates, "statusMeaning": entry.confidence_label}


def _unknown_rule(rulebook: Rulebook, rule_id: str) -> Problem:
    near = get_close_matches(rule_id[:100], [e.id for e in rulebook.entries], _NEAREST)
    hint = f"The nearest: {', '.join(near)}." if near else "GET /rules lists them all."
    return Problem(
        "unknown-rule",
        f"Rulebook {rulebook.version} has no rule “{rule_id[:80]}”. {hint}",
        extra={"nearest": near},
    )


def _answer(body: bytes, offer: Offer, table: str | None = None) -> Response:
    """The answer; as CSV with a link to what says the columns of its table."""
    response = Response(body, content_type=content_type(offer))
    response.vary.add("Accept")
    if table is not None and offer.name == "csv":
        describe_table(response, table)
    return response
