"""What a checkout promises to pip, make and whoever installs a wheel.

Owns: the checks of pyproject.toml, the lock files, the Makefile and the wheel's content.
Must not: need a network.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"
LOCKS = ["base.lock", "build.lock", "dev.lock"]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME: list[str] = PYPROJECT["project"]["dependencies"]
DEVELOPMENT: list[str] = PYPROJECT["project"]["optional-dependencies"]["dev"]
BUILD: list[str] = PYPROJECT["dependency-groups"]["build"]


def locked(lock: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Every requirement of a lock file by its name, with the hashes that it may have."""
    text = (REQUIREMENTS / lock).read_text(encoding="utf-8")
    lines = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for line in lines:
        stated, *hashes = line.split("--hash=")
        requirement = Requirement(stated.strip())
        found[canonicalize_name(requirement.name)] = (requirement, [h.strip() for h in hashes])
    return found


def version_locked(requirement: Requirement) -> str:
    """The one version that a line of a lock file allows."""
    (specifier,) = requirement.specifier
    assert specifier.operator == "==", requirement
    return specifier.version


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_requirement_has_one_version_and_hashes(lock: str) -> None:
    """A lock file names one exact version of each package and at least one SHA-256 for it."""
    requirements = locked(lock)
    assert requirements
    for requirement, hashes in requirements.values():
        assert version_locked(requirement)
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_a_host(lock: str) -> None:
    """A lock file holds no address, no index and no folder, so that any mirror can serve it."""
    text = (REQUIREMENTS / lock).read_text(encoding="utf-8")
    assert not re.findall(r"\S*://\S*|^\s*-(?!-hash=).*|--index\S*|--find-links| @ ", text, re.M)


@pytest.mark.parametrize(
    ("stated", "lock"),
    [
        (RUNTIME, "base.lock"),
        (BUILD, "build.lock"),
        (RUNTIME + DEVELOPMENT + BUILD, "dev.lock"),
        (PYPROJECT["build-system"]["requires"], "build.lock"),
    ],
)
def test_every_dependency_is_locked_within_its_bounds(stated: list[str], lock: str) -> None:
    """What pyproject.toml asks for is in the lock file, in a version that it allows."""
    requirements = locked(lock)
    for dependency in map(Requirement, stated):
        name = canonicalize_name(dependency.name)
        assert name in requirements, f"{name} is not in {lock}: run 'make lock'"
        version = version_locked(requirements[name][0])
        assert dependency.specifier.contains(version), f"{dependency} is locked as {version}"


@pytest.mark.parametrize("lock", ["base.lock", "build.lock"])
def test_the_locks_agree(lock: str) -> None:
    """A developer tests with the very versions that an operator installs."""
    developed = locked("dev.lock")
    for name, (requirement, hashes) in locked(lock).items():
        assert name in developed
        assert version_locked(developed[name][0]) == version_locked(requirement)
        assert developed[name][1] == hashes


def test_every_direct_dependency_is_explained() -> None:
    """The table of dependencies lists each one once with a licence and a purpose, and no other."""
    text = (REQUIREMENTS / "README.md").read_text(encoding="utf-8")
    section = text.split("## Direct dependencies")[1]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| ") and not line.startswith(("| ---", "| package"))
    ]
    assert all(len(row) == 3 and all(row) for row in rows)
    stated = {canonicalize_name(Requirement(each).name) for each in RUNTIME + DEVELOPMENT + BUILD}
    assert sorted(row[0] for row in rows) == sorted(stated)


def test_help_lists_every_target() -> None:
    """`make help` says a sentence on every target, each of them is phony, and it is the default."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", text, re.MULTILINE))
    (phony,) = re.findall(r"^\.PHONY: ([a-z].*)$", text, re.MULTILINE)
    assert targets == set(phony.split())
    make = shutil.which("make")
    assert make is not None
    for arguments in ([], ["help"]):
        printed = subprocess.run(
            [make, "--no-print-directory", "-C", str(ROOT), *arguments],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        listed = dict(line.split(maxsplit=1) for line in printed.splitlines())
        assert set(listed) == targets
        assert all(sentence.endswith(".") for sentence in listed.values())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    """The wheel, built from this checkout by the locked backend, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return zipfile.Path(zipfile.ZipFile(built))


@pytest.mark.parametrize("room", ["ontology", "shapes", "data"])
def test_the_wheel_carries_every_file_of_a_room(wheel: zipfile.Path, room: str) -> None:
    """Each file of the ontology, the shapes and the data is in the wheel, byte for byte."""
    files = [
        path
        for path in (ROOT / room).rglob("*")
        if path.is_file() and not path.name.startswith(".") and "__pycache__" not in path.parts
    ]
    assert files, f"{room}/ is empty"
    for path in files:
        carried = wheel / "dutygraph" / "_rooms" / path.relative_to(ROOT).as_posix()
        assert carried.exists(), f"the wheel lacks {path.relative_to(ROOT)}"
        assert carried.read_bytes() == path.read_bytes()


def test_the_wheel_carries_the_package_and_the_licences(wheel: zipfile.Path) -> None:
    """The wheel has every module, the command, both licences and nothing beside the package."""
    modules = (ROOT / "service" / "dutygraph").rglob("*.py")
    for module in modules:
        assert (wheel / module.relative_to(ROOT / "service").as_posix()).exists(), module
    (info,) = (entry for entry in wheel.iterdir() if entry.name.endswith(".dist-info"))
    assert "dutygraph = dutygraph.cli:main" in (info / "entry_points.txt").read_text("utf-8")
    assert (info / "licenses" / "LICENSE").exists()
    assert (info / "licenses" / "LICENSES" / "CC-BY-4.0.txt").exists()
    assert {entry.name for entry in wheel.iterdir()} == {"dutygraph", info.name}


def test_the_wheel_has_the_version_of_the_package(wheel: zipfile.Path) -> None:
    """The wheel's version is the one that the package says of itself."""
    source = (ROOT / "service" / "dutygraph" / "__init__.py").read_text(encoding="utf-8")
    (version,) = re.findall(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    (info,) = (entry for entry in wheel.iterdir() if entry.name.endswith(".dist-info"))
    assert info.name == f"dutygraph-{version}.dist-info"
