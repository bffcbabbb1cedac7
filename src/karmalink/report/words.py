"""Numbers in a sentence: with their unit, no more digits than they have, and no line break in between."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence

from karmalink.base import wording

__all__ = [
    "area",
    "clock",
    "count",
    "day",
    "interval",
    "join",
    "metres",
    "minutes",
    "night",
    "number",
    "odds",
    "p_value",
    "percent",
    "points",
    "span",
]

_NBSP = "\u00a0"
_THIN = "\u202f"
_M2_PER_KM2 = 1e6
_M2_PER_HA = 1e4
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(value: float, digits: int = 2) -> str:
    """Return `value` with `digits` decimals, a real minus and thin thousands; a dash where there is no number."""
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value):,.{digits}f}".replace(",", _THIN)
    return f"−{text}" if value < 0 and text.strip("0.") else text


def percent(share: float) -> str:
    """Return a share as `base.wording.percent` writes it, on one line; a dash where there is none."""
    return wording.percent(share).replace(" ", _NBSP) if math.isfinite(share) else "–"


def interval(low: float, high: float, digits: int = 2) -> str:
    """Return ``low to high``."""
    return f"{number(low, digits)} to {number(high, digits)}"


def area(km2: float, *, of: float | None = None) -> str:
    """Return an area with two digits or more, in m², ha or km².

    Parameters
    ----------
    km2 : float
        The area, km².
    of : float, optional
        An area whose unit is taken, so that figures that are compared stand in one unit; one that would vanish in it
        keeps its own.
    """
    size = abs(km2 if of is None or km2 < 0.02 * of else of)
    if size < 0.01:
        return f"{number(km2 * _M2_PER_KM2, 0)}{_NBSP}m²"
    unit, value = ("ha", km2 * _M2_PER_KM2 / _M2_PER_HA) if size < 1 else ("km²", km2)
    return f"{number(value, 2 if 0 < value < 1 else 1 if value < 10 else 0)}{_NBSP}{unit}"


def count(many: int, one: str, more: str = "") -> str:
    """Return ``no nights``, ``one night``, ``12 nights``."""
    word = _SMALL[many] if 0 <= many < len(_SMALL) else number(many, 0)
    return f"{word}{_NBSP}{one if many == 1 else more or one + 's'}"


def join(parts: Iterable[str], last: str = "and") -> str:
    """Return ``a, b and c``."""
    words = [part for part in parts if part]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def minutes(value: float) -> str:
    """Return a length of time in minutes as ``7 h 12 min``."""
    whole = round(value)
    hours, rest = divmod(whole, 60)
    if hours == 0:
        return f"{rest}{_NBSP}min"
    return f"{hours}{_NBSP}h{_NBSP}{rest:02d}{_NBSP}min"


def metres(value: float) -> str:
    """Return a length as ``40 m``, ``650 m`` or ``1.2 km``: as exact as a walk needs it."""
    if value < 1000:
        return f"{round(value, -1):.0f}{_NBSP}m" if value >= 100 else f"{value:.0f}{_NBSP}m"
    return f"{number(value / 1000, 1)}{_NBSP}km"


def p_value(value: float) -> str:
    """Return a probability under a null with three decimals where it is small: 0.016, 0.23."""
    return number(value, 3 if value < 0.1 else 2)


def odds(probability: float) -> str:
    """Return a small probability as ``1 in 35,000``; one from 1 % on in percent."""
    if not 0.0 < probability < 0.01:
        return percent(probability)
    return wording.one_in(probability).replace(" ", _NBSP)


def points(share: float) -> str:
    """Return a difference of probabilities as ``1.2 percentage points``."""
    value = 100 * share
    return f"{number(value, 1 if abs(value) >= 0.1 else 2)}{_NBSP}percentage points"


def day(date: dt.date) -> str:
    """Return ``7 March 2031``."""
    return f"{date.day}{_NBSP}{date:%B}{_NBSP}{date.year}"


def span(days: Sequence[dt.date]) -> str:
    """Return first and last day as ``7 March to 2 May 2031``."""
    first, last = min(days), max(days)
    if first == last:
        return day(first)
    head = f"{first.day}{_NBSP}{first:%B}" if first.year == last.year else day(first)
    return f"{head} to {day(last)}"


def night(first: dt.date) -> str:
    """Return ``7–8 March 2031``, the night that begins on the evening of `first`."""
    last = first + dt.timedelta(days=1)
    if first.month == last.month:
        return f"{first.day}–{day(last)}"
    return f"{first.day}{_NBSP}{first:%B} – {day(last)}"


def clock(moment: dt.datetime) -> str:
    """Return ``03:12``."""
    return f"{moment:%H:%M}"
