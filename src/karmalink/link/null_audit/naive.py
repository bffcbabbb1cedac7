"""What a careless rule would say, for comparison: never used for an answer.

Night n against the days n - l and n + l (the past a whole day farther than the future from the night's middle, or
nearer, whichever the dates mean), one W per account, the best unit of each side with no regard to how many there are,
no calibration: the threshold of Barber & Candès (2015) as if signs were fair coins. Among lives: the best unit of each
life, however many it has, and accounts counted as if they were independent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from karmalink.link.error_control.sign_rule import reject
from karmalink.link.evidence.unit_scores import UnitTable, near_scores, score_block
from karmalink.link.evidence.window import paired_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["naive_links", "naive_w", "naive_won"]


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


def naive_won(accounts: UnitTable, units: UnitTable, of_unit: Ints) -> float:
    """Return the p of the first life as a careless rule has it: how many accounts agree best with it.

    Every life whole, raw similarity, each account one throw of a die with a side per life.
    """
    from scipy.stats import binom

    score = score_block(accounts, units, 0, accounts.when.size, 0, units.n_units).sum(axis=0)
    order = np.argsort(of_unit, kind="stable")
    starts = np.unique(of_unit[order], return_index=True)[1]
    best = np.maximum.reduceat(score[:, order], starts, axis=1)
    said = best.max(axis=1) > 0
    won = int((best[said].argmax(axis=1) == 0).sum())
    return float(binom.sf(won - 1, int(said.sum()), 1.0 / starts.size))


def _around(night: Ints, lags: int) -> Ints:
    order = np.arange(1, lags + 1, dtype=np.int64)[None, :]
    middle = np.asarray(night, dtype=np.int64)[:, None]
    return np.stack([middle - order, middle + order], axis=1)
