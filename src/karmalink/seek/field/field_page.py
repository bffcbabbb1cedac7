"""What a searcher takes along on a phone: ground, probability, plan and dangers of a case, for one page."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.seek.ground.search_segments import segments

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.case.case import Case
    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.places import Place
    from karmalink.seek.planning.plans import Plan
    from karmalink.seek.probability_map.probability_map import ProbabilityMap

__all__ = ["SHADES", "FieldPage", "field_page_of", "ground_key"]

SHADES = 8  # steps of the probability; a phone in the sun shows no more
_GAMMA = 0.5  # shade = (probability / most)^gamma, as on the report's map
_MOST_BLOCKS = 12_000  # of the picture of the probability
_MOST_SHAPES, _MOST_POINTS = 1_500, 60_000  # of the base map
_DEGREES = 6  # decimals: ten centimetres
_ROOM = 0.1  # of the map's width around it, where the base map goes on
_STRAIGHT = 0.02  # of a cell: an edge that bends less in the projection is straight
# What is drawn first where there is too much: what people walk along and recognise.
_RANKS = (
    ("river", "canal", "railway", "rail", "lake", "water", "highway", "road", "dyke"),
    ("pagoda", "bridge", "market", "station", "school", "stream", "street", "village", "path", "track"),
)


@dataclass(frozen=True, eq=False, repr=False)
class FieldPage:
    """The trail of a case: data only, drawn by ``karmalink.report``.

    Attributes
    ----------
    name : str
        What is looked for.
    key : str
        Which ground, cut into which segments: what a phone hands back names segments of this cut and no other.
    data : dict
        Everything on the page, ready for JSON.
    exact : bool
        Whether probability is shown by cells; else by whole segments, without the most probable spot.
    """

    name: str
    key: str
    data: dict[str, Any]
    exact: bool

    def __repr__(self) -> str:
        """One-line summary: what it holds, never where."""
        how = "cells" if self.exact else "segments"
        return (
            f"FieldPage({len(self.data['segments'])} segments, probability by {how}, {len(self.data['places'])} places)"
        )


def ground_key(case: Case) -> str:
    """Return a digest of the area, its grid and its segments."""
    area = case.area
    cut = f"{area.crs}|{area.shape}|{area.cell_m!r}|{','.join(case.ground.names)}"
    return hashlib.sha256(cut.encode()).hexdigest()[:16]


def field_page_of(
    case: Case, probability_map: ProbabilityMap, todo: Plan | None = None, *, exact: bool = True
) -> FieldPage:
    """Return what a searcher takes along.

    Parameters
    ----------
    case : Case
        The case.
    probability_map : ProbabilityMap
        Its map.
    todo : Plan, optional
        Where to look first.
    exact : bool
        Show the probability by cells. Without it by segments, for a find spot that a lost phone must not give away.
    """
    west, south, east, north = case.area.bounds
    key = ground_key(case)
    data: dict[str, Any] = {
        "format": "karmalink-trail",
        "version": 1,
        "name": case.name,
        "key": key,
        "made": dt.date.today().isoformat(),
        "exact": exact,
        "bounds": [_round(value) for value in (west, south, east, north)],
        "outline": _rings(case.area.outline, 0.0),
        "rest_of_world": float(
            f"{probability_map.rest_of_world:.4g}"
        ),  # digits, not decimals: a small doubt is no nothing
        "shades": _shades(probability_map, case) if exact else _segment_shades(probability_map, case),
        "segments": _segments(case, probability_map, todo),
        "plan": _plan(todo),
        "assets": [{"name": a.name, "sweep_m": a.sweep_m, "speed_kmh": a.speed_kmh} for a in case.assets.values()],
        "closures": [
            {"name": c.name, "start": c.start.isoformat(), "end": c.end and c.end.isoformat(), **_where(case, c)}
            for c in case.closures
        ],
        "dangers": [{"name": danger.name, **_where(case, danger)} for danger in case.dangers],
        "places": _places(case),
        "sought": [] if case.sought is None else [list(row) for row in case.sought.rows],
    }
    return FieldPage(case.name, key, data, exact)


def _segments(case: Case, probability_map: ProbabilityMap, todo: Plan | None) -> list[dict[str, Any]]:
    probability = case.ground.sum(probability_map.probability)
    hours = np.zeros(len(case.ground)) if todo is None else todo.effort
    return [
        {
            "name": name,
            "at": [_round(value) for value in case.ground.centres[number]],
            "rings": _rings(case.ground.geometry[number], case.area.cell_m * _STRAIGHT),
            "probability": float(f"{probability[number]:.4g}"),
            "hours": round(float(hours[number]), 2),
            "ha": round(float(case.ground.m2[number]) / 1e4, 2),
        }
        for number, name in enumerate(case.ground.names)
    ]


def _plan(todo: Plan | None) -> list[dict[str, Any]]:
    """Return who searches where when, in the order of the plan: one row for a segment, asset and day."""
    if todo is None or todo.nothing_to_do:
        return []
    rank = {number: place for place, number in enumerate(todo.order)}
    rows = []
    for asset, day, number in zip(*np.nonzero(todo.hours > 1e-3), strict=True):
        date = todo.dates[day]
        rows.append(
            {
                "segment": todo.ground.names[number],
                "asset": todo.assets[asset].name,
                "day": int(day) + 1,
                "date": date and date.isoformat(),
                "hours": round(float(todo.hours[asset, day, number]), 2),
                "rank": rank.get(int(number), len(rank)),
            }
        )
    return sorted(rows, key=lambda row: (row["day"], row["rank"], row["asset"]))


def _where(case: Case, thing: Any) -> dict[str, Any]:
    """Return the ground and the segments that a closure or a danger touches."""
    touched = set(thing.segments)
    rings: list[Any] = []
    if thing.geometry is not None:
        inside = case.area.inside(thing.geometry).astype(np.float64)
        touched |= {case.ground.names[number] for number in np.flatnonzero(case.ground.sum(inside) > 0)}
        rings = _rings(thing.geometry, case.area.cell_m / 4)
    else:
        for name in thing.segments:
            rings += _rings(case.ground.geometry[case.ground.number(name)], case.area.cell_m * _STRAIGHT)
    return {"segments": sorted(touched), "rings": rings}


def _shades(probability_map: ProbabilityMap, case: Case) -> list[dict[str, Any]]:
    """Return the ground of each step of the probability; cells gathered into blocks where there are too many."""
    area = case.area
    factor = math.ceil(math.sqrt(area.n / _MOST_BLOCKS))
    if factor <= 1:
        return _steps(area, probability_map.probability, np.full(area.n, area.cell_m2), np.arange(area.n))
    blocks = segments(area, factor * area.cell_m)
    return _steps(area, blocks.sum(probability_map.probability), blocks.m2, blocks.labels)


def _segment_shades(probability_map: ProbabilityMap, case: Case) -> list[dict[str, Any]]:
    return _steps(case.area, case.ground.sum(probability_map.probability), case.ground.m2, case.ground.labels)


def _steps(
    area: Area, probability: NDArray[np.float64], m2: NDArray[np.float64], labels: NDArray[np.int64]
) -> list[dict[str, Any]]:
    density = probability / m2
    top = float(density.max(initial=0.0))
    if top <= 0:
        return []
    step = np.ceil(SHADES * (density / top) ** _GAMMA - 1e-9).astype(np.int64)
    of_cell = np.append(step, 0)[labels]
    return [
        {"shade": shade, "rings": _rings(area.polygons(of_cell == shade), area.cell_m * _STRAIGHT)}
        for shade in range(2, SHADES + 1)  # the faintest step is most of the map and says nothing
        if (of_cell == shade).any()
    ]


def _places(case: Case) -> list[dict[str, Any]]:
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
    found: dict[str, Any] = {"name": place.name, "kind": place.kind, "at": [_round(middle.x), _round(middle.y)]}
    if spoken:
        found["spoken"] = True
    if place.geometry.geom_type not in ("Point", "MultiPoint"):
        found["surface"] = place.geometry.geom_type.endswith("Polygon")
        found["lines"] = _rings(kept, cell_m / 4)
    return found


def _rings(geometry: BaseGeometry, tolerance_m: float) -> list[list[list[float]]]:
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
        point = [_round(lat), _round(lon)]
        if not found or point != found[-1]:
            found.append(point)
    return found


def _pairs(coords: Sequence[Sequence[float]]) -> Iterable[tuple[float, float]]:
    return ((point[0], point[1]) for point in coords)


def _round(value: float) -> float:
    return round(float(value), _DEGREES)
