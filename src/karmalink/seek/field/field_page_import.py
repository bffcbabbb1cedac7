"""What a phone's trail page hands back, into the log: each search once, all of them or none."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from karmalink.errors import Fault, ImportFaults, InputError, ReadError, describe, suggest
from karmalink.rows import read_text
from karmalink.seek.field.field_finds import day_of, found_things_of, is_identifier, is_number
from karmalink.seek.field.field_log import FieldLog, entry_of, known_tracks, record_field, useful
from karmalink.seek.field.field_page import ground_key
from karmalink.seek.ground.gps_tracks import Track, TrackFinding
from karmalink.seek.search.found_things import add_found
from karmalink.seek.search.same_walks import one_walk_each
from karmalink.seek.search.searches import Search
from karmalink.seek.search.swath_coverage import Swath, swath

if TYPE_CHECKING:
    from karmalink.seek.case.case import Case

__all__ = ["FORMAT", "import_field_page"]

FORMAT = "karmalink-trail-log"
VERSION = 1
_WORST_M = 40.0  # a fix that its phone knows less well than this is not a position
_LONGEST_MINUTES = 24 * 60.0


@dataclass(frozen=True, slots=True)
class _Told:
    """One search as the phone tells it, checked."""

    id: str
    segment: str
    asset: str
    searchers: int
    hours: float
    date: dt.date | None
    taken_back: bool
    track: Track | None


def import_field_page(case: Case, path: str | Path, *, both: bool = False) -> FieldLog:
    """Write what a trail page handed back into the log of its case.

    Handing it in again changes nothing; a search that the phone took back afterwards is taken back here.

    Parameters
    ----------
    case : Case
        The case.
    path : str or Path
        The file that the page saved.
    both : bool
        Tracks that stay together are two searchers, not two devices of one.

    Raises
    ------
    ReadError, InputError
        It is not there, not what a trail page saves, or of another case; then nothing is written.
    ImportFaults
        With every fault of every search in it; then nothing is written.
    """
    place = Path(path)
    content = _read(place, case)
    told, things = _searches(content, place, case), found_things_of(content.get("finds"), place, case)
    known = {entry.origin: entry for entry in case.log if entry.origin}
    back = {f"trail:{one.id}" for one in told if one.taken_back}
    fresh = [one for one in told if not one.taken_back and f"trail:{one.id}" not in known]
    pairs, findings = _entries(case, fresh, both)
    done = record_field(case, pairs, findings)
    already = sum(f"trail:{one.id}" in known for one in told if not one.taken_back)
    after, undone = done.case, []
    for entry in [entry for entry in case.log.counting if entry.origin in back]:
        after = after.record(undo=entry.id)
        undone.append(after.log[-1])
    found = add_found(case.found_file, things)
    return FieldLog(after, (*done.logged, *undone), already + done.already, done.swept, done.findings, found)


def _entries(
    case: Case, fresh: list[_Told], both: bool
) -> tuple[list[tuple[Search, Track | None, Swath | None]], list[TrackFinding]]:
    walked = [reported.track for reported in fresh if reported.track is not None]
    own, findings = ([*walked], []) if both else one_walk_each(walked, known_tracks(case, walked), case.area)
    new = iter(own)
    pairs: list[tuple[Search, Track | None, Swath | None]] = []
    for reported in fresh:
        track = None if reported.track is None else next(new)
        if reported.track is not None and track is None:
            continue
        ground = None if track is None else swath(track, case.area, case.assets[reported.asset], reported.searchers)
        if track is not None and ground is not None and useful(ground):
            made = entry_of(track, ground, reported.asset, reported.searchers, reported.date)
            origin = f"trail:{reported.id}"
            entry = Search("", "", made.asset, made.hours, None, made.date, "", made.track, made.searchers, origin)
            pairs.append((entry, track, ground))
            continue
        if reported.track is not None:
            why = "its track is not a search of this ground"
            findings.append(TrackFinding("nothing", f"{reported.segment or 'a search'}: {why}; {_instead(reported)}."))
        if reported.segment and reported.hours > 0:
            origin = f"trail:{reported.id}"
            entry = Search(
                "",
                reported.segment,
                reported.asset,
                reported.hours * reported.searchers,
                None,
                reported.date,
                origin=origin,
            )
            pairs.append((entry, None, None))
    return pairs, findings


def _instead(one: _Told) -> str:
    if one.segment and one.hours > 0:
        return f"logged as {60 * one.hours:.0f} minutes spread over the segment"
    return "left out"


def _read(place: Path, case: Case) -> Mapping[str, object]:
    try:
        found = json.loads(read_text(place))
    except (json.JSONDecodeError, RecursionError):
        raise ReadError("this is not JSON", where=place, next_step="is it the trail page's file?") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ReadError("this is nothing that a trail page handed back", where=place, rule=f"its format is {FORMAT!r}")
    if found.get("version") != VERSION:
        raise ReadError(
            f"version {describe(found.get('version'))} of a trail's log",
            where=place,
            allowed=str(VERSION),
            next_step="update Karmalink, or make the trail page anew",
        )
    if found.get("key") != ground_key(case):
        raise InputError(
            "this trail is of another case, or of ground that was cut otherwise",
            where=place,
            rule="its segments are called as the page called them: here the same names are other ground",
            next_step="hand it in to the case that the page was made of",
        )
    return found


def _searches(content: Mapping[str, object], place: Path, case: Case) -> list[_Told]:
    rows = content.get("searches")
    if not isinstance(rows, list):
        raise ReadError("the trail has no list of searches", where=place)
    faults: list[Fault] = []
    told = [one for number, row in enumerate(rows, start=1) if (one := _told(row, number, case, faults)) is not None]
    if faults:
        raise ImportFaults(faults, where=place, next_step="nothing was logged; 'line' is the number of the search")
    return told


def _told(row: object, number: int, case: Case, faults: list[Fault]) -> _Told | None:
    if not isinstance(row, Mapping):
        faults.append(Fault(number, "search", describe(row), "is not an object"))
        return None
    before = len(faults)

    def wrong(field: str, rule: str, allowed: str = "") -> None:
        faults.append(Fault(number, field, describe(row.get(field)), rule, allowed))

    name, segment, asset = (row.get(field, "") for field in ("id", "segment", "asset"))
    if not is_identifier(name):
        wrong("id", "is not an identifier of a trail page")
    if segment and segment not in case.ground.names:
        wrong("segment", "is not a segment of the case", f"{case.ground.names[0]} … {case.ground.names[-1]}")
    if asset not in case.assets:
        near = suggest(str(asset), case.assets)
        wrong("asset", f"is not an asset of the case{'; ' + near if near else ''}", ", ".join(case.assets))
    searchers, minutes = row.get("searchers", 1), row.get("minutes", 0)
    if not isinstance(searchers, int) or isinstance(searchers, bool) or not 1 <= searchers <= 1000:
        wrong("searchers", "is not a number of people", "1 to 1000")
    if not is_number(minutes) or not 0 <= minutes <= _LONGEST_MINUTES:
        wrong("minutes", "is not a time", f"0 to {_LONGEST_MINUTES:.0f}")
    date = day_of(row.get("date"))
    if row.get("date") and date is None:
        wrong("date", "is not a day", "YYYY-MM-DD")
    track = _track(row.get("fixes"))
    if row.get("fixes") and track is None:
        wrong("fixes", "are no fixes", "[[piece, longitude, latitude, seconds, accuracy in m], …]")
    if track is None and not segment:
        wrong("segment", "is missing, and there is no track: a search is somewhere")
    if len(faults) > before:
        return None
    return _Told(
        id=str(name),
        segment=str(segment),
        asset=str(asset),
        searchers=int(searchers),
        hours=float(minutes) / 60.0,
        date=date,
        taken_back=row.get("taken_back") is True,
        track=track,
    )


def _track(fixes: object) -> Track | None:
    if not isinstance(fixes, list) or not fixes:
        return None
    try:
        table = np.array([[np.nan if cell is None else float(cell) for cell in row] for row in fixes], dtype=np.float64)
        piece, lon, lat, seconds, accuracy = table.T
    except (TypeError, ValueError):
        return None
    on_globe = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
    lon, lat = np.where(on_globe, lon, np.nan), np.where(on_globe, lat, np.nan)
    return Track.of(lon, lat, seconds, np.nan_to_num(piece).astype(np.int64), accuracy > _WORST_M)
