"""Calendars, RFC 5545: all-day and timed events, zones, repeats, and what is refused."""

from __future__ import annotations

import contextlib
import datetime
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karmalink.account import Life, read_lives
from karmalink.errors import CannotAnswer, ImportFaults, KarmalinkError, ReadError, UsageError
from karmalink.rows import LeftOutWarning

# Whatever a property may hold, at the edges of what there is.
VALUES = (
    *("", "x", "20260301", "20260301T090000", "20260301T090000Z", "99991231T235959Z", "00010101T000000Z", "16040229"),
    *("P1D", "P99999W", "PT0S", "-P1D", "20260301T090000/PT1H", "20260301/20250101", "FREQ=DAILY", "FREQ=SECONDLY"),
    *("FREQ=YEARLY;UNTIL=99991231", "FREQ=WEEKLY;COUNT=3", "FREQ=MONTHLY;BYDAY=-5MO;BYSETPOS=-1", "CANCELLED", "7"),
)
NAMES = (
    *("DTSTART", "DTSTART;VALUE=DATE", "DTSTART;TZID=Europe/Berlin", "DTEND", "DTEND;TZID=Asia/Tokyo", "DURATION"),
    *("RRULE", "EXRULE", "RDATE", "RDATE;VALUE=PERIOD", "EXDATE", "EXDATE;TZID=Nowhere", "RECURRENCE-ID", "SEQUENCE"),
    *("RECURRENCE-ID;RANGE=THISANDFUTURE", "RECURRENCE-ID;RANGE=THISANDPRIOR", "STATUS", "BEGIN", "END"),
)
PIECES = [f"{name}:{value}" for name in NAMES for value in VALUES]


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOutWarning)
        return read_lives(path, **{"life": "sok", **options})[0]


def notes(life: Life) -> list[str]:
    return [str(note) for note in life.notes]


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


@pytest.mark.parametrize("zone", ["Europe/Paris", "Asia/Tokyo", "Romance Standard Time", "A zone of our own"])
def test_an_event_with_its_own_zone_keeps_the_day_it_is_written_on(tmp_path: Path, zone: str) -> None:
    """docs/formats.md: whatever the file or the caller says about times in UTC."""
    late, early = (event(f"DTSTART;TZID={zone}:20240501T{hour}3000", uid=hour) for hour in ("23", "00"))
    for options in ({}, {"head": "X-WR-TIMEZONE:America/Los_Angeles"}, {"timezone": "Asia/Phnom_Penh"}):
        assert days(life_of(tmp_path, late, early, **options)) == ["2024-05-01", "2024-05-01"]


