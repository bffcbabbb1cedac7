"""GeoJSON files: as they are, out of an answer of a service, and in WGS 84 whatever projection they name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.errors import ReadError
from karmalink.rows import Notes, read_text, warn_of
from karmalink.seek.ground.datums import known_crs, rough_bounds, shift_to_wgs84
from karmalink.seek.ground.geojson_shapes import SURFACES, check_polygon, each_point, features_of, geometry_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["read_geojson", "read_outline"]


def read_geojson(path: str | Path, notes: Notes | None = None) -> dict[str, Any]:
    """Return a GeoJSON file as it is, in WGS 84; also where it comes wrapped into an answer of CalTopo's service.

    Parameters
    ----------
    path : str or Path
        The file.
    notes : Notes, optional
        Where a shift from another datum is told; without it a warning tells it.

    Raises
    ------
    ReadError
        If it is not there, not UTF-8, not JSON, or not a GeoJSON object.
    InputError
        It names a projection that is not known, or a datum that cannot be shifted to WGS 84 there.
    """
    place = Path(path)
    try:
        # Python reads NaN and Infinity, which JSON does not have; coordinates are checked for them later.
        found = json.loads(read_text(place))
    except json.JSONDecodeError as error:
        raise ReadError(f"line {error.lineno} is not JSON", where=place, next_step="is this a GeoJSON file?") from None
    except ValueError:
        raise ReadError("a number of this JSON has thousands of digits", where=place, rule="RFC 7946") from None
    except RecursionError:
        raise _too_deep(place) from None
    found = _unwrapped(found)
    # Overpass' own JSON is not GeoJSON; the reader of places knows it.
    is_osm = isinstance(found, dict) and isinstance(found.get("elements"), list)
    if not isinstance(found, dict) or ("type" not in found and not is_osm):
        raise ReadError("this JSON is not a GeoJSON object", where=place, rule="RFC 7946: an object with a type")
    told = Notes() if notes is None else notes
    try:
        found = _in_wgs84(found, place, told)
    except RecursionError:
        raise _too_deep(place) from None
    if notes is None:
        warn_of(place, told.told())
    return found


# Where CalTopo's service puts the map into its answers.
_WRAPS = ("result", "state", "data")


def _unwrapped(found: Any) -> Any:
    """Return what an answer of a service wraps, and features without a word of what they are as a collection."""
    for _ in _WRAPS:
        is_wrap = isinstance(found, dict) and found.get("type") not in _TYPES and "elements" not in found
        inner = [found[key] for key in _WRAPS if isinstance(found.get(key), dict)] if is_wrap else []
        if not inner:
            break
        found = inner[0]
    if isinstance(found, dict) and "type" not in found and isinstance(found.get("features"), list):
        return {"type": "FeatureCollection", **found}
    return found


_TYPES = frozenset(
    (
        *("Feature", "FeatureCollection", "GeometryCollection", "Point", "MultiPoint", "LineString"),
        *("MultiLineString", "Polygon", "MultiPolygon"),
    )
)


def _in_wgs84(found: dict[str, Any], place: Path, notes: Notes) -> dict[str, Any]:
    """Return the file with its coordinates in WGS 84; before RFC 7946 a file could name another projection."""
    given = found.get("crs")
    if not given:
        return found
    name = _crs_name(given)
    if not name:
        raise ReadError(
            "the file names its projection by a link, or not at all",
            where=place,
            rule='"crs": {"type": "name", "properties": {"name": "EPSG:…"}}; without it coordinates are WGS 84',
            next_step="convert it to EPSG:4326, or take the member crs out if its coordinates are WGS 84",
        )
    crs = known_crs(name, where=str(place))
    points = np.array(list(_points(found)), dtype=np.float64).reshape(-1, 2)
    if not points.size:
        return found
    shift = shift_to_wgs84(crs, rough_bounds(crs, points), where=str(place))
    if crs.is_geographic and shift.accuracy_m == 0.0:
        return found
    if shift.says:
        notes.add("file", "in another datum than WGS 84", place.name, done=shift.says)

    def change(point: list[Any]) -> list[Any]:
        try:
            lon, lat = shift.lonlat(np.array([point[:2]], dtype=np.float64))[0]
        except (TypeError, ValueError):
            return point
        return [float(lon), float(lat), *point[2:]]

    moved: dict[str, Any] = _moved_object(found, change)
    return moved


def _too_deep(place: Path) -> ReadError:
    return ReadError(
        "this JSON is nested too deeply", where=place, rule="RFC 7946", next_step="is this a GeoJSON file?"
    )


def _crs_name(given: object) -> str:
    if isinstance(given, str):
        return given
    said = given.get("properties") if isinstance(given, Mapping) else None
    if not isinstance(said, Mapping) or not isinstance(given, Mapping):
        return ""
    code = said.get("code")
    if isinstance(code, int | str) and str(given.get("type")).casefold() == "epsg":
        return f"EPSG:{code}"
    return str(said["name"]) if isinstance(said.get("name"), str) else ""


def _points(value: Any) -> Iterator[tuple[float, float]]:
    """Yield every pair of numbers of the coordinates of an object."""
    if isinstance(value, Mapping):
        found: list[tuple[float, float]] = []
        if "coordinates" in value:
            each_point(
                value["coordinates"], lambda point: found.append((point[0], point[1])) if _is_pair(point) else None
            )
        yield from found
        for key in ("features", "geometry", "geometries"):
            yield from _points(value.get(key))
    elif isinstance(value, list):
        for part in value:
            yield from _points(part)


_MOST = 1e300  # a whole number of JSON has no end, a float has


def _is_pair(point: list[Any]) -> bool:
    return len(point) > 1 and all(
        isinstance(n, int | float) and not isinstance(n, bool) and abs(n) < _MOST for n in point[:2]
    )


def _moved_object(value: Any, change: Callable[[list[Any]], Any]) -> Any:
    if isinstance(value, list):
        return [_moved_object(part, change) for part in value]
    if not isinstance(value, dict):
        return value
    moved = dict(value)
    if "coordinates" in moved:
        moved["coordinates"] = each_point(moved["coordinates"], change)
    for key in ("features", "geometry", "geometries"):
        if key in moved:
            moved[key] = _moved_object(moved[key], change)
    return moved


def read_outline(path: str | Path) -> BaseGeometry:
    """Return the ground of a GeoJSON file (several surfaces: their union), checked by :func:`check_polygon`.

    Points and lines beside the surfaces, and features without geometry, are left out, with a warning that tells it.

    Raises
    ------
    ReadError, InputError
        See :func:`read_geojson` and :func:`check_polygon`.
    """
    place, notes = Path(path), Notes()
    content = read_geojson(place, notes)
    features = features_of(content)
    ground = [feature for feature in features if _is_surface(feature)]
    if ground and len(ground) < len(features):
        for number, feature in enumerate(features, start=1):
            if not _is_surface(feature):
                notes.add("feature", "that encloses no ground", f"feature {number}")
    outline = geometry_of({**content, "features": ground} if ground else content, where=str(path))
    check_polygon(outline, where=str(path))
    warn_of(place, notes.told())
    return outline


def _is_surface(feature: Any) -> bool:
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    return isinstance(geometry, Mapping) and geometry.get("type") in SURFACES
