"""An entry of the feed, and its place.

Owns: the order of the feed, which is that of the moments and then of the names, and never changes.
Must not: read the store.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from dutygraph.publishing.history import moment as written
from dutygraph.publishing.names import GraphName
from dutygraph.terms import AUTHORITY, BASE

__all__ = ["Entry", "Failure", "Kind", "Page", "Position"]

_MARK = "~"
_PATH = re.compile(r"[a-z0-9/#-]{1,400}")


class Kind(enum.Enum):
    """What happened; the value is its type in ActivityStreams 2.0."""

    PUBLISHED = "Create"
    CHANGED = "Update"
    WITHDRAWN = "Delete"
    RECEIVED = "Announce"


@dataclass(frozen=True, order=True)
class Position:
    """A place in the feed.

    Args:
        moment: as xsd:dateTime in UTC, to the microsecond.
        path: the activity's IRI after the base; empty before all of that moment.
    """

    moment: str
    path: str = ""

    def __str__(self) -> str:
        """As `?since=` takes it."""
        return self.moment + (f"{_MARK}{self.path}" if self.path else "")

    @classmethod
    def read(cls, text: str) -> Position:
        """A position, or a moment or a day: then the place before all that happened from it on.

        Raises:
            ValueError: it is none of them.
        """
        moment, mark, path = text.partition(_MARK)
        if mark and not _PATH.fullmatch(path):
            raise ValueError(text)
        # A plus sign that was not escaped arrives as a space.
        when = datetime.fromisoformat(moment.replace(" ", "+") if "T" in moment else moment)
        try:
            when = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
        except OverflowError as error:
            raise ValueError(text) from error
        return cls(written(when), path)


@dataclass(frozen=True, order=True)
class Failure:
    """A rule that a council's structure fails.

    Args:
        rule: its id.
        authority: the IRI of the council.
        subject: what fails it, in words, or empty.
    """

    rule: str
    authority: str
    subject: str = ""


@dataclass(frozen=True)
class Entry:
    """Something that happened to a graph.

    Args:
        kind: what.
        position: where it stands in the feed.
        name: the council and its name for the graph.
        number: of the version, or of the receipt.
        thing: the IRI of the version or of the copy.
        previous: the IRI of the version before, or None.
        partner: for what was received, the partner's own number of it, if it was signed.
        verified: for what was received, whether its signature was found to hold.
        added, removed: how many statements changed; None where it is not known.
        introduced, resolved: failures that were not there before, or are not there any more; None
            where there is no report.
    """

    kind: Kind
    position: Position
    name: GraphName
    number: int
    thing: str
    previous: str | None = None
    partner: int | None = None
    verified: bool | None = None
    added: int | None = None
    removed: int | None = None
    introduced: tuple[Failure, ...] | None = None
    resolved: tuple[Failure, ...] | None = None

    @property
    def activity(self) -> str:
        """The IRI of the activity."""
        return BASE + self.position.path

    @property
    def council(self) -> str:
        """The IRI of the council whose graph it is."""
        return AUTHORITY[self.name.authority].value

    def title(self, councils: Mapping[str, str]) -> str:
        """It in one sentence.

        Args:
            councils: the name of each council by its IRI, where it is known.
        """
        who = councils.get(self.council, self.name.authority)
        what = f"the graph “{self.name.name}”"
        if self.kind is Kind.RECEIVED:
            which = f", version {self.partner}," if self.partner else ", unsigned,"
            return f"{what[0].upper()}{what[1:]} of {who}{which} was received."
        if self.kind is Kind.WITHDRAWN:
            return f"{who} withdrew {what}."
        return f"{who} published version {self.number} of {what}."


@dataclass(frozen=True)
class Page:
    """A part of the feed, the earliest first.

    Args:
        since: where it begins; None at the very beginning.
        entries: what happened after that.
        following: where the next part begins, or None where this is the last.
    """

    since: Position | None
    entries: tuple[Entry, ...]
    following: Position | None
