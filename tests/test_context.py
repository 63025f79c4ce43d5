"""The JSON-LD context knows every term that a description can use."""

from __future__ import annotations

import json

import pytest

from dutygraph import context_file
from dutygraph.pipeline import Options, Pipeline
from dutygraph.terms import CONTEXT_IRI, DG


@pytest.fixture(scope="module")
def context() -> dict[str, object]:
    """Our context."""
    return context_file.current()


def test_the_context_knows_every_property_of_the_ontology(context: dict[str, object]) -> None:
    """A plain string after an object property is an identifier; `make context` keeps the file in step."""
    assert context == context_file.renewed()


@pytest.mark.parametrize("name", ["postIn", "member", "organization", "office", "agreement"])
def test_an_object_property_leads_to_a_thing(name: str, context: dict[str, object]) -> None:
    """Properties of ours and of W3C ORG that point to things say so."""
    assert _leads_to_a_thing(context.get(name))


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
