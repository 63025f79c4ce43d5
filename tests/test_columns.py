"""What the columns of our CSV files hold: every one is described, and the cells are as described."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from dutygraph import columns as described_columns
from dutygraph.columns import DATATYPES, TABLES, Column, columns_of, common, described_in, table_of
from dutygraph.queries import Question, questions
from dutygraph.renderings import column_lists, csvw
from dutygraph.rooms import room
from tests.csvw_reader import Json, faults_of_metadata, faults_of_table
from tests.http_fixtures import Answer, Server, server_with_a_store
from tests.test_cli import dutygraph
from tests.test_http import form

FIXTURES = (server_with_a_store,)
QUESTIONS = questions()
DOCUMENTS = room("data") / "documents"
STRUCTURES = ("000/torbay-2015-combined", "003/model-3b", "004/coventry-2017-01-24")
OPTIONS = ("003/model-0", "003/model-3b", "003/model-4")
by_question = pytest.mark.parametrize("asked", QUESTIONS, ids=lambda q: q.name)


def own_of(asked: Question) -> dict[str, Column]:
    """The columns that the header of a query describes."""
    return described_in(line for line in asked.text.splitlines() if line.startswith("#"))


def metadata_of(asked: Question) -> Json:
    """The metadata of the expected answer."""
    document: Json = json.loads(column_lists.as_json(asked))
    return document


def as_the_service_gives_it(asked: Question) -> bytes:
    """The expected answer with the ends of lines of SPARQL 1.1 Query Results CSV."""
    rows = csv.reader(io.StringIO(asked.expected.read_text(encoding="utf-8"), newline=""))
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()


# --- what is described ----------------------------------------------------------------------------


@by_question
def test_every_column_is_described(asked: Question) -> None:
    """Each column of the expected answer has words, in a sentence, that are not its name again."""
    for column in columns_of(asked):
        words = column.description
        assert re.fullmatch(r"[\w\"].{9,}\.", words), column
        assert re.sub(r"\W", "", words).lower() != column.name.lower(), column
        assert (column.datatype or "text") in DATATYPES


@by_question
def test_no_description_in_a_header_is_without_its_column(asked: Question) -> None:
    """A header describes columns of its own answer, and says nothing that the common name says."""
    own = own_of(asked)
    assert set(own) <= {column.name for column in columns_of(asked)}
    for name, column in own.items():
        assert column.description or (name in common() and column != Column(name)), name
        if name in common():
            merged = next(c for c in columns_of(asked) if c.name == name)
            assert merged != common()[name], f"{name} repeats the common description"


def test_no_common_name_is_without_use() -> None:
    """A name stands in the common list because two answers have it in the words of the list."""
    used = Counter(
        column.name
        for asked in QUESTIONS
        for column in columns_of(asked)
        if column.name in common() and column.description == common()[column.name].description
    )
    assert {name for name in common() if used[name] < 2} == set()


def test_a_name_that_means_the_same_is_described_once() -> None:
    """No two headers say the same of a name in all that they say more than twice: that is common."""
    said = Counter(
        column
        for asked in QUESTIONS
        for column in own_of(asked).values()
        if column.description and column.name not in common()
    )
    assert [column for column, times in said.items() if times > 3] == []


# --- the descriptions are true ----------------------------------------------------------------------


@by_question
def test_the_cells_are_as_described(asked: Question) -> None:
    """Every cell of the expected answer has its datatype, and is empty only where that has a meaning."""
    assert faults_of_table(metadata_of(asked), as_the_service_gives_it(asked)) == []


@by_question
def test_an_empty_cell_has_a_meaning_where_the_query_lets_it_be_empty(asked: Question) -> None:
    """Where nothing in a query is optional, alternative or set empty, no column may be empty."""
    if not re.search(r'OPTIONAL|UNION|, ""\)', asked.text):
        assert [column.name for column in columns_of(asked) if column.empty] == []


_JOINED = re.compile(r'GROUP_CONCAT\([^;]*;\s*separator="([^"]*)"\)\s+AS\s+\?(\w+)', re.IGNORECASE)
_COUNTED = re.compile(r"\((?:COUNT\([^()]*\)) AS \?(\w+)\)")


@by_question
def test_what_a_query_joins_and_counts_is_said(asked: Question) -> None:
    """What joins the values of a column is what the query joins them by; a count is a whole number."""
    known = {column.name: column for column in columns_of(asked)}
    joined = {name: separator for separator, name in _JOINED.findall(asked.text)}
    for name, separator in joined.items():
        if name in known:
            column = known[name]
            # Where the same mark also stands inside a value, the words say so and no reader splits.
            assert column.separator == separator or "several joined by" in column.description
    separators = set(joined.values())
    assert {c.separator for c in known.values() if c.separator} <= separators
    for name in _COUNTED.findall(asked.text):
        if name in known:
            assert known[name].datatype == "integer", name


def test_every_number_has_its_unit() -> None:
    """A number of money, people, posts or months says in which unit it is."""
    bare = [
        (asked.name, column.name)
        for asked in QUESTIONS
        for column in columns_of(asked)
        if column.datatype == "decimal" and not column.unit
    ]
    # Lead members for each director are a ratio of two counts.
    assert bare == [("lead-members-for-each-director", "membersForEach")]


# --- how a description is read ------------------------------------------------------------------------


def test_a_line_is_read_with_all_that_may_stand_in_it() -> None:
    """Datatype, unit, separator and the meaning of an empty cell, which may hold commas."""
    line = '# Column a (decimal, in pounds, joined by ", ", empty: none, or not said): What it is.'
    assert described_in([line, "# Column b: Words."]) == {
        "a": Column("a", "What it is.", "decimal", "pounds", ", ", "none, or not said"),
        "b": Column("b", "Words."),
    }


@pytest.mark.parametrize(
    "lines",
    [
        ["# Column a (number): Words."],
        ["# Column a (joined by ;): Words."],
        ["# Column a b: Words."],
        ["# Column a: Words.", "# Column a: Other words."],
    ],
)
def test_a_line_that_cannot_be_read_is_refused(lines: list[str]) -> None:
    """An unknown datatype, a separator without quotation marks, two names, and one name twice."""
    with pytest.raises(ValueError, match="not to be read, or said twice|not to be read from"):
        described_in(lines)


def test_a_header_goes_before_the_common_name() -> None:
    """What a header says of a common name holds, and what it leaves out is the common one's."""
    asked = next(q for q in QUESTIONS if q.name == "background-papers-by-document")
    found = {column.name: column for column in columns_of(asked)}
    assert found["paragraph"].description == common()["paragraph"].description
    assert found["paragraph"].datatype == "paragraph"
    assert found["paragraph"].empty and not common()["paragraph"].empty


