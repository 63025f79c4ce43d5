"""The national register of authorities: its counts, codes, periods, successors and names.

Reads the Turtle files alone; it does not test how the service uses them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, SKOS, Graph, Namespace, URIRef
from rdflib.term import Node

ROOT = Path(__file__).resolve().parent.parent
DG = Namespace("https://w3id.org/dutygraph/def/")
CODE = Namespace("https://w3id.org/dutygraph/code/")
AUTHORITY = "https://w3id.org/dutygraph/id/authority/"
GSS = "https://w3id.org/dutygraph/id/gss/"
AREA = "http://statistics.data.gov.uk/id/statistical-geography/"

# Children Act 2004, section 65: of all kinds, only a two-tier district is none for the Act.
CHILDRENS_SERVICES_KINDS = {
    "county-council",
    "unitary-authority",
    "metropolitan-district",
    "london-borough",
    "common-council",
    "isles-of-scilly-council",
}
PREFIX_OF_KIND = {
    "county-council": "E10",
    "unitary-authority": "E06",
    "isles-of-scilly-council": "E06",
    "metropolitan-district": "E08",
    "london-borough": "E09",
    "common-council": "E09",
}
BEGINNING = date(2009, 4, 1)
"""The first day that the register covers."""
COMPILED = date(2026, 11, 22)
"""The day as at which the register was compiled."""


@dataclass(frozen=True)
class Period:
    """Half-open days [start, end); None is open on that side."""

    start: date | None
    end: date | None

    def holds(self, day: date) -> bool:
        """Whether a day lies in the period."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Code:
    """A GSS code with the area that it names and its period."""

    notation: str
    node: Node
    area: URIRef
    valid: Period


@dataclass(frozen=True)
class Authority:
    """One entry of the register."""

    slug: str
    name: str
    kind: str
    region: str
    education_code: str | None
    exists: Period
    successors: tuple[str, ...]
    codes: tuple[Code, ...]


Register = dict[str, Authority]


def _read(*parts: str) -> Graph:
    return Graph().parse(data=ROOT.joinpath(*parts).read_bytes(), format="turtle")


def _only(graph: Graph, subject: Node, prop: URIRef) -> Any:
    """The single value of `prop`, None if it has none; more than one is an error."""
    values = list(graph.objects(subject, prop))
    assert len(values) <= 1, f"{subject} has {len(values)} values of {prop}"
    return values[0] if values else None


def _day(graph: Graph, subject: Node, prop: URIRef) -> date | None:
    literal = _only(graph, subject, prop)
    if literal is None:
        return None
    day = literal.toPython()
    assert type(day) is date, f"{subject} {prop} is not a date: {literal.n3()}"
    return day


def _period(graph: Graph, subject: Node, start: URIRef, end: URIRef) -> Period:
    return Period(_day(graph, subject, start), _day(graph, subject, end))


def _text(graph: Graph, subject: Node, prop: URIRef) -> str:
    """The single value as text, empty if there is none."""
    value = _only(graph, subject, prop)
    return "" if value is None else str(value)


def _code(graph: Graph, node: Node) -> Code:
    return Code(
        notation=_text(graph, node, DG.notation),
        node=node,
        area=_only(graph, node, DG.statisticalGeography),
        valid=_period(graph, node, DG.validFrom, DG.validTo),
    )


def _authority(graph: Graph, node: Node) -> Authority:
    return Authority(
        slug=str(node).removeprefix(AUTHORITY),
        name=_text(graph, node, DG.name),
        kind=_text(graph, node, DG.kind).removeprefix(str(CODE)),
        region=_text(graph, node, DG.inRegion).removeprefix(str(CODE)),
        education_code=_text(graph, node, DG.localAuthorityCode) or None,
        exists=_period(graph, node, DG.existsFrom, DG.existsTo),
        successors=tuple(
            sorted(str(s).removeprefix(AUTHORITY) for s in graph.objects(node, DG.succeededBy))
        ),
        codes=tuple(
            _code(graph, code) for code in sorted(graph.objects(node, DG.gssCode), key=str)
        ),
    )


@pytest.fixture(scope="module")
def graph() -> Graph:
    """The register as a graph."""
    return _read("data", "authorities.ttl")


@pytest.fixture(scope="module")
def register(graph: Graph) -> Register:
    """The entries by slug."""
    authorities = [_authority(graph, node) for node in graph.subjects(RDF.type, DG.Authority)]
    return {authority.slug: authority for authority in authorities}


def _on(register: Register, day: date) -> list[Authority]:
    """The children's services authorities that existed on `day`."""
    return [
        a for a in register.values() if a.kind in CHILDRENS_SERVICES_KINDS and a.exists.holds(day)
    ]


def test_entries(register: Register) -> None:
    """The register holds 161 authorities."""
    assert len(register) == 161


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2013, 1, 1), 152),
        (date(2015, 1, 1), 152),
        (date(2017, 1, 24), 152),
        (date(2019, 3, 31), 152),
        (date(2019, 4, 1), 151),
        (date(2020, 3, 31), 151),
        (date(2020, 4, 1), 151),
        (date(2021, 3, 31), 151),
        (date(2021, 4, 1), 152),
        (date(2023, 3, 31), 152),
        (date(2023, 4, 1), 153),
        (COMPILED, 153),
    ],
    ids=str,
)
def test_number_of_childrens_services_authorities(
    register: Register, day: date, count: int
) -> None:
    """The count is the published one, on the day before each reorganisation and on the day itself."""
    assert len(_on(register, day)) == count


