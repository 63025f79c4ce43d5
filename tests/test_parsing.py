"""The door: what comes in, what is refused, and where the message says that the fault is."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dutygraph.errors import Problem
from dutygraph.parsing import SUFFIXES, SYNTAXES, Limits, Parsed, parse
from dutygraph.triples import BlankNode, NamedNode

TURTLE = "text/turtle"
TRIG = "application/trig"
N_TRIPLES = "application/n-triples"
N_QUADS = "application/n-quads"
JSON_LD = "application/ld+json"
RDF_XML = "application/rdf+xml"

KNOWN_CONTEXT = "https://example.org/context.jsonld"
CONTEXTS: dict[str, object] = {
    KNOWN_CONTEXT: {
        "@context": {"@vocab": "https://example.org/def/", "id": "@id", "type": "@type"}
    },
    "https://example.org/list.jsonld": [{"@vocab": "https://example.org/def/"}],
}
PREFIXES = b"@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n@prefix : <http://e.org/> .\n"
XML_START = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e.org/">\n'
)
XML_END = b"</rdf:RDF>"
ONE_STATEMENT = {
    TURTLE: b"<http://e.org/s> <http://e.org/p> 1 .",
    TRIG: b"<http://e.org/g> { <http://e.org/s> <http://e.org/p> 1 }",
    N_TRIPLES: b'<http://e.org/s> <http://e.org/p> "x" .',
    N_QUADS: b'<http://e.org/s> <http://e.org/p> "x" <http://e.org/g> .',
    JSON_LD: b'{"@id": "http://e.org/s", "http://e.org/p": 1}',
    "application/json": b'{"@id": "http://e.org/s", "http://e.org/p": 1}',
    RDF_XML: XML_START + b'<rdf:Description rdf:about="http://e.org/s" e:p="x"/>' + XML_END,
}


Json = dict[str, object] | list[object]


def read(data: bytes | str | Json, media_type: str = TURTLE, **options) -> Parsed:
    """Parse a text, bytes, or a value that is written as JSON."""
    if isinstance(data, (dict, list)):
        data = json.dumps(data)
    body = data if isinstance(data, bytes) else data.encode()
    return parse(body, media_type, contexts=CONTEXTS, **options)


def refusal(data: bytes | str | Json, media_type: str = TURTLE, **options) -> Problem:
    """The problem that a text is refused with."""
    with pytest.raises(Problem) as caught:
        read(data, media_type, **options)
    return caught.value


def turtle(value: str) -> bytes:
    """A Turtle document whose third line is one statement with that object."""
    return PREFIXES + f":s :p {value} .".encode()


# --- what comes in ------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", SYNTAXES)
def test_every_syntax_is_read(media_type):
    """Each media type in the table reads one statement of its syntax."""
    assert len(read(ONE_STATEMENT[media_type], media_type).quads) == 1


def test_every_suffix_has_a_media_type_that_is_read():
    """The suffix table names only media types of the syntax table, and all the usual suffixes."""
    assert set(SUFFIXES.values()) <= set(SYNTAXES)
    assert set(SUFFIXES) == {
        f".{ending}" for ending in re.split(",", "ttl,trig,nt,nq,jsonld,json,rdf,xml,owl")
    }


@pytest.mark.parametrize(
    "media_type", ["text/turtle;charset=utf-8", 'Text/Turtle; charset="UTF-8"']
)
def test_media_type_parameters_are_understood(media_type):
    """A character set of UTF-8 and capital letters change nothing."""
    assert read(ONE_STATEMENT[TURTLE], media_type).quads


@pytest.mark.parametrize(
    "media_type", ["text/html", "application/pdf", "", "text/turtle; charset=iso-8859-1"]
)
def test_other_media_types_are_refused(media_type):
    """A media type or character set that is not read gets an answer that says what is."""
    assert refusal(ONE_STATEMENT[TURTLE], media_type).slug == "unsupported-media-type"


@pytest.mark.parametrize("media_type", [TRIG, N_QUADS])
def test_named_graphs_are_kept(media_type):
    """A quad keeps the name of its graph."""
    (quad,) = read(ONE_STATEMENT[media_type], media_type).quads
    assert quad.graph_name == NamedNode("http://e.org/g")


def test_two_descriptions_never_share_a_blank_node():
    """The same label in two bodies gives two nodes, so that merging them mixes nothing up."""
    names = [read("_:a <http://e.org/p> 1 .").quads[0].subject for _ in range(2)]
    assert all(isinstance(name, BlankNode) for name in names)
    assert names[0] != names[1]


def test_s4_imports_are_left_out_and_reported():
    """An owl:imports statement is not among the quads but among the ignored imports."""
    parsed = read(
        "<http://e.org/o> <http://www.w3.org/2002/07/owl#imports> <http://e.org/other> ;"
        " <http://e.org/p> 1 ."
    )
    assert parsed.ignored_imports == ("http://e.org/other",)
    assert len(parsed.quads) == 1


# --- other files and empty ones -----------------------------------------------------------------


@pytest.mark.parametrize("media_type", SYNTAXES)
@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04\x14\x00", "Word"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Word"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x89PNG\r\n", "image"),
        (b"<!DOCTYPE html><html><body/></html>", "web page"),
        (b'\n<?xml version="1.0"?>\n<!-- a > b -->\n<HTML lang="en">', "web page"),
    ],
)
def test_other_files_are_named_for_what_they_are(media_type, data, word):
    """A web page or an office file is `not-rdf` under every media type, and the answer names it."""
    problem = refusal(data, media_type)
    assert problem.slug == "not-rdf"
    assert word in problem.detail


@pytest.mark.parametrize("data", ["[1, 2]", '"text"', "3", "null", '[{"@id": "http://e.org/"}, 1]'])
def test_json_that_is_not_json_ld_is_named(data):
    """JSON without nodes is not RDF."""
    assert refusal(data, JSON_LD).slug == "not-rdf"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(data, media_type) for data in (b"", b" \n\t", b"\xef\xbb\xbf") for media_type in SYNTAXES]
    + [
        (b"# only a comment\n", TURTLE),
        (b"# only a comment\n", N_QUADS),
        (PREFIXES, TRIG),
        (b"{}", JSON_LD),
        (b"[]", JSON_LD),
        (b'{"@id": "http://e.org/s"}', JSON_LD),
        (b"<!-- only a comment -->", RDF_XML),
        (XML_START + XML_END, RDF_XML),
        (b"<http://e.org/o> <http://www.w3.org/2002/07/owl#imports> <http://e.org/> .", TURTLE),
    ],
)
def test_nothing_said_is_empty(data, media_type):
    """No body, white space, comments, or no statement is `empty` and never a success."""
    assert refusal(data, media_type).slug == "empty"


# --- encodings ----------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", SYNTAXES)
def test_s33_byte_order_mark_is_dropped(media_type):
    """The mark that Windows puts before UTF-8 does no harm and is not in the kept text."""
    parsed = read(b"\xef\xbb\xbf" + ONE_STATEMENT[media_type], media_type)
    assert not parsed.text.startswith("\ufeff")


@pytest.mark.parametrize("media_type", SYNTAXES)
@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_s33_other_unicode_encodings_are_refused(media_type, encoding):
    """UTF-16 and UTF-32, marked or not, are named as such."""
    data = ONE_STATEMENT[media_type].decode().encode(encoding)
    problem = refusal(data, media_type)
    assert (problem.slug, problem.line) == ("syntax", 1)
    assert "UTF-16" in problem.detail


@pytest.mark.parametrize("media_type", SYNTAXES)
def test_s33_a_byte_that_is_not_utf_8_has_a_place(media_type):
    """Latin-1 is refused with the line and column of its first accent, counted in characters."""
    problem = refusal("# fine é\n# caf".encode() + b"\xe9\n", media_type)
    assert (problem.slug, problem.line, problem.column) == ("syntax", 2, 6)
    assert "0xe9" in problem.detail


def test_a_nul_character_is_refused():
    """A NUL is refused with its place, raw or escaped."""
    assert refusal(b'<http://e.org/s>\n "\x00" .').place == "line 2, column 3"
    assert refusal(r'<http://e.org/s> <http://e.org/p> "a\u0000b" .').slug == "bad-value"


# --- syntax errors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "media_type", "place"),
    [
        (b"<http://e.org/s>\n  <http://e.org/p> nonsense .", TURTLE, (2, 20)),
        (b"<http://e.org/s> <http://e.org/p> 1 .\nx:s x:p 1 .", TURTLE, (2, 1)),
        (b"<http://e.org/g> {\n <http://e.org/s> . }", TRIG, (2, 19)),
        (b'<http://e.org/s> <http://e.org/p> "x" .\n<http://e.org/s> 1', N_TRIPLES, (2, 18)),
        (b'{"@id": "http://e.org/s",\n "http://e.org/p": }', JSON_LD, (2, 20)),
        (XML_START + b"<e:a>\n</e:b>" + XML_END, RDF_XML, (3, 3)),
        (b"<rdf:RDF>", RDF_XML, (1, 10)),
    ],
)
def test_syntax_errors_have_a_place(data, media_type, place):
    """A syntax error carries the line and column where the parser stopped, also in words."""
    problem = refusal(data, media_type)
    assert problem.slug == "syntax"
    assert (problem.line, problem.column) == place
    assert problem.detail.startswith(f"Line {place[0]}, column {place[1]}: ")


@pytest.mark.parametrize(
    ("data", "sent_as", "meant"),
    [
        (ONE_STATEMENT[JSON_LD], TURTLE, JSON_LD),
        (ONE_STATEMENT[RDF_XML], TURTLE, RDF_XML),
        (PREFIXES, JSON_LD, TURTLE),
        (PREFIXES, RDF_XML, TURTLE),
        (ONE_STATEMENT[RDF_XML], JSON_LD, RDF_XML),
    ],
)
def test_a_wrong_media_type_is_guessed(data, sent_as, meant):
    """A document of one syntax that is sent as another is told which media type to use."""
    problem = refusal(data, sent_as)
    assert problem.slug == "syntax"
    assert meant in problem.detail


@pytest.mark.parametrize(
    ("data", "media_type", "slug"),
    [
        (b"<s> <http://e.org/p> 1 .", TURTLE, "syntax"),
        (XML_START + b'<e:a rdf:about="s" e:p="x"/>' + XML_END, RDF_XML, "syntax"),
        (b'{"@id": "s", "http://e.org/p": 1}', JSON_LD, "bad-value"),
        (b'{"@id": "//e.org/s", "http://e.org/p": 1}', JSON_LD, "bad-value"),
        (b'{"@id": "", "http://e.org/p": 1}', JSON_LD, "bad-value"),
        (b'{"@id": "http://e.org/s", "http://e.org/p": {"@id": "o"}}', JSON_LD, "bad-value"),
    ],
)
def test_relative_iris_are_errors(data, media_type, slug):
    """Without a base of the document's own, a relative IRI names nothing."""
    problem = refusal(data, media_type)
    assert problem.slug == slug
    assert "in full" in problem.detail


