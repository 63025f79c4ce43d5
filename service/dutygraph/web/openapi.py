"""The OpenAPI description of the service, from the tables that the service itself works with.

Owns: everything that a program has to know to use the resources. Must not promise what no table or
view holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dutygraph import __version__
from dutygraph.comparing import CHANGES
from dutygraph.entries import KINDS
from dutygraph.errors import PROBLEM_TYPES
from dutygraph.feed.entries import Kind
from dutygraph.linked.addresses import KINDS as IDENTIFIER_KINDS
from dutygraph.linked.addresses import SINGLES
from dutygraph.negotiation import Offer
from dutygraph.outcomes import OUTCOMES
from dutygraph.parsing import SYNTAXES
from dutygraph.renderings import csvw
from dutygraph.report import SEVERITIES
from dutygraph.settings import Settings
from dutygraph.web import (
    agree,
    columns,
    compare,
    dumps,
    feed,
    forms,
    front,
    graphs,
    health,
    linked,
    problems,
    publishing,
    queries,
    repair,
    rules,
    sparql,
    validate,
    what_if,
    worked,
)
from dutygraph.web.parameters import Parameter
from dutygraph.web.submission import FORM
from dutygraph.whatif import HOW, OTHERWISE

__all__ = ["VERSION", "complete"]

VERSION = __version__
_Json = dict[str, Any]
_TEXT: _Json = {"type": "string"}
_OPTIONAL: _Json = {"type": ["string", "null"]}
_FLAG: _Json = {"type": "boolean"}
_COUNT: _Json = {"type": "integer", "minimum": 0}
_IRI: _Json = {"type": "string", "format": "uri"}
_DAY: _Json = {"type": "string", "format": "date"}
_OPTIONAL_DAY: _Json = {"type": ["string", "null"], "format": "date"}
_VERDICTS = ["breaches", "departures", "undecided", "conforms"]
_OF_ASSESSING = (
    "bad-parameter compressed-body unsupported-media-type not-rdf not-acceptable too-large "
    "syntax empty no-known-terms unknown-term no-structure several-structures no-authority "
    "no-day bad-date bad-value too-deep document-type-declaration unknown-context "
    "changes-the-rules busy out-of-time out-of-memory engine-failed internal"
)
_OF_ASKING = (
    "bad-parameter not-acceptable query-syntax query-refused unknown-graph answer-too-large busy "
    "query-too-long store-unavailable store-failed no-store internal"
)
_OF_READING = (
    "bad-parameter not-acceptable unknown-graph query-too-long store-unavailable store-failed "
    "no-store internal"
)
_OF_THE_STORE = "busy query-too-long store-unavailable store-failed no-store internal"
_OF_READING_GRAPHS = f"bad-parameter bad-token unknown-graph not-acceptable {_OF_THE_STORE}"
_OF_READING_CONTENT = f"{_OF_READING_GRAPHS} graph-changed"
_OF_THE_COUNCIL = "no-token bad-token not-yours"
_OF_WRITING_GRAPHS = (
    f"{_OF_THE_COUNCIL} cross-site bad-parameter bad-value condition-required graph-changed "
    f"{_OF_THE_STORE}"
)
# What is kept is assessed on a day in any case, and no form of an answer is asked for.
_OF_KEEPING = (
    " ".join(s for s in _OF_ASSESSING.split() if s not in ("no-day", "not-acceptable"))
    + " not-of-the-council"
)
_GRAPH = "/graphs/{authority}/{name}"
_PROBLEMS_OF = {
    "GET /graphs": f"bad-parameter not-acceptable {_OF_THE_STORE}",
    f"GET {_GRAPH}": f"{_OF_READING_CONTENT} withdrawn",
    f"PUT {_GRAPH}": f"{_OF_WRITING_GRAPHS} {_OF_KEEPING}",
    f"DELETE {_GRAPH}": _OF_WRITING_GRAPHS,
    f"POST {_GRAPH}/undo": f"{_OF_WRITING_GRAPHS} {_OF_KEEPING} nothing-to-undo",
    f"GET {_GRAPH}/draft": f"{_OF_READING_CONTENT} {_OF_THE_COUNCIL}",
    f"PUT {_GRAPH}/draft": f"{_OF_WRITING_GRAPHS} {_OF_KEEPING}",
    f"DELETE {_GRAPH}/draft": _OF_WRITING_GRAPHS,
    f"POST {_GRAPH}/draft/publish": f"{_OF_WRITING_GRAPHS} {_OF_KEEPING} unknown-graph",
    f"GET {_GRAPH}/draft/report": f"{_OF_READING_GRAPHS} {_OF_THE_COUNCIL}",
    f"GET {_GRAPH}/versions/{{number}}": _OF_READING_CONTENT,
    f"GET {_GRAPH}/versions/{{number}}/report": _OF_READING_GRAPHS,
    f"GET {_GRAPH}/history": _OF_READING_GRAPHS,
    "GET /sparql": _OF_ASKING,
    "POST /sparql": _OF_ASKING + " compressed-body unsupported-media-type too-large",
    "/queries": "bad-parameter not-acceptable internal",
    "/queries/{query_name}": (
        "bad-parameter not-acceptable unknown-query answer-too-large busy query-too-long "
        "store-unavailable store-failed no-store internal"
    ),
    "/queries/{query_name}/csv-metadata.json": "bad-parameter unknown-query internal",
    "/columns/{table}/csv-metadata.json": "bad-parameter internal",
    "/validate": _OF_ASSESSING + " engines-disagree",
    "/compare": _OF_ASSESSING,
    "/what-if": _OF_ASSESSING + " bad-patch patch-does-not-apply",
    "/repair": _OF_ASSESSING + " unknown-rule",
    "POST /agree": _OF_ASSESSING,
    "GET /agree": (
        f"{_OF_READING_GRAPHS} withdrawn no-day several-structures out-of-time "
        "out-of-memory engine-failed"
    ),
    "/rules": "bad-parameter not-acceptable internal",
    "/coverage": "bad-parameter not-acceptable internal",
    "/rules/{rule_id}": "bad-parameter unknown-rule not-acceptable internal",
    "/health": "bad-parameter engine-failed out-of-time out-of-memory internal",
    "/": "bad-parameter not-acceptable internal",
    "/forms/{form}": (
        "bad-parameter not-acceptable not-found query-too-long store-unavailable store-failed "
        "internal"
    ),
    "/{kind}/{name}": "bad-parameter unknown-identifier not-acceptable internal",
    "/def/": "bad-parameter internal",
    "/{folder}/": "bad-parameter internal",
    "/{single}": "bad-parameter internal",
    "/context.jsonld": "bad-parameter internal",
    "/doc/{name}": "bad-parameter unknown-identifier not-acceptable internal",
    "/id/dataset": "bad-parameter internal",
    "/id/dataset/{version}": "bad-parameter unknown-version internal",
    "/doc/dataset": "bad-parameter not-acceptable internal",
    "/doc/dataset/{version}": "bad-parameter unknown-version not-acceptable internal",
    "/.well-known/void": "bad-parameter not-acceptable internal",
    "/dumps/{name}": "bad-parameter unknown-version not-found graph-changed internal",
    "/keys/{authority}": _OF_READING + " bad-key",
    "/graphs/{authority}/{name}/proof": _OF_READING,
    "/graphs/{authority}/{name}/versions/{number}/proof": _OF_READING,
    "/partners": _OF_READING.replace("unknown-graph ", ""),
    "/partners/{authority}/{name}": _OF_READING + " graph-changed",
    "/partners/{authority}/{name}/provenance": _OF_READING,
    "/feed": _OF_READING.replace("unknown-graph ", "") + " answer-too-large",
}
_NOT_LIMITED = ("/health",)
_IN_PATH: dict[str, _Json] = {
    "rule_id": {"description": "The rule's id, as in the list of rules."},
    "kind": {
        "description": "What the identifier begins with after the public address.",
        "schema": {"type": "string", "enum": ["id", *IDENTIFIER_KINDS]},
    },
    "single": {
        "description": "An identifier whose path is one word.",
        "schema": {"type": "string", "enum": list(SINGLES)},
    },
    "folder": {
        "description": "An address that was cut short.",
        "schema": {"type": "string", "enum": list(linked.FOLDERS)},
    },
    "form": {
        "description": "What the form is for.",
        "schema": {"type": "string", "enum": [task.name for task in forms.TASKS]},
    },
    "query_name": {"description": "The question's name, as in the list of questions."},
    "table": {
        "description": "Which of our CSV files that are no answer of a query.",
        "schema": {"type": "string", "enum": list(columns.GIVEN)},
    },
    "name": {
        "description": "The rest of the path; it may hold slashes, which are not escaped.",
        "schema": _TEXT,
    },
    "authority": {
        "description": "The last part of the council's identifier, such as coventry.",
        "schema": _TEXT,
    },
    "number": {
        "description": "The number of the version, from 1.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "version": {
        "description": "The version of the dataset, as /doc/dataset names it.",
        "schema": _TEXT,
    },
}


def complete(spec: _Json, settings: Settings) -> _Json:
    """Add to what apiflask has found: parameters, bodies, answers and schemas.

    Args:
        spec: the description as apiflask makes it from the views.
        settings: for the address and the limits.
    """
    spec["info"]["description"] = (
        "Tests a description of a council's statutory arrangements clause by clause. "
        "What is sent to be tested is not kept; councils publish their own with a token. Errors "
        f"have one shape, RFC 9457. {_rates(settings)}"
    )
    spec["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    spec["servers"] = [{"url": settings.public_address.rstrip("/")}]
    spec["components"] = {
        "schemas": _schemas(),
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    }
    paths = spec["paths"]
    _describe(paths["/"]["get"], "/", front.PARAMETERS, _in_forms(front.OFFERS, {}))
    _describe(
        paths["/forms/{form}"]["get"],
        "/forms/{form}",
        forms.PARAMETERS,
        _in_forms(forms.OFFERS, {}),
    )
    _describe(paths["/health"]["get"], "/health", health.PARAMETERS, _json("Health"))
    _describe(
        paths["/rules"]["get"],
        "/rules",
        rules.PARAMETERS,
        _in_forms(rules.OFFERS, {"json": {"anyOf": [_list(_ref("Rule")), _list(_ref("Change"))]}}),
    )
    _describe(
        paths["/coverage"]["get"],
        "/coverage",
        rules.COVERAGE_PARAMETERS,
        _in_forms(rules.OFFERS, {"json": _ref("Coverage")}),
    )
    _describe(
        paths["/rules/{rule_id}"]["get"],
        "/rules/{rule_id}",
        rules.RULE_PARAMETERS,
        _in_forms(rules.RULE_OFFERS, {"json": _ref("Explanation")}),
    )
    _describe_asking(spec, settings)
    assess = paths["/validate"]["post"]
    # One structure, one report; a dataset with a structure in each of its graphs, a list of them.
    report = {"anyOf": [_ref("Report"), {"type": "array", "items": _ref("Report")}]}
    _describe(
        assess,
        "/validate",
        validate.PARAMETERS,
        _in_forms(validate.OFFERS, {"json": report}),
    )
    assess["requestBody"] = _body(
        settings, "One description", validate.PARAMETERS, "The description"
    )
    side_by_side = paths["/compare"]["post"]
    _describe(
        side_by_side,
        "/compare",
        compare.PARAMETERS,
        _in_forms(worked.OFFERS, {"json": _ref("Comparison")}),
    )
    _describe_changing(spec, settings)
    _describe_linked_data(paths)
    _describe_sharing(paths)
    _describe_publishing(spec, settings)
    side_by_side["requestBody"] = _body(
        settings,
        "Two or more descriptions, in a dataset with a structure in each named graph or in a form",
        compare.PARAMETERS,
        "An option",
        several=True,
    )
    sides = paths["/agree"]["post"]
    agreed = _in_forms(worked.OFFERS, {"json": _ref("Agreement")})
    _describe(sides, "POST /agree", agree.PARAMETERS, agreed)
    kept = paths["/agree"]["get"]
    _describe(kept, "GET /agree", (agree.GRAPH, *agree.PARAMETERS), agreed)
    sides["requestBody"] = _body(
        settings,
        "Two or more descriptions, each the word of the councils that it describes",
        agree.PARAMETERS,
        "The description of one side",
        several=True,
    )
    return spec


def _describe_changing(spec: _Json, settings: Settings) -> None:
    """Add what /what-if and /repair take and give."""
    change, mend = spec["paths"]["/what-if"]["post"], spec["paths"]["/repair"]["post"]
    forms = _in_forms(worked.OFFERS, {"json": _ref("WhatIf")})
    _describe(change, "/what-if", what_if.PARAMETERS, forms)
    part: _Json = {"type": "string", "format": "binary"}
    fields: _Json = {
        name: (_list(part) if name == "partner" else part) | {"description": described}
        for name, described in what_if.FIELDS.items()
    }
    fields |= {p.name: p.schema | {"description": p.help} for p in what_if.PARAMETERS}
    change["requestBody"] = {
        "required": True,
        "description": (
            "Descriptions and a patch, as files or as texts, in UTF-8, not compressed, together of at "
            f"most {settings.body_limit:,} bytes."
        ),
        "content": {
            FORM: {"schema": {"type": "object", "required": ["before"], "properties": fields}}
        },
    }
    forms = _in_forms(worked.OFFERS, {"json": _ref("Repairs")})
    _describe(mend, "/repair", repair.PARAMETERS, forms)
    mend["requestBody"] = _body(settings, "One description", repair.PARAMETERS, "The description")


def _rates(settings: Settings) -> str:
    """How much one caller may ask, in words."""
    told = [
        f"{number:,} requests {what}"
        for number, what in (
            (settings.read_rate, "to read"),
            (settings.work_rate, "for assessments, comparisons, queries and writes"),
        )
        if number
    ]
    if not told:
        return "One caller may ask as much as the service can do."
    return (
        f"In a minute one address, and one token, may make {' and '.join(told)}; RateLimit says how "
        "many are left."
    )


def _describe_asking(spec: _Json, settings: Settings) -> None:
    """Add what /sparql and /queries take and give."""
    paths = spec["paths"]
    results = _in_forms(sparql.OFFERS, {"json": _ref("Results")})
    get, post = paths["/sparql"]["get"], paths["/sparql"]["post"]
    _describe(get, "GET /sparql", sparql.PARAMETERS, results)
    _describe(post, "POST /sparql", sparql.POST_PARAMETERS, results)
    fields = {p.name: p.schema | {"description": p.help} for p in sparql.PARAMETERS}
    form = {"type": "object", "required": ["query"], "properties": fields}
    post["requestBody"] = {
        "required": True,
        "description": (
            "A query, in UTF-8. The store has "
            f"{settings.query_deadline:g} seconds for it, and an answer has at most "
            f"{settings.answer_limit:,} bytes and {settings.row_limit:,} rows."
        ),
        "content": {
            sparql.QUERY: {"schema": _TEXT | {"examples": [sparql.QUERY_PARAMETER.example]}},
            sparql.FORM: {"schema": form},
        },
    }
    _describe(
        paths["/queries"]["get"],
        "/queries",
        queries.PARAMETERS,
        _in_forms(queries.OFFERS, {"json": _list(_ref("Question"))}),
    )
    _describe(
        paths["/queries/{query_name}"]["get"],
        "/queries/{query_name}",
        queries.QUESTION_PARAMETERS,
        _in_forms(queries.QUESTION_OFFERS, {"json": _ref("AnsweredQuestion")}),
    )
    for path, taken in (
        ("/queries/{query_name}/csv-metadata.json", ()),
        ("/columns/{table}/csv-metadata.json", columns.PARAMETERS),
    ):
        content = {csvw.MEDIA_TYPE: {"schema": {"type": "object"}}}
        _describe(paths[path]["get"], path, taken, content)


def _describe(operation: _Json, path: str, parameters: Sequence[Parameter], content: _Json) -> None:
    kept = [p for p in operation.get("parameters", []) if p["in"] == "path"]
    for parameter in kept:
        parameter |= _IN_PATH[parameter["name"]]
    operation["parameters"] = kept + [_parameter(p) for p in parameters]
    operation["responses"] = {"200": {"description": "What was asked for.", "content": content}}
    limited = [] if path in _NOT_LIMITED else ["too-many-requests"]
    operation["responses"] |= _refusals([*_PROBLEMS_OF[path].split(), *limited])


def _describe_linked_data(paths: _Json) -> None:
    """The identifiers, which lead elsewhere, and the documents and files that they lead to."""
    for path, taken, status in (
        ("/{kind}/{name}", linked.ALL_FORMS, "303"),
        ("/def/", linked.ALL_FORMS, "303"),
        ("/{folder}/", dumps.NO_PARAMETERS, "303"),
        ("/{single}", linked.ALL_FORMS, "303"),
        ("/id/dataset", dumps.PARAMETERS, "303"),
        ("/id/dataset/{version}", dumps.PARAMETERS, "303"),
        ("/.well-known/void", dumps.PARAMETERS, "302"),
    ):
        _describe(paths[path]["get"], path, taken, {})
        responses = paths[path]["get"]["responses"]
        del responses["200"]
        responses[status] = {
            "description": "The document about it is at the Location.",
            "headers": {"Location": {"schema": {"type": "string", "format": "uri-reference"}}},
        }
    documents: tuple[tuple[str, Sequence[Parameter]], ...] = (
        ("/doc/{name}", linked.PARAMETERS),
        ("/doc/dataset", dumps.PARAMETERS),
        ("/doc/dataset/{version}", dumps.PARAMETERS),
    )
    for path, parameters in documents:
        _describe(paths[path]["get"], path, parameters, _in_forms(linked.OFFERS, {}))
    context = {"application/ld+json": {"schema": {"type": "object"}}}
    _describe(paths["/context.jsonld"]["get"], "/context.jsonld", (), context)
    files: _Json = {"application/gzip": {"schema": {"type": "string", "format": "binary"}}}
    files |= {media_type: {"schema": _TEXT} for media_type in ("text/turtle", "text/plain")}
    _describe(paths["/dumps/{name}"]["get"], "/dumps/{name}", dumps.NO_PARAMETERS, files)


def _describe_sharing(paths: _Json) -> None:
    """Keys, proofs, partners' copies and the feed."""
    for path in (
        "/keys/{authority}",
        "/graphs/{authority}/{name}/proof",
        "/graphs/{authority}/{name}/versions/{number}/proof",
        "/partners/{authority}/{name}",
        "/partners/{authority}/{name}/provenance",
    ):
        _describe(paths[path]["get"], path, graphs.PARAMETERS, _in_forms(graphs.OFFERS, {}))
    _describe(
        paths["/partners"]["get"],
        "/partners",
        graphs.LIST_PARAMETERS,
        _in_forms(graphs.LIST_OFFERS, {"json": _list(_ref("PartnerCopy"))}),
    )
    _describe(
        paths["/feed"]["get"],
        "/feed",
        feed.PARAMETERS,
        _in_forms(feed.OFFERS, {"json": _ref("FeedPage")}),
    )


