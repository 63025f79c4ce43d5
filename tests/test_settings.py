"""The settings: defaults, what a value may be, and what a bad one is answered with."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from dutygraph import cli
from dutygraph.errors import Problem
from dutygraph.settings import PREFIX, Settings, StoreFolder, StoreServer, unknown_settings


def test_nothing_set_is_the_defaults():
    """An empty environment, and empty variables, give the defaults."""
    assert Settings.from_environment({}) == Settings()
    empty = {PREFIX + f.name.upper(): " " for f in fields(Settings)}
    assert Settings.from_environment(empty) == Settings()


def test_the_documented_defaults():
    """Thirty seconds, two GiB and ten MiB are what the documentation promises."""
    settings = Settings()
    assert (settings.deadline, settings.memory) == (30.0, 2048)
    assert (settings.body_limit, settings.statement_limit) == (10 * 1024 * 1024, 200_000)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("BODY_LIMIT", "1000", 1000),
        ("STATEMENT_LIMIT", " 5 ", 5),
        ("DEADLINE", "0.5", 0.5),
        ("MEMORY", "512", 512),
        ("QUEUE", "0", 0),
        ("WORKERS", "3", 3),
        ("PROCESSES", "3", 3),
        ("PUBLIC_ADDRESS", "https://example.org/duty", "https://example.org/duty/"),
        ("STORE", "/srv/store", StoreFolder(Path("/srv/store"))),
        ("TOKENS", "/etc/dutygraph/tokens.json", Path("/etc/dutygraph/tokens.json")),
        ("PUBLIC_TIER", "first-tier", "first-tier"),
        ("QUERY_DEADLINE", "2.5", 2.5),
        ("ANSWER_LIMIT", "1000", 1000),
        ("ROW_LIMIT", "1000", 1000),
        ("QUERIES", "3", 3),
        ("READ_RATE", "0", 0),
        ("WORK_RATE", "20", 20),
        ("PROXIES", "1", 1),
        ("METRICS_PORT", "none", None),
        ("LOG_DAYS", "30", 30),
    ],
)
def test_every_setting_is_read(name, text, value):
    """Each variable of the table changes its own setting and no other."""
    settings = Settings.from_environment({PREFIX + name: text})
    assert getattr(settings, name.lower()) == value
    changed = {f.name for f in fields(Settings) if getattr(settings, f.name) != f.default}
    assert changed == {name.lower()}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("none", None),
        ("store", StoreFolder(Path.cwd() / "store")),
        ("~/graphs and more", StoreFolder(Path.home() / "graphs and more")),
        (
            "http://localhost:3030/ds/query http://localhost:3030/ds/data",
            StoreServer("http://localhost:3030/ds/query", "http://localhost:3030/ds/data"),
        ),
    ],
)
def test_a_store_is_a_folder_a_server_or_none(text, place):
    """One setting names a folder, which becomes absolute, a server by two addresses, or nothing."""
    assert Settings.from_environment({PREFIX + "STORE": text}).store == place


def test_every_setting_has_a_test_above():
    """The parametrised list names every field of the table."""
    marks = test_every_setting_is_read.pytestmark
    assert {row[0].lower() for row in marks[0].args[1]} == {f.name for f in fields(Settings)}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("DEADLINE", "soon", "a number of seconds"),
        ("DEADLINE", "0", "between 0.1 and 3600"),
        ("DEADLINE", "nan", "between 0.1 and 3600"),
        ("MEMORY", "2GiB", "a number of MiB"),
        ("MEMORY", "1", "the least is 64"),
        ("QUEUE", "-1", "the least is 0"),
        ("WORKERS", "0", "the least is 1"),
        ("WORKERS", "2.5", "a whole number"),
        ("PUBLIC_ADDRESS", "example.org", "http or https"),
        ("PUBLIC_ADDRESS", "ftp://example.org/", "http or https"),
        ("PUBLIC_ADDRESS", "https://example.org/?a=b", "http or https"),
        ("STORE", "https://example.org/query", "two addresses"),
        ("STORE", "https://example.org/query https://example.org/data more", "two addresses"),
        ("STORE", "https://example.org/query ftp://example.org/data", "http or https"),
        ("QUERY_DEADLINE", "never", "a number of seconds"),
        ("ANSWER_LIMIT", "0", "the least is 1"),
        ("WORK_RATE", "-1", "the least is 0"),
        ("PROXIES", "many", "a whole number"),
        ("METRICS_PORT", "70000", "between 0 and 65535"),
        ("LOG_DAYS", "-1", "the least is 0"),
    ],
)
def test_a_bad_value_names_the_variable_and_what_it_takes(name, text, says):
    """The message holds the variable, the value, what it takes and what it is for."""
    with pytest.raises(Problem) as caught:
        Settings.from_environment({PREFIX + name: text})
    assert caught.value.slug == "bad-parameter"
    help = next(f.metadata["help"] for f in fields(Settings) if f.name == name.lower())
    for part in (PREFIX + name, f"“{text}”", says, help):
        assert part in caught.value.detail


def test_a_misspelt_variable_is_noticed():
    """A variable with our prefix that is no setting is named with the nearest."""
    environment = {"DUTYGRAPH_DEADLIN": "3", "DUTYGRAPH_SERVICE_HOST": "10.0.0.1", "PATH": "/bin"}
    found = unknown_settings(environment)
    assert found["DUTYGRAPH_DEADLIN"] == "DUTYGRAPH_DEADLINE"
    assert set(found) == {"DUTYGRAPH_DEADLIN", "DUTYGRAPH_SERVICE_HOST"}


def test_settings_do_not_change():
    """Settings are read once; nothing writes into them."""
    with pytest.raises(FrozenInstanceError):
        Settings().deadline = 1  # type: ignore[misc]


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda f: f.name)
def test_every_setting_is_explained_in_one_sentence(setting):
    """Each setting has help of one sentence and says what kind of value it takes."""
    assert setting.metadata["help"].endswith(".")
    assert ". " not in setting.metadata["help"]
    assert setting.metadata["kind"]


def test_every_setting_is_shown_with_its_value_and_help(monkeypatch, capfdbinary):
    """`serve --settings` prints each variable, as it is set now, and starts nothing."""
    monkeypatch.setenv("DUTYGRAPH_QUEUE", "3")
    assert cli.run(["serve", "--settings"]) == 0
    shown = capfdbinary.readouterr().out.decode()
    for setting in fields(Settings):
        assert f"\n{PREFIX}{setting.name.upper()}=" in f"\n{shown}"
        assert setting.metadata["help"].split()[-1] in shown
    assert "DUTYGRAPH_QUEUE=3\n" in shown
