"""Times of calendars (RFC 5545, 3.3.4–3.3.6, 3.3.9, 3.6.5): as they are written, and the zones that files name.

The day of a life is the day as it is written where the person was. So a time keeps its local form; its zone is only
asked for where two times must be compared that are written in different ones.
"""

from __future__ import annotations

import datetime
import functools
import re
import zoneinfo
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from karmalink.account.files.content_lines import Component
from karmalink.account.files.recurrence_rules import occurrences, parse_rule
from karmalink.rows import Refused

__all__ = ["Kind", "Moment", "Zones", "is_utc", "parse_duration", "parse_moment", "parse_period", "zone_named"]

_MOMENT = re.compile(
    r"(?P<date>[0-9]{8})(?:[Tt](?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?P<utc>[Zz])?)?"
)
_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<weeks>[0-9]{1,5})W|(?:(?P<days>[0-9]{1,6})D)?"
    r"(?P<time>T(?:(?P<hours>[0-9]{1,7})H)?(?:(?P<minutes>[0-9]{1,8})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?)",
    re.IGNORECASE,
)
_WRITTEN = "20240131, 20240131T210500, 20240131T210500Z"
_OFFSET = re.compile(r"([+-])([0-9]{2})([0-9]{2})([0-9]{2})?")
# "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "/mozilla.org/20070129_1/America/Argentina/Salta"
_AREA = re.compile(
    r"(?:^|/)((?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|US)/.+)$"
)
# Names of the world's time: they say when something was, never where.
_UTC = re.compile(
    r"(?:etc/)?(?:utc|uct|gmt|z|zulu|universal|greenwich)|(?:etc/)?gmt[+-]?0+|(?:\(?(?:utc|gmt)(?:[+-]0?0:?00)?\)?)?\s*"
    r"coordinated universal time|\(?(?:utc|gmt)[+-]0?0:?00\)?|tzone://microsoft/utc",
    re.IGNORECASE,
)
# "UTC+01", "GMT-0530": an offset, not a place, but enough to compare times.
_FIXED = re.compile(r"(?:utc|gmt)\s*(?P<sign>[+-])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?", re.IGNORECASE)
_HOUR = datetime.timedelta(hours=1)
_NOTHING = datetime.timedelta(0)


class Kind(StrEnum):
    """How a time is written."""

    DAY = "day"
    LOCAL = "local"
    ZONED = "zoned"
    UTC = "utc"


@dataclass(frozen=True, slots=True)
class Moment:
    """A day or a time as a calendar writes it.

    Attributes
    ----------
    local : datetime
        As it is written, without a zone; midnight of a day.
    kind : Kind
        A whole day, a time without a zone, in a zone, or in UTC.
    zone : tzinfo or None
        The zone, where it is known.
    """

    local: datetime.datetime
    kind: Kind
    zone: datetime.tzinfo | None = None

    def seen_from(self, other: Moment, place: datetime.tzinfo | None = None) -> datetime.datetime:
        """Return this time as it would be written where `other` is written.

        Parameters
        ----------
        other : Moment
            A time of the same series.
        place : tzinfo, optional
            The zone of times that name none: where the person was.
        """
        here, there = self.zone or (place if self.kind is Kind.LOCAL else None), other.zone
        if there is None and other.kind is Kind.LOCAL:
            there = place
        if here is None or there is None or Kind.DAY in (self.kind, other.kind):
            return self.local
        try:
            return self.local.replace(tzinfo=here).astimezone(there).replace(tzinfo=None)
        except (OverflowError, ValueError):
            return self.local


