"""`token new`, `token list` and `token revoke`: who may publish, from the command line.

Owns: their arguments, and what they say. Must not keep a token.
"""

from __future__ import annotations

import json
from typing import Any

import click

from dutygraph.cli.group import cli, example
from dutygraph.cli.talking import NOTHING, say
from dutygraph.errors import Problem


@cli.group(
    short_help="Make, list and revoke the tokens that councils publish with.",
    epilog=example("dutygraph token new coventry"),
)
def token() -> None:
    """Make, list and revoke the tokens that councils publish with."""


@token.command(
    short_help="Make a token for a council.",
    epilog=example('dutygraph token new coventry --note "Governance team, until March"'),
)
@click.argument("authority")
@click.option("--note", default="", help="For your own list; nobody else sees it.")
@click.option(
    "--not-in-register",
    is_flag=True,
    help="The council is not in the national register, such as one that is to be.",
)
def new(authority: str, note: str, not_in_register: bool) -> int:
    """Make a token for AUTHORITY, which then writes the graphs below /graphs/AUTHORITY/.

    AUTHORITY is the last part of the council's identifier, such as coventry, or all of it. The token
    is printed once and kept nowhere: what is kept is its hash.
    """
    name = _authority(authority, not_in_register)
    made, presented = _file().new(name, note)
    say(f"The token {made.id} of {name}, shown this once:")
    click.echo(presented)
    return NOTHING


@token.command("list", short_help="List the tokens.", epilog=example("dutygraph token list"))
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def list_(form: str) -> int:
    """List every token: its id, its council, when it was made and revoked, and the note."""
    rows = [
        {
            "id": t.id,
            "authority": t.authority,
            "created": t.created,
            "revoked": t.revoked,
            "note": t.note,
        }
        for t in _file().all()
    ]
    if form == "json":
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return NOTHING
    if not rows:
        say("There is no token yet. `dutygraph token new` makes one.")
    for row in rows:
        state = f"revoked {row['revoked']}" if row["revoked"] else "good"
        click.echo(f"{row['id']}  {row['authority']}  {row['created']}  {state}  {row['note']}")
    return NOTHING


@token.command(short_help="End a token.", epilog=example("dutygraph token revoke 0a1b2c3d4e5f"))
@click.argument("id")
def revoke(id: str) -> int:
    """End the token with this ID at once; what was published with it stays."""
    ended = _file().revoke(id)
    say(f"The token {ended.id} of {ended.authority} ended on {ended.revoked}.")
    return NOTHING


def _file() -> Any:
    from dutygraph.publishing.tokens import token_file
    from dutygraph.settings import Settings

    return token_file(Settings.from_environment())


def _authority(text: str, not_in_register: bool) -> str:
    """The last part of the identifier of a council.

    Raises:
        Problem: bad-parameter, with the nearest in the register.
    """
    from difflib import get_close_matches

    from dutygraph.publishing.names import GraphName
    from dutygraph.rulebook import Rulebook
    from dutygraph.scope import is_registered
    from dutygraph.terms import AUTHORITY, DG

    name = text.removeprefix(AUTHORITY.base)
    council = GraphName(name, "any").council
    rulebook = Rulebook.load()
    if not_in_register or is_registered(rulebook, council):
        return name
    known = [
        str(a.value).removeprefix(AUTHORITY.base) for a in rulebook.graph.instances(DG.Authority)
    ]
    near = get_close_matches(name[:60], known, 3)
    hint = f"The nearest are {', '.join(near)}." if near else "None is near it."
    raise Problem(
        "bad-parameter",
        f"“{name}” is not in the national register. {hint} If it is right all the same, say "
        "--not-in-register.",
    )
