"""What every test may use: the rulebook, read once, and the two engines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dutygraph.engines import ENGINE_NAMES, Engine, make_engine
from dutygraph.rooms import room
from dutygraph.rulebook import Rulebook
from tests.examples import the_rulebook


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    """The rulebook of this checkout."""
    return the_rulebook()


@pytest.fixture(scope="session")
def engines(rulebook: Rulebook) -> dict[str, Engine]:
    """Both engines, with the shapes prepared."""
    return {name: make_engine(name, rulebook.shapes) for name in ENGINE_NAMES}


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of the rules' examples."""
    return room("shapes") / "examples"


# Files whose tests stand alone, rule by rule; the tests of any other file share what they set up.
_BY_RULE = ("test_examples", "test_polarity", "test_engine_agreement", "test_explaining")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together, in one process, what shares a fixture: a file, or the tests of one rule."""
    for item in items:
        file = item.path.stem
        name = item.name.partition("[")[2] if file in _BY_RULE else ""
        # Examples are called after their rule with a number at the end.
        item.add_marker(
            pytest.mark.xdist_group(file + re.sub(r"-?\d*-?(fast|reference)?\]$", "", name))
        )
