"""The page about a thing: what the template is given.

Owns: the order of what is shown, and which values become links. Must not hold HTML: the template
escapes every word, and only addresses that are http or https are linked (SECURITY S19).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from textwrap import dedent
from typing import Any
from urllib.parse import urlencode

from dutygraph.linked.addresses import document_of, is_ours
from dutygraph.linked.as_rdf import RDF_OFFERS
from dutygraph.linked.describing import Description, graphs_of, owner
from dutygraph.linked.knowledge import LABELS, Fact, Knowledge
from dutygraph.linked.vocabulary import Vocabulary
from dutygraph.renderings import phrases
from dutygraph.renderings.as_html import environment
from dutygraph.terms import BASE, DCT, DG, RDF, RDFS, SH, SKOS, XSD
from dutygraph.triples import BlankNode, Literal, NamedNode, Term

__all__ = ["page"]

Json = dict[str, Any]
_LEADS = (
    SKOS.definition,
    DG.duty,
    DCT.description,
    DG.quotation,
    DG.gist,
    DG.sentence,
    RDFS.comment,
)
_SHOWN_ELSEWHERE = (RDF.type, DCT.source, SH.declare)
_DEEPEST = 6
_LINE_WIDTH = 72
_IN_DOCUMENTS = (BASE + "id/structure/", BASE + "id/material/")
_DATES = (XSD.date, XSD.gYearMonth, XSD.gYear)


def page(vocabulary: Vocabulary, description: Description, rule_page: str | None = None) -> bytes:
    """The page about a thing.

    Args:
        vocabulary: the terms with their use, and what is known.
        description: what is known of it.
        rule_page: where a rule is explained, or None where it is none.
    """
    known, thing = vocabulary.known, description.thing
    shown = [f for f in description.about if f.graph != LABELS]
    lead = next((t for p in _LEADS if (t := known.text(thing, p))), "")
    template = environment().get_template("thing.html")
    return template.render(
        label=known.label(thing),
        iri=thing.value,
        lead=lead,
        kinds=[_value(known, t) for t in known.types(thing)],
        rows=_rows(known, (f for f in shown if f.predicate not in _SHOWN_ELSEWHERE)),
        prefixes=_prefixes(known, shown),
        sources=_sources(known, description),
        graphs=[_value(known, g) for g in graphs_of(description)],
        sections=vocabulary.sections(thing),
        use=vocabulary.use(thing),
        pointing=_pointing(known, description.pointing),
        pointing_count=description.pointing_count,
        holds=[_value(known, h) | {"kinds": _kinds(known, h)} for h in description.holds],
        holds_count=description.holds_count,
        is_graph=bool(known.within(thing)),
        dump=_dump(known, thing),
        rule_page=rule_page,
        forms=[_form(thing, o.name, description.page) for o in RDF_OFFERS],
        pager=_pager(description),
    ).encode()


def _rows(known: Knowledge, facts: Iterable[Fact], depth: int = _DEEPEST) -> list[Json]:
    """A row for each property, with its values; a value that is a blank node has rows of its own."""
    rows: list[Json] = []
    for predicate, group in groupby(facts, key=lambda f: f.predicate):
        values = dict.fromkeys(f.value for f in group)
        shown = [_value(known, v, depth) for v in values]
        rows.append({"property": _value(known, predicate), "values": sorted(shown, key=_by_label)})
    return sorted(rows, key=lambda r: r["property"]["label"].casefold())


def _by_label(value: Json) -> tuple[str, str]:
    return value["label"].casefold(), value["href"] or ""


def _value(known: Knowledge, term: Term, depth: int = 0) -> Json:
    value: Json = {
        "label": known.label(term),
        "href": None,
        "foreign": False,
        "language": None,
        "rows": [],
        "code": False,
    }
    if isinstance(term, NamedNode):
        ours = is_ours(term.value)
        value |= {"href": document_of(term.value) if ours else term.value, "foreign": not ours}
    elif isinstance(term, Literal):
        text = str(term.value)
        value |= {
            "label": _in_words(term),
            "language": term.language if term.language and term.language != "en" else None,
            "code": "\n" in text or (len(text) > _LINE_WIDTH and "?" in text and "{" in text),
        }
    elif depth:
        value["rows"] = _rows(known, known.about(term), depth - 1)
    return value


def _in_words(literal: Literal) -> str:
    """A date as people write it, a query without the indent of its file, the rest as it is."""
    text = str(literal.value)
    if literal.datatype in _DATES:
        try:
            return phrases.day(text)
        except ValueError:
            return text
    return dedent(text).strip("\n") if "\n" in text else text


def _prefixes(known: Knowledge, facts: Iterable[Fact]) -> list[tuple[str, str]]:
    """Prefixes and namespaces that a thing declares (SHACL, section 5.2.1)."""
    declared = [f.value for f in facts if f.predicate == SH.declare]
    return sorted((known.text(d, SH.prefix), known.text(d, SH.namespace)) for d in declared)


def _sources(known: Knowledge, description: Description) -> list[Json]:
    """Where it is drawn from: passages with their words, and clauses or documents by name."""
    values = {f.value for f in description.about if f.predicate == DCT.source}
    found = [_value(known, v) | {"words": known.text(v, DG.quotation)} for v in values]
    return sorted(found, key=_by_label)


def _kinds(known: Knowledge, thing: NamedNode) -> str:
    """What a thing is and, since several documents may say the same, in which of them it is said."""
    words = [known.label(t) for t in known.types(thing)]
    if thing.value.startswith(_IN_DOCUMENTS):
        words.append(thing.value.removeprefix(BASE).removeprefix("id/"))
    return ", ".join(words)


def _pointing(known: Knowledge, facts: Sequence[Fact]) -> list[Json]:
    """The facts that point here, by property; a blank node is shown as the thing that it is part of."""
    groups = []
    for predicate, group in groupby(facts, key=lambda f: f.predicate):
        items = []
        for fact in group:
            above = owner(known, fact.subject)
            item = _value(known, above)
            inside = isinstance(fact.subject, BlankNode) and above != fact.subject
            item["kinds"] = known.label(fact.subject) if inside else _named_kind(known, above)
            items.append(item)
        groups.append({"property": _value(known, predicate), "items": items})
    return groups


def _named_kind(known: Knowledge, thing: Term) -> str:
    return _kinds(known, thing) if isinstance(thing, NamedNode) else ""


def _dump(known: Knowledge, thing: NamedNode) -> str | None:
    if not known.has_graph(thing):
        return None
    return document_of(thing.value).replace("/doc/", "/dumps/graphs/", 1).rstrip("/") + ".ttl"


def _form(thing: NamedNode, name: str, page: int) -> Json:
    query = urlencode({"format": name} | ({"page": page} if page > 1 else {}))
    return {"name": name, "href": f"{document_of(thing.value)}?{query}"}


def _pager(description: Description) -> Json:
    at = document_of(description.thing.value)
    number, last = description.page, description.pages
    return {
        "page": number,
        "pages": last,
        "previous": f"{at}?page={number - 1}" if number > 1 else None,
        "next": f"{at}?page={number + 1}" if number < last else None,
    }
