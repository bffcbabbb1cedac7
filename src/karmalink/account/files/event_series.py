"""A series of a calendar: one event or journal entry with its repeats and exceptions, as the days on which it lies.

Exceptions name an occurrence by its moment, in whatever zone and form a program writes it. Exchange names occurrences
of whole days by midnight in some zone, Outlook a timed one by its day: what names no moment of the series names its
day.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from karmalink.account.files.calendar_times import Kind, Moment
from karmalink.account.files.recurrence_rules import Rule, occurrences
from karmalink.errors import Fault
from karmalink.rows import Notes, Refused

__all__ = ["Event", "Lies", "Place", "days_of_series"]

_DAY = datetime.timedelta(days=1)
_TICK = datetime.timedelta(microseconds=1)
_NOON = 12
# Over a year of days with the same words an event says nothing about any of them.
_LONGEST_EVENT = 366
# Daily for 270 years: no life is longer, and a rule to the year 9999 would be written out for minutes.
_MOST_REPEATS = 100_000
_LONGEST_SPAN_DAYS = 1_000 * 365
_SUPERSEDED = ("older revision", "of an event")


@dataclass(frozen=True, slots=True)
class Event:
    """One component that lies on days.

    Attributes
    ----------
    line : int
        Where its start is written.
    uid : str
        What it shares with its exceptions.
    words : str
        Title, place and description.
    start : Moment
        Its first beginning.
    length : timedelta
        How long it lasts; a whole number of days for whole days.
    rules, unrules : tuple of (Rule, Moment or None)
        Rules of repetition, each with its own last moment, and rules of what is left out.
    added : tuple of (Moment, timedelta or None)
        Single repeats, with a length of their own or none.
    left_out : tuple of Moment
        Occurrences that are left out.
    replaces : Moment or None
        The occurrence of its series that it takes the place of.
    onwards : int
        1 where it takes the place of all later ones too, -1 of all earlier ones.
    cancelled : bool
        Whether it did not take place.
    sequence : int
        The number of the revision.
    """

    line: int
    uid: str
    words: str
    start: Moment
    length: datetime.timedelta
    rules: tuple[tuple[Rule, Moment | None], ...] = ()
    unrules: tuple[tuple[Rule, Moment | None], ...] = ()
    added: tuple[tuple[Moment, datetime.timedelta | None], ...] = ()
    left_out: tuple[Moment, ...] = ()
    replaces: Moment | None = None
    onwards: int = 0
    cancelled: bool = False
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the person was, and which days are wanted.

    Attributes
    ----------
    zone : tzinfo or None
        The zone in which times in UTC become days.
    zones : tuple of tzinfo
        Other zones of the calendar, of which a midnight in UTC may be one.
    day_begins : int
        The hour at which a waking day begins.
    first, last : date
        Days that are wanted.
    until : date or None
        The last day of repeats that never end.
    """

    zone: datetime.tzinfo | None
    zones: tuple[datetime.tzinfo, ...]
    day_begins: int
    first: datetime.date
    last: datetime.date
    until: datetime.date | None

    def day(self, local: datetime.datetime, kind: Kind) -> datetime.date:
        """Return the day of a time that is written in a kind; a time in UTC needs the place.

        Raises
        ------
        Refused
            The time is in UTC and the place is not known.
        """
        if kind is Kind.DAY:
            return local.date()
        if kind is Kind.UTC:
            if self.zone is None:
                rule = "is timed in UTC, which does not say the day where the person was"
                raise Refused(rule, "say the time zone (--timezone)")
            local = _in_zone(local, self.zone)
        earlier = local.hour < self.day_begins and local.date() > datetime.date.min
        return local.date() - _DAY * earlier

    def whole_day(self, moment: Moment) -> datetime.date:
        """Return which whole day a time means: midnight in one of the calendar's zones, however it is written."""
        if moment.kind is not Kind.UTC:
            return moment.local.date()
        if (found := self.midnight(moment)) is not None:
            return found
        # Midnight somewhere between 12 hours west and 12 hours east.
        return moment.local.date() + _DAY * (moment.local.hour >= _NOON and moment.local.year < datetime.MAXYEAR)

    def midnight(self, moment: Moment) -> datetime.date | None:
        """Return the day that begins with a time in UTC in one of the calendar's zones, None if it is not midnight."""
        locals_ = (_in_zone(moment.local, zone) for zone in (self.zone, *self.zones) if zone is not None)
        return next((local.date() for local in locals_ if local.time() == datetime.time()), None)


