"""The councils' tokens: made, listed, revoked by the command line; hashed at rest."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dutygraph.errors import Problem
from dutygraph.publishing import tokens as tokens_module
from dutygraph.publishing.tokens import TokenFile, token_file
from dutygraph.settings import Settings, StoreFolder, StoreServer, data_home
from tests.store_fixtures import PACKAGE


@pytest.fixture(name="file")
def a_file_of_tokens(tmp_path: Path) -> TokenFile:
    """A file that is not there yet, in a folder that is not there either."""
    return TokenFile(tmp_path / "some" / "where" / "tokens.json")


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `dutygraph token` on the tokens beside a store."""
    return subprocess.run(
        [sys.executable, "-m", "dutygraph", "token", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": PACKAGE, "DUTYGRAPH_STORE": str(folder)},
    )


def test_a_token_is_recognised_and_kept_as_a_hash(file):
    """Who presents it is known; the file holds its hash and is readable by its owner alone."""
    made, presented = file.new("coventry", "governance")
    assert file.recognise(presented) == made
    secret = presented.split("_", 2)[2]
    assert len(secret) == 43, "256 bits in base64url"
    content = file.path.read_text(encoding="utf-8")
    assert secret not in content and made.sha256 in content
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert not list(file.path.parent.glob("*.new"))


def test_no_two_tokens_are_alike(file):
    """A hundred tokens have a hundred ids and secrets, and each is recognised as itself."""
    made = [file.new("coventry") for _ in range(100)]
    assert len({t.id for t, _ in made}) == len({p for _, p in made}) == 100
    assert all(file.recognise(presented) == token for token, presented in made)


@pytest.mark.parametrize(
    "alter",
    [
        lambda t: "",
        lambda t: t[:-1],
        lambda t: t + "A",
        lambda t: t.upper(),
        lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"),
        lambda t: t.replace("dg1_", "dg2_"),
        lambda t: t.split("_", 2)[2],
        lambda t: "dg1_" + "0" * 12 + "_" + t.split("_", 2)[2],
        lambda t: t.encode().hex(),
    ],
)
def test_what_is_not_the_token_is_nobody(alter, file):
    """Nothing but the whole token is recognised, and not its parts either."""
    _, presented = file.new("coventry")
    assert file.recognise(alter(presented)) is None


def test_the_hash_is_no_token(file):
    """Who has read the file cannot write with what is in it."""
    made, _ = file.new("coventry")
    assert file.recognise(f"dg1_{made.id}_{made.sha256}") is None
    assert file.recognise(f"dg1_{made.id}_{made.sha256[:43]}") is None


def test_a_revoked_token_ends_and_stays_in_the_list(file):
    """The one is refused from then on and the other is not; revoking again changes nothing."""
    (first, presented), (_, other) = file.new("coventry"), file.new("torbay")
    ended = file.revoke(first.id)
    assert ended.revoked and file.recognise(presented) is None
    assert file.recognise(other) is not None
    assert file.revoke(first.id) == ended
    assert [t.id for t in file.all()][0] == first.id
    with pytest.raises(Problem) as raised:
        file.revoke("unheard-of")
    assert raised.value.kind.slug == "unknown-token"


def test_tokens_that_are_made_at_the_same_time_are_all_kept(file):
    """Writers wait for each other: none of twenty is lost."""
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(file.new("coventry")[1])) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(file.all()) == 20 and all(file.recognise(t) for t in made)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"tokens": [{"id": "x"}]}', "\x00"])
def test_a_file_that_is_none_is_said_to_be(content, file):
    """A damaged file is a problem with its name, and lets nobody in."""
    file.new("coventry")
    file.path.write_text(content, encoding="utf-8")
    for use in (file.all, lambda: file.recognise("dg1_x"), lambda: file.new("coventry")):
        with pytest.raises(Problem) as raised:
            use()
        assert raised.value.kind.slug == "unreadable-file"
    assert file.path.read_text(encoding="utf-8") == content


@pytest.mark.parametrize("spoilt", ["held", "lock", "new"])
def test_what_keeps_a_token_from_being_written_is_said(spoilt, file, monkeypatch):
    """The refusal names the file of tokens and not the store, and nothing in it has changed."""
    file.new("coventry")
    before = file.path.read_bytes()
    beside = file.path.with_name(f"{file.path.name}.{'new' if spoilt == 'new' else 'lock'}")
    monkeypatch.setattr(tokens_module, "_LOCK_SECONDS", 0.1)
    with contextlib.ExitStack() as stack:
        if spoilt == "held":
            held = stack.enter_context(beside.open())
            fcntl.flock(held, fcntl.LOCK_EX)
        else:
            beside.unlink(missing_ok=True)
            beside.mkdir()
        with pytest.raises(Problem) as raised:
            file.new("torbay")
    assert raised.value.slug == "unreadable-file"
    assert str(file.path) in raised.value.detail and "store" not in raised.value.detail.lower()
    assert file.path.read_bytes() == before


def test_the_file_stands_beside_the_store(tmp_path):
    """A setting names it; else it is in the store's folder, or the user's for somebody's server."""
    named = Settings(tokens=tmp_path / "t.json", store=StoreFolder(tmp_path))
    assert token_file(named).path == tmp_path / "t.json"
    assert token_file(Settings(store=StoreFolder(tmp_path))).path == tmp_path / "tokens.json"
    server = Settings(store=StoreServer("http://localhost/q", "http://localhost/g"))
    assert token_file(server).path == data_home() / "tokens.json"


def test_the_commands_make_list_and_revoke(tmp_path):
    """`new` prints the token once on stdout, `list` never, `revoke` ends it."""
    made = command(tmp_path, "new", "coventry", "--note", "Team")
    assert (made.returncode, made.stdout.count("\n")) == (0, 1)
    presented = made.stdout.strip()
    file = TokenFile(tmp_path / "tokens.json")
    token = file.recognise(presented)
    assert token is not None and (token.authority, token.note) == ("coventry", "Team")
    assert token.id in made.stderr and presented not in made.stderr
    listed = command(tmp_path, "list", "--format", "json")
    (row,) = json.loads(listed.stdout)
    assert {
        "id": token.id,
        "authority": "coventry",
        "revoked": None,
        "note": "Team",
    }.items() <= row.items()
    for form in ("text", "json"):
        shown = command(tmp_path, "list", "--format", form).stdout
        assert token.id in shown and presented[20:] not in shown and token.sha256 not in shown
    assert command(tmp_path, "revoke", token.id).returncode == 0
    assert file.recognise(presented) is None
    assert "revoked" in command(tmp_path, "list").stdout
    missing = command(tmp_path, "revoke", "nothing")
    assert (missing.returncode, missing.stdout) == (2, "")


def test_a_misspelt_council_gets_no_token(tmp_path):
    """What is not in the register is refused with the nearest, unless it is said to be right."""
    wrong = command(tmp_path, "new", "coventri")
    assert (wrong.returncode, wrong.stdout) == (2, "") and "coventry" in wrong.stderr
    assert not (tmp_path / "tokens.json").exists()
    whole = command(tmp_path, "new", "https://w3id.org/dutygraph/id/authority/torbay")
    assert whole.returncode == 0
    to_be = command(tmp_path, "new", "torbay-and-devon", "--not-in-register")
    assert to_be.returncode == 0
    names = [t.authority for t in TokenFile(tmp_path / "tokens.json").all()]
    assert names == ["torbay", "torbay-and-devon"]
