"""How every cell lies relative to a place: distance, bearing, and the size of the place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Floats

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.places import Place

__all__ = ["Frame", "frame_of", "union"]

_MOST_POINTS = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The n cells as seen from a place.

    Attributes
    ----------
    r : ndarray, shape (n,), m
        Distance to the place's ground; 0 on it.
    bearing : ndarray, shape (n,), degrees
        From the place, clockwise from north: from the middle of a point or surface, from the nearest point of a line.
    from_middle : ndarray, shape (n,), m
        Distance to where the bearing is taken from.
    surface, perimeter : float, m² and m
        Of its ground. By Steiner's formula the ground within r of it has the edge P + 2πr (for a line P = 2·length).
    size : float, m
        Radius of its ground if it were a disc; 0 for a line.
    shape : str
        ``point``, ``line`` or ``surface``.
    """

    r: Floats
    bearing: Floats
    from_middle: Floats
    surface: float
    perimeter: float
    size: float
    shape: str

    def as_point(self) -> Frame:
        """Return the cells as seen from the middle, as if the place had no extent; a line stays what it is."""
        if self.shape == "line":
            return self
        return replace(self, r=self.from_middle, surface=0.0, perimeter=0.0)

    def edge(self, r: Floats) -> Floats:
        """Return the length of the line at distance `r` from the place, metres."""
        return self.perimeter + 2.0 * math.pi * r

    def ground(self, first: float, second: float) -> float:
        """Return ∫ w(r) dA over the plane, for a weight w of peak 1 with ∫ w dr = `first` and ∫ 2πr w dr = `second`."""
        return self.surface + self.perimeter * first + second


def frame_of(area: Area, place: Place) -> Frame:
    """Return the cells of an area as seen from a place."""
    flat = area.project(place.geometry)
    reach = place.reach_m
    if flat.geom_type == "Point":
        dx, dy = area.x - flat.x, area.y - flat.y
        away = np.hypot(dx, dy)
        disc, edge = math.pi * reach**2, 2.0 * math.pi * reach
        return Frame(np.maximum(0.0, away - reach), _bearing(dx, dy), away, disc, edge, reach, "point")
    away, near_dx, near_dy = _nearest(area, flat)
    surface = float(flat.area)
    if surface <= 0.0:
        length = float(flat.length)
        r = np.maximum(0.0, away - reach)
        return Frame(r, _bearing(near_dx, near_dy), away, 2.0 * reach * length, 2.0 * length, reach, "line")
    middle = flat.centroid
    dx, dy = area.x - middle.x, area.y - middle.y
    size = math.sqrt(surface / math.pi)
    return Frame(away, _bearing(dx, dy), np.hypot(dx, dy), surface, float(flat.length), size, "surface")


def union(frames: Sequence[Frame]) -> Frame:
    """Return the cells as seen from several places taken as one ground."""
    if len(frames) == 1:
        return frames[0]
    nearest = np.argmin(np.stack([frame.r for frame in frames]), axis=0)
    rows = np.arange(nearest.size)
    picked = {
        name: np.stack([getattr(frame, name) for frame in frames])[nearest, rows]
        for name in ("r", "bearing", "from_middle")
    }
    return Frame(
        **picked,
        surface=sum(frame.surface for frame in frames),
        perimeter=sum(frame.perimeter for frame in frames),
        size=max(frame.size for frame in frames),
        shape=frames[0].shape if len({frame.shape for frame in frames}) == 1 else "surface",
    )


def _bearing(dx: Floats, dy: Floats) -> Floats:
    return np.degrees(np.arctan2(dx, dy)) % 360.0


def _nearest(area: Area, flat: BaseGeometry) -> tuple[Floats, Floats, Floats]:
    """Return distance and offset from the nearest point of a line or surface (0 inside a surface)."""
    import shapely
    from scipy.spatial import cKDTree

    # Points along the edges every half cell: a distance r is then too long by at most cell² / 32 r.
    step = max(area.cell_m / 2.0, float(flat.length) / _MOST_POINTS)
    points = shapely.get_coordinates(shapely.segmentize(flat, step))
    away, which = cKDTree(points).query(np.column_stack([area.x, area.y]))
    away = np.asarray(away, dtype=np.float64)
    dx, dy = area.x - points[which, 0], area.y - points[which, 1]
    if flat.area > 0.0:
        shapely.prepare(flat)
        away = np.where(shapely.contains_xy(flat, area.x, area.y), 0.0, away)
    return away, dx, dy
