"""What a literal must be.

Owns: the datatypes, with the forms that their values take.
Must not: look at an IRI, the datatype's own included.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from dutygraph.parsing.iris import SCHEMES_REFUSED
from dutygraph.parsing.problems import shown
from dutygraph.parsing.source import Source
from dutygraph.terms import XSD
from dutygraph.triples import Literal

_ZONE = r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)"
_TIME = rf"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{{1,9}})?{_ZONE}?"
_XSD_NAME = re.compile(
    "string|boolean|decimal|integer|double|float|date|time|dateTime|dateTimeStamp|gYear|gMonth"
    "|gDay|gYearMonth|gMonthDay|duration|yearMonthDuration|dayTimeDuration|byte|short|int|long"
    "|unsignedByte|unsignedShort|unsignedInt|unsignedLong|positiveInteger|nonNegativeInteger"
    "|negativeInteger|nonPositiveInteger|hexBinary|base64Binary|anyURI|language"
    "|normalizedString|token|NMTOKEN|Name|NCName"
)


def _is(pattern: str, lexical: str) -> bool:
    return re.fullmatch(pattern, lexical, re.ASCII) is not None


def _is_day(lexical: str) -> bool:
    if not _is(r"\d{4}-\d\d-\d\d", lexical):
        return False
    try:
        date.fromisoformat(lexical)
    except ValueError:
        return False
    return True


def _is_iri_text(lexical: str) -> bool:
    refused = lexical.lower().startswith(SCHEMES_REFUSED)
    return not refused and _is(r'[^\x00-\x20<>"{}|\\^`]*', lexical)


@dataclass(frozen=True)
class _Datatype:
    """What a literal of one datatype must be, how to say it, and the problem if it is not."""

    accepts: Callable[[str], bool]
    says: str
    slug: str = "bad-value"


# Eighteen digits are what every engine can hold; a whole number beyond is a slip of the pen.
_DATATYPES = {
    XSD.base + "date": _Datatype(_is_day, "a day as YYYY-MM-DD, such as 2017-01-24", "bad-date"),
    XSD.base + "gYearMonth": _Datatype(
        lambda text: _is(r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])", text),
        "a month as YYYY-MM, such as 2017-01",
        "bad-date",
    ),
    XSD.base + "gYear": _Datatype(
        lambda text: _is(r"(?!0000)\d{4}", text), "a year as YYYY, such as 2017", "bad-date"
    ),
    XSD.base + "dateTime": _Datatype(
        lambda text: _is_day(text[:10]) and _is(_TIME, text[10:]),
        "a time as YYYY-MM-DDThh:mm:ss, such as 2017-01-24T18:30:00",
        "bad-date",
    ),
    XSD.base + "integer": _Datatype(
        lambda text: _is(r"[+-]?\d{1,18}", text), "a whole number of at most 18 digits, such as 12"
    ),
    XSD.base + "decimal": _Datatype(
        lambda text: _is(r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})", text),
        "a number of at most 18 digits on either side of its point, such as 12.5 "
        "(in JSON, as a string)",
    ),
    XSD.base + "boolean": _Datatype(
        lambda text: text in ("true", "false", "1", "0"), "true or false"
    ),
    XSD.base + "anyURI": _Datatype(
        _is_iri_text, "an address without spaces, starting with https://"
    ),
}


def check_text(source: Source, value: str) -> None:
    """Refuse the text of a literal, whatever its datatype.

    Raises:
        Problem: too-large or bad-value.
    """
    if len(value) > source.limits.literal_characters:
        raise source.problem_about(
            value,
            f"The text “{shown(value)}” has {len(value):,} characters and the limit is "
            f"{source.limits.literal_characters:,}. Quote briefly and link to the document.",
            "too-large",
        )
    if "\x00" in value:
        raise source.problem_about(
            value, f"The text “{shown(value)}” holds a NUL character. Remove it."
        )


def check_language(source: Source, literal: Literal) -> None:
    """Refuse a language tag that is none, or a text with a direction.

    Raises:
        Problem: bad-value.
    """
    tag = literal.language or ""
    if literal.direction is not None:
        raise source.problem_about(
            literal.value,
            f"The text “{shown(literal.value)}” has a direction (--ltr or --rtl), which is "
            "not read here. Keep the language only.",
        )
    if not _is(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*", tag):
        raise source.problem_about(
            literal.value, f"“{shown(tag)}” is not a language tag. Write one such as en or en-GB."
        )


def check_datatype(source: Source, value: str, datatype: str) -> None:
    """Refuse a datatype of XML Schema that does not exist, or a value that is not of its datatype.

    Args:
        source: for the place of the value.
        value: the text of the literal.
        datatype: the IRI of its datatype.

    Raises:
        Problem: bad-value or bad-date.
    """
    name = datatype.removeprefix(XSD.base)
    expected = _DATATYPES.get(datatype)
    if datatype.startswith(XSD.base) and not _XSD_NAME.fullmatch(name):
        near = get_close_matches(name[:100], _XSD_NAME.pattern.split("|"), 1)
        hint = f" Did you mean xsd:{near[0]}?" if near else " Use one of XML Schema's."
        raise source.problem_about(value, f"There is no datatype xsd:{shown(name)}.{hint}")
    if expected is None or expected.accepts(value):
        return
    zone = (
        ""
        if name == "dateTime" or not re.search(f"[\\d]{_ZONE}$", value)
        else (" A legal day has no time zone: leave Z or +01:00 away.")
    )
    raise source.problem_about(
        value, f"“{shown(value)}” is not an xsd:{name}. Write {expected.says}.{zone}", expected.slug
    )
