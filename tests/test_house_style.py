"""This installation is sound, and every check that says so can find a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from dutygraph import checking
from dutygraph.checking import (
    Source,
    description_faults,
    engine_faults,
    house_style,
    rule_faults,
    shape_faults,
    style_engine,
)
from dutygraph.engines import Engine, Result, make_engine
from dutygraph.parsing import parse
from dutygraph.pipeline import Pipeline
from dutygraph.rooms import room
from dutygraph.rulebook import Rulebook
from dutygraph.terms import (
    AUTHORITY,
    BASE,
    CODE,
    DCT,
    DG,
    EARL,
    OWL,
    PARAM,
    RDF,
    RDFS,
    RULE,
    SH,
    SKOS,
    XSD,
)
from dutygraph.triples import (
    BlankNode,
    Graph,
    Literal,
    NamedNode,
    RdfFormat,
    Term,
    Triple,
    local_name,
    parse_quads,
)

HOME = room("shapes") / "house-style"
STYLE = "https://w3id.org/dutygraph/house-style/"

# --- a few real rules, and ways to spoil them -----------------------------------------------------

PLAIN = RULE["ca2004-s18-dcs-appointed"]
PLAIN_PART = RULE["ca2004-s18-dcs-appointed-holder"]
SECOND = RULE["ca2004-s18-dcs-exactly-one"]
SECOND_PART = RULE["ca2004-s18-dcs-exactly-one-second"]
CONDITIONAL = RULE["dcsg-dcs-reports-to-chief-executive"]
PROHIBITION = RULE["lgha-s5-mo-not-cfo"]
JUDGED = RULE["toa-element-3-seniority-and-breadth"]
CHECKED = RULE["gss-code-valid"]
ENTRIES = (PLAIN, SECOND, CONDITIONAL, PROHIBITION, JUDGED, CHECKED)
PARAMETERS = (
    PARAM["statutory-chief-offices"],
    PARAM["safeguarding-switch"],
    PARAM["assurance-review-recency"],
    PARAM["childrens-services-authorities"],
)
GSS = "https://w3id.org/dutygraph/id/gss/"
CODED = AUTHORITY.barnsley
CODE_BEFORE, CODE_AFTER = NamedNode(GSS + "E08000016"), NamedNode(GSS + "E08000038")
MODULES = BASE + "ontology/"
MODULE = NamedNode(MODULES + "assurance")
CLAUSE = NamedNode("http://www.legislation.gov.uk/id/ukpga/2004/31/section/18")
NAMELESS = BlankNode("spoilt")


class Facts:
    """Triples that a test spoils; each method changes them and returns them."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = set(triples)

    def one(self, *path: Term) -> Term:
        """The node at the end of a path of a subject and predicates."""
        node, *predicates = path
        for predicate in predicates:
            found = (
                t.object for t in self.triples if (t.subject, t.predicate) == (node, predicate)
            )
            node = min(found, key=str)
        return node

    def without(self, subject: Term, predicate: Term) -> Facts:
        """Leave out what is said of a property."""
        kept = {t for t in self.triples if (t.subject, t.predicate) != (subject, predicate)}
        self.triples = kept
        return self

    def adding(self, subject: Term, predicate: NamedNode, *objects: Term) -> Facts:
        """Say more."""
        self.triples |= {Triple(subject, predicate, o) for o in objects}
        return self

    def having(self, subject: Term, predicate: NamedNode, *objects: Term) -> Facts:
        """Say something else."""
        return self.without(subject, predicate).adding(subject, predicate, *objects)

    def renamed(self, old: Term, new: Term) -> Facts:
        """Give a node another name."""

        def name(term: Term) -> Term:
            return new if term == old else term

        self.triples = {Triple(name(t.subject), t.predicate, name(t.object)) for t in self.triples}
        return self

    def worded(self, subject: Term, predicate: NamedNode, old: str, new: str) -> Facts:
        """Change some words of a literal."""
        literal = self.one(subject, predicate)
        assert old in literal.value
        return self.having(subject, predicate, _as(literal, str(literal.value).replace(old, new)))


def _as(literal: Term, text: str) -> Literal:
    assert isinstance(literal, Literal)
    return Literal(text, language=literal.language) if literal.language else Literal(text)


def en(text: str) -> Literal:
    """A text in English."""
    return Literal(text, language="en")


def day(text: str) -> Literal:
    """A day."""
    return Literal(text, datatype=XSD.date)


@pytest.fixture(scope="module")
def rules() -> frozenset[Triple]:
    """A few real rules with all that they lead to."""
    graph = Rulebook.load().graph
    kept: set[Triple] = set()
    todo: list[Term] = [*ENTRIES, *PARAMETERS, CODED]
    seen: set[Term] = set()
    while todo:
        node = todo.pop()
        if node in seen or isinstance(node, Literal):
            continue
        seen.add(node)
        about = list(graph.match(node))
        kept |= {t for t in about if node not in DG or t.predicate == RDF.type}
        todo += [t.object for t in about if node not in DG]
    return frozenset(kept)


