"""How fast people walk over sloping ground, and how long it takes them to get anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.ground.area import Area

__all__ = ["LEVEL_M_PER_MINUTE", "tobler", "walking_minutes"]


def tobler(slope: ArrayLike) -> NDArray[np.float64]:
    """Return walking speed in km/h at a slope (rise over run): 6·exp(−3.5·|s + 0.05|).

    Tobler 1993, *Three presentations on geographical analysis and modeling*, NCGIA 93-1. Fastest slightly downhill.
    """
    return np.asarray(6.0 * np.exp(-3.5 * np.abs(np.asarray(slope, dtype=np.float64) + 0.05)))


LEVEL_M_PER_MINUTE = float(tobler(0.0)) * 1000.0 / 60.0  # 83.9 m


def walking_minutes(area: Area, start: BaseGeometry) -> NDArray[np.float64]:
    """Return how long it takes to walk from a place to each of the n cells, in minutes; infinite where no way leads.

    By Tobler's speed for the slope in the direction walked, so that a hill costs other times up and down (a single cost
    per cell, as in a raster least-cost path, cannot say that), over steps to the eight neighbours and a knight's move.
    Without a terrain the ground is level and open, and the way is the straight line.

    Parameters
    ----------
    area : Area
        With its terrain, if it has one.
    start : shapely geometry
        In metres of the area's projection; a start off the grid begins at the grid's nearest open cell, after the
        straight way there at the speed of level ground.
    """
    import shapely
    from scipy.sparse.csgraph import dijkstra

    if area.terrain is None:
        away = shapely.distance(start, shapely.points(area.x, area.y))
        return np.asarray(away / LEVEL_M_PER_MINUTE, dtype=np.float64)
    rows, cols = area.shape
    x = area.transform.c + (np.arange(cols) + 0.5) * area.cell_m
    y = area.transform.f - (np.arange(rows) + 0.5) * area.cell_m
    points = shapely.points(*np.meshgrid(x, y))
    away = np.asarray(shapely.distance(start, points), dtype=np.float64).ravel()
    away[area.terrain.barrier.ravel()] = np.inf
    near = np.flatnonzero(away <= max(0.75 * area.cell_m, float(away.min())))
    if not np.isfinite(away[near]).all():
        return np.full(area.n, np.inf)
    minutes = dijkstra(area.terrain.graph, indices=near, min_only=True)
    head_start = float(away[near].min()) / LEVEL_M_PER_MINUTE
    return np.asarray((minutes + head_start).reshape(rows, cols)[area.mask], dtype=np.float64)
