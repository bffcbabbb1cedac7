"""The inner loops of a large map, compiled: several clues are read together, each cell of them once.

Import this module inside functions: numba takes half a second to load, and a small map does without.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["PACK", "add_doubts", "compile_once", "multiply"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Pack = tuple[Singles, Singles, Singles, Singles]
PACK = 4  # rows that are read together; the product of their factors fits a single, whatever the clues
_Loop = TypeVar("_Loop", bound=Callable[..., Any])


def _compiled(loop: _Loop) -> _Loop:
    # Sums may be taken in any order that suits the processor, but NaN and infinity stay what they are. Python's error
    # model would look at every divisor, one after the other.
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract", "reassoc", "nsz"}, "error_model": "numpy"}
    try:
        found = numba.njit(cache=True, **options)(loop)
    except RuntimeError:  # there is no folder that numba may write to: then it is compiled in every process
        found = numba.njit(**options)(loop)
    return found  # type: ignore[no-any-return]


@_compiled
def multiply(products: Floats, rows: Pack, wrong: Singles, slope: Singles, start: int, stop: int) -> None:
    """Multiply the factors ``wrong + slope · row`` of four rows into the products of every state.

    Parameters
    ----------
    products : ndarray, shape (J, stop − start)
        One row per state of a witness; changed in place.
    rows : tuple of four ndarrays of float32, shape (n,)
    wrong, slope : ndarray of float32, shape (J, 4)
    start, stop : int
        The cells.
    """
    one, two, three, four = rows[0][start:stop], rows[1][start:stop], rows[2][start:stop], rows[3][start:stop]
    for j in range(products.shape[0]):
        a0, a1, a2, a3 = wrong[j, 0], wrong[j, 1], wrong[j, 2], wrong[j, 3]
        b0, b1, b2, b3 = slope[j, 0], slope[j, 1], slope[j, 2], slope[j, 3]
        found = products[j]
        for i in range(stop - start):
            found[i] *= ((a0 + b0 * one[i]) * (a1 + b1 * two[i])) * ((a2 + b2 * three[i]) * (a3 + b3 * four[i]))


@_compiled
def add_doubts(
    found: Floats, shares: Singles, rows: Pack, wrong: Singles, slope: Singles, start: int, stop: int
) -> None:
    """Add to `found`, per row, the sum over states and cells of ``share · wrong / (wrong + slope · row)``.

    Parameters
    ----------
    found : ndarray, shape (4,)
        Changed in place.
    shares : ndarray of float32, shape (J, stop − start)
        Belief in each state of the witness and each cell.
    rows, wrong, slope, start, stop
        See :func:`multiply`.
    """
    for k in range(4):
        row = rows[k][start:stop]
        for j in range(shares.shape[0]):
            a, b, share = wrong[j, k], slope[j, k], shares[j]
            total = 0.0
            for i in range(stop - start):
                total += np.float64(share[i] * (a / (a + b * row[i])))
            found[k] += total


def compile_once() -> None:
    """Compile the loops and keep them on disk, so that the first large map does not wait for it (a few seconds)."""
    row, state = np.ones(8, dtype=np.float32), np.ones((1, PACK), dtype=np.float32)
    multiply(np.ones((1, 8)), (row, row, row, row), state, state, 0, 8)
    add_doubts(np.zeros(PACK), np.ones((1, 8), dtype=np.float32), (row, row, row, row), state, state, 0, 8)
