"""The state on a day: what holds, how surely, and from which nodes it was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dutygraph.dates import Certainty
from dutygraph.description import describe
from dutygraph.errors import Problem
from dutygraph.rulebook import Rulebook
from dutygraph.state import Schema, State, Window, state_on
from dutygraph.terms import CODE, DCT, DG, ORG, RDF
from dutygraph.triples import Graph, NamedNode, RdfFormat, Term, Triple, parse_quads

NO, POSSIBLE, CERTAIN = Certainty.NO, Certainty.POSSIBLE, Certainty.CERTAIN

PREFIXES = """@prefix auth: <https://w3id.org/dutygraph/id/authority/> .
@prefix code: <https://w3id.org/dutygraph/code/> .
@prefix dct:  <http://purl.org/dc/terms/> .
@prefix dg:   <https://w3id.org/dutygraph/def/> .
@prefix org:  <http://www.w3.org/ns/org#> .
@prefix x:    <https://w3id.org/dutygraph/id/example/> .
@prefix xsd:  <http://www.w3.org/2001/XMLSchema#> .
"""
STRUCTURE = (
    "x:s a dg:Structure ; dg:describes x:a ; dg:assessmentDay '2016-06-30'^^xsd:date {more} ."
)
DESIGNATION = """x:d a dg:Designation ; dg:office code:director-of-childrens-services ;
    dg:designatedPost x:p ; dg:designatedBy x:a {dates} ."""


def _x(name: str) -> NamedNode:
    return NamedNode("https://w3id.org/dutygraph/id/example/" + name)


A, D, P = _x("a"), _x("d"), _x("p")
DCS = CODE["director-of-childrens-services"]


@pytest.fixture(scope="module")
def schema(rulebook: Rulebook) -> Schema:
    """What the ontology says of dated classes and flat relations, without the rulebook's windows."""
    return replace(rulebook.schema, windows=())


def _state(
    turtle: str,
    schema: Schema,
    day: str = "2016-06-30",
    more: str = "",
    structure: str = STRUCTURE,
    register: str = "",
) -> State:
    text = PREFIXES + structure.replace("{more}", more) + turtle
    description = describe(parse_quads(text.encode(), format=RdfFormat.TURTLE))
    known = parse_quads((PREFIXES + register).encode(), format=RdfFormat.TURTLE)
    facts = Graph(Triple(q.subject, q.predicate, q.object) for q in known)
    return state_on(date.fromisoformat(day), description, schema, facts)


def _surety(state: State, subject: Term, predicate: NamedNode, target: Term) -> Certainty:
    triple = Triple(subject, predicate, target)
    if triple in state.certain:
        assert triple in state.full
        return CERTAIN
    return POSSIBLE if triple in state.full else NO


def _dated(**dates: str) -> str:
    """Dates of a node: start="2016-05" for dg:from, end for dg:to, on for dg:on."""
    names = {"start": "from", "end": "to", "on": "on"}
    kinds = {4: "gYear", 7: "gYearMonth", 10: "date"}
    return "".join(
        f" ; dg:{names[name]} '{text}'^^xsd:{kinds[len(text)]}" for name, text in dates.items()
    )


# --- one dated node -------------------------------------------------------------------------------


def test_a_node_that_holds_keeps_what_it_says_and_loses_when_and_where(schema: Schema) -> None:
    """Dates, sources, notes and quotations go into the index; the facts about the node stay."""
    dates = (
        _dated(start="2015-04", end="2018")
        + " ; dct:source x:para ; dg:note 'n' ; dg:quotation 'q'"
    )
    state = _state(DESIGNATION.replace("{dates}", dates), schema)
    about = {(t.predicate, t.object) for t in state.certain if t.subject == D}
    assert about == {
        (RDF.type, DG.Designation),
        (RDF.type, DG.DatedRelation),
        (RDF.type, DG.DatedNode),
        (DG.office, DCS),
        (DG.designatedPost, P),
        (DG.designatedBy, A),
    }
    record = state.nodes[D]
    assert (record.sources, record.standing, record.kind) == (
        (_x("para").value,),
        "stated",
        "relation",
    )
    assert record.certainty is CERTAIN
    assert record.start is not None
    assert record.end is not None
    assert (record.start.printed, record.end.printed) == ("2015-04", "2018")


