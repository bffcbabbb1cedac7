"""Years of the Buddhist era beside months of the Gregorian calendar: which Gregorian days a written date may be.

Two countries count the same years and turn them on different days:

- **Thailand**: since 1941 (2484) the year is the Gregorian one + 543 (Calendar Year Act of B.E. 2483). Before, from
  1889, it began on 1 April: January to March belonged to the year before, and 2483 had nine months.
- **Cambodia**: the year turns on the day after the full moon of Pisakh (Visak Bochea, late April to May): + 543 up to
  that day, + 544 from the next one to December. The full moon is that of the reckoned calendar (Chhankitek), whose
  leap months and days follow from the elements of the year: Roath Kim Soeun, *Pratitin Soryakkatik-Chankatik
  1900-1999*, as described by Phylypo Tum (*Khmer Chhankitek Calendar*); for the common ancestry of these calendars
  J. C. Eade, *The Calendrical Systems of Mainland South-East Asia* (Brill 1995). Visak Bochea of 2011 to 2026 comes out
  as it was kept (``tests/account/test_account_buddhist_era.py``).
"""

from __future__ import annotations

import datetime
import functools

__all__ = [
    "DAYS_IN_DOUBT",
    "either_days",
    "either_year",
    "khmer_days",
    "khmer_year",
    "thai_days",
    "thai_year",
    "visak_bochea",
]

_OFFSET = 543
_DAY = datetime.timedelta(days=1)
_THAI_JANUARY = 1941
_APRIL = 4
# The reckoning is known for these years; elsewhere the turn lies somewhere in the days in doubt.
_RECKONED = range(1900, 2101)
DAYS_IN_DOUBT = ((4, 15), (5, 31))
"""Month and day between which Cambodia's year turns, in years for which the calendar is not reckoned here."""
# 1 January 1900 was the first day of the month Bos; the full moon of Pisakh is the 133rd day from there in every year.
_EPOCH = datetime.date(1900, 1, 1)
_TO_PISAKH = 132
_COMMON, _LEAP_MONTH, _LEAP_DAY = 354, 384, 355


def thai_year(day: datetime.date) -> int:
    """Return the year that a Thai document of this day bears."""
    return day.year + _OFFSET - (day.year < _THAI_JANUARY and day.month < _APRIL)


def thai_days(year: int, month: int, day: int) -> tuple[datetime.date, ...]:
    """Return the Gregorian day of a Thai date.

    Raises
    ------
    ValueError
        There is no such day: the year 2483 ended in December.
    """
    late = month < _APRIL and year - _OFFSET < _THAI_JANUARY
    found = datetime.date(year - _OFFSET + late, month, day)
    if thai_year(found) != year:
        raise ValueError("no such day")
    return (found,)


def khmer_year(day: datetime.date) -> int:
    """Return the year that a Cambodian document of this day bears."""
    turn = visak_bochea(day.year)
    return day.year + _OFFSET + (day > (turn or datetime.date(day.year, *DAYS_IN_DOUBT[1])))


def khmer_days(year: int, month: int, day: int) -> tuple[datetime.date, ...]:
    """Return the Gregorian days that a Cambodian date may be: one, or two about the turn of the year.

    The full moon wanders over a month. So one year may have the same date twice, 13 months apart, and another not at
    all: then the writer turned the year on another day, and both years are possible too.

    Raises
    ------
    ValueError
        There is no such day in either year.
    """
    there = [found for back in (0, 1) if (found := _or_none(year - _OFFSET - back, month, day)) is not None]
    sure = [found for found in there if _is_sure(found, year)]
    if sure:
        return tuple(sure)
    if not there or not DAYS_IN_DOUBT[0] <= (month, day) <= DAYS_IN_DOUBT[1]:
        raise ValueError("no such day")
    return tuple(there)


def _is_sure(day: datetime.date, year: int) -> bool:
    """Return whether a day bears a year; in the days in doubt of years that are not reckoned it may."""
    if day.year not in _RECKONED and DAYS_IN_DOUBT[0] <= (day.month, day.day) <= DAYS_IN_DOUBT[1]:
        return True
    return khmer_year(day) == year


def either_year(day: datetime.date) -> int:
    """Return the year that a document of this day bears where its country is not said."""
    return thai_year(day) if day.year < _THAI_JANUARY else khmer_year(day)


def either_days(year: int, month: int, day: int) -> tuple[datetime.date, ...]:
    """Return the Gregorian days that a date may be where its country is not said.

    The first is what it is taken for: before 2484 that of Siam, whose offices were the ones to write these years beside
    Gregorian months; from then on that of Cambodia.

    Raises
    ------
    ValueError
        There is no such day in either country.
    """
    found: list[datetime.date] = []
    for days in (thai_days, khmer_days) if year - _OFFSET < _THAI_JANUARY else (khmer_days, thai_days):
        try:
            found += days(year, month, day)
        except ValueError:
            continue
    if not found:
        raise ValueError("no such day")
    return tuple(dict.fromkeys(found))


def visak_bochea(year: int) -> datetime.date | None:
    """Return the full moon of Pisakh of a year as Cambodia's calendar reckons it; None before 1900 and after 2100."""
    return _full_moons().get(year)


@functools.cache
def _full_moons() -> dict[int, datetime.date]:
    begin, found = _EPOCH, {}
    for year in _RECKONED:
        found[year] = begin + _TO_PISAKH * _DAY
        begin += _length(year + _OFFSET + 1) * _DAY
    return found


def _length(era: int) -> int:
    """Return the days of a lunar year, counted from Bos; a leap day that meets a leap month waits for the next year."""
    leap_month, leap_day = _leaps(era)
    if leap_month:
        return _LEAP_MONTH
    return _LEAP_DAY if leap_day or all(_leaps(era - 1)) else _COMMON


def _leaps(era: int) -> tuple[bool, bool]:
    """Return whether a year asks for a leap month and for a leap day."""
    bodithey, avoman = _bodithey(era), _avoman(era)
    leap_month = bodithey >= 25 or bodithey <= 5
    # Of two years that follow each other only one is long.
    if bodithey == 25 and _bodithey(era + 1) == 5:
        leap_month = False
    if bodithey == 24 and _bodithey(era + 1) == 6:
        leap_month = True
    # 800 − kromthupul ≤ 207: the solar year is a leap year.
    if 800 - (era * 292207 + 499) % 800 <= 207:
        return leap_month, avoman <= 126
    return leap_month, avoman <= 137 and _avoman(era + 1) != 0


def _aharkun(era: int) -> int:
    """Return the days passed at the beginning of a year, 292 207 in 800 years."""
    return (era * 292207 + 499) // 800 + 4


def _avoman(era: int) -> int:
    return (11 * _aharkun(era) + 25) % 692


def _bodithey(era: int) -> int:
    """Return the age of the moon at the beginning of a year."""
    days = _aharkun(era)
    return ((11 * days + 25) // 692 + days + 29) % 30


def _or_none(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
