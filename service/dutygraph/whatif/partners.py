"""A partner's description before and after somebody else's change.

A partner is assessed on its own description with the *changed arrangement* in its closure: those
subjects of the change that the partner is a party to (a statement about them names one of its
authorities), the posts and bodies that it shares with the council that changes (a statement that
names one of its authorities names them too, in either description), and whatever of the change is
said about those. With them comes what the council says, changed or not, about each shared post or
body that the change touches: a director is shared because two councils designate the post. Of a
subject that the partner does not describe, it gets what the council says of it, before and after.
Of one that it describes itself, it keeps its own words, and after the change the properties that
the change touches have the council's new values: as if the partner had taken the change over.
Everything else that the council says is its own business and stays out.

What is shared has one identifier in both descriptions; two identifiers are two things.

Owns: that choice. Must not assess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dutygraph.description import UNNAMED, Description
from dutygraph.terms import AUTHORITY, CODE, DCT, DG, RDF
from dutygraph.triples import NamedNode, Term, Triple
from dutygraph.whatif.changes import Change, redescribed

__all__ = ["Reached", "reached_by"]


@dataclass(frozen=True)
class Reached:
    """A partner's description before and after a change of somebody else.

    Args:
        before, after: its description with the changed arrangement in it.
        subjects: the subjects of the change that concern it, sorted; empty where none does.
    """

    before: Description
    after: Description
    subjects: tuple[Term, ...]


def reached_by(change: Change, partner: Description) -> Reached:
    """What a change makes of a partner's description.

    Raises:
        Problem: as `describe`, where the partner's description cannot take the change.
    """
    own = frozenset(partner.graph)
    shared = _shared(partner.authorities, (own, change.before, change.after))
    names = {*shared, *partner.authorities}
    subjects = tuple(
        subject
        for subject in change.by_subject
        if subject != change.structure and (subject in names or names & _said_with(subject, change))
    )
    if not subjects:
        return Reached(partner, partner, ())
    described = {t.subject for t in own}
    known = described | {change.structure}
    about = {*subjects, *_context(subjects, shared, change)}
    before = own | _taken(about, change.before, known)
    after = _followed(own, subjects, change, described) | _taken(about, change.after, known)
    return Reached(redescribed(before, partner), redescribed(after, partner), subjects)


def _said_with(subject: Term, change: Change) -> set[Term]:
    """What the statements about a subject name, before and after."""
    return {
        t.object for side in (change.before, change.after) for t in side if t.subject == subject
    }


def _context(subjects: Iterable[Term], shared: set[Term], change: Change) -> set[Term]:
    """What else the council describes that names a shared thing which the change touches."""
    touched = {thing for s in subjects for thing in (s, *_said_with(s, change))} & shared
    sides = (*change.before, *change.after)
    return {t.subject for t in sides if t.object in touched} - {change.structure}


def _shared(authorities: Iterable[Term], sides: Iterable[frozenset[Triple]]) -> set[Term]:
    """The posts, bodies and other things that a statement names together with one of the authorities."""
    ours = set(authorities)
    found: set[Term] = set()
    for side in sides:
        structures = {
            t.subject for t in side if t.predicate == RDF.type and t.object == DG.Structure
        }
        party = {t.subject for t in side if t.object in ours} - structures
        found |= {
            t.object
            for t in side
            if t.subject in party
            and t.predicate not in (RDF.type, DCT.source)
            and _is_thing(t.object)
        }
        # A post that is said to be in one of them is shared as it is.
        found |= {node for node in party if _is_thing(node)}
    return found


def _is_thing(term: Term) -> bool:
    return isinstance(term, NamedNode) and term not in CODE and term not in AUTHORITY


def _taken(subjects: set[Term], side: frozenset[Triple], described: set[Term]) -> frozenset[Triple]:
    """What one side says of the subjects that the partner does not describe, and of what they name."""
    wanted = {s for s in subjects if s not in described}
    found = {t for t in side if t.subject in wanted}
    named = {t.object for t in side if t.subject in subjects} - described - wanted
    # What is named with them comes too, such as a post with its title; what that names does not.
    found |= {t for t in side if t.subject in named}
    return frozenset(_foreign(t) for t in found)


def _followed(
    own: frozenset[Triple], subjects: Iterable[Term], change: Change, described: set[Term]
) -> frozenset[Triple]:
    """The partner's own words, with the change taken over where it touches what they describe."""
    found = set(own)
    for subject in set(subjects) & described:
        removed, added = change.by_subject[subject]
        ended = not any(t.subject == subject for t in change.after)
        touched = {t.predicate for t in (*removed, *added)}
        found -= {t for t in own if t.subject == subject and (ended or t.predicate in touched)}
        found |= {
            _foreign(t) for t in change.after if t.subject == subject and t.predicate in touched
        }
    return frozenset(found)


def _foreign(triple: Triple) -> Triple:
    """A statement of the council, its unnamed nodes called otherwise than the partner's own."""

    def named(term: Term) -> Term:
        if isinstance(term, NamedNode) and term.value.startswith(UNNAMED):
            return NamedNode(f"{UNNAMED}theirs-{term.value.removeprefix(UNNAMED)}")
        return term

    return Triple(named(triple.subject), triple.predicate, named(triple.object))
