"""Untrusted work in processes: what crosses, what is ended, and what is refused."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dutygraph.errors import Problem
from dutygraph.parsing import Limits
from dutygraph.pipeline import Options, Pipeline
from dutygraph.renderings import RENDERINGS
from dutygraph.workers import ENGINES, Workers
from tests.http_fixtures import (
    FIRST_LINE,
    PREFIXES,
    TURTLE,
    description,
    large_description,
    slow_description,
)

SLOW = Options(engine="reference")


def make(**given) -> Workers:
    """One worker with limits that no small description meets."""
    given = {"deadline": 60.0, "memory": 2048, "count": 1, "queue": 0} | given
    return Workers(given.pop("limits", Limits()), **given)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """One worker that several tests may use."""
    made = make()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def strict() -> Iterator[Workers]:
    """One worker, three seconds, one place to wait."""
    made = make(deadline=3.0, queue=1)
    made.run(description(), TURTLE, Options())
    yield made
    made.stop()


def children() -> set[int]:
    """The living workers of this process."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if b"spawn_main" in command:
                found.add(int(pid))
    return found


def wait_until(holds, seconds: float = 20) -> bool:
    """Whether something comes to hold in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_a_worker_gives_the_same_report_as_the_pipeline(engine, workers):
    """Nothing is lost or changed on the way through a worker."""
    options = Options(engine=engine)
    expected = Pipeline.load().reports(description(), TURTLE, options)
    assert workers.run(description(), TURTLE, options) == expected


def test_both_engines_are_asked_and_named(workers):
    """Where both are asked, the report is the fast one's and its engine names the two."""
    (both,) = workers.run(description(), TURTLE, Options(engine="both"))
    (fast,) = workers.run(description(), TURTLE, Options(engine="fast"))
    assert "shifty" in both["engine"] and "pySHACL" in both["engine"]
    assert both | {"engine": ""} == fast | {"engine": ""}


def test_the_engines_that_may_be_asked_for():
    """There is one engine to run, one to check it, and both."""
    assert ENGINES == ("fast", "reference", "both")


def test_a_report_is_rendered_in_the_worker(workers):
    """Rendering gives the bytes that the caller would have made itself."""
    reports = workers.run(description(), TURTLE, Options())
    rendered = workers.render(description(), TURTLE, Options(), RENDERINGS["turtle"].render)
    assert rendered == RENDERINGS["turtle"].render(reports)


def test_a_problem_crosses_with_every_field(workers):
    """Slug, detail, place and further members arrive as they were raised."""
    body = (PREFIXES + ":s dg:descibes :a .").encode()
    with pytest.raises(Problem) as there:
        Pipeline.load().reports(body, TURTLE, Options())
    with pytest.raises(Problem) as here:
        workers.run(body, TURTLE, Options())
    assert here.value.as_dict() == there.value.as_dict()
    assert (here.value.line, here.value.kind.status) == (FIRST_LINE, 422)
    assert pickle.loads(pickle.dumps(here.value)).as_dict() == here.value.as_dict()  # noqa: S301


def test_the_limits_reach_the_worker():
    """A limit that is set for the workers is the one that the parser keeps."""
    made = make(limits=Limits(statements=5))
    try:
        with pytest.raises(Problem) as caught:
            made.run(description(), TURTLE, Options())
    finally:
        made.stop()
    assert caught.value.slug == "too-large"
    assert "5 statements" in caught.value.detail


def test_s11_work_that_does_not_end_is_ended(strict):
    """A heavy description is out of time, its process is gone, and the next caller is served."""
    before = children()
    start = time.monotonic()
    with pytest.raises(Problem) as caught:
        strict.run(slow_description(), TURTLE, SLOW)
    assert caught.value.slug == "out-of-time"
    assert "3 seconds" in caught.value.detail
    assert 3 <= time.monotonic() - start < 20
    assert wait_until(lambda: len(before - children()) == 1)
    assert strict.run(description(), TURTLE, Options())[0]["assessed"]


def test_s11_memory_is_bounded():
    """A large description is out of memory under a small limit, and the next caller is served."""
    made = make(memory=400, limits=Limits(bytes=100_000_000))
    try:
        assert made.run(description(), TURTLE, Options())[0]["assessed"]
        with pytest.raises(Problem) as caught:
            made.run(large_description(), TURTLE, Options())
        assert caught.value.slug == "out-of-memory"
        assert made.run(description(), TURTLE, Options())[0]["assessed"]
    finally:
        made.stop()


