"""An invented town between a river and a railway. Its position on Earth is a convenience; no such town is there."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["GROUND_KM", "SITES", "TOWN", "Town", "TownPlace", "build_town", "to_lonlat", "to_metres", "write_geojson"]

TOWN = "Kampong Romduol"
GROUND_KM = (6.0, 5.0)
# South-west corner of the ground. Metres and degrees are exchanged on the sphere's tangent there: 6 km are too few for
# the difference to matter, and the map makes its own metric coordinates.
_WEST, _SOUTH = 104.2, 12.6
_METRES_PER_DEGREE = 111_320.0

# name, kind, where it stands (km east, km north), what it stands on, what a dream makes of it, further names
SITES: tuple[tuple[str, str, float, float, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("old railway bridge", "bridge", 3.6, 2.3, "river", ("an iron span over water",), ("iron bridge",)),
    ("railway station", "station", 1.7, 2.0, "rail", ("a platform without trains",), ("Romduol station",)),
    ("pagoda", "pagoda", 2.6, 3.1, "", ("a courtyard with bare feet in it",), ("Wat Romduol",)),
    ("market", "market", 2.2, 2.6, "", ("a street of stalls",), ("big market",)),
    ("school", "school", 1.9, 3.2, "", ("a long room with benches",), ("schoolyard",)),
    ("ferry landing", "landing", 3.5, 3.6, "river", ("a slope going down to boats",), ("landing",)),
    ("brick kiln", "kiln", 4.6, 2.9, "", ("an oven as big as a house",), ("kiln",)),
    ("mango orchard", "orchard", 4.4, 1.6, "", ("fruit trees in rows",), ("mango trees",)),
    ("lotus pond", "pond", 1.2, 3.9, "", ("round leaves on still water",), ()),
    ("sugar palms", "palms", 5.2, 1.9, "", ("tall trees without branches",), ()),
    ("rice mill", "mill", 2.9, 1.5, "", ("a hall full of dust",), ("mill",)),
    ("water tower", "tower", 1.3, 2.7, "", ("a tank on long legs",), ()),
    ("football ground", "field", 1.0, 1.6, "", ("a field with two posts",), ()),
    ("junkyard", "yard", 2.1, 1.0, "", ("a hill of old iron",), ("scrap yard",)),
    ("sluice gate", "sluice", 3.4, 0.8, "river", ("a door that holds water back",), ("sluice",)),
    ("bamboo grove", "grove", 5.0, 3.8, "", ("thin trunks knocking together",), ("bamboo",)),
    ("stone quarry", "quarry", 5.5, 3.1, "", ("a hole with straight walls",), ("quarry",)),
    ("spirit house", "shrine", 0.7, 3.1, "", ("a house too small for people",), ()),
    ("weighbridge", "weighbridge", 0.6, 2.0, "rail", ("a plate that sinks when stepped on",), ()),
    ("clinic", "clinic", 2.5, 2.2, "", ("a room with green curtains",), ("health post",)),
    ("stupa field", "stupas", 4.2, 4.3, "", ("white points in the grass",), ("stupas",)),
    ("fish racks", "racks", 3.9, 3.1, "river", ("frames where fish hang",), ("drying racks",)),
    ("dyke road", "road", 4.9, 0.9, "", ("a road higher than the fields",), ("dyke",)),
    ("charcoal pits", "pits", 5.4, 4.4, "", ("black ground that smokes",), ()),
    ("toll house", "house", 5.6, 2.4, "rail", ("a hut with a striped pole",), ()),
    ("salt store", "store", 3.0, 0.5, "", ("a barn that tastes of the sea",), ()),
    ("ox pound", "pound", 0.8, 0.8, "", ("a fence full of horns",), ()),
    ("old fig tree", "tree", 3.2, 4.4, "", ("a tree with hanging roots",), ("fig tree",)),
)
_JITTER_M = 220.0


@dataclass(frozen=True, slots=True)
class TownPlace:
    """One named place: metres east and north of the ground's corner, and what a dream makes of it."""

    id: str
    name: str
    kind: str
    x: float
    y: float
    dreams: tuple[str, ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Town:
    """The town of one seed.

    Attributes
    ----------
    places : tuple of TownPlace
        Named places.
    lines : dict of ndarray, shape (n, 2), metres
        ``river`` and ``rail``.
    quarters : dict of ndarray, shape (n, 2), metres
        Outlines of the four parts that river and railway make of the ground, by name.
    corridor : ndarray, shape (n, 2), metres
        Outline of the strip that the railway takes: the ground that closes.
    """

    places: tuple[TownPlace, ...]
    lines: dict[str, NDArray[np.float64]]
    quarters: dict[str, NDArray[np.float64]]
    corridor: NDArray[np.float64]

    def place(self, place_id: str) -> TownPlace:
        """Return a place by its identifier."""
        return next(place for place in self.places if place.id == place_id)

    def nearest(self, x: float, y: float) -> list[TownPlace]:
        """Return all places, the nearest first."""
        return sorted(self.places, key=lambda place: math.hypot(place.x - x, place.y - y))

    def __repr__(self) -> str:
        """One-line summary."""
        return f"Town({TOWN}: {len(self.places)} places)"


def build_town(rng: np.random.Generator) -> Town:
    """Return the town of one seed: the same places, each somewhat elsewhere, on a river that winds differently."""
    lines = {"river": _river(rng), "rail": _rail(rng)}
    places = []
    for name, kind, east, north, on, dreams, aliases in SITES:
        x, y = np.array([east, north]) * 1000 + rng.uniform(-_JITTER_M, _JITTER_M, 2)
        if on:
            x, y = _on_line(lines[on], x, y)
        if kind == "bridge":
            x, y = _crossing(lines["river"], lines["rail"])
        places.append(TownPlace(name.replace(" ", "-").lower(), name, kind, float(x), float(y), dreams, aliases))
    return Town(tuple(places), lines, _quarters(lines), _strip(lines["rail"], 220.0))


def to_lonlat(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a point in metres from the ground's corner."""
    return _WEST + x / (_METRES_PER_DEGREE * math.cos(math.radians(_SOUTH))), _SOUTH + y / _METRES_PER_DEGREE


def to_metres(lon: float, lat: float) -> tuple[float, float]:
    """Return the inverse of :func:`to_lonlat`."""
    return (lon - _WEST) * _METRES_PER_DEGREE * math.cos(math.radians(_SOUTH)), (lat - _SOUTH) * _METRES_PER_DEGREE


def write_geojson(path: Path, features: list[dict[str, Any]]) -> Path:
    """Write features as one GeoJSON file."""
    body = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _river(rng: np.random.Generator) -> NDArray[np.float64]:
    y = np.linspace(0.0, GROUND_KM[1] * 1000, 41)
    phase, bend = rng.uniform(0, 2 * np.pi), rng.uniform(120, 260)
    return np.column_stack([3500 + bend * np.sin(y / 900 + phase) + 0.04 * (y - 2500), y])


def _rail(rng: np.random.Generator) -> NDArray[np.float64]:
    x = np.linspace(0.0, GROUND_KM[0] * 1000, 41)
    tilt, bend = rng.uniform(0.02, 0.1), rng.uniform(30, 90)
    return np.column_stack([x, 1950 + tilt * x + bend * np.sin(x / 1700)])


def _on_line(line: NDArray[np.float64], x: float, y: float) -> NDArray[np.float64]:
    nearest: NDArray[np.float64] = line[int(np.argmin(np.hypot(line[:, 0] - x, line[:, 1] - y)))]
    return nearest


def _crossing(river: NDArray[np.float64], rail: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.linspace(0.0, GROUND_KM[0] * 1000, 2001)
    along = np.interp(x, rail[:, 0], rail[:, 1])
    return np.array([x, along])[:, int(np.argmin(np.abs(np.interp(along, river[:, 1], river[:, 0]) - x)))]


def _quarters(lines: dict[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    river, rail = lines["river"], lines["rail"]
    x, y = (np.array(GROUND_KM) * 1000).tolist()
    meet = _crossing(river, rail)
    west, east = rail[rail[:, 0] < meet[0]], rail[rail[:, 0] > meet[0]]
    south, north = river[river[:, 1] < meet[1]], river[river[:, 1] > meet[1]]
    return {
        "old quarter": np.vstack([west, meet[None], north, [[0.0, y]]]),
        "upper fields": np.vstack([east[::-1], meet[None], north, [[x, y]]]),
        "railway quarter": np.vstack([west, meet[None], south[::-1], [[0.0, 0.0]]]),
        "lower fields": np.vstack([east[::-1], meet[None], south[::-1], [[x, 0.0]]]),
    }


def _strip(line: NDArray[np.float64], half_width: float) -> NDArray[np.float64]:
    step = np.array([0.0, half_width])
    return np.vstack([line + step, (line - step)[::-1]])