@pytest.mark.parametrize(
    ("day", "counties", "unitaries"),
    [
        (date(2017, 1, 24), 27, 55),
        (date(2019, 4, 1), 26, 55),
        (date(2020, 4, 1), 25, 56),
        (date(2021, 4, 1), 24, 58),
        (date(2023, 4, 1), 21, 62),
    ],
    ids=str,
)
def test_number_of_each_kind(register: Register, day: date, counties: int, unitaries: int) -> None:
    """Counties give way to unitary authorities while the other kinds keep their number."""
    assert Counter(a.kind for a in _on(register, day)) == {
        "county-council": counties,
        "unitary-authority": unitaries,
        "metropolitan-district": 36,
        "london-borough": 32,
        "common-council": 1,
        "isles-of-scilly-council": 1,
    }


@pytest.mark.parametrize(
    ("file", "scheme", "prop", "unused"),
    [
        (
            "authority-kinds.ttl",
            CODE["authority-kind"],
            DG.kind,
            {CODE["non-metropolitan-district"]},
        ),
        ("regions.ttl", CODE.region, DG.inRegion, set()),
    ],
    ids=["kinds", "regions"],
)
def test_code_lists(
    graph: Graph, file: str, scheme: URIRef, prop: URIRef, unused: set[URIRef]
) -> None:
    """The register uses every concept of its code lists, save two-tier districts, and no other."""
    codes = _read("ontology", "codes", file)
    concepts = set(codes.subjects(RDF.type, SKOS.Concept))
    assert (
        concepts
        == set(codes.subjects(SKOS.inScheme, scheme))
        == set(codes.subjects(SKOS.topConceptOf, scheme))
    )
    assert set(graph.objects(None, prop)) == concepts - unused


@pytest.mark.parametrize("file", ["authority-kinds.ttl", "regions.ttl"])
def test_code_list_definitions(file: str) -> None:
    """A concept or scheme has one label and one English definition, a sentence without the label."""
    codes = _read("ontology", "codes", file)
    nodes = [*codes.subjects(RDF.type, SKOS.Concept), *codes.subjects(RDF.type, SKOS.ConceptScheme)]
    assert nodes
    for node in nodes:
        label, definition = _only(codes, node, SKOS.prefLabel), _only(codes, node, SKOS.definition)
        assert label.language == definition.language == "en", node
        assert label.casefold() not in definition.casefold(), node
        assert definition.endswith("."), node
        assert ". " not in definition, node
        assert " must " not in definition, node


def test_gss_codes_are_well_formed(register: Register) -> None:
    """A GSS code has its kind's prefix and six digits, and its node and area are named after it."""
    for authority in register.values():
        assert authority.codes, authority.slug
        for code in authority.codes:
            assert re.fullmatch(PREFIX_OF_KIND[authority.kind] + r"\d{6}", code.notation), code
            assert str(code.node) == GSS + code.notation
            assert str(code.area) == AREA + code.notation


def test_gss_codes_belong_to_one_authority(graph: Graph, register: Register) -> None:
    """No GSS code is shared by two authorities, and none is left without one."""
    holders = Counter(code.node for authority in register.values() for code in authority.codes)
    assert [code for code, count in holders.items() if count > 1] == []
    assert set(holders) == set(graph.subjects(RDF.type, DG.GssCode))


def test_one_gss_code_at_a_time(register: Register) -> None:
    """Around every change an authority has one code while it exists and none while it does not."""
    changes = {
        day
        for authority in register.values()
        for period in (authority.exists, *(code.valid for code in authority.codes))
        for day in (period.start, period.end)
        if day is not None
    }
    days = {BEGINNING, COMPILED, *changes, *(day - timedelta(days=1) for day in changes)}
    for authority in register.values():
        for day in days:
            valid = [code.notation for code in authority.codes if code.valid.holds(day)]
            assert len(valid) == authority.exists.holds(day), (authority.slug, day, valid)


@pytest.mark.parametrize(
    ("slug", "before", "after", "change"),
    [
        ("northumberland", "E06000048", "E06000057", date(2013, 4, 1)),
        ("gateshead", "E08000020", "E08000037", date(2013, 4, 1)),
        ("barnsley", "E08000016", "E08000038", date(2025, 4, 1)),
        ("sheffield", "E08000019", "E08000039", date(2025, 4, 1)),
    ],
)
def test_recoded_authorities(
    register: Register, slug: str, before: str, after: str, change: date
) -> None:
    """A recoded area leaves one authority, with one code until the change and another from it."""
    authority = register[slug]
    assert authority.exists == Period(None, None)
    assert authority.successors == ()
    days = change - timedelta(days=1), change
    assert [[c.notation for c in authority.codes if c.valid.holds(day)] for day in days] == [
        [before],
        [after],
    ]


