"""The queries in data/queries/: each has a question, an answer in words, and the rows that it finds.

The expected rows stand in a CSV file beside each query, so that a reader has the answer without
running anything; here they are held against what the data say today.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from dutygraph.dataset import Dataset
from dutygraph.errors import Problem
from dutygraph.queries import KEYS, Question, question, questions
from dutygraph.renderings import answers
from dutygraph.rooms import room
from dutygraph.terms import BASE

FOLDER = room("data") / "queries"
QUESTIONS = questions()
SOURCES = sorted({s for q in QUESTIONS for s in re.findall(r"\b00\d\b", q.header["Sources"])})
by_question = pytest.mark.parametrize("asked", QUESTIONS, ids=lambda q: q.name)


@cache
def dataset(*without: str) -> Dataset:
    """Everything, or everything but some documents."""
    spaces = ("source", "material")
    left_out = [f"{BASE}id/{space}/{document}" for document in without for space in spaces]
    return Dataset.load([*left_out, *_structures(without)])


def _structures(documents: tuple[str, ...]) -> list[str]:
    return [
        f"{BASE}id/structure/{path.stem}"
        for document in documents
        for path in (room("data") / "documents" / document).glob("*.ttl")
    ]


def found(asked: Question, *without: str) -> list[list[str]]:
    """The rows of a query, the names of its columns first."""
    data = dataset(*without)
    return _rows(answers.render(data.query(asked.text), "csv", data.prefixes).decode())


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def expected(asked: Question) -> list[list[str]]:
    """The rows that are written down."""
    return _rows(asked.expected.read_text(encoding="utf-8"))


def _pattern(text: str) -> str:
    """A query without its comments, prefixes and white space."""
    lines = [line for line in text.splitlines() if not line.startswith(("#", "PREFIX"))]
    return "".join("".join(lines).split())


# --- what each query is --------------------------------------------------------------------------


def test_every_query_has_its_answer() -> None:
    """Each .rq has a .csv and each .csv an .rq, and nothing else lies there."""
    assert QUESTIONS
    names = {path.stem for path in FOLDER.glob("*.rq")}
    assert {path.stem for path in FOLDER.glob("*.csv")} == names
    assert {path.suffix for path in FOLDER.iterdir()} == {".rq", ".csv"}


@by_question
def test_the_header_is_whole(asked: Question) -> None:
    """Question, answer, sources and how, in this order, each with a text; then the declarations."""
    assert tuple(asked.header) == KEYS
    assert all(asked.header.values())
    assert asked.header["Question"].endswith("?")
    assert re.fullmatch(r"\d{3} .+", asked.header["Sources"])
    after = [line for line in asked.text.splitlines() if not line.startswith("#")]
    assert after[:2] == ["", next(line for line in after if line.startswith("PREFIX "))]


def test_no_two_queries_are_the_same() -> None:
    """No question is asked twice, and no pattern stands under two names."""
    assert len({q.header["Question"] for q in QUESTIONS}) == len(QUESTIONS)
    assert len({_pattern(q.text) for q in QUESTIONS}) == len(QUESTIONS)


@by_question
def test_the_rows_have_an_order(asked: Question) -> None:
    """A SELECT says how its rows are ordered, or has one row, so that two runs can be compared."""
    assert "ORDER BY" in asked.text or len(expected(asked)) == 2


# --- what each query finds ------------------------------------------------------------------------


@by_question
def test_the_answer_is_the_expected_one(asked: Question) -> None:
    """The query finds the rows that are written down, all of them and no other, in their order."""
    assert found(asked) == expected(asked)


@by_question
def test_the_answer_says_something(asked: Question) -> None:
    """There is a row, no row stands twice, and no unnamed node stands in one."""
    _, *rows = expected(asked)
    assert rows
    assert len({tuple(row) for row in rows}) == len(rows)
    assert not [cell for row in rows for cell in row if cell.startswith("_:")]


@cache
def _paragraphs() -> frozenset[str]:
    rows = dataset().query("SELECT ?p { ?p a dg:Paragraph }").rows
    return frozenset(str(p.value) for (p,) in rows if p is not None)


@by_question
def test_every_paragraph_that_is_named_exists(asked: Question) -> None:
    """A cell that names a paragraph, and a source in the header, is one that a document declares."""
    head, *rows = expected(asked)
    cells = [c for row in rows for n, c in zip(head, row, strict=True) if n == "paragraph" and c]
    assert set(cells) <= _paragraphs()
    named = [BASE + path for _, _, path in asked.sources]
    assert named and not set(named) - _paragraphs()
    parts = "; ".join(asked.header["Sources"].split(";")).replace("  ", " ")
    assert "".join(before + name for before, name, _ in asked.sources) == parts.replace("; ", "")


@pytest.mark.long
@by_question
def test_the_answer_comes_from_its_documents(asked: Question) -> None:
    """Without a document that it names as its source, a query finds something else."""
    for document in sorted(set(re.findall(r"\b00\d\b", asked.header["Sources"]))):
        assert found(asked, document) != expected(asked), document


# --- the queries that are kept, by name -----------------------------------------------------------


def test_a_query_is_found_by_its_name() -> None:
    """A name gives its query; one that nearly is a name is told which are near."""
    assert question(QUESTIONS[0].name) == QUESTIONS[0]
    with pytest.raises(Problem, match=f"nearest are .*{QUESTIONS[0].name}") as raised:
        question(QUESTIONS[0].name + "x")
    assert raised.value.slug == "unknown-query"


# --- the dataset ----------------------------------------------------------------------------------


def test_every_file_has_a_graph_of_its_own() -> None:
    """Structures, material, sources, ontology, code lists, clauses and rules each have a named graph."""
    names = set(dataset().graphs.names())
    wanted = ["structure/model-3b", "material/003/options", "source/003", "register/authorities"]
    assert {BASE + "id/" + name for name in wanted} <= names
    assert {BASE + "ontology/governance", BASE + "code/office", BASE + "rulebook"} <= names
    assert {BASE + "id/graph/clauses/acts", BASE + "id/graph/shapes/children-act-2004"} <= names
    paths = [p for p in room("data").rglob("*.ttl") if "queries" not in p.parts]
    assert len(names) > len(paths)


def test_the_default_graph_is_the_union_and_counts_once() -> None:
    """A triple that stands in several graphs is found in the default graph, once."""
    pattern = "?post dg:title 'Chief Executive' FILTER(?post = post:darlington-chief-executive)"
    rows = dataset().query(f"SELECT ?g {{ GRAPH ?g {{ {pattern} }} }}").rows
    assert len(rows) > 1
    assert len(dataset().query(f"SELECT * {{ {pattern} }}").rows) == 1


def test_prefixes_are_the_projects_where_a_query_declares_none() -> None:
    """A query without a PREFIX line may use every prefix of the ontology's list; one with, its own."""
    assert dataset().query("ASK { ?s a dg:Structure }").truth
    with pytest.raises(Problem, match="prefix"):
        dataset().query("PREFIX x: <urn:x:>\nASK { ?s a dg:Structure }")