def test_descriptions_do_not_run_into_the_answer_in_words() -> None:
    """The four keys of a header hold nothing of the columns that stand after them."""
    assert not [
        q.name
        for q in QUESTIONS
        if any("# Column" in v or "Column " in v for v in q.header.values())
    ]


# --- CSV on the Web -----------------------------------------------------------------------------------


@by_question
def test_the_metadata_are_valid(asked: Question) -> None:
    """The document keeps the rules of the vocabulary, and has licence and title."""
    document = metadata_of(asked)
    assert faults_of_metadata(document) == []
    assert document["dc:title"] == asked.header["Question"]
    assert document["dc:license"]["@id"].startswith("https://creativecommons.org/licenses/by/")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda d: d.pop("@context"), "context"),
        (lambda d: d.pop("url"), "no url"),
        (lambda d: d.update(license="x"), "no property license"),
        (lambda d: d["dialect"].update(trim=1), "dialect: trim"),
        (lambda d: d["tableSchema"]["columns"][0].update(name="_a"), "not a name"),
        (lambda d: d["tableSchema"]["columns"][0].update(datatype="number!"), "no datatype"),
        (lambda d: d["tableSchema"]["columns"][0].update(valueUrl="{+b}"), "no column b"),
        (lambda d: d["tableSchema"]["columns"].append({"name": "model"}), "names of columns"),
    ],
)
def test_spoilt_metadata_are_seen(spoil: Callable[[Json], object], words: str) -> None:
    """The reader of the tests finds what is wrong with a document."""
    document = copy.deepcopy(metadata_of(QUESTIONS[0]))
    document["tableSchema"]["columns"][-1]["name"] = "model"
    assert faults_of_metadata(document) == []
    spoil(document)
    assert any(words in fault for fault in faults_of_metadata(document))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"model,", b"modell,", "the heading"),
        (b"16", b"sixteen", "is no integer"),
        (b"16", b"", "required"),
        (b"16", b"16,1", "cells"),
        (b"\r\n", b"\n", "does not end"),
    ],
)
def test_a_spoilt_table_is_seen(old: bytes, new: bytes, words: str) -> None:
    """The reader of the tests finds where a table is not what its metadata say."""
    asked = next(q for q in QUESTIONS if q.name == "risks-of-each-model")
    table = as_the_service_gives_it(asked)
    assert old in table
    faults = faults_of_table(metadata_of(asked), table.replace(old, new))
    assert any(words in fault for fault in faults)


