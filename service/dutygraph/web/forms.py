"""GET /forms/{name}: the pages from which a browser sends what is assessed and forgotten.

Owns: which forms there are, and what their pages have to know. Must not assess: a form is sent to the
resource whose name it bears.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from apiflask import APIBlueprint
from flask import Response, request

from dutygraph.errors import Problem
from dutygraph.negotiation import Offer, choose
from dutygraph.parsing import SUFFIXES, SYNTAXES
from dutygraph.renderings.as_html import environment
from dutygraph.subscribing.sources import copy_of
from dutygraph.web.graphs import path_of, published_now
from dutygraph.web.parameters import format_of, read_parameters
from dutygraph.web.service import service
from dutygraph.web.validate import content_type

__all__ = ["OFFERS", "PARAMETERS", "TASKS", "Task", "example"]


@dataclass(frozen=True)
class Task:
    """What a visitor can have done with descriptions.

    Args:
        name: of the form, and of the resource that it is sent to.
        title: what is done.
        summary: what one gets.
        button: what is written on the button.
    """

    name: str
    title: str
    summary: str
    button: str


TASKS = (
    Task(
        "validate",
        "Test a description",
        "One council's arrangements, duty by duty: what is met, what is not, and what cannot be told.",
        "Test it",
    ),
    Task(
        "compare",
        "Compare options",
        "Each clause side by side, what each option introduces, resolves and leaves against the "
        "baseline, and what can be counted, such as the chief executives to whom a director answers.",
        "Compare them",
    ),
    Task(
        "what-if",
        "See what a change would do",
        "What the change introduces, resolves and leaves, which of its statements bear on each, and "
        "the same for partners whose descriptions you add.",
        "See what it would do",
    ),
    Task(
        "repair",
        "Find what would put a failure right",
        "The smallest changes that a description's own posts, bodies and members allow, each tried "
        "against every rule, with what it would newly break.",
        "Find repairs",
    ),
    Task(
        "agree",
        "Do we agree?",
        "Every arrangement between councils, what each says of it side by side, what matches, "
        "conflicts or only one of them says, and what to do about each conflict.",
        "Hold them side by side",
    ),
)
"""In the order in which the front page names them."""

OFFERS = (Offer("html", "text/html"),)
PARAMETERS = (format_of([o.name for o in OFFERS]),)

blueprint = APIBlueprint("forms", __name__, tag="Service")


def example() -> str:
    """A description that shows the form, invented; every test of the documentation runs it."""
    return (Path(__file__).parent / "examples" / "description.ttl").read_text(encoding="utf-8")


@blueprint.get("/forms/<form>")
def form(form: str) -> Response:
    """Give the page with a form for one of the tasks."""
    given = read_parameters(request.args.items(multi=True), PARAMETERS)
    offer = choose(request.headers.get("Accept"), given.get("format"), OFFERS)
    task = next((t for t in TASKS if t.name == form), None)
    if task is None:
        raise Problem(
            "not-found",
            f"There is no form of this name; there are {', '.join(t.name for t in TASKS)}.",
        )
    names: dict[str, str] = {}
    for media_type, syntax in SYNTAXES.items():
        names.setdefault(syntax.name, media_type)
    page = environment().get_template(f"forms/{task.name}.html")
    body = page.render(
        task=task,
        example=example(),
        suffixes=",".join(SUFFIXES),
        syntaxes=names,
        limit=service().settings.body_limit // (1024 * 1024),
        kept=_kept() if task.name == "agree" else None,
    )
    response = Response(body, content_type=content_type(offer))
    response.vary.add("Accept")
    return response


def _kept() -> list[str] | None:
    """The paths of the graphs that can be held side by side; None where no graphs are kept.

    Raises:
        Problem: what the store raises.
    """
    if service().store is None:
        return None
    copies = [copy_of(p.name) for p in service().subscriptions().all() if p.last is not None]
    return [path_of(graph) for graph in (*published_now(), *copies)]