def _describe_publishing(spec: _Json, settings: Settings) -> None:
    """What councils publish: what anybody reads, and what the one whose it is may write."""
    paths = spec["paths"]
    listed = _in_forms(graphs.LIST_OFFERS, {"json": _list(_ref("PublishedGraph"))})
    _describe(paths["/graphs"]["get"], "GET /graphs", graphs.LIST_PARAMETERS, listed)
    statements = _in_forms(graphs.OFFERS, {})
    report = _in_forms(graphs.REPORT_OFFERS, {"json": _ref("Report")})
    for part, content, parameters in (
        ("", statements, graphs.PARAMETERS),
        ("/draft", statements, graphs.PARAMETERS),
        ("/versions/{number}", statements, graphs.PARAMETERS),
        ("/history", statements, graphs.PARAMETERS),
        ("/draft/report", report, graphs.REPORT_PARAMETERS),
        ("/versions/{number}/report", report, graphs.REPORT_PARAMETERS),
    ):
        get = paths[_GRAPH + part]["get"]
        _describe(get, f"GET {_GRAPH}{part}", parameters, content)
        # With its token a council sees all of its own; a draft is not there without.
        get["security"] = [{"token": []}] if part.startswith("/draft") else [{}, {"token": []}]
    written = {"application/json": {"schema": _ref("Written")}}
    for method, part, taken in (
        ("put", "", publishing.WRITING),
        ("delete", "", publishing.NOTHING),
        ("post", "/undo", publishing.NOTHING),
        ("put", "/draft", publishing.WRITING),
        ("delete", "/draft", publishing.NOTHING),
        ("post", "/draft/publish", publishing.NOTHING),
    ):
        write = paths[_GRAPH + part][method]
        _describe(write, f"{method.upper()} {_GRAPH}{part}", taken, written)
        write["security"] = [{"token": []}]
        write["parameters"] += [_IF_MATCH, _IF_NONE_MATCH]
        if method == "delete" and part:
            write["responses"]["204"] = {"description": "It is gone."}
            del write["responses"]["200"]
        elif (method, part) not in (("delete", ""), ("post", "/undo")):
            made = {"description": "It is new.", "content": written}
            write["responses"]["201"] = made
        if method == "put":
            body = _body(settings, "One description of the council", (), "The description")
            del body["content"][FORM]
            write["requestBody"] = body