def _in_zone(utc: datetime.datetime, zone: datetime.tzinfo) -> datetime.datetime:
    try:
        return utc.replace(tzinfo=datetime.UTC).astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        # The first and the last day of all calendars.
        return utc


@dataclass(slots=True)
class Lies:
    """The days on which series lie, and what was left out of them.

    Attributes
    ----------
    days : dict
        Identifier of the series → day → words, each once.
    faults : list of Fault
        Series that cannot be written out.
    outside, too_long : set of int
        The lines of events of which a day is not wanted, and of those that last over a year.
    notes : Notes
        What else was left out or read otherwise.
    """

    days: dict[str, dict[datetime.date, list[str]]] = field(default_factory=lambda: defaultdict(dict))
    faults: list[Fault] = field(default_factory=list)
    outside: set[int] = field(default_factory=set)
    too_long: set[int] = field(default_factory=set)
    notes: Notes = field(default_factory=Notes)


def days_of_series(series: Sequence[Event], place: Place, lies: Lies) -> None:
    """Add the days on which a series lies.

    Parameters
    ----------
    series : sequence of Event
        All the components of one identifier.
    place : Place
        Where the person was, and which days are wanted.
    lies : Lies
        What is added to.
    """
    masters, changes = _current(series, lies)
    if masters and all(master.cancelled for master in masters):
        return
    dropped: list[Event] = []
    for master in masters:
        try:
            _Series.of(master, changes, place).add_to(lies, dropped)
        except Refused as refused:
            lies.faults.append(Fault(master.line, "VEVENT", "event", refused.rule, refused.allowed))
    for change in changes:
        if change.cancelled or any(change is one for one in dropped):
            continue
        try:
            _add(change, [(change.start.local, change.length)], place, lies)
        except Refused as refused:
            lies.faults.append(Fault(change.line, "VEVENT", "event", refused.rule, refused.allowed))


def _current(series: Sequence[Event], lies: Lies) -> tuple[list[Event], list[Event]]:
    """Return the events and the changes to their occurrences, each in its newest revision."""
    masters = [event for event in series if event.replaces is None]
    newest = max((event.sequence for event in masters), default=0)
    current = [event for event in masters if event.sequence == newest]
    changes: dict[tuple[datetime.datetime, bool], Event] = {}
    for event in series:
        if event.replaces is None:
            continue
        key = (event.replaces.seen_from(Moment(event.replaces.local, Kind.UTC, datetime.UTC)), bool(event.onwards))
        if key not in changes or event.sequence >= changes[key].sequence:
            changes[key] = event
    kept = {id(event) for event in (*current, *changes.values())}
    for event in series:
        if id(event) not in kept:
            lies.notes.add(*_SUPERSEDED, f"line {event.line}", nouns="older revisions")
    return current, list(changes.values())


