"""Run the whole mutation test: `make mutate`.

Owns: what is damaged (every passing example, every document), the work in several processes, the score and
the survivors that are kept beside it, and the comparison with what was kept before.

    python -m tests.mutation            run, write SCORE.md and survivors.tsv, fail on an unexplained survivor
    python -m tests.mutation PATTERN…   only the rules whose id matches, print the survivors, write nothing
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from dutygraph.engines import make_engine
from dutygraph.rooms import room
from tests.examples import all_examples, read, the_rulebook
from tests.mutation.judge import Court, Mutant, try_description
from tests.mutation.score import Score
from tests.mutation.targeted import try_targeted


@dataclass(frozen=True, order=True)
class Victim:
    """One description on one day."""

    name: str
    file: str
    day: date | None
    rule: str


# Documents whose reports have been read beside them: only then is it known what should notice a damage.
_READ = ("000", "004")


def victims(patterns: list[str]) -> list[Victim]:
    """Every passing example of the rules that are wanted and, where all are, every document."""
    found = [
        Victim(e.name, str(e.file), e.as_at, e.rule)
        for e in all_examples()
        if not e.complete
        and any(row.outcome == "passed" for row in e.rows)
        and any(fnmatchcase(e.rule, p) for p in patterns or ["*"])
    ]
    if not patterns:
        folder = room("data") / "documents"
        found += [
            Victim(f"{p.parent.name}/{p.stem}", str(p), None, "")
            for p in sorted(folder.glob("*/*.ttl"))
            if p.parent.name in _READ and " a dg:Structure" in p.read_text(encoding="utf-8")
        ]
    return found


_COURT: list[Court] = []


def _court() -> Court:
    """The court of this process, made with its first case."""
    if not _COURT:
        rulebook = the_rulebook()
        _COURT.append(Court(rulebook, make_engine("fast", rulebook.shapes)))
    return _COURT[0]


def trial(victim: Victim) -> list[Mutant]:
    """Damage one description in every way."""
    court = _court()
    description = read(Path(victim.file))
    day = victim.day or description.day
    assert day
    found = try_description(court, victim.name, description, day)
    return [*found, *try_targeted(court, victim.name, description, day)]


def trials(cases: list[Victim]) -> Iterator[Mutant]:
    """Every trial, in as many processes as there are processors."""
    # The long ones first, so that no process is left alone with one at the end.
    cases = sorted(cases, key=lambda v: -Path(v.file).stat().st_size)
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for done, found in enumerate(pool.map(trial, cases), 1):
            if sys.stderr.isatty():
                print(f"\r{done} of {len(cases)} descriptions", end="", file=sys.stderr)
            yield from found
    if sys.stderr.isatty():
        print(file=sys.stderr)


def main(patterns: list[str]) -> int:
    """Run, keep the score, and fail where a survivor is not explained."""
    score = Score(trials(victims(patterns)), _court().rulebook, partial=bool(patterns))
    if not patterns:
        score.keep()
    print(score.summary())
    for line in score.unexplained():
        print(line)
    return 1 if score.unexplained() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
