"""Whether this installation is sound: `dutygraph check`.

Owns: the checks of the rooms themselves, in their order: that they parse, that no name of ours is
misspelt, the house style, that every rule loads, that both engines take the shapes and agree on every
packaged document, that no document contradicts itself, and that the ontology makes sense. Must not
assess for a user, nor know a rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from dutygraph.contradictions import contradiction
from dutygraph.engines import ENGINE_NAMES, Engine, EngineFailed, Result, make_engine
from dutygraph.entries import Entry
from dutygraph.errors import Problem
from dutygraph.outcomes import Assessment
from dutygraph.parsing import Parsed, parse
from dutygraph.pipeline import Options, Pipeline
from dutygraph.reasoner import check_ontology
from dutygraph.rooms import room, rulebook_files
from dutygraph.rulebook import Rulebook
from dutygraph.terms import CODE, CONDITION, DG, NEED, OWL, PARAM, RDF, RDFS, RULE, SH
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

__all__ = [
    "Finding",
    "OnStep",
    "Source",
    "check",
    "description_faults",
    "disagreements",
    "engine_faults",
    "house_style",
    "read_rooms",
    "rule_faults",
    "shape_faults",
    "style_engine",
    "style_faults",
    "typos",
]

OnStep = Callable[[str], object]
"""Called before each step with what it does."""

_ROOMS = ("ontology", "shapes", "data")
_NAMELESS = "urn:dutygraph:nameless:"
# The namespaces in which every name is defined by us, with the prefix that queries use for each.
_CLOSED = {
    "dg": DG.base,
    "code": CODE.base,
    "rule": RULE.base,
    "param": PARAM.base,
    "condition": CONDITION.base,
    "need": NEED.base,
}
_PREFIXED = re.compile(r"(?<![\w:/#.-])(dg|code|rule|param|condition|need):([A-Za-z][\w-]*)")
_IN_FULL = re.compile(
    r"https://w3id\.org/dutygraph/(?:def|code|rule|parameter|condition|need)/[A-Za-z][\w-]*"
)
_TEXT_WITH_NAMES = (".rq", ".jsonld", ".md")


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is wrong with this installation.

    Args:
        file: the file in its room, such as `shapes/children-act-2004.ttl`.
        place: the term or the line, as far as it is known.
        message: what is wrong, in a sentence.
    """

    file: str
    place: str
    message: str

    def __str__(self) -> str:
        """The finding on one line."""
        return (
            f"{self.file}: {self.place}: {self.message}"
            if self.place
            else f"{self.file}: {self.message}"
        )


@dataclass(frozen=True)
class Source:
    """One file of a room.

    Args:
        name: the room and the path in it.
        text: what it says.
        parsed: its statements, or None where it is not Turtle.
        media_type: how the text is written, where it is a description.
    """

    name: str
    text: str
    parsed: Parsed | None = None
    media_type: str = "text/turtle"

    @property
    def triples(self) -> Iterator[Triple]:
        """Its statements, without a graph."""
        return (
            Triple(q.subject, q.predicate, q.object)
            for q in (self.parsed.quads if self.parsed else ())
        )

    def place(self, iri: str) -> str:
        """A term with the line where a statement about it begins."""
        line = self.parsed.line_of(iri, local_name(iri), as_subject=True) if self.parsed else None
        return f"{_short(iri)} (line {line})" if line else _short(iri)


def check(on_step: OnStep = lambda what: None) -> list[Finding]:
    """Check this installation.

    Args:
        on_step: told before each step what it does.

    Returns:
        What is wrong, sorted within each step; nothing where all is well. Where a room cannot be read,
        nothing after it is checked.
    """
    on_step("Reading the ontology, the shapes and the data")
    sources, found = read_rooms()
    if found:
        return found
    on_step("Looking for misspelt names")
    found += typos(sources)
    on_step("Checking the house style")
    found += style_faults(sources)
    on_step("Checking the shapes against SHACL's own rules")
    found += shape_faults(sources)
    on_step("Loading every rule")
    rulebook, faults = _loaded()
    found += faults
    if rulebook:
        found += rule_faults(rulebook, sources)
        found += _engine_checks(rulebook, sources, on_step)
    on_step("Reasoning over the ontology")
    return found + [Finding("ontology", "", message) for message in check_ontology()]


def _loaded() -> tuple[Rulebook | None, list[Finding]]:
    """The rulebook with every entry read, or why it cannot be."""
    try:
        rulebook = Rulebook.load()
        # Read now, so that a fault is a finding and not a failure of a later step.
        _ = (rulebook.entries, rulebook.schema, rulebook.entailments, rulebook.version)
    except (AssertionError, LookupError, ValueError, SyntaxError, Problem) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        return None, [Finding("shapes", "", f"The rulebook does not load: {reason}")]
    return rulebook, []


