"""Rules of repetition (iCalendar ``RRULE``, RFC 5545, 3.3.10), written out day by day.

A life needs days, not seconds: a rule is run over the days up to a last moment, so that none runs for ever, and of a
rule that fires every second the first and the last moment of a day are enough. Moments are local time without a zone.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, groupby, product
from typing import Any

from karmalink.errors import suggest
from karmalink.rows import Refused

__all__ = ["Rule", "occurrences", "parse_rule"]

_DAY = datetime.timedelta(days=1)
_WEEKDAYS = {name: number for number, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
_BY_DATE = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
# Frequency → seconds of its step, for those that fire several times a day.
_WITHIN_A_DAY = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
_SECONDS_A_DAY = 86_400
_MOST_COUNTED = 10**9

# Part → smallest and largest value, and whether it counts from the end too.
_RANGES: dict[str, tuple[int, int, bool]] = {
    "BYMONTH": (1, 12, False),
    "BYWEEKNO": (1, 53, True),
    "BYYEARDAY": (1, 366, True),
    "BYMONTHDAY": (1, 31, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
    "BYSECOND": (0, 60, False),
    "BYSETPOS": (1, 366, True),
}
_PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST", *_RANGES)
# RFC 7529: only what changes nothing for the Gregorian calendar.
_CHANGES_NOTHING = {"RSCALE": "GREGORIAN", "SKIP": "OMIT"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of repetition.

    Attributes
    ----------
    frequency : str
        ``YEARLY`` … ``SECONDLY``.
    interval : int
        Every how many years, months … seconds.
    count : int or None
        How many times in all.
    until : str or None
        The last moment as it is written: it has a zone of its own, which the caller knows.
    by : mapping of str to tuple of int
        The parts ``BYMONTH`` … ``BYSETPOS`` that are there.
    weekdays : tuple of (int, int)
        ``BYDAY``: which one of its month or year (0 for each of them), and the weekday, 0 for Monday.
    week_begins : int
        First day of the week, 0 for Monday.
    """

    frequency: str
    interval: int
    count: int | None
    until: str | None
    by: Mapping[str, tuple[int, ...]]
    weekdays: tuple[tuple[int, int], ...]
    week_begins: int

    @property
    def endless(self) -> bool:
        """Return whether the rule itself never ends."""
        return self.count is None and self.until is None


def parse_rule(text: str) -> Rule:
    """Return the rule that a text says.

    Raises
    ------
    Refused
        A part is missing, unknown, there twice, or out of its range.
    """
    parts: dict[str, str] = {}
    for piece in filter(None, (piece.strip() for piece in text.split(";"))):
        name, _, value = piece.partition("=")
        name, value = name.strip().upper(), value.strip().upper()
        if name in parts:
            raise Refused(f"says {name} twice", "each part once")
        if name not in _PARTS and _CHANGES_NOTHING.get(name) != value:
            near = suggest(name, _PARTS)
            raise Refused(f"has a part that RFC 5545 does not have{'; ' + near if near else ''}", ", ".join(_PARTS))
        parts[name] = value
    frequency = parts.get("FREQ", "")
    if frequency not in (*_BY_DATE, *_WITHIN_A_DAY):
        raise Refused("does not say a frequency (FREQ)", ", ".join((*_BY_DATE, *_WITHIN_A_DAY)))
    # Some programs write a negative COUNT for a repeat without one.
    times = _whole("COUNT", parts["COUNT"], -_MOST_COUNTED, _MOST_COUNTED) if "COUNT" in parts else None
    if times == 0:
        raise Refused("has a COUNT of 0", "1 or more")
    if "UNTIL" in parts and not parts["UNTIL"]:
        raise Refused("has an UNTIL that says nothing", "20240131, 20240131T210500Z")
    return Rule(
        frequency,
        _whole("INTERVAL", parts.get("INTERVAL", "1"), 1, _MOST_COUNTED),
        None if times is None or times < 0 else times,
        parts.get("UNTIL"),
        {name: _numbers(name, parts[name]) for name in _RANGES if name in parts},
        _weekdays(parts["BYDAY"]) if "BYDAY" in parts else (),
        _weekday(parts.get("WKST", "MO")),
    )


