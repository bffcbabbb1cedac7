"""All pairs of 1,000 dreamers x 1,000 lives x 2,000 days x 128 features, against FFT pair by pair and the plain loop.

Everybody does the same: all circular shifts of every pair, masks of missing days, three windows ranked among the
shifts. Measured on a part (160 x 160 pairs for us, 24 for FFT pair by pair, one for the loop), which is said
in the output; a part is unfavourable to us, since each series is transformed once for fewer partners.
"""

from __future__ import annotations

import time

import numpy as np
from scipy import fft

from karmalink.link import DaySeries, every_pair
from karmalink.link.cohort.pair_statistics import window_ranks

WHOLE, PART, FEW, DAYS, FEATURES = 1000, 160, 24, 1980, 128
WINDOWS = [(1, 2), (5, 7), (1, 14)]
PERIOD = 2000


def series(rng: np.random.Generator, n: int) -> DaySeries:
    """Random features on four days of five."""
    day = np.concatenate([np.flatnonzero(rng.random(DAYS) < 0.8) for _ in range(n)])
    owner = np.cumsum(np.diff(day, prepend=day[0]) < 0)
    return DaySeries.of(owner, day, rng.normal(size=(day.size, FEATURES)), n)


def dense(one: DaySeries) -> tuple[np.ndarray, np.ndarray]:
    """One series as (days, features) and its mask, float64, as one would write it by hand."""
    rows, mask = np.zeros((PERIOD, FEATURES)), np.zeros(PERIOD)
    rows[one.day], mask[one.day] = one.rows, 1.0
    return rows, mask


def per_pair(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """One FFT correlation of one pair: transform both, multiply, transform back; the masks likewise."""
    product = np.einsum("tf,tf->t", fft.rfft(a[0], axis=0).conj(), fft.rfft(b[0], axis=0))
    return fft.irfft(product, n=PERIOD), np.rint(fft.irfft(fft.rfft(a[1]).conj() * fft.rfft(b[1]), n=PERIOD))


def plain(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The loop over shifts of one pair."""
    total, count = np.zeros(PERIOD), np.zeros(PERIOD)
    for offset in range(PERIOD):
        moved = (np.roll(b[0], -offset, axis=0), np.roll(b[1], -offset))
        total[offset], count[offset] = np.einsum("tf,tf->", a[0], moved[0]), a[1] @ moved[1]
    return total, count


def ranked(sums: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The three windows of one pair, ranked."""
    total, count = (side.astype(np.float32)[:, None] for side in sums)
    return window_ranks(total, count, WINDOWS)[0][0]


def main() -> None:
    """Print seconds a pair, the whole by calculation, the largest difference, and ours over FFT pair by pair."""
    rng = np.random.default_rng(0)
    dreamers, lives = series(rng, PART), series(rng, PART)
    own = np.arange(PART)
    start = time.perf_counter()
    found = every_pair(dreamers, lives, WINDOWS, own=own)
    ours = (time.perf_counter() - start) / PART**2
    pairs = [(dense(dreamers.some(i, i + 1)), dense(lives.some(i, i + 1))) for i in range(FEW)]
    start = time.perf_counter()
    peers = np.array([ranked(per_pair(a, b)) for a, b in pairs])
    peer = (time.perf_counter() - start) / FEW
    start = time.perf_counter()
    loop = ranked(plain(*pairs[0]))
    plain_s = time.perf_counter() - start
    difference = max(np.abs(peers - found.own_z[:FEW]).max(), np.abs(loop - found.own_z[0]).max())
    print(f"{PART} x {PART} pairs by us, {FEW} by FFT, 1 by the loop; largest difference of z {difference:.1e}")
    for name, each in (("karmalink", ours), ("FFT pair by pair", peer), ("plain loop over shifts", plain_s)):
        print(f"{name}: {each * 1000:.3f} ms a pair, so {each * WHOLE**2:,.0f} s for {WHOLE:,} x {WHOLE:,}")
    print(f"FFT pair by pair {peer / ours:.0f} times ours (10 asked for), plain loop {plain_s / ours:,.0f} (1,000)")
    print(f"ratio {ours / peer:.4f}")


if __name__ == "__main__":
    main()
