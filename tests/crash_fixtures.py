"""Writers, the store's server and its keeper, killed at random moments and all at the same time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from dutygraph.store import store_of
from tests.store_fixtures import settings_of, start_server

WRITERS = 3


@dataclass(frozen=True)
class Acknowledged:
    """What the writers were told while they were killed.

    Args:
        written: the updates that they were told are made, each as they wrote it down.
        mixed: whatever a reader saw that is no whole version.
    """

    written: Counter[str]
    mixed: list[str]


class Crashes:
    """A store and those who write to it, to be killed. SEED in the environment repeats a run.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self._seed = int(os.environ.get("SEED") or random.randrange(10**6))  # noqa: S311
        print(f"SEED={self._seed}")
        self._folder, self._log = folder / "store", folder / "acknowledged"
        self._server = start_server(self._folder)
        store = store_of(settings_of(self._folder))
        assert store is not None
        self.store = store

    def run(
        self,
        rounds: int,
        pause: float,
        start: Callable[[Path, int, Path], subprocess.Popen[bytes]],
        look: Callable[[], Iterable[str]],
    ) -> Acknowledged:
        """Kill somebody again and again.

        Args:
            rounds: how often.
            pause: the most seconds between two times.
            start: starts a writer on a folder, with a seed and the file for what is acknowledged.
            look: reads every graph, and says of each what is wrong with it, if anything; called
                all the time.
        """
        killed: Counter[str] = Counter()
        mixed: list[str] = []
        reads, over = 0, threading.Event()

        def read() -> None:
            nonlocal reads
            while not over.is_set():
                for fault in look():
                    reads += 1
                    if fault:
                        mixed.append(fault)

        reader = threading.Thread(target=read)
        reader.start()
        writers = [start(self._folder, self._seed + n, self._log) for n in range(WRITERS)]
        chosen = random.Random(self._seed)  # noqa: S311
        try:
            time.sleep(2)
            for n in range(rounds):
                time.sleep(chosen.uniform(0.02, pause))
                victim = chosen.choice(["writer", "writer", "server", "keeper"])
                killed[victim] += 1
                if victim == "writer":
                    which = chosen.randrange(len(writers))
                    writers[which].kill()
                    writers[which].wait()
                    writers[which] = start(self._folder, self._seed + 100 + n, self._log)
                else:
                    self._kill(victim)
            time.sleep(2)
        finally:
            for writer in writers:
                writer.kill()
                writer.wait()
            over.set()
            reader.join()
        # What was under way is finished by whoever writes next.
        with self.store.writer.writing():
            pass
        lines = self._log.read_text(encoding="utf-8").splitlines()
        written = Counter(line for line in lines if " " in line)
        refused = Counter(line for line in lines if " " not in line)
        print(f"{written.total()} acknowledged, {reads} reads, killed {killed}, refused {refused}")
        return Acknowledged(written, mixed)

    def _kill(self, victim: str) -> None:
        if victim == "server":
            running = self.store.files.running()
            if running is not None:
                os.kill(running.pid, signal.SIGKILL)
            return
        assert self._server._keeper is not None
        os.kill(self._server._keeper.pid, signal.SIGKILL)
        self._server.stop()
        self._server = start_server(self._folder)

    def close(self) -> None:
        """Close the store and stop its server."""
        self.store.client.close()
        self._server.stop()