def test_a_node_without_a_source_is_unsourced(schema: Schema) -> None:
    """Standing follows from the source alone."""
    state = _state(DESIGNATION.replace("{dates}", ""), schema)
    assert state.nodes[D].standing == "unsourced"


@pytest.mark.parametrize(
    ("dates", "day", "expected"),
    [
        # Half-open, to the day.
        (_dated(start="2015-09-01", end="2016-03-01"), "2015-08-31", NO),
        (_dated(start="2015-09-01", end="2016-03-01"), "2015-09-01", CERTAIN),
        (_dated(start="2015-09-01", end="2016-03-01"), "2016-02-29", CERTAIN),
        (_dated(start="2015-09-01", end="2016-03-01"), "2016-03-01", NO),
        # Vague at either end.
        (_dated(start="2015-04"), "2015-03-31", NO),
        (_dated(start="2015-04"), "2015-04-15", POSSIBLE),
        (_dated(start="2015-04"), "2015-04-30", CERTAIN),
        (_dated(start="2015-09-01", end="2016"), "2016-06-30", POSSIBLE),
        (_dated(start="2015-09-01", end="2016"), "2016-12-31", NO),
        # Not stated, open, unknown.
        (_dated(start="2015-09-01"), "2016-06-30", CERTAIN),
        (_dated(start="2015-09-01"), "2016-07-01", POSSIBLE),
        (_dated(start="2015-09-01") + " ; dg:endStatus code:open-end", "2020-01-01", CERTAIN),
        (_dated(start="2015-09-01") + " ; dg:endStatus code:unknown-end", "2016-06-30", POSSIBLE),
        (_dated(start="2015-09-01") + " ; dg:endStatus code:unknown-end", "2015-08-31", NO),
        # No date at all: certain on the description's day.
        ("", "2016-06-29", POSSIBLE),
        ("", "2016-06-30", CERTAIN),
        ("", "2016-07-01", POSSIBLE),
    ],
)
def test_a_relation_holds_as_surely_as_its_dates_say(
    dates: str, day: str, expected: Certainty, schema: Schema
) -> None:
    """The node, its flat relations and its record are all as sure as its period is on the day."""
    state = _state(DESIGNATION.replace("{dates}", dates), schema, day)
    assert _surety(state, D, DG.office, DCS) == expected
    assert _surety(state, D, RDF.type, DG.DatedRelation) == expected
    assert _surety(state, P, DG.carriesOffice, DCS) == expected
    assert _surety(state, A, DG.designation, D) == expected
    assert state.nodes[D].certainty == expected


@pytest.mark.parametrize(
    ("dates", "day", "expected"),
    [
        (_dated(on="2016-05-01"), "2016-04-30", NO),
        (_dated(on="2016-05-01"), "2016-05-01", CERTAIN),
        (_dated(on="2016-05-01"), "2030-01-01", CERTAIN),
        (_dated(on="2016-05"), "2016-05-15", POSSIBLE),
        ("", "2016-06-29", POSSIBLE),
        ("", "2016-06-30", CERTAIN),
        ("", "2030-01-01", CERTAIN),
    ],
)
def test_an_event_stays_a_fact_once_it_has_happened(
    dates: str, day: str, expected: Certainty, schema: Schema
) -> None:
    """Events are facts from their day on; an undated one had happened by the description's day."""
    state = _state(f"x:e a dg:Decision ; dg:decidedBy x:a {dates} .", schema, day)
    assert _surety(state, A, DG.decision, _x("e")) == expected
    assert state.nodes[_x("e")].kind == "event"


@pytest.mark.parametrize("day", ["2000-01-01", "2016-06-30", "2030-01-01"])
def test_what_has_no_period_is_so_on_every_day(day: str, schema: Schema) -> None:
    """A post is a post on any day: only subclasses of the dated classes are dated."""
    state = _state("x:p a org:Post ; org:postIn x:a ; dg:title 'Director' .", schema, day)
    assert _surety(state, P, ORG.postIn, A) == CERTAIN
    assert not state.nodes[P].dated


