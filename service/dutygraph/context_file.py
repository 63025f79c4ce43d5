"""The JSON-LD context, kept in step with the ontology: `make context`.

Owns: which of our properties the context says lead to a thing. What it says of other vocabularies is
written by hand and stays. Must not be needed by the service, which reads the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dutygraph.rooms import room
from dutygraph.terms import DG, OWL
from dutygraph.triples import Graph, local_name

# The rest of the ontology speaks of rules, which a description cannot.
_SILENT = {"rulebook.ttl", "alignments.ttl", "dutygraph.ttl", "entailments.ttl"}
_THING = {"@type": "@id"}


def path() -> Path:
    """Where the context stands."""
    return room("ontology") / "context.jsonld"


def current() -> dict[str, Any]:
    """The context as it stands."""
    return dict(json.loads(path().read_text(encoding="utf-8"))["@context"])


def renewed() -> dict[str, Any]:
    """The context as the ontology asks for it: what is not ours stays, keywords first."""
    graph = Graph.from_files(
        str(p) for p in sorted(room("ontology").glob("*.ttl")) if p.name not in _SILENT
    )
    ours = {local_name(p) for p in graph.instances(OWL.ObjectProperty) if p in DG}
    kept = {name: value for name, value in current().items() if value != _THING}
    entries = kept | dict.fromkeys(ours, _THING)
    return dict(sorted(entries.items(), key=lambda e: (not e[0].startswith("@"), e[0])))


def main() -> None:
    """Write the context again."""
    text = json.dumps({"@context": renewed()}, indent=2, ensure_ascii=False)
    path().write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