_IF_MATCH: _Json = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the state that the write rests on; this or If-None-Match.",
    "schema": _TEXT,
}
_IF_NONE_MATCH: _Json = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "“*”, where there is no such graph yet.",
    "schema": {"type": "string", "enum": ["*"]},
}


def _parameter(parameter: Parameter) -> _Json:
    described: _Json = {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.help,
        "schema": parameter.schema,
    }
    return described | ({"example": parameter.example} if parameter.example else {})


def _in_forms(offers: Iterable[Offer], schemas: dict[str, _Json]) -> _Json:
    return {o.media_type: {"schema": schemas.get(o.name, _TEXT)} for o in offers}


def _json(name: str) -> _Json:
    return {"application/json": {"schema": _ref(name)}}


def _ref(name: str) -> _Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _refusals(slugs: Iterable[str]) -> _Json:
    """The problems of a resource, by status."""
    by_status: dict[str, list[str]] = {}
    for slug in dict.fromkeys(slugs):
        by_status.setdefault(str(PROBLEM_TYPES[slug].status), []).append(slug)
    return {
        status: {
            "description": "; ".join(f"{PROBLEM_TYPES[s].title} ({s})" for s in found) + ".",
            "content": {problems.MEDIA_TYPE: {"schema": _ref("Problem")}},
        }
        for status, found in sorted(by_status.items())
    }