# --- the structure's own period and day -----------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "dates", "day", "expected"),
    [
        # Facts without dates take the structure's period.
        (_dated(start="2015-04-01", end="2018-04-01"), "", "2015-03-31", NO),
        (_dated(start="2015-04-01", end="2018-04-01"), "", "2015-04-01", CERTAIN),
        (_dated(start="2015-04-01", end="2018-04-01"), "", "2018-03-31", CERTAIN),
        (_dated(start="2015-04-01", end="2018-04-01"), "", "2018-04-01", NO),
        (_dated(start="2015"), "", "2015-06-30", POSSIBLE),
        (_dated(start="2015"), "", "2016-06-30", CERTAIN),
        (_dated(start="2015"), "", "2016-07-01", POSSIBLE),
        # A node's own date stands for itself.
        (
            _dated(start="2015-04-01", end="2018-04-01"),
            _dated(start="2016-01-01"),
            "2015-12-31",
            NO,
        ),
        (
            _dated(start="2015-04-01", end="2018-04-01"),
            _dated(end="2017-01-01"),
            "2017-01-01",
            NO,
        ),
        # A period that goes on, of the structure as of a node.
        (
            _dated(start="2015-04-01") + " ; dg:endStatus code:open-end",
            "",
            "2020-01-01",
            CERTAIN,
        ),
        (
            _dated(start="2015-04-01") + " ; dg:endStatus code:unknown-end",
            "",
            "2016-06-30",
            POSSIBLE,
        ),
    ],
)
def test_facts_without_dates_take_the_structures_period(
    more: str, dates: str, day: str, expected: Certainty, schema: Schema
) -> None:
    """Only a node without any date of its own takes the period of the structure."""
    state = _state(DESIGNATION.replace("{dates}", dates), schema, day, more)
    assert _surety(state, A, DG.designation, D) == expected


def test_a_structure_without_a_day_speaks_for_the_day_asked_about(schema: Schema) -> None:
    """Living data has no day of its own: it is taken at the day of assessment."""
    structure = "x:s a dg:Structure ; dg:describes x:a ."
    turtle = DESIGNATION.replace("{dates}", _dated(start="2015-09-01"))
    state = _state(turtle, schema, "2026-01-01", structure=structure)
    assert _surety(state, A, DG.designation, D) == CERTAIN


# --- flat relations -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("turtle", "fact"),
    [
        ("x:n a dg:Appointment ; dg:appointedTo x:p ; dg:appointee x:q .", ("p", ORG.heldBy, "q")),
        (
            "x:n a dg:ReportingLine ; dg:subordinate x:p ; dg:superior x:q .",
            ("p", DG.reportsTo, "q"),
        ),
        (
            "x:n a dg:AccountabilityLine ; dg:accountablePost x:p ; dg:answersTo x:q .",
            ("p", DG.accountableTo, "q"),
        ),
        (
            "x:n a dg:Designation ; dg:designatedPost x:p ; dg:designatedBy x:a .",
            ("p", DG.designatedFor, "a"),
        ),
        ("x:n a dg:Designation ; dg:designatedBy x:a .", ("a", DG.designation, "n")),
        (
            "x:n a org:Membership ; org:organization x:p ; org:member x:q .",
            ("p", ORG.hasMember, "q"),
        ),
        (
            "x:n a dg:Establishment ; dg:establishedBy x:a ; dg:establishedBody x:p .",
            ("a", DG.establishes, "p"),
        ),
        ("x:n a dg:Agreement ; dg:party x:a , x:b .", ("b", DG.agreement, "n")),
        ("x:n a dg:Decision ; dg:decidedBy x:a .", ("a", DG.decision, "n")),
        ("x:n a dg:StructuralChange ; dg:changedAuthority x:a .", ("a", DG.structuralChange, "n")),
        ("x:n a dg:AssuranceReview ; dg:reviewedAuthority x:a .", ("a", DG.assuranceReview, "n")),
        (
            "x:n a dg:ElementCoverage ; dg:coverageOf x:p ; dg:element x:q .",
            ("p", DG.coversElement, "q"),
        ),
        (
            "x:n a dg:Responsibility ; dg:responsiblePost x:p ; dg:function x:q .",
            ("p", DG.carriesFunction, "q"),
        ),
    ],
)
def test_a_flat_relation_is_read_off_a_node(
    turtle: str, fact: tuple[str, NamedNode, str], schema: Schema
) -> None:
    """Each relation that the ontology reads off a class is there, and leads back to the node."""
    state = _state(turtle, schema)
    triple = Triple(_x(fact[0]), fact[1], _x(fact[2]))
    assert triple in state.certain
    assert state.index[triple] == {_x("n")}


