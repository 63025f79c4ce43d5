"""Writing to /graphs/…: PUT and DELETE by the Graph Store Protocol, drafts and undo.

Owns: what a write takes and gives, and that each says which state it rests on (RFC 6585, section
3). Must not: assess, which is done in a worker before anything is written, or keep anything itself.

No cookie and no form gives a right to write, only a header that a page of somebody else cannot send
(SECURITY S22).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.errors import Problem
from dutygraph.publishing.names import GraphName
from dutygraph.publishing.preparing import Prepared, Preparing
from dutygraph.publishing.publisher import State, Wanted
from dutygraph.publishing.tokens import Token
from dutygraph.triples import NamedNode
from dutygraph.web.access import required
from dutygraph.web.graphs import draft_of, path_of
from dutygraph.web.headers import note_body
from dutygraph.web.parameters import Parameter, read_parameters
from dutygraph.web.service import service
from dutygraph.web.submission import FORM, read_submission

N_TRIPLES = "application/n-triples"
_FORMS_OF_TAGS = (".turtle", ".json-ld", ".ntriples", ".rdfxml", ".html")
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PUT")


def _source(text: str) -> str:
    if not text.startswith(("http://", "https://", "urn:")):
        raise ValueError(text)
    # Raises ValueError for what is no IRI.
    return NamedNode(text).value


SOURCE = Parameter(
    "source",
    "What the graph was made from, an IRI, such as the address of a report; for its history.",
    "an IRI that begins with https://, http:// or urn:",
    _source,
    {"type": "string", "format": "uri"},
)
WRITING = (SOURCE,)
NOTHING: tuple[Parameter, ...] = ()

blueprint = APIBlueprint("publishing", __name__, tag="Publishing")


@blueprint.put("/graphs/<authority>/<name>")
def put(authority: str, name: str) -> Response:
    """Publish a description, in place of what the graph held, with its council's token.

    It is assessed first. What breaks the law is published all the same, with a report that says so;
    what cannot be used is refused and changes nothing.
    """
    started = datetime.now(UTC)
    named, by, wanted = _asked(authority, name)
    sources = _sources()
    publisher = service().publisher()
    wanted.check(named.published, publisher.state(named, own=True))
    prepared = _sent(named, started)
    state = publisher.publish(named, prepared, by, wanted, started, sources=sources)
    return _published(named, state, prepared, is_new=_is_new(named, state))


@blueprint.delete("/graphs/<authority>/<name>")
def delete(authority: str, name: str) -> Response:
    """Withdraw a published graph, with its council's token. Its versions and its history stay."""
    started = datetime.now(UTC)
    named, by, wanted = _asked(authority, name)
    read_parameters(request.args.items(multi=True), NOTHING)
    state = service().publisher().withdraw(named, by, wanted, started)
    return _answer(200, state, {"graph": named.published, "withdrawn": True})


@blueprint.post("/graphs/<authority>/<name>/undo")
def undo(authority: str, name: str) -> Response:
    """Publish the version before again, as a new version, with the council's token."""
    started = datetime.now(UTC)
    named, by, wanted = _asked(authority, name)
    read_parameters(request.args.items(multi=True), NOTHING)
    publisher = service().publisher()
    state = publisher.state(named, own=True)
    wanted.check_tag(named.published, state)
    assert state is not None
    history = publisher.history(named)
    before = history.before(state.number) if history else None
    content = publisher.version(named, before, own=True) if before is not None else None
    if before is None or content is None:
        raise Problem(
            "nothing-to-undo",
            "The graph has no version before this one. DELETE withdraws it.",
        )
    prepared = _prepared(named, content, N_TRIPLES, started)
    # On the state that was looked at, also where any would have done.
    seen = Wanted((state.tag,))
    state = publisher.publish(named, prepared, by, seen, started, again=before)
    return _published(named, state, prepared)


@blueprint.put("/graphs/<authority>/<name>/draft")
def put_draft(authority: str, name: str) -> Response:
    """Write the draft of a graph, which its council alone sees, and assess it."""
    started = datetime.now(UTC)
    named, by, wanted = _asked(authority, name)
    sources = _sources()
    publisher = service().publisher()
    wanted.check(named.draft, publisher.draft(named))
    prepared = _sent(named, started)
    state = publisher.write_draft(named, prepared, by, wanted, started, sources)
    found = _found(prepared)
    said = {"graph": named.draft, "report": path_of(named.report_of_draft)}
    return _answer(201 if wanted.absent else 200, state, said | found)


@blueprint.delete("/graphs/<authority>/<name>/draft")
def delete_draft(authority: str, name: str) -> Response:
    """Throw the draft of a graph away."""
    named, _, wanted = _asked(authority, name)
    read_parameters(request.args.items(multi=True), NOTHING)
    service().publisher().discard_draft(named, wanted)
    return Response(status=204)