# --- limits -------------------------------------------------------------------------------------


def test_s7_size_comes_first():
    """The size is checked before anything else, even the media type."""
    problem = refusal(b"%PDF " + b"x" * 100, "no/such", limits=Limits(bytes=99))
    assert problem.slug == "too-large"
    assert "99" in problem.detail


@pytest.mark.parametrize("media_type", SYNTAXES)
def test_s6_statements_are_counted(media_type):
    """One statement more than the limit is too large, with the limit in the text."""
    assert refusal(ONE_STATEMENT[media_type], media_type, limits=Limits(statements=0)).slug == (
        "too-large"
    )
    assert read(ONE_STATEMENT[media_type], media_type, limits=Limits(statements=1)).quads


@pytest.mark.parametrize(
    ("value", "limits", "limit"),
    [
        ('"' + "a" * 100_001 + '"', Limits(), "100,000"),
        ("<http://e.org/" + "a" * 2_048 + ">", Limits(), "2,048"),
        ('"x"^^<http://e.org/' + "a" * 2_048 + ">", Limits(), "2,048"),
    ],
)
def test_s6_long_terms_are_refused(value, limits, limit):
    """A term over its limit is named with its line, the limit and little of its text."""
    problem = refusal(turtle(value), limits=limits)
    assert (problem.slug, problem.line) == ("too-large", 3)
    assert limit in problem.detail
    assert len(problem.detail) < 400


