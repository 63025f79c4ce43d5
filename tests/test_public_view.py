"""What the public sees: which posts' holders, what goes with a holder, and another tier."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dutygraph.description import describe
from dutygraph.errors import Problem
from dutygraph.pipeline import Pipeline
from dutygraph.publishing.names import GraphName
from dutygraph.publishing.preparing import Prepared, Preparing
from dutygraph.publishing.public_view import public_view, require_tier
from dutygraph.publishing.publisher import Publisher, Wanted
from dutygraph.publishing.redrawing import is_drawn, redraw
from dutygraph.publishing.tokens import Token, TokenFile
from dutygraph.rulebook import Rulebook
from dutygraph.store import GraphStore, opened
from dutygraph.store.loading import UNION
from dutygraph.store.writing import as_statements
from dutygraph.terms import BASE, CODE, DG
from dutygraph.triples import NamedNode, Quad, RdfFormat, Triple, parse_quads
from tests.http_fixtures import PREFIXES, START_SECONDS, TURTLE, running
from tests.publishing_fixtures import MANAGER, Publishers, graph
from tests.store_fixtures import settings_of

POST = ':post a org:Post ; org:postIn auth:coventry ; dg:title "TITLE" .\n'
HELD = ":tenure a dg:Appointment ; dg:appointee :someone ; dg:appointedTo :post .\n"
TIER = ":grading a dg:Grading ; dg:gradedPost :post ; dg:tier code:TIER ; dg:gradedBy auth:coventry .\n"
OFFICE = (
    ":duty a dg:Designation ; dg:office code:OFFICE ; dg:designatedPost :post ;"
    " dg:designatedBy auth:coventry .\n"
)
TO_CHIEF = (
    ":line a dg:ReportingLine ; dg:subordinate :post ; dg:superior :chief .\n"
    ":head a dg:Designation ; dg:office code:head-of-paid-service ; dg:designatedPost :chief .\n"
)


def triples(turtle: str) -> list[Triple]:
    """The statements of a text."""
    return [q.triple for q in parse_quads((PREFIXES + turtle).encode(), RdfFormat.TURTLE)]


def seen(turtle: str, rulebook: Rulebook, tier: str = "second-tier") -> str:
    """What the public sees of a text, in one string; with what is held back it is the whole."""
    every = triples(turtle)
    view = public_view(every, rulebook, tier)
    assert set(view.seen) | set(view.held_back) == set(every)
    assert not set(view.seen) & set(view.held_back)
    return "\n".join(str(t) for t in view.seen)


@pytest.fixture(scope="module", name="rulebook")
def the_rulebook() -> Rulebook:
    """The rulebook of this installation."""
    return Rulebook.load()


@pytest.mark.parametrize(
    ("more", "tiers"),
    [
        ("", ()),
        (TIER.replace("TIER", "first-tier"), ("first-tier", "second-tier")),
        (TIER.replace("TIER", "second-tier"), ("second-tier",)),
        (TIER.replace("TIER", "third-tier"), ()),
        # Where two tiers are stated, the lower one counts.
        (
            TIER.replace("TIER", "first-tier")
            + TIER.replace("TIER", "third-tier").replace(":grading", ":other"),
            (),
        ),
        (":grading a dg:Grading ; dg:gradedPost :post .\n", ()),
        (OFFICE.replace("OFFICE", "director-of-childrens-services"), ("first-tier", "second-tier")),
        (OFFICE.replace("OFFICE", "section-151-officer"), ("first-tier", "second-tier")),
        # An office below the chief officers says nothing of the tier.
        (OFFICE.replace("OFFICE", "virtual-school-head"), ()),
        # The tier that is stated wins over the office.
        (
            OFFICE.replace("OFFICE", "director-of-public-health")
            + TIER.replace("TIER", "second-tier"),
            ("second-tier",),
        ),
        (OFFICE.replace("OFFICE", "head-of-paid-service"), ("first-tier", "second-tier")),
        (":post a dg:MemberOffice .\n", ("first-tier", "second-tier")),
        (TO_CHIEF, ("first-tier", "second-tier")),
        (TO_CHIEF + ":post a dg:SupportPost .\n", ()),
        (
            TO_CHIEF + ":no a dg:StatedNegative ; dg:about :post ; dg:denies code:first-tier .\n",
            (),
        ),
    ],
)
def test_whose_holder_the_public_sees(more, tiers, rulebook):
    """The stated tier decides, else the office, else whom it reports to; unknown is not seen."""
    for tier in ("first-tier", "second-tier", "third-tier"):
        text = seen(POST + HELD + more, rulebook, tier)
        expected = tier in tiers or tier == "third-tier"
        assert ("someone" in text) == ("tenure" in text) == expected, tier
        # Whatever happens to the holder, the post stays, and so does all that is said of it.
        for line in triples(POST + more):
            assert str(line) in text


def test_who_holds_two_posts_is_seen_in_the_one(rulebook):
    """The person of a public post stays; the tenure of the other goes."""
    more = (
        ":other a org:Post ; org:postIn auth:coventry .\n"
        ":second a dg:Appointment ; dg:appointee :someone ; dg:appointedTo :other .\n"
        ':someone <http://xmlns.com/foaf/0.1/name> "Sam One" .\n'
    )
    text = seen(POST + HELD + TIER.replace("TIER", "first-tier") + more, rulebook)
    assert "Sam One" in text and "/tenure>" in text and "/second>" not in text


def test_an_elected_member_is_seen(rulebook):
    """Electors chose them; the tenure of a post without a tier goes all the same."""
    more = ":elected a dg:ElectedMembership ; dg:electedPerson :someone ; dg:electedTo auth:coventry .\n"
    text = seen(POST + HELD + more, rulebook)
    assert "/someone>" in text and "/tenure>" not in text


@pytest.mark.parametrize(
    "more",
    [
        ":someone a <http://xmlns.com/foaf/0.1/Person> ; <http://xmlns.com/foaf/0.1/name> 'Sam One' .",
        ":seat a org:Membership ; org:member :someone ; org:organization :board .",
        ":employment a dg:Employment ; dg:employee :someone ; dg:employer auth:coventry .",
        ":someone rdfs:label 'Sam One' . :board dg:title 'The board of SAM ONE' .",
        ":someone rdfs:label 'Sam One' . :board dct:description 'Chaired by Sam One, OBE'@en .",
        ":tenure dct:source para:1 . para:1 dg:quotation 'Someone took up the post' .",
        ":tenure dct:source [ dg:quotation 'Someone took up the post' ] .",
        ":tenure dg:note 'Someone took up the post' .",
        ":judgement a dg:Judgement ; dg:assertedBy :someone .",
        ":post org:heldBy :someone .",
        ":someone org:holds :post .",
        ":minute dct:references :tenure .",
    ],
)
def test_what_goes_with_a_holder(more, rulebook):
    """Every statement that names them or could: facts, names in texts, words on the tenure."""
    text = seen(POST + HELD + more, rulebook)
    for word in ("someone", "sam one", "/tenure>", "took up"):
        assert word not in text.casefold()
    assert "Director" not in text and "/post>" in text


FULL = ':someone <http://xmlns.com/foaf/0.1/name> "Hildegard O\'Hushwell" . '
TELLING = [
    ":board dg:title 'Chaired by HILDEGARD  O’HUSHWELL' .",
    ":board dg:title 'Chaired by Hildegard\\u00a0O\\'Hushwell' .",
    ":board dg:note 'O\\'Hushwell, Hildegard' .",
    ":board dg:note 'Mrs O\\'Hushwell\\'s board' .",
    ":board dg:note 'H. O\\'Hushwell chairs it' .",
    ":board dg:note 'hildegard.ohushwell@example.org' .",
    ":board dct:creator <mailto:hohushwell@example.org> .",
    ":board dct:relation <https://example.org/people/Hildegard%20O%27Hushwell> .",
    ":hildegard-ohushwell-seat a org:Membership ; org:organization :board .",
    ":board dct:relation [ dct:isPartOf <https://example.org/#HildegardOHushwell> ] .",
    ":board dct:description '<b>Hildegard O\\'Hushwell</b>'^^rdf:HTML .",
    ":board dct:description 'Hildegard O\\'Hushwell'^^xsd:token .",
]
OTHERWISE = [
    "foaf:name 'Hildegárd Ohushwell' . :b dg:note 'Hildega\\u0301rd Ohushwell'",
    "foaf:name 'Ohushwell, Hildegard' . :b dg:note 'Hildegard Ohushwell'",
    "foaf:name 'Hildegard Ohushwell, OBE' . :b dg:note 'Hildegard Ohushwell'",
    "foaf:name 'Dr Hildegard M. Ohushwell' . :b dg:note 'Hildegard Ohushwell'",
    "foaf:name 'Ms Ohushwell' . :b dg:note 'Miss Ohushwell'",
    "foaf:name 'Ohushwell' . :b dg:note 'The Ohushwell board'",
    "foaf:familyName 'Ohushwell' . :b dg:note 'Ms Ohushwell'",
    "foaf:familyName 'Ohushwell' ; foaf:givenName 'Hildegard' . :b dg:note 'Hildegard Ohushwell'",
    "skos:altLabel 'Hildegard Ohushwell' . :b dg:note 'Hildegard Ohushwell'",
    "<https://schema.org/name> 'Hildegard Ohushwell' . :b dg:note 'Hildegard Ohushwell'",
    "dct:title 'Hildegard Ohushwell' . :b dg:note 'Hildegard Ohushwell'",
]
MORE_PREFIXES = (
    "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
    "@prefix foaf: <http://xmlns.com/foaf/0.1/> .\n"
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
)


@pytest.mark.parametrize(
    "more", [*(FULL + t for t in TELLING), *(f":someone {t} ." for t in OTHERWISE)]
)
def test_a_name_is_found_in_every_form(more, rulebook):
    """However a name is stated and written, in a text of any datatype or in an identifier."""
    text = seen(MORE_PREFIXES + POST + HELD + more, rulebook)
    assert "hushwell" not in text.casefold() and "/post>" in text


@pytest.mark.parametrize("name", ["Ann Coventry", "Ms Coventry", "Ann Young", "Coventry, Ann"])
def test_a_family_name_alone_takes_nothing_along(name, rulebook):
    """People are called like places and like words; what does not mean them stays."""
    more = (
        f':someone <http://xmlns.com/foaf/0.1/name> "{name}" .\n'
        ':board dg:title "Coventry board for children and young people" ;\n'
        "    dct:publisher auth:coventry ; dct:relation <https://example.org/coventry> .\n"
    )
    text = seen(POST + HELD + more, rulebook)
    for line in triples(POST + more):
        assert (str(line) in text) == ("someone" not in str(line))


@pytest.mark.parametrize(
    "more",
    [
        ":tenure dg:title 'TITLE' .",
        ":judgement a dg:Judgement ; dg:assertedBy :post .",
        ":judgement a dg:Judgement ; dg:assertedBy auth:coventry .",
        ":judgement a dg:Judgement ; dg:assertedBy :board . :board a dg:Body .",
        ":employment a dg:Employment ; dg:employee :post .",
    ],
)
def test_what_is_no_person_is_seen(more, rulebook):
    """A post, a body or a council that judges is no holder, and a tenure's title is the post's."""
    text = seen(POST + HELD + more, rulebook)
    for line in triples(POST + more):
        assert (str(line) in text) == ("/tenure>" not in str(line))


STRUCTURE = (
    ":coventry a dg:Structure ; dg:status code:existing ; dg:describes auth:coventry ;"
    ' dg:assessmentDay "2016-06-30"^^xsd:date .\n'
)


@pytest.mark.parametrize(
    "more",
    [
        ":coventry a <http://xmlns.com/foaf/0.1/Person> .",
        ":other a dg:Appointment ; dg:appointee auth:coventry ; dg:appointedTo :post .",
        ":coventry dg:appointee :somebody ; dg:appointedTo :post .",
        ":tenure dct:source :coventry .",
        ":tenure dct:source auth:coventry .",
        ":someone dg:name 'Example Org' .",
        ":someone dg:name 'W3id Org' .",
        ":someone dg:name 'Dutygraph Def' .",
        ":someone dg:name 'Code Existing' .",
    ],
)
def test_the_structure_itself_is_seen(more, rulebook):
    """Whatever a graph calls a holder or says of one, what is left is a description that can be
    assessed: one graph that cannot be shown would keep all others from being shown.
    """
    every = triples(STRUCTURE + POST + HELD + more)
    view = public_view(every, rulebook, "second-tier")
    (described,) = [t for t in view.seen if t.predicate == DG.describes]
    quads = [Quad(t.subject, t.predicate, t.object) for t in view.seen]
    assert described.object in describe(quads).authorities
    assert describe(quads).day is not None
    assert "someone" not in "\n".join(str(t) for t in view.seen)


def test_words_that_name_nobody_stay(rulebook):
    """A text without the name, a date that has its letters and a short name take nothing along."""
    more = (
        ':someone rdfs:label "20" , "2015" . :board dg:title "Founded in 1999" .\n'
        ':duty dg:from "2015-04-01"^^xsd:date .\n'
    )
    text = seen(POST + HELD + more, rulebook)
    assert "1999" in text and "2015-04-01" in text


def test_a_tier_that_there_is_not_is_refused(rulebook):
    """The setting names a tier of the code list; the refusal lists them from the top."""
    with pytest.raises(Problem) as raised:
        require_tier(rulebook, "basement")
    assert raised.value.kind.slug == "bad-parameter"
    assert re.search("first-tier, second-tier, third-tier", raised.value.detail)
    assert [require_tier(rulebook, t) for t in ("first-tier", "third-tier")] == [1, 3]


def test_another_tier_draws_everything_anew(tmp_path: Path):
    """What was published for the public of one tier is drawn again for that of another: the current
    version, older ones, reports, hashes and the default graph of queries; and back again.
    """
    tokens = {"coventry": TokenFile(tmp_path / "tokens.json").new("coventry")[1]}
    at = "/graphs/coventry/today"
    manager = MANAGER.replace("COUNCIL", "coventry")
    wholes: dict[str, set[bytes]] = {}
    hashes = {}
    for tier in ("third-tier", "second-tier", "first-tier", "third-tier"):
        with running(workers=1, STORE=str(tmp_path), PUBLIC_TIER=tier) as server:
            councils = Publishers(server, tokens)
            wait_for(councils)
            if not wholes:
                councils.put(at, "coventry", graph("coventry", manager, title="Earlier"))
                tag = councils.ask("GET", at, "coventry").headers["ETag"]
                councils.put(at, "coventry", graph("coventry", manager), tag)
            named = tier == "third-tier"
            for part in ("", "/versions/1", "/versions/2"):
                own = councils.ask("GET", f"{at}{part}?format=ntriples", "coventry").body
                wholes.setdefault(part, set()).add(own)
                public = councils.ask("GET", f"{at}{part}?format=ntriples").body
                assert (b"Hushwell" in public) == named and b"Team Manager" in public
                if part:
                    report = councils.ask("GET", f"{at}{part}/report").body
                    assert (b"hidden-person" in report or b"Hushwell" in report) == named
            query = "ASK { ?s ?p ?o FILTER(CONTAINS(STR(?o), 'Hushwell')) }"
            assert server.query(query).json["boolean"] == named
            history = councils.ask("GET", at + "/history?format=ntriples").body
            hash = councils.ask("GET", f"{at}/versions/2/report").json["data"]["hash"]
            assert history.count(b"contentHash") == 2 and hash.encode() in history
            hashes[tier] = hash
    # What the council sees of its own was never another.
    assert {part: len(each) for part, each in wholes.items()} == dict.fromkeys(wholes, 1)
    assert hashes["third-tier"] != hashes["second-tier"]


@pytest.fixture(scope="module", name="pipeline")
def the_pipeline() -> Pipeline:
    """What assesses."""
    return Pipeline.load()


def kept_before(store: GraphStore, name: GraphName, prepared: Prepared) -> None:
    """Publish what an older installation had prepared, and note that it did so for the second tier."""
    by = Token("0123456789ab", name.authority, "", "", "")
    Publisher(store).publish(name, prepared, by, Wanted(absent=True), datetime.now(UTC))
    note = NamedNode(BASE + "id/graph/public-tier")
    with store.writer.writing() as writing:
        writing.put(note.value, as_statements([Triple(note, DG.tier, CODE["second-tier"])]))


def leaking(name: GraphName, pipeline: Pipeline) -> Prepared:
    """A graph of which the public sees all."""
    text = graph(name.authority, MANAGER.replace("COUNCIL", name.authority))
    task = Preparing(text, TURTLE, name, "third-tier", date(2026, 1, 1))
    prepared = task.perform(pipeline)
    assert not prepared.held_back
    return prepared


def test_what_an_older_installation_drew_is_drawn_anew(tmp_path: Path, pipeline):
    """Another way to find names is as another tier: what leaked before does so no more, once."""
    name = GraphName("coventry", "today")
    with opened(settings_of(tmp_path)) as store:
        kept_before(store, name, leaking(name, pipeline))
        assert not is_drawn(store.client, "second-tier")
        assert redraw(store, "second-tier", lambda: pipeline) == 1
        assert is_drawn(store.client, "second-tier")
        for each in (name.published, name.version(1), name.report(1), UNION):
            kept = store.writer.get(each)
            assert kept and b"Hushwell" not in kept.statements, each
        assert redraw(store, "second-tier", lambda: pipeline) == 0


def test_a_graph_that_cannot_be_drawn_keeps_no_other_from_being_shown(tmp_path: Path, pipeline):
    """It is hidden from all but its council, which may publish it anew; the log names no person; the
    next start tries again.
    """
    good, bad = GraphName("coventry", "today"), GraphName("torbay", "today")
    first = leaking(good, pipeline)
    # Without a structure, what is left of it is no description.
    broken = b"".join(
        line + b"\n"
        for line in leaking(bad, pipeline).own.statements.splitlines()
        if b"def/Structure>" not in line
    )
    view = replace(leaking(bad, pipeline).own, statements=broken)
    tokens = TokenFile(tmp_path / "tokens.json")
    held = {c: tokens.new(c)[1] for c in ("coventry", "torbay")}
    with opened(settings_of(tmp_path)) as store:
        kept_before(store, bad, Prepared(view, view, b""))
        kept_before(store, good, first)
    at = "/graphs/torbay/today"
    for _ in range(2):
        with running(workers=1, STORE=str(tmp_path)) as server:
            councils = Publishers(server, held)
            wait_for(councils)
            assert b"Team Manager" in councils.ask("GET", "/graphs/coventry/today").body
            for part in ("", "/proof", "/versions/1", "/versions/1/report"):
                answer = councils.ask("GET", at + part)
                assert (answer.status, answer.slug) == (503, "store-unavailable"), part
            assert [row["authority"] for row in councils.ask("GET", "/graphs").json] == ["coventry"]
            for query in ("{ ?s ?p ?o", "{ GRAPH ?g { ?s ?p ?o }"):
                query = f"ASK {query} FILTER(CONTAINS(STR(?o), 'Hushwell')) }}"
                assert not server.query(query).json["boolean"]
            history = councils.ask("GET", at + "/history?format=ntriples").body
            assert b"versions/1" in history and b"contentHash" not in history
            assert councils.ask("GET", "/feed").status == 200
            own = councils.ask("GET", at + "?format=ntriples", "torbay")
            assert set(own.body.splitlines()) == set(broken.splitlines())
            (line,) = [x for x in server.log.splitlines() if "shown to nobody" in x]
            assert "graphs/torbay/today/versions/1" in line and "no-structure" in line
            assert "Hushwell" not in server.log
            tag = own.headers["ETag"]
            assert tag
    with running(workers=1, STORE=str(tmp_path)) as server:
        councils = Publishers(server, held)
        wait_for(councils)
        assert councils.put(at, "torbay", graph("torbay"), tag).status == 200
        assert councils.ask("GET", at).status == 200
        assert councils.ask("GET", at + "/versions/1").status == 503


def test_what_was_hidden_is_shown_when_it_can_be_drawn(tmp_path: Path, pipeline):
    """Each start tries the hidden versions again, and they are then what they would have been."""
    name = GraphName("coventry", "today")
    text = graph("coventry", MANAGER.replace("COUNCIL", "coventry"))
    prepared = Preparing(text, TURTLE, name, "second-tier", date(2026, 1, 1)).perform(pipeline)
    with opened(settings_of(tmp_path)) as store:
        kept_before(store, name, prepared)
        redraw(store, "second-tier", lambda: pipeline)
        publisher = Publisher(store)
        shown = [publisher.state(name, own) for own in (False, True)]
        graphs = store.graphs()
        publisher.hide(name, 1, prepared.own)
        hidden = publisher.state(name, own=False)
        assert hidden and hidden.hidden and not hidden.statements
        assert publisher.state(name, own=True) == shown[1]
        assert redraw(store, "second-tier", lambda: pipeline) == 1
        assert [publisher.state(name, own) for own in (False, True)] == shown
        assert store.graphs() == graphs
        assert redraw(store, "second-tier", lambda: pipeline) == 0


def wait_for(councils: Publishers) -> None:
    """Wait until what is published is shown."""
    ends = time.monotonic() + START_SECONDS
    while councils.server.query("ASK { }").status != 200:
        assert time.monotonic() < ends, councils.server.log
        time.sleep(0.1)
