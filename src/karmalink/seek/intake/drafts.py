"""Places on their way in: shapes with names out of a file of another program, checked one by one.

One feature that cannot be read does not cost the others: it is left out and told. What bears no identifier gets one of
the file's name and its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from karmalink.errors import InputError, ReadError
from karmalink.rows import Notes
from karmalink.seek.ground.places import Place

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "Draft",
    "Points",
    "line_of",
    "name_of",
    "parts_as_one",
    "places_of_drafts",
    "point_of",
    "sound",
    "surface_of",
]

Points = Sequence[tuple[float, float]]
_LONGEST_ID = 160  # with the file's name before it an identifier has at most 200 characters
NO_POSITION = "without a position on the globe"
SHORT_LINE = "with fewer than two points on the globe"
NO_RING = "with a ring that encloses nothing"
CROSSED = "with a ring that crosses itself"
GROUND = "read as the ground that it encloses"


@dataclass(frozen=True, slots=True)
class Draft:
    """A feature of a file before it is a place.

    Attributes
    ----------
    name : str
        As the file has it; empty where it has none.
    geometry : shapely geometry or None
        None where it has no position that can be read; the reader has told why.
    kind : str
        What it is.
    aliases : tuple of str
        Other names.
    ident : str
        Its own identifier; empty where it bears none.
    weight : float
        See :class:`~karmalink.seek.Place`.
    radius_m : float or None
        See :class:`~karmalink.seek.Place`.
    """

    name: str
    geometry: BaseGeometry | None
    kind: str = ""
    aliases: tuple[str, ...] = ()
    ident: str = ""
    weight: float = 1.0
    radius_m: float | None = None


def name_of(text: object) -> str:
    """Return a name on one line, with single blanks and without halves of characters, which no file can hold."""
    return " ".join(str(text or "").encode("utf-8", "ignore").decode().replace("\x00", "").split())


def places_of_drafts(path: Path, drafts: Iterable[Draft], notes: Notes, *, noun: str = "feature") -> list[Place]:
    """Return the drafts that have a name and a position as places; add to `notes` what is left out.

    The same name twice is two places, told apart by a number. An identifier that another draft bears already becomes
    one of these made ones.

    Raises
    ------
    ReadError
        None of them can be a place; with all that was left out.
    """
    whole = list(_whole(drafts, notes, noun))
    if not whole:
        told = notes.told()
        raise ReadError(
            "no feature of the file has a name and a position" if told else "no feature of the file has a name",
            where=path,
            rule="; ".join(str(note) for note in told) or "places are found by name",
            next_step="give the features names, or look whether it is the right file",
        )
    taken: set[str] = {draft.ident for draft in whole if draft.ident}
    # Names that stand there keep their own: "Camp #2" is a name before it is the second "Camp".
    bare = {_made(path, draft.name, 1) for draft in whole if not draft.ident}
    found: list[Place] = []
    given: set[str] = set()
    for draft in whole:
        ident = draft.ident
        if not ident:
            ident = _free(path, draft.name, taken | given, bare)
        given.add(ident)
        found.append(
            Place(ident, draft.name, _there(draft), draft.kind, draft.aliases, draft.radius_m, weight=draft.weight)
        )
    return found


def _whole(drafts: Iterable[Draft], notes: Notes, noun: str) -> Iterable[Draft]:
    for draft in drafts:
        if draft.geometry is None:
            continue
        if not draft.name:
            notes.add(noun, "without a name")
            continue
        yield draft


def _there(draft: Draft) -> BaseGeometry:
    if draft.geometry is None:
        raise InputError("a place without a position", where=draft.name)
    return draft.geometry


def _made(path: Path, name: str, number: int) -> str:
    mark = f" #{number}" if number > 1 else ""
    return f"{path.stem[:30]}/{name[:_LONGEST_ID]}{mark}"


def _free(path: Path, name: str, taken: set[str], bare: set[str]) -> str:
    first = _made(path, name, 1)
    if first not in taken:
        return first
    number = 2
    while (ident := _made(path, name, number)) in taken or ident in bare:
        number += 1
    return ident


def point_of(points: Points) -> BaseGeometry | None:
    """Return the first point as a geometry; None where it is not on the globe."""
    from shapely.geometry import Point

    good = _on_globe(points[:1])
    return Point(good[0]) if good else None


def line_of(points: Points) -> tuple[BaseGeometry | None, int]:
    """Return the line through the points that are on the globe, cut where one is not, and how many are not.

    Programs write a pause as a point at 180°, 100°: to join what lies before and after it would make a way that nobody
    drew.
    """
    from shapely.geometry import LineString, MultiLineString

    runs: list[list[tuple[float, float]]] = [[]]
    bad = 0
    for point in points:
        if _on_globe([point]):
            runs[-1].append(point)
        else:
            bad += 1
            runs.append([])
    long = [run for run in runs if len(run) > 1]
    if not long:
        return None, bad
    return (LineString(long[0]) if len(long) == 1 else MultiLineString(long)), bad


def surface_of(outer: Points, holes: Sequence[Points] = ()) -> BaseGeometry | None:
    """Return the polygon within a ring, without its holes; None where the ring is none or leaves the globe."""
    from shapely.errors import ShapelyError
    from shapely.geometry import Polygon

    if len(_on_globe(outer)) != len(outer) or len(set(outer)) < 3:
        return None
    try:
        return Polygon(outer, [hole for hole in holes if len(set(hole)) > 2 and len(_on_globe(hole)) == len(hole)])
    except (ShapelyError, ValueError):
        return None


def _on_globe(points: Points) -> list[tuple[float, float]]:
    # NaN compares with nothing, so it is never on the globe.
    return [(lon, lat) for lon, lat in points if -180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0]


def parts_as_one(parts: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """Return several sound geometries as one; None where there is none."""
    import shapely
    from shapely.errors import ShapelyError

    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    try:
        found: BaseGeometry = shapely.union_all(list(parts))
    except ShapelyError:
        return shapely.geometrycollections(list(parts))
    return found


def sound(geometry: BaseGeometry | None, notes: Notes, noun: str, which: str) -> BaseGeometry | None:
    """Return a geometry that the map can be made with, or None; add to `notes` what was the matter.

    A ring that crosses itself stands for the ground that it encloses.
    """
    import shapely
    from shapely.errors import ShapelyError

    if geometry is None or geometry.is_empty:
        notes.add(noun, NO_POSITION, which)
        return None
    if geometry.geom_type == "GeometryCollection":
        parts = [sound(part, notes, noun, which) for part in geometry.geoms]
        return parts_as_one([part for part in parts if part is not None])
    flat = shapely.force_2d(geometry)
    points = shapely.get_coordinates(flat)
    # Written so that NaN, which compares with nothing, is off the globe too.
    if not ((np.abs(points[:, 0]) <= 180.0) & (np.abs(points[:, 1]) <= 90.0)).all():
        notes.add(noun, NO_POSITION, which)
        return None
    if flat.is_valid:
        return flat
    surface = flat.geom_type.endswith("Polygon")
    try:
        mended = shapely.make_valid(flat)
    except ShapelyError:
        mended = None
    kept = _surfaces(mended) if surface and mended is not None else mended
    if kept is None or kept.is_empty:
        notes.add(noun, NO_RING if surface else SHORT_LINE, which)
        return None
    notes.add(noun, CROSSED if surface else SHORT_LINE, which, done=GROUND if surface else "read as a point")
    return kept


def _surfaces(geometry: BaseGeometry) -> BaseGeometry | None:
    """Return the surfaces of what was mended; lines that a collapsed ring leaves are no ground."""
    if geometry.geom_type.endswith("Polygon"):
        return geometry
    return parts_as_one([part for part in getattr(geometry, "geoms", ()) if part.geom_type.endswith("Polygon")])