def test_several_values_of_a_slot_give_several_relations(schema: Schema) -> None:
    """A shared post is designated for each authority that its node names."""
    state = _state(
        "x:d a dg:Designation ; dg:designatedPost x:p ; dg:designatedBy x:a , x:b .", schema
    )
    assert {t.object for t in state.certain if t.predicate == DG.designatedFor} == {A, _x("b")}


def test_a_relation_without_one_of_its_ends_is_not_read_off(schema: Schema) -> None:
    """An appointment to a post that is not named, or of nobody, says nothing of who holds which post."""
    turtle = "x:n a dg:Appointment ; dg:appointee x:q . x:m a dg:Appointment ; dg:appointedTo x:p ."
    assert not [t for t in _state(turtle, schema).full if t.predicate == ORG.heldBy]


def test_a_relation_that_several_nodes_state_leads_back_to_all_and_is_as_sure_as_the_surest(
    schema: Schema,
) -> None:
    """A second statement adds its source and can only make a fact surer."""
    vague = "x:n a dg:ReportingLine ; dg:subordinate x:p ; dg:superior x:q ; dg:from '2016'^^xsd:gYear ."
    sure = "x:m a dg:ReportingLine ; dg:subordinate x:p ; dg:superior x:q ."
    triple = Triple(P, DG.reportsTo, _x("q"))
    for turtle in (vague + sure, sure + vague):
        state = _state(turtle, schema)
        assert triple in state.certain
        assert state.index[triple] == {_x("n"), _x("m")}


def test_a_fact_that_does_not_hold_is_not_entered() -> None:
    """Entering a fact that certainly does not hold changes nothing."""
    state = State(date(2016, 6, 30), Graph())
    triple = Triple(A, RDF.type, DG.Authority)
    state.add(triple, NO, [A])
    assert (state.certain, state.full, state.index) == (set(), set(), {})


# --- who is someone -------------------------------------------------------------------------------


def _identified(state: State) -> dict[Term, Certainty]:
    return {
        t.subject: CERTAIN if t in state.certain else POSSIBLE
        for t in state.full
        if t.predicate == RDF.type and t.object == DG.IdentifiedNode
    }


def test_someone_unnamed_is_never_a_second_one(schema: Schema) -> None:
    """A blank node holds a post, and is not marked as something that can differ from another thing."""
    turtle = """x:n a dg:Appointment ; dg:appointedTo x:p ; dg:appointee [ ] .
        x:m a dg:Appointment ; dg:appointedTo x:p ; dg:appointee x:q ."""
    state = _state(turtle, schema)
    holders = {t.object for t in state.certain if t.predicate == ORG.heldBy}
    assert len(holders) == 2
    assert holders & set(_identified(state)) == {_x("q")}


def test_a_blank_node_keeps_one_name_wherever_it_stands(schema: Schema) -> None:
    """The same unnamed person in two posts is the same, and two unnamed persons are two."""
    turtle = """x:n a dg:Appointment ; dg:appointedTo x:p ; dg:appointee _:one .
        x:m a dg:Appointment ; dg:appointedTo x:q ; dg:appointee _:one .
        x:o a dg:Appointment ; dg:appointedTo x:r ; dg:appointee _:two ."""
    state = _state(turtle, schema)
    held = {t.subject: t.object for t in state.certain if t.predicate == ORG.heldBy}
    assert held[P] == held[_x("q")] != held[_x("r")]


