"""Dates as people write them, in the calendar that they name, to the proleptic Gregorian calendar.

A calendar is never guessed: the Pepys diary here is in New Style and the parliament register of the same days in Old
Style; reading both as one calendar fakes a ten-day lag between a dream and its source.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from karmalink.account.buddhist_era import either_days, either_year, khmer_days, khmer_year, thai_days, thai_year
from karmalink.errors import DateError, suggest

__all__ = ["CALENDARS", "EARLIEST_YEAR", "Calendar", "DateMeans", "Precision", "When", "parse_when", "today_year"]

# A diary line of 1197 in a dream series of 1997 is a slip of the pen, and a slip moves every lag by centuries. Older
# material exists, so the bound is an option of every reader.
EARLIEST_YEAR = 1500
_DAYS_PER_JULIAN_CYCLE = 1461


class Precision(StrEnum):
    """How exactly a date is known. Only days can be compared night by night."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class DateMeans(StrEnum):
    """What the date of an account stands for: the evening the night began, or the morning it ended.

    ``day_of`` is for a sleep within one day (a nap; a sleep by day, where the days are those of the calendar): it lies
    between no two days, and what is before and after it bears the same date.
    """

    NIGHT_OF = "night_of"
    MORNING_OF = "morning_of"
    DAY_OF = "day_of"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar.

    Attributes
    ----------
    name, title : str
        Name in files, and what it is.
    to_gregorian : callable
        Year, month, day as written → proleptic Gregorian date; ValueError for a day that the calendar does not have.
    from_gregorian : callable
        The inverse.
    readings : callable or None
        Year, month, day as written → every day that they may be, the one they are taken for first; None for calendars
        in which a date is one day.
    """

    name: str
    title: str
    to_gregorian: Callable[[int, int, int], datetime.date]
    from_gregorian: Callable[[datetime.date], tuple[int, int, int]]
    readings: Callable[[int, int, int], tuple[datetime.date, ...]] | None = None


def _gregorian(year: int, month: int, day: int) -> datetime.date:
    return datetime.date(year, month, day)


def _to_gregorian(day: datetime.date) -> tuple[int, int, int]:
    return day.year, day.month, day.day


def _julian(year: int, month: int, day: int) -> datetime.date:
    """Count days of four-year cycles from 1 March of the Julian year 0 (which is 28 February −1 … +2 Gregorian).

    With the year beginning in March the leap day is the last of the year, so that months have fixed offsets
    (Richards, "Calendars", in the Explanatory Supplement to the Astronomical Almanac, 3rd ed., ch. 15).
    """
    longest = 29 if month == 2 and year % 4 == 0 else _LENGTHS[month - 1] if 1 <= month <= 12 else 0
    if not 1 <= day <= longest:
        raise ValueError("no such day in the Julian calendar")
    shifted_year, shifted_month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    days = shifted_year * _DAYS_PER_JULIAN_CYCLE // 4 + (153 * shifted_month + 2) // 5 + day - 1
    return datetime.date.fromordinal(days + _JULIAN_MARCH_FIRST)


def _to_julian(day: datetime.date) -> tuple[int, int, int]:
    days = day.toordinal() - _JULIAN_MARCH_FIRST
    shifted_year = (4 * days + 3) // _DAYS_PER_JULIAN_CYCLE
    day_of_year = days - shifted_year * _DAYS_PER_JULIAN_CYCLE // 4
    shifted_month = (5 * day_of_year + 2) // 153
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return shifted_year + (shifted_month >= 10), month, day_of_year - (153 * shifted_month + 2) // 5 + 1


def _buddhist(
    name: str,
    title: str,
    readings: Callable[[int, int, int], tuple[datetime.date, ...]],
    year_of: Callable[[datetime.date], int],
) -> Calendar:
    """Return a calendar of the Buddhist era beside Gregorian months."""
    return Calendar(
        name,
        title,
        lambda year, month, day: readings(year, month, day)[0],
        lambda day: (year_of(day), day.month, day.day),
        readings,
    )


_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Ordinal of 1 March of the Julian year 0, from 1660-01-01 Julian = 1660-01-11 Gregorian; a test counts it out.
_JULIAN_MARCH_FIRST = -307

CALENDARS: dict[str, Calendar] = {
    calendar.name: calendar
    for calendar in (
        Calendar("gregorian", "Gregorian, New Style, proleptic before 1582", _gregorian, _to_gregorian),
        Calendar("julian", "Julian, Old Style, the year beginning on 1 January", _julian, _to_julian),
        _buddhist("buddhist", "Buddhist era, country not said: both years carried", either_days, either_year),
        _buddhist("buddhist_thailand", "Buddhist era of Thailand: + 543; before 1941 from April", thai_days, thai_year),
        _buddhist(
            "buddhist_cambodia",
            "Buddhist era of Cambodia: + 543 to the full moon of Pisakh, then + 544",
            khmer_days,
            khmer_year,
        ),
    )
}
"""Name → how a date of that calendar becomes a day."""

_ISO = re.compile(r"(\d{3,4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_PRECISIONS = (Precision.YEAR, Precision.MONTH, Precision.DAY)


@dataclass(frozen=True, slots=True)
class When:
    """A date.

    Attributes
    ----------
    day : datetime.date
        Proleptic Gregorian; the first day of the month or year where the precision is less than a day.
    calendar : str
        The calendar in which it was written.
    precision : Precision
        How exactly it is known.
    year : int or None
        The year as it was written, where the day alone does not give it back (Buddhist years that two countries count
        differently).
    """

    day: datetime.date
    calendar: str = "gregorian"
    precision: Precision = Precision.DAY
    year: int | None = field(default=None, metadata={"sparse": True})

    @property
    def ordinal(self) -> int:
        """Return the day's number (``datetime.date.toordinal``), the time axis of every null."""
        return self.day.toordinal()

    def written(self) -> str:
        """Return the date as it was written: in its own calendar, to its own precision."""
        shown = self._parts()[: 1 + _PRECISIONS.index(self.precision)]
        return "-".join([f"{shown[0]:04d}", *(f"{part:02d}" for part in shown[1:])])

    @property
    def also(self) -> tuple[datetime.date, ...]:
        """Return the other days that the date may be, where its calendar does not tell."""
        days = _readings(CALENDARS[self.calendar], self._parts(), self.precision)
        return tuple(day for day in days if day != self.day)

    def _parts(self) -> tuple[int, int, int]:
        year, month, day = CALENDARS[self.calendar].from_gregorian(self.day)
        return (year if self.year is None else self.year), month, day

    def to_dict(self) -> dict[str, Any]:
        """Return the Gregorian day, the calendar and the precision; the other days it may be, if there are any."""
        found = {"day": self.day.isoformat(), "calendar": self.calendar, "precision": str(self.precision)}
        also = [day.isoformat() for day in self.also]
        return {**found, "also": also} if also else found