@pytest.fixture(scope="module")
def terms() -> frozenset[Triple]:
    """A few real terms and codes."""
    folder = room("ontology")
    graph = Graph.from_files(
        str(p) for p in (folder / "assurance.ttl", folder / "codes" / "forces.ttl")
    )
    return frozenset(graph)


@dataclass(frozen=True)
class Case:
    """One way to leave the house style, and the shape that has to see it."""

    shape: str
    what: str
    spoil: Callable[[Facts], Facts]


CLAIM, REVIEW, EVIDENCE = DG.Claim, DG.AssuranceReview, DG.evidence
MUST, FORCES = CODE.must, CODE.force

ONTOLOGY_CASES = [
    Case("N1-class-name", "a class in lowerCamel", lambda f: f.renamed(CLAIM, DG.claim)),
    Case("N1-class-name", "an acronym in capitals", lambda f: f.renamed(CLAIM, DG.DCSClaim)),
    Case("N1-class-name", "a version in a name", lambda f: f.renamed(CLAIM, DG.Claim2)),
    Case("N1-class-name", "a class of another namespace", lambda f: f.renamed(CLAIM, RULE.Claim)),
    Case(
        "N2-property-name", "a property in UpperCamel", lambda f: f.renamed(EVIDENCE, DG.Evidence)
    ),
    Case(
        "N2-property-name",
        "words with an underscore",
        lambda f: f.renamed(EVIDENCE, DG.the_evidence),
    ),
    Case("N5-no-inverse", "an inverse", lambda f: f.adding(DG.claims, OWL.inverseOf, DG.claimedIn)),
    Case("N7-code-name", "a code in UpperCamel", lambda f: f.renamed(MUST, CODE.Must)),
    Case("N7-code-name", "a code of another namespace", lambda f: f.renamed(MUST, DG.must)),
    Case("N7-module-name", "a module that a term could be", lambda f: f.renamed(MODULE, DG.claims)),
    Case(
        "N7-module-name",
        "a module in UpperCamel",
        lambda f: f.renamed(MODULE, NamedNode(MODULES + "Assurance")),
    ),
    Case("D1-label", "no label", lambda f: f.without(CLAIM, RDFS.label)),
    Case("D1-label", "two labels", lambda f: f.adding(CLAIM, RDFS.label, en("assertion"))),
    Case(
        "D1-label",
        "a label in no language",
        lambda f: f.having(CLAIM, RDFS.label, Literal("claim")),
    ),
    Case("D1-definition", "no definition", lambda f: f.without(EVIDENCE, SKOS.definition)),
    Case("D1-definition", "two definitions", lambda f: f.adding(CLAIM, SKOS.definition, en("It."))),
    Case("D1-is-defined-by", "no home", lambda f: f.without(EVIDENCE, RDFS.isDefinedBy)),
    Case(
        "D2-one-sentence", "two sentences", lambda f: f.having(CLAIM, SKOS.definition, en("A. B."))
    ),
    Case(
        "D2-one-sentence", "no full stop", lambda f: f.having(MUST, SKOS.definition, en("A duty"))
    ),
    Case("D2-one-sentence", "no capital", lambda f: f.having(MUST, SKOS.definition, en("a duty."))),
    Case(
        "D2-no-must", "a must", lambda f: f.having(MUST, SKOS.definition, en("What must be done."))
    ),
    Case(
        "D2-not-itself",
        "a definition with its own label",
        lambda f: f.having(REVIEW, SKOS.definition, en("An assurance review of an authority.")),
    ),
    Case("N6-code-label", "a code without a label", lambda f: f.without(MUST, SKOS.prefLabel)),
    Case(
        "N6-code-label", "a list with two", lambda f: f.adding(FORCES, SKOS.prefLabel, en("force"))
    ),
    Case("N6-code-definition", "a list without", lambda f: f.without(FORCES, SKOS.definition)),
    Case("N6-code-definition", "a code without", lambda f: f.without(MUST, SKOS.definition)),
    Case("N6-code-list", "a code in no list", lambda f: f.without(MUST, SKOS.inScheme)),
    Case("N6-code-list", "a list that is none", lambda f: f.having(MUST, SKOS.inScheme, MUST)),
]


def _select(text: str) -> Callable[[Facts], Facts]:
    """Put words into the WHERE of a real SPARQL constraint."""
    return lambda f: f.worded(
        f.one(SECOND_PART, SH.sparql), SH.select, "FILTER (", f"{text} FILTER ("
    )


def _check(f: Facts) -> Term:
    return f.one(PLAIN, DG.verification)


