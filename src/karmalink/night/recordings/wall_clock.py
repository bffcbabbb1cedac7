"""Moments of a recording: seconds from its first sample, and what the clock showed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from karmalink.errors import DateError, describe

__all__ = ["clock", "parse_moment"]

_DAY_S = 86_400


def clock(start: datetime | None, second: float) -> str:
    """Return what the clock showed at a second of the recording, or hours into it where the start is not known."""
    if start is not None:
        return f"{start + timedelta(seconds=round(second)):%H:%M:%S}"
    return f"+{int(second) // 3600}:{int(second) // 60 % 60:02}:{int(second) % 60:02}"


def parse_moment(text: str, start: datetime | None, *, where: str = "") -> float:
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

    Raises
    ------
    DateError
        Not a moment, or a clock time for a recording whose start is not known.
    """
    clean = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", clean):
        return float(clean)
    match = re.fullmatch(r"(\+?)(\d{1,2}):([0-5]\d)(?::([0-5]\d))?", clean)
    if match is None or (not match[1] and int(match[2]) > 23):
        raise DateError(
            f"{describe(text)} is no moment of a recording", where=where, allowed="HH:MM, HH:MM:SS, +H:MM:SS, seconds"
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
    begun = start.hour * 3600 + start.minute * 60 + start.second + start.microsecond / 1e6
    return (second - begun) % _DAY_S
