"""Geometry as it comes from people: GeoJSON objects, and what is checked before anything is computed with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError, describe

if TYPE_CHECKING:
    from pyproj import Transformer
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "SURFACES",
    "check_geometry",
    "check_ground",
    "check_lonlat",
    "check_polygon",
    "each_point",
    "features_of",
    "geometry_of",
    "moved",
]

_POLE = 85.0  # degrees; nearer to a pole a box of longitudes is not a box on the ground
SURFACES = ("Polygon", "MultiPolygon")


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

    if getattr(outline, "geom_type", "") not in SURFACES:
        kind = getattr(outline, "geom_type", type(outline).__name__)
        raise InputError(f"a {kind} encloses no ground", where=where, rule="an area is a surface", allowed=SURFACES)
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

    Features without geometry, as folders of other programs are, add nothing to a collection.

    Raises
    ------
    InputError
        If it is none of these, or its coordinates are out of range.
    """
    import shapely

    if not isinstance(value, Mapping):
        raise InputError(
            "this is not a GeoJSON object", where=where, allowed="a geometry, Feature or FeatureCollection"
        )
    if value.get("type") == "FeatureCollection":
        parts = [geometry_of(feature, where=where) for feature in features_of(value) if _has_ground(feature)]
        if not parts:
            raise InputError("the FeatureCollection is empty", where=where, rule="a collection has ground")
        try:
            return parts[0] if len(parts) == 1 else shapely.union_all(parts)
        except shapely.errors.ShapelyError:
            raise InputError(
                "the geometries of the file cannot be put together: one of them crosses itself",
                where=where,
                rule="a ring crosses itself nowhere",
                next_step="correct it where it crosses",
            ) from None
    if value.get("type") == "Feature":
        return geometry_of(value.get("geometry"), where=where)
    return _geometry(value, where)


def _geometry(value: Mapping[str, Any], where: str) -> BaseGeometry:
    import shapely
    from shapely.geometry import shape

    try:
        geometry = shape(_without_heights(value))
    except (
        shapely.errors.ShapelyError,
        AttributeError,
        IndexError,
        KeyError,
        OverflowError,
        RecursionError,
        TypeError,
        ValueError,
    ):
        raise InputError(
            f"the geometry of type {describe(value.get('type'))} cannot be read",
            where=where,
            rule="RFC 7946: type and coordinates, longitude first",
        ) from None
    check_geometry(geometry, where=where)
    return geometry


def _has_ground(feature: object) -> bool:
    return not isinstance(feature, Mapping) or feature.get("type") != "Feature" or bool(feature.get("geometry"))


def _without_heights(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a geometry whose points have no height and time behind longitude and latitude, as recorded ones do."""
    if "geometries" in value:
        return {**value, "geometries": [_without_heights(part) for part in value["geometries"]]}
    return {**value, "coordinates": each_point(value.get("coordinates"), lambda point: point[:2])}


def each_point(coordinates: Any, change: Callable[[list[Any]], Any]) -> Any:
    """Return nested coordinates with every point changed."""
    if not isinstance(coordinates, list | tuple) or not coordinates:
        return coordinates
    if isinstance(coordinates[0], list | tuple):
        return [each_point(part, change) for part in coordinates]
    return change(list(coordinates))


def features_of(content: Mapping[str, Any]) -> list[Any]:
    """Return the features of a collection; another GeoJSON object as the only one."""
    if content.get("type") != "FeatureCollection":
        return [content]
    features = content.get("features")
    return features if isinstance(features, list) else []


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
