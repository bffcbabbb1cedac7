"""Dates as tables write them: read where they can be told, refused where they cannot."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karmalink.account import read_accounts, read_lives
from karmalink.account.files.written_dates import DateRules, DayOrder, order_of, year_first
from karmalink.errors import ImportFaults, UsageError
from karmalink.rows import LeftOutWarning, Refused

PLAIN = DateRules(latest=2030)
UNKNOWN = DayOrder(None)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024-05-01", "2024-05-01"),
        ("2024-5-1", "2024-05-01"),
        ("2024/05/01", "2024-05-01"),
        ("2024.05.01", "2024-05-01"),
        ("2024-05", "2024-05"),
        ("1661", "1661"),
        ("2024-05-01 07:10:02", "2024-05-01"),
        ("2024-05-01T06:31:14.253+07:00", "2024-05-01"),
        ("2024-05-01T23:31:14.253+0700", "2024-05-01"),
        (" 2024-05-01 11:59 PM ", "2024-05-01"),
        ("1 May 2024", "2024-05-01"),
        ("01-May-2024", "2024-05-01"),
        ("May 1st, 2024", "2024-05-01"),
        ("1st Sept. 2024", "2024-09-01"),
        ("2024-??-??", "2024"),
        ("2024-05-??", "2024-05"),
    ],
)
def test_year_first_reads_what_can_be_told(cell: str, day: str) -> None:
    assert year_first(cell, UNKNOWN, PLAIN) == day


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("yesterday", "is not a date"),
        ("45413", "is not a date"),
        ("1 Mayo 2024 x", "is not a date"),
        ("12 Foo 2024", "is not a date"),
        ("2024-05-01 early", "is not a date"),
        ("03/04/2024", "day/month or month/day"),
        ("2024-05-01T23:31:14Z", "UTC"),
        ("2024-05-01 23:31:14+00:00", "UTC"),
        ("1 May 80", "two figures"),
    ],
)
def test_year_first_refuses_what_cannot_be_told(cell: str, rule: str) -> None:
    with pytest.raises(Refused, match=rule):
        year_first(cell, UNKNOWN, PLAIN)


def test_year_first_a_time_in_utc_is_on_the_day_where_the_person_was() -> None:
    rules = DateRules(timezone="Asia/Phnom_Penh", latest=2030)
    assert year_first("2024-05-01T23:31:14Z", UNKNOWN, rules) == "2024-05-02"
    assert year_first("2024-05-01 10:31 UTC", UNKNOWN, rules) == "2024-05-01"
    assert year_first("2024-05-01 11:31 PM UTC", UNKNOWN, rules) == "2024-05-02"
    # A time with an offset of its own is where the person was already.
    assert year_first("2024-05-01T23:31:14+02:00", UNKNOWN, rules) == "2024-05-01"
    assert year_first("2024-05-01T23:31:14Z", UNKNOWN, DateRules(timezone="UTC")) == "2024-05-01"
    with pytest.raises(UsageError, match="unknown time zone"):
        year_first("2024-05-01T23:31:14Z", UNKNOWN, DateRules(timezone="Phnom Penh"))


@pytest.mark.parametrize(
    ("cell", "day_first", "day"),
    [
        ("03/04/2024", True, "2024-04-03"),
        ("03/04/2024", False, "2024-03-04"),
        ("3.4.2024", True, "2024-04-03"),
        ("03-04-2024 7:10", True, "2024-04-03"),
        ("07/??/1980", False, "1980-07"),
        ("??/??/1980", False, "1980"),
    ],
)
def test_year_first_day_and_month_by_the_order_of_the_file(cell: str, day_first: bool, day: str) -> None:
    assert year_first(cell, DayOrder(day_first), PLAIN) == day


def test_year_first_two_figures_need_one_century_of_plausible_years() -> None:
    seventies = DateRules(earliest=1960, latest=2010)
    assert year_first("10/24/80", DayOrder(False), seventies) == "1980-10-24"
    assert year_first("10/24/05", DayOrder(False), seventies) == "2005-10-24"
    with pytest.raises(Refused, match="two figures"):
        year_first("10/24/30", DayOrder(False), seventies)
    with pytest.raises(Refused, match="two figures"):
        year_first("10/24/80", DayOrder(False), seventies, calendar="buddhist")


@given(st.dates(dt.date(1500, 1, 1), dt.date(2029, 12, 31)), st.sampled_from("/.-"), st.booleans())
def test_year_first_gives_back_the_day_that_was_written(day: dt.date, mark: str, day_first: bool) -> None:
    pattern = f"%d{mark}%m{mark}%Y" if day_first else f"%m{mark}%d{mark}%Y"
    assert year_first(day.strftime(pattern), DayOrder(day_first), PLAIN) == day.isoformat()
    assert year_first(day.isoformat() + "T08:00", UNKNOWN, PLAIN) == day.isoformat()
    assert year_first(f"{day.day} {day:%B} {day.year}", UNKNOWN, PLAIN) == day.isoformat()
    assert year_first(f"{day:%b} {day.day}, {day.year}", UNKNOWN, PLAIN) == day.isoformat()


@given(st.lists(st.tuples(st.integers(1, 31), st.integers(1, 31)), max_size=6), st.sampled_from([None, True, False]))
def test_order_of_is_what_numbers_over_twelve_prove(parts: list[tuple[int, int]], said: bool | None) -> None:
    cells = {line: f"{a:02d}/{b:02d}/2024" for line, (a, b) in enumerate(parts, start=2)}
    day = any(a > 12 for a, _ in parts)
    month = any(b > 12 for _, b in parts)
    found = order_of(cells, said)
    assert bool(found.against) == ((day and month) or (said is True and month) or (said is False and day))
    if not found.against:
        assert found.day_first == (said if said is not None else True if day else False if month else None)


def written(folder: Path, rows: str) -> Path:
    path = folder / "a.csv"
    path.write_text("id,person,date,calendar,text\n" + rows, encoding="utf-8")
    return path


def test_read_accounts_infers_the_order_only_where_it_is_proved(tmp_path: Path) -> None:
    proved = written(tmp_path, "a,P,03/04/2024,gregorian,x\nb,P,13/04/2024,gregorian,y\n")
    assert [str(one.when.day) for one in read_accounts(proved) if one.when] == ["2024-04-03", "2024-04-13"]
    open_ = written(tmp_path, "a,P,03/04/2024,gregorian,x\nb,P,05/04/2024,gregorian,y\n")
    with pytest.raises(ImportFaults, match="no date of the file proves which") as caught:
        read_accounts(open_)
    assert "--day-first" in str(caught.value)
    assert [str(one.when.day) for one in read_accounts(open_, day_first=False) if one.when] == [
        "2024-03-04",
        "2024-05-04",
    ]


def test_read_accounts_two_orders_in_one_file_are_a_fault(tmp_path: Path) -> None:
    path = written(tmp_path, "a,P,13/04/2024,gregorian,x\nb,P,04/13/2024,gregorian,y\n")
    with pytest.raises(ImportFaults, match="the other way round than the date on line 2") as caught:
        read_accounts(path)
    assert [fault.line for fault in caught.value.faults] == [3]
    with pytest.raises(ImportFaults, match="cannot be read with the month first"):
        read_accounts(written(tmp_path, "a,P,13/04/2024,gregorian,x\n"), day_first=False)


def test_read_accounts_a_calendar_still_has_to_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,person,date,text\na,P,31/12/2567,x\n", encoding="utf-8")
    with pytest.raises(ImportFaults, match="calendar"):
        read_accounts(path)
    with pytest.warns(LeftOutWarning, match=r"1 date that may be of two years.*both carried.*\(line 2\)"):
        (account,) = read_accounts(path, calendar="buddhist")
    assert account.when is not None and account.when.written() == "2567-12-31"
    (account,) = read_accounts(path, calendar="buddhist_cambodia")
    assert account.when is not None and account.when.day.isoformat() == "2023-12-31"


def test_read_lives_reads_dates_alike(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("life,date,calendar,text\nl,2024-05-01T20:00Z,gregorian,x\n", encoding="utf-8")
    with pytest.warns(UserWarning, match="numbered"):
        (life,) = read_lives(path, timezone="Asia/Phnom_Penh")
    assert str(life.entries[0].when and life.entries[0].when.day) == "2024-05-02"