@blueprint.post("/graphs/<authority>/<name>/draft/publish")
def publish_draft(authority: str, name: str) -> Response:
    """Make the draft the published version.

    Where another version was published after the draft was written, it has to be written again.
    """
    started = datetime.now(UTC)
    named, by, wanted = _asked(authority, name)
    read_parameters(request.args.items(multi=True), NOTHING)
    _, draft = draft_of(authority, name)
    wanted.check(named.draft, draft)
    prepared = _prepared(named, draft.statements, N_TRIPLES, started)
    # On the draft that was assessed, also where any would have done: another one would be lost.
    seen = Wanted((draft.tag,))
    state = service().publisher().publish_draft(named, prepared, by, seen, started)
    return _published(named, state, prepared, is_new=_is_new(named, state))


@blueprint.post("/graphs/<authority>/<name>")
@blueprint.post("/graphs/<authority>/<name>/draft")
@blueprint.doc(hide=True)
def post(authority: str, name: str) -> Response:
    """Refuse to merge: two descriptions put together may say what neither of them says."""
    raise Problem(
        "method-not-allowed",
        "A graph is written as a whole here. Fetch it, add to it, and send all of it with PUT.",
        extra={"allow": list(_METHODS)},
    )


# --- what was asked for ---------------------------------------------------------------------------


def _asked(authority: str, name: str) -> tuple[GraphName, Token, Wanted]:
    """Which graph, whose token, and on which state the write rests.

    Raises:
        Problem: no-token, bad-token, not-yours; bad-value; condition-required.
    """
    by = required(authority)
    return GraphName(authority, name), by, _wanted()


def _wanted() -> Wanted:
    headers = request.headers
    if "If-None-Match" in headers:
        if "If-Match" in headers or not request.if_none_match.star_tag:
            raise Problem(
                "bad-parameter",
                "A write takes If-None-Match: * for a graph that is not there yet, or If-Match with "
                "the ETag of the one that is, and not both.",
            )
        return Wanted(absent=True)
    if "If-Match" not in headers:
        raise Problem(
            "condition-required",
            "Say which state you have seen, so that nobody's work is overwritten unseen: send "
            "If-Match with the ETag of the graph as you fetched it with your token, or "
            "If-None-Match: * where there is none yet.",
        )
    if request.if_match.star_tag:
        return Wanted(("*",))
    # An empty tag comes as None; a tag of one star in quotes is a tag like any other.
    tags = {_state_of(tag) for tag in request.if_match.as_set() if tag}
    return Wanted(tags - {"*"})


def _state_of(tag: str) -> str:
    """The state that an entity tag of one of its forms names."""
    for form in _FORMS_OF_TAGS:
        if tag.endswith(form):
            return tag.removesuffix(form)
    return tag


def _sources() -> list[str]:
    given = read_parameters(request.args.items(multi=True), WRITING)
    return [given["source"]] if "source" in given else []


def _sent(named: GraphName, started: datetime) -> Prepared:
    """What was sent, ready to be kept; nothing has been written when this raises."""
    if request.mimetype == FORM:
        raise Problem("unsupported-media-type", "Send the description itself, not in a form.")
    submission = read_submission(request, service().settings.body_limit)
    note_body(submission.data)
    return _prepared(named, submission.data, submission.media_type, started)


def _prepared(named: GraphName, data: bytes, media_type: str, started: datetime) -> Prepared:
    tier = service().settings.public_tier
    task = Preparing(data, media_type, named, tier, started.date())
    return service().workers.perform(task)


# --- answers --------------------------------------------------------------------------------------


def _is_new(named: GraphName, state: State) -> bool:
    """Whether there was no graph before this state: none was ever published, or it was withdrawn."""
    history = service().publisher().history(named)
    return history is None or history.before(state.number) != state.number - 1


def _published(
    named: GraphName, state: State, prepared: Prepared, is_new: bool = False
) -> Response:
    report = named.report(state.number)
    said = {
        "graph": named.published,
        "version": named.version(state.number),
        "history": path_of(named.history),
        "report": path_of(report),
        "contentHash": prepared.public.hash,
        "heldBack": prepared.held_back.count(b"\n"),
        "notes": [state.unsigned] if state.unsigned else [],
    }
    response = _answer(201 if is_new else 200, state, said | _found(prepared))
    response.headers["Link"] = f'<{path_of(report)}>; rel="describedby"'
    if is_new:
        response.headers["Location"] = path_of(named.published)
    return response


def _found(prepared: Prepared) -> dict[str, object]:
    """What the report on what the council sees comes to."""
    report = json.loads(prepared.own.report)
    return {name: report[name] for name in ("verdict", "breaches", "undecided")}


def _answer(status: int, state: State, said: dict[str, object]) -> Response:
    # The tag names the state and none of its forms, so that no cache takes what was sent, which is
    # not what is kept byte for byte, for what a GET gives (RFC 9110, section 9.3.4).
    etag = f'"{state.tag}"'
    body = json.dumps(said | {"etag": etag}, indent=2, ensure_ascii=False) + "\n"
    response = Response(body, status, content_type="application/json")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Authorization")
    return response
