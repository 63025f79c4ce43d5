"""Untrusted work, in processes that can be ended: the home of `pebble`.

Owns: the processes, their deadline and memory limit, and the bounded queue in front of them
(SECURITY S11, S14). Must not know HTTP, nor look into a description.

Each worker is a pool of one process with a channel of its own, so that what happens to one of them
can never reach another. The processes are spawned and not forked: the caller has threads, and a
spawned process inherits none of its sockets.
"""

from __future__ import annotations

import logging
import math
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, replace
from queue import Empty, LifoQueue
from typing import Any, NoReturn, Protocol, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from dutygraph.agreeing import agree
from dutygraph.agreement import compare_engines
from dutygraph.comparing import compare
from dutygraph.engines import ENGINE_NAMES, EngineFailed
from dutygraph.errors import Problem
from dutygraph.parsing import Limits
from dutygraph.pipeline import Options, Pipeline
from dutygraph.private_log import silence_libraries
from dutygraph.repairing import repairs
from dutygraph.report import Json
from dutygraph.settings import Settings
from dutygraph.whatif import after_patch, what_if

__all__ = ["ENGINES", "Seen", "Task", "Workers", "log_privately"]

ENGINES = (*ENGINE_NAMES, "both")
"""What may be asked for as engine: one of them, or both and their agreement."""

_LOG = logging.getLogger("dutygraph.workers")
_START_SECONDS = 60.0
# A worker's own alarm ends it a little after its owner should have, and even if that is gone.
_ALARM_GRACE_SECONDS = 5.0
_OUT_OF_MEMORY_EXIT = 77
_RETRY_SECONDS = 10
_OWNER_CHECK_SECONDS = 0.5
# The kernel's own way of ending what needs too much memory, and the abort of Rust's allocator.
_MEMORY_EXITS = (_OUT_OF_MEMORY_EXIT, -signal.SIGKILL, -signal.SIGABRT)
_Answer = TypeVar("_Answer")
Render = Callable[[list[Json]], bytes]


_Given = TypeVar("_Given", covariant=True)


class Task(Protocol[_Given]):
    """What a worker does for somebody."""

    def perform(self, pipeline: Pipeline) -> _Given:
        """Do it, with what every task shares."""
        ...


@dataclass(frozen=True)
class Seen:
    """How the workers of a process are.

    Args:
        alive: how many processes there are.
        busy: how many are at work.
        waiting: how many callers wait for one.
    """

    alive: int
    busy: int
    waiting: int


@dataclass(frozen=True)
class _Assessed:
    """The answer to an assessment, as it crosses back: reports or a rendering, and their verdicts."""

    answer: Any
    verdicts: tuple[str, ...]


@dataclass(frozen=True)
class _Assessing:
    """An assessment, as it crosses to a worker."""

    data: bytes
    media_type: str
    options: Options
    render: Render | None

    def perform(self, pipeline: Pipeline) -> _Assessed:
        reports = self._reports(pipeline)
        verdicts = tuple(str(report["verdict"]) for report in reports)
        return _Assessed(reports if self.render is None else self.render(reports), verdicts)

    def _reports(self, pipeline: Pipeline) -> list[Json]:
        if self.options.engine != "both":
            return pipeline.reports(self.data, self.media_type, self.options)
        by_engine = [
            pipeline.reports(self.data, self.media_type, replace(self.options, engine=name))
            for name in ENGINE_NAMES
        ]
        return [
            compare_engines(fast, reference) for fast, reference in zip(*by_engine, strict=True)
        ]


@dataclass(frozen=True)
class _Comparing:
    """A comparison, as it crosses to a worker."""

    submissions: tuple[tuple[bytes, str], ...]
    options: Options
    baseline: str | None
    render: Callable[[Json], bytes]

    def perform(self, pipeline: Pipeline) -> bytes:
        described = [d for data, kind in self.submissions for d in pipeline.read(data, kind)]
        return self.render(compare(pipeline, described, self.options, self.baseline))


@dataclass(frozen=True)
class _Changing:
    """What a change would do, as it crosses to a worker."""

    before: tuple[bytes, str]
    after: tuple[bytes, str] | None
    patch: bytes | None
    partners: tuple[tuple[bytes, str], ...]
    options: Options
    render: Callable[[Json], bytes]

    def perform(self, pipeline: Pipeline) -> bytes:
        before = pipeline.read_one(*self.before)
        if self.after is not None:
            after = pipeline.read_one(*self.after)
        else:
            after = after_patch(pipeline, before, self.patch or b"")
        partners = [pipeline.read_one(*p) for p in self.partners]
        return self.render(what_if(pipeline, before, after, self.options, partners))


