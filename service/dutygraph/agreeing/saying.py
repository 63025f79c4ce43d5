"""What each side says of an arrangement: its answers to a question, and what it denies or closes.

Owns: running the patterns of `data/agreement/` over one side's description. Must not compare.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dutygraph.agreeing.agenda import Agenda, Aspect, Matter
from dutygraph.agreeing.sides import Side
from dutygraph.dates import Certainty
from dutygraph.entries import SettlingList
from dutygraph.evidence import Fact
from dutygraph.terms import DG
from dutygraph.triples import Graph, Term

__all__ = ["Answer", "answers_of", "contradicting", "likenesses_of", "parties_in"]

_SLOTS = ("key", "further")


@dataclass(frozen=True)
class Answer:
    """One answer of one side.

    Args:
        about: for whom and of what it is the answer; answers are compared where these are equal.
        value: the answer.
        nodes: the statements that give it.
        certainty: whether one of them holds on the day.
    """

    side: Side
    about: tuple[Term | None, ...]
    value: Term
    nodes: tuple[Term, ...]
    certainty: Certainty

    @property
    def holds(self) -> bool:
        """Whether it holds on the day, at least possibly."""
        return self.certainty > Certainty.NO

    @property
    def has_dates(self) -> bool:
        """Whether a statement that gives it has dates of its own, and not only those of its structure."""
        graph = self.side.graph
        return any(graph.objects(n, p) for n in self.nodes for p in (DG["from"], DG.to, DG.on))

    @property
    def facts(self) -> list[Fact]:
        """The statements in words, with their paragraphs."""
        return sorted({fact for node in self.nodes for fact in self._facts_of(node)})

    def _facts_of(self, node: Term) -> list[Fact]:
        """A relation or event in its sentence; what has no dates by the statement that answers."""
        if not self.side.is_dated(node):
            stated = self.side.facts.of_triples(self.side.graph.match(node, None, self.value))
            if stated:
                return stated
        return [self.side.facts.of_anything(node)]


def parties_in(graph: Graph, matter: Matter, agenda: Agenda) -> dict[Term, frozenset[Term]]:
    """The arrangements of a kind in a description, each with the authorities that it is between."""
    found: dict[Term, set[Term]] = {}
    query = f"{agenda.prefixes} SELECT DISTINCT ?subject ?party WHERE {{ {matter.pattern} }}"
    for row in graph.select(query):
        if "party" in row and "subject" in row:
            found.setdefault(row["subject"], set()).add(row["party"])
    return {subject: frozenset(parties) for subject, parties in found.items()}


def likenesses_of(side: Side, matter: Matter, subject: Term, agenda: Agenda) -> frozenset[Term]:
    """What might show that an arrangement is the same as another of its kind."""
    if not matter.likeness_pattern:
        return frozenset()
    query = (
        f"{agenda.prefixes} SELECT DISTINCT ?subject ?likeness "
        f"WHERE {{ {matter.likeness_pattern} }}"
    )
    return frozenset(row["likeness"] for row in side.graph.select(query, {"subject": subject}))


def answers_of(side: Side, aspect: Aspect, subject: Term, agenda: Agenda) -> list[Answer]:
    """What one side answers to a question about an arrangement."""
    wanted = " ".join(f"?{name}" for name in ("subject", "node", "value", *_SLOTS))
    query = f"{agenda.prefixes} SELECT DISTINCT {wanted} WHERE {{ {aspect.pattern} }}"
    nodes: dict[tuple[tuple[Term | None, ...], Term], set[Term]] = {}
    for row in side.graph.select(query, {"subject": subject}):
        about = tuple(row.get(slot) for slot in _SLOTS)
        nodes.setdefault((about, row["value"]), set()).add(row["node"])
    return [
        Answer(
            side,
            about,
            value,
            tuple(sorted(found, key=str)),
            max(side.certainty(node) for node in found),
        )
        for (about, value), found in nodes.items()
    ]


def contradicting(
    silent: Side, answer: Answer, aspect: Aspect, subject: Term, agenda: Agenda
) -> list[Fact]:
    """What a side that does not give an answer says against it: a complete list, a denial.

    Silence alone says nothing against anything.
    """
    found: set[Term] = set()
    for settling in aspect.settled_by:
        owners = _owners(settling, silent, answer, subject, agenda)
        if not owners:
            continue
        found |= {
            node
            for node in _certain(silent, DG.CompletenessStatement)
            if owners & set(silent.graph.objects(node, DG.listOf))
            and settling.listed in silent.graph.objects(node, DG.listed)
        }
        denied = set(settling.deniable) | ({answer.value} if aspect.denies_value else set())
        found |= _denials(silent, denied, owners | {subject}, answer)
    return sorted(silent.facts.of_node(node) for node in found)


def _owners(
    settling: SettlingList, silent: Side, answer: Answer, subject: Term, agenda: Agenda
) -> set[Term]:
    if not settling.owner_query:
        return set(silent.authorities)
    known = {"subject": subject, "value": answer.value}
    known |= {
        slot: term
        for slot, term in zip(_SLOTS, answer.about, strict=True)
        if term is not None and f"?{slot}" in settling.owner_query
    }
    bound = {name: term for name, term in known.items() if f"?{name}" in settling.owner_query}
    wanted = " ".join(f"?{name}" for name in ("owner", *bound))
    query = f"{agenda.prefixes} SELECT DISTINCT {wanted} WHERE {{ {settling.owner_query} }}"
    return {row["owner"] for row in answer.side.graph.select(query, bound) if "owner" in row}


def _certain(side: Side, cls: Term) -> Iterable[Term]:
    return (n for n in side.graph.instances(cls) if side.certainty(n) is Certainty.CERTAIN)


def _denials(silent: Side, denied: set[Term], subjects: set[Term], answer: Answer) -> set[Term]:
    """Stated negatives of a side: about the arrangement or an owner of the list, or about its
    whole structure, which speaks of its own councils and of nobody else's."""
    key = answer.about[0]
    if key is None or key in silent.authorities:
        subjects = subjects | {silent.description.structure}
    return {
        node
        for node in _certain(silent, DG.StatedNegative)
        if subjects & set(silent.graph.objects(node, DG.about))
        and denied & set(silent.graph.objects(node, DG.denies))
    }