def _condition(f: Facts) -> Term:
    return f.one(CONDITIONAL, DG.condition)


def _left(f: Facts, missing: Term) -> Facts:
    """A check of the data turned into a duty left to people, with one property missing."""
    f = f.having(CHECKED, RDF.type, DG.UntestedDuty)
    f = f.adding(CHECKED, DG.untestedBecause, CODE["needs-judgement"])
    return f.adding(CHECKED, DG.decidedInstead, en("a court")).without(CHECKED, missing)


def _need(f: Facts) -> Term:
    return f.one(PROHIBITION, DG.passNeeds)


def _list(f: Facts) -> Term:
    return f.one(PLAIN_PART, DG.settledBy)


def _constraint(f: Facts) -> Term:
    return f.one(SECOND_PART, SH.sparql)


def _value(f: Facts) -> Term:
    return f.one(PARAMETERS[0], DG.datedValue)


def _inner(f: Facts) -> Term:
    return f.one(PLAIN_PART, SH.qualifiedValueShape, SH.property)


OTHER_PART = RULE["another-part"]
WINDOW, MEMBERSHIP = PARAMETERS[2], PARAMETERS[3]

RULE_CASES = [
    Case("R1-rule-name", "a rule in capitals", lambda f: f.renamed(PLAIN, RULE["CA2004-s18"])),
    Case("R2-title", "no title", lambda f: f.without(PLAIN, DCT.title)),
    Case("R2-title", "two titles", lambda f: f.adding(PLAIN, DCT.title, en("Another"))),
    Case("R2-title", "no language", lambda f: f.having(PLAIN, DCT.title, Literal("A title"))),
    Case("R2-duty", "no duty", lambda f: f.without(PLAIN, DG.duty)),
    Case("R2-duty", "two sentences", lambda f: f.having(PLAIN, DG.duty, en("Do it. Do it well."))),
    Case("R2-clause", "no clause", lambda f: f.without(PLAIN, DG.clause)),
    Case("R2-clause", "a clause that is none", lambda f: f.without(CLAUSE, RDF.type)),
    Case("R2-clause-title", "no title", lambda f: f.without(CLAUSE, DCT.title)),
    Case("R2-force", "no force", lambda f: f.without(PLAIN, DG.force)),
    Case("R2-force", "two forces", lambda f: f.adding(PLAIN, DG.force, CODE.should)),
    Case("R2-force", "a force that is none", lambda f: f.having(PLAIN, DG.force, CODE.absence)),
    Case("R2-applies-to", "to nobody", lambda f: f.without(PLAIN, DG.appliesTo)),
    Case("R2-applies-to", "to no class", lambda f: f.having(PLAIN, DG.appliesTo, DG.Nobody)),
    Case("R2-in-force-from", "a month", lambda f: f.having(PLAIN, DG.inForceFrom, Literal("2008"))),
    Case(
        "R2-in-force-from", "two days", lambda f: f.adding(PLAIN, DG.inForceFrom, day("2009-01-01"))
    ),
    Case(
        "R2-in-force-from",
        "after the end",
        lambda f: f.adding(PLAIN, DG.inForceTo, day("2007-12-31")),
    ),
    Case(
        "R2-in-force-from-earliest",
        "after the latest",
        lambda f: f.adding(PLAIN, DG.inForceFromEarliest, day("2008-02-01")),
    ),
    Case(
        "R2-in-force-to",
        "two days",
        lambda f: f.adding(PLAIN, DG.inForceTo, day("2020-01-01"), day("2021-01-01")),
    ),
    Case("R2-verification", "not checked", lambda f: f.without(PLAIN, DG.verification)),
    Case("R2-confidence", "none", lambda f: f.without(_check(f), DG.confidence)),
    Case("R2-confidence", "another code", lambda f: f.having(_check(f), DG.confidence, CODE.must)),
    Case("R2-checked-against", "no text", lambda f: f.without(_check(f), DG.checkedAgainst)),
    Case("R2-checked-against", "empty", lambda f: f.having(_check(f), DG.checkedAgainst, en(""))),
    Case("R2-untested-because", "no reason", lambda f: _left(f, DG.untestedBecause)),
    Case("R2-decided-instead", "nobody", lambda f: _left(f, DG.decidedInstead)),
    Case("R2-change-note", "no note", lambda f: _left(f, DG.changeNote)),
    Case("R2-kept-by", "by nothing", lambda f: f.without(CHECKED, DG.keptBy)),
    Case(
        "D4-legislation-identifier",
        "a clause with https",
        lambda f: f.renamed(CLAUSE, NamedNode("https" + CLAUSE.value[4:])),
    ),
    Case(
        "D4-legislation-identifier",
        "a source with a day",
        lambda f: f.having(_value(f), DCT.source, NamedNode(CLAUSE.value + "/2017-01-24")),
    ),
    Case(
        "D4-area-code-form",
        "a ward",
        lambda f: f.having(CODE_AFTER, DG.notation, Literal("E05000001")),
    ),
    Case(
        "D4-area-code-period",
        "over before it began",
        lambda f: f.having(CODE_AFTER, DG.validTo, day("2020-01-01")),
    ),
    Case("D4-one-area-code-a-day", "two", lambda f: f.without(CODE_BEFORE, DG.validTo)),
    Case("R1-decided", "neither part nor judgement", lambda f: f.without(PLAIN, DG.part)),
    Case("R2-evidence", "none", lambda f: f.without(PLAIN, DG.evidenceQuery)),
    Case(
        "R2-evidence",
        "a SELECT",
        lambda f: f.having(PLAIN, DG.evidenceQuery, Literal("SELECT * WHERE { ?s ?p ?o }")),
    ),
    Case("R2-pass-message", "none", lambda f: f.without(PLAIN, DG.passMessage)),
    Case("R2-judgement", "two", lambda f: f.adding(JUDGED, DG.judgementNeeded, _condition(f))),
    Case("R2-one-condition", "two", lambda f: f.adding(CONDITIONAL, DG.condition, NAMELESS)),
    Case("R2-condition-pattern", "none", lambda f: f.without(_condition(f), DG.pattern)),
    Case(
        "R2-condition-pattern",
        "not about the authority",
        lambda f: f.having(_condition(f), DG.pattern, Literal("?subject a dg:Body")),
    ),
    Case("R2-condition-statement", "none", lambda f: f.without(_condition(f), DG.statement)),
    Case(
        "R2-condition-statement",
        "a full stop",
        lambda f: f.having(_condition(f), DG.statement, en("a post is shared.")),
    ),
    Case("R2-condition-silence", "none", lambda f: f.without(_condition(f), DG.whenSilent)),
    Case(
        "R2-condition-silence",
        "passed",
        lambda f: f.having(_condition(f), DG.whenSilent, EARL.passed),
    ),
    Case(
        "R2-condition-question", "no question", lambda f: f.without(_condition(f), DG.missingFact)
    ),
    Case("R2-need-settled", "nothing to match", lambda f: f.without(_need(f), DG.pattern)),
    Case("R2-missing-fact", "a part without", lambda f: f.without(PLAIN_PART, DG.missingFact)),
    Case("R2-missing-fact", "a need without", lambda f: f.without(_need(f), DG.missingFact)),
    Case("R2-ask-whom", "a part without", lambda f: f.without(PLAIN_PART, DG.askWhom)),
    Case(
        "R2-ask-whom",
        "a judgement without",
        lambda f: f.without(f.one(JUDGED, DG.judgementNeeded), DG.askWhom),
    ),
    Case("R2-how-to-say", "a part without", lambda f: f.without(PLAIN_PART, DG.howToSay)),
    Case(
        "R2-how-to-say", "two lines", lambda f: f.having(PLAIN_PART, DG.howToSay, Literal("a\nb"))
    ),
    Case("R2-listed-property", "none", lambda f: f.without(_list(f), DG.listedProperty)),
    Case(
        "R2-listed-property",
        "a class",
        lambda f: f.having(_list(f), DG.listedProperty, DG.ChildrensServicesAuthority),
    ),
    Case(
        "R2-list-owner",
        "no owner",
        lambda f: f.having(_list(f), DG.ownerQuery, Literal("?x ?y ?z")),
    ),
    Case("N8-part-in-namespace", "a nameless part", lambda f: f.renamed(PLAIN_PART, NAMELESS)),
    Case(
        "N8-part-in-namespace",
        "a nameless shape with a target",
        lambda f: f.adding(_inner(f), SH.targetClass, DG.Authority),
    ),
    Case("N8-part-of-one-rule", "a part of two", lambda f: f.adding(SECOND, DG.part, PLAIN_PART)),
    Case(
        "N8-part-of-one-rule",
        "a shape of none",
        lambda f: f.adding(RULE["stray"], SH.targetNode, RULE["stray"]),
    ),
    Case("N8-part-name", "another rule's name", lambda f: f.renamed(PLAIN_PART, OTHER_PART)),
    Case(
        "N8-part-name",
        "the rule's name",
        lambda f: f.renamed(PLAIN_PART, RULE[PLAIN.value[35:] + "-"]),
    ),
    Case(
        "N8-part-raises-its-own-results",
        "a shape in it",
        lambda f: f.adding(PLAIN_PART, SH.property, _inner(f)),
    ),
    Case("N8-part-target", "none", lambda f: f.without(PLAIN_PART, SH.targetClass)),
    Case(
        "N8-part-only-target",
        "a node",
        lambda f: f.adding(PLAIN_PART, SH.targetSubjectsOf, DG.designation),
    ),
    Case(
        "R2-part-target-applies",
        "another class",
        lambda f: f.having(PLAIN, DG.appliesTo, DG.PrincipalAuthority),
    ),
    Case("R1-polarity", "none", lambda f: f.without(PLAIN_PART, DG.polarity)),
    Case("R1-polarity", "both", lambda f: f.adding(PLAIN_PART, DG.polarity, CODE.presence)),
    Case(
        "R1-no-two-sides",
        "least and greatest",
        lambda f: f.adding(PLAIN_PART, SH.maxCount, Literal("1", datatype=XSD.integer)),
    ),
    Case("R3-severity", "none", lambda f: f.without(PLAIN_PART, SH.severity)),
    Case(
        "R3-severity", "milder than its force", lambda f: f.having(PLAIN_PART, SH.severity, SH.Info)
    ),
    Case(
        "R3-no-severity-on-sparql",
        "on the constraint",
        lambda f: f.adding(_constraint(f), SH.severity, SH.Info),
    ),
    Case("R4-message", "none", lambda f: f.without(PLAIN_PART, SH.message)),
    Case(
        "R4-message",
        "an IRI",
        lambda f: f.having(PLAIN_PART, SH.message, en("No http://x.example/y")),
    ),
    Case(
        "R4-message",
        "a prefixed name",
        lambda f: f.having(PLAIN_PART, SH.message, en("No dg:office")),
    ),
    Case(
        "R4-message",
        "a place",
        lambda f: f.having(PLAIN_PART, SH.message, en("{authority} has none")),
    ),
    Case("R4-fail-message", "none", lambda f: f.without(PLAIN_PART, DG.failMessage)),
    Case("R2-remedy", "none", lambda f: f.without(PLAIN_PART, DG.remedy)),
    Case("R2-absence-is-settled", "no list", lambda f: f.without(PLAIN_PART, DG.settledBy)),
    Case("R2-presence-has-caveat", "no caveat", lambda f: f.without(SECOND_PART, DG.caveat)),
    Case(
        "R4-plain-words",
        "RDF words",
        lambda f: f.having(PLAIN_PART, DG.failMessage, en("{authority} lacks a triple.")),
    ),
    Case(
        "R4-plain-words",
        "a prefixed name",
        lambda f: f.having(PLAIN, DG.passMessage, en("{authority} has dg:designation.")),
    ),
    Case(
        "R4-places",
        "an unknown place",
        lambda f: f.having(PLAIN_PART, DG.remedy, en("Ask {council}.")),
    ),
    Case(
        "R4-places",
        "an open brace",
        lambda f: f.having(PLAIN_PART, DG.howToSay, Literal("{authority")),
    ),
    Case(
        "R4-subject-has-a-condition",
        "a subject without a condition",
        lambda f: f.having(PLAIN_PART, DG.failMessage, en("{subject} is missing.")),
    ),
    Case(
        "R5-no-bounds",
        "a bound",
        lambda f: f.adding(_inner(f), SH.maxInclusive, Literal("10", datatype=XSD.integer)),
    ),
    Case(
        "R5-no-counts",
        "a count of three",
        lambda f: f.having(PLAIN_PART, SH.qualifiedMinCount, Literal("3", datatype=XSD.integer)),
    ),
    Case("R5-no-numbers", "a number", _select("FILTER ( ?count > 3 )")),
    Case("R5-no-numbers", "a negative number", _select("BIND ( ?count + -3 AS ?less )")),
    Case("R5-no-dates", "a date", _select('FILTER ( ?day > "today"^^xsd:date )')),
    Case("R5-no-dates", "date arithmetic", _select("FILTER ( YEAR(?day) > ?year )")),
    Case("R5-no-lists", "a list", _select("FILTER ( ?office IN ( code:one , code:two ) )")),
    Case("R5-no-core-lists", "a list", lambda f: f.adding(_inner(f), SH["in"], RDF.nil)),
    Case("R7-prefixes", "none", lambda f: f.without(_constraint(f), SH.prefixes)),
    Case(
        "R7-select",
        "not distinct",
        lambda f: f.worded(_constraint(f), SH.select, "DISTINCT ", ""),
    ),
    Case(
        "R7-select",
        "another name than value",
        lambda f: f.worded(_constraint(f), SH.select, "AS ?value", "AS ?worth"),
    ),
    Case("R7-no-minus-values-service", "MINUS", _select("MINUS { ?post a dg:SupportPost }")),
    Case("R7-no-minus-values-service", "values", _select("values ?post { code:one }")),
    Case("R7-no-minus-values-service", "SERVICE", _select("SERVICE <urn:x> { ?a ?b ?c }")),
    Case("R7-no-node-at-top", "a node", lambda f: f.adding(PLAIN_PART, SH.node, SECOND_PART)),
    Case("R6-parameter-title", "none", lambda f: f.without(PARAMETERS[0], DCT.title)),
    Case("R6-parameter-title", "a switch without", lambda f: f.without(PARAMETERS[1], DCT.title)),
    Case("R6-parameter-values", "none", lambda f: f.without(PARAMETERS[0], DG.datedValue)),
    Case("R6-value-source", "none", lambda f: f.without(_value(f), DCT.source)),
    Case("R6-value-source", "a class without", lambda f: f.without(MEMBERSHIP, DCT.source)),
    Case(
        "R6-value-from",
        "from after to",
        lambda f: f.having(_value(f), DG.inForceFrom, day("2020-01-01")).having(
            _value(f), DG.inForceTo, day("2019-01-01")
        ),
    ),
    Case("R6-window-opens", "never", lambda f: f.without(WINDOW, DG.opensAfter)),
    Case(
        "R6-window-closes",
        "in words",
        lambda f: f.having(WINDOW, DG.closesAfter, Literal("a year")),
    ),
]