@dataclass(frozen=True)
class _Repairing:
    """Repairs of what fails, as they cross to a worker."""

    data: bytes
    media_type: str
    options: Options
    rule: str | None
    render: Callable[[Json], bytes]

    def perform(self, pipeline: Pipeline) -> bytes:
        description = pipeline.read_one(self.data, self.media_type)
        return self.render(repairs(pipeline, description, self.options, self.rule))


@dataclass(frozen=True)
class _Agreeing:
    """A question whether sides agree, as it crosses to a worker."""

    submissions: tuple[tuple[bytes, str], ...]
    options: Options
    render: Callable[[Json], bytes]

    def perform(self, pipeline: Pipeline) -> bytes:
        described = [d for data, kind in self.submissions for d in pipeline.read(data, kind)]
        return self.render(agree(pipeline, described, self.options))


class Workers:
    """A fixed number of workers and a bounded queue in front of them.

    Args:
        limits: how much one description may hold.
        deadline: seconds that one assessment may take.
        memory: MiB that one worker may address.
        count: how many workers there are.
        queue: how many callers may wait for one.
    """

    def __init__(
        self, limits: Limits, *, deadline: float, memory: int, count: int, queue: int
    ) -> None:
        self._deadline, self._queue_limit = deadline, queue
        self._slots = [_Slot(limits, deadline, memory) for _ in range(count)]
        self._idle: LifoQueue[_Slot] = LifoQueue()
        for slot in self._slots:
            self._idle.put(slot)
        self._lock = threading.Lock()
        self._waiting = 0
        self.on_verdict: Callable[[str], None] = lambda verdict: None
        """Told the verdict of every structure that was assessed."""

    @classmethod
    def of(cls, settings: Settings) -> Workers:
        """The workers of one process that answers HTTP: its share, rounded up."""
        return cls(
            Limits(bytes=settings.body_limit, statements=settings.statement_limit),
            deadline=settings.deadline,
            memory=settings.memory,
            count=math.ceil(settings.workers / settings.processes),
            queue=math.ceil(settings.queue / settings.processes),
        )

    def start(self) -> None:
        """Let every worker load now instead of at its first task; does not wait for them."""
        for slot in self._slots:
            slot.warm_up()

    def stop(self) -> None:
        """End every worker, whatever it does."""
        for slot in self._slots:
            slot.stop()

    def run(self, data: bytes, media_type: str, options: Options) -> list[Json]:
        """Assess a submission.

        Args:
            data: the body as it arrived.
            media_type: its media type.
            options: as the pipeline takes them; `engine` is one of `ENGINES`.

        Returns:
            A report for every structure in it.

        Raises:
            Problem: what the pipeline raises, unchanged; `busy` where too many wait or none came
                free in time, `out-of-time`, `out-of-memory`, `engines-disagree`, `engine-failed`
                where no worker can start, or `internal`.
        """
        reports: list[Json] = self._assess(_Assessing(data, media_type, options, None))
        return reports

    def render(self, data: bytes, media_type: str, options: Options, render: Render) -> bytes:
        """Assess a submission and render its reports, both in a worker; see `run`.

        Args:
            render: from reports to bytes; a function that can be pickled.
        """
        rendered: bytes = self._assess(_Assessing(data, media_type, options, render))
        return rendered

    def compare(
        self,
        submissions: Sequence[tuple[bytes, str]],
        options: Options,
        baseline: str | None,
        render: Callable[[Json], bytes],
    ) -> bytes:
        """Compare the structures of some submissions and render the comparison, in a worker.

        Args:
            submissions: each with its media type.
            options, baseline: as `comparing.compare` takes them.
            render: from the comparison to bytes; a function that can be pickled.
        """
        rendered: bytes = self._run(_Comparing(tuple(submissions), options, baseline, render))
        return rendered

    def what_if(
        self,
        before: tuple[bytes, str],
        change: tuple[bytes, str] | bytes,
        partners: Sequence[tuple[bytes, str]],
        options: Options,
        render: Callable[[Json], bytes],
    ) -> bytes:
        """Find what a change would do and render it, in a worker.

        Args:
            before: the description before it, with its media type.
            change: the description after it, with its media type, or an RDF Patch.
            partners: other councils' descriptions, each with its media type.
            options: as `whatif.what_if` takes them.
            render: from the answer to bytes; a function that can be pickled.
        """
        after, patch = (None, change) if isinstance(change, bytes) else (change, None)
        task = _Changing(before, after, patch, tuple(partners), options, render)
        rendered: bytes = self._run(task)
        return rendered

    def repair(
        self,
        data: bytes,
        media_type: str,
        options: Options,
        rule: str | None,
        render: Callable[[Json], bytes],
    ) -> bytes:
        """Find repairs of what fails in a description and render them, in a worker.

        Args:
            data, media_type, options: as for `run`; one structure.
            rule: as `repairing.repairs` takes it.
            render: from the answer to bytes; a function that can be pickled.
        """
        rendered: bytes = self._run(_Repairing(data, media_type, options, rule, render))
        return rendered

    def agree(
        self,
        submissions: Sequence[tuple[bytes, str]],
        options: Options,
        render: Callable[[Json], bytes],
    ) -> bytes:
        """Hold what several sides say against each other and render the report, in a worker.

        Args:
            submissions: each with its media type.
            options: as `agreeing.agree` takes them.
            render: from the report to bytes; a function that can be pickled.
        """
        rendered: bytes = self._run(_Agreeing(tuple(submissions), options, render))
        return rendered

    def perform(self, task: Task[_Answer]) -> _Answer:
        """Do some other task in a worker; see `run`.

        Args:
            task: its class is known to the worker by name, and its answer can be pickled.
        """
        answer: _Answer = self._run(task)
        return answer

    def check(self) -> dict[str, str] | None:
        """Let an idle worker validate something small with both engines.

        Returns:
            The version of each engine by its name, or None where every worker is busy.

        Raises:
            Problem: as `run`.
        """
        try:
            slot = self._idle.get_nowait()
        except Empty:
            return None
        try:
            return slot.run(_check_engines)
        finally:
            self._idle.put(slot)

    def seen(self) -> Seen:
        """How the workers are at this moment."""
        alive = len(multiprocessing.active_children())
        return Seen(alive, len(self._slots) - self._idle.qsize(), self._waiting)

    def _assess(self, task: _Assessing) -> Any:
        assessed: _Assessed = self._run(task)
        for verdict in assessed.verdicts:
            self.on_verdict(verdict)
        return assessed.answer

    def _run(self, task: Task[Any]) -> Any:
        with self._free_slot() as slot:
            answer = slot.run(_perform, task)
        if isinstance(answer, Problem):
            raise answer
        return answer

    @contextmanager
    def _free_slot(self) -> Iterator[_Slot]:
        slot = self._take()
        try:
            yield slot
        finally:
            self._idle.put(slot)

    def _take(self) -> _Slot:
        with self._lock:
            # Nobody overtakes those who wait.
            if not self._waiting:
                try:
                    return self._idle.get_nowait()
                except Empty:
                    pass
            if self._waiting >= self._queue_limit:
                raise self._busy()
            self._waiting += 1
        try:
            return self._idle.get(timeout=self._deadline)
        except Empty:
            raise self._busy() from None
        finally:
            with self._lock:
                self._waiting -= 1

    def _busy(self) -> Problem:
        seconds = math.ceil(min(self._deadline, _RETRY_SECONDS))
        return Problem(
            "busy",
            f"Every worker is busy and {self._queue_limit} callers may wait. Nothing was read or "
            f"kept. Try again in {seconds} seconds.",
            extra={"retryAfter": seconds},
        )


