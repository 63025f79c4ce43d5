"""Source document 004, Coventry's report of 24 January 2017: what its description says and where it says so.

Reads the two files with rdflib alone, as a researcher would; one test sends them through the service's door.
The report itself is not in the repository, so that quotations are checked for length only.
"""

from __future__ import annotations

import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from dutygraph.rooms import room
from dutygraph.rulebook import Rulebook

FOLDER = room("data") / "documents" / "004"
DESCRIPTION = FOLDER / "coventry-2017-01-24.ttl"
SOURCE = FOLDER / "source.ttl"

BASE = "https://w3id.org/dutygraph/"
DG = Namespace(BASE + "def/")
CODE = Namespace(BASE + "code/")
DCT = Namespace("http://purl.org/dc/terms/")
DOCUMENT = URIRef(BASE + "id/source/004")
PARAGRAPH = Namespace(BASE + "id/source/004/")
FACT = Namespace(BASE + "id/structure/coventry-2017-01-24/")
POST = Namespace(BASE + "id/post/coventry-")
PREFIXES = f"""
PREFIX auth: <{BASE}id/authority/>
PREFIX body: <{BASE}id/body/>
PREFIX code: <{CODE}>
PREFIX dct:  <{DCT}>
PREFIX dg:   <{DG}>
PREFIX f:    <{FACT}>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX org:  <http://www.w3.org/ns/org#>
PREFIX per:  <{BASE}id/person/>
PREFIX post: <{BASE}id/post/>
PREFIX s:    <{PARAGRAPH}>
"""


@pytest.fixture(scope="module")
def description() -> Graph:
    """What the report says."""
    return Graph().parse(DESCRIPTION, format="turtle")


@pytest.fixture(scope="module")
def source() -> Graph:
    """The report and its paragraphs."""
    return Graph().parse(SOURCE, format="turtle")


@pytest.fixture(scope="module")
def dated(description: Graph, rulebook: Rulebook) -> set[Node]:
    """The nodes of the description that belong to a dated class of the ontology."""
    classes = {URIRef(str(c.value)) for c in rulebook.schema.relations | rulebook.schema.events}
    return {s for s, _, o in description.triples((None, RDF.type, None)) if o in classes}


def rows(graph: Graph, query: str) -> set[tuple[str, ...]]:
    """The answers of a SELECT, each value as text."""
    found = graph.query(PREFIXES + query)
    return {tuple(str(value) for value in row) for row in found if isinstance(row, tuple)}


def column(graph: Graph, query: str) -> list[str]:
    """The answers of a SELECT with one variable, sorted."""
    return sorted(row[0] for row in rows(graph, query))


def test_nothing_is_declared_complete(description: Graph) -> None:
    """The report says of no list that it is all there is."""
    assert not set(description.subjects(RDF.type, DG.CompletenessStatement))


def test_only_dates_that_the_report_prints(description: Graph) -> None:
    """The dates are those of the report and no others."""
    found = {
        str(date)
        for predicate in (DG["from"], DG.to, DG.on, DG.knownBy)
        for date in description.objects(None, predicate)
    }
    months = {"2013-09", "2015-10", "2016-03", "2016-10", "2017-01"}
    assert found == months | {"2017-01-11", "2017-01-12", "2017-01-14", "2017-01-24"}


# --- what a researcher asks ---------------------------------------------------------------------


def test_the_structure(description: Graph, source: Graph) -> None:
    """One existing structure of Coventry, on the day of the report."""
    assert rows(
        description,
        "SELECT ?status ?authority ?day WHERE { ?s a dg:Structure ; dg:status ?status ;"
        " dg:describes ?authority ; dg:assessmentDay ?day }",
    ) == {(str(CODE.existing), BASE + "id/authority/coventry", "2017-01-24")}
    assert str(source.value(DOCUMENT, DCT.date)) == "2017-01-24"
    assert source.value(DOCUMENT, DCT.publisher) == URIRef(BASE + "id/authority/coventry")


@pytest.mark.parametrize(
    ("paragraph", "line"),
    [
        ("cover", 2),
        ("1.1.5", 77),
        ("1.2.3", 85),
        ("1.2.4", 86),
        ("a1-1.1.1", 192),
        ("a1-2.2.1", 202),
        ("a1-2.2.4", 209),
        ("a1-3.3.4", 227),
        ("a1-3.4", 229),
    ],
)
def test_lines(source: Graph, paragraph: str, line: int) -> None:
    """Paragraphs stand where they do in the plain-text copy."""
    found = source.value(PARAGRAPH[paragraph], DG.line)
    assert isinstance(found, Literal) and found.toPython() == line


