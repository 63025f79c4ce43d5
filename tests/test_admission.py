"""What a submission may not say, and how the refusal helps."""

from __future__ import annotations

import time

import pytest

from dutygraph.admission import Vocabulary, admit
from dutygraph.errors import Problem
from dutygraph.parsing import Parsed, parse
from dutygraph.terms import BASE, CODE, DG, RULE

RULE_IRI = RULE["statutory-post-holder"].value
CLAUSE = BASE + "id/source/001/a1-3"
AUTHORITY = BASE + "id/authority/coventry"
PARAMETER = BASE + "parameter/tier"
VOCABULARY = Vocabulary(
    terms=frozenset(
        DG[name].value for name in ("Authority", "Post", "Structure", "describes", "postIn", "Tier")
    ),
    codes=frozenset(CODE[name].value for name in ("status/proposed", "status/existing", "tier")),
    rules=frozenset([RULE_IRI]),
    protected=frozenset([DG.Authority.value, RULE_IRI, CLAUSE, AUTHORITY, PARAMETER]),
    rulebook_version="1.2.3",
)
PREFIXES = """\
@prefix dg: <https://w3id.org/dutygraph/def/> .
@prefix code: <https://w3id.org/dutygraph/code/> .
@prefix rule: <https://w3id.org/dutygraph/rule/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <https://example.org/> .
"""
FIRST_LINE = PREFIXES.count("\n") + 1


def parsed(statements: str, media_type: str = "application/trig") -> Parsed:
    """The statements, parsed after the prefixes above."""
    return parse((PREFIXES + statements).encode(), media_type, contexts={})


def refusal(statements: str) -> Problem:
    """The problem that the statements are refused with."""
    with pytest.raises(Problem) as caught:
        admit(parsed(statements), VOCABULARY)
    return caught.value


@pytest.mark.parametrize(
    "statements",
    [
        ":s a dg:Structure ; dg:describes :a .",
        f":s a dg:Structure ; dg:describes <{AUTHORITY}> .",
        ":s a dg:Structure ; :status <https://w3id.org/dutygraph/code/status/proposed> .",
        f":s a dg:Structure ; :source <{CLAUSE}> ; :about <{RULE_IRI}> .",
        ":s a dg:Structure ; rdfs:label 'x' ; rdfs:comment 'y' ; rdfs:seeAlso :z .",
        ":o a owl:Ontology ; owl:versionInfo '1' ; owl:imports :other . :p dg:postIn :u .",
        ":g { :s a dg:Structure , owl:NamedIndividual }",
        ":c a skos:Concept ; skos:broader :d ; skos:inScheme :e . :p a dg:Post .",
        ":p a dg:Post , <http://www.w3.org/ns/org#Post> ; <http://purl.org/dc/terms/title> 'x' .",
        ":p a dg:Post ; rdfs:isDefinedBy <https://w3id.org/dutygraph/def/> .",
        ":p a dg:Post ; :says 'rdfs:subClassOf dg:Nonsense' .",
    ],
)
def test_ordinary_submissions_are_admitted(statements):
    """Known terms, foreign terms, codes as values and ontology headers pass."""
    admit(parsed(statements), VOCABULARY)


# --- terms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "term", "nearest"),
    [
        (":s a dg:Sturcture .", DG.Sturcture.value, DG.Structure.value),
        (":s a dg:structure .", DG.structure.value, DG.Structure.value),
        (":s dg:descibes :a .", DG.descibes.value, DG.describes.value),
        (":s :status <https://w3id.org/dutygraph/code/status/propsed> .",
         CODE["status/propsed"].value, CODE["status/proposed"].value),
        (":s :in rule:statutory-posts-holder .", RULE["statutory-posts-holder"].value, RULE_IRI),
        (":s :is dg:existing .", DG.existing.value, CODE["status/existing"].value),
        (":s a code:Authority .", CODE.Authority.value, DG.Authority.value),
        (":s dg:zzzzqqqq :a .", DG.zzzzqqqq.value, None),
        (":s :p 'x'^^dg:pots .", DG.pots.value, DG.Post.value),
        (":s a <http://w3id.org/dutygraph/def/Post> .",
         "http://w3id.org/dutygraph/def/Post", DG.Post.value),
        (":s a <https://w3id.org/dutygraph/def#Post> .",
         "https://w3id.org/dutygraph/def#Post", DG.Post.value),
        (":s a <https://w3id.org/DutyGraph/Post> .",
         "https://w3id.org/DutyGraph/Post", DG.Post.value),
        (f":s <{BASE}id/postIn> :a .", BASE + "id/postIn", DG.postIn.value),
    ],
)  # fmt: skip
def test_an_unknown_term_is_named_with_its_line_and_the_nearest(statement, term, nearest):
    """A misspelt term, in any position, is answered with its line, the nearest and the edition."""
    problem = refusal(f":p a dg:Post .\n{statement}")
    assert problem.slug == "unknown-term"
    assert problem.line == FIRST_LINE + 1
    assert problem.extra == {"terms": [{"term": term, "line": FIRST_LINE + 1, "nearest": nearest}]}
    assert term in problem.detail
    assert "1.2.3" in problem.detail
    assert (nearest or "None is near") in problem.detail


def test_unknown_terms_are_reported_together_up_to_ten():
    """Twelve misspelt terms are ten entries in one answer, which says how many there are."""
    problem = refusal("\n".join(f":s dg:unknown{n} 1 ." for n in range(12)))
    assert [entry["line"] for entry in problem.extra["terms"]] == [
        FIRST_LINE + n for n in range(10)
    ]
    assert "11 more" in problem.detail


