"""What a careless rule would say, for comparison: never used for an answer.

Night n against the days n - l and n + l (the past a whole day farther than the future from the night's middle, or
nearer, whichever the dates mean), one W per account, the best unit of each side with no regard to how many there are,
no calibration: the threshold of Barber & Candès (2015) as if signs were fair coins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from karmalink.link.evidence import UnitTable, near_scores
from karmalink.link.rule import reject
from karmalink.link.window import paired_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["naive_links", "naive_w"]


def naive_w(accounts: UnitTable, units: UnitTable, *, lags: int) -> Floats:
    """Return one W per account: the best raw score among days n - 1 … n - L less that among n + 1 … n + L."""
    window = paired_window(accounts.when, units.day, lags, days=_around)
    score = near_scores(accounts, units, window).sum(axis=0)
    best = np.full((accounts.when.size, 2), -np.inf)
    np.maximum.at(best, (window.account, window.side), score)
    best[~np.isfinite(best).all(axis=1)] = 0.0
    return np.asarray(best[:, 0] - best[:, 1])


def naive_links(accounts: UnitTable, units: UnitTable, *, lags: int, q: float) -> Ints:
    """Return the accounts that the careless rule calls linked."""
    w = naive_w(accounts, units, lags=lags)
    threshold = reject(w, q=q, c=1.0).threshold
    return np.zeros(0, dtype=np.int64) if threshold is None else np.flatnonzero(w >= threshold).astype(np.int64)


def _around(night: Ints, lags: int) -> Ints:
    order = np.arange(1, lags + 1, dtype=np.int64)[None, :]
    middle = np.asarray(night, dtype=np.int64)[:, None]
    return np.stack([middle - order, middle + order], axis=1)