@pytest.mark.parametrize("utc", ["UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu", "tzone://Microsoft/Utc"])
def test_utc_is_no_place(tmp_path: Path, utc: str) -> None:
    with pytest.raises(ImportFaults, match="timed in UTC"):
        life_of(tmp_path, event("DTSTART:20240501T233000Z"), head=f"X-WR-TIMEZONE:{utc}")
    named = event(f'DTSTART;TZID="{utc}":20240501T233000')
    with pytest.raises(ImportFaults, match="timed in UTC"):
        life_of(tmp_path, named)
    assert days(life_of(tmp_path, named, timezone="Asia/Phnom_Penh")) == ["2024-05-02"]
    # Who says it was there.
    assert days(life_of(tmp_path, named, timezone="UTC")) == ["2024-05-01"]


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
    ("line", "rule"),
    [
        ("DTSTART:2024-05-01", "not a date or time"),
        ("DTSTART:20240230", "the calendar does not have"),
        ("DTSTART:20240501T250000", "the clock does not have"),
        ("DTEND:tomorrow", "not a date or time"),
        ("DURATION:PT1W", "not a length of time"),
        ("DURATION:P90M", "not a length of time"),
        ("DURATION:P1DT", "not a length of time"),
        ("DURATION:-PT1H", "runs backwards"),
        ("RRULE:FREQ=FORTNIGHTLY;COUNT=2", "does not say a frequency"),
        ("RRULE:FREQ=DAILY;UNTL=20240505", "did you mean 'UNTIL'"),
        ("RRULE:FREQ=DAILY;COUNT=x", "COUNT that is not a whole number"),
        ("RRULE:FREQ=DAILY;COUNT=0", "COUNT of 0"),
        ("RRULE:FREQ=DAILY;COUNT=2;COUNT=3", "COUNT twice"),
        ("RRULE:FREQ=DAILY;INTERVAL=0;COUNT=2", "INTERVAL that is not"),
        ("RRULE:FREQ=DAILY;UNTIL=never", "UNTIL that is not a date or time"),
        ("RRULE:FREQ=WEEKLY;BYDAY=XX;COUNT=2", "weekday that is not known"),
        ("RRULE:FREQ=YEARLY;BYMONTH=13;COUNT=2", "BYMONTH that is not"),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2", "BYMONTHDAY of 0"),
        ("RRULE:FREQ=DAILY;RSCALE=HEBREW;COUNT=2", "RFC 5545 does not have"),
        ("EXRULE:FREQ=", "does not say a frequency"),
        ("RDATE:never", "not a date or time"),
        ("RDATE;VALUE=PERIOD:20240501T100000Z/soon", "not a date or time"),
        ("EXDATE:20240501,tomorrow", "not a date or time"),
        ("RECURRENCE-ID:x", "not a date or time"),
        ("SEQUENCE:first", "not a whole number"),
    ],
)
@pytest.mark.parametrize("kind", ["VEVENT", "VJOURNAL"])
def test_a_broken_value_is_a_fault_with_its_line(tmp_path: Path, line: str, rule: str, kind: str) -> None:
    start = [] if line.startswith("DTSTART") else ["DTSTART:20240501T090000"]
    broken = event(*start, line).replace("VEVENT", kind)
    with pytest.raises(ImportFaults, match=rule) as caught:
        life_of(tmp_path, event("DTSTART;VALUE=DATE:20240101", uid="0"), broken)
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [
        (12 + len(start), line.replace(";", ":").split(":")[0])
    ]
    assert "secret" not in str(caught.value)


def test_all_broken_values_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ImportFaults) as caught:
        life_of(tmp_path, event("DTSTART:x", "DTEND:y", "RRULE:z", "EXDATE:a,b"), event("DTSTART:c", uid="2"))
    assert [fault.line for fault in caught.value.faults] == [7, 8, 9, 10, 10, 15]


@pytest.mark.parametrize("line", ["RRULE:", "EXDATE:", "RDATE:", "DURATION:", "DTEND:", "SEQUENCE:", "RECURRENCE-ID:"])
def test_a_property_without_a_value_says_nothing_and_is_counted(tmp_path: Path, line: str) -> None:
    life = life_of(tmp_path, event("DTSTART:20240501T090000", line))
    assert days(life) == ["2024-05-01"]
    assert notes(life) == ["1 property without a value: left out (line 8)"]


@pytest.mark.parametrize(
    ("lines", "left_out"),
    [
        ((), "1 event without a start: left out (line 9)"),
        (
            ("DTSTART;VALUE=DATE:11970501",),
            "1 event on days outside of 1500-01-01 to 2024-12-31: those days left out (line 12)",
        ),
        (
            ("DTSTART;VALUE=DATE:20310105",),
            "1 event on days outside of 1500-01-01 to 2024-12-31: those days left out (line 12)",
        ),
        (("DTSTART;VALUE=DATE:20200501", "DTEND;VALUE=DATE:20240501"), "1 event of over a year: left out (line 12)"),
        (("DTSTART;VALUE=DATE:20240501", "STATUS:CANCELLED"), "1 event that was cancelled: left out (line 9)"),
        (("DTSTART;VALUE=DATE:16040501", "RRULE:FREQ=YEARLY"), ""),
    ],
)
def test_what_is_no_day_of_this_life_is_left_out_and_counted(
    tmp_path: Path, lines: tuple[str, ...], left_out: str
) -> None:
    kept = event("DTSTART;VALUE=DATE:20240101", uid="0")
    life = life_of(tmp_path, kept, event(*lines), until=datetime.date(2024, 12, 31), latest=2024)
    if left_out:
        assert (days(life), notes(life)) == (["2024-01-01"], [left_out])
        return
    # A birthday without a year, as Apple writes it.
    assert days(life) == ["2024-01-01", "2024-05-01"]
    assert notes(life) == [
        "1 repeat from before 1900, which stands for no year: taken from 2024 on, as the others (line 12)"
    ]
    with pytest.raises(CannotAnswer, match="stands for no year: left out"):
        life_of(tmp_path, event(*lines), until=datetime.date(2024, 12, 31))


