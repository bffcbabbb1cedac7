"""Calendars (iCalendar, RFC 5545) as a life: each day of an event is an entry.

The day of a timed event is the day where the person was. A time in UTC does not say that, so it needs the person's time
zone: 23:30 UTC is the next day in Phnom Penh, and off by one day is fatal for every null.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from karmalink.account.dates import EARLIEST_YEAR, When, today_year
from karmalink.account.life import Entry, Life
from karmalink.errors import CannotAnswer, Fault, ImportFaults, ReadError, UsageError
from karmalink.rows import Refused, read_text

__all__ = ["read_ics"]

# Over a year of days with the same words an event says nothing about any of them.
_LONGEST_EVENT = 366
_MOST_REPEATS = 20_000
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is said once for the whole file."""

    timezone: ZoneInfo | None
    until: datetime.date | None
    earliest: int
    latest: int


def read_ics(
    path: str | Path,
    *,
    life: str = "",
    author: str | None = None,
    timezone: str | None = None,
    until: datetime.date | None = None,
    earliest: int = EARLIEST_YEAR,
    latest: int | None = None,
) -> list[Life]:
    """Return the life that a calendar file tells: title, place and description of each event, on each of its days.

    Repeating events are written out: all repeats of those that end, those up to `until` of those that do not; moved
    and cancelled occurrences are heeded. Cancelled events and events without a word are left out.

    Parameters
    ----------
    path : str or Path
        An ``.ics`` file.
    life : str
        Identifier that the life gets.
    author : str, optional
        The person who kept the calendar.
    timezone : str, optional
        Where the person was, as an IANA name. Without it the file's own ``X-WR-TIMEZONE`` is taken; events that name
        their own zone, or none, keep the day they are written on.
    until : datetime.date, optional
        Last day of events that repeat without end.
    earliest, latest : int
        First and last plausible Gregorian year.

    Raises
    ------
    UsageError
        `life` is missing or `timezone` is not known.
    ReadError
        Not an iCalendar file.
    ImportFaults
        With every event that cannot be read.
    CannotAnswer
        No event has a word.
    """
    place = Path(path)
    if not life.strip():
        raise UsageError("a calendar file does not say whose life it is", where=place, next_step="give the life")
    content = read_text(place)
    calendar = _parsed(place, content)
    said = timezone or str(calendar.get("X-WR-TIMEZONE", "")) or None
    reading = _Reading(_zone(said), until, earliest, today_year() + 1 if latest is None else latest)
    events = list(calendar.walk("VEVENT"))
    moved = {_occurrence(event) for event in events if event.get("RECURRENCE-ID") is not None}
    entries: dict[str, Entry] = {}
    faults: list[Fault] = []
    for line, event in zip(_lines(content, len(events)), events, strict=True):
        try:
            for entry in _entries(event, life, reading, moved):
                if entries.setdefault(entry.id, entry) is not entry:
                    raise Refused("is the UID of another event of the same day", "each event once")
        except Refused as refused:
            faults.append(Fault(line, "VEVENT", "event", refused.rule, refused.allowed))
    if faults:
        raise ImportFaults(faults, where=place)
    if not entries:
        raise CannotAnswer("this life has no entries: no event of the calendar has a word", where=place)
    ordered = sorted(entries.values(), key=lambda entry: entry.when.ordinal if entry.when else 0)
    return [Life(life, "calendar", tuple(ordered), author)]


def _parsed(place: Path, content: str) -> Any:
    import icalendar

    try:
        return icalendar.Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError):
        raise ReadError(
            "this is not an iCalendar file",
            where=place,
            rule="RFC 5545: BEGIN:VCALENDAR … END:VCALENDAR, each event between BEGIN:VEVENT and END:VEVENT",
            next_step="export the calendar again",
        ) from None


def _lines(content: str, events: int) -> list[int]:
    """Return the line where each event begins, 0 where the file is folded so that they cannot be told."""
    lines = [number for number, line in enumerate(content.split("\n"), 1) if line.strip().upper() == "BEGIN:VEVENT"]
    return lines if len(lines) == events else [0] * events


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"unknown time zone {name!r}", rule="IANA names", allowed="Asia/Phnom_Penh, Europe/London, UTC …"
        ) from None


def _entries(event: Any, life: str, reading: _Reading, moved: set[tuple[str, str]]) -> Iterator[Entry]:
    said = _words(event)
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or not said:
        return
    uid = str(event.get("UID", "")).strip()
    if not uid:
        raise Refused("has no UID", "RFC 5545 asks for one in each event")
    start = _dated(event, "DTSTART")
    length = _days_of(event, start, reading)
    is_moved = event.get("RECURRENCE-ID") is not None
    days: set[datetime.date] = set()
    for begin in _begins(event, start, reading):
        if is_moved or (uid, _instant(begin)) not in moved:
            first = _local_day(begin, reading)
            days.update(first + offset * _DAY for offset in range(length))
    for day in sorted(days):
        if not reading.earliest <= day.year <= reading.latest:
            rule = f"the year {day.year} is out of the plausible range"
            raise Refused(rule, f"{reading.earliest} to {reading.latest}")
        yield Entry(f"{uid}-{day.isoformat()}", life, said, When(day))


def _words(event: Any) -> str:
    parts = [str(event.get(name, "")).strip() for name in ("SUMMARY", "LOCATION", "DESCRIPTION")]
    return "\n".join(part for part in parts if part)


