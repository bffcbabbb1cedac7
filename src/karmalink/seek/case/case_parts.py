"""The parts of a case file, as objects: area, places, closures, dangers, what is sought."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.errors import InputError
from karmalink.seek.case.object_id import Sought
from karmalink.seek.ground.area import Area
from karmalink.seek.ground.elevation import read_elevation
from karmalink.seek.ground.geojson_shapes import geometry_of, read_geojson, read_outline
from karmalink.seek.ground.places import Places, read_places
from karmalink.seek.ground.terrain import with_terrain
from karmalink.seek.search.assets import Closure
from karmalink.seek.search.dangers import Danger

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["area_of", "closure_of", "danger_of", "places_of", "sensitive_of", "sought_of"]


def area_of(given: Mapping[str, Any], folder: Path) -> Area:
    """Return the area of a case file, with the heights and barriers it names."""
    closed = None if "closed" not in given else _shape(given["closed"], folder)
    cell = None if given.get("cell_m") is None else float(given["cell_m"])
    if "outline" in given:
        area = Area.from_polygon(read_outline(folder / given["outline"]), cell_m=cell, closed=closed)
    else:
        bounds = given["bounds"]
        if len(bounds) != 4 or not all(isinstance(side, int | float) for side in bounds):
            raise InputError(
                "the bounds are not four numbers", where="area.bounds", allowed="[west, south, east, north]"
            )
        area = Area.from_bounds(*(float(side) for side in bounds), cell_m=cell, closed=closed)
    if not {"elevation", "barriers"} & given.keys():
        return area
    heights = None if "elevation" not in given else read_elevation(folder / given["elevation"], area)
    return with_terrain(area, heights, None if "barriers" not in given else _shape(given["barriers"], folder))


def _shape(name: str, folder: Path) -> BaseGeometry:
    return geometry_of(read_geojson(folder / name), where=name)


def places_of(given: str | list[str], case: Path) -> Places:
    """Return the places of all the files that are named."""
    found = Places()
    for name in [given] if isinstance(given, str) else given:
        found = found + read_places(case.parent / str(name))
    return found


def closure_of(given: Mapping[str, Any], folder: Path) -> Closure:
    """Return a closure of a case file."""
    ground, names = _ground(given, folder)
    return Closure(str(given["name"]), given["start"], given.get("end"), ground, names)


def danger_of(given: Mapping[str, Any], folder: Path) -> Danger:
    """Return a danger of a case file."""
    ground, names = _ground(given, folder)
    return Danger(str(given["name"]), float(given["risk_per_hour"]), ground, names, str(given.get("kind", "")))


def _ground(given: Mapping[str, Any], folder: Path) -> tuple[BaseGeometry | None, tuple[str, ...]]:
    ground = None if "polygon" not in given else _shape(given["polygon"], folder)
    return ground, tuple(str(name) for name in given.get("segments", ()))


def sought_of(given: Mapping[str, Any]) -> Sought | None:
    """Return what is sought, where the case file describes it."""
    return Sought({key: str(text) for key, text in given.items()}) if given else None


def sensitive_of(given: bool | str) -> str:
    """Return why find spots are withheld; ``true`` gives no reason."""
    return ("sensitive" if given else "") if isinstance(given, bool) else given.strip()