def _readings(system: Calendar, parts: tuple[int, int, int], precision: Precision) -> tuple[datetime.date, ...]:
    """Return the days that a date may be, the one it is taken for first: of a month or a year its first day."""
    if system.readings is None:
        return (system.to_gregorian(*parts),)
    if precision is Precision.DAY:
        return system.readings(*parts)
    year, month, _ = parts
    # The year may turn within a month, and turns within every year.
    ends = ((month, 1), (month, 28)) if precision is Precision.MONTH else ((1, 1), (12, 28))
    found: list[datetime.date] = []
    for one in ends:
        with suppress(ValueError):
            found += system.readings(year, *one)
    if not found:
        raise ValueError("no such day")
    month = month if precision is Precision.MONTH else 1
    return tuple(dict.fromkeys(datetime.date(day.year, month, 1) for day in found))


def today_year() -> int:
    """Return the running Gregorian year."""
    return datetime.date.today().year


def parse_when(
    text: str,
    *,
    calendar: str | None,
    precision: Precision | str | None = None,
    where: str = "",
    earliest: int = EARLIEST_YEAR,
    latest: int | None = None,
) -> When:
    """Return a date written ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY`` in a calendar that is named.

    Parameters
    ----------
    text : str
        The date. Its parts say the precision, unless `precision` says less.
    calendar : str or None
        A name of :data:`CALENDARS`. None is refused: the calendar is never guessed.
    precision : Precision or str, optional
        How exactly it is known; not finer than what is written.
    where : str
        Place for the message.
    earliest, latest : int
        First and last plausible Gregorian year; `latest` is next year where not given.

    Raises
    ------
    DateError
        No calendar, an unknown one, not a date, a day that the calendar does not have, or out of the plausible range.
    """
    system = _calendar(calendar, where)
    found = _ISO.fullmatch(text.strip())
    if found is None:
        raise DateError("not a date", where=where, rule="dates are written year first", allowed=_WRITTEN)
    parts = [int(part) for part in found.groups() if part is not None]
    written = _PRECISIONS[len(parts) - 1]
    known = _precision(precision, written, where)
    try:
        days = _readings(system, _cut(parts, known), known)
    except (ValueError, OverflowError):
        raise DateError(
            f"the {system.name} calendar has no such day", where=where, rule="month 1 to 12, days of that month"
        ) from None
    last = today_year() + 1 if latest is None else latest
    day = next((one for one in days if earliest <= one.year <= last), None)
    if day is None:
        raise DateError(
            f"the year {days[0].year} is out of the plausible range",
            where=where,
            rule="a slip of the pen would move every lag by years; the range is an option",
            allowed=f"{earliest} to {last} (Gregorian)",
        )
    again = system.from_gregorian(day)[0]
    return When(day, system.name, known, None if system.readings is None or again == parts[0] else parts[0])


_WRITTEN = "YYYY-MM-DD, YYYY-MM, YYYY"


def _calendar(name: str | None, where: str) -> Calendar:
    if not name:
        raise DateError(
            "the calendar is not named",
            where=where,
            rule="a calendar is never guessed",
            allowed=tuple(CALENDARS),
            next_step="add a column 'calendar', or say it once for the whole file",
        )
    found = CALENDARS.get(name.strip().casefold())
    if found is None:
        near = suggest(name, CALENDARS)
        raise DateError(f"unknown calendar{'; ' + near if near else ''}", where=where, allowed=tuple(CALENDARS))
    return found


def _precision(asked: Precision | str | None, written: Precision, where: str) -> Precision:
    if asked is None:
        return written
    try:
        known = Precision(asked)
    except ValueError:
        raise DateError("unknown precision", where=where, allowed=tuple(Precision)) from None
    if _PRECISIONS.index(known) > _PRECISIONS.index(written):
        raise DateError(
            f"the precision says {known}, the date only gives the {written}",
            where=where,
            rule="a date is not known more exactly than it is written",
        )
    return known


def _cut(parts: list[int], known: Precision) -> tuple[int, int, int]:
    kept = parts[: 1 + _PRECISIONS.index(known)]
    year, month, day = (*kept, 1, 1)[:3]
    return year, month, day
