"""The score of the mutation test, and its survivors with the reason why each may survive.

Owns: what counts, the files that are kept in the repository, and which survivors are explained. The
explanations are data: `explained.tsv`, a line for each, with patterns.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from dutygraph.rulebook import Rulebook
from dutygraph.triples import local_name
from tests.mutation.judge import Mutant

HOME = Path(__file__).parent
_SURVIVING = ("unmoved", "unasked")


@dataclass(frozen=True)
class Explanation:
    """Why some survivors are no fault: patterns for rule, damage, description and node, and the reason."""

    rule: str
    damage: str
    description: str
    node: str
    reason: str

    def fits(self, mutant: Mutant) -> bool:
        """Whether it explains a survivor."""
        return (
            fnmatchcase(mutant.rule, self.rule)
            and fnmatchcase(mutant.damage, self.damage)
            and fnmatchcase(mutant.description, self.description)
            and fnmatchcase(local_name(mutant.node), self.node)
        )


def explanations() -> list[Explanation]:
    """The lines of `explained.tsv`."""
    with (HOME / "explained.tsv").open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t")
        return [Explanation(**{k: str(v) for k, v in row.items()}) for row in rows]


class Score:
    """What the trials came to.

    Args:
        mutants: every rule's answer to every damage.
        rulebook: the rules and parts that have to be reached.
        partial: whether only some rules were tried, so that nothing is said of the others.
    """

    def __init__(self, mutants: Iterable[Mutant], rulebook: Rulebook, *, partial: bool) -> None:
        self.mutants = sorted(mutants)
        self.partial = partial
        self._rulebook = rulebook
        self._explanations = explanations()

    @cached_property
    def survivors(self) -> list[tuple[Mutant, str]]:
        """Survivors, each with the reason why it may survive, or an empty string."""
        return [
            (m, next((e.reason for e in self._explanations if e.fits(m)), ""))
            for m in self.mutants
            if m.verdict in _SURVIVING
        ]

    @cached_property
    def unreached(self) -> list[str]:
        """Parts of rules that no damage made fail, and that no explanation excuses."""
        reached = {p for m in self.mutants for p in m.parts}
        excused = {e.rule for e in self._explanations if e.damage == "no damage reaches it"}
        parts = [local_name(p.iri) for r in self._rulebook.rules for p in r.parts]
        return sorted(p for p in parts if p not in reached and p not in excused)

    def unexplained(self) -> list[str]:
        """What has to be mended or explained, one line each."""
        lines = [
            f"{m.verdict}: {m.rule} on {m.description}, {m.damage}: {m.node} ({m.before} -> {m.after})"
            for m, reason in self.survivors
            if not reason
        ]
        if not self.partial:
            lines += [f"never made to fail: {part}" for part in self.unreached]
            lines += [f"explains nothing: {e.rule}, {e.damage}" for e in self._idle()]
        return lines

    def _idle(self) -> list[Explanation]:
        """Explanations that no survivor needs any more."""
        survivors = [m for m, _ in self.survivors]
        parts = {local_name(p.iri) for r in self._rulebook.rules for p in r.parts}
        reached = {p for m in self.mutants for p in m.parts}
        return [
            e
            for e in self._explanations
            if not any(e.fits(m) for m in survivors)
            and not (e.damage == "no damage reaches it" and e.rule in parts - reached)
        ]

    @property
    def _counts(self) -> Counter[str]:
        return Counter(m.verdict for m in self.mutants)

    def summary(self) -> str:
        """The score in a few lines."""
        counts = self._counts
        explained = sum(1 for _, reason in self.survivors if reason)
        left = len(self.survivors) - explained
        asked = counts["noticed"] + left
        share = 100 * counts["noticed"] / asked if asked else 0.0
        return (
            f"{counts['noticed']} of {asked} damages noticed by exactly the rules that rest on what was "
            f"damaged: {share:.2f} %.\n"
            f"{counts['redundant']} more change nothing because another fact of the same kind also decides; "
            f"{explained} survivors are explained, {left} are not.\n"
            f"{len(self._rulebook.rules)} rules; parts that no damage made fail and no line explains: "
            f"{len(self.unreached)}."
        )

    def keep(self) -> None:
        """Write the score and the survivors beside the test."""
        (HOME / "SCORE.md").write_text(self._page(), encoding="utf-8")
        with (HOME / "survivors.tsv").open("w", encoding="utf-8", newline="") as stream:
            write = csv.writer(stream, delimiter="\t", lineterminator="\n")
            write.writerow(["rule", "description", "damage", "node", "before", "after", "reason"])
            for m, reason in self.survivors:
                write.writerow(
                    [m.rule, m.description, m.damage, local_name(m.node), m.before, m.after, reason]
                )

    def _page(self) -> str:
        lines = [
            "# Mutation score",
            "",
            "Written by `make mutate`.",
            "Every passing example and document is damaged in every way that a rule is about, and exactly "
            "the rules that rest on it must change their outcome.",
            "What survived is in `survivors.tsv`, with the reason why it may, from `explained.tsv`.",
            "",
            self.summary().replace("\n", "\n\n"),
            "",
            "| rule | damages noticed | redundant | explained | unexplained |",
            "| --- | ---: | ---: | ---: | ---: |",
        ]
        by_rule: dict[str, Counter[str]] = {e.id: Counter() for e in self._rulebook.rules}
        for m in self.mutants:
            by_rule[m.rule][m.verdict] += 1
        for m, reason in self.survivors:
            by_rule[m.rule]["explained" if reason else "left"] += 1
        for rule, counts in sorted(by_rule.items()):
            lines.append(
                f"| `{rule}` | {counts['noticed']} | {counts['redundant']} | {counts['explained']} "
                f"| {counts['left']} |"
            )
        return "\n".join(lines) + "\n"
