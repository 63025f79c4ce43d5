"""Signatures: the vectors of the specifications, what a proof is bound to, keys and their days."""

from __future__ import annotations

import hashlib
import stat
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dutygraph import cli
from dutygraph.canonical_form import canonical_form, hash_of
from dutygraph.errors import Problem
from dutygraph.signing import ed25519
from dutygraph.signing.endorsing import endorsements_in, trusted_among
from dutygraph.signing.integrity import IntegrityProof, check, hash_data, proof_in
from dutygraph.signing.keyring import Keyring
from dutygraph.signing.keys import PublicKey, keys_in
from dutygraph.signing.multibase import (
    decoded,
    encoded,
    private_key_bytes,
    public_key_bytes,
    public_key_text,
)
from dutygraph.signing.versions import VersionProof, check_version, prove_version, version_proof_in
from dutygraph.terms import DCT, DG, SEC, XSD
from dutygraph.triples import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse_quads

NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GRAPH = "https://w3id.org/dutygraph/graphs/torbay/structure"
P = NamedNode("https://example.org/p")

# W3C, Data Integrity EdDSA Cryptosuites 1.0, appendix B.1 (“eddsa-rdfc-2022 (Alumni credential)”) and
# its second vector, an employment authorization document: the canonical forms, hashes, keys and
# signatures that the working group publishes in TestVectors/eddsa-rdfc-2022.
W3C_PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
W3C_PRIVATE = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
VC = "https://www.w3.org/2018/credentials#"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
CREDENTIAL = "<urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33>"
EXAMPLES = "https://www.w3.org/ns/credentials/examples#"
DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
ALUMNI = (
    f"""\
<did:example:abcdefgh> <{EXAMPLES}alumniOf> "The School of Examples" .
{CREDENTIAL} {TYPE} <{VC}VerifiableCredential> .
{CREDENTIAL} {TYPE} <{EXAMPLES}AlumniCredential> .
{CREDENTIAL} <https://schema.org/description> "A minimum viable example of an Alumni Credential." .
{CREDENTIAL} <https://schema.org/name> "Alumni Credential" .
{CREDENTIAL} <{VC}credentialSubject> <did:example:abcdefgh> .
{CREDENTIAL} <{VC}issuer> <https://vc.example/issuers/5678> .
{CREDENTIAL} <{VC}validFrom> "2023-01-01T00:00:00Z"^^<{DATE_TIME}> .
""",
    "https://vc.example/issuers/5678#" + W3C_PUBLIC,
    "4c4d3890a157f8d611b13c265c2c22f39aa0a567c7c7dd9ba3e45cd579784eeb"
    "517744132ae165a5349155bef0bb0cf2258fff99dfe1dbd914b938d775a36017",
    "z21EVs3eXERqTn4acNHT9viboqgzUaQ3kTmhPT3eA8qrVPE7CrQq78WkzctnMX5W4CrzcKnHw8V6dvy5pgWYCU5e9",
)
CREATED = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)


def graph_of(text: str) -> list[Triple]:
    """The statements of a text in N-Triples."""
    return [q.triple for q in parse_quads(text.encode(), RdfFormat.N_TRIPLES)]


def options_of(method: str) -> list[Triple]:
    """The options of a proof of the specification, which has no IRI."""
    proof = IntegrityProof("https://example.org/x", method, CREATED, {}, "")
    blank = BlankNode("proof")
    return [Triple(blank, t.predicate, t.object) for t in proof.options()]


def test_the_vector_of_the_cryptosuite():
    """The alumni credential of the specification has its canonical form, hashes and signature."""
    text, method, combined, value = ALUMNI
    form = canonical_form(reversed(graph_of(text)))
    assert form.decode() == text
    data = hash_data(options_of(method), hashlib.sha256(form).digest())
    assert data.hex() == combined
    private_key = private_key_bytes(W3C_PRIVATE)
    assert public_key_text(ed25519.public_key_of(private_key)) == W3C_PUBLIC
    assert encoded(ed25519.sign(private_key, data)) == value
    assert ed25519.verifies(public_key_bytes(W3C_PUBLIC), decoded(value), data)


