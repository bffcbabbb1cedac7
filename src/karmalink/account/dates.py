"""Dates as people write them, in the calendar that they name, to the proleptic Gregorian calendar.

A calendar is never guessed: the Pepys diary here is in New Style and the parliament register of the same days in Old
Style; reading both as one calendar fakes a ten-day lag between a dream and its source.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from karmalink.errors import DateError, suggest

__all__ = ["CALENDARS", "EARLIEST_YEAR", "Calendar", "DateMeans", "Precision", "When", "parse_when", "today_year"]

# A diary line of 1197 in a dream series of 1997 is a slip of the pen, and a slip moves every lag by centuries. Older
# material exists, so the bound is an option of every reader.
EARLIEST_YEAR = 1500
_DAYS_PER_JULIAN_CYCLE = 1461
_BUDDHIST_YEARS = 543


class Precision(StrEnum):
    """How exactly a date is known. Only days can be compared night by night."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class DateMeans(StrEnum):
    """What the date of an account stands for: the evening the night began, or the morning it ended."""

    NIGHT_OF = "night_of"
    MORNING_OF = "morning_of"
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
    """

    name: str
    title: str
    to_gregorian: Callable[[int, int, int], datetime.date]
    from_gregorian: Callable[[datetime.date], tuple[int, int, int]]


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


def _buddhist(year: int, month: int, day: int) -> datetime.date:
    return datetime.date(year - _BUDDHIST_YEARS, month, day)


def _to_buddhist(day: datetime.date) -> tuple[int, int, int]:
    return day.year + _BUDDHIST_YEARS, day.month, day.day


_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Ordinal of 1 March of the Julian year 0, from 1660-01-01 Julian = 1660-01-11 Gregorian; a test counts it out.
_JULIAN_MARCH_FIRST = -307

CALENDARS: dict[str, Calendar] = {
    calendar.name: calendar
    for calendar in (
        Calendar("gregorian", "Gregorian, New Style, proleptic before 1582", _gregorian, _to_gregorian),
        Calendar("julian", "Julian, Old Style, the year beginning on 1 January", _julian, _to_julian),
        Calendar(
            "buddhist", "solar year of the Buddhist era as in Cambodia and Thailand (CE + 543)", _buddhist, _to_buddhist
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
    """

    day: datetime.date
    calendar: str = "gregorian"
    precision: Precision = Precision.DAY

    @property
    def ordinal(self) -> int:
        """Return the day's number (``datetime.date.toordinal``), the time axis of every null."""
        return self.day.toordinal()

    def written(self) -> str:
        """Return the date as it was written: in its own calendar, to its own precision."""
        parts = CALENDARS[self.calendar].from_gregorian(self.day)
        shown = parts[: 1 + _PRECISIONS.index(self.precision)]
        return "-".join([f"{shown[0]:04d}", *(f"{part:02d}" for part in shown[1:])])

    def to_dict(self) -> dict[str, str]:
        """Return the Gregorian day, the calendar and the precision."""
        return {"day": self.day.isoformat(), "calendar": self.calendar, "precision": str(self.precision)}


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
        day = system.to_gregorian(*_cut(parts, known))
    except (ValueError, OverflowError):
        raise DateError(
            f"the {system.name} calendar has no such day", where=where, rule="month 1 to 12, days of that month"
        ) from None
    last = today_year() + 1 if latest is None else latest
    if not earliest <= day.year <= last:
        raise DateError(
            f"the year {day.year} is out of the plausible range",
            where=where,
            rule="a slip of the pen would move every lag by years; the range is an option",
            allowed=f"{earliest} to {last} (Gregorian)",
        )
    return When(day, system.name, known)


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
