"""The inner loops of a large map, compiled: several clues are read together, each cell of them once.

Import this module inside functions: numba takes half a second to load, and a small map does without.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

from karmalink.base.arrays import Floats, Singles

__all__ = ["PACK", "Pack", "add_wrong", "compile_once", "multiply"]

Pack = tuple[Singles, ...]
PACK = 8  # rows that are read together; the product of four of their factors fits a single, whatever the clues
_Loop = TypeVar("_Loop", bound=Callable[..., Any])


def _compiled(loop: _Loop) -> _Loop:
    # Sums may be taken in any order that suits the processor, but NaN and infinity stay what they are. Python's error
    # model would look at every divisor, one after the other.
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract", "reassoc", "nsz"}, "error_model": "numpy"}
    try:
        compiled = numba.njit(cache=True, **options)(loop)
    except RuntimeError:  # there is no folder that numba may write to: then it is compiled in every process
        compiled = numba.njit(**options)(loop)
    return compiled  # type: ignore[no-any-return]


@_compiled
def multiply(products: Floats, rows: Pack, wrong: Singles, slope: Singles, start: int, stop: int) -> None:
    """Multiply the factors ``wrong + slope · row`` of eight rows into the products of every state.

    Parameters
    ----------
    products : ndarray, shape (J, stop − start)
        One row per state of a witness; changed in place.
    rows : tuple of eight ndarrays of float32, shape (n,)
    wrong, slope : ndarray of float32, shape (J, 8)
    start, stop : int
        The cells.
    """
    r0, r1, r2, r3 = rows[0][start:stop], rows[1][start:stop], rows[2][start:stop], rows[3][start:stop]
    r4, r5, r6, r7 = rows[4][start:stop], rows[5][start:stop], rows[6][start:stop], rows[7][start:stop]
    for j in range(products.shape[0]):
        a0, a1, a2, a3 = wrong[j, 0], wrong[j, 1], wrong[j, 2], wrong[j, 3]
        a4, a5, a6, a7 = wrong[j, 4], wrong[j, 5], wrong[j, 6], wrong[j, 7]
        b0, b1, b2, b3 = slope[j, 0], slope[j, 1], slope[j, 2], slope[j, 3]
        b4, b5, b6, b7 = slope[j, 4], slope[j, 5], slope[j, 6], slope[j, 7]
        product = products[j]
        for i in range(stop - start):
            # Two products of four factors in single precision, their product in double: five digits for fifty clues.
            first = ((a0 + b0 * r0[i]) * (a1 + b1 * r1[i])) * ((a2 + b2 * r2[i]) * (a3 + b3 * r3[i]))
            second = ((a4 + b4 * r4[i]) * (a5 + b5 * r5[i])) * ((a6 + b6 * r6[i]) * (a7 + b7 * r7[i]))
            product[i] *= np.float64(first) * np.float64(second)


@_compiled
def add_wrong(sums: Floats, shares: Singles, rows: Pack, wrong: Singles, slope: Singles, start: int, stop: int) -> None:
    """Add to `sums`, per row, the sum over states and cells of ``share · wrong / (wrong + slope · row)``.

    Parameters
    ----------
    sums : ndarray, shape (8,)
        Changed in place.
    shares : ndarray of float32, shape (J, stop − start)
        Probability of each state of the witness and each cell.
    rows, wrong, slope, start, stop
        See :func:`multiply`.
    """
    for k in range(8):
        row = rows[k][start:stop]
        for j in range(shares.shape[0]):
            a, b, share = wrong[j, k], slope[j, k], shares[j]
            total = 0.0
            for i in range(stop - start):
                total += np.float64(share[i] * (a / (a + b * row[i])))
            sums[k] += total


def compile_once() -> None:
    """Compile the loops and keep them on disk, so that the first large map does not wait for it (a few seconds)."""
    row, state = np.ones(8, dtype=np.float32), np.ones((1, PACK), dtype=np.float32)
    multiply(np.ones((1, 8)), (row,) * PACK, state, state, 0, 8)
    add_wrong(np.zeros(PACK), np.ones((1, 8), dtype=np.float32), (row,) * PACK, state, state, 0, 8)