def _body(
    settings: Settings,
    what: str,
    parameters: Sequence[Parameter],
    one: str,
    *,
    several: bool = False,
) -> _Json:
    example = {"invented": {"summary": "An invented arrangement", "value": forms.example()}}
    content: _Json = {media_type: {"schema": _TEXT} for media_type in SYNTAXES}
    content["text/turtle"]["examples"] = example
    file: _Json = {"type": "string", "format": "binary", "description": f"{one}, a file."}
    text: _Json = {"type": "string", "description": f"{one}, as text."}
    fields: _Json = {
        "file": _list(file) if several else file,
        "text": _list(text) if several else text,
        "media-type": {
            "type": "string",
            "enum": list(SYNTAXES),
            "description": "Its media type; without it, what the file says, or Turtle.",
        },
    }
    fields |= {p.name: p.schema | {"description": p.help} for p in parameters}
    content[FORM] = {"schema": {"type": "object", "properties": fields}}
    return {
        "required": True,
        "description": (
            f"{what}, in UTF-8, not compressed, of at most {settings.body_limit:,} bytes "
            f"and {settings.statement_limit:,} statements."
        ),
        "content": content,
    }


# --- schemas ------------------------------------------------------------------------------------


def _object(required: _Json, optional: _Json | None = None) -> _Json:
    return {
        "type": "object",
        "required": sorted(required),
        "properties": required | (optional or {}),
    }


