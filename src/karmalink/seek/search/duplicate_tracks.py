"""Two devices in one pocket: tracks that are one walk must not count twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from karmalink.seek.ground.gps_tracks import Track, TrackFinding

if TYPE_CHECKING:
    from karmalink.seek.ground.area import Area

__all__ = ["TOGETHER_M", "apart", "one_walk_each"]

TOGETHER_M = 5.0  # two receivers in one pocket differ by this at most; people who search abreast walk farther apart
_SHARED = 0.5  # of the shorter track's time


def apart(one: Track, other: Track, area: Area) -> float | None:
    """Return the median distance in metres of two tracks at the same times; None where they share hardly any time."""
    first, second = _timed(one, area), _timed(other, area)
    if first is None or second is None:
        return None
    shared = min(first[0][-1], second[0][-1]) - max(first[0][0], second[0][0])
    shorter = min(first[0][-1] - first[0][0], second[0][-1] - second[0][0])
    if not shared > _SHARED * shorter:
        return None
    times = np.linspace(max(first[0][0], second[0][0]), min(first[0][-1], second[0][-1]), 200)
    x, y = (np.interp(times, first[0], first[k]) - np.interp(times, second[0], second[k]) for k in (1, 2))
    return float(np.median(np.hypot(x, y)))


def one_walk_each(
    tracks: Sequence[Track], known: Mapping[str, Track], area: Area
) -> tuple[list[Track], list[TrackFinding]]:
    """Return the tracks that are a walk of their own, and what was found about the others.

    Parameters
    ----------
    tracks : sequence of Track
        Newly handed in.
    known : mapping of str to Track
        Tracks that already count, by what to call them.
    area : Area
        Whose metres are used.
    """
    kept: list[Track] = []
    findings: list[TrackFinding] = []
    for number, track in enumerate(tracks, start=1):
        names = {**known, **{f"track {tracks.index(other) + 1} of the file": other for other in kept}}
        near = {name: apart(track, other, area) for name, other in names.items()}
        same = next((name for name, metres in near.items() if metres is not None and metres < TOGETHER_M), None)
        if same is None:
            kept.append(track)
            continue
        says = f"track {number} stays within {near[same]:.0f} m of {same} at the same times: one walk with two devices"
        findings.append(TrackFinding("same_walk", f"{says}, counted once (--both counts both)."))
    return kept, findings


def _timed(track: Track, area: Area) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    x, y = area.xy_of_many(track.lon, track.lat)
    good = np.isfinite(track.seconds) & np.isfinite(x) & np.isfinite(y) & ~track.lost
    if np.count_nonzero(good) < 2:
        return None
    seconds, order = np.unique(track.seconds[good], return_index=True)
    return (seconds, x[good][order], y[good][order]) if seconds.size > 1 else None