def test_s6_terms_at_the_limit_are_read():
    """A literal of exactly the limit passes."""
    assert read(turtle('"' + "a" * 100_000 + '"')).quads


def test_s6_a_long_prefix_does_not_multiply():
    """A small body whose prefix makes it large is stopped while it is read."""
    data = b"@prefix e: <http://" + b"a" * 1900 + b"/> .\n" + b"e:s e:p e:o .\n" * 100_000
    assert refusal(data).slug == "too-large"


@pytest.mark.parametrize(
    ("opening", "media_type"),
    [
        (b"<http://e.org/s> <http://e.org/p> " + b"[ <http://e.org/p> " * 100_000, TURTLE),
        (b"<http://e.org/s> <http://e.org/p> " + b"[" * 100_000, TURTLE),
        (b"<http://e.org/s> <http://e.org/p> " + b"(" * 100_000, TRIG),
        (b"{" * 100_000, TRIG),
        (b"[" * 100_000, JSON_LD),
        (b'{"a":' * 100_000, JSON_LD),
        (XML_START + b"<e:a>" * 100_000, RDF_XML),
    ],
)
def test_s6_deep_nesting_is_refused_before_the_parser(opening, media_type):
    """A hundred thousand open brackets are `too-deep` with a place, and the process lives."""
    problem = refusal(opening, media_type)
    assert problem.slug == "too-deep"
    assert problem.column


@pytest.mark.parametrize(("depth", "slug"), [(100, None), (101, "too-deep")])
def test_s6_nesting_has_a_limit_of_100(depth, slug):
    """A hundred levels are read, one more is not."""
    data = turtle("[ :p " * depth + "1" + " ]" * depth)
    if slug:
        assert refusal(data).slug == slug
    else:
        assert len(read(data).quads) == depth + 1


@pytest.mark.parametrize(
    "value",
    [
        '"' + "[" * 200 + '"',
        "'" + "(" * 200 + "'",
        '"""' + '"[' * 200 + '"""',
        "'''" + "'[\n" * 200 + "'''",
        r'"\"' + "[" * 200 + '"',
        "1 # " + "[" * 200 + "\n",
        "1 # don't [\n, 2 # it's ]\n",
        "<http://e.org/#([" + "(" * 200 + ">",
        r":a\'b , :c\(d , :e\#f",
        "[] , [] , ( 1 2 ) , ( )",
    ],
)
def test_brackets_in_text_are_not_nesting(value):
    """Brackets and quotes inside strings, comments, IRIs and escaped names do not count."""
    if "<http" in value:
        value = value.replace("[", "")
    assert read(turtle(value)).quads


@pytest.mark.parametrize("unit", ['"\\"', '"""', "'''", '"a', "<", "\\", "#\n", '"""\\"', "{", "}"])
def test_s6_hostile_turtle_takes_linear_time(unit):
    """Two megabytes of any half token are answered within seconds, so no scan is quadratic."""
    start = time.monotonic()
    refusal((unit * 2_000_000)[:2_000_000])
    assert time.monotonic() - start < 5


def test_s6_json_values_are_counted_before_they_are_built():
    """Three million empty nodes are refused while they are only text."""
    assert refusal(b"[" + b"{}," * 3_000_000 + b"{}]", JSON_LD).slug == "too-large"


@pytest.mark.parametrize(
    "attributes",
    [
        " ".join(f'e:a{n}="x"' for n in range(101)),
        " ".join(f'a{n}="x"' for n in range(20_000)),
    ],
)
def test_s6_attributes_of_an_element_are_bounded(attributes):
    """An element with hundreds of attributes, which the parser compares pairwise, is refused."""
    data = XML_START + b"<e:a " + attributes.encode() + b"/>" + XML_END
    assert refusal(data, RDF_XML).slug == "too-large"


def test_s6_namespaces_in_scope_are_bounded():
    """Namespaces that pile up over nested elements are refused; XML literals repeat them all."""
    levels = range(5)
    starts = [
        f"<e:a{level} " + " ".join(f'xmlns:n{level}x{n}="u:"' for n in range(60)) + ">"
        for level in levels
    ]
    data = XML_START + "".join(starts).encode()
    problem = refusal(data, RDF_XML)
    assert problem.slug == "too-large"
    assert "namespaces" in problem.detail


