"""Where a partner's graph, its proofs and its keys are.

Owns: the way from the address of a published graph to those beside it. Must not: fetch.

Every one of them is at the address's own host: whoever answers there speaks for the council, and
nobody else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from dutygraph.errors import Problem
from dutygraph.fetching.partners import origin_of
from dutygraph.publishing.names import PARTNERS, GraphName
from dutygraph.triples import NamedNode

__all__ = ["Source", "copy_of", "provenance_of", "source_of"]


def copy_of(name: GraphName) -> str:
    """The IRI of the graph in which a partner's graph is kept."""
    return f"{PARTNERS}{name.authority}/{name.name}"


def provenance_of(name: GraphName) -> str:
    """The IRI of the graph that says where it comes from."""
    return copy_of(name) + "/provenance"


@dataclass(frozen=True)
class Source:
    """A partner's published graph.

    Args:
        name: the council and its own name for the graph.
        base: the address of the partner's service, which ends with a slash.
    """

    name: GraphName
    base: str

    @property
    def address(self) -> str:
        """Where its published version is."""
        return f"{self.base}graphs/{self.name.authority}/{self.name.name}"

    @property
    def proof(self) -> str:
        """Where the proof of the published version is."""
        return self.address + "/proof"

    @property
    def keys(self) -> str:
        """Where the council's keys are."""
        return f"{self.base}keys/{self.name.authority}"

    def version(self, number: int) -> str:
        """Where one version is."""
        return f"{self.address}/versions/{number}"

    def proof_of(self, number: int) -> str:
        """Where the proof of a version is."""
        return self.version(number) + "/proof"


def source_of(address: str, authority: str) -> Source:
    """The graph at an address.

    Args:
        address: such as https://plymouth.gov.uk/dutygraph/graphs/plymouth/structure.
        authority: the last part of the identifier of the council that it should be of.

    Raises:
        Problem: bad-value.
    """
    try:
        parts = urlsplit(address)
        origin_of(parts)
        # It becomes a part of what is said of the copy.
        NamedNode(address)
    except ValueError as error:
        raise Problem("bad-value", f"“{address[:200]}” cannot be used: {error}.") from error
    base, graphs, rest = address.rpartition("/graphs/")
    words = rest.split("/")
    if not graphs or len(words) != 2 or parts.query or parts.fragment:
        raise Problem(
            "bad-value",
            f"“{address[:200]}” is no address of a published graph. Give the one that the partner's "
            "page shows, which ends with /graphs/, the council, a slash and a name.",
        )
    name = GraphName(words[0], words[1])
    if name.authority != authority:
        raise Problem(
            "bad-value",
            f"“{address[:200]}” is a graph of {name.authority}, and not of {authority[:64]}.",
        )
    return Source(name, base + "/")
