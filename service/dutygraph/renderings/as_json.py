"""Values as JSON: the contract's own, as they are."""

from __future__ import annotations

import json
from typing import Any

from dutygraph.report import Json


def render(reports: list[Json]) -> bytes:
    """One report as an object, several as an array.

    Args:
        reports: from `build_report`.
    """
    value = reports[0] if len(reports) == 1 else reports
    return dumped(value)


def dumped(value: Any) -> bytes:
    """A value as JSON on indented lines."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