def _list(items: _Json) -> _Json:
    return {"type": "array", "items": items}


def _schemas() -> _Json:
    clause = _object({"title": _TEXT, "iri": _IRI, "url": _IRI})
    listed = {
        "id": _TEXT,
        "title": _TEXT,
        "kind": {"type": "string", "enum": list(KINDS)},
        "force": _TEXT,
        "inForceFrom": _OPTIONAL_DAY,
        "inForceTo": _OPTIONAL_DAY,
        "clause": _list(clause),
        "status": _TEXT,
    }
    return {
        "Problem": _problem(),
        "Report": _report(),
        "Comparison": _comparison(),
        "WhatIf": _what_if(),
        "Repairs": _repairs(),
        "Agreement": _agreement(),
        "Rule": _object(listed),
        "Change": _object(
            {"day": _DAY, "kind": _TEXT, "statement": _TEXT, "rules": _list(_TEXT), "about": _IRI}
        ),
        "Coverage": _object(
            {
                "rulebook": _TEXT,
                "lawAsAt": _DAY,
                "summary": _object(dict.fromkeys(KINDS, _COUNT)),
                "entries": _list(
                    _object({"id": _TEXT, "title": _TEXT, "kind": _TEXT, "treatment": _TEXT})
                ),
                "clauses": _list(_object({"iri": _IRI, "title": _TEXT, "citedBy": _list(_TEXT)})),
            }
        ),
        "Explanation": _object(
            listed
            | {
                "duty": _TEXT,
                "appliesTo": _list(_TEXT),
                "condition": {"type": ["object", "null"]},
                "parts": _list({"type": "object"}),
                "verification": {"type": "object"},
                "howToDispute": _TEXT,
                "examples": _list(
                    _object(
                        {"name": _TEXT, "title": _TEXT, "outcomes": _list(_TEXT), "file": _TEXT}
                    )
                ),
            }
        ),
        "PublishedGraph": _object(
            {"graph": _IRI, "authority": _TEXT, "name": _TEXT, "address": _TEXT}
        ),
        "Written": _object(
            {"graph": _IRI, "etag": _TEXT},
            {
                "version": _IRI,
                "history": _TEXT,
                "report": _TEXT,
                "contentHash": _OPTIONAL,
                "heldBack": _COUNT,
                "notes": _list(_TEXT),
                "verdict": {"type": "string", "enum": _VERDICTS},
                "breaches": _COUNT,
                "undecided": _COUNT,
                "withdrawn": _FLAG,
            },
        ),
        "Results": _results(),
        "Question": _object(dict.fromkeys(("name", "question", "answer", "sources"), _TEXT)),
        "AnsweredQuestion": _object(
            dict.fromkeys(("name", "question", "answer", "sources", "how", "query"), _TEXT)
            | {"result": _ref("Results")}
        ),
        "PartnerCopy": _object(
            {
                "graph": _IRI,
                "authority": _TEXT,
                "name": _TEXT,
                "address": _TEXT,
                "source": _IRI,
                "version": {"type": ["integer", "null"]},
                "verified": _FLAG,
                "received": _TEXT,
            }
        ),
        "FeedPage": _feed_page(),
        "Health": _object(
            {
                "status": {"type": "string", "enum": ["ok", "busy"]},
                "software": _TEXT,
                "rulebook": _TEXT,
                "lawAsAt": _DAY,
                "rules": _COUNT,
                "engines": {"type": ["object", "null"]},
            }
        ),
    }


