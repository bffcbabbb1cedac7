"""From fixes to ground walked: which pieces of a track count as searching, which do not, and why.

A receiver that lies still wanders by metres and would walk kilometres in an afternoon; a lost fix is a spike of a
kilometre; a clock is corrected in the middle of a search; between two recordings the way is not known. What the fixes
do not show is left out and reported: a search that is counted twice makes people give up ground that was not searched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted
from karmalink.seek.ground.gps_tracks import Track, TrackFinding

if TYPE_CHECKING:
    from karmalink.seek.ground.area import Area
    from karmalink.seek.search.assets import Asset

__all__ = ["GAP_M", "GAP_S", "STEP_M", "Walk", "walked"]

STEP_M = 8.0  # a fix nearer than this to the last one counts as the same spot: receivers wander by that much
GAP_S, GAP_M = 120.0, 100.0  # a stretch longer than both is not known to be straight
TRAVEL = 4.0  # times the searching speed: faster is travel, not searching
LOST_KMH = 15.0  # a fix that is left and reached faster than this, and faster than travel, is a spike
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Walk:
    """The straight stretches of a track that count as searching, in metres of an area's projection.

    Attributes
    ----------
    start, end : ndarray, shape (n, 2), m
        Ends of each stretch.
    length : ndarray, shape (n,), m
        How long each is.
    counted : ndarray, shape (n,), m
        How much of it counts: no more than v·t with the asset's searching speed v, so that walking twice as fast counts
        as half the search (C = W·v·t/A).
    seconds : float
        Time spent on them, as far as it is known.
    first, last : float
        Seconds since 1970 of the first and last fix with a plausible time; NaN where there is none.
    findings : tuple of TrackFinding
        What was left out, and why.
    """

    start: Floats
    end: Floats
    length: Floats
    counted: Floats
    seconds: float
    first: float
    last: float
    findings: tuple[TrackFinding, ...]

    @property
    def km(self) -> float:
        """Length of the stretches, km."""
        return float(self.length.sum()) / 1000.0

    def __repr__(self) -> str:
        """One-line summary."""
        return f"Walk({self.km:.3g} km searched, {counted(len(self.findings), 'finding')})"


def walked(track: Track, area: Area, asset: Asset) -> Walk:
    """Return what of a track counts as searching with an asset.

    Parameters
    ----------
    track : Track
        The fixes.
    area : Area
        Whose projection is used; stretches outside it are kept here.
    asset : Asset
        Its searching speed tells travel from searching.
    """
    x, y = area.xy_of_many(track.lon, track.lat)
    findings: list[TrackFinding] = []
    good = np.isfinite(x) & np.isfinite(y) & ~track.lost
    lost = "without a usable position (lost by the receiver)"
    _report_fixes(findings, "lost_fix", int((~good).sum()), lost, "left out")
    x, y, seconds, piece = x[good], y[good], track.seconds[good], track.piece[good]
    limit = max(LOST_KMH, TRAVEL * asset.speed_kmh) / 3.6
    keep = ~_spikes(x, y, seconds, piece, limit)
    jump = f"jumping away and back faster than {3.6 * limit:.0f} km/h"
    _report_fixes(findings, "spike", int((~keep).sum()), jump, "left out")
    x, y, seconds, piece = x[keep], y[keep], seconds[keep], piece[keep]
    timed = np.isfinite(seconds)
    if not timed.any():
        findings.append(
            TrackFinding("no_time", "No fix has a time: counted by its length, as if walked at the searching speed.")
        )
    else:
        _report_fixes(findings, "no_time", int((~timed).sum()), "without a time", "counted by length")
    kept = _thinned(x, y, seconds, piece)
    return _stretches(x[kept], y[kept], seconds[kept], piece[kept], asset, findings)


def _stretches(
    x: Floats, y: Floats, seconds: Floats, piece: NDArray[np.int64], asset: Asset, findings: list[TrackFinding]
) -> Walk:
    start, end = np.column_stack([x[:-1], y[:-1]]), np.column_stack([x[1:], y[1:]])
    length = np.hypot(*(end - start).T) if x.size > 1 else np.zeros(0)
    took = np.diff(seconds)
    same = np.diff(piece) == 0
    took = _without_jumps(took, length, same, findings)
    known = np.isfinite(took) & (took > 0)
    with np.errstate(invalid="ignore"):
        gap = same & (length > GAP_M) & ~(took <= GAP_S)
    speed = asset.speed_kmh / 3.6
    travel = np.zeros(length.size, dtype=bool)
    travel[known] = length[known] > TRAVEL * speed * took[known]
    travel &= same & ~gap
    if (cut := int((~same).sum())) > 0:
        pauses = counted(cut, "pause")
        findings.append(TrackFinding("pause", f"{pauses} in the recording: what lies between is left out."))
    blind = f"of over {GAP_M:.0f} m without a fix"
    _report_stretches(findings, "gap", length[gap], blind, "the way is not known, left out")
    fast = f"faster than {TRAVEL * asset.speed_kmh:.3g} km/h"
    _report_stretches(findings, "travel", length[travel], fast, "travel, left out")
    counts = same & ~gap & ~travel & (length > 0)
    slow = known & (took <= GAP_S)
    # (n,): min(length, v·t), what counts of each stretch
    metres = length * _share_counted(length, took, counts & slow, speed)
    _report_hurry(findings, length[counts], metres[counts])
    times = seconds[np.isfinite(seconds) & (seconds > 0)]
    return Walk(
        start=start[counts],
        end=end[counts],
        length=length[counts],
        counted=metres[counts],
        seconds=float(took[counts & slow].sum()),
        first=float(times.min()) if times.size else float("nan"),
        last=float(times.max()) if times.size else float("nan"),
        findings=tuple(findings),
    )


def _share_counted(length: Floats, took: Floats, timed: NDArray[np.bool_], speed: float) -> Floats:
    """Return how much of each stretch counts, 1 or v·t over its length, in blocks of about two minutes.

    Stretch by stretch, every error of the receiver above the searching speed would be subtracted, and none below added.
    """
    share = np.ones(length.size)
    if timed.any():
        block = (np.cumsum(took[timed]) // GAP_S).astype(np.int64)
        metres, seconds = np.bincount(block, length[timed]), np.bincount(block, took[timed])
        share[timed] = np.minimum(1.0, speed * seconds / np.maximum(metres, 1e-9))[block]
    return share


def _without_jumps(took: Floats, length: Floats, same: NDArray[np.bool_], findings: list[TrackFinding]) -> Floats:
    """Return the seconds of each stretch, NaN where the clock was changed on it."""
    with np.errstate(invalid="ignore"):
        back = same & (took < 0)
        far = same & (took > _DAY_S) & (length <= GAP_M)
    for stretches, what in ((back, "the clock goes back"), (far, "the clock jumps by over a day on the spot")):
        if count := int(stretches.sum()):
            where = counted(count, "stretch", "stretches")
            findings.append(TrackFinding("clock", f"On {where} {what}: counted by length."))
    return np.where(back | far, np.nan, took)


def _spikes(x: Floats, y: Floats, seconds: Floats, piece: NDArray[np.int64], limit: float) -> NDArray[np.bool_]:
    """Return fixes that are reached and left too fast while their neighbours are near each other."""
    spikes = np.zeros(x.size, dtype=bool)
    if x.size < 3:
        return spikes
    step = np.hypot(np.diff(x), np.diff(y))
    took = np.diff(seconds)
    with np.errstate(invalid="ignore"):
        fast = (step > GAP_M / 2) & ~(step <= limit * took)
    across = np.hypot(x[2:] - x[:-2], y[2:] - y[:-2])
    one_piece = (piece[2:] == piece[1:-1]) & (piece[1:-1] == piece[:-2])
    spikes[1:-1] = one_piece & fast[:-1] & fast[1:] & (across < 0.5 * np.minimum(step[:-1], step[1:]))
    return spikes


def _thinned(x: Floats, y: Floats, seconds: Floats, piece: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the fixes that are a step away from the last one kept, and those beside a break of any kind."""
    if not x.size:
        return np.zeros(0, dtype=np.int64)
    took = np.diff(seconds)
    with np.errstate(invalid="ignore"):
        broken = (np.diff(piece) != 0) | (took < 0) | (took > GAP_S)
    before, after = np.append(broken, True), np.insert(broken, 0, True)
    kept, at = [0], 0
    xs, ys, must = x.tolist(), y.tolist(), (before | after).tolist()
    for number in range(1, len(xs)):
        if must[number] or (xs[number] - xs[at]) ** 2 + (ys[number] - ys[at]) ** 2 >= STEP_M**2:
            kept.append(number)
            at = number
    return np.asarray(kept, dtype=np.int64)


def _report_fixes(findings: list[TrackFinding], name: str, count: int, what: str, done: str) -> None:
    if count:
        findings.append(TrackFinding(name, f"{counted(count, 'fix', 'fixes')} {what}: {done}."))


def _report_stretches(findings: list[TrackFinding], name: str, lengths: Floats, what: str, done: str) -> None:
    if lengths.size:
        stretches = counted(lengths.size, "stretch", "stretches")
        findings.append(TrackFinding(name, f"{stretches} {what} ({lengths.sum() / 1000:.2f} km): {done}."))


def _report_hurry(findings: list[TrackFinding], length: Floats, counted_m: Floats) -> None:
    whole, part = float(length.sum()), float(counted_m.sum())
    if part < 0.95 * whole:
        says = f"{whole / 1000:.2f} km faster than the searching speed count as {part / 1000:.2f} km."
        findings.append(TrackFinding("hurried", says))