def _ids(case: Case) -> str:
    return f"{case.shape}: {case.what}"


def _alone(shape: str, name: str) -> Engine:
    """The reference engine with one shape of a file of the house style."""
    graph = Graph.from_files([str(HOME / f"{name}.ttl")])
    kept: set[Triple] = set()
    todo: list[Term] = [NamedNode(STYLE + shape), NamedNode(STYLE.rstrip("/"))]
    while todo:
        about = [t for t in graph.match(todo.pop()) if t not in kept]
        kept |= set(about)
        todo += [t.object for t in about if isinstance(t.object, BlankNode)]
    return make_engine("reference", Graph(kept).ntriples())


def _seen(engine: Engine, facts: Iterable[Triple]) -> set[str]:
    return {r.shape.removeprefix(STYLE) for r in house_style(engine, facts)}


def _shapes(name: str) -> set[str]:
    graph = Graph.from_files([str(HOME / f"{name}.ttl")])
    return {local_name(t.subject) for t in graph.match(None, SH.message)}


@pytest.mark.parametrize("case", ONTOLOGY_CASES, ids=_ids)
def test_a_spoilt_term_is_seen(case: Case, terms: frozenset[Triple]) -> None:
    """Each shape for terms and codes fails on a real term that leaves its house rule."""
    spoilt = case.spoil(Facts(terms)).triples
    assert _seen(_alone(case.shape, "ontology"), spoilt) == {case.shape}