def test_reviews(description: Graph) -> None:
    """The assurance was reviewed in September 2013, October 2015, March 2016 and January 2017."""
    assert column(description, "SELECT ?on WHERE { ?r a dg:AssuranceReview ; dg:on ?on }") == [
        "2013-09",
        "2015-10",
        "2016-03",
        "2017-01",
    ]
    assert rows(description, "SELECT ?r ?s WHERE { ?r dg:reviews ?s }") == {
        (str(FACT["review-2017"]), str(FACT).rstrip("/"))
    }


def test_changes(description: Graph) -> None:
    """The arrangements changed in September 2013, October 2015, October 2016 and January 2017."""
    assert column(description, "SELECT ?on WHERE { ?c a dg:StructuralChange ; dg:on ?on }") == [
        "2013-09",
        "2015-10",
        "2016-10",
        "2017-01",
    ]


@pytest.mark.parametrize(
    ("office", "post", "holder"),
    [
        ("director-of-childrens-services", "executive-director-people", "Gail Quinton"),
        ("director-of-adult-social-services", "executive-director-people", "Gail Quinton"),
        ("lead-member-for-childrens-services", "cabinet-member-children", "Councillor Ruane"),
    ],
)
def test_who_holds_each_office(description: Graph, office: str, post: str, holder: str) -> None:
    """Each statutory office is carried by one post with one holder, through designation and appointment."""
    query = f"""SELECT DISTINCT ?post ?name WHERE {{
        ?d a dg:Designation ; dg:office code:{office} ; dg:designatedPost ?post ;
            dg:designatedBy auth:coventry .
        ?a a dg:Appointment ; dg:appointedTo ?post ; dg:appointee/foaf:name ?name }}"""
    assert rows(description, query) == {(str(POST) + post, holder)}


def test_only_three_offices_are_designated(description: Graph) -> None:
    """No director of public health, monitoring, finance or head of paid service officer is designated."""
    offices = column(description, "SELECT DISTINCT ?o WHERE { ?d a dg:Designation ; dg:office ?o }")
    assert [o.removeprefix(str(CODE)) for o in offices] == [
        "director-of-adult-social-services",
        "director-of-childrens-services",
        "lead-member-for-childrens-services",
    ]


def test_john_gregg_is_not_the_statutory_director(description: Graph) -> None:
    """'Director Children Services' is a second-tier title, under the post that is designated."""
    held = column(
        description,
        "SELECT ?post WHERE { ?a dg:appointee per:coventry-john-gregg ; dg:appointedTo ?post }",
    )
    assert held == [str(POST) + "director-children"]
    query = "ASK { ?d a dg:Designation ; dg:designatedPost post:coventry-director-children }"
    assert not description.query(PREFIXES + query).askAnswer
    query = """ASK { ?line a dg:ReportingLine ; dg:subordinate post:coventry-director-children ;
        dg:superior ?above . ?d dg:designatedPost ?above ; dg:office code:director-of-childrens-services }"""
    assert description.query(PREFIXES + query).askAnswer


def test_reporting_lines(description: Graph) -> None:
    """Four directors report to the Executive Director, People, who reports to the Chief Executive."""
    lines = rows(
        description,
        "SELECT ?below ?above WHERE { ?l a dg:ReportingLine ; dg:subordinate ?below ; dg:superior ?above }",
    )
    directors = ("public-health", "adults", "children", "education")
    edp = str(POST) + "executive-director-people"
    assert lines == {(f"{POST}director-{d}", edp) for d in directors} | {
        (edp, str(POST) + "chief-executive")
    }


def test_to_whom_the_strategic_leads_report(description: Graph) -> None:
    """The report leaves it open between the statutory director and the second-tier one."""
    leads = [f"{POST}strategic-lead-{n}" for n in (1, 2, 3)]
    about = column(description, "SELECT ?lead WHERE { f:conflict-strategic-leads dg:about ?lead }")
    assert about == leads
    query = "SELECT ?post WHERE { f:conflict-strategic-leads dg:candidate ?post }"
    assert column(description, query) == [
        f"{POST}director-children",
        f"{POST}executive-director-people",
    ]
    assert not [p for p in leads if list(description.subjects(DG.subordinate, URIRef(p)))]


def test_the_size_of_the_cabinet(description: Graph) -> None:
    """A leader, a deputy leader and up to eight others make at most ten."""
    assert rows(
        description,
        """SELECT ?most ?form WHERE {
            ?limit dg:limitedBody ?cabinet ; dg:maximumMembers ?most . ?cabinet dg:bodyKind code:executive .
            ?e dg:establishedBody ?cabinet ; dg:establishedBy ?authority .
            ?g dg:adoptedBy ?authority ; dg:governanceForm ?form }""",
    ) == {("10", str(CODE["leader-and-cabinet-executive"]))}
    members = column(
        description,
        "SELECT ?title WHERE { ?m org:organization body:coventry-cabinet ; org:member/dg:title ?title }",
    )
    assert members == [
        "Cabinet Member (Children and Young People)",
        "Cabinet Member for Adult Services",
        "Cabinet Member for Education and Skills",
        "Cabinet Member for Policy and Leadership",
        "Deputy Leader",
        "Leader",
    ]


