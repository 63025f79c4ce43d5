"""The door: bytes and a media type become a bounded list of quads, or a problem with its place.

Owns: the names that the rest of DutyGraph may use.
Must not: hold code; a module of this package opens no file, uses no network and knows no DutyGraph
term (that is `admission`).

Whatever can be refused before the parser runs is refused before it runs, because the parser
expands entities, follows a chain of JSON-LD prefixes until the stack ends, and drops the JSON-LD
keys that it does not know.
"""

from dutygraph.parsing.limits import Limits
from dutygraph.parsing.parsed import Parsed
from dutygraph.parsing.problems import problem_at, shown
from dutygraph.parsing.streaming import parse
from dutygraph.parsing.syntaxes import SUFFIXES, SYNTAXES, Syntax

__all__ = ["SUFFIXES", "SYNTAXES", "Limits", "Parsed", "Syntax", "parse", "problem_at", "shown"]