def test_s14_the_queue_is_bounded(strict):
    """One runs, one waits, and whoever comes third is told at once to come back."""
    seen: list[str] = []

    def assess() -> None:
        try:
            strict.run(slow_description(), TURTLE, SLOW)
        except Problem as problem:
            seen.append(problem.slug)

    threads = [threading.Thread(target=assess) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert wait_until(lambda: strict._waiting == 1)
    start = time.monotonic()
    with pytest.raises(Problem) as caught:
        strict.run(description(), TURTLE, Options())
    assert time.monotonic() - start < 0.5
    assert caught.value.slug == "busy"
    assert caught.value.extra["retryAfter"] >= 1
    assert strict.check() is None
    for thread in threads:
        thread.join(60)
    # Whoever waited got its turn, or was told in time that there was none.
    assert "out-of-time" in seen and set(seen) <= {"out-of-time", "busy"}
    assert strict.run(description(), TURTLE, Options())[0]["assessed"]


@pytest.mark.long
def test_many_callers_of_a_cold_start_get_the_same():
    """Twenty callers who meet workers that are still loading all get one and the same report."""
    made = make(count=2, queue=20)
    answers: list[object] = []

    def assess(engine: str) -> None:
        (report,) = made.run(description(), TURTLE, Options(engine=engine))
        answers.append(report | {"engine": ""})

    threads = [
        threading.Thread(target=assess, args=(("fast", "reference")[n % 2],)) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    made.stop()
    assert len(answers) == 20
    assert all(answer == answers[0] for answer in answers)


def test_a_worker_that_dies_while_idle_is_replaced(workers):
    """Whoever comes after the death of an idle worker notices nothing."""
    workers.run(description(), TURTLE, Options())
    before = children()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not before & children())
    assert workers.run(description(), TURTLE, Options())[0]["assessed"]


@pytest.mark.parametrize(
    ("number", "slug"),
    [
        (signal.SIGKILL, "out-of-memory"),
        (signal.SIGABRT, "out-of-memory"),
        (signal.SIGSEGV, "internal"),
        (signal.SIGALRM, "out-of-time"),
    ],
)
def test_a_worker_that_dies_at_work_is_explained(number, slug):
    """What ended a worker decides what its caller is told."""
    made = make()
    made.run(description(), TURTLE, Options())
    mine = children()
    caught: list[Problem] = []

    def assess() -> None:
        try:
            made.run(slow_description(), TURTLE, SLOW)
        except Problem as problem:
            caught.append(problem)

    thread = threading.Thread(target=assess)
    thread.start()
    time.sleep(0.5)
    for pid in mine & children():
        if is_at_work(pid):
            os.kill(pid, number)
    thread.join(30)
    made.stop()
    assert [problem.slug for problem in caught] == [slug]


def is_at_work(pid: int) -> bool:
    """Whether a worker has used the processor within a moment."""

    def used() -> int:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    before = used()
    time.sleep(0.3)
    return used() > before


def test_workers_that_cannot_start_are_no_riddle(caplog):
    """With less memory than loading takes, the answer says so and the log has the incident."""
    made = make(memory=64)
    try:
        with pytest.raises(Problem) as caught:
            made.run(description(), TURTLE, Options())
    finally:
        made.stop()
    assert caught.value.slug == "engine-failed"
    incident = caught.value.extra["instance"].rsplit(":", 1)[-1]
    assert incident in caught.value.detail
    assert incident in caplog.text


def test_stopping_leaves_no_process():
    """After a stop, none of its workers lives, even one that was at work."""
    before = children()
    made = make(count=2, queue=2)
    made.start()
    thread = threading.Thread(
        target=lambda: pytest.raises(Problem, made.run, slow_description(), TURTLE, SLOW)
    )
    assert wait_until(lambda: len(children() - before) == 2)
    thread.start()
    time.sleep(1)
    made.stop()
    thread.join(30)
    made.stop()
    assert wait_until(lambda: not children() - before)


def test_the_check_names_the_engines(workers):
    """A check validates with both engines and gives their versions."""
    assert set(workers.check()) == {"fast", "reference"}