def _whole(name: str, text: str, low: int, high: int) -> int:
    try:
        if not text.isascii() or len(text) > len(str(high)) + 1:
            raise ValueError
        found = int(text)
    except ValueError:
        found = low - 1
    if not low <= found <= high:
        raise Refused(f"has {name} that is not a whole number in its range", f"{max(low, 1)} or more")
    return found


def _numbers(name: str, text: str) -> tuple[int, ...]:
    low, high, from_end = _RANGES[name]
    found = []
    for piece in text.split(","):
        number = _whole(name, piece.strip(), -high if from_end else low, high)
        if abs(number) < low:
            raise Refused(f"has a {name} of {number}", f"{low} to {high}")
        # A leap second is the end of its minute.
        found.append(min(number, 59) if name == "BYSECOND" else number)
    return tuple(sorted(set(found)))


def _weekdays(text: str) -> tuple[tuple[int, int], ...]:
    found = []
    for piece in (piece.strip() for piece in text.split(",")):
        number = _whole("BYDAY", piece[:-2], -53, 53) if piece[:-2] else 0
        found.append((number, _weekday(piece[-2:])))
    return tuple(sorted(set(found)))


def _weekday(text: str) -> int:
    if text not in _WEEKDAYS:
        raise Refused("names a weekday that is not known", ", ".join(_WEEKDAYS))
    return _WEEKDAYS[text]


def occurrences(
    rule: Rule,
    start: datetime.datetime,
    last: datetime.datetime,
    *,
    since: datetime.date = datetime.date.min,
    whole: Container[datetime.date] = (),
) -> Iterator[datetime.datetime]:
    """Yield the moments at which a rule fires, in order, from its start to a last moment.

    Parameters
    ----------
    rule : Rule
        Its own end is ignored: `last` is the earlier of that and of what is asked for. Its count is heeded.
    start : datetime
        Local time; what a rule leaves open (the weekday, the hour …) is that of its start.
    last : datetime
        The last moment that is wanted.
    since : date
        Earlier days are not wanted; of a rule without a count they are skipped.
    whole : container of date
        Days of which every moment is wanted. Of the other days only the first and the last moment are yielded.
    """
    left = rule.count
    start_s, last_s = (moment.hour * 3600 + moment.minute * 60 + moment.second for moment in (start, last))
    for day, moments in _days(rule, start, last.date(), since):
        if not start.date() <= day <= last.date() or left == 0:
            continue
        first = bisect_left(moments, start_s) if day == start.date() else 0
        end = bisect_right(moments, last_s) if day == last.date() else len(moments)
        if left is not None:
            end = min(end, first + left)
            left -= max(0, end - first)
        if first >= end or day < since:
            continue
        midnight = datetime.datetime.combine(day, datetime.time())
        for index in range(first, end) if day in whole else sorted({first, end - 1}):
            yield midnight + datetime.timedelta(seconds=moments[index])


