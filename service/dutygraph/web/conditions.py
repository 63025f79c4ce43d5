"""What the conditions of a read leave of its answer.

Owns: If-Match and its like on GET (RFC 9110, section 13.2.2). Must not: decide on a write; those
rest on a state of the store.
"""

from __future__ import annotations

from flask import Response, request

from dutygraph.errors import Problem

__all__ = ["conditional"]


def conditional(response: Response) -> Response:
    """The answer that the conditions of a read leave.

    Args:
        response: the whole answer, with its ETag.

    Raises:
        Problem: graph-changed, where it is none of those that If-Match names.
    """
    tag = response.get_etag()[0]
    asked = request.if_match
    if asked and not (asked.star_tag or asked.is_strong(tag or "")):
        raise Problem(
            "graph-changed",
            f"What is here is not what this request asks for: its ETag is {response.headers['ETag']}. "
            "Leave out If-Match to read it.",
            extra={"etag": response.headers["ETag"]},
        )
    # Werkzeug takes If-Match: * for a tag, and sends the content along with the 412.
    environ = {k: v for k, v in request.environ.items() if k != "HTTP_IF_MATCH"}
    response.make_conditional(environ)
    return response