@dataclass(slots=True)
class _Series:
    """One event written out: its beginnings with their lengths, and what its exceptions do to them."""

    master: Event
    place: Place
    begins: dict[datetime.datetime, datetime.timedelta]
    by_day: dict[datetime.date, list[datetime.datetime]]
    changes: list[tuple[datetime.datetime, datetime.datetime | None, Event]]

    @classmethod
    def of(cls, master: Event, changes: Sequence[Event], place: Place) -> _Series:
        found = cls(master, place, {}, defaultdict(list), [])
        # Days with an exception need every moment: of an hourly repeat one hour may be left out.
        named = [*master.left_out, *(change.replaces for change in changes if change.replaces is not None)]
        near = {moment.local.date() + offset * _DAY for moment in named for offset in (-1, 0, 1) if _movable(moment)}
        found.begins = dict.fromkeys(_moments(master, place, near, _reach(changes)), master.length)
        for moment, length in master.added:
            found.begins[found._own(moment)] = master.length if length is None else length
        for rule, until in master.unrules:
            last = _last(rule, until, master.start, place)
            for begin in occurrences(rule, master.start.local, last, whole={one.date() for one in found.begins}):
                if begin in found.begins:
                    del found.begins[begin]
        for begin in sorted(found.begins):
            found.by_day[found.day(begin)].append(begin)
        found.changes = [
            (found._own(change.replaces), next(iter(found.named(change.replaces)), None), change)
            for change in changes
            if change.replaces
        ]
        return found

    def day(self, local: datetime.datetime) -> datetime.date:
        """Return the day of an occurrence as the series counts days: where the person was, if it is written in UTC."""
        if self.master.start.kind is Kind.UTC and self.place.zone is not None:
            return _in_zone(local, self.place.zone).date()
        return local.date()

    def _own(self, moment: Moment) -> datetime.datetime:
        """Return a time as the series would write it."""
        if self.master.start.kind is Kind.DAY:
            return datetime.datetime.combine(self.place.whole_day(moment), datetime.time())
        return moment.seen_from(self.master.start, self.place.zone)

    def named(self, moment: Moment) -> list[datetime.datetime]:
        """Return the occurrences that an exception names: by its moment, or where there is none by its day."""
        if self.master.start.kind is Kind.DAY:
            return self.by_day.get(self.place.whole_day(moment), [])
        if moment.kind is Kind.DAY:
            return self.by_day.get(moment.local.date(), [])
        seen = self._own(moment)
        if seen in self.begins:
            return [seen]
        midnight = moment.local.time() == datetime.time()
        there = self.by_day.get(moment.local.date() if midnight else self.day(seen), [])
        return there if len(there) == 1 or midnight else []

    def _say_by_day(self, moment: Moment, named: Sequence[datetime.datetime], lies: Lies) -> None:
        timed = Kind.DAY not in (self.master.start.kind, moment.kind)
        if timed and named and self._own(moment) not in named:
            why = "that names no moment of its series"
            lies.notes.add("exception", why, f"of line {self.master.line}", done="taken for its day")

    def add_to(self, lies: Lies, dropped: list[Event]) -> None:
        """Add the days of the occurrences that no exception takes away; `dropped` gains changes of those left out."""
        gone: set[datetime.datetime] = set()
        for moment in self.master.left_out:
            named = self.named(moment)
            if not named and self.place.first <= moment.local.date() <= self.place.last:
                lies.notes.add("exception", "that names no occurrence", f"of line {self.master.line}")
            self._say_by_day(moment, named, lies)
            gone.update(named)
        exact = {self._own(moment) for moment in self.master.left_out}
        onwards: list[tuple[datetime.datetime, Event]] = []
        for own, target, change in self.changes:
            if own in exact:
                lies.notes.add("changed occurrence", "that is an exception too", f"line {change.line}")
                dropped.append(change)
            elif target is None and change.sequence < self.master.sequence:
                # A change of an occurrence that the newer series no longer has.
                lies.notes.add(*_SUPERSEDED, f"line {change.line}", nouns="older revisions")
                dropped.append(change)
            if change.replaces is not None:
                self._say_by_day(change.replaces, [target] if target else [], lies)
            if change.onwards:
                onwards.append((target or own, change))
            if target is not None:
                gone.add(target)
        grouped: dict[int, tuple[Event, list[tuple[datetime.datetime, datetime.timedelta]]]] = {}
        for begin in sorted(self.begins.keys() - gone):
            try:
                event, moved, length = self._applied(begin, onwards)
            except OverflowError:
                # Moved out of the years that there are.
                lies.outside.add(self.master.line)
                continue
            grouped.setdefault(id(event), (event, []))[1].append((moved, length))
        for event, spans in grouped.values():
            if not event.cancelled:
                _add(event, spans, self.place, lies)
        if self._goes_on():
            lies.outside.add(self.master.line)

    def _applied(
        self, begin: datetime.datetime, onwards: Iterable[tuple[datetime.datetime, Event]]
    ) -> tuple[Event, datetime.datetime, datetime.timedelta]:
        """Return what holds for an occurrence: the event, or the nearest change of it and all that follow (or precede).

        RFC 5545, 3.2.13: the others are moved by as much as the one that is named, and last as long.
        """
        reaching = [
            (target, one) for target, one in onwards if (begin >= target if one.onwards > 0 else begin <= target)
        ]
        if not reaching:
            return self.master, begin, self.begins[begin]
        target, change = min(reaching, key=lambda pair: abs(begin - pair[0]))
        return change, change.start.local + (begin - target), change.length

    def _goes_on(self) -> bool:
        """Return whether a rule fires again after the last day that is wanted."""
        after = self.place.last + _DAY
        far = datetime.datetime(min(after.year + 5, datetime.MAXYEAR), 12, 31)
        for rule, until in self.master.rules:
            end = far if until is None else min(far, _in_frame(until, self.master.start, self.place))
            if any(moment.date() >= after for moment in occurrences(rule, self.master.start.local, end, since=after)):
                return True
        return False