def _feed_page() -> _Json:
    """An OrderedCollectionPage of ActivityStreams 2.0."""
    failure = _object({"id": _IRI, "name": _TEXT, "authority": _IRI}, {"subject": _TEXT})
    activity = _object(
        {
            "id": _IRI,
            "type": {"type": "string", "enum": [kind.value for kind in Kind]},
            "published": _TEXT,
            "actor": _IRI,
            "object": _IRI,
            "url": _IRI,
            "summary": _TEXT,
            "position": _TEXT,
        },
        {
            "origin": _IRI,
            "statementsAdded": _COUNT,
            "statementsRemoved": _COUNT,
            "isVerified": _FLAG,
            "introduces": _list(failure),
            "resolves": _list(failure),
        },
    )
    return _object(
        {"id": _IRI, "type": _TEXT, "partOf": _IRI, "orderedItems": _list(activity)},
        {"next": _IRI, "summary": _TEXT},
    )


def _results() -> _Json:
    """SPARQL 1.1 Query Results JSON Format."""
    term = _object(
        {"type": {"type": "string", "enum": ["uri", "literal", "bnode"]}, "value": _TEXT}
    )
    return _object(
        {"head": {"type": "object"}},
        {
            "boolean": _FLAG,
            "results": _object(
                {"bindings": _list({"type": "object", "additionalProperties": term})}
            ),
        },
    )


def _problem() -> _Json:
    return _object(
        {
            "type": _IRI | {"enum": [kind.uri for kind in PROBLEM_TYPES.values()]},
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
        },
        {
            "line": {"type": "integer", "minimum": 1},
            "column": {"type": "integer", "minimum": 1},
            "instance": _IRI,
        },
    )