def parse_moment(text: str, parameters: Mapping[str, str], zones: Zones) -> Moment:
    """Return the day or time that a value says.

    Raises
    ------
    Refused
        It says none.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise Refused("is not a date or time", _WRITTEN)
    try:
        day = datetime.datetime.strptime(found["date"], "%Y%m%d")
    except ValueError:
        raise Refused("is a day that the calendar does not have", _WRITTEN) from None
    if found["hour"] is None or parameters.get("VALUE", "").upper() == "DATE":
        return Moment(day, Kind.DAY)
    # A leap second is the end of its minute.
    second = min(int(found["second"] or 0), 59) if int(found["second"] or 0) <= 60 else 60
    try:
        local = day.replace(hour=int(found["hour"]), minute=int(found["minute"]), second=second)
    except ValueError:
        raise Refused("is a time that the clock does not have", _WRITTEN) from None
    name = parameters.get("TZID", "")
    if found["utc"] or is_utc(name):
        return Moment(local, Kind.UTC, datetime.UTC)
    return Moment(local, Kind.ZONED, zones.named(name)) if name else Moment(local, Kind.LOCAL)


def parse_period(text: str, parameters: Mapping[str, str], zones: Zones) -> tuple[Moment, datetime.timedelta | None]:
    """Return when something begins and how long it lasts, None where only its beginning is said.

    Raises
    ------
    Refused
        It says neither a day, a time nor a period.
    """
    first, slash, second = text.partition("/")
    begin = parse_moment(first, parameters, zones)
    if not slash:
        return begin, None
    if second.strip()[:1] in ("P", "p", "+", "-"):
        return begin, parse_duration(second)
    return begin, max(_NOTHING, parse_moment(second, parameters, zones).seen_from(begin) - begin.local)


def parse_duration(text: str) -> datetime.timedelta:
    """Return a length of time.

    Raises
    ------
    Refused
        It says none, or one that runs backwards.
    """
    found = _DURATION.fullmatch(text.strip())
    numbers = (
        {name: int(number) for name, number in found.groupdict().items() if number and number.isdigit()}
        if found
        else {}
    )
    if found is None or not numbers or (found["time"] or "").upper() == "T":
        raise Refused("is not a length of time", "P2W, P1D, PT1H30M")
    length = datetime.timedelta(**numbers)
    if found["sign"] == "-" and length:
        raise Refused("is a length of time that runs backwards", "P1D, PT1H30M")
    return length


def is_utc(name: str) -> bool:
    """Return whether a name of a zone is one of UTC, which is not a place."""
    return _UTC.fullmatch(name.strip()) is not None


def zone_named(name: str) -> datetime.tzinfo | None:
    """Return the zone of a name: an IANA name with or without a path before it, or one of Windows; None if unknown."""
    area = _AREA.search(name)
    for candidate in (name, area[1] if area else "", _windows_names().get(name.casefold(), "")):
        if candidate and (zone := _iana(candidate)) is not None:
            return zone
    fixed = _FIXED.fullmatch(name)
    if fixed is None or int(fixed["hours"]) > 14 or int(fixed["minutes"] or 0) > 59:
        return None
    offset = datetime.timedelta(hours=int(fixed["hours"]), minutes=int(fixed["minutes"] or 0))
    return datetime.timezone(-offset if fixed["sign"] == "-" else offset)


def _iana(name: str) -> datetime.tzinfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    # Keys come from files: absolute paths, folders, NUL bytes, names that are too long.
    except (KeyError, ValueError, OSError):
        pass
    found = _small_letters().get(name.casefold())
    return None if found is None else zoneinfo.ZoneInfo(found)


@functools.cache
def _small_letters() -> Mapping[str, str]:
    return {name.casefold(): name for name in zoneinfo.available_timezones()}


@functools.cache
def _windows_names() -> Mapping[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return {name.casefold(): iana for name, iana in WINDOWS_TO_OLSON.items()}


@dataclass(slots=True)
class Zones:
    """The zones of one calendar: those it defines itself (``VTIMEZONE``) and those that everybody knows.

    Attributes
    ----------
    defined : mapping of str to Component
        Name → definition.
    unknown : set of str
        Unknown names that were asked for: their times are taken as they are written.
    """

    defined: Mapping[str, Component] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    _known: dict[str, datetime.tzinfo | None] = field(default_factory=dict)

    @classmethod
    def of(cls, calendar: Component) -> Zones:
        """Return the zones of a calendar."""
        names = {part: part.first("TZID") for part in calendar.parts if part.name == "VTIMEZONE"}
        return cls({name.text.strip().strip('"'): part for part, name in names.items() if name is not None})

    def named(self, name: str) -> datetime.tzinfo | None:
        """Return the zone of a name, None where it is unknown."""
        if name not in self._known:
            # What the file itself defines comes first: its program reckoned with that, right or wrong.
            found = _zone_of(self.defined[name]) if name in self.defined else None
            self._known[name] = found = found or zone_named(name)
            if found is None:
                self.unknown.add(name)
        return self._known[name]

    def all(self) -> Iterator[datetime.tzinfo]:
        """Yield every zone that the calendar defines or that was asked for."""
        for name in self.defined:
            self.named(name)
        yield from (zone for zone in self._known.values() if zone is not None)


class _DefinedZone(datetime.tzinfo):
    """A zone as a calendar defines it: from each onset on, the offset that it brings.

    Parameters
    ----------
    name : str
        As the calendar calls it.
    onsets : iterable of (datetime, timedelta)
        Local time before the change, and the offset from then on.
    before : timedelta
        The offset before the first onset.
    """

    def __init__(
        self, name: str, onsets: Iterable[tuple[datetime.datetime, datetime.timedelta]], before: datetime.timedelta
    ) -> None:
        self._name = name
        ordered = sorted(onsets)
        self._onsets = [onset for onset, _ in ordered]
        self._offsets = [before, *(offset for _, offset in ordered)]

    def utcoffset(self, moment: datetime.datetime | None) -> datetime.timedelta:
        if moment is None:
            return self._offsets[-1]
        return self._offsets[bisect_right(self._onsets, moment.replace(tzinfo=None))]

    def dst(self, moment: datetime.datetime | None) -> datetime.timedelta:
        return _NOTHING

    def tzname(self, moment: datetime.datetime | None) -> str:
        return self._name

    def fromutc(self, moment: datetime.datetime) -> datetime.datetime:
        # The offset that leads to a local time with this very offset; in the hour that is there twice, the first.
        for offset in sorted(set(self._offsets), reverse=True):
            local = moment + offset
            if self.utcoffset(local) == offset:
                return local
        return moment + self.utcoffset(moment)


def _zone_of(definition: Component) -> datetime.tzinfo | None:
    """Return the zone that a ``VTIMEZONE`` defines, None where it cannot be read."""
    onsets: list[tuple[datetime.datetime, datetime.timedelta]] = []
    first: tuple[datetime.datetime, datetime.timedelta] | None = None
    try:
        for part in definition.parts:
            begin = parse_moment(_value(part, "DTSTART"), {}, Zones()).local
            before, after = _offset(_value(part, "TZOFFSETFROM")), _offset(_value(part, "TZOFFSETTO"))
            first = min(first or (begin, before), (begin, before))
            onsets += [(onset, after) for onset in _onsets(part, begin)]
    except Refused:
        return None
    return _DefinedZone(_value(definition, "TZID"), onsets, first[1]) if first else None


def _onsets(part: Component, begin: datetime.datetime) -> Iterator[datetime.datetime]:
    yield begin
    for listed in part.all("RDATE"):
        yield from (parse_moment(value, {}, Zones()).local for value in listed.value.split(",") if value.strip())
    last = datetime.datetime(datetime.date.today().year + 10, 12, 31)
    for said in part.all("RRULE"):
        rule = parse_rule(said.value)
        end = last if rule.until is None else min(last, parse_moment(rule.until, {}, Zones()).local)
        yield from occurrences(rule, begin, end)


def _value(part: Component, name: str) -> str:
    found = part.first(name)
    if found is None:
        raise Refused(f"has no {name}")
    return found.value.strip()


def _offset(text: str) -> datetime.timedelta:
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise Refused("is not an offset from UTC", "+0700")
    length = datetime.timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    if length >= 24 * _HOUR:
        raise Refused("is an offset of a day or more", "+0700")
    return -length if found[1] == "-" else length
