"""Places out of GPX, KML and GeoPackage files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.errors import InputError, MissingExtra, ReadError
from karmalink.rows import read_text
from karmalink.seek.ground.gpx import parse_gpx
from karmalink.seek.ground.places import Place

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from shapely.geometry.base import BaseGeometry

__all__ = ["read_gpkg_places", "read_gpx_places", "read_kml_places"]


def read_gpx_places(path: Path) -> list[Place]:
    """Return waypoints as points, routes and tracks as lines; the identifier is the name where it is the only one.

    Raises
    ------
    ReadError
        No GPX, or nothing in it has a name.
    """
    from shapely.geometry import LineString, MultiLineString, Point

    found = parse_gpx(path)
    named: list[tuple[str, str, BaseGeometry]] = [
        (point.name or "", point.type or point.symbol or "", Point(point.longitude, point.latitude))
        for point in found.waypoints
    ]
    for route in found.routes:
        if len(route.points) > 1:
            line = LineString([(point.longitude, point.latitude) for point in route.points])
            named.append((route.name or "", route.type or "route", line))
    for track in found.tracks:
        parts = [[(p.longitude, p.latitude) for p in segment.points] for segment in track.segments]
        lines = [part for part in parts if len(part) > 1]
        if lines:
            geometry = LineString(lines[0]) if len(lines) == 1 else MultiLineString(lines)
            named.append((track.name or "", track.type or "track", geometry))
    return _places(path, named)


def read_kml_places(path: Path) -> list[Place]:
    """Return the placemarks of a KML file that have a name.

    Raises
    ------
    ReadError
        No KML, or no named placemark in it.
    """
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(read_text(path).encode())
    except (ParseError, ValueError) as error:
        raise ReadError("this is no KML file", where=path, next_step=str(error)[:100]) from None
    named = []
    for mark in root.iter():
        if _tag(mark) != "Placemark":
            continue
        name = next((child.text or "" for child in mark if _tag(child) == "name"), "")
        shapes = list(_kml_shapes(mark, path))
        if shapes:
            named.append((name, "", _one(shapes)))
    return _places(path, named)


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _kml_shapes(mark: Element, path: Path) -> Iterator[BaseGeometry]:
    from shapely.geometry import LineString, Point, Polygon

    for element in mark.iter():
        kind = _tag(element)
        try:
            if kind == "Point":
                yield Point(_coordinates(element)[0])
            elif kind == "LineString":
                yield LineString(_coordinates(element))
            elif kind == "Polygon":
                outer = next(_coordinates(ring) for ring in element.iter() if _tag(ring) == "outerBoundaryIs")
                holes = [_coordinates(ring) for ring in element.iter() if _tag(ring) == "innerBoundaryIs"]
                yield Polygon(outer, holes)
        except (IndexError, StopIteration, ValueError):
            raise ReadError(
                f"the coordinates of a {kind} cannot be read", where=path, rule="lon,lat[,height] …"
            ) from None


def _coordinates(element: Element) -> list[tuple[float, float]]:
    text = next(child.text or "" for child in element.iter() if _tag(child) == "coordinates")
    return [(float(lon), float(lat)) for lon, lat, *_ in (part.split(",") for part in text.split())]


def read_gpkg_places(path: Path) -> list[Place]:
    """Return the named features of every layer of a GeoPackage, in longitude and latitude; needs the extra `terrain`.

    Raises
    ------
    MissingExtra
        pyogrio is not installed.
    ReadError
        No GeoPackage, or no feature with a name.
    """
    try:
        import pyogrio
    except ImportError:
        raise MissingExtra("a GeoPackage needs pyogrio", next_step="pip install 'karmalink[terrain]'") from None
    import shapely
    from pyproj import Transformer

    named = []
    try:
        for layer in pyogrio.list_layers(path)[:, 0]:
            meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer)
            names = dict(zip(meta["fields"], columns, strict=True)).get("name")
            if names is None or shapes is None or not meta["crs"]:
                continue
            move = Transformer.from_crs(meta["crs"], "EPSG:4326", always_xy=True)
            for name, shape in zip(names, shapely.from_wkb(shapes), strict=True):
                if shape is not None and not shape.is_empty:
                    flat = shapely.force_2d(shape)
                    named.append((str(name or ""), str(layer), shapely.transform(flat, _moved(move))))
    except pyogrio.errors.DataSourceError as error:
        raise ReadError("this is no GeoPackage", where=path, next_step=str(error)[:100]) from None
    return _places(path, named)


def _moved(move: Any) -> Any:
    import numpy as np

    return lambda points: np.column_stack(move.transform(points[:, 0], points[:, 1]))


def _one(shapes: list[BaseGeometry]) -> BaseGeometry:
    import shapely

    return shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)


def _places(path: Path, named: list[tuple[str, str, BaseGeometry]]) -> list[Place]:
    """Return the features that have a name; the same name twice is two places, told apart by a number."""
    found: list[Place] = []
    seen: dict[str, int] = {}
    for name, kind, geometry in named:
        if not name.strip():
            continue
        count = seen[name] = seen.get(name, 0) + 1
        ident = name.strip() if count == 1 else f"{name.strip()} #{count}"
        try:
            found.append(Place(f"{path.stem}/{ident}", name.strip(), geometry, kind))
        except InputError as error:
            raise ReadError(error.what, where=f"{path}, {ident!r}", rule=error.rule, allowed=error.allowed) from None
    if not found:
        raise ReadError("no feature of the file has a name", where=path, rule="places are found by name")
    return found
