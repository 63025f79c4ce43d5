"""The two engines side by side: the time for one council's full report with each, in one run.

Run with `make bench`. The machine may be noisy: what counts is the ratio, measured by turns.
"""

from __future__ import annotations

import statistics
import sys
import time

from dutygraph.pipeline import Options, Pipeline
from dutygraph.rooms import room

ROUNDS = 15
DESCRIPTION = "documents/004/coventry-2017-01-24.ttl"


def main() -> None:
    """Print the median milliseconds of each engine and their ratio, round by round."""
    pipeline = Pipeline.load()
    data = (room("data") / DESCRIPTION).read_bytes()
    times: dict[str, list[float]] = {"fast": [], "reference": []}
    for name in times:
        pipeline.report(data, "text/turtle", Options(engine=name))
    for done in range(ROUNDS):
        for name, taken in times.items():
            start = time.perf_counter()
            pipeline.report(data, "text/turtle", Options(engine=name))
            taken.append((time.perf_counter() - start) * 1000)
        print(f"\rround {done + 1} of {ROUNDS}", end="", file=sys.stderr)
    print(file=sys.stderr)
    ratios = [r / f for f, r in zip(times["fast"], times["reference"], strict=True)]
    print(f"{DESCRIPTION}, {len(pipeline.rulebook.rules)} rules, {ROUNDS} rounds by turns")
    for name, taken in times.items():
        engine = pipeline.engine(name).version
        print(
            f"{name:10}  {engine:18}  median {statistics.median(taken):7.1f} ms"
            f"   (min {min(taken):.1f}, max {max(taken):.1f})"
        )
    print(
        f"reference / fast, round by round: median {statistics.median(ratios):.1f}"
        f"   (min {min(ratios):.1f}, max {max(ratios):.1f})"
    )


if __name__ == "__main__":
    main()
