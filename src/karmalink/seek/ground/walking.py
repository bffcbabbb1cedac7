"""Walking time over the ground, and the heights and barriers that it depends on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.seek.ground.area import centres
from karmalink.seek.ground.terrain import LEVEL_M_PER_MINUTE, Terrain

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.ground.area import Area

__all__ = ["walking_minutes", "with_terrain"]


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


def with_terrain(
    area: Area, elevation: NDArray[np.float64] | None = None, barriers: BaseGeometry | None = None
) -> Area:
    """Return an area with heights and barriers: what walks and views then depend on.

    Parameters
    ----------
    area : Area
        The grid.
    elevation : ndarray, shape (rows, cols), m, optional
        Height of each cell's centre; see :func:`~karmalink.seek.read_elevation`.
    barriers : shapely geometry, optional
        What cannot be walked through, longitude and latitude: every cell it touches. Leave bridges out of it.

    Raises
    ------
    InputError
        Heights that do not cover the grid.
    """
    import shapely

    closed = np.zeros(area.shape, dtype=bool)
    if barriers is not None and not barriers.is_empty:
        x, y = centres(area.transform, *area.shape)
        flat, half = area.project(barriers), area.cell_m / 2.0
        shapely.prepare(flat)
        closed = np.asarray(shapely.intersects(flat, shapely.box(x - half, y - half, x + half, y + half)))
    heights = None if elevation is None else np.asarray(elevation, dtype=np.float64)
    return replace(area, terrain=Terrain(area.cell_m, heights, closed))