def test_the_bounds_of_a_repeat_are_said(tmp_path: Path) -> None:
    born = event("DTSTART;VALUE=DATE:19900314", "RRULE:FREQ=YEARLY")
    life = life_of(tmp_path, born, earliest=2020, until=datetime.date(2022, 12, 31))
    assert days(life) == ["2020-03-14", "2021-03-14", "2022-03-14"]
    assert notes(life) == ["1 event on days outside of 2020-01-01 to 2022-12-31: those days left out (line 7)"]
    # Another event's day is not the last one that is wanted, the repeat ends before: nothing to say.
    ended = event("DTSTART;VALUE=DATE:20210314", "RRULE:FREQ=YEARLY;COUNT=2")
    assert life_of(tmp_path, ended, until=datetime.date(2022, 12, 31)).notes == ()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=SECONDLY;COUNT=100000", ["2024-05-01", "2024-05-02"]),
        ("FREQ=SECONDLY", ["2024-05-01", "2024-05-02", "2024-05-03"]),
        ("FREQ=MINUTELY;INTERVAL=1000", ["2024-05-01", "2024-05-02", "2024-05-03"]),
        ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", ["2024-05-01"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", ["2024-05-01"]),
        ("FREQ=DAILY;INTERVAL=999999999", ["2024-05-01"]),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", ["2024-05-01", "2024-05-02", "2024-05-03"]),
        ("FREQ=DAILY;COUNT=999999999", ["2024-05-01", "2024-05-02", "2024-05-03"]),
    ],
)
def test_no_rule_runs_for_ever(tmp_path: Path, rule: str, expected: list[str]) -> None:
    begun = time.process_time()
    life = life_of(tmp_path, event("DTSTART:20240501T080000", f"RRULE:{rule}"), until=datetime.date(2024, 5, 3))
    assert days(life) == expected
    assert time.process_time() - begun < 5


EXCEPTIONS = [
    ("EXDATE;VALUE=DATE:20260303", "a day"),
    ("EXDATE:20260303T000000", "midnight without a zone"),
    ("EXDATE;TZID=Europe/Berlin:20260303T000000", "midnight in a zone"),
    ("EXDATE:20260302T230000Z", "midnight in UTC"),
    ("EXDATE:20260303T090000", "the moment without a zone"),
    ("EXDATE;TZID=Europe/Berlin:20260303T090000", "the moment in its zone"),
    ("EXDATE;TZID=Asia/Tokyo:20260303T170000", "the moment in another zone"),
    ("EXDATE:20260303T080000Z", "the moment in UTC"),
    ("EXDATE;TZID=Europe/Berlin:20260303T100000", "an hour of that day"),
]
SERIES = {
    "zoned": ("DTSTART;TZID=Europe/Berlin:20260302T090000", "RRULE:FREQ=DAILY;COUNT=3"),
    "local": ("DTSTART:20260302T090000", "RRULE:FREQ=DAILY;COUNT=3"),
    "utc": ("DTSTART:20260302T080000Z", "RRULE:FREQ=DAILY;COUNT=3"),
    "day": ("DTSTART;VALUE=DATE:20260302", "RRULE:FREQ=DAILY;COUNT=3"),
}