# --- RDF/XML ------------------------------------------------------------------------------------

BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n else str()};" * 10}">' for n in range(9))
    + "]>"
    + XML_START.decode()
    + '<e:a rdf:about="http://e.org/s"><e:p>&a8;</e:p></e:a></rdf:RDF>'
)
XXE = (
    '<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>\n'
    + XML_START.decode()
    + '<e:a rdf:about="http://e.org/s"><e:p>&x;</e:p></e:a></rdf:RDF>'
)


@pytest.mark.parametrize(
    "document",
    [
        BOMB,
        XXE,
        "<!DOCTYPE r>" + ONE_STATEMENT[RDF_XML].decode(),
        '<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd">' + ONE_STATEMENT[RDF_XML].decode(),
        "<!-- <a> --><?pi <a> ?>\n<!DOCTYPE\nr>" + ONE_STATEMENT[RDF_XML].decode(),
    ],
)
def test_s5_document_type_declarations_are_refused(document):
    """A document type, with or without entities, is refused unexpanded, with its place."""
    start = time.monotonic()
    problem = refusal(document, RDF_XML)
    assert problem.slug == "document-type-declaration"
    assert problem.line
    assert time.monotonic() - start < 1


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037", "utf-8-sig"]
)
@pytest.mark.parametrize("document", [BOMB, XXE])
def test_s5_entity_bomb_is_refused_in_any_encoding(document, encoding):
    """The same bomb in another encoding, declared or not, is never expanded."""
    assert refusal(document.encode(encoding), RDF_XML).slug in (
        "syntax",
        "document-type-declaration",
    )
    body = document.partition("?>\n")[2] or document
    declared = f'<?xml version="1.0" encoding="{encoding}"?>{body}'.encode(encoding)
    assert refusal(declared, RDF_XML).slug in ("syntax", "document-type-declaration")


@pytest.mark.parametrize("encoding", ["UTF-7", "ISO-8859-1", "UTF-16", "windows-1252", "cp037"])
def test_s5_a_declared_encoding_other_than_utf_8_is_refused(encoding):
    """What the XML declaration says is believed, and refused."""
    data = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + ONE_STATEMENT[RDF_XML]
    problem = refusal(data, RDF_XML)
    assert problem.slug == "syntax"
    assert encoding in problem.detail


def test_s5_an_undefined_entity_is_an_error():
    """An entity without a definition does not pass."""
    data = XML_START + b'<e:a rdf:about="http://e.org/s"><e:p>&x;</e:p></e:a>' + XML_END
    assert refusal(data, RDF_XML).slug == "syntax"


def test_a_doctype_in_text_is_only_text():
    """Comments and CDATA may mention a document type."""
    data = (
        XML_START
        + b"<!-- <!DOCTYPE a> --><e:a rdf:about='http://e.org/s'>"
        + b"<e:p><![CDATA[<!DOCTYPE a [<!ENTITY b 'c'>]>]]></e:p></e:a>"
        + XML_END
    )
    assert len(read(data, RDF_XML).quads) == 2


# --- JSON-LD ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "context",
    [
        KNOWN_CONTEXT,
        [KNOWN_CONTEXT],
        [KNOWN_CONTEXT, {"ex": "http://e.org/"}],
        ["https://example.org/list.jsonld"],
    ],
)
def test_known_contexts_are_put_in_place(context):
    """A known context works alone, in a list, and where the package keeps it as a list."""
    (quad,) = read({"@context": context, "@id": "http://e.org/s", "name": "x"}, JSON_LD).quads
    assert quad.predicate == NamedNode("https://example.org/def/name")


def test_an_unknown_key_under_a_vocabulary_does_not_vanish():
    """A misspelt key becomes a term of the vocabulary, for the typo detector to find."""
    (quad,) = read(
        {"@context": KNOWN_CONTEXT, "id": "http://e.org/s", "mispelt": "x"}, JSON_LD
    ).quads
    assert quad.predicate == NamedNode("https://example.org/def/mispelt")


REMOTE = "http://127.0.0.1:9/context.jsonld"


@pytest.mark.parametrize(
    "document",
    [
        {"@context": REMOTE},
        {"@context": [KNOWN_CONTEXT, REMOTE]},
        {"@context": [[REMOTE]]},
        {"@context": "context.jsonld"},
        {"@context": KNOWN_CONTEXT + "#"},
        {"@id": "http://e.org/", "http://e.org/p": {"@context": REMOTE, "@id": "http://e.org/o"}},
        {"@context": {"p": {"@id": "http://e.org/p", "@context": REMOTE}}},
        {"@context": {"p": {"@id": "http://e.org/p", "@context": [{"q": {"@context": REMOTE}}]}}},
        [{"@context": KNOWN_CONTEXT, "id": "http://e.org/s"}, {"@context": REMOTE}],
    ],
)
def test_s3_unknown_contexts_are_refused_with_the_known(document):
    """A context that is not known by its exact IRI is refused anywhere; the known are listed."""
    problem = refusal(document, JSON_LD)
    assert problem.slug == "unknown-context"
    assert problem.line == 1
    assert problem.extra == {"known": sorted(CONTEXTS)}
    assert KNOWN_CONTEXT in problem.detail