def test_the_metadata_say_whether_formulas_are_neutralised() -> None:
    """The apostrophe before a formula is told of where a table has it, and denied where not (S20)."""
    symbols = next(q for q in QUESTIONS if q.name == "scoring-matrix")
    assert ",-," in symbols.expected.read_text(encoding="utf-8")
    assert "not neutralised" in metadata_of(symbols)["rdfs:comment"]
    of_a_table = json.loads(csvw.metadata(table_of("report"), "x", "y", neutralised=True))
    assert "apostrophe" in of_a_table["rdfs:comment"]


# --- the command line -----------------------------------------------------------------------------------


def test_the_command_line_tells_of_the_columns() -> None:
    """`query NAME --columns` says each column in words, as a table and as metadata; alone it is refused."""
    asked = next(q for q in QUESTIONS if q.name == "consultations-done-and-to-come")
    said = " ".join(dutygraph("query", asked.name, "--columns").out.decode().split())
    for column in columns_of(asked):
        assert column.description in said and column.name in said
    assert "An empty cell: not stated." in said
    table = dutygraph("query", asked.name, "--columns", "--format", "csv").out.decode()
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    assert [row["name"] for row in rows] == [column.name for column in columns_of(asked)]
    described_too = csvw.metadata(table_of("columns"), "x", "y", neutralised=True)
    assert faults_of_table(json.loads(described_too), table.encode()) == []
    document = json.loads(dutygraph("query", asked.name, "--columns", "--format", "json").out)
    answer = dutygraph("query", asked.name, "--format", "csv").out
    assert faults_of_metadata(document) == faults_of_table(document, answer) == []
    for arguments in (
        ["--columns"],
        ["--columns", "--list"],
        ["q097", "--columns", "--format", "turtle"],
    ):
        assert dutygraph("query", *arguments).code == 2


# --- the service ------------------------------------------------------------------------------------------


def described(server: Server, asked_for: str, answer: Answer) -> Json:
    """The metadata to which an answer links, which name the address that gave the answer."""
    assert answer.status == 200 and answer.media_type == "text/csv; charset=utf-8"
    link = re.fullmatch(
        r'<([^>]+)>; rel="describedby"; type="application/csvm\+json"', answer.headers["Link"]
    )
    assert link
    found = server.ask("GET", link[1])
    assert (found.status, found.media_type) == (200, "application/csvm+json")
    document: Json = found.json
    base = "http://127.0.0.1"
    assert urljoin(base + link[1], document["url"]) == base + asked_for
    assert faults_of_metadata(document) == []
    return document


@pytest.mark.long
@by_question
def test_the_csv_of_a_question_leads_to_its_columns(asked: Question, kept: Server) -> None:
    """The answer of the real store has the columns and the cells of the metadata that it links to."""
    path = f"/queries/{asked.name}?format=csv"
    answer = kept.ask("GET", path)
    document = described(kept, path, answer)
    assert faults_of_table(document, answer.body) == []
    assert urljoin(
        f"http://x{path.replace('?format=csv', '')}/csv-metadata.json", document["dc:source"]["@id"]
    ) == (f"http://x/queries/{asked.name}")


def test_a_csv_that_was_negotiated_names_the_address_of_its_metadata(kept: Server) -> None:
    """Without ?format=csv the answer says under which address the metadata know it."""
    path = f"/queries/{QUESTIONS[0].name}"
    answer = kept.ask("GET", path, headers={"Accept": "text/csv"})
    assert answer.headers["Content-Location"] == path + "?format=csv"
    described(kept, answer.headers["Content-Location"], answer)
    assert "Link" not in kept.ask("GET", path + "?format=json").headers


