"""The OWL reasoner finds the ontology sound, and the classes that are inferred at run time the right ones."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from dutygraph.assessment import assess
from dutygraph.description import UNNAMED, describe
from dutygraph.outcomes import Assessment
from dutygraph.reasoner import Inconsistent, check_ontology, classify, classify_all, ontology_graph
from dutygraph.rooms import room
from dutygraph.rulebook import Rulebook
from dutygraph.terms import CODE, DG, OWL, RDF
from dutygraph.triples import (
    Graph,
    NamedNode,
    RdfFormat,
    Term,
    Triple,
    parse_quads,
)
from tests.examples import NoEngine, all_examples, read

PREFIXES = """@prefix code: <https://w3id.org/dutygraph/code/> .
@prefix dg:  <https://w3id.org/dutygraph/def/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix x:   <https://w3id.org/dutygraph/id/example/> .
"""
DEFINED = {
    DG.CombinedPost,
    DG.JointPost,
    DG.HeadOfPaidServicePost,
    DG.StatutoryChiefOfficer,
    DG.NonStatutoryChiefOfficer,
    DG.DeputyChiefOfficer,
    DG.PostWithAdditionalFunctions,
    DG.JointSafeguardingAdultsBoard,
    DG.TransferringDirection,
    DG.LentOfficerPost,
    DG.PoliticallyRestrictedPost,
}
RESTRICTED = DG.PoliticallyRestrictedPost
OFFICES = [Triple(CODE["section-151-officer"], RDF.type, DG.StatutoryChiefOffice)]


def _triples(turtle: str) -> list[Triple]:
    quads = parse_quads((PREFIXES + turtle).encode(), format=RdfFormat.TURTLE)
    return [Triple(q.subject, q.predicate, q.object) for q in quads]


def _x(name: str) -> NamedNode:
    return NamedNode("https://w3id.org/dutygraph/id/example/" + name)


# --- the ontology ---------------------------------------------------------------------------------


def test_the_ontology_is_sound() -> None:
    """The ontology is OWL 2 DL as to its properties, contradicts itself nowhere and has no empty class."""
    assert check_ontology() == []


def test_the_classes_that_are_inferred_are_those_with_a_definition() -> None:
    """Every class that has a definition in the ontology is compared here, and no other is."""
    assert {t.subject for t in ontology_graph().match(None, OWL.equivalentClass)} == DEFINED


@pytest.mark.long
@pytest.mark.parametrize(
    ("turtle", "said"),
    [
        ("dg:minutes a owl:DatatypeProperty .", "is declared as a property of 2 kinds"),
        ("dg:minutes a owl:AnnotationProperty .", "is declared as a property of 2 kinds"),
        ("code:must dg:undeclared code:may .", "is declared as none"),
        ('code:must dg:office "a word" .', "a literal for the object property"),
        ("code:must dg:title code:may .", "a node for the datatype property"),
        ("code:must a dg:Nothing .", "declared as no class"),
        (
            "dg:Both a owl:Class ; rdfs:subClassOf dg:SupportPost , dg:SubstantivePost .",
            "<https://w3id.org/dutygraph/def/Both> can have no members",
        ),
        ("code:must a dg:SupportPost , dg:SubstantivePost .", "contradicts itself"),
    ],
)
def test_a_fault_of_the_ontology_is_seen(turtle: str, said: str) -> None:
    """Punned and undeclared properties, wrong values, empty classes and contradictions are found."""
    found = check_ontology(Graph([*ontology_graph(), *_triples(turtle)]))
    assert len(found) == 1
    assert said in found[0]


# --- single definitions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("turtle", "expected"),
    [
        ("x:p a org:Post ; dg:designatedFor x:a , x:b .", {DG.JointPost}),
        ("x:p a org:Post ; dg:designatedFor x:a .", set()),
        (f"x:p a org:Post ; dg:designatedFor x:a , <{UNNAMED}1> .", set()),
        ("x:p a org:Post ; dg:designatedFor x:a , [ ] .", set()),
        (
            "x:p a org:Post ; dg:carriesOffice code:head-of-paid-service .",
            {DG.HeadOfPaidServicePost, RESTRICTED},
        ),
        (
            "x:p a org:Post ; dg:carriesOffice code:section-151-officer .",
            {DG.StatutoryChiefOfficer, RESTRICTED},
        ),
        (
            "x:p a dg:MemberOffice ; dg:carriesOffice code:section-151-officer .",
            {DG.StatutoryChiefOfficer, RESTRICTED},
        ),
        ("x:p a org:Post ; dg:carriesOffice code:monitoring-officer .", set()),
        (
            "x:p a org:Post ; dg:carriesOffice code:director-of-childrens-services , "
            "code:director-of-adult-social-services .",
            {DG.CombinedPost, DG.PostWithAdditionalFunctions},
        ),
        ("x:p a org:Post ; dg:carriesOffice code:director-of-childrens-services .", set()),
        (
            "x:p a dg:SubstantivePost ; dg:reportsTo x:h . x:h a org:Post ; "
            "dg:carriesOffice code:head-of-paid-service .",
            {DG.NonStatutoryChiefOfficer, RESTRICTED},
        ),
        (
            "x:p a dg:SupportPost ; dg:reportsTo x:h . x:h a org:Post ; "
            "dg:carriesOffice code:head-of-paid-service .",
            set(),
        ),
        (
            "x:p a dg:SubstantivePost ; dg:reportsTo x:c . x:c a org:Post ; "
            "dg:carriesOffice code:section-151-officer .",
            {DG.DeputyChiefOfficer, RESTRICTED},
        ),
        (
            "x:p a dg:SubstantivePost ; dg:reportsTo x:c . x:c a dg:SubstantivePost ; dg:reportsTo x:h . "
            "x:h a org:Post ; dg:carriesOffice code:head-of-paid-service .",
            {DG.DeputyChiefOfficer, RESTRICTED},
        ),
    ],
)
def test_the_reasoner_reads_the_definitions(turtle: str, expected: set[NamedNode]) -> None:
    """What a definition asks for makes a node a member, and less does not; the unnamed are no second one."""
    assert classify(_triples(turtle), OFFICES).get(_x("p"), frozenset()) == expected


def test_several_closures_do_not_touch_each_other() -> None:
    """Closures in one run are classified as each would be alone, though they use the same names."""
    one = _triples("x:p a org:Post ; dg:designatedFor x:a .")
    other = _triples("x:p a org:Post ; dg:designatedFor x:b .")
    joint = _triples("x:p a org:Post ; dg:designatedFor x:a , x:b .")
    chief = _triples("x:q a org:Post ; dg:carriesOffice code:section-151-officer .")
    cases = [
        (one, OFFICES),
        (other, OFFICES),
        (joint, OFFICES),
        (chief, OFFICES),
        (chief, []),
        ([], []),
    ]
    found = classify_all(cases)
    expected: list[dict[Term, set[NamedNode]]] = [
        {},
        {},
        {_x("p"): {DG.JointPost}},
        {_x("q"): {DG.StatutoryChiefOfficer, RESTRICTED}},
        {},
        {},
    ]
    assert found == expected


def test_contradicting_facts_are_refused_and_the_closure_is_named() -> None:
    """Facts that contradict the ontology are an error that says which closure holds them."""
    sound = _triples("x:p a dg:SupportPost .")
    other = _triples("x:p a dg:SubstantivePost .")
    with pytest.raises(Inconsistent) as error:
        classify_all([(sound, []), (other, []), ([*sound, *other], []), (sound, [])])
    assert error.value.args == (2,)


def test_what_is_stated_of_a_decisive_property_is_all_there_is() -> None:
    """A post that is said to be joint and designated for one council alone contradicts the definition."""
    with pytest.raises(Inconsistent):
        classify(_triples("x:p a org:Post , dg:JointPost ; dg:designatedFor x:a ."))


# --- the oracle -----------------------------------------------------------------------------------


def _documents() -> list[Path]:
    found = sorted((room("data") / "documents").rglob("*.ttl"))
    return [p for p in found if "dg:Structure" in p.read_text(encoding="utf-8")]


def _assessments(rulebook: Rulebook) -> dict[str, Assessment]:
    """The assessment of every example on each of its days and of every document on its own."""
    days = {(e.file, e.as_at) for e in all_examples()} | {(p, None) for p in _documents()}
    found = {}
    for file, as_at in sorted(days, key=str):
        description = read(file)
        day = as_at or description.day
        assert day
        found[f"{file.parent.name}/{file.name} on {day}"] = assess(
            description, rulebook=rulebook, engine=NoEngine(), as_at=day, rules=()
        )
    return found


def _without_inferred(facts: Iterable[Triple], described: Graph) -> list[Triple]:
    """The facts without the memberships that the service inferred itself."""
    return [
        t for t in facts if t.predicate != RDF.type or t.object not in DEFINED or t in described
    ]


def _memberships(facts: Iterable[Triple]) -> dict[Term, set[Term]]:
    found: dict[Term, set[Term]] = {}
    for t in facts:
        if t.predicate == RDF.type and t.object in DEFINED:
            found.setdefault(t.subject, set()).add(t.object)
    return found


def _differences(assessments: dict[str, Assessment], rulebook: Rulebook) -> list[str]:
    """Where HermiT puts a node into other classes than the service does, certainly or possibly."""
    names, cases, ours = [], [], []
    for name, found in assessments.items():
        background = rulebook.background(found.law_day)
        for what, facts in (("certain", found.state.certain), ("full", found.state.full)):
            names.append(f"{name}, {what}")
            cases.append((_without_inferred(facts, found.state.described), background))
            ours.append(_memberships(facts))
    differences = []
    for name, theirs, own in zip(names, classify_all(cases), ours, strict=True):
        for node in sorted({*theirs, *own}, key=str):
            expected, found_ours = theirs.get(node, frozenset()), own.get(node, set())
            if expected != found_ours:
                said = f"HermiT says {_named(expected)}, the service {_named(found_ours)}"
                differences.append(f"{name}: {node}: {said}")
    return differences


def _named(classes: Iterable[Term]) -> str:
    return ", ".join(sorted(str(c.value).rsplit("/", 1)[-1] for c in classes)) or "nothing"


@pytest.fixture(scope="module")
def assessments(rulebook: Rulebook) -> dict[str, Assessment]:
    """Every example and document, assessed."""
    return _assessments(rulebook)


@pytest.mark.long
def test_the_reasoner_infers_the_same_classes_for_every_example_and_document(
    assessments: dict[str, Assessment], rulebook: Rulebook
) -> None:
    """Both the certain and the possible members of every defined class are those that HermiT finds."""
    assert _differences(assessments, rulebook) == []


@pytest.mark.long
def test_every_defined_class_has_a_member_in_some_example(
    assessments: dict[str, Assessment],
) -> None:
    """The comparison is not empty for any class."""
    members = {
        c for a in assessments.values() for cs in _memberships(a.state.certain).values() for c in cs
    }
    assert members == DEFINED


@pytest.mark.parametrize(
    ("turtle", "said"),
    [
        ("x:p a org:Post , dg:CombinedPost .", "the service CombinedPost"),
        (
            "x:p a org:Post ; dg:carriesOffice code:head-of-paid-service .",
            "HermiT says HeadOfPaidService",
        ),
    ],
)
def test_a_difference_is_seen(rulebook: Rulebook, turtle: str, said: str) -> None:
    """A class that the service infers wrongly, and one that it does not infer, are both differences."""
    structure = "x:s a dg:Structure ; dg:describes x:a ; dg:assessmentDay '2016-06-30'^^xsd:date ."
    header = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."
    quads = parse_quads((PREFIXES + header + structure).encode(), format=RdfFormat.TURTLE)
    found = assess(
        description := describe(quads),
        rulebook=rulebook,
        engine=NoEngine(),
        as_at=description.day,  # type: ignore[arg-type]
    )
    for triple in _triples(turtle):
        found.state.certain.add(triple)
    differences = _differences({"spoilt": found}, rulebook)
    assert len(differences) == 1
    assert said in differences[0]


# --- random arrangements --------------------------------------------------------------------------

STATUTORY = (
    "director-of-childrens-services",
    "director-of-adult-social-services",
    "director-of-public-health",
    "section-151-officer",
    "head-of-paid-service",
    "monitoring-officer",
)
HEADER = (
    PREFIXES
    + """@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