def _add(event: Event, spans: Iterable[tuple[datetime.datetime, datetime.timedelta]], place: Place, lies: Lies) -> None:
    """Add the days of occurrences with the same words, in the order of their beginnings."""
    days = lies.days[event.uid]
    done = datetime.date.min
    for begin, length in spans if event.words else ():
        if length > _LONGEST_EVENT * _DAY:
            lies.too_long.add(event.line)
            continue
        if begin.year == datetime.MAXYEAR:
            lies.outside.add(event.line)
            continue
        first = place.day(begin, event.start.kind)
        last = max(first, place.day(begin + length - _TICK, event.start.kind)) if length else first
        if first < place.first or last > place.last:
            lies.outside.add(event.line)
        day = max(first, place.first, done)
        while day <= min(last, place.last):
            said = days.setdefault(day, [])
            if event.words not in said:
                said.append(event.words)
            day += _DAY
        done = max(done, min(last, place.last))


def _moments(
    master: Event, place: Place, near: set[datetime.date], reach: datetime.timedelta
) -> Iterator[datetime.datetime]:
    """Yield the beginnings of an event and its repeats up to the last day that is wanted.

    Its start is the first of them even where the rule would not fire then (RFC 5545, 3.8.5.3), unless the rule has
    ended before it.
    """
    ends = [until for _, until in master.rules]
    if not ends or any(end is None or _in_frame(end, master.start, place) >= master.start.local for end in ends):
        yield master.start.local
    earlier = min(master.length.days, _LONGEST_EVENT) + reach.days + 2
    since = datetime.date.fromordinal(max(1, place.first.toordinal() - earlier))
    for rule, until in master.rules:
        if rule.endless and place.until is None:
            raise Refused("repeats without end", "say until which day it is taken (--until)")
        last = min(_last(rule, until, master.start, place) + reach, _end_of(until, master.start, place))
        # A rule that never fires ("30 February") is looked through to its end: 8,000 years of it took 10 s an event.
        if (last.date() - max(since, master.start.local.date())).days > _LONGEST_SPAN_DAYS:
            raise Refused(
                f"repeats over more than {_LONGEST_SPAN_DAYS // 365:,} years", "say a nearer last day (--until)"
            )
        for number, moment in enumerate(occurrences(rule, master.start.local, last, since=since, whole=near)):
            if number == _MOST_REPEATS:
                raise Refused(
                    f"repeats more than {_MOST_REPEATS:,} times until {place.last}", "say a nearer last day (--until)"
                )
            yield moment


def _last(rule: Rule, until: Moment | None, start: Moment, place: Place) -> datetime.datetime:
    return min(datetime.datetime.combine(place.last + _DAY, datetime.time()), _end_of(until, start, place))


def _end_of(until: Moment | None, start: Moment, place: Place) -> datetime.datetime:
    return datetime.datetime.max if until is None else _in_frame(until, start, place)


def _in_frame(until: Moment, start: Moment, place: Place) -> datetime.datetime:
    """Return the last moment of a rule as the series is written; a day ends with its last moment."""
    if start.kind is Kind.DAY:
        day = place.midnight(until) if until.kind is Kind.UTC else None
        return datetime.datetime.combine(day or until.local.date(), datetime.time.max)
    if until.kind is Kind.DAY:
        return datetime.datetime.combine(until.local.date(), datetime.time.max)
    return until.seen_from(start, place.zone)


def _reach(changes: Iterable[Event]) -> datetime.timedelta:
    """Return how far changes of all later occurrences move them."""
    moved = (
        abs(change.start.local - change.replaces.local) for change in changes if change.onwards and change.replaces
    )
    return min(max(moved, default=datetime.timedelta(0)), 366 * _DAY)


def _movable(moment: Moment) -> bool:
    return datetime.date.min < moment.local.date() < datetime.date.max