def test_a_term_used_twice_is_reported_once():
    """Repetition of one mistake is one entry."""
    problem = refusal(":a a dg:Pots . :b a dg:Pots .")
    assert len(problem.extra["terms"]) == 1


def test_a_json_ld_key_without_a_line_prefix_is_found():
    """A misspelt key of a JSON-LD document reaches the typo detector, with its line."""
    contexts = {"https://example.org/c": {"@vocab": DG.base}}
    text = '{"@context": "https://example.org/c",\n "@id": "http://e.org/",\n "descibes": "x"}'
    with pytest.raises(Problem) as caught:
        admit(parse(text.encode(), "application/ld+json", contexts=contexts), VOCABULARY)
    assert (caught.value.slug, caught.value.line) == ("unknown-term", 3)


@pytest.mark.parametrize(
    "statements",
    [":a :b :c .", f":a :b <{AUTHORITY}> .", ":a rdfs:seeAlso <https://w3id.org/dutygraph/> ."],
)
def test_nothing_in_our_terms_is_not_assessed(statements):
    """A graph without one of our terms is an error and not a clean bill."""
    problem = refusal(statements)
    assert problem.slug == "no-known-terms"
    assert DG.base in problem.detail


def test_s6_hostile_names_are_answered_quickly():
    """Two thousand characters of misspelt name, a thousand times, take no time to compare."""
    name = "aAbB" * 480
    statements = "\n".join(f":s dg:{name}{n} 1 ." for n in range(1_000))
    start = time.monotonic()
    assert refusal(statements).slug == "unknown-term"
    assert time.monotonic() - start < 5


# --- the rules ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        ":X rdfs:subClassOf dg:Authority .",
        ":X rdfs:subPropertyOf dg:describes .",
        ":x rdfs:domain dg:Authority .",
        ":x rdfs:range dg:Authority .",
        ":x owl:equivalentClass dg:Authority .",
        ":x owl:equivalentProperty dg:describes .",
        ":x owl:sameAs :y .",
        ":x owl:differentFrom :y .",
        ":x owl:inverseOf dg:describes .",
        ":x owl:disjointWith dg:Authority .",
        ":x owl:unionOf ( dg:Authority dg:Post ) .",
        ":x owl:propertyChainAxiom ( dg:describes ) .",
        ":x owl:hasValue 1 .",
        "dg:Authority rdfs:label 'x' .",
        "dg:Invented a rdfs:Resource .",
        "<https://w3id.org/dutygraph/code/status/proposed> skos:prefLabel 'x' .",
        "rule:statutory-post-holder dg:describes :x .",
        "rule:invented a dg:Post .",
        "<https://w3id.org/dutygraph/parameter/tier> :value 4 .",
        "<https://w3id.org/dutygraph/parameter/invented> :value 4 .",
        f"<{CLAUSE}> :says 'x' .",
        f"<{AUTHORITY}> :kind :county .",
        f"<{AUTHORITY}> {{ :s a dg:Post }}",
        "rule:statutory-post-holder { :s a dg:Post }",
        ":x sh:targetClass dg:Authority .",
        ":x sh:property [ :p 1 ] .",
        ":x a sh:NodeShape .",
        "sh:NodeShape :p 1 .",
        ":x a rdfs:Class .",
        ":x a rdfs:Datatype .",
        ":x a owl:Class .",
        ":x a owl:ObjectProperty .",
        ":x a owl:FunctionalProperty .",
        ":x a owl:Restriction .",
        ":x a rdf:Property .",
        ":x a dg:Rule .",
        ":x a dg:Parameter .",
        ":x a dg:Presumption .",
        ":x skos:inScheme code:tier .",
        ":x skos:broader <https://w3id.org/dutygraph/code/status/proposed> .",
    ],
)
def test_s31_a_submission_does_not_change_the_rules(statement):
    """A statement that would retarget a rule, a term or the register is refused with its line."""
    problem = refusal(f":p a dg:Post .\n{statement}")
    assert problem.slug == "changes-the-rules"
    assert problem.line == FIRST_LINE + 1
    (entry,) = problem.extra["statements"]
    assert entry["line"] == FIRST_LINE + 1
    assert entry["statement"] in problem.detail


def test_s31_the_line_of_a_protected_subject_is_its_statement():
    """A protected name may be mentioned before; the line is where the statement about it begins."""
    problem = refusal(f":s dg:describes <{AUTHORITY}> .\n\n<{AUTHORITY}> :kind :county .")
    assert problem.line == FIRST_LINE + 2
    assert ":kind" not in problem.detail
    assert "https://example.org/kind" in problem.detail


def test_s31_several_statements_are_listed_up_to_ten():
    """All refused statements are in one answer, up to ten."""
    problem = refusal("\n".join(f":x{n} owl:sameAs :y ." for n in range(12)))
    assert len(problem.extra["statements"]) == 10
    assert "11 more" in problem.detail


def test_s31_comes_before_misspelt_terms():
    """A submission that changes the rules hears that first."""
    assert refusal(":x a dg:Nonsense ; owl:sameAs :y .").slug == "changes-the-rules"


def test_s31_every_syntax_is_guarded():
    """The guard looks at statements, so another syntax does not get around it."""
    text = (
        '{"@id": "http://e.org/X",\n'
        f'"http://www.w3.org/2000/01/rdf-schema#subClassOf": {{"@id": "{DG.Authority.value}"}}}}'
    )
    with pytest.raises(Problem) as caught:
        admit(parse(text.encode(), "application/ld+json", contexts={}), VOCABULARY)
    assert (caught.value.slug, caught.value.line) == ("changes-the-rules", 2)
