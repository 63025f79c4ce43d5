"""The body of a request to assess: RDF as it is, or a form with a file or a text.

Owns: reading it within the limit (SECURITY S7) and finding out its media type. Must not parse RDF.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Any

from flask import Request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from dutygraph.errors import Problem
from dutygraph.parsing import SUFFIXES, SYNTAXES

__all__ = [
    "FORM",
    "InMemoryRequest",
    "Submission",
    "hear_out",
    "read_submission",
    "read_submissions",
]

FORM = "multipart/form-data"
_FORM_PARTS = 20
_FORM_MARGIN = 16 * 1024
_DEFAULT = "text/turtle"
# A body of up to so many times the limit is an honest mistake; beyond, the connection is cut.
_HEARD_OUT = 5
_PIECE = 64 * 1024


@dataclass(frozen=True)
class Submission:
    """What was sent.

    Args:
        data: the description.
        media_type: its media type, with parameters.
        fields: the other fields of the form that were filled in.
    """

    data: bytes
    media_type: str
    fields: tuple[tuple[str, str], ...] = ()


class InMemoryRequest(Request):
    """A request that never puts an uploaded file on the disk: the service keeps nothing."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


def read_submission(request: Request, limit: int) -> Submission:
    """Read one submission.

    Args:
        request: the request, its body not yet read.
        limit: the most bytes that a description may have.

    Raises:
        Problem: compressed-body, too-large, unsupported-media-type, bad-parameter or empty.
    """
    found = read_submissions(request, limit)
    if len(found) > 1:
        raise Problem(
            "bad-parameter",
            "The form takes one description: a file in the field “file”, or a text in the field "
            "“text”, with its media type in “media-type” where it is not Turtle.",
        )
    return found[0]


def read_submissions(request: Request, limit: int) -> list[Submission]:
    """Read one or more submissions: a body is one, a form has one in each of its files and texts.

    Args:
        request: the request, its body not yet read.
        limit: the most bytes that all together may have.

    Raises:
        Problem: compressed-body, too-large, unsupported-media-type, bad-parameter or empty.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Problem(
            "compressed-body",
            f"The body is compressed ({encoding[:40]}). Send it as it is.",
        )
    is_form = request.mimetype == FORM
    size = limit + _FORM_MARGIN if is_form else limit
    request.max_content_length = size
    if request.content_length is not None and request.content_length > size:
        if request.content_length < _HEARD_OUT * size:
            hear_out(request, request.content_length)
        raise _too_large(limit)
    try:
        return _from_form(request, size) if is_form else [_from_body(request)]
    except RequestEntityTooLarge as error:
        raise _too_large(limit) from error


def hear_out(request: Request, most: int) -> None:
    """Read and forget what is left of a body: who is cut off while sending never sees the answer.

    Args:
        request: the request, however much of its body has been read.
        most: the most bytes that are worth it; a longer body, and one of unknown length, is cut off.
    """
    if request.content_length is None or request.content_length > most:
        return
    stream, left = request.environ["wsgi.input"], request.content_length
    while left > 0:
        piece = stream.read(min(left, _PIECE))
        if not piece:
            return
        left -= len(piece)


def _too_large(limit: int) -> Problem:
    return Problem(
        "too-large",
        f"The body is larger than {limit:,} bytes, the most that is read. Send one structure at a "
        "time.",
        extra={"limit": limit},
    )


def _from_body(request: Request) -> Submission:
    if not request.content_type:
        raise Problem(
            "unsupported-media-type",
            "The request has no Content-Type. Say which syntax the body is in, one of: "
            f"{', '.join(SYNTAXES)}.",
            extra={"known": list(SYNTAXES)},
        )
    data = request.get_data(cache=False, parse_form_data=False)
    return Submission(data, request.content_type)


def _from_form(request: Request, size: int) -> list[Submission]:
    request.max_form_memory_size = size
    request.max_form_parts = _FORM_PARTS
    fields: list[tuple[str, str]] = [
        (name, value) for name, value in request.form.items(multi=True) if value.strip()
    ]
    texts = [value for name, value in fields if name == "text"]
    stated = [value for name, value in fields if name == "media-type"]
    files = [f for f in request.files.getlist("file") if f.filename]
    others = {name for name in request.files if name != "file"}
    if others or len(stated) > 1:
        raise Problem(
            "bad-parameter",
            "The form takes files in the field “file” and texts in the field “text”, with their "
            "media type once in “media-type” where it is not Turtle.",
        )
    if not files and not texts:
        raise Problem("empty", "The form holds no description. Choose a file, or paste a text.")
    kind = stated[0] if stated else None
    rest = tuple(f for f in fields if f[0] not in ("text", "media-type"))
    return [
        *(Submission(f.read(), kind or _media_type_of(f), rest) for f in files),
        *(Submission(text.encode(), kind or _DEFAULT, rest) for text in texts),
    ]


def _media_type_of(file: FileStorage) -> str:
    """What the browser says, where that is RDF; else what the file's name says."""
    if file.mimetype in SYNTAXES:
        return file.mimetype
    by_name: Any = SUFFIXES.get(PurePosixPath(file.filename or "").suffix.lower())
    return by_name or file.mimetype or "application/octet-stream"
