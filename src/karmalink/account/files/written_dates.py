"""Dates as tables write them: with a time behind, day or month first, with the name of a month; to year-month-day.

What cannot be told is not guessed: whether 03/04 is 3 April, which century 80 is, and on which day somebody was where a
time is in UTC.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from karmalink.account.dates import EARLIEST_YEAR, Precision, When, parse_when, today_year
from karmalink.errors import DateError, Fault, UsageError
from karmalink.rows import FileNote, Notes, Refused, Row

__all__ = ["DateRules", "DayOrder", "dates_of", "order_of", "year_first", "years_in_doubt"]

_TIME = (
    r"(?:[T ,]+(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
_PART = r"(?:\d{1,2}|\?\??)"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{3,4}})(?:[-/.](?P<month>{_PART})(?:[-/.](?P<day>{_PART}))?)?{_TIME}")
_YEAR_LAST = re.compile(
    rf"(?P<first>{_PART})(?P<mark>[-/.])(?P<second>{_PART})(?P=mark)(?P<year>\d{{4}}|\d{{2}}){_TIME}"
)
_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_NAMED = (
    re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[-\s]+{_NAME}[-,\s]+(?P<year>\d{{4}}|\d{{2}}){_TIME}"),
    re.compile(rf"{_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}|\d{{2}}){_TIME}"),
)
_MONTHS = 12
_FIGURES = 100
_ALLOWED = "YYYY-MM-DD, YYYY-MM, YYYY; 31/12/2024 or 12/31/2024; 31 Dec 2024; a time behind it"
_UTC = ("Z", "UTC", "+00:00", "+0000", "-00:00", "-0000")


@dataclass(frozen=True, slots=True)
class DateRules:
    """What is said once of the dates of a file.

    Attributes
    ----------
    day_first : bool or None
        Whether 03/04/2024 is 3 April; None where a number over 12 in the file has to prove it.
    timezone : str or None
        Where the person was, for times in UTC: an IANA name.
    earliest, latest : int or None
        First and last plausible Gregorian year; `latest` is next year where not given.
    """

    day_first: bool | None = None
    timezone: str | None = None
    earliest: int = EARLIEST_YEAR
    latest: int | None = None

    @property
    def last(self) -> int:
        """Return the last plausible year."""
        return today_year() + 1 if self.latest is None else self.latest

    def zone(self) -> ZoneInfo | None:
        """Return the time zone.

        Raises
        ------
        UsageError
            There is none of this name.
        """
        if self.timezone is None:
            return None
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise UsageError(
                f"unknown time zone {self.timezone!r}",
                rule="IANA names",
                allowed="Asia/Phnom_Penh, Europe/London, UTC …",
            ) from None


@dataclass(frozen=True, slots=True)
class DayOrder:
    """Which comes first in dates such as 03/04/2024, and the line whose date says the opposite, 0 where none does.

    Attributes
    ----------
    day_first : bool or None
        None where nothing proves it.
    proof, against : int
        Lines: of the first date that proves the order, and of the first that contradicts it or what was said.
    """

    day_first: bool | None
    proof: int = 0
    against: int = 0


def dates_of(rows: Sequence[Row], rules: DateRules, faults: list[Fault]) -> dict[int, When | None]:
    """Return line → date; where a row has none that can stand, add the fault (missing cells have theirs already).

    Parameters
    ----------
    rows : sequence of Row
        With ``date`` and ``calendar``, and ``precision`` where a date is known less exactly than it is written.
    rules : DateRules
        What was said of the file's dates.
    faults : list of Fault
        Takes what is wrong.
    """
    written = {row.line: str(row["date"]) for row in rows if row.get("date") is not None}
    order = order_of(written, rules.day_first)
    if order.against:
        row = next(row for row in rows if row.line == order.against)
        rule = (
            f"has day and month the other way round than the date on line {order.proof}"
            if order.proof
            else f"cannot be read with the {'day' if order.day_first else 'month'} first, as was said"
        )
        faults.append(row.fault("date", rule, allowed="one order in one file"))
        return {}
    return {row.line: _when(row, order, rules, faults) for row in rows}


def years_in_doubt(days: Mapping[int, When | None]) -> tuple[FileNote, ...]:
    """Return a note of the dates that may be of two years, because the country that counts them is not said."""
    notes = Notes()
    for line, when in days.items():
        if when is not None and when.precision is Precision.DAY and when.also:
            why = "that may be of two years, as Thailand or Cambodia counts them"
            notes.add("date", why, f"line {line}", done="both carried; the calendar of the country settles it")
    return notes.told()


def _when(row: Row, order: DayOrder, rules: DateRules, faults: list[Fault]) -> When | None:
    date, calendar = row.get("date"), row.get("calendar")
    if date is None or calendar is None:
        return None
    try:
        return parse_when(
            year_first(date, order, rules, calendar=calendar),
            calendar=calendar,
            precision=row.get("precision"),
            earliest=rules.earliest,
            latest=rules.latest,
        )
    except Refused as refused:
        faults.append(row.fault("date", refused.rule, allowed=refused.allowed))
    except DateError as error:
        rule = f"{error.what} ({error.rule})" if error.rule else error.what
        faults.append(row.fault("date", rule, allowed=error.allowed))
    return None


def order_of(cells: Mapping[int, str], said: bool | None) -> DayOrder:
    """Return the order of day and month in the dates of a file.

    Parameters
    ----------
    cells : mapping of int to str
        Line → date as written.
    said : bool or None
        What somebody said.
    """
    parts = {line: found for line, cell in cells.items() if (found := _YEAR_LAST.fullmatch(cell.strip()))}
    day = next((line for line, found in parts.items() if _number(found["first"]) > _MONTHS), 0)
    month = next((line for line, found in parts.items() if _number(found["second"]) > _MONTHS), 0)
    if day and month:
        return DayOrder(said, day, month)
    if not day and not month:
        return DayOrder(said)
    if said is not None and said != bool(day):
        return DayOrder(said, 0, day or month)
    return DayOrder(bool(day), day or month)


def year_first(cell: str, order: DayOrder, rules: DateRules, *, calendar: str | None = None) -> str:
    """Return a date as ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``; a time behind it is dropped.

    Parameters
    ----------
    cell : str
        As written.
    order : DayOrder
        Of the file.
    rules : DateRules
        What was said of the file's dates.
    calendar : str, optional
        In which the date is written: a year of two figures is told by the plausible years in Gregorian ones only.

    Raises
    ------
    Refused
        Not a date, or one that cannot be told.
    """
    written = cell.strip()
    if found := _YEAR_FIRST.fullmatch(written):
        return _on_the_day(_joined(found["year"], found["month"], found["day"]), found, rules)
    if found := _YEAR_LAST.fullmatch(written):
        if order.day_first is None:
            raise Refused(
                "could be day/month or month/day: no date of the file proves which",
                "say whether the day comes first (--day-first, --month-first)",
            )
        first, second = found["first"], found["second"]
        month, day = (second, first) if order.day_first else (first, second)
        return _on_the_day(_joined(_full_year(found["year"], rules, calendar), month, day), found, rules)
    for pattern in _NAMED:
        found = pattern.fullmatch(written)
        if found and found["name"][:3].casefold() in _NAMES:
            month = str(_NAMES.index(found["name"][:3].casefold()) + 1)
            return _on_the_day(_joined(_full_year(found["year"], rules, calendar), month, found["day"]), found, rules)
    raise Refused("is not a date", _ALLOWED)


def _number(part: str) -> int:
    return 0 if "?" in part else int(part)


def _joined(year: str, month: str | None, day: str | None) -> str:
    """Return the parts that are known, from the year on: ``07/??/1980`` is known to the month."""
    known = [f"{int(year):04d}"]
    for part in (month, day):
        if part is None or "?" in part:
            break
        known.append(f"{int(part):02d}")
    return "-".join(known)


def _full_year(year: str, rules: DateRules, calendar: str | None) -> str:
    if len(year) > 2:
        return year
    fits = [full for full in range(int(year), rules.last + 1, _FIGURES) if full >= rules.earliest]
    if len(fits) != 1 or (calendar or "").startswith("buddhist"):
        raise Refused(
            "has a year of two figures, which is not enough to tell the century",
            "four figures, or a range of plausible years within one century (--earliest, --latest)",
        )
    return str(fits[0])


def _on_the_day(day: str, found: re.Match[str], rules: DateRules) -> str:
    """Return the day where the person was: a time in UTC does not say it."""
    if not found["clock"] or found["zone"] not in _UTC:
        return day
    zone = rules.zone()
    if zone is None:
        raise Refused(
            "is a time in UTC, which does not say on which day the person was",
            "say where they were: --timezone Asia/Phnom_Penh, or UTC",
        )
    hour, minute = (int(part) for part in found["clock"].split(":")[:2])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"][0] in "pP" else 0)
    try:
        clock = datetime.time(hour, minute, tzinfo=datetime.UTC)
        moment = datetime.datetime.combine(datetime.date.fromisoformat(day), clock)
        return moment.astimezone(zone).date().isoformat()
    except (ValueError, OverflowError):
        raise Refused("is not a moment", _ALLOWED) from None
