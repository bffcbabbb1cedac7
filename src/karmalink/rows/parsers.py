"""Cells to values: one small function per kind of cell, each refusing with its rule."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterable

from karmalink.errors import suggest

__all__ = [
    "Refused",
    "clock",
    "identifier",
    "integer",
    "iso_day",
    "number",
    "one_of",
    "text",
    "word",
    "words",
    "yes_no",
]

_LONGEST_IDENTIFIER = 200
_YES = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


class Refused(ValueError):
    """A cell that breaks a rule. Becomes a fault; carries the rule and what is allowed, never the cell."""

    def __init__(self, rule: str, allowed: str = "") -> None:
        self.rule = rule
        self.allowed = allowed
        super().__init__(rule)


def text(cell: str) -> str:
    """Return the cell unchanged: offsets into it must stay true."""
    if "\x00" in cell:
        raise Refused("holds a NUL character, which no text has")
    try:
        cell.encode()
    except UnicodeEncodeError:
        raise Refused("holds half of a character (a lone surrogate)", "Unicode text") from None
    return cell


def word(cell: str) -> str:
    """Return a short text on one line, without the blanks around it."""
    found = text(cell).strip()
    if "\n" in found or "\r" in found:
        raise Refused("is on more than one line", "one line")
    return found


def identifier(cell: str) -> str:
    """Return an identifier: one line, at most 200 characters."""
    found = word(cell)
    if len(found) > _LONGEST_IDENTIFIER:
        raise Refused("is too long for an identifier", f"at most {_LONGEST_IDENTIFIER} characters")
    return found


def one_of(allowed: Iterable[str]) -> Callable[[str], str]:
    """Return a parser that accepts these words, whatever their capitals, and suggests the nearest."""
    table = {name.casefold(): name for name in allowed}
    listed = ", ".join(table.values())

    def parse(cell: str) -> str:
        found = word(cell).casefold()
        if found in table:
            return table[found]
        near = suggest(found, table)
        raise Refused(f"is not one of the allowed words{'; ' + near if near else ''}", listed)

    return parse


def number(low: float = -math.inf, high: float = math.inf) -> Callable[[str], float]:
    """Return a parser of finite numbers in ``low … high``, both included."""
    allowed = _between(low, high)

    def parse(cell: str) -> float:
        try:
            found = float(cell)
        except ValueError:
            raise Refused("is not a number", allowed) from None
        if not math.isfinite(found):
            raise Refused("is not a finite number", allowed)
        if not low <= found <= high:
            raise Refused("is out of range", allowed)
        return found

    return parse


def integer(low: int | None = None, high: int | None = None) -> Callable[[str], int]:
    """Return a parser of whole numbers in ``low … high``, both included."""
    bounds = (-math.inf if low is None else low, math.inf if high is None else high)
    allowed = f"whole; {_between(*bounds)}"

    def parse(cell: str) -> int:
        try:
            found = int(cell)
        except ValueError:
            raise Refused("is not a whole number", allowed) from None
        if not bounds[0] <= found <= bounds[1]:
            raise Refused("is out of range", allowed)
        return found

    return parse


def yes_no(cell: str) -> bool:
    """Return True for yes, y, true, 1; False for no, n, false, 0."""
    found = _YES.get(cell.strip().casefold())
    if found is None:
        raise Refused("is neither yes nor no", "yes, no")
    return found


def words(separator: str = ";") -> Callable[[str], tuple[str, ...]]:
    """Return a parser of a list within a cell; empty parts are dropped."""

    def parse(cell: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in word(cell).split(separator) if part.strip())

    return parse


_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00)?)?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_MONTHS = 12


def iso_day(cell: str) -> datetime.date:
    """Return a Gregorian day written ``YYYY-MM-DD``; day or month first where a number over 12 proves which it is."""
    found = cell.strip()
    try:
        if year_first := _YEAR_FIRST.fullmatch(found):
            return datetime.date(*(int(part) for part in year_first.groups()))
        if year_last := _YEAR_LAST.fullmatch(found):
            first, second, year = (int(year_last[part]) for part in (1, 3, 4))
            if first != second and first <= _MONTHS and second <= _MONTHS:
                raise Refused("could be day/month or month/day, and is not guessed", "YYYY-MM-DD")
            return datetime.date(year, second, first) if second <= _MONTHS else datetime.date(year, first, second)
    except Refused:
        raise
    except ValueError:
        pass
    raise Refused("is not a day", "YYYY-MM-DD")


def clock(cell: str) -> datetime.time:
    """Return a time of day written ``HH:MM`` or ``HH:MM:SS``."""
    found = cell.strip()
    for pattern in ("%H:%M:%S", "%H:%M"):
        try:
            return datetime.datetime.strptime(found, pattern).time()
        except ValueError:
            continue
    raise Refused("is not a time of day", "HH:MM or HH:MM:SS")


def _between(low: float, high: float) -> str:
    if math.isinf(low) and math.isinf(high):
        return "any finite number"
    if math.isinf(high):
        return f"{low:g} or more"
    if math.isinf(low):
        return f"{high:g} or less"
    return f"{low:g} to {high:g}"
