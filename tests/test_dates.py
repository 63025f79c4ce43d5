"""Dates as printed: what they leave open, durations, and whether periods hold and events have happened."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dutygraph.dates import (
    Certainty,
    Span,
    add,
    day_in_words,
    event_happened,
    expand,
    parse_day,
    period_holds,
    words,
)
from dutygraph.errors import Problem
from dutygraph.terms import XSD
from dutygraph.triples import Literal

NO, POSSIBLE, CERTAIN = Certainty.NO, Certainty.POSSIBLE, Certainty.CERTAIN
KINDS = {"date": XSD.date, "month": XSD.gYearMonth, "year": XSD.gYear}


def _literal(text: str, kind: str) -> Literal:
    return Literal(text, datatype=KINDS[kind])


def _span(text: str) -> Span | None:
    """A printed date: 2017, 2017-03 or 2017-03-24; None where the text is empty."""
    kind = {4: "year", 7: "month", 10: "date"}.get(len(text))
    return expand(_literal(text, kind)) if kind else None


def _day(text: str) -> date:
    return date.fromisoformat(text)


# --- expansion ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "earliest", "latest"),
    [
        ("2017-01-24", "date", "2017-01-24", "2017-01-24"),
        ("2016-02-29", "date", "2016-02-29", "2016-02-29"),
        ("2017-02", "month", "2017-02-01", "2017-02-28"),
        ("2016-02", "month", "2016-02-01", "2016-02-29"),
        ("2015-12", "month", "2015-12-01", "2015-12-31"),
        ("2015", "year", "2015-01-01", "2015-12-31"),
        ("1974", "year", "1974-01-01", "1974-12-31"),
        ("1200", "year", "1200-01-01", "1200-12-31"),
        ("2900-12-31", "date", "2900-12-31", "2900-12-31"),
    ],
)
def test_a_printed_date_is_expanded_to_the_days_that_it_may_mean(
    text: str, kind: str, earliest: str, latest: str
) -> None:
    """A day is itself, a month or a year is all its days; the text is kept as printed."""
    assert expand(_literal(text, kind)) == Span(_day(earliest), _day(latest), text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2017-02-30", "date"),
        ("2017-02-29", "date"),
        ("2017-13-01", "date"),
        ("2017", "date"),
        ("2017-01-24Z", "date"),
        ("2017-01-24+01:00", "date"),
        ("24 January 2017", "date"),
        ("20170124", "date"),
        ("2017-W04-2", "date"),
        ("", "date"),
        ("2017-13", "month"),
        ("2017-00", "month"),
        ("2017-1", "month"),
        ("2017", "month"),
        ("2017-01-24", "month"),
        ("0000", "year"),
        ("17", "year"),
        ("-2017", "year"),
        ("10000", "year"),
        ("2017-01", "year"),
        ("2_017", "year"),
        (" 2017", "year"),
        ("soon", "year"),
        ("1199", "year"),
        ("2901", "year"),
        ("0217-01-24", "date"),
        ("9999-12", "month"),
    ],
)
def test_what_is_no_date_is_refused(text: str, kind: str) -> None:
    """A value that its own type does not allow is an input error, and never another date."""
    with pytest.raises(Problem) as error:
        expand(_literal(text, kind))
    assert error.value.slug == "bad-date"
    assert f'"{text}"' in error.value.detail


@pytest.mark.parametrize("literal", [Literal("2017-01-24"), Literal("2017", datatype=XSD.integer)])
def test_a_date_of_another_type_is_refused(literal: Literal) -> None:
    """A plain string or a number is not read as a date; the message says which types are."""
    with pytest.raises(Problem, match="write an xsd:date, xsd:gYearMonth or xsd:gYear") as error:
        expand(literal)
    assert error.value.slug == "bad-date"


@pytest.mark.parametrize(
    ("text", "said"),
    [("2017-01-24", "24 January 2017"), ("2017-02", "February 2017"), ("2017", "2017")],
)
def test_a_printed_date_is_put_into_words(text: str, said: str) -> None:
    """A date in words leaves as much open as it did in print."""
    span = _span(text)
    assert span is not None
    assert words(span) == said


def test_a_day_is_put_into_words() -> None:
    """A day is written as people write it."""
    assert day_in_words(date(2008, 1, 1)) == "1 January 2008"


@pytest.mark.parametrize("text", ["2017-1-24", "24/01/2017", "2017-02-30", "20170124", "today", ""])
def test_a_day_that_a_user_typed_wrongly_is_refused(text: str) -> None:
    """The problem names the option and the text."""
    with pytest.raises(Problem) as error:
        parse_day(text, "as-at")
    assert error.value.slug == "bad-date"
    assert error.value.detail.startswith(f'as-at is "{text}"')


def test_a_day_that_a_user_typed_is_read() -> None:
    """A day is year, month and day with hyphens."""
    assert parse_day("2017-01-24", "as-at") == date(2017, 1, 24)


# --- durations ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "duration", "expected"),
    [
        ("2017-01-24", "P0D", "2017-01-24"),
        ("2017-01-24", "P12M", "2018-01-24"),
        ("2017-01-24", "-P12M", "2016-01-24"),
        ("2017-01-24", "P1Y", "2018-01-24"),
        ("2016-02-29", "P1Y", "2017-02-28"),
        ("2016-02-29", "-P1Y", "2015-02-28"),
        ("2016-02-29", "P4Y", "2020-02-29"),
        ("2016-08-31", "P1M", "2016-09-30"),
        ("2016-03-31", "-P1M", "2016-02-29"),
        ("2016-01-31", "P1M1D", "2016-03-01"),
        ("2016-10-15", "P3M", "2017-01-15"),
        ("2016-01-15", "-P1M", "2015-12-15"),
        ("2016-12-31", "P1D", "2017-01-01"),
        ("2017-01-01", "-P1D", "2016-12-31"),
        ("2016-12-31", "P14M", "2018-02-28"),
        ("2000-10-26", "P11Y6M8D", "2012-05-04"),
        ("2017-01-24", "-P20Y", "1997-01-24"),
    ],
)
def test_a_duration_is_added(day: str, duration: str, expected: str) -> None:
    """Years and months first, to the month's last day at most; then days. A negative one goes back."""
    assert add(_day(day), duration) == _day(expected)


