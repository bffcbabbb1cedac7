"""How the ground lies, and what nobody can walk through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError
from karmalink.seek.grids import centres
from karmalink.seek.walking import tobler

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.area import Area

__all__ = ["STEPS", "Terrain", "with_terrain"]

# The steps a walker can take, (rows, columns): to the eight neighbours and, so that a straight way is at most 2.8 % too
# long, like a knight. The mirrored half is made by walking the same edges back.
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1))


@dataclass(frozen=True, eq=False, repr=False)
class Terrain:
    """Elevation and barriers on the grid of an area.

    Attributes
    ----------
    cell_m : float
        Side of a cell, metres.
    elevation : ndarray, shape (rows, cols), m; or None
        Height of the cells' centres; None where nobody knows it: then all ground is level.
    barrier : ndarray of bool, shape (rows, cols)
        Cells nobody can walk through (a river without its bridges, a cliff, a wall).
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
        """Minutes on foot from cell to cell (flat index of the grid), uphill and downhill apart."""
        from scipy.sparse import coo_matrix

        rows, cols = self.barrier.shape
        number = np.arange(rows * cols).reshape(rows, cols)
        starts, ends, minutes = [], [], []
        for down, right in STEPS:
            one, other, clear = self._pairs(number, down, right)
            way = self.cell_m * float(np.hypot(down, right))
            rise = np.zeros(one.size) if self.elevation is None else np.diff(self._heights(one, other), axis=0)[0]
            for start, end, slope in ((one, other, rise / way), (other, one, -rise / way)):
                starts.append(start[clear])
                ends.append(end[clear])
                minutes.append(0.06 * way / tobler(slope[clear]))
        edges = (np.concatenate(starts), np.concatenate(ends))
        return coo_matrix((np.concatenate(minutes), edges), shape=(number.size, number.size)).tocsr()

    def _heights(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        flat = np.zeros(self.barrier.size) if self.elevation is None else self.elevation.ravel()
        return np.stack([flat[one], flat[other]])

    def _pairs(
        self, number: NDArray[np.int64], down: int, right: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return the cells that one step joins, and which of the steps touch no barrier."""
        rows, cols = number.shape

        def moved(by_rows: int, by_cols: int) -> tuple[slice, slice]:
            left = max(0, -right) + by_cols
            return slice(by_rows, rows - down + by_rows), slice(left, cols - abs(right) + left)

        open_ = ~self.barrier
        clear = open_[moved(0, 0)] & open_[moved(down, right)]
        for passed in _passed(down, right):
            # A wall one cell thick that runs askew must not be jumped over.
            clear = clear & open_[moved(*passed)]
        return number[moved(0, 0)].ravel(), number[moved(down, right)].ravel(), clear.ravel()


def _passed(down: int, right: int) -> tuple[tuple[int, int], ...]:
    """Return the cells that the straight way of a step brushes, besides its ends."""
    sign = 1 if right >= 0 else -1
    if (down, abs(right)) == (1, 1):
        return (1, 0), (0, sign)
    if (down, abs(right)) == (1, 2):
        return (0, sign), (1, sign)
    if (down, abs(right)) == (2, 1):
        return (1, 0), (1, sign)
    return ()


def with_terrain(
    area: Area, elevation: NDArray[np.float64] | None = None, barriers: BaseGeometry | None = None
) -> Area:
    """Return an area with heights and barriers: what walks and views then depend on.

    Parameters
    ----------
    area : Area
        The grid.
    elevation : ndarray, shape (rows, cols), m, optional
        Height of each cell's centre; see :func:`~karmalink.seek.read_elevation`.
    barriers : shapely geometry, optional
        What nobody can walk through, longitude and latitude: every cell it touches. Leave bridges out of it.

    Raises
    ------
    InputError
        Heights that do not cover the grid.
    """
    import shapely

    closed = np.zeros(area.shape, dtype=bool)
    if barriers is not None and not barriers.is_empty:
        x, y = centres(area.transform, *area.shape)
        flat, half = area.project(barriers), area.cell_m / 2.0
        shapely.prepare(flat)
        closed = np.asarray(shapely.intersects(flat, shapely.box(x - half, y - half, x + half, y + half)))
    heights = None if elevation is None else np.asarray(elevation, dtype=np.float64)
    return replace(area, terrain=Terrain(area.cell_m, heights, closed))
