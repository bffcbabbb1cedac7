"""How far the past stands above the future in a window of lags, ranked among all shifts, for many pairs at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from karmalink.link.execution.blocks import pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Singles = NDArray[np.float32]
    Ints = NDArray[np.int64]

__all__ = ["window_ranks"]

# Pairs whose statistics are held at once, from the size of a processor's caches, measured: 64 pairs at a time take 6 µs
# a pair and window, 1,024 at a time take 17.
_PAIRS_AT_ONCE = 64
# Shifts at which less than this share of the own number of pairs of days is compared say nothing about the own one.
_ENOUGH = 0.5
# 20 · (2 N + 1) shifts for p <= .05.
_INDEPENDENT = 20


def window_ranks(total: Singles, count: Singles, windows: Sequence[tuple[int, int]]) -> tuple[Singles, Singles, Ints]:
    """Return how far the past stands above the future in every window, ranked among the shifts.

    With C the mean score of the pairs of days in a window (masked: where there is a night and an entry), the statistic
    at shift s is ``(C(past) - C(future)) / sqrt(1 / n(past) + 1 / n(future))``. Only shifts at which half as many pairs
    of days are compared as at the own one take part.

    Parameters
    ----------
    total, count : (T, P) float32
        Of :func:`offset_sums`.
    windows : sequence of (int, int)
        W windows of lags.

    Returns
    -------
    z, p : (P, W) float32
        Statistic in root mean squares of its shifts; share of the shifts as high, the own one included, and never
        below ``(2 N + 1) / shifts``. NaN where a pair cannot be compared or p <= .05 is out of reach.
    shifts : (P,) ints
        Shifts that took part, 0 where the pair cannot be compared.
    """
    longest = max(stop for _, stop in windows)
    n = total.shape[1]
    z, p = np.full((n, len(windows)), np.nan, np.float32), np.full((n, len(windows)), np.nan, np.float32)
    shifts = np.full(n, total.shape[0], np.int64)
    for lo, hi in pieces(n, _PAIRS_AT_ONCE):
        sums = np.ascontiguousarray(total[:, lo:hi])
        counts = np.ascontiguousarray(count[:, lo:hi])
        for at, (first, stop) in enumerate(windows):
            z[lo:hi, at], p[lo:hi, at], there = _ranked(sums, counts, first, stop, longest)
            shifts[lo:hi] = np.minimum(shifts[lo:hi], there)
    lost = shifts < _INDEPENDENT * (2 * longest + 1)
    z[lost], p[lost], shifts[lost] = np.nan, np.nan, 0
    return z, p, shifts


def _ranked(sums: Singles, counts: Singles, first: int, stop: int, longest: int) -> tuple[Singles, Singles, Ints]:
    """One window of some pairs."""
    sum_past, sum_future = _sides(sums, first, stop)
    n_past, n_future = _sides(counts, first, stop)
    pairs = n_past * n_future
    both = n_past + n_future
    # harmonic: 1 / (1 / a + 1 / b); 0 where a side is empty
    weight = pairs / np.maximum(both, 1.0)
    enough = weight >= np.maximum(_ENOUGH * weight[0], 0.25)
    statistic = sum_past / np.maximum(n_past, 1.0)
    statistic -= sum_future / np.maximum(n_future, 1.0)
    statistic *= np.sqrt(weight)
    statistic *= enough
    there = enough.sum(axis=0)
    own = statistic[0]
    spread = np.sqrt(np.einsum("tp,tp->p", statistic, statistic) / np.maximum(there, 1))
    # float32 sums of one shift twice can differ in the last digits: the own shift always counts.
    as_high = ((statistic >= own - 1e-6 * spread) & enough).sum(axis=0)
    z = np.divide(own, spread, out=np.zeros_like(own), where=spread > 0)
    p = np.maximum(as_high / np.maximum(there, 1), np.minimum(1.0, (2 * longest + 1) / np.maximum(there, 1)))
    return z, p.astype(np.float32), np.where(enough[0] & (spread > 0), there, 0).astype(np.int64)


def _sides(table: Singles, first: int, stop: int) -> tuple[Singles, Singles]:
    """Return sums over a window of past days and over its mirror, at every shift of the nights."""
    period = table.shape[0]
    long = np.concatenate([table, table[: 2 * stop]])
    box = long[: period + stop].copy()
    for offset in range(1, stop - first + 1):
        box += long[offset : offset + period + stop]
    # shift s: past days are at offsets s + 1 - stop … s + 1 - first, mirrors at s + first … s + stop
    start = (1 - stop) % period
    past = np.concatenate([box[start:period], box[:start]]) if start else box[:period]
    return past, box[first : first + period]
