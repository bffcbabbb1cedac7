"""All dreamers x all lives at once: every circular shift of every pair, in tiles, and nothing of it stored.

A score of a night and a day is an inner product of features, so one product per frequency gives the sums by offset of
all pairs of a tile, and masks (which nights told, which days are written about) as two more channels give how many
pairs of days each sum is made of. Of a pair remain three statistics and their ranks among the shifts; of a tile, top
lists, counts and moments.

Every series is centred on its own days first. The score of a night and a day is then that of :func:`lag_curve`, less
the mean of the night over all days and that of the day over all nights: an entry that is like everything has no pull.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats, Ints, Singles
from karmalink.base.progress import Progress
from karmalink.errors import InputError
from karmalink.link.cohort.cohort_features import DaySeries
from karmalink.link.execution.blocks import SERIAL, Block, Executor, chunks, iter_blocks
from karmalink.link.execution.journal import kept_as

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


__all__ = ["PairStatistics", "every_pair", "offset_sums", "window_ranks"]

# How far the past stands above the future in a window of lags, ranked among all shifts, for many pairs at once.

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
    for lo, hi in chunks(n, _PAIRS_AT_ONCE):
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


# Lives whose product with the dreamers of a block is held at once.
_LIVES_AT_ONCE = 16


@dataclass(frozen=True, slots=True, eq=False)
class PairStatistics:
    """What remains of all pairs, window by window (W of them).

    Attributes
    ----------
    top : (D, W, k) ints
        The lives that fit a dreamer best, best first; -1 where there are fewer.
    top_z, top_p : (D, W, k) floats
        Their statistic in standard deviations of its shifts, and the share of the shifts that are as high.
    own_z, own_p : (D, W) floats
        Of the dreamer's own life; NaN where there is none, or where it cannot be compared.
    above : (D, W) ints
        Other lives with a z at least as high as that of the own.
    compared : (D,) ints
        Lives that could be compared with the dreamer.
    n_shifts : (D,) ints
        Fewest shifts over the compared lives.
    moments : (W, 3) floats
        Number, sum and sum of squares of z over all pairs compared.
    low_p : (W,) ints
        Pairs with p <= .05.
    """

    top: Ints
    top_z: Floats
    top_p: Floats
    own_z: Floats
    own_p: Floats
    above: Ints
    compared: Ints
    n_shifts: Ints
    moments: Floats
    low_p: Ints


def every_pair(
    dreamers: DaySeries,
    lives: DaySeries,
    windows: Sequence[tuple[int, int]],
    *,
    own: ArrayLike | None = None,
    top: int = 5,
    executor: Executor = SERIAL,
    progress: Progress | None = None,
) -> PairStatistics:
    """Return what remains of all pairs of dreamers and lives.

    Parameters
    ----------
    dreamers, lives : DaySeries
        On one calendar, with the same features.
    windows : sequence of (int, int)
        Windows of lags, first and last.
    own : (D,) ints, optional
        Each dreamer's own life, -1 for none.
    top : int
        k.
    executor : Executor
        A block is some dreamers against all lives; its memory is the executor's.
    progress : callable, optional
        Called with (blocks done, blocks).

    Raises
    ------
    InputError
        Features that differ in number, or no day at all.
    """
    from scipy import fft

    if dreamers.rows.shape[1] != lives.rows.shape[1]:
        raise InputError(
            f"dreamers have {dreamers.rows.shape[1]} features, lives have {lives.rows.shape[1]}",
            rule="both have the same features",
        )
    if not dreamers.day.size or not lives.day.size:
        raise InputError(
            "there are no nights or no days", rule="every pair needs nights on one side and days on the other"
        )
    longest = max(stop for _, stop in windows)
    # Half a window on: the past of the first night must not wrap to the future of the last.
    period = int(fft.next_fast_len(max(dreamers.last, lives.last) + 1 + longest, real=True))
    mine = np.full(dreamers.n, -1, np.int64) if own is None else np.asarray(own, np.int64)
    size = _dreamers_at_once(executor.block_bytes, period, dreamers.rows.shape[1])
    shared = {
        "dreamers": dreamers,
        "lives": lives,
        "period": period,
        "windows": [tuple(window) for window in windows],
        "own": mine,
        "top": min(top, lives.n),
    }
    found = iter_blocks(_block, chunks(dreamers.n, size), shared=shared, executor=executor, progress=progress)
    parts = list(found)
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name not in _SUMS}
    return PairStatistics(**whole, **{name: sum(part[name] for part in parts) for name in _SUMS})


_SUMS = ("moments", "low_p")


def _dreamers_at_once(memory: int, period: int, features: int) -> int:
    pairs = _LIVES_AT_ONCE * 32 * period
    spectrum = 12 * features * period
    return max(1, (memory - 2 * _LIVES_AT_ONCE * spectrum) // (pairs + spectrum))


@kept_as("karmalink.link.every_pair._block")
def _block(block: Block, shared: Any) -> dict[str, Any]:
    """Some dreamers against all lives."""
    first, stop = block.data
    dreamers, lives, period, windows = shared["dreamers"], shared["lives"], shared["period"], shared["windows"]
    n, k, n_windows = stop - first, shared["top"], len(windows)
    left = dreamers.some(first, stop).spectra(period)
    np.conj(left[0], out=left[0]), np.conj(left[1], out=left[1])
    lists = _TopLists(n, n_windows, k)
    own = shared["own"][first:stop]
    z_of = np.full((n, lives.n, n_windows), np.nan, np.float32)
    p_of = np.full((n, lives.n, n_windows), np.nan, np.float32)
    fewest = np.full(n, period, np.int64)
    for lo, hi in chunks(lives.n, _LIVES_AT_ONCE):
        total, count = offset_sums(left, lives.some(lo, hi).spectra(period), period)
        z, p, shifts = window_ranks(total, count, windows)
        z_of[:, lo:hi], p_of[:, lo:hi] = z.reshape(n, hi - lo, -1), p.reshape(n, hi - lo, -1)
        usable = shifts.reshape(n, hi - lo)
        fewest = np.minimum(fewest, np.where(usable > 0, usable, period).min(axis=1))
    lists.take(z_of, p_of)
    rows = np.arange(n)
    has = own >= 0
    own_z = np.where(has[:, None], z_of[rows, np.maximum(own, 0)], np.nan).astype(np.float64)
    own_p = np.where(has[:, None], p_of[rows, np.maximum(own, 0)], np.nan).astype(np.float64)
    with np.errstate(invalid="ignore"):
        above = (z_of >= own_z[:, None, :].astype(np.float32)).sum(axis=1) - (has & np.isfinite(own_z[:, 0]))[:, None]
    known = np.isfinite(z_of)
    filled = np.where(known, z_of, 0.0).astype(np.float64)
    moments = np.stack([known.sum((0, 1)), filled.sum((0, 1)), (filled**2).sum((0, 1))], axis=1)
    return {
        "top": lists.life,
        "top_z": lists.z,
        "top_p": lists.p,
        "own_z": own_z,
        "own_p": own_p,
        "above": np.asarray(above, np.int64),
        "compared": known[:, :, 0].sum(axis=1).astype(np.int64),
        "n_shifts": fewest,
        "moments": moments.astype(np.float64),
        "low_p": np.asarray((np.where(known, p_of, 1.0) <= 0.05).sum((0, 1)), np.int64),
    }


class _TopLists:
    """The best lives of each dreamer and window."""

    def __init__(self, n: int, windows: int, k: int) -> None:
        self.life = np.full((n, windows, k), -1, np.int64)
        self.z = np.full((n, windows, k), np.nan)
        self.p = np.full((n, windows, k), np.nan)

    def take(self, z: Singles, p: Singles) -> None:
        k = self.life.shape[2]
        score = np.where(np.isfinite(z), z, -np.inf)
        best = np.argsort(-score, axis=1, kind="stable")[:, :k].transpose(0, 2, 1)
        held = np.take_along_axis(score.transpose(0, 2, 1), best, axis=2)
        there = np.isfinite(held)
        self.life = np.where(there, best, -1)
        self.z = np.where(there, held, np.nan).astype(np.float64)
        self.p = np.where(there, np.take_along_axis(p.transpose(0, 2, 1), best, axis=2), np.nan).astype(np.float64)


def offset_sums(
    left: tuple[NDArray[np.complex64], NDArray[np.complex64]],
    right: tuple[NDArray[np.complex64], NDArray[np.complex64]],
    period: int,
) -> tuple[Singles, Singles]:
    """Return sum of scores and number of pairs of days, at every offset of every pair.

    Parameters
    ----------
    left : (f, D, F) and (f, D) complex64
        Conjugate spectra of dreamers and of their masks.
    right : (f, E, F) and (f, E) complex64
        Spectra of lives and of their masks.
    period : int
        T.

    Returns
    -------
    total, count : (T, D·E) float32
        ``total[o, i·E + j]`` is the sum over days t of ``left[i, t] · right[j, (t + o) mod T]``.
    """
    from scipy import fft

    frequencies, n, _ = left[0].shape
    m = right[0].shape[1]
    product = np.matmul(left[0], right[0].transpose(0, 2, 1)).reshape(frequencies, n * m)
    total = fft.irfft(product, n=period, axis=0, overwrite_x=True)
    product = (left[1][:, :, None] * right[1][:, None, :]).reshape(frequencies, n * m)
    count = fft.irfft(product, n=period, axis=0, overwrite_x=True)
    np.rint(count, out=count)
    return total, count
