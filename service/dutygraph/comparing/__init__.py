"""Options side by side: the same rules on the same day, what is counted, scored and promised.

Owns: `compare`. Must not assess: that is `assessment`'s.
"""

from __future__ import annotations

from dutygraph.comparing.comparison import compare, exit_code
from dutygraph.comparing.side_by_side import CHANGES

__all__ = ["CHANGES", "compare", "exit_code"]
