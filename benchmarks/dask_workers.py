"""Dask with two workers against one, on a job of more than 30 s: pseudo-accounts of a made-up diary of two years."""

from __future__ import annotations

import time

import numpy as np

from karmalink.link import Executor, UnitTable
from karmalink.link.mirror_null.sign_calibration import pseudo_signs

DAYS, UNITS, WORDS, DEALS = 730, 12, 2000, 64


def units(rng: np.random.Generator) -> UnitTable:
    """Twelve sentences a day."""
    from scipy.sparse import csr_array

    day = np.repeat(np.arange(DAYS), UNITS)
    column = np.minimum(WORDS - 1, rng.zipf(1.3, (day.size, 8)) - 1)
    rows = csr_array((np.ones(column.size), (np.repeat(np.arange(day.size), 8), column.ravel())), (day.size, WORDS))
    rows.sum_duplicates()
    return UnitTable(day, np.arange(DAYS), {"words": rows})


def timed(table: UnitTable, workers: int) -> tuple[float, np.ndarray]:
    """Seconds with so many workers, the start of the cluster included, and the result."""
    start = time.perf_counter()
    w = pseudo_signs(table, lags=7, deals=DEALS, seed=0, executor=Executor("dask", workers=workers))[1]
    return time.perf_counter() - start, w


def main() -> None:
    """Print both times, whether the bits are the same, and one worker over two."""
    table = units(np.random.default_rng(0))
    one, first = timed(table, 1)
    two, second = timed(table, 2)
    print(f"{DEALS} deals of {DAYS} days: {one:.0f} s with one worker, {two:.0f} s with two")
    print(f"the same bits: {'yes' if first.tobytes() == second.tobytes() else 'NO'}; {one / two:.2f} times as fast")
    print(f"ratio {two / one:.3f}")


if __name__ == "__main__":
    main()
