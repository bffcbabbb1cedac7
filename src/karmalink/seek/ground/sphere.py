"""Points on the globe as unit vectors: distances that hold across the antimeridian and at the poles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.base.arrays import Floats

__all__ = ["EARTH_KM", "distance_km", "from_lonlat", "median_point", "moved", "to_lonlat"]

EARTH_KM = 6371.0088  # mean radius (IUGG)
_ROUNDS = 50
_SOFT_KM = 0.05  # the median of points does not stick to one of them


def from_lonlat(lon: ArrayLike, lat: ArrayLike) -> Floats:
    """Return unit vectors, shape (…, 3), of longitudes and latitudes in degrees."""
    east, north = np.radians(np.asarray(lon, dtype=np.float64)), np.radians(np.asarray(lat, dtype=np.float64))
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1)


def to_lonlat(points: Floats) -> tuple[Floats, Floats]:
    """Return longitude and latitude in degrees of vectors, shape (…, 3)."""
    x, y, z = np.moveaxis(points, -1, 0)
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))


def distance_km(one: Floats, other: Floats) -> Floats:
    """Return great-circle distances in km between unit vectors, broadcast over all but the last axis."""
    chord = np.linalg.norm(one - other, axis=-1)
    return np.asarray(2.0 * EARTH_KM * np.arcsin(np.clip(0.5 * chord, 0.0, 1.0)))


def moved(points: Floats, km: Floats, bearing: Floats) -> Floats:
    """Return where one comes from points, shape (…, 3), by going distances in km at bearings in radians, shape (j,).

    Returns
    -------
    ndarray, shape (…, j, 3)
    """
    east = np.cross([0.0, 0.0, 1.0], points)
    length = np.linalg.norm(east, axis=-1, keepdims=True)
    # At a pole every direction is as good as any other.
    east = np.where(length > 1e-12, east / np.maximum(length, 1e-300), [0.0, 1.0, 0.0])
    north = np.cross(points, east)
    turn = (km / EARTH_KM)[:, None]
    ahead = np.cos(bearing)[:, None] * north[..., None, :] + np.sin(bearing)[:, None] * east[..., None, :]
    return np.asarray(points[..., None, :] * np.cos(turn) + ahead * np.sin(turn))


def median_point(points: Floats, weights: NDArray[np.floating[Any]]) -> Floats:
    """Return per row the point with the smallest weighted mean distance to all others (Weiszfeld 1937).

    Parameters
    ----------
    points : ndarray, shape (n, j, 3)
        Unit vectors.
    weights : ndarray, shape (n, j)
        0 or more; a row of zeros gives NaN.

    Returns
    -------
    ndarray, shape (n, 3)
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        found = _unit(np.einsum("nj,njk->nk", weights, points))
        for _ in range(_ROUNDS):
            away = EARTH_KM * np.linalg.norm(points - found[:, None], axis=-1)
            found = _unit(np.einsum("nj,njk->nk", weights / np.hypot(away, _SOFT_KM), points))
    return found


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))
