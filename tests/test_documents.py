"""Every source document: the form of its descriptions and of its paragraphs, whatever they say.

Reads the files with rdflib alone, as a researcher would; one test sends each through the service's door.
The reports themselves are not in the repository, so that quotations are checked for length only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from rdflib import RDF, RDFS, SH, SKOS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from dutygraph.engines import Engine, make_engine
from dutygraph.pipeline import Pipeline
from dutygraph.rooms import room
from tests.examples import the_rulebook

FOLDER = room("data") / "documents"
QUALITY = room("shapes") / "data-quality"
BASE = "https://w3id.org/dutygraph/"
DG = Namespace(BASE + "def/")
DCT = Namespace("http://purl.org/dc/terms/")
QB = Namespace("http://purl.org/linked-data/cube#")
ORG = Namespace("http://www.w3.org/ns/org#")
# What a description must introduce before it points to it.
DESCRIBED_SPACES = tuple(
    BASE + f"id/{space}/"
    for space in ("post", "person", "body", "directorate", "plan", "organisation")
)
# Lines and words of the plain-text copy that was read.
SIZES = {
    "000": (236, 3335),
    "001": (88, 3640),
    "002": (85, 2215),
    "003": (1250, 22237),
    "004": (232, 3377),
}


@cache
def _graph(path: Path) -> Graph:
    return Graph().parse(path, format="turtle")


def _holds_structure(path: Path) -> bool:
    return (None, RDF.type, DG.Structure) in _graph(path)


@dataclass(frozen=True)
class Document:
    """One source document: its structures, and the material that belongs to none of them."""

    name: str
    source: Path
    structures: tuple[Path, ...]
    materials: tuple[Path, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """Everything that is taken from the document."""
        return (*self.structures, *self.materials)


def _document(folder: Path) -> Document:
    files = [p for p in sorted(folder.glob("*.ttl")) if p.name != "source.ttl"]
    return Document(
        folder.name,
        folder / "source.ttl",
        tuple(p for p in files if _holds_structure(p)),
        tuple(p for p in files if not _holds_structure(p)),
    )


def _cases(kind: str) -> pytest.MarkDecorator:
    """A parameter for each file of one kind: structures, materials or files."""
    found = [(d, p) for d in DOCUMENTS for p in getattr(d, kind)]
    ids = [f"{d.name}/{p.stem}" for d, p in found]
    return pytest.mark.parametrize(("document", "path"), found, ids=ids)


DOCUMENTS = [_document(folder) for folder in sorted(FOLDER.iterdir()) if folder.is_dir()]
by_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
by_structure = _cases("structures")
by_material = _cases("materials")
by_file = _cases("files")


def _dated(graph: Graph) -> set[Node]:
    """The nodes that belong to a dated class of the ontology."""
    schema = the_rulebook().schema
    classes = {URIRef(str(c.value)) for c in schema.relations | schema.events}
    return {s for s, _, o in graph.triples((None, RDF.type, None)) if o in classes}


def test_every_document_has_a_known_size() -> None:
    """Each document is one of those whose size is known, and each has a structure."""
    assert {d.name for d in DOCUMENTS} == set(SIZES)
    assert all(d.structures for d in DOCUMENTS)


# --- structures ---------------------------------------------------------------------------------------


@by_structure
def test_the_service_admits_the_structure(document: Document, path: Path) -> None:
    """Every term, code and rule is known; the structure is named after its file and has status and day."""
    (read,) = Pipeline.load().read(path.read_bytes(), "text/turtle")
    assert read.structure.value == f"{BASE}id/structure/{path.stem}"
    assert read.status and read.day and read.authorities
    (source,) = _graph(path).objects(
        URIRef(read.structure.value), URIRef("http://www.w3.org/ns/prov#wasDerivedFrom")
    )
    assert str(source) == BASE + "id/source/" + document.name


# --- structures and material alike --------------------------------------------------------------------


@by_file
def test_every_fact_has_a_paragraph_that_is_declared(document: Document, path: Path) -> None:
    """Each node of a dated class names its paragraphs, and source.ttl declares them."""
    graph = _graph(path)
    paragraphs = set(_graph(document.source).subjects(RDF.type, DG.Paragraph))
    dated = _dated(graph)
    assert dated or not _holds_structure(path)
    for node in dated:
        assert not isinstance(node, BNode), "a fact without a name of its own"
        cited = set(graph.objects(node, DCT.source))
        assert cited, node
        assert cited <= paragraphs, (node, cited - paragraphs)


@by_file
def test_quotations_on_facts_are_short(document: Document, path: Path) -> None:
    """A fact quotes at most forty words."""
    assert all(len(str(q).split()) <= 40 for q in _graph(path).objects(None, DG.quotation))


@by_structure
def test_everything_pointed_at_is_described(document: Document, path: Path) -> None:
    """Each post, person, body, directorate, plan and fact that a fact names is introduced with a class."""
    graph = _graph(path)
    own = f"{BASE}id/structure/{path.stem}/"
    typed = set(graph.subjects(RDF.type, None))
    for subject, predicate, thing in graph:
        if isinstance(thing, URIRef) and str(thing).startswith((*DESCRIBED_SPACES, own)):
            assert thing in typed, (subject, predicate, thing)


@by_file
def test_everything_described_has_a_title_or_a_label(document: Document, path: Path) -> None:
    """Each post and body has a printed title or says that it has none."""
    graph = _graph(path)
    for cls in (ORG.Post, DG.MemberOffice, DG.Body, DG.Directorate, DG.Plan):
        for thing in graph.subjects(RDF.type, cls):
            assert (thing, DG.title, None) in graph or (thing, RDFS.label, None) in graph, thing


@by_file
def test_every_conflict_gives_at_least_two_readings(document: Document, path: Path) -> None:
    """A conflict says what it is about, where it stands and what it can be taken to say."""
    graph = _graph(path)
    for conflict in graph.subjects(RDF.type, DG.Conflict):
        assert len(set(graph.objects(conflict, DG.reading))) >= 2, conflict
        assert set(graph.objects(conflict, DG.about)), conflict
        assert set(graph.objects(conflict, DCT.source)), conflict


@by_file
def test_claims_point_to_the_rule_that_their_note_names(document: Document, path: Path) -> None:
    """A claim whose note names an entry of the rulebook also points to it, and the other way round."""
    graph = _graph(path)
    known = {e.id for e in the_rulebook().entries}
    for claim in graph.subjects(RDF.type, DG.Claim):
        notes = " ".join(str(n) for n in graph.objects(claim, DG.note))
        named = {word.strip(".,;'\"()") for word in notes.split()} & known
        pointed = {str(r).rsplit("/", 1)[-1] for r in graph.objects(claim, DG.claims)}
        assert named <= pointed, f"{claim}: add dg:claims with the rule that its note names"
        assert pointed <= known, claim


# --- material -----------------------------------------------------------------------------------------


def _homes(document: Document, path: Path) -> tuple[str, str]:
    """Where the nodes of a file of material live, and those of its document's structures."""
    return f"{BASE}id/material/{document.name}/{path.stem}/", f"{BASE}id/structure/"


