"""Which statements clash, where some contradict the ontology or each other: in words.

Owns: finding a smallest set of statements that contradict each other (QuickXplain, Junker 2004), and
saying each in a sentence. Must not decide what is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dutygraph.reasoner.closing import all_different, closing
from dutygraph.reasoner.hermit import is_consistent
from dutygraph.reasoner.logic import Logic, ontology_graph, relevant_to
from dutygraph.terms import DG, OWL, RDF, RDFS, SKOS
from dutygraph.triples import BlankNode, Graph, NamedNode, Term, Triple

_PLACE = "urn:dutygraph:clash:"
Unit = tuple[Triple, ...]
"""Triples that stand and fall together: one fact, or all that the ontology says of one term."""


def clash_of(
    facts: Iterable[Triple], background: Iterable[Triple] = (), said: Graph | None = None
) -> str:
    """The statements of one closure that contradict the ontology, in words; empty where none do.

    Args:
        facts: the undated facts of a closure on one day.
        background: codes and the members that the law gives to classes on that day.
        said: the description, for the names of things.
    """
    ontology = ontology_graph()
    logic = Logic.of(ontology)
    own = sorted(relevant_to(facts, logic), key=str)
    named = sorted({t.subject for t in own if isinstance(t.subject, NamedNode)}, key=str)
    fixed = [*logic.axioms, *relevant_to(background, logic), *all_different(_PLACE, named)]
    closed = [*closing(_PLACE, own, logic.decisive)]
    if is_consistent([*fixed, *own, *closed]):
        return ""
    # Where the facts contradict each other only as all there is, that is said too.
    open_world = not is_consistent([*fixed, *own])
    words = clash_in_words(fixed if open_world else [*fixed, *closed], own, ontology, said)
    return words if open_world else f"{words} Nothing else is stated of them."


def clash_in_words(
    axioms: Sequence[Triple], facts: Sequence[Triple], ontology: Graph, said: Graph | None = None
) -> str:
    """A smallest set of contradicting statements, facts before definitions, in words.

    Args:
        axioms, facts: what contradicts itself together.
        ontology: labels and definitions.
        said: a description, for the names of things.
    """
    units = _decisive(_units(axioms), facts, ontology)
    own = _smallest([(fact,) for fact in facts], [t for unit in units for t in unit])
    needed = _smallest(units, [t for unit in own for t in unit])
    words = _Words(ontology, said)
    sentences = [*(words.fact(u[0]) for u in own), *filter(None, map(words.axiom, needed))]
    return "; ".join(sentences) + "."


def _decisive(units: list[Unit], facts: Sequence[Triple], ontology: Graph) -> list[Unit]:
    """The axioms that definitions and disjointnesses look at, where they are enough for the clash."""
    looked_at = Logic.of(ontology).looked_at
    few = [u for u in units if u[0].subject in looked_at or not _is_term(u[0].subject)]
    enough = not is_consistent([*facts, *(t for u in few for t in u)])
    return few if enough else units


def _is_term(subject: Term) -> bool:
    return subject in DG


def _smallest(units: Sequence[Unit], fixed: Iterable[Triple]) -> list[Unit]:
    """A smallest part of some units that, with what is fixed, is still a contradiction."""
    fixed = list(fixed)
    if not is_consistent(fixed):
        return []
    return _narrowed([], [], list(units), fixed)


def _narrowed(
    taken: list[Unit], added: list[Unit], open_: list[Unit], fixed: list[Triple]
) -> list[Unit]:
    """QuickXplain: what of the open units is needed, beside those taken."""
    if added and not is_consistent([*fixed, *(t for u in taken for t in u)]):
        return []
    if len(open_) == 1:
        return open_
    half = len(open_) // 2
    first, second = open_[:half], open_[half:]
    needed_second = _narrowed([*taken, *first], first, second, fixed)
    needed_first = _narrowed([*taken, *needed_second], needed_second, first, fixed)
    return [*needed_first, *needed_second]


def _units(axioms: Iterable[Triple]) -> list[Unit]:
    """All that is said of each named term, with the nameless expressions that it leads to."""
    about: dict[Term, list[Triple]] = {}
    for triple in axioms:
        about.setdefault(triple.subject, []).append(triple)
    units = []
    pointed_at = {t.object for ts in about.values() for t in ts}
    roots = (s for s in about if isinstance(s, NamedNode) or s not in pointed_at)
    for subject in sorted(roots, key=str):
        found = list[Triple]()
        todo: list[Term] = [subject]
        while todo:
            for triple in about.get(todo.pop(), ()):
                found.append(triple)
                if isinstance(triple.object, BlankNode):
                    todo.append(triple.object)
        units.append(tuple(found))
    return units


class _Words:
    """Statements as sentences.

    Args:
        ontology: labels and definitions.
        said: a description, for the names of things.
    """

    def __init__(self, ontology: Graph, said: Graph | None) -> None:
        self._ontology, self._said = ontology, said

    def fact(self, triple: Triple) -> str:
        """One fact, with the identifiers by which it can be found."""
        subject, target = self._name(triple.subject), self._label(triple.object)
        if triple.predicate == RDF.type:
            return f"{subject} is a {target}"
        return f"{subject} {self._label(triple.predicate)} {self._name(triple.object)}"

    def axiom(self, unit: Unit) -> str:
        """What the ontology says of one class; of a property, nothing that a reader would want."""
        term = unit[0].subject
        label = self._label(term)
        parts, above = [], []
        for triple in unit:
            if triple.subject == term and triple.predicate == OWL.disjointWith:
                parts.append(f"no {label} is a {self._label(triple.object)}")
            elif triple.subject == term and triple.predicate == RDFS.subClassOf:
                if isinstance(triple.object, NamedNode):
                    above.append(f"every {label} is a {self._label(triple.object)}")
            elif triple.subject == term and triple.predicate == OWL.equivalentClass:
                definition = self._ontology.text(term, SKOS.definition).rstrip(".")
                parts.append(f"by definition a {label} is: {definition}")
        return " and ".join(parts or above)

    def _name(self, term: Term) -> str:
        label = self._label(term)
        written = str(term.value)
        return f"“{label}” (<{written}>)" if label != written else f"<{written}>"

    def _label(self, term: Term) -> str:
        for graph in (self._ontology, self._said):
            for predicate in _NAMES if graph else ():
                found = graph.text(term, predicate) if graph else ""
                if found:
                    return found
        return str(term.value)


_NAMES = (RDFS.label, SKOS.prefLabel, DG.title, DG.name)
