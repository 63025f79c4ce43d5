"""GET /queries and /queries/{query_name}: the questions that are kept, each with what it finds today.

Owns: what the two resources take and give. Must not: answer a question; the store does.
"""

from __future__ import annotations

import json
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.columns import columns_of
from dutygraph.errors import Problem
from dutygraph.linked.addresses import document_of
from dutygraph.negotiation import Offer, choose
from dutygraph.queries import KEYS, Question, question, questions
from dutygraph.renderings import query_lists, result_pages
from dutygraph.renderings.as_html import environment
from dutygraph.renderings.as_json import dumped
from dutygraph.store.asking import CSV, JSON
from dutygraph.terms import BASE
from dutygraph.web.described import describe_answer, describe_table
from dutygraph.web.parameters import format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

OFFERS = (
    Offer("json", "application/json"),
    Offer("html", "text/html"),
    Offer("csv", "text/csv"),
    Offer("text", "text/plain"),
)
QUESTION_OFFERS = (*OFFERS[:3], Offer("sparql", "application/sparql-query"))
PARAMETERS = (format_of([o.name for o in OFFERS]),)
QUESTION_PARAMETERS = (format_of([o.name for o in QUESTION_OFFERS]),)

blueprint = APIBlueprint("queries", __name__, tag="Data")


@blueprint.get("/queries")
def saved_queries() -> Response:
    """List the questions that are kept, each with its answer in words."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    write = {
        "json": query_lists.as_json,
        "csv": query_lists.as_csv,
        "text": query_lists.as_text,
        "html": _list_page,
    }[offer.name]
    response = _responded(write(questions()), offer)
    if offer.name == "csv":
        describe_table(response, "queries")
    return response


@blueprint.get("/queries/<query_name>")
def saved_query(query_name: str) -> Response:
    """One question: its answer in words, its sources, its query and what that finds today."""
    given = read_parameters(request.args.items(multi=True), QUESTION_PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), QUESTION_OFFERS)
    asked = named(query_name)
    if offer.name == "sparql":
        return _responded(asked.text.encode(), offer)
    if offer.name == "csv":
        response = _responded(_found(asked, CSV), offer)
        describe_answer(response, asked.name)
        return response
    if offer.name == "json":
        result = json.loads(_found(asked, JSON))
        return _responded(dumped(_told(asked) | {"result": result}), offer)
    return _responded(_page(asked), offer)


def named(name: str) -> Question:
    """The question of a name, which may be anything that an address holds.

    Raises:
        Problem: unknown-query.
    """
    try:
        return question(name[:100])
    except Problem as problem:
        words = problem.detail.replace("`dutygraph query --list` lists", "GET /queries lists")
        raise Problem(problem.slug, words) from problem


def _told(asked: Question) -> dict[str, Any]:
    said = {key.lower(): asked.header.get(key, "") for key in KEYS}
    return {"name": asked.name} | said | {"query": asked.text}


def _found(asked: Question, media_type: str) -> bytes:
    asker = service().public()
    return asker.ask(asker.read(asked.text), media_type).body


def _list_page(listed: list[Question]) -> bytes:
    return environment().get_template("queries.html").render(questions=listed).encode()


def _page(asked: Question) -> bytes:
    """The page stands without the store, too: what the query finds is then the one thing missing."""
    result, trouble = None, None
    try:
        result = result_pages.table(_found(asked, JSON), service().public().prefixes)
    except Problem as problem:
        trouble = problem.detail
    page = environment().get_template("query.html")
    return page.render(
        asked=_told(asked),
        sources=[(before, name, document_of(BASE + path)) for before, name, path in asked.sources],
        columns=columns_of(asked),
        result=result,
        trouble=trouble,
    ).encode()


def _responded(body: bytes, offer: Offer) -> Response:
    response = Response(body, content_type=content_type(offer))
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept")
    return response