def _engine_checks(
    rulebook: Rulebook, sources: Sequence[Source], on_step: OnStep
) -> Iterator[Finding]:
    on_step("Giving the shapes to both engines")
    failures = list(engine_faults(rulebook))
    yield from failures
    if failures:
        return
    pipeline = Pipeline(rulebook)
    for source in _descriptions(sources):
        yield from description_faults(pipeline, source, on_step)


# --- the rooms ------------------------------------------------------------------------------------


def read_rooms() -> tuple[list[Source], list[Finding]]:
    """Every file of the rooms that can name a term of ours, and what could not be read."""
    sources: list[Source] = []
    found: list[Finding] = []
    for name in _ROOMS:
        folder = room(name)
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            label = f"{name}/{path.relative_to(folder).as_posix()}"
            try:
                sources += _read(path, label)
            except Problem as problem:
                found.append(Finding(label, problem.place, problem.detail))
    return sources, found


def _read(path: Path, label: str) -> list[Source]:
    if path.suffix == ".ttl":
        data = path.read_bytes()
        return [Source(label, data.decode(), parse(data, "text/turtle", contexts={}))]
    if path.suffix in _TEXT_WITH_NAMES:
        return [Source(label, path.read_text(encoding="utf-8"))]
    return []


def _of_rulebook(sources: Iterable[Source]) -> list[Source]:
    """The sources that make up the rulebook; the others are descriptions, examples and house style."""
    names = {f"{p.parent.name}/{p.name}" for p in rulebook_files()}
    return [s for s in sources if s.parsed and "/".join(s.name.split("/")[-2:]) in names]


# --- misspelt names -------------------------------------------------------------------------------


def typos(sources: Sequence[Source]) -> list[Finding]:
    """Every name in a namespace of ours that nothing defines, with the nearest that something does.

    Args:
        sources: the files, those of the rulebook among them: what they give a type is defined. Names
            count wherever they stand, in queries and other literals too.
    """
    defined = {
        t.subject.value
        for source in _of_rulebook(sources)
        for t in source.triples
        if t.predicate == RDF.type and isinstance(t.subject, NamedNode)
    }
    defined |= set(_CLOSED.values())
    return [
        Finding(
            source.name, _line(source, iri), f"{_short(iri)} is not defined.{_hint(iri, defined)}"
        )
        for source in sources
        for iri in sorted(_names_in(source) - defined)
    ]


def _names_in(source: Source) -> set[str]:
    if source.parsed is None:
        return set(_names_in_text(source.text))
    found: set[str] = set()
    for triple in source.triples:
        for term in (triple.subject, triple.predicate, triple.object):
            if isinstance(term, NamedNode):
                found |= {term.value} if term.value.startswith(tuple(_CLOSED.values())) else set()
            elif isinstance(term, Literal):
                found |= set(_names_in_text(term.value))
    return found


def _names_in_text(text: str) -> Iterator[str]:
    for match in _PREFIXED.finditer(text):
        yield _CLOSED[match[1]] + match[2]
    for match in _IN_FULL.finditer(text):
        yield match[0]


