"""The ground that is looked at: a grid of square cells in a local metric projection."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError
from karmalink.seek.ground.geojson_shapes import check_lonlat, check_polygon, moved

if TYPE_CHECKING:
    from affine import Affine
    from pyproj import Transformer
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek.ground.terrain import Terrain

__all__ = ["LARGEST_GRID", "WIDEST_M", "Area", "cell_size", "centres", "ground_of", "nice"]

# How fine a grid is, and how large it may be.

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


@dataclass(frozen=True, eq=False, repr=False)
class Area:
    """A grid over the area of interest.

    Attributes
    ----------
    outline : shapely Polygon or MultiPolygon
        The area of interest, longitude and latitude (WGS 84), degrees.
    crs : str
        The local projection: azimuthal equidistant about the middle of the area, metres (a PROJ string).
    transform : affine.Affine
        ``(column, row)`` of the grid → metres east and north in `crs`; row 0 is the northernmost.
    cell_m : float
        Side of a cell, metres.
    mask : ndarray of bool, shape (rows, cols)
        Cells whose centre lies inside the outline. What is known of the area (probabilities, clues) has one value per
        such cell, in the order of ``mask.ravel()``: "the n cells".
    accessible : ndarray of bool, shape (rows, cols)
        Cells that may be searched; probability on other cells is kept, and no plan sends anyone there.
    terrain : Terrain or None
        Elevation and barriers, where they are known: what walks and views depend on.
    """

    outline: BaseGeometry
    crs: str
    transform: Affine
    cell_m: float
    mask: NDArray[np.bool_]
    accessible: NDArray[np.bool_]
    terrain: Terrain | None = None

    @classmethod
    def from_polygon(
        cls, outline: BaseGeometry, *, cell_m: float | None = None, closed: BaseGeometry | None = None
    ) -> Area:
        """Lay a grid over a polygon.

        Parameters
        ----------
        outline : shapely Polygon or MultiPolygon
            Longitude and latitude, degrees.
        cell_m : float, optional
            Side of a cell in metres; without it a round number that gives about 10,000 cells.
        closed : shapely geometry, optional
            Ground that cannot be searched at all (deep water, private ground), longitude and latitude.

        Raises
        ------
        InputError
            Coordinates that are not finite or out of range, a polygon that crosses itself, the antimeridian or comes
            nearer than 5° to a pole, more than 500 km across, a grid of more than 10^7 cells, or no cell inside.
        """
        import shapely
        from affine import Affine
        from pyproj import Transformer

        check_polygon(outline, where="the area's outline")
        west, south, east, north = outline.bounds
        crs = f"+proj=aeqd +lat_0={(south + north) / 2:.7f} +lon_0={(west + east) / 2:.7f} +datum=WGS84 +units=m"
        forward = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        flat = moved(outline, forward)
        x0, y0, x1, y1 = flat.bounds
        cell = cell_size(cell_m, x1 - x0, y1 - y0)
        cols, rows = max(1, math.ceil((x1 - x0) / cell)), max(1, math.ceil((y1 - y0) / cell))
        transform = Affine(cell, 0.0, x0, 0.0, -cell, y0 + rows * cell)
        x, y = centres(transform, rows, cols)
        shapely.prepare(flat)
        mask = shapely.contains_xy(flat, x, y)
        if not mask.any():
            raise InputError(
                "no cell has its centre inside the area",
                rule="a cell is smaller than the area",
                allowed=f"cells of less than {min(x1 - x0, y1 - y0):,.0f} m",
                next_step="ask for smaller cells",
            )
        accessible = mask.copy()
        if closed is not None and not closed.is_empty:
            accessible &= ~shapely.contains_xy(moved(closed, forward), x, y)
        return cls(outline, crs, transform, cell, mask, accessible)

    @classmethod
    def from_bounds(
        cls,
        west: float,
        south: float,
        east: float,
        north: float,
        *,
        cell_m: float | None = None,
        closed: BaseGeometry | None = None,
    ) -> Area:
        """Lay a grid over a rectangle of longitudes and latitudes; see :meth:`from_polygon`.

        Raises
        ------
        InputError
            Also where west is not west of east, or south not south of north.
        """
        from shapely.geometry import box

        check_lonlat(np.array([[west, south], [east, north]], dtype=float), where="the area's bounds")
        if not (west < east and south < north):
            raise InputError(
                f"the bounds {west:g}, {south:g}, {east:g}, {north:g} hold no ground",
                rule="west < east and south < north",
                next_step="give them as west, south, east, north; an area across the antimeridian is not supported",
            )
        return cls.from_polygon(box(west, south, east, north), cell_m=cell_m, closed=closed)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return int(self.mask.shape[0]), int(self.mask.shape[1])

    @cached_property
    def n(self) -> int:
        """Number of cells inside the outline."""
        return int(np.count_nonzero(self.mask))

    @property
    def cell_m2(self) -> float:
        """Area of one cell, m²."""
        return self.cell_m * self.cell_m

    @property
    def km2(self) -> float:
        """Area of all cells inside the outline, km²."""
        return self.n * self.cell_m2 / 1e6

    @cached_property
    def x(self) -> NDArray[np.float64]:
        """Metres east of the area's middle, of the centre of each of the n cells."""
        return self._xy[0]

    @cached_property
    def y(self) -> NDArray[np.float64]:
        """Metres north of the area's middle, of the centre of each of the n cells."""
        return self._xy[1]

    @cached_property
    def open(self) -> NDArray[np.bool_]:
        """Which of the n cells may be searched."""
        return self.accessible[self.mask]

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the whole grid, degrees: where a picture of the grid is laid on a map."""
        lon, lat = (np.asarray(values) for values in zip(*self.corners, strict=True))
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())

    @cached_property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """Longitude and latitude of the grid's corners: north-west, north-east, south-east, south-west."""
        rows, cols = self.shape
        west, north, cell = self.transform.c, self.transform.f, self.cell_m
        east, south = west + cols * cell, north - rows * cell
        lon, lat = self._backward.transform([west, east, east, west], [north, north, south, south])
        return tuple((float(a), float(b)) for a, b in zip(lon, lat, strict=True))

    @cached_property
    def flat_outline(self) -> BaseGeometry:
        """The outline in metres."""
        return self.project(self.outline)

    def project(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a geometry of longitudes and latitudes in metres of this area's projection."""
        return moved(geometry, self._forward)

    def unproject(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a geometry in metres as longitudes and latitudes."""
        return moved(geometry, self._backward)

    def xy_of(self, lon: float, lat: float) -> tuple[float, float]:
        """Return metres east and north of a longitude and latitude."""
        x, y = self._forward.transform(lon, lat)
        return float(x), float(y)

    def xy_of_many(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return metres east and north of longitudes and latitudes; not finite where a point has none."""
        x, y = self._forward.transform(lon, lat)
        return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)

    def lonlat(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return longitude and latitude of the centre of each of the n cells."""
        return self.lonlat_of_xy(self.x, self.y)

    def lonlat_of_xy(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return longitudes and latitudes of points in metres."""
        lon, lat = self._backward.transform(x, y)
        return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)

    def lonlat_of(self, cell: int) -> tuple[float, float]:
        """Return longitude and latitude of the centre of one of the n cells."""
        lon, lat = self._backward.transform(self.x[cell], self.y[cell])
        return float(lon), float(lat)

    def cell_at(self, lon: float, lat: float) -> int | None:
        """Return which of the n cells a longitude and latitude falls in, None outside the area."""
        return self.cell_at_xy(*self.xy_of(lon, lat))

    def cell_at_xy(self, x: float, y: float) -> int | None:
        """Return which of the n cells a point in metres falls in, None outside the area."""
        cell = int(self.cells_at_xy(np.array([x]), np.array([y]))[0])
        return None if cell < 0 else cell

    def cells_at_xy(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return which of the n cells each point in metres falls in, −1 outside the area."""
        rows, cols = self.shape
        col = np.floor((x - self.transform.c) / self.cell_m)
        row = np.floor((self.transform.f - y) / self.cell_m)
        on = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
        at = np.where(on, row, 0).astype(np.int64), np.where(on, col, 0).astype(np.int64)
        return np.where(on & self.mask[at], self._numbers[at], -1)

    def grid(self, values: NDArray[Any], fill: float = 0.0) -> NDArray[Any]:
        """Spread values of the n cells over the grid, shape (rows, cols), `fill` elsewhere."""
        out = np.full(self.shape, fill, dtype=values.dtype if values.dtype != np.bool_ else float)
        out[self.mask] = values
        return out

    def inside(self, geometry: BaseGeometry) -> NDArray[np.bool_]:
        """Return which of the n cells have their centre inside a geometry of longitudes and latitudes."""
        import shapely

        flat = self.project(geometry)
        shapely.prepare(flat)
        return np.asarray(shapely.contains_xy(flat, self.x, self.y), dtype=bool)

    def polygons(self, chosen: NDArray[np.bool_]) -> BaseGeometry:
        """Return the ground of some of the n cells as one (multi)polygon of longitudes and latitudes."""
        grid = np.zeros(self.shape, dtype=bool)
        grid[self.mask] = chosen
        return self.unproject(ground_of(grid, self.transform))

    def to_dict(self) -> dict[str, Any]:
        """Return size and position, for ``--json``."""
        rows, cols = self.shape
        return {
            "crs": self.crs,
            "cell_m": self.cell_m,
            "rows": rows,
            "cols": cols,
            "cells": self.n,
            "km2": round(self.km2, 6),
            "bounds": list(self.bounds),
        }

    def __repr__(self) -> str:
        """One-line summary: the size."""
        return f"Area({self.km2:.3g} km², {self.n} cells of {self.cell_m:g} m)"

    @cached_property
    def _xy(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        x, y = centres(self.transform, *self.shape)
        return np.ascontiguousarray(x[self.mask]), np.ascontiguousarray(y[self.mask])

    @cached_property
    def _numbers(self) -> NDArray[np.int64]:
        return np.cumsum(self.mask.ravel()).reshape(self.mask.shape) - 1

    @cached_property
    def _forward(self) -> Transformer:
        from pyproj import Transformer

        return Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)

    @cached_property
    def _backward(self) -> Transformer:
        from pyproj import Transformer

        return Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
