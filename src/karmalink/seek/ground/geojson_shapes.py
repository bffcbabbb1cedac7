"""Geometry as it comes from people: GeoJSON in and out, and what is checked before anything is computed with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError, ReadError, describe
from karmalink.rows import read_text

if TYPE_CHECKING:
    from pyproj import Transformer
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "check_geometry",
    "check_ground",
    "check_lonlat",
    "check_polygon",
    "geometry_of",
    "moved",
    "read_geojson",
    "read_outline",
]

_POLE = 85.0  # degrees; nearer to a pole a box of longitudes is no box on the ground
_SURFACES = ("Polygon", "MultiPolygon")


def check_lonlat(points: NDArray[np.float64], *, where: str) -> None:
    """Refuse coordinates that are not finite or not on the globe.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Longitude and latitude, degrees.
    where : str
        Whose coordinates they are, for the message.

    Raises
    ------
    InputError
        With the first bad pair.
    """
    if not points.size:
        raise InputError("there are no coordinates", where=where, rule="a geometry has points")
    lon, lat = points[:, 0], points[:, 1]
    bad = ~(np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0))
    if bad.any():
        first = int(np.argmax(bad))
        raise InputError(
            f"the coordinates {lon[first]:g}, {lat[first]:g} are out of range",
            where=where,
            rule="longitude first, then latitude, in degrees (WGS 84)",
            allowed="longitude −180 to 180, latitude −90 to 90",
            next_step="metres or another projection? convert the file to EPSG:4326 first",
        )


def check_geometry(geometry: BaseGeometry, *, where: str) -> None:
    """Refuse an empty geometry and coordinates that are out of range.

    Raises
    ------
    InputError
        See :func:`check_lonlat`.
    """
    import shapely

    check_lonlat(shapely.get_coordinates(geometry), where=where)


def check_polygon(outline: BaseGeometry, *, where: str) -> None:
    """Refuse what cannot be the outline of an area.

    Raises
    ------
    InputError
        Not a polygon, out of range, crossing itself or the antimeridian, or within 5° of a pole.
    """
    from shapely.validation import explain_validity

    if getattr(outline, "geom_type", "") not in _SURFACES:
        kind = getattr(outline, "geom_type", type(outline).__name__)
        raise InputError(f"a {kind} encloses no ground", where=where, rule="an area is a surface", allowed=_SURFACES)
    check_geometry(outline, where=where)
    if not outline.is_valid:
        raise InputError(
            f"the polygon is not valid ({explain_validity(outline)})",
            where=where,
            rule="an outline crosses itself nowhere",
            next_step="mend it where it crosses; it is not mended in silence, since there are several ways to do so",
        )
    west, south, east, north = outline.bounds
    if east - west > 180.0:
        raise InputError(
            f"the area spans {east - west:.0f}° of longitude",
            where=where,
            rule="an area across the antimeridian is not supported",
            next_step="split it at 180°",
        )
    if max(abs(south), abs(north)) > _POLE:
        raise InputError(
            f"the area reaches latitude {max(south, north, key=abs):.1f}",
            where=where,
            rule="the poles are not supported",
            allowed=f"latitude −{_POLE:g} to {_POLE:g}",
        )


def geometry_of(value: object, *, where: str) -> BaseGeometry:
    """Return the geometry of a GeoJSON geometry, feature, or collection of features (then their union).

    Raises
    ------
    InputError
        If it is none of these, or its coordinates are out of range.
    """
    import shapely
    from shapely.geometry import shape

    if not isinstance(value, Mapping):
        raise InputError("this is no GeoJSON object", where=where, allowed="a geometry, Feature or FeatureCollection")
    if value.get("type") == "FeatureCollection":
        parts = [geometry_of(feature, where=where) for feature in value.get("features") or ()]
        if not parts:
            raise InputError("the FeatureCollection is empty", where=where)
        return parts[0] if len(parts) == 1 else shapely.union_all(parts)
    if value.get("type") == "Feature":
        return geometry_of(value.get("geometry"), where=where)
    try:
        geometry = shape(value)
    except (shapely.errors.ShapelyError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise InputError(
            f"the geometry of type {describe(value.get('type'))} cannot be read",
            where=where,
            rule="RFC 7946: type and coordinates, longitude first",
        ) from None
    check_geometry(geometry, where=where)
    return geometry


def read_geojson(path: str | Path) -> dict[str, Any]:
    """Return a GeoJSON file as it is.

    Raises
    ------
    ReadError
        If it is not there, not UTF-8, no JSON, no GeoJSON object, or in a projection that is not WGS 84.
    """
    place = Path(path)
    try:
        # Python reads NaN and Infinity, which JSON does not have; coordinates are checked for them later.
        found = json.loads(read_text(place))
    except json.JSONDecodeError as error:
        raise ReadError(f"line {error.lineno} is not JSON", where=place, next_step="is this a GeoJSON file?") from None
    except RecursionError:
        raise ReadError(
            "this JSON is nested too deeply", where=place, rule="RFC 7946", next_step="is this a GeoJSON file?"
        ) from None
    if not isinstance(found, dict) or "type" not in found:
        raise ReadError("this JSON is no GeoJSON object", where=place, rule="RFC 7946: an object with a type")
    crs = json.dumps(found.get("crs") or {})
    if found.get("crs") and not any(word in crs for word in ("CRS84", "4326")):
        raise ReadError(
            "the file names another projection than WGS 84",
            where=place,
            rule="coordinates are longitude and latitude in degrees (RFC 7946)",
            next_step="convert it to EPSG:4326 first",
        )
    return found


def read_outline(path: str | Path) -> BaseGeometry:
    """Return the one polygon of a GeoJSON file (several features: their union), checked by :func:`check_polygon`.

    Raises
    ------
    ReadError, InputError
        See :func:`read_geojson` and :func:`check_polygon`.
    """
    outline = geometry_of(read_geojson(path), where=str(path))
    check_polygon(outline, where=str(path))
    return outline


def moved(geometry: BaseGeometry, transformer: Transformer) -> BaseGeometry:
    """Return a geometry with every point taken through a change of coordinates."""
    import shapely

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    return shapely.transform(geometry, move)


def check_ground(geometry: BaseGeometry | None, segments: Sequence[str], *, what: str, name: str) -> None:
    """Refuse a closure or a danger that names no ground.

    Raises
    ------
    InputError
        There is neither a polygon nor a segment.
    """
    if geometry is None and not segments:
        raise InputError(f"the {what} names no ground", where=f"{what} {name}", allowed="a polygon or segments")
