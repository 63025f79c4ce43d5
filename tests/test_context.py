"""The JSON-LD context knows every term that a description can use."""

from __future__ import annotations

import json

import pytest

from dutygraph.pipeline import Options, Pipeline
from dutygraph.rooms import room
from dutygraph.terms import CONTEXT_IRI, DG, OWL
from dutygraph.triples import Graph, local_name

# The rest of the ontology speaks of rules, which a description cannot.
SILENT = {"rulebook.ttl", "alignments.ttl", "entailments.ttl"}
FOREIGN = ("postIn", "member", "organization")


@pytest.fixture(scope="module")
def context() -> dict[str, object]:
    """Our context."""
    text = (room("ontology") / "context.jsonld").read_text(encoding="utf-8")
    return dict(json.loads(text)["@context"])


def test_every_object_property_leads_to_a_thing(context: dict[str, object]) -> None:
    """A plain string after an object property is read as an identifier, not as text."""
    graph = Graph.from_files(
        str(path) for path in room("ontology").glob("*.ttl") if path.name not in SILENT
    )
    ours = {local_name(p) for p in graph.instances(OWL.ObjectProperty) if p in DG}
    missing = {n for n in (*ours, *FOREIGN) if not _leads_to_a_thing(context.get(n))}
    assert not missing


def test_a_misspelt_key_does_not_vanish(context: dict[str, object]) -> None:
    """Every other key falls into our namespace, where the typo detector finds it."""
    assert context["@vocab"] == DG.base


def test_a_description_in_json_reads_like_one_in_turtle() -> None:
    """The same description in JSON-LD and in Turtle gives the same report."""
    pipeline = Pipeline.load()
    document = {
        "@context": CONTEXT_IRI,
        "@graph": [
            {
                "id": "https://w3id.org/dutygraph/id/example/structure",
                "type": "Structure",
                "status": "code:existing",
                "describes": "auth:coventry",
                "assessmentDay": "2017-01-24",
            },
            {
                "id": "https://w3id.org/dutygraph/id/example/director",
                "type": "Post",
                "postIn": "auth:coventry",
                "title": "Director of People",
            },
            {
                "id": "https://w3id.org/dutygraph/id/example/designation",
                "type": "Designation",
                "office": "code:director-of-childrens-services",
                "designatedPost": "https://w3id.org/dutygraph/id/example/director",
                "designatedBy": "auth:coventry",
                "from": {"@value": "2015-04", "@type": "xsd:gYearMonth"},
                "source": "https://w3id.org/dutygraph/id/source/900/1",
            },
        ],
    }
    turtle = """
        @prefix auth: <https://w3id.org/dutygraph/id/authority/> .
        @prefix code: <https://w3id.org/dutygraph/code/> .
        @prefix dct: <http://purl.org/dc/terms/> .
        @prefix dg: <https://w3id.org/dutygraph/def/> .
        @prefix org: <http://www.w3.org/ns/org#> .
        @prefix x: <https://w3id.org/dutygraph/id/example/> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        x:structure a dg:Structure ; dg:status code:existing ; dg:describes auth:coventry ;
            dg:assessmentDay "2017-01-24"^^xsd:date .
        x:director a org:Post ; org:postIn auth:coventry ; dg:title "Director of People" .
        x:designation a dg:Designation ; dg:office code:director-of-childrens-services ;
            dg:designatedPost x:director ; dg:designatedBy auth:coventry ;
            dg:from "2015-04"^^xsd:gYearMonth ;
            dct:source <https://w3id.org/dutygraph/id/source/900/1> .
    """
    from_json = pipeline.report(json.dumps(document).encode(), "application/ld+json", Options())
    assert from_json == pipeline.report(turtle.encode(), "text/turtle", Options())


def _leads_to_a_thing(definition: object) -> bool:
    return isinstance(definition, dict) and definition.get("@type") == "@id"