def test_periods_run_forwards(register: Register) -> None:
    """An authority or code that has two dates begins before it ends."""
    for authority in register.values():
        for period in (authority.exists, *(code.valid for code in authority.codes)):
            if period.start is not None and period.end is not None:
                assert period.start < period.end, authority.slug


def test_successors_follow_on(register: Register) -> None:
    """An authority has successors exactly if it has ended, and each begins on the day of the end."""
    for authority in register.values():
        assert bool(authority.successors) == (authority.exists.end is not None), authority.slug
        for successor in authority.successors:
            assert register[successor].exists.start == authority.exists.end, (
                authority.slug,
                successor,
            )


def test_new_authorities_have_predecessors(register: Register) -> None:
    """An authority with a first day is the successor of one that ended."""
    successors = {slug for authority in register.values() for slug in authority.successors}
    assert successors == {a.slug for a in register.values() if a.exists.start is not None}


@pytest.mark.parametrize(
    ("slug", "successors"),
    [
        ("bournemouth", ("bournemouth-christchurch-and-poole",)),
        ("poole", ("bournemouth-christchurch-and-poole",)),
        ("dorset-county-council", ("bournemouth-christchurch-and-poole", "dorset")),
        ("buckinghamshire-county-council", ("buckinghamshire",)),
        ("northamptonshire", ("north-northamptonshire", "west-northamptonshire")),
        ("cumbria", ("cumberland", "westmorland-and-furness")),
        ("north-yorkshire-county-council", ("north-yorkshire",)),
        ("somerset-county-council", ("somerset",)),
    ],
)
def test_reorganisations(register: Register, slug: str, successors: tuple[str, ...]) -> None:
    """Each authority that ended names all of those that took over its area."""
    assert register[slug].successors == successors


def test_no_other_reorganisations(register: Register) -> None:
    """Eight authorities have ended since the register begins."""
    assert sum(a.exists.end is not None for a in register.values()) == 8


@pytest.mark.parametrize(
    ("slug", "code"),
    [
        ("torbay", "E06000027"),
        ("plymouth", "E06000026"),
        ("devon", "E10000008"),
        ("hampshire", "E10000014"),
        ("isle-of-wight", "E06000046"),
        ("cornwall", "E06000052"),
        ("darlington", "E06000005"),
        ("hartlepool", "E06000001"),
        ("redcar-and-cleveland", "E06000003"),
        ("middlesbrough", "E06000002"),
        ("stockton-on-tees", "E06000004"),
        ("westminster", "E09000033"),
        ("kensington-and-chelsea", "E09000020"),
        ("hammersmith-and-fulham", "E09000013"),
        ("richmond-upon-thames", "E09000027"),
        ("kingston-upon-thames", "E09000021"),
        ("coventry", "E08000026"),
        ("doncaster", "E08000017"),
        ("slough", "E06000039"),
        ("worcestershire", "E10000034"),
    ],
)
def test_codes_of_the_described_authorities(register: Register, slug: str, code: str) -> None:
    """An authority that a source document describes has its verified code, and has had no other."""
    assert [c.notation for c in register[slug].codes] == [code]


def test_names_are_unique(register: Register) -> None:
    """No two authorities have the same name."""
    names = Counter(authority.name for authority in register.values())
    assert [name for name, count in names.items() if count > 1] == []


def test_slugs_are_made_from_names(register: Register) -> None:
    """The last part of an authority's IRI is its name in lower case with hyphens."""
    for authority in register.values():
        assert authority.slug == re.sub(r"[^a-z]+", "-", authority.name.lower()).strip("-")


def test_only_the_named_in_full_share_a_name_with_a_unitary(register: Register) -> None:
    """A county council is named in full exactly if a unitary authority of the same name followed it."""
    in_full = {slug for slug in register if slug.endswith("-county-council")}
    shared = {
        slug + "-county-council" for slug, a in register.items() if a.kind == "unitary-authority"
    } & in_full
    assert in_full == shared
    for slug in in_full:
        assert register[slug].kind == "county-council"
        assert slug.removesuffix("-county-council") in register[slug].successors


def test_blocks_are_sorted(register: Register) -> None:
    """The file lists each authority once, in the order of the slugs."""
    text = ROOT.joinpath("data", "authorities.ttl").read_text(encoding="utf-8")
    blocks = re.findall(r"^auth:(\S+)$", text, flags=re.MULTILINE)
    assert blocks == sorted(register)


def test_education_codes(register: Register) -> None:
    """The department's codes have three digits, and only an authority and its successor share one."""
    holders: dict[str, set[str]] = {}
    for authority in register.values():
        if authority.education_code is not None:
            assert re.fullmatch(r"\d{3}", authority.education_code), authority.slug
            holders.setdefault(authority.education_code, set()).add(authority.slug)
    shared = [slugs for slugs in holders.values() if len(slugs) > 1]
    for slugs in shared:
        former = [slug for slug in slugs if set(register[slug].successors) & slugs]
        assert (len(slugs), len(former)) == (2, 1), slugs
    assert len(shared) == 3
