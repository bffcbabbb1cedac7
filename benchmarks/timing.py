"""Paired timing: the two in turn, so that a machine that slows down slows both."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

__all__ = ["paired"]


def paired(ours: Callable[[], object], peer: Callable[[], object], *, runs: int = 5) -> tuple[float, float, float]:
    """Return the median seconds of ours and of the peer, and the median ratio ours / peer pair by pair."""
    ours(), peer()
    times = np.array([[_seconds(ours), _seconds(peer)] for _ in range(runs)])
    mine, theirs = np.median(times, axis=0)
    return float(mine), float(theirs), float(np.median(times[:, 0] / times[:, 1]))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
