"""Every example in the documentation is run, and says what the documentation says it says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dutygraph
from dutygraph.codebook import codebook
from dutygraph.dataset import Dataset
from dutygraph.rooms import room

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (room("data") / "GUIDE.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# A fenced block, with the language and the text.
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
COVENTRY = room("data") / "documents" / "004" / "coventry-2017-01-24.ttl"


def commands(text: str, program: str) -> list[str]:
    """The lines of console blocks that run a program."""
    lines = [
        line for kind, body in BLOCK.findall(text) if kind == "console" for line in body.split("\n")
    ]
    return [line for line in lines if line.split(" ")[0] == program]


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `dutygraph …`, with redirections, in a folder."""
    command, _, target = command.partition(" > ")
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"XDG_DATA_HOME": str(folder / "home")},
    )
    if target:
        (folder / target.strip()).write_text(done.stdout, encoding="utf-8")
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a description and three options, and the rooms beside it."""
    shutil.copy(COVENTRY, tmp_path / "structure.ttl")
    (tmp_path / "shapes").symlink_to(room("shapes"))
    (tmp_path / "data").symlink_to(room("data"))
    for name, option in (
        ("today", "today"),
        ("option-1", "shared"),
        ("option-2", "shared-carefully"),
    ):
        shutil.copy(ROOT / "tests" / "comparison" / f"{option}.ttl", tmp_path / f"{name}.ttl")
    for side in ("torbay", "plymouth"):
        shutil.copy(ROOT / "tests" / "agreement" / "agree" / f"{side}.ttl", tmp_path)
    (tmp_path / "change.rdfp").write_text(
        'A <https://example.org/change> <https://w3id.org/dutygraph/def/note> "Planned." .\n'
    )
    return tmp_path


# A service runs on, and a partner is somebody else's; test_two_councils.py subscribes to one.
RUNNABLE = [
    c for c in commands(README, "dutygraph") if not re.search(r" (serve|subscribe) ", f"{c} ")
]


@pytest.mark.parametrize("command", RUNNABLE)
def test_the_commands_of_the_readme_run(command: str, folder: Path) -> None:
    """Each command of the README ends with 0 or, where something is found, with 1, and says something."""
    done = run(command, folder)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout or done.stderr or (folder / "report.html").exists()


def test_the_readme_example_fails_as_the_readme_says() -> None:
    """The failing structure in the README is the file named there, and its finding is the real one."""
    command = next(c for c in commands(README, "dutygraph") if "examples/" in c)
    done = run(command, ROOT)
    shown = [body for kind, body in BLOCK.findall(README) if kind == "text"]
    assert done.returncode == 1
    assert shown
    assert all(body.strip() in done.stdout for body in shown)
    described = [body for kind, body in BLOCK.findall(README) if kind == "turtle"]
    text = (ROOT / command.split()[2]).read_text(encoding="utf-8")
    assert described
    assert all(body.strip() in text for body in described)


def test_the_python_example_runs(folder: Path) -> None:
    """The Python lines of the README run as they stand and print a verdict."""
    lines = next(body for kind, body in BLOCK.findall(README) if kind == "python")
    done = subprocess.run(
        [sys.executable, "-c", lines], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip() in ("breaches", "departures", "undecided", "conforms")


def test_every_make_target_that_is_named_exists() -> None:
    """What the documents ask to be made can be made."""
    named = set(re.findall(r"`make ([a-z-]+)", README + CONTRIBUTING)) | {"demo"}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert named <= targets


def test_every_file_that_is_named_exists() -> None:
    """Links and folder names in the documents lead somewhere."""
    links = re.findall(r"\]\(([^)#:]+)\)", README + CONTRIBUTING)
    folders = re.findall(
        r"`((?:ontology|shapes|data|service|tests|benchmarks)/[\w./-]*)`", README + CONTRIBUTING
    )
    assert links
    assert folders
    assert not [name for name in (*links, *folders) if not (ROOT / name).exists()]


def test_the_law_is_as_at_the_day_that_the_readme_gives() -> None:
    """The README states the rulebook's own day."""
    report = dutygraph.assess(COVENTRY.read_bytes())
    year, month, day = report["rulebook"]["lawAsAt"].split("-")
    months = "January February March April May June July August September October November December"
    assert f"**{int(day)} {months.split()[int(month) - 1]} {year}**" in README


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Everything that is known."""
    return Dataset.load()


@pytest.mark.parametrize("query", [body for kind, body in BLOCK.findall(GUIDE) if kind == "sparql"])
def test_the_queries_of_the_guide_find_something(query: str, dataset: Dataset) -> None:
    """Each query of the guide runs as it stands and has rows, with no column that is always empty."""
    answer = dataset.query(query)
    assert answer.rows
    for column in range(len(answer.variables)):
        assert any(row[column] is not None for row in answer.rows), answer.variables[column]


@pytest.mark.parametrize("command", commands(GUIDE, "dutygraph"))
def test_the_commands_of_the_guide_run(command: str, folder: Path) -> None:
    """Each command of the guide prints an answer."""
    done = run(command, folder)
    assert done.returncode == 0 and done.stdout, done.stderr


def test_the_guide_names_terms_that_exist(dataset: Dataset) -> None:
    """Every term, code and structure that the guide names is there."""
    words = set(re.findall(r"`((?:dg|code|st|src|org|qb):[\w-]+)", GUIDE))
    missing = [
        w
        for w in sorted(words)
        if not dataset.query(
            f"ASK {{ {{ {w} ?p ?o }} UNION {{ ?s {w} ?o }} UNION {{ ?s ?p {w} }} }}"
        ).truth
    ]
    assert missing == []
    structures = set(
        re.findall(
            r"`((?:torbay|model|coventry|darlington|hartlepool|redcar|tri|richmond|teeswide|hampshire)-[\w-]*\d[\w-]*)`",
            GUIDE,
        )
    )
    assert structures
    for name in structures:
        assert dataset.query(f"ASK {{ st:{name} a dg:Structure }}").truth, name


def test_the_codebook_is_that_of_the_data(dataset: Dataset) -> None:
    """The file is what `make codebook` writes today."""
    assert (room("data") / "CODEBOOK.md").read_text(encoding="utf-8") == codebook(dataset)
