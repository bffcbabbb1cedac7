"""Calendars, RFC 5545: all-day and timed events, zones, repeats, and what is refused."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from karmalink.account import Life, read_lives
from karmalink.errors import CannotAnswer, ImportFaults, ReadError, UsageError


def event(*lines: str, uid: str = "1", summary: str = "secret meeting") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}", *lines, "END:VEVENT"])


def life_of(folder: Path, *events: str, head: str = "", **options: Any) -> Life:
    path = folder / "c.ics"
    path.write_text(
        "\n".join(
            ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *([head] if head else []), *events, "END:VCALENDAR"]
        ),
        encoding="utf-8",
    )
    return read_lives(path, **{"life": "sok", **options})[0]


def days(life: Life) -> list[str]:
    return [entry.when.written() for entry in life.entries if entry.when]


def test_an_all_day_event_is_an_entry_on_each_of_its_days(tmp_path: Path) -> None:
    """RFC 5545, 3.6.1: DTEND is the day after."""
    life = life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501", "DTEND;VALUE=DATE:20240504", "LOCATION:Kep"))
    assert days(life) == ["2024-05-01", "2024-05-02", "2024-05-03"]
    assert life.entries[0].text == "secret meeting\nKep"
    assert (life.kind, life.id, life.author) == ("calendar", "sok", None)


def test_without_an_end_an_event_lies_on_one_day(tmp_path: Path) -> None:
    assert days(life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501"))) == ["2024-05-01"]


def test_a_duration_is_an_end(tmp_path: Path) -> None:
    assert days(life_of(tmp_path, event("DTSTART:20240501T230000", "DURATION:PT2H"))) == ["2024-05-01", "2024-05-02"]
    assert days(life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501", "DURATION:P2D"))) == ["2024-05-01", "2024-05-02"]


def test_an_event_that_ends_at_midnight_does_not_touch_the_next_day(tmp_path: Path) -> None:
    assert days(life_of(tmp_path, event("DTSTART:20240501T220000", "DTEND:20240502T000000"))) == ["2024-05-01"]


def test_the_day_of_a_time_in_utc_is_the_day_where_the_person_was(tmp_path: Path) -> None:
    late = event("DTSTART:20240501T233000Z")
    with pytest.raises(ImportFaults, match="say the time zone"):
        life_of(tmp_path, late)
    assert days(life_of(tmp_path, late, timezone="Asia/Phnom_Penh")) == ["2024-05-02"]
    assert days(life_of(tmp_path, late, timezone="America/New_York")) == ["2024-05-01"]
    assert days(life_of(tmp_path, late, head="X-WR-TIMEZONE:Asia/Phnom_Penh")) == ["2024-05-02"]


def test_an_event_with_its_own_zone_keeps_its_day_unless_told_otherwise(tmp_path: Path) -> None:
    late = event("DTSTART;TZID=Europe/Paris:20240501T233000")
    assert days(life_of(tmp_path, late)) == ["2024-05-01"]
    assert days(life_of(tmp_path, late, timezone="Asia/Phnom_Penh")) == ["2024-05-02"]


def test_repeats_that_end_are_written_out_without_what_is_left_out_or_moved(tmp_path: Path) -> None:
    weekly = event(
        "DTSTART;TZID=Europe/Paris:20240501T180000",
        "RRULE:FREQ=WEEKLY;COUNT=4",
        "EXDATE;TZID=Europe/Paris:20240508T180000",
    )
    # The occurrence of 15 May is named in UTC and moved to the 16th.
    moved = event("DTSTART;TZID=Europe/Paris:20240516T180000", "RECURRENCE-ID:20240515T160000Z", summary="moved")
    assert days(life_of(tmp_path, weekly, moved)) == ["2024-05-01", "2024-05-16", "2024-05-22"]


def test_repeats_until_a_day_include_it(tmp_path: Path) -> None:
    utc = event("DTSTART;TZID=Europe/Paris:20240501T180000", "RRULE:FREQ=DAILY;UNTIL=20240503T160000Z")
    assert days(life_of(tmp_path, utc)) == ["2024-05-01", "2024-05-02", "2024-05-03"]
    whole = event("DTSTART;VALUE=DATE:20240501", "RRULE:FREQ=DAILY;UNTIL=20240502")
    assert days(life_of(tmp_path, whole)) == ["2024-05-01", "2024-05-02"]
    floating = event("DTSTART:20240501T180000", "RRULE:FREQ=DAILY;UNTIL=20240502T180000")
    assert days(life_of(tmp_path, floating)) == ["2024-05-01", "2024-05-02"]


def test_added_dates_are_taken(tmp_path: Path) -> None:
    found = life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501", "RDATE;VALUE=DATE:20240511,20240521"))
    assert days(found) == ["2024-05-01", "2024-05-11", "2024-05-21"]


def test_an_endless_repeat_needs_an_end(tmp_path: Path) -> None:
    endless = event("DTSTART;VALUE=DATE:20240501", "RRULE:FREQ=WEEKLY")
    with pytest.raises(ImportFaults, match="repeats without end"):
        life_of(tmp_path, endless)
    assert days(life_of(tmp_path, endless, until=datetime.date(2024, 5, 15))) == [
        "2024-05-01",
        "2024-05-08",
        "2024-05-15",
    ]


def test_several_repeats_on_one_day_are_one_entry(tmp_path: Path) -> None:
    assert days(life_of(tmp_path, event("DTSTART:20240501T080000", "RRULE:FREQ=HOURLY;COUNT=5"))) == ["2024-05-01"]


def test_cancelled_and_wordless_events_are_left_out(tmp_path: Path) -> None:
    kept = event("DTSTART;VALUE=DATE:20240501", uid="1")
    cancelled = event("DTSTART;VALUE=DATE:20240502", "STATUS:CANCELLED", uid="2")
    wordless = event("DTSTART;VALUE=DATE:20240503", uid="3", summary="")
    assert days(life_of(tmp_path, kept, cancelled, wordless)) == ["2024-05-01"]
    with pytest.raises(CannotAnswer, match="no entries"):
        life_of(tmp_path, wordless)


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        (("DTSTART:2024-05-01",), "not a date"),
        ((), "has no DTSTART"),
        (("DTSTART;VALUE=DATE:11970501",), "out of the plausible range"),
        (("DTSTART;VALUE=DATE:20200501", "DTEND;VALUE=DATE:20240501"), "longer than a year"),
        (("DTSTART;VALUE=DATE:20240501", "DTEND:20240502T100000"), "begins as a day"),
        (("DTSTART;VALUE=DATE:19000101", "RRULE:FREQ=DAILY;COUNT=30000"), "repeats too often"),
    ],
)
def test_an_event_that_cannot_be_read_is_a_fault_with_its_line(
    tmp_path: Path, lines: tuple[str, ...], rule: str
) -> None:
    with pytest.raises(ImportFaults, match=rule) as caught:
        life_of(tmp_path, event("DTSTART;VALUE=DATE:20240101", uid="0"), event(*lines))
    assert [fault.line for fault in caught.value.faults] == [9]
    assert "secret" not in str(caught.value)


def test_an_event_without_uid_and_one_that_is_there_twice(tmp_path: Path) -> None:
    with pytest.raises(ImportFaults, match="has no UID"):
        life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501", uid=""))
    with pytest.raises(ImportFaults, match="UID of another event"):
        life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501"), event("DTSTART;VALUE=DATE:20240501"))


def test_what_is_no_calendar_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.ics"
    path.write_text("Dear diary\n", encoding="utf-8")
    with pytest.raises(ReadError, match="not an iCalendar file"):
        read_lives(path, life="sok")
    with pytest.raises(UsageError, match="whose life"):
        read_lives(path)
    with pytest.raises(UsageError, match="unknown time zone"):
        life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501"), timezone="Mars/Olympus")
