"""Segments that a search team drew itself: polygons and trails of a file become the pieces that teams are sent to."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.wording import counted
from karmalink.errors import InputError, ReadError
from karmalink.rows import Notes, warn_of
from karmalink.seek.ground.search_segments import MOST_SEGMENTS, Segments
from karmalink.seek.intake.place_files import gather_places

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.ground.area import Area

__all__ = ["TRAIL_M", "read_segments"]

_TABLES = (".csv", ".tsv", ".jsonl")
TRAIL_M = 20.0  # to each side of a trail: what a team sees from it


def read_segments(path: str | Path, area: Area, *, trail_m: float = TRAIL_M) -> Segments:
    """Read segments from GeoJSON, GPX, KML or an export of CalTopo; names are those of the file.

    A polygon is a segment, and so is a line: the ground to both sides of it. Ground of two of them belongs to the first
    one of the file. What is not a segment (points, shapes off the map or smaller than a cell) is left out and told.

    Parameters
    ----------
    path : str or Path
        The file.
    area : Area
        The grid; a cell belongs to the segment that its centre lies in.
    trail_m : float
        How far the ground of a line reaches to each side, metres; not less than half a cell.

    Raises
    ------
    ReadError, InputError
        The file cannot be read, or nothing in it is a segment on this ground.
    """
    import shapely

    if not (math.isfinite(trail_m) and trail_m > 0.0):
        raise InputError(f"trail_m must be above 0, got {trail_m}", where="area.trail_m")
    if Path(path).suffix.casefold() in _TABLES:
        raise ReadError(
            "a table of points holds no ground",
            where=path,
            rule="a segment is a polygon or a line",
            allowed=".geojson, .gpx, .kml, .json (CalTopo), .gpkg or .shp (with the extra terrain)",
        )
    gathered = gather_places(Path(path))
    notes = Notes()
    points = shapely.points(area.x, area.y)
    labels, shared = np.full(area.n, -1, dtype=np.int64), 0
    names: list[str] = []
    shapes: list[BaseGeometry] = []
    for place in gathered.settle():
        if place.geometry.geom_type in ("Point", "MultiPoint"):
            notes.add("point", "which has no ground", place.name, done="left out")
            continue
        flat = area.project(place.geometry)
        if place.geometry.geom_type in ("LineString", "MultiLineString"):
            flat = shapely.buffer(flat, max(trail_m, 0.5 * area.cell_m))
        shapely.prepare(flat)
        inside = np.asarray(shapely.contains(flat, points), dtype=bool) & area.open
        free = inside & (labels < 0)
        shared += int(np.count_nonzero(inside & ~free))
        if not free.any():
            notes.add("shape", "without ground of its own on this map", place.name, done="left out")
            continue
        labels[free] = len(names)
        names.append(_own_name(place.name, names))
        shapes.append(area.unproject(flat))
    if shared:
        said = f"{shared * area.cell_m2 / 1e4:,.2g} ha"
        notes.add("piece of ground", "which lies in two segments", said, done="given to the first of them")
    warn_of(path, [*gathered.notes, *notes.told()])
    if not names:
        raise InputError(
            "nothing in the file is a segment on this map",
            where=path,
            rule="a segment is a polygon or a line with the centre of a cell in it",
            next_step="is it the right file? Smaller cells (cell_m) hold narrower ground",
        )
    if len(names) > MOST_SEGMENTS:
        raise InputError(counted(len(names), "segment"), where=path, allowed=f"at most {MOST_SEGMENTS:,}")
    return Segments(area, tuple(names), labels, tuple(shapes))


def _own_name(name: str, taken: list[str]) -> str:
    wanted, number = name[:60].strip() or "segment", 1
    while (found := wanted if number == 1 else f"{wanted} #{number}") in taken:
        number += 1
    return found
