"""What can be said of the rulebook itself: one entry explained, what the law changed, what is covered.

Owns: the values that `explain`, `rules` and `coverage` show, from which every form is rendered.
Must not assess, nor know any rule.
"""

from dutygraph.explaining.changes import Change, changes_between
from dutygraph.explaining.coverage import coverage_map
from dutygraph.explaining.demonstrations import demonstrations_of
from dutygraph.explaining.explanation import explain
from dutygraph.explaining.in_force import in_force_line, may_bind_on

__all__ = [
    "Change",
    "changes_between",
    "coverage_map",
    "demonstrations_of",
    "explain",
    "in_force_line",
    "may_bind_on",
]
