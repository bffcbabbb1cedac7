"""Probability on a grid, as something a page can draw: a small grey picture for a mask, and lines of equal values."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.base.png import png_bytes

__all__ = ["contours", "full_shade", "level_of", "mask_picture"]

_LARGEST = 360  # pixels on a side; the page smooths between them
_GAMMA = 0.5  # shade = share of the strongest to this power, near the lightness of viridis


def mask_picture(grid: Floats, *, strongest: float | None = None) -> str:
    """Return probability as a grey picture (white is strong) in a ``data:`` address, for an SVG mask.

    Parameters
    ----------
    grid : ndarray, shape (rows, cols)
        Belief; north is up.
    strongest : float, optional
        Belief of the full shade, so that two maps can be compared; by default the grid's own.
    """
    small = _thinned(grid)
    top = strongest if strongest is not None else full_shade(grid)
    shade = np.clip(small / top, 0.0, 1.0) ** _GAMMA if top > 0 else np.zeros_like(small)
    picture = png_bytes(np.round(shade * 255).astype(np.uint8))
    return "data:image/png;base64," + base64.b64encode(picture).decode("ascii")


def full_shade(grid: Floats) -> float:
    """Return the probability that gets the full shade."""
    return float(grid.max(initial=0.0))


def level_of(values: NDArray[Any], mass: float) -> float:
    """Return the probability of the least probable cell in the smallest ground that holds a share of the whole."""
    order = np.sort(np.asarray(values, dtype=np.float64).ravel())[::-1]
    held = np.cumsum(order)
    return float(order[min(int(np.searchsorted(held, mass * held[-1])), order.size - 1)])


def contours(grid: Floats, level: float) -> list[Floats]:
    """Return lines of equal probability as points (column, row) in cells from the grid's north-west corner.

    Lines that would leave the grid are closed along its edge. Rings of less than three cells are noise and left out.
    """
    from skimage import measure

    trace: Any = measure  # scikit-image carries no types
    lines = []
    for line in trace.find_contours(np.pad(grid, 1), level):
        ring = trace.approximate_polygon(line, 0.02)
        if len(ring) >= 4 and _size(ring) >= 3.0:
            lines.append(ring[:, ::-1] - 0.5)
    return lines


def _size(ring: Floats) -> float:
    row, col = ring[:, 0], ring[:, 1]
    return abs(float(np.dot(col[:-1], row[1:]) - np.dot(col[1:], row[:-1]))) / 2


def _thinned(grid: Floats) -> Floats:
    """Average blocks of cells until the picture is small enough."""
    block = int(np.ceil(max(grid.shape) / _LARGEST))
    if block <= 1:
        return grid
    rows, cols = (-(-size // block) for size in grid.shape)
    padded = np.zeros((rows * block, cols * block))
    padded[: grid.shape[0], : grid.shape[1]] = grid
    return np.asarray(padded.reshape(rows, block, cols, block).mean(axis=(1, 3)))
