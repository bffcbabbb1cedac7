"""The error that all who tell of one place share: between the spot that is remembered and where it lies.

Everybody describes the place that was told of. Their clues agree on that place however far it lies from the spot, so
that the likelihood of the clues is flat in the displacement: its size is never seen in them, and comes from a prior, or
from cases that were solved. It is a quantity with a wide prior, integrated out: given a size σ the displacement is
normal, N(0, σ²) to the east and to the north, and σ is one of several sizes with a weight each.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.errors import InputError
from karmalink.seek.ground.area import Area
from karmalink.seek.ground.surround import Surround

__all__ = ["NO_SHARED_ERROR", "SharedError", "moved_over", "usual_shared_error"]

_STEPS = 9  # sizes, from four spreads below the median … to four above, two to a spread
_SPREAD = 3.0  # by what factor one standard deviation of the size reaches
# Median size where nothing is known, in longer sides of the map: a map is drawn at the scale of its story, be it a
# garden or a province, and a wide prior makes up for what that leaves open.
_MEDIAN_SIDES = 0.015


@dataclass(frozen=True, slots=True)
class SharedError:
    """How far the remembered spot lies from the true one: sizes σ of a normal displacement, and their weights.

    Attributes
    ----------
    sizes_m : tuple of float
        σ, metres.
    weights : tuple of float
        Probability of each; they sum to 1.
    source : str
        Where they come from: ``prior``, ``setting``, or the solved cases they were learned from.
    """

    sizes_m: tuple[float, ...]
    weights: tuple[float, ...]
    source: str = "setting"

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises
        ------
        InputError
            Sizes that are negative, or weights that are not a distribution.
        """
        sizes, weights = np.array(self.sizes_m), np.array(self.weights)
        if sizes.shape != weights.shape or not (np.isfinite(sizes) & (sizes >= 0.0)).all():
            raise InputError("these are not sizes of a shared error", rule="metres of 0 or more, a weight for each")
        if not ((weights >= 0.0).all() and math.isclose(float(weights.sum()), 1.0, abs_tol=1e-6)):
            raise InputError("the weights of a shared error", rule="0 or more, and they sum to 1")

    @classmethod
    def about(cls, median_m: float, spread: float = _SPREAD, source: str = "setting") -> SharedError:
        """Return log-normal sizes about a median: one standard deviation is a factor of `spread`.

        Raises
        ------
        InputError
            A median that is negative or not finite, or a spread below 1.
        """
        if not (math.isfinite(median_m) and median_m >= 0.0 and math.isfinite(spread) and spread >= 1.0):
            raise InputError(
                f"a shared error of {median_m} m, spread {spread}", allowed="0 m or more, and a factor of 1 or more"
            )
        if median_m == 0.0 or spread == 1.0:
            return cls((float(median_m),), (1.0,), source)
        # (9,): −2 … 2 standard deviations of ln σ, normal weights
        z = np.linspace(-2.0, 2.0, _STEPS)
        weights = np.exp(-0.5 * z**2)
        sizes = median_m * spread**z
        return cls(tuple(sizes.tolist()), tuple((weights / weights.sum()).tolist()), source)

    @property
    def is_nothing(self) -> bool:
        """Whether no displacement is possible."""
        return not any(size > 0.0 and weight > 0.0 for size, weight in zip(self.sizes_m, self.weights, strict=True))

    @property
    def median_m(self) -> float:
        """Median distance between the remembered and the true spot, metres."""
        if self.is_nothing:
            return 0.0
        r = np.geomspace(1e-3 * max(self.sizes_m), 10.0 * max(self.sizes_m), 400)
        return float(np.interp(0.5, self.cdf(r), r))

    def cdf(self, r: Floats) -> Floats:
        """Return the probability that both lie within r metres of each other: Σ_s w_s (1 − exp(−r²/2σ_s²))."""
        sizes = np.maximum(np.array(self.sizes_m), 1e-9)
        return np.asarray(1.0 - np.exp(-0.5 * (np.asarray(r)[..., None] / sizes) ** 2) @ np.array(self.weights))

    def density(self, r: Floats) -> Floats:
        """Return the probability per m² that the true spot lies at a place r metres from the remembered one."""
        sizes = np.maximum(np.array(self.sizes_m), 1e-9)
        bells = np.exp(-0.5 * (np.asarray(r)[..., None] / sizes) ** 2) / (2.0 * math.pi * sizes**2)
        return np.asarray(bells @ np.array(self.weights))

    def to_dict(self) -> dict[str, Any]:
        """Return median and source, ready for JSON."""
        return {"median_m": round(self.median_m, 1), "source": self.source}

    def __repr__(self) -> str:
        """One-line summary."""
        return f"SharedError(half within {self.median_m:,.0f} m of the remembered spot; {self.source})"