def test_the_page_of_a_question_has_its_columns(kept: Server) -> None:
    """A table of the page names and describes each column, and leads to the metadata."""
    asked = next(q for q in QUESTIONS if q.name == "budget-per-head-checked")
    page = kept.ask("GET", f"/queries/{asked.name}?format=html").body.decode()
    for column in columns_of(asked):
        assert f'<th scope="row">{column.name}</th><td>{column.description}' in page
    assert "a number, in pounds for each inhabitant" in page
    assert f'href="/queries/{asked.name}/csv-metadata.json"' in page


def _sides(case: str) -> list[tuple[str, Path]]:
    folder = Path(__file__).parent / "agreement" / case
    return [("file", folder / f"{name}.ttl") for name in ("torbay", "plymouth")]


def tables(server: Server) -> Iterator[tuple[str, str, Answer]]:
    """Every CSV that is no answer of a query: its table, the address and the answer."""
    for name in STRUCTURES:
        body = (DOCUMENTS / f"{name}.ttl").read_bytes()
        for query in ("format=csv", "as-at=2016-06-30&format=csv"):
            yield "report", f"/validate?{query}", server.validate(body, query)
    here = Path(__file__).parent
    for table, path, files in (
        ("comparison", "/compare", [("file", DOCUMENTS / f"{o}.ttl") for o in OPTIONS]),
        ("agreement", "/agree", _sides("conflict-first-day")),
        ("agreement", "/agree", _sides("suggestion")),
        ("agreement", "/agree", _sides("concurrence-on-one-side")),
        (
            "effects",
            "/what-if",
            [
                ("before", here / "whatif" / "north-today.ttl"),
                ("patch", here / "whatif" / "share.rdfp"),
                ("partner", here / "whatif" / "south-today.ttl"),
            ],
        ),
        ("repairs", "/repair", [("file", here / "whatif" / "wrong.ttl")]),
    ):
        body, media_type = form(*((f, (p.name, "", p.read_bytes())) for f, p in files))
        sent = {"Content-Type": media_type}
        yield table, f"{path}?format=csv", server.ask("POST", f"{path}?format=csv", body, sent)
    for table, path in (
        ("rules", "/rules?format=csv"),
        ("rules", "/rules?as-at=2017-01-24&format=csv"),
        ("changes", "/rules?changed-between=2000-01-01%2C2025-12-31&format=csv"),
        ("coverage", "/coverage?format=csv"),
        ("queries", "/queries?format=csv"),
    ):
        yield table, path, server.ask("GET", path)


def test_every_other_csv_leads_to_its_columns(kept: Server) -> None:
    """Reports, comparisons, rules, changes, coverage and the list have the cells of their metadata."""
    seen = set()
    for table, path, answer in tables(kept):
        document = described(kept, path, answer)
        assert faults_of_table(document, answer.body) == [], path
        assert document["dc:title"] == TABLES[table]
        assert ("dc:license" in document) == (table in ("rules", "changes", "coverage", "queries"))
        seen.add(table)
    # The table of columns has no address; the command line gives it.
    assert seen == set(TABLES) - {"columns"}


def test_metadata_of_what_is_not_there_are_refused(kept: Server) -> None:
    """An unknown question, an unknown table and an unknown parameter are problems in words."""
    for path, status, slug in (
        (f"/queries/{QUESTIONS[0].name}x/csv-metadata.json", 404, "unknown-query"),
        (f"/queries/{QUESTIONS[0].name}/csv-metadata.json?a=b", 400, "bad-parameter"),
        ("/columns/nothing/csv-metadata.json", 404, "not-found"),
        ("/columns/rules/csv-metadata.json?as-at=never", 400, "bad-parameter"),
    ):
        answer = kept.ask("GET", path)
        assert (answer.status, answer.slug) == (status, slug), path


# --- the tables that are no answers -------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_every_column_of_a_table_is_described(table: str) -> None:
    """Each has words in a sentence and a datatype that there is, and stands in the codebook."""
    codebook = (room("data") / "CODEBOOK.md").read_text(encoding="utf-8")
    section = codebook.partition(f"### Table `{table}`")[2].partition("\n### ")[0]
    for column in table_of(table):
        assert re.fullmatch(r"[\w\"].{9,}\.", column.description), column
        assert (column.datatype or "text") in DATATYPES
        assert f"| `{column.name}` | " in section


def test_the_file_of_columns_holds_nothing_else() -> None:
    """The tables in the file are those that there are, with the common names of answers."""
    tables_there: Any = described_columns._described()
    assert set(tables_there) == {*TABLES, "query"}
    for found in tables_there.values():
        assert len({column.name for column in found}) == len(found)
