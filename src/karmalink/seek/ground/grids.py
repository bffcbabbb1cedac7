"""How fine a grid is, and how large it may be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError

if TYPE_CHECKING:
    from affine import Affine
    from shapely.geometry.base import BaseGeometry

__all__ = ["LARGEST_GRID", "WIDEST_M", "cell_size", "centres", "ground_of", "nice"]

LARGEST_GRID = 10**7  # cells of the grid; 10^7 × 50 clues in float32 are 2 GB
WIDEST_M = 500_000.0  # beyond this a flat local map is wrong by more than 0.03 % at its edge
_USUAL_CELLS = 10_000
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


def cell_size(asked: float | None, width: float, height: float) -> float:
    """Return the side of a cell in metres, after checking that the grid stays within what it may be."""
    if max(width, height) > WIDEST_M:
        raise InputError(
            f"the area is {max(width, height) / 1000:,.0f} km across",
            rule="one flat map holds its distances only over a limited area",
            allowed=f"at most {WIDEST_M / 1000:g} km across",
            next_step="split the area",
        )
    if asked is None:
        asked = nice(math.sqrt(width * height / _USUAL_CELLS))
    if not (math.isfinite(asked) and asked > 0):
        raise InputError(f"a cell of {asked} m", rule="a cell has a size", allowed="more than 0 m")
    cells = math.ceil(width / asked) * math.ceil(height / asked)
    if cells > LARGEST_GRID:
        enough = nice(math.sqrt(width * height / LARGEST_GRID))
        raise InputError(
            f"cells of {asked:g} m would make a grid of {cells:,} cells",
            rule="the grid must fit into memory",
            allowed=f"at most {LARGEST_GRID:,} cells",
            next_step=f"ask for cells of {enough:g} m or more, or for a smaller area",
        )
    return float(asked)


def nice(size: float) -> float:
    """Return the next round number that is not smaller: 1, 2, 2.5 or 5 times a power of ten."""
    if size <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(size))
    return float(next(step for step in _NICE if step * power >= size * (1 - 1e-9)) * power)


def centres(transform: Affine, rows: int, cols: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return metres east and north of the centre of every cell, shape (rows, cols)."""
    x = transform.c + (np.arange(cols) + 0.5) * transform.a
    y = transform.f + (np.arange(rows) + 0.5) * transform.e
    return np.broadcast_to(x, (rows, cols)), np.broadcast_to(y[:, None], (rows, cols))


def ground_of(chosen: NDArray[np.bool_], transform: Affine) -> BaseGeometry:
    """Return the ground of some cells of a grid as one (multi)polygon in metres; one box for each run of a row.

    Parameters
    ----------
    chosen : ndarray of bool, shape (rows, cols)
        Which cells.
    transform : affine.Affine
        ``(column, row)`` → metres east and north.
    """
    import shapely

    if not chosen.any():
        return shapely.MultiPolygon()
    edges = np.diff(np.pad(chosen, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, first = np.nonzero(edges == 1)
    last = np.nonzero(edges == -1)[1]
    cell, west, north = transform.a, transform.c, transform.f
    boxes = shapely.box(west + first * cell, north - (row + 1) * cell, west + last * cell, north - row * cell)
    merged: BaseGeometry = shapely.union_all(boxes)
    return merged
