"""What every resource of the HTTP service shares.

Owns: the values made once by the application factory and how a view reaches them. Must not answer
a request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from flask import current_app

from dutygraph.errors import Problem
from dutygraph.linked.library import Library
from dutygraph.publishing.publisher import Publisher
from dutygraph.publishing.redrawing import is_drawn
from dutygraph.publishing.tokens import TokenFile, token_file
from dutygraph.rulebook import Rulebook
from dutygraph.settings import Settings
from dutygraph.store import StoreClient
from dutygraph.store.asking import PublicAsker
from dutygraph.workers import Workers

_NAME = "dutygraph"
_HEALTH_SECONDS = 5.0


@dataclass
class Service:
    """The service's settings, rulebook and workers, and what was last seen of the engines.

    Args:
        settings: how it runs.
        rulebook: for the pages about rules; descriptions are read in the workers only.
        workers: where descriptions are assessed.
        store: where graphs are kept; None where the operator wants none.
        asker: asks it on behalf of anybody.
        graphs: what the councils publish; None where the operator wants no store.
        linked: what is known of each identifier; loaded when it is first asked for.
    """

    settings: Settings
    rulebook: Rulebook
    workers: Workers
    store: StoreClient | None = None
    asker: PublicAsker | None = None
    graphs: Publisher | None = None
    linked: Library = field(default_factory=Library)
    _drawn: bool = False
    _engines: dict[str, str] | None = None
    _checked: float = float("-inf")
    _lock: Lock = field(default_factory=Lock)

    def engines(self) -> dict[str, str] | None:
        """The versions of the engines, which have answered within the last seconds.

        Returns:
            None where every worker is busy and none has been seen to answer yet.

        Raises:
            Problem: an engine does not answer.
        """
        with self._lock:
            if monotonic() - self._checked > _HEALTH_SECONDS:
                found = self.workers.check()
                if found is not None:
                    self._engines, self._checked = found, monotonic()
            return self._engines

    def tokens(self) -> TokenFile:
        """The councils' tokens."""
        return token_file(self.settings)

    def publisher(self) -> Publisher:
        """What keeps the councils' graphs.

        Raises:
            Problem: no-store.
        """
        if self.graphs is None or self.store is None:
            raise Problem("no-store", "This service keeps no graphs.")
        self._require_drawn(self.store)
        return self.graphs

    def _require_drawn(self, store: StoreClient) -> None:
        """Show nothing that was made for the public of another tier (SECURITY S25).

        Raises:
            Problem: store-unavailable.
        """
        if not self._drawn and not is_drawn(store, self.settings.public_tier):
            raise Problem(
                "store-unavailable",
                "The store is being made ready: what the public sees is drawn anew. Try again in a "
                "moment.",
                extra={"retryAfter": 5},
            )
        self._drawn = True

    def public(self) -> PublicAsker:
        """What asks the store on behalf of anybody.

        Raises:
            Problem: no-store.
        """
        if self.asker is None or self.store is None:
            raise Problem(
                "no-store", "This service keeps no graphs, so that there is nothing to ask."
            )
        self._require_drawn(self.store)
        return self.asker


def attach(app_extensions: dict[str, object], service: Service) -> None:
    """Give an application its service."""
    app_extensions[_NAME] = service


def service() -> Service:
    """The service of the application that answers the current request."""
    found: Service = current_app.extensions[_NAME]
    return found