@pytest.mark.parametrize("kind", sorted(SERIES))
@pytest.mark.parametrize(("exception", "form"), EXCEPTIONS, ids=[form for _, form in EXCEPTIONS])
def test_an_occurrence_is_named_by_its_moment_or_its_day(tmp_path: Path, kind: str, exception: str, form: str) -> None:
    """node-ical #454–#460 and its like: whatever the form, 3 March is left out, or moved to the 10th."""
    series = event(*SERIES[kind])
    without = life_of(tmp_path, event(*SERIES[kind], exception), timezone="Europe/Berlin")
    assert days(without) == ["2026-03-02", "2026-03-04"], form
    moved = event("DTSTART;VALUE=DATE:20260310", exception.replace("EXDATE", "RECURRENCE-ID"), summary="later")
    life = life_of(tmp_path, series, moved, timezone="Europe/Berlin")
    assert days(life) == ["2026-03-02", "2026-03-04", "2026-03-10"], form
    assert [entry.text for entry in life.entries] == ["secret meeting", "secret meeting", "later"]


def test_midnight_in_utc_names_a_whole_day_where_no_zone_is_known(tmp_path: Path) -> None:
    """Midnight is between noon the day before (12 hours east) and noon (12 hours west)."""
    for said, gone in (("20260302T230000Z", "03"), ("20260302T170000Z", "03"), ("20260303T050000Z", "03")):
        left = days(life_of(tmp_path, event(*SERIES["day"], f"EXDATE:{said}")))
        assert left == [day for day in ("2026-03-02", "2026-03-03", "2026-03-04") if not day.endswith(gone)]


def test_one_hour_of_many_is_left_out_without_its_day(tmp_path: Path) -> None:
    hourly = ("DTSTART:20260302T080000", "RRULE:FREQ=HOURLY;COUNT=3")
    assert days(life_of(tmp_path, event(*hourly, "EXDATE:20260302T090000"))) == ["2026-03-02"]
    assert days(life_of(tmp_path, event(*hourly, "EXDATE:20260302T093000"))) == ["2026-03-02"]
    all_three = "EXDATE:20260302T080000,20260302T090000,20260302T100000"
    with pytest.raises(CannotAnswer):
        life_of(tmp_path, event(*hourly, all_three))
    with pytest.raises(CannotAnswer):
        life_of(tmp_path, event(*hourly, "EXDATE;VALUE=DATE:20260302"))


def test_an_exception_that_is_taken_by_its_day_or_names_nothing_is_said(tmp_path: Path) -> None:
    by_day = life_of(tmp_path, event(*SERIES["local"], "EXDATE:20260303T000000"))
    assert notes(by_day) == ["1 exception that names no moment of its series: taken for its day (of line 7)"]
    nothing = life_of(tmp_path, event(*SERIES["local"], "EXDATE:20260401T090000"))
    assert notes(nothing) == ["1 exception that names no occurrence: left out (of line 7)"]