@pytest.mark.parametrize(
    ("context", "key"),
    [
        ({"@import": REMOTE}, "@import"),
        ({"p": {"@id": "http://e.org/p", "@context": {"@import": REMOTE}}}, "@import"),
        (None, "@context"),
        ([KNOWN_CONTEXT, None], "@context"),
        (3, "@context"),
        ({"@vocab": None}, "@vocab"),
        ({"@base": None}, "@base"),
        ({"p": None}, "“p”"),
        ({"p": {"@id": None}}, "“p”"),
        ({"p": {"@id": "http://e.org/p", "@context": None}}, "@context"),
        ({"@foo": "http://e.org/"}, "@foo"),
        ({"p": {"@id": "http://e.org/p", "@foo": 1}}, "@foo"),
        ({"d": "@direction"}, "“d”"),
        ({"g": {"@id": "http://e.org/g", "@container": "@graph"}}, "“g”"),
        ({"g": {"@id": "http://e.org/g", "@container": ["@index", "@graph"]}}, "“g”"),
        ({"p": {"@id": "@direction"}}, "@id"),
        ({"@direction": "rtl"}, "@direction"),
    ],
)
def test_contexts_that_fetch_or_hide_are_refused(context, key):
    """A context may not import, undefine, or hide a key behind an unread keyword."""
    document = {"@context": context, "@id": "http://e.org/s", "http://e.org/p": 1}
    problem = refusal(document, JSON_LD)
    assert problem.slug == "bad-value"
    assert key in problem.detail


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"@id": "http://e.org/s", "naem": "x"}, "naem"),
        ({"@context": {"name": "http://e.org/name"}, "@id": "http://e.org/s", "naem": 1}, "naem"),
        ({"@id": "http://e.org/s", "@type": "Person"}, "Person"),
        ({"@id": "http://e.org/s", "": "x"}, ""),
        ({"@id": "http://e.org/s", "two words": "x"}, "two words"),
        ({"@id": "http://e.org/s", "http://e.org/p": {"inner": 1}}, "inner"),
        ([{"@id": "http://e.org/s", "naem": "x"}], "naem"),
        ({"@context": {"p": {"@type": "@id"}}, "@id": "http://e.org/s", "p": "o:o"}, "“p”"),
        ({"@context": {"p": "relative"}, "@id": "http://e.org/s", "p": "x"}, "relative"),
        ({"@context": {"@vocab": "v/"}, "@id": "http://e.org/s", "p": "x"}, "p"),
        ({"@id": "http://e.org/s", "http://e.org/p": {"@value": "x", "@type": "day"}}, "day"),
        ({"@id": "http://e.org/s", "dg:name": "x"}, "dg:name"),
        ({"@id": "http://e.org/s", "@type": "dg:Person"}, "dg:Person"),
        ({"@id": "http://e.org/s", "_:b": "x"}, "_:b"),
        ({"@id": "http://e.org/s", "@foo": "x"}, "@foo"),
        ({"@id": "http://e.org/s", "http://e.org/p": {"@value": "x", "@lang": "en"}}, "@lang"),
        ({"@id": "http://e.org/a b", "http://e.org/p": "x"}, "http://e.org/a b"),
        ({"@id": "http://e.org/s", "http://e.org/p": {"@id": "http://e.org/a b"}}, "a b"),
        ({"@id": "http://e.org/s", "http://e.org/p": {"@value": "x", "@language": "e n"}}, "e n"),
        ({"@id": "http://e.org/s", "http://e.org/p": {"@value": "x", "@direction": "ltr"}}, "@dir"),
    ],
)
def test_no_json_ld_key_vanishes_in_silence(document, name):
    """What a JSON-LD parser leaves out without a word is an error that names it."""
    problem = refusal(document, JSON_LD)
    assert problem.slug == "bad-value"
    assert name in problem.detail


@pytest.mark.parametrize(
    "document",
    [
        {"@context": {"p": "http://e.org/p"}, "@id": "http://e.org/s", "p": "x"},
        {"@context": {"e": "http://e.org/"}, "@id": "e:s", "e:p": {"@id": "e:o"}},
        {"@context": {"e": "http://e.org/", "p": "e:p", "q": "p"}, "@id": "e:s", "q": 1},
        {"@context": {"@base": "http://e.org/"}, "@id": "s", "http://e.org/p": 1},
        {"@context": {"id": "@id", "p": {"@id": "http://e.org/p"}}, "id": "http://e.org/", "p": 1},
        {"@context": {"@language": None, "p": "http://e.org/p"}, "@id": "http://e.org/", "p": 1},
        {"@context": {"name": {"@id": "http://e.org/p"}, "e:p": {"@id": "e:p"}, "e": "http://e/"},
         "@id": "http://e.org/", "name": 1},
        {"@context": {"p": {"@type": "@vocab"}, "@vocab": "http://e.org/"},
         "@id": "http://e.org/s", "p": 1},
        {"@id": "urn:uuid:1", "@reverse": {"http://e.org/p": {"@id": "http://e.org/o"}}},
        {"@graph": [{"@id": "http://e.org/s", "http://e.org/p": [{"@value": "x"}]}]},
        {"@context": {"p": {"@id": "http://e.org/p", "@context": {"q": "http://e.org/q"}}},
         "@id": "http://e.org/s", "p": {"q": {"@id": "http://e.org/o"}}},
    ],
)  # fmt: skip
def test_ordinary_json_ld_is_read(document):
    """Terms, prefixes, bases, aliases, reverse keys and scoped contexts do their work."""
    assert all(quad.graph_name == read(ONE_STATEMENT[TURTLE]).quads[0].graph_name
               for quad in read(document, JSON_LD).quads)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ('{"@id": "http://e.org/s",\n "@id": "http://e.org/t"}', (2, 2)),
        ('{"a": {"b": 1, "c": 2,\n\n"\\u0062": 3}}', (3, 1)),
        ('{"http://e.org/p":\n NaN}', (2, 2)),
        ('{"http://e.org/NaN":\n -Infinity}', (2, 2)),
        ('{"http://e.org/p":\n  1e999}', (2, 3)),
        ('{"http://e.org/p":\n  12345678901234567890}', (2, 3)),
        ('{"http://e.org/p": ' + "9" * 5_000 + "}", (1, 20)),
    ],
)
def test_json_that_would_change_is_refused_with_its_place(data, place):
    """Duplicate keys and numbers that readers disagree about are syntax errors with a place."""
    problem = refusal(data, JSON_LD)
    assert problem.slug == "syntax"
    assert (problem.line, problem.column) == place


