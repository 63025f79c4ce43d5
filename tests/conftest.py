"""What every test may use: the rulebook, read once, and the two engines."""

from __future__ import annotations

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