x:s a dg:Structure ; dg:describes x:a ; dg:assessmentDay "2016-06-30"^^xsd:date .
x:a a dg:Authority ; dg:kind code:unitary-authority . x:b a dg:Authority .
"""
)


def _arrangement(chance: random.Random, kinds: Sequence[str], authorities: Sequence[str]) -> str:
    """Five posts of some kinds with offices for some authorities and lines among them, at random."""
    posts = [f"x:p{n}" for n in range(5)]
    dates = ("", ' ; dg:from "2016-06"^^xsd:gYearMonth', ' ; dg:from "2015"^^xsd:gYear')
    lines = [chance.choice(kinds).replace("POST", post) for post in posts]
    lines += [
        f"x:d{n} a dg:Designation ; dg:office code:{chance.choice(STATUTORY)} ; "
        f"dg:designatedPost {chance.choice(posts)} ; dg:designatedBy {chance.choice(authorities)}"
        f"{chance.choice(dates)} ."
        for n in range(chance.randrange(6))
    ]
    lines += [
        f"x:l{n} a dg:ReportingLine ; dg:subordinate {chance.choice(posts)} ; "
        f"dg:superior {chance.choice(posts)}{chance.choice(dates)} ."
        for n in range(chance.randrange(6))
    ]
    return HEADER + "\n".join(lines)


PLAIN_POST = 'POST a org:Post ; org:postIn x:a ; dg:title "Director" .'
CHIEF_EXECUTIVE = 'POST a org:Post ; org:postIn x:a ; dg:title "Chief Executive" .'
SUPPORT_POST = "POST a org:Post , dg:SupportPost ."


@pytest.mark.parametrize(
    ("kinds", "authorities"),
    [
        ((PLAIN_POST, PLAIN_POST, CHIEF_EXECUTIVE, SUPPORT_POST), ("x:a", "x:b")),
        # A post that is mentioned and not said to be one.
        ((PLAIN_POST, SUPPORT_POST, "# POST"), ("x:a", "x:b")),
        # An authority without a name is never a second one.
        ((PLAIN_POST, SUPPORT_POST), ("x:a", "x:b", "[ ]")),
    ],
    ids=["plain", "posts that are only mentioned", "authorities without a name"],
)
def test_the_reasoner_infers_the_same_classes_for_random_arrangements(
    kinds: Sequence[str], authorities: Sequence[str], rulebook: Rulebook
) -> None:
    """Of twenty-five arrangements drawn by lot, none is classified otherwise than by the reasoner."""
    chance = random.Random(1989)  # noqa: S311 - reproducible, not secret
    assessments = {}
    for number in range(25):
        text = _arrangement(chance, kinds, authorities)
        description = describe(parse_quads(text.encode(), format=RdfFormat.TURTLE))
        assert description.day
        assessments[str(number)] = assess(
            description, rulebook=rulebook, engine=NoEngine(), as_at=description.day
        )
    assert _differences(assessments, rulebook) == []
