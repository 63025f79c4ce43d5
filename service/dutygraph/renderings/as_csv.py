"""Comma-separated values that a spreadsheet opens without running anything (SECURITY S20).

One row for each rule row of each report, in the report's order, in UTF-8 without a byte order mark,
lines ended as RFC 4180 has it, every cell quoted. A cell with several values has " | " between
them. A cell that a spreadsheet would take for a formula begins with an apostrophe.

What each column holds is in `data/columns.csv`, under the table `report`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from dutygraph.renderings.phrases import findings_of
from dutygraph.report import Json

COLUMNS = (
    "rule",
    "title",
    "duty",
    "force",
    "authority",
    "authorityName",
    "subject",
    "subjectName",
    "outcome",
    "severity",
    "basis",
    "reason",
    "remedy",
    "caveats",
    "doubts",
    "departure",
    "missing",
    "askWhom",
    "howToSay",
    "facts",
    "sources",
    "mode",
    "assumed",
    "clauses",
    "clauseUrls",
    "inForceFrom",
    "inForceTo",
    "status",
    "statusMeaning",
    "verdict",
    "asAt",
    "lawAsAt",
    "structure",
    "rulebook",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def render(reports: list[Json]) -> bytes:
    """The rule rows of the reports.

    Args:
        reports: from `build_report`.
    """
    return table(COLUMNS, (_cells(report, row) for report in reports for row in report["rules"]))


def table(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """Write a table whose cells no spreadsheet runs.

    Args:
        columns: the heading, and the keys of each row in their order.
        rows: their values; None becomes an empty cell, a list its members with " | " between.
    """
    written = io.StringIO()
    # Everything is quoted: where the list separator is a semicolon or a tab, a bare one would end
    # the cell, and what follows it would begin the next.
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([neutralised(_text(row[column])) for column in columns])
    return written.getvalue().encode()


def neutralised(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " | ".join(map(str, value)) if isinstance(value, list) else str(value)


def _cells(report: Json, row: Json) -> dict[str, object]:
    found = findings_of(report, row)
    cells = {
        "rule": row["id"],
        "remedy": [f["remedy"] for f in found if f["kind"] != "claim"],
        "doubts": [f["message"] for f in found if f["kind"] == "claim"],
        "departure": row["departure"]["statement"] if row["departure"] else None,
        "missing": [m["fact"] for m in row["missing"]],
        "askWhom": [m["askWhom"] for m in row["missing"]],
        "howToSay": [m["howToSay"] for m in row["missing"]],
        "facts": [f["statement"] for f in row["facts"]],
        "sources": sorted({s for f in row["facts"] for s in f["sources"]}),
        "clauses": [c["title"] for c in row["clauses"]],
        "clauseUrls": [c["url"] for c in row["clauses"]],
        "verdict": report["verdict"],
        "asAt": report["asAt"],
        "lawAsAt": report["lawAsAt"],
        "structure": report["structure"],
        "rulebook": report["rulebook"]["version"],
    }
    # Every other column holds what the row has under that name.
    return {name: row[name] for name in COLUMNS if name not in cells} | cells
