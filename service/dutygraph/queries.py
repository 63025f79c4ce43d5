"""The questions in `data/queries/`: a query each, with its answer in words and as a table.

Owns: how a question's file is read, but for what it says of its columns (`columns`). Must not: run a
query, or check what it finds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from dutygraph.errors import Problem
from dutygraph.rooms import room

__all__ = ["KEYS", "Question", "question", "questions"]

KEYS = ("Question", "Answer", "Sources", "How")
"""What the first lines of a question's file say, in their order."""

_KEY = re.compile(rf"# ({'|'.join(KEYS)}): *(.*)")


@dataclass(frozen=True)
class Question:
    """A question and the query that answers it.

    Args:
        path: the file of the query; the expected answer stands beside it, with the ending .csv.
        text: the whole file.
        header: what its first lines say, by the words in `KEYS`.
    """

    path: Path
    text: str
    header: dict[str, str]

    @property
    def name(self) -> str:
        """The name by which it is asked for."""
        return self.path.stem

    @property
    def sources(self) -> list[tuple[str, str, str]]:
        """The paragraphs that it names: what stands before each, its words, its identifier's path."""
        found = []
        for part in filter(None, (p.strip() for p in self.header.get("Sources", "").split(";"))):
            document, _, names = part.partition(" ")
            before = f"{document} "
            for name in re.split(r"(, | to )", names):
                if name in (", ", " to "):
                    before = name
                else:
                    found.append((before, name, f"id/source/{document}/{name}"))
                    before = ""
        return found

    @property
    def expected(self) -> Path:
        """The file of the expected answer."""
        return self.path.with_suffix(".csv")


def questions() -> list[Question]:
    """Every question, by name."""
    return [_read(path) for path in sorted((room("data") / "queries").glob("*.rq"))]


def question(name: str) -> Question:
    """The question of a name.

    Raises:
        Problem: unknown-query, with the nearest names.
    """
    known = {q.name: q for q in questions()}
    if name in known:
        return known[name]
    near = get_close_matches(name.lower(), known, 3, 0.4)
    hint = f"The nearest are {', '.join(near)}." if near else "None is near it."
    raise Problem(
        "unknown-query",
        f"There is no query {name!r}. {hint} `dutygraph query --list` lists them all.",
    )


def _read(path: Path) -> Question:
    """A key's text goes on over the comment lines that follow it."""
    text = path.read_text(encoding="utf-8")
    header: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        if found := _KEY.fullmatch(line):
            key = found[1]
            header[key] = found[2].strip()
        elif line.startswith("# Column "):
            key = ""
        elif key:
            header[key] = f"{header[key]} {line.removeprefix('#').strip()}".strip()
    return Question(path, text, header)
