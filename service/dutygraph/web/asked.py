"""How a request that sends something to assess is to be answered: its parameters, and its form.

Owns: reading them from the address and, with what was sent, from the fields of a form. Must not: read
a body.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import request

from dutygraph.negotiation import Offer, choose
from dutygraph.web.headers import note_body
from dutygraph.web.parameters import Parameter, read_parameters

__all__ = ["check_address", "read_asked"]


def check_address(parameters: Sequence[Parameter], offers: Sequence[Offer]) -> None:
    """Refuse a slip in the address before the body is read, so that it costs nothing.

    Raises:
        Problem: bad-parameter, not-acceptable.
    """
    _read((), parameters, offers)


def read_asked(
    parameters: Sequence[Parameter],
    offers: Sequence[Offer],
    sent: Iterable[bytes],
    fields: Iterable[tuple[str, str]],
) -> tuple[dict[str, Any], Offer]:
    """The parameters of a request and the form of its answer; what was sent is noted for the log.

    Args:
        parameters: those that the resource takes.
        offers: the forms that it has.
        sent: each description or text.
        fields: the other fields of the form that were filled in.

    Raises:
        Problem: bad-parameter, not-acceptable.
    """
    note_body(b"".join(sent))
    return _read(fields, parameters, offers)


def _read(
    fields: Iterable[tuple[str, str]], parameters: Sequence[Parameter], offers: Sequence[Offer]
) -> tuple[dict[str, Any], Offer]:
    given = read_parameters([*request.args.items(multi=True), *fields], parameters)
    return given, choose(request.headers.get("Accept"), given.get("format"), offers)