def test_a_change_holds_for_all_that_follow(tmp_path: Path) -> None:
    """RFC 5545, 3.2.13: RANGE=THISANDFUTURE moves the others by as much, with the same length and words."""
    weekly = event("DTSTART:20260302T090000", "RRULE:FREQ=WEEKLY;COUNT=5")
    onwards = event(
        "DTSTART:20260317T220000",
        "DTEND:20260318T010000",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260316T090000",
        summary="by night",
    )
    alone = event("DTSTART:20260327T090000", "RECURRENCE-ID:20260323T090000", summary="on Friday")
    life = life_of(tmp_path, weekly, onwards, alone)
    assert [(entry.id[-5:], entry.text) for entry in life.entries] == [
        ("03-02", "secret meeting"),
        ("03-09", "secret meeting"),
        ("03-17", "by night"),
        ("03-18", "by night"),
        ("03-27", "on Friday"),
        ("03-31", "by night"),
        ("04-01", "by night"),
    ]
    ended = event("DTSTART:20260316T090000", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260316T090000", "STATUS:CANCELLED")
    assert days(life_of(tmp_path, weekly, ended)) == ["2026-03-02", "2026-03-09"]


def test_a_cancelled_series_is_cancelled_with_its_changes(tmp_path: Path) -> None:
    kept = event("DTSTART;VALUE=DATE:20240501", uid="0")
    gone = event("DTSTART:20260302T090000", "RRULE:FREQ=DAILY;COUNT=3", "STATUS:CANCELLED")
    change = event("DTSTART:20260310T090000", "RECURRENCE-ID:20260303T090000")
    assert days(life_of(tmp_path, kept, gone, change)) == ["2024-05-01"]
    assert days(life_of(tmp_path, kept, event("DTSTART:20260310T090000"))) == ["2024-05-01", "2026-03-10"]
    with pytest.raises(CannotAnswer, match="1 event that was cancelled"):
        life_of(tmp_path, event("DTSTART:20260310T090000"), head="METHOD:CANCEL")


def test_several_occurrences_of_a_day_are_one_entry_with_all_their_words(tmp_path: Path) -> None:
    series = event("DTSTART:20260302T090000", "RRULE:FREQ=DAILY;COUNT=3")
    onto = event("DTSTART:20260304T170000", "RECURRENCE-ID:20260303T090000", summary="moved")
    life = life_of(tmp_path, series, onto)
    assert {entry.id: entry.text for entry in life.entries} == {
        "1-2026-03-02": "secret meeting",
        "1-2026-03-04": "secret meeting\nmoved",
    }
    shifts = event("DTSTART:20260302T220000", "DTEND:20260303T060000", "RRULE:FREQ=DAILY;COUNT=4")
    later = event("DTSTART:20260303T223000", "DTEND:20260304T063000", "RECURRENCE-ID:20260303T220000")
    assert days(life_of(tmp_path, shifts, later)) == [f"2026-03-{day:02d}" for day in range(2, 7)]
    # The same identifier for different events, as careless programs write it.
    twice = life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501"), event("DTSTART;VALUE=DATE:20240501", summary="b"))
    assert [entry.text for entry in twice.entries] == ["secret meeting\nb"]


def test_the_newest_revision_counts(tmp_path: Path) -> None:
    old, new = (
        event(f"DTSTART;VALUE=DATE:2024050{number}", f"SEQUENCE:{number}", summary=f"revision {number}")
        for number in (1, 2)
    )
    for order in ((old, new), (new, old)):
        life = life_of(tmp_path, *order)
        assert days(life) == ["2024-05-02"]
        assert notes(life) == [f"1 older revision of an event: left out (line {7 if order[0] is old else 13})"]


def test_an_event_without_an_identifier_gets_a_number(tmp_path: Path) -> None:
    life = life_of(tmp_path, *(event(f"DTSTART;VALUE=DATE:2024050{day}", uid="") for day in (1, 1, 2)))
    assert len({entry.id for entry in life.entries}) == 3
    assert days(life) == ["2024-05-01", "2024-05-01", "2024-05-02"]


def test_a_period_is_added_with_a_length_of_its_own(tmp_path: Path) -> None:
    found = life_of(
        tmp_path,
        event("DTSTART:20240501T090000", "RDATE;VALUE=PERIOD:20240511T220000/PT4H,20240521T220000/20240522T020000"),
    )
    assert days(found) == ["2024-05-01", "2024-05-11", "2024-05-12", "2024-05-21", "2024-05-22"]


def test_the_first_of_a_series_is_its_start(tmp_path: Path) -> None:
    """RFC 5545, 3.8.5.3: DTSTART is an occurrence though the rule would not fire then; not after the rule's end."""
    wednesdays = "RRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20240510"
    assert days(life_of(tmp_path, event("DTSTART;VALUE=DATE:20240430", wednesdays))) == [
        "2024-04-30",
        "2024-05-01",
        "2024-05-08",
    ]
    with pytest.raises(CannotAnswer):
        life_of(tmp_path, event("DTSTART;VALUE=DATE:20240511", wednesdays))


def test_the_last_day_of_a_repeat_in_whatever_form(tmp_path: Path) -> None:
    """Exchange ends whole days at a midnight of the zone, in UTC: 22:00 of 2 May is 3 May in Berlin."""
    for start, end, options, last in (
        ("DTSTART;VALUE=DATE:20240501", "20240502T220000Z", {"timezone": "Europe/Berlin"}, 3),
        ("DTSTART;VALUE=DATE:20240501", "20240502T235959Z", {"timezone": "Europe/Berlin"}, 2),
        ("DTSTART;VALUE=DATE:20240501", "20240502", {}, 2),
        ("DTSTART:20240501T180000", "20240502", {}, 2),
        ("DTSTART;TZID=Europe/Berlin:20240501T180000", "20240502T180000", {}, 2),
        ("DTSTART;TZID=Europe/Berlin:20240501T180000", "20240502T155959Z", {}, 1),
    ):
        life = life_of(tmp_path, event(start, f"RRULE:FREQ=DAILY;UNTIL={end}"), **options)
        assert len(life.entries) == last, (start, end)


def test_rules_of_what_is_left_out_and_several_rules(tmp_path: Path) -> None:
    found = life_of(
        tmp_path,
        event(
            "DTSTART;VALUE=DATE:20240501",
            "RRULE:FREQ=DAILY;COUNT=4",
            "RRULE:FREQ=WEEKLY;COUNT=2",
            "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2",
        ),
    )
    assert days(found) == ["2024-05-02", "2024-05-04", "2024-05-08"]


def test_a_zone_that_the_file_defines_is_used_to_compare(tmp_path: Path) -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Our Zone\nBEGIN:STANDARD\nDTSTART:16011028T030000\n"
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nTZOFFSETFROM:+0600\nTZOFFSETTO:+0500\nEND:STANDARD\n"
        "BEGIN:DAYLIGHT\nDTSTART:16010325T020000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\n"
        "TZOFFSETFROM:+0500\nTZOFFSETTO:+0600\nEND:DAYLIGHT\nEND:VTIMEZONE"
    )
    # 09:00 is 04:00 in UTC in winter, 03:00 in summer: the change of clocks lies between.
    for first, moments in (("20260105", "20260106T040000Z"), ("20260706", "20260707T030000Z")):
        series = event(f"DTSTART;TZID=Our Zone:{first}T090000", "RRULE:FREQ=DAILY;COUNT=3", f"EXDATE:{moments}")
        life = life_of(tmp_path, zone, series)
        assert len(life.entries) == 2
        assert notes(life) == []


