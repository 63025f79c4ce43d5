"""RDF Patch, read and written: a change to a description as rows that add and delete statements.

The form is that of https://afs.github.io/rdf-patch/ (Jena's): `A` and `D` with a statement, `PA` and
`PD` for prefixes, `H` for the header, `TX`, `TC` and `TA` around a transaction; one row a line.

Owns: the rows and their places. Must not: apply them, or know what a statement means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dutygraph.description import UNNAMED
from dutygraph.errors import Problem
from dutygraph.parsing import Limits, problem_at, shown
from dutygraph.terms import DG
from dutygraph.triples import BlankNode, NamedNode, RdfFormat, Term, Triple, parse_quads

__all__ = ["MEDIA_TYPE", "Row", "read_patch", "write_patch"]

MEDIA_TYPE = "application/rdf-patch"
_ROW = re.compile(r"(?P<code>[A-Za-z]+)(?:[ \t]+(?P<rest>.*?))?[ \t]*(?P<end>\.?)[ \t]*")
_PREFIX = re.compile(r'"?(?P<name>[A-Za-z][\w.-]*)?"?:?"?[ \t]+<(?P<space>[^<>\s]+)>')
_ENDING = re.compile(r'"?(?P<name>[A-Za-z][\w.-]*)?"?:?"?')
_NO_PREDICATE = (
    "A row holds one statement: a subject, a predicate and an object, each an IRI in <>, a name with "
    "a declared prefix or a literal, then a full stop"
)
_BY_LABEL = (
    "An unnamed node cannot be deleted by its label, which means nothing outside the file that it "
    "stands in. Give the node an IRI in the description first, such as <urn:example:line-1>, and "
    "delete its statements under that."
)


@dataclass(frozen=True)
class Row:
    """One row that changes something.

    Args:
        adds: whether it adds its statement, or deletes it.
        triple: the statement; unnamed nodes of one patch share a label where they share one in it.
        line: where it stands, from 1.
    """

    adds: bool
    triple: Triple
    line: int


@dataclass
class _Reader:
    """What is known while the rows are gone through."""

    limits: Limits
    prefixes: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    opened: int = 0
    kept: int = 0

    def read(self, line: int, text: str) -> None:
        match = _ROW.fullmatch(text)
        if match is None:
            raise _problem(line, f"“{shown(text)}” is no row of a patch")
        code, rest = match["code"].upper(), match["rest"] or ""
        if not match["end"]:
            raise _problem(line, "the row does not end with a full stop")
        if code in ("A", "D"):
            self._statement(code == "A", line, rest)
        elif code == "PA":
            self._declare(line, rest)
        elif code == "PD":
            found = _ENDING.fullmatch(rest)
            self.prefixes.pop((found["name"] or "") if found else rest, None)
        elif code in ("TX", "TC", "TA"):
            self._transaction(code, line, rest)
        elif code != "H":
            raise _problem(
                line,
                f"“{shown(match['code'])}” is no row; there are A, D, PA, PD, TX, TC, TA and H",
            )

    def _declare(self, line: int, rest: str) -> None:
        found = _PREFIX.fullmatch(rest)
        if not found:
            raise _problem(line, "PA takes a prefix and an IRI, such as: PA dg: <https://…/>")
        self.prefixes[found["name"] or ""] = found["space"]

    def _transaction(self, code: str, line: int, rest: str) -> None:
        if rest:
            raise _problem(line, f"{code} stands alone on its row")
        if (code == "TX") == bool(self.opened):
            said = "has no TX before it" if code != "TX" else "stands inside another transaction"
            raise _problem(line, f"{code} {said}")
        if code == "TA":
            # What was aborted changes nothing.
            del self.rows[self.kept :]
        self.opened, self.kept = (line if code == "TX" else 0), len(self.rows)

    def _statement(self, adds: bool, line: int, rest: str) -> None:
        if len(self.rows) >= self.limits.statements:
            raise Problem(
                "too-large", f"The patch has more than {self.limits.statements:,} rows.", line
            )
        # Only those that may be meant: many are declared for many rows.
        declared = "".join(
            f"@prefix {p}: <{s}> . " for p, s in self.prefixes.items() if f"{p}:" in rest
        )
        try:
            found = [
                q.triple
                for q in parse_quads(f"{declared}{rest} .".encode(), format=RdfFormat.TURTLE)
            ]
        except SyntaxError as error:
            reason = re.sub(r"^Parser error at line \d+[^:]*: ", "", str(error))
            raise _problem(line, f"{reason} ({shown(rest)})") from error
        if len(found) != 1:
            raise _problem(line, _NO_PREDICATE)
        if not adds and any(map(_is_unnamed, (found[0].subject, found[0].object))):
            raise problem_at("patch-does-not-apply", _BY_LABEL, line)
        self.rows.append(Row(adds, found[0], line))


def read_patch(data: bytes, limits: Limits | None = None) -> list[Row]:
    """Read a patch.

    Args:
        data: its bytes, UTF-8.
        limits: how much it may hold.

    Returns:
        The rows that add or delete, in their order, without those of an aborted transaction.

    Raises:
        Problem: `bad-patch` or `patch-does-not-apply`, with the line; `too-large`.
    """
    limits = limits or Limits()
    if len(data) > limits.bytes:
        raise Problem("too-large", f"The patch has more than {limits.bytes:,} bytes.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _problem(line, "the patch is not in UTF-8") from None
    reader = _Reader(limits)
    for line, row in _lines(text):
        reader.read(line, row)
    if reader.opened:
        raise _problem(reader.opened, "the transaction that begins here is not closed with TC")
    if not reader.rows:
        raise _problem(None, "The patch changes nothing: it has no row with A or D")
    return reader.rows


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The rows that say something, with their lines; only a line feed ends a row."""
    for number, line in enumerate(text.split("\n"), start=1):
        row = line.strip(" \t\r")
        if row and not row.startswith("#"):
            yield number, row


def _is_unnamed(term: Term) -> bool:
    return isinstance(term, BlankNode) or (
        isinstance(term, NamedNode) and term.value.startswith(UNNAMED)
    )


def _problem(line: int | None, reason: str) -> Problem:
    said = reason[:1].upper() + reason[1:]
    example = f"A <urn:example:line> <{DG.superior.value}> <urn:example:chief-executive> ."
    return problem_at("bad-patch", f"{said}. A row looks like this: {example}", line)


def write_patch(
    removed: Iterable[Triple], added: Iterable[Triple], prefixes: Mapping[str, str]
) -> str:
    """Write a change as an RDF Patch with one transaction.

    Args:
        removed, added: the statements, in any order; none that is removed has an unnamed node.
        prefixes: prefix to namespace; those that are used are declared.
    """
    rows = [("D", t) for t in sorted(removed, key=str)] + [("A", t) for t in sorted(added, key=str)]
    used: dict[str, str] = {}

    def short(term: Term) -> str:
        if isinstance(term, NamedNode):
            for prefix, space in prefixes.items():
                name = term.value.removeprefix(space)
                if name != term.value and re.fullmatch(r"[A-Za-z][\w-]*", name):
                    used[prefix] = space
                    return f"{prefix}:{name}"
        return str(term)

    body = [
        f"{code} {short(t.subject)} {short(t.predicate)} {short(t.object)} ." for code, t in rows
    ]
    declared = [f"PA {prefix}: <{space}> ." for prefix, space in sorted(used.items())]
    return "\n".join(["TX .", *declared, *body, "TC ."]) + "\n"
