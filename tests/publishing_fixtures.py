"""A service that councils publish on, their tokens, and what they publish."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dutygraph.errors import Problem
from dutygraph.publishing.names import GraphName
from dutygraph.publishing.preparing import Prepared, View
from dutygraph.publishing.publisher import Publisher, Wanted
from dutygraph.publishing.tokens import Token, TokenFile
from dutygraph.store import store_of
from tests.http_fixtures import PREFIXES, TURTLE, Answer, Server, with_a_store
from tests.store_fixtures import PACKAGE, ROOT, settings_of

COUNCILS = ("coventry", "torbay", "plymouth")


def graph(council: str, more: str = "", title: str = "Director of People") -> bytes:
    """What a council says of itself: a director with a holder, and more statements after it."""
    return (
        f"{PREFIXES}"
        f":{council} a dg:Structure ; dg:status code:existing ; dg:describes auth:{council} ;"
        ' dg:assessmentDay "2016-06-30"^^xsd:date .\n'
        f':{council}-dcs a org:Post ; org:postIn auth:{council} ; dg:title "{title}" .\n'
        f":{council}-d a dg:Designation ; dg:office code:director-of-childrens-services ;\n"
        f"    dg:designatedPost :{council}-dcs ; dg:designatedBy auth:{council} ;\n"
        '    dg:from "2015-04"^^xsd:gYearMonth ; dct:source para:2.1 .\n'
        f":{council}-a a dg:Appointment ; dg:appointee :{council}-okafor ;\n"
        f"    dg:appointedTo :{council}-dcs ;\n"
        '    dg:from "2015-09-01"^^xsd:date ; dct:source para:2.2 .\n'
        f"{more}"
    ).encode()


@dataclass
class Publishers:
    """A running service with a token for each council."""

    server: Server
    tokens: dict[str, str]

    def ask(
        self,
        method: str,
        path: str,
        council: str | None = None,
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """One request, with a council's token or without."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if council is not None:
            sent["Authorization"] = f"Bearer {self.tokens[council]}"
        if body is not None:
            sent.setdefault("Content-Type", TURTLE)
        return self.server.ask(method, path, body, sent)

    def put(
        self, path: str, council: str, body: bytes, etag: str | None = None, **headers: str
    ) -> Answer:
        """PUT a graph, on the state that an ETag names, or where there is none yet."""
        condition = {"If_Match": etag} if etag else {"If_None_Match": "*"}
        return self.ask("PUT", path, council, body, **condition, **headers)

    def publish(self, name: str, council: str, body: bytes | None = None) -> Any:
        """Publish a graph that is not there yet; what the service says of it."""
        answer = self.put(f"/graphs/{council}/{name}", council, body or graph(council))
        assert answer.status == 201, answer.body
        return answer.json


@contextlib.contextmanager
def publishing(**settings: str) -> Iterator[Publishers]:
    """A service with a store of its own and a token for each council, for the length of a block."""
    with with_a_store(**settings) as server:
        tokens = TokenFile(server.store / "tokens.json")
        yield Publishers(server, {c: tokens.new(c, f"for {c}")[1] for c in COUNCILS})


@pytest.fixture(scope="session", name="publishers")
def publishers_with_defaults() -> Iterator[Publishers]:
    """A service that councils publish on, with the settings that everybody has."""
    with publishing(QUERY_DEADLINE="60") as started:
        yield started


MANAGER = """\
:manager a org:Post ; org:postIn auth:COUNCIL ; dg:title "Team Manager" .
:grading a dg:Grading ; dg:gradedPost :manager ; dg:tier code:third-tier ; dg:gradedBy auth:COUNCIL .
:duty a dg:Designation ; dg:office code:virtual-school-head ; dg:designatedPost :manager ;
    dg:designatedBy auth:COUNCIL ; dg:from "2015-04-01"^^xsd:date ; dct:source para:3.1 .
:tenure a dg:Appointment ; dg:appointee :hidden-person ; dg:appointedTo :manager ;
    dg:from "2015-09-01"^^xsd:date ; dct:source para:3.2 .
:hidden-person a <http://xmlns.com/foaf/0.1/Person> ;
    <http://xmlns.com/foaf/0.1/name> "Hildegard Hushwell" .
para:3.2 dg:place "paragraph 3.2" ; dg:quotation "Ms Hushwell took up the post in September." .
:seat a org:Membership ; org:member :hidden-person ; org:organization :panel .
:panel a dg:Body ; dg:title "The panel that Hildegard Hushwell chairs" .
"""
"""A post of the third tier with a statutory office, and everything that could name its holder."""


# --- councils that publish until they are killed ------------------------------------------------------


def numbered(council: str, number: int) -> Prepared:
    """A version whose every statement, report and hash name its number; every second one holds back."""
    public = b"".join(
        b'<https://example.org/%b-%d> <https://example.org/n> "%d" .\n'
        % (council.encode(), n, number)
        for n in range(40)
    )
    held_back = b'<https://example.org/%b> <https://example.org/holder> "%d" .\n' % (
        council.encode(),
        number,
    )
    report = json.dumps({"number": number}).encode()
    seen = View(public, report, f"sha256:{number:064d}")
    if number % 2:
        return Prepared(seen, seen, b"")
    return Prepared(View(public + held_back, report, None), seen, held_back)


def start_publisher(folder: Path, seed: int, acknowledged: Path) -> subprocess.Popen[bytes]:
    """A process that publishes until it is killed, and writes down what was acknowledged."""
    arguments = [str(folder), str(seed), str(acknowledged)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.publishing_fixtures", *arguments],
        env=os.environ | {"PYTHONPATH": f"{PACKAGE}{os.pathsep}{ROOT}"},
    )


def _publish_on(folder: Path, seed: int, acknowledged: Path) -> None:
    """Count graphs up on the state that was seen; now and then by a draft, by undo, by withdrawal.

    Each is published once before: that it is absent says also a graph that was withdrawn meanwhile,
    whose count has gone on.
    """
    store = store_of(settings_of(folder))
    assert store is not None
    publisher, chosen = Publisher(store), random.Random(seed)  # noqa: S311  no secret
    by = Token("0123456789ab", "", "", "", "")
    with acknowledged.open("ab", buffering=0) as log:
        while True:
            name = GraphName(chosen.choice(COUNCILS), "today")
            by = replace(by, authority=name.authority)
            now = datetime.now(UTC)
            try:
                state = publisher.state(name, own=True)
                assert state is not None
                wanted, number = Wanted([state.tag]), state.number + 1
                prepared = numbered(name.authority, number)
                kind = chosen.random()
                if kind < 0.1 and not state.withdrawn:
                    done = publisher.withdraw(name, by, wanted, now)
                elif kind < 0.3:
                    draft = publisher.draft(name)
                    on = Wanted([draft.tag]) if draft else Wanted(absent=True)
                    written = publisher.write_draft(name, prepared, by, on, now)
                    on = Wanted([written.tag])
                    if written.number != number - 1:
                        # Somebody was faster, and the draft would go by a wrong number.
                        continue
                    done = publisher.publish_draft(name, prepared, by, on, now)
                else:
                    done = publisher.publish(name, prepared, by, wanted, now)
                log.write(f"{name.authority} {done.number}\n".encode())
            except Problem as problem:
                log.write(f"{problem.slug}\n".encode())
                if problem.slug != "graph-changed":
                    time.sleep(0.05)


if __name__ == "__main__":
    _publish_on(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
