"""Finding a person's name in texts and identifiers.

Owns: the forms that a name takes. Must not: know whose name it is, or what is left out.

“Hildegard Hushwell” is also “Hushwell, Hildegard”, “H. Hushwell” and “Ms Hushwell”, and in an
address hildegard.hushwell or hhushwell. A family name by itself is no form: there are people who
are called Head, Young or Coventry.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import dropwhile
from urllib.parse import unquote

__all__ = ["VERSION", "Names"]

# Raise it with every change of what is found: what is published is then drawn anew.
VERSION = 1
_WORD = re.compile(r"[^\W_]+")
# “Hushwell's” names Hushwell, and O'Brien is one word.
_POSSESSIVE = re.compile(r"['’]s\b")
_APOSTROPHE = re.compile(r"['’]")
# One letter is in every text.
_SHORTEST = 3
_FORMS_OF_ADDRESS = (
    *("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "rev", "revd", "reverend"),
    *("sir", "dame", "lord", "lady", "cllr", "councillor", "alderman"),
)
_Words = tuple[str, ...]


class Names:
    """The names of some people.

    Args:
        names: each as somebody wrote it.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._in_texts: dict[str, set[_Words]] = {}
        self._in_identifiers: dict[str, set[_Words]] = {}
        for reading in {reading for name in names for reading in _readings(name)}:
            whole, spoken = _forms(reading)
            for form in whole + spoken:
                self._in_texts.setdefault(form[0], set()).add(form)
            # A single word is in too many identifiers.
            for form in whole if len(reading.parts) > 1 else ():
                self._in_identifiers.setdefault(form[0], set()).add(form)

    def in_text(self, text: str) -> bool:
        """Whether a text names one of them."""
        return _is_in(_words(text), self._in_texts)

    def in_identifier(self, iri: str) -> bool:
        """Whether an IRI names one of them."""
        return _is_in(_words(unquote(iri)), self._in_identifiers)


def _words(text: str) -> _Words:
    """The words of a text without case, accents and whatever stands between them."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple(_WORD.findall(_APOSTROPHE.sub("", _POSSESSIVE.sub("", plain))))


@dataclass(frozen=True)
class _Reading:
    """A name, taken apart.

    Args:
        parts: the words of each part between spaces; a part such as O'Neill-Young has several.
        is_addressed: whether a form of address stood before them.
    """

    parts: tuple[_Words, ...]
    is_addressed: bool


def _readings(name: str) -> Iterator[_Reading]:
    """How a name may be meant: what stands after a comma may be first names or letters."""
    before, comma, after = name.partition(",")
    for text in (name, before, f"{after} {before}") if comma else (name,):
        said = [words for part in text.split() if (words := _words(part))]
        parts = tuple(dropwhile(lambda part: part[0] in _FORMS_OF_ADDRESS, said))
        letters = "".join(word for part in parts for word in part)
        is_whole = not comma or len(parts) > 1
        if is_whole and len(letters) >= _SHORTEST and not letters.isdecimal():
            yield _Reading(parts, len(parts) < len(said))


def _forms(name: _Reading) -> tuple[list[_Words], list[_Words]]:
    """The forms of a name: those that stand by themselves, and those with a form of address."""
    first, last = name.parts[0], name.parts[-1]
    every = tuple(word for part in name.parts for word in part)
    spoken = [(address, *last) for address in _FORMS_OF_ADDRESS]
    if len(name.parts) == 1:
        return ([], spoken) if name.is_addressed else ([every], [])
    initial = (first[0][0],)
    whole = [every, last + every[: -len(last)]]
    whole += [form for one in (first, initial) for form in (one + last, last + one)]
    whole += [("".join(form),) for form in (every, first + last, initial + last)]
    return whole, spoken


def _is_in(words: _Words, forms: dict[str, set[_Words]]) -> bool:
    return any(
        words[place : place + len(form)] == form
        for place, word in enumerate(words)
        for form in forms.get(word, ())
    )
