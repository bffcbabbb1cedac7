"""Which part of a track is a walk that counts already: imported again, longer, without times, by another device.

Ground that is counted twice is given up although it was not searched a second time; so what cannot be distinguished
from a walk that is there counts as that walk, and this is reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Bools, Floats, runs
from karmalink.seek.ground.area import Area
from karmalink.seek.ground.gps_tracks import Track, TrackFinding
from karmalink.seek.search.walks import GAP_M, GAP_S

__all__ = ["TOGETHER_M", "apart", "one_walk_each"]

TOGETHER_M = 5.0  # two receivers in one pocket differ by this at most; people who search abreast walk farther apart
_SHARED = 0.5  # of the shorter track's time
_WINDOW = 5  # fixes to either side of one, of which the median counts: receivers wander
_LEAST_FIXES, _LEAST_M = 3, 20.0  # of a stretch that is a walk again, and of one that is not
_GRID = 5e-5  # degrees; a device that rounds its positions more coarsely walks onto its own fixes by chance
_SPOT_M = 0.2  # two programs round one position by this much
_AGAIN = 10  # fixes in a row at the very same spots: no second walk comes by there


def apart(one: Track, other: Track, area: Area) -> float | None:
    """Return the median distance in metres of two tracks at the same times; None if they share less than half of it."""
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


@dataclass(frozen=True, slots=True)
class _Again:
    """Which fixes of a track are a walk that counts already, and how that is worded."""

    fixes: Bools
    how: str


def one_walk_each(
    tracks: Sequence[Track], known: Mapping[str, Track], area: Area
) -> tuple[list[Track | None], list[TrackFinding]]:
    """Return for each track what is a walk of its own, and the findings about the rest.

    Parameters
    ----------
    tracks : sequence of Track
        Newly imported.
    known : mapping of str to Track
        Tracks that count already, by the name to use in a finding.
    area : Area
        Whose metres are used.

    Returns
    -------
    list of (Track or None)
        Beside each track: itself, the part of it that is new, or None where nothing is.
    """
    kept: list[Track | None] = []
    findings: list[TrackFinding] = []
    for number, track in enumerate(tracks, start=1):
        names = {**known, **{f"track {at} of the file": own for at, own in enumerate(kept, start=1) if own is not None}}
        again = np.zeros(len(track), dtype=bool)
        others_by_wording: dict[str, list[str]] = {}
        for name, other in names.items():
            same = _again(track, other, area)
            if same is not None and (same.fixes & ~again).any():
                again |= same.fixes
                others_by_wording.setdefault(same.how, []).append(name)
        own = _rest(track, again, area) if others_by_wording else track
        if others_by_wording:
            findings.append(_finding(number, track, own, others_by_wording))
        kept.append(own)
    return kept, findings


def _finding(number: int, track: Track, own: Track | None, others: Mapping[str, Sequence[str]]) -> TrackFinding:
    says = "; and ".join(how.format(name=" and ".join(names)) for how, names in others.items())
    if own is None:
        return TrackFinding("same_walk", f"track {number} {says}, counted once (--both counts both).")
    new = len(own)
    rest = f"counted once; the other {new:,} of its {len(track):,} fixes count as a search of their own"
    return TrackFinding("same_walk", f"track {number} {says}, {rest} (--both counts all of it).")


def _again(track: Track, other: Track, area: Area) -> _Again | None:
    """Return which fixes of a track are the walk of another; None where hardly any is."""
    tests = [test(track, other, area) for test in (_at_the_same_times, _at_the_same_spots, _along_the_same_way)]
    same = [result for result in tests if result is not None]
    if not same:
        return None
    most = max(same, key=lambda result: int(result.fixes.sum()))
    return _Again(np.logical_or.reduce([result.fixes for result in same]), most.how)


def _at_the_same_times(track: Track, other: Track, area: Area) -> _Again | None:
    """Two devices in one pocket, or one that went on recording."""
    metres, second = apart(track, other, area), _timed(other, area)
    if metres is None or second is None or metres >= TOGETHER_M:
        return None
    times, xs, ys = second
    x, y = area.xy_of_many(track.lon, track.lat)
    known = np.isfinite(x) & np.isfinite(y) & ~track.lost
    # Where the other device had no fix, its walk leaves the way out: there this track is the only record.
    blind = (np.diff(times) > GAP_S) & (np.hypot(np.diff(xs), np.diff(ys)) > GAP_M)
    with np.errstate(invalid="ignore"):
        inside = known & (track.seconds >= times[0]) & (track.seconds <= times[-1])
    inside[inside] = ~blind[np.clip(np.searchsorted(times, track.seconds[inside]) - 1, 0, blind.size - 1)]
    if not inside.any():
        return None
    at = track.seconds[inside]
    away = np.full(len(track), np.inf)
    away[inside] = _medians(np.hypot(np.interp(at, times, xs) - x[inside], np.interp(at, times, ys) - y[inside]))
    # Somebody who carried the two together for most of the time may have put one into another pocket at noon.
    near = _whole(away < 2.0 * TOGETHER_M, x, y, known)
    how = f"stays within {metres:.0f} m of {{name}} at the same times: one walk with two devices"
    return _Again(near, how) if near.any() else None


def _at_the_same_spots(track: Track, other: Track, area: Area) -> _Again | None:
    """The same fixes with other times or none: a file that a program wrote again."""
    from scipy.spatial import cKDTree

    if _is_coarse(track) or _is_coarse(other):
        return None
    x, y = area.xy_of_many(track.lon, track.lat)
    known = np.isfinite(x) & np.isfinite(y) & ~track.lost
    theirs = np.column_stack(area.xy_of_many(other.lon, other.lat))
    theirs = theirs[np.isfinite(theirs).all(axis=1)]
    if not known.any() or not theirs.size:
        return None
    same = np.zeros(len(track), dtype=bool)
    same[known] = np.isfinite(cKDTree(theirs).query(np.column_stack([x, y])[known], distance_upper_bound=_SPOT_M)[0])
    for first, stop in runs(same):
        same[first:stop] &= stop - first >= min(_AGAIN, len(track))
    stretches = _whole(same, x, y, known)
    return _Again(stretches, "has the fixes of {name} again: the same walk") if stretches.any() else None


def _is_coarse(track: Track) -> bool:
    """Return whether a device rounds its positions so that two walks meet at the same spots by chance."""
    points = np.column_stack([track.lon, track.lat])
    points = points[np.isfinite(points).all(axis=1)]
    rounded = np.abs(points - np.round(points / _GRID) * _GRID) < 1e-9
    return not points.size or bool(rounded.all(axis=1).mean() > 0.5)


def _along_the_same_way(track: Track, other: Track, area: Area) -> _Again | None:
    """Without times on one side a second walk looks like the first; a device that saves a track drops the times."""
    if np.isfinite(track.seconds).any() and np.isfinite(other.seconds).any():
        return None
    x, y = area.xy_of_many(track.lon, track.lat)
    good = np.isfinite(x) & np.isfinite(y) & ~track.lost
    start, end, along = _way(other, area)
    if not along.size or not good.any():
        return None
    import shapely

    way = shapely.multilinestrings(np.stack([start, end], axis=1))
    shapely.prepare(way)
    good[good] = shapely.dwithin(way, shapely.points(x[good], y[good]), TOGETHER_M)
    near = np.zeros(len(track), dtype=bool)
    at: float | None = None
    before = -1
    for number in np.flatnonzero(good).tolist():
        step = float(np.hypot(x[number] - x[before], y[number] - y[before])) if before >= 0 else 0.0
        at = _next_along(np.array([x[number], y[number]]), start, end, along, at, step)
        near[number] = at is not None
        before = number
    near = _whole(near, x, y, good)
    how = "lies along {name}, and one of the two has no times: counted as the same walk"
    return _Again(near, how) if near.any() else None


def _way(track: Track, area: Area) -> tuple[Floats, Floats, Floats]:
    """Return the stretches of a track within its recordings, and how far along it each begins."""
    x, y = area.xy_of_many(track.lon, track.lat)
    good = np.isfinite(x) & np.isfinite(y) & ~track.lost
    points, piece = np.column_stack([x[good], y[good]]), track.piece[good]
    same = np.diff(piece) == 0
    start, end = points[:-1][same], points[1:][same]
    length = np.hypot(*(end - start).T) if start.size else np.zeros(0)
    return start, end, np.cumsum(length) - length


def _next_along(
    point: Floats, start: Floats, end: Floats, along: Floats, at: float | None, step: float
) -> float | None:
    """Return how far along a way a point lies, going forward from where the last one lay; None off the way."""
    first, last = 0, along.size
    low, high = -np.inf, np.inf
    if at is not None:
        low, high = at - 2.0 * TOGETHER_M, at + 3.0 * step + 2.0 * TOGETHER_M
        first, last = max(0, int(np.searchsorted(along, low)) - 1), int(np.searchsorted(along, high)) + 1
    span = end[first:last] - start[first:last]
    size = np.maximum((span**2).sum(axis=1), 1e-12)
    share = np.clip(((point - start[first:last]) * span).sum(axis=1) / size, 0.0, 1.0)
    away = np.hypot(*(start[first:last] + share[:, None] * span - point).T)
    place = along[first:last] + share * np.sqrt(size)
    fits = (away < TOGETHER_M) & (place >= low) & (place <= high)
    if fits.any():
        return float(place[fits].min())
    return None if at is None else _next_along(point, start, end, along, None, step)


def _whole(near: NDArray[np.bool_], x: Floats, y: Floats, known: NDArray[np.bool_]) -> Bools:
    """Return stretches without small holes, and no stretch that is too small to be a walk."""
    whole = np.asarray(near & known)
    for mask, least in ((~whole, False), (whole, True)):
        for first, stop in runs(np.asarray(mask)):
            inner = first > 0 and stop < whole.size
            short = _length(x[first:stop], y[first:stop]) < _LEAST_M
            if least:
                # A device that is switched on beside another does not walk anywhere in a few fixes.
                whole[first:stop] &= not (short or stop - first < _LEAST_FIXES)
            elif inner and short:
                whole[first:stop] = True
    return whole


def _length(x: Floats, y: Floats) -> float:
    steps = np.hypot(np.diff(x), np.diff(y))
    return float(steps[np.isfinite(steps)].sum())


def _medians(values: Floats) -> Floats:
    """Return the median of each value and its neighbours."""
    padded = np.pad(values, _WINDOW, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * _WINDOW + 1), axis=1))


def _rest(track: Track, again: Bools, area: Area) -> Track | None:
    """Return what is left of a track, each stretch with the fix where it goes on from what counts already."""
    keep = ~again
    if not keep.any():
        return None
    keep[:-1] |= ~again[1:]
    keep[1:] |= ~again[:-1]
    x, y = area.xy_of_many(track.lon, track.lat)
    piece = np.zeros(len(track), dtype=np.int64)
    walked = 0.0
    for number, (first, stop) in enumerate(runs(keep)):
        piece[first:stop] = 2 * number * (1 + int(track.piece.max())) + track.piece[first:stop]
        walked += _length(x[first:stop], y[first:stop])
    if walked < _LEAST_M:
        return None
    return Track.of(track.lon[keep], track.lat[keep], track.seconds[keep], piece[keep], track.lost[keep])


def _timed(track: Track, area: Area) -> tuple[Floats, Floats, Floats] | None:
    x, y = area.xy_of_many(track.lon, track.lat)
    good = np.isfinite(track.seconds) & np.isfinite(x) & np.isfinite(y) & ~track.lost
    if np.count_nonzero(good) < 2:
        return None
    seconds, order = np.unique(track.seconds[good], return_index=True)
    return (seconds, x[good][order], y[good][order]) if seconds.size > 1 else None