NO_SHARED_ERROR = SharedError((0.0,), (1.0,))


def usual_shared_error(area: Area) -> SharedError:
    """Return the prior where no solved case is known: .015 of the map's longer side, give or take a factor of 3."""
    return SharedError.about(_MEDIAN_SIDES * max(area.shape) * area.cell_m, _SPREAD, "prior")


# A displacement over the plane: large sizes on the coarse grid by FFT, small ones on the map's own cells.

_LARGE = 1.5  # a size of so many coarse cells is large
_SMALL = 0.4  # a size of less than so many cells of the map moves nothing
_WORKERS = min(2, os.cpu_count() or 1)  # of the transforms; the bits do not depend on it
_TRUNCATE = 3.5


def moved_over(surround: Surround, values: Floats, shared_error: SharedError, further: float = 0.0) -> Floats:
    """Return Σ_s w_s ∫ N(x − y; σ_s²) v(y) dy for the n + m cells: a function smoothed by the displacement.

    Parameters
    ----------
    surround : Surround
    values : ndarray, shape (n + m,)
        The function, at the middle of each cell.
    shared_error : SharedError
    further : float
        Its value beyond the rings.
    """
    area, grid = surround.area, surround.coarse
    pairs = [(size, weight) for size, weight in zip(shared_error.sizes_m, shared_error.weights, strict=True) if weight]
    still = sum(weight for size, weight in pairs if size < _SMALL * area.cell_m)
    large = [pair for pair in pairs if pair[0] >= max(_SMALL * area.cell_m, _LARGE * grid.cell_m)]
    small = [pair for pair in pairs if _SMALL * area.cell_m <= pair[0] < _LARGE * grid.cell_m]
    n, coarse = area.n, grid.gather(values)
    out = still * values
    if large:
        far = _fourier(coarse - further, large, grid.cell_m) + further * sum(weight for _, weight in large)
        out[:n] += grid.on_grid(far, *grid.columns_and_rows(area))[area.mask]
        out[n:] += grid.at_rings(far)
    if small:
        # Less than a cell and a half of the rings: there it moves nothing that the rings could show.
        out[n:] += sum(weight for _, weight in small) * values[n:]
        out[:n] += _nearby(surround, values, coarse, small)
    return np.maximum(out, 0.0)


def _fourier(values: Floats, pairs: Sequence[tuple[float, float]], cell_m: float) -> Floats:
    """Return the sum of normal convolutions of a grid that is 0 beyond its edges, by FFT."""
    from scipy.fft import irfft2, next_fast_len, rfft2

    shape = [next_fast_len(2 * count, real=True) for count in values.shape]
    # The transform of a normal density is known: exp(−2π²σ²(f_x² + f_y²)), so that no kernel is cut off anywhere.
    fy, fx = np.fft.fftfreq(shape[0], cell_m)[:, None], np.fft.rfftfreq(shape[1], cell_m)[None]
    squared = -2.0 * math.pi**2 * (fx**2 + fy**2)
    kernel = sum(weight * np.exp(squared * size**2) for size, weight in pairs)
    found = irfft2(rfft2(values, shape) * kernel, shape)
    return np.asarray(found[: values.shape[0], : values.shape[1]])


def _nearby(surround: Surround, values: Floats, coarse: Floats, pairs: Sequence[tuple[float, float]]) -> Floats:
    """Return the sum of normal convolutions with small sizes at the n cells of the map."""
    from scipy.fft import irfft2, next_fast_len, rfft2

    area = surround.area
    rows, cols = area.shape
    reach = math.ceil(_TRUNCATE * max(size for size, _ in pairs) / area.cell_m)
    # The map with its margin: the rings' values, smoothed to the map's cells, and the map's own in the middle
    whole = surround.coarse.on_grid(coarse, *surround.coarse.columns_and_rows(area, reach))
    whole[reach : reach + rows, reach : reach + cols][area.mask] = values[: area.n]
    # All sizes at once: the transform of a sum of normal densities is known, and what wraps round stays in the margin
    shape = [next_fast_len(count, real=True) for count in whole.shape]
    padded = np.pad(whole, [(0, more - count) for more, count in zip(shape, whole.shape, strict=True)], mode="edge")
    fy, fx = np.fft.fftfreq(shape[0], area.cell_m), np.fft.rfftfreq(shape[1], area.cell_m)
    kernel = np.zeros((shape[0], fx.size))
    for size, weight in pairs:
        down, across = (np.exp(-2.0 * (math.pi * size * f) ** 2) for f in (fy, fx))
        kernel += np.outer(weight * down, across)
    smooth = irfft2(rfft2(padded, workers=_WORKERS) * kernel, shape, workers=_WORKERS)
    return np.asarray(smooth[reach : reach + rows, reach : reach + cols][area.mask])