@by_material
def test_material_names_its_nodes_after_its_file(document: Document, path: Path) -> None:
    """A node of material is named after its document and file; else it is a post, person, body or option."""
    own, structures = _homes(document, path)
    graph = _graph(path)
    for node in set(graph.subjects()):
        if isinstance(node, BNode):
            # A component of a data cube is only ever a part of its structure definition.
            assert all(str(p).startswith(str(QB)) for p in graph.predicates(node)), node
        else:
            assert str(node).startswith((own, structures, *DESCRIBED_SPACES)), node


@by_material
def test_every_node_of_material_has_a_paragraph(document: Document, path: Path) -> None:
    """Whatever material says, dated or not, names a paragraph that source.ttl declares."""
    graph = _graph(path)
    paragraphs = set(_graph(document.source).subjects(RDF.type, DG.Paragraph))
    for node in set(graph.subjects()):
        if str(node).startswith(_homes(document, path)[0]):
            cited = set(graph.objects(node, DCT.source))
            assert cited and cited <= paragraphs, node


@by_material
def test_everything_that_material_points_at_is_described(document: Document, path: Path) -> None:
    """What material names is introduced in one of the document's files, where it belongs."""
    everything = Graph()
    for file in document.files:
        everything += _graph(file)
    typed = set(everything.subjects(RDF.type, None))
    own = (*DESCRIBED_SPACES, f"{BASE}id/material/", f"{BASE}id/structure/")
    for subject, predicate, thing in _graph(path):
        if isinstance(thing, URIRef) and str(thing).startswith(own):
            assert thing in typed, (subject, predicate, thing)