def test_what_is_named_only_on_a_possible_fact_is_identified_possibly(schema: Schema) -> None:
    """The mark is as sure as the fact that names the thing."""
    turtle = f"""x:n a dg:Appointment ; dg:appointedTo x:p ; dg:appointee x:q {_dated(start="2016")} .
        x:m a dg:Appointment ; dg:appointedTo x:p ; dg:appointee x:r ."""
    marks = _identified(_state(turtle, schema))
    assert (marks[_x("q")], marks[_x("r")], marks[P]) == (POSSIBLE, CERTAIN, CERTAIN)


def test_every_described_authority_is_an_authority(schema: Schema) -> None:
    """What a structure describes is an authority, without being said to be one."""
    assert _surety(_state("", schema), A, RDF.type, DG.Authority) == CERTAIN


def test_the_register_adds_facts_for_certain_with_their_source(schema: Schema) -> None:
    """What the register says holds on every day; its source goes into the index."""
    register = (
        "x:a a dg:ExistingAuthority ; dg:kind code:unitary-authority ; dct:source x:register ."
    )
    structure = "x:s a dg:Structure ; dg:describes x:a ."
    state = _state("", schema, "2030-01-01", structure=structure, register=register)
    assert _surety(state, A, DG.kind, CODE["unitary-authority"]) == CERTAIN
    assert _surety(state, A, RDF.type, DG.ExistingAuthority) == CERTAIN
    assert not [t for t in state.full if t.predicate == DCT.source]
    assert state.nodes[A].sources == (_x("register").value,)


# --- windows --------------------------------------------------------------------------------------

RECENT = Window(
    _x("recent"), DG.AssuranceReview, None, "-P12M", "P0D", DG.insideRecencyWindow, None
)
AROUND = Window(
    _x("around"),
    DG.AssuranceReview,
    DG.StructuralChange,
    "-P3M",
    "P6M",
    DG.insideReviewWindow,
    DG.ReviewDueChange,
)
BEFORE = Window(
    _x("before"), DG.AssuranceReview, DG.Designation, "-P20Y", "P0D", DG.carriedOutBefore, None
)
REVIEW = "x:r a dg:AssuranceReview ; dg:reviewedAuthority x:a {dates} ."
CHANGE = "x:c a dg:StructuralChange ; dg:changedAuthority x:a {dates} ."
R, C = _x("r"), _x("c")


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2015-06-29", NO),
        ("2015-06-30", CERTAIN),
        ("2016-06-30", CERTAIN),
        ("2016-07-01", NO),
        ("2015-06", POSSIBLE),
        ("2015-07", CERTAIN),
        ("2015-05", NO),
        ("2016-05", CERTAIN),
        ("2016-06", CERTAIN),
        ("2016", POSSIBLE),
        ("2015", POSSIBLE),
        ("2014", NO),
    ],
)
def test_an_event_lies_in_a_window_before_the_day(
    on: str, expected: Certainty, schema: Schema
) -> None:
    """Twelve months up to 30 June 2016, both days included; a vague date may or may not lie in them."""
    windows = replace(schema, windows=(RECENT,))
    state = _state(REVIEW.replace("{dates}", _dated(on=on)), windows)
    assert _surety(state, R, DG.insideRecencyWindow, _x("recent")) == expected


