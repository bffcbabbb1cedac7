"""The exact posterior of 50 clues on 10^6 cells, as a map makes it, against reading its layers once.

Reading: a compiled sum of every layer on the same threads. A map has learned the scale of its layers when they were
made; what plain arrays cost, which are looked through first, is told too, and the plain product over clues in numpy.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from benchmarks.timing import paired
from karmalink.seek import mixture
from karmalink.seek.probability_map.chunks import scale_of

CELLS, CLUES = 1_000_000, 50
THREADS = min(4, os.cpu_count() or 1)


@numba.njit(nogil=True, fastmath=True)  # type: ignore[untyped-decorator]
def read(row: np.ndarray) -> float:
    """Return the sum of a row, as fast as the memory gives it."""
    total = np.float32(0.0)
    for k in range(row.size):  # by number: going through the values themselves is three times slower
        total += row[k]
    return total


def main() -> None:
    """Print the times, the largest difference of the two answers, the bandwidth, and the ratio to reading once."""
    rng = np.random.default_rng(0)
    layers = rng.gamma(0.5, size=(CLUES, CELLS)).astype(np.float32)
    layers /= layers.sum(axis=1, keepdims=True)
    scale = scale_of(layers, range(CLUES), CELLS)
    rho = rng.uniform(0.2, 0.9, CLUES)

    def peer() -> np.ndarray:
        probability = np.ones(CELLS)
        for reliability, layer, mean in zip(rho, layers, scale.mean, strict=True):
            probability *= reliability / mean * layer + (1 - reliability)
        return probability / probability.sum()

    def read_once() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda at: [read(row) for row in layers[at::THREADS]], range(THREADS)))

    def of_a_map() -> np.ndarray:
        return mixture(layers, rho, scale=scale).posterior

    difference = float(np.abs(of_a_map() / peer() - 1).max())
    ours_s, read_s, ratio = paired(of_a_map, read_once, runs=15)
    full_s, _, to_full = paired(lambda: mixture(layers, rho, scale=scale).clue_reliability, read_once, runs=7)
    plain_s, _, to_plain = paired(lambda: mixture(layers, rho).posterior, read_once, runs=7)
    witnesses = np.repeat(np.arange(10), 5)
    states_s, _, to_states = paired(
        lambda: mixture(layers, rho, witnesses, strength=4.0, scale=scale).posterior, read_once, runs=7
    )
    peer_s, _, to_peer = paired(peer, read_once, runs=3)
    print(f"{CELLS:,} cells, {CLUES} clues, {THREADS} threads; largest relative difference {difference:.1e}")
    print(f"reading the layers once {read_s * 1000:.0f} ms ({layers.nbytes / read_s / 1e9:.1f} GB/s)")
    print("posterior, in milliseconds and in readings:")
    for name, seconds, times in (
        ("of a map", ours_s, ratio),
        ("of a map, with the reliability of every clue", full_s, to_full),
        ("of plain arrays that nobody has looked through", plain_s, to_plain),
        ("of ten witnesses who share reliabilities between their clues", states_s, to_states),
        ("plain product in numpy", peer_s, to_peer),
    ):
        print(f"  {seconds * 1000:5.0f} ms  {times:5.2f}  {name}")
    print(f"ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