@pytest.mark.parametrize("case", RULE_CASES, ids=_ids)
def test_a_spoilt_rule_is_seen(case: Case, rules: frozenset[Triple]) -> None:
    """Each shape for rules fails on a real rule that leaves its house rule."""
    spoilt = case.spoil(Facts(rules)).triples
    assert _seen(_alone(case.shape, "rules"), spoilt) == {case.shape}


def test_what_is_spoilt_was_sound(terms: frozenset[Triple], rules: frozenset[Triple]) -> None:
    """The terms and rules that the cases spoil keep the house style, so that a case can fail."""
    assert not _seen(style_engine("ontology"), terms)
    assert not _seen(style_engine("rules"), rules)


def test_a_check_of_the_data_is_kept_by_shapes_that_exist() -> None:
    """Every check of the data names shapes of the house style, each of which a case makes fail."""
    kept = {shape.value for entry in Rulebook.load().entries for shape in entry.kept_by}
    assert kept
    assert kept <= {STYLE + name for name in _shapes("rules") | _shapes("ontology")}


def test_every_shape_of_the_house_style_has_a_case() -> None:
    """No shape of the house style is there that no case makes fail."""
    assert _shapes("ontology") == {c.shape for c in ONTOLOGY_CASES}
    assert _shapes("rules") == {c.shape for c in RULE_CASES}


