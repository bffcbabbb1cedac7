"""Moments of a recording: seconds from its first sample, what the clock showed then, and nights on which clocks change.

Recorders keep the clock of the room without its zone. Seconds go on evenly; the clock does not: on one night of the
year an hour comes twice, on another it is missing. Which night that was only the zone tells, so it is asked for
(``--timezone Europe/Berlin``) and never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from karmalink.errors import DateError, UnknownName, describe

__all__ = ["change_of_clocks", "clock", "elapsed_s", "is_set", "moment_after", "parse_moment", "walked_s", "zone_named"]

DAY_S = 86_400
# Years whose first of January recorders show when their clock was not set, and that stand for "no date" in archives.
_NO_DATE = frozenset({1900, 1904, 1970, 1980, 1985, 2000})


def zone_named(name: str, *, where: str = "--timezone") -> ZoneInfo:
    """Return the zone of a name of the IANA database, as ``Asia/Phnom_Penh``.

    Raises
    ------
    UnknownName
        There is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownName(
            f"no time zone is called {describe(name)}",
            where=where,
            rule="a name of the IANA database",
            allowed="Europe/Berlin, America/New_York, Asia/Phnom_Penh …",
        ) from None


def is_set(start: datetime) -> bool:
    """Whether a start has a date that somebody set: not 1 January of a year that recorders and archives fill in."""
    return not ((start.month, start.day) == (1, 1) and start.year in _NO_DATE)


def elapsed_s(begin: datetime, end: datetime, zone: ZoneInfo | None = None) -> float:
    """Return the seconds that went by between two readings of the clock in one place.

    Without a zone the clock is taken to have gone evenly. With one, a reading that comes twice is the first at or after
    `begin`.
    """
    if zone is None:
        return (end - begin).total_seconds()
    first = begin.replace(tzinfo=zone).astimezone(UTC)
    twice = [end.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return ((twice[0] if twice[0] >= first else twice[1]) - first).total_seconds()


def walked_s(moments: Sequence[datetime], zone: ZoneInfo) -> list[float]:
    """Return the seconds from the first of several readings of one clock to each; they follow each other in time.

    Of an hour that comes twice the first is taken, and the second once time has gone on past it.
    """
    out: list[float] = []
    first = moments[0].replace(tzinfo=zone).astimezone(UTC) if moments else None
    for moment in moments:
        if first is None:
            break
        twice = [(moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) - first).total_seconds() for fold in (0, 1)]
        out.append(twice[1] if out and twice[0] < out[-1] <= twice[1] else twice[0])
    return out


def moment_after(start: datetime, second: float, zone: ZoneInfo | None = None) -> datetime:
    """Return what the clock showed `second` seconds after `start`."""
    if zone is None:
        return start + timedelta(seconds=second)
    later = start.replace(tzinfo=zone).astimezone(UTC) + timedelta(seconds=second)
    return later.astimezone(zone).replace(tzinfo=None, fold=0)


def change_of_clocks(start: datetime, duration_s: float, zone: ZoneInfo) -> tuple[float, float] | None:
    """Return at which second clocks changed and by how many seconds (negative: put back); None where they did not."""
    begin = start.replace(tzinfo=zone).astimezone(UTC)

    def offset(second: float) -> float:
        shift = (begin + timedelta(seconds=second)).astimezone(zone).utcoffset()
        return 0.0 if shift is None else shift.total_seconds()

    if offset(0) == offset(duration_s):
        return None
    low, high = 0.0, duration_s
    while high - low > 0.5:
        middle = (low + high) / 2
        low, high = (middle, high) if offset(middle) == offset(0) else (low, middle)
    return float(round(high)), offset(duration_s) - offset(0)


def clock(start: datetime | None, second: float, zone: ZoneInfo | None = None) -> str:
    """Return what the clock showed at a second of the recording, or hours into it where the start is not known."""
    if start is not None:
        return f"{moment_after(start, round(second), zone):%H:%M:%S}"
    return f"+{int(second) // 3600}:{int(second) // 60 % 60:02}:{int(second) % 60:02}"


def parse_moment(text: str, start: datetime | None, *, where: str = "", zone: ZoneInfo | None = None) -> float:
    """Return seconds from the first sample.

    Parameters
    ----------
    text : str
        ``23:15`` or ``23:15:30`` (clock time; the first such moment at or after the start), ``+0:12:30`` (into the
        recording) or a number of seconds.
    start : datetime or None
        Clock time of the first sample.
    where : str
        The option, for the message.
    zone : ZoneInfo, optional
        Where the clock hung: on the nights on which clocks change, a clock time is another second.

    Raises
    ------
    DateError
        Not a moment, a clock time for a recording whose start is not known, or one that the clock never showed.
    """
    clean = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", clean):
        return float(clean)
    match = re.fullmatch(r"(\+?)(\d{1,2}):([0-5]\d)(?::([0-5]\d))?", clean)
    if match is None or (not match[1] and int(match[2]) > 23):
        raise DateError(
            f"{describe(text)} is not a moment of a recording",
            where=where,
            allowed="HH:MM, HH:MM:SS, +H:MM:SS, seconds",
        )
    second = int(match[2]) * 3600 + int(match[3]) * 60 + int(match[4] or 0)
    if match[1]:
        return float(second)
    if start is None:
        raise DateError(
            "the recording does not say when it began, so a clock time says nothing",
            where=where,
            next_step="say how long after the first sample, as +H:MM:SS",
        )
    reading = time(int(match[2]), int(match[3]), int(match[4] or 0))
    that_day = datetime.combine(start.date(), reading)
    if zone is None:
        return (that_day - start).total_seconds() % DAY_S
    days = (that_day, that_day + timedelta(days=1))
    after = [seconds for day in days if (seconds := elapsed_s(start, day, zone)) >= 0]
    moment = moment_after(start, after[0], zone)
    if moment.time() != reading:
        raise DateError(
            f"the clock never showed {clean} in this night: it was put forward",
            where=where,
            next_step="say how long after the first sample, as +H:MM:SS",
        )
    return after[0]
