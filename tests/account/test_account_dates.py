"""Dates: every calendar against a slow day count, no calendar guessed, nothing out of range let in."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karmalink.account import CALENDARS, Account, DateMeans, Precision, When, parse_when
from karmalink.errors import CannotAnswer, DateError, UsageError

YEARS = st.integers(1000, 2999)


def julian_by_counting(year: int, month: int, day: int) -> datetime.date:
    """The slow reference: count days one by one from 1660-01-01 Old Style, which was 1660-01-11 New Style."""
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

    def days_before(of_year: int, of_month: int, of_day: int) -> int:
        days = sum(366 if each % 4 == 0 else 365 for each in range(900, of_year))
        for each in range(1, of_month):
            days += 29 if each == 2 and of_year % 4 == 0 else lengths[each - 1]
        return days + of_day

    passed = days_before(year, month, day) - days_before(1660, 1, 1)
    return datetime.date(1660, 1, 11) + datetime.timedelta(days=passed)


@given(YEARS, st.integers(1, 12), st.integers(1, 28))
def test_julian_agrees_with_counting_days(year: int, month: int, day: int) -> None:
    found = parse_when(f"{year}-{month:02d}-{day:02d}", calendar="julian", earliest=1, latest=9998)
    assert found.day == julian_by_counting(year, month, day)


@pytest.mark.parametrize(
    ("written", "gregorian"),
    [
        ("1660-01-01", "1660-01-11"),  # Pepys begins his diary
        ("1582-10-05", "1582-10-15"),  # the day of the reform
        ("1752-09-03", "1752-09-14"),  # Britain changes over
        ("1700-02-29", "1700-03-11"),  # a leap day that the Gregorian calendar does not have
        ("1917-10-25", "1917-11-07"),  # the October revolution in November
        ("1500-02-28", "1500-03-09"),
    ],
)
def test_julian_dates_known_from_history(written: str, gregorian: str) -> None:
    found = parse_when(written, calendar="julian")
    assert found.day.isoformat() == gregorian
    assert found.written() == written


@given(st.sampled_from(sorted(CALENDARS)), st.dates(datetime.date(1000, 1, 1), datetime.date(2900, 12, 31)))
def test_every_calendar_writes_what_it_reads(calendar: str, day: datetime.date) -> None:
    written = When(day, calendar).written()
    found = parse_when(written, calendar=calendar, earliest=1, latest=9998)
    assert found.written() == written
    # Of two years that a date may be, the day is one: see the tests of the Buddhist era.
    assert day in (found.day, *found.also)
    assert found.also or found == When(day, calendar)


@pytest.mark.parametrize(
    ("text", "calendar", "what"),
    [
        ("2024-01-01", None, "calendar is not named"),
        ("2024-01-01", "", "calendar is not named"),
        ("2024-01-01", "gregorain", "did you mean 'gregorian'"),
        ("01/02/2024", "gregorian", "not a date"),
        ("2024-13-01", "gregorian", "no such day"),
        ("2023-02-29", "gregorian", "no such day"),
        ("1700-02-29", "gregorian", "no such day"),
        ("1701-02-29", "julian", "no such day"),
        ("1701-13-01", "julian", "no such day"),
        ("0400-01-01", "buddhist", "no such day"),
        ("1197-11-12", "gregorian", "1197 is out of the plausible range"),
        ("9999-01-01", "gregorian", "out of the plausible range"),
        ("yesterday", "gregorian", "not a date"),
        ("", "gregorian", "not a date"),
    ],
)
def test_what_is_no_date_is_refused(text: str, calendar: str | None, what: str) -> None:
    with pytest.raises(DateError, match=what):
        parse_when(text, calendar=calendar)


def test_the_plausible_range_is_an_option() -> None:
    assert parse_when("1197-11-12", calendar="julian", earliest=1100).day.year == 1197
    with pytest.raises(DateError, match="out of the plausible range"):
        parse_when("2020-01-01", calendar="gregorian", latest=2019)


def test_precision_is_what_is_written_or_less() -> None:
    assert parse_when("1660", calendar="julian").precision is Precision.YEAR
    assert parse_when("1660-03", calendar="julian").written() == "1660-03"
    assert parse_when("1660-03-05", calendar="julian", precision="month").written() == "1660-03"
    with pytest.raises(DateError, match="the date only gives the year"):
        parse_when("1660", calendar="julian", precision="day")
    with pytest.raises(DateError, match="unknown precision"):
        parse_when("1660", calendar="julian", precision="hour")


def account(means: DateMeans, when: When | None) -> Account:
    return Account("a", "leng", "secret words", when, means)


def test_night_n_lies_between_waking_day_n_and_n_plus_1() -> None:
    """link.md §2: night_of d is night d; morning_of d ends the night that began on d − 1."""
    when = parse_when("2024-03-02", calendar="gregorian")
    assert account(DateMeans.NIGHT_OF, when).night() == when.ordinal
    assert account(DateMeans.MORNING_OF, when).night() == when.ordinal - 1
    assert account(DateMeans.UNKNOWN, when).night("night_of") == when.ordinal
    assert account(DateMeans.UNKNOWN, when).night(DateMeans.MORNING_OF) == when.ordinal - 1
    # What the account says itself is not overruled.
    assert account(DateMeans.MORNING_OF, when).night("night_of") == when.ordinal - 1


def test_a_night_that_is_not_known_is_not_made_up() -> None:
    with pytest.raises(UsageError, match="does not say what its date means"):
        account(DateMeans.UNKNOWN, parse_when("2024-03-02", calendar="gregorian")).night()
    with pytest.raises(UsageError):
        account(DateMeans.UNKNOWN, parse_when("2024-03-02", calendar="gregorian")).night("unknown")
    for when in (None, parse_when("2024-03", calendar="gregorian")):
        with pytest.raises(CannotAnswer, match="is not dated to the day"):
            account(DateMeans.NIGHT_OF, when).night()


def test_an_account_tells_no_words_of_it() -> None:
    found = account(DateMeans.NIGHT_OF, parse_when("2024-03-02", calendar="gregorian"))
    assert repr(found) == "Account(a: leng, 2024-03-02, 12 characters)"
    assert "secret" not in str(found.to_dict())
    assert found.to_dict()["when"] == {"day": "2024-03-02", "calendar": "gregorian", "precision": "day"}
