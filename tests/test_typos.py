"""Every name in a namespace of ours, wherever it stands in the rooms, is defined.

An engine passes over a term that it does not know: a misspelt target class passes everything.
"""

from __future__ import annotations

import pytest

from dutygraph.checking import Source, read_rooms, typos
from dutygraph.parsing import parse

PREFIXES = """@prefix code:  <https://w3id.org/dutygraph/code/> .
@prefix dg:    <https://w3id.org/dutygraph/def/> .
@prefix param: <https://w3id.org/dutygraph/parameter/> .
@prefix rule:  <https://w3id.org/dutygraph/rule/> .
@prefix sh:    <http://www.w3.org/ns/shacl#> .
@prefix x:     <https://w3id.org/dutygraph/id/example/> .
"""


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    """Every file of the rooms."""
    found, unreadable = read_rooms()
    assert not unreadable
    return found


def _source(name: str, turtle: str) -> Source:
    text = PREFIXES + turtle
    return Source(name, text, parse(text.encode(), "text/turtle", contexts={}))


def test_every_name_of_ours_is_defined(sources: list[Source]) -> None:
    """No file of the ontology, the shapes, their examples or the data holds a misspelt name."""
    assert not [str(f) for f in typos(sources)]


def test_every_room_is_looked_at(sources: list[Source]) -> None:
    """Ontology, code lists, shapes, house style, examples, parameters and documents are all read."""
    folders = {s.name.rsplit("/", 1)[0] for s in sources}
    assert {
        "ontology",
        "ontology/codes",
        "shapes",
        "shapes/house-style",
        "shapes/examples/ca2004-s18-dcs-appointed",
        "data",
        "data/parameters",
        "data/documents/004",
    } <= folders


@pytest.mark.parametrize(
    ("turtle", "name", "nearest"),
    [
        ("x:a a dg:Desgination .", "dg:Desgination", "dg:Designation"),
        ("x:a dg:designatdBy x:b .", "dg:designatdBy", "dg:designatedBy"),
        ("dg:Structur dg:note 'a subject' .", "dg:Structur", "dg:Structure"),
        (
            "x:a dg:office code:director-of-childrens-service .",
            "code:director-of-childrens-service",
            "code:",
        ),
        (
            "x:a sh:targetClass dg:ChildrensServiceAuthority .",
            "dg:ChildrensServiceAuthority",
            "dg:",
        ),
        ("x:a dg:claims rule:ca2004-s18-dcs-apointed .", "rule:ca2004-s18-dcs-apointed", "rule:"),
        (
            "x:a dg:part rule:ca2004-s18-dcs-appointed-holdr .",
            "rule:ca2004-s18-dcs-appointed-holdr",
            "rule:",
        ),
        ("x:a dg:uses param:statutory-chief-ofices .", "param:statutory-chief-ofices", "param:"),
        ('x:a dg:pattern "?x dg:desgnation ?y" .', "dg:desgnation", "dg:designation"),
        (
            'x:a sh:select "?x dg:office code:monitoring-oficer" .',
            "code:monitoring-oficer",
            "code:",
        ),
        ('x:a dg:howToSay "[] a dg:Agrement ." .', "dg:Agrement", "dg:Agreement"),
        ('x:a dg:pattern "param:nothing-near-it-xyzzy dg:value ?n" .', "param:nothing", ""),
        ('x:a dg:pattern "<https://w3id.org/dutygraph/def/Bodi> ?p ?o" .', "dg:Bodi", "dg:Body"),
    ],
)
@pytest.mark.parametrize(
    "place", ["shapes/spoilt.ttl", "shapes/examples/x/spoilt.ttl", "data/documents/900/spoilt.ttl"]
)
def test_a_misspelt_name_is_seen(
    sources: list[Source], place: str, turtle: str, name: str, nearest: str
) -> None:
    """A name that nothing defines is a finding wherever it stands, with its line and the nearest name."""
    found = typos([*sources, _source(place, turtle)])
    assert len(found) == 1
    assert (found[0].file, found[0].place) == (place, f"line {PREFIXES.count(chr(10)) + 1}")
    assert found[0].message.startswith(name)
    assert (
        f"The nearest is {nearest}" in found[0].message
        if nearest
        else "None is near" in str(found[0])
    )


@pytest.mark.parametrize("suffix", [".rq", ".jsonld", ".md"])
def test_a_misspelt_name_in_another_kind_of_file_is_seen(
    sources: list[Source], suffix: str
) -> None:
    """Queries, the JSON-LD context and what a room's README shows are looked at too."""
    text = "ASK { ?x a dg:Desgination ; dg:office <https://w3id.org/dutygraph/code/dcs> }"
    found = typos([*sources, Source(f"data/queries/spoilt{suffix}", text)])
    assert [f.message.split(" is not")[0] for f in found] == ["code:dcs", "dg:Desgination"]


@pytest.mark.parametrize(
    "turtle",
    [
        "x:a a dg:Designation ; dg:office code:monitoring-officer .",
        "x:anything x:goes x:here .",
        'x:a dg:pattern "?x dg:office|dg:tenure ?y . ?z dg:designatedBy/dg:kind code:unitary-authority" .',
        "<https://w3id.org/dutygraph/id/authority/nowhere> dg:note 'not a closed namespace' .",
        "x:a <http://www.w3.org/2000/01/rdf-schema#isDefinedBy> dg: .",
        'x:a dg:note "see sub-rule:1, xdg:nothing and http://other.example/dg:nothing" .',
    ],
)
def test_what_is_spelt_right_is_no_finding(sources: list[Source], turtle: str) -> None:
    """Defined names, names in namespaces that are open and words that look like names are left alone."""
    assert not typos([*sources, _source("data/documents/900/sound.ttl", turtle)])


def test_a_description_defines_nothing(sources: list[Source]) -> None:
    """A document or an example that gives a type to a misspelt name does not make it a real one."""
    turtle = "dg:Desgination a dg:Structure . x:a a dg:Desgination ."
    assert typos([*sources, _source("data/documents/900/spoilt.ttl", turtle)])
