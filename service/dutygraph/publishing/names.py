"""Which graph is which: the names of everything that is kept for one graph of a council.

Owns: these names, and whom each graph is for. What is for everybody is listed here and nowhere
else, so that a name that nobody foresaw is for nobody. Must not: read or write a graph.

| graph, after `graphs/{authority}/{name}` | what it holds | whom it is for |
| --- | --- | --- |
| | the published version | all |
| `/versions/{n}` | a published version, for good | all |
| `/versions/{n}/report` | the report made when it was written | all |
| `/history` | who published what, when and from what | all |
| `/own` | the published version with the holders whom the public does not see, if any | the council |
| `/own/held-back` | those statements alone | the council |
| `/own/versions/{n}`, `/own/versions/{n}/report` | the same of a version | the council |
| `/draft`, `/draft/about`, `/draft/report` | the draft, how it was made, its report | the council |
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass

from dutygraph.errors import Problem
from dutygraph.terms import AUTHORITY, BASE
from dutygraph.triples import NamedNode

__all__ = [
    "GRAPHS",
    "HELD_BACK",
    "PROOF",
    "GraphKind",
    "GraphName",
    "in_union",
    "is_reserved",
    "kind_of",
    "readable",
]

GRAPHS = BASE + "graphs/"
_PARTNERS = BASE + "partners/"
_KEYS = BASE + "keys/"
_WORD = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_LONGEST = 64
_PAIR = rf"(?P<authority>{_WORD})/(?P<name>{_WORD})"
HELD_BACK = "/own/held-back"
"""How the name of the graph ends that holds what the public does not see of another."""


PROOF = "/proof"
"""How the name of the graph ends that holds the proof of another."""


class GraphKind(enum.Enum):
    """What a graph is, by its name; `value` is the pattern of that name."""

    PUBLISHED = rf"{re.escape(GRAPHS)}{_PAIR}"
    HISTORY = rf"{re.escape(GRAPHS)}{_PAIR}/history"
    VERSION = rf"{re.escape(GRAPHS)}{_PAIR}/versions/[1-9]\d*"
    REPORT = rf"{re.escape(GRAPHS)}{_PAIR}/versions/[1-9]\d*/report"
    PROOF = rf"{re.escape(GRAPHS)}{_PAIR}(?:/versions/[1-9]\d*)?/proof"
    PARTNER = rf"{re.escape(_PARTNERS)}{_PAIR}"
    KEYS = rf"{re.escape(_KEYS)}(?P<authority>{_WORD})"
    OWN = rf"{re.escape(GRAPHS)}{_PAIR}/own"
    HELD_BACK = rf"{re.escape(GRAPHS)}{_PAIR}/own/held-back"
    OF_OWN_VERSION = rf"{re.escape(GRAPHS)}{_PAIR}/own/versions/[1-9]\d*(?:/report)?"
    DRAFT = rf"{re.escape(GRAPHS)}{_PAIR}/draft"
    OF_DRAFT = rf"{re.escape(GRAPHS)}{_PAIR}/draft/(?:about|report)"


# What is for everybody. Whatever is not here is for its council, or for nobody.
_FOR_ALL = frozenset(
    (
        GraphKind.PUBLISHED,
        GraphKind.HISTORY,
        GraphKind.VERSION,
        GraphKind.REPORT,
        GraphKind.PROOF,
        GraphKind.PARTNER,
        GraphKind.KEYS,
    )
)


@dataclass(frozen=True, order=True)
class GraphName:
    """A graph of a council.

    Args:
        authority: the last part of the council's identifier.
        name: the council's own name for it.

    Raises:
        Problem: bad-value.
    """

    authority: str
    name: str

    def __post_init__(self) -> None:
        """Refuse what is no name."""
        for word in (self.authority, self.name):
            if len(word) > _LONGEST or not re.fullmatch(_WORD, word):
                raise Problem(
                    "bad-value",
                    f"“{word[:_LONGEST]}” cannot be a part of the name of a graph. Use lower-case "
                    f"letters, digits and single hyphens, at most {_LONGEST} of them.",
                )

    @property
    def council(self) -> NamedNode:
        """The council that writes it."""
        return AUTHORITY[self.authority]

    @property
    def published(self) -> str:
        """What everybody reads."""
        return f"{GRAPHS}{self.authority}/{self.name}"

    @property
    def history(self) -> str:
        """Who published what, when and from what."""
        return self.published + "/history"

    @property
    def draft(self) -> str:
        """The draft."""
        return self.published + "/draft"

    @property
    def about_draft(self) -> str:
        """When and from what the draft was made."""
        return self.draft + "/about"

    @property
    def report_of_draft(self) -> str:
        """What the draft was found to be."""
        return self.draft + "/report"

    @property
    def own(self) -> str:
        """The published version as its council sees it; only there where the public's differs."""
        return self.published + "/own"

    @property
    def held_back(self) -> str:
        """What the council sees and the public does not."""
        return self.published + HELD_BACK

    def version(self, number: int, own: bool = False) -> str:
        """A published version, as everybody or as its council sees it."""
        return f"{self.own if own else self.published}/versions/{number}"

    def report(self, number: int, own: bool = False) -> str:
        """The report of a version, on what everybody or on what its council sees."""
        return self.version(number, own) + "/report"


def kind_of(graph: str) -> GraphKind | None:
    """What a graph is, or None: it is none of a council, of a partner, or of keys."""
    return next((kind for kind in GraphKind if re.fullmatch(kind.value, graph)), None)


def in_union(graph: str) -> bool:
    """Whether a graph is a part of the default graph of everybody's queries: what is said now."""
    return kind_of(graph) in (GraphKind.PUBLISHED, GraphKind.PARTNER)


def is_reserved(iri: str) -> bool:
    """Whether only the service itself may say something about a thing with this name."""
    return iri.startswith((GRAPHS, _PARTNERS, _KEYS)) or iri == BASE + "feed"


def readable(graphs: Iterable[str], reader: str | None) -> set[str]:
    """Those of some graphs that a reader may see.

    Args:
        graphs: any names; what is no graph of a council, a partner's or a key is for nobody.
        reader: the last part of a council's identifier, or None for the public.
    """
    found = set()
    for graph in graphs:
        kind = kind_of(graph)
        if kind is None:
            continue
        whose = re.fullmatch(kind.value, graph)
        if kind in _FOR_ALL or (whose and reader is not None and whose["authority"] == reader):
            found.add(graph)
    return found
