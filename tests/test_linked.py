"""Linked data: every identifier leads to a document, and every link of a document leads on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from dutygraph.codebook import Book
from dutygraph.dataset import Dataset
from dutygraph.errors import PROBLEM_TYPES
from dutygraph.linked.addresses import KINDS, SINGLES, document_of, identifier_of
from dutygraph.linked.describing import PAGE
from dutygraph.linked.knowledge import Knowledge
from dutygraph.linked.library import Library
from dutygraph.pipeline import Pipeline
from dutygraph.publishing.redrawing import redraw
from dutygraph.rulebook import Rulebook
from dutygraph.settings import Settings, StoreFolder
from dutygraph.store import opened
from dutygraph.store.loading import load_installation
from dutygraph.terms import BASE, DCT, DG, FOAF, OWL, RDF, RDFS, SKOS
from dutygraph.triples import Literal, NamedNode, RdfFormat, Triple, parse_quads
from dutygraph.web.app import create_app
from dutygraph.web.service import service
from tests.http_fixtures import server_with_defaults
from tests.linked_fixtures import (
    BROWSER,
    Page,
    application,
    links_in,
    test_client,
    the_library,
)

FIXTURES = (server_with_defaults, application, test_client, the_library)

FORMATS = {
    "turtle": ("text/turtle", RdfFormat.TURTLE),
    "json-ld": ("application/ld+json", RdfFormat.JSON_LD),
    "ntriples": ("application/n-triples", RdfFormat.N_TRIPLES),
    "rdfxml": ("application/rdf+xml", RdfFormat.RDF_XML),
}
COVENTRY = BASE + "id/authority/coventry"
RULE = "ca2004-s18-dcs-appointed"


def triples_in(body: bytes, name: str) -> set[Triple]:
    """The statements of an RDF answer."""
    return {quad.triple for quad in parse_quads(body, FORMATS[name][1])}


def followed(client: Any, path: str, **headers: str) -> Any:
    """The answer at the end of every redirect."""
    return client.get(path, headers=headers, follow_redirects=True)


def faults_of_page(answer: Any) -> list[str]:
    """What a page lacks: its type, one heading, a title, and names that are there once."""
    if answer.status_code != 200 or not answer.content_type.startswith("text/html"):
        return [f"{answer.status_code} {answer.content_type}"]
    page = Page(answer.get_data(as_text=True))
    wrong = []
    if page.tags.count("h1") != 1 or not page.words.get("h1", "").strip():
        wrong.append("not one h1")
    if page.tags.count("title") != 1 or not page.words.get("title", "").strip():
        wrong.append("no title")
    if len(page.ids) != len(set(page.ids)):
        wrong.append("an id twice")
    if page.bare_links:
        wrong.append("a link without words")
    if ("lang", "en-GB") not in page.attributes or "main" not in page.tags:
        wrong.append("no language or no main part")
    # Headings follow each other without a gap, so that a screen reader can walk along them.
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    if any(b > a + 1 for a, b in pairwise(levels)):
        wrong.append("a level of heading is left out")
    targets = [v[1:] for n, v in page.attributes if n == "href" and v.startswith("#")]
    wrong += [f"no place #{target}" for target in targets if target not in page.ids]
    return wrong


def faults_of_identifier(client: Any, iri: str, number: int) -> list[str]:
    """What is wrong with an identifier: it leads nowhere, its page or its RDF says nothing of it.

    Args:
        client: of the application.
        iri: the identifier.
        number: chooses the RDF syntax.
    """
    path = "/" + iri.removeprefix(BASE)
    first = client.get(path, headers={"Accept": BROWSER})
    if first.status_code != 303:
        return [f"{path}: {first.status_code} instead of 303"]
    wrong = faults_of_page(followed(client, path, Accept=BROWSER))
    name = list(FORMATS)[number % len(FORMATS)]
    answer = followed(client, path, Accept=FORMATS[name][0])
    if answer.status_code != 200 or answer.mimetype != FORMATS[name][0]:
        return [*wrong, f"{path}: {answer.status_code} {answer.mimetype} for {name}"]
    thing = NamedNode(iri)
    said = triples_in(answer.data, name)
    if not any(thing in (t.subject, t.object) for t in said if t.predicate != FOAF.primaryTopic):
        wrong.append(f"{name} says nothing of it")
    return [f"{path}: {fault}" for fault in wrong]


def sample(known: Knowledge) -> Iterator[str]:
    """An identifier of every kind and class, and every fiftieth beside them."""
    seen = set()
    for number, iri in enumerate(known.names()):
        kind = "/".join(iri.removeprefix(BASE).split("/")[:2][: 1 + iri.startswith(BASE + "id/")])
        key = (kind, *known.types(NamedNode(iri)))
        if key not in seen or number % 50 == 0:
            seen.add(key)
            yield iri


# --- the crawl ------------------------------------------------------------------------------------


def test_an_identifier_of_every_kind_answers(client, library):
    """One of every kind and class, and more: 303, a page with a heading, RDF that speaks of it."""
    chosen = list(sample(library.known))
    assert len(chosen) > 150
    wrong = [f for n, iri in enumerate(chosen) for f in faults_of_identifier(client, iri, n)]
    assert wrong == []


@pytest.mark.long
def test_every_identifier_answers(client, library):
    """Every IRI of ours in the dataset, and every kind of problem, is answered like that."""
    names = library.known.names()
    assert len(names) > 5000
    assert {kind.uri for kind in PROBLEM_TYPES.values()} <= set(names)
    wrong = [f for n, iri in enumerate(names) for f in faults_of_identifier(client, iri, n)]
    assert wrong == []


def crawl(client: Any, start: str, most: int | None = None) -> tuple[dict[str, str], list[str]]:
    """Follow every internal link once.

    Returns:
        Where each address led in the end, and what was wrong with a page.
    """
    seen = {start: start}
    todo, wrong = [start], []
    while todo and (most is None or len(seen) - len(todo) < most):
        path = todo.pop(0)
        answer = followed(client, path, Accept=BROWSER)
        seen[path] = answer.request.path
        if answer.status_code != 200:
            wrong.append(f"{path}: {answer.status_code}")
        is_page = answer.mimetype == "text/html"
        html = answer.get_data(as_text=True) if is_page else ""
        answer.close()
        if not is_page:
            continue
        if html.count("<h1") != 1:
            wrong.append(f"{path}: not one h1")
        for link in sorted(links_in(html) - set(seen)):
            seen[link] = link
            todo.append(link)
    return seen, wrong


def test_the_first_links_lead_on(client):
    """From the front page, the first four hundred links all answer."""
    seen, wrong = crawl(client, "/", most=400)
    assert wrong == []
    assert "/doc/dataset" in seen and "/doc/def/" in seen


@pytest.mark.long
def test_a_crawl_reaches_everything(library, tmp_path):
    """From the description of the dataset, every link answers, and every document is reached."""
    settings = Settings(store=StoreFolder(tmp_path), read_rate=0, work_rate=0)
    with opened(settings) as store:
        load_installation(store)
        # What starts a service does this, too: before, nothing that is published is shown.
        redraw(store, settings.public_tier, Pipeline.load)
        app = create_app(settings, library=library)
        seen, wrong = crawl(app.test_client(), "/doc/dataset")
        with app.app_context():
            kept = service().store
        assert kept is not None
        kept.close()
    assert wrong == []
    reached = {*seen, *seen.values()}
    assert {i for i in library.known.names() if document_of(i) not in reached} == set()


# --- identifiers and documents -----------------------------------------------------------------------


def test_an_identifier_and_its_document_are_two_addresses(library):
    """Each identifier has one document, from which it can be told again."""
    names = library.known.names()
    assert len({document_of(iri) for iri in names}) == len(names)
    assert [iri for iri in names if identifier_of(document_of(iri)[5:]) != iri] == []


def test_every_kind_of_identifier_is_known(library):
    """What identifiers begin with is in the list, which holds nothing else and no kind below id/."""
    names = [iri.removeprefix(BASE) for iri in library.known.names()]
    first = {name.partition("/")[0] for name in names if "/" in name}
    assert first == {"id", *KINDS}
    assert {name for name in names if "/" not in name} == {*SINGLES}
    assert not {name.split("/")[1] for name in names if name.startswith("id/")} & {*KINDS}


@pytest.mark.parametrize(
    ("accept", "format", "media_type"),
    [
        (None, None, "text/html"),
        ("*/*", None, "text/html"),
        (BROWSER, None, "text/html"),
        ("text/turtle", None, "text/turtle"),
        ("application/ld+json;q=0.9, text/html;q=0.5", None, "application/ld+json"),
        ("application/n-triples", None, "application/n-triples"),
        ("application/rdf+xml", None, "application/rdf+xml"),
        (BROWSER, "turtle", "text/turtle"),
        (BROWSER, "application/rdf+xml", "application/rdf+xml"),
        ("application/pdf", "html", "text/html"),
        ("application/pdf", None, None),
        ("*/*", "pdf", None),
    ],
)
@pytest.mark.parametrize("path", ["/doc/authority/coventry", "/doc/dataset", "/doc/def/"])
def test_the_form_of_a_document_is_negotiated(path, accept, format, media_type, client):
    """`?format=` wins over Accept; what cannot be had is a 406; caches are told."""
    headers = {"Accept": accept} if accept else {}
    answer = client.get(path + (f"?format={format}" if format else ""), headers=headers)
    if media_type is None:
        assert (answer.status_code, answer.json["type"][-14:]) == (406, "not-acceptable")
    else:
        assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert "Accept" in answer.headers["Vary"]


def test_the_form_is_kept_on_the_way(client):
    """A form that is asked for with the identifier is that of the document."""
    answer = client.get("/id/authority/coventry?format=json-ld")
    assert (answer.status_code, answer.location) == (303, "/doc/authority/coventry?format=json-ld")
    assert followed(client, "/id/gss/E08000026?format=turtle").mimetype == "text/turtle"


@pytest.mark.parametrize("name", FORMATS)
def test_the_four_syntaxes_say_the_same(name, client):
    """Statements about a thing without blank nodes are the same in each."""
    path = "/doc/source/004/1.1.5"
    said = triples_in(client.get(f"{path}?format={name}").data, name)
    assert said == triples_in(client.get(f"{path}?format=turtle").data, "turtle")


def test_a_document_holds_what_is_known(client, library):
    """The statements about a thing, those that point at it, its paragraphs, and all labels."""
    post = NamedNode(BASE + "id/post/coventry-director-adults")
    answer = client.get(document_of(post.value), headers={"Accept": "text/turtle"})
    said = triples_in(answer.data, "turtle")
    known = library.known
    assert {f.triple for f in known.about(post)} <= said
    assert {f.triple for f in known.pointing_at(post)} <= said
    paragraphs = [f.value for f in known.about(post) if f.predicate == DCT.source]
    assert paragraphs
    for paragraph in paragraphs:
        assert {f.triple for f in known.about(paragraph)} <= said
    document = NamedNode(BASE + "doc/post/coventry-director-adults")
    assert Triple(document, FOAF.primaryTopic, post) in said
    mentioned = {x for t in said for x in (t.subject, t.predicate, t.object)}
    labelled = {t.subject for t in said if t.predicate == RDFS.label}
    has_label = {x for x in mentioned if known.text(x, RDFS.label)}
    assert {x for x in has_label if isinstance(x, NamedNode)} <= labelled


def test_a_page_shows_what_is_known(client):
    """A page has its paragraphs with their words, and links to what it names and what names it."""
    html = client.get("/doc/post/coventry-executive-director-people").get_data(as_text=True)
    links = links_in(html)
    assert "/doc/authority/coventry" in links
    assert "/doc/source/004/1.1.5" in links
    assert "/doc/structure/coventry-2017-01-24/designation-dcs" in links
    assert "The City Council constitution provides for" in html
    assert "/doc/def/postIn" in links or "org#postIn" in html


def test_long_lists_have_pages(client, library):
    """What points at a busy thing comes in pages, which hold all of it once."""
    source = NamedNode(BASE + "id/source/003")
    expected = {f.triple for f in library.known.pointing_at(source)}
    assert len(expected) > 2 * PAGE
    found: set[Triple] = set()
    path: str | None = "/doc/source/003?format=ntriples"
    pages = 0
    while path:
        answer = client.get(path)
        found |= triples_in(answer.data, "ntriples")
        following = re.search(r'<([^>]*)>; rel="next"', answer.headers["Link"])
        path, pages = following[1] if following else None, pages + 1
    assert expected <= found
    assert pages == -(-max(len(expected), 503) // PAGE)
    beyond = client.get(f"/doc/source/003?page={pages + 1}")
    assert beyond.status_code == 400


@pytest.mark.parametrize("page", ["0", "-1", "1.5", "one", "²", "9999999999"])
def test_a_page_is_a_number(page, client):
    """Anything else is explained."""
    answer = client.get("/doc/source/003", query_string={"page": page}, headers={"Accept": "*/*"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/id/authority/coventri", "id/authority/coventry"),
        ("/doc/authority/coventri", "id/authority/coventry"),
        ("/id/source/004/1.1.55", "id/source/004/1.1.5"),
        ("/def/Authorty", "def/Authority"),
        ("/code/county-counci", "code/county-council"),
        ("/rule/ca2004-s18-dcs-apointed", f"rule/{RULE}"),
        ("/id/autority/coventry", ""),
        ("/id/authority/%3Cscript%3E", ""),
        ("/id/authority/a%20b%22", ""),
        ("/doc/%00", ""),
        ("/doc/%FF", ""),
        ("/doc/a%7F", ""),
        ("/id/authority/a%25zz", ""),
        ("/id/a%5Bb", ""),
        ("/doc/a%23b%23c", ""),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(path, near, client):
    """A 404 with the identifiers that are most like it, as JSON and as a page."""
    page = client.get(path, headers={"Accept": BROWSER})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    problem = client.get(path + "?format=turtle").json
    assert problem["type"].endswith("unknown-identifier")
    assert problem["status"] == 404
    assert not near or BASE + near in problem["nearest"]


def test_invented_names_are_said_to_be_invented(client):
    """The names in examples lead nowhere, and the problem says why."""
    problem = client.get("/id/example/structure?format=turtle").json
    assert problem["status"] == 404 and "invented" in problem["detail"]


def test_a_code_of_an_area_leads_to_its_authority(client, library):
    """Every GSS code, old and new, leads to the one authority that has or had it."""
    codes = [i for i in library.known.names() if i.startswith(BASE + "id/gss/")]
    assert len(codes) > 160
    for iri in codes:
        answer = client.get("/" + iri.removeprefix(BASE))
        owner = NamedNode(BASE + answer.location.removeprefix("/"))
        assert answer.status_code == 303
        assert NamedNode(iri) in {
            f.value for f in library.known.about(owner) if f.predicate == DG.gssCode
        }


def test_a_rule_leads_to_its_explanation(client):
    """People and programs get /rules/{id}, those who want RDF the document, and each names the other."""
    for accept, path in [
        (BROWSER, f"/rules/{RULE}"),
        ("application/json", f"/rules/{RULE}"),
        ("text/turtle", f"/doc/rule/{RULE}"),
    ]:
        assert client.get(f"/rule/{RULE}", headers={"Accept": accept}).location == path
    assert f"/doc/rule/{RULE}" in links_in(client.get(f"/rules/{RULE}?format=html").text)
    assert f"/rules/{RULE}" in links_in(client.get(f"/doc/rule/{RULE}").text)


def test_every_rule_leads_there(client):
    """No rule of the rulebook is left out."""
    for entry in Rulebook.load().entries:
        assert client.get(f"/rule/{entry.id}").location == f"/rules/{entry.id}"


@pytest.mark.parametrize(
    "path", ["/id/", "/doc/", "/dumps/", "/code/", "/rule/", "/def/", "/rulebook"]
)
def test_an_address_that_is_cut_short_leads_on(path, client):
    """What people get by deleting the end of an address is a page."""
    assert client.get(path).status_code == 303
    assert faults_of_page(followed(client, path, Accept=BROWSER)) == []


def test_values_are_shown_as_people_write_them(client):
    """Days are in words, queries without the indent of their file, and a relation is a sentence."""
    html = client.get(f"/doc/rule/{RULE}").text
    assert "1 January 2008" in html
    assert "<code>CONSTRUCT" in html
    html = client.get("/doc/structure/coventry-2017-01-24/designation-dcs").text
    assert "is designated director of children&#39;s services of Coventry" in html


def test_the_context_is_where_documents_say(client):
    """The JSON-LD context is served under its IRI."""
    answer = client.get("/context.jsonld")
    assert answer.mimetype == "application/ld+json"
    assert "@vocab" in answer.get_data(as_text=True)


def test_nothing_is_loaded_before_it_is_asked_for():
    """A service that nobody asks for linked data does not load them."""

    def load() -> Dataset:
        raise AssertionError("loaded")

    unasked = create_app(Settings(), library=Library(load)).test_client()
    assert unasked.get("/rules").status_code == 200
    assert unasked.get("/id/authority/coventry").status_code == 500


# --- the ontology ------------------------------------------------------------------------------------


def test_the_ontology_has_every_term(client, library):
    """The page of all terms has each class and property with its definition, and each code list."""
    html = client.get("/doc/def/").text
    links = links_in(html)
    known = library.known
    for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, SKOS.ConceptScheme):
        things = [f.subject for f in known.pointing_at(kind) if f.predicate == RDF.type]
        ours = [t for t in things if isinstance(t, NamedNode) and t.value.startswith(BASE)]
        assert len(ours) > 40
        assert {document_of(t.value) for t in ours} <= links


def test_a_module_has_its_terms(client, library):
    """The page of a module has the terms of its file and no others; every term is in a module."""
    known = library.known
    found: set[str] = set()
    modules = [f.subject for f in known.pointing_at(OWL.Ontology) if f.predicate == RDF.type]
    assert len(modules) > 15
    whole = NamedNode(BASE + "def/")
    imported = {f.value for f in known.about(whole) if f.predicate == OWL.imports}
    assert imported == {*modules} - {whole}
    for module in modules:
        assert isinstance(module, NamedNode)
        html = client.get(document_of(module.value)).text
        for fact in known.within(module):
            if not isinstance(fact.subject, NamedNode):
                continue
            if fact.predicate == RDF.type and fact.value in (OWL.Class, OWL.ObjectProperty):
                assert known.short(fact.subject) in html
                found.add(fact.subject.value)
    facts = [f for k in (OWL.Class, OWL.ObjectProperty) for f in known.pointing_at(k)]
    ours = {f.subject for f in facts if f.predicate == RDF.type}
    named = {t.value for t in ours if isinstance(t, NamedNode) and t.value in known.names()}
    assert named <= found


def test_a_term_says_what_it_means_and_where_it_is_used(client, library):
    """A term has label, definition, scope note, and the classes or properties of the codebook."""
    known = library.known
    dated = client.get("/doc/def/DatedRelation").text
    for words in ("dated relation", "A dated node that holds over a period.", "half-open"):
        assert words in dated
    book = Book(Dataset.load())
    use = book.uses[DG.Designation]
    html = client.get("/doc/def/Designation").text
    assert f"{len(use.instances)} instances" in html
    rows = re.findall(
        r'<th scope="row">.*?<code>([^<]*)</code></th><td class="number">(\d+)</td>', html
    )
    assert dict(rows) == {
        known.short(p): str(len(used.subjects)) for p, used in use.properties.items()
    }
    html = client.get("/doc/def/office").text
    rows = re.findall(
        r'<th scope="row">.*?<code>([^<]*)</code></th><td class="number">(\d+)</td>', html
    )
    assert dict(rows)["dg:Designation"] == str(len(use.properties[DG.office].subjects))


def test_a_code_list_has_its_codes(client, library):
    """The page of a code list has each code with its definition."""
    known = library.known
    scheme = NamedNode(BASE + "code/office")
    html = client.get(document_of(scheme.value)).text
    codes = [f.subject for f in known.pointing_at(scheme) if f.predicate == SKOS.inScheme]
    assert len(codes) > 5
    for code in codes:
        assert isinstance(code, NamedNode)
        assert document_of(code.value) in links_in(html)
        assert known.text(code, SKOS.definition).replace("'", "&#39;") in html


def test_nothing_is_shown_without_a_name(library):
    """Whatever is linked to has words for people; no IRI of ours is shown in their place."""
    known = library.known
    bare = [i for i in known.names() if known.label(NamedNode(i)).startswith("http")]
    assert bare == []
    assert known.label(Literal("a\nb")) == "a\nb"


# --- over a connection ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_linked_data_over_a_connection(method, server):
    """A real server leads from the identifier to the document, with the headers of every answer."""
    first = server.ask(method, "/id/authority/coventry", headers={"Accept": "text/turtle"})
    assert (first.status, first.headers["Location"]) == (303, "/doc/authority/coventry")
    second = server.ask(method, first.headers["Location"], headers={"Accept": "text/turtle"})
    assert (second.status, second.media_type) == (200, "text/turtle; charset=utf-8")
    assert second.headers["Access-Control-Allow-Origin"] == "*"
    assert "default-src 'none'" in second.headers["Content-Security-Policy"]
    assert 'rel="alternate"' in second.headers["Link"]
    assert bool(second.body) == (method == "GET")


def test_programs_find_the_data_over_a_connection(server):
    """From the front page and the well-known address to the description of the dataset."""
    links = server.ask("GET", "/", headers={"Accept": "application/json"}).json
    assert links["dataset"].endswith("/doc/dataset")
    answer = server.ask("GET", "/.well-known/void")
    assert (answer.status, answer.headers["Location"]) == (302, "/doc/dataset?format=turtle")
    described = server.ask("GET", answer.headers["Location"])
    assert Triple(NamedNode(COVENTRY), RDF.type, DG.Authority) not in triples_in(
        described.body, "turtle"
    )
    assert server.ask("GET", "/id/nothing/at-all").slug == "unknown-identifier"