@pytest.mark.parametrize("name", ["ontology", "rules"])
def test_every_shape_of_the_house_style_has_a_name_and_a_message(name: str) -> None:
    """A result of the house style always says which house rule it keeps and what is wrong."""
    graph = Graph.from_files([str(HOME / f"{name}.ttl")])
    targets = ("targetClass", "targetSubjectsOf", "targetObjectsOf", "targetNode")
    shapes = {t.subject for target in targets for t in graph.match(None, SH[target])}
    assert {local_name(s) for s in shapes} == _shapes(name)
    for shape in shapes:
        message = graph.text(shape, SH.message)
        assert local_name(shape).split("-")[0] in message.split(":")[0].split(", "), message


# --- SHACL's own rules ----------------------------------------------------------------------------


def _source(text: str, name: str = "shapes/spoilt.ttl") -> Source:
    return Source(name, text, parse(text.encode(), "text/turtle", contexts={}))


@pytest.fixture(scope="module")
def shapes_text() -> str:
    """A file of real shapes."""
    return (room("shapes") / "children-act-2004.ttl").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "sh:qualifiedMinCount 1",
            "sh:qualifiedMinCuont 1",
            "sh:qualifiedMinCuont is no SHACL term",
        ),
        ("sh:minCount 1", 'sh:minCount "one"', "refuse"),
        ("sh:path dg:designation ;", "", "refuse"),
        ("sh:severity sh:Violation", "sh:severity sh:Violation , sh:Info", "refuse"),
        ("sh:sparql [", "sh:js [", "sh:js is no SHACL term"),
        ("a sh:NodeShape", "a sh:ConstraintComponent", "sh:ConstraintComponent is no SHACL term"),
    ],
)
def test_a_shape_that_is_none_is_seen(shapes_text: str, old: str, new: str, said: str) -> None:
    """A misspelt SHACL term, one that is not used here and an ill-formed shape are findings."""
    assert old in shapes_text
    assert not list(shape_faults([_source(shapes_text)]))
    found = [f.message for f in shape_faults([_source(shapes_text.replace(old, new))])]
    assert any(said in message for message in found), found


