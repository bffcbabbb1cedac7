"""Places out of GeoJSON as programs write it: plain, of OpenStreetMap, of CalTopo and SARTopo."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.errors import Fault, ReadError
from karmalink.rows import Field, FileRecords, Notes, Refused, Row, number, words
from karmalink.seek.ground.geojson_files import read_geojson
from karmalink.seek.ground.geojson_shapes import features_of
from karmalink.seek.ground.places import Place
from karmalink.seek.intake.drafts import (
    NO_POSITION,
    NO_RING,
    SHORT_LINE,
    Draft,
    line_of,
    name_of,
    parts_as_one,
    places_of_drafts,
    point_of,
    sound,
    surface_of,
)
from karmalink.seek.intake.osm_tags import MINOR, MINOR_WEIGHT, aliases_of, first_name, kind_named

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["CALTOPO", "gather_geojson"]

# Classes of CalTopo and SARTopo (there is no published schema): what they are called there is what they are here.
CALTOPO = frozenset(
    {
        "AppTrack", "Assignment", "Buffer", "Clue", "Folder", "LiveTrack", "MapMediaObject", "Marker",
        "OperationalPeriod", "Resource", "Sector", "Shape", "SmsLocationRequest", "Viewshed",
    }
)  # fmt: skip
_NUMBERS = (Field("radius_m", parse=number(0.0)), Field("weight", parse=number(1e-9)))


def gather_geojson(path: Path) -> FileRecords[Place]:
    """Return the places of a GeoJSON file beside their rows; what cannot be a place is in the notes.

    A feature has no line: its number in the file stands there.

    Raises
    ------
    ReadError
        The file is not GeoJSON, or no feature of it has a name and a position.
    """
    notes = Notes()
    content = read_geojson(path, notes)
    if "elements" in content:
        from karmalink.seek.intake.osm import read_osm_json

        places, notes = read_osm_json(content, path)
        return _records(path, places, range(1, len(places) + 1), [], notes)
    features = features_of(content)
    if not features:
        raise ReadError("the file has no features", where=path, rule="a FeatureCollection with a feature per place")
    drafts = [read for at, one in enumerate(features, start=1) if (read := _draft(one, at, notes)) is not None]
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number_, draft in drafts:
        if draft.ident and draft.name and seen.setdefault(draft.ident, number_) != number_:
            rule = f"is already feature {seen[draft.ident]}"
            faults.append(Fault(number_, "id", repr(draft.ident)[:60], rule, "each only once"))
    wrong = {fault.line for fault in faults}
    kept = [(number_, draft) for number_, draft in drafts if number_ not in wrong]
    places = places_of_drafts(path, [draft for _, draft in kept], notes)
    lines = [number_ for number_, draft in kept if draft.name and draft.geometry is not None]
    return _records(path, places, lines, faults, notes)


def _records(
    path: Path, places: Sequence[Place], lines: Sequence[int], faults: Sequence[Fault], notes: Notes
) -> FileRecords[Place]:
    numbered = "the line is the number of the feature in the file"
    rows = tuple(Row(at, {"id": place.id}) for at, place in zip(lines, places, strict=True))
    return FileRecords(path, rows, tuple(places), tuple(faults), numbered, notes.told())


def _draft(feature: object, at: int, notes: Notes) -> tuple[int, Draft] | None:
    if not isinstance(feature, Mapping):
        notes.add("feature", "that is not an object", f"feature {at}")
        return None
    given = _properties(feature)
    ident = _ident(feature, given)
    topo = given.get("class") if given.get("class") in CALTOPO else ""
    name = name_of(_title(given, ident) if topo else first_name(given))
    which = name or ident or f"feature {at}"
    if topo and not feature.get("geometry"):
        notes.add(f"{topo} of CalTopo", "without ground", which, nouns=f"{topo}s of CalTopo")
        return None
    geometry = _shape(feature.get("geometry"), which, notes)
    kind = str(topo).casefold() if topo else kind_named(given)
    numbers = dict(_numbers(given, which, notes))
    weight = numbers.get("weight", MINOR_WEIGHT if kind in MINOR and not topo and "kind" not in given else 1.0)
    aliases = () if topo else _aliases(given, name)
    return at, Draft(name, geometry, kind, aliases, ident, weight, numbers.get("radius_m"))


def _properties(feature: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties, those of OpenStreetMap that some programs keep one level down included."""
    given = feature.get("properties")
    given = {str(key): value for key, value in given.items()} if isinstance(given, Mapping) else {}
    tags = given.get("tags")
    return {**{str(key): value for key, value in tags.items()}, **given} if isinstance(tags, Mapping) else given


