"""The whole dataset as files, with a version that names its contents.

Owns: which files there are, their bytes and checksums, and the version. Must not describe them in
RDF or on a page.

The version is that of the rulebook with the first digits of the SHA-256 of the canonical N-Quads:
the same contents have the same version wherever they are served, and other contents another.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from itertools import groupby

from dutygraph.linked.addresses import document_of
from dutygraph.linked.knowledge import Knowledge
from dutygraph.terms import DG
from dutygraph.triples import (
    Literal,
    NamedNode,
    RdfFormat,
    Term,
    Triple,
    canonical_quads,
    serialize,
    serialize_quads,
)

__all__ = ["Dumps", "File"]

_DIGITS = 12
_ISO_DAY = 10


@dataclass(frozen=True)
class File:
    """A file that can be fetched.

    Args:
        name: its path below `/dumps/`.
        media_type: what it holds.
        body: its bytes.
        triples: how many statements it holds.
        compressed: whether the bytes are gzip.
        graph: the one graph that it holds, or None for all.
    """

    name: str
    media_type: str
    body: bytes
    triples: int
    compressed: bool = False
    graph: NamedNode | None = None

    @property
    def checksum(self) -> str:
        """The SHA-256 of its bytes, in hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Dumps:
    """The files of one state of the dataset.

    Args:
        version: which state it is.
        date: the latest day that anything in it was changed or looked at, as YYYY-MM-DD.
        canonical_hash: the SHA-256 of the canonical N-Quads, before compression.
        triples, subjects, properties, classes: how many there are.
        whole: the dataset in each syntax for datasets.
        graphs: a file for each named graph.
    """

    version: str
    date: str
    canonical_hash: str
    triples: int
    subjects: int
    properties: int
    classes: int
    whole: tuple[File, ...]
    graphs: tuple[File, ...]

    @classmethod
    def of(cls, known: Knowledge) -> Dumps:
        """Write everything that is known.

        Args:
            known: the statements. Two runs over the same give the same bytes.
        """
        quads = canonical_quads(known.quads())
        nquads = serialize_quads(quads, RdfFormat.N_QUADS, {})
        found = hashlib.sha256(nquads).hexdigest()
        by_graph = sorted(quads, key=lambda q: (str(q.graph_name), str(q)))
        trig = serialize_quads(by_graph, RdfFormat.TRIG, known.prefixes)
        count = len(quads)
        return cls(
            f"{_edition(known)}-{found[:_DIGITS]}",
            _latest_day(known),
            found,
            count,
            len({q.subject for q in quads}),
            len({q.predicate for q in quads}),
            len({q.object for q in quads if q.predicate.value.endswith("#type")}),
            (
                File("dutygraph.nq.gz", "application/n-quads", _gzipped(nquads), count, True),
                File("dutygraph.trig.gz", "application/trig", _gzipped(trig), count, True),
            ),
            tuple(
                _graph_file(known, graph, [q.triple for q in group])
                for graph, group in groupby(by_graph, key=lambda q: q.graph_name)
                if isinstance(graph, NamedNode)
            ),
        )

    def file(self, name: str) -> File | None:
        """The file of a name, or None."""
        return next((f for f in (*self.whole, *self.graphs) if f.name == name), None)

    def checksums(self) -> str:
        """The checksums of all files, as `sha256sum --check` reads them."""
        return "".join(f"{f.checksum}  {f.name}\n" for f in (*self.whole, *self.graphs))


def _graph_file(known: Knowledge, graph: NamedNode, triples: list[Triple]) -> File:
    name = document_of(graph.value).removeprefix("/doc/").rstrip("/")
    body = serialize(triples, RdfFormat.TURTLE, known.prefixes)
    return File(f"graphs/{name}.ttl", "text/turtle", body, len(triples), graph=graph)


def _gzipped(data: bytes) -> bytes:
    # Without a time in its head, so that the same contents are the same file.
    return gzip.compress(data, mtime=0)


def _edition(known: Knowledge) -> str:
    editions: list[Term] = [f.subject for f in known.pointing_at(DG.Rulebook)]
    return next((v for e in editions if (v := known.text(e, DG.version))), "0")


def _latest_day(known: Knowledge) -> str:
    """The latest day on which the law was looked at or the register changed."""
    found = [
        str(f.value.value)
        for kind in (DG.Rulebook, DG.Register)
        for edition in known.pointing_at(kind)
        for f in known.about(edition.subject)
        if isinstance(f.value, Literal) and f.value.datatype.value.endswith("#date")
    ]
    return max((d for d in found if len(d) == _ISO_DAY), default="")
