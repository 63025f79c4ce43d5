"""The contexts of a JSON-LD document.

Owns: which contexts and keys may stand in it.
Must not: fetch a context, or parse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from dutygraph.errors import Problem
from dutygraph.parsing.limits import CONTEXTS, INLINE_TERMS, TERM_CHAIN
from dutygraph.parsing.problems import shown
from dutygraph.parsing.source import Source

_KEYWORD = re.compile(
    "@(base|container|context|direction|graph|id|import|included|index|json|language|list|nest"
    "|none|prefix|propagate|protected|reverse|set|type|value|version|vocab)"
)


class Contexts:
    """Puts the known contexts in place of their IRIs and refuses what would hide a key.

    Args:
        source: for the places in messages.
        known: the contexts by IRI, trusted.
    """

    def __init__(self, source: Source, known: Mapping[str, object]) -> None:
        self._source = source
        self._known = known
        self._contexts = 0
        self._terms = 0

    def put_into(self, value: object) -> None:
        """Rewrite the `@context` of every node in the value; each becomes a flat list."""
        if isinstance(value, list):
            for item in value:
                self.put_into(item)
        elif isinstance(value, dict):
            self._refuse_keys(value)
            for key, inner in value.items():
                if key == "@context":
                    value[key] = self._context(inner)
                else:
                    self.put_into(inner)

    def _refuse_keys(self, node: dict[str, object]) -> None:
        for key, value in node.items():
            if key.startswith("@") and not _KEYWORD.fullmatch(key):
                raise self._bad(key, "is not a JSON-LD keyword. Correct or remove it")
            if value == "@direction" or (key == "@direction" and value is not None):
                raise self._bad(key, "gives a text direction, which is not read here. Remove it")

    def _context(self, context: object) -> list[object]:
        """A context as a flat list, without a remote or an undefining one."""
        if isinstance(context, list):
            return [part for item in context for part in self._context(item)]
        self._contexts += 1
        if self._contexts > CONTEXTS:
            raise Problem(
                "too-large",
                f"There are more than {CONTEXTS} contexts. Put one @context at the top.",
            )
        if isinstance(context, str):
            return self._known_context(context)
        if isinstance(context, dict):
            return [self._inline(context)]
        raise self._bad("@context", "must be an IRI or an object here: null would hide keys")

    def _known_context(self, iri: str) -> list[object]:
        if iri not in self._known:
            known = sorted(self._known)
            raise self._source.problem_about(
                iri,
                f"The context “{shown(iri)}” is not known, and nothing is fetched. "
                f"Use one of: {', '.join(known)}; or write the context into the document.",
                "unknown-context",
                extra={"known": known},
            )
        context = self._known[iri]
        if isinstance(context, dict) and "@context" in context:
            context = context["@context"]
        return list(context) if isinstance(context, list) else [context]

    def _inline(self, context: dict[str, object]) -> dict[str, object]:
        self._refuse_keys(context)
        self._terms += len(context)
        if self._terms > INLINE_TERMS:
            raise Problem(
                "too-large",
                f"The contexts define more than {INLINE_TERMS} terms. Define those that you use.",
            )
        self._refuse_chain(context)
        if "@import" in context:
            raise self._bad("@import", "is not read here. Write the context into the document")
        return {key: self._definition(key, value) for key, value in context.items()}

    def _refuse_chain(self, context: dict[str, object]) -> None:
        """Refuse terms that the parser could only define one inside the other, or never."""
        waiting = {key: _depends_on(key, context) for key in context}
        for _ in range(TERM_CHAIN):
            waiting = {key: needs & waiting.keys() for key, needs in waiting.items() if needs}
        if waiting:
            key = next(iter(waiting))
            raise self._source.problem_about(
                key,
                f"The key “{shown(key)}” is defined through more than {TERM_CHAIN} others, or "
                "through itself. Write its IRI in full.",
                "too-deep",
            )

    def _definition(self, key: str, value: object) -> object:
        hides = value is None or (isinstance(value, dict) and value.get("@id", key) is None)
        if hides and key not in ("@language", "@direction"):
            raise self._bad(key, "is set to null, which would hide what stands under it. Remove it")
        if not isinstance(value, dict):
            return value
        self._refuse_keys(value)
        # Measured on pyoxigraph 0.5.13: a list in a graph container aborts the process.
        if "@graph" in json.dumps(value.get("@container")):
            raise self._bad(key, "is a container of graphs, which is not read here. Use @graph")
        if "@context" in value:
            return value | {"@context": self._context(value["@context"])}
        return value

    def _bad(self, key: str, complaint: str) -> Problem:
        return self._source.problem_about(key, f"The key “{shown(key)}” {complaint}.")


def _depends_on(key: str, context: dict[str, object]) -> set[str]:
    """The keys of a context that the definition of one of them uses, as prefix or as a whole."""
    stated = context[key]
    values = list(stated.values()) if isinstance(stated, dict) else [stated]
    names = [key, *(value for value in values if isinstance(value, str))]
    used = {part for name in names for part in (name, name.partition(":")[0])}
    return {name for name in used & context.keys() if name != key and not name.startswith("@")}
