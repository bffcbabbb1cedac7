"""How the ground lies, and what nobody can walk through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError
from karmalink.seek.ground.grids import centres
from karmalink.seek.ground.walking_speed import tobler

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.ground.area import Area

__all__ = ["STEPS", "Terrain", "with_terrain"]

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
