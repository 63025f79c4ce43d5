"""The ways to put a failure right that the rulebook's data hold, and what each comes to in a description.

Owns: reading them and running their patterns over the state on a day. Must not know one of them, nor
decide whether what comes out is lawful or cures anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dutygraph.description import UNNAMED
from dutygraph.outcomes import Assessment
from dutygraph.rulebook import Rulebook
from dutygraph.settling import bindings_of
from dutygraph.terms import DG, RDF, RDFS
from dutygraph.triples import BlankNode, Graph, NamedNode, Term, Triple, local_name

__all__ = ["MINTED", "Failure", "Step", "Template", "steps_of", "templates_in"]

MINTED = "urn:dutygraph:repair:"
"""What the identifier of a thing begins with that a repair adds; whoever applies it may choose another."""

_VARIABLE = re.compile(r"[?$](\w+)")


@dataclass(frozen=True)
class Failure:
    """One thing that is wrong with one rule for one authority.

    Args:
        part: the part that failed.
        authority: the authority.
        subject: the subject of the row, where it has one.
        value: what the engine reported beside it, such as the seat that nobody has.
    """

    part: NamedNode
    authority: NamedNode
    subject: Term | None
    value: Term | None


@dataclass(frozen=True)
class Step:
    """One thing that is done to a description.

    Args:
        removed, added: the statements.
        words: what it is, in a sentence.
        failure: the failure that it is meant for, None where something is ended that is one too many.
    """

    removed: frozenset[Triple]
    added: frozenset[Triple]
    words: str
    failure: Failure | None = None


@dataclass(frozen=True)
class Template:
    """One way to put a part right, with what its case binds.

    Args:
        iri, label: the repair.
        part: the part of a rule that it is for.
        bound: variable to term, from its case.
        pattern, adds, removes, ends: SPARQL, as the ontology says of `dg:Repair`.
        chosen: the variables that tell one way from another.
        statement: the words.
    """

    iri: str
    label: str
    part: NamedNode
    bound: tuple[tuple[str, Term], ...]
    pattern: str
    adds: str
    removes: str
    ends: str
    chosen: tuple[str, ...]
    statement: str

    @property
    def of_each_value(self) -> bool:
        """Whether each value that the engine reported needs a step of its own."""
        return any("value" in _VARIABLE.findall(t) for t in (self.pattern, self.adds))


def templates_in(graph: Graph) -> list[Template]:
    """The repairs that a graph defines, one for each part that they are for."""
    return [
        template
        for iri in graph.instances(DG.Repair)
        for case in sorted(graph.objects(iri, DG.repairCase), key=lambda c: _case_key(graph, c))
        for template in _of_case(graph, iri, case)
    ]


def _case_key(graph: Graph, case: Term) -> list[str]:
    """An order for cases that does not hang on the names of unnamed nodes."""
    return sorted(f"{t.predicate} {t.object}" for t in graph.match(case))


def _of_case(graph: Graph, iri: Term, case: Term) -> list[Template]:
    own = [t for t in graph.match(case) if t.predicate not in (RDF.type, DG.repairsPart)]
    bound = tuple(sorted((local_name(t.predicate), t.object) for t in own))
    return [
        Template(
            iri=str(iri.value),
            label=graph.text(iri, RDFS.label),
            part=part,
            bound=bound,
            pattern=graph.text(iri, DG.pattern),
            adds=graph.text(iri, DG.addsStatements),
            removes=graph.text(iri, DG.removesStatements),
            ends=graph.text(iri, DG.endsThings),
            chosen=tuple(graph.text(iri, DG.chosenBy).split()),
            statement=graph.text(iri, DG.repairStatement),
        )
        for part in graph.objects(case, DG.repairsPart)
        if isinstance(part, NamedNode)
    ]


def steps_of(
    template: Template, failure: Failure, assessment: Assessment, held: Graph, rulebook: Rulebook
) -> list[Step]:
    """What a template comes to for one failure: a step for each way to choose.

    Args:
        template: one that is for the failure's part.
        failure: what is wrong.
        assessment: of the description as it is.
        held: what certainly holds on the day, with codes and parameters.
        rulebook: its prefixes.
    """
    known: dict[str, Term] = {**bindings_of(failure.authority, failure.subject)}
    if failure.value is not None:
        known["value"] = failure.value
    known |= dict(template.bound)
    found = _solutions(template.pattern, _names_in(template.pattern), known, held, rulebook)
    rows = [known | row for row in found]
    steps = []
    for chosen in _chosen(rows, template.chosen):
        step = _step(template, failure, chosen, assessment, held, rulebook)
        if step is not None:
            steps.append(step)
    return steps


def _chosen(
    rows: Iterable[Mapping[str, Term]], names: tuple[str, ...]
) -> list[list[Mapping[str, Term]]]:
    """The rows of each way to choose, in the order of what is chosen."""
    groups: dict[tuple[str, ...], list[Mapping[str, Term]]] = {}
    for row in rows:
        groups.setdefault(tuple(str(row.get(n, "")) for n in names), []).append(row)
    return [groups[key] for key in sorted(groups)]


def _step(
    template: Template,
    failure: Failure,
    rows: list[Mapping[str, Term]],
    assessment: Assessment,
    held: Graph,
    rulebook: Rulebook,
) -> Step | None:
    described = assessment.description.graph
    removed = set(_filled(template.removes, rows, rulebook))
    for node in _ended(template.ends, rows, held, rulebook):
        removed |= set(described.match(node))
    choice = [rows[0][n] for n in template.chosen if n in rows[0]]
    added = frozenset(_minted(_filled(template.adds, rows, rulebook), template, failure, choice))
    # What is presumed or was unnamed in the file cannot be taken out by a patch.
    if not all(t in described and not _is_unnamed(t) for t in removed) or all(
        t in described for t in added
    ):
        return None
    if any(_is_unnamed(t) for t in added):
        return None
    words = assessment.facts.fill_with(template.statement, rows[0])
    return Step(frozenset(removed) - added, added, words, failure)


def _ended(
    pattern: str, rows: Iterable[Mapping[str, Term]], held: Graph, rulebook: Rulebook
) -> set[Term]:
    if not pattern:
        return set()
    return {
        found["ended"]
        for row in rows
        for found in _solutions(pattern, {"ended"}, row, held, rulebook)
    }


def _solutions(
    pattern: str, wanted: set[str], known: Mapping[str, Term], held: Graph, rulebook: Rulebook
) -> list[dict[str, Term]]:
    """The solutions of a pattern with what is known put in."""
    mentioned = {n: t for n, t in known.items() if n in _names_in(pattern)}
    # A variable that is replaced has to be among those that are asked for.
    names = " ".join(f"?{n}" for n in sorted(wanted | set(mentioned)))
    asked = f"{rulebook.prefixes}SELECT DISTINCT {names} WHERE {{ {pattern} }}"
    return held.select(asked, mentioned)


def _filled(template: str, rows: Iterable[Mapping[str, Term]], rulebook: Rulebook) -> list[Triple]:
    """The statements of a template, once for each different way to fill its places."""
    if not template:
        return []
    names = sorted(_names_in(template))
    filled = {tuple(str(row[n]) if n in row else "UNDEF" for n in names) for row in rows}
    places = " ".join(f"?{n}" for n in names)
    values = " ".join(f"( {' '.join(cells)} )" for cells in sorted(filled))
    return Graph().construct(
        f"{rulebook.prefixes}CONSTRUCT {{ {template} }} WHERE {{ VALUES ( {places} ) {{ {values} }} }}"
    )


def _minted(
    triples: Iterable[Triple], template: Template, failure: Failure, choice: Iterable[Term]
) -> list[Triple]:
    """Statements whose new things have identifiers: one for each failure and way to put it right."""
    triples = list(triples)
    unnamed = sorted(
        {t.subject for t in triples if isinstance(t.subject, BlankNode)},
        key=lambda node: sorted(f"{t.predicate} {t.object}" for t in triples if t.subject == node),
    )
    of = [local_name(template.part), local_name(failure.authority)]
    named = (failure.subject, failure.value, *choice)
    of += [local_name(t) for t in named if isinstance(t, NamedNode)]
    stem = MINTED + ":".join(re.sub(r"[^\w.-]", "-", part) for part in of)
    names: dict[Term, Term] = {
        node: NamedNode(f"{stem}:{number}") for number, node in enumerate(unnamed, start=1)
    }
    return [
        Triple(names.get(t.subject, t.subject), t.predicate, names.get(t.object, t.object))
        for t in triples
    ]


def _is_unnamed(triple: Triple) -> bool:
    terms = (triple.subject, triple.object)
    return any(
        isinstance(t, BlankNode) or (isinstance(t, NamedNode) and t.value.startswith(UNNAMED))
        for t in terms
    )


def _names_in(text: str) -> set[str]:
    return set(_VARIABLE.findall(text))