def _ident(feature: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    for value in (given.get("id"), feature.get("id"), given.get("@id")):
        if isinstance(value, str) and name_of(value):
            return name_of(value)[:200]
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return str(value)
    return ""


def _title(given: Mapping[str, Any], ident: str) -> str:
    """Return what a feature of CalTopo is called: its title, else letter and number, else its identifier."""
    title = name_of(given.get("title"))
    return title or " ".join(name_of(given.get(key)) for key in ("letter", "number") if given.get(key)) or ident


def _aliases(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    stated = given.get("aliases", given.get("alt_names"))
    listed = words()(stated) if isinstance(stated, str) else stated if isinstance(stated, list | tuple) else ()
    texts = [name_of(alias) for alias in listed if isinstance(alias, str | int | float)]
    return tuple(dict.fromkeys(alias for alias in (*texts, *aliases_of(given, name)) if alias and alias != name))


def _numbers(given: Mapping[str, Any], which: str, notes: Notes) -> Iterator[tuple[str, float]]:
    for field in _NUMBERS:
        raw = given.get(field.name)
        if raw is None or raw == "":
            continue
        try:
            yield field.name, field.parse(str(raw))
        except Refused:
            notes.add(field.name, "that cannot be", which, done="the field is left out", nouns=field.name)


# Geometry, feature by feature: what one of them lacks does not cost the others.


def _shape(given: object, which: str, notes: Notes) -> BaseGeometry | None:
    before = notes.told()
    try:
        parts = list(_parts(given, which, notes))
    except (TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError):
        notes.add("feature", "whose coordinates cannot be read", which)
        return None
    if not parts:
        if notes.told() == before:
            notes.add("feature", NO_POSITION, which)
        return None
    return sound(parts_as_one(parts) if len(parts) > 1 else parts[0], notes, "feature", which)


def _parts(given: object, which: str, notes: Notes) -> Iterator[BaseGeometry]:
    if not isinstance(given, Mapping):
        return
    kind, coordinates = given.get("type"), given.get("coordinates")
    if kind == "GeometryCollection":
        for part in given.get("geometries") or ():
            yield from _parts(part, which, notes)
        return
    reader = _READERS.get(str(kind))
    if reader is None:
        notes.add("feature", "with a geometry of an unknown type", which)
        return
    many = str(kind).startswith("Multi")
    for one in (coordinates or ()) if many else ([coordinates] if coordinates else ()):
        found = reader(one, which, notes)
        if found is not None:
            yield from getattr(found, "geoms", [found])


def _pairs(coordinates: Sequence[Any]) -> list[tuple[float, float]]:
    """Return points without height and time, which recorded ones have behind them; NaN where a number is missing."""
    return [(_float(point, 0), _float(point, 1)) for point in coordinates]


def _float(point: Any, at: int) -> float:
    value = point[at] if isinstance(point, list | tuple) and len(point) > at else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def _point(coordinates: Any, which: str, notes: Notes) -> BaseGeometry | None:
    found = point_of(_pairs([coordinates]))
    if found is None:
        notes.add("feature", NO_POSITION, which)
    return found


def _line(coordinates: Any, which: str, notes: Notes) -> BaseGeometry | None:
    points = _pairs(coordinates)
    if len(points) == 1 and (single := point_of(points)) is not None:
        return single  # a track that has only begun
    found, bad = line_of(points)
    if found is None:
        notes.add("feature", SHORT_LINE, which)
        return None
    for _ in range(bad):
        notes.add("point", f"{NO_POSITION} in a line", which, done="left out, and the line is cut there")
    return found


def _polygon(coordinates: Any, which: str, notes: Notes) -> BaseGeometry | None:
    rings = [_pairs(ring) for ring in coordinates]
    found = surface_of(rings[0], rings[1:]) if rings else None
    if found is None:
        notes.add("feature", NO_RING, which)
    return found


_READERS: Mapping[str, Callable[[Any, str, Notes], BaseGeometry | None]] = {
    "Point": _point,
    "MultiPoint": _point,
    "LineString": _line,
    "MultiLineString": _line,
    "Polygon": _polygon,
    "MultiPolygon": _polygon,
}
