"""Whether a report still holds, as text and as JSON.

Owns: the forms of `verify`. Must not: decide it.
"""

from __future__ import annotations

from dutygraph.renderings import phrases
from dutygraph.renderings.as_json import dumped
from dutygraph.renderings.as_text import bulleted, heading, wrapped
from dutygraph.renderings.phrases import OUTCOME_NAMES, listed, sentence
from dutygraph.report import Json

_NAMES = {
    "data": "the data",
    "rulebook": "the rulebook",
    "law": "the day up to which the law was looked at",
    "engine": "the engine",
}
_OTHERWISE = {
    "assessed": "whether anything could be assessed",
    "conforms": "whether it conforms",
    "breaches": "how many breaches there are",
    "undecided": "how much could not be told",
    "summary": "how many rules there are of each outcome",
    "findings": "what the findings say",
}


def verification_as_json(found: Json) -> bytes:
    """What `verify` found, as JSON."""
    return dumped(found)


def verification_as_text(found: Json) -> bytes:
    """What `verify` found, for reading."""
    holds = found["holds"]
    lines = [*heading("The report holds" if holds else "The report does not hold any more", "=")]
    day = phrases.day(found["asAt"])
    lines += wrapped(f"It is about {found['structure']} on {day}; it was assessed again.")
    lines += wrapped(_what_changed(found))
    if found["changed"]:
        lines += bulleted(
            f"{_NAMES[c['what']]}: then {c['then']}, now {c['now']}" for c in found["changed"]
        )
    if found["unknown"]:
        names = listed(_NAMES[what] for what in found["unknown"])
        lines += wrapped(sentence(f"the report or its data do not say which {names} there was"))
    if not holds:
        lines += heading("What is otherwise now")
        then, now = (phrases.VERDICT_NAMES.get(v, v) for v in found["verdict"].values())
        lines += wrapped(f"Verdict: then {then}, now {now}.")
        lines += bulleted(_difference(d) for d in found["differences"])
        if found["otherwise"]:
            names = listed(_OTHERWISE[what] for what in found["otherwise"])
            lines += wrapped(sentence(f"not what the report says: {names}"))
    return ("\n".join(lines).strip() + "\n").encode()


def _what_changed(found: Json) -> str:
    if found["changed"]:
        return sentence(f"changed since: {listed(_NAMES[c['what']] for c in found['changed'])}")
    if found["holds"]:
        return "Data, rulebook, law and engine are those that it names."
    return (
        "Data, rulebook, law and engine are those that it names: the report was altered after it "
        "was made, or this is a fault of the service."
    )


def _difference(found: Json) -> str:
    whose = ", as to ".join(filter(None, (found["authorityName"], found["subject"])))
    then, now = (OUTCOME_NAMES.get(found[k] or "", "not there").lower() for k in ("then", "now"))
    why = found["reasonNow"] or found["reasonThen"] or ""
    return sentence(f"{found['title']} ({whose}): then {then}, now {now}: {why}")