def test_the_education_standards_board(description: Graph) -> None:
    """The Cabinet Member for Education and Skills chairs it; its minutes are available to the lead member."""
    assert rows(
        description,
        """SELECT ?chair ?reader WHERE {
            ?board dg:title "Education Standards Board" .
            ?m org:organization ?board ; dg:capacity code:chair ; org:member/dg:title ?chair .
            ?minutes dg:minutesOf ?board ; dg:availableTo ?post .
            ?d dg:office ?reader ; dg:designatedPost ?post }""",
    ) == {
        (
            "Cabinet Member for Education and Skills",
            str(CODE["lead-member-for-childrens-services"]),
        )
    }


def test_the_forums_of_the_executive_director(description: Graph) -> None:
    """The Executive Director, People attends six boards and forums, of which no more is said."""
    attended = rows(
        description,
        """SELECT ?title ?capacity WHERE { ?m org:member post:coventry-executive-director-people ;
            org:organization/dg:title ?title ; dg:capacity ?capacity }""",
    )
    assert attended == {
        (title, str(CODE.attendee))
        for title in (
            "Adult Commissioning Board",
            "Children Commissioning Board",
            "Coventry Safeguarding Children Board",
            "Headteacher Forums",
            "Health and Wellbeing Board",
            "Local Safeguarding Board for Adults",
        )
    }


def test_the_lead_member_observes_the_safeguarding_board(description: Graph) -> None:
    """The lead member is a participant observer of the board, not a member of it."""
    assert column(
        description,
        """SELECT ?capacity WHERE {
            ?d dg:office code:lead-member-for-childrens-services ; dg:designatedPost ?post .
            ?m org:member ?post ; dg:capacity ?capacity ;
               org:organization/dg:bodyKind code:local-safeguarding-children-board }""",
    ) == [str(CODE["participating-observer"])]


def test_the_author(description: Graph) -> None:
    """Julie Newman, Legal Services Manager People, of the directorate Resources, wrote the report."""
    assert rows(
        description,
        """SELECT ?name ?title ?directorate WHERE {
            ?c a dg:Contribution ; dg:contributionRole code:author ; dg:contributor ?person .
            ?person foaf:name ?name . ?a dg:appointee ?person ; dg:appointedTo ?post . ?post dg:title ?title .
            ?p dg:postedPost ?post ; dg:postedTo/dg:title ?directorate }""",
    ) == {("Julie Newman", "Legal Services Manager People", "Resources")}


def test_the_stated_negatives(description: Graph) -> None:
    """Scrutiny, other committees and Council are each said not to consider it."""
    denied = column(description, "SELECT ?d WHERE { ?n a dg:StatedNegative ; dg:denies ?d }")
    assert [d.removeprefix(str(CODE)) for d in denied] == [
        "background-papers",
        "committee-consideration",
        "council-consideration",
        "environmental-implications",
        "financial-implications",
        "key-decision",
        "scrutiny-consideration",
    ]


def test_a_decision_is_asked_for_and_none_is_stated(description: Graph) -> None:
    """Cabinet is asked to approve the assurance; whether it did is not in the report."""
    assert column(description, "SELECT ?m WHERE { ?r a dg:DecisionRequest ; dg:requests ?m }") == [
        str(CODE["assurance-approval"])
    ]
    assert not set(description.subjects(RDF.type, DG.Decision))


def test_elements_that_the_report_speaks_to(description: Graph) -> None:
    """Its words speak to elements 1, 2, 3 and 6; of 4 it promises, of 5 it says nothing."""
    covered = column(
        description, "SELECT DISTINCT ?e WHERE { ?c a dg:ElementCoverage ; dg:element ?e }"
    )
    assert [e[-1] for e in covered] == ["1", "2", "3", "6"]


def test_who_was_consulted(description: Graph) -> None:
    """The directorate's management team and the three cabinet members, on a day that is not printed."""
    consulted = column(
        description, "SELECT ?title WHERE { f:consultation dg:consulted/dg:title ?title }"
    )
    assert consulted == [
        "Cabinet Member (Children and Young People)",
        "Cabinet Member for Adult Services",
        "Cabinet Member for Education and Skills",
        "Senior Management team for the People Directorate",
    ]
    assert description.value(FACT.consultation, DG.on) is None


def test_enactments_that_the_report_names(source: Graph) -> None:
    """Section 18 of the Children Act 2004 is named at lines 116 and 192; section 19 is not."""
    section = "http://www.legislation.gov.uk/id/ukpga/2004/31/section/"
    query = f"SELECT ?line WHERE {{ ?p dct:references <{section}18> ; dg:line ?line }}"
    assert column(source, query) == ["116", "192"]
    assert (None, DCT.references, URIRef(section + "19")) not in source