@by_material
def test_material_keeps_to_the_shapes_of_its_kind(document: Document, path: Path) -> None:
    """Totals add up within the rounding of the source, and scores, figures and risks are whole."""
    data = _graph(path).serialize(format="nt").encode()
    assert not _quality_engine().validate(data)


@cache
def _quality_engine() -> Engine:
    shapes = Graph()
    for file in sorted(QUALITY.glob("*.ttl")):
        shapes.parse(file, format="turtle")
    return make_engine("reference", shapes.serialize(format="nt").encode())


# One small graph for each shape of quality, which it alone refuses.
OPTION = 'm:a a dg:Option ; dg:title "A" ; dg:belongsTo m:x . '
SCORE = (
    OPTION + 'm:c a dg:Criterion . m:s a dg:Score ; dg:about m:a ; dg:scoredFor m:c ; dg:symbol "-"'
)
SET = (
    "m:d a qb:DataSet ; dg:rounding 1 ; qb:structure m:t ."
    " m:t qb:component [ qb:measure dg:currentCost ] . "
)
ROW = "a qb:Observation ; qb:dataSet m:d ; dg:forStructure m:z ; dg:serviceGroup"
FIGURE = 'm:f a dg:Figure ; dg:about m:a ; dg:figureKind m:k ; dg:unit m:u ; dg:numberAsPrinted "1"'
REFUSED = {
    "option-title": "m:a a dg:Option .",
    "factor-criterion": "m:f a dg:Factor .",
    "score-option": SCORE.replace(" ; dg:about m:a", "") + " .",
    "score-criterion": SCORE.replace("m:c a dg:Criterion . ", "") + " .",
    "score-symbol": SCORE.replace(' ; dg:symbol "-"', "") + " .",
    "score-level-symbol": SCORE + ' ; dg:scoreLevel m:l . m:l dg:symbol "+" .',
    "matrix-complete": SCORE
    + ' . m:b a dg:Option ; dg:title "B" ; dg:belongsTo m:x .'
    + ' m:e a dg:Criterion . m:r a dg:Score ; dg:about m:b ; dg:scoredFor m:e ; dg:symbol "-" .'
    + ' m:q a dg:Score ; dg:about m:b ; dg:scoredFor m:c ; dg:symbol "-" .',
    "matrix-single": SCORE
    + ' . m:r a dg:Score ; dg:about m:a ; dg:scoredFor m:c ; dg:symbol "-" .',
    "statement-about": 'm:s a dg:Assessment ; dg:gist "good" .',
    "statement-content": "m:s a dg:Assessment ; dg:about m:a .",
    "swot-kind": 'm:s a dg:SwotStatement ; dg:about m:a ; dg:gist "good" .',
    "recommendation-content": "m:r a dg:Recommendation .",
    "risk-title": "m:r a dg:Risk .",
    "commitment-kind": "m:c a dg:Commitment ; dg:party m:p .",
    "commitment-party": "m:c a dg:Commitment ; dg:commitmentKind m:k .",
    "milestone-title": "m:m a dg:Milestone .",
    "figure-kind": FIGURE.replace(" ; dg:figureKind m:k", "") + " ; dg:number 1.0 .",
    "figure-about": FIGURE.replace(" ; dg:about m:a", "") + " ; dg:number 1.0 .",
    "figure-unit": FIGURE.replace(" ; dg:unit m:u", "") + " ; dg:number 1.0 .",
    "figure-as-printed": FIGURE.replace(' ; dg:numberAsPrinted "1"', "") + " ; dg:number 1.0 .",
    "figure-number": FIGURE + " .",
    "observation-whole": SET + f"m:o {ROW} m:g .",
    "observation-single": SET
    + f"m:o {ROW} m:g ; dg:currentCost 1.0 . m:p {ROW} m:g ; dg:currentCost 1.0 .",
    "total-of-groups": SET
    + f"m:o {ROW} m:g ; dg:currentCost 5.0 . m:h skos:broader m:g . m:p {ROW} m:h ; dg:currentCost 3.0 .",
    "total-of-authorities": SET
    + f"m:o {ROW} m:g ; dg:currentCost 5.0 ."
    + " m:p dg:serviceGroup m:g ; dg:inAuthority m:i ; dg:currentCost 3.0 .",
    "cost-and-its-sources": SET
    + f"m:o {ROW} m:g ; dg:currentCost 5.0 ; dg:currentGeneralFundCost 2.0 ; dg:currentGrantCost 1.0 .",
    "change-in-posts": SET
    + f"m:o {ROW} m:g ; dg:currentCost 5.0 ;"
    + " dg:currentPosts 2.0 ; dg:proposedPosts 3.0 ; dg:changeInPosts 2.0 .",
    "saving": SET
    + f"m:o {ROW} m:g ; dg:currentCost 5.0 ; dg:lowestProposedCost 2.0 ; dg:highestSaving -5.0 .",
    "saving-after-grants": SET
    + f"m:o {ROW} m:g ; dg:currentCost 9.0 ; dg:grantShare 50.0 ;"
    + " dg:lowestSaving -8.0 ; dg:lowestSavingAfterGrants -8.0 .",
}


