"""Whether what a description says can be true together: the state of its day against the ontology.

Owns: asking the reasoner about one description. Must not be needed by a report: the reasoner takes seconds.
"""

from __future__ import annotations

from dutygraph.outcomes import Assessment
from dutygraph.reasoner import clash_of
from dutygraph.rulebook import Rulebook
from dutygraph.terms import OWL, RDF


def contradiction(assessment: Assessment, rulebook: Rulebook) -> str:
    """The statements of a description that cannot all be true on its day, in words, or an empty string.

    Args:
        assessment: its state on the day.
        rulebook: codes and the members that the law gives to classes.
    """
    defined = {t.subject for t in rulebook.graph.match(None, OWL.equivalentClass)}
    described = assessment.state.described
    # What the service itself inferred is left to the reasoner to find.
    stated = [
        t
        for t in assessment.state.certain
        if t.predicate != RDF.type or t.object not in defined or t in described
    ]
    return clash_of(stated, rulebook.background(assessment.law_day), described)