def test_the_vector_fails_when_a_bit_is_changed():
    """No bit of the data or of the signature can be changed."""
    _, _, combined, value = ALUMNI
    data, signature = bytes.fromhex(combined), decoded(value)
    key = public_key_bytes(W3C_PUBLIC)
    for place in range(0, 64, 7):
        changed = bytes(b ^ (i == place) for i, b in enumerate(data))
        assert not ed25519.verifies(key, signature, changed)
        changed = bytes(b ^ (i == place) for i, b in enumerate(signature))
        assert not ed25519.verifies(key, changed, data)
    assert not ed25519.verifies(key, signature[:63], data)
    assert not ed25519.verifies(b"\0" * 31, signature, data)


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\1", b"\xff" * 64, bytes(range(64))])
def test_multibase_goes_there_and_back(data):
    """Every run of bytes has one text, zeros in front included."""
    assert decoded(encoded(data)) == data


@pytest.mark.parametrize(
    "text", ["", "u" + W3C_PUBLIC[1:], W3C_PUBLIC[:-1], W3C_PUBLIC + "1", "z0OIl", "z" * 200]
)
def test_what_is_no_key_is_refused(text):
    """Another base, a cut key, a longer one and letters that base58btc does not have are no key."""
    with pytest.raises(ValueError, match="."):
        public_key_bytes(text)


# --- canonical form (SECURITY S26) ----------------------------------------------------------------


def clique(size: int) -> list[Triple]:
    """Unnamed nodes that all point at each other: the poison of RDFC-1.0, section 7.1."""
    nodes = [BlankNode(f"n{i}") for i in range(size)]
    return [Triple(a, P, b) for a in nodes for b in nodes if a != b]


def chain(size: int) -> list[Triple]:
    """Unnamed nodes in a row, which look alike but for the ends."""
    nodes = [BlankNode(f"n{i}") for i in range(size)]
    return [Triple(a, P, b) for a, b in zip(nodes, nodes[1:], strict=False)]


def below(roots: int, size: int, length: int = 1) -> list[Triple]:
    """Unnamed nodes that look alike, each with so many chains of that length below it."""
    found = []
    for root in range(roots):
        for n in range(size):
            nodes = [BlankNode(f"r{root}"), *(BlankNode(f"n{root}-{n}-{i}") for i in range(length))]
            found += [Triple(a, P, b) for a, b in zip(nodes, nodes[1:], strict=False)]
    return found


def parting(size: int) -> list[Triple]:
    """A ring on which two ways part and meet again at each of its nodes."""
    found = []
    for n in range(size):
        for way in ("a", "b"):
            found.append(Triple(BlankNode(f"x{n}"), P, BlankNode(f"{way}{n}")))
            found.append(Triple(BlankNode(f"{way}{n}"), P, BlankNode(f"x{(n + 1) % size}")))
    return found


@pytest.mark.parametrize(
    "poison",
    [clique(7), clique(10), chain(150), below(2, 10), parting(20)],
    ids=["7", "W3C test074", "chain", "below", "parting"],
)
def test_poison_is_refused_at_once(poison):
    """A graph that would keep the canonicaliser busy is refused before it begins."""
    start = time.monotonic()
    with pytest.raises(Problem) as refused:
        canonical_form(poison)
    assert refused.value.slug == "too-many-unnamed"
    assert time.monotonic() - start < 1


