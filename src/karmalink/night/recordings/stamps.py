"""Time stamps of regular samples: the rate they tell, and the samples that were lost between them.

A device samples evenly; stamps are taken when samples arrive, so they jitter, drift against the nominal rate, and leap
where samples were lost. The rate is never fitted through a loss: 600 losses of .2 s in an hour would turn 100 Hz into
96.9 Hz and put samples half a minute wrong. Sample i was taken at

    t[i] = a + (i + L[i]) / r + jitter

with L[i] the number of samples lost before it: a whole number that never falls, so that a delay, which ends again, is
not taken for a loss.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.base.wording import counted
from karmalink.night.recordings.recording import Segment

__all__ = ["StampedLine", "lay_stamps", "rate_of"]

# A step of the residuals is a loss from this many samples on (one lost sample is a step of 1), and where it is at least
# this many standard deviations of the steps that jitter makes: of a million steps not one by chance.
_STEP, _SURE, _CONFIRMED = 0.6, 6.0, 4.0
# Stamps that waver by less than this share of a sample show each loss by itself.
_EXACT = 0.08
_SAME_STEP = 1e-3
_LONGEST_WINDOW_S = 30.0
_RATE_WINDOW_S, _RATE_WINDOW = 1.0, 32
# Behind a pause as long as this, where a sample lies is told by the stamps alone, not by counting from before it.
_PAUSE_S = 60.0
_DRIFT_SAMPLES = 0.5
# Arrivals on each side by which a step is confirmed: the last, or as many as there are.
_CONFIRMING = (1, 2, 4, 8, 16, 32, 64, 128)
_ROUNDS, _MANY = 4, 8


@dataclass(frozen=True, slots=True)
class StampedLine:
    """Samples on the time line that their stamps tell.

    Attributes
    ----------
    rate : float
        Samples per second, as the stamps tell it; the nominal one where they cannot tell them apart.
    pieces : tuple of Segment
        Runs of samples without a loss, at their places on the time line.
    least : int
        The smallest loss, in samples, that the jitter of the stamps lets be seen.
    """

    rate: float
    pieces: tuple[Segment, ...]
    least: int = 1

    @property
    def losses(self) -> tuple[int, ...]:
        """Samples lost between neighbouring pieces."""
        return tuple(
            after.place - before.place - before.count
            for before, after in itertools.pairwise(self.pieces)
            if after.place > before.place + before.count
        )

    def notes(self, name: str = "") -> list[str]:
        """Return what is to be said of the losses of a stream."""
        of = f" of {name}" if name else ""
        found = []
        if self.losses:
            seconds, longest = sum(self.losses) / self.rate, max(self.losses) / self.rate
            found.append(
                f"the time stamps{of} show {counted(len(self.losses), 'loss', 'losses')}, "
                f"{counted(sum(self.losses), 'sample')} ({seconds:.3g} s) in all, the longest {longest:.3g} s; "
                "they are gaps in their places"
            )
        if self.least > 1:
            found.append(f"the time stamps{of} jitter: losses of fewer than {self.least} samples cannot be seen")
        return found


def lay_stamps(stamps: Floats, nominal: float, *, begin: float | None = None, keep_nominal: bool = True) -> StampedLine:
    """Return where regular samples lie on a time line.

    Parameters
    ----------
    stamps : ndarray, shape (n,)
        Seconds, finite, one per sample in the order of the samples.
    nominal : float
        Samples per second as stated.
    begin : float, optional
        The time line's first second; by default the first stamp.
    keep_nominal : bool
        Whether a rate that differs by less than half a sample over all of them is the nominal one.
    """
    begin = float(stamps[0]) if begin is None else begin
    seconds = stamps - begin
    starts = _arrivals(seconds)
    rate = _local_rate(seconds, starts, nominal)
    jumps, least = _jumps(seconds[starts] * rate - starts, starts, rate)
    # First from within the pieces alone; then the losses are counted anew at that rate, which over a long pause makes
    # a difference, and the pieces that are counted from each other say the rate more exactly.
    for by_piece in (True, False):
        rate = _fitted_rate(seconds, _lost(starts, jumps, seconds.size), rate, nominal, by_piece=by_piece)
        # Half a sample over all of it is what the stamps' own jitter leaves.
        if keep_nominal and abs(nominal - rate) * np.ptp(seconds) < _DRIFT_SAMPLES:
            rate = nominal
        jumps = _confirmed(seconds[starts] * rate - starts, jumps)
    return StampedLine(rate, tuple(_pieces(seconds, _lost(starts, jumps, seconds.size), rate)), least)


def _local_rate(seconds: Floats, starts: Ints, nominal: float) -> float:
    """Return the rate between losses, near enough to see them.

    Where the stamps step evenly, it is that of the steps, unless they were counted back from arrivals that jitter.
    Elsewhere it is that of windows: losses only make their slopes larger, so that of short windows, which lie between
    losses, counts where it is surely smaller than that of windows of a second.
    """
    if 2 * starts.size <= seconds.size:
        inside = np.ones(seconds.size - 1, dtype=bool)
        inside[starts[1:] - 1] = False
        rate = 1 / float(np.diff(seconds)[inside].mean())
        if (np.diff(seconds[starts] * rate - starts) > -_EXACT).all():
            return rate
    long = min(max(_RATE_WINDOW, round(_RATE_WINDOW_S * nominal)), seconds.size // 3)
    if long < 8:
        return nominal
    slope, _ = _common_slope(seconds, long)
    if starts.size == seconds.size and long > _RATE_WINDOW:
        short, doubt = _common_slope(seconds, _RATE_WINDOW)
        slope = short if short < slope - 3 * doubt else slope
    return 1 / slope if slope > 0 and 0.5 < slope * nominal < 2 else nominal


def _common_slope(seconds: Floats, size: int) -> tuple[float, float]:
    """Return the slope that most windows of a size have, the middle of the shortest third, and its standard error."""
    rows = seconds[: seconds.size // size * size].reshape(-1, size)  # (windows, size)
    index = np.arange(size) - (size - 1) / 2
    slopes = np.sort(rows @ index / (index**2).sum())  # (windows,): least squares
    share = max(2, slopes.size // 3)
    widths = slopes[share - 1 :] - slopes[: slopes.size - share + 1]
    first = int(np.argmin(widths))
    return float(slopes[first : first + share].mean()), float(widths[first]) / slopes.size ** (1 / 3)


def _arrivals(seconds: Floats) -> Ints:
    """Return the first sample of each arrival, shape (k,).

    Recorders stamp a whole chunk when it arrives and count back from there: within it the steps are all the same, and
    jitter shows between chunks only. Where steps are not the same, each sample is an arrival of its own.
    """
    steps = np.diff(seconds)
    same = np.abs(steps - np.median(steps)) < _SAME_STEP * np.median(steps)
    if same.mean() < 0.5:
        return np.arange(seconds.size)
    return np.concatenate(([0], np.flatnonzero(~same) + 1))


def _jumps(level: Floats, starts: Ints, rate: float) -> tuple[Ints, int]:
    """Return the samples lost between neighbouring arrivals, shape (k − 1,), and the smallest loss that can be seen.

    `level` is L[i] + jitter + constant at each arrival, in samples, shape (k,).
    """
    steps = np.diff(level)
    off = steps - np.rint(steps)
    if not off.size or float(np.sqrt(np.mean(off**2))) < _EXACT:
        jumps, least = np.rint(steps).astype(np.int64), 1
    else:
        jumps, least = _steps_in_jitter(level, starts, rate)
    total = np.concatenate(([0], np.cumsum(jumps)))
    # A delay ends again, a loss does not: L[i] = min over j ≥ i of the steps summed up to j.
    return np.diff(np.minimum.accumulate(total[::-1])[::-1]), least


def _lost(starts: Ints, jumps: Ints, count: int) -> Ints:
    """Return how many samples were lost before each one, shape (count,)."""
    per_sample = np.zeros(count, dtype=np.int64)
    per_sample[starts[1:]] = jumps
    return np.cumsum(per_sample)


def _steps_in_jitter(level: Floats, starts: Ints, rate: float) -> tuple[Ints, int]:
    """Return the steps of a level that jitters, shape (k − 1,), and the smallest that can be seen.

    Medians of `window` arrivals before and behind each place are compared, over ever longer windows until a single lost
    sample would stand out from what jitter does to such medians.
    """
    jumps = np.zeros(level.size - 1, dtype=np.int64)
    arrivals_a_second = level.size / max(starts[-1] / rate, 1e-9)
    longest = max(4, min(level.size // 4, round(_LONGEST_WINDOW_S * arrivals_a_second)))
    window, limit = 1, np.inf
    while True:
        for _ in range(_ROUNDS):  # a step hides smaller ones within a window of it
            rest = level - np.concatenate(([0], np.cumsum(jumps)))
            places, steps = _compared(rest, window)
            limit = max(_STEP, _SURE * _spread(steps)) if steps.size else np.inf
            peaks = _peaks(places, steps, limit, window)
            for place, step in peaks:
                jumps[_edge(rest, place, step, window) - 1] += round(step)
            if not peaks:
                break
        if limit <= _STEP or 2 * window > longest:
            return jumps, int(np.ceil(limit)) if np.isfinite(limit) else 1
        window *= 2


def _compared(level: Floats, window: int) -> tuple[Ints, Floats]:
    """Return places, shape (p,), and at each the median of a window behind it less that of one before it, shape (p,).

    A window's median is taken of the medians of its quarters, so that the time does not grow with the window.
    """
    size = max(1, window // 4)
    quarters = level if size == 1 else np.median(level[: level.size // size * size].reshape(-1, size), axis=1)
    count = window // size
    if quarters.size < 2 * count:
        return np.empty(0, dtype=np.int64), np.empty(0)
    # Median of four: their sum less the largest and the smallest, halved.
    rows = [quarters[first : quarters.size - count + 1 + first] for first in range(count)]
    total = sum(rows[1:], rows[0])
    inner = (total - np.maximum.reduce(rows) - np.minimum.reduce(rows)) / 2 if count == 4 else total / count
    return np.arange(inner.size - count) * size + window, inner[count:] - inner[:-count]


def _peaks(places: Ints, steps: Floats, limit: float, window: int) -> list[tuple[int, float]]:
    """Return place and size of the steps above the limit, the largest first, none within a window of a larger one."""
    over = np.flatnonzero(np.abs(steps) > limit)
    chosen: list[tuple[int, float]] = []
    taken: set[int] = set()
    for at in over[np.argsort(-np.abs(steps[over]), kind="stable")].tolist():
        cell = int(places[at]) // window
        if not taken & {cell - 1, cell, cell + 1}:
            taken.add(cell)
            chosen.append((int(places[at]), float(steps[at])))
    return chosen


def _edge(level: Floats, place: int, step: float, window: int) -> int:
    """Return the first arrival behind a step: where two levels fit best, Σ |before − a| + Σ |behind − a − step|."""
    first, stop = max(0, place - window), min(level.size, place + window)
    part = level[first:stop]
    base = float(np.median(part[: max(1, window // 2)]))
    gain = np.abs(part - base - step) - np.abs(part - base)  # above 0 where a value belongs before the step
    cost = np.concatenate(([0.0], np.cumsum(-gain)))
    return min(max(first + int(np.argmin(cost)), 1), level.size - 1)


def _confirmed(level: Floats, jumps: Ints) -> Ints:
    """Return the steps with the sizes that the medians on both sides show; what jitter can make of them is dropped.

    Of neighbouring steps the least sure is dropped first: jitter at a loss may split it into two.
    """
    if not jumps.any():
        return jumps
    rest = level - np.concatenate(([0], np.cumsum(jumps)))
    spreads = {window: _spread(_compared(rest, window)[1]) for window in _CONFIRMING}
    edges = np.flatnonzero(jumps) + 1
    while edges.size:
        sizes, sure = _shown(level, edges, spreads)
        least = np.minimum(np.append(np.inf, sure[:-1]), np.append(sure[1:], np.inf))
        doubtful = (sure < 1) & (sure <= least)
        if not doubtful.any():
            break
        edges = edges[~doubtful]
    confirmed = np.zeros_like(jumps)
    if edges.size:
        confirmed[edges - 1] = sizes
    return confirmed


def _shown(level: Floats, edges: Ints, spreads: Mapping[int, float]) -> tuple[Ints, Floats]:
    """Return the size of the step at each edge, and it over the least that stands out from jitter, shapes (e,)."""
    sizes, sure = np.zeros(edges.size, dtype=np.int64), np.zeros(edges.size)
    bounds = [0, *edges.tolist(), level.size]
    for place, (before, edge, after) in enumerate(zip(bounds, bounds[1:], bounds[2:], strict=False)):
        left = level[max(before, edge - _CONFIRMING[-1]) : edge]
        right = level[edge : min(after, edge + _CONFIRMING[-1])]
        size = round(float(np.median(right) - np.median(left)))
        window = max(window for window in _CONFIRMING if window <= min(left.size, right.size))
        # A few arrivals at an end of the recording may all be late.
        few = window < _MANY and (before == 0 or after == level.size)
        limit = (3 * _CONFIRMED if few else _CONFIRMED) * spreads[window]
        sizes[place], sure[place] = size, size / max(limit, _STEP)
    return sizes, sure


def _spread(values: Floats) -> float:
    """Return the standard deviation that the median absolute deviation tells, 0 without values."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values)))) if values.size else 0.0


