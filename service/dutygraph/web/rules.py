"""GET /rules and /rules/{id}: what is tested, clause by clause.

Owns: what the two resources take and give. Must not word a rule.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.entries import Entry
from dutygraph.errors import Problem
from dutygraph.negotiation import Offer, choose
from dutygraph.renderings import explanation
from dutygraph.renderings.as_html import environment
from dutygraph.rooms import room
from dutygraph.rulebook import Rulebook
from dutygraph.terms import DCT, DG
from dutygraph.triples import Graph, local_name
from dutygraph.web.parameters import IN_FORCE, format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

OFFERS = (
    Offer("json", "application/json"),
    Offer("html", "text/html"),
    Offer("csv", "text/csv"),
    Offer("text", "text/plain"),
)
RULE_OFFERS = tuple(o for o in OFFERS if o.name != "csv")
PARAMETERS = (IN_FORCE, format_of([o.name for o in OFFERS]))
RULE_PARAMETERS = (format_of([o.name for o in RULE_OFFERS]),)
_NEAREST = 3

blueprint = APIBlueprint("rules", __name__, tag="Rules")


@blueprint.get("/rules")
def rules() -> Response:
    """List the rules."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    rulebook, day = service().rulebook, given.get("as-at")
    entries = [
        e for e in rulebook.entries if day is None or explanation.may_bind_on(rulebook, e, day)
    ]
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
        body = explanation.rules_as_csv(rulebook, entries)
    elif offer.name == "text":
        body = explanation.rules_as_text(rulebook, entries)
    else:
        body = explanation.rules_as_json(rulebook, entries)
    return _answer(body, offer)


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
        return _answer(explanation.explain_as_text(rulebook, entry), offer)
    explained = explanation.explain(rulebook, entry) | {"examples": examples_of(rule_id)}
    if offer.name == "html":
        page = environment().get_template("rule.html").render(rule=explained)
        return _answer(page.encode(), offer)
    return _answer((json.dumps(explained, indent=2, ensure_ascii=False) + "\n").encode(), offer)


def examples_of(rule_id: str) -> list[dict[str, Any]]:
    """The examples of a rule: what each shows, the outcomes it must have, and its file.

    Args:
        rule_id: the id of a rule that exists.
    """
    manifest = room("shapes") / "examples" / rule_id / "manifest.ttl"
    if not manifest.is_file():
        return []
    graph = Graph.from_files([str(manifest)])
    return [
        {
            "name": local_name(example),
            "title": graph.text(example, DCT.title),
            "outcomes": sorted(
                local_name(outcome)
                for row in graph.objects(example, DG.expectedRow)
                for outcome in graph.objects(row, DG.outcome)
            ),
            "file": f"shapes/examples/{rule_id}/{graph.text(example, DG.action)}",
        }
        for example in graph.instances(DG.Example)
    ]


def _listed(rulebook: Rulebook, entry: Entry) -> dict[str, Any]:
    dates = explanation.in_force_line(rulebook, entry)
    return rulebook.as_json(entry) | {"inForce": dates, "statusMeaning": entry.confidence_label}


def _unknown_rule(rulebook: Rulebook, rule_id: str) -> Problem:
    near = get_close_matches(rule_id[:100], [e.id for e in rulebook.entries], _NEAREST)
    hint = f"The nearest: {', '.join(near)}." if near else "GET /rules lists them all."
    return Problem(
        "unknown-rule",
        f"Rulebook {rulebook.version} has no rule “{rule_id[:80]}”. {hint}",
        extra={"nearest": near},
    )


def _answer(body: bytes, offer: Offer) -> Response:
    response = Response(body, content_type=content_type(offer))
    response.vary.add("Accept")
    return response
