"""Places out of KML: the placemarks that have a name and a position."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.base.outside import ZIP_FAULTS, check_unpacked
from karmalink.errors import ReadError
from karmalink.rows import Notes, read_bytes
from karmalink.rows.xml_files import XmlElement, XmlFile, children, decode_xml, parse_xml, read_xml, within
from karmalink.seek.intake.drafts import (
    NO_POSITION,
    NO_RING,
    SHORT_LINE,
    Draft,
    Points,
    line_of,
    name_of,
    parts_as_one,
    places_of_drafts,
    point_of,
    sound,
    surface_of,
)

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.ground.places import Place

__all__ = ["read_kml_places"]

_OPEN = ("kml", "Document", "Folder")
# Features of KML that are ground or lead to it, and are not placemarks.
_OTHERS = {
    "NetworkLink": ("link to another file", "links to other files", "not followed"),
    "GroundOverlay": ("picture on the ground", "pictures on the ground", "left out"),
    "PhotoOverlay": ("photograph", "", "left out"),
    "Tour": ("tour", "", "left out"),
}


def read_kml_places(path: Path) -> tuple[list[Place], Notes]:
    """Return the placemarks of a KML file that have a name, and what was left out.

    Points, lines, polygons, several of them together, recorded tracks (``gx:Track``, ``gx:MultiTrack``) and the
    positions of models are read.

    Raises
    ------
    ReadError
        Not KML, or no placemark in it has a name and a position.
    """
    notes = Notes()
    file = _packed(path) if path.suffix.casefold() == ".kmz" else read_xml(path, root="kml", kept_open=_OPEN)
    if file.cut_at:
        notes.add("file", f"that breaks off at line {file.cut_at:,}", done="read up to there")
    drafts = [_draft(mark, notes) for mark in within(file.root, "Placemark")]
    for tag, (noun, nouns, done) in _OTHERS.items():
        for element in within(file.root, tag):
            notes.add(noun, "beside the placemarks", _name(element), done=done, nouns=nouns)
    return places_of_drafts(path, drafts, notes, noun="placemark"), notes


def _packed(path: Path) -> XmlFile:
    """Return the KML of a KMZ: a ZIP whose first .kml is the one that is meant (KML 2.2, 1.1)."""
    try:
        with zipfile.ZipFile(io.BytesIO(read_bytes(path))) as packed:
            inside = [one for one in packed.infolist() if one.filename.casefold().endswith(".kml")]
            first = next((one for one in inside if one.filename.casefold() == "doc.kml"), inside[0] if inside else None)
            if first is None:
                raise ReadError("the KMZ holds no KML", where=path, next_step="export it again as .kml")
            check_unpacked(packed, path, "text")
            raw = packed.read(first)
    except ZIP_FAULTS:
        raise ReadError(
            "this is not KMZ: it cannot be unpacked", where=path, next_step="save it again as .kml or .kmz"
        ) from None
    return parse_xml(decode_xml(raw, path), path, root="kml", kept_open=_OPEN)


def _draft(mark: XmlElement, notes: Notes) -> Draft:
    name = _name(mark)
    which = name or f"line {mark.line}"
    before = notes.told()
    parts = [found for part in _shapes(mark, which, notes) if (found := sound(part, notes, "placemark", which))]
    geometry = parts_as_one(parts)
    if geometry is None and notes.told() == before:
        notes.add("placemark", NO_POSITION, which)
    return Draft(name, geometry)


def _name(element: XmlElement) -> str:
    return next((name_of(child.text) for child in children(element, "name")), "")


def _shapes(mark: XmlElement, which: str, notes: Notes) -> Iterator[BaseGeometry]:
    for element in children(mark):
        kind = element.tag
        if kind in ("MultiGeometry", "MultiTrack"):
            yield from _shapes(element, which, notes)
        elif kind in _READERS:
            found = _READERS[kind](element, which, notes)
            if found is not None:
                yield found


def _point(element: XmlElement, which: str, notes: Notes) -> BaseGeometry | None:
    found = point_of(_coordinates(element))
    if found is None:
        notes.add("placemark", NO_POSITION, which)
    return found


def _line(element: XmlElement, which: str, notes: Notes) -> BaseGeometry | None:
    return _through(_coordinates(element), which, notes)


def _track(element: XmlElement, which: str, notes: Notes) -> BaseGeometry | None:
    # A coordinate of a track has blanks between its numbers, and is empty where the receiver knew none.
    points = [_pair((child.text or "").replace(",", " ").split()) for child in children(element, "coord")]
    known = [point for point in points if not math.isnan(point[0])]
    return point_of(known) if len(known) == 1 else _through(points, which, notes)


def _through(points: Points, which: str, notes: Notes) -> BaseGeometry | None:
    found, bad = line_of(points)
    if found is None:
        notes.add("placemark", SHORT_LINE, which)
        return None
    for _ in range(bad):
        notes.add("point", f"{NO_POSITION} in a line", which, done="left out, and the line is cut there")
    return found


def _polygon(element: XmlElement, which: str, notes: Notes) -> BaseGeometry | None:
    rings = {tag: [_coordinates(ring) for ring in children(element, tag)] for tag in _BOUNDARIES}
    outer = next(iter(rings["outerBoundaryIs"]), ())
    found = surface_of(outer, rings["innerBoundaryIs"])
    if found is None:
        notes.add("placemark", NO_RING if len(outer) > 0 else NO_POSITION, which)
    return found


_BOUNDARIES = ("outerBoundaryIs", "innerBoundaryIs")


def _model(element: XmlElement, which: str, notes: Notes) -> BaseGeometry | None:
    said = {child.tag: child.text or "" for place in within(element, "Location") for child in place}
    found = point_of([_pair([said.get("longitude", ""), said.get("latitude", "")])])
    if found is None:
        notes.add("placemark", NO_POSITION, which)
    return found


_READERS: Mapping[str, Callable[[XmlElement, str, Notes], BaseGeometry | None]] = {
    "Point": _point,
    "LineString": _line,
    "LinearRing": _line,
    "Polygon": _polygon,
    "Track": _track,
    "Model": _model,
}


def _coordinates(element: XmlElement) -> list[tuple[float, float]]:
    """Return the points of an element: ``lon,lat[,height]``, blanks between them; some write blanks after commas."""
    text = " ".join(child.text or "" for child in within(element, "coordinates"))
    return [_pair(part.split(",")) for part in re.sub(r"\s*,\s*", ",", text).split()]


def _pair(numbers: list[str]) -> tuple[float, float]:
    try:
        return float(numbers[0]), float(numbers[1])
    except (IndexError, ValueError):
        return math.nan, math.nan
