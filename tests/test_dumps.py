"""The dataset as a whole: its description, its snapshot and its files."""

from __future__ import annotations

import gzip
import hashlib
import re
from typing import Any

import pytest

from dutygraph.dataset import Dataset
from dutygraph.linked.catalogue import citation
from dutygraph.linked.dumps import Dumps
from dutygraph.linked.knowledge import Knowledge
from dutygraph.linked.library import Library
from dutygraph.settings import Settings
from dutygraph.terms import BASE, DCAT, DCT, DG, RDF, SPDX, VOID
from dutygraph.triples import (
    Graph,
    Literal,
    NamedNode,
    RdfFormat,
    Triple,
    canonical_quads,
    parse_quads,
)
from dutygraph.web.app import create_app
from tests.linked_fixtures import ADDRESS, Page, application, test_client, the_library

FIXTURES = (application, test_client, the_library)
DATASET = NamedNode(BASE + "id/dataset")
CC_BY = NamedNode("https://creativecommons.org/licenses/by/4.0/")
OGL = NamedNode("https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/")


@pytest.fixture(name="described")
def description_of_the_dataset(client: Any) -> Graph:
    """The description of the dataset as a program reads it."""
    body = client.get("/.well-known/void", follow_redirects=True).data
    return Graph(q.triple for q in parse_quads(body, RdfFormat.TURTLE))


def fetched(client: Any, address: str) -> bytes:
    """A file at its public address."""
    assert address.startswith(ADDRESS)
    answer = client.get("/" + address.removeprefix(ADDRESS))
    assert answer.status_code == 200, address
    body: bytes = answer.data
    return body


def test_the_whole_holds_everything(client, library):
    """N-Quads and TriG both hold every statement of the dataset in its graph, and nothing else."""
    expected = canonical_quads(library.known.quads())
    for name, format in (("nq", RdfFormat.N_QUADS), ("trig", RdfFormat.TRIG)):
        data = gzip.decompress(client.get(f"/dumps/dutygraph.{name}.gz").data)
        assert canonical_quads(parse_quads(data, format)) == expected


def test_the_same_contents_are_the_same_bytes(library):
    """Another reading of the files, with other names for blank nodes, makes the same dumps."""
    again = Dumps.of(Knowledge.of(Dataset.load()))
    assert again == library.dumps


def test_other_contents_are_another_version(library):
    """Without one source the version is another, and still that of the rulebook."""
    left_out = Dumps.of(Knowledge.of(Dataset.load(without=[BASE + "id/source/004"])))
    assert left_out.version != library.dumps.version
    edition = library.known.text(NamedNode(BASE + "rulebook"), DG.version)
    for dumps in (left_out, library.dumps):
        assert re.fullmatch(re.escape(edition) + "-[0-9a-f]{12}", dumps.version)


def test_each_graph_is_a_file(client, described, library):
    """Each named graph has a file with its statements, its size, its licence and a title."""
    graphs = set(described.objects(DATASET, VOID.subset))
    assert graphs == set(library.known.graphs())
    for graph in graphs:
        (at,) = described.objects(graph, VOID.dataDump)
        quads = list(parse_quads(fetched(client, at.value), RdfFormat.TURTLE))
        expected = {f.triple for f in library.known.within(graph)}
        assert len(quads) == len(expected) == int(described.text(graph, VOID.triples))
        assert described.text(graph, DCT.title)
        assert CC_BY in described.objects(graph, DCT.license)


def test_the_description_says_what_there_is(described, library):
    """Title, licence, rights, version, day, size, vocabularies and examples."""
    for kind in (VOID.Dataset, DCAT.Dataset):
        assert Triple(DATASET, RDF.type, kind) in described
    assert set(described.objects(DATASET, DCT.license)) == {CC_BY, OGL}
    assert any(
        "Office for National Statistics" in str(r) for r in described.objects(DATASET, DCT.rights)
    )
    assert described.text(DATASET, DCAT.version) == library.dumps.version
    assert described.text(DATASET, DCT.modified) == "2026-11-22"
    assert int(described.text(DATASET, VOID.triples)) == sum(1 for _ in library.known.quads())
    assert described.text(DATASET, VOID.uriSpace) == BASE
    assert NamedNode(DG.base) in described.objects(DATASET, VOID.vocabulary)
    for example in described.objects(DATASET, VOID.exampleResource):
        assert isinstance(example, NamedNode) and library.known.knows(example)


def test_legislation_and_areas_are_under_their_own_licence(described):
    """The graphs of clauses and of the register name the Open Government Licence."""
    names = ("graph/clauses/acts", "graph/clauses/guidance", "register/authorities")
    for name in names:
        assert OGL in described.objects(NamedNode(BASE + "id/" + name), DCT.license)
    assert OGL not in described.objects(NamedNode(BASE + "ontology/governance"), DCT.license)


