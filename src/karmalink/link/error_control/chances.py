"""How likely the mirror rule is to find anything, by simulation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["POWER", "bisect", "chance_of_discovery", "expected_c", "nights_for", "smallest_share"]

POWER = 0.8
_NUMBERS = 12_000
_FEWEST_RUNS, _MOST_RUNS = 12, 200
# Effective pseudo-account signs a day, measured on simulated lives: 2.3 to 3.4.
_SIGNS_PER_DAY = 2.5
_Z95 = 1.6448536269514722


def chance_of_discovery(n: int, share: float, strength: float, *, lags: int, q: float, c: float, seed: int) -> float:
    """Return the probability that the mirror rule finds anything.

    Every side of a night holds the largest of `lags` standard normal scores; with probability `share` one past score
    stands `strength` higher. W is the difference of the sides. By simulation, common random numbers for one seed.
    """
    if not np.isfinite(c) or n < c / q:
        return 0.0
    runs = int(np.clip(_NUMBERS // n, _FEWEST_RUNS, _MOST_RUNS))
    rng = np.random.default_rng(seed)
    past, future = (_largest(rng.random((runs, n)), lags) for _ in range(2))
    source = np.where(rng.random((runs, n)) < share, strength + rng.standard_normal((runs, n)), -np.inf)
    w = np.maximum(past, source) - future
    plus = np.take_along_axis(w, np.argsort(-np.abs(w), axis=1), axis=1) > 0
    found = np.cumsum(plus, axis=1)
    decoys = np.arange(1, n + 1) - found
    return float((c * (1.0 + decoys) <= q * found).any(axis=1).mean())


def _largest(u: Floats, lags: int) -> Floats:
    """Return the largest of `lags` standard normals by inverting its distribution, Phi(x)^lags."""
    from scipy.special import ndtri

    return np.asarray(ndtri(u ** (1.0 / lags)), dtype=np.float64)


def smallest_share(n: int, strength: float, *, lags: int, q: float, c: float, seed: int) -> float | None:
    """Return the smallest share of nights with a source that is found with probability .8, None where there is none."""

    def enough(share: float) -> bool:
        return chance_of_discovery(n, share, strength, lags=lags, q=q, c=c, seed=seed) >= POWER

    return bisect(enough, 0.0, 1.0, steps=6)


def bisect(enough: Callable[[float], bool], low: float, high: float, *, steps: int) -> float | None:
    """Return the least value between `low` and `high` at which `enough` holds, None where not even `high` does."""
    if not enough(high):
        return None
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def expected_c(n_days: int) -> float:
    """Return the odds c that pseudo-accounts of so many days bound on a fair life."""
    effective = max(1.0, _SIGNS_PER_DAY * n_days)
    high = 0.5 + _Z95 * np.sqrt(0.25 / effective + _Z95**2 / (4 * effective**2)) / (1 + _Z95**2 / effective)
    return float(high / max(1e-9, 1.0 - high))


def nights_for(share: float, strength: float, *, lags: int, q: float, c: float, seed: int) -> int | None:
    """Return about how many nights show such a share of sources with probability .8, None where 3,000 are too few."""
    low, high = np.log(c / q), np.log(3000.0)

    def enough(log_n: float) -> bool:
        n = int(np.exp(log_n))
        return chance_of_discovery(n, share, strength, lags=lags, q=q, c=c, seed=seed) >= POWER

    found = bisect(enough, low, high, steps=7)
    return None if found is None else int(np.ceil(np.exp(found)))