def test_every_shape_of_quality_is_proved_able_to_fail() -> None:
    """The table of refused graphs names each shape that says why it refuses something."""
    shapes = Graph()
    for file in sorted(QUALITY.glob("*.ttl")):
        shapes.parse(file, format="turtle")
    named = {str(s).rsplit("/", 1)[-1] for s in shapes.subjects(SH.message, None)}
    assert named == set(REFUSED)


@pytest.mark.parametrize("shape", sorted(REFUSED))
def test_a_shape_of_quality_refuses_what_is_amiss(shape: str) -> None:
    """Each shape finds its own fault, and no other shape takes it for one."""
    graph = Graph()
    for prefix, space in (("dg", DG), ("qb", QB), ("skos", SKOS), ("m", BASE + "id/material/x/")):
        graph.bind(prefix, space)
    head = "".join(f"@prefix {p}: <{n}> .\n" for p, n in graph.namespaces())
    graph.parse(data=head + REFUSED[shape], format="turtle")
    found = _quality_engine().validate(graph.serialize(format="nt").encode())
    assert {r.shape.rsplit("/", 1)[-1].strip(">") for r in found} == {shape}


# --- sources ------------------------------------------------------------------------------------------


@by_document
def test_every_paragraph_cited_is_declared_and_used(document: Document) -> None:
    """A paragraph that is cited is declared; one that is declared is cited or names an enactment."""
    source = _graph(document.source)
    declared = set(source.subjects(RDF.type, DG.Paragraph))
    home = f"{BASE}id/source/{document.name}/"
    cited = {
        o
        for path in (*document.files, document.source)
        for o in _graph(path).objects(None, DCT.source)
        if str(o).startswith(home)
    }
    assert cited <= declared
    assert {p for p in declared - cited if not list(source.objects(p, DCT.references))} == set()


@by_document
def test_every_paragraph_has_its_place_line_and_a_short_quotation(document: Document) -> None:
    """A paragraph is part of its report, has one place, one line and at most forty words of it."""
    source = _graph(document.source)
    places, lines = [], []
    for paragraph in source.subjects(RDF.type, DG.Paragraph):
        assert [str(d) for d in source.objects(paragraph, DG.partOf)] == [
            f"{BASE}id/source/{document.name}"
        ]
        (place,) = source.objects(paragraph, DG.place)
        (line,) = source.objects(paragraph, DG.line)
        (quotation,) = source.objects(paragraph, DG.quotation)
        assert isinstance(line, Literal) and 1 <= line.toPython() <= SIZES[document.name][0]
        assert 2 <= len(str(quotation).split()) <= 40, paragraph
        places.append(str(place))
        lines.append(line.toPython())
    assert len(set(places)) == len(places)
    assert len(set(lines)) == len(lines)


@by_document
def test_the_report_is_not_republished(document: Document) -> None:
    """All quotations of paragraphs together are less than a third of the report's words."""
    quoted = sum(len(str(q).split()) for q in _graph(document.source).objects(None, DG.quotation))
    assert quoted < SIZES[document.name][1] / 3


@by_document
def test_no_address_number_or_mailbox_of_a_person(document: Document) -> None:
    """People appear in their role: no telephone number and no e-mail address is kept."""
    for path in (document.source, *document.files):
        text = path.read_text(encoding="utf-8")
        assert "@torbay" not in text and ".gov.uk>" not in text.replace("legislation.gov.uk", "")