def test_the_checksums_are_those_of_the_files(client, described, library):
    """DCAT and SHA256SUMS give the checksum of each file that is fetched."""
    nodes = described.objects(DATASET, DCAT.distribution)
    assert len(nodes) == 2
    for node in nodes:
        body = fetched(client, described.text(node, DCAT.downloadURL))
        checksum = described.value(node, SPDX.checksum)
        assert checksum is not None
        assert described.text(checksum, SPDX.checksumValue) == hashlib.sha256(body).hexdigest()
        assert described.text(node, DCAT.byteSize) == str(len(body))
    listed = client.get("/dumps/SHA256SUMS").text.splitlines()
    assert len(listed) == 2 + len(library.known.graphs())
    for line in listed:
        checksum, name = line.split("  ")
        assert hashlib.sha256(client.get(f"/dumps/{name}").data).hexdigest() == checksum


def test_a_version_can_be_cited(client, described, library):
    """The snapshot has a name that leads to it, a citation with that name, and files of its own."""
    version = library.dumps.version
    (snapshot,) = described.objects(DATASET, DCAT.hasCurrentVersion)
    assert snapshot == NamedNode(f"{BASE}id/dataset/{version}")
    citation = described.text(snapshot, DCT.bibliographicCitation)
    for words in ("The DutyGraph authors (2026)", version, snapshot.value, "2026-11-22"):
        assert words in citation
    answer = client.get(f"/id/dataset/{version}")
    assert (answer.status_code, answer.location) == (303, f"/doc/dataset/{version}")
    page = client.get(answer.location)
    assert Page(page.text).tags.count("h1") == 1
    assert citation in page.text.replace("&#39;", "'")
    for node in described.objects(snapshot, DCAT.distribution):
        at = described.text(node, DCAT.downloadURL)
        assert version in at
        assert fetched(client, at) == fetched(client, at.replace(version + "/", ""))


def test_a_version_that_was_cited_stays_when_the_data_change(client, library, tmp_path):
    """What one installation named, the next one still gives: the same bytes, and how to cite them."""
    before = Library(lambda: Dataset.load(without=[BASE + "id/source/004"]), tmp_path)
    old = before.dumps
    assert before.versions == [old.version]
    now = Library(snapshots=tmp_path)
    assert now.versions == [old.version, library.dumps.version]
    assert now.version(old.version) == old
    later = create_app(Settings(), library=now).test_client()
    for file in (old.whole[0], old.graphs[3]):
        assert later.get(f"/dumps/{old.version}/{file.name}").data == file.body
        # A file has one address below its version.
        twice = f"/dumps/{old.version}/{old.version}/{file.name}"
        assert later.get(twice).status_code == 404
    assert old.checksums() == later.get(f"/dumps/{old.version}/SHA256SUMS").text
    at = f"/doc/dataset/{old.version}"
    assert at in later.get("/doc/dataset?format=html").text
    page = later.get(at, headers={"Accept": "text/html"}).text
    assert citation(old) in page.replace("&#39;", "'")
    said = Graph(
        q.triple for q in parse_quads(later.get(f"{at}?format=turtle").data, RdfFormat.TURTLE)
    )
    assert said.subjects(DCAT.isVersionOf, DATASET) == [NamedNode(f"{DATASET.value}/{old.version}")]
    assert said.objects(DATASET, DCAT.hasCurrentVersion) == []
    # Of the other installation nobody had asked anything.
    assert client.get(at).status_code == 404


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("/doc/dataset/0.0.1-abc", "unknown-version"),
        ("/id/dataset/0.0.1-abc", "unknown-version"),
        ("/dumps/0.0.1-abc/dutygraph.nq.gz", "unknown-version"),
        ("/dumps/graphs/nothing.ttl", "not-found"),
        ("/dumps/../app.py", "not-found"),
    ],
)
def test_another_version_is_not_kept_here(path, slug, client):
    """Those who ask for a version that is gone are told so, and which one is here."""
    answer = client.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json["type"].endswith(slug)


def test_a_file_that_has_not_changed_is_not_sent_again(client):
    """An ETag saves a second transfer."""
    first = client.get("/dumps/dutygraph.nq.gz")
    assert (first.mimetype, first.headers.get("Content-Encoding")) == ("application/gzip", None)
    second = client.get("/dumps/dutygraph.nq.gz", headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.data) == (304, b"")
    there = client.get("/dumps/dutygraph.nq.gz", headers={"If-Match": "*"})
    assert (there.status_code, there.data) == (200, first.data)
    other = client.get("/dumps/dutygraph.nq.gz", headers={"If-Match": '"other"'})
    assert (other.status_code, other.content_type) == (412, "application/problem+json")


def test_the_page_of_the_dataset_leads_to_everything(client, library):
    """It names the licence, the version and the citation, and links every graph and file."""
    html = client.get("/doc/dataset").text
    for file in (*library.dumps.whole, *library.dumps.graphs):
        assert f'href="/dumps/{file.name}"' in html
    assert library.dumps.canonical_hash in html
    assert "CC BY 4.0" in html and "Open Government Licence" in html
    assert Literal(library.dumps.version).value in html
