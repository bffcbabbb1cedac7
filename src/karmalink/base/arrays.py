"""Names of array types, and the runs of a mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bools", "Codes", "Floats", "Ints", "Singles", "run_edges", "runs"]

Bools = NDArray[np.bool_]
Codes = NDArray[np.int8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Singles = NDArray[np.float32]


def run_edges(mask: Bools) -> Ints:
    """Return (first, stop) of each run of True, shape (n, 2)."""
    edges = np.diff(np.concatenate(([False], mask, [False])).astype(np.int8))
    return np.flatnonzero(edges).reshape(-1, 2)


def runs(mask: Bools, *, pause: int = 0) -> list[tuple[int, int]]:
    """Return (first, stop) of each run of True, in order.

    Parameters
    ----------
    mask : ndarray of bool, shape (n,)
        The mask.
    pause : int
        Runs that lie at most so many samples apart are one.
    """
    joined: list[tuple[int, int]] = []
    for first, stop in run_edges(mask).tolist():
        if joined and first - joined[-1][1] <= pause:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((first, stop))
    return joined
