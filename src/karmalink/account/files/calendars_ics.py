"""Calendars (iCalendar, RFC 5545) as a life: each day of an event or a journal entry is an entry.

The day of a timed event is the day where the person was. A time in UTC does not say that, so it needs the person's time
zone: 23:30 UTC is the next day in Phnom Penh, and off by one day is fatal for every null.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from karmalink.account.dates import EARLIEST_YEAR, When, today_year
from karmalink.account.files.calendar_times import (
    Kind,
    Moment,
    Zones,
    is_utc,
    parse_duration,
    parse_moment,
    parse_period,
    zone_named,
)
from karmalink.account.files.content_lines import Component, Property, read_components
from karmalink.account.files.event_series import Event, Lies, Place, days_of_series
from karmalink.account.files.recurrence_rules import Rule, parse_rule
from karmalink.account.life import Entry, Life
from karmalink.errors import CannotAnswer, Fault, ImportFaults, ReadError, UsageError
from karmalink.rows import FileNote, Notes, Refused, read_bytes, warn_of

__all__ = ["read_ics"]

_T = TypeVar("_T")
_NOTHING = datetime.timedelta(0)
_DAY = datetime.timedelta(days=1)
_HOURS = 24
# Components that lie on days → the properties that make their words. A journal may have several descriptions.
_WORDS = {"VEVENT": ("SUMMARY", "LOCATION", "DESCRIPTION"), "VJOURNAL": ("SUMMARY", "DESCRIPTION")}
_READ = frozenset(
    {"DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE", "UID"}
)
# Components that say something about others, or about nothing that was lived.
_ABOUT_OTHERS = frozenset({"VTIMEZONE", "VALARM"})
_KINDS = {"VTODO": "to-do", "VFREEBUSY": "free/busy time"}
_RANGES = {"THISANDFUTURE": 1, "THISANDPRIOR": -1}
# A repeat that begins before this year has no year of its own: Apple writes 1604 for a birthday without one.
_FIRST_YEAR_KEPT = 1900
_YEARLESS = ("repeat", "from before 1900, which stands for no year")
# How the start of a repeat and its end are written → what is said where they differ.
_LAST_DAY = ("timed repeat", "that ends on a day", "that day taken whole")
_ENDS = {
    (Kind.LOCAL, Kind.DAY): _LAST_DAY,
    (Kind.ZONED, Kind.DAY): _LAST_DAY,
    (Kind.UTC, Kind.DAY): _LAST_DAY,
    (Kind.ZONED, Kind.LOCAL): (
        "repeat",
        "in a time zone that ends at a time without one",
        "the zone of its start taken",
    ),
    (Kind.DAY, Kind.UTC): ("repeat", "of whole days that ends at a time in UTC", "a midnight taken for its day"),
}


@dataclass(slots=True)
class _Found:
    """What the components of a file hold, what is wrong with them, and what is passed over."""

    events: list[Event] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    journals: int = 0

    def read(self, found: Property, parse: Callable[[Property], _T]) -> _T | None:
        """Return what a property says; where it breaks a rule, keep the fault and return None."""
        try:
            return parse(found)
        except Refused as refused:
            self.faults.append(found.fault(refused.rule, refused.allowed))
            return None


def read_ics(
    path: str | Path,
    *,
    life: str = "",
    author: str | None = None,
    timezone: str | None = None,
    until: datetime.date | None = None,
    day_begins: int = 0,
    earliest: int = EARLIEST_YEAR,
    latest: int | None = None,
) -> list[Life]:
    """Return the life that a calendar file tells: title, place and description of each event, on each of its days.

    Repeating events are written out, with their exceptions: occurrences that are left out, added or changed, alone or
    with all that follow. What lies outside of the years and of `until`, cancelled events, events without a word and
    to-dos are left out; the life's `notes` say how many.

    Parameters
    ----------
    path : str or Path
        An ``.ics`` file; it may hold several calendars.
    life : str
        Identifier that the life gets.
    author : str, optional
        The person who kept the calendar.
    timezone : str, optional
        Where the person was, as an IANA name: the day of times in UTC. Without it the file's own ``X-WR-TIMEZONE`` is
        taken, unless that is UTC, which is not a place. Events that name their own zone, or none, keep the day they are
        written on.
    until : datetime.date, optional
        Last day that is taken; events that repeat without end need it.
    day_begins : int
        Hour, 0 to 23, at which the person's waking day begins: what begins before it belongs to the day before.
    earliest, latest : int
        First and last Gregorian year that is taken.

    Raises
    ------
    UsageError
        `life` is missing, `timezone` is not known, or `day_begins` is not an hour.
    ReadError
        Not an iCalendar file.
    ImportFaults
        With every property that cannot be read, at its line.
    CannotAnswer
        No event has a word.
    """
    place = Path(path)
    if not life.strip():
        raise UsageError("a calendar file does not say whose life it is", where=place, next_step="give the life")
    if not 0 <= day_begins < _HOURS:
        raise UsageError(f"a day cannot begin at hour {day_begins}", allowed=f"0 to {_HOURS - 1}")
    stated_zone = None if timezone is None else _zone_said(timezone)
    calendars, faults, stray = _calendars(place)
    last = min(today_year() + 1 if latest is None else latest, datetime.MAXYEAR - 1)
    wanted = Place(
        zone=stated_zone,
        zones=(),
        day_begins=day_begins,
        first=datetime.date(min(max(earliest, 1), datetime.MAXYEAR - 1), 1, 1),
        last=min(datetime.date(max(last, 1), 12, 31), until or datetime.date.max),
        until=until,
    )
    gathered = _Found(faults=faults)
    lies = Lies()
    places: list[Place] = []
    unknown: set[str] = set()
    for calendar in calendars:
        zones = Zones.of(calendar)
        own = _place_of(calendar.first("X-WR-TIMEZONE"), zones)
        before = len(gathered.events)
        _gather(calendar, zones, gathered)
        where = replace(wanted, zone=stated_zone or own, zones=tuple(zones.all()))
        places += [where] * (len(gathered.events) - before)
        unknown |= zones.unknown
    _write_out(list(zip(gathered.events, places, strict=True)), gathered, lies)
    if gathered.faults or lies.faults:
        raise ImportFaults(sorted([*gathered.faults, *lies.faults], key=lambda fault: fault.line), where=place)
    notes = _notes(gathered, lies, wanted, stray, unknown)
    entries = list(_entries(life, lies))
    if not entries:
        raise CannotAnswer(
            "this life has no entries: no event of the calendar has a word on a day that is wanted",
            where=place,
            rule="; ".join(map(str, notes)),
        )
    warn_of(place, notes)
    kind = "diary" if gathered.events and gathered.journals == len(gathered.events) else "calendar"
    return [Life(life, kind, tuple(entries), author, notes=notes)]


def _zone_said(name: str) -> datetime.tzinfo:
    zone = zone_named(name)
    if zone is None:
        raise UsageError(
            f"unknown time zone {name!r}", rule="IANA names", allowed="Asia/Phnom_Penh, Europe/London, UTC …"
        )
    return zone


def _place_of(own: Property | None, zones: Zones) -> datetime.tzinfo | None:
    """Return the zone that a calendar says the person is in; UTC is not a place."""
    name = "" if own is None else own.text.strip()
    return None if not name or is_utc(name) else zones.named(name)


def _calendars(place: Path) -> tuple[list[Component], list[Fault], int]:
    raw = read_bytes(place)
    if b"\x00" in raw:
        raise ReadError("this is not a text file", where=place, rule="RFC 5545: calendars are text in UTF-8")
    roots, faults, stray = read_components(place, raw)
    calendars = [root for root in roots if root.name == "VCALENDAR"]
    if not calendars:
        raise ReadError(
            "this is not an iCalendar file",
            where=place,
            rule="RFC 5545: BEGIN:VCALENDAR … END:VCALENDAR, each event between BEGIN:VEVENT and END:VEVENT",
            next_step="export the calendar again",
        )
    return calendars, faults, stray


def _gather(calendar: Component, zones: Zones, found: _Found) -> None:
    """Read every component that lies on days; count the others."""
    method = calendar.first("METHOD")
    withdrawn = method is not None and method.value.strip().upper() == "CANCEL"
    for part in calendar.parts:
        if part.name in _ABOUT_OTHERS:
            continue
        if part.name not in _WORDS:
            found.notes.add(_KINDS.get(part.name, "component"), "beside events and journals", f"line {part.line}")
            continue
        for empty in (one for one in part.properties if one.name in _READ and not one.value.strip()):
            found.notes.add("property", "without a value", f"line {empty.line}", nouns="properties")
        status = part.first("STATUS")
        cancelled = withdrawn or (status is not None and status.value.strip().upper() == "CANCELLED")
        before = len(found.faults)
        event = _event(part, cancelled, zones, found)
        if len(found.faults) > before or event is None:
            continue
        found.events.append(event)
        found.journals += part.name == "VJOURNAL"
        if event.replaces is None and (cancelled or not event.words):
            found.notes.add("event", "that was cancelled" if cancelled else "without a word", f"line {part.line}")


def _words(part: Component) -> str:
    texts = [one.text.strip() for name in _WORDS[part.name] for one in part.all(name)]
    return "\n".join(dict.fromkeys(text for text in texts if text))


def _event(part: Component, cancelled: bool, zones: Zones, found: _Found) -> Event | None:
    """Return the event that a component is; None where it has a fault, or is a journal entry without a date."""

    def moment(one: Property) -> Moment:
        return parse_moment(one.value, one.parameters, zones)

    def period(one: Property) -> tuple[Moment, datetime.timedelta | None]:
        return parse_period(one.value, one.parameters, zones)

    begin = _once(part, "DTSTART", found)
    if begin is None:
        found.notes.add("event", "without a start", f"line {part.line}")
        return None
    start = found.read(begin, moment)
    replaced = _once(part, "RECURRENCE-ID", found)
    replaces = None if replaced is None else found.read(replaced, moment)
    sequence = _once(part, "SEQUENCE", found)
    number = None if sequence is None else found.read(sequence, _sequence)
    rules = [tuple(_rules(part, name, zones, found)) for name in ("RRULE", "EXRULE")]
    added = [one for said in part.all("RDATE") for one in _listed(said, found, period)]
    left_out = [one for said in part.all("EXDATE") for one in _listed(said, found, moment)]
    # Of an event without a good start the end is read for its own faults.
    length = _length(part, start or Moment(datetime.datetime(2000, 1, 1), Kind.LOCAL), zones, found)
    if start is None or length is None:
        return None
    for _, until in rules[0]:
        said = None if until is None else _ENDS.get((start.kind, until.kind))
        if said is not None:
            found.notes.add(*said[:2], f"line {begin.line}", done=said[2])
    uid = part.first("UID")
    return Event(
        line=begin.line,
        # Without an identifier of its own an event gets the number of its line.
        uid=f"event-{part.line}" if uid is None else uid.text.strip(),
        words=_words(part),
        start=start,
        length=length,
        # A changed occurrence repeats nothing itself.
        rules=() if replaces else rules[0],
        unrules=() if replaces else rules[1],
        added=() if replaces else tuple(added),
        left_out=() if replaces else tuple(left_out),
        replaces=replaces,
        onwards=0 if replaced is None else _RANGES.get(replaced.parameters.get("RANGE", "").upper(), 0),
        cancelled=cancelled,
        sequence=number or 0,
    )


def _once(part: Component, name: str, found: _Found) -> Property | None:
    """Return a property that may be there once; a second one that differs is a fault."""
    there = [one for one in part.all(name) if one.value.strip()]
    if not there:
        return None
    for more in there[1:]:
        if (more.value, more.parameters) != (there[0].value, there[0].parameters):
            found.faults.append(more.fault(f"is there twice, and differs from line {there[0].line}", "once"))
    return there[0]


def _sequence(one: Property) -> int:
    text = one.value.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        raise Refused("is not a whole number", "0, 1, 2 …")
    return int(text)


def _rules(part: Component, name: str, zones: Zones, found: _Found) -> Iterator[tuple[Rule, Moment | None]]:
    for said in (one for one in part.all(name) if one.value.strip()):
        rule = found.read(said, lambda one: parse_rule(one.value))
        if rule is None:
            continue
        until = None
        if rule.until is not None:
            until = found.read(replace(said, value=rule.until), lambda one: _until(one.value, zones))
            if until is None:
                continue
        yield rule, until


def _until(text: str, zones: Zones) -> Moment:
    try:
        return parse_moment(text, {}, zones)
    except Refused as refused:
        raise Refused(f"has an UNTIL that {refused.rule}", refused.allowed) from None


def _listed(said: Property, found: _Found, parse: Callable[[Property], _T]) -> Iterator[_T]:
    """Yield what the values of a list say."""
    for piece in filter(str.strip, said.value.split(",")):
        one = found.read(replace(said, value=piece), parse)
        if one is not None:
            yield one


def _length(part: Component, start: Moment, zones: Zones, found: _Found) -> datetime.timedelta | None:
    """Return how long an event lasts; DTEND is the first moment after it (RFC 5545, 3.6.1)."""
    one_day = _DAY if start.kind is Kind.DAY else _NOTHING
    end = _once(part, "DTEND", found)
    said = _once(part, "DURATION", found)
    if end is not None:
        last = found.read(end, lambda one: parse_moment(one.value, one.parameters, zones))
        if last is None:
            return None
        length = _until_end(start, last)
        if (start.kind is Kind.DAY) != (last.kind is Kind.DAY):
            found.notes.add("event", "between a day and a time", f"line {end.line}", done="each taken as it is written")
        if length < _NOTHING:
            found.notes.add("event", "that ends before it begins", f"line {end.line}", done="its first day taken")
        return max(one_day, length)
    if said is None:
        return one_day
    lasts = found.read(said, lambda one: parse_duration(one.value))
    if lasts is None or start.kind is not Kind.DAY:
        return lasts
    return max(_DAY, _DAY * -(-lasts // _DAY))


def _until_end(start: Moment, end: Moment) -> datetime.timedelta:
    """Return the time from a start to an end, as the clocks there say it; less than nothing where it runs backwards."""
    alike = start.kind is end.kind or Kind.DAY in (start.kind, end.kind)
    length = (end.local if alike else end.seen_from(start)) - start.local
    if start.kind is Kind.DAY and end.kind is not Kind.DAY:
        # A day that ends at a time: the days up to that moment.
        length = _DAY * -(-length // _DAY)
    return length


def _write_out(events: list[tuple[Event, Place]], found: _Found, lies: Lies) -> None:
    """Write out every series; those without a year of their own from the first year of all others on."""
    series: dict[str, tuple[list[Event], Place]] = {}
    for event, place in events:
        series.setdefault(event.uid, ([], place))[0].append(event)
    yearless = [one for one in series.values() if any(_has_no_year(event, one[1]) for event in one[0])]
    for group, place in series.values():
        if not any(group is one[0] for one in yearless):
            days_of_series(group, place, lies)
    first = min((min(days) for days in lies.days.values() if days), default=None)
    if first is None:
        for group, _ in yearless:
            found.notes.add(*_YEARLESS, f"line {group[0].line}")
        return
    for group, place in yearless:
        later = Lies()
        days_of_series(group, replace(place, first=max(place.first, first.replace(month=1, day=1))), later)
        lies.days.update(later.days)
        lies.faults += later.faults
        found.notes.add(*_YEARLESS, f"line {group[0].line}", done=f"taken from {first.year} on, as the others")


def _has_no_year(event: Event, place: Place) -> bool:
    return bool(event.rules) and event.start.local.year < _FIRST_YEAR_KEPT and place.first <= event.start.local.date()


def _entries(life: str, lies: Lies) -> Iterator[Entry]:
    found = [(day, uid, words) for uid, days in lies.days.items() for day, words in days.items()]
    for day, uid, words in sorted(found, key=lambda one: one[0]):
        yield Entry(f"{uid}-{day.isoformat()}", life, "\n".join(words), When(day))


def _notes(found: _Found, lies: Lies, wanted: Place, stray: int, unknown: Iterable[str]) -> tuple[FileNote, ...]:
    """Return what was left out or read otherwise than it is written, equal things together."""
    notes = found.notes
    for line in sorted(lies.outside):
        span = f"on days outside of {wanted.first.isoformat()} to {wanted.last.isoformat()}"
        notes.add("event", span, f"line {line}", done="those days left out")
    for line in sorted(lies.too_long):
        notes.add("event", "of over a year", f"line {line}")
    for _ in range(stray):
        notes.add("line", "that is not a property")
    for name in sorted(unknown):
        notes.add("time zone", "not known here", name, done="its times keep the day they are written on")
    return (*notes.told(), *lies.notes.told())
