"""A change to a description: what it adds and removes, found between two descriptions or in a patch.

Owns: telling two descriptions apart and applying a patch, whole or for some subjects only.
Must not assess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

from dutygraph.admission import Vocabulary, admit
from dutygraph.description import UNNAMED, Description, describe
from dutygraph.errors import Problem
from dutygraph.parsing import Limits, parse, problem_at, shown
from dutygraph.terms import DG, RDF
from dutygraph.triples import BlankNode, NamedNode, Quad, Term, Triple
from dutygraph.unnamed import signatures
from dutygraph.whatif.patches import Row

__all__ = ["Change", "between", "patched", "redescribed"]

_ROUNDS = 4


@dataclass(frozen=True)
class Change:
    """What is different between a description before and after.

    Args:
        before, after: the statements of each, unnamed nodes alike where they say the same.
        structure: the structure's node, one for both.
    """

    before: frozenset[Triple]
    after: frozenset[Triple]
    structure: Term

    @cached_property
    def removed(self) -> frozenset[Triple]:
        """What is said before and not after."""
        return self.before - self.after

    @cached_property
    def added(self) -> frozenset[Triple]:
        """What is said after and not before."""
        return self.after - self.before

    @cached_property
    def by_subject(self) -> dict[Term, tuple[frozenset[Triple], frozenset[Triple]]]:
        """Each subject with what the change removes and adds of it, in the subjects' order."""
        subjects = sorted({t.subject for t in (*self.removed, *self.added)}, key=str)
        return {
            s: (
                frozenset(t for t in self.removed if t.subject == s),
                frozenset(t for t in self.added if t.subject == s),
            )
            for s in subjects
        }

    def without(self, subjects: Iterable[Term]) -> frozenset[Triple]:
        """What would be said after, were the change not made to some subjects."""
        undone = [self.by_subject[s] for s in subjects]
        back = frozenset(t for removed, _ in undone for t in removed)
        gone = frozenset(t for _, added in undone for t in added)
        return (self.after - gone) | back

    def only(self, subjects: Iterable[Term]) -> frozenset[Triple]:
        """What would be said after, were the change made to some subjects alone."""
        wanted = set(subjects)
        return self.without(s for s in self.by_subject if s not in wanted)


def redescribed(triples: Iterable[Triple], like: Description) -> Description:
    """A description of other statements, read as another one was.

    Raises:
        Problem: as `describe`.
    """
    ordered = sorted(triples, key=str)
    return describe((Quad(t.subject, t.predicate, t.object) for t in ordered), like.notes)


# --- two descriptions -----------------------------------------------------------------------------


def between(before: Description, after: Description) -> Change:
    """What is different between two descriptions.

    Their structures are one and the same thing at two times, whatever they are called. Unnamed nodes
    have no name by which to know them again: those that say the same, to a depth of four nodes,
    count as the same.
    """
    named: dict[Term, Term] = {after.structure: before.structure}
    renamed = frozenset(_renamed(t, named) for t in after.graph)
    first = frozenset(before.graph)
    return Change(first, frozenset(_alike(first, renamed)), before.structure)


def _alike(first: frozenset[Triple], second: frozenset[Triple]) -> Iterable[Triple]:
    """The second statements, their unnamed nodes called as those of the first that say the same."""
    theirs, ours = (signatures(said, _is_unnamed, _ROUNDS) for said in (second, first))
    free: dict[str, list[Term]] = {}
    for node in sorted(ours, key=str, reverse=True):
        free.setdefault(ours[node], []).append(node)
    names: dict[Term, Term] = {}
    for node in sorted(theirs, key=str):
        same = free.get(theirs[node])
        if same:
            names[node] = same.pop()
        elif node in ours:
            # Another node of the first has that name.
            names[node] = NamedNode(f"{UNNAMED}after-{str(node.value).removeprefix(UNNAMED)}")
    return (_renamed(t, names) for t in second)


def _is_unnamed(term: Term) -> bool:
    return isinstance(term, NamedNode) and term.value.startswith(UNNAMED)


def _renamed(triple: Triple, names: Mapping[Term, Term]) -> Triple:
    return Triple(
        names.get(triple.subject, triple.subject),
        triple.predicate,
        names.get(triple.object, triple.object),
    )


# --- a patch --------------------------------------------------------------------------------------


def patched(
    before: Description, rows: Sequence[Row], vocabulary: Vocabulary, limits: Limits
) -> Description:
    """A description after a patch.

    Args:
        before: the description to which it is applied.
        rows: from `read_patch`, applied in their order.
        vocabulary: what may be added, as of any submission.
        limits: how much the whole may hold.

    Raises:
        Problem: `patch-does-not-apply`, with the line of a row that deletes what is not there;
            what the door refuses of the statements that are added, with their lines; `too-large`;
            as `describe`, where what is left is no description.
    """
    _admit([row for row in rows if row.adds], vocabulary, limits)
    statements = set(before.graph)
    unnamed: dict[Term, Term] = {}
    held = {term for t in statements for term in (t.subject, t.object)}
    for row in rows:
        if row.adds:
            statements.add(_named_in(row.triple, unnamed, held))
        elif row.triple in statements:
            statements.remove(row.triple)
        else:
            raise problem_at(
                "patch-does-not-apply",
                f"“{shown(str(row.triple))}” is to be deleted and is not in the description. Write "
                "the row exactly as the statement stands there, its date or language included.",
                row.line,
            )
    if len(statements) > limits.statements:
        raise Problem(
            "too-large",
            f"After the patch the description has more than {limits.statements:,} statements.",
        )
    return redescribed(statements, before)


def _named_in(triple: Triple, names: dict[Term, Term], held: set[Term]) -> Triple:
    """A statement whose unnamed nodes have names that nothing in the description has."""
    for term in (triple.subject, triple.object):
        if isinstance(term, BlankNode) and term not in names:
            free = (NamedNode(f"{UNNAMED}patch-{n}") for n in count(len(names) + 1))
            names[term] = next(n for n in free if n not in held)
            held.add(names[term])
    return _renamed(triple, names)


def _admit(rows: Sequence[Row], vocabulary: Vocabulary, limits: Limits) -> None:
    """Let what is added through the same door as any submission, each statement on its own line."""
    if not rows:
        return
    lines = [""] * max(row.line for row in rows)
    for row in rows:
        lines[row.line - 1] = f"{row.triple} ."
    parsed = parse("\n".join(lines).encode(), "application/n-triples", limits=limits, contexts={})
    try:
        admit(parsed, vocabulary)
    except Problem as problem:
        # A patch may well add nothing but a title.
        if problem.slug != "no-known-terms":
            raise
    for row in rows:
        if row.triple.predicate == RDF.type and row.triple.object == DG.Structure:
            raise problem_at(
                "several-structures",
                "A patch changes one structure and brings in no other. Give the structure after the "
                "change as a file of its own.",
                row.line,
            )
