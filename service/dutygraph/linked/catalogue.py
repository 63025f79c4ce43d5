"""The description of the dataset in VoID and DCAT, and how to cite it.

Owns: what is said of the dataset, its snapshot, its files and its graphs. Must not make the files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dutygraph.linked.addresses import document_of
from dutygraph.linked.as_rdf import DATASET, LICENCE
from dutygraph.linked.dumps import Dumps, File
from dutygraph.linked.knowledge import Knowledge
from dutygraph.terms import BASE, DCAT, DCT, DG, FOAF, OWL, RDF, SPDX, VOID, XSD
from dutygraph.triples import Literal, NamedNode, Term, Triple

__all__ = ["OGL", "RIGHTS", "TITLE", "citation", "graph_groups", "snapshot_of", "triples"]

TITLE = "DutyGraph: who does what in English councils' statutory services"
DESCRIPTION = (
    "The duties of English councils in children's, adult and public-health services as rules with "
    "their clauses and dates, a national register of authorities, and what council reports say of "
    "posts, designations, boards, lines and agreements, each fact with its paragraph."
)
OGL = NamedNode("https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/")
RIGHTS = (
    "Our statements, definitions and rules: DutyGraph, licensed under CC BY 4.0.",
    "Words and identifiers of legislation and of statutory guidance: contains public sector "
    "information licensed under the Open Government Licence v3.0. © Crown copyright and database "
    "right.",
    "Codes and names of areas: Source: Office for National Statistics licensed under the Open "
    "Government Licence v.3.0.",
    "Words of council reports that are quoted remain their owners'.",
)
_CREATOR = "The DutyGraph authors"
_FORMATS = "http://www.w3.org/ns/formats/"
_TYPES = "https://www.iana.org/assignments/media-types/"
_SYNTAXES = {"application/n-quads": "N-Quads", "application/trig": "TriG", "text/turtle": "Turtle"}
_EXAMPLES = 5
# What the first part of a graph's path is called, in the order in which the groups are listed.
_GROUPS = {
    "structure": "Structures that reports describe",
    "material": "What else the reports say",
    "source": "The reports and their passages",
    "register": "The register",
    "def": "The ontology",
    "code": "Code lists",
    "rulebook": "The edition of the rulebook",
    "graph": "Rules, clauses, parameters and the rest",
}


def snapshot_of(dumps: Dumps) -> NamedNode:
    """The identifier of this state of the dataset."""
    return NamedNode(f"{DATASET.value}/{dumps.version}")


def citation(dumps: Dumps) -> str:
    """How to cite this state of the dataset, on one line."""
    year, day = (f" ({dumps.date[:4]})", f", {dumps.date}") if dumps.date else ("", "")
    return f"{_CREATOR}{year}. {TITLE}. Version {dumps.version}{day}. {snapshot_of(dumps).value}"


def triples(
    known: Knowledge, dumps: Dumps, address: str, endpoint: str | None = None
) -> list[Triple]:
    """What is said of the dataset in VoID and DCAT.

    Args:
        known: for the titles of the graphs and examples.
        dumps: the files.
        address: the public address of the service, with a slash at its end: files are fetched there.
        endpoint: the path of the SPARQL endpoint below it, or None.
    """
    return list(dict.fromkeys(_statements(known, dumps, address, endpoint)))


def _statements(
    known: Knowledge, dumps: Dumps, address: str, endpoint: str | None
) -> Iterator[Triple]:
    snapshot = snapshot_of(dumps)
    document = NamedNode(BASE + document_of(DATASET.value).removeprefix("/"))
    yield from _of(document, [(RDF.type, FOAF.Document), (RDF.type, VOID.DatasetDescription)])
    yield from _of(document, [(FOAF.primaryTopic, DATASET), (DCT.license, LICENCE)])
    yield from _described(DATASET, dumps)
    yield Triple(DATASET, DCT.hasVersion, snapshot)
    yield Triple(DATASET, DCAT.hasCurrentVersion, snapshot)
    yield from version_triples(dumps, address)
    yield from _access(known, dumps, address, endpoint)
    for file in dumps.whole:
        yield from _distribution(DATASET, file, address)
    for file in dumps.graphs:
        yield from _subset(known, file, address)


def version_triples(dumps: Dumps, address: str) -> list[Triple]:
    """What is said of one version by itself; see `triples`."""
    version = snapshot_of(dumps)
    said = list(_described(version, dumps))
    said.append(Triple(version, DCAT.isVersionOf, DATASET))
    said.append(Triple(version, DCT.isVersionOf, DATASET))
    said.append(Triple(version, DCT.bibliographicCitation, Literal(citation(dumps))))
    for file in dumps.whole:
        said += _distribution(version, file, f"{address}dumps/{dumps.version}/", "")
    return said


def _described(dataset: NamedNode, dumps: Dumps) -> Iterator[Triple]:
    yield from _of(dataset, [(RDF.type, VOID.Dataset), (RDF.type, DCAT.Dataset)])
    yield from _of(dataset, _common(dumps))


def _common(dumps: Dumps) -> list[tuple[NamedNode, Term]]:
    """What is true of the dataset and of its snapshot alike."""
    day = [Literal(dumps.date, datatype=XSD.date)] if dumps.date else []
    numbers = {
        VOID.triples: dumps.triples,
        VOID.distinctSubjects: dumps.subjects,
        VOID.properties: dumps.properties,
        VOID.classes: dumps.classes,
    }
    return [
        (DCT.title, Literal(TITLE, language="en")),
        (DCT.description, Literal(DESCRIPTION, language="en")),
        (DCT.creator, Literal(_CREATOR)),
        (DCT.publisher, Literal(_CREATOR)),
        (DCT.license, LICENCE),
        (DCT.license, OGL),
        *((DCT.rights, Literal(words, language="en")) for words in RIGHTS),
        *((DCT.modified, d) for d in day),
        (DCAT.version, Literal(dumps.version)),
        (OWL.versionInfo, Literal(dumps.version)),
        *((p, Literal(n)) for p, n in numbers.items()),
    ]


def _access(known: Knowledge, dumps: Dumps, address: str, endpoint: str | None) -> Iterator[Triple]:
    yield Triple(DATASET, VOID.uriSpace, Literal(BASE))
    yield Triple(DATASET, FOAF.homepage, NamedNode(address))
    yield Triple(DATASET, VOID.rootResource, NamedNode(DG.base))
    if endpoint:
        yield Triple(DATASET, VOID.sparqlEndpoint, NamedNode(address + endpoint))
    for syntax in ("Turtle", "JSON-LD", "N-Triples", "RDF_XML"):
        yield Triple(DATASET, VOID.feature, NamedNode(_FORMATS + syntax))
    spaces = {s for s in known.prefixes.values() if not s.startswith(BASE)} | {DG.base}
    for space in sorted(spaces):
        yield Triple(DATASET, VOID.vocabulary, NamedNode(space))
    authorities = [f.subject for f in known.pointing_at(DG.Authority) if f.predicate == RDF.type]
    structures = [f.subject for f in known.pointing_at(DG.Structure) if f.predicate == RDF.type]
    for example in (*authorities[:_EXAMPLES], *structures[:_EXAMPLES]):
        if isinstance(example, NamedNode):
            yield Triple(DATASET, VOID.exampleResource, example)


def _distribution(
    dataset: NamedNode, file: File, address: str, folder: str = "dumps/"
) -> Iterator[Triple]:
    at = NamedNode(address + folder + file.name)
    part = f"{dataset.value}#{file.name.replace('/', '-')}"
    node, check = NamedNode(part), NamedNode(part + "-sha256")
    yield Triple(dataset, VOID.dataDump, at)
    yield Triple(dataset, DCAT.distribution, node)
    yield from _of(
        node,
        [
            (RDF.type, DCAT.Distribution),
            (DCT.title, Literal(f"{_SYNTAXES[file.media_type]}, {file.name}", language="en")),
            (DCAT.downloadURL, at),
            (DCAT.mediaType, NamedNode(_TYPES + file.media_type)),
            (DCAT.byteSize, Literal(str(len(file.body)), datatype=XSD.nonNegativeInteger)),
            (DCT.license, LICENCE),
            (SPDX.checksum, check),
        ],
    )
    if file.compressed:
        yield Triple(node, DCAT.compressFormat, NamedNode(_TYPES + "application/gzip"))
    yield from _of(
        check,
        [
            (RDF.type, SPDX.Checksum),
            (SPDX.algorithm, SPDX.checksumAlgorithm_sha256),
            (SPDX.checksumValue, Literal(file.checksum, datatype=XSD.hexBinary)),
        ],
    )


def _subset(known: Knowledge, file: File, address: str) -> Iterator[Triple]:
    assert file.graph is not None
    yield Triple(DATASET, VOID.subset, file.graph)
    yield from _of(
        file.graph,
        [
            (RDF.type, VOID.Dataset),
            (DCT.title, Literal(known.label(file.graph), language="en")),
            (VOID.triples, Literal(file.triples)),
            (VOID.dataDump, NamedNode(f"{address}dumps/{file.name}")),
            (DCT.license, LICENCE),
        ],
    )
    if _is_public_sector(known, file.graph):
        yield Triple(file.graph, DCT.license, OGL)


def _is_public_sector(known: Knowledge, graph: NamedNode) -> bool:
    """Whether a graph holds clauses of legislation and guidance, or the register of areas."""
    own = {DG.Clause, DG.Register}
    return any(f.value in own for f in known.within(graph) if f.predicate == RDF.type)


def _of(thing: NamedNode, said: list[tuple[NamedNode, Term]]) -> Iterator[Triple]:
    return (Triple(thing, predicate, value) for predicate, value in said)


def graph_groups(known: Knowledge, dumps: Dumps) -> list[dict[str, Any]]:
    """The graphs for a page: groups with a `title` and `rows` of label, address, file and size."""
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in _GROUPS}
    for file in dumps.graphs:
        assert file.graph is not None
        at = document_of(file.graph.value)
        kind = at.removeprefix("/doc/").partition("/")[0]
        groups[kind if kind in groups else "graph"].append(
            {
                "label": known.label(file.graph),
                "href": at,
                "file": f"/dumps/{file.name}",
                "triples": file.triples,
                "checksum": file.checksum,
            }
        )
    return [
        {"id": f"graphs-{name}", "title": title, "rows": groups[name]}
        for name, title in _GROUPS.items()
        if groups[name]
    ]
