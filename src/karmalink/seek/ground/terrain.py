"""How the ground lies, and what cannot be walked through."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.errors import InputError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


__all__ = ["LEVEL_M_PER_MINUTE", "STEPS", "Terrain", "tobler"]

# How fast people walk over sloping ground, and how long it takes them to get anywhere.


def tobler(slope: ArrayLike) -> NDArray[np.float64]:
    """Return walking speed in km/h at a slope (rise over run): ``6·exp(−3.5·|s + 0.05|)``.

    Tobler 1993, *Three presentations on geographical analysis and modeling*, NCGIA 93-1. Fastest slightly downhill.
    """
    return np.asarray(6.0 * np.exp(-3.5 * np.abs(np.asarray(slope, dtype=np.float64) + 0.05)))


LEVEL_M_PER_MINUTE = float(tobler(0.0)) * 1000.0 / 60.0  # 83.9 m


# The steps a walker can take, (rows, columns): to the eight neighbours and, so that a straight way is at most 2.8 % too
# long, like a knight.
STEPS = tuple(
    (down, right)
    for down in range(-2, 3)
    for right in range(-2, 3)
    if (abs(down), abs(right)) in {(0, 1), (1, 0), (1, 1), (1, 2), (2, 1)}
)
_LARGEST = 4_000_000  # cells; their steps are a gigabyte


@dataclass(frozen=True, eq=False, repr=False)
class Terrain:
    """Elevation and barriers on the grid of an area.

    Attributes
    ----------
    cell_m : float
        Side of a cell, metres.
    elevation : ndarray, shape (rows, cols), m; or None
        Height of the cells' centres; None where it is unknown: then all ground is level.
    barrier : ndarray of bool, shape (rows, cols)
        Cells that cannot be walked through (a river without its bridges, a cliff, a wall).
    """

    cell_m: float
    elevation: NDArray[np.float64] | None
    barrier: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Check that the two fit and that every height is a number.

        Raises
        ------
        InputError
            Otherwise.
        """
        if self.elevation is None:
            return
        if self.elevation.shape != self.barrier.shape:
            raise InputError(
                f"the elevation has the shape {self.elevation.shape}, the grid {self.barrier.shape}",
                rule="one height per cell",
            )
        unknown = int(np.count_nonzero(~np.isfinite(self.elevation)))
        if unknown:
            raise InputError(
                f"the elevation says nothing about {unknown} of {self.elevation.size} cells",
                rule="heights must cover the whole grid of the area",
                next_step="take a larger raster, or a smaller area",
            )

    @cached_property
    def graph(self) -> csr_matrix:
        """Minutes on foot from cell to cell (flat index of the grid), uphill and downhill apart.

        Raises
        ------
        InputError
            A grid of more than four million cells.
        """
        from scipy.sparse import csr_matrix

        size = self.barrier.size
        if size > _LARGEST:
            raise InputError(
                f"walks over {size:,} cells",
                rule="the steps from every cell must fit into memory",
                allowed=f"at most {_LARGEST:,} cells",
                next_step="ask for larger cells or a smaller area",
            )
        minutes = np.full((size, len(STEPS)), np.nan)
        for column, (down, right) in enumerate(STEPS):
            self._walk(minutes[:, column].reshape(self.barrier.shape), down, right)
        possible = np.isfinite(minutes)
        ahead = np.array([down * self.barrier.shape[1] + right for down, right in STEPS], dtype=np.int32)
        to = np.arange(size, dtype=np.int32)[:, None] + ahead
        starts = np.concatenate([[0], np.cumsum(possible.sum(axis=1))]).astype(np.int32)
        return csr_matrix((minutes[possible], to[possible], starts), shape=(size, size))

    def _walk(self, minutes: NDArray[np.float64], down: int, right: int) -> None:
        """Enter what one step costs from every cell from which it can be taken."""
        rows, cols = self.barrier.shape

        def moved(by_rows: int, by_cols: int) -> tuple[slice, slice]:
            """Cut the cells that lie so far from those the step starts from."""
            return tuple(  # type: ignore[return-value]
                slice(max(0, -step) + by, size - max(0, step) + by)
                for step, by, size in ((down, by_rows, rows), (right, by_cols, cols))
            )

        if abs(down) >= rows or abs(right) >= cols:
            return
        open_ = ~self.barrier
        clear = open_[moved(0, 0)] & open_[moved(down, right)]
        for passed in _passed(down, right):
            # A wall one cell thick that runs askew must not be jumped over.
            clear = clear & open_[moved(*passed)]
        way = self.cell_m * float(np.hypot(down, right))
        rise = 0.0 if self.elevation is None else self.elevation[moved(down, right)] - self.elevation[moved(0, 0)]
        minutes[moved(0, 0)] = np.where(clear, 0.06 * way / tobler(rise / way), np.nan)


def _passed(down: int, right: int) -> tuple[tuple[int, int], ...]:
    """Return the cells that the straight way of a step brushes, besides its ends."""
    one, other = int(np.sign(down)), int(np.sign(right))
    if abs(down) == abs(right) == 1:
        return (one, 0), (0, other)
    if abs(right) == 2:
        return (0, other), (one, other)
    return ((one, 0), (one, other)) if abs(down) == 2 else ()