def test_a_zone_that_nobody_knows_is_said(tmp_path: Path) -> None:
    life = life_of(tmp_path, event("DTSTART;TZID=Atlantis:20240501T233000"))
    assert days(life) == ["2024-05-01"]
    assert notes(life) == ["1 time zone not known here: its times keep the day they are written on (Atlantis)"]


def test_a_waking_day_may_begin_later(tmp_path: Path) -> None:
    """A night shift from 22:00 to 06:00 is one waking day of somebody who gets up at 15:00."""
    shift = event("DTSTART:20260302T220000", "DTEND:20260303T060000")
    assert days(life_of(tmp_path, shift)) == ["2026-03-02", "2026-03-03"]
    assert days(life_of(tmp_path, shift, day_begins=15)) == ["2026-03-02"]
    assert days(life_of(tmp_path, event("DTSTART;VALUE=DATE:20260303"), day_begins=15)) == ["2026-03-03"]
    with pytest.raises(UsageError, match="hour 24"):
        life_of(tmp_path, shift, day_begins=24)


def test_a_journal_is_read(tmp_path: Path) -> None:
    """RFC 5545, 3.6.3: the component for a diary may have several descriptions, and no date."""
    written = event("DTSTART;VALUE=DATE:20240501", "DESCRIPTION:Monks came.", "DESCRIPTION:It rained.")
    undated = event("DESCRIPTION:Some day", uid="2")
    life = life_of(tmp_path, *(one.replace("VEVENT", "VJOURNAL") for one in (written, undated)))
    assert [entry.text for entry in life.entries] == ["secret meeting\nMonks came.\nIt rained."]
    assert life.kind == "diary"
    assert notes(life) == ["1 event without a start: left out (line 11)"]
    assert life_of(tmp_path, written, written.replace("VEVENT", "VJOURNAL")).kind == "calendar"


def test_other_components_are_counted(tmp_path: Path) -> None:
    others = [event("DTSTART:x").replace("VEVENT", name) for name in ("VTODO", "VTODO", "VFREEBUSY", "X-OURS")]
    alarm = "BEGIN:VALARM\nTRIGGER:x\nEND:VALARM"
    life = life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501", alarm), *others)
    assert notes(life) == [
        "2 to-dos beside events and journals: left out (line 12, line 17)",
        "1 free/busy time beside events and journals: left out (line 22)",
        "1 component beside events and journals: left out (line 27)",
    ]


