"""Buddhist years by country and date: Visak Bochea as it was kept, the Thai years of April, and days of two years."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karmalink.account import When, parse_when
from karmalink.account.buddhist_era import khmer_days, khmer_year, thai_days, thai_year, visak_bochea
from karmalink.errors import DateError

DAYS = st.dates(datetime.date(1500, 1, 1), datetime.date(2500, 12, 31))
PAGE = Path(__file__).parents[2] / "docs" / "account.md"

# As Cambodia kept it: a public holiday.
KEPT = (
    *("2011-05-17", "2012-05-05", "2013-05-24", "2014-05-13", "2016-05-20", "2017-05-10", "2018-04-29", "2019-05-18"),
    *("2020-05-06", "2021-04-26", "2022-05-15", "2023-05-04", "2024-05-22", "2025-05-11", "2026-05-01"),
)


@pytest.mark.parametrize("kept", KEPT)
def test_visak_bochea_is_reckoned_as_it_was_kept(kept: str) -> None:
    day = datetime.date.fromisoformat(kept)
    assert visak_bochea(day.year) == day


def test_visak_bochea_is_a_full_moon_of_late_april_or_may() -> None:
    """A mean moon of 29.530589 days from the full moon of 16 May 2003 (03:36 UTC): never two days off."""
    for year in range(1900, 2101):
        found = visak_bochea(year)
        assert found is not None
        assert (4, 20) <= (found.month, found.day) <= (5, 26)
        moons = (found.toordinal() - datetime.date(2003, 5, 16).toordinal()) / 29.530589
        assert abs(moons - round(moons)) * 29.530589 < 2
    assert visak_bochea(1899) is None
    assert visak_bochea(2101) is None


@pytest.mark.parametrize(
    ("written", "calendar", "day", "also"),
    [
        # Cambodia: + 543 up to the full moon of 22 May 2024, + 544 from the next day to December.
        ("2567-05-22", "buddhist_cambodia", "2024-05-22", ["2023-05-22"]),
        ("2568-05-23", "buddhist_cambodia", "2024-05-23", []),
        ("2568-06-22", "buddhist_cambodia", "2024-06-22", []),
        ("2568-12-31", "buddhist_cambodia", "2024-12-31", []),
        ("2568-01-01", "buddhist_cambodia", "2025-01-01", []),
        ("2568-05-11", "buddhist_cambodia", "2025-05-11", []),
        ("2569-05-12", "buddhist_cambodia", "2025-05-12", []),
        # Twice in a year of thirteen months, and not at all in the next: both years are carried.
        ("2567-05-10", "buddhist_cambodia", "2024-05-10", ["2023-05-10"]),
        ("2568-05-15", "buddhist_cambodia", "2025-05-15", ["2024-05-15"]),
        # Thailand: the Gregorian year since 1941, the year of April before.
        ("2568-06-22", "buddhist_thailand", "2025-06-22", []),
        ("2484-01-01", "buddhist_thailand", "1941-01-01", []),
        ("2483-12-31", "buddhist_thailand", "1940-12-31", []),
        ("2483-04-01", "buddhist_thailand", "1940-04-01", []),
        ("2482-03-31", "buddhist_thailand", "1940-03-31", []),
        ("2475-02-10", "buddhist_thailand", "1933-02-10", []),
        ("2475-06-24", "buddhist_thailand", "1932-06-24", []),  # the revolution in Siam
        # Nobody says of which country: both, Cambodia's first, before 2484 Siam's.
        ("2568-06-22", "buddhist", "2024-06-22", ["2025-06-22"]),
        ("2568-02-01", "buddhist", "2025-02-01", []),
        ("2475-02-10", "buddhist", "1933-02-10", ["1932-02-10"]),
        ("2475-06-24", "buddhist", "1932-06-24", ["1931-06-24"]),
        ("2568-05-15", "buddhist", "2025-05-15", ["2024-05-15"]),
    ],
)
def test_a_buddhist_date_by_country_and_day(written: str, calendar: str, day: str, also: list[str]) -> None:
    found = parse_when(written, calendar=calendar)
    assert found.day.isoformat() == day
    assert [other.isoformat() for other in found.also] == also
    assert found.written() == written
    assert found.to_dict().get("also", []) == also


def test_what_no_calendar_has_is_refused() -> None:
    for written in ("2483-02-01", "2482-02-30"):
        with pytest.raises(DateError, match="no such day"):
            parse_when(written, calendar="buddhist_thailand")
    with pytest.raises(DateError, match="no such day"):
        parse_when("2564-02-29", calendar="buddhist_cambodia")


def test_of_two_years_the_plausible_one_counts() -> None:
    assert parse_when("2568-06-22", calendar="buddhist", earliest=2025).day.year == 2025
    assert parse_when("2568-06-22", calendar="buddhist", earliest=2025).written() == "2568-06-22"
    with pytest.raises(DateError, match="out of the plausible range"):
        parse_when("2568-06-22", calendar="buddhist", latest=2023)


def test_months_and_years_may_be_of_two_years_too() -> None:
    assert [day.year for day in parse_when("2568-05", calendar="buddhist_cambodia").also] == [2024]
    assert parse_when("2568-06", calendar="buddhist_cambodia").also == ()
    assert [day.year for day in parse_when("2568", calendar="buddhist_cambodia").also] == [2024]
    assert parse_when("2568", calendar="buddhist_thailand").also == ()


@given(DAYS)
def test_every_day_is_among_the_readings_of_what_is_written_on_it(day: datetime.date) -> None:
    assert thai_days(thai_year(day), day.month, day.day) == (day,)
    assert day in khmer_days(khmer_year(day), day.month, day.day)
    for calendar in ("buddhist", "buddhist_cambodia", "buddhist_thailand"):
        found = parse_when(When(day, calendar).written(), calendar=calendar, earliest=1, latest=9999)
        assert day in (found.day, *found.also)


@given(st.dates(datetime.date(1901, 1, 1), datetime.date(2099, 12, 31)))
def test_cambodias_year_turns_once_a_year_at_the_full_moon(day: datetime.date) -> None:
    """The slow way: look for the turn among the days of the year."""
    following = day + datetime.timedelta(days=1)
    turns = khmer_year(following) - khmer_year(day)
    assert turns == (visak_bochea(day.year) == day)


def test_the_table_in_the_docs_is_true() -> None:
    section = PAGE.read_text(encoding="utf-8").split("### Buddhist years")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\d{4}-\d\d-\d\d)` \| (.*?) \| (.*?) \| (.*?) \|$", section, re.MULTILINE)
    assert len(rows) >= 8
    for written, *told in rows:
        for calendar, cell in zip(("buddhist_thailand", "buddhist_cambodia", "buddhist"), told, strict=True):
            if cell == "no such day":
                with pytest.raises(DateError):
                    parse_when(written, calendar=calendar)
                continue
            found = parse_when(written, calendar=calendar)
            assert [day.isoformat() for day in (found.day, *found.also)] == re.findall(r"\d{4}-\d\d-\d\d", cell)
