"""Names on a map: which of them fit, and on which side of their point, at the width of a desk and of a phone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Name", "Placed", "is_khmer", "place_names"]

_SIDES: tuple[str, ...] = ("right", "left", "above", "below")
WIDTHS: dict[str, float] = {"wide": 820.0, "narrow": 350.0}  # px of the whole map
_LETTER, _BOLD, _LINE, _GAP = 6.4, 7.3, 17.0, 9.0  # px


_KHMER = re.compile(r"[\u1780-\u17ff]")


def is_khmer(text: str) -> bool:
    """Return whether a text has Khmer letters: they stack, and are never set in italics."""
    return bool(_KHMER.search(text))


@dataclass(frozen=True, slots=True)
class Name:
    """A name and its point in shares of the map's width and height; `major` ones are placed first.

    `sides` are tried in turn: right, left, above, below its point, or on it.
    """

    text: str
    x: float
    y: float
    major: bool = False
    sides: tuple[str, ...] = _SIDES


@dataclass(frozen=True, slots=True)
class Placed:
    """A name with the side it stands on, and whether it also fits on a phone."""

    name: Name
    side: str
    narrow: bool


def place_names(names: Sequence[Name], aspect: float, taken: Sequence[tuple[float, float]] = ()) -> list[Placed]:
    """Return the names that fit.

    Parameters
    ----------
    names : sequence of Name
        In the order of importance within major and minor.
    aspect : float
        Height of the map over its width.
    taken : sequence of (x, y)
        Points that a name must not cover, such as the numbers of a plan.
    """
    ordered = sorted(names, key=lambda name: not name.major)
    wide = _fit(ordered, WIDTHS["wide"], aspect, taken, {index: name.sides for index, name in enumerate(ordered)})
    sides: dict[int, tuple[str, ...]] = {index: (side,) for index, side in wide.items()}
    narrow = _fit(ordered, WIDTHS["narrow"], aspect, taken, sides)
    return [Placed(ordered[index], side, index in narrow) for index, side in sorted(wide.items())]


def _fit(
    names: Sequence[Name],
    width: float,
    aspect: float,
    taken: Sequence[tuple[float, float]],
    sides: dict[int, tuple[str, ...]],
) -> dict[int, str]:
    height = width * aspect
    boxes = [(x * width - 11, y * height - 11, x * width + 11, y * height + 11) for x, y in taken]
    boxes += [(n.x * width - 5, n.y * height - 5, n.x * width + 5, n.y * height + 5) for n in names if n.major]
    boxes += [(width - 32, 0, width, 40), (width * 0.8 - 12, height - 34, width, height)]  # north, and the scale
    placed: dict[int, str] = {}
    for index, tried in sides.items():
        for side in tried:
            box = _box(names[index], side, width, height)
            inside = box[0] >= 2 and box[1] >= 2 and box[2] <= width - 2 and box[3] <= height - 2
            if inside and not any(_meet(box, other) for other in boxes):
                placed[index] = side
                boxes.append(box)
                break
    return placed


def _box(name: Name, side: str, width: float, height: float) -> tuple[float, float, float, float]:
    x, y, long = name.x * width, name.y * height, len(name.text) * (_BOLD if name.major else _LETTER)
    left = {"right": x + _GAP, "left": x - _GAP - long}.get(side, x - long / 2)
    top = {"above": y - _GAP - _LINE, "below": y + _GAP}.get(side, y - _LINE / 2)
    return left, top, left + long, top + _LINE


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