def test_several_calendars_in_one_file(tmp_path: Path) -> None:
    """Each with its own place; a series may go on in the next one."""
    path = tmp_path / "two.ics"
    series = event("DTSTART:20260302T090000", "RRULE:FREQ=DAILY;COUNT=2")
    change = event("DTSTART:20260310T090000", "RECURRENCE-ID:20260303T090000")
    parts = [
        ("X-WR-TIMEZONE:Asia/Phnom_Penh", event("DTSTART:20240501T233000Z", uid="a"), series),
        ("X-WR-TIMEZONE:America/New_York", event("DTSTART:20240501T233000Z", uid="b"), change),
    ]
    path.write_text("\n".join("\n".join(["BEGIN:VCALENDAR", *part, "END:VCALENDAR"]) for part in parts), "utf-8")
    (life,) = read_lives(path, life="sok")
    assert [entry.id for entry in life.entries] == ["b-2024-05-01", "a-2024-05-02", "1-2026-03-02", "1-2026-03-10"]


def test_lines_are_unfolded_before_they_are_decoded(tmp_path: Path) -> None:
    """RFC 5545, 3.1: "might split … in the middle of a UTF-8 multi-octet sequence"."""
    path = tmp_path / "c.ics"
    text = event("DTSTART;VALUE=DATE:20240501", summary="ស្រី និង ទឹក").encode()
    folded = text.replace(b"\xe1\x9e\x93\xe1", b"\xe1\n \x9e\x93\xe1").replace(b"\n", b"\r\n")
    assert folded.count(b"\r\n ") == 1
    path.write_bytes(b"\xef\xbb\xbf  BEGIN:VCALENDAR\r\n" + folded + b"\r\nEND:VCALENDAR\r\n")
    (life,) = read_lives(path, life="sok")
    assert [entry.text for entry in life.entries] == ["ស្រី និង ទឹក"]


def test_a_file_that_is_cut_off_or_torn_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(ImportFaults, match="never ended") as caught:
        life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501").removesuffix("END:VEVENT"))
    assert [fault.line for fault in caught.value.faults] == [4]
    with pytest.raises(ImportFaults, match="ends what was not begun"):
        life_of(tmp_path, "END:VEVENT")
    torn = life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501", "DESCRIPTION:first line", "and a second (torn)"))
    assert notes(torn) == ["1 line that is not a property: left out"]


@pytest.mark.parametrize(
    ("parameter", "zone"),
    [
        ('TZID="(UTC+07:00) Bangkok, Hanoi, Jakarta"', 7),
        ("TZID=tzone://Microsoft/Custom", 0),
        ('TZID="W. Europe Standard Time', 0),
        ('TZID=Europe/Berlin;X-A="a:b;c"', 0),
    ],
)
def test_a_zone_with_colons_or_too_few_quotation_marks(tmp_path: Path, parameter: str, zone: int) -> None:
    assert days(life_of(tmp_path, event(f"DTSTART;{parameter}:20240501T233000"))) == ["2024-05-01"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), max_size=12), st.booleans())
def test_nothing_but_our_own_errors_leaves_the_reader(tmp_path: Path, lines: list[str], placed: bool) -> None:
    zone = {"timezone": "Pacific/Apia"} if placed else {}
    with contextlib.suppress(KarmalinkError):
        life_of(tmp_path, event(*lines), event(*reversed(lines)), until=datetime.date(2026, 12, 31), **zone)


def test_what_is_no_calendar_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.ics"
    path.write_text("Dear diary\n", encoding="utf-8")
    with pytest.raises(ReadError, match="not an iCalendar file"):
        read_lives(path, life="sok")
    with pytest.raises(UsageError, match="whose life"):
        read_lives(path)
    with pytest.raises(UsageError, match="unknown time zone"):
        life_of(tmp_path, event("DTSTART;VALUE=DATE:20240501"), timezone="Mars/Olympus")