def _fitted_rate(seconds: Floats, lost: Ints, rate: float, nominal: float, *, by_piece: bool) -> float:
    """Return the rate of a line through the stamps, whose offset is free for each piece, or behind each long pause.

    Slope = Σ_g Σ_i (n − n̄_g)(t − t̄_g) / Σ_g Σ_i (n − n̄_g)², with n = i + L[i].
    """
    number = np.arange(float(seconds.size)) + lost
    gone = np.diff(lost)
    breaks = gone > 0 if by_piece else gone > _PAUSE_S * rate
    group = np.concatenate(([0], np.cumsum(breaks)))
    slope = _pooled_slope(number, seconds, group)
    # Once more without what came late.
    off = seconds - number * slope
    off -= _by_group(off, group)
    near = np.abs(off - np.median(off)) <= max(_SURE / 2 * _spread(off), 1e-9)
    slope = _pooled_slope(number[near], seconds[near], group[near])
    if seconds.size < 10 or not slope > 0 or not 0.5 < slope * nominal < 2:
        return nominal
    return 1 / slope


def _by_group(values: Floats, group: Ints) -> Floats:
    """Return the mean of its group for each value, shape (n,)."""
    return np.asarray((np.bincount(group, values) / np.maximum(np.bincount(group), 1))[group])


