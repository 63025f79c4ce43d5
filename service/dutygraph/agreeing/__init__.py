"""Do we agree: what each side says of the arrangements between councils, laid side by side.

Owns: `agree`. Must not assess: that is `assessment`'s; nor know an aspect: those are data.
"""

from __future__ import annotations

from dutygraph.agreeing.accord import agree, exit_code

__all__ = ["agree", "exit_code"]