def _line(source: Source, iri: str) -> str:
    """The first line of a file on which a name stands, in full or with its prefix."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if re.search(rf"[:/]{re.escape(local_name(iri))}(?![\w-])", line):
            return f"line {number}"
    return ""


def _hint(iri: str, defined: Iterable[str]) -> str:
    space = next((base for base in _CLOSED.values() if iri.startswith(base)), "")
    names = {i[len(space) :] for i in defined if i.startswith(space) and i != space}
    near = get_close_matches(iri[len(space) :], sorted(names), 1)
    return f" The nearest is {_short(space + near[0])}." if near else " None is near it."


def _short(iri: str) -> str:
    for prefix, base in _CLOSED.items():
        if iri.startswith(base) and iri != base:
            return f"{prefix}:{iri[len(base) :]}"
    return iri


# --- house style ----------------------------------------------------------------------------------


def style_engine(name: str) -> Engine:
    """The reference engine with one file of the house style, `ontology` or `rules`."""
    return make_engine("reference", _style(name).ntriples())


def house_style(engine: Engine, facts: Iterable[Triple]) -> list[Result]:
    """Check facts against the house style.

    Args:
        engine: from `style_engine`.
        facts: the statements; a nameless node is given a name outside our namespaces first, since a
            result has to say where it is.

    Returns:
        The results, sorted. A shape's local name begins with the house rule that it keeps.
    """
    return sorted(engine.validate(Graph(_without_expressions(map(_named, facts))).ntriples()))


def _style(name: str) -> Graph:
    return Graph.from_files([str(room("shapes") / "house-style" / f"{name}.ttl")])


def _named(triple: Triple) -> Triple:
    def named(term: Term) -> Term:
        return NamedNode(_NAMELESS + term.value) if isinstance(term, BlankNode) else term

    return Triple(named(triple.subject), triple.predicate, named(triple.object))


def _without_expressions(facts: Iterable[Triple]) -> Iterator[Triple]:
    """Leave out that a nameless class expression is a class: it has no label and needs none."""
    for triple in facts:
        nameless = str(triple.subject.value).startswith(_NAMELESS)
        if not (nameless and triple.predicate == RDF.type and triple.object in OWL):
            yield triple


def style_faults(sources: Sequence[Source]) -> Iterator[Finding]:
    """Where the ontology, the code lists, the rules and the dated values leave the house style."""
    rulebook = _of_rulebook(sources)
    ontology = [
        s for s in rulebook if s.name.startswith("ontology/") and "alignments" not in s.name
    ]
    for name, checked in (("ontology", ontology), ("rules", rulebook)):
        facts = [t for source in checked for t in source.triples]
        messages, homes = _style(name), _Homes(checked)
        for result in house_style(style_engine(name), facts):
            message = messages.text(NamedNode(result.shape), SH.message)
            yield homes.finding(result.focus[1:-1], message + _value_in_words(result))


def _value_in_words(result: Result) -> str:
    if result.value in ("", result.focus) or result.value.startswith(f"<{_NAMELESS}"):
        return ""
    literal = re.match(r'"(.*)"', result.value, re.DOTALL)
    value = literal[1].replace("\\n", " ") if literal else _short(result.value.strip("<>"))
    return f" Found: {' '.join(value.split())[:120]}"


class _Homes:
    """Where each node of some files is stated."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._source: dict[str, Source] = {}
        self._owner: dict[str, str] = {}
        for source in sources:
            for triple in map(_named, source.triples):
                subject, target = str(triple.subject.value), str(triple.object.value)
                self._source.setdefault(subject, source)
                if target.startswith(_NAMELESS):
                    self._owner[target] = subject

    def finding(self, iri: str, message: str) -> Finding:
        """A finding about a node, at the named node to which it belongs."""
        while iri in self._owner:
            iri = self._owner[iri]
        source = self._source.get(iri)
        return (
            Finding(source.name, source.place(iri), message)
            if source
            else Finding("", iri, message)
        )


# --- SHACL's own rules ----------------------------------------------------------------------------


def shape_faults(sources: Sequence[Source]) -> Iterator[Finding]:
    """SHACL terms that do not exist or are not used here, and shapes that are no shapes."""
    known = {str(t.object.value) for t in _style("shacl-terms").match(None, RDFS.member)}
    engine = make_engine("reference", _shacl_shacl())
    for source in sources:
        if not source.parsed or not _holds_shapes(source):
            continue
        for iri in sorted({str(t.value) for t in _terms(source) if t in SH} - known):
            near = get_close_matches(iri, sorted(known), 1)
            hint = f" The nearest is sh:{local_name(near[0])}." if near else ""
            message = f"sh:{local_name(iri)} is no SHACL term that is used here.{hint}"
            yield Finding(source.name, _line(source, iri), message)
        for result in sorted(engine.validate(Graph(source.triples).ntriples())):
            subject = result.focus.strip("<>")
            message = f"SHACL's own shapes refuse it: {result.path} {result.value}".strip()
            yield Finding(source.name, source.place(subject), message)


def _holds_shapes(source: Source) -> bool:
    return source.name.startswith("shapes/") and not source.name.startswith("shapes/examples/")


def _terms(source: Source) -> Iterator[Term]:
    return (term for t in source.triples for term in (t.subject, t.predicate, t.object))


def _shacl_shacl() -> bytes:
    """SHACL's shapes for shapes, which pySHACL carries, each with a name so that a result has one.

    Only what has a path is named: a path itself, if it had a name, would be a property.
    """
    text = files("pyshacl").joinpath("assets", "shacl-shacl.ttl").read_bytes()
    quads = [q.triple for q in parse_quads(text, format=RdfFormat.TURTLE)]
    shapes = {
        t.subject for t in quads if t.predicate == SH.path and isinstance(t.subject, BlankNode)
    }

    def named(term: Term) -> Term:
        return NamedNode(_NAMELESS + str(term.value)) if term in shapes else term

    return Graph(Triple(named(t.subject), t.predicate, named(t.object)) for t in quads).ntriples()


# --- the rules ------------------------------------------------------------------------------------


