"""A figure with its interval, by resampling the nights it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interval", "by_night"]

_LEVELS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its 95 % interval; `low` and `high` are NaN where one night cannot give any."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float | None]:
        """Return value, low and high; None where they are no numbers."""
        return {name: None if np.isnan(getattr(self, name)) else getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        """Three digits and the interval: ``0.705 (0.683–0.724)``."""
        if np.isnan(self.value):
            return "cannot be told"
        return f"{self.value:.3f}" + ("" if np.isnan(self.low) else f" ({self.low:.3f}–{self.high:.3f})")


def by_night(
    figures: Callable[[NDArray[np.float64]], NDArray[np.float64]], n_nights: int, *, n_boot: int, seed: int
) -> list[Interval]:
    """Return intervals of `figures` by drawing nights with replacement (Efron 1979, percentiles).

    Parameters
    ----------
    figures : callable
        Takes how often each night counts, shape (n_nights,), and returns the figures, shape (k,); called with ones for
        the values themselves.
    n_nights : int
        How many nights there are: the independent unit, since the epochs of a night are not.
    n_boot : int
        How many draws.
    seed : int
        The same seed gives the same intervals.
    """
    values = figures(np.ones(n_nights))
    if n_nights < 2:
        return [Interval(float(value), np.nan, np.nan) for value in values]
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(n_nights, np.full(n_nights, 1 / n_nights), size=n_boot).astype(np.float64)
    table = np.array([figures(weights) for weights in draws])
    bounds = [
        np.percentile(known, _LEVELS) if (known := column[np.isfinite(column)]).size else (np.nan, np.nan)
        for column in table.T
    ]
    return [Interval(float(v), float(low), float(high)) for v, (low, high) in zip(values, bounds, strict=True)]