@pytest.mark.parametrize(
    ("change", "review", "expected"),
    [
        ("2015-10-01", "2015-06-30", NO),
        ("2015-10-01", "2015-07-01", CERTAIN),
        ("2015-10-01", "2016-04-01", CERTAIN),
        ("2015-10-01", "2016-04-02", NO),
        # Both are vague: inside whichever days are meant, only on some, or on none.
        ("2015-10", "2015-08", CERTAIN),
        ("2015-10", "2015-07", POSSIBLE),
        ("2015-10", "2016-04", POSSIBLE),
        ("2015-10", "2016-03", CERTAIN),
        ("2015-10", "2016-05", NO),
        ("2015-10", "2015-06", NO),
        ("2015", "2015", POSSIBLE),
        ("2015-10-01", "", POSSIBLE),
    ],
)
def test_an_event_lies_in_a_window_around_another(
    change: str, review: str, expected: Certainty, schema: Schema
) -> None:
    """From three months before a change to six months after it, both days included."""
    windows = replace(schema, windows=(AROUND,))
    turtle = CHANGE.replace("{dates}", _dated(on=change)) + REVIEW.replace(
        "{dates}", _dated(on=review) if review else ""
    )
    state = _state(turtle, windows)
    fact = Triple(R, DG.insideReviewWindow, C)
    assert _surety(state, R, DG.insideReviewWindow, C) == expected
    if expected != NO:
        assert state.index[fact] == {R, C}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("2015-12-29", CERTAIN),
        # On its last day a window is still open.
        ("2015-12-30", NO),
        ("2016-02-01", NO),
        ("2015-12", POSSIBLE),
        ("2015-11", CERTAIN),
        ("2016-01", NO),
        ("2015", POSSIBLE),
    ],
)
def test_a_window_closes_the_day_after_its_last_day(
    change: str, expected: Certainty, schema: Schema
) -> None:
    """Six months after a change are over on the day after; a vague change may be due or not yet."""
    windows = replace(schema, windows=(AROUND,))
    state = _state(CHANGE.replace("{dates}", _dated(on=change)), windows)
    assert _surety(state, C, RDF.type, DG.ReviewDueChange) == expected


@pytest.mark.parametrize(
    ("designated", "review", "expected"),
    [
        (_dated(start="2015-09-01"), "2015-09-01", CERTAIN),
        (_dated(start="2015-09-01"), "2015-09-02", NO),
        (_dated(start="2015-09-01"), "2005-01-01", CERTAIN),
        (_dated(start="2015-09"), "2015-09", POSSIBLE),
        (_dated(start="2015-09"), "2015-08", CERTAIN),
        # A designation whose first day is not stated may have come before the review or after it.
        ("", "2015-08-01", POSSIBLE),
        # One that may not hold on the day gives a fact that may not hold either.
        (_dated(start="2016"), "2015-08-01", POSSIBLE),
    ],
)
def test_an_event_comes_before_a_relation_begins(
    designated: str, review: str, expected: Certainty, schema: Schema
) -> None:
    """A window relative to a relation is measured from the first day of its period."""
    windows = replace(schema, windows=(BEFORE,))
    turtle = DESIGNATION.replace("{dates}", designated) + REVIEW.replace(
        "{dates}", _dated(on=review)
    )
    assert _surety(_state(turtle, windows), R, DG.carriedOutBefore, D) == expected


def test_an_event_that_has_not_happened_is_in_no_window(schema: Schema) -> None:
    """A review of next month is no fact yet, though it lies within six months of the change."""
    windows = replace(schema, windows=(AROUND,))
    turtle = CHANGE.replace("{dates}", _dated(on="2016-06-01")) + REVIEW.replace(
        "{dates}", _dated(on="2016-07-01")
    )
    state = _state(turtle, windows)
    assert not [t for t in state.full if t.predicate == DG.insideReviewWindow]


# --- dates that cannot be used --------------------------------------------------------------------


@pytest.mark.parametrize(
    "dates",
    [
        _dated(start="2016-03-01", end="2016-02-29"),
        _dated(start="2016", end="2015-12-31"),
        _dated(start="2016-03-01") + " ; dg:from '2016-04-01'^^xsd:date",
        " ; dg:from x:someday",
        " ; dg:from '2016-02-30'^^xsd:date",
        " ; dg:to 'soon'",
        " ; dg:from '2016'^^xsd:integer",
    ],
)
def test_dates_that_cannot_be_used_are_refused(dates: str, schema: Schema) -> None:
    """A period that ends before it begins, two dates where one is asked for and what is no date."""
    with pytest.raises(Problem) as error:
        _state(DESIGNATION.replace("{dates}", dates), schema)
    assert error.value.slug == "bad-date"
    assert D.value in error.value.detail


@pytest.mark.parametrize(
    "dates", [_dated(start="2016-03", end="2016-03-15"), _dated(start="2016", end="2016")]
)
def test_a_vague_period_that_may_be_in_order_is_taken(dates: str, schema: Schema) -> None:
    """A month to a day in it may well begin before it ends."""
    assert _state(DESIGNATION.replace("{dates}", dates), schema).nodes[D].dated