def test_saying_it_again_hides_no_poison():
    """A statement that comes again tells no nodes apart; the graph is the same."""
    poison = clique(10)
    again = [t for n, t in enumerate(poison) for _ in range(n // 9)]
    with pytest.raises(Problem) as refused:
        canonical_form(poison + again)
    assert refused.value.slug == "too-many-unnamed"
    assert canonical_form(clique(3) + clique(3)) == canonical_form(clique(3))


@pytest.mark.parametrize(
    "graph",
    [clique(3), chain(100), below(2, 7), below(2, 5, 8), below(25, 3)],
    ids=["clique", "chain", "below", "chains below", "many"],
)
def test_the_worst_that_is_taken_is_quick(graph):
    """What stands at the bounds is canonicalised in a moment."""
    start = time.monotonic()
    assert canonical_form(graph)
    assert time.monotonic() - start < 3


def test_names_of_unnamed_nodes_do_not_count():
    """Four hundred unnamed nodes that differ are taken, and their names change nothing."""

    def graph(prefix: str) -> list[Triple]:
        return [Triple(BlankNode(f"{prefix}{i}"), P, Literal(str(i))) for i in range(400)]

    assert canonical_form(graph("a")) == canonical_form(graph("zz"))


def test_too_many_unnamed_nodes_are_refused():
    """Beyond the bound it does not matter how well they can be told apart."""
    with pytest.raises(Problem) as refused:
        canonical_form([Triple(BlankNode(f"a{i}"), P, Literal(str(i))) for i in range(501)])
    assert refused.value.slug == "too-many-unnamed"


# --- the proof of a version -----------------------------------------------------------------------


@pytest.fixture(name="keyring")
def a_keyring(tmp_path: Path) -> Keyring:
    """The keys of Torbay, with one key."""
    keyring = Keyring(tmp_path / "keys")
    keyring.new("torbay", NOW - DAY)
    return keyring


CONTENT = graph_of(ALUMNI[0])
BEFORE = "sha256:" + "0" * 64


def proved(keyring: Keyring, now: datetime = NOW, number: int = 2) -> VersionProof:
    """The proof of a version of Torbay's graph."""
    signer = keyring.signer("torbay", now)
    assert signer is not None
    return prove_version(
        hash_of(canonical_form(CONTENT)),
        graph=GRAPH,
        number=number,
        previous_hash=BEFORE,
        key=signer.key,
        private_key=signer.private_key,
        now=now,
    )


def checked(
    proof_triples: Iterable[Triple],
    keyring: Keyring,
    graph: str = GRAPH,
    now: datetime = NOW,
    content: list[Triple] = CONTENT,
) -> PublicKey:
    """Check a proof as somebody would who was sent it."""
    return check_version(
        version_proof_in(proof_triples),
        graph=graph,
        keys=keyring.keys("torbay"),
        now=now,
        triples=content,
    )


def refusal(*args: Any, **kwargs: Any) -> str:
    """Why a proof is refused."""
    with pytest.raises(Problem) as refused:
        checked(*args, **kwargs)
    assert refused.value.slug in ("not-verified", "bad-proof")
    return refused.value.detail


def test_a_proof_holds_and_says_which_key(keyring):
    """A proof that goes through RDF holds, and names the key that made it."""
    proof = proved(keyring)
    assert checked(proof.triples(), keyring) == keyring.keys("torbay")[0]
    assert proof.content_hash == hash_of(canonical_form(CONTENT))


def test_a_statement_more_or_less_is_seen(keyring):
    """No statement can be added or left out."""
    proof = list(proved(keyring).triples())
    assert "hashes differ" in refusal(proof, keyring, content=CONTENT[1:])
    more = [*CONTENT, Triple(P, P, P)]
    assert "hashes differ" in refusal(proof, keyring, content=more)


@pytest.mark.parametrize(
    ("property_", "value"),
    [
        (
            DG.versionNumber,
            Literal("3", datatype=XSD.integer),
        ),
        (DG.previousContentHash, Literal("sha256:" + "1" * 64)),
        (
            DCT.created,
            Literal(
                "2026-05-01T12:00:01Z",
                datatype=XSD.dateTime,
            ),
        ),
    ],
    ids=["number", "before", "created"],
)
def test_what_a_proof_is_bound_to_cannot_be_changed(keyring, property_, value):
    """The number of the version, the hash of the one before and the time are signed, too."""
    number = value.value if property_ == DG.versionNumber else "2"
    node = NamedNode(f"{GRAPH}/versions/{number}/proof")
    proof = [
        Triple(node, t.predicate, value if t.predicate == property_ else t.object)
        for t in proved(keyring).triples()
    ]
    assert "not that of what was sent" in refusal(proof, keyring)


def test_a_proof_of_another_graph_is_refused(keyring):
    """A proof is about one graph; renaming it breaks the signature."""
    proof = list(proved(keyring).triples())
    other = GRAPH.replace("structure", "other")
    assert "about the graph" in refusal(proof, keyring, graph=other)
    node = NamedNode(other + "/versions/2/proof")
    renamed = [
        Triple(node, t.predicate, NamedNode(other) if t.predicate == DG.signedGraph else t.object)
        for t in proof
    ]
    assert "not that of what was sent" in refusal(renamed, keyring, graph=other)


def test_no_other_algorithm_is_taken(keyring):
    """What a proof says of its algorithm never chooses one."""
    for property_, value in (
        (SEC.cryptosuite, Literal("eddsa-jcs-2022", datatype=SEC.cryptosuiteString)),
        (SEC.proofPurpose, SEC.authentication),
    ):
        proof = [
            Triple(t.subject, t.predicate, value if t.predicate == property_ else t.object)
            for t in proved(keyring).triples()
        ]
        assert refusal(proof, keyring).startswith("The proof cannot be used")


def test_a_proof_with_more_than_is_known_is_refused(keyring):
    """A property that nobody here knows, one twice, one missing, or no IRI make no proof."""
    proof = list(proved(keyring).triples())
    node = proof[0].subject
    assert "not known" in refusal([*proof, Triple(node, P, P)], keyring)
    twice = Triple(node, SEC.proofValue, Literal("z1", datatype=SEC.multibase))
    assert "twice" in refusal([*proof, twice], keyring)
    assert "does not say" in refusal(proof[:-1], keyring)
    assert "0 proofs" in refusal([], keyring)
    first = [t for t in proof if t.predicate != DG.previousContentHash]
    assert "the one before" in refusal(first, keyring)


# --- keys and their days --------------------------------------------------------------------------


def test_private_keys_are_for_their_owner_only(keyring, tmp_path):
    """A private key is a file that nobody else can read, in a folder that nobody else can enter."""
    (path,) = (tmp_path / "keys" / "torbay").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    secret = path.read_text().strip()
    public = (tmp_path / "keys" / "torbay.json").read_text()
    assert secret not in public
    assert secret not in repr(keyring.signer("torbay", NOW))


def test_a_key_is_right_between_its_days(tmp_path):
    """The day before and the day after: created counts, expires does not."""
    keyring = Keyring(tmp_path)
    keyring.new("torbay", NOW, NOW + DAY)
    second = timedelta(seconds=1)
    assert keyring.signer("torbay", NOW - second) is None
    assert keyring.signer("torbay", NOW) is not None
    assert keyring.signer("torbay", NOW + DAY - second) is not None
    assert keyring.signer("torbay", NOW + DAY) is None
    with pytest.raises(Problem):
        keyring.new("torbay", NOW, NOW)


def test_a_proof_outlives_its_key(keyring):
    """What was signed while a key was right still holds when it is revoked, and nothing later does."""
    (key,) = keyring.keys("torbay")
    signer = keyring.signer("torbay", NOW)
    proof = list(proved(keyring).triples())
    keyring.revoke("torbay", key.multibase, NOW + DAY)
    assert checked(proof, keyring, now=NOW + 2 * DAY).revoked == NOW + DAY
    late = prove_version(
        hash_of(canonical_form(CONTENT)),
        graph=GRAPH,
        number=2,
        previous_hash=BEFORE,
        key=signer.key,
        private_key=signer.private_key,
        now=NOW + 2 * DAY,
    )
    assert "is right from" in refusal(late.triples(), keyring, now=NOW + 2 * DAY)


def test_revoking_removes_the_private_key(keyring, tmp_path):
    """A revoked key signs nothing, cannot be revoked twice, and its private part is gone."""
    (key,) = keyring.keys("torbay")
    keyring.revoke("torbay", key.multibase, NOW)
    assert list((tmp_path / "keys" / "torbay").iterdir()) == []
    assert keyring.signer("torbay", NOW + DAY) is None
    for multibase in (key.multibase, W3C_PUBLIC):
        with pytest.raises(Problem) as refused:
            keyring.revoke("torbay", multibase, NOW)
        assert refused.value.slug == "bad-key"


def test_a_private_key_that_was_swapped_is_seen(keyring, tmp_path):
    """A file that holds another key than its name says signs nothing."""
    (path,) = (tmp_path / "keys" / "torbay").iterdir()
    path.write_text(W3C_PRIVATE)
    with pytest.raises(Problem) as refused:
        keyring.signer("torbay", NOW)
    assert refused.value.slug == "bad-key"


def test_a_proof_from_the_future_is_none(keyring):
    """A clock may be a few minutes off, and not a day."""
    proof = list(proved(keyring, now=NOW + DAY).triples())
    assert "to come" in refusal(proof, keyring, now=NOW)
    assert checked(list(proved(keyring, now=NOW + timedelta(minutes=4)).triples()), keyring)


def test_a_key_that_nobody_knows_proves_nothing(keyring, tmp_path):
    """The right signature of an unknown key is refused."""
    other = Keyring(tmp_path / "other")
    other.new("torbay", NOW - DAY)
    assert "none of those known" in refusal(proved(other).triples(), keyring)


def test_keys_go_through_rdf(keyring):
    """Keys that are published are read as they were; those of others do not count."""
    keyring.new("torbay", NOW, NOW + 30 * DAY)
    keyring.revoke("torbay", keyring.keys("torbay")[0].multibase, NOW + DAY)
    keys = keyring.keys("torbay")
    triples = [t for key in keys for t in key.triples()]
    assert keys_in(triples, "torbay") == keys
    assert keys_in(triples, "plymouth") == ()


def test_a_key_that_contradicts_itself_is_refused(keyring):
    """A key under another's name, with two values or two beginnings, is none."""
    (key,) = keyring.keys("torbay")
    triples = list(key.triples())
    node = NamedNode(key.iri)
    for wrong in (
        [
            *triples,
            Triple(node, SEC.publicKeyMultibase, Literal(W3C_PUBLIC, datatype=SEC.multibase)),
        ],
        [*triples, Triple(node, SEC.controller, P)],
        [t for t in triples if t.predicate != DCT.created],
        [
            Triple(
                P if t.subject == node else t.subject,
                t.predicate,
                P if t.object == node else t.object,
            )
            for t in triples
        ],
    ):
        with pytest.raises(Problem) as refused:
            keys_in(wrong, "torbay")
        assert refused.value.slug == "bad-key"


# --- endorsements ---------------------------------------------------------------------------------


def published(keyring: Keyring) -> list[Triple]:
    """What a council publishes of its keys."""
    found = [t for key in keyring.keys("torbay") for t in key.triples()]
    return [*found, *(t for e in keyring.endorsements("torbay") for t in e.triples())]


def trusted(keyring: Keyring, *multibases: str, triples: list[Triple] | None = None) -> list[str]:
    """The keys that somebody can trust who trusts some of them."""
    triples = published(keyring) if triples is None else triples
    keys = keys_in(triples, "torbay")
    found = trusted_among(keys, endorsements_in(triples, keys), multibases, NOW + 30 * DAY)
    return [key.multibase for key in found]


def test_a_new_key_is_endorsed_by_the_old_one(keyring):
    """Whoever trusts the first key can trust the second and, through it, the third."""
    second, third = keyring.new("torbay", NOW), keyring.new("torbay", NOW + DAY)
    first = keyring.keys("torbay")[0]
    assert trusted(keyring, first.multibase) == [k.multibase for k in (first, second, third)]
    # Nobody vouches backwards.
    assert trusted(keyring, third.multibase) == [third.multibase]
    assert trusted(keyring, W3C_PUBLIC) == []


def test_a_key_without_an_endorsement_is_not_trusted(keyring):
    """After the last key was revoked, a new one has nobody to vouch for it."""
    (first,) = keyring.keys("torbay")
    keyring.revoke("torbay", first.multibase, NOW)
    keyring.new("torbay", NOW + DAY)
    assert trusted(keyring, first.multibase) == [first.multibase]


def test_an_endorsement_is_of_one_key(keyring, tmp_path):
    """An endorsement that is moved to another key, or whose signature is another's, does not count."""
    first = keyring.keys("torbay")[0]
    second = keyring.new("torbay", NOW)
    (endorsement,) = keyring.endorsements("torbay")
    stranger = PublicKey("torbay", W3C_PUBLIC, NOW)
    triples = [
        *first.triples(),
        *stranger.triples(),
        Triple(NamedNode(stranger.iri), SEC.proof, NamedNode(endorsement.proof.iri)),
        *endorsement.proof.triples(),
    ]
    assert trusted(keyring, first.multibase, triples=triples) == [first.multibase]
    moved = [
        Triple(
            t.subject,
            t.predicate,
            NamedNode(stranger.iri) if t.object == NamedNode(second.iri) else t.object,
        )
        for t in triples
    ]
    assert trusted(keyring, first.multibase, triples=moved) == [first.multibase]


def test_check_takes_the_key_by_its_name(keyring):
    """A proof is checked with the key that it names and with no other, even if another would do."""
    proof = proved(keyring).proof
    (key,) = keyring.keys("torbay")
    other = PublicKey("plymouth", key.multibase, key.created)
    digest = bytes.fromhex(hash_of(canonical_form(CONTENT)).removeprefix("sha256:"))
    assert check(proof, digest, [key], NOW) == key
    with pytest.raises(Problem):
        check(proof, digest, [other], NOW)


def test_the_name_of_an_authority_is_no_path(keyring):
    """What would lead out of the folder is no authority."""
    for name in ("../torbay", "torbay/..", "", "Torbay", "a" * 3 + "\n"):
        with pytest.raises(Problem) as refused:
            keyring.new(name, NOW)
        assert refused.value.slug == "bad-value"


def test_a_proof_in_a_document_of_several_is_none(keyring):
    """A document with two proofs is refused: nobody should wonder which one was checked."""
    one, two = proved(keyring), proved(keyring, number=3)
    with pytest.raises(Problem) as refused:
        proof_in([*one.triples(), *two.triples()], [DG.signedGraph])
    assert refused.value.slug == "bad-proof"


# --- the command line -----------------------------------------------------------------------------


@pytest.fixture(name="beside")
def a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a description, beside a store that nobody has started."""
    monkeypatch.setenv("DUTYGRAPH_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "torbay.nt").write_text(ALUMNI[0], encoding="utf-8")
    return tmp_path


def run(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """What a command line comes to."""
    code = cli.run(arguments)
    return (code, *capfd.readouterr())


def signed(beside: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """A key, which it gives, a signature of the description and the keys, as files."""
    _, key, _ = run(capfd, "key", "new", "torbay")
    code, proof, said = run(
        capfd, "sign", "torbay.nt", "--authority", "torbay", "--graph", "structure"
    )
    assert code == 0, said
    (beside / "proof.ttl").write_text(proof, encoding="utf-8")
    shown = [t for k in Keyring(beside / "store" / "keys").keys("torbay") for t in k.triples()]
    (beside / "keys.nt").write_text("".join(f"{t} .\n" for t in shown), encoding="utf-8")
    return key.strip()


VERIFY = ("verify-signature", "torbay.nt", "proof.ttl", "--keys", "keys.nt")


def test_a_file_is_signed_and_verified(beside, capfd):
    """What the commands sign, they verify: exit code 0 and who signed it, 1 where a word differs."""
    key = signed(beside, capfd)
    code, out, _ = run(capfd, *VERIFY)
    assert code == 0
    assert f"version 1 of {GRAPH}" in out and key in out
    assert run(capfd, *VERIFY, "--key", key)[0] == 0
    code, out, said = run(capfd, *VERIFY, "--key", W3C_PUBLIC)
    assert (code, out) == (1, "") and "none of those known" in said
    (beside / "torbay.nt").write_text(ALUMNI[0].replace("Alumni", "Alumna"), encoding="utf-8")
    code, out, said = run(capfd, *VERIFY)
    assert (code, out) == (1, "") and "hashes differ" in said


def test_keys_are_listed_and_revoked(beside, capfd):
    """Keys are shown with their days, never their private parts; what was signed still holds."""
    assert "There are none yet" in run(capfd, "key", "list")[2]
    key = signed(beside, capfd)
    code, listed, _ = run(capfd, "key", "list")
    assert code == 0 and listed.startswith(f"torbay  {key}  right now, from ")
    (secret,) = (p.read_text().strip() for p in (beside / "store/keys/torbay").iterdir())
    assert secret not in listed
    code, _, said = run(capfd, "key", "revoke", "torbay", key)
    assert code == 0 and "torbay has no key now" in said
    assert "not right now" in run(capfd, "key", "list", "torbay")[1]
    code, out, said = run(capfd, "sign", "torbay.nt", "--authority", "torbay", "--graph", "x")
    assert (code, out) == (2, "") and "no key here" in said


def test_wrong_use_is_said(beside, capfd):
    """A version without the one before, a name that is none and a day that is over are refused."""
    signed(beside, capfd)
    sign = ("sign", "torbay.nt", "--authority", "torbay", "--graph", "structure")
    assert run(capfd, *sign, "--version", "2")[0] == 2
    assert run(capfd, *sign, "--previous", BEFORE)[0] == 2
    assert run(capfd, *sign, "--version", "2", "--previous", "sha256:1")[0] == 2
    assert run(capfd, *sign, "--version", "2", "--previous", BEFORE)[0] == 0
    assert run(capfd, "key", "new", "../x")[0] == 2
    assert run(capfd, "key", "new", "torbay", "--expires", "2020-01-01")[0] == 2