def _report() -> _Json:
    fact = _object(
        {"statement": _TEXT, "source": _OPTIONAL, "standing": _TEXT, "sources": _list(_TEXT)}
    )
    ask = {"fact": _TEXT, "askWhom": _TEXT, "howToSay": _TEXT}
    clause = _object({"title": _TEXT, "iri": _IRI, "url": _IRI, "status": _TEXT})
    severity = {"type": "string", "enum": list(SEVERITIES)}
    row = _object(
        {
            "id": _TEXT,
            "title": _TEXT,
            "authority": _IRI,
            "subject": _OPTIONAL,
            "outcome": {"type": "string", "enum": list(OUTCOMES)},
            "severity": {"type": ["string", "null"], "enum": [*SEVERITIES, None]},
            "basis": _OPTIONAL,
            "reason": _TEXT,
            "caveats": _list(_TEXT),
            "mode": _TEXT,
            "assumed": _FLAG,
            "facts": _list(fact),
            "missing": _list(_object(ask)),
        }
    )
    finding = _object(
        {
            "rule": _TEXT,
            "severity": severity,
            "authority": _IRI,
            "focus": _TEXT,
            "message": _TEXT,
            "remedy": _TEXT,
            "clause": {"anyOf": [clause, {"type": "null"}]},
            "facts": _list(fact),
        }
    )
    return _object(
        {
            "verdict": {"type": "string", "enum": _VERDICTS},
            "assessed": _FLAG,
            "conforms": _FLAG,
            "breaches": _COUNT,
            "undecided": _COUNT,
            "asAt": _DAY,
            "lawAsAt": _DAY,
            "structure": _TEXT,
            "authorities": _list(_object({"iri": _IRI, "name": _TEXT})),
            "data": _object({"hash": _OPTIONAL, "statements": _COUNT}),
            "rulebook": _object(
                {"version": _TEXT, "hash": _TEXT, "lawAsAt": _DAY, "howToDispute": _TEXT}
            ),
            "engine": _TEXT,
            "notice": _TEXT,
            "notes": _list(_TEXT),
            "summary": _object(dict.fromkeys(OUTCOMES, _COUNT)),
            "rules": _list(row),
            "findings": _list(finding),
            "toFindOut": _list(_object(ask | {"rules": _list(_TEXT)})),
        }
    )


def _agreement() -> _Json:
    fact = {"statement": _TEXT, "source": _OPTIONAL, "standing": _TEXT, "sources": _list(_TEXT)}
    facts, side = _list(_object(fact)), {"side": _TEXT}
    answer = _object({"value": _TEXT, "iri": _OPTIONAL, "holds": _FLAG, "facts": facts})
    of_a_side = _object(side | {"answers": _list(answer), "against": facts})
    told = {"aspect": _TEXT, "title": _TEXT, "about": _OPTIONAL, "sentence": _TEXT}
    point = told | {"outcome": _TEXT, "outcomeName": _TEXT, "remedy": _OPTIONAL}
    party = _object({"iri": _IRI, "name": _TEXT})
    rule = {"id": _TEXT, "title": _TEXT, "authority": _IRI, "facts": facts}
    outcome: _Json = {"type": "string", "enum": list(OUTCOMES)}
    alike = _list(
        _object(
            {
                "sides": _list(_object(side | {"iri": _OPTIONAL, "name": _TEXT, "facts": facts})),
                "howToSay": _TEXT,
            }
        )
    )
    return _object(
        {
            "verdict": _TEXT,
            "verdictName": _TEXT,
            "verdictMeaning": _TEXT,
            "asAt": _DAY,
            "lawAsAt": _DAY,
            "sides": _list(_object(side | {"name": _TEXT, "structure": _TEXT})),
            "counts": {"type": "object", "additionalProperties": _COUNT},
            "conflicts": _list(
                _object(told | {"arrangement": _TEXT, "name": _TEXT, "remedy": _TEXT})
            ),
            "arrangements": _list(
                _object(
                    {
                        "iri": _TEXT,
                        "name": _TEXT,
                        "matter": _TEXT,
                        "parties": _list(party),
                        "outcome": _TEXT,
                        "pairedBy": _object({"how": _TEXT, "saidBy": _list(_TEXT)}),
                        "points": _list(
                            _object(point | {"sides": _list(of_a_side), "silent": _list(_TEXT)})
                        ),
                        "rules": _list(_object(rule | {"outcome": outcome, "reason": _TEXT})),
                    }
                )
            ),
            "suggestions": alike,
            "namesakes": alike,
            "rules": _list(
                _object(
                    rule
                    | {
                        "own": _list(_object(side | {"outcome": outcome, "reason": _TEXT})),
                        "together": _object({"outcome": outcome, "reason": _TEXT}),
                    }
                )
            ),
            "breachedTogether": _COUNT,
            "notes": _list(_TEXT),
            "notice": _TEXT,
        }
    )


