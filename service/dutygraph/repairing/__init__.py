"""Repairs: the smallest lawful changes that put a failure right, each tried by assessing again.

A repair connects what the description already holds, or ends something. It never makes a person, a
date or a decision; where one of those is what is missing, the answer is a sentence and no change.
"""

from dutygraph.repairing.answer import repairs
from dutygraph.repairing.lawful import Limits

__all__ = ["Limits", "repairs"]