class _Broken(Exception):
    """A pool's process ended before it took up a task."""


class _Slot:
    """One worker: a pool of one process, made anew when it breaks."""

    def __init__(self, limits: Limits, deadline: float, memory: int) -> None:
        self._deadline = deadline
        self._arguments = (limits, deadline, memory, os.getpid())
        self._pool = self._new_pool()
        self._under_way: ProcessFuture[Any] | None = None
        self._stopped = False

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=1,
            initializer=_prepare,
            initargs=self._arguments,
            context=multiprocessing.get_context("spawn"),
        )

    def warm_up(self) -> None:
        self._pool.schedule(_do_nothing)

    def stop(self) -> None:
        self._stopped = True
        if self._under_way is not None:
            self._under_way.cancel()  # type: ignore[no-untyped-call]
        self._end_pool()

    def _end_pool(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def run(self, function: Callable[..., _Answer], *arguments: Any) -> _Answer:
        """Run a function in the worker; the deadline counts from when the worker takes it up.

        Raises:
            Problem: out-of-time, out-of-memory, engine-failed or internal.
        """
        try:
            return self._attempt(function, arguments)
        except _Broken:
            # It ended while it was idle, or before it took up the task: another may try.
            self._replace()
        try:
            return self._attempt(function, arguments)
        except _Broken as error:
            self._replace()
            raise _private_problem(
                "engine-failed", "No worker could be started for the assessment", error
            ) from error

    def _attempt(self, function: Callable[..., _Answer], arguments: tuple[Any, ...]) -> _Answer:
        future = None
        try:
            future = self._pool.schedule(function, args=arguments, timeout=self._deadline)
            self._under_way = future
            return future.result(timeout=_START_SECONDS + self._deadline)
        except TimeoutError:
            if future is not None and not future.done():
                self._replace()
            raise self._out_of_time() from None
        except ProcessExpired as error:
            raise self._ended(error.exitcode) from error
        except (RuntimeError, OSError, CancelledError) as error:
            raise _Broken from error
        finally:
            self._under_way = None

    def _replace(self) -> None:
        if self._stopped:
            raise Problem(
                "busy",
                "The service is stopping. Nothing was kept. Try again in a while.",
                extra={"retryAfter": _RETRY_SECONDS},
            )
        self._end_pool()
        self._pool = self._new_pool()

    def _ended(self, exit_code: int | None) -> Problem:
        if exit_code == -signal.SIGALRM:
            return self._out_of_time()
        if exit_code in _MEMORY_EXITS:
            return Problem(
                "out-of-memory",
                "The assessment needed more memory than one may use here, and was ended. Nothing "
                "was kept. Send one structure at a time, without what the rules do not ask for.",
            )
        return _private_problem(
            "internal", "The assessment ended before it was done", exit_code=exit_code
        )

    def _out_of_time(self) -> Problem:
        return Problem(
            "out-of-time",
            f"The assessment took longer than {self._deadline:g} seconds and was ended. Nothing was "
            "kept. Send one structure at a time, or ask for engine=fast.",
        )


def log_privately(log: logging.Logger, what: str, error: BaseException | None) -> str:
    """Log an exception without its text, which may quote a submission (SECURITY S23, S24).

    Args:
        log: where to.
        what: what happened, in words of ours.
        error: the exception.

    Returns:
        An identifier of the incident, for the log and for the user.
    """
    incident = uuid.uuid4().hex[:12]
    frames = "".join(traceback.format_tb(error.__traceback__)) if error else ""
    log.error("incident %s: %s: %s\n%s", incident, what, type(error).__name__, frames)
    return incident


def _private_problem(
    slug: str, what: str, error: BaseException | None = None, exit_code: int | None = None
) -> Problem:
    code = "" if exit_code is None else f" (exit code {exit_code})"
    incident = log_privately(_LOG, what + code, error)
    return Problem(
        slug,
        f"{what}. Nothing was kept. If it happens again, report incident {incident}.",
        extra={"instance": f"urn:dutygraph:incident:{incident}"},
    )


# --- inside a worker ----------------------------------------------------------------------------


class _Worker:
    """What a worker process holds between two tasks. Exists in workers only."""

    pipeline: Pipeline
    deadline: float


def _prepare(limits: Limits, deadline: float, memory: int, owner: int) -> None:
    """Bound this process, tie its life to its owner's and load what every task needs."""
    silence_libraries("%(levelname)s %(name)s: %(message)s")
    # Pebble's own handler waits for the interpreter, which a busy engine does not give back.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _die_with(owner)
    # A core file would hold the submission.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # macOS refuses it; there, only the deadline bounds a worker.
        size = memory * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    _Worker.deadline = deadline
    _Worker.pipeline = Pipeline.load(limits)
    for name in ENGINE_NAMES:
        _Worker.pipeline.engine(name)


def _die_with(owner: int) -> None:
    """End this process soon after its owner has gone, even where that was killed.

    Not by the kernel's parent-death signal: that comes when the thread ends that started the child,
    and the callers' threads end all the time. A task that keeps the interpreter busy is ended by its
    own alarm.
    """

    def watch() -> None:
        while os.getppid() == owner:
            time.sleep(_OWNER_CHECK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="owner-watch", daemon=True).start()


def _do_nothing() -> None:
    pass


def _perform(task: Task[Any]) -> Any:
    """Run one task; a problem is an answer, so that it crosses with every field."""
    signal.setitimer(signal.ITIMER_REAL, _Worker.deadline + _ALARM_GRACE_SECONDS)
    try:
        return task.perform(_Worker.pipeline)
    except Problem as problem:
        return problem
    except EngineFailed as error:
        return _private_problem("engine-failed", "The validation engine failed", error)
    except MemoryError:
        _give_up()
    except BaseException as error:  # a panic of a Rust library is no Exception
        return _private_problem("internal", "The assessment could not be finished", error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _give_up() -> NoReturn:
    """End without a word: a process that ran out of memory is not fit for another task."""
    os._exit(_OUT_OF_MEMORY_EXIT)


def _check_engines() -> dict[str, str]:
    pipeline = _Worker.pipeline
    facts = b"<urn:dutygraph:a> <urn:dutygraph:b> <urn:dutygraph:c> .\n"
    versions = {}
    for name in ENGINE_NAMES:
        engine = pipeline.engine(name)
        engine.validate(facts)
        versions[name] = engine.version
    return versions
