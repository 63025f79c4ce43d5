"""A service that councils publish on, their tokens, and what they publish."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from dutygraph.publishing.tokens import TokenFile
from tests.http_fixtures import PREFIXES, TURTLE, Answer, Server, with_a_store

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
