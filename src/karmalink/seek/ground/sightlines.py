"""What lies behind something, and what can be seen from somewhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.ground.area import Area

__all__ = ["behind", "seen"]

EYE_M = 1.7  # height of the eyes of who looks
TOP_M = 5.0  # height of what is looked at: a house, a tree
# Half the curvature of the earth, less what the air bends light (k = 0.13): how far the ground drops, times distance².
_DROP = (1.0 - 0.13) / (2.0 * 6_371_000.0)
_ANGLES = 7200


def behind(area: Area, barrier: BaseGeometry, viewpoint: BaseGeometry) -> NDArray[np.bool_]:
    """Return which of the n cells lie beyond something, as seen from somewhere: the straight way there crosses it.

    Parameters
    ----------
    area : Area
        The grid.
    barrier, viewpoint : shapely geometry
        In metres of the area's projection; looked at from the viewpoint's middle.
    """
    import shapely

    eye = viewpoint.centroid
    edge = shapely.segmentize(barrier, max(area.cell_m / 4.0, float(barrier.length) / 100_000))
    nearest = np.full(_ANGLES, np.inf)
    for line in shapely.get_parts(shapely.boundary(edge) if edge.area > 0.0 else edge):
        points = shapely.get_coordinates(line) - (eye.x, eye.y)
        _shade(nearest, points)
    dx, dy = area.x - eye.x, area.y - eye.y
    return np.asarray(np.hypot(dx, dy) > nearest[_sector(np.arctan2(dy, dx))])


def _shade(nearest: NDArray[np.float64], points: NDArray[np.float64]) -> None:
    """Enter how near a line comes in each of the directions; between two points every direction is filled."""
    angle = np.arctan2(points[:, 1], points[:, 0])
    away = np.hypot(points[:, 0], points[:, 1])
    np.minimum.at(nearest, _sector(angle), away)
    turns = (np.diff(angle) + math.pi) % (2.0 * math.pi) - math.pi
    for first in np.flatnonzero(np.abs(turns) > 2.0 * math.pi / _ANGLES):
        steps = int(abs(turns[first]) * _ANGLES / math.pi) + 1
        share = np.linspace(0.0, 1.0, steps)
        between = points[first] + share[:, None] * (points[first + 1] - points[first])
        found = _sector(np.arctan2(between[:, 1], between[:, 0]))
        np.minimum.at(nearest, found, np.hypot(between[:, 0], between[:, 1]))


def _sector(angle: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.floor((angle + math.pi) / (2.0 * math.pi) * _ANGLES).astype(np.int64) % _ANGLES


def seen(area: Area, target: BaseGeometry) -> NDArray[np.bool_]:
    """Return from which of the n cells the middle of a place can be seen; all of them where no elevation is known.

    Rays to every cell of the rim, with the running maximum of the angle of sight (Franklin & Ray 1994, *Higher isn't
    necessarily better: visibility algorithms and experiments*), curvature and refraction taken off. Eyes are 1.7 m
    above the ground, what is looked at 5 m. A target off the grid is seen from everywhere: nothing is known of the way.
    """
    terrain = area.terrain
    middle = target.centroid
    col, row = (middle.x - area.transform.c) / area.cell_m, (area.transform.f - middle.y) / area.cell_m
    rows, cols = area.shape
    if terrain is None or terrain.elevation is None or not (0 <= row < rows and 0 <= col < cols):
        return np.ones(area.n, dtype=bool)
    ends = np.array(_rim(rows, cols), dtype=np.float64) + 0.5
    reach = float(np.hypot(*(ends - (row, col)).T).max())
    top = float(terrain.elevation[int(row), int(col)]) + TOP_M
    visible = np.zeros((rows, cols), dtype=bool)
    visible[int(row), int(col)] = True
    steepest = np.full(len(ends), -np.inf)
    for share in np.arange(1, math.ceil(2.0 * reach) + 1) / math.ceil(2.0 * reach):
        at = np.floor((row, col) + share * (ends - (row, col))).astype(np.int64)
        at = np.clip(at, 0, (rows - 1, cols - 1))
        away = np.maximum(np.hypot(*((at + 0.5) - (row, col)).T), 0.5) * area.cell_m
        ground = terrain.elevation[at[:, 0], at[:, 1]] - _DROP * away**2
        free = (ground + EYE_M - top) / away >= steepest
        visible[at[free, 0], at[free, 1]] = True
        elsewhere = (at[:, 0] != int(row)) | (at[:, 1] != int(col))
        steepest = np.where(elsewhere, np.maximum(steepest, (ground - top) / away), steepest)
    return np.asarray(visible[area.mask])


def _rim(rows: int, cols: int) -> list[tuple[int, int]]:
    across = [(row, col) for row in (0, rows - 1) for col in range(cols)]
    return across + [(row, col) for row in range(rows) for col in (0, cols - 1)]
