"""Pieces of ground that a team is sent to: the cells of the area, gathered into segments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError, UnknownName, suggest
from karmalink.seek.ground.area import nice

if TYPE_CHECKING:
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.ground.area import Area

__all__ = ["MOST_SEGMENTS", "Segments", "segments", "with_rest"]

_USUAL = 120  # segments, where no size is given
MOST_SEGMENTS = 20_000


@dataclass(frozen=True, eq=False, repr=False)
class Segments:
    """The area cut into pieces.

    Attributes
    ----------
    area : Area
        What is cut.
    names : tuple of str
        ``A1`` is the north-western one; letters go east, numbers south.
    labels : ndarray of int, shape (n,)
        Which segment each of the n cells belongs to; −1 where no search is possible.
    drawn : tuple of shapely geometry
        The ground of each segment where a team drew it itself, longitude and latitude; empty where the grid was cut.
    """

    area: Area
    names: tuple[str, ...]
    labels: NDArray[np.int64]
    drawn: tuple[BaseGeometry, ...] = ()

    @cached_property
    def m2(self) -> NDArray[np.float64]:
        """Ground to search in each segment, m²."""
        return self.sum(np.full(self.labels.size, self.area.cell_m2))

    def sum(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sum values of the n cells over each segment."""
        if self.labels.size and self.labels.min() >= 0:
            return np.asarray(np.bincount(self.labels, values, len(self.names)), dtype=np.float64)
        used = self.labels >= 0
        return np.asarray(np.bincount(self.labels[used], values[used], len(self.names)), dtype=np.float64)

    def spread(self, values: NDArray[Any], elsewhere: float = 0.0) -> NDArray[np.float64]:
        """Give every one of the n cells the value of its segment."""
        padded = np.append(np.asarray(values, dtype=np.float64), elsewhere)
        return padded[self.labels]

    def number(self, name: str) -> int:
        """Return the position of a segment by name.

        Raises
        ------
        UnknownName
            If there is none of this name.
        InputError
            If there is none at all.
        """
        if not self.names:
            raise InputError(
                "the area has no segment, since all of it is closed",
                where=f"segment {name[:40]}",
                rule="a segment is ground that can be searched",
                next_step="look at the area's closed ground",
            )
        if name not in self._numbers:
            near = suggest(name, self.names)
            raise UnknownName(
                f"no segment is called {name[:40]!r}",
                rule="segments are called as in their file"
                if self.drawn
                else "segments have a letter (west to east) and a number (north to south)",
                allowed=f"{self.names[0]} … {self.names[-1]}",
                next_step=near or "karmalink seek plan lists them",
            )
        return self._numbers[name]

    def at(self, lon: float, lat: float) -> str | None:
        """Return the segment at a longitude and latitude, None where there is none."""
        cell = self.area.cell_at(lon, lat)
        if cell is None or self.labels[cell] < 0:
            return None
        return self.names[int(self.labels[cell])]

    @cached_property
    def geometry(self) -> tuple[BaseGeometry, ...]:
        """The ground of each segment, longitude and latitude."""
        return self.drawn or tuple(self.area.polygons(self.labels == number) for number in range(len(self.names)))

    @cached_property
    def centres(self) -> NDArray[np.float64]:
        """Longitude and latitude of the middle of each segment, shape (S, 2); in a bent one its nearest cell."""
        lon, lat = self.area.lonlat()
        count = self.sum(np.ones(self.labels.size))
        middle = np.column_stack([self.sum(lon) / count, self.sum(lat) / count])
        if not self.drawn:
            return middle
        # The middle of a trail round a hill is the hill.
        x, y = self.area.x, self.area.y
        for number, (east, north) in enumerate(zip(self.sum(x) / count, self.sum(y) / count, strict=True)):
            cells = np.flatnonzero(self.labels == number)
            nearest = cells[np.argmin(np.hypot(x[cells] - east, y[cells] - north))]
            middle[number] = self.area.lonlat_of(int(nearest))
        return middle

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per segment: name, m², longitude and latitude of its middle."""
        import pandas as pd

        return pd.DataFrame(
            {"segment": self.names, "m2": self.m2, "lon": self.centres[:, 0], "lat": self.centres[:, 1]}
        )

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.names)

    def __repr__(self) -> str:
        """One-line summary: how many there are, and their size."""
        return f"Segments({len(self.names)} of about {np.median(self.m2):,.0f} m²)"

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {name: number for number, name in enumerate(self.names)}


def segments(area: Area, size_m: float | None = None) -> Segments:
    """Cut an area into squares that follow its grid.

    The names depend on the area and the size alone, so that a log of searches stays readable.

    Parameters
    ----------
    area : Area
        What is cut.
    size_m : float, optional
        Side in metres, rounded to whole cells; without it a round number that gives about 120 segments.

    Raises
    ------
    InputError
        A size that is not a length, or one that gives more than 20,000 segments.
    """
    if size_m is None:
        size_m = nice(math.sqrt(area.n * area.cell_m2 / _USUAL))
    if not (math.isfinite(size_m) and size_m > 0):
        raise InputError(f"segments of {size_m} m", rule="a segment has a size", allowed="more than 0 m")
    step = max(1, round(size_m / area.cell_m))
    _rows, cols = area.shape
    wide = math.ceil(cols / step)
    row, col = np.nonzero(area.mask)
    block = (row // step) * wide + col // step
    used, labels = np.unique(block[area.open], return_inverse=True)
    if used.size > MOST_SEGMENTS:
        raise InputError(
            f"segments of {size_m:g} m would be {used.size:,}",
            allowed=f"at most {MOST_SEGMENTS:,}",
            next_step="make them larger",
        )
    found = np.full(area.n, -1, dtype=np.int64)
    found[area.open] = labels
    return Segments(area, tuple(f"{_letters(number % wide)}{number // wide + 1}" for number in used), found)


def with_rest(ground: Segments) -> Segments:
    """Return segments and, behind them, the ground of the map that is in none of them, in squares.

    No team is sent to the squares; somebody who moves may cross them and come back.
    """
    outside = np.flatnonzero(ground.labels < 0)
    if not outside.size:
        return ground
    area = ground.area
    step = max(1, round(nice(math.sqrt(area.n * area.cell_m2 / _USUAL)) / area.cell_m))
    row, col = np.nonzero(area.mask)
    block = (row[outside] // step) * area.shape[1] + col[outside] // step
    used, numbers = np.unique(block, return_inverse=True)
    labels = ground.labels.copy()
    labels[outside] = len(ground) + numbers
    return Segments(area, (*ground.names, *(f"rest {number + 1}" for number in range(used.size))), labels)


def _letters(number: int) -> str:
    """Return A … Z, AA … ZZ, AAA …, as a spreadsheet counts its columns."""
    found = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found