def _pooled_slope(number: Floats, seconds: Floats, group: Ints) -> float:
    n = number - _by_group(number, group)
    spread = float(n @ n)
    return float(n @ (seconds - _by_group(seconds, group))) / spread if spread > 0 else 0.0


def _pieces(seconds: Floats, lost: Ints, rate: float) -> list[Segment]:
    """Return the runs without a loss; a run behind a long pause lies where its own stamps put it."""
    gone = np.diff(lost)
    edges = [0, *(np.flatnonzero(gone > 0) + 1).tolist(), seconds.size]
    long = gone > _PAUSE_S * rate
    chains = [0, *(np.flatnonzero(long) + 1).tolist(), seconds.size]
    number = np.arange(seconds.size) + lost
    offsets = {
        # The median over all of it: a single late stamp does not move it.
        first: round(float(np.median(seconds[first:stop] * rate - number[first:stop])))
        for first, stop in itertools.pairwise(chains)
    }
    pieces: list[Segment] = []
    offset = 0
    for first, stop in itertools.pairwise(edges):
        offset = offsets.get(first, offset)
        end = pieces[-1].place + pieces[-1].count if pieces else 0
        # The first stamp came late, too: the time line begins with the first sample all the same.
        late = -offset if not pieces and offset < 0 else 0
        offsets = {start: placed + late for start, placed in offsets.items()}
        offset += late
        pieces.append(Segment(max(int(number[first]) + offset, end), first, stop - first))
    return pieces


def rate_of(seconds: Floats) -> float:
    """Return the rate of evenly spaced samples, of which some may be missing, where no rate is stated."""
    rough = 1 / float(np.median(np.diff(seconds)))
    return lay_stamps(seconds, _local_rate(seconds, _arrivals(seconds), rough), keep_nominal=False).rate
