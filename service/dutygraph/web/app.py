"""The application factory of the HTTP service.

Owns: putting the parts together. Must not hold a resource, nor do anything when it is imported.
"""

from __future__ import annotations

from typing import Any

from apiflask import APIFlask

from dutygraph.linked.library import Library
from dutygraph.publishing.public_view import require_tier
from dutygraph.publishing.publisher import Publisher
from dutygraph.rulebook import Rulebook
from dutygraph.settings import Settings, StoreFolder
from dutygraph.store import store_of
from dutygraph.store.asking import PublicAsker
from dutygraph.subscribing.subscriptions import Subscriptions
from dutygraph.web import (
    agree,
    columns,
    compare,
    dumps,
    feed,
    forms,
    front,
    graphs,
    headers,
    health,
    linked,
    openapi,
    origins,
    partners,
    problems,
    publishing,
    queries,
    rates,
    repair,
    rules,
    signatures,
    sparql,
    validate,
    what_if,
)
from dutygraph.web.metrics import Metrics
from dutygraph.web.service import Service, attach
from dutygraph.web.submission import InMemoryRequest
from dutygraph.workers import Workers

__all__ = ["create_app"]


def create_app(
    settings: Settings,
    workers: Workers | None = None,
    library: Library | None = None,
    *,
    counting: rates.RateCounting | None = None,
    metrics: Metrics | None = None,
) -> APIFlask:
    """Make the application.

    Args:
        settings: how the service runs.
        workers: where descriptions are assessed; made from the settings where None. They start
            with their first task, and whoever made them stops them. A store of our own is started and
            stopped by `dutygraph.web.server`.
        library: what linked data are about; the packaged files where None.
        counting: where requests are counted for the rate limit; in this process where None.
        metrics: what the service counts of itself; in this process where None.

    Returns:
        A WSGI application. It may be used from several threads.
    """
    app = APIFlask(
        "dutygraph.web",
        title="DutyGraph",
        version=openapi.VERSION,
        spec_path="/openapi.json",
        docs_path=None,
        json_errors=False,
    )
    app.request_class = InMemoryRequest
    rulebook = Rulebook.load()
    workers = workers or Workers.of(settings)
    require_tier(rulebook, settings.public_tier)
    store = store_of(settings)
    client = store.client if store else None
    asker = None
    if store is not None and client is not None:
        asker = PublicAsker(
            client,
            rulebook.prefix_map,
            at_once=settings.queries,
            rows=settings.row_limit,
            kept=store.graphs,
            mark=store.mark,
        )
    if library is None:
        place = settings.store
        kept = place.path / "snapshots" if isinstance(place, StoreFolder) else None
        library = Library(snapshots=kept)
    publisher = Publisher(store) if store else None
    attach(
        app.extensions,
        Service(
            settings,
            rulebook,
            workers,
            client,
            asker,
            publisher,
            Subscriptions(store) if store else None,
            linked=library,
        ),
    )
    # The last to be installed is the first to see an answer: the log and the counts see it whole.
    metrics = metrics or Metrics()
    workers.on_verdict = metrics.verdict
    metrics.install(app)
    headers.install(app)
    rates.install(app, settings, counting or rates.RateCounting())
    origins.install(app, settings)
    problems.install(app)
    for module in (
        front,
        forms,
        validate,
        compare,
        what_if,
        repair,
        agree,
        rules,
        sparql,
        queries,
        columns,
        linked,
        dumps,
        graphs,
        publishing,
        signatures,
        partners,
        feed,
        health,
    ):
        app.register_blueprint(module.blueprint)

    @app.spec_processor
    def describe(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
        assert isinstance(spec, dict)
        return openapi.complete(spec, settings)

    return app
