"""What a submission may not say: unknown terms of ours, and anything that would change the rules.

Owns: the refusal of misspelt terms and of statements about the rulebook (SECURITY S31).
Must not: read files, know a rule, or look at what the description means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from dutygraph.errors import Problem
from dutygraph.parsing import Parsed, problem_at, shown
from dutygraph.terms import CODE, DG, OWL, PARAM, RDF, RDFS, RULE, SH, SKOS
from dutygraph.triples import RDF_TYPE, Literal, NamedNode, Quad, local_name

_REPORTED = 10
_OUR_SPACES = (DG.base, CODE.base, RULE.base)
_CLOSED_SPACES = (*_OUR_SPACES, PARAM.base)
# `http:`, `def#Term` or `DutyGraph`: a key or type that was meant to be ours.
_MEANT_AS_OURS = re.compile(r"https?://(?:www\.)?w3id\.org/dutygraph(?:[/#]|$)", re.IGNORECASE)

_RDFS_SCHEMA = frozenset(
    RDFS.base + name for name in ("subClassOf", "subPropertyOf", "domain", "range")
)
# Every other OWL predicate says something about classes, properties or identity.
_OWL_HEADER = frozenset(
    OWL.base + name
    for name in (
        "versionInfo",
        "versionIRI",
        "priorVersion",
        "backwardCompatibleWith",
        "incompatibleWith",
        "imports",
    )
)
_PLAIN_TYPES = frozenset(
    term.value for term in (OWL.Ontology, OWL.NamedIndividual, OWL.Thing, RDFS.Resource)
)
# These put a concept into a code list from the outside, without a statement about the list.
_LIST_CHANGING = frozenset(
    SKOS.base + name
    for name in (
        "inScheme",
        "topConceptOf",
        "broader",
        "broaderTransitive",
        "narrower",
        "narrowerTransitive",
        "member",
    )
)
_RULEBOOK_CLASSES = frozenset(
    DG.base + name
    for name in (
        "Rulebook",
        "RulebookEntry",
        "Rule",
        "Inference",
        "Entailment",
        "Presumption",
        "Condition",
        "Need",
        "SettlingList",
        "JudgementQuestion",
        "Parameter",
        "DatedValue",
        "ClassMembership",
        "AreaSwitch",
        "Window",
    )
)


@dataclass(frozen=True)
class Vocabulary:
    """What a submission is checked against; all are full IRIs.

    Args:
        terms: the classes and properties, in `def/`.
        codes: the members of code lists and the lists, in `code/`.
        rules: the rules, in `rule/`.
        protected: what a submission may make no statement about: terms, codes, rules, shapes,
            parameters, registered authorities, clauses.
        rulebook_version: the edition, named in messages.
    """

    terms: frozenset[str]
    codes: frozenset[str]
    rules: frozenset[str]
    protected: frozenset[str]
    rulebook_version: str

    @property
    def by_space(self) -> dict[str, frozenset[str]]:
        """The known IRIs by their namespace."""
        return {DG.base: self.terms, CODE.base: self.codes, RULE.base: self.rules}

    def knows(self, iri: str) -> bool:
        """Whether the IRI is a term, a code or a rule."""
        return iri in self.terms or iri in self.codes or iri in self.rules


def admit(parsed: Parsed, vocabulary: Vocabulary) -> None:
    """Let a description in, or say what keeps it out.

    Args:
        parsed: what came through the door.
        vocabulary: the terms of the rulebook in force here.

    Raises:
        Problem: changes-the-rules (with `extra["statements"]`), unknown-term (with
            `extra["terms"]`), or no-known-terms. Each lists at most ten.
    """
    _refuse_changes(parsed, vocabulary)
    used = list(dict.fromkeys(iri for quad in parsed.quads for iri in _own_iris(quad)))
    unknown = [iri for iri in used if not vocabulary.knows(iri)]
    if unknown:
        raise _unknown_terms(parsed, vocabulary, unknown)
    if not used:
        raise Problem(
            "no-known-terms",
            f"Nothing here uses a term of {DG.base}, so there is nothing to assess. "
            "Describe the structure with DutyGraph's terms, or check the prefix.",
        )


# --- unknown terms ------------------------------------------------------------------------------


def _own_iris(quad: Quad) -> Iterator[str]:
    """The IRIs of a statement that claim to be ours."""
    datatype = quad.object.datatype if isinstance(quad.object, Literal) else None
    for term in (quad.subject, quad.object, datatype):
        if isinstance(term, NamedNode) and _is_inside(term.value, _OUR_SPACES):
            yield term.value
    for term in (quad.predicate, quad.object if quad.predicate == RDF_TYPE else None):
        if isinstance(term, NamedNode) and _MEANT_AS_OURS.match(term.value):
            yield term.value


def _is_inside(iri: str, spaces: tuple[str, ...]) -> bool:
    """Whether the IRI is in one of the namespaces, and not the namespace itself."""
    return iri.startswith(spaces) and iri not in spaces


def _unknown_terms(parsed: Parsed, vocabulary: Vocabulary, unknown: list[str]) -> Problem:
    terms = [
        {
            "term": iri,
            "line": parsed.line_of(iri, local_name(iri)),
            "nearest": _nearest(iri, vocabulary),
        }
        for iri in unknown[:_REPORTED]
    ]
    first = terms[0]
    nearest = first["nearest"]
    hint = f"The nearest is {nearest}." if nearest else "None is near it."
    line = first["line"]
    return problem_at(
        "unknown-term",
        f"{shown(unknown[0])} is not in rulebook {vocabulary.rulebook_version}. {hint} "
        f"Correct it, or use a namespace of your own.{_more(unknown)}",
        line if isinstance(line, int) else None,
        extra={"terms": terms},
    )


def _more(found: list[str]) -> str:
    return f" There are {len(found) - 1} more." if len(found) > 1 else ""


def _nearest(iri: str, vocabulary: Vocabulary) -> str | None:
    """The known IRI with the most similar name; its own namespace comes first."""
    spaces = vocabulary.by_space
    own = next((space for space in spaces if iri.startswith(space)), DG.base)
    rest = sorted(set(spaces) - {own})
    for group in (spaces[own], frozenset().union(*(spaces[space] for space in rest))):
        found = _closest(local_name(iri), group)
        if found:
            return found
    return None


def _closest(name: str, candidates: Iterable[str]) -> str | None:
    by_name = {local_name(iri).casefold(): iri for iri in sorted(candidates)}
    # A hostile name is long, and the comparison takes the product of both lengths.
    near = get_close_matches(name[:100].casefold(), by_name, 1)
    return by_name[near[0]] if near else None


# --- statements that would change the rules -----------------------------------------------------


@dataclass(frozen=True)
class _Fault:
    """Why a statement is refused, and the IRI that shows its place."""

    reason: str
    iri: str
    as_subject: bool = False


def _refuse_changes(parsed: Parsed, vocabulary: Vocabulary) -> None:
    faults = ((quad, _fault(quad, vocabulary)) for quad in parsed.quads)
    found = [(quad, fault) for quad, fault in faults if fault]
    if not found:
        return
    statements = [
        {"statement": _in_words(quad), "line": _line(parsed, fault)}
        for quad, fault in found[:_REPORTED]
    ]
    quad, fault = found[0]
    more = f" There are {len(found) - 1} more such statements." if len(found) > 1 else ""
    raise problem_at(
        "changes-the-rules",
        f"“{_in_words(quad)}” {fault.reason}. Remove the statement, or make it about something "
        f"of your own.{more}",
        _line(parsed, fault),
        extra={"statements": statements},
    )


def _line(parsed: Parsed, fault: _Fault) -> int | None:
    return parsed.line_of(fault.iri, local_name(fault.iri), as_subject=fault.as_subject)


def _in_words(quad: Quad) -> str:
    """The statement on one line, shortened."""
    terms = (quad.subject, quad.predicate, quad.object)
    return " ".join(shown(str(term)) for term in terms)


def _fault(quad: Quad, vocabulary: Vocabulary) -> _Fault | None:
    """What is wrong with one statement, if anything."""
    for node in (quad.subject, quad.graph_name):
        if isinstance(node, NamedNode) and _is_closed(node.value, vocabulary):
            return _Fault("is about a part of the rules or of the register", node.value, True)
    predicate = quad.predicate.value
    if _is_schema_predicate(predicate):
        return _Fault("would change what the terms mean", predicate)
    if not isinstance(quad.object, NamedNode):
        return None
    value = quad.object.value
    if quad.predicate == RDF_TYPE and _is_schema_class(value):
        return _Fault("would add to the rules", value)
    if predicate in _LIST_CHANGING and _is_closed(value, vocabulary):
        return _Fault("would change a list of codes", value)
    return None


def _is_closed(iri: str, vocabulary: Vocabulary) -> bool:
    return iri in vocabulary.protected or iri.startswith((*_CLOSED_SPACES, SH.base))


def _is_schema_predicate(iri: str) -> bool:
    if iri.startswith(OWL.base):
        return iri not in _OWL_HEADER
    return iri.startswith(SH.base) or iri in _RDFS_SCHEMA


def _is_schema_class(iri: str) -> bool:
    if iri.startswith((OWL.base, RDFS.base)):
        return iri not in _PLAIN_TYPES
    return iri.startswith(SH.base) or iri == RDF.Property.value or iri in _RULEBOOK_CLASSES
