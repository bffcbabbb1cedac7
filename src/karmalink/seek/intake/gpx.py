"""GPX (1.0 and 1.1): the tracks in a file, its places, and what of the file is neither.

Only what is needed is read: a height or a count of satellites that is not a number costs nothing, and one fix without a
position does not cost the day.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.outside import check_outside
from karmalink.base.wording import counted
from karmalink.errors import InputError
from karmalink.rows import Notes
from karmalink.rows.xml_files import XmlElement, XmlFile, children, read_xml
from karmalink.seek.ground.gps_tracks import Track, TrackFinding
from karmalink.seek.intake.drafts import NO_POSITION, SHORT_LINE, Draft, line_of, name_of, places_of_drafts, point_of

if TYPE_CHECKING:
    from karmalink.seek.ground.places import Place

__all__ = ["read_gpx", "read_gpx_places"]

WORST_HDOP = 10.0  # horizontal dilution of precision beyond which a position is hardly one
# What a file may break off in, when the battery of the device died.
_OPEN = ("gpx", "trk", "trkseg", "rte")
_FIXES = frozenset({"none", "2d", "3d", "dgps", "pps"})
_STAMP = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$",
    re.I,
)


def read_gpx(path: str | Path) -> tuple[tuple[Track, ...], tuple[TrackFinding, ...]]:
    """Return the tracks of a GPX file, one for each ``<trk>``, and what was left out of it.

    Names, comments and whatever else a device or a person wrote into the file stay there.

    Parameters
    ----------
    path : str or Path
        The file.

    Raises
    ------
    ReadError
        It is not there, not XML, not GPX, declares entities, or is over 64 MB.
    InputError
        It holds no track with a position.
    """
    place = Path(path)
    file = _parsed(place)
    fields = Notes()
    found = [_track(track, fields) for track in children(file.root, "trk")]
    tracks = tuple(track for track in found if track is not None)
    findings = [TrackFinding("field", f"{note}.") for note in fields.told()]
    if file.cut_at:
        findings.append(TrackFinding("cut", f"The file breaks off at line {file.cut_at:,}: read up to there."))
    if routes := len(list(children(file.root, "rte"))):
        are = "is a plan" if routes == 1 else "are plans"
        findings.append(TrackFinding("route", f"{counted(routes, 'route')} {are}, not where somebody was: left out."))
    if marks := len(list(children(file.root, "wpt"))):
        findings.append(TrackFinding("waypoint", f"{counted(marks, 'waypoint')}, not where somebody walked: left out."))
    if len(found) > len(tracks):
        empty = counted(len(found) - len(tracks), "track")
        findings.append(TrackFinding("empty", f"{empty} without a fix that has a position: left out."))
    if not tracks:
        raise InputError(
            "the file holds no track with a position" if found else "the file holds no track",
            where=place,
            rule="a search is where somebody was: a <trk> with fixes",
            next_step="export the recorded track, not the route or the waypoints",
        )
    return tracks, tuple(findings)


def read_gpx_places(path: Path) -> tuple[list[Place], Notes]:
    """Return waypoints as points, routes and tracks as lines, and what was left out.

    Raises
    ------
    ReadError
        Not GPX, or nothing in it has a name and a position.
    """
    notes = Notes()
    file = _parsed(path)
    if file.cut_at:
        notes.add("file", f"that breaks off at line {file.cut_at:,}", done="read up to there")
    return places_of_drafts(path, _drafts(file.root, notes), notes), notes


def _parsed(place: Path) -> XmlFile:
    check_outside(place, "track")
    return read_xml(place, root="gpx", kept_open=_OPEN)


def _text(element: XmlElement, tag: str) -> str:
    return next((name_of(child.text) for child in children(element, tag)), "")


def _number(text: str | None) -> float:
    """Return a number, with a point or a comma before its decimals; NaN where it is none."""
    try:
        return float((text or "").strip().replace(",", "."))
    except ValueError:
        return math.nan


def _drafts(root: XmlElement, notes: Notes) -> Iterator[Draft]:
    for mark in children(root, "wpt"):
        name = _text(mark, "name")
        found = point_of([_lonlat(mark)])
        if found is None:
            notes.add("waypoint", NO_POSITION, name or f"line {mark.line}")
        yield Draft(name, found, _text(mark, "type") or _text(mark, "sym"))
    for route in children(root, "rte"):
        yield _line(route, [list(children(route, "rtept"))], "route", notes)
    for track in children(root, "trk"):
        pieces = [list(children(piece, "trkpt")) for piece in children(track, "trkseg")]
        yield _line(track, pieces, "track", notes)


def _line(element: XmlElement, pieces: Sequence[Sequence[XmlElement]], noun: str, notes: Notes) -> Draft:
    from shapely.geometry import MultiLineString

    name, lines, lost = _text(element, "name"), [], 0
    for piece in pieces:
        line, bad = line_of([_lonlat(point) for point in piece])
        lines += [] if line is None else list(getattr(line, "geoms", [line]))
        lost += bad
    if not lines:
        notes.add(noun, SHORT_LINE, name or f"line {element.line}")
        return Draft(name, None)
    for _ in range(lost):
        notes.add("point", f"{NO_POSITION} in a {noun}", name, done="left out, and the line is cut there")
    return Draft(name, lines[0] if len(lines) == 1 else MultiLineString(lines), _text(element, "type") or noun)


def _lonlat(point: XmlElement) -> tuple[float, float]:
    return _number(point.get("lon")), _number(point.get("lat"))


def _track(track: XmlElement, fields: Notes) -> Track | None:
    pieces = enumerate(children(track, "trkseg"))
    rows = [_row(number, point, fields) for number, piece in pieces for point in children(piece, "trkpt")]
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    if not np.isfinite(table[:, 1] + table[:, 2]).any():
        return None
    return Track.of(table[:, 1], table[:, 2], table[:, 3], table[:, 0].astype(np.int64), table[:, 4] > 0)


def _row(number: int, point: XmlElement, fields: Notes) -> tuple[float, float, float, float, float]:
    lon, lat = _lonlat(point)
    if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):
        lon = lat = math.nan
    said = {child.tag: (child.text or "").strip() for child in point}
    hdop = _number(said.get("hdop"))
    if said.get("hdop") and not math.isfinite(hdop):
        fields.add("hdop", "that is not a number", f"line {point.line}", done="the field is left out")
    fix = said.get("fix", "").casefold()
    if fix and fix not in _FIXES:
        fields.add("fix", "of an unknown kind", f"line {point.line}", done="the field is left out", nouns="fixes")
    seconds = _seconds(said.get("time", ""))
    if said.get("time") and not math.isfinite(seconds):
        fields.add("time", "that is not a date and time", f"line {point.line}", done="the field is left out")
    return float(number), lon, lat, seconds, float(fix == "none" or hdop > WORST_HDOP)


def _seconds(text: str) -> float:
    """Return seconds since 1970 of a time of XML Schema, with what devices make of it; NaN where it is none."""
    found = _STAMP.match(text.strip())
    if found is None:
        return math.nan
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction = float(f"0.{found[7]}") if found[7] else 0.0
    # GPX has its times in UTC; a device that left the Z out meant the same.
    zone = (found[8] or "Z").upper()
    away = 0 if zone == "Z" else (1 if zone[0] == "+" else -1) * (int(zone[1:3]) * 60 + int(zone[-2:]))
    try:
        # A leap second, and 24:00, are the first moment after.
        whole = dt.datetime(year, month, day, tzinfo=dt.UTC) + dt.timedelta(hours=hour, minutes=minute, seconds=second)
    except (ValueError, OverflowError):
        return math.nan
    return (whole - dt.timedelta(minutes=away)).timestamp() + fraction if hour <= 24 and minute < 60 else math.nan
