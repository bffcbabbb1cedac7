"""The grid of a map in as many blocks as a page can draw and move, and where they lie on the earth."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.base.arrays import Floats

if TYPE_CHECKING:
    from karmalink.seek.ground.area import Area

__all__ = ["PageGrid", "as_text"]

_POWERS = tuple((i, j) for i in range(4) for j in range(4 - i))  # of a polynomial of degree 3 in two variables
_KNOTS = 9  # to a side: where the polynomial is fitted


@dataclass(frozen=True, eq=False)
class PageGrid:
    """Blocks of `factor` × `factor` cells.

    Attributes
    ----------
    area : Area
    factor : int
    """

    area: Area
    factor: int

    @classmethod
    def of(cls, area: Area, most: int, least_m: float = 0.0) -> PageGrid:
        """Return the finest grid of at most so many blocks, none of them smaller than `least_m` metres."""
        finest = math.ceil(math.sqrt(area.shape[0] * area.shape[1] / most))
        return cls(area, max(1, finest, math.ceil(least_m / area.cell_m)))

    @property
    def block_m(self) -> float:
        """Side of a block, metres."""
        return self.factor * self.area.cell_m

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        rows, cols = self.area.shape
        return math.ceil(rows / self.factor), math.ceil(cols / self.factor)

    def sums(self, values: ArrayLike) -> Floats:
        """Return the sum of the n cells' values over each block, shape (rows · columns,)."""
        rows, cols = self.shape
        whole = np.zeros((rows * self.factor, cols * self.factor))
        whole[: self.area.shape[0], : self.area.shape[1]] = self.area.grid(np.asarray(values, dtype=np.float64))
        return np.asarray(whole.reshape(rows, self.factor, cols, self.factor).sum(axis=(1, 3)).ravel())

    @cached_property
    def cells(self) -> Floats:
        """Cells of the area in each block; 0 where a block lies outside it."""
        return self.sums(np.ones(self.area.n))

    def means(self, values: ArrayLike) -> Floats:
        """Return the mean of the n cells' values over each block; 0 outside the area."""
        return np.asarray(self.sums(values) / np.maximum(self.cells, 1.0))

    def to_dict(self) -> dict[str, Any]:
        """Return what a page needs to draw the blocks and to find the one under a pointer, ready for JSON.

        The projection is a polynomial of degree 3 each way, in shares of the grid and of its bounds: a page has no
        projection library. On the largest map, 500 km across, it is less than a quarter of a block off.
        """
        rows, cols = self.shape
        across, down = np.meshgrid(np.linspace(0, 1, _KNOTS), np.linspace(0, 1, _KNOTS))
        column, row = across.ravel() * cols, down.ravel() * rows
        transform = self.area.transform
        x, y = transform.c + column * self.block_m, transform.f - row * self.block_m
        lon, lat = self.area.lonlat_of_xy(x, y)
        west, south, east, north = float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())
        u, v = (lon - west) / (east - west), (lat - south) / (north - south)
        return {
            "rows": rows,
            "cols": cols,
            "block_m": self.block_m,
            "cells": as_text(self.cells, "<u4"),
            "cell_m2": self.area.cell_m2,
            "corner": [west, south, east - west, north - south],
            "to_earth": [_fit(across.ravel(), down.ravel(), value) for value in (u, v)],
            "to_grid": [_fit(u, v, value) for value in (across.ravel(), down.ravel())],
            "powers": [list(pair) for pair in _POWERS],
        }


def _fit(u: Floats, v: Floats, value: Floats) -> list[float]:
    terms = np.column_stack([u**i * v**j for i, j in _POWERS])
    found, *_ = np.linalg.lstsq(terms, value, rcond=None)
    return [float(f"{number:.12g}") for number in found]


def as_text(values: NDArray[Any], form: str) -> str:
    """Return numbers as base64 of little-endian binary, which a page reads into a typed array at once."""
    return base64.b64encode(np.ascontiguousarray(values).astype(form).tobytes()).decode("ascii")