def test_half_a_surrogate_pair_is_refused():
    """A lone surrogate, which no UTF-8 answer could repeat, is a bad value."""
    data = r'{"@id": "http://e.org/s", "http://e.org/p": "\ud800"}'
    assert refusal(data, JSON_LD).slug == "bad-value"
    refusal(r'{"@id": "http://e.org/s", "\ud800": "x"}', JSON_LD).detail.encode()
    refusal(r'{"@context": {"\ud800": null}}', JSON_LD).detail.encode()


@pytest.mark.parametrize("whole", [True, False])
def test_s6_chained_terms_do_not_end_the_process(whole):
    """Terms defined through one another, which overflow the parser's stack, are refused."""
    colon = "" if whole else ":"
    context: dict[str, object] = {f"t{n}": f"t{n + 1}{colon}" for n in range(450)}
    document = {"@context": context, "@id": "http://e.org/s", "t0": 1}
    assert refusal(document, JSON_LD).slug == "too-deep"
    context |= {f"t{n}": {"@id": f"t{n + 1}:", "@type": f"t{n + 1}:"} for n in range(10_000)}
    assert refusal(document, JSON_LD).slug == "too-large"


def test_s6_contexts_are_counted():
    """Many contexts, each of which copies all terms before it, are refused."""
    node = {"@context": KNOWN_CONTEXT, "id": "http://e.org/s", "p": 1}
    assert refusal([node] * 101, JSON_LD).slug == "too-large"
    assert read([node] * 100, JSON_LD).quads


# --- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "literal",
    [
        '"2017-01-24"^^xsd:date',
        '"2016-02-29"^^xsd:date',
        '"2017-01"^^xsd:gYearMonth',
        '"2017"^^xsd:gYear',
        '"2017-01-24T18:30:00"^^xsd:dateTime',
        '"2017-01-24T18:30:00.5Z"^^xsd:dateTime',
        "-12",
        "12.5",
        "1.0e3",
        "true",
        '"https://www.coventry.gov.uk/a?b=c#d"^^xsd:anyURI',
        '"P1Y"^^xsd:duration',
        '"anything"^^<http://e.org/datatype>',
        '"text"@en-GB',
        '"2017-02-30"',
    ],
)
def test_well_typed_literals_are_read(literal):
    """Literals that are what their datatype says pass unchanged."""
    assert read(turtle(literal)).quads


@pytest.mark.parametrize(
    ("literal", "slug", "says"),
    [
        ('"2017-02-30"^^xsd:date', "bad-date", "YYYY-MM-DD"),
        ('"2017-02-29"^^xsd:date', "bad-date", "2017-02-29"),
        ('"24/01/2017"^^xsd:date', "bad-date", "24/01/2017"),
        ('"24 January 2017"^^xsd:date', "bad-date", "YYYY-MM-DD"),
        ('"20170124"^^xsd:date', "bad-date", "YYYY-MM-DD"),
        ('"2017-W04-2"^^xsd:date', "bad-date", "YYYY-MM-DD"),
        ('" 2017-01-24"^^xsd:date', "bad-date", "YYYY-MM-DD"),
        ('"0000-01-01"^^xsd:date', "bad-date", "YYYY-MM-DD"),
        ('"٢٠١٧-01-24"^^xsd:date', "bad-date", "YYYY-MM-DD"),
        ('"2017-01-24Z"^^xsd:date', "bad-date", "time zone"),
        ('"2017-01-24+01:00"^^xsd:date', "bad-date", "time zone"),
        ('"2017Z"^^xsd:gYear', "bad-date", "time zone"),
        ('"17"^^xsd:gYear', "bad-date", "YYYY"),
        ('"0000"^^xsd:gYear', "bad-date", "YYYY"),
        ('"2017-13"^^xsd:gYearMonth', "bad-date", "YYYY-MM"),
        ('"2017-1"^^xsd:gYearMonth', "bad-date", "YYYY-MM"),
        ('"2017-01-24"^^xsd:dateTime', "bad-date", "hh:mm:ss"),
        ('"2017-01-24T25:00:00"^^xsd:dateTime', "bad-date", "hh:mm:ss"),
        ('"2017-02-30T10:00:00"^^xsd:dateTime', "bad-date", "hh:mm:ss"),
        ('"one"^^xsd:integer', "bad-value", "whole number"),
        ('"1.0"^^xsd:integer', "bad-value", "whole number"),
        ('"1000000000000000000000"^^xsd:integer', "bad-value", "18 digits"),
        ('"1e3"^^xsd:decimal', "bad-value", "12.5"),
        ('"."^^xsd:decimal', "bad-value", "12.5"),
        ('"yes"^^xsd:boolean', "bad-value", "true or false"),
        ('"TRUE"^^xsd:boolean', "bad-value", "true or false"),
        ('"not an address"^^xsd:anyURI', "bad-value", "without spaces"),
        ('"JavaScript:alert(1)"^^xsd:anyURI', "bad-value", "https://"),
        ('"2017-01-24"^^xsd:Date', "bad-value", "xsd:date?"),
        ('"x"^^xsd:nonsense', "bad-value", "xsd:nonsense"),
    ],
)
def test_s33_ill_typed_literals_are_refused_with_their_line(literal, slug, says):
    """A literal that is not what its datatype says is named, with its line and how to write it."""
    problem = refusal(turtle(literal))
    assert (problem.slug, problem.line) == (slug, 3)
    assert says in problem.detail


