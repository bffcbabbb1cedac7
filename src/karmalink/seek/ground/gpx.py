"""GPX (1.0 and 1.1): the tracks in a file, and what of the file is no track."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.errors import InputError, ReadError
from karmalink.rows import read_text
from karmalink.seek.ground.gps_tracks import Track, TrackFinding

if TYPE_CHECKING:
    from gpxpy.gpx import GPX, GPXTrack

__all__ = ["parse_gpx", "read_gpx"]

LARGEST_BYTES = 64_000_000
WORST_HDOP = 10.0  # horizontal dilution of precision beyond which a position is hardly one


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
        It is not there, no XML, no GPX, declares entities, or is over 64 MB.
    InputError
        It holds no track.
    """
    place = Path(path)
    gpx = parse_gpx(place)
    found = [_track(track) for track in gpx.tracks]
    tracks = tuple(track for track in found if track is not None)
    findings = []
    if gpx.routes:
        findings.append(TrackFinding("route", f"{len(gpx.routes)} routes are plans, not where somebody was: left out."))
    if len(found) > len(tracks):
        findings.append(TrackFinding("empty", f"{len(found) - len(tracks)} tracks have no fix: left out."))
    if not tracks:
        raise InputError(
            "the file holds no track",
            where=place,
            rule="a search is where somebody was: a <trk> with fixes",
            next_step="export the recorded track, not the route or the waypoints",
        )
    return tracks, tuple(findings)


def parse_gpx(place: Path) -> GPX:
    """Return a GPX file as gpxpy has it, after a look at what a stranger's phone may have put into it.

    Raises
    ------
    ReadError
        It is not there, no XML, no GPX, declares entities, or is over 64 MB.
    """
    import gpxpy
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if place.is_file() and place.stat().st_size > LARGEST_BYTES:
        raise ReadError(
            f"the file has {place.stat().st_size / 1e6:.0f} MB",
            where=place,
            allowed=f"at most {LARGEST_BYTES / 1e6:.0f} MB",
            next_step="split it by day",
        )
    text = read_text(place)
    try:
        # gpxpy would expand entities; what comes from a stranger's phone is looked at first.
        root = fromstring(text, forbid_dtd=True)
    except DefusedXmlException:
        raise ReadError("the file declares entities", where=place, rule="a GPX file needs none") from None
    except ParseError as error:
        raise ReadError(f"line {error.position[0]} is not XML", where=place, next_step="is this a GPX file?") from None
    if root.tag.rpartition("}")[2] != "gpx":
        raise ReadError("this XML is no GPX", where=place, rule="its root is <gpx>")
    try:
        return gpxpy.parse(text)
    except (gpxpy.gpx.GPXException, ValueError, TypeError):
        raise ReadError(
            "the GPX breaks its own rules (a point without position, a time that is none)",
            where=place,
            rule="https://www.topografix.com/GPX/1/1",
            next_step="export it again from the device",
        ) from None


def _track(track: GPXTrack) -> Track | None:
    rows = [(number, point) for number, segment in enumerate(track.segments) for point in segment.points]
    if not rows:
        return None
    table = np.array([_row(number, point) for number, point in rows], dtype=np.float64)
    return Track.of(table[:, 1], table[:, 2], table[:, 3], table[:, 0].astype(np.int64), table[:, 4] > 0)


def _row(number: int, point: Any) -> tuple[float, float, float, float, float]:
    hdop = point.horizontal_dilution
    lost = point.type_of_gpx_fix == "none" or (hdop is not None and hdop > WORST_HDOP)
    on_globe = abs(point.latitude) <= 90.0 and abs(point.longitude) <= 180.0
    lon, lat = (point.longitude, point.latitude) if on_globe else (np.nan, np.nan)
    return float(number), lon, lat, _seconds(point.time), float(lost)


def _seconds(time: dt.datetime | None) -> float:
    if time is None:
        return float("nan")
    # GPX has its times in UTC; a device that left the Z out meant the same.
    return (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).timestamp()
