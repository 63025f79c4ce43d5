"""Dates as printed, and what they leave open.

Owns: the expansion of a date, month or year to its earliest and latest day, durations, and the
certainty with which a period or event holds on a day. Must not know any class or rule.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from dutygraph.errors import Problem
from dutygraph.terms import XSD
from dutygraph.triples import Literal, NamedNode

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

# Python reads more spellings of a date than XML Schema has.
_FORMS = {
    XSD.date: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    XSD.gYearMonth: re.compile(r"[0-9]{4}-[0-9]{2}"),
    XSD.gYear: re.compile(r"[0-9]{4}"),
}

# Windows are added to dates; outside these years that would leave Python's calendar.
_FIRST_YEAR, _LAST_YEAR = 1200, 2900


@dataclass(frozen=True, order=True)
class Span:
    """The days between which a printed date lies.

    Args:
        earliest, latest: both inclusive; equal where a day is printed.
        printed: the lexical form, as it stood.
        said: in words, where it is not one printed date.
    """

    earliest: date
    latest: date
    printed: str
    said: str = ""


class Certainty(IntEnum):
    """Whether something holds on a day."""

    NO = 0
    POSSIBLE = 1
    CERTAIN = 2


def expand(literal: Literal) -> Span:
    """Expand an `xsd:date`, `xsd:gYearMonth` or `xsd:gYear` to the days that it may mean.

    Raises:
        Problem: `bad-date`, where the value is no such date.
    """
    text, kind = literal.value, literal.datatype
    span = _expanded(text, kind)
    if not _FIRST_YEAR <= span.earliest.year <= _LAST_YEAR:
        raise Problem("bad-date", f'"{text}" is not a year between {_FIRST_YEAR} and {_LAST_YEAR}.')
    return span


def _expanded(text: str, kind: NamedNode) -> Span:
    form = _FORMS.get(kind)
    if form is None:
        raise Problem(
            "bad-date",
            f'"{text}" has the type {kind.value}; write an xsd:date, xsd:gYearMonth or xsd:gYear.',
        )
    if not form.fullmatch(text):
        raise Problem("bad-date", f'"{text}" is not written as its type {kind.value} asks.')
    numbers = [int(part) for part in text.split("-")]
    try:
        if len(numbers) == 3:
            day = date(*numbers)
            return Span(day, day, text)
        first = date(numbers[0], numbers[1] if len(numbers) == 2 else 1, 1)
    except ValueError as error:
        raise Problem("bad-date", f'"{text}" is not a date in the calendar.') from error
    last_month = first.month if len(numbers) == 2 else 12
    last = date(first.year, last_month, calendar.monthrange(first.year, last_month)[1])
    return Span(first, last, text)


def together(spans: Iterable[Span]) -> Span:
    """What several sources say of one day.

    Returns:
        The days that all of them allow; where there are none, so that they contradict each other,
        everything from the earliest to the latest that any of them gives.
    """
    found = sorted(set(spans))
    earliest, latest = max(s.earliest for s in found), min(s.latest for s in found)
    if earliest <= latest:
        exact = min(found, key=lambda s: (s.latest - s.earliest, s.printed))
        return Span(earliest, latest, exact.printed)
    said = " or ".join(dict.fromkeys(words(s) for s in found))
    first, last = min(s.earliest for s in found), max(s.latest for s in found)
    return Span(first, last, " or ".join(dict.fromkeys(s.printed for s in found)), said)


def parse_day(text: str, name: str) -> date:
    """Read a day that a user typed, such as 2017-01-24.

    Raises:
        Problem: `bad-date`, naming the option that the text was given to.
    """
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise Problem(
            "bad-date", f'{name} is "{text}"; write a day as YYYY-MM-DD, such as 2017-01-24.'
        )
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Problem(
            "bad-date", f'{name} is "{text}", which is not a day in the calendar.'
        ) from error


def words(span: Span) -> str:
    """A printed date in words: 24 January 2017, January 2017 or 2017."""
    if span.said:
        return span.said
    day = span.earliest
    if span.earliest == span.latest:
        return day_in_words(day)
    if (span.latest - span.earliest).days < 31:
        return f"{MONTHS[day.month - 1]} {day.year}"
    return str(day.year)


def day_in_words(day: date) -> str:
    """A day as people write it: 24 January 2017."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def add(day: date, duration: str) -> date:
    """Add an `xsd:duration` of whole years, months and days, which may be negative.

    A day that the month does not have becomes its last day, as in 31 August plus one month.
    """
    found = re.fullmatch(r"(-?)P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?", duration)
    if not found:
        raise ValueError(f"not a duration of years, months and days: {duration}")
    sign = -1 if found[1] else 1
    years, months, days = (sign * int(part or 0) for part in found.groups()[1:])
    year, month = divmod(day.year * 12 + day.month - 1 + years * 12 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)) + timedelta(days=days)


def period_holds(
    day: date,
    start: Span | None,
    end: Span | None,
    *,
    open_end: bool,
    unknown_end: bool,
    speaks_for: date,
) -> Certainty:
    """Whether a half-open period [start, end) holds on a day.

    Args:
        day: the day asked about.
        start, end: as printed; None where not stated.
        open_end: the source says that the period goes on.
        unknown_end: the source says that it ended, not when.
        speaks_for: the day for which the description speaks; a period without an end is certain up
            to it and possible after it, an undated one is certain on it alone.
    """
    if start and day < start.earliest:
        return Certainty.NO
    if end and day >= end.latest:
        return Certainty.NO
    begun = day == speaks_for if start is None else day >= start.latest
    if end:
        lasting = day < end.earliest
    elif unknown_end:
        lasting = False
    else:
        lasting = open_end or day <= speaks_for
    return Certainty.CERTAIN if begun and lasting else Certainty.POSSIBLE


def event_happened(day: date, on: Span | None, *, speaks_for: date) -> Certainty:
    """Whether an event has happened by the end of a day; an undated one has by the description's day."""
    if on is None:
        return Certainty.CERTAIN if day >= speaks_for else Certainty.POSSIBLE
    if day < on.earliest:
        return Certainty.NO
    return Certainty.CERTAIN if day >= on.latest else Certainty.POSSIBLE