@pytest.mark.parametrize(
    ("data", "media_type", "line"),
    [
        (
            '{"@id": "http://e.org/s", "http://e.org/p":\n{"@value": "2017-02-30",'
            ' "@type": "http://www.w3.org/2001/XMLSchema#date"}}',
            JSON_LD,
            2,
        ),
        (
            XML_START.decode()
            + '<e:a rdf:about="http://e.org/s"><e:p\n'
            + 'rdf:datatype="http://www.w3.org/2001/XMLSchema#date">2017-02-30</e:p></e:a></rdf:RDF>',
            RDF_XML,
            3,
        ),
    ],
)
def test_s33_ill_typed_dates_have_a_line_in_every_family(data, media_type, line):
    """JSON-LD and RDF/XML name the line of an ill-typed date too."""
    problem = refusal(data, media_type)
    assert (problem.slug, problem.line) == ("bad-date", line)


@pytest.mark.parametrize(
    "iri",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "vbscript:x",
        "file:///etc/hostname",
        "data:text/html,x",
    ],
)
@pytest.mark.parametrize(
    ("template", "media_type"),
    [
        ("<http://e.org/s> <http://e.org/p> <%s> .", TURTLE),
        ("<%s> <http://e.org/p> 1 .", TURTLE),
        ("<http://e.org/s> <%s> <http://e.org/o> .", N_TRIPLES),
        ("<%s> { <http://e.org/s> <http://e.org/p> 1 }", TRIG),
        ('<http://e.org/s> <http://e.org/p> "x"^^<%s> .', TURTLE),
        ("@base <%s> . <http://e.org/s> <http://e.org/p> <> .", TURTLE),
        ('{"@id": "http://e.org/s", "http://e.org/p": {"@id": "%s"}}', JSON_LD),
        (XML_START.decode() + '<e:a rdf:about="%s"/></rdf:RDF>', RDF_XML),
    ],
)
def test_s33_iris_that_run_or_read_are_refused(template, media_type, iri):
    """IRIs of schemes that a browser runs or that open a file are refused in every position."""
    problem = refusal(template % iri, media_type)
    assert problem.slug == "bad-value"
    assert "https://" in problem.detail


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (turtle("<<( :a :b :c )>>"), TURTLE),
        (turtle("<< :a :b :c >>"), TURTLE),
        (turtle(":o {| :q 1 |}"), TURTLE),
        (b"<http://a> <http://b> <<( <http://a> <http://b> <http://c> )>> .", N_TRIPLES),
        (b"<http://a> <http://b> <<( <http://a> <http://b> <http://c> )>> .", N_QUADS),
        (b"<http://g> { << <http://a> <http://b> <http://c> >> <http://b> 1 }", TRIG),
        (b"<http://a> <http://b> " + b"<<( <http://a> <http://b> " * 100_000, TURTLE),
        (
            XML_START.replace(b"<rdf:RDF", b'<rdf:RDF rdf:version="1.2"')
            + b'<e:a rdf:about="http://a"><e:p rdf:parseType="Triple"><rdf:Description '
            + b'rdf:about="http://b" e:q="x"/></e:p></e:a>'
            + XML_END,
            RDF_XML,
        ),
    ],
)
def test_s33_triple_terms_are_refused(data, media_type):
    """RDF 1.2 triple terms, reified triples and annotations are refused, however deep."""
    problem = refusal(data, media_type)
    assert problem.slug == "bad-value"
    assert "triple term" in problem.detail


def test_s33_directional_strings_are_refused():
    """A language tag with a direction is refused with its line."""
    problem = refusal(turtle('"x"@en--ltr'))
    assert (problem.slug, problem.line) == ("bad-value", 3)


# --- the line of a term -------------------------------------------------------------------------

TERM = "https://w3id.org/dutygraph/def/Post"


@pytest.mark.parametrize(
    ("text", "media_type", "line"),
    [
        ("DECLARED:x a dg:Poster .\n:y a dg:Post.", TURTLE, 3),
        ("# dg:Post\n# it's\n<http://a> a <https://w3id.org/dutygraph/def/Post> .", TURTLE, 3),
        ('DECLARED:x :p "dg:Post" ;\na dg:Post .', TURTLE, 3),
        ('DECLARED:x :p """\n\n""" ;\na dg:Post .', TURTLE, 5),
        ("PREFIX : <https://w3id.org/dutygraph/def/>\n:a a :Post-x .\n:a a :Post, :b .", TURTLE, 3),
        ("DECLARED@prefix o: <http://o/> .\no:Post a dg:Role .", TURTLE, None),
        (":a :b :c .", TURTLE, None),
        ('{"@context": {"dg": "SPACE"},\n"@type": "dg:Post"}', JSON_LD, 2),
        ('{"@context": "c",\n"@type":\n"Post"}', JSON_LD, 3),
        ('<!-- dg:Post -->\n<r xmlns:dg="SPACE">\n<dg:Post/></r>', RDF_XML, 3),
        ('<r xmlns="SPACE">\n<Post/></r>', RDF_XML, 2),
        ('<r>\n<rdf:type rdf:resource="https://w3id.org/dutygraph/def/Post"/></r>', RDF_XML, 2),
    ],
)
def test_the_line_of_a_term_is_found(text, media_type, line):
    """A term is found as a whole token in full or prefixed form, not in comments or strings."""
    text = text.replace("DECLARED", "@prefix dg: <SPACE> .\n")
    text = text.replace("SPACE", "https://w3id.org/dutygraph/def/")
    parsed = Parsed((), (), text, SYNTAXES[media_type].family)
    assert parsed.line_of(TERM, "Post") == line


