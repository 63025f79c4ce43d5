"""The log of the service, without what strangers wrote (SECURITY S24).

Owns: whose messages reach stderr, and in which form. Must not: decide what our own modules log.

Libraries quote what they stumble over: rdflib logs the trace of every literal that it cannot convert,
and a panic of a Rust library prints its operands. Of their messages only the library's name is kept.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TextIO

__all__ = ["silence_libraries", "start_log"]

_OURS = "dutygraph"


def start_log(form: str = "%(asctime)s %(levelname)s %(message)s") -> None:
    """Let this process log to stderr: our own messages, and of libraries' only whose they are.

    Args:
        form: the form of a line, as `logging.Formatter` takes it.
    """
    _log_to(sys.stderr, form)


def silence_libraries(form: str) -> None:
    """As `start_log`; and whatever else writes to stdout or stderr is not heard any more.

    Args:
        form: the form of a line.
    """
    _log_to(os.fdopen(os.dup(2), "w", encoding="utf-8", buffering=1), form)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _log_to(stream: TextIO, form: str) -> None:
    handler = logging.StreamHandler(stream)
    handler.addFilter(_leave_out)
    logging.basicConfig(handlers=[handler], format=form, force=True)
    # Warnings have texts, too.
    logging.captureWarnings(True)


def _leave_out(record: logging.LogRecord) -> bool:
    """Take the text from a message that is not ours."""
    if record.name.partition(".")[0] != _OURS:
        record.msg, record.args = "%s has logged something that is left out", (record.name,)
        record.exc_info = record.exc_text = record.stack_info = None
    return True