@pytest.mark.parametrize(
    "duration", ["", "P", "1Y", "P1W", "PT1H", "P1.5M", "P1M1Y", "P-1M", "a year"]
)
def test_what_is_no_duration_of_whole_days_is_refused(duration: str) -> None:
    """A fault in the rulebook is not read as some other span of time."""
    with pytest.raises(ValueError, match="not a duration"):
        add(date(2017, 1, 24), duration)


@given(
    st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)),
    st.integers(min_value=0, max_value=240),
)
def test_adding_months_keeps_the_order_of_days(day: date, months: int) -> None:
    """A later day never becomes an earlier one, and days alone can be taken back."""
    assert add(day, f"P{months}M") <= add(day + timedelta(days=1), f"P{months}M")
    assert add(add(day, f"P{months}D"), f"-P{months}D") == day


# --- periods --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "start", "end", "expected"),
    [
        # From a day to a day: the last one is out.
        ("2015-08-31", "2015-09-01", "2016-03-01", NO),
        ("2015-09-01", "2015-09-01", "2016-03-01", CERTAIN),
        ("2016-02-29", "2015-09-01", "2016-03-01", CERTAIN),
        ("2016-03-01", "2015-09-01", "2016-03-01", NO),
        # A month at the start: on its last day it has begun, whichever day was meant.
        ("2015-03-31", "2015-04", "2016-03-01", NO),
        ("2015-04-01", "2015-04", "2016-03-01", POSSIBLE),
        ("2015-04-29", "2015-04", "2016-03-01", POSSIBLE),
        ("2015-04-30", "2015-04", "2016-03-01", CERTAIN),
        # A month at the end: on its last day it is over, whichever day was meant.
        ("2016-02-29", "2015-09-01", "2016-03", CERTAIN),
        ("2016-03-01", "2015-09-01", "2016-03", POSSIBLE),
        ("2016-03-30", "2015-09-01", "2016-03", POSSIBLE),
        ("2016-03-31", "2015-09-01", "2016-03", NO),
        # A year at both: nothing is certain where they meet.
        ("2015-12-31", "2015", "2016", CERTAIN),
        ("2016-06-30", "2015", "2016", POSSIBLE),
        ("2015-06-30", "2015", "2015", POSSIBLE),
        # An end without a start is certain on the description's day alone.
        ("2016-06-29", "", "2016-12-01", POSSIBLE),
        ("2016-06-30", "", "2016-12-01", CERTAIN),
        ("2016-07-01", "", "2016-12-01", POSSIBLE),
        ("2016-12-01", "", "2016-12-01", NO),
        ("2016-06-30", "", "2016-06", NO),
        # A start without an end is certain up to the description's day.
        ("2015-08-31", "2015-09-01", "", NO),
        ("2015-09-01", "2015-09-01", "", CERTAIN),
        ("2016-06-30", "2015-09-01", "", CERTAIN),
        ("2016-07-01", "2015-09-01", "", POSSIBLE),
        ("2016-06-30", "2016", "", POSSIBLE),
        ("2016-12-31", "2016", "", POSSIBLE),
        # What begins after the description's day is planned, and so possible.
        ("2016-06-30", "2016-09-01", "", NO),
        ("2016-09-01", "2016-09-01", "", POSSIBLE),
        # No dates at all: certain on the description's day, possible on any other.
        ("2016-06-29", "", "", POSSIBLE),
        ("2016-06-30", "", "", CERTAIN),
        ("2016-07-01", "", "", POSSIBLE),
    ],
)
def test_a_period_holds_as_its_dates_say(
    day: str, start: str, end: str, expected: Certainty
) -> None:
    """Half-open periods, vague dates and missing dates, for a description of 30 June 2016."""
    assert (
        period_holds(
            _day(day),
            _span(start),
            _span(end),
            open_end=False,
            unknown_end=False,
            speaks_for=date(2016, 6, 30),
        )
        == expected
    )


