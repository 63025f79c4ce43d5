"""`key`, `sign` and `verify-signature`: a council's keys and what is signed with them.

Owns: their arguments, and what they say. Must not show a private key.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import click

from dutygraph.cli.files import at_file, deliver, read
from dutygraph.cli.group import Day, cli, example, media_type_option
from dutygraph.cli.talking import NOTHING, SOMETHING, say, to_stdout
from dutygraph.errors import Problem

_N_TRIPLES = "application/n-triples"


@cli.group(short_help="The keys with which councils sign what they publish here.")
def key() -> None:
    """The keys with which councils sign what they publish here.

    They are kept beside the store. What is published while a council has a key is signed with it,
    and /keys/AUTHORITY shows its public keys.
    """


@key.command(
    name="new", short_help="Make a key for a council.", epilog=example("dutygraph key new torbay")
)
@click.argument("authority")
@click.option("--expires", type=Day(), help="The first day on which it is not right any more.")
def new_key(authority: str, expires: date | None) -> int:
    """Make a key for a council: AUTHORITY is the last part of its identifier.

    A key that is right now vouches for the new one, so that partners who trust it trust the new one,
    too. The key is printed: tell it to your partners another way, so that they can compare it.
    """
    end = datetime.combine(expires, time(), UTC) if expires else None
    made = _keyring().new(authority, datetime.now(UTC), end)
    to_stdout(made.multibase.encode() + b"\n")
    say(f"{authority} signs with this key from now on. Its private part is for this service alone.")
    return NOTHING


@key.command(name="list", short_help="List the keys.", epilog=example("dutygraph key list torbay"))
@click.argument("authority", required=False)
def list_keys(authority: str | None) -> int:
    """List the keys of one council, or of all that have one here."""
    from dutygraph.signing.keys import moment_text

    keyring, now = _keyring(), datetime.now(UTC)
    lines = []
    for council in [authority] if authority else keyring.authorities():
        for found in keyring.keys(council):
            state = "right now" if found.is_right_at(now) else "not right now"
            days = f"from {moment_text(found.created)}"
            if found.expires:
                days += f", expires {moment_text(found.expires)}"
            if found.revoked:
                days += f", revoked {moment_text(found.revoked)}"
            lines.append(f"{council}  {found.multibase}  {state}, {days}\n")
    to_stdout("".join(lines).encode())
    if not lines:
        say("There are none yet. `dutygraph key new AUTHORITY` makes one.")
    return NOTHING


@key.command(
    name="revoke",
    short_help="Say that a key is not right any more.",
    epilog=example("dutygraph key revoke torbay z6Mk..."),
)
@click.argument("authority")
@click.argument("key", metavar="KEY")
def revoke_key(authority: str, key: str) -> int:
    """Say that a KEY is not right from now on, and remove its private part.

    What it signed before still holds. Make the new key first, so that this one can vouch for it.
    """
    from dutygraph.signing.keys import moment_text

    keyring, now = _keyring(), datetime.now(UTC)
    revoked = keyring.revoke(authority, key, now)
    assert revoked.revoked is not None
    say(f"{key} is revoked since {moment_text(revoked.revoked)}.")
    if keyring.signer(authority, now) is None:
        say(
            f"{authority} has no key now: what it publishes is not signed, and partners who check "
            f"proofs refuse it. `dutygraph key new {authority}` makes one."
        )
    return NOTHING


@cli.command(
    short_help="Sign a file as a version of a council's graph.",
    epilog=example("dutygraph sign torbay.ttl --authority torbay --graph structure"),
)
@click.argument("file")
@click.option("--authority", required=True, help="The council, the last part of its identifier.")
@click.option("--graph", required=True, help="The council's own name for the graph.")
@click.option("--version", "number", type=click.IntRange(1), default=1, show_default=True)
@click.option("--previous", metavar="HASH", help="The hash of the version before (sha256:...).")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
@media_type_option
def sign(
    file: str,
    authority: str,
    graph: str,
    number: int,
    previous: str | None,
    output: Path | None,
    media_type: str | None,
) -> int:
    """Sign a FILE as a version of a council's graph, and write the proof as Turtle.

    The service does this itself when a council publishes; this is for those who publish elsewhere.
    """
    from dutygraph.canonical_form import canonical_form, hash_of
    from dutygraph.publishing.names import GraphName
    from dutygraph.signing.versions import prove_version, version_proof_in
    from dutygraph.terms import DCT, DG, SEC, XSD
    from dutygraph.triples import RdfFormat, serialize

    if (number == 1) != (previous is None):
        raise click.UsageError(
            "A version after the first needs --previous, and the first has none."
        )
    name, now = GraphName(authority, graph), datetime.now(UTC)
    with at_file(file):
        content = _triples(file, media_type)
        content_hash = hash_of(canonical_form(content))
    signer = _keyring().signer(authority, now)
    if signer is None:
        raise Problem(
            "bad-key",
            f"{authority} has no key here that is right now. `dutygraph key new {authority}` makes one.",
        )
    proof = prove_version(
        content_hash,
        graph=name.published,
        number=number,
        previous_hash=previous,
        key=signer.key,
        private_key=signer.private_key,
        now=now,
    )
    # A previous hash that is none would make a proof that nobody reads.
    version_proof_in(proof.triples())
    spaces = {"sec": SEC, "dg": DG, "dct": DCT, "xsd": XSD}
    prefixes = {prefix: space.base for prefix, space in spaces.items()}
    deliver(serialize(proof.triples(), RdfFormat.TURTLE, prefixes), output)
    say(f"Signed as version {number} of {name.published}: {content_hash}.")
    return NOTHING


@cli.command(
    name="verify-signature",
    short_help="Check that a council signed a file.",
    epilog=example("dutygraph verify-signature torbay.nt proof.ttl --keys keys.ttl"),
)
@click.argument("file")
@click.argument("proof")
@click.option("--keys", required=True, help="The council's keys, as /keys/AUTHORITY gives them.")
@click.option(
    "--key", "trusted", metavar="KEY", help="Only this key counts, or what it vouches for."
)
@media_type_option
def verify_signature(
    file: str, proof: str, keys: str, trusted: str | None, media_type: str | None
) -> int:
    """Check with a PROOF and a council's keys that the council signed a FILE.

    Exit code 0: the signature holds; 1: it does not.
    """
    from dutygraph.publishing.names import GRAPHS
    from dutygraph.signing.endorsing import endorsements_in, trusted_among
    from dutygraph.signing.keys import keys_in, moment_text
    from dutygraph.signing.versions import check_version, version_proof_in

    now = datetime.now(UTC)
    with at_file(proof):
        found = version_proof_in(_triples(proof, None))
    authority = found.graph.removeprefix(GRAPHS).partition("/")[0]
    with at_file(keys):
        document = _triples(keys, None)
        known = keys_in(document, authority)
        if trusted is not None:
            known = trusted_among(known, endorsements_in(document, known), [trusted], now)
    with at_file(file):
        content = _triples(file, media_type)
    try:
        used = check_version(found, graph=found.graph, keys=known, now=now, triples=content)
    except Problem as problem:
        if problem.slug != "not-verified":
            raise
        say(problem.detail)
        return SOMETHING
    to_stdout(
        f"The signature holds: version {found.number} of {found.graph}, signed at "
        f"{moment_text(found.proof.created)} by {authority} with {used.multibase}.\n".encode()
    )
    if used.revoked is not None:
        say(f"The key was revoked later, at {moment_text(used.revoked)}.")
    return NOTHING


def _triples(file: str, media_type: str | None) -> list[Any]:
    """The statements of a file, of whatever graph."""
    from dutygraph.parsing import Limits, parse

    item = read(file, media_type, Limits().bytes)
    parsed = parse(item.data, item.media_type, contexts={})
    return [quad.triple for quad in parsed.quads]


def _keyring() -> Any:
    """The keys beside the store of the settings."""
    from dutygraph.settings import Settings
    from dutygraph.signing.keyring import Keyring
    from dutygraph.store import store_of

    store = store_of(Settings.from_environment())
    if store is None:
        raise Problem(
            "no-store",
            "There is no store, and keys are kept beside it: the setting DUTYGRAPH_STORE is none.",
        )
    store.files.make()
    return Keyring(store.files.keys)
