"""What a change would do: outcomes introduced, resolved and unchanged, for a council and its partners.

A change is a description before and after, or an RDF Patch to the one before.
"""

from dutygraph.whatif.asking import after_patch, what_if
from dutygraph.whatif.bearing import HOW
from dutygraph.whatif.effects import OTHERWISE, failures_in
from dutygraph.whatif.patches import MEDIA_TYPE, read_patch, write_patch

__all__ = [
    "HOW",
    "MEDIA_TYPE",
    "OTHERWISE",
    "after_patch",
    "failures_in",
    "read_patch",
    "what_if",
    "write_patch",
]
