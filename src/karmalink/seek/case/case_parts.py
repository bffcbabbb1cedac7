"""The parts of a case file, as objects: area, segments, closures, dangers, what a job may be, what is sought."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.errors import InputError
from karmalink.seek.case.case_settings import SoughtObject
from karmalink.seek.ground.area import Area
from karmalink.seek.ground.elevation import read_elevation
from karmalink.seek.ground.geojson_files import read_geojson, read_outline
from karmalink.seek.ground.geojson_shapes import check_lonlat, geometry_of
from karmalink.seek.ground.search_segments import Segments, segments
from karmalink.seek.ground.walking import with_terrain
from karmalink.seek.intake.segment_files import TRAIL_M, read_segments
from karmalink.seek.planning.team_jobs import TeamRules
from karmalink.seek.probability_map.shared_errors import SharedError
from karmalink.seek.search.assets import Closure, Danger

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "area_of",
    "closure_of",
    "danger_of",
    "rules_of",
    "segments_of",
    "sensitive_of",
    "shared_error_of",
    "sought_of",
]


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


def shared_error_of(given: Any) -> SharedError | None:
    """Return the shared error of a case file, in km: a median, or a median and a factor; None where it says nothing."""
    if given is None:
        return None
    numbers = given if isinstance(given, list) else [given]
    if not (1 <= len(numbers) <= 2 and all(isinstance(one, int | float) for one in numbers)):
        raise InputError("the shared error is not a number", where="area.shared_error", allowed="0.3 or [0.3, 3]")
    median_m = float(numbers[0]) * 1000.0
    return SharedError.about(median_m) if len(numbers) == 1 else SharedError.about(median_m, float(numbers[1]))


def rules_of(given: Mapping[str, Any]) -> TeamRules:
    """Return what a job of a team may be, by the plan of a case file."""
    base = given.get("base")
    if base is not None:
        check_lonlat(np.array([base], dtype=float), where="plan.base")
    own = {name: given[name] for name in ("least_hours", "travel_kmh", "teams_per_segment") if name in given}
    return TeamRules(base=base and (float(base[0]), float(base[1])), **own)


def segments_of(given: Mapping[str, Any], folder: Path, area: Area) -> Segments:
    """Return the segments of a case file: those of its file, or the area cut into squares."""
    if "segments" not in given:
        return segments(area, given.get("segment_m"))
    return read_segments(folder / given["segments"], area, trail_m=float(given.get("trail_m", TRAIL_M)))


def sought_of(given: Mapping[str, Any]) -> SoughtObject | None:
    """Return what is sought, where the case file describes it."""
    return SoughtObject({key: str(text) for key, text in given.items()}) if given else None


def sensitive_of(given: bool | str) -> str:
    """Return why find spots are withheld; ``true`` gives no reason."""
    return ("sensitive" if given else "") if isinstance(given, bool) else given.strip()
