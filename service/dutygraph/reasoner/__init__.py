"""The OWL reasoner: whether the ontology makes sense, into which defined classes nodes fall, what clashes.

It is an oracle for tests and for `dutygraph check`; nothing that answers a user waits for it.
"""

from dutygraph.reasoner.clashes import clash_of
from dutygraph.reasoner.classification import classify, classify_all
from dutygraph.reasoner.hermit import Inconsistent
from dutygraph.reasoner.logic import ontology_graph
from dutygraph.reasoner.soundness import check_ontology

__all__ = [
    "Inconsistent",
    "check_ontology",
    "clash_of",
    "classify",
    "classify_all",
    "ontology_graph",
]
