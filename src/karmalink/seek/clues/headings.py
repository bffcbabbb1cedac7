"""Words for directions, and how much the written form of a number or a direction leaves open.

The rules are those of GBIF's Georeferencing Best Practices (Chapman & Wieczorek 2020) and the point-radius method
(Wieczorek, Guo & Hijmans 2004, Int. J. Geographical Information Science 18, 745–767).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from karmalink.errors import InputError, suggest
from karmalink.seek.clues.bearings import BEARING, Bearing, bearing_of

__all__ = [
    "BY_POINTS",
    "POINTS",
    "Heading",
    "heading_of_bearing",
    "offset_uncertainty",
    "parse_heading",
    "precision_of",
]

POINTS = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip
# The sixteen points between, of the mariner's compass: "north by east".
BY_POINTS = {
    "NBE": 11.25, "NEBN": 33.75, "NEBE": 56.25, "EBN": 78.75, "EBS": 101.25, "SEBE": 123.75, "SEBS": 146.25,
    "SBE": 168.75, "SBW": 191.25, "SWBS": 213.75, "SWBW": 236.25, "WBS": 258.75, "WBN": 281.25, "NWBW": 303.75,
    "NWBN": 326.25, "NBW": 348.75,
}  # fmt: skip
_BY_HALF_WIDTH = 5.625
# One letter divides the circle into four, two letters into eight, three into sixteen: half of that either way.
_HALF_WIDTH = {1: 45.0, 2: 22.5, 3: 11.25}
_WORDS = {"north": "N", "east": "E", "south": "S", "west": "W"}
_LEAST_HALF_WIDTH = 0.5


@dataclass(frozen=True, slots=True)
class Heading:
    """A direction as stated.

    Attributes
    ----------
    degrees : float
        Clockwise from north, 0 ≤ degrees < 360.
    half_width : float
        Precision of the words, ± degrees.
    words : str
        As written.
    """

    degrees: float
    half_width: float
    words: str = ""

    def __repr__(self) -> str:
        """One-line summary."""
        return f"Heading({self.words or f'{self.degrees:g}°'}: {self.degrees:g}° ± {self.half_width:g}°)"


def parse_heading(text: str) -> Heading:
    """Read a compass point (``N`` … ``NNW``, ``north-east``), a bearing (``N45W``, ``30° east of north``, ``315°``) or
    degrees clockwise from north.

    N means ±45°, NE ±22.5°, NNE ±11.25°, N by E ±5.625°. The precision of degrees is that of their last digit: ``45``
    ±0.5°, ``40`` ±5°.

    Raises
    ------
    InputError
        If it is neither.
    """
    written = text.strip()
    name = written.casefold().removesuffix("°").strip()
    point = name.replace("-", "").replace(" ", "").replace(".", "")
    for word, letter in _WORDS.items():
        point = point.replace(word, letter.casefold())
    point = point.replace("by", "b").upper()
    if point in BY_POINTS:
        return Heading(BY_POINTS[point], _BY_HALF_WIDTH, written)
    if point in POINTS:
        return Heading(POINTS.index(point) * 22.5, _HALF_WIDTH[len(point)], written)
    try:
        degrees = float(name)
    except ValueError:
        return _bearing(written)
    if not 0.0 <= degrees <= 360.0:
        raise _refused(written)
    return Heading(degrees % 360.0, _half_width(name, degrees), written)


def _bearing(written: str) -> Heading:
    match = BEARING.fullmatch(written)
    found = None if match is None else heading_of_bearing(bearing_of(match))
    if found is None:
        raise _refused(written)
    return replace(found, words=written)


def heading_of_bearing(given: Bearing) -> Heading | None:
    """Return a bearing as a direction whose words can be read again; None where it cannot be one."""
    if given.degrees is None:
        return None
    if not given.turn:
        point = next(name for name, degrees in BY_POINTS.items() if degrees == given.degrees)
        return Heading(given.degrees, _BY_HALF_WIDTH, point.replace("B", " by "))
    return Heading(given.degrees, _half_width(given.turn, float(given.turn)), f"{given.degrees:g}°")


def _half_width(written: str, degrees: float) -> float:
    """Return how far degrees reach to either side by their last digit; whole tens are told in tens."""
    return (
        5.0 if degrees and degrees % 10 == 0 and "." not in written else max(_LEAST_HALF_WIDTH, precision_of(written))
    )


def _refused(written: str) -> InputError:
    return InputError(
        f"{written[:20]!r} is not a direction",
        rule="a direction is a compass point, a bearing, or degrees clockwise from north",
        allowed=f"{', '.join(POINTS)}; N45W, 315°; or 0 to 360",
        next_step=suggest(written[:20], [p.casefold() for p in POINTS]),
    )


def precision_of(number: str) -> float:
    """Return the precision of a written number, ± in its own unit.

    A decimal has half of its last digit (``10.1`` ±0.05), a whole number ±0.5 (``15``), a whole number that ends in
    k zeros ±0.5·10^(k−1) (``100`` ±5; ``10`` ±0.5): Wieczorek et al. 2004.

    Raises
    ------
    InputError
        If it is not a number.
    """
    digits = number.strip().lstrip("+-").replace(",", "").replace("_", "")
    whole, _, decimals = digits.partition(".")
    if not (whole + decimals).isdigit():
        raise InputError(f"{number[:20]!r} is not a number", rule="digits, and a point before decimals")
    if decimals:
        return float(0.5 * 10.0 ** -len(decimals))
    zeros = len(whole) - len(whole.rstrip("0")) if whole.strip("0") else 0
    return float(0.5 * 10.0 ** max(0, zeros - 1))


def offset_uncertainty(distance: float, heading: Heading) -> float:
    """Return how far off the end of an offset may be because of its heading alone: the chord 2·d·sin(half-width / 2).

    "10 km NE of X" (±22.5°) gives 3.90 km.
    """
    return 2.0 * distance * math.sin(math.radians(heading.half_width) / 2.0)