def _days(
    rule: Rule, start: datetime.datetime, last: datetime.date, since: datetime.date
) -> Iterator[tuple[datetime.date, Sequence[int]]]:
    """Yield each day on which the rule fires, and the seconds of that day, from the start's own period on."""
    passes = _day_filter(rule, start)
    skipped = since if rule.count is None and since > start.date() else start.date()
    if rule.frequency in _WITHIN_A_DAY:
        clock = _Clock.of(rule, start)
        for passed in range((skipped - start.date()).days, (last - start.date()).days + 1):
            day = start.date() + passed * _DAY
            if passes(day) and (moments := clock.at(passed)):
                yield day, moments
        return
    seconds = _times(rule, start)
    positions = rule.by.get("BYSETPOS")
    for period in _periods(rule, start.date(), skipped, last):
        days = [day for day in period if passes(day)]
        if positions is None:
            yield from ((day, seconds) for day in days)
            continue
        places = _places(positions, len(days) * len(seconds))
        for index, group in groupby(places, key=lambda place: place // len(seconds)):
            yield days[index], [seconds[place % len(seconds)] for place in group]


def _times(rule: Rule, start: datetime.datetime) -> list[int]:
    """Return the seconds of a day at which a rule fires that steps by days or more."""
    hours = rule.by.get("BYHOUR", (start.hour,))
    minutes = rule.by.get("BYMINUTE", (start.minute,))
    seconds = rule.by.get("BYSECOND", (start.second,))
    return [hour * 3600 + minute * 60 + second for hour, minute, second in product(hours, minutes, seconds)]


def _places(positions: Iterable[int], length: int) -> list[int]:
    """Return the indices that BYSETPOS picks out of so many."""
    found = {place - 1 if place > 0 else place + length for place in positions}
    return sorted(place for place in found if 0 <= place < length)


def _periods(
    rule: Rule, start: datetime.date, since: datetime.date, last: datetime.date
) -> Iterator[Iterable[datetime.date]]:
    """Yield the days of each year, month, week or day that the rule steps on."""
    # One step too early costs nothing; one too late would lose days.
    passed = {
        "YEARLY": since.year - start.year,
        "MONTHLY": (since.year - start.year) * 12 + since.month - start.month,
        "WEEKLY": (since - start).days // 7,
        "DAILY": (since - start).days,
    }[rule.frequency]
    for step in count(max(0, passed // rule.interval - 1)):
        try:
            first, following = _period(rule, start, step * rule.interval)
        except (ValueError, OverflowError):
            return
        if first > last:
            return
        yield [first + offset * _DAY for offset in range((following - first).days)]


def _period(rule: Rule, start: datetime.date, steps: int) -> tuple[datetime.date, datetime.date]:
    """Return the first day of a period and of the one after it; ValueError or OverflowError after the year 9999."""
    if rule.frequency == "YEARLY":
        return datetime.date(start.year + steps, 1, 1), datetime.date(start.year + steps + 1, 1, 1)
    if rule.frequency == "MONTHLY":
        first, following = (divmod(start.year * 12 + start.month - 1 + steps + more, 12) for more in (0, 1))
        return datetime.date(first[0], first[1] + 1, 1), datetime.date(following[0], following[1] + 1, 1)
    if rule.frequency == "WEEKLY":
        begin = start - _DAY * ((start.weekday() - rule.week_begins) % 7)
        return begin + _DAY * 7 * steps, begin + _DAY * 7 * (steps + 1)
    return start + _DAY * steps, start + _DAY * (steps + 1)


def _day_filter(rule: Rule, start: datetime.datetime) -> Callable[[datetime.date], bool]:
    """Return whether a day may hold an occurrence: every part that is there must hold (RFC 5545, table of 3.3.10).

    What no part says is as at the start: the month and day of a year, the day of a month, the weekday of a week.
    """
    by, weekdays = dict(rule.by), rule.weekdays
    says_day = weekdays or by.keys() & {"BYYEARDAY", "BYMONTHDAY"}
    if not says_day and (rule.frequency == "WEEKLY" or "BYWEEKNO" in by):
        weekdays = ((0, start.weekday()),)
    elif not says_day and rule.frequency in ("YEARLY", "MONTHLY"):
        by["BYMONTHDAY"] = (start.day,)
        if rule.frequency == "YEARLY":
            by.setdefault("BYMONTH", (start.month,))
    # "The second Monday" is one of its month or year; of a week there is one anyway.
    numbered = rule.frequency in ("YEARLY", "MONTHLY")
    of_month = rule.frequency == "MONTHLY" or "BYMONTH" in by
    tests: list[Callable[[datetime.date], bool]] = []
    if "BYMONTH" in by:
        tests.append(lambda day: day.month in by["BYMONTH"])
    if "BYMONTHDAY" in by:
        tests.append(lambda day: bool({day.day, day.day - _month_length(day) - 1} & set(by["BYMONTHDAY"])))
    if "BYYEARDAY" in by:
        tests.append(
            lambda day: bool(
                set(_counted(day, datetime.date(day.year, 1, 1), _year_length(day))) & set(by["BYYEARDAY"])
            )
        )
    if "BYWEEKNO" in by:
        tests.append(lambda day: bool(set(_week_numbers(day, rule.week_begins)) & set(by["BYWEEKNO"])))
    if weekdays:
        tests.append(
            lambda day: any(_is_weekday(day, which, number if numbered else 0, of_month) for number, which in weekdays)
        )
    return lambda day: all(test(day) for test in tests)


def _month_length(day: datetime.date) -> int:
    return ((day.replace(day=28) + _DAY * 4).replace(day=1) - _DAY).day if (day.year, day.month) != (9999, 12) else 31


def _year_length(day: datetime.date) -> int:
    return 366 if day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0) else 365


def _counted(day: datetime.date, first: datetime.date, length: int) -> tuple[int, int]:
    """Return which day of a stretch this is, from its beginning and from its end (−1 is the last)."""
    number = (day - first).days + 1
    return number, number - length - 1


def _week_numbers(day: datetime.date, begins: int) -> tuple[int, int]:
    """Return the number of a day's week, from the beginning and the end of the year that most of the week lies in."""
    middle = (day - _DAY * ((day.weekday() - begins) % 7)).toordinal() + 3
    year = datetime.date.fromordinal(middle).year
    first = datetime.date(year, 1, 1).toordinal()
    number, weeks = (
        (middle - first) // 7 + 1,
        (_year_length(datetime.date(year, 1, 1)) - 1 - (middle - first) % 7) // 7 + 1,
    )
    return number, number - weeks - 1


def _is_weekday(day: datetime.date, weekday: int, number: int, of_month: bool) -> bool:
    if day.weekday() != weekday:
        return False
    if not number:
        return True
    passed = day.day if of_month else day.timetuple().tm_yday
    length = _month_length(day) if of_month else _year_length(day)
    return number in ((passed - 1) // 7 + 1, -((length - passed) // 7 + 1))


@dataclass(frozen=True, slots=True)
class _Clock:
    """The times of day of a rule that steps by hours, minutes or seconds.

    Whether it fires in a unit of the day (its hour 5, say) depends on the unit modulo the interval only. So the units
    of a day are looked up by their rest, and no second is ever counted out.

    Attributes
    ----------
    unit, interval : int
        Seconds of a step, and every how many steps.
    first : int
        The unit of the start in its day.
    units : mapping of int to list of int
        Rest → the units of a day that BYHOUR, BYMINUTE and BYSECOND leave.
    offsets : list of int
        Seconds within a unit.
    """

    unit: int
    interval: int
    first: int
    units: Mapping[int, Sequence[int]]
    offsets: Sequence[int]

    @classmethod
    def of(cls, rule: Rule, start: datetime.datetime) -> _Clock:
        unit = _WITHIN_A_DAY[rule.frequency]
        units: dict[int, list[int]] = {}
        for hour, minute, second in product(
            rule.by.get("BYHOUR", range(24)),
            rule.by.get("BYMINUTE", range(60)) if unit <= 60 else (0,),
            rule.by.get("BYSECOND", range(60)) if unit == 1 else (0,),
        ):
            number = (hour * 3600 + minute * 60 + second) // unit
            units.setdefault(number % rule.interval, []).append(number)
        minutes = rule.by.get("BYMINUTE", (start.minute,)) if unit > 60 else (0,)
        seconds = rule.by.get("BYSECOND", (start.second,)) if unit > 1 else (0,)
        offsets = [minute * 60 + second for minute, second in product(minutes, seconds)]
        if "BYSETPOS" in rule.by:
            offsets = [offsets[place] for place in _places(rule.by["BYSETPOS"], len(offsets))]
        begin = start.hour * 3600 + start.minute * 60 + start.second
        return cls(unit, rule.interval, begin // unit, units, offsets)

    def at(self, passed: int) -> Sequence[int]:
        """Return the seconds at which it fires so many days after its start."""
        rest = (self.first - passed * (_SECONDS_A_DAY // self.unit)) % self.interval
        return _Moments(self.units.get(rest, ()), self.offsets, self.unit)


@dataclass(frozen=True, slots=True)
class _Moments(Sequence[int]):
    """The seconds of a day at which a rule fires: every offset of every unit, never written out."""

    units: Sequence[int]
    offsets: Sequence[int]
    unit: int

    def __len__(self) -> int:
        return len(self.units) * len(self.offsets)

    def __getitem__(self, index: Any) -> Any:
        unit, offset = divmod(index, len(self.offsets))
        return self.units[unit] * self.unit + self.offsets[offset]
