"""Where cells lie along a line that has a direction: a river runs the way its points are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.ground.area import Area

__all__ = ["WATERWAYS", "Course", "course_of"]

WATERWAYS = frozenset({"river", "stream", "canal", "drain", "ditch", "brook"})
_MOST_POINTS = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """The n cells as seen from a line.

    Attributes
    ----------
    along : ndarray, shape (n,), m
        How far down the line its nearest point lies from its start; pieces that do not touch are laid end to end.
    away : ndarray, shape (n,), m
        Distance to the line.
    left : ndarray of bool, shape (n,)
        Whether the cell lies on the left of somebody who looks down the line.
    length : float, m
        Of the line.
    piece : ndarray of int, shape (n,)
        Which of the line's pieces is nearest.
    """

    along: Floats
    away: Floats
    left: NDArray[np.bool_]
    length: float
    piece: NDArray[np.int64]
    _points: Floats
    _s: Floats
    _pieces: NDArray[np.int64]

    def place(self, geometry: BaseGeometry) -> tuple[float, int, float]:
        """Return where along the line a geometry in metres lies, on which piece, and how far off the line."""
        import shapely

        away = shapely.distance(geometry, shapely.points(self._points))
        nearest = int(np.argmin(away))
        return float(self._s[nearest]), int(self._pieces[nearest]), float(away[nearest])


def course_of(area: Area, flat: BaseGeometry) -> Course | None:
    """Return the cells of an area as seen from a line in metres; None for a geometry without one.

    Pieces are joined where one's end is another's start, so that a river cut by a mapper stays one. Of a surface (a
    river's bed) no direction is known.
    """
    import shapely
    from scipy.spatial import cKDTree

    lines = [part for part in shapely.get_parts(flat) if part.geom_type in ("LineString", "LinearRing")]
    if not lines:
        return None
    whole = shapely.line_merge(shapely.multilinestrings(lines), directed=True)
    step = max(area.cell_m / 4.0, float(whole.length) / _MOST_POINTS)
    points, ways, pieces, done = [], [], [], 0.0
    for number, line in enumerate(shapely.get_parts(whole)):
        found = shapely.get_coordinates(shapely.segmentize(line, step))
        gaps = np.hypot(*np.diff(found, axis=0).T)
        points.append(found)
        ways.append(done + np.concatenate([[0.0], np.cumsum(gaps)]))
        pieces.append(np.full(len(found), number))
        done += float(gaps.sum())
    where, s, piece = np.concatenate(points), np.concatenate(ways), np.concatenate(pieces)
    away, nearest = cKDTree(where).query(np.column_stack([area.x, area.y]))
    before, after = _neighbours(nearest, piece)
    heading = where[after] - where[before]
    offset = np.column_stack([area.x, area.y]) - where[nearest]
    left = heading[:, 0] * offset[:, 1] - heading[:, 1] * offset[:, 0] > 0.0
    return Course(s[nearest], np.asarray(away), left, done, piece[nearest], where, s, piece)


def _neighbours(nearest: NDArray[np.int64], piece: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the points before and after a point on its own piece."""
    before, after = np.maximum(nearest - 1, 0), np.minimum(nearest + 1, piece.size - 1)
    before = np.where(piece[before] == piece[nearest], before, nearest)
    after = np.where(piece[after] == piece[nearest], after, nearest)
    return before, after
