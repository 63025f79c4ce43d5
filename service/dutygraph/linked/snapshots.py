"""Every version of the dataset that was ever named here, kept as its files.

Owns: the folder of the versions, how one is written and read. Must not: make a file's contents, or
serve one.

A version that somebody may have cited has to answer after the data have changed. So the files of a
version are kept as soon as anybody is told its name; a folder appears whole or not at all.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dutygraph.linked.dumps import Dumps, File
from dutygraph.triples import NamedNode

__all__ = ["Snapshots"]

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,80}")
_ABOUT = "about.json"
_LISTS = ("whole", "graphs")


class Snapshots:
    """The versions that are kept in a folder.

    Args:
        folder: where; it is made with the first version. None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def keep(self, dumps: Dumps) -> None:
        """Keep a version, if it is not there yet.

        Raises:
            OSError: the folder cannot be written.
        """
        if self._folder is None or (self._folder / dumps.version).exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=self._folder))
        try:
            for file in (*dumps.whole, *dumps.graphs):
                path = new / file.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.body)
            (new / _ABOUT).write_text(json.dumps(_about(dumps), indent=1), encoding="utf-8")
            new.rename(self._folder / dumps.version)
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
            # Another process may have kept it meanwhile.
            if not (self._folder / dumps.version).exists():
                raise

    def versions(self) -> list[str]:
        """The versions that are kept, the latest first kept last."""
        if self._folder is None or not self._folder.is_dir():
            return []
        found = [p for p in self._folder.iterdir() if _VERSION.fullmatch(p.name)]
        return [p.name for p in sorted(found, key=lambda p: (p.stat().st_mtime, p.name))]

    def read(self, version: str) -> Dumps | None:
        """A version, or None where it is not kept."""
        if self._folder is None or not _VERSION.fullmatch(version):
            return None
        folder = self._folder / version
        try:
            about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        for each in _LISTS:
            about[each] = tuple(_file(folder, **said) for said in about[each])
        return Dumps(**about)


def _about(dumps: Dumps) -> dict[str, Any]:
    about = asdict(dumps)
    for each in _LISTS:
        for said, file in zip(about[each], getattr(dumps, each), strict=True):
            del said["body"]
            said["graph"] = file.graph.value if file.graph else None
    return about


def _file(folder: Path, name: str, graph: str | None, **said: Any) -> File:
    body = (folder / name).read_bytes()
    return File(name=name, body=body, graph=NamedNode(graph) if graph else None, **said)