def test_the_line_of_a_subject_is_where_its_statement_begins():
    """Asked for a subject, a line that begins with the term wins over an earlier mention."""
    parsed = read("@prefix e: <http://e.org/> .\ne:a e:p e:b .\n\n  e:b e:p 1 .")
    assert parsed.line_of("http://e.org/b", "b") == 2
    assert parsed.line_of("http://e.org/b", "b", as_subject=True) == 4


def test_s6_finding_a_line_in_a_hostile_text_takes_seconds_at_most():
    """Thousands of prefixes for one namespace do not make the search slow."""
    text = "".join(f"@prefix p{n}: <http://e.org/> .\n" for n in range(50_000)) + "p0:a p0:b 1 ."
    parsed = read(text)
    start = time.monotonic()
    parsed.line_of("http://e.org/missing", "missing")
    assert time.monotonic() - start < 5


# --- nothing is fetched or opened ---------------------------------------------------------------


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A loopback HTTP server and the list of the requests that it received."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802, D102
            requests.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:  # noqa: D102
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/x", requests
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("template", "media_type"),
    [
        ('{"@context": "URL", "@id": "http://e.org/s", "p": 1}', JSON_LD),
        ('{"@context": ["URL"], "@id": "http://e.org/s", "p": 1}', JSON_LD),
        ('{"@context": {"@import": "URL"}, "@id": "http://e.org/s", "http://e.org/p": 1}', JSON_LD),
        ('{"@context": {"p": {"@id": "URL", "@context": "URL"}}, "p": {"q": 1}}', JSON_LD),
        ('{"@context": {"@base": "URL"}, "@id": "s", "http://e.org/p": 1}', JSON_LD),
        ('{"@context": {"c": "@context"}, "c": "URL", "http://e.org/p": 1}', JSON_LD),
        ('"URL"', JSON_LD),
        ("@base <URL> . <s> <p> <o> .", TURTLE),
        ("<URL> <http://www.w3.org/2002/07/owl#imports> <URL> ; <http://e.org/p> 1 .", TURTLE),
        ("<URL> <http://www.w3.org/2000/01/rdf-schema#seeAlso> <URL> .", TURTLE),
        (XML_START.decode() + '<e:a xml:base="URL" rdf:about="s"/></rdf:RDF>', RDF_XML),
        ('<!DOCTYPE r SYSTEM "URL">' + ONE_STATEMENT[RDF_XML].decode(), RDF_XML),
        ('<!DOCTYPE r [<!ENTITY % x SYSTEM "URL"> %x;]><r/>', RDF_XML),
        ('<?xml-stylesheet href="URL"?>' + ONE_STATEMENT[RDF_XML].decode(), RDF_XML),
    ],
)  # fmt: skip
def test_s3_parsing_calls_nobody(listener, template, media_type):
    """No document, read or refused, makes the parser send a request."""
    url, requests = listener
    try:
        read(template.replace("URL", url), media_type)
    except Problem as problem:
        assert problem.detail  # A refusal is as good as a reading here.
    assert requests == []


@pytest.mark.parametrize("media_type", SYNTAXES)
def test_s2_data_that_looks_like_an_address_is_data(listener, tmp_path, media_type):
    """A body that is a URL or the path of a readable file is neither fetched nor opened."""
    url, requests = listener
    secret = tmp_path / "secret"
    secret.write_bytes(ONE_STATEMENT[media_type])
    for body in (url, str(secret), secret.as_uri(), f"<{url}>", f"<{secret.as_uri()}>"):
        problem = refusal(body, media_type)
        assert problem.slug in ("syntax", "not-rdf")
    assert requests == []


# --- anything at all ----------------------------------------------------------------------------

FRAGMENTS = [
    *ONE_STATEMENT.values(),
    *b'@prefix|@base|PREFIX|a|<http://e.org/s>|<|>|<<|<<(|)>>|{|}|{||}|[|]|(|)|.|;|,|"|\'|"""|\\'
    b'|\\u0041|\\U0010FFFF|@en|@en--ltr|^^|_:b|:|e:a|1|-1.5e3|true|#|\n| |\xef\xbb\xbf|\xff|\x00'
    b'|"@id":|"@context":|"@type":|"@value":|"@vocab":|"@graph":|null|NaN|{}|[]|"http://e.org/"'
    b'|<rdf:RDF |xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"|<e:a|/>|</|<!--|-->'
    b'|<![CDATA[|]]>|<?xml version="1.0"?>|<!DOCTYPE a>|&amp;|&x;|rdf:about="http://e.org/"'.split(b"|"),
]  # fmt: skip
BYTES = st.binary(max_size=200) | st.lists(st.sampled_from(FRAGMENTS), max_size=12).map(b"".join)


@pytest.mark.parametrize("media_type", SYNTAXES)
@settings(
    max_examples=100,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=BYTES)
def test_any_bytes_give_quads_or_a_problem(media_type, data):
    """Random bytes and pieces of syntax never raise anything but a problem with a sentence."""
    try:
        parsed = read(data, media_type)
    except Problem as problem:
        assert problem.detail.encode()
        json.dumps(problem.as_dict())
    else:
        assert parsed.quads