def test_the_list_of_shacl_terms_holds_only_terms_of_shacl() -> None:
    """Every listed term is in the SHACL vocabulary itself, so that the list cannot hold a misspelling."""
    text = files("pyshacl").joinpath("assets", "shacl.ttl").read_bytes()
    defined = {q.subject for q in parse_quads(text, format=RdfFormat.TURTLE)}
    listed = Graph.from_files([str(HOME / "shacl-terms.ttl")])
    assert {t.object for t in listed.match(None, RDFS.member)} <= defined


# --- queries and sayings --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "predicate", "text", "said"),
    [
        (PLAIN, DG.evidenceQuery, "CONSTRUCT { $this ?p ?o } WHERE { $this ?p }", "does not parse"),
        (
            PLAIN,
            DG.evidenceQuery,
            "CONSTRUCT { $this x:p ?o } WHERE { $this ?p ?o }",
            "does not parse",
        ),
        (PLAIN_PART, DG.howToSay, "[] a dg:Designation ; dg:office .", "is not Turtle"),
        (PLAIN_PART, DG.howToSay, "{authority} a nowhere:Thing .", "is not Turtle"),
    ],
)
def test_a_query_or_saying_that_does_not_parse_is_seen(
    rules: frozenset[Triple], subject: NamedNode, predicate: NamedNode, text: str, said: str
) -> None:
    """A query with a fault and a line of Turtle that is none are findings."""
    prefixes = [
        t for t in Rulebook.load().graph if t.predicate in (SH.declare, SH.prefix, SH.namespace)
    ]
    facts = Facts([*rules, *prefixes])
    assert not list(rule_faults(Rulebook(Graph(facts.triples)), []))
    facts.having(subject, predicate, Literal(text))
    found = [f.message for f in rule_faults(Rulebook(Graph(facts.triples)), [])]
    assert any(said in message for message in found), found


# --- the engines ----------------------------------------------------------------------------------


class _Deaf:
    """An engine that finds nothing."""

    name = version = "deaf"

    def validate(self, data: bytes) -> frozenset[Result]:
        """Find nothing."""
        return frozenset()


DESCRIPTION = """@prefix auth: <https://w3id.org/dutygraph/id/authority/> .
@prefix dg: <https://w3id.org/dutygraph/def/> .
@prefix x: <https://w3id.org/dutygraph/id/example/> .
x:s a dg:Structure ; dg:describes auth:coventry ;
    dg:assessmentDay "2017-01-24"^^<http://www.w3.org/2001/XMLSchema#date> .
"""


CLASH = """@prefix org: <http://www.w3.org/ns/org#> .
x:typist a org:Post , dg:SupportPost , dg:SubstantivePost ; dg:title "Typist" .
"""


def test_statements_that_cannot_all_be_true_are_named(
    rulebook: Rulebook, engines: dict[str, Engine]
) -> None:
    """A description that contradicts the ontology is a finding that says which statements clash."""
    source = _source(DESCRIPTION + CLASH, "data/documents/900/spoilt.ttl")
    (found,) = description_faults(Pipeline(rulebook, _engines=engines), source)
    for said in (
        "“Typist”",
        "is a support post",
        "is a substantive post",
        "no substantive post is",
    ):
        assert said in found.message
    assert "designat" not in found.message