def _dated(event: Any, name: str) -> datetime.date:
    """Return a date or datetime property (a datetime is a date too)."""
    if event.get(name) is None:
        raise Refused(f"has no {name}")
    try:
        found = event.decoded(name)
    except (ValueError, TypeError, AttributeError):
        found = None
    if not isinstance(found, datetime.date):
        raise Refused(f"has a {name} that is not a date", "20240131, 20240131T210500, 20240131T210500Z")
    return found


def _days_of(event: Any, start: datetime.date, reading: _Reading) -> int:
    """Return on how many days an event lies; DTEND is the first moment after it (RFC 5545, 3.6.1)."""
    if event.get("DTEND") is not None:
        end = _dated(event, "DTEND")
    elif event.get("DURATION") is not None:
        end = start + event.decoded("DURATION")
    else:
        return 1
    if isinstance(end, datetime.datetime) != isinstance(start, datetime.datetime):
        raise Refused("begins as a day and ends as a time, or the other way round")
    if isinstance(end, datetime.datetime):
        end -= datetime.timedelta(microseconds=1)
    else:
        end -= _DAY
    length = (_local_day(end, reading) - _local_day(start, reading)).days + 1
    if length > _LONGEST_EVENT:
        raise Refused("lasts longer than a year", f"at most {_LONGEST_EVENT} days")
    return max(length, 1)


def _local_day(moment: datetime.date, reading: _Reading) -> datetime.date:
    if not isinstance(moment, datetime.datetime):
        return moment
    if moment.tzinfo is None:
        return moment.date()
    if reading.timezone is not None:
        return moment.astimezone(reading.timezone).date()
    if moment.tzname() == "UTC":
        raise Refused("is timed in UTC, which does not say the day where the person was", "say the time zone")
    return moment.date()


def _begins(event: Any, start: datetime.date, reading: _Reading) -> Iterator[datetime.date]:
    """Yield the beginnings of an event and its repeats, in the event's own zone."""
    rule = event.get("RRULE")
    extra = list(_listed(event, "RDATE"))
    if rule is None and not extra:
        yield start
        return
    # A whole day may be left out of timed events, too.
    left_out = {_instant(moment) for moment in _listed(event, "EXDATE")}
    found = {start, *extra} if rule is None else {*_repeats(rule, start, reading), *extra}
    yield from (moment for moment in found if not {_instant(moment), _date(moment).isoformat()} & left_out)


def _repeats(rule: Any, start: datetime.date, reading: _Reading) -> list[datetime.date]:
    from dateutil.rrule import rrulestr

    if isinstance(rule, list):
        raise Refused("has several rules of repetition", "one RRULE")
    parts = {name: value for name, value in rule.items() if name != "UNTIL"}
    timed = isinstance(start, datetime.datetime)
    plain = start.replace(tzinfo=None) if isinstance(start, datetime.datetime) else _midnight(start)
    last = _last(rule, start, reading)
    if last is None and "COUNT" not in parts:
        raise Refused("repeats without end", "say until which day it is taken")
    # dateutil compares an end only with a start of the same kind, so the rule is run on plain local time.
    series = rrulestr(type(rule)(parts).to_ical().decode(), dtstart=plain, ignoretz=True)
    found: list[datetime.date] = []
    for moment in series:
        if last is not None and moment > last:
            break
        if len(found) >= _MOST_REPEATS:
            raise Refused("repeats too often", f"at most {_MOST_REPEATS} times")
        found.append(moment.replace(tzinfo=getattr(start, "tzinfo", None)) if timed else moment.date())
    return found


def _last(rule: Any, start: datetime.date, reading: _Reading) -> datetime.datetime | None:
    """Return the last moment of a repetition in the event's own local time."""
    ends: list[datetime.datetime] = []
    if rule.get("UNTIL"):
        end = rule["UNTIL"][0]
        zone = getattr(start, "tzinfo", None)
        if not isinstance(end, datetime.datetime):
            ends.append(_midnight(end) + _DAY - datetime.timedelta(microseconds=1))
        elif end.tzinfo is not None and zone is not None:
            ends.append(end.astimezone(zone).replace(tzinfo=None))
        else:
            ends.append(end.replace(tzinfo=None))
    if reading.until is not None:
        ends.append(_midnight(reading.until) + _DAY - datetime.timedelta(microseconds=1))
    return min(ends, default=None)


def _listed(event: Any, name: str) -> Iterator[datetime.date]:
    found = event.get(name)
    if found is None:
        return
    for group in found if isinstance(found, list) else [found]:
        for item in group.dts:
            if not isinstance(item.dt, datetime.date):
                raise Refused(f"has a {name} that is a period", "dates or times")
            yield item.dt


def _occurrence(event: Any) -> tuple[str, str]:
    moment = getattr(event.get("RECURRENCE-ID"), "dt", None)
    return str(event.get("UID", "")).strip(), _instant(moment) if isinstance(moment, datetime.date) else ""


def _instant(moment: datetime.date) -> str:
    """Return one text for one moment: files name the same occurrence now in UTC, now in a zone."""
    if isinstance(moment, datetime.datetime) and moment.tzinfo is not None:
        moment = moment.astimezone(datetime.UTC)
    return moment.isoformat()


def _date(moment: datetime.date) -> datetime.date:
    return moment.date() if isinstance(moment, datetime.datetime) else moment


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime(day.year, day.month, day.day)
