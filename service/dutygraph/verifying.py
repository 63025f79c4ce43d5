"""Whether a report still holds: its data assessed again, and what has changed since.

Owns: `verify`. Must not assess: that is the pipeline's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from dutygraph.agreement import compare_engines, names_both
from dutygraph.description import Description
from dutygraph.errors import Problem
from dutygraph.pipeline import Options, Pipeline
from dutygraph.report import Json, build_report

__all__ = ["verify"]

_ROW_KEY = ("id", "authority", "subjectName")
_ROW_SAYS = ("outcome", "severity", "basis", "reason")
_ROW_NAMES = ("title", "authorityName")
# What else of a report follows from its outcomes, and is what people read first.
_FOLLOWS = ("assessed", "conforms", "breaches", "undecided", "summary")
_FINDING_SAYS = ("rule", "authority", "kind", "severity", "message")
_NEEDED = ("verdict", "asAt", "lawAsAt", "structure", "rulebook", "engine", "rules", "findings")


def verify(pipeline: Pipeline, report: Any, data: bytes, media_type: str) -> Json:
    """Assess the data of a report again as it was assessed, and compare.

    Args:
        pipeline: the rulebook and engines of today.
        report: one report, as `validate --format json` gives it.
        data: the description.
        media_type: of the description.

    Returns:
        `holds`: whether the verdict, every row's outcome, severity, basis and reason, the counts and
        what the findings say are the same; `changed`: which of `data`, `rulebook`, `law` and
        `engine` are not what the report names, each with `then` and `now`; `unknown`: those that it
        does not name; `differences`: each row that is another one now; `otherwise`: the names of the
        counts that are other ones, and `findings` where these are; `verdict` then and now.

    Raises:
        Problem: `bad-report`; `engines-disagree`, of a report that names both; or what the pipeline
            raises for the data.
    """
    then = _usable(report)
    now = _again(pipeline, then, data, media_type)
    differences = list(_differences(then, now))
    otherwise = _otherwise(then, now)
    changed, unknown = _changes(then, now)
    return {
        "holds": not differences and not otherwise and then["verdict"] == now["verdict"],
        "verdict": {"then": then["verdict"], "now": now["verdict"]},
        "changed": changed,
        "unknown": unknown,
        "differences": differences,
        "otherwise": otherwise,
        "structure": then["structure"],
        "asAt": then["asAt"],
    }


def _usable(report: Any) -> Json:
    missing = [k for k in _NEEDED if not isinstance(report, dict) or k not in report]
    if missing:
        raise Problem(
            "bad-report",
            f"This is no report of DutyGraph: it has no {', '.join(missing[:3])}. Give the JSON that "
            "`dutygraph validate --format json` or /validate gave.",
        )
    for rows in ("rules", "findings"):
        if not all(isinstance(row, dict) for row in _list(report[rows])):
            raise Problem("bad-report", f"A row of the report's `{rows}` is no JSON object.")
    said = [report["verdict"], *(row.get("outcome") for row in _list(report["rules"]))]
    if not all(isinstance(word, str) for word in said):
        raise Problem("bad-report", "The report's verdict, or an outcome in it, is no word.")
    try:
        for key in ("asAt", "lawAsAt"):
            date.fromisoformat(report[key])
    except (TypeError, ValueError):
        raise Problem("bad-report", "The report's asAt or lawAsAt is no date.") from None
    return dict(report)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _again(pipeline: Pipeline, then: Json, data: bytes, media_type: str) -> Json:
    described = pipeline.read(data, media_type)
    for description in described:
        if str(description.structure.value) == then["structure"]:
            return _assessed(pipeline, then, description)
    names = ", ".join(str(d.structure.value) for d in described)
    raise Problem(
        "bad-report",
        f"The report is about {then['structure']}; the data hold {names}. Give the data that it was "
        "made from.",
    )


def _assessed(pipeline: Pipeline, then: Json, description: Description) -> Json:
    """The report of today, by the engine that the other one names, or by both."""

    def by(engine: str) -> Json:
        options = Options(
            as_at=date.fromisoformat(then["asAt"]),
            law_as_at=date.fromisoformat(then["lawAsAt"]),
            assume_complete=then.get("assumed") == "complete",
            engine=engine,
        )
        return build_report(pipeline.assess(description, options), pipeline.rulebook)

    named = str(then["engine"])
    if names_both(named):
        return compare_engines(by("fast"), by("reference"))
    product = pipeline.engine("fast").version.split(" ")[0]
    return by("fast" if named.startswith(product) else "reference")


def _changes(then: Json, now: Json) -> tuple[list[Json], list[str]]:
    pairs = {
        "data": (_at(then, "data", "hash"), _at(now, "data", "hash")),
        "rulebook": (
            _joined(_at(then, "rulebook", "version"), _at(then, "rulebook", "hash")),
            _joined(_at(now, "rulebook", "version"), _at(now, "rulebook", "hash")),
        ),
        "law": (_at(then, "rulebook", "lawAsAt"), _at(now, "rulebook", "lawAsAt")),
        "engine": (then.get("engine"), now.get("engine")),
    }
    changed = [
        {"what": what, "then": before, "now": after}
        for what, (before, after) in pairs.items()
        if before and after and before != after
    ]
    return changed, [what for what, (before, after) in pairs.items() if not before or not after]


def _at(report: Json, key: str, inner: str) -> str | None:
    found = report.get(key)
    value = found.get(inner) if isinstance(found, dict) else None
    return str(value) if value else None


def _joined(version: str | None, digest: str | None) -> str | None:
    return f"{version} ({digest})" if version and digest else None


def _otherwise(then: Json, now: Json) -> list[str]:
    """What follows from the outcomes and is not the same; an older report need not have all of it."""
    found = [key for key in _FOLLOWS if key in then and then[key] != now[key]]
    return found + ["findings"] * (_findings(then) != _findings(now))


def _findings(report: Json) -> Counter[str]:
    return Counter(str([f.get(k) for k in _FINDING_SAYS]) for f in _list(report["findings"]))


def _differences(then: Json, now: Json) -> Iterable[Json]:
    before, after = _rows(then), _rows(now)
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            rule, authority, subject, _ = key
            known = after.get(key) or before[key]
            yield {
                "rule": rule,
                "title": known["title"],
                "authority": authority,
                "authorityName": known["authorityName"],
                "subject": subject or None,
                "then": before.get(key, {}).get("outcome"),
                "now": after.get(key, {}).get("outcome"),
                "reasonThen": before.get(key, {}).get("reason"),
                "reasonNow": after.get(key, {}).get("reason"),
            }


def _rows(report: Json) -> dict[tuple[str, str, str, int], Json]:
    """What each row says, by rule, authority and subject; unnamed subjects by their order."""
    found: dict[tuple[str, str, str, int], Json] = {}
    seen: Counter[tuple[str, str, str]] = Counter()
    for row in sorted(
        _list(report["rules"]), key=lambda r: str([r.get(k) for k in (*_ROW_KEY, *_ROW_SAYS)])
    ):
        rule, authority, subject = (str(row.get(k) or "") for k in _ROW_KEY)
        number = seen[(rule, authority, subject)]
        seen[(rule, authority, subject)] += 1
        kept = {k: row.get(k) for k in (*_ROW_SAYS, *_ROW_NAMES)}
        found[(rule, authority, subject, number)] = kept
    return found