@pytest.mark.parametrize(
    ("day", "not_stated", "open_end", "unknown_end"),
    [
        ("2015-08-31", NO, NO, NO),
        ("2015-09-01", CERTAIN, CERTAIN, POSSIBLE),
        ("2016-06-30", CERTAIN, CERTAIN, POSSIBLE),
        ("2016-07-01", POSSIBLE, CERTAIN, POSSIBLE),
        ("2026-06-30", POSSIBLE, CERTAIN, POSSIBLE),
    ],
)
def test_an_open_an_unknown_and_a_missing_end_are_three_things(
    day: str, not_stated: Certainty, open_end: Certainty, unknown_end: Certainty
) -> None:
    """Open: it goes on. Unknown: it ended some day. Not stated: it stands for the description's day."""
    found = [
        period_holds(
            _day(day),
            _span("2015-09-01"),
            None,
            open_end=is_open,
            unknown_end=is_unknown,
            speaks_for=date(2016, 6, 30),
        )
        for is_open, is_unknown in ((False, False), (True, False), (False, True))
    ]
    assert found == [not_stated, open_end, unknown_end]


SPANS = st.builds(
    lambda day, length: Span(day, day + timedelta(days=length), ""),
    st.dates(min_value=date(2010, 1, 1), max_value=date(2020, 1, 1)),
    st.sampled_from([0, 27, 364]),
)


@given(
    st.dates(min_value=date(2009, 1, 1), max_value=date(2022, 1, 1)),
    SPANS,
    SPANS,
    st.integers(min_value=0, max_value=364),
    st.integers(min_value=0, max_value=364),
)
def test_a_sharper_date_never_contradicts_a_vague_one(
    day: date, start: Span, end: Span, within_start: int, within_end: int
) -> None:
    """What is certain or impossible with a vague period is so for every period that it may mean."""

    def sharp(span: Span, days: int) -> Span:
        exact = min(span.earliest + timedelta(days=days), span.latest)
        return Span(exact, exact, "")

    def holds(one: Span, other: Span) -> Certainty:
        return period_holds(
            day, one, other, open_end=False, unknown_end=False, speaks_for=date(2016, 6, 30)
        )

    vague, exact = holds(start, end), holds(sharp(start, within_start), sharp(end, within_end))
    assert exact != POSSIBLE
    assert vague in (POSSIBLE, exact)


# --- events ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "on", "expected"),
    [
        ("2016-04-30", "2016-05-01", NO),
        ("2016-05-01", "2016-05-01", CERTAIN),
        ("2026-05-01", "2016-05-01", CERTAIN),
        ("2016-04-30", "2016-05", NO),
        ("2016-05-01", "2016-05", POSSIBLE),
        ("2016-05-30", "2016-05", POSSIBLE),
        ("2016-05-31", "2016-05", CERTAIN),
        ("2016-06-30", "2016", POSSIBLE),
        ("2016-12-31", "2016", CERTAIN),
        ("2016-06-29", "", POSSIBLE),
        ("2016-06-30", "", CERTAIN),
        ("2016-07-01", "", CERTAIN),
    ],
)
def test_an_event_has_happened_from_its_day_on(day: str, on: str, expected: Certainty) -> None:
    """An event stays a fact; one without a date had happened by the description's day, 30 June 2016."""
    assert event_happened(_day(day), _span(on), speaks_for=date(2016, 6, 30)) == expected
