"""The ground of a case as a page draws it: places, closures and dangers as rings of latitudes and longitudes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.case.case import Case
    from karmalink.seek.ground.places import Place
    from karmalink.seek.search.assets import Closure, Danger

__all__ = ["STRAIGHT", "drawn_places", "ground_rows", "rings", "to_degrees"]

STRAIGHT = 0.02  # of a cell: an edge that bends less in the projection is straight
_MOST_SHAPES, _MOST_POINTS = 1_500, 60_000  # of the base map
_DEGREES = 6  # decimals: ten centimetres
_ROOM = 0.1  # of the map's width around it, where the base map goes on
# What is drawn first where there is too much: what people walk along and recognise.
_RANKS = (
    ("river", "canal", "railway", "rail", "lake", "water", "highway", "road", "dyke"),
    ("pagoda", "bridge", "market", "station", "school", "stream", "street", "village", "path", "track"),
)


def ground_rows(case: Case, thing: Closure | Danger) -> dict[str, Any]:
    """Return the ground of a closure or a danger as rings, and the segments that it touches."""
    touched = set(thing.segments)
    outline: list[Any] = []
    if thing.geometry is not None:
        inside = case.area.inside(thing.geometry).astype(np.float64)
        touched |= {case.ground.names[number] for number in np.flatnonzero(case.ground.sum(inside) > 0)}
        outline = rings(thing.geometry, case.area.cell_m / 4)
    else:
        for name in thing.segments:
            outline += rings(case.ground.geometry[case.ground.number(name)], case.area.cell_m * STRAIGHT)
    return {"segments": sorted(touched), "rings": outline}


def drawn_places(case: Case) -> list[dict[str, Any]]:
    """Return the base map: the places that clues speak of, then what people know their way by, until it is enough."""
    from shapely.geometry import box

    west, south, east, north = case.area.bounds
    room_x, room_y = _ROOM * (east - west), _ROOM * (north - south)
    window = box(west - room_x, south - room_y, east + room_x, north + room_y)
    spoken = {place.id for clue in case.clues for word in clue.places for place in _meant(case, word)}
    ordered = sorted(case.places, key=lambda place: (place.id not in spoken, _rank(place.kind)))
    found: list[dict[str, Any]] = []
    points = 0
    for place in ordered:
        if len(found) >= _MOST_SHAPES or points >= _MOST_POINTS:
            break
        drawn = _place(place, window, case.area.cell_m, place.id in spoken)
        if drawn is not None:
            found.append(drawn)
            points += sum(len(line) for line in drawn["lines"]) if "lines" in drawn else 1
    return found


def _meant(case: Case, word: str) -> Iterable[Place]:
    return (namesake.place for namesake in case.places.resolve(word))


def _rank(kind: str) -> int:
    return next((rank for rank, kinds in enumerate(_RANKS) if kind in kinds), len(_RANKS))


def _place(place: Place, window: BaseGeometry, cell_m: float, spoken: bool) -> dict[str, Any] | None:
    import shapely

    kept = place.geometry if place.geometry.is_valid else shapely.make_valid(place.geometry)
    kept = kept.intersection(window)
    if kept.is_empty:
        return None
    middle = kept.representative_point() if kept.geom_type != "LineString" else kept.interpolate(0.5, normalized=True)
    found: dict[str, Any] = {"name": place.name, "kind": place.kind, "at": [to_degrees(middle.x), to_degrees(middle.y)]}
    if spoken:
        found["spoken"] = True
    if place.geometry.geom_type not in ("Point", "MultiPoint"):
        found["surface"] = place.geometry.geom_type.endswith("Polygon")
        found["lines"] = rings(kept, cell_m / 4)
    return found


def rings(geometry: BaseGeometry, tolerance_m: float) -> list[list[list[float]]]:
    """Return the lines and rings of a geometry as [[lat, lon], …], as Leaflet has them."""
    import shapely

    shape = shapely.simplify(geometry, tolerance_m / 111_320.0) if tolerance_m else geometry
    return [_points(part) for part in _parts(shape)]


def _parts(shape: Any) -> Iterable[Any]:
    if shape.is_empty or shape.geom_type in ("Point", "MultiPoint"):
        return
    if hasattr(shape, "geoms"):
        for one in shape.geoms:
            yield from _parts(one)
    elif shape.geom_type == "Polygon":
        yield shape.exterior
        yield from shape.interiors
    else:
        yield shape


def _points(line: Any) -> list[list[float]]:
    found: list[list[float]] = []
    for lon, lat in _pairs(line.coords):
        point = [to_degrees(lat), to_degrees(lon)]
        if not found or point != found[-1]:
            found.append(point)
    return found


def _pairs(coords: Sequence[Sequence[float]]) -> Iterable[tuple[float, float]]:
    return ((point[0], point[1]) for point in coords)


def to_degrees(value: float) -> float:
    """Return degrees with the decimals that a page keeps: ten centimetres."""
    return round(float(value), _DEGREES)