def rule_faults(rulebook: Rulebook, sources: Sequence[Source]) -> Iterator[Finding]:
    """Queries that do not parse, and lines of Turtle that are none."""
    homes = _Homes(_of_rulebook(sources))
    for entry in rulebook.entries:
        for query in _queries(entry):
            error = _query_fault(rulebook.prefixes + query)
            if error:
                yield homes.finding(entry.iri.value, f"A query does not parse: {error}")
    for step in rulebook.entailments:
        error = _query_fault(
            f"{rulebook.prefixes}CONSTRUCT {{ {step.conclusion} }} WHERE {{ {step.where} }}"
        )
        if error:
            yield homes.finding(str(step.iri.value), f"A query does not parse: {error}")
    for triple in sorted(rulebook.graph.match(None, DG.howToSay), key=str):
        error = _saying_fault(rulebook, str(triple.object.value))
        if error:
            yield homes.finding(str(_named(triple).subject.value), error)


def _queries(entry: Entry) -> Iterator[str]:
    lists = [s for part in entry.parts for s in part.settled_by]
    lists += [s for need in entry.needs for s in need.settled_by]
    patterns = [need.pattern for need in entry.needs]
    if entry.condition:
        patterns += [entry.condition.pattern, entry.condition.open_when]
        lists += entry.condition.settled_by
    patterns += [s.owner_query for s in lists]
    yield from (f"SELECT * WHERE {{ {pattern} }}" for pattern in patterns if pattern)
    if entry.evidence_query:
        yield entry.evidence_query


def _query_fault(query: str) -> str:
    """What keeps a query from running over nothing, or an empty string."""
    try:
        graph = Graph()
        if "CONSTRUCT" in query:
            graph.construct(query)
        else:
            graph.select(query)
    except (SyntaxError, ValueError) as error:
        return " ".join(str(error).split())
    return ""


def _saying_fault(rulebook: Rulebook, text: str) -> str:
    """What keeps a line from being said in Turtle, or an empty string; plain words are no Turtle."""
    if not re.search(r"\b[a-z]+:[A-Za-z]", text):
        return ""
    prefixes = "".join(f"@prefix {p}: <{n}> .\n" for p, n in rulebook.prefix_map.items())
    filled = re.sub(r"\{(\w+)\}", r"<#\1>", text)
    try:
        list(
            parse_quads(
                f"{prefixes}{filled}".encode(),
                format=RdfFormat.TURTLE,
                base_iri="https://w3id.org/dutygraph/id/example/",
            )
        )
    except SyntaxError as error:
        return f"dg:howToSay is not Turtle ({error.msg}): {text}"
    return ""


# --- the engines ----------------------------------------------------------------------------------


def engine_faults(rulebook: Rulebook) -> Iterator[Finding]:
    """Whether each engine takes the shapes and runs all of them without a word."""
    targets = set(Graph.from_files(map(str, rulebook_files())).match(None, SH.targetClass))
    someone = NamedNode("https://w3id.org/dutygraph/id/example/someone")
    sample = Graph(Triple(someone, RDF.type, t.object) for t in targets).ntriples()
    for name in ENGINE_NAMES:
        try:
            make_engine(name, rulebook.shapes).validate(sample)
        except EngineFailed as error:
            yield Finding("shapes", f"the {name} engine", " ".join(str(error).split()))


def _descriptions(sources: Iterable[Source]) -> list[Source]:
    return [
        s
        for s in sources
        if s.name.startswith("data/documents/")
        and any(t.predicate == RDF.type and t.object == DG.Structure for t in s.triples)
    ]


def description_faults(
    pipeline: Pipeline, source: Source, on_step: OnStep = lambda what: None
) -> Iterator[Finding]:
    """What is wrong with a description: it cannot be read, the engines differ, its statements clash.

    Args:
        pipeline: the rulebook with its engines.
        source: the description.
        on_step: told before each step what it does.
    """
    try:
        descriptions = pipeline.read(source.text.encode(), source.media_type)
        assessments = [pipeline.assess(d, Options()) for d in descriptions]
    except Problem as problem:
        yield Finding(source.name, problem.place, problem.detail)
        return
    on_step(f"Comparing the engines on {source.name}")
    yield from disagreements(pipeline, source.name, assessments)
    on_step(f"Reasoning over {source.name}")
    for assessment in assessments:
        clash = contradiction(assessment, pipeline.rulebook)
        if clash:
            yield Finding(source.name, "", f"These cannot all be true: {clash}")


def disagreements(
    pipeline: Pipeline, name: str, assessments: Iterable[Assessment]
) -> Iterator[Finding]:
    """What only one engine says of a description, on its certain and on its possible facts."""
    for assessment in assessments:
        background = pipeline.rulebook.background(assessment.law_day)
        graphs = {frozenset(assessment.state.certain), frozenset(assessment.state.full)}
        for facts in graphs:
            data = Graph([*facts, *background]).ntriples()
            fast, reference = (pipeline.engine(name).validate(data) for name in ENGINE_NAMES)
            for result in sorted(fast ^ reference):
                who = "fast" if result in fast else "reference"
                message = (
                    f"Only the {who} engine finds {_short(result.shape)} {result.value}".strip()
                )
                yield Finding(name, result.focus.strip("<>"), f"{message}.")