def test_engines_that_disagree_are_seen(rulebook: Rulebook, engines: dict[str, Engine]) -> None:
    """What only one engine finds on a packaged description is a finding; agreement is none."""
    source = _source(DESCRIPTION, "data/documents/900/spoilt.ttl")
    assert not list(description_faults(Pipeline(rulebook, _engines=engines), source))
    deaf = {"fast": engines["fast"], "reference": _Deaf()}
    found = list(description_faults(Pipeline(rulebook, _engines=deaf), source))
    assert found
    assert all("Only the fast engine finds rule:" in f.message for f in found)


def test_a_packaged_description_that_cannot_be_read_is_seen(rulebook: Rulebook) -> None:
    """A description that the door refuses is a finding with its reason."""
    source = _source(DESCRIPTION.replace("auth:coventry", "'Coventry'"), "data/documents/900/x.ttl")
    found = list(description_faults(Pipeline(rulebook), source))
    assert len(found) == 1
    assert "describes no authority" in found[0].message


class _Spoilt(Rulebook):
    """The rulebook with shapes that no engine takes."""

    @property
    def shapes(self) -> bytes:
        """A constraint whose query is none."""
        lines = (
            f"<urn:x> {RDF.type} {SH.NodeShape} .",
            f"<urn:x> {SH.targetClass} {DG.ChildrensServicesAuthority} .",
            f"<urn:x> {SH.sparql} <urn:y> .",
            f'<urn:y> {SH.select} "SELECT DISTINCT $this WHERE {{ $this ?p }}" .',
        )
        return "\n".join(lines).encode()


def test_shapes_that_an_engine_does_not_take_are_seen(rulebook: Rulebook) -> None:
    """What an engine says against the shapes is a finding that names the engine."""
    assert not list(engine_faults(rulebook))
    assert {f.place for f in engine_faults(_Spoilt(rulebook.graph))} == {
        "the fast engine",
        "the reference engine",
    }


# --- the whole ------------------------------------------------------------------------------------


@pytest.mark.long
def test_this_installation_is_sound() -> None:
    """`dutygraph check` finds nothing, and tells each step before it takes it."""
    steps: list[str] = []
    assert [str(f) for f in checking.check(steps.append)] == []
    of_documents = ("Comparing the engines on data/", "Reasoning over data/")
    assert [s for s in steps if not s.startswith(of_documents)] == [
        "Reading the ontology, the shapes and the data",
        "Looking for misspelt names",
        "Checking the house style",
        "Checking the shapes against SHACL's own rules",
        "Loading every rule",
        "Giving the shapes to both engines",
        "Reasoning over the ontology",
    ]
    for step in of_documents:
        assert step + "documents/004/coventry-2017-01-24.ttl" in steps


def test_a_file_that_does_not_parse_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A syntax error in a room is a finding with its file and line, and nothing else is looked at."""
    for name in ("ontology", "shapes", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "broken.ttl").write_text(
        "<urn:a> <urn:b>\n  <urn:c> ;;; <urn:d>", encoding="utf-8"
    )
    monkeypatch.setattr(checking, "room", lambda name: tmp_path / name)
    found = checking.check()
    assert [f.file for f in found] == ["data/broken.ttl"]
    assert found[0].place.startswith("line 2")


def test_a_rulebook_that_does_not_load_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that cannot be read is a finding, and the checks that need no rulebook still run."""

    def fail() -> Rulebook:
        raise SyntaxError("shapes/spoilt.ttl: line 7")

    for name in ("typos", "style_faults", "shape_faults"):
        monkeypatch.setattr(checking, name, lambda sources: [])
    monkeypatch.setattr(Rulebook, "load", fail)
    assert [str(f) for f in checking.check()] == [
        "shapes: The rulebook does not load: shapes/spoilt.ttl: line 7"
    ]


@pytest.mark.long
def test_a_finding_about_a_nameless_node_is_placed_at_its_rule(rulebook: Rulebook) -> None:
    """A fault in a list or a condition names the rule that it belongs to, with file and line."""
    text = (room("shapes") / "children-act-2004.ttl").read_text(encoding="utf-8")
    assert "[ a dg:SettlingList ; dg:listedProperty dg:designation ]" in text
    spoilt = text.replace(
        "[ a dg:SettlingList ; dg:listedProperty dg:designation ]", "[ a dg:SettlingList ]", 1
    )
    sources, _ = checking.read_rooms()
    name = "shapes/children-act-2004.ttl"
    found = checking.style_faults([_source(spoilt, name) if s.name == name else s for s in sources])
    line = spoilt.split(f"rule:{local_name(SECOND_PART)} a")[0].count("\n") + 1
    assert [(f.file, f.place) for f in found if "R2: a list" in f.message] == [
        (name, f"rule:{local_name(SECOND_PART)} (line {line})")
    ]


def test_the_house_style_is_not_loaded_as_rules(rulebook: Rulebook) -> None:
    """The shapes of the house style are in a folder of their own, which the rulebook does not read."""
    assert STYLE.encode() not in rulebook.shapes