@pytest.mark.parametrize(
    ("text", "slug", "words"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "query-refused", "SERVICE"),
        ("SELECT * { service silent <http://127.0.0.1:9/> {} }", "query-refused", "SERVICE"),
        ("PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:x {} }", "query-refused", "SERVICE"),
        ("SELECT * { SERVICESILENT<http://127.0.0.1:9/>{} }", "query-refused", "SERVICE"),
        (
            "SELECT * { BIND(1 AS ?a) FILTER(?a<'x>') SERVICE <http://127.0.0.1:9/> {?s ?p 'o'} }",
            "query-refused",
            "could be an IRI and a comparison",
        ),
        (
            'SELECT * { BIND(1 AS ?a) FILTER(?a<"b #") SERVICE <http://127.0.0.1:9/> {} }',
            "query-refused",
            "SERVICE",
        ),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "query-refused", "INSERT would change"),
        ("# x\nPREFIX a: <urn:a>\ndrop all", "query-refused", "DROP would change"),
        ("SELECT * { ?s <urn:p> 'a service' ", "query-syntax", "Line 1, column 35"),
        ("SELECT *\n{ ?s ?p\n", "query-syntax", "Line 3, column 1"),
        ("", "query-syntax", "Line 1, column 1"),
        ("SELECT * { ?s ?p ?o FILTER(<urn:f>(?o)) }", "query-refused", "evaluated"),
    ],
)
def test_what_a_query_may_not_do(text: str, slug: str, words: str) -> None:
    """Calls to other servers and updates are refused in words, and a fault is shown at its place."""
    with pytest.raises(Problem, match=re.escape(words)) as raised:
        dataset().query(text)
    assert raised.value.slug == slug


def test_the_word_service_is_free_where_it_is_no_keyword() -> None:
    """In a string, a variable, a name, an IRI and a comment the word refuses nothing."""
    text = (
        "PREFIX service: <http://service/>\n# SERVICE <http://127.0.0.1:9/> { }\n"
        "SELECT ?service { ?service service:service 'SERVICE <http://127.0.0.1:9/> {}' ; "
        "<http://service/a> ?o }"
    )
    assert dataset().query(text).rows == ()


def test_no_data_are_read_from_the_machine() -> None:
    """FROM names a graph that is loaded; a file or an address finds nothing."""
    for place in (Path(__file__).as_uri(), "http://127.0.0.1:9/"):
        text = "SELECT * FROM <PLACE> { ?s ?p ?o }".replace("PLACE", place)
        assert dataset().query(text).rows == ()


# --- a query that is spoilt is seen ---------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("dg:Recommendation", "dg:Precedent"),
        lambda text: text.replace("dg:recommends", "dg:advisesAgainst"),
        lambda text: text.replace("ORDER BY", "LIMIT 1 #"),
    ],
)
def test_a_spoilt_query_answers_otherwise(spoil: Callable[[str], str]) -> None:
    """A changed class, property or length gives rows that are not the expected ones."""
    asked = question("q091")
    assert spoil(asked.text) != asked.text
    assert found(Question(asked.path, spoil(asked.text), asked.header)) != expected(asked)
