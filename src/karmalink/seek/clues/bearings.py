"""Directions that are more than a point of the compass: N45W, 30° east of north, bearing 315°, a little east of north.

A surveyor's quadrant bearing begins at north or south and turns by an angle of up to 90° to the east or west. What is
only half understood is not a direction at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["BEARING", "Bearing", "bearing_of"]

_DEGREE = r"\s*(?:°|º|˚|⁰|degrees?\b|degs?\b\.?)"
_MINUTES, _SECONDS = r"(?:['’′]|min(?:utes?)?\b)", r"(?:\"|”|″|''|’’|sec(?:onds?)?\b)"
_SIXTIETHS = rf"(?:\s*\d{{1,2}}(?:\.\d+)?\s*{_MINUTES}(?:\s*\d{{1,2}}(?:\.\d+)?\s*{_SECONDS})?)?"
_ANGLE = rf"\d{{1,3}}(?:[.,]\d+)?(?:{_DEGREE}{_SIXTIETHS})?"
_NS, _EW = r"(?:[NS]\b\.?|[NS](?=\d)|north|south)", r"(?:[EW]\b\.?|east|west)"
_ANY = r"(?:[NESW]\b\.?|north|east|south|west)"
_SOME = r"a\s+(?:little|bit|touch|shade|trifle|tad)(?:\s+to\s+the)?"
_LITTLE = rf"(?:(?:only\s+|just\s+)?(?:slightly|{_SOME})|somewhat|just)"
_AIM = r"(?=\s+(?:of|from)\b|\s*$)"
_ASKED = (
    r"(?:(?:at|on|with|by)\s+)?(?:an?\s+|the\s+)?(?:(?:compass|magnetic|true|grid)\s+)?"
    r"(?:bearing|azimuth|heading|course)s?(?:\s+(?:of|is|was|to))?\s*:?\s*"
)
# Without a sign of degrees the number is one only where nothing else can follow it: "of course 5 km".
_BARE = r"\d{1,3}(?:\.\d+)?(?=\s*(?:[,;]|$|(?:of|from|for|and|true|magnetic)\b))"
_SIGNED = rf"\d{{1,3}}(?:[.,]\d+)?{_DEGREE}{_SIXTIETHS}"
# Celsius and coordinates are written with the same sign.
_NOT_DEGREES = (
    r"(?!\s*(?:[NSEWCF]\b|north|south|east|west|celsius|centigrade|fahrenheit|lat|lon|long|latitude|longitude))"
)
_NORTH = r"(?:\s*(?P<north>true|magnetic|mag\.?|[TM])\b)?"

# Longer forms first; every form is one group, so that its reader is found by its name.
_FORMS: Mapping[str, str] = {
    "quadrant": rf"(?<![\w.])(?P<from>{_NS})\s*(?:by\s+)?(?P<turn>{_ANGLE})\s*(?:by\s+)?(?P<to>{_EW})(?!\w)",
    "turned": rf"(?<![\w.])(?P<turn>{_ANGLE})\s*(?P<to>{_ANY})\s+of\s+(?:due\s+)?(?P<from>{_ANY})(?!\w)",
    "little": rf"(?<!\w){_LITTLE}\s+(?P<to>{_ANY})\s+of\s+(?:due\s+)?(?P<from>{_ANY}){_AIM}",
    "and": rf"(?<!\w)(?P<from>{_ANY})\s*(?:,|\band\b|\bbut\b)?\s+{_LITTLE}\s+(?P<to>{_ANY}){_AIM}",
    "asked": rf"(?<!\w){_ASKED}(?P<turn>{_SIGNED}|{_BARE}){_NORTH}(?![\w°]){_NOT_DEGREES}",
    "circle": rf"(?<![\w.,°])(?P<turn>{_SIGNED}){_NORTH}(?![\w°]){_NOT_DEGREES}",
}
_PARTS = ("from", "turn", "to", "north")


def _named(name: str, form: str) -> str:
    for part in _PARTS:
        form = form.replace(f"(?P<{part}>", f"(?P<{name}_{part}>")
    return f"(?P<{name}>{form})"


BEARING = re.compile("|".join(_named(name, form) for name, form in _FORMS.items()), re.IGNORECASE)
_SIDES = {"n": 0.0, "e": 90.0, "s": 180.0, "w": 270.0}
# Between north and a little east of it: the mariner's "north by east".
_BY = 11.25


@dataclass(frozen=True, slots=True)
class Bearing:
    """A bearing as written.

    Attributes
    ----------
    degrees : float or None
        Clockwise from north; None where what is written cannot be one (N 120 W, 400°, a little north of south).
    turn : str
        The angle as written, for how far its digits reach; empty where none is.
    magnetic : bool
        Said to be by the needle: the declination of the place is not taken off.
    """

    degrees: float | None
    turn: str = ""
    magnetic: bool = False


def bearing_of(match: re.Match[str]) -> Bearing:
    """Return what a match of :data:`BEARING` says."""
    name = next(form for form in _FORMS if match[form] is not None)
    said = {part: found for part in _PARTS if (found := match.groupdict().get(f"{name}_{part}"))}
    return _READERS[name](said)


def _angle(text: str) -> float:
    """Return degrees, with minutes and seconds behind them."""
    numbers = [float(one) for one in re.findall(r"\d+(?:\.\d+)?", text.replace(",", "."))]
    return sum(value / 60.0**place for place, value in enumerate(numbers[:3]))


def _written(text: str) -> str:
    """Return the angle as a number whose digits say how far it reaches."""
    numbers = re.findall(r"\d+(?:\.\d+)?", text.replace(",", "."))
    return numbers[0] if len(numbers) == 1 else f"{_angle(text):.3f}"


def _side(text: str) -> float:
    return _SIDES[text[0].casefold()]


def _toward(start: float, end: float, by: float) -> float | None:
    """Return the direction `by` degrees from one side of the compass toward another; None where they lie opposite."""
    way = (end - start + 180.0) % 360.0 - 180.0
    if abs(way) != 90.0 or not 0.0 <= by <= 90.0:
        return None
    return (start + (by if way > 0 else -by)) % 360.0


def _turned(said: Mapping[str, str]) -> Bearing:
    return Bearing(_toward(_side(said["from"]), _side(said["to"]), _angle(said["turn"])), _written(said["turn"]))


def _little(said: Mapping[str, str]) -> Bearing:
    return Bearing(_toward(_side(said["from"]), _side(said["to"]), _BY))


def _circle(said: Mapping[str, str]) -> Bearing:
    degrees = _angle(said["turn"])
    magnetic = said.get("north", "").casefold().startswith("m")
    return Bearing(degrees % 360.0 if degrees <= 360.0 else None, _written(said["turn"]), magnetic)


_READERS: Mapping[str, Callable[[Mapping[str, str]], Bearing]] = {
    "quadrant": _turned,
    "turned": _turned,
    "little": _little,
    "and": _little,
    "asked": _circle,
    "circle": _circle,
}