def _comparison() -> _Json:
    structure: _Json = {"structure": _TEXT}
    fact = {"statement": _TEXT, "source": _OPTIONAL, "standing": _TEXT, "sources": _list(_TEXT)}
    outcome: _Json = {"type": ["string", "null"], "enum": [*OUTCOMES, None]}
    cell = _object(structure | {"outcome": outcome, "reason": _TEXT, "facts": _list(_object(fact))})
    change = {"id": _TEXT, "title": _TEXT, "authority": _IRI, "before": _TEXT, "after": _TEXT}
    number: _Json = {"type": ["integer", "null"]}
    return _object(
        {
            "asAt": _DAY,
            "lawAsAt": _DAY,
            "baseline": _TEXT,
            "options": _list(_object(structure | {"title": _TEXT, "verdict": {"enum": _VERDICTS}})),
            "rows": _list(
                _object({"id": _TEXT, "authority": _IRI, "differs": _FLAG, "outcomes": _list(cell)})
            ),
            "changes": _list(
                _object(
                    structure | dict.fromkeys(CHANGES, _list(_object(change | {"reason": _TEXT})))
                )
            ),
            "measures": _list(
                _object(
                    {
                        "id": _TEXT,
                        "title": _TEXT,
                        "description": _TEXT,
                        "values": _list(_object(structure | {"summary": number})),
                    }
                )
            ),
            "scores": _list(
                _object(
                    {
                        "factor": _TEXT,
                        "title": _TEXT,
                        "values": _list(_object(structure | {"symbol": _OPTIONAL, "rank": number})),
                    }
                )
            ),
            "differences": _list(
                _object(structure | {"factor": _TEXT, "measure": _TEXT, "agrees": _FLAG})
            ),
            "commitments": _list(
                _object(
                    {
                        "commitment": _TEXT,
                        "gist": _TEXT,
                        "values": _list(_object(structure | {"outcome": _TEXT})),
                    }
                )
            ),
            "notes": _list(_TEXT),
            "notice": _TEXT,
        }
    )


def _change_of_outcome() -> _Json:
    """One rule for one authority whose outcome a change or a repair bears on."""
    outcome: _Json = {"type": ["string", "null"], "enum": [*OUTCOMES, None]}
    return {
        "id": _TEXT,
        "title": _TEXT,
        "authority": _IRI,
        "before": outcome,
        "after": outcome,
        "severity": {"type": ["string", "null"], "enum": [*SEVERITIES, None]},
        "reason": _TEXT,
    }


def _what_if() -> _Json:
    fact = {"statement": _TEXT, "source": _OPTIONAL, "standing": _TEXT, "sources": _list(_TEXT)}
    facts = _list(_object(fact))
    statements = {"removed": _list(_TEXT), "added": _list(_TEXT)}
    clause = _object({"title": _TEXT, "iri": _IRI, "url": _IRI})
    item = _change_of_outcome() | {"clauses": _list(clause), "facts": facts, "factsBefore": facts}
    how: _Json = {"type": "string", "enum": list(HOW)}
    bearing = _object({"how": how, "nodes": _list(_TEXT)} | statements)
    effects: _Json = {
        "introduced": _list(_object(item | {"bearing": bearing})),
        "resolved": _list(_object(item | {"bearing": bearing})),
        "unchanged": _object(
            {
                "stillFailing": _list(_object(item)),
                "stillUndecided": _list(_object(item)),
                "stillMet": _COUNT,
                "stillInapplicable": _COUNT,
            }
        ),
        "otherwise": _object(dict.fromkeys(OTHERWISE, _list(_object(item)))),
    }
    side: _Json = {
        "structure": _TEXT,
        "title": _TEXT,
        "verdict": {"type": "string", "enum": _VERDICTS},
        "summary": _object(dict.fromkeys(OUTCOMES, _COUNT)),
    }
    partner = side | effects | {"concerned": _FLAG, "subjects": _list(_TEXT)}
    return _object(
        {
            "asAt": _DAY,
            "lawAsAt": _DAY,
            "before": _object(side),
            "after": _object(side),
            "change": _object(statements | {"facts": facts, "factsBefore": facts}),
            **effects,
            "partners": _list(_object(partner)),
            "notes": _list(_TEXT),
            "notice": _TEXT,
        }
    )


def _repairs() -> _Json:
    changes = _list(_object(_change_of_outcome()))
    offered = _object(
        {
            "words": _list(_TEXT),
            "patch": _TEXT,
            "size": _COUNT,
            "outcome": {"type": "string", "enum": ["passed", "inapplicable"]},
            "resolves": changes,
            "breaks": changes,
            "opens": changes,
        }
    )
    item = _object(
        {
            "id": _TEXT,
            "title": _TEXT,
            "authority": _IRI,
            "severity": {"type": "string", "enum": list(SEVERITIES)},
            "reason": _TEXT,
            "remedies": _list(_TEXT),
            "repairs": _list(offered),
            "onlyTheCouncil": _list(_TEXT),
            "noKnownRepair": _FLAG,
            "notShown": _COUNT,
            "allTried": _FLAG,
            "refused": _list(_TEXT),
        }
    )
    counts = dict.fromkeys(
        ("failing", "repaired", "leftToPeople", "noKnownRepair", "notTried"), _COUNT
    )
    return _object(
        {
            "asAt": _DAY,
            "lawAsAt": _DAY,
            "structure": _TEXT,
            "rules": _list(item),
            "summary": _object(counts),
            "notes": _list(_TEXT),
            "notice": _TEXT,
        }
    )
