"""Where the rooms `ontology/`, `shapes/` and `data/` stand.

In a checkout they are folders beside `service/`; in an installed wheel they travel inside the package.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def room(name: str) -> Path:
    """The folder of one room.

    Args:
        name: `ontology`, `shapes` or `data`.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    for candidate in (_PACKAGE / "_rooms" / name, _PACKAGE.parents[1] / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"the folder {name}/ is missing from this installation of dutygraph")


def rulebook_files() -> list[Path]:
    """Every Turtle file of the rulebook: ontology, codes, shapes, parameters, register."""
    ontology, shapes, data = room("ontology"), room("shapes"), room("data")
    found = [*ontology.glob("*.ttl"), *ontology.glob("codes/*.ttl"), *shapes.glob("*.ttl")]
    # The documents' own sources come too: their titles and places are wanted in every report.
    known = [
        *data.glob("*.ttl"),
        *data.glob("clauses/*.ttl"),
        *data.glob("parameters/*.ttl"),
        *data.glob("comparison/*.ttl"),
        *data.glob("repairs/*.ttl"),
        *data.glob("agreement/*.ttl"),
        *data.glob("documents/*/source.ttl"),
    ]
    return sorted([*found, *known])


def document_files() -> list[Path]:
    """Every Turtle file of the documents: their sources, structures and material."""
    return sorted(room("data").glob("documents/*/*.ttl"))
