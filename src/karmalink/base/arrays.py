"""Names of array types, the runs of a mask, and long signals without long copies of them."""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Bools",
    "Codes",
    "Floats",
    "Ints",
    "Singles",
    "in_pieces",
    "pieces_of",
    "release_memory",
    "run_edges",
    "runs",
]

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


def in_pieces(values: Floats, size: int, margin: int, of_piece: Callable[[Floats], Floats]) -> Floats:
    """Return what a filter gives for a long signal, computed piece by piece, shape (n,).

    The filter's own copies of a night of one channel are 23 MB each; of a piece they stay in the processor's cache.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The signal.
    size, margin : int
        Samples of a piece, and how many before and behind it the filter gets too: more than it reaches.
    of_piece : callable
        Takes samples and returns as many.
    """
    out = np.empty(values.size)
    for first, piece, inner in pieces_of(values, size, margin):
        part = of_piece(piece)[inner]
        out[first : first + part.size] = part
    return out


def pieces_of(values: Floats, size: int, margin: int) -> Iterator[tuple[int, Floats, slice]]:
    """Yield where each piece of a long signal begins, the piece with its margins, and where in it the piece is.

    Parameters are those of `in_pieces`.
    """
    for first in range(0, values.size, size):
        stop, low = min(values.size, first + size), max(0, first - margin)
        yield first, values[low : stop + margin], slice(first - low, stop - low)


def release_memory() -> None:
    """Give memory that was freed back to the system, where the C library can (glibc).

    It keeps what long arrays leave behind, and threads do not use each other's: of a night 170 MB would be held.
    """
    trim = getattr(_c_library(), "malloc_trim", None)
    if trim is not None:
        trim(0)


@functools.cache
def _c_library() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if sys.platform == "linux" else None
