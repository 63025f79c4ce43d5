"""DutyGraph: who does what in English councils' statutory services, tested clause by clause.

`assess()` is the whole of it in one call: a description in, a conformance report out.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

__all__ = ["__version__", "assess"]


def assess(data: bytes, media_type: str = "text/turtle", **options: Any) -> dict[str, Any]:
    """Assess one description.

    Args:
        data: the description.
        media_type: its RDF media type.
        options: `as_at` and `law_as_at` (dates), `assume_complete` (bool), `engine` ("fast" or
            "reference"); see `dutygraph.pipeline.Options`.

    Returns:
        The report as JSON values; `README.md` shows one.

    Raises:
        dutygraph.errors.Problem: the input or an option cannot be used; its detail says what to do.
    """
    # Imported here, so that asking for the version does not load the engines.
    from dutygraph.pipeline import Options, Pipeline

    return Pipeline.load().report(data, media_type, Options(**options))
