"""The plane around a map, in cells that grow with the distance: where it lies if it does not lie on the map.

Two rings of coarse cells reach three times the map's longer side beyond it; what lies further is one cell more. A clue
that points off the map, and an error that moves a spot over its edge, then put their probability where it belongs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.seek.ground.area import Area, centres

__all__ = ["CoarseGrid", "Surround", "surround_of"]

# Cells of the near ring are a fortieth of the map's longer side: a map of 10,000 cells is only 2.5 times as fine, and
# the ring costs half as much as the map. Those of the far ring are five times as large.
_NEAR, _COARSER = 40, 5
_NEAR_REACH, _FAR_REACH = 0.5, 3.0  # how far the rings reach, in longer sides of the map


@dataclass(frozen=True, eq=False, repr=False)
class Surround:
    """The cells around a map.

    Attributes
    ----------
    area : Area
        The map.
    near, far : Area
        The two rings as grids of their own; the near one also has what lies between an outline and its grid.
    reference : ndarray, shape (m,)
        Prior probability of each cell of the rings, given that it is not on the map: the density falls with the cube
        of the distance from the map, in units of the map's own radius, so that it has a finite mass in the plane.
    further : float
        The same for all that lies beyond the rings.
    """

    area: Area
    near: Area
    far: Area
    reference: Floats
    further: float

    @property
    def rings(self) -> tuple[Area, Area]:
        """Both rings."""
        return self.near, self.far

    @property
    def m(self) -> int:
        """Number of cells in both rings."""
        return self.near.n + self.far.n

    def plane(self, on_map: Floats, rest_of_world: float) -> tuple[Floats, float]:
        """Return a prior of the n cells, in proportion, and of the m cells around them, and what lies further.

        All of them sum to 1.
        """
        inside = on_map * ((1.0 - rest_of_world) / on_map.sum())
        return np.concatenate([inside, rest_of_world * self.reference]), rest_of_world * self.further

    @cached_property
    def per_m2(self) -> Floats:
        """One over the ground of each of the n + m cells, per m²."""
        sizes = [(area.n, 1.0 / area.cell_m2) for area in (self.area, *self.rings)]
        return np.concatenate([np.full(count, value) for count, value in sizes])

    @cached_property
    def coarse(self) -> CoarseGrid:
        """The whole plane up to the end of the rings, in cells of the near ring."""
        return CoarseGrid(self)

    def __repr__(self) -> str:
        """One-line summary."""
        return f"Surround({self.m} cells around {self.area!r})"


_kept: WeakKeyDictionary[Area, Surround] = WeakKeyDictionary()


def surround_of(area: Area) -> Surround:
    """Return the plane around a map; it is computed once for each map."""
    if area not in _kept:
        _kept[area] = _surround(area)
    return _kept[area]


def _surround(area: Area) -> Surround:
    import shapely

    rows, cols = area.shape
    side = max(rows, cols) * area.cell_m
    fine, coarse = side / _NEAR, side / _NEAR * _COARSER
    middle = (area.transform.c + 0.5 * cols * area.cell_m, area.transform.f - 0.5 * rows * area.cell_m)
    # Whole coarse cells from the middle, so that the end of the near ring is where the far one begins.
    near_half = [math.ceil((0.5 * count * area.cell_m + _NEAR_REACH * side) / coarse) for count in (cols, rows)]
    far_half = [math.ceil((0.5 * count * area.cell_m + _FAR_REACH * side) / coarse) for count in (cols, rows)]
    outline = area.flat_outline
    near = _grid(area, middle, fine, (near_half[0] * _COARSER, near_half[1] * _COARSER))
    far = _grid(area, middle, coarse, (far_half[0], far_half[1]))
    x, y = centres(near.transform, *near.shape)
    shapely.prepare(outline)
    near.mask[...] = ~shapely.contains_xy(outline, x, y)
    far.mask[
        far_half[1] - near_half[1] : far_half[1] + near_half[1], far_half[0] - near_half[0] : far_half[0] + near_half[0]
    ] = False
    return Surround(area, near, far, *_reference(area, near, far))


def _grid(area: Area, middle: tuple[float, float], cell: float, half: tuple[int, int]) -> Area:
    """Return a grid about a middle that reaches a number of cells to every side; all of its cells count at first."""
    transform = Affine(cell, 0.0, middle[0] - half[0] * cell, 0.0, -cell, middle[1] + half[1] * cell)
    mask = np.ones((2 * half[1], 2 * half[0]), dtype=bool)
    return Area(area.outline, area.crs, transform, cell, mask, np.zeros_like(mask))


def _reference(area: Area, near: Area, far: Area) -> tuple[Floats, float]:
    import shapely

    outline = area.flat_outline.simplify(near.cell_m / 4.0)
    shapely.prepare(outline)
    radius = math.sqrt(area.km2 * 1e6 / math.pi)
    parts = []
    for ring in (near, far):
        # (m,): (1 + (d/R)²)^−3/2 · ground, with the distance d from the outline and the map's radius R
        away = shapely.distance(outline, shapely.points(ring.x, ring.y))
        parts.append((1.0 + (away / radius) ** 2) ** -1.5 * ring.cell_m2)
    # Beyond T = reach/R: 2πR² ∫ (1 + t)(1 + t²)^−3/2 dt = 2πR² [1 − (T − 1)/√(1 + T²)]
    reach = _FAR_REACH * max(area.shape) * area.cell_m / radius
    beyond = 2.0 * math.pi * radius**2 * (1.0 - (reach - 1.0) / math.hypot(1.0, reach))
    weights = np.concatenate(parts)
    whole = float(weights.sum()) + beyond
    return weights / whole, beyond / whole


class CoarseGrid:
    """Values of the n + m cells on one grid of near-ring cells, and back.

    Parameters
    ----------
    surround : Surround
    """

    def __init__(self, surround: Surround) -> None:
        area, near, far = surround.area, surround.near, surround.far
        self.cell_m = near.cell_m
        self.shape = (far.shape[0] * _COARSER, far.shape[1] * _COARSER)
        self.transform = Affine(near.cell_m, 0.0, far.transform.c, 0.0, -near.cell_m, far.transform.f)
        x, y = (values.ravel() for values in centres(self.transform, *self.shape))
        # (W,): which of the n + m cells holds the middle of each coarse cell, −1 for none
        self._from = np.full(x.size, -1, dtype=np.int64)
        start = 0
        for part in (area, near, far):
            found = part.cells_at_xy(x, y)
            self._from = np.where((self._from < 0) & (found >= 0), found + start, self._from)
            start += part.n
        self._from = _filled(self._from.reshape(self.shape)).ravel()
        # (n,): which coarse cell each cell of the map lies in: where they are smaller, their mean counts
        self._n = area.n
        self._into = self._index(area.x, area.y)
        self._count = np.bincount(self._into, minlength=x.size)
        self._many = np.flatnonzero(self._count) if area.cell_m < self.cell_m else np.zeros(0, dtype=np.int64)
        rings = [(ring.x, ring.y) for ring in surround.rings]
        self._rings = np.concatenate([self._index(*places) for places in rings])

    def _index(self, x: Floats, y: Floats) -> NDArray[np.int64]:
        col = np.floor((x - self.transform.c) / self.cell_m).astype(np.int64)
        row = np.floor((self.transform.f - y) / self.cell_m).astype(np.int64)
        return row * self.shape[1] + col

    def gather(self, values: Floats) -> Floats:
        """Return values of the n + m cells on the coarse grid; where the map is finer, their mean."""
        out = values[self._from]
        if self._many.size:
            sums = np.bincount(self._into, weights=values[: self._n], minlength=out.size)
            out[self._many] = sums[self._many] / self._count[self._many]
        return out.reshape(self.shape)

    def at_rings(self, grid: Floats) -> Floats:
        """Return the values of a coarse grid at the m cells of the rings."""
        return np.asarray(grid.ravel()[self._rings])

    def on_grid(self, grid: Floats, x: Floats, y: Floats) -> Floats:
        """Return the values of a coarse grid on a finer one, bilinear; `x` are its columns, `y` its rows, metres."""
        col, right = self._between((x - self.transform.c) / self.cell_m - 0.5, self.shape[1])
        row, lower = self._between((self.transform.f - y) / self.cell_m - 0.5, self.shape[0])
        across = grid[:, col] * (1.0 - right) + grid[:, col + 1] * right
        return np.asarray(across[row] * (1.0 - lower)[:, None] + across[row + 1] * lower[:, None])

    def columns_and_rows(self, area: Area, margin: int = 0) -> tuple[Floats, Floats]:
        """Return metres east of the columns of a map's grid and north of its rows, with a margin of some cells."""
        rows, cols = area.shape
        x = area.transform.c + (np.arange(-margin, cols + margin) + 0.5) * area.cell_m
        y = area.transform.f - (np.arange(-margin, rows + margin) + 0.5) * area.cell_m
        return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)

    @staticmethod
    def _between(at: Floats, count: int) -> tuple[NDArray[np.int64], Floats]:
        first = np.clip(np.floor(at).astype(np.int64), 0, count - 2)
        return first, np.clip(at - first, 0.0, 1.0)


def _filled(index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return an index in which cells that found none have that of the nearest that did."""
    from scipy.ndimage import distance_transform_edt

    missing = index < 0
    if not missing.any():
        return index
    nearest = distance_transform_edt(missing, return_distances=False, return_indices=True)
    return np.asarray(index[tuple(nearest)])
