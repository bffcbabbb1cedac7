"""All circular shifts of 40 dreamers x 40 lives, against one FFT correlation per pair and the plain loop over shifts.

1,024 days, 128 features. The plain loop is measured on one pair and multiplied, which is said in the output.
"""

from __future__ import annotations

import time

import numpy as np
from scipy import fft

from benchmarks.timing import paired
from karmalink.link.shift_null.offset_sums import correlate

PEOPLE, DAYS, FEATURES = 40, 1024, 128


def per_pair(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """One FFT correlation per pair: transform both series, multiply, transform back."""
    return np.array([[_pair(a, b) for b in right] for a in left])


def plain(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The loop over shifts of one pair."""
    return np.array([np.einsum("tf,tf->", a, np.roll(b, -offset, axis=0)) for offset in range(len(a))])


def main() -> None:
    """Print the times, the largest difference, and the ratio to one FFT correlation per pair."""
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(2, PEOPLE, DAYS, FEATURES))
    start = time.perf_counter()
    reference = plain(left[0], right[0])
    loop_s = (time.perf_counter() - start) * PEOPLE**2
    difference = float(np.abs(correlate(left, right)[0, 0] - reference).max())
    ours_s, peer_s, ratio = paired(lambda: correlate(left, right), lambda: per_pair(left, right), runs=3)
    print(f"{PEOPLE} x {PEOPLE} pairs, {DAYS:,} days, {FEATURES} features; largest difference {difference:.1e}")
    print(f"karmalink {ours_s:.2f} s, one FFT correlation per pair {peer_s:.2f} s")
    print(f"plain loop {loop_s:.0f} s (one pair measured, times {PEOPLE**2:,}): {loop_s / ours_s:.0f} times ours")
    print(f"ratio {ratio:.4f}")


def _pair(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    product = np.einsum("tf,tf->t", fft.rfft(a, axis=0).conj(), fft.rfft(b, axis=0))
    return fft.irfft(product, n=len(a))


if __name__ == "__main__":
    main()
