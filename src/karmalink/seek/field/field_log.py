"""What comes back from the field, into the log: tracks of devices, and what a phone's trail page hands back."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.errors import InputError, UnknownName, suggest
from karmalink.seek.ground.gps_tracks import Track, TrackFinding
from karmalink.seek.intake.gpx import read_gpx
from karmalink.seek.search.found_things import FoundThing
from karmalink.seek.search.same_walks import one_walk_each
from karmalink.seek.search.searches import Search
from karmalink.seek.search.swath_coverage import Swath, swath

if TYPE_CHECKING:
    from karmalink.seek.case.case import Case
    from karmalink.seek.search.assets import Asset

__all__ = ["FieldLog", "asset_named", "entry_of", "known_tracks", "log_gpx", "record_field", "useful"]

_LEAST_M = 20.0  # of searching on the map: less is a device that was switched on and off
_FIRST_YEAR = 2000


@dataclass(frozen=True, eq=False, repr=False)
class FieldLog:
    """What was logged of something handed in.

    Attributes
    ----------
    case : Case
        With the new log.
    logged : tuple of Search
        New entries.
    already : int
        Searches that were in the log before; handing a file in twice changes nothing.
    swept : dict of str to Swath
        The ground of the new entries that have a track, by identifier.
    findings : tuple of TrackFinding
        What was left out of the file, and why.
    found : tuple of FoundThing
        What the teams found, new in this file or changed.
    """

    case: Case
    logged: tuple[Search, ...]
    already: int = 0
    swept: Mapping[str, Swath] = field(default_factory=dict)
    findings: tuple[TrackFinding, ...] = ()
    found: tuple[FoundThing, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the entries with their ground and findings."""
        return {
            "logged": [
                entry.to_dict() | ({"track_says": self.swept[entry.id].to_dict()} if entry.id in self.swept else {})
                for entry in self.logged
            ],
            "already": self.already,
            "findings": [finding.to_dict() for finding in self.findings],
            "found": [thing.to_dict() for thing in self.found],
        }

    def __repr__(self) -> str:
        """One-line summary: what was logged."""
        return f"FieldLog({len(self.logged)} searches logged, {self.already} were there already)"


def log_gpx(
    case: Case,
    path: str | Path,
    *,
    asset: str = "",
    searchers: int = 1,
    date: dt.date | None = None,
    both: bool = False,
) -> FieldLog:
    """Write the tracks of a GPX file into the log of a case, one search for each.

    Parameters
    ----------
    case : Case
        The case.
    path : str or Path
        The file.
    asset : str
        With what was searched; not needed where the case has only one.
    searchers : int
        How many walked abreast along each track.
    date : date, optional
        Day of the search, where it is not the track's own.
    both : bool
        Tracks that stay together are two searchers, not two devices of one.

    Raises
    ------
    ReadError, InputError
        See :func:`~karmalink.seek.read_gpx`; or nothing in the file is a search of this ground.
    UnknownName
        No such asset.
    """
    tool = asset_named(case, asset)
    tracks, left_out = read_gpx(path)
    own, together = ([*tracks], []) if both else one_walk_each(tracks, known_tracks(case, tracks), case.area)
    findings = [*left_out, *together]
    pairs = []
    for number, track in enumerate(own, start=1):
        if track is None:
            continue
        found = swath(track, case.area, tool, searchers)
        if useful(found):
            pairs.append((entry_of(track, found, tool.name, searchers, date), track, found))
        else:
            why = " ".join(finding.says for finding in found.findings)
            says = f"track {number} is not a search of this ground: left out. {why}"
            findings.append(TrackFinding("nothing", says.strip()))
    if not pairs and not any(finding.name == "same_walk" for finding in findings):
        raise InputError(
            "nothing in the file is a search of this ground",
            where=path,
            rule=" ".join(finding.says for finding in findings if finding.name == "nothing"),
            next_step="is it the right file, and the right case?",
        )
    return record_field(case, pairs, findings)


def record_field(
    case: Case, found: Sequence[tuple[Search, Track | None, Swath | None]], findings: Sequence[TrackFinding] = ()
) -> FieldLog:
    """Write entries into the log in one step, with their tracks; what is there already stays as it is."""
    tracks = {track.name: track for _, track, _ in found if track is not None}
    by_origin = {entry.origin: ground for entry, _, ground in found if ground is not None}
    after, added = case.record_all([entry for entry, _, _ in found], tracks)
    swept = {entry.id: by_origin[entry.origin] for entry in added if entry.origin in by_origin}
    return FieldLog(after, added, len(found) - len(added), swept, tuple(findings))


def entry_of(track: Track, found: Swath, asset: str, searchers: int, date: dt.date | None) -> Search:
    """Return the entry of a track; its day is the one at its own longitude."""
    walk = found.walk
    hours = walk.seconds / 3600.0
    return Search(
        id="",
        asset=asset,
        hours=round(hours * searchers, 4),
        date=date or _day(walk.first, track),
        track=track.name,
        searchers=searchers,
        origin=f"track:{track.name}",
    )


def useful(found: Swath) -> bool:
    """Return whether a walk searched anything on the map."""
    return bool(found.walk.length.sum() >= _LEAST_M and found.effort.sum() > 0.0)


def asset_named(case: Case, name: str) -> Asset:
    """Return an asset of a case; without a name the only one.

    Raises
    ------
    UnknownName
        There is none of this name, or several and no name.
    """
    if not name and len(case.assets) == 1:
        return next(iter(case.assets.values()))
    if name not in case.assets:
        raise UnknownName(
            f"no asset is called {name[:40]!r}" if name else "the case has several assets: with which was searched?",
            allowed=tuple(case.assets),
            next_step=suggest(name, case.assets) or "name it with --asset",
        )
    return case.assets[name]


def known_tracks(case: Case, new: Sequence[Track]) -> dict[str, Track]:
    """Return the tracks that count already, but for those that are handed in again."""
    names, kept = {track.name for track in new}, case.tracks()
    return {e.id: kept[e.track] for e in case.log.counting if e.track and e.track not in names}


def _day(seconds: float, track: Track) -> dt.date | None:
    """Return the day where the track is (the sun's, by its longitude); None where the clock cannot be believed."""
    if not math.isfinite(seconds):
        return None
    here = dt.timedelta(hours=round(float(np.nanmedian(track.lon)) / 15.0))
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC) + here
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    return moment.date() if moment.year >= _FIRST_YEAR and moment < tomorrow else None
